"""Aggregates of the model with all their totals, as the delivered files need them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cepkit.codes import ENSEMBLE, FRANCE, OPERATEURS, REGIONS, TOTAL
from cepkit.demo.model import Model

_TOTALS = {"region": FRANCE, "departement": TOTAL, "operateur": ENSEMBLE}


def with_totals(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Add to `frame` (columns + effectif) the sums over each of `columns`, crossed."""
    for column in columns:
        rest = [c for c in frame.columns if c not in (column, "effectif")]
        sums = frame.groupby(rest, sort=False)["effectif"].sum().reset_index()
        sums[column] = _TOTALS.get(column, TOTAL)
        frame = pd.concat([frame, sums], ignore_index=True)
    return frame


def by_dimension(model: Model, dimension: str, *keys: str) -> pd.DataFrame:
    """Counts by `keys` and modality, with totals over the keys: keys, dimension, effectif.

    `total` of the dimension is the number of entries, or of persons whose answer is known when
    several answers are lawful (the modalities then do not add up).
    """
    columns = [*model.labels(dimension), TOTAL]
    counts = model.counts[dimension]
    total = model.known.get(dimension, counts.sum(axis=1))
    wide = pd.DataFrame(np.column_stack([counts, total]), columns=columns)
    return _long(model.cells, wide, dimension, keys)


def profile(model: Model, dimension: str, *keys: str) -> pd.DataFrame:
    """Same for sex and age, which are part of the base cells."""
    wide = pd.get_dummies(model.cells[dimension])[list(model.labels(dimension))]
    wide = wide.mul(model.cells["n"], axis=0).assign(total=model.cells["n"])
    return _long(model.cells, wide, dimension, keys)


def _long(cells: pd.DataFrame, wide: pd.DataFrame, dimension: str, keys: tuple) -> pd.DataFrame:
    sums = wide.groupby([cells[k] for k in keys], sort=False).sum().reset_index()
    frame = sums.melt(list(keys), var_name=dimension, value_name="effectif")
    return with_totals(frame, [k for k in keys if k in _TOTALS])


def sex_by_age(model: Model) -> pd.DataFrame:
    """Entries by region, sex and age with every total, all operators."""
    frame = model.cells.groupby(["region", "sexe", "tranche_age"], sort=False)["n"].sum()
    frame = frame.rename("effectif").reset_index()
    return with_totals(frame, ["region", "sexe", "tranche_age"])


def volumes(frame: pd.DataFrame, year: str) -> pd.DataFrame:
    """Departments, regions and France by operator: region, departement, operateur, effectif.

    « Ensemble » is the sum of the operators unless the model gives it (distinct persons).
    """
    frame = frame[frame["annee"] == year].drop(columns="annee")
    given = (frame["operateur"] == ENSEMBLE).any()
    frame = with_totals(frame, [] if given else ["operateur"])
    regions = frame.groupby(["region", "operateur"], sort=False)["effectif"].sum().reset_index()
    regions = with_totals(regions.assign(departement=TOTAL), ["region"])
    return pd.concat([frame, regions], ignore_index=True)


def lines(frame: pd.DataFrame, index: Sequence[str], column: str) -> pd.DataFrame:
    """Wide table in the fixed orders: regions then France, operators of the law, « Ensemble »."""
    wide = frame.pivot(index=list(index), columns=column, values="effectif")
    order = {
        "region": [*REGIONS, FRANCE],
        "operateur": [*OPERATEURS, ENSEMBLE],
    }
    if column == "operateur":
        wide = wide[[o for o in order["operateur"] if o in wide]]
    levels = [order.get(k) or list(dict.fromkeys(frame[k])) for k in index]
    full = (pd.MultiIndex.from_product(levels, names=index) if len(index) > 1
            else pd.Index(levels[0], name=index[0]))
    return wide.reindex(full.intersection(wide.index, sort=False))
