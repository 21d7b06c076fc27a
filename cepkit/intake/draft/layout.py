"""Where the table stands on a sheet: header rows, body, foot notes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cepkit.intake.draft.grids import Grid
from cepkit.intake.layout import LOOK_AHEAD, header_names

# A plain number, not a year: « 12 », « 1 234,5 », « 7.4 % ».
_NUMBER = re.compile(r"[+\-\u2212]?\d[\d\s.,\u00a0\u202f]*(e-?\d+)?%?")
_YEAR = re.compile(r"(19|20)\d\d")
MOST_HEADERS = 3


@dataclass(frozen=True)
class Layout:
    """Header rows (1-based, as a spreadsheet shows them), column names, body, notes, title."""

    entete: list[int]
    colonnes: list[str]
    corps: list[list[str]]
    notes: list[str]
    titres: list[str]
    fin: str | None

    @property
    def titre(self) -> str:
        """All that stands above the table."""
        return " ".join(self.titres)

    def column(self, index: int) -> list[str]:
        """Cells of a column of the body."""
        return [row[index] for row in self.corps]


def is_number(cell: str) -> bool:
    """A number that is not a year."""
    return bool(_NUMBER.fullmatch(cell)) and not _YEAR.fullmatch(cell)


def _filled(row: list[str]) -> int:
    return sum(c != "" for c in row)


def layouts(grid: Grid) -> list[Layout]:
    """The tables of a sheet, from top to bottom; none when it holds none."""
    found, start = [], 0
    while start < len(grid.rows):
        end = _next_table(grid.rows, start)
        table = _layout(grid, start, end)
        found += [table] if table else []
        start = end
    return found


def _next_table(rows: list[list[str]], start: int) -> int:
    """Index where another table starts below: a blank row, words, then numbers again."""
    counted = False
    for i in range(start, len(rows) - 1):
        if _is_data(rows[i]):
            counted = True
        elif counted and not any(rows[i]):
            head = next((j for j in range(i + 1, len(rows)) if _filled(rows[j]) > 1), None)
            if head is not None and not _is_data(rows[head]) and any(
                    map(_is_data, rows[head + 1:head + 4])):
                return i + 1
    return len(rows)


def _is_data(row: list[str]) -> bool:
    return _filled(row) > 1 and any(is_number(c) for c in row)


def _layout(grid: Grid, start: int, end: int) -> Layout | None:
    """The table that stands between two rows; None when there is none."""
    first = _first_data_row(grid.rows[start:end])
    if first is None:
        return None
    header = _header_rows(grid, first + start)
    if not header or header[0] < start:
        return None
    names = header_names([list(grid.rows[i]) for i in header], header, grid.merged)
    rows = grid.rows[header[-1] + 1:end]
    last = max((i for i, row in enumerate(rows) if _filled(row) > 1), default=-1)
    body = [row for row in rows[:last + 1] if any(row)]
    notes = [text for row in rows[last + 1:] if (text := next((c for c in row if c), ""))]
    holes = any(not any(row) for row in rows[:last + 1])
    titles = [" ".join(c for c in row if c) for row in grid.rows[start:header[0]] if any(row)]
    below = [text for row in grid.rows[end:] if (text := next((c for c in row if c), ""))][:1]
    return Layout([i + 1 for i in header], names, body, notes, titles,
                  _end(notes + below, body, holes))


def _first_data_row(rows: list[list[str]]) -> int | None:
    """Index of the first row with a number; else the row after the first full one (texts only)."""
    for i, row in enumerate(rows[:LOOK_AHEAD]):
        near = [r for r in rows[i:i + 5] if _filled(r) > 1]
        if _is_data(row) and sum(map(_is_data, near)) * 2 >= len(near):
            return i
    widest = max(map(_filled, rows), default=0)
    full = [i for i, row in enumerate(rows[:LOOK_AHEAD]) if _filled(row) == widest]
    return full[0] + 1 if widest > 1 and full and len(rows) > full[0] + 1 else None


def _header_rows(grid: Grid, first: int) -> list[int]:
    """Indexes of the header rows above the first row of data (blank rows between are passed)."""
    low = next((i for i in range(first - 1, max(first - 4, -1), -1) if any(grid.rows[i])), None)
    if low is None or _filled(grid.rows[low]) < 2:
        return []
    header = [low]
    for upper in range(low - 1, max(low - MOST_HEADERS, -1), -1):
        if not _above(grid, upper, header):
            break
        header.insert(0, upper)
    return header


def _above(grid: Grid, upper: int, header: list[int]) -> bool:
    """Is this row a part of the header: a cell merged over columns, or one with nothing below?"""
    spans = any(a[0] == upper and b[1] > a[1] and a[1] > 0 for a, b in grid.merged)
    alone = any(cell and not any(grid.rows[i][j] for i in header)
                for j, cell in enumerate(grid.rows[upper]) if j < len(grid.rows[header[0]]))
    return spans or alone


def _end(notes: list[str], body: list[list[str]], holes: bool) -> str | None:
    """Pattern of the first words of the notes that no row of the body starts with."""
    firsts = [next((c for c in row if c), "") for row in body]
    for words in (1, 2, 4):
        starts = [m.group() for n in notes if (m := re.match(rf"(?:\W*\w+){{1,{words}}}", n))]
        pattern = "|".join(dict.fromkeys(re.escape(s).replace(r"\ ", " ") for s in starts))
        if starts and not any(re.match(f"^({pattern})", f) for f in firsts):
            return f"^({pattern})"
    return "^(?!)" if holes else None
