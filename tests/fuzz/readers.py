"""Every format that the suite reads: a sound file of each, and what reads it.

A reader returns the messages that it told. Any exception but a `CepkitError` is a defect.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import xlsxwriter

from cepkit.batch import files, proof, refused
from cepkit.edition import load_region, yamlfile
from cepkit.edition.load import read_edition, validate
from cepkit.edition.schema import Edition
from cepkit.errors import CepkitError, Problem
from tests.batch import project
from tests.intake.test_draft import ods

REPOSITORY = Path(__file__).resolve().parents[2]
ROWS = [line.split(";") for line in project.delivery().splitlines()]
DEMO = REPOSITORY / "parameters" / "demo"
REGION = DEMO / "regions" / "84"


@cache
def edition(kind: str = "csv") -> Edition:
    """The small edition of the tests of the batch; its only file is of this kind."""
    text = project.EDITION.replace("fichier: volumes.csv", f"fichier: volumes.{kind}")
    if kind != "csv":
        text = text.replace('      encodage: utf-8\n      separateur: ";"\n', "")
    return validate(Edition, yamlfile.parse(text), "edition.yml")


# ---- sound files --------------------------------------------------------------------------


def _xlsx() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Volumes")
        for n, row in enumerate(ROWS):
            sheet.write_row(n, 0, [int(c) if c.isdigit() and i == 2 else c
                                   for i, c in enumerate(row)])
    return buffer.getvalue()


def _parquet() -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame(ROWS[1:], columns=ROWS[0]).to_parquet(buffer)
    return buffer.getvalue()


def _ods(folder: Path) -> bytes:
    return ods(folder / "modele.ods", {"Volumes": ROWS}).read_bytes()


def _docx() -> bytes:
    import docx

    from tests.report.annotated import Copy

    document = docx.Document()
    for words in ("Les recours en Bretagne", "En 2022, 800 personnes.", "Une autre phrase."):
        document.add_paragraph(words)
    buffer = io.BytesIO()
    document.save(buffer)
    copy = Copy(buffer.getvalue())
    copy.comment("800 personnes", "Plutôt 810.")
    copy.replace("Une autre", "Une même")
    return copy.data()


def _file(path: Path) -> Callable[[Path], bytes]:
    return lambda _: path.read_bytes()


# ---- what reads them ----------------------------------------------------------------------


def _delivery(kind: str) -> Callable[[Path], list[Problem]]:
    def read(path: Path) -> list[Problem]:
        from cepkit import intake

        place = path.parent / "data" / "mini"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"volumes.{kind}").write_bytes(path.read_bytes())
        return intake.load(edition(kind), path.parent).problemes
    return read


def _insee(path: Path) -> list[Problem]:
    from cepkit.intake import read
    from tests.intake.test_load import CHOMAGE, source

    table = source("chomage", feuille="Région", colonnes={"Code": "region", "Libellé": "libelle"},
                   **CHOMAGE)
    return read.read(path, table).problemes


def _edition(path: Path) -> list[Problem]:
    read_edition(path)
    return []


def _region(path: Path) -> list[Problem]:
    folder = path.parent / "parameters" / "mini"
    place = folder / "regions" / "84"
    place.mkdir(parents=True, exist_ok=True)
    (folder / "edition.yml").touch()
    (place / "region.yml").write_bytes(path.read_bytes())
    load_region("mini", "84")
    return []


def _text(path: Path) -> list[Problem]:
    from cepkit.intake import texts

    folder = path.parent / "redaction"
    folder.mkdir(exist_ok=True)
    (folder / "31_parcours_recours.md").write_bytes(path.read_bytes())
    return texts.read(folder)[1]


def _suivi(path: Path) -> list[Problem]:
    from cepkit.intake import workbook

    suivi = workbook.read(path, edition())
    workbook.publishable(suivi)
    return suivi.problemes


def _notebook(path: Path) -> list[Problem]:
    return list(refused.problems({"2_recours": path.read_bytes()}, "demo"))


def _copy(path: Path) -> list[Problem]:
    import datetime as dt

    from cepkit.report import remarks

    remarks.rows(remarks.read_copy(path), author="Apec", release=None, region="84",
                 date=dt.date(2023, 5, 20))
    return []


def _output(path: Path) -> list[Problem]:
    return proof.check(path.parent, [path.name], {"region": "84", "exercice": "demo"})


def _manifest(path: Path) -> list[Problem]:
    (path.parent / files.MANIFEST).write_bytes(path.read_bytes())
    found = files.read_manifest(path.parent)
    if found:
        files.differences(path.parent, found)
    return []


# format -> (its sound file, given a folder to work in; what reads it; extension)
FORMATS: dict[str, tuple[Callable[[Path], bytes], Callable[[Path], list[Problem]], str]] = {
    "csv": (lambda _: project.delivery().encode(), _delivery("csv"), "csv"),
    "xlsx": (lambda _: _xlsx(), _delivery("xlsx"), "xlsx"),
    "ods": (_ods, _delivery("ods"), "ods"),
    "parquet": (lambda _: _parquet(), _delivery("parquet"), "parquet"),
    "xls": (_file(REPOSITORY / "cepkit/refdata/insee_chomage_localise/sl_etc_2023T4.xls"),
            _insee, "xls"),
    "edition.yml": (_file(DEMO / "edition.yml"), _edition, "yml"),
    "region.yml": (_file(REGION / "region.yml"), _region, "yml"),
    "texte": (_file(REGION / "redaction" / "31_parcours_recours.md"), _text, "md"),
    "suivi.xlsx": (_file(REGION / "suivi.xlsx"), _suivi, "xlsx"),
    "notebook": (_file(REPOSITORY / "notebooks/2_recours.ipynb"), _notebook, "ipynb"),
    "docx": (lambda _: _docx(), _copy, "docx"),
    "docx produit": (lambda _: _docx(), _output, "docx"),
    "manifest": (lambda _: b'{"exercice": "demo", "region": "84", "fichiers": [{"chemin": '
                 b'"annexe_1_donnees.html", "sha256": "00", "octets": 12}]}', _manifest, "json"),
}


def told(name: str, path: Path) -> list[str]:
    """Messages that reading `path` as this format gives."""
    try:
        return [str(p) for p in FORMATS[name][1](path)]
    except CepkitError as error:
        return [str(p) for p in error.problems]
