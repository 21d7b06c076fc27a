"""`cepkit audit`: protection of the masked store, then a second reading of every produced file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cepkit.batch import files
from cepkit.commands import options
from cepkit.edition import project
from cepkit.errors import CepkitError, Problem, UsageError
from cepkit.formats import count, integer

if TYPE_CHECKING:
    from cepkit.leaks import Account


def audit(*, exercice: str | None) -> int:
    """Exit 13 when tables or files tell what is withheld."""
    name = options.exercice(exercice)
    meta = files.read_json(project.paths(name).store / "meta.json")
    if meta is None:
        raise UsageError("Aucune table protégée à contrôler : lancez d’abord « cepkit run ».")
    protection = meta["protection"]
    print(f"Protection : {protection['etat']}. {protection['regle']}")
    return _traced(name)


def _traced(exercice: str) -> int:
    """Read every produced file again."""
    from cepkit import leaks

    known = leaks.attacked(exercice)
    print("Tables attaquées à nouveau : " + (
        "aucun petit effectif ne se retrouve." if not known else "de petits effectifs s’y "
        "retrouvent."))
    account = leaks.scan(exercice)
    _tell(account)
    _typed(leaks.typed_numbers(exercice))
    if account.fuites:
        known += [Problem(f"{count(len(account.fuites), 'fuite')} dans les fichiers produits : ne "
                          "les diffusez pas.", classe="secret"),
                  *(f.problem() for f in account.fuites)]
    if known:
        raise CepkitError(known)
    return 0


def _tell(account: Account) -> None:
    seen = account.nombres
    print(f"Fichiers relus : {integer(account.fichiers)}. Nombres retrouvés dans les tables "
          f"protégées : {integer(seen['égal'])} ; décrits sans indicateur : "
          f"{integer(seen['inconnu'])} ; sans clé (dates, âges, numéros, comptes de lignes) : "
          f"{integer(seen['sans clé'])}.")
    if not account.prive:
        print("Les tables non masquées ont été effacées (« cepkit purge ») : la relecture s’appuie "
              "sur les clés et les contenus cachés, non sur les valeurs retirées, et l’attaque sur "
              "les tables et les versions antérieures, non sur les statistiques déclarées.")
    if not account.fuites:
        print("Aucune valeur non diffusée, aucun contenu caché.")


def _typed(found: Sequence[tuple[str, int, str]]) -> None:
    """Numbers that no key follows: whoever wrote them must read them again."""
    if found:
        print(f"Chiffres saisis à la main ({count(len(found), 'ligne')}), à relire avant toute "
              "diffusion :")
    for name, line, text in found:
        print(f"  {name}, ligne {line} : {text if len(text) < 100 else text[:97] + '…'}")
