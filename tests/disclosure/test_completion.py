"""Completions found by rounding and mending: the attack that starts from them says the same."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings

from cepkit.disclosure import audit, protect, secondary
from cepkit.disclosure.completion import completion, other_completion
from cepkit.disclosure.problem import ANY
from tests.disclosure.test_attacker import releases
from tests.disclosure.test_cubes import crossed, linked, release

ATTACK = sys.modules["cepkit.disclosure.audit"]  # `audit` is a function too


@settings(max_examples=20, deadline=None, derandomize=True)
@given(tables=releases())
def test_same_ranges_from_another_completion(tables):
    masked = protect(tables).tables
    usual = audit(masked, exact=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ATTACK, "LARGE", 0)
        other = audit(masked, exact=True)
    assert other.equals(usual)


@pytest.mark.parametrize("level", [1, 2])
@settings(max_examples=20, deadline=None, derandomize=True)
@given(tables=releases())
def test_same_verdicts_when_other_completions_come_first(level, tables):
    """Masked by the threshold alone, so that some cells are given away."""
    masked = {name: t.assign(effectif=t["effectif"].mask(t["effectif"].between(1, 4)))
              for name, t in tables.items()}
    usual = audit(masked, level=level, exact=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secondary, "HUGE", 0)
        other = audit(masked, level=level, exact=False)
    assert other["sur"].tolist() == usual["sur"].tolist()


@pytest.mark.parametrize("seed", range(4))
def test_another_completion_changes_what_it_is_asked_to_change(seed):
    """By hand: a square of four hidden cells turns one way or the other, by one."""
    table = crossed(seed, (2, 2), mean=40)
    cells, problem = linked({"t": table})
    free = (cells.codes != 0).all(axis=1)
    problem.aim[:] = np.where(free, ANY, 0)
    ids, steps = other_completion(problem, free, np.flatnonzero(free), seed)
    assert sorted(ids.tolist()) == np.flatnonzero(free).tolist()
    assert set(np.abs(steps)) == {1} and steps.sum() == 0


@pytest.mark.parametrize("seed", range(4))
def test_all_the_cells_of_a_release_are_completed(seed):
    """Hidden whole but for the totals: what is found agrees with every sum, far from the truth."""
    cells, problem = linked(release(seed))
    free = ((cells.codes != 0).sum(axis=1) >= 4) & (problem.value > 0)
    ids = np.flatnonzero(free)
    truth = problem.value.copy()
    problem.value[ids] = problem.low[ids]
    problem.forget()
    found, steps = completion(problem, ids, free)
    problem.value[found] += steps
    problem.forget()
    assert (problem.matrix @ problem.value == 0).all()
    assert (problem.value >= problem.low).all()
    assert (problem.value != truth).mean() > 0.1
