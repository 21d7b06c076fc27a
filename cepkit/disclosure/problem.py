"""The one linked problem of a release: cells, relations, what is hidden, what must stay unknown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from cepkit.disclosure.cells import UNBOUNDED, Cells
from cepkit.disclosure.constraints import Fact
from cepkit.disclosure.relations import Relations

INFINITE = float(UNBOUNDED) / 2  # a bound above this one binds nothing
ANY = -1  # aim of a cell that is safe as soon as two values are possible


@dataclass
class Problem:
    """Integer completions `x` with `row_low <= A x <= row_high` and `low <= x <= high`.

    `value` is one of them (the truth where it is known). A cell that is not `hidden` is known to
    the attacker. `aim[p]` says how far from `value` a completion must take cell p to make it safe:
    0 nothing asked, `ANY` another value, k > 0 at least k above. `codes` are those of `Cells`. The
    last rows of `matrix` are the `facts`, scaled for the solver; they are checked on their own
    exact numbers.
    """

    matrix: sparse.csr_matrix
    columns: sparse.csc_matrix
    row_low: np.ndarray
    row_high: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    hidden: np.ndarray
    hideable: np.ndarray
    cost: np.ndarray
    aim: np.ndarray
    codes: np.ndarray
    facts: list[Fact] = field(default_factory=list)

    @classmethod
    def of(cls, cells: Cells, relations: Relations, **arrays) -> Problem:
        """Problem over the cells; `arrays` are the fields that the caller decides."""
        matrix = relations.matrix.tocsr()
        n = len(cells)
        given = {"value": cells.value, "low": cells.low, "high": cells.high,
                 "hidden": np.zeros(n, bool), "hideable": np.zeros(n, bool),
                 "cost": np.zeros(n), "aim": np.zeros(n, np.int64),
                 "codes": cells.codes} | arrays
        return cls(matrix, matrix.tocsc(), relations.low, relations.high, **given)

    def under(self, relations: Relations) -> Problem:
        """The same cells, tied by other relations (facts are told anew)."""
        matrix = relations.matrix.tocsr()
        return replace(self, matrix=matrix, columns=matrix.tocsc(), facts=[],
                       row_low=relations.low.copy(), row_high=relations.high.copy(),
                       value=self.value.copy(), low=self.low.copy())

    def telling(self, facts: list[Fact]) -> Problem:
        """The same problem where the release also tells these facts, after those it has."""
        matrix = sparse.vstack([self.matrix, _rows(facts, len(self.value))]).tocsr()
        bounds = np.array([f.bounds() for f in facts]).reshape(-1, 2).clip(-UNBOUNDED, UNBOUNDED)
        return replace(self, matrix=matrix, columns=matrix.tocsc(), facts=[*self.facts, *facts],
                       row_low=np.concatenate([self.row_low, bounds[:, 0]]),
                       row_high=np.concatenate([self.row_high, bounds[:, 1]]))

    @cached_property
    def broken_down(self) -> np.ndarray:
        """Which dimensions break a cell down, as bits."""
        return (self.codes != 0) @ (1 << np.arange(self.codes.shape[1]))

    @property
    def movable(self) -> np.ndarray:
        """Cells that a completion may change: hidden, or that could be hidden."""
        return self.hidden | self.hideable

    def rows_of(self, ids: np.ndarray) -> np.ndarray:
        """Relations that mention any of these cells."""
        seen = np.zeros(self.matrix.shape[0], bool)
        seen[take(self.columns, ids)] = True
        return np.flatnonzero(seen)

    def slack(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far each relation may move down and up from `value`."""
        now = self.activity[rows]
        return self.row_low[rows] - now, self.row_high[rows] - now

    @cached_property
    def activity(self) -> np.ndarray:
        """What each relation says of `value`; integers but for the facts."""
        sums = self.matrix.shape[0] - len(self.facts)
        told = [total / f.scale for f, total in zip(self.facts, self.told, strict=True)]
        return np.concatenate([self.matrix[:sums].astype(np.int64) @ self.value, told])

    @cached_property
    def told(self) -> list[int]:
        """What each fact says of `value`, exactly."""
        return [fact.of(self.value) for fact in self.facts]

    @cached_property
    def rigid(self) -> np.ndarray:
        """Relations that leave no room: a cell alone to move in one of them stands still."""
        return self.row_low == self.row_high

    def peel(self, free: np.ndarray) -> np.ndarray:
        """Free cells less those that stand alone in a rigid relation, over and over."""
        free = free.copy()
        row = self.columns.indices
        column = np.repeat(np.arange(len(free)), np.diff(self.columns.indptr))
        while True:
            alive = free[column]
            row, column = row[alive], column[alive]
            count = np.bincount(row, minlength=len(self.rigid))
            alone = (self.rigid & (count == 1))[row]
            if not alone.any():
                return free
            free[column[alone]] = False

    def within(self, cap: float) -> np.ndarray:
        """Cells that a move may use when none dearer than `cap` may be hidden."""
        return self.peel(self.hidden | (self.hideable & (self.cost <= cap)))

    def ways(self, cell: int) -> tuple[int, ...]:
        """Steps that make a cell safe."""
        return (1, -1) if self.aim[cell] == ANY else (int(self.aim[cell]),)

    def pinned(self, cell: int, free: np.ndarray) -> set[int]:
        """Free cells that stand still as soon as one does, as far as `peel` can tell."""
        still, queue = {cell}, [cell]
        while queue:
            for row in take(self.columns, np.array([queue.pop()])):
                if self.rigid[row]:
                    cells = self.matrix.indices[self.matrix.indptr[row]:self.matrix.indptr[row + 1]]
                    moving = [c for c in cells[free[cells]].tolist() if c not in still]
                    if len(moving) == 1:
                        still.add(moving[0])
                        queue.append(moving[0])
        return still

    def forget(self) -> None:
        """To be called when `value` changed."""
        self.__dict__.pop("activity", None)
        self.__dict__.pop("told", None)

    def allows(self, ids: np.ndarray, step: np.ndarray, free: np.ndarray) -> bool:
        """Is `value` moved by these integer steps a completion? Integer arithmetic, no solver."""
        if not free[ids].all():
            return False
        moved = self.value[ids] + step
        if (moved < self.low[ids]).any() or (moved > self.high[ids]).any():
            return False
        rows, place = np.unique(take(self.columns, ids), return_inverse=True)
        signs = take(self.columns, ids, self.columns.data).astype(np.int64)
        moves = np.repeat(step, np.diff(self.columns.indptr)[ids]) * signs
        change = np.zeros(len(rows), np.int64)
        np.add.at(change, place, moves)
        low, high = self.slack(rows)
        sums = rows < self.matrix.shape[0] - len(self.facts)
        return bool(((change >= low) & (change <= high) | ~sums).all()) and all(
            self._agrees(int(row), ids, step) for row in rows[~sums])

    def _agrees(self, row: int, ids: np.ndarray, step: np.ndarray) -> bool:
        """Does a fact still hold after a move?"""
        if self.row_low[row] < -INFINITE and self.row_high[row] > INFINITE:
            return True
        number = row - self.matrix.shape[0]  # counted from the end
        weights = self.facts[number].weights
        moved = sum(weights.get(c, 0) * s for c, s in zip(ids.tolist(), step.tolist(), strict=True))
        return self.facts[number].holds(self.told[number] + moved)

    def reached(self, ids: np.ndarray, step: np.ndarray) -> np.ndarray:
        """Which of these cells an allowed move makes safe."""
        aim = self.aim[ids]
        return np.where(aim == ANY, step != 0, (aim > 0) & (step >= aim))


def _rows(facts: list[Fact], n: int) -> sparse.csr_matrix:
    """Facts as rows of numbers near 1."""
    data = [w / f.scale for f in facts for w in f.weights.values()]
    columns = [cell for f in facts for cell in f.weights]
    row = np.repeat(np.arange(len(facts)), [len(f.weights) for f in facts])
    return sparse.csr_matrix((data, (row, columns)), shape=(len(facts), n))


def take(matrix, rows: np.ndarray, data: np.ndarray | None = None) -> np.ndarray:
    """Minor indices (or `data`) of the chosen major rows of a compressed matrix, end to end."""
    data = matrix.indices if data is None else data
    start, stop = matrix.indptr[rows], matrix.indptr[rows + 1]
    length = stop - start
    if not length.sum():
        return np.zeros(0, data.dtype)
    offset = np.repeat(stop - length.cumsum(), length)
    return data[offset + np.arange(length.sum())]
