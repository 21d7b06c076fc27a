"""Survey weights and weighted shares: raking to known margins, shares with their interval.

Frames and arrays only; nothing here knows the rest of the package. A share is read from a sample
whose respondents weigh unequally: its interval is Wilson's, on the effective size of the sample.

References
- Deming W. E., Stephan F. F. (1940), Ann. Math. Stat. 11, 427-444; Deville J.-C., Särndal C.-E.,
  Sautory O. (1993), JASA 88, 1013-1020 (raking ratio, the multiplicative method of calibration).
- Kish L. (1965), Survey Sampling, section 11.7: effective size (Σw)² / Σw².
- Korn E. L., Graubard B. I. (1998), Survey Methodology 24, 193-201: effective size from the
  linearised variance; Franco C. et al. (2019), J. Surv. Stat. Methodol. 7, 334-364: Wilson's
  interval on that size.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cepkit.intervals import Interval, normal_quantile, wilson
from cepkit.text import enumerate_fr

CLOSE = 1e-9
ROUNDS = 1000


def raking(sample: pd.DataFrame, margins: Mapping[str, Mapping[str, float]],
           weights: ArrayLike | None = None) -> np.ndarray:
    """Weights (n,) of the respondents that meet every margin {dimension: {modality: persons}}.

    `weights` are those of the design (1 each by default); the result is the closest to them in the
    sense of the raking ratio. Margins need not have the same sum: each is read as shares, and the
    first gives the total. Raises `ValueError`, with all names: a respondent whose modality has no
    margin, a margin of persons without a respondent, margins that no weights can meet together.
    """
    start = np.ones(len(sample)) if weights is None else np.asarray(weights, dtype=float)
    if not len(sample) or not margins or not np.all(np.isfinite(start) & (start > 0)):
        raise ValueError("calage : il faut des répondants, des marges et des poids positifs")
    total = sum(next(iter(margins.values())).values())
    groups = [(sample[d].to_numpy(), {m: total * v / sum(known.values())
                                      for m, v in known.items()})
              for d, known in margins.items()]
    faults = [text for d, (codes, known) in zip(margins, groups, strict=True)
              for text in _unmet(d, set(codes), known)]
    if faults:
        raise ValueError("calage : " + " ; ".join(faults))
    steps = [(codes == m, goal) for codes, known in groups for m, goal in known.items()]
    found = start.copy()
    for _ in range(ROUNDS):
        for members, goal in steps:
            if members.any():
                found[members] *= goal / found[members].sum()
        if max(abs(found[members].sum() - goal) for members, goal in steps) <= CLOSE * total:
            return found
    raise ValueError("calage : les marges ne peuvent pas être respectées ensemble ; "
                     "regrouper des modalités")


def _unmet(dimension: str, met: set, known: Mapping[str, float]) -> list[str]:
    """What stops a margin from being met."""
    strange = sorted(map(str, met - set(known)))
    alone = sorted(m for m, v in known.items() if v > 0 and m not in met)
    void = sorted(m for m, v in known.items() if v == 0 and m in met)
    said = ((strange, "sans marge connue"), (alone, "sans répondant"),
            (void, "de marge nulle, mais avec des répondants"))
    return [f"{dimension}, {enumerate_fr([f'« {c} »' for c in codes])} : {text}"
            for codes, text in said if codes]


def effective_size(weights: ArrayLike) -> float:
    """Kish's effective size of a weighted sample: (Σw)² / Σw²; nan without any weight."""
    w = np.asarray(weights, dtype=float)
    return float(w.sum() ** 2 / (w**2).sum()) if w.sum() > 0 else float("nan")


def weighted_share(
    answers: ArrayLike, weights: ArrayLike, level: float = 0.95, population: float | None = None
) -> tuple[float, Interval, float]:
    """Weighted share of the respondents who say yes: `share, (low, high), effective size`.

    `answers` (n,) booleans, `weights` (n,) positive; a respondent who did not answer is left out
    by the caller. The effective size is p(1 − p) over the linearised variance (with replacement,
    n / (n − 1)), Kish's where p is 0 or 1 or n is 1; never more than n. `population` (persons)
    adds the correction of a finite population, 1 − n / population. No respondent: nan.
    """
    y, w = np.asarray(answers, dtype=float), np.asarray(weights, dtype=float)
    n = len(y)
    if w.shape != y.shape or not np.all(w > 0) or not np.isin(y, (0, 1)).all():
        raise ValueError("part pondérée : une réponse oui ou non et un poids positif par répondant")
    if not n:
        return float("nan"), (float("nan"), float("nan")), 0.0
    share, size = float((w * y).sum() / w.sum()), min(effective_size(w), float(n))
    if 0 < share < 1 and n > 1:
        spread = n / (n - 1) * float((w**2 * (y - share) ** 2).sum()) / w.sum() ** 2
        size = min(share * (1 - share) / spread, float(n))
    if population is not None:
        if population < n:
            raise ValueError("part pondérée : plus de répondants que de personnes")
        size = size / (1 - n / population) if population > n else float("inf")
    if size == float("inf"):
        return share, (share, share), size
    return share, wilson(share * size, size, level), size


def margin_of_error(share: ArrayLike, size: ArrayLike, level: float = 0.95) -> np.ndarray:
    """Half-width of the usual interval of a share, z √(p(1 − p) / n); share 0.5 for the widest.

    What a survey announces before it knows its answers; read answers with `weighted_share`.
    """
    p, n = np.asarray(share, dtype=float), np.asarray(size, dtype=float)
    return normal_quantile(level) * np.sqrt(p * (1 - p) / n)
