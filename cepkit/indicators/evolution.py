"""How counts move from year to year: comparable years only, refusals said in the row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cepkit.codes import ENSEMBLE, FRANCE, NON_DISPONIBLE, PUBLIE, REFUSEE, TOTAL
from cepkit.errors import UsageError
from cepkit.indicators import meta
from cepkit.indicators.cells import cells, modalities
from cepkit.indicators.rows import COMPARISON, COUNT, LOG, add_note, finish, read_ratio
from cepkit.intervals import rate_ratio

KEYS = ("annee", "region", "departement", "operateur")


def evolution(
    r, table: str | Sequence[str] | None = None, *, mesure: str | None = None,
    operateur: str = ENSEMBLE,
) -> pd.DataFrame:  # fmt: skip
    """Counts of each year, region then France, compared with the year before.

    `table`: one released table, or several that follow one another in time; by default those that
    count the measure by operator and nothing else. `reference` is the
    count of the year before; `ecart` their difference, `ratio` their ratio with the interval of a
    ratio of events. A comparison across a declared break of series, or with a partial year of
    the operator in the region, is refused: `lecture` says so and `note` why. The counts stay;
    only the comparison is refused. Tables of different measures, or another `mesure` than
    theirs, raise.
    """
    tables = [table] if isinstance(table, str) else list(table or _series_of(r, mesure))
    declared = _one_measure(r, tables, mesure) if tables else meta.measure(r, mesure)
    places = dict.fromkeys([r.code, FRANCE])
    parts = [_series(r, tables, region, operateur, declared) for region in places]
    frame = pd.concat(parts, ignore_index=True).assign(
        indicateur="effectif", unite=declared["libelle"], base=declared["libelle"],
    )  # fmt: skip
    return finish(
        r, frame, KEYS, mesure=declared["nom"], tables=tables, source=declared["source"],
        reference="année précédente",
    )  # fmt: skip


def _series_of(r, mesure: str | None) -> list[str]:
    """Released tables of a measure whose only dimension is the operator, in the plan's order."""
    name = meta.measure(r, mesure)["nom"]
    return [t["nom"] for t in meta.released(r).values()
            if t["mesure"] == name and set(t["dimensions"]) <= {"operateur"}]  # fmt: skip


def _one_measure(r, tables: Sequence[str], mesure: str | None) -> dict:
    """The measure that all tables count, and that the caller asks for."""
    of = {t: meta.measure(r, meta.table(r, t)["mesure"]) for t in tables}
    asked = mesure or next(iter(of.values()))["nom"]
    for name, declared in of.items():
        if declared["nom"] != asked:
            raise UsageError(
                f"La table « {name} » compte des {declared['libelle'].lower()} (mesure "
                f"« {declared['nom']} »), et non « {asked} » : deux mesures ne se mêlent pas dans "
                "une évolution."
            )
    return of[tables[0]]


def _series(r, tables: Sequence[str], region: str, operateur: str, declared: dict):
    """One row a year of the tables for one place; the first table that holds a year gives it."""
    of = {y: t for t in reversed(tables) for y in modalities(r, t, "annee")}
    years = sorted(of) or [str(r.annee)]
    if not tables:
        note = "aucune table diffusée ne donne l’effectif par année"
        row = {"annee": years[0], "n": np.nan, "etat": NON_DISPONIBLE, "note": note}
        frame = pd.DataFrame([row | {"region": region, "departement": TOTAL}])
        return frame.assign(operateur=operateur)
    rows = [
        cells(r, of[y], region=region, annee=y, operateur=operateur).assign(annee=y) for y in years
    ]
    frame = pd.concat(rows, ignore_index=True).assign(
        region=region, departement=TOTAL, operateur=operateur, methode=COUNT
    )
    frame = frame.assign(valeur=frame["n"], numerateur=frame["n"])
    partial = [meta.partial_year(r, y, region, operateur) or "" for y in years]
    frame["note"] = add_note(frame, [bool(p) for p in partial], pd.Series(partial, dtype=object))
    # France, or all operators together, only carry the note of the part that is partial.
    whole = operateur == ENSEMBLE or region == FRANCE
    return _compared(r, frame, declared["nom"], operateur, [""] * len(years) if whole else partial)


def _compared(r, frame: pd.DataFrame, mesure: str, operateur: str, partial: list[str]):
    """Comparison with the year before, or its refusal."""
    before, years = frame["n"].shift(), frame["annee"].astype(int)
    ratio, (low, high) = rate_ratio(frame["n"], 1, before, 1, meta.level(r))
    frame = frame.assign(**dict.fromkeys(COMPARISON)).assign(
        reference=before, ecart=frame["n"] - before, ratio=ratio, ratio_inf=low, ratio_sup=high
    )
    frame["lecture"] = read_ratio(r, frame)
    for i in range(1, len(frame)):
        reason = meta.break_between(r, years[i - 1], years[i], mesure, operateur)
        if reason := reason or partial[i - 1] or partial[i]:
            _refuse(frame, i, reason)
    compared = frame["ratio"].notna()
    frame["methode"] = frame["methode"].mask(compared, f"{COUNT} ; {LOG}")
    frame["etat"] = frame["etat"].fillna(NON_DISPONIBLE)
    return frame


def _refuse(frame: pd.DataFrame, i: int, reason: str) -> None:
    """Empty the comparison of row i (of a frame made here) and say why."""
    frame.loc[i, [c for c in COMPARISON if c != "lecture"]] = np.nan
    frame["lecture"] = frame["lecture"].astype(object)
    frame.loc[i, "lecture"] = REFUSEE
    if reason not in frame.loc[i, "note"]:
        note = frame.loc[i, "note"]
        frame.loc[i, "note"] = f"{note} ; {reason}" if note else reason
    frame.loc[i, "etat"] = frame.loc[i, "etat"] or PUBLIE
