"""The figure block: caption, two drawings, reading, source, data table; or a PNG for the report.

A drawing function takes `wide` and returns a `Canvas`; it computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from cepkit.errors import UsageError
from cepkit.show import cells, state, tables, theme
from cepkit.show.blocks import FICTIF, Block, esc, fr, md, styled
from cepkit.show.figures.canvas import Canvas
from cepkit.show.pieces import anchor
from cepkit.text import NBSP, slug

Draw = Callable[[bool], Canvas]


@dataclass(frozen=True)
class Legend:
    """Words of a figure. `titre` states the finding, `mesure` what is measured, field and unit,
    `lecture` one value in words; `id` is "2.3-F1"; `alt` opens the alternative text."""

    titre: str
    mesure: str
    lecture: str
    id: str | None = None
    alt: str | None = None
    champ: str | None = None
    source: str | None = None
    note: str | None = None
    tableau: pd.DataFrame | None = None
    colonnes: Mapping[str, str | cells.Col] | None = None

    def __post_init__(self) -> None:
        for name in ("titre", "mesure", "lecture"):
            if not str(getattr(self, name) or "").strip():
                raise UsageError(f"figure {self.id or ''} : « {name} » est vide ; une figure dit "
                                 "son constat, sa mesure et comment la lire.")
        if self.alt is not None and not self.alt.strip():
            raise UsageError(f"figure {self.id or ''} : texte alternatif vide ; ne rien donner "
                             "pour qu’il soit écrit à partir des valeurs.")


@dataclass(frozen=True)
class Drawing:
    """How to draw, and the same content in words (`phrases`: one a mark)."""

    draw: Draw
    forme: str  # "Points appariés, région et France"
    phrases: Sequence[str]
    frame: pd.DataFrame
    css: str = ""
    complet: bool = False
    groupe: str | None = field(default=None)


def alternative(legend: Legend, drawing: Drawing, page: state.Page) -> str:
    """French sentence for those who do not see the drawing: every published value, in words."""
    head = (legend.alt or drawing.forme).rstrip(".")
    end = f" {FICTIF}." if page.fictif else ""
    return fr(f"{head}. {' ; '.join(drawing.phrases)}.{end}")


def figure(legend: Legend, drawing: Drawing) -> Block:
    """Block of a figure."""
    page = state.of_frame(drawing.frame)
    repere = page.repere(legend.id) if legend.id else None
    ident = anchor(repere) if repere else "f-" + slug(legend.titre)[:40]
    alt = alternative(legend, drawing, page)
    with theme.context():
        files = _pictures(drawing, page, repere or ident) if page.rapport else {}
        plot = _plot(legend, drawing, page, ident, alt)
    data = drawing.frame if legend.tableau is None else legend.tableau
    group = drawing.groupe if drawing.groupe in data else None
    columns = legend.colonnes or {c: h for c, h in cells.default_columns(data).items()
                                  if c != group}
    model = cells.model(data, columns, group, page)
    credits = tables.credits(page, drawing.frame, legend.champ, legend.source)
    foot = " ".join(p for p in (legend.note, tables.notes(model), credits) if p)
    details = _details(legend, drawing, model, repere)
    html = _html(legend, page, repere, ident, plot, foot, details)
    return Block("figure", html, _markdown(legend, page, repere, ident, alt, foot),
                 f"{fr(legend.titre)}\n{alt}", repere=repere, frame=data, files=files,
                 titre=fr(legend.titre),
                 table={"titre": fr(legend.titre), "mesure": fr(legend.mesure),
                        "note": fr(foot), **model.plain()})


def _canvas(drawing: Drawing, page: state.Page, wide: bool) -> Canvas:
    canvas = drawing.draw(wide)
    if page.fictif:
        canvas.badge()
    return canvas


def _plot(legend: Legend, drawing: Drawing, page: state.Page, ident: str, alt: str) -> str:
    """Both drawings; the style sheet shows one."""
    title = fr(legend.titre)
    return "".join(
        _canvas(drawing, page, wide).svg(
            ident=f"{ident}-{letter.lower()}", title=title, desc=alt,
            css=f"fig-{letter} {drawing.css}".strip())
        for wide, letter in ((True, "L"), (False, "S")))


def _pictures(drawing: Drawing, page: state.Page, name: str) -> dict[str, bytes]:
    return {f"{name}.png": _canvas(drawing, page, True).png()}


def _details(legend: Legend, drawing: Drawing, model: cells.Model, repere: str | None) -> str:
    name = f"la figure {repere}" if repere else "la figure"
    full = drawing.complet or legend.tableau is not None
    summary = f"Tableau complet (données de {name})" if full else f"Données de {name}"
    table = tables.html(model, caption=esc(legend.mesure), label=summary)
    return (f'<details class="data{" full" if full else ""}"><summary>{esc(summary)}</summary>'
            f"{table}</details>")


def _html(legend: Legend, page: state.Page, repere: str | None, ident: str, plot: str, foot: str,
          details: str) -> str:
    name = f"Figure {repere}" if repere else ""
    rep = (f'<span class="rep">{esc(name)}{tables.badge(page)}</span>'
           if name or page.fictif else "")
    return (f'<figure id="{ident}" aria-labelledby="{ident}-c"><figcaption id="{ident}-c">{rep}'
            f'<strong class="ft">{esc(legend.titre)}</strong>'
            f'<span class="sub">{esc(legend.mesure)}</span></figcaption>'
            f'<div class="plot">{plot}</div>'
            f'<p class="lect"><b>Lecture{NBSP}:</b> {esc(_lower(legend.lecture))}</p>'
            f'<p class="src">{esc(foot)}</p>{details}</figure>')


def _lower(text: str) -> str:
    """The reading without its own « Lecture : »."""
    text = text.strip()
    return text.split(":", 1)[1].strip() if text.lower().startswith("lecture") else text


def _markdown(legend: Legend, page: state.Page, repere: str | None, ident: str, alt: str,
              foot: str) -> str:
    """Figure for Pandoc: picture, then measure, reading and source in their own styles."""
    quoted = alt.replace("\\", "").replace('"', "”")
    measure = legend.mesure + (f" — {FICTIF}" if page.fictif else "")
    parts = [styled("Repère", md(f"Figure {repere}")) if repere else "",
             f"![{md(legend.titre)}]({repere or ident}.png)"
             f'{{#fig-{ident[2:]} fig-alt="{quoted}" alt="{quoted}"}}',
             styled("Mesure", md(measure)),
             styled("Lecture", f"**Lecture{NBSP}:** {md(_lower(legend.lecture))}"),
             styled("Source", md(foot)) if foot else ""]
    return "\n\n".join(p for p in parts if p)
