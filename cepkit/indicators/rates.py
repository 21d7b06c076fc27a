"""How often: people or entries related to a declared population of the same field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from cepkit.codes import ENSEMBLE, FRANCE, NON_DISPONIBLE, PUBLIE, TOTAL, region_name
from cepkit.errors import UsageError
from cepkit.indicators import meta
from cepkit.indicators.cells import (
    REST,
    cells,
    deduced,
    field_name,
    minus,
    modalities,
    regrouped,
)
from cepkit.indicators.counts import partial
from cepkit.indicators.rows import (
    add_note,
    compared,
    estimate,
    finish,
    inside,
    scaled,
)
from cepkit.text import enumerate_fr

SPLITS: dict[str | None, tuple[str, ...]] = {
    None: (),
    "departement": ("departement",),
    "region": ("region",),
    "operateur": ("operateur",),
    "sexe_age": ("sexe", "tranche_age"),
}
PLACES = ("region", "departement", "operateur")
LIEUX = {"residence": "résidence", "delivrance": "délivrance du CEP"}
By = Literal["departement", "region", "operateur", "sexe_age"] | None


def take_up(
    r, *, by: By = None, mesure: str | None = None, denominateur: str | None = None
) -> pd.DataFrame:
    """People (« part » of the population) or entries (« pour 100 ») over a declared population.

    Rows: the region, France, France without the region (`region` is "FR_sans_region"); with
    `by`, each department then the region's total, each operator (a *contribution*: the operator
    over the whole population) then the total, or each sex × age. `by="region"` gives every
    region of the release (national view). `reference` is France in the field of the
    denominator, or the region for departments. Extra column: `taux_chomage` (%), to be read
    beside the rate. Measures with `taux: proportion` get Wilson limits, the others Byar's
    (exact Poisson below 10). What cannot be computed is a row that says why.
    """
    if by not in SPLITS:
        raise UsageError(f"take_up : by={by!r} inconnu, au choix {enumerate_fr(list(SPLITS)[1:])}")
    context = Context(r, meta.measure(r, mesure), SPLITS[by], denominateur)
    frame = context.frame()
    law, level = context.law, meta.level(r)
    frame = frame.assign(**estimate(frame["n"], frame["population"], law, level))
    frame = _compared(context, frame)
    frame = scaled(frame, 1 if law == "proportion" else 100)
    return finish(
        r, _described(context, frame), context.keys, mesure=context.measure["nom"],
        tables=[context.table] if context.table else [], champ=context.population.get("champ", ""),
        source=context.source(), reference=context.reference(), extra=["taux_chomage"],
    )  # fmt: skip


class Context:
    """A measure, a split, and the table and population that answer them."""

    def __init__(self, r, measure: dict[str, Any], split: Sequence[str], name: str | None = None):
        self.r, self.measure, self.split = r, measure, tuple(split)
        self.law = meta.law(measure)
        dims = [d for d in split if d not in PLACES]
        niveau = "departement" if "departement" in split else "region"
        self.table = meta.find_table(r, measure["nom"], split, niveau)
        self.population = meta.population(r, name, dims) or {}
        self.matched = meta.aligned(r, dims, self.population.get("dimensions") or ()) or {}
        self.keys = [*PLACES, *(self.matched.get(d, d) for d in dims)]
        self.absents = sorted(self.population.get("absents") or {})
        self.additive = "region" in measure.get("additive", ())

    def base(self) -> str:
        """« Actifs de 15 à 64 ans (population active…), 2017, France hors Mayotte, édition »."""
        return meta.population_name(self.population)

    def source(self) -> str:
        """Sources of the counted and of the population, with its edition."""
        parts = (self.population.get(k) for k in ("source", "edition"))
        population = ", ".join(str(p) for p in parts if p)
        return " ; ".join(p for p in (self.measure.get("source"), population) if p)

    def reference(self) -> str:
        """Name of what the rates are compared with."""
        inside = "departement" in self.split and self.r.code != FRANCE
        return region_name(self.r.code) if inside else field_name(self.absents)

    def frame(self) -> pd.DataFrame:
        """Keys, `n`, `population`, `etat`, `note` of every place, in the fixed order."""
        if not (self.population and self.table):
            return self._nothing()
        if "region" in self.split or self.r.code == FRANCE:
            return self._national()
        places = [self.place(self.r.code)]
        if self.keys[3:] and places[0]["population"].isna().all():
            return self._nothing(places[0]["note"].iloc[0])
        if "departement" in self.split:
            places.append(self._populated(self._cells(self.r.code, ()), self.r.code))
        else:
            national = self.france()
            places += [national, self._rest(national, places[0])]
        return pd.concat(places, ignore_index=True)

    def place(self, region: str) -> pd.DataFrame:
        """Cells of a region with its population."""
        return self._populated(self._cells(region), region)

    def france(self) -> pd.DataFrame:
        """France in the field of the denominator: regions without population are taken out."""
        split = [c for c in self.split if c != "departement"]
        whole = self._populated(self._cells(FRANCE, split), FRANCE)
        if whole["population"].isna().all():
            return whole
        if self.absents and not self.additive:
            note = f"la population porte sur {field_name(self.absents)}, pas l’effectif national"
            return whole.assign(n=np.nan, etat=NON_DISPONIBLE, note=note)
        for code in self.absents:
            name = f"{region_name(code)}, hors du champ de la population"
            whole = minus(whole, self._cells(code, split, deduce=True), name)
        return whole

    def _cells(
        self, region: str, split: Sequence[str] | None = None, deduce: bool = False
    ) -> pd.DataFrame:
        """Cells with the keys; operators are followed by their total, ages are regrouped."""
        split = [c for c in (self.split if split is None else split) if c != "region"]
        frame = cells(self.r, self.table, by=split, region=region)
        if "operateur" in split:
            total = cells(self.r, self.table, region=region).assign(operateur=ENSEMBLE)
            if deduce and "operateur" in self.measure.get("additive", ()):
                frame = deduced(frame, total)
            frame = pd.concat([frame, total], ignore_index=True)
        for dimension, coarser in self.matched.items():
            if coarser != dimension:
                meta.check_adds_up(self.r, self.measure, dimension, self.table)
                groups = meta.grouping(self.r, dimension, coarser)
                frame = regrouped(frame, dimension, groups, coarser)
        places = {"region": region, "departement": TOTAL, "operateur": ENSEMBLE}
        return frame.assign(**{k: v for k, v in places.items() if k not in frame})

    def _populated(self, frame: pd.DataFrame, region: str) -> pd.DataFrame:
        """Add `population`; where it is missing the row is « non_disponible », with the reason."""
        dims, nom = self.keys[3:], self.population["nom"]
        found = [
            self.r.denominateur(
                nom, region=region, departement=row["departement"], **{d: row[d] for d in dims}
            )
            for row in frame.to_dict("records")
        ]
        missing = pd.Series([d.etat != PUBLIE or not d.valeur for d in found], index=frame.index)
        reasons = [_lacking(d.raison) for d in found]
        values = [np.nan if m else float(d.valeur) for m, d in zip(missing, found, strict=True)]
        frame = frame.assign(population=values)
        frame["note"] = add_note(frame, missing, pd.Series(reasons, index=frame.index))
        etat = frame["etat"].mask(missing & (frame["etat"] == PUBLIE), NON_DISPONIBLE)
        return inside(frame.assign(etat=etat), self.law)

    def _rest(self, national: pd.DataFrame, region: pd.DataFrame) -> pd.DataFrame:
        """France without the region: both published, both in the field of the denominator."""
        if self.r.code in self.absents:
            return national.assign(region=REST)
        rest = minus(national, region, region_name(self.r.code))
        rest["population"] = national["population"].to_numpy() - region["population"].to_numpy()
        if not self.additive:
            note = "la mesure ne s’additionne pas d’une région à l’autre"
            rest = rest.assign(n=np.nan, etat=NON_DISPONIBLE, note=note)
        return rest.assign(region=REST)

    def _national(self) -> pd.DataFrame:
        """Regions (or all departments) in the official order, then France in the right field."""
        places = []
        if {"region", "departement"} & set(self.split):
            places = [self.place(c) for c in modalities(self.r, self.table, "region")]
        return pd.concat([*places, self.france()], ignore_index=True)

    def _nothing(self, reason: str = "") -> pd.DataFrame:
        """The one row that says why no rate can be computed."""
        what = "table diffusée" if self.population else "population de référence"
        titles = [meta.dimension_title(self.r, d).lower() for d in self.split]
        by = f" par {enumerate_fr(titles)}" if titles else ""
        row = {"region": self.r.code, "departement": TOTAL, "operateur": ENSEMBLE, "n": np.nan}
        row |= {"population": np.nan, "etat": NON_DISPONIBLE}
        row |= dict.fromkeys(self.keys[3:], TOTAL)
        return pd.DataFrame([row | {"note": reason or f"aucune {what}{by} n’est déclarée"}])


def _lacking(reason: str | None) -> str:
    """« dénominateur non disponible : … », said once."""
    base = "dénominateur non disponible"
    return base if not reason or reason == base else f"{base} : {reason.rstrip('. ')}"


def _compared(context: Context, frame: pd.DataFrame) -> pd.DataFrame:
    """Comparison columns of the region's rows (or departments) with their reference."""
    if "departement" in context.split:
        rows, inner = frame["departement"] != TOTAL, "departement"
        reference = frame[frame["departement"] == TOTAL]
    else:
        rows, inner = ~frame["region"].isin([FRANCE, REST]), "region"
        reference = frame[frame["region"] == FRANCE]
    return compared(
        context.r, frame, rows, reference, context.keys[2:], context.law, said="référence : ",
        nested=meta.adds_up(context.r, context.measure, inner),
    )  # fmt: skip


