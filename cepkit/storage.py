"""Writing the masked store: beside the old one, then swapped; same content, same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cepkit.edition.project import Paths


def write(paths: Paths, tables: Mapping[str, pd.DataFrame], statistics: pd.DataFrame,
          context: pd.DataFrame, data: dict, suivi: Mapping[str, dict], meta: dict) -> str:
    """Write the store beside the old one, then swap; returns the hash of the masked store."""
    temporary = _beside(paths)
    (temporary / "tables").mkdir(parents=True)
    (temporary / "suivi").mkdir()
    for name, frame in tables.items():
        _parquet(frame, temporary / "tables" / f"{name}.parquet")
    _parquet(context, temporary / "contexte.parquet")
    _parquet(statistics, temporary / "statistiques.parquet")
    _json(data, temporary / "donnees.json")
    for code, sheets in suivi.items():
        _json(sheets, temporary / "suivi" / f"{code}.json")
    _json(meta, temporary / "meta.json")
    empreinte = _hash(temporary)
    _json(meta | {"empreinte": empreinte}, temporary / "meta.json")
    _swap(temporary, paths.store)
    return empreinte


def _beside(paths: Paths) -> Path:
    """Where to write; what an interrupted build left is removed (we hold the lock)."""
    for left in paths.outputs.glob(".store.*"):
        shutil.rmtree(left, ignore_errors=True)
    return paths.outputs / f".store.{os.getpid()}"


def replace_follow_up(paths: Paths, suivi: Mapping[str, dict], meta: dict) -> None:
    """The same tables with other follow-up data: only `suivi/` and `meta.json` are written."""
    temporary = _beside(paths)
    shutil.copytree(paths.store, temporary, copy_function=_link,
                    ignore=shutil.ignore_patterns("suivi", "meta.json"))
    (temporary / "suivi").mkdir()
    for code, sheets in suivi.items():
        _json(sheets, temporary / "suivi" / f"{code}.json")
    bare = {k: v for k, v in meta.items() if k != "empreinte"}
    _json(bare, temporary / "meta.json")
    _json(bare | {"empreinte": _hash(temporary)}, temporary / "meta.json")
    _swap(temporary, paths.store)


def _link(source: str, target: str) -> None:
    """The same file under another name; a copy where the system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def text(content: str, path: Path) -> None:
    """Replace a text file in one go."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(content, "utf-8", newline="\n")
    os.replace(temporary, path)


def _hash(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        whole.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def _swap(new: Path, place: Path) -> None:
    old = place.with_name(f"{new.name}.ancien")
    if place.exists():
        place.rename(old)
    new.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _json(content: object, path: Path) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str), "utf-8")


def _parquet(frame: pd.DataFrame, path: Path) -> None:
    """Same rows, same bytes: no index, no library metadata."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    text = pa.schema([pa.field(f.name, pa.string() if pa.types.is_large_string(f.type)
                               or pa.types.is_null(f.type) else f.type) for f in table.schema])
    pq.write_table(table.cast(text), path, compression="zstd", store_schema=False)
