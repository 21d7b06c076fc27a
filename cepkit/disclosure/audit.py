"""The attack: the exact integer range of each hidden cell, from what is published alone.

A first completion is found, then others: many cells at once by programmes with random objectives,
then one by one. Every value reported as possible was reached by a completion checked in integers.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse.csgraph import connected_components

from cepkit.disclosure.attacker import (
    NODES, Block, neighbourhood, new_solver, pass_model, split_moves, to_integer,
)
from cepkit.disclosure.problem import INFINITE, Problem

ROUNDS = 8  # programmes with random objectives a component before cells are taken one by one
COUNTED = 12  # ranges up to this width are counted value by value


@dataclass
class Ranges:
    """Values that hidden cells can take; `count` 0 where the published tables contradict."""

    ids: np.ndarray
    low: np.ndarray
    high: np.ndarray
    count: np.ndarray


def components(problem: Problem, ids: np.ndarray) -> list[np.ndarray]:
    """Groups of cells that relations tie together, the largest last."""
    if not len(ids):
        return []
    part = problem.columns[:, ids].tocsr()
    part = abs(part[np.flatnonzero(np.diff(part.indptr))])
    n = part.shape[1]
    count, label = connected_components(_bipartite(part), directed=False)
    label = label[:n]
    order = np.argsort(label, kind="stable")
    pieces = np.split(ids[order], np.cumsum(np.bincount(label, minlength=count))[:-1])
    return sorted((p for p in pieces if len(p)), key=len)


def _bipartite(part):
    from scipy import sparse

    return sparse.bmat([[None, part.T], [part, None]]).tocsr()


def complete(problem: Problem, unknown: np.ndarray) -> np.ndarray:
    """Give unknown cells (in place, in `value`) integers that agree with all relations.

    Returns the cells whose group has no completion at all: the tables contradict each other.
    """
    free = np.zeros(len(problem.value), bool)
    free[unknown] = True
    problem.value[unknown] = problem.low[unknown]
    problem.forget()
    wrong = []
    for ids in components(problem, unknown):
        move = _feasible(problem, ids, free)
        if move is None:
            wrong.append(ids)
        else:
            problem.value[move[0]] += move[1]
    problem.forget()
    return np.concatenate(wrong) if wrong else np.zeros(0, np.int64)


def _feasible(problem: Problem, ids: np.ndarray, free: np.ndarray):
    block = Block(problem, ids, free)
    _, steps = block.solve()
    if steps is None:
        return None
    return block.integer(steps, scales=(1,)) or block.whole()
