"""Writing without half files: temporary name, then replace; the manifest last, as the commit."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cepkit.batch import digests
from cepkit.edition.project import Paths
from cepkit.errors import Problem, RenderError, UsageError, system_reason
from cepkit.report.version import State, state_of

MANIFEST = "manifest.json"
TEMPORARY = ".ecriture-"


def write(path: Path, content: bytes) -> None:
    """Write `content` under a temporary name, then replace `path` in one go."""
    write_all(path.parent, {path.name: content})


def write_all(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write several files: all under temporary names first (a full disk changes nothing), then
    one replacement each; if one of them fails, those already made are undone."""
    temporary: dict[Path, Path] = {}
    kept: dict[Path, Path] = {}
    path = folder
    try:
        for name, content in contents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary[path] = _beside(path, "")
            temporary[path].write_bytes(content)
        for path, partial in temporary.items():
            if path.exists():
                kept[path] = _copy(path)
            os.replace(partial, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            for changed, old in kept.items():
                os.replace(old, changed)
        raise RenderError(Problem(
            f"écriture impossible : {system_reason(error)}.", classe="rendu", fichier=path.name,
            reparation="fermez le fichier s’il est ouvert ailleurs, vérifiez l’espace libre et "
                       "les droits du dossier, puis relancez : rien n’est perdu.")) from error
    finally:
        for partial in (*temporary.values(), *kept.values()):
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)


def _beside(path: Path, word: str) -> Path:
    return path.with_name(f"{TEMPORARY}{os.getpid()}-{word}{path.name}")


def _copy(path: Path) -> Path:
    """The present version under another name: a link, or a copy where links are not allowed."""
    old = _beside(path, "ancien-")
    old.unlink(missing_ok=True)
    try:
        os.link(path, old)
    except OSError:
        shutil.copy2(path, old)
    return old


def sweep(*folders: Path) -> None:
    """Remove the temporary files that an interrupted run has left."""
    for folder in folders:
        for path in list(folder.rglob(f"{TEMPORARY}*")):
            path.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    write(path, (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=False) + "\n").encode())


def read_json(path: Path, default: Any = None) -> Any:
    """Content of a JSON file; `default` when it is absent or unreadable."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return default


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Manifest of a folder; None when it is absent, malformed, or names a file outside it."""
    found = read_json(folder / MANIFEST)
    listed = found.get("fichiers") if isinstance(found, dict) else None
    sound = isinstance(listed, list) and all(
        isinstance(f, dict) and isinstance(f.get("sha256"), str) and inside(f.get("chemin"))
        for f in listed)
    return found if sound else None


def inside(name: Any) -> bool:
    """Is `name` a plain relative path, which leads nowhere but below its folder?"""
    return isinstance(name, str) and all(
        part not in ("", ".", "..") and not set(part) & set(':\\\0') for part in name.split("/"))


def version(paths: Paths, region: str) -> State:
    """Version of a region's report: the furthest step of the calendar of its workbook."""
    rows = read_json(paths.store / "suivi" / f"{region}.json", {}).get("jalons", [])
    return state_of(rows)


def entries(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """`fichiers` of a manifest: chemin, sha256, octets, in the order of paths."""
    import hashlib

    return [{"chemin": name, "sha256": hashlib.sha256(data).hexdigest(), "octets": len(data)}
            for name, data in sorted(files.items())]


def differences(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Files of a manifest that are absent from `folder` or whose content has changed."""
    return [f["chemin"] for f in manifest.get("fichiers", [])
            if not (folder / f["chemin"]).is_file()
            or digests.of_file(folder / f["chemin"]) != f["sha256"]]


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """One run at a time: `UsageError` when another one holds the lock (freed if it dies)."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a+b") as stream:
        try:
            _lock(stream)
        except OSError as error:
            raise UsageError("Un autre « cepkit run » travaille déjà sur cet exercice : "
                             "attendez qu’il finisse, puis relancez.") from error
        yield


def _lock(stream) -> None:
    if os.name == "nt":
        import msvcrt

        stream.seek(0)
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
