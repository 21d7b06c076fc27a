"""Passes over the report's tree, each alone."""

from __future__ import annotations

import lxml.html
import pytest

from cepkit.report import pandoc, passes
from cepkit.report.pandoc import blocks, markdown, node, text_of, walk

TABLE = "| A | B |\n|---|---|\n| x | y |\n\n: Titre {#tbl-84-2-2-t1}\n"
FIGURE = '![Titre](a.png){#fig-84-2-3-f1 alt="Texte"}\n'


def test_figures_and_tables_are_numbered_apart_in_reading_order():
    tree, labels = passes.numbered(blocks(f"{TABLE}\n{FIGURE}\n{TABLE.replace('t1', 't2')}"))
    assert {r: label for r, (label, _) in labels.items()} == {
        "84-2.2-T1": "Tableau\u00a01", "84-2.3-F1": "Figure\u00a01", "84-2.2-T2": "Tableau\u00a02"}
    assert passes.outline(tree)["figures"] == ["Figure\u00a01 — Titre"]


def test_a_table_without_caption_has_no_number():
    _, labels = passes.numbered(blocks(TABLE.split("\n\n")[0]))
    assert labels == {}


@pytest.mark.parametrize(("text", "printed"), [
    ("voir la figure 84-2.3-F1.", "voir la figure 1."),
    ("voir 84-2.3-F1", "voir figure\u00a01"),
    ("La figure 2.3-F1 montre", "La figure 1 montre"),
    ("l’annexe donne la figure 84-2.4-F1", "l’annexe donne la figure 84-2.4-F1"),
    ("le tableau 53-2.3-F1", "le tableau 53-2.3-F1"),
])
def test_a_quoted_repere_becomes_a_link_when_it_is_here(text, printed):
    _, labels = passes.numbered(blocks(FIGURE))
    tree = passes.referred(blocks(text), labels, "84")
    assert text_of(tree) == printed
    links = [n["c"][2][0] for n in walk(tree) if n["t"] == "Link"]
    assert links == (["#repere-84-2.3-f1".replace(".", "-")] if text != printed else [])


@pytest.mark.parametrize("text", [
    "![suivi](http://exemple.fr/pixel.png)", "[clic](javascript:vole())",
    "[clic](data:text/html;base64,AAAA)", "[clic](file:///etc/passwd)",
    "<script>vole()</script>", "`x`{=html}", "```{=html}\n<script>\n```",
    "```{python}\nimport os\n```", "\\input{/etc/passwd}", "::: {onclick=vole()}\nx\n:::",
    "---\ntitle: autre\n---", "[x]{style=position:fixed}", "![x](a.png){onerror=vole()}",
])
def test_what_people_write_cannot_act(text):
    tree = passes.neutral(blocks(text, written=True))
    kinds = {n["t"] for n in walk(tree)}
    assert not kinds & {"RawBlock", "RawInline", "Image", "Link", "Div", "Span"}
    for code in (n for n in walk(tree) if n["t"] in ("CodeBlock", "Code")):
        assert code["c"][0] == ["", [], []]


def test_a_shortcode_stays_text_in_the_intermediate():
    tree = passes.neutral(blocks(r"a \{\{\< include secret.md \>\}\} b", written=True))
    assert "{{<" not in markdown(tree) and "include secret.md" in markdown(tree)


def test_placeholders_take_their_value_and_carry_their_key():
    text, names = passes.mark_placeholders("Soit {{ taux.region }}, **{{annee}}**.")
    assert names == ["taux.region", "annee"]
    keys: dict[str, str] = {}
    tree = passes.substitute(blocks(text, written=True), {"taux.region": "12,9 *", "annee": "2022"},
                             {"taux.region": "53|2022"}, keys)
    assert text_of(tree) == "Soit 12,9 *, 2022."
    assert [n["c"][0][0] for n in walk(tree) if n["t"] == "Span"] == ["c1"]
    assert keys == {"c1": "53|2022"}


def test_numbers_of_a_table_keep_the_key_that_the_page_gives_them():
    table = blocks("| Âge | Part | Intervalle |\n|:--|--:|--:|\n"
                   "| 25 à 34 ans | 12,9\u00a0% | [12,8\u00a0; 13,0] |\n| 2022 | s. | 25 |")
    pairs = [("12,9", "a"), ("12,8", "b"), ("13,0", "c"), ("25", "d")]
    keys: dict[str, str] = {}
    tree = passes.keyed(table, pairs, keys)
    assert list(keys.values()) == ["a", "b", "c", "d"]  # « 25 à 34 ans » names a row
    assert text_of(tree) == text_of(table)
    written = markdown(tree)
    assert "[12,9]{#c1}\u00a0%" in written and "25 à 34 ans" in written


def test_headings_get_stable_unique_identifiers():
    tree = passes.identified(blocks("# Leviers\n\n# Leviers\n\n# 1.1 Où ?"))
    assert [b["c"][1][0] for b in tree] == ["s-leviers", "s-leviers-2", "s-1-1-ou"]


def test_no_word_of_a_table_is_cut():
    table = blocks("| Mot | Texte |\n|---|---|\n| fluidification | " + "phrase " * 30 + "|")
    widths = [spec[1]["c"] for spec in passes.widened(table)[0]["c"][2]]
    assert widths[0] * passes.PAGE >= len("fluidification")
    assert sum(widths) == pytest.approx(1, abs=0.01)


def test_headings_of_the_analyst_go_under_the_section():
    tree = passes.shifted(blocks("# Titre", written=True), 2)
    assert tree[0]["t"] == node("Header")["t"] and tree[0]["c"][0] == 3


@pytest.mark.parametrize("text", [
    "# Titre {.c onclick=x}", "`code`{.c onclick=\"x()\"}", "[a](http://x){onclick=y}",
    "![a](b.png){onclick=y}", "::: {.x onclick=y}\ntexte\n:::", "[x]{onclick=y}",
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n: Titre {#t onclick=z}", "[a](http://x) {onclick=y}",
    "``` {.python onclick=x}\ncode\n```", "<div onclick=x>a</div>", "*a*{onclick=x}",
    "<http://x>{onclick=y}", "**[a](http://x)**{onclick=y}", "[a](http://x \"t\"){onclick=y}",
])
def test_no_attribute_that_people_write_survives_the_intermediate(text):
    tree = passes.identified(passes.neutral(blocks(text, written=True)))
    page = lxml.html.fromstring("<div>" + pandoc.run(
        ["-f", pandoc.INTERMEDIATE, "-t", "html5"], markdown(tree)) + "</div>")
    assert [a for e in page.iter() for a in e.attrib if "onclick" in a] == []
