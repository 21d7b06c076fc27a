"""Cells as numbers: decimal and thousands marks found in a column, tokens, bounds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cepkit.codes import NON_DIFFUSE, NON_DISPONIBLE, PUBLIE
from cepkit.edition.schema import Edition, TableSource
from cepkit.text import NBSP, NNBSP

_SPACES = re.compile(rf"[\s{NBSP}{NNBSP}]+")
_MARKED = re.compile(r"[+-]?[\d ]*(?:[.,]\d*)+%?")


@dataclass(frozen=True)
class Number:
    """A source cell as a number, or the state that stands in its place."""

    valeur: float | None
    etat: str
    borne_min: int | None = None
    borne_max: int | None = None


@dataclass(frozen=True)
class Marks:
    """How a column writes its numbers; `ambigus`: cells that could be read in two ways."""

    decimale: str = ","
    milliers: str = ""
    ambigus: tuple[str, ...] = ()

    def parse(self, text: str) -> float | None:
        """A number written with these marks; thousands come in groups of three, or not at all."""
        group = rf"[ {re.escape(self.milliers)}]"
        match = re.fullmatch(
            rf"([+-]?) ?(\d+|\d{{1,3}}({group})\d{{3}}(?:\3\d{{3}})*)"
            rf"(?:{re.escape(self.decimale)}(\d*))?(e[+-]?\d+)?", text)
        if not match:
            return None
        sign, whole, _, decimals, power = match.groups()
        digits = re.sub(r"\D", "", whole)
        return float(f"{sign}{digits}.{decimals or 0}{power or ''}")


def plain(text: object) -> str:
    """One kind of space, one minus sign, lower case."""
    return _SPACES.sub(" ", str(text)).strip().lower().replace("\u2212", "-")


def marks(values: Iterable[str], table: TableSource, *, whole: bool) -> Marks:
    """Marks of a column from its distinct values, unless the edition declares them.

    A mark that is followed by other than three digits is the decimal one; repeated, or followed
    by the other mark, it is that of thousands. « 1,234 » alone proves nothing: a count (`whole`)
    is then read as an integer, and the cell is told.
    """
    texts = [t for v in values if _MARKED.fullmatch(t := plain(v))]
    decimal = table.decimale or _decimal(texts, table)
    ambiguous = [t for t in texts if table.decimale is None and table.milliers is None
                 and re.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", t)]
    if decimal is None and whole:
        repeated = any(re.fullmatch(r"[+-]?\d{1,3}([.,])\d{3}(\1\d{3})+", t) for t in texts)
        sign = {re.search(r"[.,]", t).group() for t in ambiguous}
        if len(sign) == 1 and ambiguous:
            mark = sign.pop()
            return Marks("." if mark == "," else ",", mark, () if repeated else tuple(ambiguous))
    decimal = decimal or ","
    return Marks(decimal, table.milliers or ("." if decimal == "," else ","))


def _decimal(texts: list[str], table: TableSource) -> str | None:
    """The decimal mark that the cells prove, "," first; None when none does."""
    if table.milliers in (".", ","):
        return "," if table.milliers == "." else "."
    for mark, other in ((",", "."), (".", ",")):
        single = [t for t in texts if t.count(mark) == 1 and other not in t.partition(mark)[2]]
        if any(not re.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", t) for t in single):
            return mark
    return None


def number(text: str, edition: Edition, found: Marks = Marks()) -> Number | None:
    """Read « 1 234,5 », « nd », « s », « - », « <5 », « 1 à 4 »; None when unreadable."""
    tokens, low = edition.jetons, plain(text)
    if low in {t.lower() for t in tokens.non_disponible}:
        return Number(None, NON_DISPONIBLE)
    if low in {t.lower() for t in tokens.non_diffuse}:
        return Number(None, NON_DIFFUSE)
    if low in {t.lower() for t in tokens.zero}:
        return Number(0, PUBLIE)
    bounds = {k.lower().replace(" ", ""): v for k, v in tokens.bornes.items()}
    span = bounds.get(low.replace(" ", "")) or _span(low)
    if span:
        return Number(None, NON_DIFFUSE, *span)
    value = found.parse(low.removesuffix("%").strip())
    return None if value is None else Number(value, PUBLIE)


def _span(text: str) -> tuple[int, int] | None:
    """« 1 à 4 » carries its own bounds; « <5 » does not (is 0 in it?) and must be declared."""
    match = re.fullmatch(r"(?:de )?(\d+) ?(?:à|a|-|–) ?(\d+)", text)
    return (int(match.group(1)), int(match.group(2))) if match else None
