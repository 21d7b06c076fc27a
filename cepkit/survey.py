"""Survey weights: raking to known margins, effective size of a sample, margin of error.

Frames and arrays only; nothing here knows the rest of the package. A share read from a sample
whose respondents weigh unequally has Wilson's interval on its effective size (Franco).

References
- Deming W. E., Stephan F. F. (1940), Ann. Math. Stat. 11, 427-444; Deville J.-C., Särndal C.-E.,
  Sautory O. (1993), JASA 88, 1013-1020 (raking ratio, the multiplicative method of calibration).
- Kish L. (1965), Survey Sampling, section 11.7: effective size (Σw)² / Σw².
- Franco C. et al. (2019), J. Surv. Stat. Methodol. 7, 334-364: Wilson's interval on that size.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cepkit.intervals import normal_quantile
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


def margin_of_error(share: ArrayLike, size: ArrayLike, level: float = 0.95) -> np.ndarray:
    """Half-width of the usual interval of a share, z √(p(1 − p) / n); share 0.5 for the widest.

    What a survey announces before it knows its answers.
    """
    p, n = np.asarray(share, dtype=float), np.asarray(size, dtype=float)
    return normal_quantile(level) * np.sqrt(p * (1 - p) / n)
