"""Content hashes that decide what is up to date. Standard library only: a no-op run is instant.

Hashes of deliveries and workbooks stay in the private cache: a hash of unmasked data would
let a reader test guesses. Only hashes of the masked store are ever published.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1]
# Changing these changes no output.
_OUTSIDE = ("commands", "demo", "__pycache__")
LOCKED = "verrouillé"  # instead of the hash of a file that another program holds


def of(*parts: Any) -> str:
    """SHA-256 of the parts (bytes, text or JSON values), unambiguous at their limits."""
    total = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else json.dumps(
            part, ensure_ascii=False, sort_keys=True, default=str).encode()
        total.update(f"{len(data)}:".encode() + data)
    return total.hexdigest()


def of_file(path: Path) -> str:
    """SHA-256 of one file; a word for one that another program holds."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except PermissionError:
        return LOCKED


def of_files(files: Iterable[Path], base: Path) -> str:
    """Hash of a set of files: names relative to `base`, and contents."""
    return of([[p.relative_to(base).as_posix(), of_file(p)] for p in sorted(files)])


def of_folder(folder: Path, *, skip: tuple[str, ...] = ()) -> str:
    """Hash of all files below `folder` (empty when it does not exist)."""
    kept = (p for p in folder.rglob("*") if p.is_file() and not set(skip) & set(p.parts)
            and not p.name.startswith((".", "~$")))
    return of_files(kept, folder)


@functools.cache
def of_code() -> str:
    """Hash of the package: code, templates and reference data that an output depends upon."""
    kept = (p for p in PACKAGE.rglob("*") if p.is_file()
            and not set(p.relative_to(PACKAGE).parts) & set(_OUTSIDE))
    return of_files(kept, PACKAGE)


def of_slice(value: Any) -> str:
    """Hash of a region's slice of the masked store: frames, JSON values, nested or in fields."""
    total = hashlib.sha256()
    _feed(total, value)
    return total.hexdigest()


def _feed(total, value: Any) -> None:
    if hasattr(value, "dtypes") and hasattr(value, "columns"):
        from pandas.util import hash_pandas_object

        total.update(of([[str(c), str(t)] for c, t in value.dtypes.items()]).encode())
        total.update(hash_pandas_object(value, index=False).to_numpy().tobytes())
    elif isinstance(value, dict):
        for key in sorted(value, key=str):
            total.update(of(str(key)).encode())
            _feed(total, value[key])
    elif hasattr(value, "__dataclass_fields__"):
        _feed(total, {name: getattr(value, name) for name in value.__dataclass_fields__})
    else:
        total.update(of(value).encode())
