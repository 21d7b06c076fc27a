"""Declared statistics: computed from unmasked cells, rounded as displayed, told to the attacker.

A recipe turns a declaration into weighted sums of cells. What is published of a sum is a range
half a unit of the last decimal wide on each side; a statistic that would give a small count away
is withheld (state « secret »), the mask never changes for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import sqrt
from typing import Any

import pandas as pd

from cepkit import plan
from cepkit.codes import FRANCE, NON_DISPONIBLE, PUBLIE, SECRET, TOTAL
from cepkit.disclosure import Constraint
from cepkit.edition.schema import Edition, StatistiqueDeclaree, TableDiffusee
from cepkit.errors import ParametersError, Problem
from cepkit.intake import Delivery
from cepkit.intake.shape import BASE
from cepkit.intervals import events
from cepkit.protection.cells import NAME, every, names
from cepkit.text import enumerate_fr, suggestion

COLUMNS = ["statistique", *BASE, "dimension", "modalite", "par", "groupe", "indicateur", "valeur",
           "borne_inf", "borne_sup", "numerateur", "denominateur", "taille_efficace", "unite",
           "base", "methode", "niveau_confiance", "etat", "note"]
NUMBERS = ["valeur", "borne_inf", "borne_sup", "numerateur", "denominateur", "taille_efficace"]
PRECISION = 10**12  # coefficients are fractions of this: exact, and far finer than what is shown
MARGIN = 1e-9  # relative, on what an interval tells: outwards
LACKING = "la source ne donne pas toutes les cases nécessaires"
WITHHELD = "retirée : elle permettrait de retrouver un petit effectif"

Terms = list[tuple[dict[str, str], Fraction]]


@dataclass(frozen=True)
class Line:
    """One published number: `sum of coefficient × cell`, shown with `decimales`.

    keys: `region, departement, operateur, modalite` that differ from the total. `events`: the
    sum is a rate of events, with Dobson's interval. `note`: why there is no value.
    """

    keys: Mapping[str, str]
    indicateur: str
    terms: Terms
    decimales: int = 1
    unite: str = "pour 100"
    denominateur: float | None = None
    base: str = ""
    methode: str = ""
    events: bool = False
    note: str = ""


@dataclass(frozen=True)
class Computed:
    """One published number that is no weighted sum of cells, and all that it tells of them.

    `shown`: columns of the row (valeur, bornes, …) as displayed. They must be a function of
    `facts`, or have a proof of their own. `note`: why there is no value. Lines of one `lot` of a
    statistic share their facts, and are withheld together.
    """

    keys: Mapping[str, str]
    indicateur: str
    shown: Mapping[str, Any]
    facts: list[Constraint] = field(default_factory=list)
    note: str = ""
    lot: str = ""


@dataclass
class Sources:
    """What a recipe may use: the edition, unmasked tables, public populations.

    `hidden` collects the tables that the plan does not release.
    """

    edition: Edition
    delivery: Delivery
    cut: Mapping[str, pd.DataFrame]
    hidden: dict[str, pd.DataFrame] = field(default_factory=dict)

    def records(self, declared: StatistiqueDeclaree, dimensions: list[str],
                **kept: str) -> pd.DataFrame:
        """Counts of a file of records by region over all these dimensions, without their totals.

        `kept`: dimensions held at one modality. Never released; see `protect`.
        """
        table = TableDiffusee(
            nom=declared.nom, titre=declared.titre, source=declared.parametres["source"],
            mesure=declared.parametres["mesure"], dimensions=[*kept, *dimensions],
            niveaux=["region"], annees=[self.edition.annee], totaux=False)
        frame = plan.cut_one(table, self.edition, self.delivery)
        for column, code in kept.items():
            frame = frame[frame[column].eq(code)]
        return frame.reset_index(drop=True)

    def protect(self, declared: StatistiqueDeclaree, frame: pd.DataFrame) -> pd.DataFrame:
        """Cells that facts name: not released, and protected by the attack like the others."""
        self.hidden[f"{declared.nom}@{len(self.hidden)}"] = frame
        return frame

    def minimum(self, declared: StatistiqueDeclaree, what: str = "repondants") -> int:
        """Least number of persons behind a figure: of the investigation that declares it."""
        own = next((i for i, _ in self.edition.carried.values()
                    if declared.nom in {s.nom for s in i.diffusion.statistiques}), None)
        return getattr(own, f"minimum_{what}", declared.parametres.get("minimum", 30))

    def frame(self, declared: StatistiqueDeclaree, dimensions: list[str],
              niveaux: list[str]) -> pd.DataFrame:
        """Cells of the year: `table` of the plan, else `source` of the delivery (not released)."""
        asked = declared.parametres
        if "source" in asked:
            table = TableDiffusee(
                nom=declared.nom, titre=declared.titre, source=asked["source"],
                mesure=asked.get("mesure", self.edition.mesure_principale), dimensions=dimensions,
                niveaux=niveaux, annees=[self.edition.annee])
            frame = self.hidden[declared.nom] = plan.cut_one(table, self.edition, self.delivery)
        else:
            frame = self.cut[self.known("table", asked.get("table"), self.cut, declared)]
        return frame[frame["annee"].eq(str(self.edition.annee))].reset_index(drop=True)

    def population(self, declared: StatistiqueDeclaree) -> pd.DataFrame:
        """Rows of the population that « denominateur » names: keys, its dimensions, `valeur`."""
        known = {d.nom: d for d in self.edition.denominateurs}
        name = self.known("denominateur", declared.parametres.get("denominateur"), known, declared)
        rows = self.delivery.contexte
        rows = rows[rows["serie"].eq(name) & rows["valeur"].notna()]
        return rows[["region", "departement", *known[name].dimensions, "valeur"]]

    @staticmethod
    def known(what: str, name: Any, among: Iterable[str], declared: StatistiqueDeclaree) -> str:
        """`name`, or a `ParametersError` with the nearest one."""
        if name in (among := list(among)):
            return name
        raise ParametersError(Problem(
            f"statistique {declared.nom} : {what} « {name} » inconnu."
            f"{suggestion(str(name), among)}", "parametres", "diffusion.statistiques",
            "edition.yml", reparation=f"valeurs admises : {enumerate_fr(among) or 'aucune'}."))


Recipe = Callable[[StatistiqueDeclaree, Sources], list[Line | Computed]]
RECIPES: dict[str, Recipe] = {}


def recipe(name: str) -> Callable[[Recipe], Recipe]:
    """Register a method: `@recipe("nom")` makes `methode: nom` available in edition.yml."""
    def register(function: Recipe) -> Recipe:
        RECIPES[name] = function
        return function
    return register


@dataclass(frozen=True)
class Declared:
    """Statistics of the edition before the attack: rows, what they tell, tables not released."""

    rows: pd.DataFrame
    constraints: list[Constraint]
    tables: dict[str, pd.DataFrame]

    def told(self, refused: Iterable[str]) -> pd.DataFrame:
        """`statistiques.parquet`: rows by « nom|n »; those that are refused lose their numbers."""
        rows, lost = self.rows.copy(), self.rows["nom"].isin(set(refused))
        rows.loc[lost, NUMBERS] = None
        rows.loc[lost, ["etat", "note"]] = [SECRET, WITHHELD]
        return rows[COLUMNS]


def declared(edition: Edition, delivery: Delivery, cut: Mapping[str, pd.DataFrame]) -> Declared:
    """Every declared statistic, computed; `ParametersError` with all that is wrong."""
    from cepkit.protection import interviews, recipes, surveys, waiting  # noqa: F401 (methods)
    sources, lines, problems = Sources(edition, delivery, cut), [], []
    for one in edition.diffusion.statistiques:
        try:
            method = RECIPES[Sources.known("méthode", one.methode, RECIPES, one)]
            own = edition.carried_by(one.nom)
            lines += [(one, line) for line in method(one, sources)
                      if own is None or line.keys.get("region") in (*own, FRANCE)]
        except ParametersError as error:
            problems += error.problems
    if problems:
        raise ParametersError(problems)
    cells = every({**cut, **sources.hidden}).drop_duplicates(NAME).set_index(NAME)["effectif"]
    rows, facts = [], []
    for number, (one, line) in enumerate(lines):
        name = f"{one.nom}|{getattr(line, 'lot', '') or number}"
        row, told = _published(one, line, cells, edition, name)
        rows.append(row)
        facts += told
    return Declared(pd.DataFrame(rows, columns=["nom", *COLUMNS]).astype(
        dict.fromkeys(NUMBERS, "float64")), facts, sources.hidden)


def rounded(number: float) -> Fraction:
    """A coefficient, exact from here on."""
    return Fraction(round(number * PRECISION), PRECISION)


def _published(one: StatistiqueDeclaree, line: Line | Computed, cells: pd.Series,
               edition: Edition, name: str) -> tuple[dict[str, Any], list[Constraint]]:
    """The row, and what it tells of its cells."""
    row = dict.fromkeys(COLUMNS) | {
        "nom": name, "statistique": one.nom, "annee": str(edition.annee), "region": TOTAL,
        "departement": TOTAL, "operateur": "ensemble", "modalite": TOTAL,
        "mesure": one.parametres.get("mesure", edition.mesure_principale), **line.keys,
        "indicateur": line.indicateur, "etat": PUBLIE, "note": line.note}
    if isinstance(line, Computed):
        row |= {"niveau_confiance": edition.niveau_confiance, **line.shown}
        hidden = SECRET if line.note == WITHHELD else line.shown.get("etat", NON_DISPONIBLE)
        state = {"etat": hidden, "note": line.note, "valeur": None} if line.note else {}
        return row | state, [replace(f, name=name) for f in line.facts]
    row |= {"denominateur": line.denominateur, "unite": line.unite, "base": line.base,
            "methode": line.methode,
            "niveau_confiance": edition.niveau_confiance if line.events else None}
    counts = _counts(line, cells)
    if line.note or counts is None:
        return row | {"etat": NON_DISPONIBLE, "note": line.note or LACKING}, []
    value = sum((c * n for (_, c), n in zip(line.terms, counts, strict=True)), Fraction(0))
    shown, half = round(value, line.decimales), Fraction(10)**-line.decimales / 2
    told = [Constraint(line.terms, shown - half, shown + half, name)]
    row["valeur"] = float(shown)
    if line.events:
        limits, fact = _interval(line, counts, value, shown, edition.niveau_confiance, name)
        row |= limits
        told += fact
    return row, told


def _counts(line: Line, cells: pd.Series) -> list[int] | None:
    """Values of the cells of a line; None when one is missing."""
    keys = pd.DataFrame([k for k, _ in line.terms])
    found = cells.reindex(names(keys)) if len(keys) else cells.iloc[:0]
    return None if found.isna().any() or found.empty else [int(n) for n in found]


def _interval(line: Line, counts: list[int], value: Fraction, shown: Fraction, level: float,
              name: str) -> tuple[dict[str, float], list[Constraint]]:
    """Dobson's limits, and what they tell: a range for the variance sum(c² n).

    Dobson A. J. et al. (1991), Stat. Med. 10, 457-462, doi:10.1002/sim.4780100317.
    """
    total = sum(counts)
    if not total:
        return {}, []
    squares = [(k, c * c) for k, c in line.terms]
    variance = float(sum((c * n for (_, c), n in zip(squares, counts, strict=True)), Fraction(0)))
    scale = sqrt(variance / total)
    low, high = (float(value) + scale * (float(e) - total) for e in events(total, level))
    limits = [round(max(low, 0.0), line.decimales), round(high, line.decimales)]
    unit = 10.0**-line.decimales
    ranges = []
    for limit, event, clipped in zip(limits, events(total, level), (low <= 0, False), strict=True):
        if not clipped:
            away = abs(limit - float(shown))
            per = total / (float(event) - total)**2
            ranges.append((max(away - unit, 0.0)**2 * per, (away + unit)**2 * per))
    least, most = max(r[0] for r in ranges), min(r[1] for r in ranges)
    fact = Constraint(squares, Fraction(least * (1 - MARGIN)), Fraction(most * (1 + MARGIN)), name)
    return {"borne_inf": limits[0], "borne_sup": limits[1]}, [fact]