def _described(context: Context, frame: pd.DataFrame) -> pd.DataFrame:
    """Names, units, bases and warnings of the rows."""
    r, proportion = context.r, context.law == "proportion"
    single = frame["operateur"] != ENSEMBLE
    frame = frame.assign(
        indicateur=np.where(
            single, "contribution", "taux_de_recours" if proportion else "entrees_pour_100"
        ),
        unite="part" if proportion else "pour 100",
        numerateur=frame["n"], denominateur=frame["population"], base=context.base(),
    )  # fmt: skip
    frame = _at_home(context, frame)
    published, year = frame["etat"] == PUBLIE, context.population.get("annee")
    if year and str(year) != str(r.annee):
        frame["note"] = add_note(frame, published, f"population de {year}, exercice {r.annee}")
    frame["note"] = partial(r, frame.assign(annee=str(r.annee)))
    text = "contribution de l’opérateur, rapportée à toute la population"
    frame["note"] = add_note(frame, single & published, text)
    return frame.assign(taux_chomage=_unemployment(r, frame))


def _at_home(context: Context, frame: pd.DataFrame) -> pd.DataFrame:
    """A rate by department needs people counted where the population is: refused otherwise.

    The rate of a whole region says that the two places differ.
    """
    counted = meta.released(context.r).get(context.table or "", {}).get("lieu")
    lived = context.population.get("lieu")
    if counted and lived and counted != lived:
        text = f"effectifs au lieu de {LIEUX[counted]}, population au lieu de {LIEUX[lived]}"
        frame["note"] = add_note(frame, frame["region"] != FRANCE, text)
        rows = frame["departement"] != TOTAL
        frame["etat"] = frame["etat"].mask(rows & (frame["etat"] == PUBLIE), NON_DISPONIBLE)
    return frame


def _unemployment(r, frame: pd.DataFrame) -> list[float]:
    """Unemployment rate of the place of each row (%), nan where there is none."""
    series = meta.unemployment(r)
    places = list(zip(frame["region"], frame["departement"], strict=True))
    rates = dict.fromkeys(places, np.nan)
    for region, departement in rates if series else ():
        if region != REST:
            known = r.denominateur(series["nom"], region=region, departement=departement)
            rates[region, departement] = known.valeur if known.etat == PUBLIE else np.nan
    return [rates[place] for place in places]
