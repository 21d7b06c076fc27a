"""Secondary suppression: which other cells to hide so that no primary can be worked out.

For each primary, largest first, the cheapest move that changes it; the cells that it uses are
hidden, and cost nothing to the next ones (the heuristic of the linear programme, Kelly, Golden and
Assad 1992; Castro 2012, doi:10.1016/j.ejor.2011.11.013). Then a clean-up tries to republish each
secondary. A move that changes several primaries serves them all. Budgets count linear programmes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cepkit.disclosure.attacker import Block, Move, neighbourhood
from cepkit.disclosure.problem import Problem

SIZES = (3_000, 30_000, 10**9)  # cells of the neighbourhoods tried one after the other


@dataclass
class Witnesses:
    """Integer moves that prove the hidden cells unknown; `of[p]` is a move that changes p."""

    moves: list[Move] = field(default_factory=list)
    of: dict[int, int] = field(default_factory=dict)
    solved: int = 0

    def add(self, problem: Problem, move: Move) -> None:
        """Keep a move for all cells that it makes safe and that had none."""
        ids, step = move
        fresh = [int(c) for c in ids[problem.reached(ids, step)] if int(c) not in self.of]
        if fresh:
            self.moves.append(move)
            self.of.update(dict.fromkeys(fresh, len(self.moves) - 1))


def suppress(problem: Problem) -> tuple[Witnesses, np.ndarray]:
    """Hide what must be; returns the witnesses and the cells that nothing can protect.

    `problem.hidden` is changed in place.
    """
    targets = np.flatnonzero(problem.aim > 0)
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
        near = set(ids[distance <= NEAR].tolist() if len(ids) >= size else ids.tolist())
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
    return (1, -1) if problem.aim[cell] == 1 else (int(problem.aim[cell]),)
