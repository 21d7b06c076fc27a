"""Controlled rounding keeps the sums, stays near, and its reader learns an interval only."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from cepkit.disclosure import audit, round_table, round_tables
from cepkit.errors import DisclosureError


def table(grid):
    """Tidy frame of a square of counts with both margins."""
    grid = np.vstack([grid, np.sum(grid, axis=0)])
    grid = np.hstack([grid, grid.sum(axis=1, keepdims=True)])
    rows, columns = ([*map(str, range(n - 1)), "total"] for n in grid.shape)
    return pd.DataFrame([(r, c, grid[i, j]) for i, r in enumerate(rows)
                         for j, c in enumerate(columns)], columns=["r", "c", "effectif"])


def additive(frame):
    square = frame.pivot(index="r", columns="c", values="effectif").astype(int)
    inside = square.drop(index="total", columns="total")
    return (inside.sum(axis=1).eq(square["total"].drop("total")).all()
            and inside.sum(axis=0).eq(square.loc["total"].drop("total")).all()
            and inside.to_numpy().sum() == square.loc["total", "total"])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(2, 5), st.sampled_from([5, 10]))
def test_two_way_tables_always_have_a_zero_restricted_rounding(seed, high, wide, base):
    # Cox (1987): every two-way table has an additive rounding to adjacent multiples.
    full = table(np.random.default_rng(seed).negative_binomial(0.8, 0.05, (high, wide)))
    told = round_table(full, base=base)
    assert additive(told)
    assert (told["effectif"] % base == 0).all()
    assert (told["effectif"] - full["effectif"]).abs().lt(base).all()
    kept = full["effectif"] % base == 0
    assert told.loc[kept, "effectif"].eq(full.loc[kept, "effectif"]).all()
    assert full["effectif"].between(told["borne_min"], told["borne_max"]).all()


def test_least_change_by_enumeration():
    # Every choice of the four inner cells of a 2 × 2 table and of its margins, one by one.
    full = table(np.array([[3, 8], [6, 12]]))
    best = None
    for steps in itertools.product((0, 1), repeat=4):
        inner = np.array([[0, 5], [5, 10]]) + 5 * np.reshape(steps, (2, 2))
        change = np.abs(table(inner)["effectif"] - full["effectif"])
        if change.max() < 5:
            best = min(change.sum(), best if best is not None else 10**9)
    told = round_table(full, base=5)
    assert (told["effectif"] - full["effectif"]).abs().sum() == best


def test_the_reader_of_a_rounded_table_learns_an_interval():
    full = table(np.array([[3, 8], [6, 12]]))
    told = round_table(full, base=5)
    found = audit({"t": told.assign(effectif=pd.NA)}, zeros="secrets")
    assert found["sur"].all()
    merged = found.merge(full, on=["r", "c"])
    assert merged["effectif"].between(merged["minimum"], merged["maximum"]).all()
    # By hand: beside an exact total of 11, parts known within 4 of 5 and 5 leave 2 to 9 each.
    beside = pd.DataFrame({"x": ["a", "b", "total"], "effectif": [3, 8, 11]})
    rounded = round_table(beside[:2], base=5)
    view = {"t": rounded.assign(effectif=pd.NA), "u": beside[2:]}
    again = audit(view, zeros="secrets")
    low, high = rounded["borne_min"].tolist(), rounded["borne_max"].tolist()
    assert again["minimum"].tolist() == [max(low[0], 11 - high[1]), max(low[1], 11 - high[0])]
    assert again["maximum"].tolist() == [min(high[0], 11 - low[1]), min(high[1], 11 - low[0])]


def test_three_ways_and_a_hierarchy():
    rng = np.random.default_rng(5)
    full = pd.DataFrame(itertools.product(("A1", "A2", "B"), "xy", "hf"), columns=["n", "c", "s"])
    full["effectif"] = rng.poisson(4, len(full))
    parent = full[full["n"].str.len() == 2].assign(n="A").groupby(["n", "c", "s"], as_index=False)[
        "effectif"].sum()
    total = full.assign(n="total").groupby(["n", "c", "s"], as_index=False)["effectif"].sum()
    whole = pd.concat([full, parent, total], ignore_index=True)
    told = round_table(whole, base=5, hierarchies={"n": {"A1": "A", "A2": "A"}})
    square = told.set_index(["c", "s", "n"])["effectif"].unstack()
    assert square["A"].eq(square["A1"] + square["A2"]).all()
    assert square["total"].eq(square["A"] + square["B"]).all()


def test_what_cannot_be_rounded_is_told_and_what_is_missing_stays():
    full = table(np.array([[3, 8], [6, 12]]))
    with pytest.raises(DisclosureError, match="au moins 5"):
        round_table(full, base=3)
    full["effectif"] = full["effectif"].astype("Int64").mask(full.index == 0)
    told = round_table(full, base=5)
    assert told["effectif"].isna().tolist() == [True] + [False] * 8


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.integers(2, 3), st.integers(2, 3), st.booleans())
def test_an_independent_attacker_reaches_the_same_ranges(seed, high, wide, told):
    """Cells in multiples of 5, totals of rows exact elsewhere (`told`): scipy against `audit`."""
    full = table(np.random.default_rng(seed).negative_binomial(0.8, 0.1, (high, wide)))
    inner = full[full["r"].ne("total") & full["c"].ne("total")].reset_index(drop=True)
    rounding = round_tables({"t": inner}, base=5)["t"]
    sides = full[full["r"].ne("total") & full["c"].eq("total")] if told else full[:0]
    found = audit({"t": rounding, "sums": sides}, unpublished=["t"], exact=True)
    found = found.set_index(["r", "c"])
    lines = [(inner["r"].eq(r).to_numpy(float), n) for r, n in zip(sides["r"], sides["effectif"],
                                                                   strict=True)]
    law = [LinearConstraint(np.array([row]), n, n) for row, n in lines]
    box = Bounds(rounding["borne_min"].to_numpy(float), rounding["borne_max"].to_numpy(float))
    for i, cell in inner.iterrows():
        ends = [round(milp(sign * np.eye(len(inner))[i], constraints=law, bounds=box,
                           integrality=np.ones(len(inner))).fun * sign) for sign in (1, -1)]
        row = found.loc[(cell["r"], cell["c"])]
        assert [row["minimum"], row["maximum"]] == ends
        assert row["sur"] == (ends[0] < ends[1])
