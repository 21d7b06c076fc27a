"""The attack: the exact integer range of each hidden cell, from what is published alone.

A first completion is found, then others: short moves around each cell, or, where these fail and
where exact ranges are asked, the extreme values over the whole group of cells tied together.
Every value reported as possible was reached by a completion checked in integers.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from cepkit.disclosure.attacker import (
    Block,
    Move,
    components,
    integer_move,
    new_solver,
    pass_model,
    solve_integer,
    to_integer,
)
from cepkit.disclosure.cells import UNBOUNDED
from cepkit.disclosure.completion import completion
from cepkit.disclosure.problem import ANY, INFINITE, Problem
from cepkit.disclosure.secondary import suppress

COUNTED = 12  # ranges up to this width are counted value by value, in groups up to this size:
SMALL_GROUP = 500
LARGE = 15_000  # cells of a group whose completion is rounded, then mended
FAR = 1e8  # a step that nothing but this limit stops has no bound


def complete(problem: Problem, unknown: np.ndarray, declared: np.ndarray) -> np.ndarray:
    """Give unknown cells (in place, in `value`) integers that agree with all relations.

    Where the published tables contradict each other, hidden cells are first allowed down to their
    `declared` bound (the source hid zeros too); then the relations with the least sum of gaps are
    opened: nothing is deduced from them. Returns these relations.
    """
    free = np.zeros(len(problem.value), bool)
    free[unknown] = True
    problem.value[unknown] = problem.low[unknown]
    problem.forget()
    moves, broken = [], [np.zeros(0, np.int64)]
    for ids in components(problem, np.sort(unknown)):
        move = _feasible(problem, ids, free)
        if move is None:
            problem.low[ids] = problem.value[ids] = declared[ids]
            problem.forget()
            move = _feasible(problem, ids, free)
        while move is None:
            broken.append(_contradicted(problem, ids))
            problem.row_low[broken[-1]], problem.row_high[broken[-1]] = -UNBOUNDED, UNBOUNDED
            move = _feasible(problem, ids, free)
        moves.append(move)
    for ids, steps in moves:
        problem.value[ids] += steps
    problem.forget()
    return np.unique(np.concatenate(broken))


def _feasible(problem: Problem, ids: np.ndarray, free: np.ndarray) -> Move | None:
    if len(ids) > LARGE:
        return completion(problem, ids, free)
    block = Block(problem, ids, free)
    _, steps = block.solve()
    if steps is None:
        return None
    return to_integer(problem, block.ids, steps, free, scales=(1,)) or integer_move(
        problem, ids, free)


def _contradicted(problem: Problem, ids: np.ndarray) -> np.ndarray:
    """Relations to give up so that the others agree: least sum of gaps, all when it is zero."""
    rows = problem.rows_of(ids)
    part = problem.columns[:, ids].tocsr()[rows]
    gaps = sparse.identity(len(rows))
    solver = new_solver()
    n, m = len(ids), len(rows)
    pass_model(solver, sparse.hstack([part, gaps, -gaps]), np.repeat([0.0, 1.0], [n, 2 * m]),
               np.concatenate([(problem.low - problem.value)[ids], np.zeros(2 * m)]),
               np.concatenate([(problem.high - problem.value)[ids], np.full(2 * m, UNBOUNDED)]),
               *problem.slack(rows))
    solver.run()
    gap = np.array(solver.getSolution().col_value)[n:].reshape(2, m).sum(axis=0)
    return rows[gap > 1e-6] if (gap > 1e-6).any() else rows


@dataclass
class Ranges:
    """Smallest and largest integer that each cell can take, and how many; by cell position."""

    low: np.ndarray
    high: np.ndarray
    seen: dict[int, set[int]]
    value: np.ndarray

    @classmethod
    def at(cls, problem: Problem) -> Ranges:
        """Only the known completion."""
        return cls(problem.value.copy(), problem.value.copy(), {}, problem.value)

    def note(self, move: Move) -> None:
        """One more completion."""
        ids, steps = move
        reached = self.value[ids] + steps
        self.low[ids] = np.minimum(self.low[ids], reached)
        self.high[ids] = np.maximum(self.high[ids], reached)
        if len(ids) <= SMALL_GROUP:
            for cell, number in zip(ids.tolist(), reached.tolist(), strict=True):
                self.seen.setdefault(cell, set()).add(number)

    def count(self, cell: int) -> int:
        """Values known to be possible in the range of a cell."""
        return len(self.seen.get(cell, set()) | {int(self.value[cell])})


class Reach:
    """Programme over one group of hidden cells: how far can one go? One column a cell."""

    def __init__(self, problem: Problem, ids: np.ndarray):
        self.problem, self.ids = problem, np.sort(ids)
        self.free = problem.hidden
        self.low = np.maximum((problem.low - problem.value)[self.ids], -FAR)
        self.high = np.minimum((problem.high - problem.value)[self.ids], FAR)
        self.solver = new_solver()
        self._pass(self.solver, np.zeros(len(self)))
        self.solver.setOptionValue("simplex_strategy", 4)  # primal: only the objective changes

    def __len__(self) -> int:
        return len(self.ids)

    def _pass(self, solver: highspy.Highs, cost: np.ndarray) -> None:
        rows = self.problem.rows_of(self.ids)
        part = self.problem.columns[:, self.ids].tocsr()[rows]
        pass_model(solver, part, cost, self.low, self.high, *self.problem.slack(rows))

    def extreme(self, k: int, sign: int, beyond: int) -> Move | None:
        """Completion with the largest (sign 1) or smallest (-1) integer value of one cell.

        None when no integer lies further than `beyond` (a step already reached). A cell without
        any bound on that side raises `OverflowError`.
        """
        self.solver.changeColCost(k, -float(sign))
        steps = self._solve()
        self.solver.changeColCost(k, 0.0)
        if steps is None:
            return None
        if sign * steps[k] > FAR / 2:
            raise OverflowError
        if np.floor(sign * steps[k] + 1e-6) <= beyond:
            return None
        move = to_integer(self.problem, self.ids, steps, self.free, scales=(1,))
        return move or self._extreme_integer(k, sign, beyond)

    def _extreme_integer(self, k: int, sign: int, beyond: int) -> Move | None:
        cost = np.zeros(len(self))
        cost[k] = -float(sign)
        solver = new_solver()
        self._pass(solver, cost)
        steps = solve_integer(solver, len(self))
        if steps is None or sign * steps[k] <= beyond:
            return None
        return to_integer(self.problem, self.ids, steps, self.free, scales=(1,))

    def exactly(self, k: int, step: int) -> Move | None:
        """Completion that takes one cell `step` away, or None."""
        self.solver.changeColBounds(k, float(step), float(step))
        steps = self._solve()
        self.solver.changeColBounds(k, self.low[k], self.high[k])
        if steps is None:
            return None
        move = to_integer(self.problem, self.ids, steps, self.free, scales=(1,))
        if move is None:
            solver = new_solver()
            self._pass(solver, np.zeros(len(self)))
            solver.changeColBounds(k, float(step), float(step))
            whole = solve_integer(solver, len(self))
            move = None if whole is None else to_integer(
                self.problem, self.ids, whole, self.free, scales=(1,))
        return move

    def _solve(self) -> np.ndarray | None:
        self.solver.run()
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.array(self.solver.getSolution().col_value)


def attack(
    problem: Problem, targets: np.ndarray, *, exact: bool, wanted: np.ndarray | None = None
) -> tuple[Ranges, np.ndarray]:
    """Ranges of the hidden cells `targets`, and how many values each can take.

    With `exact`, both ends of each range. Else it stops, for each cell, at proof enough: two
    values, or one of at least `wanted` (by cell) where it is given; ranges are what was reached.
    """
    ranges = Ranges.at(problem)
    left = np.zeros(len(problem.value), bool)
    left[targets] = True
    if not exact:
        missing = np.full(len(left), ANY) if wanted is None else wanted - problem.value
        problem.aim[targets] = np.where(missing == 0, ANY, missing)[targets]
        problem.aim[targets[missing[targets] < ANY]] = 0  # already at its aim
        witnesses, lost = suppress(problem)
        for move in witnesses.moves:
            ranges.note(move)
        left[:] = False
        left[lost] = True
    for ids in components(problem, np.flatnonzero(problem.hidden)):
        if not left[ids].any():
            continue
        reach = Reach(problem, ids)
        for k in np.flatnonzero(left[reach.ids]):
            _both_ends(reach, ranges, int(k), exact or wanted is None)
    return ranges, _counts(problem, ranges, targets, exact)


def _both_ends(reach: Reach, ranges: Ranges, k: int, both: bool) -> None:
    cell = reach.ids[k]
    for sign, ends in ((1, ranges.high), (-1, ranges.low)):
        if sign < 0 and not both:
            return
        try:
            move = reach.extreme(k, sign, int(sign * (ends[cell] - ranges.value[cell])))
        except OverflowError:
            ends[cell] = sign * int(INFINITE)
            continue
        if move is not None:
            ranges.note(move)


def _counts(problem: Problem, ranges: Ranges, targets: np.ndarray, exact: bool) -> np.ndarray:
    width = ranges.high[targets] - ranges.low[targets] + 1
    if not exact:
        return width
    narrow = targets[(width > 2) & (width <= COUNTED)]
    holes = {}
    for ids in components(problem, np.flatnonzero(problem.hidden)):
        inside = np.intersect1d(ids, narrow)
        if not len(inside) or len(ids) > SMALL_GROUP:
            continue
        reach = Reach(problem, ids)
        for cell in inside.tolist():
            k = int(np.searchsorted(reach.ids, cell))
            for number in range(int(ranges.low[cell]) + 1, int(ranges.high[cell])):
                if number not in ranges.seen.get(cell, ()) and number != ranges.value[cell]:
                    move = reach.exactly(k, number - int(ranges.value[cell]))
                    if move is not None:
                        ranges.note(move)
            holes[cell] = ranges.count(cell)
    return np.array([holes.get(int(c), int(w)) for c, w in zip(targets, width, strict=True)])
