"""Indicator rows: their columns, their states, what captions need to know about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cepkit.codes import NON_CONCLUANT, NON_DISPONIBLE, PUBLIE, REFUSEE
from cepkit.gaps import is_marked, reading_points, reading_ratio
from cepkit.indicators import meta
from cepkit.intervals import (
    BYAR_FROM,
    benjamini_hochberg,
    events,
    log_ratio,
    newcombe_difference,
    part_to_whole,
    rate_difference,
    rate_ratio,
    rate_test,
    score_test,
    wilson,
)

VALUES = ("valeur", "borne_inf", "borne_sup")
ROW = ("indicateur", *VALUES, "numerateur", "denominateur", "unite", "base", "methode",
       "niveau_confiance", "etat", "note")  # fmt: skip
GAP = ("reference", "ecart", "ecart_inf", "ecart_sup")
RATIO = ("ratio", "ratio_inf", "ratio_sup")
COMPARISON = (*GAP, *RATIO, "lecture")
_NUMERIC = {*VALUES, "numerateur", "denominateur", "niveau_confiance", *GAP, *RATIO}

# Frames finished since a page was opened: sentences find there the keys of what they quote.
JOURNAL: list[pd.DataFrame] = []
JOURNAL_MAX = 4000

WILSON, BYAR, EXACT = "Wilson", "Byar", "Poisson exact"
NEWCOMBE, SQUARES = "Newcombe (méthode 10)", "somme des carrés (Zou et Donner)"
LOG = "rapport logarithmique"
COUNT, PUBLISHED, DOBSON = "dénombrement", "série publiée", "Dobson"
LINEAR = "forme linéaire, comptages de Poisson indépendants"


def estimate(n, population, law: str, level: float) -> dict[str, Any]:
    """Value, limits and method of n / population: Wilson, or Byar (exact below 10 events)."""
    n, population = np.asarray(n, dtype=float), np.asarray(population, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(population > 0, n / population, np.nan)
        if law == "proportion":
            low, high = wilson(n, population, level)
            method = np.full(n.shape, WILSON, dtype=object)
        else:
            low, high = (limit / population for limit in events(n, level))
            method = np.where(n < BYAR_FROM, EXACT, BYAR).astype(object)
    return {"valeur": value, "borne_inf": low, "borne_sup": high, "methode": method}


def compare(x, n, X, N, law: str, level: float, *, nested: bool, rest: bool) -> dict[str, Any]:
    """Gap and ratio of x / n to a reference that counts X for N, with intervals.

    `nested`: the reference contains the part (a region and France); the interval is then taken
    against the rest X - x, N - n, and carried back to the whole, unless `rest` says that the
    rest itself is the reference. Not nested: two independent populations. `p` is the p-value of
    equality, for `adjusted`.
    """
    x, n, X, N = (np.asarray(v, dtype=float) for v in (x, n, X, N))
    other = (X - x, N - n) if nested else (X, N)
    proportion = law == "proportion"
    difference, ratio = (
        (newcombe_difference, log_ratio) if proportion else (rate_difference, rate_ratio)
    )
    gap, gap_limits = difference(x, n, *other, level)
    relative, ratio_limits = ratio(x, n, *other, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        reference = other[0] / other[1]
        if nested and not rest:
            share = n / N
            reference = X / N
            gap, *gap_limits = ((1 - share) * v for v in (gap, *gap_limits))
            relative, *ratio_limits = (part_to_whole(v, share) for v in (relative, *ratio_limits))
    method = f"{NEWCOMBE if proportion else SQUARES} ; {LOG}"
    columns = (*GAP, *RATIO)
    values = (reference, gap, *gap_limits, relative, *ratio_limits)
    p = (score_test if proportion else rate_test)(x, n, *other)
    return dict(zip(columns, values, strict=True)) | {"methode_ecart": method, "p": p}


def read_points(r, frame: pd.DataFrame) -> np.ndarray:
    """Reading of gaps in points (shares), per the edition's seuil de portée."""
    points, _ = meta.thresholds(r)
    return reading_points(frame["ecart"], frame["ecart_inf"], frame["ecart_sup"], points)


def read_ratio(r, frame: pd.DataFrame) -> np.ndarray:
    """Reading of ratios (rates, counts), per the edition's seuil de portée."""
    _, percent = meta.thresholds(r)
    return reading_ratio(frame["ratio"], frame["ratio_inf"], frame["ratio_sup"], percent)


