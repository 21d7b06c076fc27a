"""How large a workbook becomes once opened: readers hold a rectangle, however few its cells.

Two cells at the ends of an xlsx sheet take 17 thousand million places, and an OpenDocument file
whose XML is not sound never ends: both are seen here, before the reader is called.
"""

from __future__ import annotations

import re
import zipfile
from typing import IO
from xml.parsers import expat

CELLS = 20_000_000  # of a sheet: a million rows of twenty columns
_REFERENCE = re.compile(rb"""\br=["']([A-Z]{0,3})([0-9]{1,7})["']""")
_BLOCK, _OVERLAP = 1 << 20, 32


class Unsound(Exception):
    """The XML of a workbook is not well formed."""


def cells(archive: zipfile.ZipFile) -> int:
    """Places that the largest sheet takes. Raises `Unsound`."""
    if "content.xml" in archive.namelist():
        with archive.open("content.xml") as stream:
            return _opendocument(stream)
    parts = [name for name in archive.namelist() if not name.endswith("/")]
    return max((_sheet(archive, name) for name in parts), default=0)


def _sheet(archive: zipfile.ZipFile, name: str) -> int:
    """Last row × last column among the references of an xlsx part (wherever a sheet is stored)."""
    rows, columns, rest = {0}, {b""}, b""
    with archive.open(name) as stream:
        while block := stream.read(_BLOCK):
            found = _REFERENCE.findall(rest + block)
            columns.update(letters for letters, _ in found)
            rows = {max(rows | {int(number) for _, number in found})}
            rest = block[-_OVERLAP:]
    return max(rows) * max(map(_column, columns))


def _column(letters: bytes) -> int:
    """b"A" -> 1, b"XFD" -> 16384."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


class _Sheets:
    """Extent of the sheets of an OpenDocument file; what is empty at the end does not count."""

    def __init__(self) -> None:
        self.largest = self.width = self.height = self.empty = self.column = self.last = 0
        self.repeat = 1

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "table":
            self.width = self.height = self.empty = 0
        elif kind == "table-row":
            self.repeat, self.column, self.last = _repeated(attributes, "rows"), 0, 0
        elif kind in ("table-cell", "covered-table-cell"):
            self.column += _repeated(attributes, "columns")
            if any(key.endswith((":value-type", ":formula")) for key in attributes):
                self.last = self.column

    def end(self, name: str) -> None:
        if name.rpartition(":")[2] != "table-row":
            return
        if self.last:
            self.height += self.empty + self.repeat
            self.width, self.empty = max(self.width, self.last), 0
            self.largest = max(self.largest, self.height * self.width)
        else:
            self.empty += self.repeat


def _repeated(attributes: dict[str, str], what: str) -> int:
    text = next((v for k, v in attributes.items() if k.endswith(f":number-{what}-repeated")), "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _opendocument(stream: IO[bytes]) -> int:
    sheets, parser = _Sheets(), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = sheets.start, sheets.end
    try:
        parser.ParseFile(stream)
    except (expat.ExpatError, ValueError):
        raise Unsound from None
    return sheets.largest
