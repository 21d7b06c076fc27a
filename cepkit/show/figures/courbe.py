"""Time to a step: a step curve at declared months, its interval, who is still waiting below.

Nothing is drawn between a withheld month and the next one: the curve is not known there, and
the hatch has the width of the months, never that of a value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cepkit import formats
from cepkit.show import state, theme
from cepkit.show.blocks import Block
from cepkit.show.figures import rows
from cepkit.show.figures.canvas import DISC, Canvas
from cepkit.show.figures.figure import Drawing, Legend, figure
from cepkit.text import capital

CELL = 336.0  # width of a panel beside another
LEFT, RIGHT, TOP, PLOT, FOOT = 46.0, 18.0, 66.0, 160.0, 66.0
SHARES = (0, 25, 50, 75, 100)
WAITING = "Encore en attente et suivies à ce mois :"


@dataclass(frozen=True)
class Panel:
    """A group of persons: one row a month, increasing, and the median when it is given."""

    titre: str
    months: list[rows.Row]
    median: rows.Row | None
    x: float = 0.0
    y: float = 0.0
    width: float = CELL

    def at(self, month: float) -> float:
        room = self.width - LEFT - RIGHT
        return self.x + LEFT + room * month / float(self.months[-1].code)

    def height(self, share: float) -> float:
        return self.y + TOP + PLOT * (1 - share / 100)

    def spans(self) -> list[tuple[rows.Row, float, float]]:
        """Each month and where its step begins and ends."""
        ends = [self.at(float(r.code)) for r in self.months]
        return list(zip(self.months, ends, [*ends[1:], ends[-1] + RIGHT], strict=True))


def courbe(frame: pd.DataFrame, *, titre: str, mesure: str, lecture: str, id: str | None = None,
           groupe: str = "region", mediane: str = "mediane", **words: Any) -> Block:
    """Share of the persons who took a step within each month, one panel a group, one scale.

    frame: rows of `ind.survey` over a « delai_etapes »: `modalite` is the month, or `mediane`;
    `denominateur` the persons still waiting and followed. `groupe`: the column of the panels.
    """
    page = state.of_frame(frame)
    panels = [_panel(part, page, state.label(page, groupe, code), mediane)
              for code, part in frame.groupby(groupe, sort=False)]
    nd = rows.decimals([r for p in panels for r in p.months])
    shown = frame[frame["modalite"].ne(mediane)].reset_index(drop=True)
    drawing = Drawing(
        draw=lambda wide: _draw(panels, page, nd, wide), frame=shown, groupe=groupe,
        forme="Courbe en escalier par groupe, avec son intervalle à 95 %, aux mois indiqués",
        phrases=[f"{p.titre} : {_said(p, nd)}" for p in panels])
    return figure(Legend(titre, mesure, lecture, id, **words), drawing)


def _panel(part: pd.DataFrame, page: state.Page, titre: str, mediane: str) -> Panel:
    middle = part["modalite"].eq(mediane)
    median = rows.of_frame(part[middle], page, "modalite")[0] if middle.any() else None
    return Panel(titre, rows.of_frame(part[~middle], page, "modalite"), median)


def _said(panel: Panel, nd: int) -> str:
    parts = [f"{r.code} mois, {rows.withheld(r) or rows.value(r, nd) + rows.suffix(r)}"
             for r in panel.months]
    return ", ".join([*parts, _half(panel)])


def _half(panel: Panel) -> str:
    row = panel.median
    if row is None or row.etat:
        return "durée médiane non atteinte ou non diffusée"
    return f"la moitié en {formats.decimal(row.valeur, 0)} mois au plus"


def _draw(panels: Sequence[Panel], page: state.Page, nd: int, wide: bool) -> Canvas:
    across = min(len(panels), 2) if wide else 1
    width = theme.WIDE if wide else theme.NARROW
    each = CELL if across == 2 else width
    tall = TOP + PLOT + FOOT
    placed = [Panel(p.titre, p.months, p.median, (i % across) * (width - CELL),
                    (i // across) * (tall + 12), each) for i, p in enumerate(panels)]
    canvas = Canvas(width, placed[-1].y + tall + (14 if page.fictif else 0), wide)
    for panel in placed:
        _ground(canvas, panel)
        _steps(canvas, panel)
        _values(canvas, panel, nd)
    return canvas


def _ground(canvas: Canvas, panel: Panel) -> None:
    """Title, median, grid, months and the persons still waiting at each."""
    canvas.rule([panel.x, panel.x + panel.width], [panel.y + 1] * 2, "ink2")
    canvas.text(panel.x, panel.y + 20, panel.titre, bold=True, size=15)
    canvas.text(panel.x, panel.y + 40, capital(_half(panel)), color="ink2",
                cles=panel.median.keys("valeur") if panel.median else ())
    left, right = panel.at(0), panel.x + panel.width
    for share in SHARES:
        y = panel.height(share)
        canvas.rule([left, right], [y, y], "ink2" if not share else "grid", zorder=1)
        canvas.text(left - 6, y + 4, f"{share}{rows.suffix(panel.months[0])}" if share == 100
                    else str(share), size=theme.TICK, color="ink2", align="right")
    bottom = panel.height(0)
    canvas.text(left, bottom + 16, "0", size=theme.TICK, color="ink2", align="center")
    canvas.text(panel.x, bottom + 36, WAITING, size=theme.TICK, color="ink2")
    for row in panel.months:
        x, last = panel.at(float(row.code)), row is panel.months[-1]
        canvas.text(x + (RIGHT if last else 0), bottom + 16, f"{row.code} mois" if last
                    else row.code, size=theme.TICK, color="ink2",
                    align="right" if last else "center")
        if not row.etat and not math.isnan(row.n):
            canvas.text(x, bottom + 52, formats.integer(row.n), size=theme.TICK,
                        align="center", cles=row.keys("n"))


def _steps(canvas: Canvas, panel: Panel) -> None:
    """Band and curve, month by month; a withheld month leaves a hatched gap."""
    line = [(panel.at(0), panel.height(0))]
    for row, begin, end in panel.spans():
        if row.etat:
            _curve(canvas, [*line, (begin, line[-1][1])] if line else [])
            line = []
            canvas.hatch(begin, panel.height(100), end - begin, PLOT)
            continue
        y = panel.height(row.valeur)
        line += ([(begin, line[-1][1])] if line else []) + [(begin, y), (end, y)]
        if not math.isnan(row.bas):
            high, low = panel.height(row.haut), panel.height(row.bas)
            canvas.rect(begin, high, end - begin, low - high, "m1")
            for edge in (high, low):
                canvas.rule([begin, end], [edge, edge], "m2", zorder=2)
    _curve(canvas, line)


def _curve(canvas: Canvas, points: Sequence[tuple[float, float]]) -> None:
    if len(points) > 1:
        canvas.rule(*zip(*points, strict=True), "region", 2.5, zorder=4)


def _values(canvas: Canvas, panel: Panel, nd: int) -> None:
    """Value or state of each month, above its mark."""
    known = [r for r in panel.months if not r.etat]
    DISC.draw(canvas.base, [panel.at(float(r.code)) for r in known],
              [panel.height(r.valeur) for r in known])
    for row, begin, end in panel.spans():
        if row.etat:
            canvas.text((begin + end) / 2, panel.height(0) - 8, row.etat, bold=True,
                        align="center", halo=True)
        else:
            canvas.text(begin, panel.height(row.valeur) - 12, formats.decimal(row.valeur, nd),
                        bold=True, align="center", halo=True, cles=row.keys("valeur"))
