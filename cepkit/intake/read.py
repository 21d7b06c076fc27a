"""Read one declared table as text, whatever the file: CSV, XLSX, XLS, ODS, Parquet.

Nothing is interpreted here but the layout: title rows, one or two header rows, foot notes.
The result is a frame of strings whose index is the row number that a spreadsheet shows.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

from cepkit.edition.schema import TableSource
from cepkit.errors import Problem
from cepkit.text import enumerate_fr, fold, suggestion

LOOK_AHEAD = 40  # rows searched for the header
COUNT = "__nombre__"  # number of records, when a record-level file is counted while it is read


@dataclass
class Raw:
    """A table as found: strings only, index = row number in the file, and what is wrong."""

    frame: pd.DataFrame
    fichier: str
    feuille: str | None = None
    lignes_lues: int = 0
    problemes: list[Problem] = field(default_factory=list)
    colonnes: list[str] = field(default_factory=list)  # every header, even of what is not read


def read(path: Path, table: TableSource) -> Raw:
    """Read the table that `table` declares in the file `path`.

    Every defect is returned in `problemes` (class « source »): absent, empty, truncated or
    unreadable file, sheet or header not found. The frame is then empty.
    """
    name = path.name
    if not path.is_file():
        known = [p.name for p in path.parent.glob("*")] if path.parent.is_dir() else []
        return _failed(name, f"fichier absent.{suggestion(name, known)}", table)
    if path.stat().st_size == 0:
        return _failed(name, "fichier vide (0 octet).", table)
    kind = table.format or path.suffix.lower().lstrip(".")
    reader = {"csv": _csv, "txt": _csv, "tsv": _csv, "parquet": _parquet}.get(kind, _sheet)
    raw = reader(path, table)
    raw.colonnes = raw.colonnes or list(raw.frame.columns)
    if not raw.problemes and raw.frame.empty:
        return _failed(name, "aucune ligne de données sous l’en-tête.", table, raw.feuille)
    return raw


def _failed(name: str, message: str, table: TableSource, sheet: str | None = None) -> Raw:
    problem = Problem(message, "source", "fichier lisible et complet", name, sheet,
                      bloquant=table.obligatoire)
    return Raw(pd.DataFrame(), name, sheet, 0, [problem])


# --- spreadsheets ------------------------------------------------------------------------


def _sheet(path: Path, table: TableSource) -> Raw:
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheet = book.get_sheet_by_name(table.feuille or book.sheet_names[0])
    except WorksheetNotFound:
        names = book.sheet_names
        return _failed(path.name, f"feuille « {table.feuille} » absente."
                       f"{suggestion(table.feuille or '', names)} "
                       f"Feuilles présentes : {enumerate_fr(names)}.", table)
    except (CalamineError, OSError) as error:
        return _failed(path.name, f"classeur illisible ou tronqué ({error}).", table)
    grid = [[_text(c, table.decimale) for c in row] for row in sheet.to_python(False)]
    return _from_grid(grid, table, path.name, sheet.name, sheet.merged_cell_ranges or [])


def _text(cell: object, decimal: str) -> str:
    """A cell as an administration would type it in a CSV: 7.0 → "7", 5.7 → "5,7"."""
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float):
        text = str(int(cell)) if cell.is_integer() else repr(cell)
        return text.replace(".", decimal)
    return str(cell).strip()


def _from_grid(grid: list[list[str]], table: TableSource, name: str, sheet: str | None,
               merged: list) -> Raw:
    header = table.entete or _find_header(grid[:LOOK_AHEAD], table)
    if not grid or not header or max(header) > len(grid):
        return _failed(name, "ligne d’en-tête introuvable : déclarez-la (clé « entete »).",
                       table, sheet)
    columns = _header_names([list(grid[h - 1]) for h in header], [h - 1 for h in header], merged)
    first = max(header) + 1
    body = _until_notes(grid[first - 1:], table.fin)
    frame = pd.DataFrame(body, columns=columns, index=range(first, first + len(body)), dtype="str")
    frame = frame.loc[:, [c != "" for c in frame.columns]]
    frame = frame[(frame != "").any(axis=1)]
    return Raw(frame, name, sheet, len(frame))


def _find_header(rows: list[list[str]], table: TableSource) -> list[int]:
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


def _header_names(rows: list[list[str]], positions: list[int], merged: list) -> list[str]:
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


def _until_notes(body: list[list[str]], end: str | None) -> list[list[str]]:
    """Rows before the foot notes: the declared pattern, else the first empty row.

    Last rows with a single filled cell are notes too (« s.s : secret statistique »).
    """
    for i, row in enumerate(body):
        stop = re.match(end, next((c for c in row if c), "")) if end else not any(row)
        if stop and (end or i):
            body = body[:i]
            break
    while body and len(body[-1]) > 2 and sum(c != "" for c in body[-1]) < 2:
        body = body[:-1]
    return body


# --- text files ---------------------------------------------------------------------------


def detect_encoding(path: Path) -> str:
    """"utf-8" (with or without mark) when every byte agrees, else "cp1252"; streaming."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        try:
            while block := stream.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def detect_separator(lines: list[str]) -> str:
    """The separator that cuts most of the lines into the same number of fields."""
    def score(mark: str) -> tuple[int, int]:
        widths = Counter(n for line in lines if (n := line.count(mark)))
        return (widths.most_common(1)[0][1], max(widths)) if widths else (0, 0)
    return max(";\t|,", key=score)


