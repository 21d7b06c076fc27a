"""The plan de diffusion: cut the released tables out of the delivery, with their totals.

A total that the source gives is kept as delivered. A missing one is computed only where the
edition says that the measure adds up over parts that are all there.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cepkit.codes import FRANCE, NON_DIFFUSE, NON_DISPONIBLE, PUBLIE, REGIONS, TOTAL
from cepkit.edition.schema import Edition, TableDiffusee
from cepkit.errors import DataError, ParametersError, Problem
from cepkit.intake.check import additive
from cepkit.intake.decode import total_code
from cepkit.intake.delivery import COLUMNS, Delivery
from cepkit.intake.shape import BASE, keys_of
from cepkit.text import enumerate_fr


def cut(edition: Edition, delivery: Delivery) -> dict[str, pd.DataFrame]:
    """Released tables, in the order of the plan, before any masking.

    Each frame: `annee, region, departement, operateur, mesure`, its own dimensions,
    `effectif` (Int64), `borne_min`, `borne_max`, `etat`. Columns `departement` and `operateur`
    are always there, at their total when the table does not detail them. A table whose
    optional sources were not delivered is empty. Raises `DataError` when a source lacks the
    measure or a dimension of the table.
    """
    problems: list[Problem] = []
    tables = {}
    for table in edition.diffusion.tables:
        try:
            tables[table.nom] = cut_one(table, edition, delivery)
        except (DataError, ParametersError) as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return harmonised(tables, {t.nom: _rounding(t, delivery) for t in edition.diffusion.tables})


def _rounding(table: TableDiffusee, delivery: Delivery) -> int:
    """Coarsest rounding of the sources of a table."""
    return max((delivery.sources[n].arrondi for n in table.sources if n in delivery.sources),
               default=1)


def harmonised(tables: dict[str, pd.DataFrame],
               rounding: dict[str, int]) -> dict[str, pd.DataFrame]:
    """The same cell has one value: the exact one, where another table only rounds it.

    A cell is the same when all keys agree, a column that one table lacks being at its total.
    Gaps wider than the rounding are left: they are contradictions, told by the protection.
    """
    exact = [t for n, t in tables.items() if rounding[n] == 1 and not t.empty]
    out = dict(tables)
    for name, frame in tables.items():
        for other in exact if rounding[name] > 1 and not frame.empty else ():
            frame = _with_exact(frame, other, rounding[name] / 2)
        out[name] = frame
    return out


def _with_exact(frame: pd.DataFrame, exact: pd.DataFrame, tolerance: float) -> pd.DataFrame:
    common = [k for k in keys_of(frame) if k in exact]
    extra = [k for k in keys_of(exact) if k not in common]
    own = [k for k in keys_of(frame) if k not in common]
    heads = exact[exact[extra].eq(TOTAL).all(axis=1)].set_index(common)["effectif"]
    found = heads.reindex(pd.MultiIndex.from_frame(frame[common])).set_axis(frame.index)
    near = (found - frame["effectif"]).abs().le(tolerance).fillna(False)
    same = near & frame[own].eq(TOTAL).all(axis=1)
    return frame.assign(effectif=frame["effectif"].mask(same, found))


def cut_one(table: TableDiffusee, edition: Edition, delivery: Delivery) -> pd.DataFrame:
    """One table of the plan, before any masking (see `cut`)."""
    names = table.sources
    parts = [_source(n, table, edition, delivery) for n in names if n in delivery.tables]
    columns = [*BASE, *_own(table), *COLUMNS]
    own = edition.carried_by(table.nom)
    if own is not None:  # an investigation: only the regions that carry it out, and France
        parts = [p[p["region"].isin([*own, FRANCE])] for p in parts]
    if not parts:
        return pd.DataFrame(columns=columns)
    frame = pd.concat(parts, ignore_index=True)[columns]
    keys = keys_of(frame)
    twice = frame.duplicated(keys)
    if (frame[twice].merge(frame[~twice], on=keys)
            .eval("effectif_x != effectif_y").fillna(False).any()):
        raise DataError(f"Table {table.nom} : ses sources {enumerate_fr(names)} donnent deux "
                        "valeurs différentes pour la même cellule.")
    return frame[~twice].sort_values(keys, ignore_index=True)


def _own(table: TableDiffusee) -> list[str]:
    """Dimensions beyond the five base columns."""
    return [d for d in table.dimensions if d not in BASE]


def _source(name: str, table: TableDiffusee, edition: Edition,
            delivery: Delivery) -> pd.DataFrame:
    """The rows of one source that the table needs, reduced to its dimensions."""
    frame, source = delivery.tables[name], delivery.sources[name]
    frame = frame[frame["mesure"].eq(table.mesure)]
    absent = [d for d in table.dimensions if d not in frame]
    if frame.empty or absent:
        what = f"la mesure « {table.mesure} »" if frame.empty else enumerate_fr(absent)
        raise DataError(f"Table {table.nom} : la source {name} ne donne pas {what}.")
    if table.annees:
        frame = frame[frame["annee"].isin([str(a) for a in table.annees])]

    def adds(column: str) -> bool:
        return additive(edition, source, table.mesure, column)
    for column in [k for k in keys_of(frame) if k not in ("annee", "mesure", "region")]:
        # A table that omits a modality cannot be summed; records have no row for a zero.
        whole = column not in BASE and source.nature == "tableau"
        frame = with_total(frame, column, adds(column), whole)
        if column not in table.dimensions and column != "departement":
            frame = frame[frame[column].eq(total_code(column))]
            frame = frame if column in BASE else frame.drop(columns=column)
    frame = _levels(_national(frame, adds("region"), delivery), table)
    return frame if table.totaux else _without_totals(frame, table)


def with_total(frame: pd.DataFrame, column: str, adds: bool, whole: bool = False) -> pd.DataFrame:
    """`frame` with a total row of `column` for each other key that has none, when `adds`.

    Delivered totals stay. A missing one is the sum of its parts: a part without a value leaves
    it without one (bounds add up when every part has some); with `whole`, it is not made up
    where a modality that the table knows is absent.
    """
    total = total_code(column)
    others = [k for k in keys_of(frame) if k != column]
    group = frame.groupby(others, sort=False).ngroup()
    is_total = frame[column].eq(total)
    details = ~is_total & ~group.isin(group[is_total])
    if whole:
        parts = group[~is_total].value_counts()
        details &= group.isin(parts.index[parts.eq(frame.loc[~is_total, column].nunique())])
    if not adds or not details.any():
        return frame
    sums = sum_cells(frame[details], others).astype(dict.fromkeys(COLUMNS[:3], "Int64"))
    return pd.concat([frame, sums.assign(**{column: total})[frame.columns]], ignore_index=True)


def with_missing_totals(frame: pd.DataFrame) -> pd.DataFrame:
    """Masked table where a total that nobody gives stands as a row « non_disponible »."""
    for column in [k for k in keys_of(frame) if k not in ("annee", "mesure", "departement")]:
        others = [k for k in keys_of(frame) if k != column]
        is_total = frame[column].eq(total_code(column))
        if column == "region":
            is_total |= frame["departement"].ne(TOTAL)
        group = frame.groupby(others, sort=False).ngroup()
        blank = frame.loc[~group.isin(group[is_total]) & ~is_total, others].drop_duplicates()
        blank = blank.assign(**{column: total_code(column), "effectif": pd.NA,
                                "etat": NON_DISPONIBLE}).astype({"effectif": "Int64"})
        frame = pd.concat([frame, blank[frame.columns]], ignore_index=True) if len(blank) else frame
    return frame.sort_values(keys_of(frame), ignore_index=True)


def sum_cells(frame: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Sum of cells by `keys`: `effectif` null and a state as soon as one part has no value."""
    known = frame["etat"].eq(PUBLIE)
    parts = frame.assign(
        bas=frame["effectif"].where(known, frame["borne_min"]).fillna(0),
        haut=frame["effectif"].where(known, frame["borne_max"]),
        sans_haut=frame["effectif"].where(known, frame["borne_max"]).isna(),
        connu=known, cache=frame["etat"].eq(NON_DIFFUSE))
    out = parts.groupby(list(keys), as_index=False, sort=False).agg(
        effectif=("effectif", "sum"), borne_min=("bas", "sum"), borne_max=("haut", "sum"),
        connu=("connu", "all"), cache=("cache", "any"), sans_haut=("sans_haut", "any"))
    state = out["cache"].map({True: NON_DIFFUSE, False: NON_DISPONIBLE})
    return out.assign(
        effectif=out["effectif"].where(out["connu"]),
        borne_min=out["borne_min"].mask(out["connu"]),
        borne_max=out["borne_max"].mask(out["connu"] | out["sans_haut"]),
        etat=state.mask(out["connu"], PUBLIE))[[*keys, *COLUMNS]]


