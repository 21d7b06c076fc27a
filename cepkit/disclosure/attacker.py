"""What an attacker can do: move hidden cells while all that is published stays true.

A move is a vector of steps y from the known completion: `A y` within the slack of each relation,
every cell within its bounds. The linear programme of a block finds the cheapest move that takes one
cell where it must go; moves are then proved in integers (`Problem.allows`), by scaling, or by a
small mixed integer programme when the vertex is fractional.
"""

from __future__ import annotations

import highspy
import numpy as np
from highspy import _core
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from cepkit.disclosure.problem import INFINITE, Problem, take

SCALES = (1, 2, 3, 4, 6)  # what makes the usual half and third steps integers
TINY = 1e-7
LARGEST = 2_000  # cells around one that an integer programme takes first
NODES = 500  # branch-and-bound nodes of the small integer programme

Move = tuple[np.ndarray, np.ndarray]  # cells, integer steps


def neighbourhood(
    problem: Problem, seed: int, free: np.ndarray, size: int, narrow: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Free cells around one, nearest first, until `size` is passed; those well inside.

    All are well inside when there are no more; else the cell and its neighbours are. `narrow`: only
    cells broken down like the first one, but for one dimension: its table and the nearest margins.
    """
    if narrow:
        other = problem.broken_down ^ problem.broken_down[seed]
        free = free & (other & (other - 1) == 0)
    seen = np.zeros(len(free), bool)
    seen[seed] = True
    frontier, found, total = np.array([seed]), [np.array([seed])], 1
    while len(frontier) and total < size:
        near = take(problem.matrix, problem.rows_of(frontier))
        fresh = np.zeros(len(free), bool)
        fresh[near[free[near] & ~seen[near]]] = True
        frontier = np.flatnonzero(fresh)
        if total + len(frontier) > size:
            worth = np.where(problem.hidden[frontier], 0, problem.cost[frontier])
            frontier = frontier[np.lexsort((frontier, worth))[: size - total]]
        seen[frontier] = True
        found.append(frontier)
        total += len(frontier)
    ids = np.concatenate(found)
    return ids, ids if total < size else np.concatenate(found[:2])


def step_costs(problem: Problem, ids: np.ndarray) -> np.ndarray:
    """Cost of a unit step: that of hiding the cell, next to nothing when it is hidden."""
    price = np.maximum(problem.cost[ids], 1e-2)
    return np.where(problem.hidden[ids], 1e-3, price)


class Block:
    """Linear programme of the moves of some cells, all others standing still.

    Two columns a cell: steps up, then steps down.
    """

    def __init__(self, problem: Problem, ids: np.ndarray, free: np.ndarray):
        self.problem, self.ids, self.free = problem, np.sort(ids), free
        self.up = _finite(problem.high[self.ids] - problem.value[self.ids])
        self.down = _finite(problem.value[self.ids] - problem.low[self.ids])
        self.solver = new_solver()
        rows = problem.rows_of(self.ids)
        part = problem.columns[:, self.ids].tocsr()[rows]
        costs = np.tile(step_costs(problem, self.ids), 2)
        pass_model(self.solver, sparse.hstack([part, -part]), costs, np.zeros(2 * len(self)),
                   np.concatenate([self.up, self.down]), *problem.slack(rows))
        self.solved = 0
        self.bounded = False

    def __len__(self) -> int:
        return len(self.ids)

    def place(self, cell: int) -> int:
        """Column of a cell, -1 when the block does not hold it."""
        k = int(np.searchsorted(self.ids, cell))
        return k if k < len(self.ids) and self.ids[k] == cell else -1

    def price(self, ids: np.ndarray) -> None:
        """Cost of a step of these cells, as they are now hidden or not."""
        costs = step_costs(self.problem, ids)
        for cell, cost in zip(ids, costs, strict=True):
            k = self.place(cell)
            if k >= 0:
                self.solver.changeColCost(k, cost)
                self.solver.changeColCost(k + len(self), cost)

    def forbid(self, cell: int) -> None:
        """One cell stands still from here on."""
        self.free[cell] = False
        self._limit(self.place(cell), 0, 0, 0, 0)

    def allow(self, cell: int) -> None:
        """Undo `forbid`."""
        self.free[cell] = True
        self._open(self.place(cell))

    def _open(self, k: int) -> None:
        self._limit(k, 0, self.up[k], 0, self.down[k])

    def _limit(self, k: int, low: float, up: float, low_down: float, down: float) -> None:
        self.solver.changeColBounds(k, low, up)
        self.solver.changeColBounds(k + len(self), low_down, down)

    def cheapest(
        self, cell: int, step: int, *, whole: bool = True
    ) -> tuple[float, Move] | None:
        """Cheapest move that takes a cell at least `step` further, None when none is found.

        `whole` allows an integer programme where the vertex is fractional.
        """
        k = self.place(cell)
        room = self.up[k] if step > 0 else self.down[k]
        if abs(step) > room:
            return None
        bounds = (step, step, 0, 0) if step > 0 else (0, 0, -step, -step)
        self._limit(k, *map(float, bounds))
        cost, steps = self.solve()
        self._open(k)
        if steps is None:
            return None
        move = self.integer(steps)
        if move is None and whole:
            move = self._small_integer_programme(cell, step, steps)
        return None if move is None else (cost, move)

    def solve(self) -> tuple[float, np.ndarray | None]:
        """Optimal cost and steps of the current programme."""
        self.solver.run()
        self.solved += 1
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return np.inf, None
        both = np.array(self.solver.getSolution().col_value)
        return self.solver.getObjectiveValue(), both[: len(self)] - both[len(self):]

    def integer(self, steps: np.ndarray) -> Move | None:
        """The move, or a small multiple of it, when it is integer and allowed."""
        return to_integer(self.problem, self.ids, steps, self.free)

    def _small_integer_programme(self, cell: int, step: int, steps: np.ndarray) -> Move | None:
        hidden, used = self.problem.hidden[self.ids], np.abs(steps) > TINY
        groups = [hidden | used, np.ones(len(self), bool)]
        if len(self) > LARGEST:
            ids, _ = neighbourhood(self.problem, cell, self.free, LARGEST)
            near = np.isin(self.ids, ids)
            groups = [near & hidden | used, near | used, *groups]
        for keep in groups:
            found = integer_move(self.problem, self.ids[keep], self.free, cell, step)
            if found is not None:
                return found
        return None


def integer_move(
    problem: Problem, ids: np.ndarray, free: np.ndarray, cell: int | None = None, step: int = 0
) -> Move | None:
    """Cheap integer move of these cells that takes one at least `step` further, or None.

    Without a cell: a move towards any completion (`problem.value` need not be one).
    """
    block = Block(problem, ids, free)
    if cell is not None:
        k = block.place(cell)
        bounds = (step, block.up[k], 0, 0) if step > 0 else (0, 0, -step, block.down[k])
        block._limit(k, *map(float, bounds))
    both = solve_integer(block.solver, 2 * len(block))
    if both is None:
        return None
    steps = both[: len(block)] - both[len(block):]
    return to_integer(problem, block.ids, steps, free, scales=(1,))


def solve_integer(solver: highspy.Highs, columns: int) -> np.ndarray | None:
    """Solve the programme with all its columns integer, within a count of nodes."""
    kinds = np.full(columns, highspy.HighsVarType.kInteger)
    solver.changeColsIntegrality(columns, np.arange(columns, dtype=np.int32), kinds)
    for name, value in {"mip_max_nodes": NODES, "mip_rel_gap": 0.0, "presolve": "on",
                        "solver": "choose"}.items():
        solver.setOptionValue(name, value)
    solver.run()
    if solver.getInfo().primal_solution_status != 2:
        return None
    return np.round(np.array(solver.getSolution().col_value))


def to_integer(
    problem: Problem, ids: np.ndarray, steps: np.ndarray, free: np.ndarray,
    scales: tuple[int, ...] = SCALES,
) -> Move | None:
    """The move, or a small multiple of it, when it is integer and allowed."""
    where = np.flatnonzero(np.abs(steps) > TINY)
    for scale in scales:
        scaled = steps[where] * scale
        whole = np.round(scaled).astype(np.int64)
        if np.abs(scaled - whole).max(initial=0) > 1e-6:
            continue
        if problem.allows(ids[where], whole, free):
            return ids[where], whole
    return None


def components(problem: Problem, ids: np.ndarray) -> list[np.ndarray]:
    """Groups of cells that relations tie together."""
    if not len(ids):
        return []
    part = problem.columns[:, ids].tocsr()
    part = abs(part[np.flatnonzero(np.diff(part.indptr))])
    n = part.shape[1]
    graph = sparse.bmat([[None, part.T], [part, None]]) if part.shape[0] else \
        sparse.csr_matrix((n, n))
    _, label = connected_components(graph, directed=False)
    order = np.argsort(label[:n], kind="stable")
    cuts = np.flatnonzero(np.diff(label[:n][order])) + 1
    return np.split(ids[order], cuts)


def pass_model(solver, matrix, cost, low, up, row_low, row_high) -> None:
    """Give HiGHS the programme min cost·x, row_low <= matrix x <= row_high, low <= x <= up."""
    matrix = sparse.csc_matrix(matrix)
    rows, columns = matrix.shape
    solver.passModel(
        columns, rows, matrix.nnz, int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize), 0.0, np.asarray(cost, float), _finite(low), _finite(up),
        _finite(row_low), _finite(row_high), matrix.indptr.astype(np.int32),
        matrix.indices.astype(np.int32), matrix.data.astype(float), np.zeros(columns, np.int32))


def new_solver() -> highspy.Highs:
    solver = _core._Highs()  # the bare solver: the usual class prints a banner once
    solver.setOptionValue("output_flag", False)
    for name, value in {"threads": 1, "parallel": "off", "solver": "simplex", "presolve": "off",
                        "simplex_strategy": 1, "simplex_scale_strategy": 0,
                        "random_seed": 1}.items():
        solver.setOptionValue(name, value)
    return solver


def _finite(bounds: np.ndarray) -> np.ndarray:
    bounds = np.asarray(bounds, float)
    return np.where(np.abs(bounds) > INFINITE, np.copysign(highspy.kHighsInf, bounds), bounds)
