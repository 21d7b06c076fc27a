"""Raking and weighted shares against other formulations: a convex solver, a robust regression."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from cepkit import survey
from cepkit.intervals import wilson

SAMPLE = pd.DataFrame({"sexe": list("FFFFHHHHHH"), "age": list("jjavjaavva")})
MARGINS = {"sexe": {"F": 520.0, "H": 480.0}, "age": {"j": 200.0, "a": 500.0, "v": 300.0}}


def by_divergence(sample: pd.DataFrame, margins, design: np.ndarray) -> np.ndarray:
    """Weights nearest to the design in Kullback-Leibler divergence: the dual, solved by scipy."""
    pairs = [(d, m) for d, known in margins.items() for m in known]
    is_in = np.array([(sample[d] == m).astype(float) for d, m in pairs])
    goal = np.array([margins[d][m] for d, m in pairs])

    def dual(v):
        return (design * np.exp(v @ is_in)).sum() - v @ goal

    def slope(v):
        return is_in @ (design * np.exp(v @ is_in)) - goal

    found = optimize.minimize(dual, np.zeros(len(goal)), jac=slope, method="BFGS",
                              options={"gtol": 1e-8, "maxiter": 5000})
    return design * np.exp(found.x @ is_in)


@pytest.mark.parametrize("design", [np.ones(10), np.linspace(1, 3, 10)], ids=["equal", "unequal"])
def test_raking_is_the_nearest_to_the_design(design):
    # Deville and Särndal (1992): the raking ratio minimises this divergence.
    expected = by_divergence(SAMPLE, MARGINS, design)
    assert survey.raking(SAMPLE, MARGINS, design) == pytest.approx(expected, rel=1e-5)


def test_margins_are_met_and_read_as_shares():
    weights = pd.Series(survey.raking(SAMPLE, {**MARGINS, "age": {"j": 2, "a": 5, "v": 3}}))
    for dimension, known in MARGINS.items():
        assert weights.groupby(SAMPLE[dimension]).sum().to_dict() == pytest.approx(known)


@pytest.mark.parametrize(("margins", "said"), [
    ({"sexe": {"F": 1.0}}, "sexe, « H » : sans marge connue"),
    ({"age": {"j": 1, "a": 1, "v": 1, "x": 1}}, "age, « x » : sans répondant"),
    ({"sexe": {"F": 1.0, "H": 0.0}}, "sexe, « H » : de marge nulle, mais avec des répondants"),
    ({}, "des marges et des poids positifs"),
])
def test_margins_that_cannot_be_met_are_named(margins, said):
    with pytest.raises(ValueError, match=said):
        survey.raking(SAMPLE, margins)


def test_margins_that_contradict_each_other():
    tied = pd.DataFrame({"a": ["x", "y"], "b": ["x", "y"]})
    with pytest.raises(ValueError, match="respectées ensemble"):
        survey.raking(tied, {"a": {"x": 1, "y": 3}, "b": {"x": 2, "y": 2}})


def test_share_and_its_variance():
    answers = np.array([1, 0, 1, 1, 0, 0, 1, 0, 1, 1])
    weights = np.linspace(0.5, 2.5, 10)
    # Weighted mean with its heteroscedasticity-robust variance and the factor n / (n − 1), by
    # another library: HC1 of a regression on a constant.
    fitted = sm.WLS(answers, np.ones(10), weights=weights).fit(cov_type="HC1")
    share, limits, size = survey.weighted_share(answers, weights)
    assert share == pytest.approx(fitted.params[0])
    assert share * (1 - share) / size == pytest.approx(fitted.bse[0] ** 2)
    assert limits == pytest.approx(wilson(share * size, size))


def test_equal_weights_give_wilson_on_the_sample():
    # n − 1 in place of n: the variance of a mean is estimated.
    share, limits, size = survey.weighted_share([1] * 30 + [0] * 70, np.full(100, 4.0))
    assert (share, size) == (pytest.approx(0.3), pytest.approx(99))
    assert limits == pytest.approx(wilson(29.7, 99))


def test_everyone_says_yes():
    # Kish (1965): (1 + 2 + 3)² / (1 + 4 + 9) = 36/14.
    share, (low, high), size = survey.weighted_share([1, 1, 1], [1, 2, 3])
    assert (share, high, size) == (1, 1, pytest.approx(36 / 14)) and low < 1


def test_finite_population():
    _, wide, size = survey.weighted_share([1, 0] * 50, np.ones(100))
    _, narrow, larger = survey.weighted_share([1, 0] * 50, np.ones(100), population=200)
    assert larger == pytest.approx(2 * size) and narrow[0] > wide[0]
    assert survey.weighted_share([1, 0], [1, 1], population=2)[1] == (0.5, 0.5)
    with pytest.raises(ValueError, match="plus de répondants"):
        survey.weighted_share([1, 0, 1], [1, 1, 1], population=2)


def test_nobody_answered():
    share, limits, size = survey.weighted_share([], [])
    assert np.isnan([share, *limits]).all() and size == 0


def test_announced_margin():
    # Usual tables of surveys: ± 3.1 points for 1 000 answers, ± 6.9 for 200.
    assert survey.margin_of_error(0.5, [1000, 200]) == pytest.approx([0.0310, 0.0693], abs=1e-4)


@given(st.lists(st.tuples(st.booleans(), st.floats(0.1, 10)), min_size=1, max_size=40))
def test_the_share_lies_inside_its_interval(rows):
    answers, weights = (np.array(v) for v in zip(*rows, strict=True))
    share, (low, high), size = survey.weighted_share(answers, weights)
    assert 0 <= low <= share + 1e-12 and share - 1e-12 <= high <= 1 and size <= len(rows) + 1e-9
