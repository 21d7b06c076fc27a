"""Months from one dated step to another, in a file of one row a record.

The dates are replaced as soon as they are counted: neither the tables nor the cache hold a day.
A step taken two and a half months later was taken within three months (rounded up); someone who
still waited two and a half months later was followed for two (rounded down).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd

from cepkit.edition.sources import Delai, TableSource
from cepkit.intake.layout import WHOLE, Raw
from cepkit.intake.workbook_read import parse_date
from cepkit.text import fold

YES, NO = "oui", "non"


def measured(raw: Raw, table: TableSource) -> tuple[Raw, TableSource]:
    """Pairs of dates as two columns, `delai` in months and whether the step was taken.

    What is no date stays as it is, and is told as no number of months. Each pair is also counted
    without its months, and without its outcome, so that both have their totals.
    """
    frame, columns = raw.frame, dict(table.colonnes)
    heads = {fold(c): c for c in frame}
    for name, step in table.delais.items():
        columns |= {h: h for h in (step.de, step.a) if fold(h) not in heads}  # told as absent
        if not frame.empty and {fold(step.de), fold(step.a)} <= heads.keys():
            frame = _counted(frame, name, step, heads)
            columns |= {name: name, step.franchi: step.franchi}
    if frame is raw.frame:
        return replace(raw), table.model_copy(update={"colonnes": columns})
    dated = {heads[fold(h)] for s in table.delais.values() for h in (s.de, s.a)}
    frame = frame.drop(columns=dated - {*columns})
    return replace(raw, frame=frame), table.model_copy(update={"colonnes": columns})


def _counted(frame: pd.DataFrame, name: str, step: Delai, heads: dict[str, str]) -> pd.DataFrame:
    pairs = list(zip(frame[heads[fold(step.de)]], frame[heads[fold(step.a)]], strict=True))
    known = {p: (WHOLE, WHOLE) if WHOLE in p else _waited(*p, step.vu_le) for p in {*pairs}}
    found = frame.assign(**{name: [known[p][0] for p in pairs],
                            step.franchi: [known[p][1] for p in pairs]})
    dated = found[found[name].ne(WHOLE)]
    return pd.concat([found, dated.assign(**{name: WHOLE}), dated.assign(**{step.franchi: WHOLE})])


def _waited(start: str, end: str, seen: dt.date | None) -> tuple[str, str]:
    """(months, taken or not) of one record; « » when it cannot be known."""
    begun, over = _day(start), _day(end)
    if isinstance(begun, str) or isinstance(over, str):
        return next(d for d in (begun, over) if isinstance(d, str)), ""
    last = over or seen
    if begun is None or last is None:
        return "", ""
    months = 12 * (last.year - begun.year) + last.month - begun.month
    whole = months + (last.day > begun.day) if over else months - (last.day < begun.day)
    return str(whole), YES if over else NO


def _day(text: str) -> dt.date | str | None:
    """A day, None when the cell is empty, the text itself when it is no day."""
    try:
        return parse_date(text) if text.strip() else None
    except ValueError:
        return text
