"""Coarser tables to fall back to (« regroupements ») where a table would be mostly withheld."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cepkit.codes import PUBLIE, SECRET, TOTAL
from cepkit.edition.schema import Edition, Regroupement, TableDiffusee
from cepkit.intake.check import additive
from cepkit.intake.shape import keys_of
from cepkit.plan import sum_cells

TERRITORY = "departement"


def next_step(edition: Edition, tables: Mapping[str, pd.DataFrame],
              masked: Mapping[str, pd.DataFrame], used: list[dict[str, Any]],
              ) -> tuple[dict[str, pd.DataFrame], dict[str, Any]] | None:
    """(tables with one more of them coarser, what was done), or None when none needs it.

    A table needs it when more than `repli_au_dela` of its detailed cells would be withheld.
    """
    limit = edition.secret.repli_au_dela
    done = {(u["table"], u["dimension"]) for u in used}
    for table in edition.diffusion.tables:
        for group in edition.regroupements:
            if (table.nom, group.dimension) in done or not _applies(edition, table, group):
                continue
            frame = tables[table.nom]
            where = _mostly_withheld(frame, masked[table.nom], group.dimension, limit)
            if where:
                step = {"table": table.nom, "dimension": group.dimension, "regions": where,
                        "vers": sorted(group.vers) if isinstance(group.vers, dict) else [TOTAL]}
                return {**tables, table.nom: _coarser(frame, group, where)}, step
    return None


def _applies(edition: Edition, table: TableDiffusee, group: Regroupement) -> bool:
    if group.dimension == TERRITORY:
        return TERRITORY in table.niveaux
    sources = [t for t in edition.donnees.tables if t.nom in table.sources]
    return group.dimension in table.dimensions and all(
        additive(edition, t, table.mesure, group.dimension) for t in sources)


def _mostly_withheld(frame: pd.DataFrame, masked: pd.DataFrame, dimension: str,
                     limit: float) -> list[str]:
    """Regions where the detail of a dimension is mostly withheld; modalities: all or none."""
    frame, masked = frame.reset_index(drop=True), masked.reset_index(drop=True)
    detail = frame[dimension].ne(TOTAL) & frame["etat"].eq(PUBLIE) & frame["effectif"].gt(0)
    hidden = masked["etat"].eq(SECRET)[detail]
    if dimension != TERRITORY:
        return sorted(frame["region"].unique()) if len(hidden) and hidden.mean() > limit else []
    share = hidden.groupby(frame.loc[detail, "region"]).mean()
    return sorted(share.index[share.gt(limit)])


def _coarser(frame: pd.DataFrame, group: Regroupement, regions: list[str]) -> pd.DataFrame:
    """The table without its departments in these regions, or with its modalities added up."""
    if group.dimension == TERRITORY:
        return frame[~(frame["region"].isin(regions) & frame[TERRITORY].ne(TOTAL))].reset_index(
            drop=True)
    keys = keys_of(frame)
    to = {fine: coarse for coarse, parts in group.vers.items() for fine in parts}
    own = frame[group.dimension]
    moved = frame.assign(**{group.dimension: own.map(to).fillna(own)})
    out = sum_cells(moved, keys).astype(dict.fromkeys(
        ("effectif", "borne_min", "borne_max"), "Int64"))
    return out[frame.columns].sort_values(keys, ignore_index=True)


def labels(edition: Edition, used: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """{dimension: {coarse code: label}} of the fallbacks that were used."""
    known = {code: m.libelle for n in edition.nomenclatures.values()
             for code, m in n.modalites.items()}
    groups = {g.dimension: g for g in edition.regroupements}
    return {u["dimension"]: {c: groups[u["dimension"]].libelles.get(c, known.get(c, c))
                             for c in u["vers"]}
            for u in used if u["dimension"] != TERRITORY}
