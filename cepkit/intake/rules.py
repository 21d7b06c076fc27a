"""Rows and keys of one canonical table, as a pandera schema; its failures as our problems.

Validation is lazy: every failure of every row comes at once. pandera says which check failed on
which row of the frame; file, sheet, row of the file, value and repair are ours.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pandera.pandas as pa

from cepkit.codes import TOTAL, region_name
from cepkit.edition.schema import Edition, TableSource
from cepkit.errors import Problem
from cepkit.intake.decode import department_names, home_regions, named, told
from cepkit.intake.layout import Raw
from cepkit.intake.shape import BASE, keys_of
from cepkit.text import enumerate_fr

OLDEST = 15  # years before the exercice that a delivery may still hold


def schema(year: int) -> pa.DataFrameSchema:
    """What each row must satisfy; a check bears its key of `controles`."""
    return pa.DataFrameSchema({
        "annee": pa.Column(str, pa.Check(
            lambda years: years.astype("int64").between(year - OLDEST, year),
            name="annee_hors_periode")),
        "effectif": pa.Column("Float64", [
            pa.Check(lambda counts: counts.ge(0), name="effectif_negatif"),
            pa.Check(lambda counts: counts.mod(1).eq(0), name="effectif_decimal")],
            nullable=True),
        "cle": pa.Column("int64", unique=True, report_duplicates="all"),
    }, checks=pa.Check(_at_home, name="departement_hors_region"))


def _at_home(frame: pd.DataFrame) -> pd.Series:
    home = frame["departement"].map(home_regions())
    return frame["departement"].eq(TOTAL) | home.eq(frame["region"])


def _key(frame: pd.DataFrame, table: TableSource) -> pd.Series:
    """A number a key. Grouped unknown codes and the totals that a long profile repeats for each
    criterion may come twice: each row has its own; so have records, which were counted."""
    keys = keys_of(frame)
    own = ~frame["regroupe"] & (table.nature != "individuel")
    if table.critere:
        own &= frame[[k for k in keys if k not in (*BASE, "mois")]].ne(TOTAL).any(axis=1)
    number = frame.groupby(keys, sort=False).ngroup()
    return number.where(own, -1 - pd.Series(range(len(frame)), frame.index))


def problems(frame: pd.DataFrame, raw: Raw, table: TableSource, edition: Edition) -> list[Problem]:
    """Every row that fails, told once a rule with the lines of the file."""
    frame = frame.reset_index(drop=True)
    narrow = frame[["annee", "region", "departement", "effectif"]]
    try:
        schema(edition.annee).validate(narrow.assign(cle=_key(frame, table)), lazy=True)
        return _durations(frame, raw, table)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases.groupby("check", sort=False)["index"].agg(set)
    return _durations(frame, raw, table) + [
        MESSAGES[name](frame.loc[sorted(rows)], raw, edition) for name, rows in cases.items()]


def _durations(frame: pd.DataFrame, raw: Raw, table: TableSource) -> list[Problem]:
    """Values of `durees` that are no whole number of months; an empty one is not known."""
    told_ = []
    for column in [d for d in (*table.durees, *table.delais) if d in frame]:
        wrong = ~frame[column].str.fullmatch(rf"\d{{1,3}}|{TOTAL}|")
        told_ += [told(f"{column} : « {value} » n’est pas un nombre entier de mois.",
                       "valeur_illisible", "une durée est un nombre entier de mois", raw,
                       frame.loc[frame[column].eq(value), "ligne"], value,
                       "corrigez la valeur ; laissez la case vide si la durée n’est pas connue.")
                  for value in frame.loc[wrong, column].unique()]
    return told_


def _values(series: pd.Series) -> str:
    """First three distinct values, as in the file."""
    return ", ".join(f"{v:g}".replace(".", ",") if isinstance(v, float) else str(v)
                     for v in list(series.unique())[:3])


def _year(bad: pd.DataFrame, raw: Raw, edition: Edition) -> Problem:
    span = f"de {edition.annee - OLDEST} à {edition.annee}"
    return told(f"année hors de la période attendue ({span}).", "annee_hors_periode",
                "année de l’exercice ou antérieure", raw, bad["ligne"], _values(bad["annee"]),
                "corrigez l’année, ou « annee » dans edition.yml.")


def _negative(bad: pd.DataFrame, raw: Raw, edition: Edition) -> Problem:
    return told("effectif négatif.", "effectif_negatif", "un effectif est positif ou nul", raw,
                bad["ligne"], _values(bad["effectif"]), "corrigez la valeur dans le fichier.")


def _decimal(bad: pd.DataFrame, raw: Raw, edition: Edition) -> Problem:
    return told("effectif décimal.", "effectif_decimal", "un effectif est un nombre entier", raw,
                bad["ligne"], _values(bad["effectif"]),
                "corrigez-le, ou déclarez « milliers » si le signe sépare les milliers.")


def _away(bad: pd.DataFrame, raw: Raw, edition: Edition) -> Problem:
    names = department_names()
    pairs = bad[["departement", "region"]].drop_duplicates().head(3).itertuples(index=False)
    said = [f"{names[d]} est en {region_name(home_regions()[d])}, non en {region_name(r)}"
            for d, r in pairs]
    return told(f"département rattaché à une autre région que la sienne : "
                f"{enumerate_fr(said)}.", "departement_hors_region",
                "code officiel géographique", raw, bad["ligne"],
                _values(bad["departement"].map(names)), "corrigez la région ou le département.")


def _duplicates(bad: pd.DataFrame, raw: Raw, edition: Edition) -> Problem:
    key = named(bad.iloc[0][keys_of(bad)], edition)
    return told(f"{len(bad)} lignes portent une clé déjà présente ({key}).", "doublons",
                "une seule ligne par clé", raw, bad["ligne"], key,
                "gardez une ligne par clé, ou déclarez la colonne qui les distingue.")


MESSAGES: dict[str, Callable[[pd.DataFrame, Raw, Edition], Problem]] = {
    "annee_hors_periode": _year, "effectif_negatif": _negative, "effectif_decimal": _decimal,
    "departement_hors_region": _away, "field_uniqueness": _duplicates}
