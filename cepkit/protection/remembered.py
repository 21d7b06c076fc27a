"""Statistics that earlier versions published: known for good, whatever the edition declares now."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

import pandas as pd

from cepkit.codes import NON_DIFFUSE
from cepkit.disclosure import Constraint
from cepkit.intake.decode import total_code
from cepkit.intake.shape import BASE
from cepkit.protection.cells import NAME, names

PAST = "@"  # before the name of a constraint that nothing can take back


def packed(constraints: Iterable[Constraint]) -> str:
    """Constraints as JSON: bounds and coefficients are exact fractions."""
    return json.dumps([[c.name.removeprefix(PAST), str(c.low), str(c.high),
                        [[keys, str(n)] for keys, n in c.terms]] for c in constraints],
                      ensure_ascii=False)


def unpacked(text: str) -> list[Constraint]:
    return [Constraint([(keys, Fraction(n)) for keys, n in terms], Fraction(low), Fraction(high),
                       f"{PAST}{name}", known=True) for name, low, high, terms in json.loads(text)]


def standing(past: Iterable[Constraint], today: Iterable[Constraint],
             cells: pd.DataFrame) -> list[Constraint]:
    """What earlier versions told that still holds, less what is told again today.

    One that the counts of today contradict rested on counts that were corrected since.
    """
    value = cells.drop_duplicates(NAME).set_index(NAME)["effectif"]
    found = {packed([replace(c, name="")]): c for c in past}
    for one in today:
        found.pop(packed([replace(one, name="")]), None)
    out = []
    for one in found.values():
        counts = value.reindex(names(pd.DataFrame([k for k, _ in one.terms])))
        if counts.isna().any() or one.low <= sum(
                (n * int(x) for (_, n), x in zip(one.terms, counts, strict=True)),
                Fraction(0)) <= one.high:
            out.append(one)
    return out


def unseen(constraints: Iterable[Constraint], cells: pd.DataFrame) -> pd.DataFrame:
    """Cells that these name and that no table holds any more, without a value."""
    rows = pd.DataFrame([keys for c in constraints for keys, _ in c.terms])
    if rows.empty:
        return rows
    rows = rows.fillna({k: total_code(k) for k in rows if k not in BASE})
    case = names(rows)
    rows = rows[~case.isin(set(cells[NAME])) & ~case.duplicated()].reset_index(drop=True)
    return rows.assign(effectif=pd.array([pd.NA] * len(rows), "Int64"), etat=NON_DIFFUSE)
