"""The reading rule of SPECIFICATION 5.0, sentence by sentence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cepkit.gaps import is_marked, reading, reading_points, reading_ratio


@pytest.mark.parametrize(
    ("gap", "low", "high", "word"),
    [
        # « marqué si l'intervalle exclut l'égalité et s'il atteint le seuil de portée »
        (0.030, 0.010, 0.050, "au-dessus"),
        (-0.030, -0.050, -0.010, "en dessous"),
        (0.15 - 0.13, 0.010, 0.030, "au-dessus"),
        # « intervalle excluant l'égalité mais sous le seuil : proche »
        (0.019, 0.010, 0.028, "proche"),
        (-0.001, -0.002, -0.0005, "proche"),
        # « intervalle contenant l'égalité et plus large que le seuil : non concluant »
        (0.030, -0.010, 0.070, "non concluant"),
        (0.000, -0.011, 0.011, "non concluant"),
        (0.030, 0.000, 0.060, "non concluant"),
        # « sinon proche »
        (0.001, -0.009, 0.011, "proche"),
        # No limit, no conclusion; no gap, no word.
        (0.030, np.nan, 0.050, "non concluant"),
        (np.nan, 0.010, 0.050, None),
    ],
)
def test_rule_in_points(gap, low, high, word):
    assert reading_points(gap, low, high) == word


@pytest.mark.parametrize(
    ("ratio", "low", "high", "word"),
    [
        (1.10, 1.05, 1.15, "au-dessus"),
        (0.90, 0.85, 0.95, "en dessous"),
        (1.09, 1.05, 1.13, "proche"),
        (1.20, 0.95, 1.50, "non concluant"),
        (1.00, 0.97, 1.03, "proche"),
        (0.00, 0.00, np.nan, "non concluant"),
        (np.inf, np.nan, np.inf, "non concluant"),
    ],
)
def test_rule_for_ratios(ratio, low, high, word):
    assert reading_ratio(ratio, low, high) == word


def test_arrays_are_scalars_side_by_side():
    gaps = np.array([0.03, -0.03, 0.0, np.nan])
    words = reading(gaps, gaps - 0.01, gaps + 0.01, 0.02)
    assert list(words) == ["au-dessus", "en dessous", "proche", None]
    assert list(is_marked(words)) == [True, True, False, False]


@given(st.floats(-1, 1), st.floats(0, 0.5), st.floats(0.001, 0.5))
def test_the_rule_is_symmetric(gap, half, threshold):
    mirror = {"au-dessus": "en dessous", "en dessous": "au-dessus"}
    word = reading(gap, gap - half, gap + half, threshold)
    opposite = reading(-gap, -gap - half, -gap + half, threshold)
    assert opposite == mirror.get(word, word)


@given(st.floats(-1, 1), st.floats(0, 0.5), st.floats(0.001, 0.2), st.floats(0, 0.5))
def test_a_higher_threshold_never_marks_more(gap, half, threshold, more):
    if is_marked(reading(gap, gap - half, gap + half, threshold + more)):
        assert is_marked(reading(gap, gap - half, gap + half, threshold))


def test_impossible_threshold_raises():
    with pytest.raises(ValueError, match="seuil de portée"):
        reading(0.1, 0.0, 0.2, -0.02)
