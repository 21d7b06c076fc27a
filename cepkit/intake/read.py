"""Read one declared table as text, whatever the file: CSV, XLSX, XLS, ODS, Parquet.

Every defect of the file comes back as a problem (class « source »): absent, empty, too large,
truncated or unreadable, not what its name says, sheet or header not found.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, WorksheetNotFound

from cepkit.edition.schema import Edition, TableSource
from cepkit.intake import guards, records
from cepkit.intake.layout import COUNT, Raw, cell_text, failed, from_grid
from cepkit.intake.textfiles import detect_encoding, detect_separator, read_text
from cepkit.text import enumerate_fr, suggestion

__all__ = ["COUNT", "Raw", "detect_encoding", "detect_separator", "read"]


def read(path: Path, table: TableSource, edition: Edition | None = None) -> Raw:
    """Read the table that `table` declares in the file `path`.

    Nothing is raised: defects are in `problemes`, and the frame is then empty. `edition` gives
    the size limits, and the crossings that records are counted by (all columns without it).
    """
    name = path.name
    if not path.is_file():
        known = [p.name for p in path.parent.glob("*")] if path.parent.is_dir() else []
        return failed(name, f"fichier absent.{suggestion(name, known)}", table, None,
                      f"déposez-le dans le dossier « {path.parent.name} » des livraisons.")
    if path.stat().st_size == 0:
        return failed(name, "fichier vide (0 octet).", table)
    refused = guards.refusal(path, table, edition.donnees if edition else None)
    if refused:
        return failed(name, refused[0], table, table.feuille, refused[1])
    kind = guards.kind_of(path, table)
    reader = {"texte": read_text, "parquet": _parquet}.get(kind, _sheet)
    if table.nature == "individuel":
        raw = records.read_records(path, table, kind, edition, reader)
    else:
        raw = reader(path, table)
    raw.colonnes = raw.colonnes or list(raw.frame.columns)
    if not raw.problemes and raw.frame.empty:
        return failed(name, "aucune ligne de données sous l’en-tête.", table, raw.feuille)
    return raw


def _sheet(path: Path, table: TableSource) -> Raw:
    try:
        with guards.compiled():
            book = CalamineWorkbook.from_path(str(path))
            sheet = book.get_sheet_by_name(table.feuille or book.sheet_names[0])
            rows, merged = sheet.to_python(False), sheet.merged_cell_ranges or []
    except WorksheetNotFound:
        names = book.sheet_names
        return failed(path.name, f"feuille « {table.feuille} » absente."
                      f"{suggestion(table.feuille or '', names)} "
                      f"Feuilles présentes : {enumerate_fr(names)}.", table)
    except PasswordError:
        return failed(path.name, guards.PASSWORD[0], table, repair=guards.PASSWORD[1])
    except (CalamineError, OSError, zipfile.BadZipFile, IndexError):
        return failed(path.name, guards.UNREADABLE[0], table, repair=guards.UNREADABLE[1])
    grid = [[cell_text(c, table.decimale or ",") for c in row] for row in rows]
    return from_grid(grid, table, path.name, sheet.name, merged)


def _parquet(path: Path, table: TableSource) -> Raw:
    try:
        frame = pa.parquet.read_table(path).to_pandas()
    except (pa.ArrowException, OSError, ValueError):
        return failed(path.name, "fichier Parquet illisible ou tronqué.", table)
    decimal = table.decimale or ","
    frame = frame.map(lambda v: "" if pd.isna(v) else cell_text(v, decimal)).astype("str")
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return Raw(frame, path.name, None, len(frame))
