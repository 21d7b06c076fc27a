"""Secondary suppression: which other cells to hide so that no primary can be worked out.

For each primary, largest first, the cheapest move that changes it; the cells that it uses are
hidden, and cost nothing to the next ones (the heuristic of the linear programme, Kelly, Golden and
Assad 1992, doi:10.1002/net.3230220407). Cheap moves come before dear ones, so that each programme
is small; where there are thousands of primaries, cubes come first (`cubes`). Then a clean-up tries
to republish each secondary. A move that changes several primaries serves them all. Budgets count
linear programmes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from cepkit.disclosure.attacker import Block, Move, neighbourhood
from cepkit.disclosure.cells import UNBOUNDED
from cepkit.disclosure.completion import other_completion
from cepkit.disclosure.cubes import LATER, Cubes
from cepkit.disclosure.problem import Problem
from cepkit.disclosure.together import together

BUDGET = 8  # linear programmes of a clean-up for each secondary,
MOST = 12_000  # and in all
SMALL = 300  # primaries up to which a second try costs little
SIZES = (2_000, 8_000, 10**9)  # cells of the neighbourhoods tried one after the other
HUGE = 8_000  # cells from which cubes and completions come before programmes
MANY = 2_000  # cells to protect that are worth a programme that they share
FEW = 10  # once one cell in ten is still to be protected, the whole problem is worth its time
LEVEL = 2  # powers of two from one price to the next
AT_FIRST, THEN, AT_LAST = range(3), range(3, 6), range(6, 12)  # completions looked for,
LAST = 20  # as long as more cells than this wait
CHEAP = 1.0  # what steps of cells already hidden add up to at most


@dataclass
class Witnesses:
    """Integer moves that prove the hidden cells unknown; `of[p]` is a move that changes p."""

    moves: list[Move] = field(default_factory=list)
    of: dict[int, int] = field(default_factory=dict)
    solved: int = 0

    def add(self, problem: Problem, move: Move, again: Iterable[int] = ()) -> None:
        """Keep a move for the cells that it makes safe and had none, and for those of `again`."""
        ids, step = move
        reached = ids[problem.reached(ids, step)].tolist()
        again = set(again)
        fresh = [c for c in reached if c not in self.of or c in again]
        if fresh:
            self.moves.append(move)
            self.of.update(dict.fromkeys(fresh, len(self.moves) - 1))

    def lacking(self, cells: np.ndarray) -> np.ndarray:
        """Those of some cells that have no proof, in their order."""
        return cells[[cell not in self.of for cell in cells.tolist()]]

    def used(self, n: int) -> np.ndarray:
        """Cells, among `n`, that the proofs in use move."""
        out = np.zeros(n, bool)
        for number in set(self.of.values()):
            out[self.moves[number][0]] = True
        return out

    def dependents(self) -> dict[int, set[int]]:
        """For each cell that a move uses, the cells whose proof is that move."""
        users: dict[int, list[int]] = {}
        for cell, number in self.of.items():
            users.setdefault(number, []).append(cell)
        out: dict[int, set[int]] = {}
        for number, cells in users.items():
            for used in self.moves[number][0].tolist():
                out.setdefault(used, set()).update(cells)
        return out


def secondary(problem: Problem, budget: int | None) -> tuple[Problem, Witnesses, int]:
    """Cheapest protection found: the problem with its mask, the proofs, the cells republished.

    Small problems are worth a second try in the other order, and exchanges in the clean-up.
    """
    small = np.count_nonzero(problem.aim) <= SMALL
    found = [_one_try(problem, order, budget, small) for order in ((1, -1) if small else (1,))]
    return min(found, key=lambda one: (-len(one[1].of), one[0].cost[one[0].hidden].sum()))


def _one_try(
    problem: Problem, order: int, budget: int | None, exchange: bool
) -> tuple[Problem, Witnesses, int]:
    kept = problem.hidden
    problem = replace(problem, hidden=kept.copy())
    witnesses, _ = suppress(problem, order)
    first = int(problem.hidden.sum())
    if budget is None:
        budget = min(BUDGET * (first - int(kept.sum())) + 100, MOST)
    for exchanging in (False, True, False) if exchange else (False,):
        clean_up(problem, witnesses, kept, budget, exchanging)
    problem.hidden &= kept | witnesses.used(len(kept))
    return problem, witnesses, first - int(problem.hidden.sum())


def suppress(problem: Problem, order: int = 1) -> tuple[Witnesses, np.ndarray]:
    """Hide what must be; returns the witnesses and the cells that nothing can protect.

    `problem.hidden` is changed in place (nothing is hidden where nothing is `hideable`). Largest
    cells first, or smallest when `order` is -1.
    """
    targets = np.flatnonzero(problem.aim != 0)
    targets = targets[np.lexsort((targets, -order * problem.value[targets]))]
    witnesses, lost = Witnesses(), targets
    if not problem.hideable.any():
        return witnesses, _attacked(problem, lost, witnesses)
    usual = np.median(problem.cost[problem.hideable])
    near, _, everywhere = SIZES
    cubes = Cubes.of(problem) if len(lost) > HUGE else None
    if cubes:
        for cap in _caps(problem):
            lost = cubes.hide(lost, cap + CHEAP, witnesses, better=cap > LATER * usual)
    for cap in [np.inf] if cubes else _caps(problem):
        before = len(lost)
        lost = _pass(problem, lost, witnesses, cap, near)
        stalls = len(lost) > MANY and FEW * (before - len(lost)) < before
        if stalls and cap >= usual:
            lost = _shared(problem, lost, witnesses, cap)
        if FEW * len(lost) <= len(targets) or np.isinf(cap):
            lost = _pass(problem, lost, witnesses, cap, everywhere)
    return witnesses, lost


def _attacked(problem: Problem, lost: np.ndarray, witnesses: Witnesses) -> np.ndarray:
    """Cells that no move changes when nothing more may be hidden."""
    near, wide, everywhere = SIZES
    huge = len(lost) > HUGE
    if huge:
        lost = _elsewhere(problem, lost, witnesses, AT_FIRST)
    if len(lost) > MANY:
        lost = _shared(problem, lost, witnesses, np.inf)
    lost = _pass(problem, lost, witnesses, np.inf, near)
    if huge:
        lost = _elsewhere(problem, lost, witnesses, THEN)
        lost = _pass(problem, lost, witnesses, np.inf, wide)
        lost = _elsewhere(problem, lost, witnesses, AT_LAST)
    return _pass(problem, lost, witnesses, np.inf, everywhere)


def _shared(
    problem: Problem, targets: np.ndarray, witnesses: Witnesses, cap: float
) -> np.ndarray:
    """Protect cells by programmes that they share; the others are returned."""
    prize = min(max(cap, CHEAP), 4 * problem.cost[problem.movable].max(initial=CHEAP))
    together(problem, targets, problem.within(cap), prize, witnesses)
    return witnesses.lacking(targets)


def _elsewhere(
    problem: Problem, targets: np.ndarray, witnesses: Witnesses, seeds: range
) -> np.ndarray:
    """Cells that no other completion of the whole problem changes, of a few that try to."""
    free = problem.peel(problem.hidden)
    for seed in seeds if len(targets) > LAST else ():
        move = other_completion(problem, free, targets[free[targets]], seed)
        witnesses.solved += 1
        if move is None:
            break
        witnesses.add(problem, move)
        before, targets = len(targets), witnesses.lacking(targets)
        if 3 * (before - len(targets)) < before or len(targets) <= LAST:
            break
    return targets


def _caps(problem: Problem) -> list[float]:
    """Prices up to which cells may be hidden, tried one after another.

    A move that costs less than some price needs no cell that is dearer: leaving the dear ones out
    cuts the problem in small pieces. Zero: only what is hidden already moves.
    """
    prices = problem.cost[problem.hideable & ~problem.hidden]
    if not len(prices):
        return [np.inf]
    low, high = np.log2(np.maximum([prices.min(), prices.max()], 1.0))
    caps = 2.0 ** np.arange(np.ceil(low), np.ceil(high), LEVEL)
    return [0.0, *caps.tolist(), np.inf]


def _pass(
    problem: Problem, targets: np.ndarray, witnesses: Witnesses, cap: float, size: int
) -> np.ndarray:
    """Protect the cells that a move of cost up to `cap` protects; the others are returned."""
    free = problem.within(cap)
    todo = witnesses.lacking(targets).tolist()
    lost = [t for t in todo if not free[t]]
    waiting = {t: rank for rank, t in enumerate(todo) if free[t]}
    while waiting:
        ids, near = neighbourhood(problem, next(iter(waiting)), free, size)
        block = Block(problem, ids, free)
        block.solver.setOptionValue("objective_bound", cap + CHEAP)
        block.bounded = cap < np.inf
        for cell in _taken(waiting, near):
            if cell not in witnesses.of and not _protect(problem, block, cell, witnesses, cap):
                lost.append(cell)
        witnesses.solved += block.solved
    return np.array(lost, int)


def _taken(waiting: dict[int, int], near: np.ndarray) -> list[int]:
    """Cells of a neighbourhood that wait, in their order; they wait no longer."""
    found = sorted((waiting.pop(cell), cell) for cell in near.tolist() if cell in waiting)
    return [cell for _, cell in found]


def _protect(
    problem: Problem, block: Block, cell: int, witnesses: Witnesses, cap: float
) -> bool:
    found = _cheapest(problem, block, cell, whole=True)
    if found is None or found[0] > cap + CHEAP:
        return False
    move = found[1]
    problem.hidden[move[0]] = True
    block.price(move[0])
    witnesses.add(problem, move)
    return True


def clean_up(
    problem: Problem, witnesses: Witnesses, kept: np.ndarray, budget: int, exchange: bool = False
) -> None:
    """Republish each secondary that no proof needs, dearest first.

    `kept` marks the cells that stay hidden; `budget` bounds the linear programmes. With `exchange`,
    a cell is also republished when cheaper ones can be hidden in its place.
    """
    secondary = np.flatnonzero(problem.hidden & ~kept)
    order = secondary[np.lexsort((secondary, -problem.cost[secondary]))]
    waiting = {cell: rank for rank, cell in enumerate(order.tolist())}
    users = witnesses.dependents()
    stop = witnesses.solved + budget
    while waiting and witnesses.solved < stop:
        free = problem.movable if exchange else problem.hidden.copy()
        ids, near = neighbourhood(problem, next(iter(waiting)), free, SIZES[0])
        block = Block(problem, ids, free)
        for cell in _taken(waiting, near):
            _republish(problem, block, cell, witnesses, users)
        witnesses.solved += block.solved


def _republish(
    problem: Problem, block: Block, cell: int, witnesses: Witnesses, users: dict[int, set[int]]
) -> None:
    """Publish one cell if moves of this block that cost less replace each proof that uses it."""
    targets = sorted(p for p in users.get(cell, ()) if cell in witnesses.moves[witnesses.of[p]][0])
    if not problem.pinned(cell, block.free).isdisjoint(targets):
        return
    block.forbid(cell)
    moves: list[Move] = []
    done: set[int] = set()
    added = np.zeros(0, np.int64)
    for target in targets:
        if target in done:
            continue
        found = _cheapest(problem, block, target)
        if found is not None:
            ids, step = move = found[1]
            fresh = ids[~problem.hidden[ids]]
            added = np.concatenate([added, fresh])
            problem.hidden[fresh] = True
            block.price(fresh)
        if found is None or problem.cost[added].sum() >= problem.cost[cell]:
            problem.hidden[added] = False
            block.price(added)
            block.allow(cell)
            return
        moves.append(move)
        done.update(ids[problem.reached(ids, step)].tolist())
    problem.hidden[cell] = False
    for move in moves:
        witnesses.add(problem, move, targets)
        for used in move[0].tolist():
            users.setdefault(used, set()).update(targets)


def admit(problem: Problem, witnesses: Witnesses) -> tuple[str, ...]:
    """Which facts the release cannot tell with this mask: their names.

    In their order, each is told if the proofs that it contradicts can be replaced, else given up
    (its bounds are opened). All facts of one name share their fate. Known ones stay told.
    """
    first = problem.matrix.shape[0] - len(problem.facts)
    bounds = problem.row_low.copy(), problem.row_high.copy()
    names: dict[str, list[int]] = {}
    for row, fact in enumerate(problem.facts, first):
        if fact.known:
            continue
        problem.row_low[row], problem.row_high[row] = -UNBOUNDED, UNBOUNDED
        names.setdefault(fact.name or f"{row - first + 1}", []).append(row)
    refused = []
    for name, rows in names.items():
        problem.row_low[rows], problem.row_high[rows] = bounds[0][rows], bounds[1][rows]
        if not _told(problem, witnesses):
            problem.row_low[rows], problem.row_high[rows] = -UNBOUNDED, UNBOUNDED
            refused.append(name)
    return tuple(refused)


def _told(problem: Problem, witnesses: Witnesses) -> bool:
    """Replace the proofs that no longer hold; False, and nothing changed, when one cannot be."""
    before = dict(witnesses.of)
    holds = {n: problem.allows(*witnesses.moves[n], problem.hidden) for n in set(before.values())}
    for target in sorted(c for c, n in before.items() if not holds[n]):
        if holds.get(witnesses.of[target], True):
            continue
        for size in SIZES:
            ids, _ = neighbourhood(problem, target, problem.hidden, size)
            block = Block(problem, ids, problem.hidden.copy())
            found = _cheapest(problem, block, target, whole=True)
            witnesses.solved += block.solved
            if found is not None or len(ids) < size:
                break
        if found is None:
            witnesses.of = before
            return False
        move = found[1]
        stale = [c for c in move[0].tolist() if not holds.get(witnesses.of.get(c), True)]
        witnesses.add(problem, move, stale)
    return True


def _cheapest(
    problem: Problem, block: Block, cell: int, whole: bool = False
) -> tuple[float, Move] | None:
    """Cheapest move of a block that makes a cell safe, up or down, and its cost; or None."""
    if block.place(cell) < 0:
        return None
    best = None
    for step in problem.ways(cell):
        found = block.cheapest(cell, step, whole=whole)
        if found is None and block.bounded:
            break
        if found is not None and (best is None or found[0] < best[0]):
            best = found
        if best is not None and (problem.hidden[best[1][0]].all() or problem.allows(
                best[1][0], -best[1][1], block.free)):
            break  # nothing to gain the other way
    return best
