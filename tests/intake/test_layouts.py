"""Every layout that the edition can declare or that is found: files, headers, numbers, blocks."""

from __future__ import annotations

import subprocess
import zipfile

import pandas as pd
import pytest
import xlsxwriter

from cepkit import intake
from cepkit.intake.read import read
from tests.intake.small import edition, source

MERGED = {"entete": [3, 4], "colonnes": {"Région": "region", "Sexe": "sexe"},
          "constantes": {"mesure": "entrees"},
          "depivoter": {"motif": r"Entrées \| (?P<operateur>.+)"}}
EXPECTED = {("53", "F", "apec"): 1, ("53", "F", "cap_emploi"): 1200, ("53", "H", "apec"): 3,
            ("53", "H", "cap_emploi"): 4, ("94", "F", "apec"): 5, ("94", "F", "cap_emploi"): None}


def merged_sheet(path):
    """Title, header on two lines merged both ways, regions merged downwards, a note."""
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Lisez-moi").write(0, 0, "Notice")
        page = book.add_worksheet("Entrées")
        page.write(0, 0, "CEP 2022")
        page.merge_range(2, 0, 3, 0, "Région")
        page.merge_range(2, 1, 3, 1, "Sexe")
        page.merge_range(2, 2, 2, 3, "Entrées")
        page.write_row(3, 2, ["Apec", "Cap emploi"])
        page.merge_range(4, 0, 5, 0, "Bretagne")
        page.write_row(4, 1, ["Femmes", 1, "1 200"])
        page.write_row(5, 1, ["Hommes", 3, 4])
        page.write_row(6, 0, ["Corse", "Femmes", 5, "s"])
        page.write(8, 0, "Source : essai")
    return path


def table_of(tmp_path, table):
    found = intake.load(edition(table), tmp_path)
    assert [str(p) for p in found.problemes if p.bloquant] == []
    frame = found.tables[table.nom]
    keys = ["region", "sexe", "operateur"]
    return {tuple(k): None if pd.isna(n) else n
            for *k, n in frame[[*keys, "effectif"]].itertuples(index=False)}


@pytest.mark.bureau
@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_merged_headers_and_labels_of_old_and_free_formats(tmp_path, kind):
    folder = tmp_path / "data" / "essai"
    folder.mkdir(parents=True)
    path = merged_sheet(tmp_path / "m.xlsx")
    subprocess.run(["soffice", f"-env:UserInstallation=file://{tmp_path}/profil", "--headless",
                    "--convert-to", kind, "--outdir", str(folder), str(path)], check=True,
                   capture_output=True)
    again = {"recopier": ["Région"]} if kind == "ods" else {}
    table = source("m", fichier=f"m.{kind}", feuille="Entrées", **MERGED, **again)
    assert table_of(tmp_path, table) == EXPECTED


def test_merged_headers_and_labels_of_a_workbook(tmp_path):
    folder = tmp_path / "data" / "essai"
    folder.mkdir(parents=True)
    merged_sheet(folder / "m.xlsx")
    table = source("m", fichier="m.xlsx", feuille="Entrées", **MERGED)
    assert table_of(tmp_path, table) == EXPECTED


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_a_csv_with_titles_two_header_lines_and_blanks_for_merged_cells(tmp_path, encoding, mark):
    folder = tmp_path / "data" / "essai"
    folder.mkdir(parents=True)
    rows = [["CEP 2022"], [""], ["Région", "Sexe", "Entrées", ""], ["", "", "Apec", "Cap emploi"],
            ["Bretagne", "Femmes", "1", "1 200"], ["", "Hommes", "3", "4"],
            ["Corse", "Femmes", "5", "s"], [""], ["Source : essai"]]
    text = "\r\n".join(mark.join(r + [""] * (4 - len(r))) for r in rows) + "\r\n"
    (folder / "m.csv").write_text(text, encoding, newline="")
    table = source("m", **MERGED, recopier=["Région"])
    assert table_of(tmp_path, table) == EXPECTED
    assert read(folder / "m.csv", table).separateur == mark


def test_months_as_columns_and_a_quoted_cell_on_two_lines(tmp_path):
    folder = tmp_path / "data" / "essai"
    folder.mkdir(parents=True)
    (folder / "m.csv").write_text(
        'Région;"Note\n(interne)";janv. 2022;févr. 2022;Total\nCorse;"a\nb";3;4;7\n', "cp1252")
    table = source("m", colonnes={"Région": "region"}, ignorees=["Note (interne)"],
                   constantes={"mesure": "entrees"},
                   depivoter={"motif": r"(?P<mois>Total|\S+) ?(2022)?"})
    frame = intake.load(edition(table), tmp_path).tables["m"]
    assert dict(zip(frame["mois"], frame["effectif"], strict=True)) == {
        "01": 3, "02": 4, "total": 7}