def adjusted(r, frame: pd.DataFrame) -> pd.DataFrame:
    """Gaps read at once (column `p`): those that do not stand among the others are unsure.

    A marked gap whose p-value, adjusted by Benjamini and Hochberg over the frame, exceeds the
    level of the edition becomes « non concluant », and its note says why.
    """
    if "p" not in frame:
        return frame
    published = frame["p"].where(frame["etat"] == PUBLIE).astype(float)
    weak = benjamini_hochberg(published) > 1 - meta.level(r)
    weak &= is_marked(frame["lecture"])
    note = add_note(frame, weak, "écart qui ne résiste pas à la lecture simultanée")
    return frame.assign(lecture=frame["lecture"].mask(weak, NON_CONCLUANT), note=note)


def compared(r, frame: pd.DataFrame, rows, reference: pd.DataFrame, keys: Sequence[str], law: str,
             *, nested: bool, said: str) -> pd.DataFrame:
    """Comparison columns of `rows`, each held against the row of `reference` with the same keys.

    Both hold `n`, `population` and `note`; a published row without reference says why (`said`).
    """
    frame = frame.assign(**{c: pd.Series(np.nan, frame.index, dtype=object) for c in COMPARISON})
    frame["methode"] = frame["methode"].astype(object)
    if reference.empty or not rows.any():
        return frame
    reference = reference[[*keys, "n", "population", "note"]].rename(columns={"note": "pourquoi"})
    mine = frame.loc[rows].merge(reference, on=keys, how="left", suffixes=("", "_ref"))
    gaps = compare(mine["n"], mine["population"], mine["n_ref"], mine["population_ref"], law,
                   meta.level(r), nested=nested, rest=False)
    method = gaps.pop("methode_ecart")
    mine = mine.assign(**gaps)
    mine = adjusted(r, mine.assign(lecture=read_ratio(r, mine)))
    done = mine["ecart"].notna()
    mine["methode"] = mine["methode"].mask(done, mine["methode"] + f" ; {method}")
    lacking = (mine["etat"] == PUBLIE) & mine["reference"].isna()
    mine["note"] = add_note(mine, lacking, said + mine["pourquoi"].astype(object))
    columns = ["methode", "note", *COMPARISON]
    frame.loc[rows, columns] = mine[columns].astype(object).to_numpy()
    return frame


def inside(frame: pd.DataFrame, law: str) -> pd.DataFrame:
    """A proportion whose count `n` exceeds its `population` is none: « non_disponible »."""
    beyond = (frame["n"] > frame["population"]) & (law == "proportion")
    text = "l’effectif dépasse la population de référence : ce n’en est pas une part"
    etat = frame["etat"].mask(beyond & (frame["etat"] == PUBLIE), NON_DISPONIBLE)
    return frame.assign(etat=etat, note=add_note(frame, beyond, text))


def scaled(frame: pd.DataFrame, factor: float) -> pd.DataFrame:
    """The same rows per 100 persons (values and gaps; ratios have no unit)."""
    columns = [c for c in (*VALUES, *GAP) if c in frame.columns]
    return frame.assign(**{c: frame[c] * factor for c in columns})


def add_note(frame: pd.DataFrame, where, text: str | pd.Series) -> pd.Series:
    """Notes with `text` added where the condition holds, joined by « ; »."""
    notes = frame["note"].astype(object).fillna("")
    joined = notes.where(notes == "", notes + " ; ") + text
    return notes.mask(np.asarray(where, dtype=bool), joined)


def finish(
    r,
    frame: pd.DataFrame,
    keys: Sequence[str],
    *,
    mesure: str,
    tables: Sequence[str],
    comparison: bool = True,
    champ: str = "",
    source: str = "",
    reference: str = "",
    extra: Sequence[str] = (),
) -> pd.DataFrame:
    """Contract columns in the contract order; no number survives in a row not published."""
    columns = [*keys, *ROW, *(COMPARISON if comparison else ()), *extra]
    frame = frame.reset_index(drop=True).reindex(columns=columns)
    if "niveau_confiance" in frame and frame["niveau_confiance"].isna().all():
        frame["niveau_confiance"] = meta.level(r)
    hidden = frame["etat"] != PUBLIE
    for column in set(columns) & _NUMERIC:
        frame[column] = frame[column].astype("Float64")
    withheld = [c for c in (*VALUES, "numerateur", *GAP[1:], *RATIO) if c in columns]
    frame.loc[hidden, withheld] = pd.NA
    if comparison:
        words = frame["lecture"].astype(object)
        frame["lecture"] = words.mask(hidden & (words != REFUSEE), None).where(words.notna(), None)
    frame["note"] = frame["note"].astype(object).fillna("")
    frame.attrs["cepkit"] = {
        "region": r.code, "exercice": r.exercice, "annee": r.annee, "fictif": r.fictif,
        "mesure": mesure, "champ": champ, "source": source, "tables": list(tables),
        "reference": reference,
    }  # fmt: skip
    return remembered(frame)


def remembered(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame itself, kept in the journal of the page."""
    if len(JOURNAL) < JOURNAL_MAX:
        JOURNAL.append(frame)
    return frame
