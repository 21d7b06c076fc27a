"""What changed between two versions: numbers, sentences, remarks; and figures typed by hand."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cepkit import formats
from cepkit.report.releases import Release
from cepkit.text import fold

NUMBER = re.compile(r"(?<![\w,.])(\d{1,3}(?:[ \u00a0\u202f]\d{3})+|\d+)(,\d+)?([ \u00a0\u202f]?%)?"
                    r"(?![\w]|,\d)")
YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True)
class Number:
    """A printed number: as written, its value, its decimals, whether it is a percentage."""

    text: str
    value: float
    digits: int
    percent: bool

    def rounds(self, other: Number) -> bool:
        """Is this the other number, possibly written with fewer decimals?"""
        return (self.percent == other.percent and self.digits <= other.digits
                and round(abs(self.value - other.value), 9) <= 0.5 * 10 ** -self.digits
                and self.value == _half_up(other, self.digits))


def _half_up(number: Number, digits: int) -> float:
    return int(number.value * 10 ** digits + 0.5 + 1e-9) / 10 ** digits


def numbers_in(text: str) -> list[Number]:
    """Numbers of a French text, in order.

    >>> [n.text for n in numbers_in("Soit 12 852 personnes, 50,5 % du total.")]
    ['12 852', '50,5 %']
    """
    found = []
    for match in NUMBER.finditer(text):
        whole, decimals, percent = match.groups()
        value = float(re.sub(r"\D", "", whole) + (decimals or "").replace(",", "."))
        found.append(Number(match[0], value, len(decimals or ",") - 1, bool(percent)))
    return found


def printed(said: Mapping[str, Any]) -> dict[str, str]:
    """{what it is: text} of everything in the report that holds a number."""
    found = {f"{{{{{name}}}}}": text for name, text in said["citees"].items()
             if numbers_in(text) and name != "annee"}
    found |= {f"constat {r}": text for r, text in said["constats"].items() if numbers_in(text)}
    for repere, element in said["elements"].items():
        head, *rows = element["lignes"] or [[]]
        found |= {f"{repere}, {row[0]}, {column}": cell for row in rows
                  for column, cell in zip(head[1:], row[1:], strict=False) if numbers_in(cell)}
    return found


@dataclass(frozen=True)
class Changes:
    """Differences of two versions; each entry is (what, before, after)."""

    nombres: list[tuple[str, str, str]] = field(default_factory=list)
    phrases: list[tuple[str, str, str]] = field(default_factory=list)
    remarques: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def rien(self) -> bool:
        """True when nothing changed."""
        return not (self.nombres or self.phrases)


def compare(before: Mapping[str, Any], after: Mapping[str, Any],
            remarks: Iterable[Mapping[str, Any]] = ()) -> Changes:
    """Numbers and sentences that differ, and the remarks about one of them."""
    old, new = printed(before), printed(after)
    numbers = [(what, old[what], new[what]) for what in old
               if what in new and old[what] != new[what] and not what.startswith("constat")]
    sentences = [(what, before["constats"].get(what, ""), after["constats"].get(what, ""))
                 for what in dict.fromkeys((*before["constats"], *after["constats"]))
                 if before["constats"].get(what) != after["constats"].get(what)]
    for stem in dict.fromkeys((*before["textes"], *after["textes"])):
        sentences += _paragraphs(stem, *(s["textes"].get(stem, {}).get("dit", [])
                                         for s in (before, after)))
    changed = [(what, a) for what, a, _ in (*numbers, *sentences)]
    touched = [r for r in remarks if any(_about(r, what, a) for what, a in changed)]
    return Changes(numbers, sentences, touched)


def _paragraphs(stem: str, old: Sequence[str], new: Sequence[str]) -> Iterator[tuple]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag != "equal":
            yield stem, " ".join(old[i:j]), " ".join(new[k:m])


def _about(remark: Mapping[str, Any], what: str, before: str) -> bool:
    """Does a change touch what a remark is about: its reference, or the text that it quotes?"""
    repere, quoted = str(remark["repere"]), fold(remark["texte_vise"])
    cited = repere in what.removeprefix("constat ").split(", ")[0:1]
    return bool(cited or (len(quoted) > 3 and quoted in fold(before)))


# ---- figures typed by hand ----------------------------------------------------------------


@dataclass(frozen=True)
class Stale:
    """A figure typed in a text, equal to a value of an earlier version that has changed since."""

    fichier: str
    cite: str
    quoi: str
    maintenant: str
    envoi: Release

    def __str__(self) -> str:
        return (f"redaction/{self.fichier} : ce paragraphe cite {self.cite}, la valeur est "
                f"maintenant {self.maintenant} ({self.quoi}, version du "
                f"{formats.date(self.envoi.date)}).")


def typed(source: str) -> list[Number]:
    """Figures written by hand in a text: percentages, decimals, thousands; neither years, nor
    small counts, nor values quoted by their name."""
    text = re.sub(r"\{\{.*?\}\}", " ", source)
    return [n for n in numbers_in(text) if n.percent or n.digits
            or (n.value >= 1000 and not YEAR.fullmatch(n.text))]


def stale(said: Mapping[str, Any], sent: Sequence[Release]) -> list[Stale]:
    """Typed figures of the texts that an earlier version gave and that the data no longer give."""
    now, found = _pairs(said), []
    for stem, text in said["textes"].items():
        for number in typed(text["corps"]):
            match = next((m for r in reversed(sent) if (m := _match(number, r, now))), None)
            if match:
                found.append(Stale(f"{stem}.md", number.text, match[0], match[1], match[2]))
    return found


def _pairs(said: Mapping[str, Any]) -> dict[str, list[Number]]:
    return {what: numbers_in(text) for what, text in printed(said).items()}


def _match(number: Number, release: Release, now: Mapping[str, list[Number]]):
    """(what, text now, release) of the first value that the figure was; None when one still is."""
    was = [(what, i) for what, values in _pairs(release.said).items() 
           if len(values) == len(now.get(what, ()))
           for i, value in enumerate(values) if number.rounds(value)]
    if not was or any(number.rounds(now[what][i]) for what, i in was):
        return None
    what, i = was[0]
    return what, now[what][i].text, release
