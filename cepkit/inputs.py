"""Has anything changed since the store was built? Content hashes, and a lock that a crash frees.

Hashes of unmasked inputs stay in the private cache: published, they would let a reader test
guesses about hidden values.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from cepkit.edition.project import Paths

if os.name == "nt":
    import msvcrt
else:
    import fcntl

PACKAGE = Path(__file__).parent
# Code that the content of the store depends on (layers 0 to 3, and 5).
CODE = ("errors.py", "codes.py", "text.py", "formats.py", "inputs.py", "plan.py", "public.py",
        "storage.py", "store.py", "freshness.py", "standardise.py", "intervals.py", "edition",
        "refdata", "intake", "disclosure", "protection")


def private(folder: Path) -> Path:
    """Create a folder that only its owner can open (mode 0700)."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in (folder, folder.parent):
        part.chmod(0o700)
    return folder


@contextlib.contextmanager
def lock(paths: Paths) -> Iterator[None]:
    """Wait for, then hold, the exercice's lock; the system frees it when a process dies."""
    with (private(paths.cache) / "verrou").open("a+b") as stream:
        if os.name == "nt":
            stream.seek(0)
            msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK, 1)
        else:
            fcntl.flock(stream, fcntl.LOCK_EX)
        try:
            yield
        finally:
            if os.name == "nt":
                stream.seek(0)
                msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)


def code_files() -> list[Path]:
    """Sources that the store depends on."""
    found = []
    for name in CODE:
        part = PACKAGE / name
        found += sorted((*part.rglob("*.py"), *part.rglob("*.yml"))) if part.is_dir() else [part]
    return found


def signature(paths: Paths, files: Iterable[Path]) -> str:
    """One hash for the content (and the names) of these files; an absent one counts too.

    A file whose size and date are unchanged is not read again (cache `fichiers.json`).
    """
    cache = paths.cache / "fichiers.json"
    known = json.loads(cache.read_text("utf-8")) if cache.exists() else {}
    whole, seen = hashlib.sha256(), {}
    for path in files:
        label = str(path.resolve())
        if not path.is_file():
            digest = "absent"
        else:
            stat = path.stat()
            stamp = [stat.st_size, stat.st_mtime_ns]
            old = known.get(label, [None, ""])
            digest = old[1] if old[0] == stamp else _digest(path)
            seen[label] = [stamp, digest]
        whole.update(f"{path.name}\0{digest}\0".encode())
    if any(known.get(k) != v for k, v in seen.items()):
        cache.write_text(json.dumps(known | seen), "utf-8")
    return whole.hexdigest()


def digest_of(path: Path) -> str:
    """SHA-256 of one file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_of_text(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _digest(path: Path) -> str:
    try:
        return digest_of(path)
    except PermissionError:  # a program holds it: `intake.workbook.of_region` reads its last copy
        return "verrouillé"