def _national(frame: pd.DataFrame, adds: bool, delivery: Delivery) -> pd.DataFrame:
    """France as delivered, or the sum of the 18 regions when all are there and add up."""
    regional = frame[frame["departement"].eq(TOTAL)]
    whole = with_total(regional, "region", adds and set(REGIONS) <= delivery.regions)
    return pd.concat([whole, frame[frame["departement"].ne(TOTAL)]], ignore_index=True)


def _levels(frame: pd.DataFrame, table: TableDiffusee) -> pd.DataFrame:
    """Rows of the levels that the table releases: FR, region, departement."""
    national = frame["region"].eq(FRANCE)
    detail = frame["departement"].ne(TOTAL)
    keep = ((national & ("FR" in table.niveaux))
            | (~national & ~detail & ("region" in table.niveaux))
            | (detail & ("departement" in table.niveaux)))
    return frame[keep]


def _without_totals(frame: pd.DataFrame, table: TableDiffusee) -> pd.DataFrame:
    return frame[frame[_own(table)].ne(TOTAL).all(axis=1)]


def sums(edition: Edition, table: TableDiffusee, frame: pd.DataFrame) -> list[str]:
    """Columns over which a released table adds up exactly (none when it is rounded)."""
    known = [t for t in edition.donnees.tables if t.nom in table.sources]
    if any(t.arrondi > 1 for t in known):
        return []
    regions = ["region"] if set(REGIONS) <= set(frame["region"]) else []
    columns = (*regions, "departement", "operateur", *_own(table))
    return [c for c in columns if all(additive(edition, t, table.mesure, c) for t in known)]


