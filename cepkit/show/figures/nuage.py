"""Scatter of the regions: a rate beside its context (unemployment), region codes on the marks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit.errors import UsageError
from cepkit.show import state, theme
from cepkit.show.blocks import Block
from cepkit.show.cells import missing
from cepkit.show.figures import rows
from cepkit.show.figures.canvas import COLOURS, DIAMOND, Canvas, Mark, ticks
from cepkit.show.figures.figure import Drawing, Legend, figure
from cepkit.text import suggestion

DISC = Mark("o", "region", "paper", 10)
HEIGHT = 13.0  # of a label
RADIUS = 5.0


@dataclass(frozen=True)
class Axis:
    """Graduations, place and name of one axis."""

    marks: Sequence[float]
    low: float
    high: float
    titre: str

    def at(self, value: float) -> float:
        share = (value - self.marks[0]) / (self.marks[-1] - self.marks[0])
        return self.low + share * (self.high - self.low)


def nuage(frame: pd.DataFrame, *, x: str, x_titre: str, y_titre: str, titre: str, mesure: str,
          lecture: str, id: str | None = None, etiquette: str = "region", **words: Any) -> Block:
    """`valeur` of each row against column `x` (in its own unit, ready to print), codes as labels.

    A row `region="FR"` is drawn as the France diamond. Rows without both values are listed in
    the table, not drawn. `x_titre` and `y_titre` name the axes with their units.
    """
    if x not in frame:
        raise UsageError(f"nuage : colonne inconnue « {x} ».{suggestion(x, frame.columns)}")
    page = state.of_frame(frame)
    lines = rows.of_frame(frame, page, etiquette)
    given = [math.nan if missing(v) else float(v) for v in frame[x]]
    nd, titles = rows.decimals(lines), (x_titre, y_titre)
    drawing = Drawing(
        draw=lambda wide: _draw(lines, given, titles, wide), frame=frame,
        forme=f"Nuage de points : {y_titre} selon {x_titre}, un point par territoire",
        phrases=[_described(r, v, nd, titles) for r, v in zip(lines, given, strict=True)])
    words.setdefault("colonnes", _columns(frame, x, x_titre, y_titre, etiquette))
    return figure(Legend(titre, mesure, lecture, id, **words), drawing)


def _columns(frame: pd.DataFrame, x: str, x_titre: str, y_titre: str, name: str) -> dict[str, str]:
    wanted = {name: "Territoire", "valeur": y_titre, "intervalle": "Intervalle à 95 %", x: x_titre,
              "lecture": "Lecture"}
    return {c: h for c, h in wanted.items() if c in frame
            or (c == "intervalle" and {"borne_inf", "borne_sup"} <= set(frame))}


def _described(row: rows.Row, x: float, nd: int, titles: tuple[str, str]) -> str:
    said = rows.withheld(row) or rows.value(row, nd)
    return f"{row.label} ({row.code}) : {said}, {titles[0]} {formats.decimal(x, 1)}"


def _axes(lines, given, titles, canvas: Canvas) -> tuple[Axis, Axis]:
    xs = [v for v in given if not math.isnan(v)] or [0, 1]
    ys = rows.finite(lines, "valeur", "bas", "haut") or [0, 1]
    across, up = ticks(min(xs), max(xs), 8), ticks(min(ys), max(ys), 6)
    return (Axis(across, 40, canvas.width - 16, titles[0]),
            Axis(up, canvas.height - 66, 48, titles[1]))


def _draw(lines, given, titles, wide: bool) -> Canvas:
    canvas = Canvas(*((theme.WIDE, 560) if wide else (theme.NARROW, 460)), wide)
    across, up = _axes(lines, given, titles, canvas)
    _ground(canvas, across, up)
    drawn = [(r, v) for r, v in zip(lines, given, strict=True)
             if not math.isnan(v) and not math.isnan(r.valeur)]
    for row, v in drawn:
        if not math.isnan(row.bas):
            canvas.rule([across.at(v)] * 2, [up.at(row.bas), up.at(row.haut)], "region", 2)
    for mark, country in ((DISC, False), (DIAMOND, True)):
        kept = [(r, v) for r, v in drawn if (r.code == codes.FRANCE) == country]
        mark.draw(canvas.base, [across.at(v) for _, v in kept], [up.at(r.valeur) for r, _ in kept])
    hidden = [r.code for r in lines if r.etat == formats.SECRET]
    if hidden:
        canvas.hatch(0, canvas.height - 21, 18, 12)
        canvas.text(24, canvas.height - 10, f"{formats.SECRET} : {', '.join(hidden)}")
    _codes(canvas, [(across.at(v), up.at(r.valeur), r.code) for r, v in drawn])
    return canvas


def _codes(canvas: Canvas, points: Sequence[tuple[float, float, str]]) -> None:
    """Code of each territory beside its mark; a thin line when it stands further away."""
    names = ["France" if code == codes.FRANCE else code for *_, code in points]
    widths = [theme.width(n, theme.TICK, True) + 3 for n in names]
    places = around([(x, y) for x, y, _ in points], widths)
    for (x, y, _), name, (a, b) in zip(points, names, places, strict=True):
        if math.hypot(a - x, b - y) > 21:
            canvas.rule([x, a], [y, b], "ink2", 1, zorder=3)
        canvas.text(a, b + 4, name, size=theme.TICK, bold=True, align="center", halo=True)


def around(points: Sequence[tuple[float, float]],
           widths: Sequence[float]) -> list[tuple[float, float]]:
    """Centres of labels of some widths: for each point the nearest place that covers nothing.

    Points are taken in their fixed order, places in the order east, west, north, south, then
    the diagonals, further and further: the same points always give the same labels.
    """
    placed: list[tuple[float, float, float]] = []
    directions = [(1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1)]
    for (x, y), width in zip(points, widths, strict=True):
        tries = [(x + dx * (d + width / 2), y + dy * d, width) for d in (7, 14, 24, 36, 50, 66)
                 for dx, dy in directions]
        cost = [(_overlaps(t, points, placed), i) for i, t in enumerate(tries)]
        placed.append(tries[min(cost)[1]])
    return [(a, b) for a, b, _ in placed]


def _overlaps(label, points, placed) -> int:
    """How many marks and labels a label would cover."""
    a, b, width = label
    marks = sum(abs(a - x) < width / 2 + RADIUS and abs(b - y) < HEIGHT / 2 + RADIUS
                for x, y in points)
    return marks + sum(abs(a - x) < (width + w) / 2 and abs(b - y) < HEIGHT for x, y, w in placed)


def _ground(canvas: Canvas, across: Axis, up: Axis) -> None:
    """Grid, graduations and axis names (the vertical name is written above its axis)."""
    canvas.base.hlines([up.at(m) for m in up.marks], across.low, across.high,
                       colors=COLOURS["grid"], lw=1, zorder=1)
    canvas.base.vlines([across.at(m) for m in across.marks], up.low, up.high,
                       colors=COLOURS["grid"], lw=1, zorder=1)
    style = {"size": theme.TICK, "color": "ink2"}
    for m in up.marks:
        canvas.text(34, up.at(m) + 4, formats.decimal(m, 0 if m == int(m) else 1), align="right",
                    **style)
    for m in across.marks:
        canvas.text(across.at(m), up.low + 18, formats.decimal(m, 0 if m == int(m) else 1),
                    align="center", **style)
    canvas.lines(0, 14, theme.wrap(up.titre, canvas.width, bold=True), bold=True)
    canvas.text(across.high, up.low + 38, across.titre, bold=True, align="right")
