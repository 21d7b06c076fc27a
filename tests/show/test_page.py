"""The page of an annexe: one offline file, accessible, with nothing that was to be hidden."""

from __future__ import annotations

import base64
import hashlib
import re

import html5lib
import nbformat.v4 as nb
import pytest

from cepkit import show
from cepkit.errors import RenderError
from cepkit.show import pieces, sections
from cepkit.text import MOTS_INTERDITS
from tests.show import notebook

LIENS = [("1 Données", "annexe_1_donnees.html", False),
         ("2 Recours", "annexe_2_recours.html", True)]


@pytest.fixture
def html(page) -> str:
    return show.page_html(notebook.annexe(page), date="2023-05-02", liens=LIENS)


@pytest.fixture
def tree(html):
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)


def test_one_title_which_names_the_region(tree):
    assert [h.text for h in tree.iter("h1")] == ["Qui a recours au CEP en Bretagne, et où\u202f?"]
    assert tree.get("lang") == "fr"


def test_sections_carry_number_and_codes(tree):
    section = next(s for s in tree.iter("section") if s.get("id") == "s2-1")
    text = "".join(section.itertext())
    assert "2.1" in text and "Questions du suivi V2.1 et V2.7" in text and "Mille entrées." in text
    assert section.get("aria-labelledby") == "h-s2-1"


def test_sections_outside_the_questions_say_so():
    assert [sections._codes([c]) for c in ("socle", "complémentaire")] == [
        "Socle du suivi", "Approche complémentaire"]


def test_contents_lead_to_every_section(tree):
    ids = {e.get("id") for e in tree.iter() if e.get("id")}
    links = [a.get("href")[1:] for a in tree.findall(".//nav[@class='toc']//a")]
    assert links == ["cles", "cinq", "s2-1", "s2-5", "methode-et-sources"] and set(links) <= ids


def test_ids_are_unique_and_references_resolve(html):
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    named = " ".join(re.findall(r'aria-labelledby="([^"]+)"', html)).split()
    assert set(named) <= set(ids)


def test_landmarks_and_skip_link(tree):
    for name in ("header", "main", "footer"):
        assert len(list(tree.iter(name))) == 1
    assert next(tree.iter("a")).get("href") == "#contenu"
    assert tree.find(".//main").get("id") == "contenu"


def test_identity_and_version(tree, html):
    meta = {m.get("name"): m.get("content") for m in tree.iter("meta") if m.get("name")}
    assert meta["cepkit:region"] == "53" and meta["cepkit:exercice"] == "essai"
    assert meta["cepkit:empreinte"] == "5f2a1c" and "Brouillon, 2 mai 2023" in html


def test_nothing_is_requested(html, tree):
    assert not re.search(r'(src|href|action|data)="(https?:)?//', html)
    assert "@import" not in html and not re.search(r"url\((?!#)", html)
    policy = next(m for m in tree.iter("meta") if m.get("http-equiv")).get("content")
    assert "default-src 'none'" in policy


def test_the_only_script_is_the_one_the_policy_allows(html):
    scripts = re.findall(r"<script>(.*?)</script>", html, re.S)
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert len(scripts) == 1 and f"'sha256-{digest}'" in html


def test_markdown_is_sanitised(html):
    assert "<em>mot</em>" in html and "alert(1)" not in html and "onerror" not in html


def test_headings_are_escaped(page):
    node = notebook.annexe(page)
    node.cells[0].source = "# Un <script>alert(1)</script> titre"
    node.cells[6].source = "## 2.1 Une <img src=x> question"
    html = show.page_html(node)
    assert "<script>alert" not in html and "<img" not in html


def test_hidden_cells_and_code_stay_out(html, page):
    assert "SECRET_" not in html
    shown = show.page_html(notebook.annexe(page), code=True)
    assert "SECRET_CODE()" in shown and "SECRET_ANALYSTE" not in shown


def test_navigation_marks_the_current_page(tree):
    current = [a for a in tree.iter("a") if a.get("aria-current") == "page"]
    assert [a.text for a in current] == ["2 Recours"]


def test_print_has_heads_page_numbers_and_mention(html):
    assert "Annexe 2 · Recours · Bretagne · 2022" in html and "counter(pages)" in html
    assert "Ni audit ni contrôle des opérateurs" in html


def test_weight(html):
    assert len(html.encode()) < 300 * 1024


def test_no_banned_word_outside_the_permanent_mention(tree):
    for footer in list(tree.iter("footer")):
        footer.clear()
    text = "".join(tree.find("body").itertext()).lower()
    assert not [w for w in MOTS_INTERDITS if re.search(rf"\b{w}\b", text)]


def test_logo_is_inside_the_file(page):
    html = show.page_html(notebook.annexe(page), logo="data:image/png;base64,AAAA",
                          logo_alt="Transitions Pro")
    assert '<img src="data:image/png;base64,AAAA" alt="Transitions Pro">' in html


def test_same_notebook_same_bytes(page):
    node = notebook.annexe(page)
    assert show.page_html(node) == show.page_html(node)


def test_foreign_output_is_sanitised(page):
    node = notebook.annexe(page)
    data = {"text/html": "<table onclick=x><tr><td>1</td></tr></table><script>bad()</script>"}
    node.cells.append(nb.new_code_cell("x", outputs=[nb.new_output("display_data", data=data)]))
    html = show.page_html(node)
    assert "<td>1</td>" in html and "bad()" not in html and "onclick" not in html


def test_notebook_without_a_page_is_refused(page):
    node = notebook.annexe(page)
    del node.cells[3]
    with pytest.raises(RenderError, match="show.page"):
        show.page_html(node)


def test_failed_notebook_is_refused(page):
    node = notebook.annexe(page)
    node.cells.append(nb.new_code_cell("x", outputs=[nb.new_output("error", evalue="raison")]))
    with pytest.raises(RenderError, match="raison"):
        show.page_html(node)


def test_the_same_identifier_twice_is_refused(page):
    node = notebook.annexe(page)
    node.cells.append(node.cells[7])
    with pytest.raises(RenderError, match="f-53-2-1-f1"):
        show.page_html(node)


def test_blocks_display_themselves_and_return_nothing(page, capsys):
    assert show.reponse("Une réponse.") is None
    assert "Une réponse." in capsys.readouterr().out


def test_block_bundle(page):
    bundle = pieces.reponse("Une réponse.")._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain", "application/vnd.cepkit.bloc+json"}
    assert bundle["application/vnd.cepkit.bloc+json"]["kind"] == "reponse"
