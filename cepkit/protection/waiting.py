"""Time between two steps, in months, when some persons are still waiting (Kaplan and Meier).

Why nothing more than the rows is told: the curve is computed from the numbers of persons who took
the step, or were seen for the last time, between two printed months. These are told to the attacker
as they are, months by month counts being protected like any other; a period with a small count is
joined to the next, in all curves of the region at once: a period that one group alone had joined
would be worked out from the whole less the other group. The persons still waiting at a month follow
from the same counts. Within a period nobody leaves before its end: exact when everybody is followed
until a printed month, and never shorter than the truth otherwise.
"""

from __future__ import annotations

import pandas as pd

from cepkit.codes import SECRET
from cepkit.edition.schema import StatistiqueDeclaree
from cepkit.formats import count
from cepkit.intake.decode import not_stated
from cepkit.protection.statistics import Computed, Sources, recipe
from cepkit.protection.surveys import counted, groups_of
from cepkit.survival import kaplan_meier, quantile

MEDIAN = "mediane"
TIME, TOOK = "temps", "pris"
METHOD = "Kaplan-Meier, intervalle log-log"
JOINED = "trop peu de personnes à cette période : elle est réunie à la voisine"


@recipe("delai_etapes")
def time_between_steps(declared: StatistiqueDeclaree, sources: Sources) -> list[Computed]:
    """Share who took the step within each printed month (`modalite`), then « mediane ».

    Parameters: `source`, `mesure`, `questions` (one dimension: whole months, see `durees` and
    `delais`), `issue` ({dimension: modality of those who took the step}; the others were still
    waiting when last seen), `mois` (printed months, increasing), `par` (groups also given apart),
    `minimum`.
    """
    asked, edition = declared.parametres, sources.edition
    (delay,), (issue,) = asked["questions"], asked["issue"]
    found: dict[str, list[tuple[dict[str, str], pd.DataFrame]]] = {}
    for par in (None, *asked.get("par", ())):
        rows = sources.protect(declared, sources.records(
            declared, [issue, delay, *([par] if par else [])]))
        unknown = not_stated(edition.nomenclatures.get(issue))
        rows = rows[rows[delay].ne("") & rows[issue].ne(unknown)]
        for keys, part in groups_of(declared, sources, rows, par):
            part = part.assign(**{TIME: part[delay].astype(int)})
            part[TOOK] = part[issue].eq(asked["issue"][issue]) & part[TIME].le(asked["mois"][-1])
            found.setdefault(keys["region"], []).append(({**keys, "dimension": delay}, part))
    lines, least = [], sources.minimum(declared)
    for groups in found.values():
        ends = periods([g for _, g in groups if g["effectif"].sum() >= least],
                       list(asked["mois"]), edition.secret.seuil)
        for keys, group in groups:
            lines += _curve(declared, sources, keys, group, ends)
    return lines


def _curve(declared: StatistiqueDeclaree, sources: Sources, keys: dict[str, str],
           rows: pd.DataFrame, ends: list[int]) -> list[Computed]:
    asked, level = declared.parametres, sources.edition.niveau_confiance
    months, n, least = list(asked["mois"]), int(rows["effectif"].sum()), sources.minimum(declared)
    if n < least:
        note = f"moins de {count(least, 'personne')} : aucun délai n’est montré"
        return [Computed({**keys, "modalite": str(m)}, declared.titre, {"unite": "part"},
                         note=note) for m in months]
    hidden = {"unite": "part", "etat": SECRET}
    if not ends:
        return [Computed({**keys, "modalite": str(m)}, declared.titre, hidden, note=JOINED)
                for m in months]
    dims = [keys["dimension"], *asked["issue"], *([keys["par"]] if "par" in keys else [])]
    took, period = rows[TOOK], _period(rows[TIME], ends)
    facts, events, left = [], [], []
    for end in ends:
        for kind, into in ((took, events), (~took, left)):
            part = rows[kind & period.eq(end)]
            into.append(int(part["effectif"].sum()))
            if len(part):
                facts.append(counted(part, dims))
    curve = kaplan_meier(ends, events, left, level)
    shown, lot = curve.set_index("temps"), "-".join(keys.values())
    lines = []
    for month in months:
        row = hidden
        if month in ends:
            point = shown.loc[month]
            row = {"unite": "part", "denominateur": int(point["a_risque"]), "methode": METHOD,
                   "base": "personnes encore suivies et en attente",
                   "valeur": round(1 - point["survie"], 3),
                   "borne_inf": round(1 - point["borne_sup"], 3),
                   "borne_sup": round(1 - point["borne_inf"], 3)}
        lines.append(Computed({**keys, "modalite": str(month)}, declared.titre, row,
                              [] if lines else facts, "" if month in ends else JOINED, lot))
    middle, (low, high) = quantile(curve)
    row = {"unite": "mois", "valeur": middle, "borne_inf": low, "borne_sup": high,
           "denominateur": n, "base": "personnes suivies", "methode": METHOD}
    late = "" if middle == middle else f"la moitié n’est pas atteinte en {months[-1]} mois"
    return [*lines, Computed({**keys, "modalite": MEDIAN}, declared.titre, row, [], late, lot)]


def periods(groups: list[pd.DataFrame], months: list[int], least: int) -> list[int]:
    """Ends of the periods kept: in no group does one hold a count from 1 to `least` - 1.

    A group has one row a time (`TIME`) and outcome (`TOOK`), with its `effectif`. [] when no
    period can be kept.
    """
    ends = list(months) if groups else []
    while ends:
        counts = pd.concat([g.groupby([_period(g[TIME], ends), g[TOOK]])["effectif"].sum()
                            for g in groups])
        small = counts[counts.gt(0) & counts.lt(least)]
        if small.empty:
            return ends
        first = ends.index(small.index.get_level_values(TIME).min())
        del ends[min(first, max(len(ends) - 2, 0))]  # joined to the next, the last to that before
    return []


def _period(time: pd.Series, ends: list[int]) -> pd.Series:
    """End of the period of each time; what lies beyond the last belongs to it."""
    return time.map(lambda t: next((e for e in ends if e >= t), ends[-1]))

