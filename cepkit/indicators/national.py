"""The national view: the same indicators over every region, one after the other.

Regions follow the official order, never a value. `r` is `Region.open(exercice, "FR")`; each
region is read from its slice with `r.regionale(code)`, so that a figure of the synthesis is the
figure of the region's own annexe.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cepkit.codes import FRANCE, NON_CONCLUANT, NON_DIFFUSE, NON_DISPONIBLE, PUBLIE, SECRET
from cepkit.indicators import meta
from cepkit.indicators.rows import finish
from cepkit.indicators.structure import standardised_gap

COMPARABLE, RESERVE, UNAVAILABLE = "comparable", "avec réserve", "non disponible"
SUBMITTED = "Remise à France compétences"


def over_regions(r, indicator: Callable[..., pd.DataFrame], *args: Any, **kw: Any) -> pd.DataFrame:
    """Rows of an indicator for every region of the release, in the official order.

    Example: `over_regions(r, ind.profile, ["sexe"])`. The frame has a column `region`.
    """
    parts = [indicator(r.regionale(code), *args, **kw) for code in r.regions()]
    frame = pd.concat([p.assign(region=c) for c, p in zip(r.regions(), parts, strict=True)],
                      ignore_index=True)  # fmt: skip
    frame.attrs["cepkit"] = parts[0].attrs.get("cepkit", {}) | {"region": r.code}
    return frame


def comparable_gaps(r) -> pd.DataFrame:
    """Raw and comparable gap of every region to France, one row a region (per 100 persons).

    Rows of `standardised_gap` (composante « brut »), with the gap at comparable operator mix in
    `comparable`, `comparable_inf`, `comparable_sup`, the two additive parts of the gap over the
    publics in `ecart_publics` and `structure`, their population in `population_publics`, and
    `raison` where the comparable gap is refused.
    """
    rows = over_regions(r, standardised_gap).set_index("region")
    raw = rows[rows["composante"] == "brut"].copy()
    mix = rows[rows["composante"] == "operateurs"]
    named = {"comparable": "ecart", "comparable_inf": "ecart_inf", "comparable_sup": "ecart_sup",
             "population_publics": "denominateur"}  # fmt: skip
    for column, source in named.items():
        raw[column] = mix[source].reindex(raw.index)
    for column, part in (("ecart_publics", "brut_publics"), ("structure", "structure")):
        raw[column] = rows[rows["composante"] == part]["ecart"].reindex(raw.index)
    raw["raison"] = mix["note"].reindex(raw.index).fillna("")
    frame = raw.reset_index()
    frame.attrs["cepkit"] = rows.attrs.get("cepkit", {}) | {"region": r.code}
    return frame


def mix_share(r, gaps: pd.DataFrame) -> pd.DataFrame:
    """Part of the differences between regions that goes with the weight of the publics (1 row).

    The gap over the publics is the sum of two parts, comparable and structure; the share of
    structure is its covariance with the gap over the variance of the gap, regions weighted by
    population (natural decomposition of Shorrocks, 1982, Econometrica 50). The two shares add
    up to one; one of them may be negative. `gaps`: rows of `comparable_gaps`.
    """
    known = gaps.dropna(subset=["ecart_publics", "structure", "population_publics"])
    row = {"region": FRANCE, "indicateur": "part liée à la répartition par opérateur",
           "unite": "part", "methode": "Shorrocks (1982)", "etat": NON_DISPONIBLE,
           "base": f"écarts de {len(known)} régions, pondérés par leur population",
           "note": "écarts comparables non calculés"}  # fmt: skip
    if len(known) > 2:
        total, part, weight = (known[c].astype(float).to_numpy() for c in
                               ("ecart_publics", "structure", "population_publics"))  # fmt: skip
        centred = total - np.average(total, weights=weight)
        share = np.average(centred * part, weights=weight) / np.average(centred**2, weights=weight)
        row |= {"valeur": share, "numerateur": None, "denominateur": len(known),
                "etat": PUBLIE, "note": ""}  # fmt: skip
    return finish(
        r, pd.DataFrame([row]), ("region",), mesure=r.meta["mesure_principale"],
        tables=gaps.attrs.get("cepkit", {}).get("tables", ()), comparison=False,
    )  # fmt: skip


def comparability(r, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Region × indicator: « comparable », « avec réserve » or « non disponible ».

    frames: {title: rows of every region}. Without any published value the cell is « non
    disponible »; with a withheld or missing one, or when most gaps are « non concluant », it is
    « avec réserve ». One row a region: `region`, then one column a title.
    """
    rows = [{"region": code} | {t: _state(f[f["region"] == code]) for t, f in frames.items()}
            for code in r.regions()]  # fmt: skip
    frame = pd.DataFrame(rows)
    first = next(iter(frames.values()))
    frame.attrs["cepkit"] = first.attrs.get("cepkit", {}) | {"region": r.code}
    return frame


def _state(rows: pd.DataFrame) -> str:
    published = rows[rows["etat"] == PUBLIE]
    if published.empty:
        return UNAVAILABLE
    unsure = (published["lecture"] == NON_CONCLUANT).mean() > 0.5 if "lecture" in rows else False
    return RESERVE if unsure or len(published) < len(rows) else COMPARABLE


def withheld(r) -> pd.DataFrame:
    """Cells of every region in the release: `region`, `cellules`, `masquees`, `non_diffusees`."""
    tables = [r.table(t)[["region", "etat"]] for t in meta.released(r)]
    cells = pd.concat(tables, ignore_index=True)
    groups = cells.groupby("region")["etat"]
    counts = pd.DataFrame({
        "cellules": groups.size(), "masquees": groups.apply(lambda e: int((e == SECRET).sum())),
        "non_diffusees": groups.apply(lambda e: int((e == NON_DIFFUSE).sum())),
    })  # fmt: skip
    return counts.reindex(r.regions(), fill_value=0).rename_axis("region").reset_index()


def submitted(r) -> list[str]:
    """Codes of the regions whose report has been handed over (milestone done), official order."""
    steps = r.suivi("jalons")
    if steps.empty:
        return []
    done = steps["etape"].eq(SUBMITTED) & steps["date_realisee"].notna()
    done &= steps["date_realisee"].astype(str).ne("")
    return [c for c in r.regions() if c in set(steps.loc[done, "region"])]
