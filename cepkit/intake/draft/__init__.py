"""A delivery nobody has described: profile its files and draft an `edition.yml` to correct."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cepkit.intake.draft.edition import text
from cepkit.intake.draft.grids import grids
from cepkit.intake.draft.profile import profile
from cepkit.intake.draft.tables import Drafted, context_file, drafted


@dataclass(frozen=True)
class Draft:
    """The drafted `edition.yml`, what was recognised (French), and how many tables."""

    edition: str
    profil: str
    tables: int


def draft(files: Sequence[Path], exercice: str, root: Path) -> Draft:
    """Read every sheet of every file and draft their edition; nothing is raised for a bad file."""
    found: list[Drafted] = []
    left: list[str] = []
    for path in files:
        sheets = list(grids(path))
        context = context_file(sheets)
        for grid in sheets:
            tables = drafted(grid, context, {t.nom for t in found})
            found += tables
            left += [] if tables else [grid.place]
    return Draft(text(found, exercice, files, root), profile(found, left), len(found))
