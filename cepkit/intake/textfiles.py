"""Text files (CSV): encoding, separator and header found or declared, body read by batches.

The body is read as bytes, in columns of distinct values: a value is decoded once however often
it comes, which is faster than decoding the file, and shows where an encoding is wrong.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from cepkit.edition.schema import TableSource
from cepkit.errors import Problem
from cepkit.intake.layout import (
    LOOK_AHEAD,
    NO_HEADER,
    Raw,
    body_of,
    failed,
    find_header,
    header_names,
)

BYTES = pa.dictionary(pa.int32(), pa.binary())
PLAIN = ("utf-8", "cp1252", "iso8859-1", "iso8859-15", "ascii")  # separators are single bytes


@dataclass
class TextFile:
    """A text file whose header has been found; `damaged` fills up while the body is read."""

    path: Path
    encoding: str
    separator: str
    names: list[str]
    skip: int  # lines of the file above the first row of data
    first: int  # its row number in a spreadsheet
    quoted: bool
    declared: bool = False  # the encoding is that of the edition
    tolerant: bool = False
    damaged: list = field(default_factory=list)

    @property
    def as_is(self) -> bool:
        """Are the bytes of the file those of the values, or has pyarrow made them UTF-8?"""
        return not self.tolerant and codecs.lookup(self.encoding).name in PLAIN

    @property
    def fields(self) -> list[str]:
        """Names of the columns, unnamed ones told apart."""
        return [n or f"\0{i}" for i, n in enumerate(self.names)]

    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """Rows of the file, in columns of distinct values.

        `pa.ArrowInvalid` at the first row with too few or too many fields, unless `tolerant`:
        such rows are then left out and kept in `damaged`.
        """
        self.damaged.clear()
        keep = (lambda row: self.damaged.append(row) or "skip") if self.tolerant else None
        return pa.csv.open_csv(
            self.path,
            pa.csv.ReadOptions(column_names=self.fields, skip_rows=self.skip, use_threads=False,
                               encoding="utf8" if self.as_is else self.encoding,
                               block_size=1 << 20),
            pa.csv.ParseOptions(delimiter=self.separator, ignore_empty_lines=False,
                                newlines_in_values=self.quoted, invalid_row_handler=keep),
            pa.csv.ConvertOptions(column_types=dict.fromkeys(self.fields, BYTES),
                                  include_columns=columns, strings_can_be_null=False))

    def text(self, value: bytes) -> str:
        """A value as text; bytes that the encoding does not know become U+FFFD."""
        return value.decode(self.encoding if self.as_is else "utf-8", "replace").strip()

    def settle_encoding(self, values: Iterable[bytes]) -> None:
        """cp1252 when UTF-8, supposed from the beginning of the file, cannot read a value."""
        if self.encoding == "utf-8" and not self.declared and self.as_is:
            try:
                for value in values:
                    value.decode()
            except UnicodeDecodeError:
                self.encoding = "cp1252"

    def rows(self, ordinals: np.ndarray) -> np.ndarray:
        """Row numbers in the file of the n-th valid rows (0 is the first)."""
        bad = np.array(sorted(r.number for r in self.damaged), dtype=np.int64) - self.skip - 1
        before = bad - np.arange(len(bad))  # valid rows above each damaged one
        return ordinals + np.searchsorted(before, ordinals, side="right") + self.first


def detect_encoding(path: Path, blocks: int | None = None) -> str:
    """"utf-16" by its mark, "utf-8" when every byte agrees, else "cp1252"; streaming.

    `blocks`: look at the first megabytes only.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        if stream.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        stream.seek(0)
        try:
            while (block := stream.read(1 << 20)) and blocks != 0:
                decoder.decode(block)
                blocks = None if blocks is None else blocks - 1
            decoder.decode(b"", final=not block)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def detect_separator(lines: list[str]) -> str:
    """The separator that cuts most of the lines into the same number of fields."""
    def score(mark: str) -> tuple[int, int]:
        widths = Counter(n for line in lines if (n := line.count(mark)))
        return (widths.most_common(1)[0][1], max(widths)) if widths else (0, 0)
    return max(";\t|,", key=score)


def open_text(path: Path, table: TableSource, *, quick: bool = False) -> TextFile | Raw:
    """Find encoding, separator and header; a `Raw` with its problem when that fails.

    `quick` looks for the encoding at the beginning only: `settle_encoding` then ends it.
    """
    encoding = table.encodage or detect_encoding(path, 1 if quick else None)
    try:
        encoding = codecs.lookup(encoding).name
        opened = path.open(encoding=encoding.replace("utf-8", "utf-8-sig"), newline="")
        with opened as stream:
            head = [line for _, line in zip(range(LOOK_AHEAD), stream, strict=False)]
    except LookupError:
        return failed(path.name, f"encodage « {encoding} » inconnu.", table,
                      repair=f"écrivez « encodage: {detect_encoding(path)} ».")
    except UnicodeDecodeError:
        return wrong_encoding(path, encoding, table)
    lines = [line.rstrip("\r\n") for line in head]
    separator = table.separateur or detect_separator(lines)
    reader = csv.reader(head, delimiter=separator)
    rows, ends = [], []
    for row in reader:
        rows.append([c.strip() for c in row])
        ends.append(reader.line_num)
    header = table.entete or find_header(rows, table)
    if not header or max(header) > len(rows):
        return failed(path.name, NO_HEADER, table)
    width = len(rows[max(header) - 1])
    names = header_names([(rows[h - 1] + [""] * width)[:width] for h in header], header, [])
    return TextFile(path, encoding, separator, names, ends[max(header) - 1], max(header) + 1,
                    any('"' in line for line in lines), bool(table.encodage))


