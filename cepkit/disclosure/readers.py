"""A mask is proved against what readers make of the sums that it leaves, not of the true ones.

Which sums add up is read on those that are known (`relations`). Readers know fewer of them than
`protect`: where the sums that fail are withheld, they take the others of the family at their word.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from cepkit.disclosure.audit import attack, complete
from cepkit.disclosure.cells import Cells
from cepkit.disclosure.problem import Problem
from cepkit.disclosure.relations import Relations, reread, rival
from cepkit.disclosure.secondary import Witnesses, secondary

ROUNDS = 5


def settle(cells: Cells, problem: Problem, found: Relations, budget: int | None
           ) -> tuple[Problem, Witnesses, int, Problem | None]:
    """`secondary`, again until its proofs hold for readers too; their problem when they do not.

    True sums that readers would use are added. False ones are shown whole, so that readers see
    that they are false; where something in them must be withheld, it is not left alone there.
    """
    start, guarded = problem, 0
    for _ in range(ROUNDS):
        trial, witnesses, freed = secondary(start, budget)
        sums = reread(_published(cells, trial), found)
        shown = trial.under(sums)
        now = shown.activity
        true = (now >= sums.low) & (now <= sums.high)
        used = np.isin(sums.origin, sums.origin[_broken(shown, witnesses) & true]) & true
        if true.all() and not used.any():
            return trial, witnesses, freed, None
        closed = ~true & _any(sums.matrix, start.hidden)
        to_show = _cells_of(sums.matrix, ~true & ~closed)
        if not (used.any() or start.hideable[to_show].any() or closed.sum() > guarded):
            break
        guarded = int(closed.sum())
        start = _guarding(start, sums.matrix, used | closed, np.where(true, sums.low, now),
                          np.where(true, sums.high, now))
        start.hideable[to_show] = False
    return trial, witnesses, freed, shown


def _guarding(problem: Problem, matrix: sparse.csr_matrix, rows: np.ndarray, low: np.ndarray,
              high: np.ndarray) -> Problem:
    """The problem with more sums (its facts stay last), and its own `hideable`."""
    both = sparse.vstack([matrix[np.flatnonzero(rows)], problem.matrix]).tocsr()
    return replace(problem, matrix=both, columns=both.tocsc(), hideable=problem.hideable.copy(),
                   row_low=np.concatenate([low[rows], problem.row_low]),
                   row_high=np.concatenate([high[rows], problem.row_high]))


def _published(cells: Cells, problem: Problem) -> Cells:
    return replace(cells, known=cells.known & ~problem.hidden)


def misread(cells: Cells, problem: Problem, found: Relations) -> Problem | None:
    """The problem of readers who take tables for pieces of one another, or None (see `rival`)."""
    seen = _published(cells, problem)
    other = rival(seen, reread(seen, found))
    return None if other is None else problem.under(other)


def withstands(shown: Problem, told: Problem, cells: Cells, wanted: np.ndarray | None,
               doubtful: bool = False) -> np.ndarray:
    """Cells to protect that the attack of the published sums, and of the facts `told`, misses.

    All of them when sums are `doubtful` and the published numbers contradict them.
    """
    first = told.matrix.shape[0] - len(told.facts)
    matrix = sparse.vstack([shown.matrix, told.matrix[first:]]).tocsr()
    seen = replace(told, matrix=matrix, columns=matrix.tocsc(),
                   row_low=np.concatenate([shown.row_low, told.row_low[first:]]),
                   row_high=np.concatenate([shown.row_high, told.row_high[first:]]),
                   value=np.where(told.hidden, 0, told.value), low=told.low.copy(),
                   hidden=told.hidden.copy(), aim=np.zeros_like(told.aim),
                   hideable=np.zeros_like(told.hideable))
    gaps = complete(seen, np.flatnonzero(seen.hidden), cells.low)
    if doubtful and len(gaps):
        return np.ones(len(told.aim), bool)
    targets = np.flatnonzero((told.aim != 0) & told.hidden)
    ranges, counts = attack(seen, targets, exact=False, wanted=wanted)
    out = np.zeros(len(told.aim), bool)
    out[targets] = counts > 1
    return out if wanted is None else out & (ranges.high >= wanted)


def _broken(shown: Problem, witnesses: Witnesses) -> np.ndarray:
    """Sums that some proof in use does not leave as readers know them."""
    out = np.zeros(len(shown.row_low), bool)
    for number in set(witnesses.of.values()):
        ids, step = witnesses.moves[number]
        if not shown.allows(ids, step, shown.hidden):
            rows = shown.rows_of(ids)
            moved = shown.activity[rows] + shown.columns[:, ids].tocsr()[rows].astype(int) @ step
            out[rows[(moved < shown.row_low[rows]) | (moved > shown.row_high[rows])]] = True
    return out


def _any(matrix: sparse.csr_matrix, cells: np.ndarray) -> np.ndarray:
    return abs(matrix) @ cells.astype(float) > 0


def _cells_of(matrix: sparse.csr_matrix, rows: np.ndarray) -> np.ndarray:
    return np.unique(matrix[np.flatnonzero(rows)].indices)
