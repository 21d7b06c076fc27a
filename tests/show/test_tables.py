"""Tables: accessible html, Markdown that Pandoc reads back, plain values for the workbook."""

from __future__ import annotations

import json

import html5lib
import pypandoc

from cepkit.show import tables
from tests.show import frames

COLUMNS = {"operateur": "Opérateur", "valeur": "Bretagne", "intervalle": "Intervalle à 95 %",
           "reference": "France", "lecture": "Lecture"}


def block(**options):
    return tables.table(frames.shares(), id="2.1-T1", titre="Parts", mesure="En %, 2022",
                        colonnes=COLUMNS, **options)


def parsed(html: str):
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parseFragment(html)


def test_headers_have_a_scope_and_the_caption_says_what(page):
    tree = parsed(block().html)
    assert {th.get("scope") for th in tree.iter("th")} == {"col", "row"}
    caption = "".join(tree.find(".//caption").itertext())
    assert "Tableau 53-2.1-T1" in caption and "Parts" in caption and "En\u00a0%, 2022" in caption


def test_scroll_region_is_named_and_reachable(page):
    region = parsed(block().html).find(".//div[@role='region']")
    assert region.get("tabindex") == "0" and "53-2.1-T1" in region.get("aria-label")


def test_withheld_cell_is_an_abbreviation_with_its_reason(page):
    found = parsed(block().html).findall(".//td/abbr")
    assert {a.text for a in found} == {"s."}
    assert all("Ce n’est pas un zéro" in a.get("title") for a in found)


def test_no_cell_is_empty(page):
    assert all("".join(td.itertext()).strip() for td in parsed(block().html).iter("td"))


def test_groups_are_row_groups(page):
    frame = frames.profile()
    tree = parsed(tables.table(frame, titre="Profil", groupe="dimension").html)
    assert [th.get("scope") for th in tree.findall(".//tr[@class='grp']/th")] == ["rowgroup"]


def test_fictitious_data_are_said_in_the_caption(page):
    assert "Données fictives" in block().html and "Données fictives" in block().markdown


def test_credits_come_from_the_frame(page):
    assert "Champ\u00a0: entrées de 2022. Source\u00a0: jeu fictif." in block().html


def test_text_of_a_workbook_is_escaped(page):
    frame = frames.shares().assign(operateur='<script>"x"</script>')
    frame.attrs = frames.shares().attrs
    html = tables.table(frame, titre="<b>t</b>", colonnes=COLUMNS).html
    assert "<script" not in html and "<b>t" not in html


def test_pandoc_reads_the_table_and_its_identifier(page):
    tree = json.loads(pypandoc.convert_text(block().markdown, "json", format="markdown"))
    found = [b for b in tree["blocks"] if b["t"] == "Table"]
    assert len(found) == 1
    rows = found[0]["c"][4][0][3]
    assert len(rows) == 3
    # Without Quarto's filter Pandoc keeps the identifier in the caption or on the table.
    assert "tbl-53-2-1-t1" in json.dumps(found[0])


def test_plain_values_hold_no_withheld_number(page):
    plain = block().table
    assert plain["columns"][1] == "Bretagne (%)"
    assert plain["rows"][0][1] == 55.2 and plain["rows"][2][1:3] == ["s.", "s."]
    json.dumps(plain)
