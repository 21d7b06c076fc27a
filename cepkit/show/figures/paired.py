"""Paired dots: the share of each row in the region and in France, joined by a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from cepkit import formats
from cepkit.show import state, theme
from cepkit.show.blocks import Block
from cepkit.show.figures import listing, rows
from cepkit.show.figures.canvas import DIAMOND, DISC, Canvas, grid, ticks
from cepkit.show.figures.figure import Drawing, Legend, figure


def paired(frame: pd.DataFrame, *, titre: str, mesure: str, lecture: str, id: str | None = None,
           etiquette: str | None = None, **words: Any) -> Block:
    """Shares of the region (disc) and of France (hollow diamond), row by row, in frame order.

    frame: indicator rows with `valeur` and `reference` (shares 0-1 or rates). When the first
    row dominates, it gets its own panel, where a point has the same length.
    words: alt, champ, source, note, tableau, colonnes (see `Legend`).
    """
    page = state.of_frame(frame)
    lines = rows.of_frame(frame, page, etiquette)
    nd = rows.decimals(lines)
    drawing = Drawing(
        draw=lambda wide: _draw(lines, page, nd, wide), frame=frame,
        forme=f"Points appariés, {rows.heading(lines)} et {lines[0].compare}, {len(lines)} lignes "
              "dans un ordre fixe",
        phrases=[rows.described(r, nd) for r in lines])
    return figure(Legend(titre, mesure, lecture, id, **words), drawing)


def panels(lines: Sequence[rows.Row]) -> list[list[rows.Row]]:
    """One panel, or two when the first row is far above the others."""
    head = max(rows.finite(lines[:1], "valeur", "reference"), default=0)
    rest = max(rows.finite(lines[1:], "valeur", "reference"), default=0)
    if len(lines) > 2 and rest and head > 2.5 * rest and not lines[0].groupe:
        return [list(lines[:1]), list(lines[1:])]
    return [list(lines)]


def scales(parts: Sequence[Sequence[rows.Row]]) -> list[list[float]]:
    """Graduations of each panel; two panels span the same length."""
    values = [rows.finite(p, "valeur", "reference") for p in parts]
    last = ticks(0, max(values[-1], default=1))
    if len(parts) == 1:
        return [last]
    step, low = last[1] - last[0], min(values[0])
    start = step * (low // step)
    while start + last[-1] < max(values[0]):
        start += step
    return [[start + t for t in last], last]


def _draw(lines: Sequence[rows.Row], page: state.Page, nd: int, wide: bool) -> Canvas:
    parts = panels(lines)
    tops, strips = [], []
    y = 50.0 if wide else 32.0
    for part in parts:
        tops.append(y)
        strips.append(listing.place(part, wide, y, 34))
        y = listing.end(strips[-1]) + 36
    width = theme.WIDE if wide else theme.NARROW
    canvas = Canvas(width, y - 8 + (6 if page.fictif else -8), wide)
    listing.legend_two(canvas, lines)
    if wide:
        listing.heads(canvas, lines, 42)
    for placed, marks in zip(strips, scales(parts), strict=True):
        _panel(canvas, placed, marks, lines[0], nd)
    return canvas


def _panel(canvas: Canvas, strips: Sequence[listing.Strip], marks: Sequence[float],
           first: rows.Row, nd: int) -> None:
    y0, y1 = strips[0].y[0], listing.end(strips)
    axes = canvas.track(listing.TRACK[canvas.wide], (y0, y1), (marks[0], marks[-1]))
    for strip in strips:
        listing.band(canvas, strip)
        for span in listing.spans(canvas, strip):
            grid(canvas, axes, marks, span)
    _scale(canvas, marks, y1 + 16, first)
    places = [p for s in strips for p in s.places]
    for where in places:
        listing.write(canvas, where, nd)
        if where.row.etat == formats.SECRET:
            listing.hatch(canvas, axes, where)
        elif not where.row.etat:
            canvas.rule([where.row.valeur, where.row.reference], [where.y] * 2, "france", 2,
                        axes=axes, zorder=3)
    DIAMOND.draw(axes, *_points(places, "reference"))
    DISC.draw(axes, *_points(places, "valeur"))


def _points(places: Sequence[listing.Place], name: str) -> tuple[list[float], list[float]]:
    kept = [(getattr(p.row, name), p.y) for p in places]
    return [x for x, _ in kept if x == x], [y for x, y in kept if x == x]


def _scale(canvas: Canvas, marks: Sequence[float], y: float, row: rows.Row) -> None:
    """Graduations under a panel; the last one carries the unit."""
    x0, x1 = listing.TRACK[canvas.wide]
    for mark in marks:
        x = x0 + (x1 - x0) * (mark - marks[0]) / (marks[-1] - marks[0])
        text = formats.decimal(mark, 0 if mark == int(mark) else 1)
        text += rows.suffix(row) if mark == marks[-1] else ""
        canvas.text(x, y, text, size=theme.TICK, color="ink2", align="center")
