"""Controlled rounding: tables told in multiples of a base, whose sums still add up.

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
    """`round_tables` of one table."""
    return round_tables({"": table}, base=base, threshold=threshold, hierarchies=hierarchies,
                        totals=totals, value=value)[""]


def round_tables(
    tables: Mapping[str, pd.DataFrame],
    *,
    base: int,
    threshold: int = 5,
    hierarchies: Mapping[str, Mapping[str, str]] | None = None,
    totals: str | Mapping[str, str] = "total",
    value: str = "effectif",
    previous: pd.DataFrame | None = None,
) -> dict[str, pd.DataFrame]:
    """Tables in multiples of `base`, additive, with `borne_min` and `borne_max` of each count.

    Bounds are what a reader of the rounding knows, never closer than `base` - 1. To attack: the
    same frames, their `value` set to missing, given to `audit` with the rest of the release.
    A missing count stays missing. `previous` (keys and `value`): an earlier rounding, kept where
    it is still one of the two multiples around the count and the sums allow it, since two roundings
    of one count tell more than one. Raises `DisclosureError` when the base is below the threshold
    or when no additive rounding within two bases is found.
    """
    if int(base) != base or base < threshold:
        raise DisclosureError(f"La base d’arrondi vaut {base} : il faut un entier d’au moins "
                              f"{threshold}, le seuil.")
    cells = cells_module.collect(tables, value=value, totals=totals, hierarchies=hierarchies)
    found = relations_module.build(cells, non_additive={}, tolerance={})
    sums = found.matrix[(found.low == 0) & (found.high == 0)]
    kept = _kept(cells, previous, int(base), value)
    for reach, same in (((1, kept),) if (kept >= 0).any() else ()) + ((1, None), (2, None)):
        multiples = _multiples(cells, sums, int(base), reach, same)
        if multiples is not None:
            return {name: _told(frame, cells, cells.rows[name], multiples * int(base),
                                int(base) * reach, value) for name, frame in tables.items()}
    raise DisclosureError(f"Aucun arrondi additif de base {base} n’a été trouvé ; essayer une base "
                          "plus grande ou masquer des cases.")


def _kept(cells, previous: pd.DataFrame | None, base: int, value: str) -> np.ndarray:
    """Multiple that an earlier rounding gave each cell, -1 where there is none or it is too far."""
    kept = np.full(len(cells), -1)
    if previous is not None and len(previous):
        codes = cells_module.encode(previous.reset_index(drop=True), cells)
        found, told = cells.find(codes), previous[value].to_numpy(float)
        near = (found >= 0) & (codes >= 0).all(axis=1) & cells.known[found] & (
            np.abs(told - cells.value[found]) < base) & (told % base == 0)
        kept[found[near]] = told[near] // base
    return kept


def _multiples(cells, sums: sparse.csr_matrix, base: int, reach: int,
               kept: np.ndarray | None) -> np.ndarray | None:
    """Least change: minimise the sum of d, with d >= |base q - x| and the sums of q all kept."""
    n, exact = len(cells), np.where(cells.known, cells.value, 0)
    under, over = exact // base, -(-exact // base)
    low = np.where(cells.known, np.maximum(under - reach + 1, 0), 0)
    high = np.where(cells.known, over + reach - 1, UNBOUNDED)
    if kept is not None:
        low, high = (np.where(kept >= 0, kept, end) for end in (low, high))
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


def _told(table, cells, rows: np.ndarray, rounded: np.ndarray, width: int,
          value: str) -> pd.DataFrame:
    missing = ~cells.known[rows]
    number = pd.Series(pd.array(rounded[rows], "Int64"), table.index)
    return table.assign(**{
        value: number.mask(missing),
        "borne_min": (number - width + 1).clip(lower=0).mask(missing),
        "borne_max": (number + width - 1).mask(missing)})
