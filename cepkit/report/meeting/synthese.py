"""`synthese.docx`: two pages for the CREFOP, from the sentences and figures of the report."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from cepkit.report import passes
from cepkit.report.meeting import pages
from cepkit.report.meeting.matter import Matter, numbered, styled_parts, table_rows
from cepkit.show.blocks import FICTIF, fr, md, styled

SECONDE, DEMANDER = "Les parcours", "À demander aux opérateurs"
SANS = "Aucun écart marqué n’appelle de question cette année."
TEXT = "00_synthese"
FIGURES = ("2.7-F1", "3.3-F1", "2.3-F1")  # the first that the report has
QUESTIONS, OPEN = 6, 2
IMAGE = re.compile(r"^!\[(?P<title>.*?)\]\((?P<file>[^)]+)\)\{.*?alt=\"(?P<alt>[^\"]*)\"\}$", re.M)


def document(m: Matter, meta: Mapping[str, Any]) -> bytes:
    """The docx."""
    title = f"Le suivi du CEP {m.identity['en']} en {m.annee} : l’essentiel"
    picture = next((p for r in FIGURES if (p := m.piece(r)) and p.files), None)
    text = "\n\n".join([*_first(m, title), *_second(m, picture)])
    return pages.word_file(text, title, SECONDE, meta, picture.files if picture else {})


def lines(m: Matter, at: int) -> list[str]:
    """The five lines of the report: 0 cooperations, 1 use of the CEP, 2 paths."""
    found = m.pieces("rapport", "cinq")
    return [m.quoted(t, found[at].cles) for t in numbered(found[at])] if at < len(found) else []


def asked(m: Matter) -> list[tuple[str, tuple]]:
    """Questions to the operators (Markdown, keys of its numbers): those of marked gaps, each about
    another point, then the open ones of both volets."""
    found = [(f"{text} ({ref})" if ref else text, p.cles, re.search("«.*?»", text), ref)
             for text, ref, p in m.questions("2_recours", "3_parcours", "4_cooperations")]
    told = [f[2][0] if f[2] else f[0] for f in found]
    gaps = [f for i, f in enumerate(found) if f[3] and told[i] not in told[:i]]
    other = [f for f in found if not f[3]][:OPEN]
    kept = [*gaps[:QUESTIONS - len(other)], *other]
    return [(text, cles) for text, cles, *_ in kept]


def _first(m: Matter, title: str) -> list[str]:
    band = " ".join([m.state.band(), f"{FICTIF}." if m.identity.get("fictif") else ""]).strip()
    body = [f"# {fr(title)}", styled("Bandeau", md(band))]
    used = pages.height("Heading 1", title) + pages.height("Bandeau", band)
    cles = next(iter(m.pieces("rapport", "cles")), None)
    if cles:
        head, *rows = table_rows(cles)
        rows = [[r[0], *(m.quoted(c, cles.cles) for c in r[1:])] for r in rows]
        text, tall = pages.table(head, rows, (25, 25, 22, 17, 11), "lllll")
        body += ["## Chiffres clés", text]
        used += tall + pages.height("Heading 2", "Chiffres clés")
    parts = [("Les coopérations", lines(m, 0)), ("Le recours au CEP", lines(m, 1))]
    used += sum(pages.height("Heading 2", h) + sum(map(_line, found)) for h, found in parts)
    own = _written(m, pages.HEIGHT - pages.SLACK - used + sum(map(_line, parts[0][1])))
    for heading, found in parts:
        body += [f"## {heading}", own if own and found is parts[0][1] else _list(found)]
    return body


def _written(m: Matter, room: float) -> str:
    """The analyst's synthesis in place of the proposed sentences, when it fits in the page; it is
    at the head of the report in any case."""
    text = m.texts.get(TEXT)
    if text is None or text.vide:
        return ""
    values = next((p.table for p in m.pieces("rapport", "valeurs")), {})
    said = passes.PLACEHOLDER.sub(lambda x: m.span((
        values["valeurs"][x[1]], None)), text.corps)
    tall = sum(pages.height("Body Text", p) for p in said.split("\n\n"))
    return said if tall <= room else ""


def _line(text: str) -> float:
    return pages.height("Compact", text, width=pages.WIDTH - 24)


def _list(found: list[str]) -> str:
    return "\n".join(f"{n}. {t}" for n, t in enumerate(found, 1))


def _second(m: Matter, picture: Any) -> Iterator[str]:
    said = lines(m, 2)
    questions = [m.quoted(text, cles) for text, cles in asked(m)] or [SANS]
    end = md("Phrases produites à partir des données ; l’interprétation, et la synthèse rédigée "
             "par l’association, sont dans le rapport.")
    yield f"## {SECONDE}"
    yield _list(said)
    if picture is not None:
        used = sum(map(_line, (*said, *questions))) + pages.height("Lecture", end) + sum(
            pages.height("Heading 2", h) for h in (SECONDE, DEMANDER))
        yield from _figure(picture, pages.HEIGHT - pages.SLACK - used)
    yield f"## {DEMANDER}"
    yield _list(questions)
    yield styled("Lecture", end)


def _figure(picture: Any, room: float) -> Iterator[str]:
    """A figure of the report, as wide as the room left allows."""
    found, parts = IMAGE.search(picture.markdown), styled_parts(picture)
    wide, high = struct.unpack(">II", picture.files[found["file"]][16:24])  # PNG, chunk IHDR
    repere, source = f"Repère {picture.repere}", f"{parts['Mesure']}. {parts['Source']}"
    room -= sum(pages.height(s, t) for s, t in (
        ("Repère", repere), ("Image Caption", found["title"]), ("Source", source), ("Figure", "")))
    width = max(30, min(100, int(100 * room * wide / high / pages.WIDTH)))
    yield styled("Repère", repere)
    yield f'![{found["title"]}]({found["file"]}){{alt="{found["alt"]}" width={width}%}}'
    yield styled("Source", source)
