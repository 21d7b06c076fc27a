"""Bars from zero with a tick for France: rates, contributions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
import seaborn as sns

from cepkit import formats
from cepkit.show import state, theme
from cepkit.show.blocks import Block
from cepkit.show.figures import listing, rows
from cepkit.show.figures.canvas import COLOURS, Canvas, grid, ticks
from cepkit.show.figures.figure import Drawing, Legend, figure
from cepkit.show.figures.paired import _scale

THICK = 14


def bars(frame: pd.DataFrame, *, titre: str, mesure: str, lecture: str, id: str | None = None,
         etiquette: str | None = None, **words: Any) -> Block:
    """Value of each row as a bar from zero, its 95 % interval, and France as a tick.

    frame: rows with `valeur`, and if known `borne_inf`, `borne_sup`, `reference`, `lecture`.
    """
    page = state.of_frame(frame)
    lines = rows.of_frame(frame, page, etiquette)
    nd = rows.decimals(lines)
    drawing = Drawing(
        draw=lambda wide: _draw(lines, page, nd, wide), frame=frame,
        forme=f"Barres depuis zéro, {rows.heading(lines)}" + (
            f" ; repère vertical : {lines[0].compare}" if lines[0].compare else ""),
        phrases=[rows.described(r, nd) for r in lines])
    return figure(Legend(titre, mesure, lecture, id, **words), drawing)


def _draw(lines: Sequence[rows.Row], page: state.Page, nd: int, wide: bool) -> Canvas:
    top = 50.0 if wide else 32.0
    strips = listing.place(lines, wide, top, 34)
    bottom = listing.end(strips)
    height = bottom + (36 if page.fictif else 20)
    canvas = Canvas(theme.WIDE if wide else theme.NARROW, height, wide)
    listing.legend_two(canvas, lines, "bar")
    compared = any(not math.isnan(r.ecart) for r in lines)
    if wide:
        listing.heads(canvas, lines, 42, gap=compared, reading=any(r.lecture for r in lines))
    marks = ticks(0, max(rows.finite(lines, "valeur", "reference", "haut"), default=1))
    axes = canvas.track(listing.TRACK[wide], (top, bottom), (0, marks[-1]))
    for strip in strips:
        listing.band(canvas, strip)
        for span in listing.spans(canvas, strip):
            grid(canvas, axes, marks[1:], span)
            canvas.rule([0, 0], span, "ink2", axes=axes, zorder=6)
    _scale(canvas, marks, bottom + 16, lines[0])
    places = [p for s in strips for p in s.places]
    _bars(axes, [p for p in places if not p.row.etat])
    for where in places:
        listing.write(canvas, where, nd, gap=compared)
        _mark(canvas, axes, where)
    return canvas


def _bars(axes, places: Sequence[listing.Place]) -> None:
    """Bars of equal thickness, set by seaborn on the pixel scale of the rows."""
    if not places:
        return
    pitch = min((b.y - a.y for a, b in zip(places, places[1:], strict=False)), default=1)
    limits = axes.get_xlim(), axes.get_ylim()
    sns.barplot(x=[p.row.valeur for p in places], y=[p.y for p in places], orient="h",
                native_scale=True, width=THICK / pitch, ax=axes, color=COLOURS["region"],
                saturation=1, errorbar=None, linewidth=0, clip_on=False, zorder=3)
    axes.set(xlim=limits[0], ylim=limits[1], xlabel="", ylabel="")
    axes.set_axis_off()


def _mark(canvas: Canvas, axes, where: listing.Place) -> None:
    row = where.row
    if row.etat == formats.SECRET:
        listing.hatch(canvas, axes, where)
    if not math.isnan(row.bas):
        for color, width in (("paper", 5), ("ink", 2)):
            canvas.rule([row.bas, row.haut], [where.y] * 2, color, width, axes=axes, zorder=6)
    if not math.isnan(row.reference):
        for color, width in (("paper", 6), ("france", 3)):
            canvas.rule([row.reference] * 2, [where.y - 11, where.y + 11], color, width,
                        axes=axes, zorder=7)