@pytest.mark.parametrize(("cells", "expected"), [
    (["1 234", "56"], [1234, 56]), (["1\u202f234", "56"], [1234, 56]),
    (["1\u00a0234", "1\u00a0234\u00a0567"], [1234, 1234567]), (["1.234", "12.345.678"],
                                                              [1234, 12345678]),
    (["1,234.0", "56"], [1234, 56]), (["1.234,0", "56"], [1234, 56])])
def test_numbers_are_read_as_their_column_writes_them(tmp_path, cells, expected):
    folder = tmp_path / "data" / "essai"
    folder.mkdir(parents=True)
    (folder / "m.csv").write_text(
        "Région;n\n" + "".join(f"{r};{c}\n" for r, c in zip(("Corse", "Bretagne"), cells,
                                                           strict=True)), "utf-8")
    table = source("m", colonnes={"Région": "region", "n": "effectif"},
                   constantes={"mesure": "entrees"})
    found = intake.load(edition(table), tmp_path)
    assert [p for p in found.problemes if p.bloquant] == []
    assert found.tables["m"]["effectif"].tolist() == expected


def test_total_rows_inside_and_blocks_separated_by_blank_rows(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Région;Sexe;n\nCorse;F;1\nCorse;Total;1\n;;\nBretagne;F;2\n;;\nNote;;\n"
                    "Autre note\n", "utf-8")
    raw = read(path, source(colonnes={"Région": "region", "n": "effectif"}))
    assert raw.frame.index.tolist() == [2, 3, 5]
    assert [str(p).split(".")[1] for p in raw.problemes] == [
        "csv, ligne 4 : une ligne vide coupe le tableau ; les 1 lignes de données qui suivent "
        "(à partir de la ligne 5) sont lues avec les autres"]


def test_rows_under_the_declared_notes_and_unnamed_columns_are_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Région;Sexe;;n\nCorse;F;x;1\nSource : a;;;\nBretagne;F;;2\n", "utf-8")
    table = source(colonnes={"Région": "region", "Sexe": "sexe", "n": "effectif"}, fin="^Source",
                   constantes={"mesure": "entrees"})
    raw = read(path, table)
    assert list(raw.frame.columns) == ["Région", "Sexe", "(colonne C)", "n"]
    assert [(p.lignes, p.bloquant) for p in raw.problemes] == [((4,), False)]


def test_a_tabulated_parquet_file(tmp_path):
    folder = tmp_path / "data" / "essai"
    folder.mkdir(parents=True)
    pd.DataFrame({"Région": ["Corse", "Bretagne"], "Sexe": ["F", "H"],
                  "n": [3, None]}).to_parquet(folder / "m.parquet")
    table = source("m", fichier="m.parquet", constantes={"mesure": "entrees", "operateur": "apec"},
                   colonnes={"Région": "region", "Sexe": "sexe", "n": "effectif"})
    assert table_of(tmp_path, table) == {("94", "F", "apec"): 3, ("53", "H", "apec"): None}


# --- what must not be opened ----------------------------------------------------------------


def refused(path, **declared) -> str:
    return "\n".join(str(p) for p in read(path, source(**declared)).problemes)


def test_a_sheet_of_a_few_cells_far_apart(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Région", "n"])
        page.write(1_048_575, 16_383, "x")
    assert "17\u202f179\u202f869\u202f184 cellules" in refused(tmp_path / "a.xlsx")


def test_an_ods_that_repeats_a_cell(tmp_path):
    content = ('<table:table><table:table-row table:number-rows-repeated="1000000">'
               '<table:table-cell table:number-columns-repeated="1000" '
               'office:value-type="string"/></table:table-row></table:table>')
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    assert "1\u202f000\u202f000\u202f000 cellules" in refused(tmp_path / "a.ods")


def test_a_formula_that_was_never_computed(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["Région", "n"])
    book.active.append(["Corse", "=1+1"])
    book.save(tmp_path / "a.xlsx")
    assert "formule jamais calculée (cellule B2)" in refused(tmp_path / "a.xlsx")


def test_an_encrypted_ods(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
        archive.writestr("content.xml", bytes(range(256)))
    assert "classeur protégé par un mot de passe" in refused(tmp_path / "a.ods")
