"""What a version may print of complementary sources: « Diffusion permise » of their agreements.

A slice is cut down before any notebook sees it: beyond what is permitted, a value is no longer
available, and the pages say why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from cepkit.codes import FRANCE, NON_DISPONIBLE
from cepkit.intake.accords import DIFFUSIONS, narrower
from cepkit.store import Slice


def within(part: Slice, needed: str) -> Slice:
    """The slice without what goes no further than below `needed`, one of `DIFFUSIONS`."""
    here = {*part.suivi, part.region, FRANCE}
    plan, statistics = (_told(part.meta.get(k, ()), needed, here)
                        for k in ("plan", "statistiques"))
    out = {e["nom"]: narrower(e["diffusion"], needed) for e in (*plan, *statistics)
           if "retenue" in e}
    if not out:
        return part
    names = {n for e in plan if e["nom"] in out
             for n in ([e["source"]] if isinstance(e["source"], str) else e["source"])}
    titles = {s["titre"] for s in part.meta["sources"] if s["nom"] in names}
    data = {**part.donnees, "controles": [c for c in part.donnees["controles"]
                                          if c["table"] not in titles]}
    said = [e["retenue"] for e in (*plan, *statistics) if "retenue" in e]
    return replace(
        part, donnees=data,
        meta={**part.meta, "plan": plan, "statistiques": statistics, "retenues": said},
        tables={n: _without(f, out.get(n, set())) for n, f in part.tables.items()},
        hors_champ={n: _without(f, out.get(n, set())) for n, f in part.hors_champ.items()},
        statistiques=_statistics(part.statistiques, out))


def _told(entries: Any, needed: str, here: set[str]) -> list[dict]:
    """The entries; « retenue » says which ones lose values that this slice shows."""
    told = []
    for e in entries:
        cut = narrower(e.get("diffusion"), needed) & here
        level = min((e["diffusion"][c] for c in cut), key=DIFFUSIONS.index, default="")
        told.append({**e, "retenue": f"« {e['titre']} » : valeurs non reprises dans cette version, "
                     f"l’accord en limite la diffusion ({level.lower()})."} if cut else e)
    return told


def _without(frame: pd.DataFrame, regions: set[str]) -> pd.DataFrame:
    rows = frame["region"].isin(regions)
    if not rows.any():
        return frame
    return frame.assign(effectif=frame["effectif"].mask(rows),
                        etat=frame["etat"].mask(rows, NON_DISPONIBLE))


def _statistics(frame: pd.DataFrame, out: Mapping[str, set[str]]) -> pd.DataFrame:
    if frame.empty:
        return frame
    gone = pd.Series([r in out.get(s, ()) for s, r in zip(
        frame["statistique"], frame["region"], strict=True)], index=frame.index)
    return frame[~gone].reset_index(drop=True)
