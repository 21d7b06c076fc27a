"""Time between two steps, in months, when some persons are still waiting (Kaplan and Meier).

Why nothing more than the rows is told: the curve is computed from the numbers of persons who took
the step, or were seen for the last time, between two printed months. These are told to the attacker
as they are, months by month counts being protected like any other; a period with a small count is
joined to the next. Within a period nobody leaves before its end: exact when everybody is followed
until a printed month, and never shorter than the truth otherwise.
"""

from __future__ import annotations

import pandas as pd

from cepkit.codes import TOTAL
from cepkit.disclosure import Constraint
from cepkit.edition.schema import StatistiqueDeclaree
from cepkit.formats import count
from cepkit.intake.decode import not_stated
from cepkit.intake.shape import BASE
from cepkit.protection.statistics import Computed, Sources, recipe
from cepkit.protection.surveys import groups_of
from cepkit.survival import kaplan_meier, quantile

MEDIAN = "mediane"
METHOD = "Kaplan-Meier, intervalle log-log"
JOINED = "trop peu de personnes à cette période : elle est réunie à la voisine"


@recipe("delai_etapes")
def time_between_steps(declared: StatistiqueDeclaree, sources: Sources) -> list[Computed]:
    """Share who took the step within each printed month (`modalite`), then « mediane ».

    Parameters: `source`, `mesure`, `questions` (one dimension: whole months, see `durees`),
    `issue` ({dimension: modality of those who took the step}; the others were still waiting when
    last seen), `mois` (printed months, increasing), `par` (groups also given apart), `minimum`.
    """
    asked = declared.parametres
    (delay,), (issue,) = asked["questions"], asked["issue"]
    lines = []
    for par in (None, *asked.get("par", ())):
        rows = sources.protect(declared, sources.records(
            declared, [issue, delay, *([par] if par else [])]))
        unknown = not_stated(sources.edition.nomenclatures.get(issue))
        rows = rows[rows[delay].ne("") & rows[issue].ne(unknown)]
        for keys, part in groups_of(declared, sources, rows, par):
            lines += _curve(declared, sources, {**keys, "dimension": delay}, part, delay, issue)
    return lines


def _curve(declared: StatistiqueDeclaree, sources: Sources, keys: dict[str, str],
           rows: pd.DataFrame, delay: str, issue: str) -> list[Computed]:
    asked, level = declared.parametres, sources.edition.niveau_confiance
    months, n, least = list(asked["mois"]), int(rows["effectif"].sum()), sources.minimum(declared)
    if n < least:
        note = f"moins de {count(least, 'personne')} : aucun délai n’est montré"
        return [Computed({**keys, "modalite": str(m)}, declared.titre, {"unite": "part"},
                         note=note) for m in months]
    time = rows[delay].astype(int)
    took = rows[issue].eq(asked["issue"][issue]) & time.le(months[-1])
    counts = pd.DataFrame({"pris": rows["effectif"].where(took, 0),
                           "attente": rows["effectif"].mask(took, 0)}).astype(int)
    ends = periods(counts, time, months, sources.edition.secret.seuil)
    if not ends:
        return [Computed({**keys, "modalite": str(m)}, declared.titre, {"unite": "part"},
                         note=JOINED) for m in months]
    period = _period(time, ends)
    facts, events, left = [], [], []
    for end in ends:
        for kind, into in ((took, events), (~took, left)):
            part = rows[kind & period.eq(end)]
            into.append(int(part["effectif"].sum()))
            if len(part):
                facts.append(Constraint([(_cell(r, rows), 1) for r in part.to_dict("records")],
                                        into[-1], into[-1]))
    curve = kaplan_meier(ends, events, left, level)
    shown, lot = curve.set_index("temps"), "-".join(keys.values())
    lines = []
    for month in months:
        row = {"unite": "part", "denominateur": n, "base": "personnes suivies", "methode": METHOD}
        if month in ends:
            point = shown.loc[month]
            row |= {"valeur": round(1 - point["survie"], 3),
                    "borne_inf": round(1 - point["borne_sup"], 3),
                    "borne_sup": round(1 - point["borne_inf"], 3)}
        lines.append(Computed({**keys, "modalite": str(month)}, declared.titre, row,
                              [] if lines else facts, "" if month in ends else JOINED, lot))
    middle, (low, high) = quantile(curve)
    row = {"unite": "mois", "valeur": middle, "borne_inf": low, "borne_sup": high,
           "denominateur": n, "base": "personnes suivies", "methode": METHOD}
    late = "" if middle == middle else f"la moitié n’est pas atteinte en {months[-1]} mois"
    return [*lines, Computed({**keys, "modalite": MEDIAN}, declared.titre, row, [], late, lot)]


def periods(counts: pd.DataFrame, time: pd.Series, months: list[int], least: int) -> list[int]:
    """Ends of the periods kept: none holds a count from 1 to `least` - 1; [] when none can."""
    ends = list(months)
    while ends:
        small = counts.groupby(_period(time, ends)).sum().reindex(ends, fill_value=0)
        small = small.gt(0) & small.lt(least)
        if not small.any(axis=None):
            return ends
        first = int(small.any(axis=1).to_numpy().argmax())
        del ends[min(first, max(len(ends) - 2, 0))]  # joined to the next, the last to that before
    return []


def _period(time: pd.Series, ends: list[int]) -> pd.Series:
    """End of the period of each time; what lies beyond the last belongs to it."""
    return time.map(lambda t: next((e for e in ends if e >= t), ends[-1]))


def _cell(row: dict, rows: pd.DataFrame) -> dict[str, str]:
    own = [c for c in rows if c not in (*BASE, "effectif", "borne_min", "borne_max", "etat")]
    return {k: row[k] for k in (*BASE, *own) if row[k] != TOTAL or k in BASE}
