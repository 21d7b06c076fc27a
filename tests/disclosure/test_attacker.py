"""An attacker written otherwise (dictionaries, loops, scipy) finds what `audit` finds, no more."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cepkit.disclosure import audit, protect
from tests.disclosure.attacker import Attacker

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


def nothing_told(result, found, attacker, level=1):
    """The audit says what the attacker finds, and no primary cell is worked out."""
    for row in found.fillna({"maximum": 10**5}).to_dict("records"):
        low, high = attacker.range_of([row[c] for c in attacker.columns])
        assert row["minimum"] == low
        assert row["maximum"] == high or min(row["maximum"], high) > 50_000
    for row in result.cells.query("primaire").to_dict("records"):
        low, high = attacker.range_of([row[c] for c in attacker.columns])
        assert low < high and (level == 1 or high >= 5)


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
    nothing_told(result, found, attacker, level)


@st.composite
def hierarchical(draw):
    """Tables over one uneven hierarchy (single children, up to four levels) and a flat column.

    Each table shows its own cut of the tree: a node stands in it, or is opened, or both.
    """
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    up, leaves, todo = {}, [], [("total", draw(st.integers(2, 4)))]
    while todo:
        label, depth = todo.pop()
        top = label == "total"
        kids = 0 if not top and (depth == 0 or rng.random() < 0.25) else rng.choice([1, 2, 3])
        leaves += [] if kids else [label]
        for _ in range(max(kids, 2) if top else kids):
            up[child := f"h{len(up)}"] = label
            todo.append((child, depth - 1))
    columns = ["x", "y", "z"][:draw(st.integers(1, 3))]
    counts = {}
    for leaf, column in itertools.product(leaves, columns):
        n, at = rng.negative_binomial(0.7, 0.7 / (0.7 + rng.choice([1, 3, 8]))), leaf
        while at is not None:
            for c in (column, "total"):
                counts[at, c] = counts.get((at, c), 0) + n
            at = up.get(at)
    children = {}
    for child, parent in up.items():
        children.setdefault(parent, []).append(child)
    tables = {}
    for number in range(draw(st.integers(1, 3))):
        shown = [["total"], columns, [*columns, "total"]][draw(st.integers(0, 2))]
        kept, todo = [], ["total"]
        while todo:
            at = todo.pop()
            opened = at in children and (at == "total" or rng.random() < 0.75)
            kept += [at] if not opened or rng.random() < 0.7 else []
            todo += children[at] if opened else []
        tables[f"t{number}"] = pd.DataFrame(
            [(h, c, counts[h, c]) for h in kept for c in shown], columns=["h", "c", "effectif"])
    return tables, {"h": up}


@pytest.mark.parametrize("zeros", ["publies", "secrets"])
@settings(max_examples=40, deadline=None, derandomize=True)
@given(release=hierarchical())
def test_nothing_small_can_be_worked_out_of_uneven_hierarchies(zeros, release):
    tables, nested = release
    result = protect(tables, hierarchies=nested, zeros=zeros)
    assert result.complete
    attacker = Attacker(result.tables, parents=nested, least=1 if zeros == "publies" else 0)
    found = audit(result.tables, hierarchies=nested, zeros=zeros, exact=True)
    nothing_told(result, found, attacker)


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


@st.composite
def doubtful(draw):
    """Tables whose sums fail here and there, by one or two, beside sums that hold."""
    cells = draw(st.lists(st.tuples(*[st.sampled_from([1, 2, 3, 6, 30, 40])] * 3),
                          min_size=2, max_size=4))
    rows = []
    for i, parts in enumerate(cells):
        whole = max(sum(parts) - draw(st.sampled_from([0, 0, 0, 1, 2])), *parts)
        rows += [(f"m{i}", f"a{j}", n) for j, n in enumerate((*parts, whole))]
    frame = pd.DataFrame(rows, columns=["motif", "age", "effectif"]).replace("a3", "total")
    loose = draw(st.sampled_from([(), ("motif",), ("motif", "age")]))
    linked = frame[frame["age"].isin(["a0", "total"])].reset_index(drop=True)
    return {"t": frame, "u": linked}, {"t": list(loose), "u": list(loose)}


@settings(max_examples=80, deadline=None, derandomize=True)
@given(release=doubtful())
def test_protect_and_audit_agree_where_some_sums_fail(release):
    """What is said complete is safe for readers who do not know which withheld sums fail."""
    tables, loose = release
    result = protect(tables, non_additive=loose)
    found = audit(result.tables, non_additive=loose, primaries=result.cells.query("primaire"))
    assert found["sur"].all() or not result.complete


def test_a_sum_that_fails_unseen_does_not_give_a_false_value_away():
    """By hand: answers overlap for m0 (6 + 6 + 2 = 13 + 1) and m1 only; with m0 × a2 alone
    withheld in its line, m2 and m3 would make readers believe in 13 - 6 - 6 = 1."""
    rows = {"m0": (6, 6, 2, 13), "m1": (1, 2, 2, 4), "m2": (30, 6, 6, 42), "m3": (6, 6, 6, 18)}
    full = pd.DataFrame([(m, a, n) for m, line in rows.items() for a, n in zip(
        ("a0", "a1", "a2", "total"), line, strict=True)], columns=["motif", "age", "effectif"])
    loose = {"t": ["motif", "age"]}
    alone = full.assign(effectif=full["effectif"].mask(full["effectif"].lt(5)))
    found = audit({"t": alone}, non_additive=loose).set_index(["motif", "age"])
    assert found.loc[("m0", "a2"), "maximum"] == 1
    result = protect({"t": full}, non_additive=loose)
    assert result.complete
    assert audit(result.tables, non_additive=loose)["sur"].all()
