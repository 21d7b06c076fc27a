"""What a hostile author may write where the batch and the commands read."""

from __future__ import annotations

import io
import json
import time
import zipfile

import openpyxl
import pytest
import xlsxwriter

from cepkit import batch
from cepkit.__main__ import main
from cepkit.edition import project as places
from cepkit.edition import yamlfile
from cepkit.errors import Problem, UsageError
from cepkit.intake import extent, guards, workbook
from cepkit.show.assets import SCRIPT
from tests.batch import project
from tests.fuzz.readers import edition
from tests.intake.test_draft import ODS

TAG = "les étiquettes « ! » ne sont pas admises"
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefg", "bcdefgh", strict=True))


@pytest.mark.parametrize("text, words", [
    ("x: !!python/object/apply:os.system [touch /tmp/x]", TAG), ("x: !Ref y", TAG),
    (LAUGHS, "se déploie en un volume démesuré"),
    ("a: &a [*a]", "se déploie en un volume démesuré"),
    ("a: &a {b: *a}", "se déploie en un volume démesuré"),
    ("[" * 100_000, "trop de niveaux imbriqués"),
    ("? [a, b]\n: c", "une clé est un nom"),
    ("a: 1\na: 2", "clé « a » écrite deux fois"),
    ("a: 2022-13-45", "une date ou un nombre n’existe pas"),
    ("a: \x00", "caractères interdits"),
    ("a: [", "vérifiez les retraits"),
    ("a: *rien", "vérifiez les retraits")])
def test_yaml_that_is_not_data(text, words):
    start = time.monotonic()
    with pytest.raises(yamlfile.Refused) as caught:
        yamlfile.parse(text)
    assert words in caught.value.message
    assert time.monotonic() - start < 5


def test_yaml_that_is_data_keeps_its_aliases():
    assert yamlfile.parse("a: &a {x: 1}\nb: {<<: *a, y: 2}\nc: [*a, *a]") == {
        "a": {"x": 1}, "b": {"x": 1, "y": 2}, "c": [{"x": 1}, {"x": 1}]}


def test_an_edition_too_large_is_not_read(root, capsys):
    with (root / "parameters/mini/edition.yml").open("ab") as stream:
        stream.write(b"# " + b"x" * (3 << 20))
    assert main(["run", "--exercice", "mini"]) == 10
    assert "edition.yml : fichier de plus de 2 Mio : il n’est pas lu." in capsys.readouterr().err


