"""Cubes: cheap moves of linked tables, found without a solver.

A cell and another label along some of its dimensions: the corners take steps of alternating sign,
so that no sum over these dimensions changes (the hypercube method, Repsilber 1994; Giessing and
Repsilber 2002, doi:10.1007/3-540-47804-3_15). Tables that break the corners down further, or count
them over less, move along: the whole cube takes one label of each dimension that is left. It is as
if persons who are alike in all else exchanged some of their answers. The cheapest cube is the least
of an array: what hiding the corners costs, for all labels at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cepkit.disclosure.attacker import Block, Move, neighbourhood, step_costs
from cepkit.disclosure.axes import Axis, axes_of
from cepkit.disclosure.problem import Problem

DENSE = 50  # places of all grids for each cell of the release, at most
DEEPEST = 5  # dimensions of a cube
PLACES = 8  # parts of a cell that are tried as its corner, where tables break it down
FRAMES = 500  # kept
LATER = 4  # a cube that cost so many times the price is not looked for again
NEAR = 6_000  # cells of the programme that looks for a cheaper move than a cube


@dataclass
class Layout:
    """Cells that break the same axes down as far: a grid, -1 where there is no cell."""

    depths: np.ndarray
    axes: list[int]
    grid: np.ndarray


@dataclass
class Frame:
    """Cubes that vary the same axes between the same labels, the other labels being fixed.

    `ids`, by table: cells by label of each axis, then by label of the axis that is left open.
    """

    labels: list[np.ndarray]
    ids: list[tuple[np.ndarray, int | None]]


class Cubes:
    """Cubes of a problem; costs follow what is hidden."""

    def __init__(self, problem: Problem, axes: list[Axis]):
        self.problem, self.axes = problem, axes
        self.nodes = np.column_stack([axis.of_cell for axis in axes])
        self.own = np.column_stack([a.depth[self.nodes[:, j]] for j, a in enumerate(axes)])
        self.layouts = [self._laid(row, ids) for row, ids in _groups(self.own)]
        self.depths = np.array([lay.depths for lay in self.layouts])
        self.frame = lru_cache(FRAMES)(self._frame)
        self.movable = problem.movable
        self.costs: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self.seen: dict[int, float] = {}  # cost of the cheapest cube, as it was

    @classmethod
    def of(cls, problem: Problem) -> Cubes | None:
        """Cubes of a problem, None where its dimensions cross so seldom that grids are empty."""
        axes = axes_of(problem)
        depths = np.unique(np.column_stack([a.depth[a.of_cell] for a in axes]), axis=0)
        places = [np.prod([float(a.size[d]) for a, d in zip(axes, row, strict=True) if d])
                  for row in depths]
        return cls(problem, axes) if sum(places) <= DENSE * len(problem.value) else None

    def _laid(self, depths: np.ndarray, ids: np.ndarray) -> Layout:
        broken = np.flatnonzero(depths).tolist()
        grid = np.full([self.axes[j].size[depths[j]] for j in broken], -1, np.int32)
        if broken:
            grid[tuple(self.axes[j].rank[self.nodes[ids, j]] for j in broken)] = ids
        return Layout(depths, broken, grid)

    def hide(self, targets: np.ndarray, cap: float, witnesses, *, better: bool) -> np.ndarray:
        """Hide the cheapest cube of each cell that waits and has one below `cap`; the others.

        `better`: a programme over the cells around looks for a cheaper move first.
        """
        free = self.problem.within(cap) if better else None
        for cell in targets.tolist():
            if cell in witnesses.of or self.seen.get(cell, 0.0) > LATER * cap:
                continue
            self.seen[cell], move = self.cheapest(cell, cap)
            if move is None or not self.problem.allows(*move, self.movable):
                continue
            if free is not None:
                move = self._cheaper(cell, free, move)
            self.problem.hidden[move[0]] = True
            self.price(move[0])
            witnesses.add(self.problem, move)
        return witnesses.lacking(targets)

    def _cheaper(self, cell: int, free: np.ndarray, move: Move) -> Move:
        """A move that costs less than this cube, among the cells of its tables; or the cube."""
        ids, _ = neighbourhood(self.problem, cell, free, NEAR, narrow=True)
        block = Block(self.problem, np.union1d(ids, move[0]), self.movable)
        best = self.seen[cell]
        for step in self.problem.ways(cell):
            block.solver.setOptionValue("objective_bound", best)
            found = block.cheapest(cell, step, whole=False)
            if found is not None and found[0] < best:
                best, move = found
        return move

    def price(self, ids: np.ndarray) -> None:
        """To be called when these cells were hidden or published."""
        for size in self.costs:
            self._price(ids, size)

    def _price(self, ids: np.ndarray, size: int) -> None:
        p, (up, down) = self.problem, self.costs[size]
        cost = np.where(self.movable[ids], size * step_costs(p, ids), np.inf)
        up[ids] = np.where(p.high[ids] - p.value[ids] >= size, cost, np.inf)
        down[ids] = np.where(p.value[ids] - p.low[ids] >= size, cost, np.inf)

    def _costs(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Cost of so many steps up and down of each cell; the last place is for no cell."""
        if size not in self.costs:
            n = len(self.movable)
            self.costs[size] = np.full(n + 1, np.inf), np.full(n + 1, np.inf)
            self._price(np.arange(n), size)
        return self.costs[size]

    def cheapest(self, cell: int, cap: float) -> tuple[float, Move | None]:
        """Cost of the cheapest cube of a cell, and the move where it costs less than `cap`.

        Cubes of all its dimensions first; when these do not exist, the others.
        """
        best, move = np.inf, None
        for choices in self._choices(cell):
            for choice in choices:
                for step in self.problem.ways(cell):
                    cost, found = self._best(*choice, step, min(best, cap))
                    best, move = min(cost, best), found or move
            if best < np.inf:
                break
        return best, move

    def _choices(self, cell: int) -> Iterator[list]:
        """What cubes of a cell may vary, the simplest first: axes, whether near, corner.

        At last one more dimension is fixed, so that two of them can be left open.
        """
        broken = np.flatnonzero(self.own[cell]).tolist()
        corners = [dict(zip(broken, map(int, corner), strict=True)) for corner in itertools.product(
            *(self.axes[j].under(self.nodes[cell, j])[:PLACES] for j in broken))]
        sizes = range(min(len(broken), DEEPEST), 1, -1)
        for size in sizes:
            yield from self._around(cell, itertools.combinations(broken, size), corners)
        others = set(range(len(self.axes))) - set(broken)
        for j in sorted(others, key=lambda j: len(self.axes[j].leaves)):
            more = [{**base, j: int(leaf)} for base in corners for leaf in self.axes[j].leaves]
            for size in sizes:
                yield from self._around(cell, itertools.combinations(broken, size), more)

    def _around(self, cell: int, subsets, corners: list[dict[int, int]]) -> Iterator[list]:
        """Other labels of the same parents, then labels that have only the total in common."""
        near, far = [], []
        for varied in subsets:
            for base in corners:
                deep = [int(self.axes[j].depth[base[j]]) for j in varied]
                for kind in itertools.product((True, False), repeat=len(varied)):
                    if all(k and self.own[cell, j] == d or not k and d > 1
                           for j, d, k in zip(varied, deep, kind, strict=True)):
                        (near if all(kind) else far).append((varied, kind, base))
        yield near
        yield far

    def _best(self, varied, near, base, step: int, cap: float) -> tuple[float, Move | None]:
        """Least cost of a cube, and the move where it is below `cap`."""
        group = tuple(int(self.axes[j].parent(base[j])) if k else -1
                      for j, k in zip(varied, near, strict=True))
        fixed = tuple((j, leaf) for j, leaf in base.items() if j not in varied)
        frame = self.frame(varied, group, fixed)
        if frame is None:
            return np.inf, None
        at = [int(np.searchsorted(x, base[j])) for j, x in zip(varied, frame.labels, strict=True)]
        total, free = 0.0, {}
        up, down = self._costs(abs(step))
        for ids, left in frame.ids:
            cost = _folded(up[ids], down[ids], step, at)
            if left is None:
                total = total + cost
            else:
                free[left] = free.get(left, 0.0) + cost
        for cost in free.values():
            total = total + cost.min(axis=-1)
        for axis, (j, k, labels) in enumerate(zip(varied, near, frame.labels, strict=True)):
            if not k:  # what is near has more than the total in common
                above = self.axes[j].above[:, 1]
                total[(slice(None),) * axis + (above[labels] == above[base[j]],)] = np.inf
        best = int(np.argmin(total))
        cost = float(total.flat[best])
        if not cost < cap:
            return cost, None
        other = np.unravel_index(best, total.shape)
        return cost, _move(frame, at, other, {j: int(c[other].argmin()) for j, c in free.items()},
                           step)

    def _frame(self, varied, group, fixed) -> Frame | None:
        """Cells of the cubes that vary some axes among the children of a node (-1: all leaves)."""
        labels, least = [], []
        for j, node in zip(varied, group, strict=True):
            labels.append(self.axes[j].leaves if node < 0 else self.axes[j].children(node))
            least.append(1 if node < 0 else self.axes[j].depth[node] + 1)
        if min(map(len, labels)) < 2:
            return None
        base, out = dict(fixed), []
        for number in np.flatnonzero((self.depths[:, varied] >= least).all(axis=1)):
            lay = self.layouts[number]
            left = [j for j in lay.axes if j not in varied and j not in base]
            if len(left) > 1:
                return None
            order = [*varied, *left]
            index = []
            for j in lay.axes:
                axis = self.axes[j]
                leaves = labels[varied.index(j)] if j in varied else \
                    axis.leaves if j in left else np.array([base[j]])
                node = axis.above[leaves, lay.depths[j]]
                shape = [1] * len(order)
                if j in order:
                    shape[order.index(j)] = len(leaves)
                index.append(np.where(node < 0, -1, axis.rank[node]).reshape(shape))
            short = np.broadcast_arrays(*index)
            ids = np.where(np.min(short, axis=0) < 0, -1, lay.grid[tuple(index)])
            out.append((ids, left[0] if left else None))
        return Frame(labels, out)


