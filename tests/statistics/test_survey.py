"""Raking against another formulation (a convex solver); sizes and margins by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from cepkit import survey

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


def test_effective_size():
    # Kish (1965): (1 + 2 + 3)² / (1 + 4 + 9) = 36/14.
    assert survey.effective_size([1, 2, 3]) == pytest.approx(36 / 14)
    assert survey.effective_size(np.full(100, 4.0)) == pytest.approx(100)
    assert np.isnan(survey.effective_size([]))


def test_announced_margin():
    # Usual tables of surveys: ± 3.1 points for 1 000 answers, ± 6.9 for 200.
    assert survey.margin_of_error(0.5, [1000, 200]) == pytest.approx([0.0310, 0.0693], abs=1e-4)
