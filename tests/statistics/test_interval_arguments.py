"""What the intervals accept: scalars, arrays, lists, series, missing values; what they refuse."""

import numpy as np
import pandas as pd
import pytest

from cepkit import intervals as ci

FUNCTIONS = {
    "wilson": (ci.wilson, [(3, 10), (0, 4), (4, 4), (2_000_000, 9_000_000)]),
    "exact_poisson": (ci.exact_poisson, [(0,), (3,), (12,), (4_551_908,)]),
    "byar": (ci.byar, [(0,), (3,), (12,), (4_551_908,)]),
    "events": (ci.events, [(0,), (9,), (10,), (4_551_908,)]),
    "newcombe": (ci.newcombe_difference, [(3, 10, 0, 5), (4, 4, 1, 9), (0, 2, 3, 3)]),
    "rate_difference": (ci.rate_difference, [(3, 10, 0, 5), (40, 4, 1, 9)]),
    "log_ratio": (ci.log_ratio, [(3, 10, 0, 5), (4, 4, 1, 9), (0, 2, 0, 3)]),
    "rate_ratio": (ci.rate_ratio, [(30, 10, 0, 5), (4, 4, 1, 9), (0, 2, 0, 3)]),
    "specificity": (ci.specificity, [(3, 10, 30, 50), (0, 5, 2, 9), (1, 1, 1, 1)]),
    "indirect_ratio": (ci.indirect_ratio, [(0, 2.5), (30, 40.0)]),
    "funnel_limits": (ci.funnel_limits, [(0.2, 10), (0.5, 999), (0.0, 3)]),
}


def flat(result):
    return np.array([result[0], *np.ravel(result[1:])], dtype=float).ravel()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arrays_are_scalars_side_by_side(name):
    function, rows = FUNCTIONS[name]
    columns = [np.array(c) for c in zip(*rows, strict=True)]
    together = function(*columns)
    together = np.vstack([np.atleast_2d(part) for part in together])
    alone = np.column_stack([flat(function(*row)) for row in rows])
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_scalars_give_floats(name):
    function, rows = FUNCTIONS[name]
    result = function(*rows[0])
    parts = [result[0], *result[1]] if isinstance(result[1], tuple) else result
    assert all(isinstance(part, float) for part in parts)


@pytest.mark.parametrize(
    "result",
    [
        ci.wilson(3, 0), ci.wilson(4, 3), ci.wilson(-1, 3), ci.wilson(np.nan, 3),
        ci.wilson(None, 3), ci.wilson(pd.NA, 3), ci.wilson(1, np.inf),
        ci.exact_poisson(-1), ci.exact_poisson(np.nan), ci.byar(-1), ci.events(np.nan),
        ci.newcombe_difference(1, 0, 1, 2), ci.newcombe_difference(1, 2, 3, 2),
        ci.log_ratio(1, 0, 1, 2), ci.log_ratio(0, 5, 0, 5), ci.rate_ratio(1, 0, 1, 2),
        ci.specificity(5, 10, 4, 100), ci.specificity(5, 10, 6, 8), ci.specificity(0, 5, 0, 9),
        ci.direct_rate([1, 2], [10, 0], [1, 1]), ci.direct_rate([1, -2], [10, 5], [1, 1]),
        ci.direct_rate([], [], []), ci.direct_rate([1, 2], [9, 9], [0, 0]),
        ci.indirect_ratio(3, 0), ci.indirect_ratio(-3, 1),
        ci.funnel_limits(1.2, 10), ci.funnel_limits(0.2, 0), ci.funnel_limits(-1, 9, law="poisson"),
    ],
)  # fmt: skip
def test_impossible_data_give_nan(result):
    assert np.isnan(flat(result)).all()


@pytest.mark.parametrize("level", [95, 1, 0, -0.95, np.nan, [0.95, 95]])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_impossible_levels_raise(name, level):
    function, rows = FUNCTIONS[name]
    with pytest.raises(ValueError, match="niveau de confiance"):
        function(*rows[0], level)


def test_impossible_arguments_raise():
    with pytest.raises(ValueError, match="« binomial » ou « poisson »"):
        ci.funnel_limits(0.1, 10, law="normal")
    with pytest.raises(ValueError, match="surdispersion"):
        ci.funnel_limits(0.1, 10, overdispersion=0)
    with pytest.raises(ValueError, match="winsor"):
        ci.overdispersion([1.0], winsor=0.5)


