"""Coded interviews: how many speak of each theme, and of two themes together.

Counts of persons like any other: each is told to the attacker as it is, and refused when small or
when the others give it away. What any reader knows of sets is told first: a pair counts no more
than each of its themes, and no less than what their sum leaves over; the same for three themes.
"""

from __future__ import annotations

from itertools import combinations

import pandas as pd

from cepkit.disclosure import Constraint
from cepkit.edition.schema import StatistiqueDeclaree
from cepkit.formats import count
from cepkit.intake.shape import BASE
from cepkit.protection.statistics import Computed, Sources, recipe
from cepkit.protection.surveys import modalities

UNIT = {"unite": "entretiens", "base": "entretiens", "methode": "dénombrement",
        "niveau_confiance": None}
Cell = dict[str, str]


@recipe("entretiens_codes")
def coded_interviews(declared: StatistiqueDeclaree, sources: Sources) -> list[Computed]:
    """Number of interviews (« total »), of those that speak of each theme, then of each pair.

    Parameters: `source`, `mesure`, `questions` (the dimension of the codes), `par` (the dimension
    that repeats it for pairs: see `multiples`). A pair has its second theme in `groupe`. Nothing
    is shown below `minimum_entretiens`.
    """
    (theme,), (other,) = declared.parametres["questions"], declared.parametres["par"]
    heads, ones, pairs = (sources.protect(declared, sources.records(declared, dims))
                          for dims in ([], [theme], [theme, other]))
    codes, lines = modalities(declared, sources, theme), []
    for row in heads.to_dict("records"):
        n, least = int(row["effectif"]), sources.minimum(declared, "entretiens")
        keys = {"region": row["region"], "dimension": theme}
        if n < least:
            lines.append(Computed(keys, declared.titre, UNIT, note=(
                f"moins de {count(least, 'entretien')} : aucune grille n’est montrée")))
            continue
        seen = _cells(ones, row["region"], [theme]) | _cells(pairs, row["region"], [theme, other])
        whole = {k: row[k] for k in BASE}
        lines.append(_line(declared, keys, n, n, whole, _sets(whole, n, seen, codes)))
        for said in [(c,) for c in codes] + list(combinations(codes, 2)):
            own = {**keys, "modalite": said[0]} | (
                {"par": other, "groupe": said[1]} if len(said) == 2 else {})
            cell, found = seen.get(said, (None, 0))
            lines.append(_line(declared, own, found, n, cell, []))
    return lines


def _cells(frame: pd.DataFrame, region: str, dims: list[str]) -> dict[tuple, tuple[Cell, int]]:
    rows = frame[frame["region"].eq(region)].to_dict("records")
    return {tuple(r[d] for d in dims): ({k: r[k] for k in (*BASE, *dims)}, int(r["effectif"]))
            for r in rows}


def _line(declared: StatistiqueDeclaree, keys: Cell, found: int, n: int, cell: Cell | None,
          more: list[Constraint]) -> Computed:
    told = [Constraint([(cell, 1)], found, found)] if cell else []
    return Computed(keys, declared.titre, {**UNIT, "valeur": found, "denominateur": n},
                    [*told, *more])


def _sets(whole: Cell, n: int, seen: dict[tuple, tuple[Cell, int]],
          codes: list[str]) -> list[Constraint]:
    """What holds of any sets: for two, max(0, A + B - n) <= AB <= min(A, B); for three,
    AB + AC - BC <= A. A pair that nobody speaks of counts zero, and is left out of the sums."""
    facts = []

    def below(*terms: tuple[Cell | None, int]) -> None:
        facts.append(Constraint([(c, s) for c, s in terms if c], -2 * n, 0))
    at = {k: c for k, (c, _) in seen.items()}
    for a, b in combinations([c for c in codes if (c,) in at], 2):
        both = at.get((a, b))
        below((at[(a,)], 1), (at[(b,)], 1), (whole, -1), (both, -1))
        for one in (a, b) if both else ():
            below((both, 1), (at[(one,)], -1))
    for trio in combinations([c for c in codes if (c,) in at], 3):
        for a in trio:
            b, c = (x for x in trio if x != a)
            ab, ac, bc = (at.get(tuple(sorted(p, key=codes.index))) for p in
                          ((a, b), (a, c), (b, c)))
            if ab or ac:
                below((ab, 1), (ac, 1), (bc, -1), (at[(a,)], -1))
    return facts
