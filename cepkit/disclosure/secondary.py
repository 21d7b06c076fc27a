"""Secondary suppression: which other cells to hide so that no primary can be worked out.

For each primary, largest first, the cheapest move that changes it; the cells that it uses are
hidden, and cost nothing to the next ones (the heuristic of the linear programme, Kelly, Golden and
Assad 1992; Castro 2012, doi:10.1016/j.ejor.2011.11.013). Then a clean-up tries to republish each
secondary. A move that changes several primaries serves them all. Budgets count linear programmes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from cepkit.disclosure.attacker import Block, Move, neighbourhood
from cepkit.disclosure.problem import ANY, Problem

SIZES = (800, 5_000, 10**9)  # cells of the neighbourhoods tried one after the other


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


def suppress(problem: Problem) -> tuple[Witnesses, np.ndarray]:
    """Hide what must be; returns the witnesses and the cells that nothing can protect.

    `problem.hidden` is changed in place (nothing is hidden where nothing is `hideable`).
    """
    targets = np.flatnonzero(problem.aim != 0)
    targets = targets[np.lexsort((targets, -problem.value[targets]))]
    witnesses, lost = Witnesses(), targets
    for size in SIZES:
        lost = _pass(problem, lost, witnesses, size)
        if not len(lost):
            break
    return witnesses, lost


def _pass(problem: Problem, targets: np.ndarray, witnesses: Witnesses, size: int) -> np.ndarray:
    """One pass with neighbourhoods of a given size; the cells left unprotected."""
    free = problem.movable
    waiting = dict.fromkeys(int(t) for t in targets if int(t) not in witnesses.of)
    lost = []
    while waiting:
        seed = next(iter(waiting))
        ids, distance = neighbourhood(problem, seed, free, size)
        block = Block(problem, ids, free)
        near = set(ids[distance <= 1].tolist() if len(ids) >= size else ids.tolist())
        for cell in [c for c in waiting if c in near]:
            del waiting[cell]
            if cell not in witnesses.of and not _protect(problem, block, cell, witnesses):
                lost.append(cell)
        witnesses.solved += block.solved
    return np.array(lost, int)


def _protect(problem: Problem, block: Block, cell: int, witnesses: Witnesses) -> bool:
    best = None
    for step in _steps(problem, cell):
        found = block.cheapest(cell, step)
        if found is not None and (best is None or found[0] < best[0]):
            best = found
        if best is not None and problem.hidden[best[1][0]].all():
            break
    if best is None:
        return False
    ids = best[1][0]
    problem.hidden[ids] = True
    block.hide(ids)
    witnesses.add(problem, best[1])
    return True


def _steps(problem: Problem, cell: int) -> tuple[int, ...]:
    return (1, -1) if problem.aim[cell] == ANY else (int(problem.aim[cell]),)


def clean_up(problem: Problem, witnesses: Witnesses, kept: np.ndarray, budget: int) -> int:
    """Republish each secondary that no proof needs, dearest first; how many were.

    `kept` marks the cells that stay hidden; `budget` bounds the linear programmes.
    """
    secondary = np.flatnonzero(problem.hidden & ~kept)
    waiting = dict.fromkeys(secondary[np.lexsort((secondary, -problem.cost[secondary]))].tolist())
    users = witnesses.dependents()
    stop, before = witnesses.solved + budget, int(problem.hidden.sum())
    while waiting and witnesses.solved < stop:
        seed = next(iter(waiting))
        free = problem.hidden.copy()
        ids, distance = neighbourhood(problem, seed, free, SIZES[0])
        near = set(ids[distance <= 1].tolist() if len(ids) >= SIZES[0] else ids.tolist())
        block = Block(problem, ids, free)
        for cell in [c for c in waiting if c in near]:
            del waiting[cell]
            _republish(problem, block, cell, witnesses, users)
        witnesses.solved += block.solved
    return before - int(problem.hidden.sum())


def _republish(
    problem: Problem, block: Block, cell: int, witnesses: Witnesses, users: dict[int, set[int]]
) -> None:
    """Publish one cell if each proof that uses it can be replaced by a move of this block."""
    targets = sorted(p for p in users.get(cell, ()) if cell in witnesses.moves[witnesses.of[p]][0])
    block.forbid(cell)
    moves: list[Move] = []
    done: set[int] = set()
    for target in targets:
        if target in done:
            continue
        found = None if block.place(target) < 0 else next(
            filter(None, (block.cheapest(target, step, whole=False)
                          for step in _steps(problem, target))), None)
        if found is None:
            block.allow(cell)
            return
        moves.append(found[1])
        ids, step = found[1]
        done.update(ids[problem.reached(ids, step)].tolist())
    problem.hidden[cell] = False
    for move in moves:
        witnesses.add(problem, move, targets)
        for used in move[0].tolist():
            users.setdefault(used, set()).update(targets)
