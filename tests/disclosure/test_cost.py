"""Cost of the mask against the exact optimum, by an integer programme written for scipy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from cepkit.disclosure import protect

SIDE = 6


def square(seed):
    """A random table of counts with both margins."""
    rng = np.random.default_rng(seed)
    grid = rng.negative_binomial(0.8, 0.03, (SIDE, SIDE))
    grid = np.vstack([grid, grid.sum(axis=0)])
    return np.hstack([grid, grid.sum(axis=1, keepdims=True)])


def optimum(grid, threshold=5):
    """Least volume of secondary cells: one integer move a primary, up or down, z hides.

    Variables: z (hidden), then for each primary y (move of each cell); formulation of Fischetti and
    Salazar (2001), section 2, with one attacker a primary and the need of one unit.
    """
    value = grid.ravel().astype(float)
    n = len(value)
    primary = np.flatnonzero((value > 0) & (value < threshold))
    lines = np.zeros((2 * (SIDE + 1), n))
    index = np.arange(n).reshape(SIDE + 1, SIDE + 1)
    for k in range(SIDE + 1):
        for row, cells in ((lines[k], index[k]), (lines[SIDE + 1 + k], index[:, k])):
            row[cells[:-1]], row[cells[-1]] = 1, -1
    width = n * (1 + len(primary)) + len(primary)
    down, big = np.maximum(value - 1, 0), 30.0
    low, up = np.full(width, -np.inf), np.full(width, np.inf)
    low[:n], up[:n] = 0, (value > 0)
    low[primary] = 1
    low[width - len(primary):], up[width - len(primary):] = 0, 1
    rules = []
    for k, p in enumerate(primary):
        at = slice(n * (k + 1), n * (k + 2))
        flat = np.zeros((len(lines), width))
        over, under = np.zeros((n, width)), np.zeros((n, width))
        flat[:, at] = lines
        over[:, at], over[:, :n] = np.eye(n), -big * np.eye(n)
        under[:, at], under[:, :n] = np.eye(n), np.diag(np.minimum(down, big))
        move = np.zeros((1, width))  # y_p = 2 s - 1: one up or one down
        move[0, n * (k + 1) + p], move[0, width - len(primary) + k] = 1, -2
        rules += [LinearConstraint(flat, 0, 0), LinearConstraint(over, -np.inf, 0),
                  LinearConstraint(under, 0, np.inf), LinearConstraint(move, -1, -1)]
    cost = np.zeros(width)
    cost[:n] = value
    cost[primary] = 0
    found = milp(cost, integrality=np.ones(width), bounds=Bounds(low, up), constraints=rules)
    return found.fun


@pytest.mark.lent
def test_volume_withheld_is_near_the_optimum():
    ratios = []
    for seed in range(12):
        grid = square(seed)
        labels = [*(f"{k}" for k in range(SIDE)), "total"]
        frame = pd.DataFrame([(a, b, grid[i, j]) for i, a in enumerate(labels)
                              for j, b in enumerate(labels)], columns=["a", "b", "effectif"])
        result = protect({"t": frame})
        assert result.complete
        best = optimum(grid)
        if best:
            ratios.append(result.rapport["volume_secondaire"] / best)
    assert min(ratios) >= 1 - 1e-9
    assert np.mean(ratios) <= 1.10
