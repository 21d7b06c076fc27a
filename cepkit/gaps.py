"""When a gap is said to be one: the reading rule of the annexes, in one place.

Significance is not relevance: with hundreds of thousands of counts every gap is significant.
A gap is *marked* only when its interval excludes equality and it reaches the *seuil de
portée* of the edition.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cepkit.codes import AU_DESSUS, EN_DESSOUS, NON_CONCLUANT, PROCHE

# Guard for thresholds reached exactly: 0.15 - 0.13 is 0.01999… in binary arithmetic.
_EPSILON = 1e-9


def reading(
    gap: ArrayLike, low: ArrayLike, high: ArrayLike, threshold: float, *, equality: float = 0.0
) -> str | None | np.ndarray:
    """Word for a gap, its interval and the threshold (all in the same unit).

    `equality` is 0 for a gap in points, 1 for a ratio; the threshold is 0.02 for 2 points and
    0.10 for 10 %. Interval without equality: « au-dessus » or « en dessous » from the threshold
    on, « proche » below it. Interval with equality: « non concluant » when it is wider than the
    threshold (or unknown), « proche » otherwise. No gap, no word: `None`. Arrays give an object
    array, scalars a string.
    """
    if not threshold >= 0:
        raise ValueError(f"seuil de portée {threshold!r} : un nombre positif ou nul est attendu")
    arrays = (np.asarray(v, dtype=float) for v in (gap, low, high))
    gap, low, high = np.broadcast_arrays(*arrays)
    distance = gap - equality
    excluded = (low > equality) | (high < equality)
    far = np.abs(distance) >= threshold - _EPSILON
    narrow = high - low <= threshold + _EPSILON
    words = np.select(
        [np.isnan(gap), excluded & far & (distance > 0), excluded & far, excluded | narrow],
        [None, AU_DESSUS, EN_DESSOUS, PROCHE],
        default=np.array(NON_CONCLUANT, dtype=object),
    )
    return words if words.ndim else words.item()


def reading_points(gap: ArrayLike, low: ArrayLike, high: ArrayLike, part_points: float = 2.0):
    """Reading of a gap between two shares (0.023 is 2.3 points); threshold in points."""
    return reading(gap, low, high, part_points / 100)


def reading_ratio(ratio: ArrayLike, low: ArrayLike, high: ArrayLike, percent: float = 10.0):
    """Reading of a ratio to the reference (1.12 is 12 % above); threshold in per cent."""
    return reading(ratio, low, high, percent / 100, equality=1.0)


def is_marked(word: ArrayLike) -> bool | np.ndarray:
    """True for the words of a marked gap."""
    return np.isin(np.asarray(word, dtype=object).astype(str), (AU_DESSUS, EN_DESSOUS))[()]


def heterogeneity(x: ArrayLike, n: ArrayLike, law: str = "proportion") -> tuple[float, float]:
    """Do places differ by more than chance? `(Q, I²)` of counts x out of n, one a place.

    Q is Pearson's statistic against the common value, on k − 1 degrees of freedom; I² is the part
    of the spread that goes beyond chance, max(0, (Q − df) / Q). `law`: « proportion » (binomial)
    or « rapport » (Poisson). nan with fewer than two places. Reference: Higgins J. P. T.,
    Thompson S. G. (2002), Stat. Med. 21, 1539-1558, doi:10.1002/sim.1186.
    """
    x, n = np.asarray(x, dtype=float), np.asarray(n, dtype=float)
    if len(x) < 2 or not np.all(np.isfinite(x) & (n > 0)) or not x.sum():
        return float("nan"), float("nan")
    theta = x.sum() / n.sum()
    variance = n * theta * ((1 - theta) if law == "proportion" else 1)
    q = float(((x - n * theta) ** 2 / variance).sum()) if theta < 1 or law != "proportion" else 0.0
    return q, max(0.0, (q - (len(x) - 1)) / q) if q else 0.0
