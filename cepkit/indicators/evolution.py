"""How counts move from year to year: comparable years only, refusals said in the row."""

from __future__ import annotations

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
    r, table: str, *, mesure: str | None = None, operateur: str = ENSEMBLE
) -> pd.DataFrame:
    """Counts of each year, region then France, compared with the year before.

    `reference` is the count of the year before in the table; `ecart` their difference, `ratio`
    their ratio with the interval of a ratio of events. A comparison across a declared break of
    series, or with a partial year of the region, is refused: `lecture` says so and `note` why.
    The counts stay; only the comparison is refused. Another `mesure` than the table's raises.
    """
    declared = meta.measure(r, meta.table(r, table)["mesure"])
    if mesure is not None and mesure != declared["nom"]:
        raise UsageError(
            f"La table « {table} » compte des {declared['libelle'].lower()} (mesure "
            f"« {declared['nom']} ») : deux mesures ne se mêlent pas dans une évolution."
        )
    places = dict.fromkeys([r.code, FRANCE])
    parts = [_series(r, table, region, operateur, declared) for region in places]
    frame = pd.concat(parts, ignore_index=True).assign(
        indicateur="effectif", unite=declared["libelle"], base=declared["libelle"],
    )  # fmt: skip
    return finish(
        r, frame, KEYS, mesure=declared["nom"], tables=[table], source=declared["source"],
        reference="année précédente",
    )  # fmt: skip


def _series(r, table: str, region: str, operateur: str, declared: dict) -> pd.DataFrame:
    """One row a year of the table for one place."""
    years = modalities(r, table, "annee")
    rows = [
        cells(r, table, region=region, annee=y, operateur=operateur).assign(annee=y) for y in years
    ]
    frame = pd.concat(rows, ignore_index=True).assign(
        region=region, departement=TOTAL, operateur=operateur, methode=COUNT
    )
    frame = frame.assign(valeur=frame["n"], numerateur=frame["n"])
    partial = [meta.partial_year(r, y, region, operateur) or "" for y in years]
    frame["note"] = add_note(frame, [bool(p) for p in partial], pd.Series(partial, dtype=object))
    return _compared(r, frame, declared["nom"], operateur, partial)


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
        if operateur != ENSEMBLE:
            reason = reason or partial[i - 1] or partial[i]
        if reason:
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
