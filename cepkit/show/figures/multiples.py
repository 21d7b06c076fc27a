"""Small multiples: one panel an operator, on one scale, each against its own national profile."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit.errors import UsageError
from cepkit.show import state, theme
from cepkit.show.blocks import Block
from cepkit.show.figures import gaps, listing, rows
from cepkit.show.figures.canvas import DISC, OPEN, Canvas, grid
from cepkit.show.figures.figure import Drawing, Legend, figure
from cepkit.text import suggestion

CELL = 336.0  # width of a panel, in both layouts
GUTTER = theme.WIDE - 2 * CELL
TRACK = (8.0, 216.0)
ROW, HEAD, FOOT = 42.0, 30.0, 40.0
KEY = (("disc", "écart marqué"), ("open", "écart non marqué"), ("line", "intervalle à 95 %"),
       ("tick", "profil national du même opérateur"), ("band", "moins de {} points d’écart"),
       ("hatch", "s. : valeur non diffusée"))


@dataclass(frozen=True)
class Cell:
    """One panel: the rows of one operator and where it stands."""

    titre: str
    lines: list[rows.Row]
    x: float
    y: float


def multiples(frames: Mapping[str, pd.DataFrame], *, titre: str, mesure: str, lecture: str,
              id: str | None = None, etiquette: str | None = None, **words: Any) -> Block:
    """{operator: profile frame}: gap of each share to the same operator's national profile.

    Panels follow the order of the law whatever the order of the mapping; the first cell is the
    key. An operator without a frame has no panel (say why in the text).
    """
    page, order = _ordered(frames)
    profiles = {op: rows.of_frame(frames[op], page, etiquette) for op in order}
    first = profiles[order[0]]
    nd = rows.decimals(first)
    names = {op: state.label(page, "operateur", op) for op in order}
    frame = pd.concat([frames[op].assign(operateur=op) for op in order], ignore_index=True)
    frame.attrs = dict(frames[order[0]].attrs)
    drawing = Drawing(
        draw=lambda wide: _draw([(names[op], profiles[op]) for op in order], page, nd, wide),
        frame=frame, groupe="operateur",
        forme="Un cadre par opérateur, dans l’ordre de la loi, chacun comparé à son propre "
              "profil national",
        phrases=[f"{names[op]}, {rows.described(r, nd)}" for op in order
                 for r in profiles[op]])
    return figure(Legend(titre, mesure, lecture, id, **words), drawing)


def _ordered(frames: Mapping[str, pd.DataFrame]) -> tuple[state.Page, list[str]]:
    unknown = [op for op in frames if op not in codes.OPERATEURS]
    if unknown or not frames:
        raise UsageError(
            "petits graphiques : une table par opérateur est attendue, "
            f"code inconnu « {', '.join(unknown) or 'aucun'} »."
            f"{suggestion(unknown[0], codes.OPERATEURS) if unknown else ''}")
    order = [op for op in codes.OPERATEURS if op in frames]
    return state.of_frame(frames[order[0]]), order


def _draw(profiles: Sequence[tuple[str, list[rows.Row]]], page: state.Page, nd: int,
          wide: bool) -> Canvas:
    cells, height = _place(profiles, wide)
    canvas = Canvas(theme.WIDE if wide else theme.NARROW, height + (8 if page.fictif else 0), wide)
    limit = gaps.axis_limit([r for _, lines in profiles for r in lines])
    _key(canvas, page, nd)
    axes = {x: canvas.track((x + TRACK[0], x + TRACK[1]), (0, height), (-limit, limit))
            for x in sorted({c.x for c in cells})}
    for cell in cells:
        places = _panel(canvas, axes[cell.x], cell, limit, page, nd)
        for filled, mark in ((False, OPEN), (True, DISC)):
            kept = [p for p in places if p.row.marque == filled and not math.isnan(p.row.ecart)]
            mark.draw(axes[cell.x], [p.row.ecart for p in kept], [p.y for p in kept])
    return canvas


def _place(profiles: Sequence[tuple[str, list[rows.Row]]], wide: bool) -> tuple[list[Cell], float]:
    """Cells in reading order after the key; rows of cells are as tall as their tallest panel."""
    per_row = 2 if wide else 1
    heights = [_key_height(), *(HEAD + ROW * len(lines) + FOOT for _, lines in profiles)]
    cells, y = [], 0.0
    for start in range(0, len(heights), per_row):
        for column, i in enumerate(range(start, min(start + per_row, len(heights)))):
            if i:
                name, lines = profiles[i - 1]
                cells.append(Cell(name, lines, column * (CELL + GUTTER), y))
        y += max(heights[start:start + per_row]) + 8
    return cells, y - 8


def _key_height() -> float:
    return HEAD + 24 * (len(KEY) + 1) + 4


def _key(canvas: Canvas, page: state.Page, nd: int) -> None:
    canvas.rule([0, CELL], [1, 1], "ink2")
    canvas.text(0, 20, "Légende", bold=True, size=15)
    threshold = formats.decimal(page.portee(), 0 if page.portee() % 1 == 0 else 1)
    for i, (kind, words) in enumerate(KEY):
        y = HEAD + 12 + 24 * i
        gaps.symbol(canvas, kind, 0, y)
        canvas.text(36, y + 4, words.format(threshold))
    y = HEAD + 16 + 24 * len(KEY)
    canvas.text(0, y, f"{formats.decimal(0, nd)} / {formats.decimal(0, nd)}")
    canvas.text(72, y, "région / national de l’opérateur")


def _panel(canvas: Canvas, axes, cell: Cell, limit: float, page: state.Page,
           nd: int) -> list[listing.Place]:
    """Ground, texts and intervals of one panel; gives back where its discs go."""
    canvas.rule([cell.x, cell.x + CELL], [cell.y + 1] * 2, "ink2")
    canvas.text(cell.x, cell.y + 20, cell.titre, bold=True, size=15)
    track = (cell.x + TRACK[0], cell.x + TRACK[1])
    places = []
    for i, row in enumerate(cell.lines):
        top = cell.y + HEAD + ROW * i
        where = listing.Place(row, top + 27, top, top + ROW, (row.label,))
        strip = (where.y - 9, where.y + 9)
        if row.etat == formats.SECRET:
            canvas.hatch(track[0], where.y - 7, track[1] - track[0], 14)
        else:
            gaps.zone(canvas, track, limit, strip, page.portee())
            grid(canvas, axes, gaps.graduations(limit), strip, strong=0)
        if not math.isnan(row.ecart_bas):
            gaps.interval(canvas, axes, where, limit)
        _words(canvas, cell, where, nd)
        places.append(where)
    bottom = cell.y + HEAD + ROW * len(cell.lines)
    gaps.scale(canvas, track, limit, bottom + 12, "national")
    _base(canvas, cell, bottom + 28)
    return places


def _words(canvas: Canvas, cell: Cell, where: listing.Place, nd: int) -> None:
    row, right = where.row, cell.x + CELL
    canvas.text(cell.x, where.top + 13, row.label, bold=True)
    if row.lecture:
        listing.reading(canvas, right, where.top + 13, row.lecture, "right")
    both = f"{rows.value(row, nd)} / {rows.reference(row, nd)}{rows.suffix(row)}"
    canvas.text(right, where.y + 4, both, align="right", cles=row.keys("valeur", "reference"))


def _base(canvas: Canvas, cell: Cell, y: float) -> None:
    """« n = », once when all rows of the panel share it."""
    known = {r.n for r in cell.lines if not math.isnan(r.n)}
    if len(known) == 1:
        first = next(r for r in cell.lines if not math.isnan(r.n))
        canvas.text(cell.x, y, f"n = {formats.integer(first.n)}", size=theme.TICK,
                    color="ink2", cles=first.keys("n"))


