"""Spread between places against scipy's chi-squared statistics."""

import numpy as np
import pytest
from scipy import stats

from cepkit.gaps import heterogeneity

X, N = np.array([42, 61, 18, 77]), np.array([300, 410, 190, 350])


def test_proportions():
    # Independent formulation: Pearson's statistic of the table yes / no × place.
    expected = stats.chi2_contingency([X, N - X], correction=False).statistic
    q, share = heterogeneity(X, N)
    assert q == pytest.approx(expected)
    # Higgins and Thompson (2002), I² = (Q − df) / Q.
    assert share == pytest.approx((expected - 3) / expected)


def test_rates_of_events():
    expected = stats.chisquare(X, N * X.sum() / N.sum()).statistic
    assert heterogeneity(X, N, "rapport")[0] == pytest.approx(expected)


def test_equal_places_do_not_differ():
    assert heterogeneity([10, 20], [100, 200]) == (0.0, 0.0)


@pytest.mark.parametrize(("x", "n"), [([3], [9]), ([0, 0], [5, 6]), ([np.nan, 2], [5, 6])])
def test_nothing_to_say(x, n):
    assert np.isnan(heterogeneity(x, n)).all()
