"""Is a small territory far from its reference by more than chance? Funnel limits."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from cepkit.codes import FRANCE, PUBLIE, TOTAL
from cepkit.errors import UsageError
from cepkit.indicators import meta
from cepkit.indicators.national import over_regions
from cepkit.indicators.rates import take_up
from cepkit.indicators.rows import add_note
from cepkit.indicators.shares import shares
from cepkit.intervals import funnel_limits, overdispersion

LEVELS = {"95": 0.95, "998": 0.998}
INSIDE, BEYOND = "dans les limites", "au-delà des limites"
# Below this number of territories the over-dispersion cannot be estimated: no limits.
FEW = 10


def funnel(
    r, *, by: Literal["departement", "region"] = "departement", dimension: str | None = None
) -> pd.DataFrame:
    """Rates, or shares of a dimension, with funnel limits around the reference (95 and 99,8 %).

    Rows of `take_up(by=…)`, or with `dimension` of `shares` for each territory: departments
    against their region, regions against France (national view). Extra columns: `limite_inf_95`,
    `limite_sup_95`, `limite_inf_998`, `limite_sup_998` (unit of `valeur`), `surdispersion` (phi,
    at least 1, estimated for each modality) and `position`, read on the 99,8 % limits. The limits
    always take the over-dispersion into account: territories differ for known reasons, and
    limits of pure chance would put nearly all of them outside.
    """
    law = meta.law(meta.measure(r)) if dimension is None else "proportion"
    frame = take_up(r, by=by) if dimension is None else _profiles(r, by, dimension)
    attrs = frame.attrs
    groups = frame["modalite"] if dimension else pd.Series("", frame.index)
    parts = [_limits(part, by, law) for _, part in frame.groupby(groups, sort=False)]
    frame = pd.concat(parts).loc[frame.index]
    frame.attrs = attrs
    return frame


def _profiles(r, by: str, dimension: str) -> pd.DataFrame:
    """Shares of a dimension, territory by territory."""
    table = meta.find_table(r, meta.measure(r)["nom"], (dimension,), by)
    if table is None:
        where = "département" if by == "departement" else "région"
        raise UsageError(f"Aucune table diffusée ne donne « {dimension} » par {where}.")
    if by == "departement":
        return shares(r, table, dimension, by="departement")
    return over_regions(r, shares, table, dimension)


def _limits(frame: pd.DataFrame, by: str, law: str) -> pd.DataFrame:
    """Limits of one indicator over its territories."""
    factor = 100 if (frame["unite"] == "pour 100").any() else 1
    places = _places(frame, by) & (frame["etat"] == PUBLIE) & frame["reference"].notna()
    value, theta, n = (_floats(frame[c]) for c in ("valeur", "reference", "denominateur"))
    value, theta = value / factor, theta / factor
    unit = theta * (1 - theta) if law == "proportion" else theta
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(places, (value - theta) / np.sqrt(unit / n), np.nan)
    enough = places.sum() >= FEW
    phi = overdispersion(z) if enough else np.nan
    name = "binomial" if law == "proportion" else "poisson"
    columns = {}
    for suffix, level in LEVELS.items():
        limits = funnel_limits(theta, n, level, name, phi) if enough else (np.nan, np.nan)
        for side, limit in zip(("inf", "sup"), limits, strict=True):
            columns[f"limite_{side}_{suffix}"] = np.where(places, limit * factor, np.nan)
    frame = frame.assign(**columns, surdispersion=np.where(places, phi, np.nan))
    frame["position"] = _position(frame, places & enough)
    if not enough:
        text = f"entonnoir non tracé : surdispersion non estimable sur {places.sum()} territoires"
        frame["note"] = add_note(frame, places, text)
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
