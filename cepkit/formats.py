"""French number and date formats, in one place (Babel, locale fr).

Thousands take U+202F, the decimal mark is a comma, minus is U+2212, « % » follows U+00A0, « ; »
follows U+202F. A missing value is « n.d. », a withheld one « s. »: never an empty string, never 0.
Per cent are a part of a whole, points the gap between two of them.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable

from babel.dates import format_date
from babel.numbers import format_decimal

from cepkit.text import MINUS, NBSP, NNBSP

ND = "n.d."
SECRET = "s."
# Below this base a percentage has no decimal: its interval is some twenty points wide.
FEW = 100


def _missing(x) -> bool:
    try:
        return x is None or math.isnan(x)
    except TypeError:
        return str(x) == "<NA>"


def decimal(x: float | None, digits: int = 1, *, signed: bool = False) -> str:
    """1234.56 -> "1 234,6"; None or NaN -> "n.d."; `signed` writes "+" before gains."""
    if _missing(x):
        return ND
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    text = format_decimal(round(float(x), digits) + 0.0, format=pattern, locale="fr")
    text = text.replace("-", MINUS)
    return f"+{text}" if signed and round(float(x), digits) > 0 else text


def integer(x: float | None, *, signed: bool = False) -> str:
    """191660 -> "191 660"."""
    return decimal(x, 0, signed=signed)


def digits(values: Iterable, unit: str, bases: Iterable = ()) -> int:
    """Decimals that values of one unit deserve, given the numbers of people they rest on.

    A share has one, none when all bases are small or several shares are all whole per cents; a
    rate per 100 two when one is below 1, else one; a ratio two; a count none, unless not whole.
    """
    known = [abs(float(v)) for v in values if not _missing(v)]
    if unit in ("part", "%"):
        small = [float(n) < FEW for n in bases if not _missing(n)]
        whole = unit == "part" and all(abs(100 * v - round(100 * v)) < 1e-9 for v in known)
        return 0 if small and all(small) or len(known) > 1 and whole else 1
    if unit == "pour 100":
        return 2 if any(0 < v < 1 for v in known) else 1
    if unit == "rapport":
        return 2
    return 0 if all(v == int(v) for v in known) else 1


def quantity(x: float | None, unit: str, nd: int | None = None) -> str:
    """A value with its unit: 0.553, "part" -> "55,3 %"; 12.9, "pour 100" -> "12,9"."""
    if unit not in ("part", "%", "pour 100", "rapport"):
        return integer(x)
    nd = digits([x], unit) if nd is None else nd
    if unit in ("part", "%"):
        return percent(x if unit == "part" or _missing(x) else x / 100, nd)
    return decimal(x, nd)


def percent(x: float | None, digits: int = 1, *, signed: bool = False) -> str:
    """A share between 0 and 1: 0.553 -> "55,3 %"."""
    return ND if _missing(x) else f"{decimal(100 * float(x), digits, signed=signed)}{NBSP}%"


def change(ratio: float | None, digits: int = 1) -> str:
    """A ratio to an earlier value: 1.526 -> "+52,6 %"."""
    return ND if _missing(ratio) else percent(float(ratio) - 1, digits, signed=True)


def points(x: float | None, digits: int = 1) -> str:
    """A gap between two shares, 0.023 -> "+2,3 points" (never "+2,3 %")."""
    if _missing(x):
        return ND
    word = "point" if abs(round(100 * float(x), digits)) < 2 else "points"
    return f"{decimal(100 * float(x), digits, signed=True)}{NBSP}{word}"


def interval(low: float | None, high: float | None, digits: int = 1, scale: float = 1.0) -> str:
    """(12.85, 12.97) -> "[12,85 ; 12,97]"."""
    if _missing(low) or _missing(high):
        return ND
    return f"[{decimal(scale * low, digits)}{NNBSP}; {decimal(scale * high, digits)}]"


def date(day: dt.date | str | None, *, short: bool = False) -> str:
    """2023-04-17 -> "17 avril 2023" (or "17/04/2023")."""
    if day is None or str(day) in ("", "NaT", "None"):
        return ND
    if isinstance(day, str):
        day = dt.date.fromisoformat(day[:10])
    if short:
        return f"{day:%d/%m/%Y}"
    text = format_date(day, "d MMMM y", locale="fr")
    return text.replace("1 ", "1er ", 1) if text.startswith("1 ") else text


def count(n: int, singular: str, plural: str | None = None) -> str:
    """count(3, "valeur") -> "3 valeurs"; 0 and 1 take the singular, as in French."""
    word = singular if abs(n) < 2 else (plural or singular + "s")
    return f"{integer(n)} {word}"
