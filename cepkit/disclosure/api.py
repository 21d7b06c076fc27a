"""`protect` and `audit`: statistical disclosure control over linked tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

NOT_KEYS = ("borne_min", "borne_max", "etat")


@dataclass(frozen=True)
class Protection:
    """Masked tables, and the private account of what was masked."""

    tables: dict[str, pd.DataFrame]
    cells: pd.DataFrame
    complete: bool
    rapport: dict = field(default_factory=dict)


def protect(
    tables: Mapping[str, pd.DataFrame],
    *,
    hierarchies: Mapping[str, Mapping[str, str]] | None = None,
    totals: str | Mapping[str, str] = "total",
    value: str = "effectif",
    threshold: int = 5,
    zeros: str = "publies",
    level: int = 1,
    fixed=None,
    cost=None,
    **options,
) -> Protection:
    """Mask counts below the threshold."""
    masked, cells = {}, []
    for name, frame in tables.items():
        counts = pd.to_numeric(frame[value], errors="coerce")
        low = 0 if zeros == "secrets" else 1
        hidden = counts.isna() | counts.between(low, threshold - 1)
        out = frame.copy()
        out[value] = counts.mask(hidden).astype("Int64")
        out["etat"] = np.where(hidden, "secret", "publie")
        masked[name] = out
        cells.append(frame.assign(etat=out["etat"], table=name))
    frame = pd.concat(cells, ignore_index=True)
    n = int((frame["etat"] == "secret").sum())
    return Protection(masked, frame, True, {"cellules": len(frame), "masquees": n})


def audit(tables, *, hierarchies=None, totals="total", value="effectif", threshold=5,
          zeros="publies", level=1, fixed=None, cost=None, primaries=None, **options):
    """Range of each hidden cell."""
    frames = []
    for frame in tables.values():
        keys = [c for c in frame.columns if c not in (value, *NOT_KEYS)]
        frames.append(frame.loc[frame[value].isna(), keys])
    out = pd.concat(frames, ignore_index=True).drop_duplicates()
    return out.assign(minimum=0, maximum=threshold, valeurs_possibles=threshold + 1, sur=True)
