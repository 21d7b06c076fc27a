"""Confidence intervals of counts, proportions, rates and their comparisons: arrays in, arrays out.

Every argument may be a scalar or an array; arguments are broadcast as numpy does. Pure
intervals return `(low, high)`; functions that also estimate something return
`value, (low, high)`. `level` is a probability (0.95, never 95). Impossible data (no
population, more cases than people, negative or missing numbers) give nan; impossible
arguments raise `ValueError`. Nothing here knows the rest of the package.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special, stats

Number = float | np.ndarray
Interval = tuple[Number, Number]

# From this many events on, Byar's approximation replaces the exact limits (PHE practice).
BYAR_FROM = 10


def _tail(level: ArrayLike) -> np.ndarray:
    """Probability left in each tail: 0.95 -> 0.025; anything outside ]0, 1[ raises."""
    values = np.asarray(level)
    if values.dtype.kind not in "fiu" or not np.all((values > 0) & (values < 1)):
        raise ValueError(
            f"niveau de confiance {level!r} : il doit être compris strictement entre 0 et 1 "
            "(0.95, et non 95)"
        )
    return (1 - values) / 2


def normal_quantile(level: ArrayLike) -> np.ndarray:
    """Normal quantile of a two-sided level: 0.95 -> 1.959964."""
    return -special.ndtri(_tail(level))


def _array(values: ArrayLike) -> np.ndarray:
    """A float array; `None`, `pd.NA`, alone or among others, and infinities are missing."""
    try:
        array = np.asarray(values, dtype=float)
    except TypeError:  # pd.NA is no float
        objects = np.asarray(values, dtype=object)
        array = np.where(pd.isna(objects), np.nan, objects).astype(float)
    return np.where(np.isfinite(array), array, np.nan)


def _floats(*values: ArrayLike) -> list[np.ndarray]:
    """Arguments as broadcast float arrays, missing where they are no finite number."""
    return list(np.broadcast_arrays(*map(_array, values)))


def _plain(array: np.ndarray) -> Number:
    """A zero-dimensional array becomes a float."""
    return array[()] if array.ndim else float(array)


def _where(possible: np.ndarray, *values: ArrayLike) -> list[Number]:
    """Keep the values of possible data; the others become nan."""
    return [_plain(np.where(possible, v, np.nan)) for v in values]


def _proportion(x: ArrayLike, n: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Cases and population; nan in both where 0 <= x <= n, n > 0 does not hold."""
    x, n = _floats(x, n)
    possible = (x >= 0) & (x <= n) & (n > 0)
    return np.where(possible, x, np.nan), np.where(possible, n, np.nan)


def wilson(x: ArrayLike, n: ArrayLike, level: ArrayLike = 0.95) -> Interval:
    """Score interval of the proportion x / n, without continuity correction.

    References: Wilson E. B. (1927), JASA 22, 209-212, doi:10.1080/01621459.1927.10502953;
    method 3 of Newcombe R. G. (1998), Stat. Med. 17, 857-872.
    """
    z2 = normal_quantile(level) ** 2
    x, n = _proportion(x, n)
    centre = (x + z2 / 2) / (n + z2)
    half = np.sqrt(z2 * (x * (1 - x / n) + z2 / 4)) / (n + z2)
    low, high = np.maximum(centre - half, 0), np.minimum(centre + half, 1)
    return _plain(np.where(x == 0, 0.0, low)), _plain(np.where(x == n, 1.0, high))


def exact_poisson(x: ArrayLike, level: ArrayLike = 0.95) -> Interval:
    """Exact interval of a Poisson mean when x events were counted; low is 0 at x = 0.

    The limits are half chi-square quantiles with 2x and 2x + 2 degrees of freedom, written
    here as incomplete gamma inverses. Reference: Garwood F. (1936), Biometrika 28, 437-442,
    doi:10.1093/biomet/28.3-4.437.
    """
    tail = _tail(level)
    x, tail = _floats(x, tail)
    x = np.where(x >= 0, x, np.nan)
    low = np.where(x == 0, 0.0, special.gammaincinv(np.where(x > 0, x, np.nan), tail))
    return _plain(low), _plain(special.gammainccinv(x + 1, tail))


def byar(x: ArrayLike, level: ArrayLike = 0.95) -> Interval:
    """Byar's approximation to the exact Poisson interval; low is 0 at x = 0.

    Reference: Breslow N. E., Day N. E. (1987), Statistical Methods in Cancer Research II,
    IARC 82, p. 69, equation 2.13.
    """
    z = normal_quantile(level)
    x, z = _floats(x, z)
    x = np.where(x >= 0, x, np.nan)
    base = np.where(x > 0, x, 1.0)
    low = base * np.maximum(1 - 1 / (9 * base) - z / (3 * np.sqrt(base)), 0) ** 3
    up = x + 1
    high = up * (1 - 1 / (9 * up) + z / (3 * np.sqrt(up))) ** 3
    low, high = _where(~np.isnan(x), np.where(x == 0, 0.0, low), high)
    return low, high


def events(x: ArrayLike, level: ArrayLike = 0.95) -> Interval:
    """Interval of a count of events: Byar from 10 events on, exact Poisson below.

    Rule of Public Health England, Technical Guide: Confidence Intervals (2018).
    """
    counts, _ = _floats(x, level)
    pairs = zip(exact_poisson(x, level), byar(x, level), strict=True)
    low, high = (_plain(np.where(counts < BYAR_FROM, e, b)) for e, b in pairs)
    return low, high


def newcombe_difference(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, level: ArrayLike = 0.95
) -> tuple[Number, Interval]:
    """x1 / n1 - x2 / n2 and its square-and-add Wilson interval (method 10).

    Reference: Newcombe R. G. (1998), Stat. Med. 17, 873-890,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
    """
    (x1, n1), (x2, n2) = _proportion(x1, n1), _proportion(x2, n2)
    p1, p2 = x1 / n1, x2 / n2
    return _square_and_add(p1, wilson(x1, n1, level), p2, wilson(x2, n2, level))


def rate_difference(
    x1: ArrayLike, t1: ArrayLike, x2: ArrayLike, t2: ArrayLike, level: ArrayLike = 0.95
) -> tuple[Number, Interval]:
    """Difference of two rates of events x / t, square-and-add of their own intervals.

    Reference: Zou G. Y., Donner A. (2008), Stat. Med. 27, 1693-1702, doi:10.1002/sim.3095.
    """
    (x1, t1), (x2, t2) = _rate(x1, t1), _rate(x2, t2)
    first = tuple(limit / t1 for limit in events(x1, level))
    second = tuple(limit / t2 for limit in events(x2, level))
    return _square_and_add(x1 / t1, first, x2 / t2, second)


def _square_and_add(p1, interval1, p2, interval2) -> tuple[Number, Interval]:
    """Combine two intervals into that of p1 - p2."""
    (l1, u1), (l2, u2) = interval1, interval2
    gap = p1 - p2
    low = gap - np.hypot(p1 - l1, u2 - p2)
    high = gap + np.hypot(u1 - p1, p2 - l2)
    return _plain(np.asarray(gap)), (_plain(np.asarray(low)), _plain(np.asarray(high)))


def _rate(x: ArrayLike, t: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Events and exposure; nan in both where x >= 0, t > 0 does not hold."""
    x, t = _floats(x, t)
    possible = (x >= 0) & (t > 0)
    return np.where(possible, x, np.nan), np.where(possible, t, np.nan)


def log_ratio(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, level: ArrayLike = 0.95
) -> tuple[Number, Interval]:
    """Ratio of two proportions and its log-normal interval.

    No case in the first group gives (0, nan), none in the second (nan, inf), as
    `scipy.stats.contingency.relative_risk` does. Reference: Katz D. et al. (1978),
    Biometrics 34, 469-474, doi:10.2307/2530610.
    """
    (x1, n1), (x2, n2) = _proportion(x1, n1), _proportion(x2, n2)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (1 - x1 / n1) / x1 + (1 - x2 / n2) / x2
        return _exponentiate(x1 / n1, x2 / n2, variance, level)


def rate_ratio(
    x1: ArrayLike, t1: ArrayLike, x2: ArrayLike, t2: ArrayLike, level: ArrayLike = 0.95
) -> tuple[Number, Interval]:
    """Ratio of two rates of events x / t and its log-normal interval.

    Reference: Breslow N. E., Day N. E. (1987), IARC 82, chapter 3; same limits at zero
    as `log_ratio`.
    """
    (x1, t1), (x2, t2) = _rate(x1, t1), _rate(x2, t2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _exponentiate(x1 / t1, x2 / t2, 1 / x1 + 1 / x2, level)


def _exponentiate(p1, p2, variance, level) -> tuple[Number, Interval]:
    """p1 / p2 times exp(± z se); (0, nan) when p1 is 0, (nan, inf) when p2 is 0."""
    p1, p2, variance, z = np.broadcast_arrays(p1, p2, variance, normal_quantile(level))
    ratio, spread = p1 / p2, np.exp(z * np.sqrt(variance))
    low = np.where(p1 == 0, 0.0, np.where(p2 == 0, np.nan, ratio / spread))
    high = np.where(p2 == 0, np.inf, np.where(p1 == 0, np.nan, ratio * spread))
    possible = ~np.isnan(ratio)
    ratio, low, high = _where(possible, ratio, low, high)
    return ratio, (low, high)


def part_to_whole(ratio: ArrayLike, share: ArrayLike) -> Number:
    """Ratio of a part to the whole that holds it, from its ratio to the rest.

    When the part weighs `share` of the whole's population, p / P = 1 / (share +
    (1 - share) / ratio), increasing in `ratio`: limits are carried by the same formula.
    """
    ratio, share = np.asarray(ratio, dtype=float), _array(share)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _plain(1 / (share + np.where(share < 1, (1 - share) / ratio, 0.0)))


def specificity(
    x: ArrayLike, n: ArrayLike, X: ArrayLike, N: ArrayLike, level: ArrayLike = 0.95
) -> tuple[Number, Interval]:
    """Index of specificity (location quotient) of a part in the whole that contains it.

    (x / n) / (X / N) for x of the part's n people and X of the whole's N. The part lies
    inside the whole: the interval is that of the ratio to the rest (`log_ratio`), carried to
    the whole by `part_to_whole`. A part that is the whole gives 1, (1, 1). Reference: Moineddin
    R., Beyene J., Boyle E. (2003), Geogr. Anal. 35, 249-256, doi:10.1111/j.1538-4632.2003.tb01110.x
    (index and dependence of part and whole).
    """
    (x, n), (X, N) = _proportion(x, n), _proportion(X, N)
    x, n, X, N = np.broadcast_arrays(x, n, X, N)
    nested = (x <= X) & (n - x <= N - X) & (X > 0)
    whole = nested & (n == N)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (x / n) / (X / N)
        _, limits = log_ratio(x, n, X - x, N - n, level)
        low, high = (np.where(whole, 1.0, part_to_whole(limit, n / N)) for limit in limits)
    value, low, high = _where(nested, value, low, high)
    return value, (low, high)


def direct_rate(
    x: ArrayLike, pop: ArrayLike, weights: ArrayLike, level: ArrayLike = 0.95
) -> tuple[Number, Interval]:
    """Directly standardised rate per person, with Dobson's interval.

    The last axis holds the strata. Rate: sum(w x / pop) / sum(w); the interval of the total
    count (`events`) is scaled to the standard error of the rate. With no event at all the
    scale is its limit for equal rates, so that one stratum is the crude rate. A stratum
    without population gives nan. Reference: Dobson A. J. et al. (1991), Stat. Med. 10,
    457-462, doi:10.1002/sim.4780100317.
    """
    (x, pop), (weights, _) = _rate(x, pop), _floats(weights, x)
    x, pop, weights = np.broadcast_arrays(np.atleast_1d(x), pop, weights)
    weights = np.where(weights >= 0, weights, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_event = weights / weights.sum(-1, keepdims=True) / pop
        total = x.sum(-1)
        value = np.where(weights.sum(-1) > 0, (per_event * x).sum(-1), np.nan)
        equal = (per_event**2 * pop).sum(-1) / pop.sum(-1)
        scale = np.sqrt(np.where(total > 0, (per_event**2 * x).sum(-1) / total, equal))
    low, high = (value + scale * (limit - total) for limit in events(total, level))
    low, high = np.asarray(np.maximum(low, 0)), np.asarray(high)
    return _plain(value), (_plain(low), _plain(high))


def indirect_ratio(
    observed: ArrayLike, expected: ArrayLike, level: ArrayLike = 0.95
) -> tuple[Number, Interval]:
    """Observed over expected events (standardised ratio), limits from `events(observed)`.

    Reference: Breslow N. E., Day N. E. (1987), IARC 82, section 2.3.
    """
    observed, expected = _rate(observed, expected)
    low, high = (_plain(np.asarray(limit / expected)) for limit in events(observed, level))
    return _plain(observed / expected), (low, high)


def funnel_limits(
    reference: ArrayLike,
    n: ArrayLike,
    level: ArrayLike = 0.95,
    law: Literal["binomial", "poisson"] = "binomial",
    overdispersion: ArrayLike | None = None,
) -> Interval:
    """Control limits around `reference` for a size n (people, or exposure for "poisson").

    Without over-dispersion: exact limits of the law, interpolated between counts; with the
    factor phi: reference ± z sqrt(phi g / n), where g is the variance of one unit. A reference
    of 0, or of 1 for "binomial", leaves nothing to chance: both limits are the reference.
    Reference: Spiegelhalter D. J. (2005), Stat. Med. 24, 1185-1202, doi:10.1002/sim.1970,
    appendix A.1 and A.3.
    """
    if law not in ("binomial", "poisson"):
        raise ValueError(f"loi {law!r} inconnue : « binomial » ou « poisson »")
    phi = 1.0 if overdispersion is None else overdispersion
    if not np.all((_array(phi) > 0) & np.isfinite(_array(phi))):
        raise ValueError(f"surdispersion {overdispersion!r} : un nombre positif est attendu")
    reference, n, tail, phi = _floats(reference, n, _tail(level), phi)
    top = 1.0 if law == "binomial" else np.inf
    possible = (reference >= 0) & (reference <= top) & (n > 0)
    reference, n = np.where(possible, reference, np.nan), np.where(possible, n, np.nan)
    unit = reference * (1 - reference) if law == "binomial" else reference
    if overdispersion is None:
        limits = (_exact_limit(reference, n, p, law) for p in (tail, 1 - tail))
        low, high = (np.where(unit == 0, reference, limit) for limit in limits)
    else:
        half = -special.ndtri(tail) * np.sqrt(phi * unit / n)
        low, high = reference - half, reference + half
    return _plain(np.clip(low, 0, top)), _plain(np.clip(high, 0, top))


def _exact_limit(reference, n, p, law) -> np.ndarray:
    """(r - alpha) / n, r the p-quantile of the count, alpha = (F(r) - p) / f(r)."""
    if law == "binomial":
        n = np.where(n == np.round(n), n, np.nan)
        variable = stats.binom(n, reference)
    else:
        variable = stats.poisson(reference * n)
    r = variable.ppf(p)
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha = (variable.cdf(r) - p) / variable.pmf(r)
    return (r - alpha) / n


def overdispersion(z: ArrayLike, winsor: float = 0.1) -> float:
    """Multiplicative factor phi from z-scores: mean square after winsorising, at least 1.

    The `winsor` share at each end is brought back to the quantile of that end, so that true
    outliers do not widen the limits that should show them. Missing z-scores are left out; none
    gives nan. Reference: Spiegelhalter D. J. (2005), appendix A.3.
    """
    if not 0 <= winsor < 0.5:
        raise ValueError(f"winsor {winsor!r} : une part entre 0 et 0.5 est attendue")
    z = _array(z)
    z = z[~np.isnan(z)]
    if not z.size:
        return float("nan")
    return max(1.0, float(np.mean(np.clip(z, *np.quantile(z, [winsor, 1 - winsor])) ** 2)))


def score_test(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> Number:
    """Two-sided p-value of the equality of two proportions (pooled score test).

    The square of its z is Pearson's chi-square of the 2 × 2 table, without continuity
    correction; two groups of no cases, or of nothing but cases, give 1. Reference: Pearson K.
    (1900), Phil. Mag. 50, 157-175, doi:10.1080/14786440009463897.
    """
    (x1, n1), (x2, n2) = _proportion(x1, n1), _proportion(x2, n2)
    pooled = (x1 + x2) / (n1 + n2)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (x1 / n1 - x2 / n2) / np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    z = np.where((pooled == 0) | (pooled == 1), 0.0, z)
    return _plain(2 * special.ndtr(-np.abs(z)))


def rate_test(x1: ArrayLike, t1: ArrayLike, x2: ArrayLike, t2: ArrayLike) -> Number:
    """Two-sided p-value of the equality of two rates of events x / t (score test).

    Given all events, those of the first group are binomial with t1 / (t1 + t2); no event at all
    gives 1. Reference: Przyborowski J., Wilenski H. (1940), Biometrika 31, 313-323,
    doi:10.1093/biomet/31.3-4.313.
    """
    (x1, t1), (x2, t2) = _rate(x1, t1), _rate(x2, t2)
    every, share = x1 + x2, t1 / (t1 + t2)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (x1 - every * share) / np.sqrt(every * share * (1 - share))
    return _plain(2 * special.ndtr(-np.abs(np.where(every == 0, 0.0, z))))


def benjamini_hochberg(p: ArrayLike) -> Number:
    """Adjusted p-values (false discovery rate), in the order given.

    Missing or impossible p-values stay nan and do not count among the tests. Reference:
    Benjamini Y., Hochberg Y. (1995), JRSS B 57, 289-300,
    doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    p = _array(p)
    flat, adjusted = p.ravel(), np.full(p.size, np.nan)
    tested = np.flatnonzero((flat >= 0) & (flat <= 1))
    order = tested[np.argsort(flat[tested], kind="stable")]
    steps = flat[order] * order.size / np.arange(1, order.size + 1)
    adjusted[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1)
    return _plain(adjusted.reshape(p.shape))
