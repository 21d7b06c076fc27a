"""One name a cell, the same in every table that holds it: a column at its total says nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from cepkit.intake.decode import total_code
from cepkit.intake.shape import BASE, keys_of

NAME = "case"


def dimensions(frames: Iterable[pd.DataFrame]) -> list[str]:
    """Dimensions beyond the base columns, sorted, over all frames."""
    return sorted({k for f in frames for k in own_keys(f) if k not in BASE})


def own_keys(frame: pd.DataFrame) -> list[str]:
    """Key columns of a table, whatever else it carries."""
    return [k for k in keys_of(frame) if k not in (NAME, "table")]


def names(frame: pd.DataFrame) -> pd.Series:
    """« 2022|84|total|apec|entrees|sexe=F » for each row."""
    out = _text(frame[BASE[0]])
    for column in BASE[1:]:
        out = out + "|" + _text(frame[column])
    for column in sorted(k for k in own_keys(frame) if k not in BASE):
        total = total_code(column)
        value = _text(frame[column].fillna(total))
        out = np.where(value == total, out, out + f"|{column}=" + value)
    return pd.Series(out, frame.index, dtype=str, name=NAME)


def _text(column: pd.Series) -> np.ndarray:
    return column.to_numpy(object).astype(object)


def every(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """All rows of all tables: `table`, keys, `effectif`, `etat`, `case` (its name)."""
    dims = dimensions(tables.values())
    columns = [*BASE, *dims, "table", "effectif", "etat", NAME]
    parts = [f[[*own_keys(f), "effectif", "etat"]].assign(table=n, **{NAME: names(f)})
             for n, f in tables.items() if len(f)]
    if not parts:
        return pd.DataFrame(columns=columns)
    rows = pd.concat(parts, ignore_index=True).reindex(columns=columns)
    return rows.astype(dict.fromkeys(dims, object)).fillna(
        {c: total_code(c) for c in dims}).astype({"effectif": "Int64"})
