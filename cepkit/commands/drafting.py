"""`cepkit check --draft`: files nobody has described → a profile, and an edition to correct."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from cepkit.edition import document, project
from cepkit.errors import SourceError, UsageError
from cepkit.formats import count
from cepkit.text import suggestion


def draft(exercice: str | None, names: Sequence[str]) -> int:
    """Print what was recognised; write `edition.yml` where none stands, else print it.

    Raises `UsageError` for an unknown file, `SourceError` when no table is recognised.
    """
    from cepkit.intake.draft import draft as describe

    root, files = project.root(), _files(names)
    if exercice is not None and not re.fullmatch(r"[\w-]+", exercice):
        raise UsageError(f"« {exercice} » n’est pas un nom d’exercice : lettres, chiffres, « - » "
                         "et « _ » seulement.")
    place = root / "parameters" / exercice / "edition.yml" if exercice else None
    found = describe(files, exercice or "a_nommer", root)
    writes = place is not None and not place.exists()
    print(found.profil, file=sys.stdout if writes else sys.stderr)
    if not found.tables:
        raise SourceError("Aucun tableau reconnu dans ces fichiers.")
    if not writes:
        sys.stdout.write(found.edition)
        print(_kept(place, root), file=sys.stderr)
        return 0
    _write(place, found.edition)
    schema = root / "parameters" / document.SCHEMA
    if not schema.exists():
        _write(schema, document.json_schema())
    print(f"\n{count(found.tables, 'table décrite', 'tables décrites')} dans "
          f"{place.relative_to(root)}. Corrigez ce qui porte « à confirmer », puis lancez "
          f"« cepkit check --exercice {exercice} ».")
    return 0


def _kept(place: Path | None, root: Path) -> str:
    if place is None:
        return "\nBrouillon affiché ; avec --exercice, il est écrit dans parameters/."
    return (f"\n{place.relative_to(root)} existe déjà : il n’est pas touché, le brouillon est "
            "affiché.")


def _files(names: Sequence[str]) -> list[Path]:
    """Files named, folders opened; every unknown name told at once."""
    found, unknown = [], []
    for name in names:
        path = Path(name)
        if path.is_dir():
            found += sorted(p for p in path.iterdir() if p.is_file() and p.name[0] not in ".~")
        elif path.is_file():
            found.append(path)
        else:
            near = [p.name for p in path.parent.glob("*")] if path.parent.is_dir() else []
            unknown.append(f"« {name} »{suggestion(path.name, near)}")
    if unknown:
        raise UsageError(f"Fichier introuvable : {' ; '.join(unknown)}")
    return list(dict.fromkeys(found))


def _write(path: Path, text: str) -> None:
    """Written by a temporary name, then put in place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)
