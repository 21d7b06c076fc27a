"""Strata of a region and of France, to standardise over: publics of the operators, sex × age."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from cepkit.codes import FRANCE, PUBLIE, region_name
from cepkit.indicators import meta
from cepkit.indicators.cells import cells, deduced, minus, worst
from cepkit.indicators.rates import Context
from cepkit.text import enumerate_fr


@dataclass(frozen=True)
class Strata:
    """Two frames `strate, nom, effectif, population, raison`, joined by `strate`.

    `refus` says why there are none. A stratum without a count or a population keeps its row,
    with its reason.
    """

    mine: pd.DataFrame = field(default_factory=pd.DataFrame)
    whole: pd.DataFrame = field(default_factory=pd.DataFrame)
    base: str = ""
    refus: str = ""

    def lacking(self) -> str:
        """« Bretagne, Actifs occupés : … » for the first strata without count or population."""
        if self.refus:
            return self.refus
        mine, whole = self.mine, self.whole
        return _lacking(mine, mine["region"].iloc[0]) or _lacking(whole, FRANCE)


def publics(r, declared: dict[str, Any]) -> Strata:
    """Strata of the declared publics: groups of operators, each over its own population."""
    known = r.meta.get("publics") or {}
    table = meta.find_table(r, declared["nom"], ("operateur",))
    if not known or table is None:
        return Strata(refus="aucun public n’est déclaré avec sa population")
    for column in ("operateur", "region"):
        if not meta.adds_up(r, declared, column):
            return Strata(refus=f"la mesure ne s’additionne pas {meta.OVER[column]}")
    mine, whole = (
        pd.DataFrame([public(r, table, nom, place) for nom in known]) for place in (r.code, FRANCE)
    )
    populations = meta.populations(r)
    base = enumerate_fr([populations[p["denominateur"]]["libelle"] for p in known.values()])
    return Strata(mine, whole, base)


def public(r, table: str, nom: str, region: str) -> dict[str, Any]:
    """One stratum: the operators of a public over its own population, in the same field."""
    entry = r.meta["publics"][nom]
    population = meta.populations(r)[entry["denominateur"]]
    frame = _operators(cells(r, table, by=["operateur"], region=region), entry)
    if region == FRANCE:
        for code in sorted(population.get("absents") or {}):
            out = deduced(cells(r, table, by=["operateur"], region=code),
                          cells(r, table, region=code))  # fmt: skip
            frame = minus(frame, _operators(out, entry), region_name(code))
    people = r.denominateur(entry["denominateur"], region=region)
    state = worst(*(pd.Series([e]) for e in frame["etat"])).iloc[0]
    return {
        "region": region, "strate": nom, "nom": entry["libelle"], "etat": state,
        "effectif": frame["n"].sum() if state == PUBLIE else None,
        "population": people.valeur if people.etat == PUBLIE else None,
        "raison": _reason(r, frame, people),
    }  # fmt: skip


def sex_age(r, declared: dict[str, Any]) -> Strata:
    """Strata sex × age, ages as the census gives them."""
    context = Context(r, declared, ("sexe", "tranche_age"))
    if not (context.population and context.table):
        return Strata(refus="aucune population par sexe et âge n’est déclarée")
    if not context.additive:
        return Strata(refus=f"la mesure ne s’additionne pas {meta.OVER['region']}")
    dims = context.keys[3:]
    frames = []
    for place in (context.place(r.code), context.france()):
        names = [" / ".join(r.libelle(d, row[d]) for d in dims) for row in place.to_dict("records")]
        frames.append(place.assign(
            strate=place[dims].agg(" / ".join, axis=1), nom=names, effectif=place["n"],
            raison=place["note"],
        ))  # fmt: skip
    return Strata(*frames, context.base())


def _operators(frame: pd.DataFrame, public: dict[str, Any]) -> pd.DataFrame:
    return frame[frame["operateur"].isin(public["operateurs"])].reset_index(drop=True)


def _reason(r, frame: pd.DataFrame, population) -> str:
    """Why a stratum has no rate: which operator, or which population."""
    lacking = frame[frame["etat"] != PUBLIE]
    notes = [
        f"{r.libelle('operateur', o)} : {n}"
        for o, n in zip(lacking["operateur"], lacking["note"], strict=True)
    ]
    if population.etat != PUBLIE:
        notes.append(population.raison or "population non disponible")
    return " ; ".join(n.rstrip(". ") for n in notes)


def _lacking(strata: pd.DataFrame, region: str) -> str:
    missing = strata[strata[["effectif", "population"]].isna().any(axis=1)]
    if len(missing) == len(strata) > 1 and missing["raison"].nunique() == 1:
        return f"{region_name(region)} : {missing['raison'].iloc[0]}"
    texts = [f"{n} ({w})" for n, w in zip(missing["nom"], missing["raison"], strict=True)]
    return f"strate manquante, {region_name(region)} : {enumerate_fr(texts[:3])}" if texts else ""
