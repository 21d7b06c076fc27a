"""`tables.xlsx`: read back by another library, nothing executed, same bytes twice."""

from __future__ import annotations

import io

import nbformat
import openpyxl
import pytest

from cepkit.batch import proof, tables

IDENTITY = {"region": "06", "exercice": "demo", "empreinte": "abc"}
HOSTILE = ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "https://exemple.fr", "<b>x</b>"]


def executed(*blocks: dict) -> bytes:
    node = nbformat.v4.new_notebook()
    cell = nbformat.v4.new_code_cell("x")
    cell.outputs = [nbformat.v4.new_output("display_data", data={tables.BLOC: b}) for b in blocks]
    node.cells.append(cell)
    return nbformat.writes(node).encode()


def block(repere: str, columns: list, rows: list) -> dict:
    return {"kind": "tableau", "repere": repere, "titre": f"Titre de {repere}",
            "table": {"columns": columns, "rows": rows}}


NOTEBOOKS = {
    "2_recours": executed(
        block("06-2.1-T1", ["Opérateur", "Effectif", "Part"],
              [["Apec", 12, 0.5], ["Cap emploi", "s.", None]]),
        {"kind": "reponse", "repere": None, "titre": "", "table": None}),
    "1_donnees": executed(block("06-1.1-T1", ["Libellé"], [[text] for text in HOSTILE])),
}


def reopened() -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(tables.workbook(NOTEBOOKS, IDENTITY, "Tableaux")))


def test_one_sheet_a_block_and_a_contents_sheet():
    book = reopened()
    assert book.sheetnames == ["Sommaire", "06-1.1-T1", "06-2.1-T1", "Clés"]
    rows = [[c.value for c in row] for row in book["Sommaire"].iter_rows(min_row=3)]
    assert rows == [["Feuille", "Contenu"], ["06-1.1-T1", "Titre de 06-1.1-T1"],
                    ["06-2.1-T1", "Titre de 06-2.1-T1"]]


def test_each_cell_has_its_key_on_the_last_sheet():
    keyed = block("06-2.1-T1", ["Opérateur", "Effectif", "Part"], [["Apec", 12, 0.5]])
    keyed["table"]["keys"] = [[None, "06|2022|total|apec||effectif|effectif", None]]
    book = openpyxl.load_workbook(io.BytesIO(tables.workbook(
        {"2_recours": executed(keyed)}, IDENTITY, "Tableaux")))
    rows = [[c.value for c in row] for row in book["Clés"].iter_rows(min_row=3)]
    assert rows == [["Feuille", "Cellule", "Clé"],
                    ["06-2.1-T1", "B4", "06|2022|total|apec||effectif|effectif"]]
    assert book["06-2.1-T1"]["B4"].value == 12


def test_a_block_shown_twice_has_one_sheet_and_fictitious_data_say_so():
    again = block("06-2.1-T1", ["Opérateur", "Effectif", "Part"],
                  [["Apec", 12, 0.5], ["Cap emploi", "s.", None]])
    title = {"kind": "titre", "repere": None, "table": None, "meta": {"fictif": True}}
    content = tables.workbook({**NOTEBOOKS, "rapport": executed(title, again)}, IDENTITY, "T")
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Sommaire", "06-1.1-T1", "06-2.1-T1", "Clés"]
    assert {sheet["A2"].value for sheet in book} == {"Données fictives"}


def test_withheld_and_missing_values_stay_visible_words():
    rows = [[c.value for c in row] for row in reopened()["06-2.1-T1"].iter_rows(min_row=3)]
    assert rows == [["Opérateur", "Effectif", "Part"], ["Apec", 12, 0.5],
                    ["Cap emploi", "s.", "n.d."]]


@pytest.mark.parametrize("row, text", list(enumerate(HOSTILE, start=4)))
def test_no_text_becomes_a_formula_or_a_link(row, text):
    cell = reopened()["06-1.1-T1"].cell(row, 1)
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_same_bytes_twice_and_identity_inside(tmp_path):
    first, second = (tables.workbook(NOTEBOOKS, IDENTITY, "Tableaux") for _ in range(2))
    assert first == second
    (tmp_path / "tables.xlsx").write_bytes(first)
    assert proof.identity(tmp_path / "tables.xlsx") == IDENTITY


def test_names_of_sheets_are_lawful_and_unique():
    used = {"sommaire"}
    names = [tables._sheet_name("a/b:" + "c" * 40, used) for _ in range(3)]
    assert len(set(names)) == 3
    assert all(len(n) <= 31 and not set("[]:*?/\\") & set(n) for n in names)


def test_title_carries_the_year_that_the_pages_observe():
    first = {"kind": "titre", "meta": {"annee": "2022", "fictif": True}}
    assert tables.year({"2_recours": executed(first)}) == "2022" and tables.year(NOTEBOOKS) == ""
