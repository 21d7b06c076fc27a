"""Declared statistics of a file of records, as indicator rows: answers, delays, coded interviews.

Everything is computed by the store builder (`protection/surveys`, `waiting`, `interviews`); only
differences between published shares are worked out here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pandas as pd

from cepkit.codes import PUBLIE
from cepkit.indicators import meta
from cepkit.indicators.rows import GAP, NEWCOMBE, add_note, finish, read_points
from cepkit.intervals import newcombe_difference

KEYS = ("region", "departement", "operateur", "dimension", "modalite")
HALF = 0.5


def survey(r, nom: str, question: str | None = None, *, par: str | None = None) -> pd.DataFrame:
    """Rows of a declared statistic for the region: `dimension` is the question, `modalite` the
    answer (the month, the theme).

    `par`: the groups of this dimension, which becomes a key column; without it, all persons
    together. Extra column `taille_efficace`. Undeclared: `ParametersError` with the lines to add.
    Example: `ind.survey(r, "effets_reponses", "effets_utilite", par="effets_age")`.
    """
    rows = r.statistique(nom)
    rows = rows[rows["region"].eq(r.code) & (rows["par"].eq(par) if par else rows["par"].isna())]
    if question is not None:
        rows = rows[rows["dimension"].eq(question)]
    if par:
        rows = rows.assign(**{par: rows["groupe"]})
    return _finished(r, nom, rows, par)


def _finished(r, nom: str, rows: pd.DataFrame, par: str | None, comparison: bool = False,
              reference: str = "") -> pd.DataFrame:
    known = next(s for s in r.meta["statistiques"] if s["nom"] == nom)
    return finish(r, rows, [*KEYS[:3], *([par] if par else []), *KEYS[3:]], mesure=known["mesure"],
                  tables=[nom], comparison=comparison, champ=known["champ"],
                  source=known["source_publiee"], reference=reference, extra=("taille_efficace",))


def between_groups(r, nom: str, question: str, par: str, modalite: str) -> pd.DataFrame:
    """One answer in each group of `par`, against the first group: gap in points, Newcombe's
    interval on the effective sizes. Groups keep the order of their nomenclature."""
    rows = survey(r, nom, question, par=par)
    rows = rows[rows["modalite"].eq(modalite)].reset_index(drop=True)
    name = r.libelle(par, rows[par].iloc[0]) if len(rows) else ""
    return _finished(r, nom, _against_first(r, rows), par, True, name)


def between_questions(r, nom: str, questions: Sequence[str], modalite: str) -> pd.DataFrame:
    """The same answer to several questions (before, after), against the first question.

    The same persons answered: as their answers go together, the interval of two independent
    samples is wider than need be; the note says so.
    """
    parts = [survey(r, nom, q) for q in questions]
    rows = pd.concat([p[p["modalite"].eq(modalite)] for p in parts], ignore_index=True)
    rows = _against_first(r, rows)
    rows["note"] = add_note(rows, rows["ecart"].notna(), "mêmes personnes : intervalle prudent")
    return _finished(r, nom, rows, None, True,
                     r.meta["nomenclatures"][questions[0]]["titre"])


def _against_first(r, rows: pd.DataFrame) -> pd.DataFrame:
    """Comparison columns: the first row is the reference of the others; nothing without it."""
    rows = rows.assign(**dict.fromkeys((*GAP, "ratio", "ratio_inf", "ratio_sup", "lecture")))
    known = rows["etat"].eq(PUBLIE)
    if len(rows) < 2 or not known.iloc[0]:
        return rows
    p, n = (rows[c].astype(float).to_numpy() for c in ("valeur", "taille_efficace"))
    gap, (low, high) = newcombe_difference(p * n, n, p[0] * n[0], n[0], meta.level(r))
    others = known & (rows.index > 0)
    for name, values in zip(GAP, (p[0] + 0 * p, p - p[0], low, high), strict=True):
        rows[name] = pd.Series(values, rows.index).where(others).astype("Float64")
    rows.loc[others, "lecture"] = read_points(r, rows[others])
    return rows.assign(methode=rows["methode"].mask(others, f"{NEWCOMBE}, tailles efficaces"))


def median_answer(frame: pd.DataFrame) -> str | None:
    """Code of the answer at which half of the answers to a scale are reached, in its order.

    From the published shares: None when one is withheld, or when rounding leaves a doubt.
    """
    if frame.empty or not frame["etat"].eq(PUBLIE).all():
        return None
    half = frame["valeur"].astype(float).cumsum() - HALF
    doubt = 5e-4 * len(frame)
    if half.abs().le(doubt).any():
        return None
    return frame.loc[half.gt(0), "modalite"].iloc[0]


def surveyed(r, nom: str) -> Iterator[Callable[[], pd.DataFrame]]:
    """Every frame that a page can make of a statistic (the second reading of pages)."""
    rows = r.statistique(nom)
    groups = rows["par"].dropna().unique().tolist()
    yield from (partial(survey, r, nom, par=p) for p in (None, *groups))
    said = rows[["dimension", "modalite"]].dropna().drop_duplicates()
    for question, answer in said.itertuples(index=False, name=None):
        yield from (partial(between_groups, r, nom, question, p, answer) for p in groups)
        others = said.loc[said["modalite"].eq(answer), "dimension"]
        yield from (partial(between_questions, r, nom, [question, q], answer)
                    for q in others if q != question)
