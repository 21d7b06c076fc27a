"""The masked tables attacked again, with the statistics and the earlier versions."""

from __future__ import annotations

from cepkit import store
from cepkit.codes import FRANCE, region_name
from cepkit.edition import load_edition, project
from cepkit.errors import Problem
from cepkit.formats import count
from cepkit.protection import policy
from cepkit.protection.attack import again
from cepkit.text import enumerate_fr


def attacked(exercice: str) -> list[Problem]:
    """What is wrong with the mask; one problem a measure whose small counts can be worked out."""
    edition, part = load_edition(exercice), store.load_slice(exercice, FRANCE)
    found, problems = again(project.paths(exercice), edition, part.tables,
                            part.meta["protection"].get("arrondis", {}))
    told = found[~found["sur"]]
    low = 0 if edition.secret.zeros == "secrets" else 1
    small = told[told["maximum"].ge(low) & told["minimum"].lt(policy.thresholds(edition, told))]
    for measure, rows in small.groupby("mesure"):
        places = enumerate_fr([region_name(r) for r in dict.fromkeys(rows["region"])])
        problems.append(Problem(
            f"mesure « {measure} » : {count(len(rows), 'petit effectif')} ({places}) se "
            f"{'retrouve' if len(rows) < 2 else 'retrouvent'} à partir des tables diffusées.",
            classe="secret", regle="aucun effectif sous le seuil ne doit pouvoir être retrouvé",
            reparation="ne diffusez pas ces fichiers ; relancez « cepkit run --force »."))
    return problems
