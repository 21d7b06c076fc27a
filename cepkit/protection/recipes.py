"""Methods of declared statistics that come with the package."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cepkit.codes import ENSEMBLE, FRANCE, TOTAL
from cepkit.edition.schema import Edition, StatistiqueDeclaree
from cepkit.errors import ParametersError, Problem
from cepkit.intake.shape import BASE
from cepkit.protection.statistics import Line, Sources, Terms, recipe, rounded

PER = 100
DOBSON = "taux standardisé direct, intervalle de Dobson"
KITAGAWA = "décomposition de Kitagawa, poids de la référence"


@recipe("recours_standardise")
def standardised_take_up(declared: StatistiqueDeclaree, sources: Sources) -> list[Line]:
    """Take-up directly standardised over strata, per 100 persons of the standard population.

    Parameters: `table` (plan) or `source` (delivery, not released), `strates` (dimensions),
    `denominateur`, `niveau` (region, departement), `reference` (« FR », or « ensemble »: the
    territories that have a population), `decimales`.
    """
    asked = declared.parametres
    strata, level = list(asked.get("strates", ())), asked.get("niveau", "region")
    people = sources.population(declared)
    to = {d: _towards(sources.edition, d, people, declared) for d in strata}
    frame = sources.frame(declared, strata, ["FR", "region", level])
    fine = people[people[[p for p, _ in to.values()]].ne(TOTAL).all(axis=1)]
    places = [p for p in fine.groupby(["region", "departement"], sort=True)
              if (p[0][1] == TOTAL) == (level == "region") and p[0][0] != FRANCE]
    standard = _standard(fine, [p for p, _ in to.values()], asked.get("reference", "ensemble"),
                         level)
    return [_rate(place, rows, frame, to, standard, declared) for place, rows in places]


def _towards(edition: Edition, dimension: str, people: pd.DataFrame,
             declared: StatistiqueDeclaree) -> tuple[str, Mapping[str, str]]:
    """Column of the population that holds a dimension, and {its modality: ours}."""
    if dimension in people:
        return dimension, {c: c for c in people[dimension].unique() if c != TOTAL}
    for group in (g for g in edition.regroupements if g.dimension == dimension):
        for column in people.columns:
            if set(group.vers) <= set(people[column].astype(str)):
                return column, {fine: c for c, parts in group.vers.items() for fine in parts}
    raise ParametersError(Problem(
        f"statistique {declared.nom} : la population ne détaille pas « {dimension} ».",
        "parametres", "diffusion.statistiques", "edition.yml",
        reparation="déclarer un regroupement de cette dimension vers celle de la population."))


def _standard(fine: pd.DataFrame, columns: list[str], reference: str, level: str) -> pd.Series:
    """Weight of each stratum in the standard population."""
    rows = fine[fine["region"].eq(FRANCE)] if reference == FRANCE else fine[
        fine["region"].ne(FRANCE) & fine["departement"].eq(TOTAL).eq(level == "region")]
    return rows.groupby(columns)["valeur"].sum().astype(float)


def _rate(place: tuple[str, str], people: pd.DataFrame, frame: pd.DataFrame,
          to: Mapping[str, tuple[str, Mapping[str, str]]], standard: pd.Series,
          declared: StatistiqueDeclaree) -> Line:
    region, departement = place
    keys = {"region": region, "departement": departement}
    size = people.set_index([p for p, _ in to.values()])["valeur"].astype(float)
    lacking = standard.empty or not set(standard.index) <= set(size[size > 0].index)
    rows = frame[frame["region"].eq(region) & frame["departement"].eq(departement)
                 & frame["operateur"].eq(ENSEMBLE)]
    rows = rows[rows[list(to)].apply(lambda c: c.isin(to[c.name][1])).all(axis=1)]
    terms: Terms = []
    if not lacking:
        strata = rows[list(to)].apply(lambda c: c.map(to[c.name][1]))
        index = [t if len(to) > 1 else t[0] for t in strata.itertuples(index=False, name=None)]
        weight = PER * standard / standard.sum() / size.reindex(standard.index)
        terms = [(_cell(row, list(to)), rounded(weight[i]))
                 for row, i in zip(rows.to_dict("records"), index, strict=True)]
    return Line(keys, declared.titre, terms, int(declared.parametres.get("decimales", 1)),
                denominateur=float(size.sum()), base="personnes de la population de référence",
                methode=DOBSON, events=True,
                note="la population ne détaille pas toutes les strates" if lacking else "")


@recipe("decomposition_publics")
def decomposed_by_public(declared: StatistiqueDeclaree, sources: Sources) -> list[Line]:
    """Gap of each region to France at comparable operator mix: one term a public, and their sum.

    Over the declared `publics` (groups of operators, each with its population), at France's
    weights. Parameters: `table` (or `source`) by operator, `decimales`. Kitagawa (1955).
    """
    edition, context = sources.edition, sources.delivery.contexte
    frame = sources.frame(declared, ["operateur"], ["FR", "region"])
    rows = frame[frame["departement"].eq(TOTAL) & frame[_own(frame)].eq(TOTAL).all(axis=1)]
    heads = context[context["departement"].eq(TOTAL) & context["valeur"].notna()]
    extra = [c for c in heads if c not in ("serie", "region", "departement", "valeur", "etat")]
    heads = heads[heads[extra].eq(TOTAL).all(axis=1)].set_index(["serie", "region"])["valeur"]
    absent = set.union(*(set(d.absents) for d in edition.denominateurs
                         if d.nom in {p.denominateur for p in edition.publics.values()}), set())
    lines = []
    for region in sorted(set(rows["region"]) - {FRANCE}):
        parts = {n: _term(p, region, rows, heads, absent, edition)
                 for n, p in edition.publics.items()}
        whole = [t for terms in parts.values() for t in terms or ()]
        note = "" if all(parts.values()) else "population non disponible"
        for name, terms in {**parts, TOTAL: whole}.items():
            lines.append(Line({"region": region, "modalite": name}, declared.titre, terms or [],
                              int(declared.parametres.get("decimales", 2)), methode=KITAGAWA,
                              base="publics des opérateurs", note=note))
    return lines


def _term(public, region: str, rows: pd.DataFrame, heads: pd.Series, absent: set[str],
          edition: Edition) -> Terms | None:
    """Weight of the public in France × (rate of the region − rate of France)."""
    here, france = ((public.denominateur, r) for r in (region, FRANCE))
    whole = [(p.denominateur, FRANCE) for p in edition.publics.values()]
    if not {here, france, *whole} <= set(heads.index):
        return None
    weight = PER * heads[france] / sum(heads[w] for w in whole)
    mine = rows[rows["operateur"].isin(public.operateurs)]
    terms: Terms = []
    for place, factor in [(region, 1 / heads[here]), (FRANCE, -1 / heads[france]),
                          *((a, 1 / heads[france]) for a in sorted(absent))]:
        terms += [(_cell(row, []), rounded(float(weight * factor)))
                  for row in mine[mine["region"].eq(place)].to_dict("records")]
    return terms


def _own(frame: pd.DataFrame) -> list[str]:
    return [c for c in frame if c not in (*BASE, "effectif", "borne_min", "borne_max", "etat")]


def _cell(row: Mapping[str, str], dimensions: list[str]) -> dict[str, str]:
    return {k: row[k] for k in (*BASE, *dimensions)}
