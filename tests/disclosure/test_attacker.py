"""An attacker written otherwise (dictionaries, loops, scipy) finds what `audit` finds, no more."""

from __future__ import annotations

import importlib.util
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cepkit.disclosure import audit, protect

_SPEC = importlib.util.spec_from_file_location("attaquant", Path(__file__).with_name("attacker.py"))
_MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)
Attacker = _MODULE.Attacker

CHOICES = [("a", "b"), ("a", "c"), ("b", "c"), ("a", "b", "c"), ("a", "d"), ("a", "b", "d"),
           ("c", "d")]


def with_totals(frame, columns):
    for column in columns:
        others = [c for c in frame.columns if c not in (column, "effectif")]
        total = frame.groupby(others, as_index=False)["effectif"].sum().assign(**{column: "total"})
        frame = pd.concat([frame, total[frame.columns]], ignore_index=True)
    return frame


@st.composite
def releases(draw):
    """One to three tables cut from the same small population, with or without their totals."""
    sizes = {d: draw(st.integers(2, 3)) for d in "abcd"}
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    mean = draw(st.sampled_from([0.5, 1.0, 3.0]))
    labels = [[f"{d}{i}" for i in range(n)] for d, n in sizes.items()]
    rows = [(*key, rng.negative_binomial(0.7, 0.7 / (0.7 + mean)))
            for key in itertools.product(*labels)]
    people = pd.DataFrame(rows, columns=[*sizes, "effectif"])
    picked = draw(st.lists(st.sampled_from(CHOICES), min_size=1, max_size=3, unique=True))
    return {"".join(columns): with_totals(
        people.groupby(list(columns), as_index=False)["effectif"].sum(),
        [c for c in columns if draw(st.integers(0, 4))]) for columns in picked}


@pytest.mark.parametrize(("zeros", "level"), [("publies", 1), ("publies", 2), ("secrets", 1)])
@settings(max_examples=12, deadline=None, derandomize=True)
@given(tables=releases())
def test_nothing_small_can_be_worked_out(tables, zeros, level):
    result = protect(tables, zeros=zeros, level=level)
    attacker = Attacker(result.tables, least=1 if zeros == "publies" else 0)
    found = audit(result.tables, zeros=zeros, level=level, exact=True)
    quick = audit(result.tables, zeros=zeros, level=level, exact=False)
    assert quick["sur"].tolist() == found["sur"].tolist()
    assert result.complete
    for row in found.fillna({"maximum": 10**5}).to_dict("records"):
        low, high = attacker.range_of([row[c] for c in attacker.columns])
        assert row["minimum"] == low
        assert row["maximum"] == high or min(row["maximum"], high) > 50_000
    for row in result.cells.query("primaire").to_dict("records"):
        low, high = attacker.range_of([row[c] for c in attacker.columns])
        assert low < high and (level == 1 or high >= 5)


def test_counts_of_values_by_enumeration():
    """Every completion of a small withheld square, one by one."""
    masked = pd.DataFrame({
        "r": ["a", "a", "a", "b", "b", "b", "total", "total", "total"],
        "c": ["x", "y", "total"] * 3,
        "effectif": [None, None, 6, None, None, 7, 4, 9, 13]})
    possible = {(i, 6 - i, 4 - i, 3 + i) for i in range(1, 4)}
    found = audit({"t": masked})
    assert found["valeurs_possibles"].tolist() == [len({p[k] for p in possible}) for k in range(4)]
    assert found["minimum"].tolist() == [min(p[k] for p in possible) for k in range(4)]
    assert found["maximum"].tolist() == [max(p[k] for p in possible) for k in range(4)]


def test_one_secondary_republished_is_never_missed():
    rng = np.random.default_rng(3)
    rows = [(f"a{i}", f"b{j}", rng.negative_binomial(1, 0.1)) for i in range(5) for j in range(5)]
    full = with_totals(pd.DataFrame(rows, columns=["a", "b", "effectif"]), ["a", "b"])
    result = protect({"t": full})
    for keys in result.cells.query("secondaire")[["a", "b"]].values.tolist():
        masked = result.tables["t"].copy()
        here = (masked["a"] == keys[0]) & (masked["b"] == keys[1])
        masked.loc[here, "effectif"] = full.loc[here, "effectif"]
        attacker = Attacker({"t": masked})
        ends = [attacker.range_of(k) for k in
                result.cells.query("primaire")[["a", "b"]].values.tolist()]
        found = audit({"t": masked}, primaries=result.cells.query("primaire"))
        assert (~found["sur"]).sum() == sum(low == high for low, high in ends)