def far_apart() -> bytes:
    """Two cells at the ends of a sheet: five kilobytes, 17 thousand million places."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("constats")
        sheet.write(0, 0, "N°")
        sheet.write(1_048_575, 16_383, "x")
    return buffer.getvalue()


def opendocument(row: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format(
            tables=f'<table:table table:name="A">{row}</table:table>'))
    return buffer.getvalue()


CELL = '<table:table-cell office:value-type="float" office:value="1" {}><text:p>1</text:p>' \
       "</table:table-cell>"
EMPTY = '<table:table-cell table:number-columns-repeated="16384"/>'


def bomb(size: int) -> bytes:
    buffer = io.BytesIO(far_apart())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image.bin", bytes(size))
    return buffer.getvalue()


@pytest.mark.parametrize("content, words", [
    (far_apart(), "feuille étendue sur 17"), (bomb(400_000_000), "400 Mo une fois décompressé"),
    (b"PK\x03\x04", "n’est pas lisible"), (b"", "n’est pas lisible")])
def test_a_workbook_that_would_fill_the_memory(tmp_path, content, words):
    path = tmp_path / "suivi.xlsx"
    path.write_bytes(content)
    found = [str(p) for p in workbook.read(path, edition()).problemes if words in str(p)]
    assert len(found) == 1


@pytest.mark.parametrize("row, cells", [
    (f"<table:table-row>{CELL.format('')}</table:table-row>", 1),
    # what LibreOffice writes under and beside every table
    (f"<table:table-row>{CELL.format('')}{EMPTY}</table:table-row><table:table-row "
     f'table:number-rows-repeated="1048575">{EMPTY}</table:table-row>', 1),
    (f'<table:table-row table:number-rows-repeated="1000000">'
     f"{CELL.format('table:number-columns-repeated=&quot;x&quot;')}</table:table-row>", 1_000_000),
    (f'<table:table-row table:number-rows-repeated="1000000">'
     f"{CELL.format(chr(32) + 'table:number-columns-repeated=' + chr(34) + '16384' + chr(34))}"
     "</table:table-row>", 16_384_000_000)])
def test_extent_of_an_opendocument_sheet(row, cells):
    if "&quot;" in row:
        row = row.replace("&quot;", '"')
    with zipfile.ZipFile(io.BytesIO(opendocument(row))) as archive:
        assert extent.cells(archive) == cells


def test_opendocument_whose_xml_never_ends(tmp_path):
    """The compiled reader loops for ever on this attribute (found by the fuzz)."""
    path = tmp_path / "a.ods"
    path.write_bytes(opendocument('<table:table-row><table:table-cell office:value-ty{{x}}e="s"/>'))
    assert guards.oversize(path, 1, 1) == guards.UNREADABLE[0]


@pytest.mark.parametrize("name", ["../demo", "/etc", "mini/../mini", "..", "mini\x00", ""])
def test_names_of_exercices_never_leave_the_project(root, name):
    with pytest.raises(UsageError):
        places.paths(name)
    if name:
        assert main(["run", "--exercice", name]) == 2


@pytest.mark.parametrize("code", ["../53", "53/../06", "53\n06", "٥٣", "5３"])
def test_codes_of_regions_never_leave_the_project(root, code):
    with pytest.raises(UsageError):
        batch.run("mini", [code])


def test_messages_never_drive_the_terminal():
    said = str(Problem("x\x1b[2Jy", fichier="a\u202eb.csv", valeur="v\x07" + "é" * 500))
    assert not {"\x1b", "\x07", "\u202e"} & set(said)
    assert len(said) < 200
    assert len(str(Problem(f"« {'a' * 500} » n’est pas admis."))) < 120


HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "=1+1", "@SUM(A1)",
           "+cmd|' /C calc'!A0", "-2+3", "{{< include /etc/passwd >}}", "]]>", "javascript:x"]


def test_labels_of_a_delivery_reach_pages_and_tables_as_text(root):
    """Hostile labels declared in the edition go through notebook, page and workbook."""
    path = root / "parameters/mini/edition.yml"
    for text in HOSTILE[:2]:
        project.write(path, project.EDITION.replace(
            "apec: {libelle: Apec}", f"apec: {{libelle: {json.dumps(text)}, alias: [Apec]}}"))
        assert batch.run("mini", ["53"]).code in (0, 1, 10, 12)
        page = (root / "outputs/mini/53-bretagne/annexe_1_donnees.html").read_text()
        assert "<script>alert" not in page and "<img src=x" not in page


def test_formulas_written_as_texts_in_tables(root):
    rows = "".join(f"    {{'a': {text!r}, 'n': 1}},\n" for text in HOSTILE)
    cell = (f"import pandas as pd\nt = pd.DataFrame([\n{rows}])\n"
            "show.table(t, id='1.9-T1', titre='=1+1', mesure='m', colonnes={'a': '=A', 'n': 'n'})")
    project.write(root / "notebooks/1_donnees.ipynb", project.annexe("1", "## 1.9 Quoi ?", cell))
    assert batch.run("mini", ["53"]).code == 0
    book = openpyxl.load_workbook(root / "outputs/mini/53-bretagne/tables.xlsx")
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert {c.data_type for c in cells} <= {"s", "n"}
    assert set(HOSTILE) <= {c.value for c in cells}
    page = (root / "outputs/mini/53-bretagne/annexe_1_donnees.html").read_text()
    assert "<script>alert" not in page and "<img src=x" not in page


def test_outputs_of_a_notebook_that_hold_scripts_do_not_reach_the_page(root):
    cells = ["from IPython.display import HTML, Javascript, display\n"
             "display(HTML('<script>alert(1)</script><b onclick=\"x()\">gras</b>'))",
             "Javascript('alert(2)')", "print('<script>alert(3)</script>')",
             "display({'text/html': '<iframe src=x></iframe>'}, raw=True)",
             "# <script>alert(4)</script>\n\n[lien](javascript:alert(5)) <img src=x onerror=y()>"]
    project.write(root / "notebooks/1_donnees.ipynb", project.annexe("1", *cells))
    assert batch.run("mini", ["53"]).code == 0
    page = (root / "outputs/mini/53-bretagne/annexe_1_donnees.html").read_text()
    rest = page.replace(SCRIPT, "")
    for word in ("<script>alert", "onclick=", "<iframe", "javascript:alert", "onerror=",
                 "<script src"):
        assert word not in rest, word


@pytest.mark.parametrize("content", [
    b"", b"[]", b'{"cells": 3}', b'{"cells": [{"metadata": 3}]}', b'{"cells": [3]}',
    b'{"cells": [{"metadata": {"tags": ["parameters"]}}]}',
    b'{"cells": [{"metadata": {"tags": ["parameters"]}, "source": 4}]}',
    b"\xff\xfe", b"[" * 50_000])
def test_notebooks_that_are_not(root, content, capsys):
    before = {p: p.read_bytes() for p in (root / "outputs").rglob("*") if p.is_file()}
    project.write(root / "notebooks/2_recours.ipynb", content)
    assert main(["run", "--exercice", "mini"]) == 10
    assert "2_recours.ipynb" in capsys.readouterr().err
    assert {p: p.read_bytes() for p in before} == before


def test_a_notebook_with_another_name_is_not_run(root):
    project.write(root / "notebooks/..evil.ipynb", project.annexe("1"))
    assert {s.name for s in batch.run("mini", dry_run=True).plan} == {
        *project.ANNEXES, "synthese_nationale", "tables"}
