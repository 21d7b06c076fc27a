"""What users and their programs do to the workbook: saved elsewhere, open, damaged, tidied up."""

from __future__ import annotations

import shutil
import subprocess

import openpyxl
import pytest

from cepkit.edition import project
from cepkit.intake import imported, workbook

CODE = "53"


@pytest.fixture
def paths(filled, tmp_path, monkeypatch) -> project.Paths:
    """A project with the workbook of Bretagne."""
    monkeypatch.setenv("CEPKIT_ROOT", str(tmp_path))
    folder = tmp_path / "parameters/demo"
    (folder / "regions" / CODE).mkdir(parents=True)
    (folder / "edition.yml").write_text("")
    shutil.copy(filled, folder / "regions" / CODE / "suivi.xlsx")
    return project.paths("demo")


def filled_row(word: str) -> dict[str, str]:
    """An imported remark whose cells all hold a word, dates apart."""
    return dict.fromkeys(imported.COLUMNS.values(), word) | {"recue_le": "2023-05-22",
                                                             "reponse_a": ""}


def place(paths) -> object:
    return paths.region(CODE) / "suivi.xlsx"


@pytest.mark.bureau
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here")
def test_a_workbook_saved_by_libreoffice_reads_the_same(filled, edition, tmp_path):
    subprocess.run(["soffice", f"-env:UserInstallation=file://{tmp_path}/profil", "--headless",
                    "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path),
                    str(filled)], check=True, capture_output=True, timeout=180)
    saved = workbook.read(tmp_path / "suivi.xlsx", edition)
    assert saved.problemes == []
    assert saved.lignes == workbook.read(filled, edition).lignes


def test_an_open_workbook_is_read_beside_the_lock_of_excel(paths, edition):
    (paths.region(CODE) / "~$suivi.xlsx").write_bytes(b"\x05Camille" + b"\0" * 158)
    assert workbook.of_region(paths, CODE, edition).problemes == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a demi enregistre"])
def test_a_half_saved_workbook_is_read_as_it_was_the_last_time(paths, edition, content):
    before = workbook.of_region(paths, CODE, edition)
    place(paths).write_bytes(content)
    after = workbook.of_region(paths, CODE, edition)
    assert after.lignes == before.lignes
    said, = map(str, after.problemes)
    assert said.startswith("suivi.xlsx : le classeur n’est pas lisible")
    assert "La version lue la fois précédente est employée." in said
    assert place(paths).read_bytes() == content  # nothing of the user's is rewritten


def test_a_locked_workbook_is_read_as_it_was_the_last_time(paths, edition, monkeypatch):
    before = workbook.of_region(paths, CODE, edition)
    # The sharing violation of Windows, which no Linux program can provoke on its own user.
    path, read = place(paths), type(place(paths)).read_bytes
    monkeypatch.setattr(type(path), "read_bytes", lambda self: read(self) if self != path else (
        _ for _ in ()).throw(PermissionError(13, "sharing violation")))
    after = workbook.of_region(paths, CODE, edition)
    assert after.lignes == before.lignes
    assert "verrouillé par un autre programme" in str(after.problemes[0])


def test_a_workbook_never_read_before_is_empty_and_told(paths, edition):
    place(paths).write_bytes(b"abime")
    suivi = workbook.of_region(paths, CODE, edition)
    assert not suivi.rempli and suivi.problemes[0].bloquant


def test_sorted_rows_hidden_columns_and_moved_sheets_change_nothing(filled, edition, tmp_path):
    book = openpyxl.load_workbook(filled)
    page = book["documents"]
    rows = [[c.value for c in r] for r in page.iter_rows(min_row=4, max_row=8)]
    for line, row in zip(page.iter_rows(min_row=4, max_row=8), reversed(rows), strict=True):
        for cell, value in zip(line, row, strict=True):
            cell.value = value
    page.column_dimensions["C"].hidden = True
    page.row_dimensions[5].hidden = True
    book.move_sheet("jalons", -6)
    book.save(tmp_path / "suivi.xlsx")
    moved, asked = (workbook.read(p, edition) for p in (tmp_path / "suivi.xlsx", filled))
    assert moved.problemes == []
    bare = [[{k: v for k, v in r.items() if k != "ligne"} for r in s.lignes["documents"]]
            for s in (moved, asked)]
    assert sorted(bare[0], key=lambda r: r["n"]) == bare[1]
    assert moved.lignes["jalons"] == asked.lignes["jalons"]


def test_help_and_example_rows_may_be_deleted(changed, edition, filled):
    read = workbook.read(changed({}, lambda b: b["constats"].delete_rows(2, 2)), edition)
    assert read.problemes == []
    assert len(read.lignes["constats"]) == len(workbook.read(filled, edition).lignes["constats"])


@pytest.mark.parametrize(("cell", "value", "said"), [
    (("documents", "B4"), "#REF!", "ligne 4 : « Titre » est vide."),
    (("documents", "N1"), "Titre *", "la colonne « Titre * » figure plusieurs fois"),
    (("jalons", "B1"), None, "la colonne « Étape » est absente"),
])
def test_what_cannot_be_read_is_told(changed, edition, cell, value, said):
    found = [str(p) for p in workbook.read(changed({cell: value}), edition).problemes]
    assert any(said in text for text in found), found


def test_the_workbook_itself_is_never_written(paths, edition):
    before = place(paths).read_bytes(), place(paths).stat().st_mtime_ns
    row = filled_row("x")
    imported.add(paths.region(CODE), "partagee-apec", [row])
    suivi = workbook.of_region(paths, CODE, edition)
    assert [r["n"] for r in suivi.lignes["remarques"]][-1] == "W001"
    assert (place(paths).read_bytes(), place(paths).stat().st_mtime_ns) == before


def test_an_import_that_a_spreadsheet_saved_again_is_still_read(paths, edition):
    row = filled_row("é")
    imported.add(paths.region(CODE), "apec", [row])
    path = paths.region(CODE) / "remarques/apec.csv"
    path.write_bytes(path.read_text("utf-8-sig").encode("cp1252"))
    assert imported.add(paths.region(CODE), "apec", [row]) == []
    assert len(imported.add(paths.region(CODE), "apec", [row | {"empreinte": "autre"}])) == 1
    rows, problems = imported.read(paths.region(CODE))
    assert problems == [] and [r["auteur"] for r in rows] == ["é", "é"]


def test_a_file_that_is_no_import_is_told(paths, edition):
    folder = paths.region(CODE) / "remarques"
    folder.mkdir()
    (folder / "notes.csv").write_text("a;b\n1;2\n")
    suivi = workbook.of_region(paths, CODE, edition)
    assert any("remarques/notes.csv : ce fichier n’a pas les colonnes d’un import" in str(p)
               for p in suivi.problemes)


