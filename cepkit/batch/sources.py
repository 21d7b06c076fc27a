"""Is the masked store up to date? Answered from hashes kept in the private cache.

When nothing has changed since the store was built, neither pandas nor the store is imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cepkit import codes
from cepkit.batch import digests, files
from cepkit.edition.project import Paths

CACHE = "sources.json"
# Read by the report only, never by the store.
TEXTS = ("redaction", "diffusions")
# What other exercices withheld, what was sent out: it binds the protection.
BINDING = ("parameters/*/masque.csv", "parameters/*/regions/*/diffusions/*/cellules.parquet")


def digest(paths: Paths, delivered: Sequence[str]) -> str:
    """Hash of all that the store is made from: delivered files, parameters, package."""
    found = {name: paths.root / name for name in delivered}
    known = [[name, digests.of_file(p) if p.is_file() else "absent"] for name, p in found.items()]
    known += [[p.parts[-2:], digests.of_file(p)] for pattern in BINDING
              for p in sorted(paths.root.glob(pattern))]
    return digests.of(known, digests.of_code(), digests.of_folder(paths.parameters, skip=TEXTS))


def ready(paths: Paths) -> dict[str, Any] | None:
    """{regions, empreintes, bloquees, investigations} of a store up to date, else None."""
    known = files.read_json(paths.cache / CACHE)
    built = (paths.store / "meta.json").exists() and "investigations" in (known or ())
    return known if known and built and known["cle"] == digest(paths, known["fichiers"]) else None


def build(paths: Paths) -> dict[str, Any]:
    """Build the store when missing or stale; remember the hash of each region's slice."""
    from cepkit import intake, store
    from cepkit.edition import load_edition

    store.ensure(paths.exercice)
    delivered = [_relative(p, paths.root)
                 for p in intake.files(load_edition(paths.exercice), paths.root)]
    meta = files.read_json(paths.store / "meta.json")
    empreintes = {code: digests.of_slice(load_slice(paths.exercice, code))
                  for code in (*meta["regions"], codes.FRANCE)}
    known = {"cle": digest(paths, delivered), "fichiers": delivered,
             "regions": meta["regions"], "empreintes": empreintes,
             "bloquees": files.read_json(paths.cache / store.BLOCKED, {}),
             "investigations": {n: [c for c in own["regions"] if c in meta["regions"]]
                                for n, own in meta["investigations"].items()}}
    files.write_json(paths.cache / CACHE, known)
    return known


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def load_slice(exercice: str, region: str) -> Any:
    """The region's slice without the hash of the whole store: what another region holds must
    not change this one."""
    from cepkit import store

    part = store.load_slice(exercice, region)
    return replace(part, meta={k: v for k, v in part.meta.items() if k != "empreinte"})
