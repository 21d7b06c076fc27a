"""The kept mask, `masque.csv`: keys of the withheld cells, no count, nothing of why.

One row a cell, sorted; the first line carries a fingerprint of the rows, so that a file changed
by hand is told. Two masks of the same data can be subtracted: a mask is kept, never redone.
"""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import pandas as pd

from cepkit.codes import FRANCE, REGIONS
from cepkit.errors import DisclosureError, Problem
from cepkit.formats import count
from cepkit.intake.decode import total_code
from cepkit.intake.shape import BASE
from cepkit.protection.cells import names, own_keys

FILE = "masque.csv"
HEAD = "# Clés des cases non diffusées (aucun effectif). Tenu par cepkit : ne pas modifier."
DETAIL = "dimensions"
REPAIR = ("remettre la version sauvegardée de masque.csv ; si rien n’a encore circulé, supprimer "
          "masque.csv et relancer.")


def text(keys: pd.DataFrame, fictif: bool) -> str:
    """Content of the file for these cells, each once, sorted; the dimensions in one column."""
    rows = sorted({tuple(n.split("|", len(BASE))) for n in names(keys)})
    lines = [";".join((*BASE, DETAIL)), *(";".join(_padded(row)) for row in rows)]
    body = "".join(f"{line}\n" for line in lines)
    return f"{HEAD}\n# fictif={'oui' if fictif else 'non'} ; empreinte={_digest(body)}\n{body}"


def _padded(row: tuple[str, ...]) -> tuple[str, ...]:
    return (*row, "")[:len(BASE) + 1]


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def fictitious(path: Path) -> bool:
    """Does this mask belong to fictitious data?"""
    return "# fictif=oui" in path.read_text("utf-8", errors="replace")[:400]


def read(path: Path) -> pd.DataFrame:
    """Keys of the withheld cells; `DisclosureError` with all that is wrong with the file."""
    content = path.read_text("utf-8-sig", errors="replace").replace("\r\n", "\n")
    lines = content.splitlines(keepends=True)
    place = f"{path.parent.name}/{path.name}"
    start = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    body = "".join(lines[start:])
    rows = list(csv.reader(io.StringIO(body), delimiter=";"))
    columns = rows[0] if rows else []
    problems = [*_columns(columns, place), *_rows(columns, rows[1:], start + 2, place)]
    if not problems and f"empreinte={_digest(body)}" not in "".join(lines[:start]):
        problems = [_problem("le masque a été modifié à la main : ses lignes ne sont plus celles "
                             "que cepkit a écrites.", place)]
    if problems:
        raise DisclosureError(problems)
    return _keys(pd.DataFrame(rows[1:], columns=columns, dtype=str))


def _keys(rows: pd.DataFrame) -> pd.DataFrame:
    """« sexe=F|tranche_age=25_34 » as columns, at their total elsewhere."""
    detail = [dict(p.split("=", 1) for p in text.split("|") if p) for text in rows[DETAIL]]
    dims = sorted({d for found in detail for d in found})
    columns = {d: [found.get(d, total_code(d)) for found in detail] for d in dims}
    return rows[list(BASE)].assign(**columns)


def _columns(columns: list[str], place: str) -> list[Problem]:
    absent = [c for c in (*BASE, DETAIL) if c not in columns]
    more = [c for c in columns if c not in (*BASE, DETAIL)]
    return [_problem(f"{what} : {', '.join(found)}.", place) for what, found in (
        ("colonnes absentes du masque", absent),
        ("le masque ne porte que des clés, colonnes en trop", more)) if found]


def _rows(columns: list[str], rows: list[list[str]], first: int, place: str) -> list[Problem]:
    """Rows of another length, twice the same, regions whose code has lost its zero."""
    def at(bad: list[int]) -> tuple[int, ...]:
        return tuple(first + i for i in bad)

    short = [i for i, row in enumerate(rows) if len(row) != len(columns)]
    seen: set[tuple[str, ...]] = set()
    twice = [i for i, row in enumerate(rows) if tuple(row) in seen or seen.add(tuple(row))]
    region = columns.index("region") if "region" in columns else None
    wrong = [i for i, row in enumerate(rows) if region is not None and len(row) == len(columns)
             and row[region] not in (*REGIONS, FRANCE)]
    return [_problem(message, place, at(bad)) for bad, message in (
        (short, "ligne du masque incomplète ou trop longue."),
        (twice, f"{count(len(twice), 'ligne du masque écrite', 'lignes du masque écrites')} "
                "deux fois."),
        (wrong, "région inconnue dans le masque (un tableur a pu retirer le zéro de « 01 ».)"))
            if bad]


def _problem(message: str, place: str, lines: tuple[int, ...] = ()) -> Problem:
    return Problem(message, "secret", "le masque est tenu par cepkit", place, lignes=lines,
                   reparation=REPAIR)


def of(cells: pd.DataFrame) -> pd.DataFrame:
    """Keys and `case` of cells, as the other modules take a mask."""
    return cells[own_keys(cells)].assign(case=names(cells))
