"""Record-level files: counted by crossings while they are read, in bounded memory.

A crossing is what one released table needs (its dimensions and territories); other columns are
at their total. Each distinct value of a column becomes a small number, a record a tuple of
them. Rows are not kept: when something is wrong, `situer` reads the file once more and finds
the first rows of each problem.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from cepkit.edition.schema import Edition, TableSource
from cepkit.errors import Problem
from cepkit.intake import crossings
from cepkit.intake.decode import month
from cepkit.intake.layout import COUNT, WHOLE, Raw, cell_text, failed
from cepkit.intake.persons import People
from cepkit.intake.textfiles import TextFile, attempt, damage, open_text, wrong_encoding
from cepkit.text import enumerate_fr, fold

CHUNK = 200_000  # records counted at a time
DENSE = 1 << 22  # largest table of counts that is addressed directly
LIMIT = 1_000_000  # combinations kept in memory
SHOWN = 5  # rows found for each problem
PERSON = "\0personne"  # the hashed pseudonym, among the encoded columns


class Source(Protocol):
    """What is counted: columns by name, read by batches, and the row numbers of the file."""

    @property
    def fields(self) -> list[str]: ...
    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]: ...
    def text(self, value) -> str: ...
    def rows(self, ordinals: np.ndarray) -> np.ndarray: ...


@dataclass
class ParquetRecords:
    """A Parquet file, one row group at a time."""

    path: Path
    decimal: str

    @property
    def fields(self) -> list[str]:
        return pa.parquet.read_schema(self.path).names

    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        with pa.parquet.ParquetFile(self.path) as file:
            for batch in file.iter_batches(1 << 16, columns=columns):
                yield pa.RecordBatch.from_arrays(
                    [c if pa.types.is_dictionary(c.type) else c.dictionary_encode("encode")
                     for c in batch.columns], batch.schema.names)

    def text(self, value) -> str:
        return "" if value is None else cell_text(value, self.decimal)

    def rows(self, ordinals: np.ndarray) -> np.ndarray:
        return ordinals + 1


@dataclass
class SheetRecords:
    """Records of a spreadsheet, already a table of strings."""

    frame: pd.DataFrame

    @property
    def fields(self) -> list[str]:
        return list(self.frame.columns)

    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        whole = pa.RecordBatch.from_pandas(self.frame[columns], preserve_index=False)
        yield pa.RecordBatch.from_arrays([c.dictionary_encode() for c in whole.columns], columns)

    def text(self, value) -> str:
        return value

    def rows(self, ordinals: np.ndarray) -> np.ndarray:
        return self.frame.index.to_numpy()[ordinals]


def read_records(path: Path, table: TableSource, kind: str, edition: Edition | None,
                 reader: Callable[[Path, TableSource], Raw]) -> Raw:
    """Count the records of a file of any kind; `reader` reads a spreadsheet."""
    if kind == "texte":
        file = open_text(path, table, quick=True)
        return file if isinstance(file, Raw) else attempt(
            file, table, lambda: _counted_text(file, table, edition))
    if kind == "parquet":
        try:
            return _counted(ParquetRecords(path, table.decimale or ","), path, table, edition)
        except (pa.ArrowException, OSError, ValueError):
            return failed(path.name, "fichier Parquet illisible ou tronqué.", table)
    raw = reader(path, table)
    if raw.frame.empty:
        return raw
    counted = _counted(SheetRecords(raw.frame), path, table, edition)
    counted.feuille, counted.problemes = raw.feuille, raw.problemes + counted.problemes
    return counted


def _counted_text(file: TextFile, table: TableSource, edition: Edition | None) -> Raw:
    raw = _counted(file, file.path, table, edition)
    if table.encodage and not raw.frame.empty and raw.frame.isin(["\ufffd"]).any(axis=None):
        return wrong_encoding(file.path, file.encoding, table)
    raw.encodage, raw.separateur = file.encoding, file.separator
    last = int(file.rows(np.array([raw.lignes_lues - 1]))[0]) if raw.lignes_lues else 0
    raw.problemes += damage(file, table, last)
    return raw


# --- counting -------------------------------------------------------------------------------


class _Codes:
    """A number for each distinct value of each column, given as they are met.

    The days of a month are one value from the start in `months`: crossings stay small.
    """

    def __init__(self, columns: list[str], months: set[str]):
        self.known: dict[str, dict] = {c: {} for c in columns}
        self.months = months
        self.person: dict[str, People] = {}  # column of the pseudonym, and who counts it

    def encode(self, batch: pa.RecordBatch) -> dict[str, np.ndarray]:
        found = {c: self._column(c, batch.column(c)) for c in self.known}
        for column, people in self.person.items():
            found[PERSON] = people.hashed(batch.column(column))
        return found

    def _column(self, name: str, column: pa.DictionaryArray) -> np.ndarray:
        known, values = self.known[name], column.dictionary.to_pylist()
        if name in self.months:
            values = [_month(v) for v in values]
        local = [known.setdefault(v, len(known)) for v in values]
        codes = np.array(local or [0], dtype=np.int64)
        if column.null_count:
            codes = np.append(codes, known.setdefault(None, len(known)))
            column = column.indices.fill_null(len(codes) - 1)
            return codes[column.to_numpy()]
        return codes[column.indices.to_numpy()]


def _month(value):
    """A date or a month as two digits, of the same type; anything else as it is."""
    text = value.decode("cp1252", "replace") if isinstance(value, bytes) else str(value)
    found = month(text.strip())
    return value if found is None else found.encode() if isinstance(value, bytes) else found


def _chunks(source: Source, codes: _Codes) -> Iterator[dict[str, np.ndarray]]:
    """Encoded records, about `CHUNK` at a time."""
    waiting: list[dict[str, np.ndarray]] = []
    size = 0
    for batch in source.batches([*codes.known, *codes.person]):
        waiting.append(codes.encode(batch))
        size += batch.num_rows
        if size >= CHUNK:
            yield _joined(waiting)
            waiting, size = [], 0
    if size:
        yield _joined(waiting)


def _joined(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {c: np.concatenate([p[c] for p in parts]) for c in parts[0]}


def _key(columns: Sequence[np.ndarray], sizes: Sequence[int]) -> np.ndarray:
    """One integer a tuple of codes (mixed radix)."""
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column, size in zip(columns, sizes, strict=True):
        key = key * size + column
    return key


def _tally(columns: list[np.ndarray], counts: np.ndarray | None = None
           ) -> tuple[list[np.ndarray], np.ndarray]:
    """(distinct tuples, number of each); `counts` weighs the rows."""
    sizes = [int(c.max()) + 1 for c in columns]
    whole = int(np.prod(sizes, dtype=object))
    if whole <= DENSE:
        total = np.bincount(_key(columns, sizes), weights=counts, minlength=whole)
        key = np.flatnonzero(total)
        return _split(key, sizes), total[key].astype(np.int64)
    if whole >= 1 << 62:  # one integer is too small: number the tuples of the first half
        half = len(columns) // 2
        left = pd.MultiIndex.from_arrays(columns[:half]).factorize()[0]
        right = pd.MultiIndex.from_arrays(columns[half:]).factorize()[0]
        inverse, key = pd.factorize(left * (right.max() + 1) + right)
    else:
        inverse, key = pd.factorize(_key(columns, sizes))
    first = np.empty(len(key), dtype=np.int64)
    first[inverse[::-1]] = np.arange(len(inverse))[::-1]
    total = np.bincount(inverse, weights=counts).astype(np.int64)
    return [c[first] for c in columns], total


def _split(key: np.ndarray, sizes: list[int]) -> list[np.ndarray]:
    columns = []
    for size in reversed(sizes):
        key, code = np.divmod(key, size)
        columns.append(code)
    return columns[::-1]


class _Crossing:
    """Counts of one crossing, merged as they come."""

    def __init__(self, columns: list[str]):
        self.columns = columns
        self.parts: list[tuple[list[np.ndarray], np.ndarray]] = []

    def add(self, chunk: dict[str, np.ndarray]) -> None:
        self.parts.append(_tally([chunk[c] for c in self.columns]))
        if sum(len(n) for _, n in self.parts) > LIMIT:
            self.merge()

    def settle(self, others: list[_Crossing]) -> None:
        """Sum up a wider crossing, when this one was not counted itself."""
        if not self.parts:
            wider = min((o for o in others if set(self.columns) < set(o.columns)),
                        key=lambda o: o.merge())
            (columns, counts), = wider.parts
            kept = [columns[wider.columns.index(c)] for c in self.columns]
            self.parts = [_tally(kept, counts)]

    def merge(self) -> int:
        """Number of combinations, each on one row from now on."""
        if len(self.parts) > 1:
            columns = [np.concatenate(c) for c in zip(*(p[0] for p in self.parts), strict=True)]
            self.parts = [_tally(columns, np.concatenate([p[1] for p in self.parts]))]
        return sum(len(n) for _, n in self.parts)


def _counted(source: Source, path: Path, table: TableSource, edition: Edition | None) -> Raw:
    """All crossings of a source as one table: a row a combination, `COUNT` its records."""
    blocks = crossings.blocks(source.fields, table, edition)
    if not blocks:
        return Raw(pd.DataFrame(columns=source.fields), path.name, None, 0,
                   _no_column(path, list(table.colonnes)))
    targets = crossings.targets(source.fields, table)
    codes = _Codes(list(dict.fromkeys(c for b in blocks for c in b)),
                   {f for f, target in targets.items() if target == "mois"})
    if table.pseudonyme:
        named = [f for f in source.fields if fold(f) == fold(table.pseudonyme)]
        if not named:
            return Raw(pd.DataFrame(), path.name, None, 0, _no_column(path, [table.pseudonyme]))
        codes.person = {named[0]: People(source.text)}
    found, total = [_Crossing(b) for b in blocks], 0
    widest = [c for c in found if not any(set(c.columns) < set(b) for b in blocks)]
    for chunk in _chunks(source, codes):
        total += len(next(iter(chunk.values())))
        for crossing in widest:
            crossing.add(chunk)
        for people in codes.person.values():
            people.add(chunk[PERSON], [chunk[c] for c in blocks[0]])
        wide = [c for c in widest if len(c.parts) == 1 and c.merge() > LIMIT]
        if wide:
            return _too_many(path, table, wide[0])
    if not total:
        return Raw(pd.DataFrame(), path.name)
    for crossing in found:
        crossing.settle(widest)
    sizes = [c.merge() for c in found]
    if sum(sizes) > LIMIT:
        return _too_many(path, table, found[int(np.argmax(sizes))])
    if isinstance(source, TextFile):
        source.settle_encoding(v for known in codes.known.values() for v in known)
    raw = Raw(_frame(source, codes, found), path.name, None, total,
              colonnes=[f for f in source.fields if not f.startswith("\0")])
    raw.blocs = pd.Series(np.repeat(np.arange(len(found)), sizes), index=raw.frame.index)
    for people in codes.person.values():
        people.settle(found[0].parts[0][0], raw.frame.index)
        raw.personnes, raw.problemes = people, people.problems(table, path.name)
        if people.direct:
            return Raw(pd.DataFrame(), path.name, None, total, raw.problemes)
    codes.person = {}
    raw.situer = lambda wanted: _situate(source, codes, found, raw.blocs, wanted)
    return raw


def _no_column(path: Path, headers: list[str]) -> list[Problem]:
    return [Problem(f"aucune des colonnes déclarées n’est dans le fichier : "
                    f"{enumerate_fr(headers)}.", "donnees",
                    "colonnes déclarées dans edition.yml", path.name)]


def _too_many(path: Path, table: TableSource, crossing: _Crossing) -> Raw:
    problem = Problem(
        f"le croisement de {enumerate_fr(crossing.columns)} donne plus d’un million de lignes.",
        "parametres", "un croisement tient en mémoire", path.name,
        reparation=f"déclarez dans « diffusion », ou dans « croisements » de la table {table.nom}, "
        "les seuls croisements utiles.")
    return Raw(pd.DataFrame(), path.name, None, 0, [problem])


def _frame(source: Source, codes: _Codes, found: list[_Crossing]) -> pd.DataFrame:
    """Texts of the combinations; a column that a crossing does not hold is at its total."""
    texts = {c: np.array([source.text(v) for v in known], dtype=object)
             for c, known in codes.known.items()}
    frames = []
    for crossing in found:
        (columns, counts), = crossing.parts
        content = {c: texts[c][codes] for c, codes in zip(crossing.columns, columns, strict=True)}
        frames.append(pd.DataFrame(content | {COUNT: counts}))
    frame = pd.concat(frames, ignore_index=True)
    return frame[[*codes.known, COUNT]].fillna(WHOLE).astype(dict.fromkeys(codes.known, "str"))


# --- rows -----------------------------------------------------------------------------------


def _situate(source: Source, codes: _Codes, found: list[_Crossing], blocks: pd.Series,
             wanted: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """First rows of the file that hold each group of combinations (row numbers of `_frame`)."""
    sizes = {c: len(known) for c, known in codes.known.items()}
    starts = np.searchsorted(blocks.to_numpy(), np.arange(len(found)))
    asked = []
    for ids in wanted:
        ids = np.asarray(ids)
        block = int(blocks[ids[0]])
        columns = [c[ids - starts[block]] for c in found[block].parts[0][0]]
        asked.append((block, _key(columns, [sizes[c] for c in found[block].columns])))
    rows: list[list[int]] = [[] for _ in wanted]
    start = 0
    for chunk in _chunks(source, codes):
        keys = {b: _key([chunk[c] for c in found[b].columns],
                        [sizes[c] for c in found[b].columns]) for b in {b for b, _ in asked}}
        for (block, keep), got in zip(asked, rows, strict=True):
            if len(got) < SHOWN:
                hit = np.flatnonzero(np.isin(keys[block], keep))[:SHOWN - len(got)]
                got += source.rows(hit + start).tolist()
        start += len(next(iter(keys.values())))
        if all(len(got) >= SHOWN for got in rows):
            break
    return [tuple(got) for got in rows]
