"""Writers that imitate the files of an administration: cp1252 CSV and two-line headed sheets."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter

from cepkit.codes import FRANCE, region_name
from cepkit.text import NNBSP

SOURCE = "Source : données fictives de démonstration, aucune donnée d’un opérateur."


def region_label(code: str) -> str:
    """Label of a region in mixed case: "53" -> "Bretagne", "FR" -> "France entière"."""
    return "France entière" if code == FRANCE else region_name(code).replace("’", "'")


def capitals(code: str) -> str:
    """Label as some services write it: "84" -> "AUVERGNE RHONE-ALPES"."""
    text = unicodedata.normalize("NFKD", region_label(code))
    text = "".join(c for c in text if not unicodedata.combining(c)).upper()
    return text.replace("AUVERGNE-", "AUVERGNE ").replace("GRAND EST", "GRAND-EST")


def number(n, thousands: str = " ") -> str:
    """12345 -> "12 345" with the given separator; a token is left as it is."""
    return n if isinstance(n, str) else f"{n:,}".replace(",", thousands)


def percent(part: int, whole: int) -> str:
    """Decimal comma: (1, 3) -> "33,3"; nothing to divide by -> "nd"."""
    return f"{100 * part / whole:.1f}".replace(".", ",") if whole else "nd"


def csv(path: Path, title: Sequence[str], header: Sequence[str], rows: Iterable[Sequence],
        notes: Sequence[str] = (), thousands: str = " ") -> None:
    """Write title lines, a blank line, header, rows, foot notes: `;`, cp1252, CRLF."""
    head = [[t] for t in title] + [[""], list(header)]
    foot = [[""], *([n] for n in (*notes, SOURCE))]
    width = len(header)
    with path.open("w", encoding="cp1252", newline="") as stream:
        for row in (*head, *rows, *foot):
            cells = [number(c, thousands) for c in row]
            stream.write(";".join(cells + [""] * (width - len(cells))) + "\r\n")


class Workbook:
    """An .xlsx whose bytes depend on its content only."""

    def __init__(self, path: Path, title: str):
        self.book = xlsxwriter.Workbook(str(path))
        self.book.set_properties({"title": title, "comments": "Données fictives",
                                  "created": dt.datetime(2023, 4, 17)})
        make = self.book.add_format
        self.bold = make({"bold": True, "font_size": 12})
        self.note = make({"italic": True})
        self.head = make({"bold": True, "border": 1, "align": "center", "text_wrap": True})
        self.plain = make({})

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, *_error) -> None:
        self.book.close()

    def sheet(self, name: str, title: str, keys: Sequence[str], block: str | None,
              columns: Sequence[str], rows: Iterable[Sequence], notes: Sequence[str] = (),
              text: bool = False) -> None:
        """One sheet: two title rows, a blank row, one header row or two, rows, foot notes.

        With `block`, a merged cell stands above `columns` (header rows 4 and 5); without it
        the header is row 4 alone. `text` writes numbers as text with narrow spaces.
        """
        sheet = self.book.add_worksheet(name)
        sheet.write(0, 0, title, self.bold)
        sheet.write(1, 0, "Exercice 2022, données fictives de démonstration", self.note)
        sheet.set_column(0, len(keys) - 1, 24)
        first = self._header(sheet, keys, block, columns)
        for i, row in enumerate(rows, start=first):
            for j, cell in enumerate(row):
                self._cell(sheet, i, j, cell, text and j >= len(keys))
            last = i
        for i, note in enumerate((*notes, SOURCE), start=last + 2):
            sheet.write(i, 0, note, self.note)

    def _header(self, sheet, keys, block, columns) -> int:
        if block is None:
            for j, label in enumerate((*keys, *columns)):
                sheet.write(3, j, label, self.head)
            return 4
        for j, label in enumerate(keys):
            sheet.merge_range(3, j, 4, j, label, self.head)
        sheet.merge_range(3, len(keys), 3, len(keys) + len(columns) - 1, block, self.head)
        for j, label in enumerate(columns, start=len(keys)):
            sheet.write(4, j, label, self.head)
        return 5

    def _cell(self, sheet, i: int, j: int, cell, as_text: bool) -> None:
        if isinstance(cell, str):
            sheet.write_string(i, j, cell, self.plain)
        elif cell == 0:
            sheet.write_string(i, j, "-", self.plain)
        elif as_text:
            sheet.write_string(i, j, number(int(cell), NNBSP), self.plain)
        else:
            sheet.write_number(i, j, int(cell), self.plain)
