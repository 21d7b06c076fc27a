"""How often a public uses the CEP: its operators over their own population, when it is declared."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cepkit.codes import ENSEMBLE, FRANCE, NON_DISPONIBLE, PUBLIE, TOTAL
from cepkit.indicators import meta
from cepkit.indicators.rows import (
    compared,
    estimate,
    finish,
    inside,
    scaled,
)
from cepkit.indicators.strata import public

KEYS = ("region", "departement", "operateur", "public")


def own_public(r, *, mesure: str | None = None) -> pd.DataFrame:
    """Rate of each declared public: its operators together, over the public's own population.

    An operator over all the actifs is a *contribution* (`take_up(by="operateur")`); it has a rate
    only over its own public, when the edition declares the population of that public
    (`publics`). Rows: region then France, public by public; `operateur` is the operator where the
    public has only one, else « ensemble ». Operators that share a public are added up only
    where the measure adds up over operators. An operator without a declared public is one row
    « non_disponible » that says so.
    """
    declared, law = meta.measure(r, mesure), meta.law(meta.measure(r, mesure))
    table = meta.find_table(r, declared["nom"], ("operateur",))
    known = (r.meta.get("publics") or {}) if table else {}
    rows = [_cell(r, table, declared, nom, place) for nom in known
            for place in dict.fromkeys([r.code, FRANCE])]  # fmt: skip
    named = {o for entry in known.values() for o in entry["operateurs"]}
    rows += [_unknown(r, o) for o in r.operateurs() if o not in named]
    frame = inside(pd.DataFrame(rows), law)
    frame = frame.assign(**estimate(frame["n"], frame["population"], law, meta.level(r)))
    if r.code != FRANCE:
        frame = compared(
            r, frame, frame["region"] == r.code, frame[frame["region"] == FRANCE], ["public"], law,
            nested=meta.adds_up(r, declared, "region"), said="référence nationale : ",
        )  # fmt: skip
    frame = scaled(frame, 1 if law == "proportion" else 100)
    frame = frame.assign(
        indicateur="taux_du_public", unite="part" if law == "proportion" else "pour 100",
        numerateur=frame["n"], denominateur=frame["population"],
    )  # fmt: skip
    return finish(
        r, frame, KEYS, mesure=declared["nom"], tables=[table] if table else [],
        source=declared["source"], reference="France",
    )  # fmt: skip


def _cell(r, table: str, declared: dict[str, Any], nom: str, region: str) -> dict[str, Any]:
    """Count and population of a public in one place."""
    entry, found = r.meta["publics"][nom], public(r, table, nom, region)
    population = meta.populations(r)[entry["denominateur"]]
    alone = len(entry["operateurs"]) == 1
    state, note = found["etat"], found["raison"]
    if not alone and not meta.adds_up(r, declared, "operateur"):
        state, note = NON_DISPONIBLE, f"la mesure ne s’additionne pas {meta.OVER['operateur']}"
    elif state == PUBLIE and not found["population"]:
        state = NON_DISPONIBLE
    return {
        "region": region, "departement": TOTAL, "public": nom, "etat": state, "note": note,
        "operateur": entry["operateurs"][0] if alone else ENSEMBLE,
        "n": float(found["effectif"]) if state == PUBLIE else float("nan"),
        "population": float(found["population"] or "nan"), "base": meta.population_name(population),
    }  # fmt: skip


def _unknown(r, operateur: str) -> dict[str, Any]:
    note = "aucune population n’est déclarée pour son public : seule sa contribution est calculée"
    return {"region": r.code, "departement": TOTAL, "operateur": operateur, "public": TOTAL,
            "n": float("nan"), "population": float("nan"), "etat": NON_DISPONIBLE, "note": note,
            "base": ""}  # fmt: skip
