"""Gaps to the national profile, in points, with interval, zero line and threshold band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from cepkit import formats
from cepkit.show import state, theme
from cepkit.show.blocks import Block
from cepkit.show.figures import listing, rows
from cepkit.show.figures.canvas import DISC, OPEN, Canvas, grid
from cepkit.show.figures.figure import Drawing, Legend, figure

ROWS_MAX = 15
AXIS_MIN = 6


def gaps(frame: pd.DataFrame, *, titre: str, mesure: str, lecture: str, id: str | None = None,
         etiquette: str | None = None, **words: Any) -> Block:
    """Gap of each share to France, in points: disc filled when marked, 95 % interval, band.

    frame: rows with `valeur`, `reference`, `ecart`, `ecart_inf`, `ecart_sup`, `lecture`; groups
    follow `dimension`. Only whole groups within 15 rows are drawn, the table gives them all.
    """
    page = state.of_frame(frame)
    lines = rows.of_frame(frame, page, etiquette)
    shown = fit(lines)
    nd = rows.decimals(shown)
    drawing = Drawing(
        draw=lambda wide: _draw(shown, page, nd, wide), frame=frame,
        forme="Un point par modalité, avec son intervalle à 95 %, de part et d’autre de la "
              f"référence ({shown[0].compare}), dans un ordre fixe",
        phrases=[rows.described(r, nd) for r in shown],
        complet=len(shown) < len(lines), groupe="dimension")
    return figure(Legend(titre, mesure, lecture, id, **words), drawing)


def fit(lines: Sequence[rows.Row], limit: int = ROWS_MAX) -> list[rows.Row]:
    """The first whole groups that hold in `limit` rows (at least the first rows)."""
    kept: list[rows.Row] = []
    for _, members in listing._groups(lines):
        if kept and len(kept) + len(members) > limit:
            break
        kept += members
    return kept[:limit]


def axis_limit(lines: Sequence[rows.Row]) -> float:
    """Half-width of the symmetric axis: 6 points, or more by steps of 2; a very wide interval
    is cut at two and a half times the largest gap and ends with an arrow."""
    largest = max([AXIS_MIN, *map(abs, rows.finite(lines, "ecart"))])
    reach = max([largest, *map(abs, rows.finite(lines, "ecart_bas", "ecart_haut"))])
    return 2 * math.ceil(min(reach, 2.5 * largest) / 2)


def graduations(limit: float) -> list[float]:
    """Seven graduations or fewer, symmetric around zero."""
    step = 2 * math.ceil(limit / 6)
    side = [step * i for i in range(1, int(limit // step) + 1)]
    return [-s for s in reversed(side)] + [0, *side]


def _draw(lines: Sequence[rows.Row], page: state.Page, nd: int, wide: bool) -> Canvas:
    key = 2 if wide else 4
    top = 60.0 if wide else 28.0 + 18 * key
    strips = listing.place(lines, wide, top, 27)
    height = listing.end(strips) + 24 + (0 if wide or not page.fictif else 14)
    canvas = Canvas(theme.WIDE if wide else theme.NARROW, height, wide)
    limit = axis_limit(lines)
    _legend(canvas, page)
    if wide:
        listing.heads(canvas, lines, 50)
    for y in (top - 10, listing.end(strips) + 16):
        scale(canvas, listing.TRACK[wide], limit, y, listing.short_reference(lines))
    axes = canvas.track(listing.TRACK[wide], (strips[0].y[0], listing.end(strips)),
                        (-limit, limit))
    for strip in strips:
        listing.band(canvas, strip)
        for span in listing.spans(canvas, strip):
            zone(canvas, listing.TRACK[wide], limit, span, page.portee())
            grid(canvas, axes, graduations(limit), span, strong=0)
        for where in strip.places:
            listing.write(canvas, where, nd)
    marks(canvas, axes, [p for s in strips for p in s.places], limit)
    return canvas


def zone(canvas: Canvas, track: tuple[float, float], limit: float, y: tuple[float, float],
         threshold: float) -> None:
    """Grey band: gaps below the threshold of the edition."""
    x0, x1 = track
    half = (x1 - x0) / 2 * min(1, threshold / limit)
    canvas.rect((x0 + x1) / 2 - half, y[0], 2 * half, y[1] - y[0], "seuil")


def scale(canvas: Canvas, track: tuple[float, float], limit: float, y: float, zero: str) -> None:
    """Graduations in points; zero bears the name of the reference."""
    x0, x1 = track
    clear = theme.width(zero, theme.TICK, True) / 2 + 18
    for mark in graduations(limit):
        x = (x0 + x1) / 2 + mark / limit * (x1 - x0) / 2
        if mark == 0:
            canvas.text(x, y, zero, size=theme.TICK, bold=True, align="center")
        elif abs(x - (x0 + x1) / 2) >= clear:
            canvas.text(x, y, formats.integer(mark, signed=True), size=theme.TICK, color="ink2",
                        align="center")


def marks(canvas: Canvas, axes, places: Sequence[listing.Place], limit: float) -> None:
    """Intervals, then discs: filled when the gap is marked, open otherwise; hatch if withheld."""
    for where in places:
        row = where.row
        if row.etat == formats.SECRET:
            listing.hatch(canvas, axes, where)
        if not math.isnan(row.ecart_bas):
            interval(canvas, axes, where, limit)
    for filled, mark in ((False, OPEN), (True, DISC)):
        kept = [p for p in places if not math.isnan(p.row.ecart) and p.row.marque == filled]
        mark.draw(axes, [p.row.ecart for p in kept], [p.y for p in kept])


def interval(canvas: Canvas, axes, where: listing.Place, limit: float) -> None:
    """95 % interval; an end beyond the axis is cut and says so with a chevron."""
    low, high = where.row.ecart_bas, where.row.ecart_haut
    cut = (max(low, -limit), min(high, limit))
    canvas.rule(cut, [where.y] * 2, "region", 3, axes=axes, zorder=4)
    for at, beyond, side in ((-limit, low < -limit, 1), (limit, high > limit, -1)):
        if beyond:
            inner = at + side * limit * 0.04
            canvas.rule([inner, at, inner], [where.y - 5, where.y, where.y + 5], "region", 2,
                        axes=axes, zorder=4)


def _legend(canvas: Canvas, page: state.Page) -> None:
    threshold = formats.decimal(page.portee(), 0 if page.portee() % 1 == 0 else 1)
    items = [("disc", "écart marqué"), ("open", "non marqué"), ("line", "intervalle à 95 %"),
             ("band", f"moins de {threshold} points d’écart")]
    x, y = 0.0, 12.0
    for kind, words in items:
        step = {"disc": 20, "open": 20, "line": 30, "band": 28}[kind]
        need = step + theme.width(words) + 18
        if x + need > canvas.width + 16:
            x, y = 0.0, y + 20
        symbol(canvas, kind, x, y)
        canvas.text(x + step, y + 4, words)
        x += need


def symbol(canvas: Canvas, kind: str, x: float, y: float) -> None:
    """One symbol of the key, at the left of `x`."""
    if kind in ("disc", "open"):
        (OPEN if kind == "open" else DISC).key(canvas, x + 8, y)
    elif kind == "line":
        canvas.rule([x, x + 24], [y, y], "region", 3)
    elif kind == "band":
        canvas.rect(x, y - 7, 22, 14, "seuil")
    elif kind == "hatch":
        canvas.hatch(x, y - 7, 22, 14)
    else:
        canvas.rule([x + 11, x + 11], [y - 9, y + 9], "france", 2)
