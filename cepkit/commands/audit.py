"""`cepkit audit`: the state of disclosure control of the masked store."""

from __future__ import annotations

from cepkit.batch import files
from cepkit.commands import options
from cepkit.edition import project
from cepkit.errors import DisclosureError, UsageError

PROVISOIRE = "provisoire"


def audit(*, exercice: str | None) -> int:
    """Exit 13 as long as the protection of the store is provisional."""
    paths = project.paths(options.exercice(exercice))
    meta = files.read_json(paths.store / "meta.json")
    if meta is None:
        raise UsageError("Aucune table protégée à contrôler : lancez d’abord « cepkit run ».")
    protection = meta["protection"]
    if protection["etat"] == PROVISOIRE:
        raise DisclosureError(
            "protection provisoire : seules les petites valeurs sont masquées, pas encore celles "
            "qui permettraient de les retrouver. Ces produits ne doivent pas circuler.")
    print(f"Protection : {protection['etat']}. {protection['regle']}")
    return 0
