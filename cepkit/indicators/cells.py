"""Cells of the masked store, as aligned frames: what an indicator computes with.

A *cells* frame has the columns asked for (`by`), then `n` (float, nan unless published),
`etat` and `note`. Two frames made with the same `by` have the same rows in the same order:
operators of the law, official codes, order of the nomenclature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cepkit.codes import (
    ENSEMBLE,
    FRANCE,
    NON_DIFFUSE,
    NON_DISPONIBLE,
    PUBLIE,
    SECRET,
    TOTAL,
    region_name,
)
from cepkit.text import enumerate_fr

REST = "FR_sans_region"
UNKNOWN = "non_renseigne"
KEYS = ("annee", "region", "departement", "operateur")
NOTES = {
    PUBLIE: "",
    SECRET: "valeur non diffusée : secret statistique",
    NON_DIFFUSE: "valeur non diffusée par la source",
    NON_DISPONIBLE: "valeur absente du jeu de données",
}
# The state of a combination is the first of these that one of its parts has.
_RANK = (SECRET, NON_DIFFUSE, NON_DISPONIBLE)
_NOT_DIMENSIONS = {*KEYS, "mesure", "effectif", "etat", "borne_min", "borne_max", "valeur"}


def dimensions(frame: pd.DataFrame) -> list[str]:
    """Columns of a table that are dimensions beyond the four keys."""
    return [c for c in frame.columns if c not in _NOT_DIMENSIONS]


def modalities(r, frame: pd.DataFrame, column: str) -> list[str]:
    """Modalities of a column without its total, in the fixed order, limited to those in use."""
    if column == "operateur":
        return list(r.operateurs())
    used = set(frame[column].dropna().astype(str)) - {TOTAL, FRANCE}
    if column in ("departement", "region", "annee"):
        return sorted(used)
    known = [m for m in r.modalites(column) if m in used]
    return known + sorted(used - set(known))


def table_of(r, table: str, region: str) -> pd.DataFrame:
    """Released rows: those of the slice, or of a region that no population covers."""
    frame = r.table(table)
    if region in (r.code, FRANCE) or (frame["region"] == region).any():
        return frame
    return r.hors_champ(table)


def cells(
    r,
    table: str,
    *,
    by: Sequence[str] = (),
    region: str | None = None,
    annee: str | int | None = None,
    operateur: str = ENSEMBLE,
    departement: str = TOTAL,
    where: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Counts of one place, one row a combination of `by`; every other dimension at its total."""
    region = region or r.code
    frame = table_of(r, table, region)
    fixed = {"annee": str(annee or r.annee), "region": region, "operateur": operateur}
    fixed |= {"departement": departement} | dict.fromkeys(dimensions(frame), TOTAL)
    fixed |= dict(where or {})
    grid = _grid(r, frame, by, region)
    for column, value in fixed.items():
        if column not in by and column in frame.columns:
            frame = frame[frame[column].astype(str) == value]
    found = frame[[*by, "effectif", "etat"]]
    out = grid.merge(found, on=list(by), how="left") if by else found.head(1)
    if out.empty:
        out = pd.DataFrame({"effectif": [np.nan], "etat": [NON_DISPONIBLE]})
    out = out.assign(
        n=out["effectif"].astype("Float64").to_numpy(float, na_value=np.nan),
        etat=out["etat"].astype(object).where(out["etat"].notna(), NON_DISPONIBLE),
    )
    out["n"] = out["n"].where(out["etat"] == PUBLIE)
    return out.assign(note=out["etat"].map(NOTES))[[*by, "n", "etat", "note"]]


def _grid(r, frame: pd.DataFrame, by: Sequence[str], region: str) -> pd.DataFrame:
    """All the combinations of the modalities of `by`, last one fastest."""
    levels = []
    for column in by:
        rows = frame[frame["region"] == region] if column == "departement" else frame
        levels.append(modalities(r, rows, column))
    if not levels:
        return pd.DataFrame(index=[0])
    return pd.MultiIndex.from_product(levels, names=list(by)).to_frame(index=False)


def worst(*states: pd.Series) -> pd.Series:
    """State of a combination of cells, row by row."""
    frame = pd.concat([s.reset_index(drop=True) for s in states], axis=1)
    conditions = [(frame == state).any(axis=1).to_numpy() for state in _RANK]
    return pd.Series(np.select(conditions, _RANK, default=PUBLIE), dtype=object)


def minus(whole: pd.DataFrame, part: pd.DataFrame, name: str) -> pd.DataFrame:
    """Cells of a whole without one of its parts, both published (else state and note of why).

    A negative difference is that of rounded counts: zero.
    """
    etat = worst(whole["etat"], part["etat"])
    lacking = (whole["etat"].reset_index(drop=True) == PUBLIE) & (etat != PUBLIE)
    note = whole["note"].reset_index(drop=True).where(
        ~lacking, part["note"].reset_index(drop=True) + f" ({name})"
    )
    n = np.maximum(whole["n"].to_numpy() - part["n"].to_numpy(), 0)
    return whole.reset_index(drop=True).assign(n=n, etat=etat, note=note)


def regrouped(frame: pd.DataFrame, column: str, groups: Mapping[str, str], name: str):
    """Cells of a coarser dimension: sums of published cells, else the state of their parts."""
    others = [c for c in frame.columns if c not in (column, "n", "etat", "note")]
    parts = frame.assign(**{name: frame[column].map(groups)}).drop(columns=column)
    rows = []
    for key, part in parts.dropna(subset=[name]).groupby([*others, name], sort=False):
        state = worst(*(pd.Series([e]) for e in part["etat"])).iloc[0]
        n = part["n"].sum() if state == PUBLIE else np.nan
        rows.append([*key, n, state, NOTES[state]])
    return pd.DataFrame(rows, columns=[*others, name, "n", "etat", "note"])


def field_name(absents: Sequence[str]) -> str:
    """« France » or « France hors Mayotte »."""
    names = enumerate_fr([region_name(c) for c in absents])
    return f"France hors {names}" if absents else "France"
