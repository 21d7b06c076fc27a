"""Layouts of files as administrations write them, each made by hand."""

from __future__ import annotations

import pandas as pd
import pytest
import xlsxwriter

from cepkit.intake.read import COUNT, detect_encoding, detect_separator, read
from tests.intake.small import source


def workbook(path, rows, *, merged=(), sheet="Feuil1"):
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet(sheet)
    for i, row in enumerate(rows):
        page.write_row(i, 0, row)
    for first_row, first, last_row, last, text in merged:
        page.merge_range(first_row, first, last_row, last, text)
    book.close()
    return path


def messages(raw) -> str:
    return "\n".join(str(p) for p in raw.problemes)


@pytest.mark.parametrize(("encoding", "found"), [
    ("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("cp1252", "cp1252")])
def test_encodings_are_found(tmp_path, encoding, found):
    path = tmp_path / "a.csv"
    path.write_text("Région;Entrées\nÎle-de-France;12\n", encoding=encoding)
    assert detect_encoding(path) == found
    raw = read(path, source())
    assert list(raw.frame.columns) == ["Région", "Entrées"]
    assert raw.frame.iloc[0].tolist() == ["Île-de-France", "12"]


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
def test_separators_are_found(mark):
    lines = ["Titre, avec une virgule", mark.join("abcd"), mark.join(["1,5", "2", "3", "4"]),
             mark.join("5678")]
    assert detect_separator(lines) == mark


def test_a_wrong_declared_encoding_is_told_with_the_right_one(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Région;n\nCôte;1\n", encoding="cp1252")
    assert "Encodage reconnu : cp1252" in messages(read(path, source(encodage="utf-8")))


def test_title_rows_and_notes_of_a_csv(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Titre du tableau;;\n;;\nRégion;Sexe;n\nBretagne;F;1\nBretagne;H;2\n"
                    "Source : livraison;;\n", encoding="cp1252")
    raw = read(path, source(colonnes={"Région": "region", "n": "effectif"}, fin="^Source"))
    assert raw.problemes == []
    assert raw.frame.index.tolist() == [4, 5]  # row numbers as a spreadsheet shows them
    assert raw.frame["n"].tolist() == ["1", "2"]


def test_codes_keep_their_zero_and_numbers_lose_their_decimal(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["code", "n", "taux"], ["01", 12.0, 5.7], [1, 3, 0]])
    raw = read(path, source())
    assert raw.frame.values.tolist() == [["01", "12", "5,7"], ["1", "3", "0"]]


def test_merged_upper_header_is_spread_and_separator_column_left_alone(tmp_path):
    path = workbook(
        tmp_path / "a.xlsx",
        [["Titre"], [], ["", "", "", "", ""], ["", "F", "H", "", "Ensemble"],
         ["Bretagne", 1, 2, "", 3], [], ["Note de bas de page"]],
        merged=[(2, 1, 2, 2, "Entrées"), (2, 0, 3, 0, "Région")])
    raw = read(path, source(entete=[3, 4]))
    assert list(raw.frame.columns) == ["Région", "Entrées | F", "Entrées | H", "Ensemble"]
    assert raw.frame.iloc[0].tolist() == ["Bretagne", "1", "2", "3"]


def test_upper_header_of_a_csv_is_spread_over_blanks(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(";Entrées;;Bénéficiaires;\nRégion;F;H;F;H\nBretagne;1;2;3;4\n", "utf-8")
    raw = read(path, source(entete=[1, 2]))
    assert list(raw.frame.columns)[1:] == ["Entrées | F", "Entrées | H", "Bénéficiaires | F",
                                           "Bénéficiaires | H"]


def test_last_rows_with_one_cell_are_notes(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["EPCI", "A", "B"], ["Brest", 1, 2],
                                          ["s.s : secret statistique"]])
    assert read(path, source()).frame["EPCI"].tolist() == ["Brest"]


def test_repeated_headers_are_told_apart(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["Région", "TOTAL", "TOTAL"], ["Bretagne", 1, 2]])
    assert list(read(path, source()).frame.columns) == ["Région", "TOTAL", "TOTAL (2)"]


def test_quoted_separators_do_not_cut_a_field(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('code,nom\n01,"Ain, le"\n02,Aisne\n', "utf-8")
    assert read(path, source(separateur=",")).frame["nom"].tolist() == ["Ain, le", "Aisne"]


@pytest.mark.parametrize(("content", "message"), [
    (b"", "fichier vide"),
    (b"Region;n\n", "aucune ligne"),
    (b"Region;Sexe;n\nBretagne;F;1\nCorse;H", "fichier tronqué"),
    (b"Region;Sexe;n\nBretagne;F;1\nCorse;H\nCorse;F;2\n", "n’a pas 3 champs"),
])
def test_damaged_csv(tmp_path, content, message):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    raw = read(path, source())
    assert message in messages(raw)
    assert raw.problemes[0].classe == "source"


def test_truncated_workbook_and_unknown_sheet(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["Région", "n"], ["Corse", 1]], sheet="Volumes 2022")
    assert "« Volumes 2022 » ?" in messages(read(path, source(feuille="Volume 2022")))
    path.write_bytes(path.read_bytes()[:900])
    assert "illisible ou tronqué" in messages(read(path, source()))


def test_missing_file_names_the_nearest_one(tmp_path):
    (tmp_path / "volumes_2022.csv").write_text("a;b\n1;2\n")
    raw = read(tmp_path / "volume_2022.csv", source())
    assert "Vouliez-vous dire « volumes_2022.csv » ?" in messages(raw)
    assert not read(tmp_path / "x.csv", source(obligatoire=False)).problemes[0].bloquant


def test_records_are_counted_while_they_are_read(tmp_path):
    records = pd.DataFrame({"id": range(1000), "Région": ["Corse", "Bretagne"] * 500,
                            "Sexe": (["F"] * 3 + ["H"]) * 250})
    declared = source(nature="individuel", colonnes={"Région": "region", "Sexe": "sexe"})
    records.to_csv(tmp_path / "a.csv", sep=";", index=False, encoding="cp1252")
    records.to_parquet(tmp_path / "a.parquet")
    for name in ("a.csv", "a.parquet"):
        raw = read(tmp_path / name, declared)
        counts = raw.frame.set_index(["Région", "Sexe"])[COUNT]
        assert raw.lignes_lues == 1000
        assert counts["Corse", "F"] == 500
        assert counts["Bretagne", "H"] == 250
