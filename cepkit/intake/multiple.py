"""Questions with several answers, in a file of one row a person.

The answers of a person are one value while records are counted (a set of codes); they are taken
apart afterwards: a combination of the file then gives one row an answer, and one row a pair of
answers where `multiples` names another question.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pandas as pd

from cepkit.edition.schema import Edition, TableSource
from cepkit.intake.decode import codebook, not_stated
from cepkit.intake.layout import WHOLE, Raw
from cepkit.text import fold

SEPARATOR = ";"
YES, NO = ("1", "oui", "x", "vrai"), ("0", "non", "faux")


def joined(raw: Raw, table: TableSource) -> tuple[Raw, TableSource]:
    """0/1 columns of a question as one column of codes; the table that declares it.

    A value that is neither yes nor no becomes an answer: it is told as an unknown code. Nobody
    answered where all the columns are empty.
    """
    frame, columns = raw.frame, dict(table.colonnes)
    for dim, how in table.multiples.items():
        if isinstance(how, dict) and not frame.empty:
            found = {c: how.get(c) or how[h] for c in frame for h in how if fold(c) == fold(h)}
            frame = frame.drop(columns=list(found)).assign(
                **{dim: _codes(frame[list(found)], found)})
            columns |= {dim: dim} | {h: dim for h in how if fold(h) not in map(fold, found)}
    if frame is raw.frame:
        return raw, table
    return replace(raw, frame=frame), table.model_copy(update={"colonnes": columns})


def _codes(frame: pd.DataFrame, codes: dict[str, str]) -> list[str]:
    """« a;b » for each row of 0/1 columns, « » when nothing is answered, « ; » for no yes."""
    found = []
    for row in frame.itertuples(index=False, name=None):
        if all(v == WHOLE for v in row):
            found.append(WHOLE)
        else:
            kept = [codes[c] if fold(v) in YES else v for c, v in zip(frame, row, strict=True)
                    if v.strip() and fold(v) not in NO]
            found.append(SEPARATOR.join(kept) or SEPARATOR * any(v.strip() for v in row))
    return found


def exploded(frame: pd.DataFrame, table: TableSource, edition: Edition) -> pd.DataFrame:
    """One row an answer, and one a pair of answers (in the order of the nomenclature).

    No answer at all is « non renseigné » when the nomenclature has it.
    """
    for dim, how in table.multiples.items():
        if dim not in frame or isinstance(how, str) and how in table.multiples:
            continue
        mark = how if isinstance(how, str) else SEPARATOR
        blank = not_stated(edition.nomenclatures.get(dim)) or ""
        book = codebook(dim, edition) or {}
        order = {c: i for i, c in enumerate(dict.fromkeys(book.values()))}
        sets = {v: _answers(v, mark, blank, book, order) for v in frame[dim].unique()}
        pair = next((d for d, source in table.multiples.items() if source == dim), None)
        frame = frame.assign(**{dim: frame[dim].map(
            lambda v, s=sets, two=pair: _rows(s[v], two is not None))}).explode(dim)
        frame = frame[frame[dim].notna()]
        if pair:
            frame = frame.assign(**{pair: [b for _, b in frame[dim]],
                                    dim: [a for a, _ in frame[dim]]})
    return frame


def _answers(value: str, mark: str, blank: str, book: dict[str, str],
             order: dict[str, int]) -> list[str]:
    """Distinct codes of one value, in order; unknown ones as they are, last."""
    if value == WHOLE:
        return [WHOLE]
    if not value.strip():
        return [blank]
    said = dict.fromkeys(book.get(fold(v), v.strip()) for v in value.split(mark) if v.strip())
    return sorted(said, key=lambda c: order.get(c, len(order)))


def _rows(answers: list[str], pairs: bool) -> list:
    """What a combination becomes: its answers, or (answer, none) and its pairs."""
    if not pairs:
        return answers
    return [*((a, WHOLE) for a in answers), *combinations(answers, 2)]
