"""Cells of the masked store, as aligned frames: what an indicator computes with.

A *cells* frame has the columns asked for (`by`), then `n` (float, nan unless published),
`etat` and `note`. Two frames made with the same `by` have the same rows in the same order:
operators of the law, official codes, order of the nomenclature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any
from weakref import WeakKeyDictionary

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
from cepkit.errors import UsageError
from cepkit.text import enumerate_fr, suggestion

REST = "FR_sans_region"
UNKNOWN = "non_renseigne"
NOTES = {
    PUBLIE: "",
    SECRET: "valeur non diffusée : secret statistique",
    NON_DIFFUSE: "valeur non diffusée par la source",
    NON_DISPONIBLE: "valeur absente du jeu de données",
}
# The state of a combination is the first of these that one of its parts has.
_RANK = (SECRET, NON_DIFFUSE, NON_DISPONIBLE)
_NOT_KEYS = {"mesure", "effectif", "etat", "borne_min", "borne_max"}


class Released:
    """A released table as a lookup: one count and one state a combination of its columns."""

    def __init__(self, r, table: str):
        frame = pd.concat([r.table(table), self._outside(r, table)], ignore_index=True)
        self.columns = tuple(c for c in frame.columns if c not in _NOT_KEYS)
        counts = frame["effectif"].astype("Float64").to_numpy(float, na_value=np.nan)
        keys = frame[list(self.columns)].astype(str)
        self.rows = dict(
            zip(
                keys.itertuples(index=False, name=None),
                zip(counts, frame["etat"], strict=True),
                strict=True,
            )
        )
        self.used = {c: list(dict.fromkeys(keys[c])) for c in self.columns}
        regions = keys[["region", "departement"]].drop_duplicates()
        self.departements = regions.groupby("region")["departement"].agg(sorted).to_dict()

    @staticmethod
    def _outside(r, table: str) -> pd.DataFrame:
        """Rows of the regions that no population covers, unless the slice has them already."""
        known, outside = set(r.table(table)["region"]), r.hors_champ(table)
        return outside[~outside["region"].isin(known)]

    def modalities(self, r, column: str, region: str) -> list[str]:
        """Modalities of a column without its total, in the fixed order, limited to those used."""
        if column == "operateur":
            return list(r.operateurs())
        if column == "departement":
            return [d for d in self.departements.get(region, ()) if d != TOTAL]
        used = [m for m in self.used[column] if m not in (TOTAL, FRANCE)]
        if column in ("region", "annee"):
            return sorted(used)
        # Months need no nomenclature: their codes are in order.
        named = r.modalites(column) if column in r.meta["nomenclatures"] else ()
        known = [m for m in named if m in used]
        return known + sorted(set(used) - set(known))


_RELEASED: WeakKeyDictionary[Any, dict[str, Released]] = WeakKeyDictionary()


def released(r, table: str) -> Released:
    """The lookup of a table, made once a region object (a region never changes)."""
    known = _RELEASED.setdefault(r, {})
    if table not in known:
        known[table] = Released(r, table)
    return known[table]


def modalities(r, table: str, column: str) -> list[str]:
    """Modalities of a column of a table for the region at hand, in the fixed order."""
    return released(r, table).modalities(r, column, r.code)


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
    """Counts of one place, one row a combination of `by` (last one fastest).

    Every other dimension is at its total, or at its modality in `where`. A combination that
    the table does not have is « non_disponible ».
    """
    known, region = released(r, table), region or r.code
    for column in [*by, *(where or {})]:
        if column not in known.columns:
            near = suggestion(column, known.columns)
            raise UsageError(f"La table « {table} » n’a pas la dimension « {column} ».{near}")
    fixed = dict.fromkeys(known.columns, TOTAL)
    fixed |= {"annee": str(annee or r.annee), "region": region, "operateur": operateur}
    fixed |= {"departement": departement} | dict(where or {})
    grid = list(product(*(known.modalities(r, c, region) for c in by)))
    found = []
    for combination in grid:
        key = fixed | dict(zip(by, combination, strict=True))
        found.append(known.rows.get(tuple(key[c] for c in known.columns), (np.nan, None)))
    states = [e or NON_DISPONIBLE for _, e in found]
    counts = [n if e == PUBLIE else np.nan for n, e in found]
    frame = pd.DataFrame(grid, columns=list(by)) if by else pd.DataFrame(index=range(len(grid)))
    frame = frame.assign(n=np.array(counts, dtype=float), etat=states)
    kept_back = r.description(table).get("retenue")  # by an agreement, in this version
    notes = NOTES | ({NON_DISPONIBLE: kept_back} if kept_back else {})
    return frame.assign(note=frame["etat"].map(notes).astype(object))


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
    note = (
        whole["note"]
        .reset_index(drop=True)
        .where(~lacking, part["note"].reset_index(drop=True) + f" ({name})")
    )
    n = np.maximum(whole["n"].to_numpy() - part["n"].to_numpy(), 0)
    return whole.reset_index(drop=True).assign(n=n, etat=etat, note=note)


def deduced(parts: pd.DataFrame, total: pd.DataFrame) -> pd.DataFrame:
    """Parts of an additive total, the only one that was not delivered being what is left.

    Nothing is deduced of withheld values: the total and all other parts must be published.
    """
    lacking = parts["etat"] == NON_DISPONIBLE
    known = (parts["etat"][~lacking] == PUBLIE).all() and total["etat"].iloc[0] == PUBLIE
    if not (known and lacking.sum() == 1):
        return parts
    left = max(total["n"].iloc[0] - parts["n"].sum(), 0)
    note = parts["note"].mask(lacking, "déduit du total publié")
    return parts.assign(n=parts["n"].mask(lacking, left), etat=PUBLIE, note=note)


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
