"""Time to an event when some persons are still waiting: Kaplan and Meier, log-log intervals.

Counts only: a person is one unit of `events` (the step was taken after that many whole months) or
of `censored` (still waiting when last seen). References: Kaplan E. L., Meier P. (1958), JASA 53,
457-481; Kalbfleisch J. D., Prentice R. L. (1980), log-log limits, with Greenwood's variance;
Brookmeyer R., Crowley J. (1982), Biometrics 38, 29-41, for the interval of a quantile.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cepkit.intervals import normal_quantile


def kaplan_meier(times: ArrayLike, events: ArrayLike, censored: ArrayLike,
                 level: float = 0.95) -> pd.DataFrame:
    """One row a time: `temps, a_risque, evenements, censures, survie, borne_inf, borne_sup`.

    `times` (k,) strictly increasing; `events`, `censored` (k,) persons at each time; who is
    censored at a time was at risk at it. `survie` is the share still waiting after that time.
    Limits are nan before the first event (survival 1) and where nobody is left (survival 0).
    """
    t, d, c = (np.asarray(v, dtype=float) for v in (times, events, censored))
    if not (t.shape == d.shape == c.shape) or np.any(np.diff(t) <= 0) or np.any((d < 0) | (c < 0)):
        raise ValueError("survie : temps croissants, et un nombre positif ou nul de personnes "
                         "par temps")
    at_risk = (d + c)[::-1].cumsum()[::-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        alive = np.cumprod(np.where(at_risk > 0, 1 - d / at_risk, 1.0))
        greenwood = np.cumsum(np.where(at_risk > 0, d / (at_risk * (at_risk - d)), 0.0))
        reach = normal_quantile(level) * np.sqrt(greenwood) / np.log(alive)
        low, high = alive ** np.exp(-reach), alive ** np.exp(reach)
    inside = (alive > 0) & (alive < 1)
    return pd.DataFrame({
        "temps": t, "a_risque": at_risk, "evenements": d, "censures": c, "survie": alive,
        "borne_inf": np.where(inside, low, np.nan), "borne_sup": np.where(inside, high, np.nan)})


def quantile(curve: pd.DataFrame, share: float = 0.5) -> tuple[float, tuple[float, float]]:
    """First time by which `share` of the persons took the step, and its interval.

    `curve` comes from `kaplan_meier`. nan where the curve (or its limit) never falls that far:
    « not reached », which is no failure.
    """
    def first(column: pd.Series) -> float:
        reached = curve["temps"][column <= 1 - share + 1e-12]
        return float(reached.iloc[0]) if len(reached) else float("nan")

    over = curve["survie"].eq(0)
    low, high = curve["borne_inf"].mask(over, 0.0).fillna(1.0), curve["borne_sup"].fillna(1.0)
    return first(curve["survie"]), (first(low), first(high))
