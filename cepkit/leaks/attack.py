"""The masked tables attacked again, from the store alone, as a reader of all files would."""

from __future__ import annotations

from cepkit import store
from cepkit.codes import FRANCE, region_name
from cepkit.disclosure import audit
from cepkit.edition import load_edition
from cepkit.errors import Problem
from cepkit.formats import count
from cepkit.protection import policy
from cepkit.text import enumerate_fr


def attacked(exercice: str) -> list[Problem]:
    """One problem a measure whose small counts can be worked out; no value is told."""
    edition, part = load_edition(exercice), store.load_slice(exercice, FRANCE)
    widths = part.meta["protection"].get("arrondis", {})  # of tables released rounded
    tables = {n: f.assign(borne_min=(f["effectif"] - widths[n]).clip(lower=0),
                          borne_max=f["effectif"] + widths[n]) if n in widths else f
              for n, f in part.tables.items()}
    found = audit(tables, exact=False, unpublished=list(widths), **policy.options(edition, tables))
    told = found[~found["sur"]]
    low = 0 if edition.secret.zeros == "secrets" else 1
    small = told[told["maximum"].ge(low) & told["minimum"].lt(policy.thresholds(edition, told))]
    problems = []
    for measure, rows in small.groupby("mesure"):
        places = enumerate_fr([region_name(r) for r in dict.fromkeys(rows["region"])])
        problems.append(Problem(
            f"mesure « {measure} » : {count(len(rows), 'petit effectif')} ({places}) se "
            f"{'retrouve' if len(rows) < 2 else 'retrouvent'} à partir des tables diffusées.",
            classe="secret", regle="aucun effectif sous le seuil ne doit pouvoir être retrouvé",
            reparation="ne diffusez pas ces fichiers ; relancez « cepkit run --force »."))
    return problems
