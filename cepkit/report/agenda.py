"""The calendar of an exercice as iCalendar (RFC 5545): all-day events in French, stable bytes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cepkit.edition.schema import Edition
from cepkit.intake.workbook_write import step_of
from cepkit.text import slug, typography

OCTETS = 75  # of a line, its end left out (RFC 5545, 3.1)


@dataclass(frozen=True)
class Event:
    """`ident` never holds the date: a date that moves moves the event already in an agenda."""

    ident: str
    date: dt.date
    titre: str
    detail: str = ""


def of_edition(edition: Edition, known: Sequence[str] = ()) -> Iterator[Event]:
    """Dates of edition.yml; `known`: steps that the calendars of the regions give already."""
    seen: dict[str, int] = {}
    for jalon in sorted(edition.calendrier, key=lambda j: j.date):
        name = slug(jalon.etape)
        seen[name] = seen.get(name, 0) + 1
        if step_of(jalon.etape, jalon.libelle) not in known:
            yield Event(f"edition-{name}-{seen[name]}", jalon.date, jalon.etape, jalon.libelle)


def of_region(code: str, name: str, jalons: Iterable[Mapping[str, Any]]) -> Iterator[Event]:
    """Steps of a region's workbook on their day (done, else planned), and the answers awaited."""
    for row in jalons:
        who = f" : {row['destinataire']}" if row["destinataire"] else ""
        if day := row["date_realisee"] or row["date_prevue"]:
            yield Event(f"{code}-{row['n']}", day, f"{name}, {row['etape']}{who}")
        if row["attendue_le"]:
            yield Event(f"{code}-{row['n']}-reponse", row["attendue_le"],
                        f"{name}, réponse attendue{who}")


def calendar(edition: Edition, events: Iterable[Event]) -> bytes:
    """The file: CRLF, lines folded at 75 octets, stamped with the year observed."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//cepkit//Suivi du CEP//FR",
             "CALSCALE:GREGORIAN", "METHOD:PUBLISH", f"X-WR-CALNAME:{_text(edition.titre)}"]
    for e in sorted(events, key=lambda e: (e.date, e.ident)):
        lines += ["BEGIN:VEVENT", f"UID:{slug(edition.exercice)}-{e.ident}@cepkit",
                  f"DTSTAMP:{edition.annee}0101T000000Z", f"DTSTART;VALUE=DATE:{e.date:%Y%m%d}",
                  f"DTEND;VALUE=DATE:{e.date + dt.timedelta(1):%Y%m%d}",
                  f"SUMMARY:{_text(f'CEP {edition.annee} – {e.titre}')}",
                  *([f"DESCRIPTION:{_text(e.detail)}"] if e.detail else []),
                  "TRANSP:TRANSPARENT", "END:VEVENT"]
    return b"".join(_folded(line) for line in (*lines, "END:VCALENDAR"))


def _text(value: str) -> str:
    """Characters that RFC 5545 (3.3.11) gives a meaning are escaped, controls left out."""
    value = " ".join(typography(value).split("\n"))
    for mark in "\\;,":
        value = value.replace(mark, f"\\{mark}")
    return "".join(c for c in value if c >= " ")


def _folded(line: str) -> bytes:
    """A line cut before 75 octets, never inside a character."""
    parts = [b""]
    for char in line:
        data = char.encode()
        if len(parts[-1]) + len(data) > OCTETS:
            parts.append(b" ")
        parts[-1] += data
    return b"\r\n".join(parts) + b"\r\n"
