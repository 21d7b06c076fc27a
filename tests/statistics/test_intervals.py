"""Intervals against published tables, scipy and statsmodels, and their laws."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats.contingency import relative_risk
from statsmodels.stats import rates
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from cepkit import intervals as ci

LEVELS = st.sampled_from([0.8, 0.9, 0.95, 0.998])
COUNTS = st.integers(0, 5_000_000)


@st.composite
def proportions(draw, largest=5_000_000):
    n = draw(st.integers(1, largest))
    return draw(st.integers(0, n)), n


# Newcombe R. G. (1998), Stat. Med. 17, 857-872, table I, method 3 (Wilson): four digits; the next
# test runs statsmodels, which gives the same ones.
@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_published(x, n, low, high):
    assert ci.wilson(x, n) == pytest.approx((low, high), abs=5e-5)


# statsmodels 0.15, proportion_confint(x, n, alpha, method="wilson").
@given(proportions(), LEVELS)
def test_wilson_agrees_with_statsmodels(xn, level):
    expected = proportion_confint(*xn, alpha=1 - level, method="wilson")
    assert ci.wilson(*xn, level) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(proportions(), LEVELS)
def test_wilson_laws(xn, level):
    x, n = xn
    low, high = ci.wilson(x, n, level)
    assert 0 <= low <= x / n <= high <= 1
    mirrored = ci.wilson(n - x, n, level)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-12)


# Half chi-square quantiles of the formula of Garwood (1936), from the tables of chi-square
# (same digits with scipy 1.17, chi2.ppf): χ²(2; 0.975) = 7.378, χ²(2; 0.025) = 0.0506,
# χ²(4; 0.975) = 11.143, χ²(10; 0.025) = 3.247, χ²(12; 0.975) = 23.337, χ²(20; 0.025) = 9.591,
# χ²(22; 0.975) = 36.781.
@pytest.mark.parametrize(
    ("x", "low", "high"),
    [(0, 0.0, 3.689), (1, 0.025, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390)],
)
def test_exact_poisson_published(x, low, high):
    assert ci.exact_poisson(x) == pytest.approx((low, high), abs=6e-4)


# Expansion of Cornish & Fisher (1938) of a gamma quantile, independent of any library:
# x + z √x + (z² - 1) / 3 + (z³ - 7z) / (36 √x), with an error of the order of 1 / x.
@given(st.integers(100_000, 100_000_000), LEVELS)
def test_exact_poisson_of_millions_agrees_with_its_expansion(x, level):
    def quantile(x, z):
        return x + z * math.sqrt(x) + (z**2 - 1) / 3 + (z**3 - 7 * z) / (36 * math.sqrt(x))

    z = statistics.NormalDist().inv_cdf((1 + level) / 2)
    expected = quantile(x, -z), quantile(x + 1, z)
    assert ci.exact_poisson(x, level) == pytest.approx(expected, abs=1e-4)


# Definition: the limits are the means whose tails hold alpha / 2 (scipy 1.17, poisson).
@given(st.integers(1, 5000), LEVELS)
def test_exact_poisson_inverts_its_tails(x, level):
    low, high = ci.exact_poisson(x, level)
    assert stats.poisson.sf(x - 1, low) == pytest.approx((1 - level) / 2, rel=1e-6)
    assert stats.poisson.cdf(x, high) == pytest.approx((1 - level) / 2, rel=1e-6)


# Breslow & Day (1987), equation 2.13, computed by hand for x = 10 and z = 1.959964:
# 10 (1 - 1/90 - z / (3 √10))³ and 11 (1 - 1/99 + z / (3 √11))³.
def test_byar_by_hand():
    z = 1.959963984540054
    low = 10 * (1 - 1 / 90 - z / (3 * math.sqrt(10))) ** 3
    high = 11 * (1 - 1 / 99 + z / (3 * math.sqrt(11))) ** 3
    assert ci.byar(10) == pytest.approx((low, high), rel=1e-12)


@given(st.integers(10, 4_000_000))
def test_byar_is_close_to_the_exact_limits_from_ten_events(x):
    assert ci.byar(x) == pytest.approx(ci.exact_poisson(x), rel=2e-3)


@given(COUNTS, LEVELS)
def test_events_laws(x, level):
    low, high = ci.events(x, level)
    assert 0 <= low <= x < high
    method = ci.byar if x >= 10 else ci.exact_poisson
    assert (low, high) == method(x, level)


def test_byar_low_limit_is_never_negative():
    assert ci.byar(1, 0.998)[0] == 0.0


# Newcombe R. G. (1998), Stat. Med. 17, 873-890, table II, method 10: four digits; the next test
# runs statsmodels, which gives the same ones.
@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0000),
        ((10, 10, 0, 10), 0.6075, 1.0000),
    ],
)
def test_newcombe_published(counts, low, high):
    value, interval = ci.newcombe_difference(*counts)
    assert value == pytest.approx(counts[0] / counts[1] - counts[2] / counts[3])
    assert interval == pytest.approx((low, high), abs=5.1e-5)


# statsmodels 0.15, confint_proportions_2indep(compare="diff", method="newcomb").
@given(proportions(), proportions(), LEVELS)
def test_newcombe_agrees_with_statsmodels(first, second, level):
    expected = confint_proportions_2indep(
        *first, *second, method="newcomb", compare="diff", alpha=1 - level
    )
    value, interval = ci.newcombe_difference(*first, *second, level)
    assert interval == pytest.approx(expected, abs=1e-9)
    assert -1 - 1e-12 <= interval[0] <= value <= interval[1] <= 1 + 1e-12


# scipy 1.17, scipy.stats.contingency.relative_risk(...).confidence_interval(level).
@given(proportions(100_000), proportions(100_000), LEVELS)
def test_log_ratio_agrees_with_scipy(first, second, level):
    risk = relative_risk(*first, *second)
    value, interval = ci.log_ratio(*first, *second, level)
    expected = [risk.relative_risk, *risk.confidence_interval(level)]
    assert [value, *interval] == pytest.approx(expected, rel=1e-9, nan_ok=True)


# Katz et al. (1978), computed by hand: exp(ln RR ± 1.96 √(1/x1 - 1/n1 + 1/x2 - 1/n2)).
def test_log_ratio_by_hand():
    se = math.sqrt(1 / 2 - 1 / 16 + 1 / 7 - 1 / 19)
    ratio = (2 / 16) / (7 / 19)
    spread = math.exp(1.959963984540054 * se)
    value, interval = ci.log_ratio(2, 16, 7, 19)
    assert (value, *interval) == pytest.approx((ratio, ratio / spread, ratio * spread))


def test_log_ratio_without_cases_does_not_invent_a_limit():
    value, (low, high) = ci.log_ratio(0, 10, 5, 10)
    assert (value, low) == (0.0, 0.0) and math.isnan(high)
    value, (low, high) = ci.log_ratio(5, 10, 0, 10)
    assert (value, high) == (math.inf, math.inf) and math.isnan(low)


# Cases of Boice & Monson (1977), J. Natl Cancer Inst. 59, 823-832: 41 in 28 010 person-years
# against 15 in 19 017; by hand: exp(ln(1.85578) ± 1.96 √(1/41 + 1/15)).
def test_rate_ratio_by_hand():
    value, interval = ci.rate_ratio(41, 28_010, 15, 19_017)
    assert (value, *interval) == pytest.approx((1.85578, 1.0272, 3.3526), abs=2e-4)


@given(COUNTS, st.integers(1, 10**7), COUNTS, st.integers(1, 10**7))
def test_rate_difference_is_antisymmetric(x1, t1, x2, t2):
    value, (low, high) = ci.rate_difference(x1, t1, x2, t2)
    mirrored, (mirrored_low, mirrored_high) = ci.rate_difference(x2, t2, x1, t1)
    assert (value, low, high) == pytest.approx((-mirrored, -mirrored_high, -mirrored_low))


# Gardner M. J. & Altman D. G. (1989), Statistics with confidence, p. 62: 32 cases in four strata,
# standard population 2773, 2556, 1113, 184; sum of w x / n by hand, 0.05747 a person.
def test_direct_rate_of_a_textbook():
    value, (low, high) = ci.direct_rate([4, 13, 8, 7], [96, 237, 105, 32], [2773, 2556, 1113, 184])
    by_hand = (2773 * 4 / 96 + 2556 * 13 / 237 + 1113 * 8 / 105 + 184 * 7 / 32) / 6626
    assert value == pytest.approx(by_hand, rel=1e-12) == pytest.approx(0.05747, abs=5e-6)
    assert low < by_hand < high


# Dobson (1991) written out independently, stratum by stratum, with scipy's chi-square limits.
def test_direct_rate_by_an_independent_formula():
    x, pop, weights = [3, 12, 40], [1200.0, 3100.0, 2500.0], [5000, 3000, 2000]
    total_weight = sum(weights)
    rate = sum(w * a / p for w, a, p in zip(weights, x, pop, strict=True)) / total_weight
    variance = sum(w**2 * a / p**2 for w, a, p in zip(weights, x, pop, strict=True))
    scale = math.sqrt(variance) / total_weight / math.sqrt(sum(x))
    low, high = ci.byar(sum(x))
    expected = rate, rate + scale * (low - sum(x)), rate + scale * (high - sum(x))
    value, interval = ci.direct_rate(x, pop, weights)
    assert (value, *interval) == pytest.approx(expected, rel=1e-12)


@given(COUNTS, st.integers(1, 10**7), st.floats(0.1, 100), LEVELS)
def test_one_stratum_is_the_crude_rate(x, pop, weight, level):
    value, interval = ci.direct_rate([x], [pop], [weight], level)
    low, high = ci.events(x, level)
    assert (value, *interval) == pytest.approx((x / pop, low / pop, high / pop), rel=1e-9)


@given(st.lists(st.tuples(COUNTS, st.integers(1, 10**7), st.floats(0.1, 9)), min_size=1))
def test_direct_rate_lies_between_the_rates_of_the_strata(strata):
    x, pop, weights = zip(*strata, strict=True)
    value, (low, high) = ci.direct_rate(x, pop, weights)
    rates = np.divide(x, pop)
    slack = 1e-9 * rates.max()
    assert rates.min() - slack <= value <= rates.max() + slack
    assert 0 <= low <= value + slack and value <= high


# Four cases observed for 3.3 expected, the example of epiR::epi.smr: SMR 1.212; the exact limits of
# four events are half of χ²(8; 0.025) = 2.1797 and of χ²(10; 0.975) = 20.4832 (tables).
def test_indirect_ratio_of_few_events_is_exact():
    value, interval = ci.indirect_ratio(4, 3.3)
    assert value == pytest.approx(1.2121, abs=5e-5)
    assert interval == pytest.approx((2.1797 / 6.6, 20.4832 / 6.6), abs=3e-5)


# Welsh nickel workers (Breslow & Day, 1987; data of R's poisson.test): 137 deaths for 24.19893
# expected; Byar's limits of 137 by hand: 137 (1 - 1/1233 - z / (3 √137))³ = 115.02 and
# 138 (1 - 1/1242 + z / (3 √138))³ = 161.96.
def test_indirect_ratio_of_many_events_is_byar():
    value, interval = ci.indirect_ratio(137, 24.19893)
    assert value == pytest.approx(5.6614, abs=5e-5)
    assert interval == pytest.approx((115.02 / 24.19893, 161.96 / 24.19893), abs=5e-4)


def test_specificity_of_a_part_of_the_whole():
    value, (low, high) = ci.specificity(300, 1000, 20_000, 100_000)
    _, (rest_low, rest_high) = ci.log_ratio(300, 1000, 19_700, 99_000)
    assert value == pytest.approx(1.5)
    # The part weighs 1 % of the whole: 1 / (0.01 + 0.99 / ratio), by hand.
    expected = (1 / (0.01 + 0.99 / rest_low), 1 / (0.01 + 0.99 / rest_high))
    assert (low, high) == pytest.approx(expected)


# Delta method of Beyene J. & Moineddin R. (2005), BMC Med. Res. Methodol. 5:32, written out for
# counts of the part (x of n) and of the rest (X - x of N - n) that are independent binomials:
# d LQ / dx = (N / n) (X - x) / X² and d LQ / d(X - x) = -(N / n) x / X².
@given(st.integers(20_000, 10**6), st.floats(0.02, 0.98), st.floats(0.2, 5), st.floats(0.02, 0.98))
def test_specificity_agrees_with_the_delta_method(n, share, size, other):
    m = int(n * size)
    x, y = round(n * share), round(m * other)
    value, (low, high) = ci.specificity(x, n, x + y, n + m)
    scale = (n + m) / n / (x + y) ** 2
    variance = (scale * y) ** 2 * x * (1 - x / n) + (scale * x) ** 2 * y * (1 - y / m)
    half = 1.959963984540054 * math.sqrt(variance)
    assert (low, high) == pytest.approx((value - half, value + half), rel=8e-3)
    assert high - low == pytest.approx(2 * half, rel=0.02)


def test_specificity_of_the_whole_is_one():
    assert ci.specificity(30, 100, 30, 100) == (1.0, (1.0, 1.0))


@given(proportions(10_000), proportions(100_000))
def test_specificity_laws(part, rest):
    (x, n), (y, m) = part, rest
    value, (low, high) = ci.specificity(x, n, x + y, n + m)
    if x + y == 0:
        assert math.isnan(value)
    elif x and y:
        assert low <= value * (1 + 1e-9) and value <= high * (1 + 1e-9)
        assert high <= (n + m) / n * (1 + 1e-9)


# Normal limits of Spiegelhalter (2005): reference ± z √(phi θ (1 - θ) / n), by hand.
def test_funnel_with_overdispersion_by_hand():
    half = 1.959963984540054 * math.sqrt(4 * 0.15 * 0.85 / 400)
    limits = ci.funnel_limits(0.15, 400, overdispersion=4)
    assert limits == pytest.approx((0.15 - half, 0.15 + half))


# Exact limits, interpolated: scipy 1.17, binom; F(r) is interpolated to meet p exactly.
@given(st.floats(0.01, 0.99), st.integers(50, 5_000_000), LEVELS)
def test_funnel_exact_binomial_meets_its_tails(reference, n, level):
    low, high = ci.funnel_limits(reference, n, level)
    assert 0 <= low <= reference + 1 / n and reference - 1 / n <= high <= 1
    law = stats.binom(n, reference)
    r = math.ceil(high * n - 1e-6)
    assert law.cdf(r - 1) <= (1 + level) / 2 + 1e-9
    assert law.cdf(r + 1) >= (1 + level) / 2 - 1e-9


def test_funnel_exact_and_normal_agree_for_large_sizes():
    exact = ci.funnel_limits(0.149, 4_000_000)
    assert exact == pytest.approx(ci.funnel_limits(0.149, 4_000_000, overdispersion=1), abs=1e-6)
    exact = ci.funnel_limits(1.0, 1e6, law="poisson")
    normal = ci.funnel_limits(1.0, 1e6, law="poisson", overdispersion=1)
    assert exact == pytest.approx(normal, abs=1e-5)


# Mean square of -5..5 after bringing the ends back to the 10 % quantiles -4 and 4:
# (2 × 16 + 2 (16 + 9 + 4 + 1)) / 11 = 92 / 11.
def test_overdispersion_by_hand():
    assert ci.overdispersion(np.arange(-5, 6)) == pytest.approx(92 / 11)
    assert ci.overdispersion([0.1, -0.2, np.nan]) == 1.0
    assert math.isnan(ci.overdispersion([]))


# Benjamini & Hochberg (1995), section 3.2: with these 15 p-values the four smallest are
# rejected at 0.05.
def test_benjamini_hochberg_published():
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459,
         0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    assert (ci.benjamini_hochberg(p) <= 0.05).sum() == 4


# statsmodels 0.15, multipletests(method="fdr_bh").
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_benjamini_hochberg_agrees_with_statsmodels(p):
    expected = multipletests(p, method="fdr_bh")[1]
    assert ci.benjamini_hochberg(p) == pytest.approx(expected)


def test_benjamini_hochberg_leaves_missing_tests_out():
    adjusted = ci.benjamini_hochberg([0.01, np.nan, 0.04, 2.0])
    assert adjusted == pytest.approx([0.02, np.nan, 0.04, np.nan], nan_ok=True)


# statsmodels 0.15, rates.test_poisson_2indep(..., method="score"): conditional score statistic.
@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**6))
def test_rate_test_agrees_with_statsmodels(x1, t1, x2, t2):
    expected = rates.test_poisson_2indep(x1, t1, x2, t2, method="score").pvalue
    assert ci.rate_test(x1, t1, x2, t2) == pytest.approx(expected, rel=1e-6, abs=1e-12)
    assert ci.rate_test(0, t1, 0, t2) == 1.0
