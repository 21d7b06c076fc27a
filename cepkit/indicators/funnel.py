"""Is a small territory far from its reference by more than chance? Funnel limits."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from cepkit.codes import FRANCE, PUBLIE, TOTAL
from cepkit.indicators import meta
from cepkit.indicators.rates import take_up
from cepkit.indicators.rows import add_note
from cepkit.intervals import funnel_limits, overdispersion

LEVELS = {"95": 0.95, "998": 0.998}
INSIDE, BEYOND = "dans les limites", "au-delà des limites"
# Below this number of territories the over-dispersion cannot be estimated: no limits.
FEW = 10


def funnel(
    r, *, by: Literal["departement", "region"] = "departement", mesure: str | None = None
) -> pd.DataFrame:
    """Rates of `take_up(by=…)` with funnel limits around the reference (95 and 99,8 %).

    Extra columns: `limite_inf_95`, `limite_sup_95`, `limite_inf_998`, `limite_sup_998` (unit of
    `valeur`), `surdispersion` (phi, at least 1) and `position`, read on the 99,8 % limits. The
    limits always take the over-dispersion into account: territories differ for known
    reasons, and limits of pure chance would put nearly all of them outside.
    """
    frame = take_up(r, by=by, mesure=mesure)
    attrs, law = frame.attrs, meta.law(meta.measure(r, mesure))
    factor = 1 if law == "proportion" else 100
    places = _places(frame, by) & (frame["etat"] == PUBLIE)
    value, theta, n = (_floats(frame[c]) for c in ("valeur", "reference", "denominateur"))
    value, theta = value / factor, theta / factor
    unit = theta * (1 - theta) if law == "proportion" else theta
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(places, (value - theta) / np.sqrt(unit / n), np.nan)
    enough = places.sum() >= FEW
    phi = overdispersion(z) if enough else np.nan
    name = "binomial" if law == "proportion" else "poisson"
    for suffix, level in LEVELS.items():
        limits = funnel_limits(theta, n, level, name, phi) if enough else (np.nan, np.nan)
        for side, limit in zip(("inf", "sup"), limits, strict=True):
            frame[f"limite_{side}_{suffix}"] = np.where(places, limit * factor, np.nan)
    frame["surdispersion"] = np.where(places, phi, np.nan)
    frame["position"] = _position(frame, places & enough)
    if not enough:
        text = f"entonnoir non tracé : surdispersion non estimable sur {places.sum()} territoires"
        frame["note"] = add_note(frame, places, text)
    frame.attrs = attrs
    return frame


def _places(frame: pd.DataFrame, by: str) -> pd.Series:
    return frame["departement"] != TOTAL if by == "departement" else frame["region"] != FRANCE


def _floats(column: pd.Series) -> np.ndarray:
    return column.astype("Float64").to_numpy(float, na_value=np.nan)


def _position(frame: pd.DataFrame, places: pd.Series) -> pd.Series:
    """Words of the 99,8 % limits; none where there is no rate."""
    value = _floats(frame["valeur"])
    inside = (value >= frame["limite_inf_998"]) & (value <= frame["limite_sup_998"])
    words = pd.Series(np.where(inside, INSIDE, BEYOND), frame.index, dtype=object)
    return words.where(places, None)