def wrong_encoding(path: Path, encoding: str, table: TableSource) -> Raw:
    """The first line that the declared encoding cannot read, and the encoding that can."""
    found, number, line = detect_encoding(path), 0, b""
    with path.open("rb") as stream:
        for line in stream:
            number += 1
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                break
    problem = Problem(
        f"l’encodage déclaré « {encoding} » ne lit pas ce fichier. Encodage reconnu : {found}.",
        "source", "encodage déclaré", path.name, lignes=(number,),
        valeur=_quoted(line.decode(found, "replace"), table),
        reparation=f"écrivez « encodage: {found} ».", bloquant=table.obligatoire)
    return Raw(pd.DataFrame(), path.name, problemes=[problem])


def read_text(path: Path, table: TableSource) -> Raw:
    """A tabulated text file as a table of strings."""
    found = open_text(path, table)
    if isinstance(found, Raw):
        return found
    return attempt(found, table, lambda: _tabulated(found, table))


def attempt(file: TextFile, table: TableSource, use: Callable[[], Raw]) -> Raw:
    """`use` the file; a damaged one is read once more, damaged rows kept apart.

    pyarrow hands a damaged row over as UTF-8 only, so that the second reading transcodes.
    """
    try:
        return use()
    except pa.ArrowInvalid:
        file.tolerant = True
        file.encoding = file.encoding if file.declared else detect_encoding(file.path)
    if file.encoding == "utf-8" and file.declared and detect_encoding(file.path) != "utf-8":
        return wrong_encoding(file.path, file.encoding, table)
    try:
        return use()
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return failed(file.path.name, "lecture impossible : le fichier est abîmé.", table)


def _tabulated(found: TextFile, table: TableSource) -> Raw:
    path, batches = found.path, list(found.batches(found.fields))
    if not batches:
        return _with_damage(Raw(pd.DataFrame(), path.name), found, table, 0)
    whole = pa.Table.from_batches(batches).unify_dictionaries()
    if any(undecodable(c.chunk(0).dictionary, found) for c in whole.columns):
        return wrong_encoding(path, found.encoding, table)
    frame = pd.DataFrame({i: _texts(c, found) for i, c in enumerate(whole.columns)}, dtype="str")
    frame.index = pd.Index(found.rows(np.arange(len(frame))))
    raw = body_of(frame.set_axis(found.names, axis=1), table, path.name, None)
    last = int(raw.frame.index[-1]) if len(raw.frame) else 0
    return _with_damage(raw, found, table, last)


def _texts(column: pa.ChunkedArray, file: TextFile) -> np.ndarray:
    """The decoded values of a column, each distinct value decoded once."""
    merged = column.combine_chunks()
    texts = np.array([file.text(v) for v in merged.dictionary.to_pylist()], dtype=object)
    return texts[merged.indices.to_numpy()]


def undecodable(values: pa.Array, file: TextFile) -> bool:
    """Does a value hold bytes that the encoding of the file does not know?"""
    return any("\ufffd" in file.text(v) for v in values.to_pylist() if not v.isascii())


def _with_damage(raw: Raw, file: TextFile, table: TableSource, last: int) -> Raw:
    raw.encodage, raw.separateur = file.encoding, file.separator
    raw.problemes += damage(file, table, last)
    return raw


def damage(file: TextFile, table: TableSource, last: int) -> list[Problem]:
    """Rows with too few or too many fields; `last` is the last row of data.

    Rows of one text field under the data are notes, unless the file stops in the first of them.
    """
    width = len(file.names)
    rows = [r for r in file.damaged if r.text.strip()
            and not (table.fin and re.match(table.fin, r.text.strip('" ')))]
    cut = not _ends_with_a_line(file.path)
    notes = [r for r in rows if r.actual_columns == 1 and width > 2 and r.number > last
             and not (cut and r is file.damaged[-1] and r.number == last + 1)]
    rows = [r for r in rows if r not in notes]
    if not rows:
        return [_unfinished(file)] if cut and not notes and not file.damaged else []
    end = rows[-1]
    if cut and end is file.damaged[-1] and end.actual_columns < width:
        return _fields(rows[:-1], file, table) + [Problem(
            f"fichier tronqué : la dernière ligne a {end.actual_columns} champs au lieu de "
            f"{width}.", "source", "fichier complet", file.path.name, lignes=(end.number,),
            valeur=_quoted(end.text, table), reparation="redemandez le fichier complet.")]
    return _fields(rows, file, table)


def _quoted(row: str, table: TableSource) -> str | None:
    """What a message says of a row; nothing when rows are about persons."""
    return None if table.nature == "individuel" else row.strip()[:80]


def _fields(rows: list, file: TextFile, table: TableSource) -> list[Problem]:
    if not rows:
        return []
    n = len(rows)
    what = "1 ligne n’a pas" if n == 1 else f"{n} lignes n’ont pas"
    return [Problem(f"{what} {len(file.names)} champs.", "source",
                    "autant de champs que de colonnes", file.path.name,
                    lignes=tuple(r.number for r in rows), valeur=_quoted(rows[0].text, table),
                    reparation="corrigez ces lignes (un libellé qui contient "
                    f"« {file.separator} » se met entre guillemets).", cle="lignes_incompletes")]


def _unfinished(file: TextFile) -> Problem:
    return Problem("la dernière ligne n’est pas terminée : le fichier est peut-être coupé.",
                   "source", "fichier complet", file.path.name, bloquant=False,
                   reparation="vérifiez que rien ne manque à la fin.", cle="fin_de_fichier")


def _ends_with_a_line(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(-1, 2)
        return stream.read(1) in b"\r\n\0"
