"""Many cells protected at once: one integer programme where each cell that moves earns a prize.

Programmes for one cell at a time spend their time on cells that no cheap move changes. Here the
cells that wait in a neighbourhood share one programme: a step of a cell costs what hiding it costs,
a step of a cell that waits earns the price that one may pay for it. What pays for itself moves.
"""

from __future__ import annotations

import highspy
import numpy as np
from scipy import sparse

from cepkit.disclosure.attacker import (
    Block,
    Move,
    components,
    neighbourhood,
    new_solver,
    pass_model,
    step_costs,
)
from cepkit.disclosure.problem import ANY, Problem

SIZE = 4_000  # cells of a programme
GAP = 0.3  # part of the best gain that may be left: the next rounds come back to it
ROUNDS = 12
FEW = 4  # a round that serves less than one cell in four is the last one


def together(
    problem: Problem, targets: np.ndarray, free: np.ndarray, prize: float, witnesses
) -> None:
    """Hide what protects the cells of `targets`, at most at `prize` each; `witnesses` grow.

    Each round draws the way of each cell, up or down, from a fixed seed. Where cells are hidden on
    the way, a programme holds the table of a cell and its nearest margins.
    """
    narrow = bool(problem.hideable.any())
    rng = np.random.default_rng(1)
    for _ in range(ROUNDS):
        left = np.zeros(len(free), bool)
        left[[t for t in targets.tolist() if free[t] and t not in witnesses.of]] = True
        way = rng.choice([1, -1], len(free))
        before = np.count_nonzero(left)
        seen = np.zeros(len(free), bool)
        for seed in targets[left[targets]].tolist():
            if seen[seed]:
                continue
            ids, _ = neighbourhood(problem, seed, free, SIZE, narrow)
            seen[ids] = True
            left[[cell for cell in ids.tolist() if cell in witnesses.of]] = False
            move = _best(problem, np.sort(ids), left, way, prize)
            witnesses.solved += 1
            for piece in components(problem, move[0]):
                _keep(problem, (piece, move[1][np.searchsorted(move[0], piece)]), free, witnesses)
        served = before - sum(t not in witnesses.of for t in np.flatnonzero(left).tolist())
        if FEW * served < before or served == before:
            return


def _best(problem: Problem, ids: np.ndarray, left: np.ndarray, way: np.ndarray, prize: float
          ) -> Move:
    """Integer move of these cells with a good sum of prizes less costs; no cell when there is none.

    Two columns a cell, steps up then down; a cell that waits goes one way.
    """
    furthest = max(1, int(problem.aim[left].max(initial=1)))
    up = np.minimum((problem.high - problem.value)[ids], furthest)
    down = np.minimum((problem.value - problem.low)[ids], furthest)
    rises = (way[ids] > 0) | (down < 1) | (problem.aim[ids] != ANY)
    gain = np.where(left[ids], np.where(rises, prize, -prize), 0.0) / furthest
    cost = step_costs(problem, ids)
    rows = problem.rows_of(ids)
    part = problem.columns[:, ids].tocsr()[rows]
    n = len(ids)
    if problem.hidden[ids].all():  # nothing to pay: one column a cell, of either sign
        model = part, -gain, -down, up
    else:
        model = (sparse.hstack([part, -part]), np.concatenate([cost - gain, cost + gain]),
                 np.zeros(2 * n), np.concatenate([np.where(gain < 0, 0, up),
                                                  np.where(gain > 0, 0, down)]))
    solver = new_solver()
    pass_model(solver, *model, *problem.slack(rows))
    columns = len(model[1])
    solver.changeColsIntegrality(columns, np.arange(columns, dtype=np.int32),
                                 np.full(columns, highspy.HighsVarType.kInteger))
    for name, value in {"mip_max_nodes": 1, "mip_rel_gap": GAP, "presolve": "on",
                        "solver": "choose", "mip_allow_restart": False}.items():
        solver.setOptionValue(name, value)
    solver.run()
    if solver.getInfo().primal_solution_status != 2:
        return ids[:0], ids[:0]
    found = np.round(np.array(solver.getSolution().col_value)).astype(np.int64)
    step = found[:n] - (found[n:] if columns > n else 0)
    return ids[step != 0], step[step != 0]


def _keep(problem: Problem, piece: Move, free: np.ndarray, witnesses) -> None:
    """Hide the cells of a move; its proofs are the shortest moves within it."""
    ids, step = piece
    served = [c for c in ids[problem.reached(ids, step)].tolist() if c not in witnesses.of]
    if not served or not problem.allows(ids, step, free):
        return
    problem.hidden[ids] = True
    if problem.hideable.any():
        block = Block(problem, ids, free)
        for cell in served:
            aim = int(problem.aim[cell])
            one = int(np.sign(step[np.searchsorted(ids, cell)])) if aim == ANY else aim
            found = None if cell in witnesses.of else block.cheapest(cell, one, whole=False)
            if found is not None:
                witnesses.add(problem, found[1])
    witnesses.add(problem, piece)
