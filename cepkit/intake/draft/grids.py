"""Open any file as grids of text: one a sheet, with what had to be found out to read it."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

from cepkit.intake import guards
from cepkit.intake.layout import LOOK_AHEAD, cell_text
from cepkit.intake.textfiles import detect_encoding, detect_separator

HEAD, TAIL = 20_000, 60  # lines of a long text file that are looked at


@dataclass
class Grid:
    """One sheet as text. `numeros` are the line numbers of `rows`, as a spreadsheet shows them."""

    path: Path
    rows: list[list[str]]
    feuille: str | None = None
    merged: list = field(default_factory=list)
    encodage: str | None = None
    separateur: str | None = None
    lignes: int = 0
    seule: bool = True
    erreur: str = ""

    @property
    def place(self) -> str:
        """« file, feuille X », with the reason when it could not be read."""
        sheet = f", feuille « {self.feuille} »" if self.feuille else ""
        return f"{self.path.name}{sheet}{f' : {self.erreur}' if self.erreur else ''}"


def grids(path: Path) -> Iterator[Grid]:
    """Every sheet of a file; a file that cannot be read gives an empty grid and its reason."""
    kind = path.suffix.lower()
    try:
        if kind == ".parquet":
            yield _parquet(path)
        elif kind in (".csv", ".txt", ".tsv"):
            yield _text_file(path)
        elif kind in (".xlsx", ".xls", ".ods", ".xlsm", ".xlsb"):
            yield from _sheets(path)
        else:
            yield Grid(path, [], erreur="format inconnu")
    except (OSError, CalamineError, pa.ArrowException, csv.Error, IndexError):
        yield Grid(path, [], erreur="illisible ou tronqué")


def _sheets(path: Path) -> Iterator[Grid]:
    limits = guards.DEFAULTS
    if refused := guards.oversize(path, limits.taille_max_mo, limits.classeur_max_mo):
        yield Grid(path, [], erreur=refused.rstrip("."))
        return
    with guards.compiled():
        book = CalamineWorkbook.from_path(str(path))
    for name in book.sheet_names:
        with guards.compiled():
            sheet = book.get_sheet_by_name(name)
            rows = [[cell_text(c, ",") for c in row] for row in sheet.to_python(False)]
        yield Grid(path, rows, name, sheet.merged_cell_ranges or [], lignes=len(rows),
                   seule=len(book.sheet_names) == 1)


def _text_file(path: Path) -> Grid:
    """Head and tail of a text file: what makes a table shows there."""
    encoding = detect_encoding(path)
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="",
                   errors="replace") as stream:
        head = list(islice(stream, HEAD))
        tail: deque[str] = deque(maxlen=TAIL)
        lines = len(head) + sum(1 for line in stream if tail.append(line) is None)
    separator = detect_separator([line.rstrip("\r\n") for line in head[:LOOK_AHEAD]])
    rows = [[c.strip() for c in row] for row in csv.reader([*head, *tail], delimiter=separator)]
    width = max(map(len, rows), default=0)
    return Grid(path, [row + [""] * (width - len(row)) for row in rows], encodage=encoding,
                separateur=separator, lignes=lines)


def _parquet(path: Path) -> Grid:
    file = pq.ParquetFile(path)
    batch = next(file.iter_batches(HEAD), None)
    rows = [] if batch is None else [
        ["" if v is None else cell_text(v, ",") for v in row.values()] for row in batch.to_pylist()]
    return Grid(path, [file.schema_arrow.names, *rows], lignes=file.metadata.num_rows + 1)
