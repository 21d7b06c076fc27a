"""Keys of the numbers that sentences quote: those of the indicator rows computed so far.

Tables and drawings carry their keys by construction. A number of a sentence is looked for among
the rows of the page's indicators: same text, and the row whose names stand in the sentence first.
"""

from __future__ import annotations

import html as _html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cepkit import codes
from cepkit.indicators import rows as indicators
from cepkit.show import cells, state
from cepkit.text import fold

NUMBER = re.compile(r"(?<![\w,.\-/])[+\u2212]?\d+(?:\u202f\d{3})*(?:,\d+)?(?![\w/\-]|,\d|\.\d)")
NAMED, TOTALS, BOUNDS = 4, 2, -1  # how well a row answers to a sentence
# Numbers of these elements have their keys already, or are no data (names of rows, links, code).
LEFT = frozenset("svg a code pre h2 h3 style script th caption".split())
NATIONAL = ("france", "national")
_TAG = re.compile(r"(<[^>]*>)")
_CODE = re.compile(r"^\d[\dab]\d? ")  # « 22 Côtes-d’Armor » is « Côtes-d’Armor » in a sentence
_KEYS = ("region", "departement", "operateur", "modalite")


@dataclass(frozen=True)
class Entry:
    """A number of an indicator row. Names and key are made out only when a text may quote it."""

    row: Mapping[str, Any]
    column: str
    frame: pd.DataFrame

    def score(self, words: str) -> int:
        """How well the row answers to a sentence (folded)."""
        named = [n in words for n in self._names()]
        whole = NAMED if named and all(named) else TOTALS if not named else any(named)
        national = self.column == "reference" or self.row.get("region") == codes.FRANCE
        same = national == any(n in words for n in NATIONAL)
        return whole + same + BOUNDS * self.column.endswith(("_inf", "_sup"))

    def _names(self) -> list[str]:
        """Names of the row's territory, operator and modalities, totals left out."""
        row, page = self.row, state.of_frame(self.frame)
        keys = [*_KEYS, *(c for c in row if c in page.meta.get("nomenclatures", {})
                          and c not in _KEYS)]
        given = {k: row[k] for k in keys if isinstance(row.get(k), str)}
        return [_CODE.sub("", fold(state.label(page, k, v, row.get("dimension"))))
                for k, v in given.items()
                if v not in (codes.TOTAL, codes.ENSEMBLE, codes.FRANCE, page.code)]

    @property
    def cle(self) -> str | None:
        return cells.key(self.row, cells.attributes(state.of_frame(self.frame), self.frame),
                         self.column)


class Index:
    """Numbers of indicator rows by (decimals, printed value), filled as frames are computed."""

    def __init__(self) -> None:
        self.entries: dict[tuple[int, float], list[Entry]] = {}
        self.read = 0

    def update(self) -> None:
        """Take in the frames finished since the last call."""
        frames = indicators.JOURNAL[self.read:]
        self.read += len(frames)
        for frame in frames:
            for row in frame.to_dict("records"):
                shown = cells.KEYED - (set(cells.PROTECTED) if cells.withheld(row) else set())
                for column in shown & row.keys():
                    for form in forms(row[column], column, row.get("unite")):
                        self.entries.setdefault(form, []).append(Entry(row, column, frame))

    def find(self, token: str, sentence: str) -> str | None:
        """Key of a number of a sentence, None when no row has it."""
        found = self.entries.get((len(token.partition(",")[2]), number(token)), ())
        if token.startswith("+"):
            found = [e for e in found if e.column in cells.GAPS or e.column.startswith("ratio")]
        words = fold(sentence)
        known = [(e.score(words), -i, e) for i, e in enumerate(found)]
        small = token.isdigit()  # also a year, an age, a number of rows: names must be there
        if small and f"{token}\u00a0%" not in sentence:
            known = [k for k in known if k[2].column in cells.COUNTS]
        best = max(known, default=None, key=lambda k: k[:2])
        return None if best is None or (small and best[0] < NAMED) else best[2].cle