def _csv(path: Path, table: TableSource) -> Raw:
    encoding = table.encodage or detect_encoding(path)
    try:
        with path.open(encoding=encoding.replace("utf-8", "utf-8-sig"), newline="") as stream:
            head = [line.rstrip("\r\n") for _, line in zip(range(LOOK_AHEAD), stream, strict=False)]
    except (UnicodeDecodeError, LookupError):
        return _failed(path.name, f"encodage « {encoding} » : le fichier ne s’y lit pas. "
                       f"Encodage reconnu : {detect_encoding(path)}.", table)
    separator = table.separateur or detect_separator(head)
    rows = [[c.strip() for c in row] for row in csv.reader(head, delimiter=separator)]
    header = table.entete or _find_header(rows, table)
    if not header or max(header) > len(rows):
        return _failed(path.name, "ligne d’en-tête introuvable : déclarez-la (clé « entete »).",
                       table)
    width = len(rows[max(header) - 1])
    names = _header_names([(rows[h - 1] + [""] * width)[:width] for h in header], header, [])
    return _stream(path, table, encoding, separator, names, max(header))


def _stream(path: Path, table: TableSource, encoding: str, separator: str, names: list[str],
            skip: int) -> Raw:
    """Read the body by batches; record-level files are counted on the way (bounded memory)."""
    short: list = []
    columns = [n or f"__vide_{i}__" for i, n in enumerate(names)]
    kept = [c for c in columns if not c.startswith("__vide_") and c not in table.ignorees]
    try:
        batches = pa.csv.open_csv(
            path,
            pa.csv.ReadOptions(column_names=columns, skip_rows=skip, encoding=encoding,
                               use_threads=False, block_size=1 << 22),
            pa.csv.ParseOptions(delimiter=separator, ignore_empty_lines=False,
                                invalid_row_handler=lambda r: short.append(r) or "skip"),
            pa.csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()),
                                  include_columns=kept, strings_can_be_null=False),
        )
        raw = _gather(batches, table, path.name, skip)
    except pa.ArrowInvalid as error:
        return _failed(path.name, f"lecture impossible ({error}).", table)
    raw.problemes += _short_rows(short, path, table, encoding)
    raw.colonnes = [n for n in names if n]
    return raw


def _gather(batches: Iterator[pa.RecordBatch], table: TableSource, name: str, skip: int) -> Raw:
    if table.nature == "individuel":
        return _count_records(batches, table, name)
    found = list(batches)
    if not found:
        return Raw(pd.DataFrame(), name)
    frame = pa.Table.from_batches(found).to_pandas().astype("str")
    frame.index = pd.RangeIndex(skip + 1, skip + 1 + len(frame))
    frame = frame.apply(lambda c: c.str.strip())
    if table.fin:
        notes = frame.iloc[:, 0].str.match(table.fin)
        frame = frame[~notes.cummax()]
    frame = frame[(frame != "").any(axis=1)]
    return Raw(frame, name, None, len(frame))


def _count_records(batches: Iterator[pa.RecordBatch], table: TableSource, name: str) -> Raw:
    """Number of records of each combination of the declared columns, batch after batch."""
    declared = {fold(c) for c in table.colonnes}
    total, parts = 0, []
    for batch in batches:
        keys = [c for c in batch.schema.names if fold(c) in declared]
        grouped = pa.Table.from_batches([batch]).select(keys).group_by(keys)
        parts.append(grouped.aggregate([([], "count_all")]))
        total += batch.num_rows
        if len(parts) > 32:
            parts = [_merge_counts(parts)]
    frame = _merge_counts(parts).rename_columns({"count_all": COUNT}).to_pandas()
    return Raw(frame, name, None, total)


def _merge_counts(parts: list[pa.Table]) -> pa.Table:
    keys = [c for c in parts[0].column_names if c != "count_all"]
    merged = pa.concat_tables(parts).group_by(keys).aggregate([("count_all", "sum")])
    return merged.rename_columns([*keys, "count_all"])


def _short_rows(short: list, path: Path, table: TableSource, encoding: str) -> list[Problem]:
    """Rows with too few or too many fields: a note, a truncated end or a damaged line."""
    rows = [r for r in short if r.text.strip()
            and not (table.fin and re.match(table.fin, r.text.strip('" ')))
            and r.actual_columns > 1]
    if not rows:
        return []
    with path.open("rb") as stream:
        stream.seek(-1, 2)
        cut = stream.read(1) not in b"\r\n"
    last = rows[-1]
    if cut and last is short[-1] and last.actual_columns < last.expected_columns:
        message = (f"fichier tronqué : la dernière ligne a {last.actual_columns} champs au lieu "
                   f"de {last.expected_columns}.")
    else:
        message = f"{len(rows)} ligne(s) n’ont pas {last.expected_columns} champs."
    return [Problem(message, "source", "autant de champs que de colonnes", path.name,
                    lignes=tuple(r.number for r in rows if r.number),
                    valeur=last.text[:80], bloquant=True)]


def _parquet(path: Path, table: TableSource) -> Raw:
    try:
        frame = pa.parquet.read_table(path).to_pandas()
    except pa.ArrowInvalid as error:
        return _failed(path.name, f"fichier Parquet illisible ou tronqué ({error}).", table)
    frame = frame.map(lambda v: "" if pd.isna(v) else _text(v, table.decimale)).astype("str")
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    if table.nature == "individuel":
        keys = [c for c in frame.columns if fold(c) in {fold(d) for d in table.colonnes}]
        counted = frame.groupby(keys, as_index=False).size().rename(columns={"size": COUNT})
        return Raw(counted, path.name, None, len(frame), colonnes=list(frame.columns))
    return Raw(frame, path.name, None, len(frame))
