"""`cepkit audit`: the state of disclosure control of the masked store."""

from __future__ import annotations

from cepkit.batch import files
from cepkit.commands import options
from cepkit.edition import project
from cepkit.errors import UsageError


def audit(*, exercice: str | None) -> int:
    """State of the protection of the store: a store that is not proven does not exist."""
    paths = project.paths(options.exercice(exercice))
    meta = files.read_json(paths.store / "meta.json")
    if meta is None:
        raise UsageError("Aucune table protégée à contrôler : lancez d’abord « cepkit run ».")
    protection = meta["protection"]
    print(f"Protection : {protection['etat']}. {protection['regle']}")
    return 0
