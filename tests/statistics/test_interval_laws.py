"""Laws of the intervals: bounds, monotony, invariances, symmetries, limits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cepkit import intervals as ci

LEVELS = st.sampled_from([0.8, 0.95, 0.998])
EVENTS = st.integers(0, 5_000_000)
STRATA = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(1, 10**7), st.floats(0.1, 9)),
    min_size=1, max_size=8,
)  # fmt: skip


@st.composite
def proportions(draw, largest=5_000_000):
    n = draw(st.integers(1, largest))
    return draw(st.integers(0, n)), n


INTERVALS = {
    "wilson": lambda x, level: ci.wilson(x, 5_000_001, level),
    "exact_poisson": ci.exact_poisson,
    "byar": ci.byar,
}


@pytest.mark.parametrize("name", INTERVALS)
@given(EVENTS, LEVELS)
def test_limits_rise_with_the_count(name, x, level):
    low, high = INTERVALS[name](np.array([x, x + 1]), level)
    assert low[0] <= low[1] and high[0] < high[1]


@pytest.mark.parametrize("name", INTERVALS)
@given(EVENTS)
def test_a_higher_level_gives_a_wider_interval(name, x):
    low, high = INTERVALS[name](x, [0.8, 0.95, 0.998])
    assert (np.diff(low) <= 0).all() and (np.diff(high) > 0).all()


@given(proportions(100_000), st.integers(2, 50))
def test_wilson_narrows_when_the_same_share_is_seen_on_more_people(xn, times):
    (x, n), width = xn, lambda pair: pair[1] - pair[0]
    assert width(ci.wilson(times * x, times * n)) < width(ci.wilson(x, n))


@given(proportions(), proportions(), LEVELS)
def test_difference_is_antisymmetric(first, second, level):
    value, (low, high) = ci.newcombe_difference(*first, *second, level)
    mirror, (mirror_low, mirror_high) = ci.newcombe_difference(*second, *first, level)
    assert (value, low, high) == pytest.approx((-mirror, -mirror_high, -mirror_low), abs=1e-12)


@given(proportions(), proportions(), LEVELS)
def test_difference_of_complements_is_the_opposite(first, second, level):
    (x, n), (y, m) = first, second
    value, (low, high) = ci.newcombe_difference(x, n, y, m, level)
    mirror, (mirror_low, mirror_high) = ci.newcombe_difference(n - x, n, m - y, m, level)
    assert (value, low, high) == pytest.approx((-mirror, -mirror_high, -mirror_low), abs=1e-12)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 9), LEVELS)
def test_exchanged_groups_invert_the_ratio(x, y, more, level):
    value, (low, high) = ci.log_ratio(x, x + more, y, y + 2 * more, level)
    inverse, (inverse_low, inverse_high) = ci.log_ratio(y, y + 2 * more, x, x + more, level)
    assert (value, low, high) == pytest.approx((1 / inverse, 1 / inverse_high, 1 / inverse_low))


@given(STRATA, st.floats(0.001, 1000), st.randoms(use_true_random=False))
def test_direct_rate_knows_neither_the_sum_of_the_weights_nor_the_order(strata, scale, random):
    value, interval = ci.direct_rate(*zip(*strata, strict=True))
    shuffled = [(x, n, scale * w) for x, n, w in strata]
    random.shuffle(shuffled)
    other, limits = ci.direct_rate(*zip(*shuffled, strict=True))
    assert (other, *limits) == pytest.approx((value, *interval), rel=1e-9, abs=1e-12)


@given(STRATA)
def test_direct_rate_on_its_own_population_is_the_crude_rate(strata):
    x, pop, _ = zip(*strata, strict=True)
    value, interval = ci.direct_rate(x, pop, pop)
    expected = [v / sum(pop) for v in (sum(x), *ci.events(sum(x)))]
    assert (value, *interval) == pytest.approx(expected, rel=1e-9, abs=1e-15)


@given(STRATA, st.integers(0, 1000), st.integers(1, 1000))
def test_a_stratum_without_weight_changes_the_rate_of_nobody(strata, x, pop):
    value, _ = ci.direct_rate(*zip(*strata, strict=True))
    other, _ = ci.direct_rate(*zip(*strata, (x, pop, 0), strict=True))
    assert other == pytest.approx(value)


# Below ten events in all, Dobson's limits rest on the exact ones; from ten on, on Byar's
# (rule of Public Health England). One stratum of weight 1 and population 1 shows which.
@pytest.mark.parametrize(("x", "method"), [(9, ci.exact_poisson), (10, ci.byar)])
def test_direct_rate_changes_method_at_ten_events(x, method):
    assert ci.direct_rate([x], [1], [1])[1] == pytest.approx(method(x))


@given(EVENTS, st.floats(0.01, 1e6), st.floats(0.01, 100))
def test_indirect_ratio_scales_with_the_expected(observed, expected, scale):
    value, interval = ci.indirect_ratio(observed, expected)
    other, limits = ci.indirect_ratio(observed, expected * scale)
    assert (value, *interval) == pytest.approx([scale * v for v in (other, *limits)])


# Exact limits (Spiegelhalter, 2005, A.1.1): the law interpolated between counts meets the tail
# exactly. F and f from scipy 1.17, one count at a time.
@given(st.floats(0.01, 50), st.floats(0.5, 10**6), LEVELS)
def test_funnel_exact_poisson_meets_its_tails(reference, exposure, level):
    law = stats.poisson(reference * exposure)
    for limit, tail in zip(ci.funnel_limits(reference, exposure, level, "poisson"),
                           ((1 - level) / 2, (1 + level) / 2), strict=True):  # fmt: skip
        count = limit * exposure
        if count > 1e-6:
            upper = math.ceil(count - 1e-6)
            share = law.cdf(upper) - (upper - count) * law.pmf(upper)
            assert share == pytest.approx(tail, abs=1e-6)


@given(st.floats(0.02, 0.98), st.integers(30, 10**6), st.integers(2, 30), st.floats(1, 50))
def test_funnel_narrows_with_size_and_widens_with_overdispersion(reference, n, times, phi):
    low, high = ci.funnel_limits(reference, [n, times * n], overdispersion=[phi, phi])
    assert low[0] <= low[1] <= reference <= high[1] <= high[0]
    narrow = ci.funnel_limits(reference, n, overdispersion=1)
    wide = ci.funnel_limits(reference, n, overdispersion=phi)
    assert wide[0] <= narrow[0] and narrow[1] <= wide[1]


@pytest.mark.parametrize("reference", [0.0, 1.0])
def test_funnel_of_a_certain_event_leaves_nothing_to_chance(reference):
    for phi in (None, 4):
        limits = ci.funnel_limits(reference, [1, 10, 10**7], 0.998, "binomial", phi)
        assert [list(v) for v in limits] == [[reference] * 3] * 2
    assert ci.funnel_limits(0, 12, law="poisson") == (0, 0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_adjusted_p_values_are_larger_keep_the_order_and_ignore_the_position(p, random):
    adjusted = ci.benjamini_hochberg(p)
    assert (adjusted >= np.array(p) - 1e-15).all() and (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()
    places = list(range(len(p)))
    random.shuffle(places)
    again = ci.benjamini_hochberg([p[i] for i in places])
    assert list(again) == [adjusted[i] for i in places]


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=40), st.floats(0, 0.45))
def test_winsorising_scores_around_zero_never_raises_the_overdispersion(half, winsor):
    z = [*half, *(-v for v in half)]
    phi = ci.overdispersion(z, winsor)
    assert 1 <= phi <= max(1, np.mean(np.square(z))) * (1 + 1e-9)
