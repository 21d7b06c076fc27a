"""`cepkit purge`: empty the private cache."""

from __future__ import annotations

import shutil

from cepkit.commands import options
from cepkit.edition import project


def purge(*, exercice: str | None) -> int:
    """Remove `data/.cepkit/` (or one exercice's part of it). Outputs and masks stay."""
    folder = project.root() / "data" / ".cepkit"
    if exercice:
        folder = project.paths(options.exercice(exercice)).cache
    if not folder.exists():
        print("Le cache privé est déjà vide.")
        return 0
    shutil.rmtree(folder)
    print("Cache privé vidé : tables non masquées et journal de protection. "
          "Les produits et le masque restent ; le prochain « cepkit run » recalcule tout.")
    return 0
