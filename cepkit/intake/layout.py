"""Where the table stands in a sheet: title rows, header of one or two rows, foot notes.

Nothing is interpreted here but the layout. The result is a frame of strings whose index is the
row number that a spreadsheet shows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from cepkit.edition.schema import TableSource
from cepkit.errors import Problem
from cepkit.text import fold

LOOK_AHEAD = 40  # rows searched for the header
COUNT = "__nombre__"  # number of records, when a record-level file is counted while it is read
WHOLE = "\0"  # in a column that a crossing does not hold: all its values together
NO_HEADER = "ligne d’en-tête introuvable : déclarez-la (clé « entete »)."


@dataclass
class Raw:
    """A table as found: strings only, index = row number in the file, and what is wrong.

    Records are counted while they are read: the index then numbers the combinations, `blocs`
    gives the crossing of each, and `situer` finds the rows of the file (see `records`).
    """

    frame: pd.DataFrame
    fichier: str
    feuille: str | None = None
    lignes_lues: int = 0
    problemes: list[Problem] = field(default_factory=list)
    blocs: pd.Series | None = None
    situer: Callable[[Sequence[Sequence[int]]], list[tuple[int, ...]]] | None = None
    personnes: Any = None  # `persons.People` of these combinations
    colonnes: list[str] = field(default_factory=list)  # every header, even of what is not read
    encodage: str | None = None
    separateur: str | None = None


def failed(name: str, message: str, table: TableSource, sheet: str | None = None,
           repair: str | None = None) -> Raw:
    """An empty table and the one problem that kept it from being read (class « source »)."""
    problem = Problem(message, "source", "fichier lisible et complet", name, sheet,
                      reparation=repair, bloquant=table.obligatoire)
    return Raw(pd.DataFrame(), name, sheet, 0, [problem])


def cell_text(cell: object, decimal: str) -> str:
    """A cell as an administration would type it in a CSV: 7.0 → "7", 5.7 → "5,7"."""
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float):
        text = str(int(cell)) if cell.is_integer() else repr(cell)
        return text.replace(".", decimal)
    return str(cell).strip()


def from_grid(grid: list[list[str]], table: TableSource, name: str, sheet: str | None,
              merged: list) -> Raw:
    """The table of a grid of texts; `merged`: ranges ((row, column), (row, column)) from 0."""
    header = table.entete or find_header(grid[:LOOK_AHEAD], table)
    if not grid or not header or max(header) > len(grid):
        return failed(name, NO_HEADER, table, sheet)
    columns = header_names([list(grid[h - 1]) for h in header], [h - 1 for h in header], merged)
    first = max(header) + 1
    _fill_down(grid, first - 1, merged)
    body = grid[first - 1:]
    frame = pd.DataFrame(body, columns=columns, index=range(first, first + len(body)), dtype="str")
    return body_of(frame, table, name, sheet)


def _fill_down(grid: list[list[str]], first: int, merged: list) -> None:
    """Repeat a label merged over several rows of the body."""
    for (top, column), (bottom, _) in merged:
        if top >= first:
            for row in grid[top + 1:bottom + 1]:
                row[column] = grid[top][column]


def body_of(frame: pd.DataFrame, table: TableSource, name: str, sheet: str | None) -> Raw:
    """Data rows under the header: neither notes nor empty rows; what is left out is told."""
    rows, problem = _until_notes(frame, table.fin)
    frame = frame[rows]
    named = [c if c else f"(colonne {_letter(i)})" for i, c in enumerate(frame.columns)]
    filled = [bool(c) or bool((frame.iloc[:, i] != "").any()) for i, c in enumerate(frame.columns)]
    frame = frame.set_axis(named, axis=1).loc[:, filled]
    again = [c for c in frame if fold(c) in {fold(r) for r in table.recopier}]
    frame[again] = frame[again].replace("", None).ffill().fillna("")
    return Raw(frame, name, sheet, len(frame),
               [Problem(**problem, fichier=name, feuille=sheet)] if problem else [])


def _letter(index: int) -> str:
    """0 -> "A", 27 -> "AB"."""
    letters = ""
    while index >= 0:
        letters, index = chr(65 + index % 26) + letters, index // 26 - 1
    return letters


def find_header(rows: list[list[str]], table: TableSource) -> list[int]:
    """The first row holding the most declared names, else the first as wide as most rows."""
    known = {fold(c) for c in (*table.colonnes, *table.ignorees)}
    known |= {fold(c) for c in (table.depivoter.colonnes if table.depivoter else ())}
    hits = [sum(fold(c) in known for c in row if c) for row in rows]
    if hits and max(hits) > 0:
        return [hits.index(max(hits)) + 1]
    widths = [sum(c != "" for c in row) for row in rows]
    common = Counter(w for w in widths if w > 1).most_common(1)
    full = [i for i, w in enumerate(widths) if common and w > 1 and w >= common[0][0] - 1]
    return [full[0] + 1] if full else []


def header_names(rows: list[list[str]], positions: list[int], merged: list) -> list[str]:
    """One name a column; two rows are joined by " | ", merged upper cells spread first."""
    for row, position in zip(rows[:-1], positions[:-1], strict=True):
        _spread(row, position, merged, rows[-1])
    names = []
    for parts in zip(*rows, strict=True):
        clean = [re.sub(r"\s+", " ", p).strip() for p in parts]
        names.append(" | ".join(dict.fromkeys(c for c in clean if c)))
    seen: Counter = Counter()
    for i, name in enumerate(names):
        seen[name] += 1
        if name and seen[name] > 1:
            names[i] = f"{name} ({seen[name]})"
    return names


def _spread(row: list[str], position: int, merged: list, lower: list[str]) -> None:
    """Copy an upper header cell over the columns that it spans.

    With the merged ranges of the file they decide; without any (CSV) a blank upper cell
    above a filled lower one takes what stands on its left.
    """
    spans = [(a[1], b[1]) for a, b in merged if a[0] <= position <= b[0]]
    for start, end in spans:
        row[start:end + 1] = [row[start]] * (end + 1 - start)
    if not spans:
        for i in range(1, len(row)):
            if not row[i] and lower[i]:
                row[i] = row[i - 1]


def _until_notes(frame: pd.DataFrame, end: str | None) -> tuple[pd.Series, dict]:
    """(which rows are data, problem or {}): notes are rows of one text cell at the foot.

    The foot starts where `end` matches the first filled cell, else at the first empty row. A
    row of several cells in a foot that nobody declared is data: kept, and told.
    """
    filled = (frame != "").sum(axis=1)
    notes = filled.eq(1) & (len(frame.columns) > 2)
    problem = {"bloquant": False, "cle": "ligne_vide", "regle": "un seul tableau par feuille"}
    if end:
        first = frame.mask(frame == "").bfill(axis=1).iloc[:, 0].fillna("").astype("str")
        foot = first.str.match(end).cummax()
        left = list(frame.index[foot & filled.ge(2)])
        return filled.gt(0) & ~foot, problem | {
            "message": f"lignes sous le début des notes (« fin: {end} »), laissées de côté.",
            "lignes": tuple(left)} if left else {}
    under = filled.eq(0).cummax() & filled.cumsum().gt(0)
    trailing = (notes | filled.eq(0))[::-1].cummin()[::-1]
    kept = filled.gt(0) & ~trailing & ~(under & notes)
    after = list(frame.index[kept & under])
    if not after:
        return kept, {}
    return kept, problem | {
        "message": f"une ligne vide coupe le tableau ; les {len(after)} lignes de données qui "
        f"suivent (à partir de la ligne {after[0]}) sont lues avec les autres.",
        "lignes": tuple(i for i in frame.index[filled.eq(0)] if i < after[-1]),
        "reparation": "vérifiez-les, ou déclarez où le tableau s’arrête (clé « fin »)."}
