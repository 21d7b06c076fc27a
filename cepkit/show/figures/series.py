"""Years: a line through comparable years only; a break is a gap that says its date."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import seaborn as sns

from cepkit import codes, formats
from cepkit.show import state, theme
from cepkit.show.blocks import Block
from cepkit.show.figures import rows
from cepkit.show.figures.canvas import COLOURS, DIAMOND, DISC, Canvas, ticks
from cepkit.show.figures.figure import Drawing, Legend, figure
from cepkit.text import fold


@dataclass(frozen=True)
class Frame:
    """Where the plot stands and how a value becomes a height."""

    x: tuple[float, float]
    y: tuple[float, float]
    marks: Sequence[float]

    def height(self, value: float) -> float:
        low, high = self.marks[0], self.marks[-1]
        return self.y[1] - (value - low) / (high - low) * (self.y[1] - self.y[0])


def series(frame: pd.DataFrame, *, titre: str, mesure: str, lecture: str, id: str | None = None,
           etiquette: str = "annee", **words: Any) -> Block:
    """Values by year (or month), chronological. frame: `annee`, `valeur`, maybe `reference`.

    A row without a published value, whose note names a break (« rupture ») or whose comparison
    is refused, cuts the line.
    """
    page = state.of_frame(frame)
    lines = rows.of_frame(frame, page, etiquette)
    if not lines[0].compare.startswith("France"):  # compared with the year before: not a line
        lines = [replace(row, reference=math.nan) for row in lines]
    empty = pd.Series("", index=frame.index)
    cuts = [_breaks(n) or word == codes.REFUSEE for n, word in zip(
        frame.get("note", empty), frame.get("lecture", empty), strict=True)]
    nd = rows.decimals(lines)
    drawing = Drawing(
        draw=lambda wide: _draw(lines, cuts, page, nd, wide), frame=frame,
        forme="Courbe chronologique, interrompue à chaque rupture de série",
        phrases=[rows.described(r, nd) for r in lines])
    return figure(Legend(titre, mesure, lecture, id, **words), drawing)


def _breaks(note: Any) -> bool:
    return isinstance(note, str) and "rupture" in fold(note)


def segments(lines: Sequence[rows.Row], cuts: Sequence[bool], name: str) -> list[list[int]]:
    """Positions of consecutive values that may be joined."""
    found: list[list[int]] = [[]]
    for i, (row, cut) in enumerate(zip(lines, cuts, strict=True)):
        if cut or math.isnan(getattr(row, name)):
            found.append([])
        if not math.isnan(getattr(row, name)):
            found[-1].append(i)
    return [s for s in found if s]


def _draw(lines: Sequence[rows.Row], cuts: Sequence[bool], page: state.Page, nd: int,
          wide: bool) -> Canvas:
    width, height = (theme.WIDE, 270.0) if wide else (theme.NARROW, 250.0)
    canvas = Canvas(width, height + (16 if page.fictif else 0), wide)
    top = max(rows.finite(lines, "valeur", "reference", "haut"), default=1)
    box = Frame((44, width - (130 if wide else 96)), (30, height - 26), ticks(0, top))
    axes = canvas.track(box.x, (0, canvas.height), (-0.2, len(lines) - 0.8))
    _ground(canvas, axes, lines, cuts, box)
    for name, mark, colour in (("reference", DIAMOND, "france"), ("valeur", DISC, "region")):
        _line(axes, lines, segments(lines, cuts, name), name, colour, box)
        kept = [i for i, r in enumerate(lines) if not math.isnan(getattr(r, name))]
        mark.draw(axes, kept, [box.height(getattr(lines[i], name)) for i in kept])
    _labels(canvas, axes, lines, page, nd, box)
    return canvas


def _line(axes, lines, parts, name: str, colour: str, box: Frame) -> None:
    for part in parts:
        if len(part) > 1:
            sns.lineplot(x=part, y=[box.height(getattr(lines[i], name)) for i in part], ax=axes,
                         color=COLOURS[colour], linewidth=2.5, errorbar=None, legend=False,
                         clip_on=False, zorder=4)


def _ground(canvas: Canvas, axes, lines, cuts, box: Frame) -> None:
    """Horizontal grid, years, and a dashed rule at each break."""
    heights = [box.height(m) for m in box.marks]
    canvas.base.hlines(heights, *box.x, colors=COLOURS["grid"], lw=1, zorder=1)
    for mark, y in zip(box.marks, heights, strict=True):
        text = formats.decimal(mark, 0 if mark == int(mark) else 1)
        last = rows.suffix(lines[0]) if mark == box.marks[-1] else ""
        canvas.text(36, y + 4, text + last, size=theme.TICK, color="ink2", align="right")
    for i, (row, cut) in enumerate(zip(lines, cuts, strict=True)):
        x = _x(i, lines, box)
        canvas.text(x, box.y[1] + 18, row.label, size=theme.TICK, color="ink2", align="center")
        if cut and i:
            middle = _x(i - 0.5, lines, box)
            canvas.rule([middle] * 2, [box.y[0] - 8, box.y[1]], "ink2", dashes=(4, 3), zorder=2)
            canvas.text(middle, box.y[0] - 14, f"rupture {row.label}", size=theme.TICK,
                        color="ink2", align="center")


def _x(i: float, lines: Sequence[rows.Row], box: Frame) -> float:
    return box.x[0] + (i + 0.2) / (len(lines) - 0.6) * (box.x[1] - box.x[0])


def _labels(canvas: Canvas, axes, lines, page: state.Page, nd: int, box: Frame) -> None:
    """Value at each published point of the region; names at the right, kept apart."""
    above = _above(lines)
    for i, row in enumerate(lines):
        if row.etat == formats.SECRET:  # never a zero, never a joined line
            canvas.hatch(_x(i, lines, box) - 9, box.y[0], 18, box.y[1] - box.y[0])
        if row.etat:
            canvas.text(_x(i, lines, box), box.y[1] - 8, row.etat, bold=True, align="center",
                        halo=True)
        if not math.isnan(row.valeur):
            y = box.height(row.valeur) + (-11 if above else 20)
            canvas.text(_x(i, lines, box), y, formats.decimal(row.valeur, nd), bold=True,
                        align="center", halo=True, cles=row.keys("valeur"))
        if not math.isnan(row.reference) and i in (0, len(lines) - 1):
            y = box.height(row.reference) + (20 if above else -11)
            canvas.text(_x(i, lines, box), y, formats.decimal(row.reference, nd), color="ink2",
                        align="center", halo=True, cles=row.keys("reference"))
    _names(canvas, lines, page, box, above)


def _above(lines: Sequence[rows.Row]) -> bool:
    """Whether the region runs above France at its last common year."""
    both = [r for r in lines if not math.isnan(r.valeur) and not math.isnan(r.reference)]
    return not both or both[-1].valeur >= both[-1].reference


def _names(canvas: Canvas, lines, page: state.Page, box: Frame, above: bool) -> None:
    x = box.x[1] + 16
    region = next((box.height(r.valeur) for r in reversed(lines) if r.valeur == r.valeur), None)
    france = next((box.height(r.reference) for r in reversed(lines)
                   if r.reference == r.reference), None)
    if region is not None and france is not None and abs(region - france) < 18:
        middle = (region + france) / 2
        region, france = (middle - 9, middle + 9) if above else (middle + 9, middle - 9)
    if region is not None:
        short = theme.wrap(page.nom, canvas.width - x, bold=True)
        canvas.lines(x, region + 4, short, bold=True, color="region")
        france = max(france, region + 16 * len(short)) if france and france > region else france
    if france is not None:
        canvas.text(x, france + 4, "France", bold=True)