def test_two_levels_at_once_are_nested():
    low, high = ci.funnel_limits(0.149, 1000, [0.95, 0.998])
    assert low[1] < low[0] < 0.149 < high[0] < high[1]


MISSING = [None, float("nan"), pd.NA, pd.NaT, np.float64("inf")]


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize(
    "container",
    [list, tuple, np.array, pd.Series, lambda v: pd.Series(v, dtype=object)],
)
def test_a_missing_value_among_others_is_nan_in_its_place_only(container, missing):
    low, high = ci.wilson(container([3, missing, 0]), container([10, 10, 4]))
    assert np.isnan([low[1], high[1]]).all()
    assert (low[0], high[0]) == ci.wilson(3, 10) and low[2] == 0.0


def test_nullable_series_are_arrays():
    x, n = pd.Series([3, None], dtype="Int64"), pd.Series([10, 10], dtype="Int64")
    low, high = ci.wilson(x, n)
    assert isinstance(low, np.ndarray) and low[0] == ci.wilson(3, 10)[0] and np.isnan(high[1])
    adjusted = ci.benjamini_hochberg(pd.Series([0.01, None], dtype="Float64"))
    assert adjusted[0] == 0.01 and np.isnan(adjusted[1])
    assert ci.overdispersion(pd.Series([3.0, pd.NA], dtype=object)) == 9.0


@pytest.mark.parametrize("kind", [np.int32, np.int64, np.uint16, np.float32, np.array])
def test_numpy_scalars_are_scalars(kind):
    low, high = ci.exact_poisson(kind(7))
    assert (low, high) == ci.exact_poisson(7) and isinstance(low, float)


def test_shapes_are_broadcast():
    low, high = ci.wilson([[1], [2]], [10, 20, 30])
    assert low.shape == high.shape == (2, 3) and low[1, 2] == ci.wilson(2, 30)[0]
    low, _ = ci.funnel_limits([0.1, 0.2], [[10], [20]], [0.95, 0.998])
    assert low.shape == (2, 2)
    value, (low, _) = ci.direct_rate([[1, 2], [3, 4]], [10, 20], [1, 1])
    assert value.shape == low.shape == (2,)
    assert value[1] == ci.direct_rate([3, 4], [10, 20], [1, 1])[0]
    assert [len(v) for v in ci.exact_poisson([])] == [0, 0]


# The order of the arguments and the keyword `level` are a contract.
def test_arguments_by_position_and_by_keyword():
    assert ci.wilson(3, 10, 0.9) == ci.wilson(x=3, n=10, level=0.9)
    assert ci.byar(12, 0.9) == ci.byar(x=12, level=0.9)
    assert ci.exact_poisson(2, 0.9) == ci.exact_poisson(x=2, level=0.9)
    named = {"x1": 3, "n1": 10, "x2": 4, "n2": 12, "level": 0.9}
    assert ci.newcombe_difference(3, 10, 4, 12, 0.9) == ci.newcombe_difference(**named)
    assert ci.log_ratio(3, 10, 4, 12, 0.9) == ci.log_ratio(**named)
    strata = {"x": [3, 4], "pop": [10, 20], "weights": [1, 2], "level": 0.9}
    assert ci.direct_rate([3, 4], [10, 20], [1, 2], 0.9) == ci.direct_rate(**strata)
    assert ci.indirect_ratio(3, 4.0, 0.9) == ci.indirect_ratio(observed=3, expected=4.0, level=0.9)
    assert ci.funnel_limits(0.2, 90, 0.9, "poisson", 2.0) == ci.funnel_limits(
        reference=0.2, n=90, level=0.9, law="poisson", overdispersion=2.0
    )
    assert ci.specificity(3, 10, 9, 40, 0.9) == ci.specificity(x=3, n=10, X=9, N=40, level=0.9)
    assert ci.benjamini_hochberg(p=0.01) == 0.01


@pytest.mark.parametrize("level", ["0.95", "95%", None, True])
def test_a_level_is_a_number(level):
    with pytest.raises(ValueError, match="niveau de confiance"):
        ci.wilson(3, 10, level)


def test_impossible_overdispersion_among_others_raises():
    with pytest.raises(ValueError, match="surdispersion"):
        ci.funnel_limits(0.1, 10, overdispersion=[2.0, np.nan])
