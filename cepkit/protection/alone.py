"""A delivery that holds some of the regions only: the others and France are known to the attacker.

France less the other regions tells the region, whatever this release withholds, unless another
region withholds the same cell (a shared mask). What is left to protect is inside the region.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from cepkit.codes import FRANCE, REGIONS, TOTAL
from cepkit.disclosure import Constraint
from cepkit.edition.schema import Edition, TableDiffusee
from cepkit.intake.check import additive
from cepkit.protection.cells import NAME, names, own_keys


@dataclass(frozen=True)
class Outside:
    """Cells that subtraction tells ({cell: value}), and sums of cells that it tells."""

    known: dict[str, int] = field(default_factory=dict)
    sums: list[Constraint] = field(default_factory=list)


def outside(edition: Edition, tables: Mapping[str, pd.DataFrame],
            withheld: pd.DataFrame) -> Outside:
    """What France less the regions of no table tells; nothing when all regions are there."""
    present = {r for t in tables.values() for r in t["region"].unique()} - {FRANCE}
    absent = sorted(set(REGIONS) - present)
    if not absent:
        return Outside()
    shared = _anywhere(withheld[withheld["region"].isin(absent)])
    found = Outside()
    for table in edition.diffusion.tables:
        frame = tables[table.nom]
        if frame.empty or not _adds(edition, table):
            continue
        for part in _told(frame, shared):
            if len(part) == 1:
                found.known[part[NAME].iloc[0]] = int(part["effectif"].iloc[0])
            else:
                terms = part[own_keys(part)].assign(coefficient=1)
                total = int(part["effectif"].sum())
                found.sums.append(Constraint(terms, total, total, "autres régions"))
    return found


def _adds(edition: Edition, table: TableDiffusee) -> bool:
    sources = [t for t in edition.donnees.tables if t.nom in table.sources]
    return all(t.arrondi == 1 and additive(edition, t, table.mesure, "region") for t in sources)


def _anywhere(frame: pd.DataFrame) -> set[str]:
    """Names of cells whatever their region."""
    return set() if frame.empty else set(names(frame.assign(region=FRANCE)))


def _told(frame: pd.DataFrame, shared: set[str]) -> list[pd.DataFrame]:
    """Regional cells that have a value for France, grouped by what they share but the region."""
    rows = frame[frame["departement"].eq(TOTAL)]
    rows = rows.assign(**{NAME: names(rows), "france": names(rows.assign(region=FRANCE))})
    national = rows[rows["region"].eq(FRANCE) & rows["effectif"].notna()]
    regional = rows[rows["region"].ne(FRANCE) & rows["france"].isin(national[NAME])
                    & ~rows["france"].isin(shared)]
    groups = [g for _, g in regional.groupby("france", sort=True)]
    return [g.drop(columns="france") for g in groups if g["effectif"].notna().all()]
