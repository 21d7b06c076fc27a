"""A first integer completion of a large group of hidden cells: rounded, then mended.

The feasibility pump (Fischetti, Glover and Lodi 2005, doi:10.1007/s10107-004-0570-3), where only
the cells around the sums that fail move: a programme in thousands of integers would not end.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from cepkit.disclosure.attacker import Move, new_solver, pass_model
from cepkit.disclosure.problem import Problem

ROUNDS = 30
FURTHER = 3  # steps of the other cells for one of a cell that must change
ROOM = 2  # steps down that the other completions will want
RINGS = 4  # how far around the sums that fail cells may move
FAR = 2.0**30  # steps further than this one are not looked for


def completion(problem: Problem, ids: np.ndarray, free: np.ndarray) -> Move | None:
    """Integer steps of the cells `ids` that take `value` to a completion; None if none is found."""
    group = _Group.of(problem, ids)
    return group.integer(problem, free, group.start())


def other_completion(problem: Problem, free: np.ndarray, targets: np.ndarray, seed: int
                     ) -> Move | None:
    """Move to another completion, where as many `targets` as it can change: each one its way."""
    group = _Group.of(problem, np.flatnonzero(free))
    wanted = np.isin(group.ids, targets)
    aim = max(1, int(problem.aim[targets].max(initial=1)))
    way = np.where(problem.aim[group.ids] > 0, 1, np.random.default_rng(seed).choice(
        [1, -1], len(wanted)))
    way = np.where((group.high < 1) & (way > 0) | (group.low > -1) & (way < 0), -way, way)
    most = np.where(wanted, aim, FURTHER * aim)
    group.low, group.high = np.maximum(group.low, -most), np.minimum(group.high, most)
    return group.integer(problem, free, _solved(group.matrix, np.where(wanted, -way, 0), group.low,
                                                group.high, group.down, group.up))


@dataclass
class _Group:
    """Cells that move together, as steps from `value`: bounds of the steps, room of their sums."""

    ids: np.ndarray
    matrix: sparse.csc_matrix
    low: np.ndarray
    high: np.ndarray
    down: np.ndarray
    up: np.ndarray

    @classmethod
    def of(cls, problem: Problem, ids: np.ndarray) -> _Group:
        ids = np.sort(ids)
        rows = problem.rows_of(ids)
        return cls(ids, problem.columns[:, ids].tocsr()[rows].tocsc(),
                   np.maximum((problem.low - problem.value)[ids], -FAR).astype(float),
                   np.minimum((problem.high - problem.value)[ids], FAR).astype(float),
                   *problem.slack(rows))

    def start(self) -> np.ndarray | None:
        """Steps, not integers, of a completion that leaves as many cells as it can room to go down.

        Two columns a cell: the first `ROOM` steps earn something, the others cost next to nothing.
        """
        n = len(self.ids)
        price = np.random.default_rng(1).random(n)
        first = np.minimum(self.high - self.low, ROOM)
        at_low = self.matrix @ self.low
        found = _solved(sparse.hstack([self.matrix, self.matrix]),
                        np.concatenate([-1 - price, price / 100]), np.zeros(2 * n),
                        np.concatenate([first, self.high - self.low - first]),
                        self.down - at_low, self.up - at_low)
        return None if found is None else self.low + found[:n] + found[n:]

    def integer(self, problem: Problem, free: np.ndarray, steps: np.ndarray | None) -> Move | None:
        """Steps rounded, then the least ones, as a sum, that mend the sums that fail, and so on.

        When rounding no longer helps, these are looked for as integers.
        """
        touches = abs(self.matrix).astype(bool).astype(float)
        failed = np.inf
        for _ in range(ROUNDS if steps is not None else 0):
            whole = np.round(steps).clip(self.low, self.high)
            now = self.matrix @ whole
            fails = (now < self.down - 1e-6) | (now > self.up + 1e-6)
            if not fails.any():
                move = self.ids[whole != 0], whole[whole != 0].astype(np.int64)
                return move if problem.allows(*move, free) else None
            stalls, failed = fails.sum() >= failed, fails.sum()
            for rings in range(1 + stalls, RINGS + 1):
                near = _around(touches, fails, rings)
                moved = self._mended(near, whole, now, stalls)
                if moved is not None:
                    break
            else:
                return None
            steps = whole
            steps[near] += moved
        return None

    def _mended(self, near, whole, now, integer: bool) -> np.ndarray | None:
        """Least steps of the cells `near` after which no sum fails."""
        part = self.matrix[:, near].tocsr()
        rows = np.flatnonzero(np.diff(part.indptr))
        n = len(near)
        found = _solved(sparse.hstack([part, -part]).tocsr()[rows], np.ones(2 * n),
                        np.zeros(2 * n), np.concatenate([(self.high - whole)[near],
                                                         (whole - self.low)[near]]),
                        (self.down - now)[rows], (self.up - now)[rows], integer)
        return None if found is None else found[:n] - found[n:]


def _around(touches: sparse.csc_matrix, fails: np.ndarray, rings: int) -> np.ndarray:
    """Cells of the sums that fail, and of all sums that touch them, over and over."""
    cells = touches.T @ fails.astype(float) > 0
    for _ in range(rings):
        cells = touches.T @ (touches @ cells.astype(float) > 0).astype(float) > 0
    return np.flatnonzero(cells)


def _solved(matrix, cost, low, high, row_low, row_high, integer: bool = False
            ) -> np.ndarray | None:
    """Columns of least cost, or None."""
    solver = new_solver()
    options = {"solver": "choose", "mip_max_nodes": 500} if integer else {"solver": "ipm"}
    for name, value in {"presolve": "on", **options}.items():
        solver.setOptionValue(name, value)
    pass_model(solver, matrix, cost, low, high, row_low, row_high)
    if integer:
        kinds = np.full(len(cost), highspy.HighsVarType.kInteger)
        solver.changeColsIntegrality(len(cost), np.arange(len(cost), dtype=np.int32), kinds)
    solver.run()
    solved = solver.getInfo().primal_solution_status == 2
    return np.array(solver.getSolution().col_value) if solved else None