def forms(value: Any, column: str, unit: str | None) -> set[tuple[int, float]]:
    """(decimals, value) of the ways in which a sentence may print a number of a column."""
    if cells.missing(value):
        return set()
    value = float(value)
    if column in cells.COUNTS:
        return {(0, round(value))}
    if column.startswith("ratio"):
        return {(2, round(value, 2)), (1, round(100 * (value - 1), 1))}
    value *= 100 if unit == "part" else 1
    digits = (1, 2) if unit == "pour 100" else (1,) if column in cells.GAPS else (0, 1)
    return {(d, round(value, d)) for d in digits}


_index: Index = Index()


def reset() -> None:
    """A new page: what an earlier one computed is forgotten."""
    global _index
    indicators.JOURNAL.clear()
    _index = Index()


def keyed(html: str) -> str:
    """Html of a block whose quoted numbers carry the key of their row."""
    if not NUMBER.search(html):
        return html
    _index.update()
    return marked(html, _index)


def marked(html: str, index: Index) -> str:
    """Html whose numbers outside drawings, not keyed yet, carry the key that the index finds.

    A number in a cell is read with its row and the head of its column.
    """
    out, left, context, heads, column = [], 0, "", [], 0
    parts = _TAG.split(html)
    for i, part in enumerate(parts):
        name = re.match(r"</?(\w*)", part)[1].lower() if part.startswith("<") else ""
        if name in LEFT:
            left += -1 if part.startswith("</") else not part.endswith("/>")
        if part.startswith("<thead"):
            heads = [plain("".join(c)) for c in _split(parts[i:], "th", "</thead>")]
        elif name == "tr":
            context, column = plain("".join(_until(parts[i:], "</tr>"))), 0
        elif name in ("td", "th"):
            column += part.startswith("</")
        elif not name and not left and "data-cle" not in (out or [""])[-1]:
            head = heads[column] if context and column < len(heads) else ""
            words = f"{context} {head}" if context else part
            part = NUMBER.sub(lambda m, w=words: _span(m[0], index.find(m[0], w)), part)
        context, heads = ("", []) if part == "</table>" else (context, heads)
        out.append(part)
    return "".join(out)


def _until(parts: list[str], end: str) -> Iterator[str]:
    for part in parts:
        if part == end:
            return
        yield part


def _split(parts: list[str], tag: str, end: str) -> list[list[str]]:
    """Pieces of html between the tags `tag`, up to `end`."""
    found: list[list[str]] = []
    for part in _until(parts, end):
        if part.startswith(f"<{tag} ") or part == f"<{tag}>":
            found.append([])
        elif found:
            found[-1].append(part)
    return found


def plain(html: str) -> str:
    """Text of a piece of html."""
    return _html.unescape(_TAG.sub(" ", html)).strip()


def _span(token: str, cle: str | None) -> str:
    return token if cle is None else f'<span data-cle="{_html.escape(cle)}">{token}</span>'


def number(token: str) -> float:
    """Value of a number as printed: "−2,33" -> -2.33."""
    return float(token.replace("\u202f", "").replace("\u2212", "-").replace(",", "."))


def pairs(html: str) -> Iterable[tuple[str, str]]:
    """(number, key) of what a piece of our html prints with a key, outside drawings.

    An interval gives its two bounds, each with its own key.
    """
    outside = re.sub(r"<svg.*?</svg>", "", html, flags=re.S)
    for key, inner in re.findall(r'<\w+[^>]* data-cle="([^"]*)"[^>]*>(.*?)</(?:td|span)>', outside):
        place, _, column = _html.unescape(key).rpartition("|")
        keys = [f"{place}|{c}" for c in cells.PAIRS.get(column, (column,))]
        tokens = NUMBER.findall(plain(inner))
        if len(tokens) == len(keys):
            yield from zip(tokens, keys, strict=True)
