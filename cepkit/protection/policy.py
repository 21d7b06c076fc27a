"""The edition's policy as options of `protect` and `audit`: threshold, costs, sums."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cepkit.codes import ENSEMBLE, FRANCE, REGIONS, TOTAL
from cepkit.edition.schema import Edition, TableDiffusee
from cepkit.intake.decode import total_code
from cepkit.intake.shape import BASE, keys_of
from cepkit.protection.cells import NAME, every, names, own_keys


def options(edition: Edition, tables: Mapping[str, pd.DataFrame],
            whole: Collection[str] = ()) -> dict[str, Any]:
    """The same rule for `protect` and for `audit`. Tables of earlier versions are « nom@n »;
    `whole`: those whose regions add up though some are not there."""
    secret = edition.secret
    return {"hierarchies": hierarchies(edition, tables), "zeros": secret.zeros,
            "level": secret.niveau,
            "totals": {"region": FRANCE, "operateur": ENSEMBLE, "default": TOTAL},
            "threshold": {"default": secret.seuil, **secret.seuils},
            **_relations(edition, tables, whole)}


def _relations(edition: Edition, tables: Mapping[str, pd.DataFrame],
               whole: Collection[str]) -> dict[str, dict]:
    """What does not add up: multiple answers, some of the regions only; room left by rounding."""
    sources = {t.nom: t for t in edition.donnees.tables}
    origins = {t.nom: t.sources for t in edition.diffusion.tables}
    origins |= {s.nom: [s.parametres.get("source")] for s in edition.diffusion.statistiques
                if s.nom not in origins}
    multiple, tolerance = {}, {}
    for name, frame in tables.items():
        known = [sources[n] for n in origins.get(name.partition("@")[0], ()) if n in sources]
        # One answer given, persons still add up over what the measure declares (sex, age).
        measures = {m.partition("@")[0] for m in frame["mesure"].unique()}
        adds = set(BASE).union(*(edition.mesures[m].additive for m in measures))
        several = any(t.reponses_multiples for t in known)
        multiple[name] = [d for d in own_keys(frame) if several and d not in adds
                          or any(d in t.multiples for t in known)]
        if not set(REGIONS) <= set(frame["region"]) and name not in whole:
            multiple[name].append("region")
        elif any(t.pseudonyme for t in known):
            twice = _counted_twice(frame)
            if twice is None:
                multiple[name].append("region")
            else:
                tolerance[name] = {"region": twice}
        rounding = max((t.arrondi for t in known), default=1)
        if rounding > 1:
            widest = max(frame[k].nunique() for k in keys_of(frame))
            tolerance[name] = (widest + 1) * rounding // 2
    return {"non_additive": multiple, "tolerance": tolerance}


def _counted_twice(frame: pd.DataFrame) -> int | None:
    """Persons followed in several regions, counted once a region: the regions less France.

    Of each number of operators, the regions add up to France within so many: readers can use it.
    None when a total is withheld.
    """
    own = [k for k in own_keys(frame) if k not in BASE]
    rows = frame[frame[own].eq(TOTAL).all(axis=1) & frame["departement"].eq(TOTAL)
                 & frame["operateur"].eq(ENSEMBLE)]
    if rows.empty or rows["effectif"].isna().any():
        return None
    sign = rows["effectif"].mask(rows["region"].eq(FRANCE), -rows["effectif"])
    return int(sign.groupby(rows["annee"]).sum().abs().max())


def hierarchies(edition: Edition,
                tables: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, str]]:
    """{column: {code: code of its total}} over all key columns of the tables.

    Where a table shows the modalities of a fallback, those of the others add up to them.
    """
    found: dict[str, dict[str, str]] = {}
    for frame in tables.values():
        for column in [k for k in keys_of(frame) if k not in ("annee", "mesure")]:
            total = total_code(column)
            found.setdefault(column, {}).update(
                {c: total for c in frame[column].unique() if c != total})
    for group in edition.regroupements:
        known = found.get(group.dimension, {})
        if isinstance(group.vers, dict) and set(group.vers) & set(known):
            known.update({fine: coarse for coarse, parts in group.vers.items() for fine in parts
                          if fine in known and fine != coarse and fine not in group.vers})
    return found


def thresholds(edition: Edition, cells: pd.DataFrame) -> pd.Series:
    """Threshold of each cell: the highest of the dimensions that detail it."""
    out = pd.Series(edition.secret.seuil, cells.index, dtype="int64")
    for dimension, limit in edition.secret.seuils.items():
        if dimension in cells:
            special = cells[dimension].fillna(total_code(dimension)).ne(total_code(dimension))
            out = out.mask(special & out.lt(limit), limit)
    return out


def never_hidden(edition: Edition, cells: pd.DataFrame) -> pd.Series:
    """Cells that `jamais_masquees` names; a dimension that a pattern omits is any."""
    out = pd.Series(False, cells.index)
    for pattern in edition.secret.jamais_masquees:
        match = pd.Series(True, cells.index)
        for column, code in pattern.items():
            match &= cells[column].eq(code) if column in cells else code == total_code(column)
        out |= match
    return out


def costs(edition: Edition, tables: Mapping[str, pd.DataFrame]) -> Callable | None:
    """What hiding a cell costs: its count, times the factors of table, priority, dimensions.

    None when the edition declares none. A cell of several tables takes the highest factor.
    """
    declared = edition.secret.couts
    if not (declared.tables or declared.dimensions or declared.priorites):
        return None
    plan = {t.nom: t for t in edition.diffusion.tables}
    cells = every(tables)
    own = {n: _factor(declared, plan.get(n)) for n in tables}
    factor = cells.assign(f=cells["table"].map(own)).groupby(NAME)["f"].max()

    def price(frame: pd.DataFrame) -> np.ndarray:
        found = factor.reindex(names(frame.drop(columns="effectif"))).fillna(1.0).to_numpy()
        for dimension, times in declared.dimensions.items():
            if dimension in frame:
                detailed = frame[dimension].ne(total_code(dimension)).to_numpy()
                found = found * np.where(detailed, times, 1.0)
        return np.maximum(frame["effectif"].to_numpy(float), 1) * found

    return price


def _factor(declared: Any, table: TableDiffusee | None) -> float:
    if table is None:
        return 1.0
    return declared.tables.get(table.nom, 1.0) * declared.priorites.get(table.priorite, 1.0)