def derived(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Fill « non_disponible » cells that anyone can work out from totals over these columns.

    A sole missing part is its total less the others; several are zero when nothing is left.
    Only for the protection, which must then see to it that no small count can be told this
    way; such a cell is never published.
    """
    if frame.empty:
        return frame
    value = frame["effectif"].astype("float64")
    missing = frame["etat"].eq(NON_DISPONIBLE)
    codes = frame[keys_of(frame)].apply(lambda column: pd.factorize(column)[0])
    before = -1
    while before != (before := int(value.isna().sum())):
        for column in columns:
            group = codes.drop(columns=column).groupby(
                list(codes.columns.drop(column)), sort=False).ngroup()
            value = value.fillna(_rest(value, group, frame[column].eq(total_code(column)), missing))
    found = value.notna() & missing
    return frame.assign(effectif=value.astype("Int64"), etat=frame["etat"].mask(found, PUBLIE))


def _rest(value: pd.Series, group: pd.Series, total: pd.Series, missing: pd.Series) -> pd.Series:
    """What the total leaves to each missing part; NaN when that does not tell it."""
    parts = pd.DataFrame({"somme": value, "absent": value.isna(),
                          "autre": value.isna() & ~missing})[~total]
    sums = parts.groupby(group[~total]).sum()
    left = value[total].groupby(group[total]).first() - sums["somme"]
    told = sums["autre"].eq(0) & (sums["absent"].eq(1) & left.ge(0) | left.eq(0))
    return group.map(left.where(told)).mask(total | ~missing)


def comparisons(edition: Edition, delivery: Delivery) -> list[dict]:
    """« À quoi peut-on comparer ? »: comparaison, region, operateur, admise, raison."""
    found = []
    years = sorted({int(a) for t in delivery.tables.values() for a in t["annee"]})
    for year in [y for y in years if y < edition.annee]:
        breaks = [r for r in edition.ruptures if year < r.annee <= edition.annee]
        found += [_comparison(f"{edition.annee} et {year}", False, r.motif,
                              operateur=None if r.portee == "tous" else r.portee)
                  for r in breaks] or [_comparison(f"{edition.annee} et {year}", True, "")]
    found += [_comparison(f"Année partielle {p.annee}", False, p.motif, p.region, p.operateur)
              for p in edition.annees_partielles]
    national = any(t["region"].eq(FRANCE).any() for t in delivery.tables.values())
    reason = "" if national else "Aucune ligne nationale dans le jeu de données."
    found.append(_comparison("Région et France", national, reason))
    if edition.comparaisons.national_sans_region:
        found.append(_comparison("Région et France sans la région", national, reason))
    if len(edition.mesures) > 1:
        names = enumerate_fr([m.libelle for m in edition.mesures.values()])
        found.append(_comparison(names, False, "Deux mesures ne se comparent pas."))
    return found


def _comparison(what: str, lawful: bool, reason: str, region: str | None = None,
                operateur: str | None = None) -> dict:
    return {"comparaison": what, "region": region, "operateur": operateur, "admise": lawful,
            "raison": reason}
