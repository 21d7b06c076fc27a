"""Cubes of linked tables: the cheapest by enumeration, always lawful, safe in the whole release."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from cepkit.disclosure import cells as cells_module
from cepkit.disclosure import protect, relations, secondary
from cepkit.disclosure.attacker import step_costs
from cepkit.disclosure.cubes import Cubes
from cepkit.disclosure.problem import ANY, Problem
from tests.disclosure.attacker import Attacker
from tests.disclosure.test_attacker import hierarchical, releases, with_totals


def linked(tables, hierarchies=None):
    """Cells and the problem of tables where every count from 1 to 4 is to be protected."""
    cells = cells_module.collect(tables, value="effectif", totals="total", hierarchies=hierarchies)
    found = relations.build(cells, non_additive={}, tolerance={})
    n = len(cells)
    small = (cells.value >= 1) & (cells.value < 5) & ~cells.virtual
    problem = Problem.of(cells, found, value=cells.value.copy(), low=(cells.value > 0).astype(int),
                         hidden=small.copy(), hideable=(cells.value >= 1) & ~cells.virtual,
                         cost=np.maximum(cells.value, 1).astype(float),
                         aim=np.where(small, ANY, 0))
    assert len(problem.value) == n
    return cells, problem


def crossed(seed, sizes, mean=6):
    """One table of random counts with all its totals."""
    rng = np.random.default_rng(seed)
    labels = [[f"{d}{i}" for i in range(n)] for d, n in zip("abc", sizes, strict=False)]
    rows = [(*key, rng.poisson(mean)) for key in itertools.product(*labels)]
    columns = list("abc")[:len(sizes)]
    return with_totals(pd.DataFrame(rows, columns=[*columns, "effectif"]), columns)


@pytest.mark.parametrize("sizes", [(3, 4), (3, 3, 4)])
def test_the_cheapest_cube_by_enumeration(sizes):
    cells, problem = linked({"t": crossed(len(sizes), sizes)})
    cubes = Cubes.of(problem)
    index = {tuple(c): k for k, c in enumerate(cells.codes.tolist())}
    cost = step_costs(problem, np.arange(len(cells)))
    leaves = [k for k in np.flatnonzero(problem.aim) if (cells.codes[k] != 0).all()]
    assert len(leaves) > 3
    for cell in leaves:
        base, best = cells.codes[cell].tolist(), np.inf
        others = [[x for x in range(1, n + 1) if x != b] for b, n in zip(base, sizes, strict=True)]
        for other, sign in itertools.product(itertools.product(*others), (1, -1)):
            corners = [(index[tuple(o if far else b for o, b, far in zip(
                other, base, place, strict=True))], sign * (-1) ** sum(place))
                for place in itertools.product((0, 1), repeat=len(base))]
            if all(problem.movable[k] and (s > 0 or problem.value[k] > 1) for k, s in corners):
                best = min(best, sum(cost[k] for k, _ in corners))
        found, move = cubes.cheapest(cell, np.inf)
        assert found == pytest.approx(best)
        assert (move is None) == np.isinf(best)


def release(seed):
    """Departements nested in regions (one of them alone in its own), crossed with two profiles."""
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({"departement": rng.choice(list("uvwxyz"), 900),
                           "o": rng.choice(list("klm"), 900, p=[0.7, 0.2, 0.1]),
                           "s": rng.choice(list("fh"), 900), "p": rng.choice(list("1234"), 900)})
    people["region"] = people["departement"].map(dict(zip("uvwxyz", "AABBCD", strict=True)))
    tables = {}
    for profile in ("s", "p", "sp"):
        keys = ["region", "departement", "o", *profile]
        frame = people.groupby(keys).size().rename("effectif").reset_index()
        for column in ["o", *profile, "departement", "region"]:
            below = frame if column != "region" else frame[frame["departement"].eq("total")]
            rest = [k for k in keys if k != column]
            sums = below.groupby(rest, as_index=False)["effectif"].sum()
            frame = pd.concat([frame, sums.assign(**{column: "total"})[frame.columns]],
                              ignore_index=True)
        tables[profile] = frame
    return tables


def test_cubes_move_all_the_tables_that_are_linked():
    cells, problem = linked(release(1))
    cubes = Cubes.of(problem)
    served = {}
    for cell in np.flatnonzero(problem.aim).tolist():
        move = cubes.cheapest(cell, np.inf)[1]
        if move is not None:
            assert problem.allows(*move, problem.movable)
            assert problem.reached(*move)[move[0] == cell].all()
            served.setdefault(int((cells.codes[cell] != 0).sum()), []).append(len(move[0]))
    # Regions C and D have one departement: cells of C move with those of D, at both levels.
    alone = [k for k in np.flatnonzero(problem.aim)
             if cells.keys(np.array([k]))["region"].isin(["C", "D"]).all()]
    assert any(cubes.cheapest(k, np.inf)[1] is not None for k in alone)
    assert set(served) >= {4, 5}
    assert max(served[4]) > 8  # more than the corners of one table


@pytest.mark.parametrize("level", [1, 2])
@settings(max_examples=15, deadline=None, derandomize=True)
@given(tables=releases())
def test_nothing_small_can_be_worked_out_of_what_cubes_hide(level, tables):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secondary, "HUGE", 0)
        result = protect(tables, level=level)
    assert result.complete
    attacker = Attacker(result.tables, least=1)
    for row in result.cells.query("primaire").to_dict("records"):
        low, high = attacker.range_of([row[c] for c in attacker.columns])
        assert low < high and (level == 1 or high >= 5)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(release=hierarchical())
def test_nor_of_uneven_hierarchies(release):
    tables, nested = release
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secondary, "HUGE", 0)
        result = protect(tables, hierarchies=nested)
    assert result.complete
    attacker = Attacker(result.tables, parents=nested, least=1)
    for row in result.cells.query("primaire").to_dict("records"):
        low, high = attacker.range_of([row[c] for c in attacker.columns])
        assert low < high
