"""Controlled rounding: a table told in multiples of a base, whose sums still add up.

Zero-restricted where it can be: each count goes to one of the two multiples around it, a multiple
stays, at the least total change (Cox 1987, doi:10.1080/01621459.1987.10478456). A reader of the
rounded table knows each count to within the base; `audit` works out what the sums add to that.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import sparse

from cepkit.disclosure import cells as cells_module
from cepkit.disclosure import relations as relations_module
from cepkit.disclosure.attacker import new_solver, pass_model, solve_integer
from cepkit.disclosure.cells import UNBOUNDED
from cepkit.errors import DisclosureError


def round_table(
    table: pd.DataFrame,
    *,
    base: int,
    threshold: int = 5,
    hierarchies: Mapping[str, Mapping[str, str]] | None = None,
    totals: str | Mapping[str, str] = "total",
    value: str = "effectif",
) -> pd.DataFrame:
    """The table in multiples of `base`, additive, with `borne_min` and `borne_max` of each count.

    Bounds are what a reader of the rounding knows, never closer than `base` - 1. To attack: the
    same frame, its `value` set to missing, given to `audit` with the other tables of the release.
    A missing count stays missing. Raises `DisclosureError` when the base is below the threshold or
    when no additive rounding within two bases is found.
    """
    if int(base) != base or base < threshold:
        raise DisclosureError(f"La base d’arrondi vaut {base} : il faut un entier d’au moins "
                              f"{threshold}, le seuil.")
    cells = cells_module.collect({"": table}, value=value, totals=totals)
    found = relations_module.build(cells, hierarchies=hierarchies or {}, non_additive={},
                                   tolerance={})
    sums = found.matrix[(found.low == 0) & (found.high == 0)]
    for reach in (1, 2):
        multiples = _multiples(cells, sums, int(base), reach)
        if multiples is not None:
            return _told(table, cells, multiples * int(base), int(base) * reach, value)
    raise DisclosureError(f"Aucun arrondi additif de base {base} n’a été trouvé ; essayer une base "
                          "plus grande ou masquer des cases.")


def _multiples(cells, sums: sparse.csr_matrix, base: int, reach: int) -> np.ndarray | None:
    """Least change: minimise the sum of d, with d >= |base q - x| and the sums of q all kept."""
    n, exact = len(cells), np.where(cells.known, cells.value, 0)
    under, over = exact // base, -(-exact // base)
    low = np.where(cells.known, np.maximum(under - reach + 1, 0), 0)
    high = np.where(cells.known, over + reach - 1, UNBOUNDED)
    eye = sparse.identity(n)
    rules = sparse.bmat([[sums, None], [base * eye, -eye], [-base * eye, -eye]])
    told = np.where(cells.known, exact, UNBOUNDED)
    none = np.full(n, -float(UNBOUNDED))
    solver, zero = new_solver(), np.zeros(sums.shape[0])
    pass_model(solver, rules, np.repeat([0.0, 1.0], n), np.concatenate([low, np.zeros(n)]),
               np.concatenate([high, np.full(n, UNBOUNDED)]), np.concatenate([zero, none, none]),
               np.concatenate([zero, told, np.where(cells.known, -exact, UNBOUNDED)]))
    found = solve_integer(solver, 2 * n)
    if found is None or (sums @ found[:n]).any():
        return None
    return found[:n].astype(np.int64)


def _told(table, cells, rounded: np.ndarray, width: int, value: str) -> pd.DataFrame:
    rows = cells.rows[""]
    missing = ~cells.known[rows]
    number = pd.Series(pd.array(rounded[rows], "Int64"), table.index)
    return table.assign(**{
        value: number.mask(missing),
        "borne_min": (number - width + 1).clip(lower=0).mask(missing),
        "borne_max": (number + width - 1).mask(missing)})
