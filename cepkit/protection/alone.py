"""A delivery that holds some of the regions only: the others and France are known to the attacker.

France less the other regions tells the sum of the regions of the delivery, whatever this release
withholds, unless another region withholds the same cell (a shared mask). Of one region alone it
tells each regional cell: what is left to protect is inside the region.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from cepkit.codes import FRANCE, NON_DIFFUSE, REGIONS, TOTAL
from cepkit.disclosure import Constraint
from cepkit.edition.schema import Edition, TableDiffusee
from cepkit.intake.check import additive
from cepkit.protection.cells import NAME, names


@dataclass(frozen=True)
class Outside:
    """`known`: regional cells that subtraction tells ({cell: value}, one region alone).

    `france`: what the regions of the delivery add up to (None: not known), in place of a cell of
    France; `left`: those of these sums that the attacker cannot work out; `tables`: where regions
    add up.
    """

    known: dict[str, int] = field(default_factory=dict)
    france: dict[str, int | None] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)

    def seen(self, frame: pd.DataFrame, *, attacked: bool = False) -> pd.DataFrame:
        """The table with the part of these regions in each cell of France, `attacked`: as far as
        the attacker can work it out."""
        if not self.france:
            return frame
        case = names(frame)
        part = case.map(self.france).astype("Int64")
        value = frame["effectif"].mask(case.isin(set(self.france)), part)
        if attacked:
            value = value.mask(case.isin(self.left))
        state = frame["etat"].mask(value.isna() & case.isin(set(self.france)), NON_DIFFUSE)
        return frame.assign(effectif=value, etat=state)


    def told(self, constraints: list[Constraint], cells: pd.DataFrame) -> list[Constraint]:
        """What statistics tell, with the cells of France at their known values (`cells`)."""
        if not self.france or not constraints:
            return constraints
        value = cells.drop_duplicates(NAME).set_index(NAME)["effectif"]
        out = []
        for one in constraints:
            case = names(pd.DataFrame([keys for keys, _ in one.terms])).tolist()
            known = sum(c * int(value[n]) for n, (_, c) in zip(case, one.terms, strict=True)
                        if n in self.france)
            terms = [t for n, t in zip(case, one.terms, strict=True) if n not in self.france]
            out.append(Constraint(terms, one.low - known, one.high - known, one.name, one.known))
        return out


def outside(edition: Edition, tables: Mapping[str, pd.DataFrame],
            withheld: pd.DataFrame) -> Outside:
    """What France less the regions of no table tells; nothing when all regions are there."""
    present = {r for t in tables.values() for r in t["region"].unique()} - {FRANCE}
    absent = sorted(set(REGIONS) - present)
    found = Outside()
    if not absent:
        return found
    other = withheld[withheld["region"].isin(absent)]
    shared = set(names(other.assign(region=FRANCE))) if len(other) else set()
    for table in edition.diffusion.tables:
        frame = tables[table.nom]
        if frame.empty or not _adds(edition, table):
            continue
        found.tables.add(table.nom)
        _table(frame, shared, found)
    return found


def _adds(edition: Edition, table: TableDiffusee) -> bool:
    sources = [t for t in edition.donnees.tables if t.nom in table.sources]
    return all(t.arrondi == 1 and additive(edition, t, table.mesure, "region") for t in sources)


def _table(frame: pd.DataFrame, shared: set[str], found: Outside) -> None:
    """Regional cells against France, grouped by what they share but the region."""
    rows = frame[frame["departement"].eq(TOTAL)]
    rows = rows.assign(**{NAME: names(rows), "france": names(rows.assign(region=FRANCE))})
    national = rows["region"].eq(FRANCE)
    given = set(rows.loc[national & rows["effectif"].notna(), NAME]) - shared
    groups = dict(list(rows[~national].groupby("france", sort=True)))
    alone = rows.loc[~national, "region"].nunique() == 1
    for cell in rows.loc[national, NAME]:
        part = groups.get(cell)
        whole = part is not None and part["effectif"].notna().all()
        found.france[cell] = int(part["effectif"].sum()) if whole else found.france.get(cell)
        if not whole or cell not in given:
            found.left.add(cell)
        elif alone:
            found.known[part[NAME].iloc[0]] = found.france[cell]