def _move(frame: Frame, at: list[int], other, free: dict[int, int], step: int) -> Move:
    """The move that a cube is, in all its tables."""
    corners = np.indices((2,) * len(at)).reshape(len(at), -1)
    sign = np.where(corners.sum(axis=0) % 2, -step, step)
    place = tuple(np.where(c, o, a) for c, o, a in zip(corners, other, at, strict=True))
    ids = [x[place] if left is None else x[(*place, free[left])] for x, left in frame.ids]
    return np.concatenate(ids).astype(np.int64), np.tile(sign, len(ids))


def _folded(up: np.ndarray, down: np.ndarray, step: int, at: list[int]) -> np.ndarray:
    """Cost of each cube with one corner at `at`, by the other label along each axis."""
    same, opposite = (up, down) if step > 0 else (down, up)
    for axis, k in enumerate(at):
        here = (slice(None),) * axis
        corner = (*here, slice(k, k + 1))
        same, opposite = same[corner] + opposite, opposite[corner] + same
        same[(*here, k)] = opposite[(*here, k)] = np.inf
    return same


def _groups(rows: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Distinct rows, and where each stands."""
    unique, place = np.unique(rows, axis=0, return_inverse=True)
    return [(row, np.flatnonzero(place.reshape(-1) == k)) for k, row in enumerate(unique)]
