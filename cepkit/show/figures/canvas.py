"""A sheet to draw on: text placed in pixels, data tracks drawn by seaborn, svg or PNG out.

One unit is one CSS pixel, the origin is top left. Nothing touches pyplot's global state.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator, NullLocator
from PIL import Image

from cepkit.show import svg, theme
from cepkit.show.blocks import FICTIF

COLOURS = theme.PALETTE
HATCH = "////"


class Canvas:
    """A figure of `width` × `height` units; `wide` tells which of the two layouts it holds."""

    def __init__(self, width: float, height: float, wide: bool = True):
        self.width, self.height, self.wide = width, height, wide
        self.figure = Figure(figsize=(width / 72, height / 72), dpi=72)
        self.texts: list[svg.Text] = []
        self.base = self.track((0, width), (0, height), (0, width))

    def track(self, x: tuple[float, float], y: tuple[float, float],
              scale: tuple[float, float]) -> Axes:
        """Axes over a rectangle: abscissa in data units, ordinate in pixels from the top."""
        (x0, x1), (y0, y1) = x, y
        axes = self.figure.add_axes(
            (x0 / self.width, 1 - y1 / self.height, (x1 - x0) / self.width,
             (y1 - y0) / self.height))
        axes.set(xlim=scale, ylim=(y1, y0), xlabel=" ", ylabel=" ")
        axes.xaxis.set_major_locator(NullLocator())
        axes.yaxis.set_major_locator(NullLocator())
        axes.set_axis_off()
        return axes

    def text(self, x: float, y: float, text: str, *, size: float = theme.TEXT, bold: bool = False,
             color: str = "ink", align: str = "left", halo: bool = False,
             cles: Sequence[str | None] = ()) -> None:
        """One line of text; `y` is its baseline. The page lays it out, not matplotlib."""
        known = tuple(c for c in cles if c)
        self.texts.append(svg.Text(x, y, text, size, bold, color, align, halo, known))

    def lines(self, x: float, y: float, lines: Sequence[str], step: float = 16, **style) -> None:
        """Several lines of text, the first on the baseline `y`."""
        for i, line in enumerate(lines):
            self.text(x, y + i * step, line, **style)

    def rect(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """A plain rectangle in pixels, under the tracks."""
        self.base.add_patch(Rectangle((x, y), width, height, color=COLOURS[color], lw=0))

    def hatch(self, x: float, y: float, width: float, height: float,
              axes: Axes | None = None) -> None:
        """The mark of a withheld value: hatched ground with an outline, of constant size."""
        (axes or self.base).add_patch(
            Rectangle((x, y), width, height, fc=COLOURS["paper"], hatch=HATCH, clip_on=False,
                      ec=COLOURS["hatch"], lw=1, zorder=2.5))

    def rule(self, x: Sequence[float], y: Sequence[float], color: str, width: float = 1,
             axes: Axes | None = None, **style) -> None:
        """A polyline, in pixels or in the units of `axes`."""
        (axes or self.base).plot(x, y, color=COLOURS[color], lw=width, clip_on=False,
                                 solid_capstyle="butt", **style)

    def area(self, path: Path, color: str | None) -> None:
        """A map area; `color` None means withheld."""
        ground = {"fc": COLOURS[color]} if color else {"fc": COLOURS["paper"], "hatch": HATCH}
        edge = {"ec": COLOURS["paper"]} if color == "land" else {"ec": COLOURS["ink"]}
        self.base.add_patch(PathPatch(path, lw=1, clip_on=False, **ground, **edge))

    def badge(self) -> None:
        """« Données fictives », written inside the drawing at the bottom right."""
        self.text(self.width - 2, self.height - 3, FICTIF, size=theme.TICK, bold=True,
                  color="ink2", align="right")

    def svg(self, *, ident: str, title: str, desc: str, css: str) -> str:
        """Inline svg of the page."""
        out = io.BytesIO()
        FigureCanvasSVG(self.figure).print_svg(out, metadata={"Date": None})
        return svg.rewrite(out.getvalue(), self.texts, ident=ident, title=title, desc=desc, css=css)

    def png(self, centimetres: float = 16, dpi: int = 200) -> bytes:
        """PNG at print size (`centimetres` for a drawing of full width), few colours."""
        for text in self.texts:
            self._set(text)
        scale = centimetres / 2.54 * dpi / theme.WIDE
        self.figure.set_dpi(72 * scale)
        canvas = FigureCanvasAgg(self.figure)
        canvas.draw()
        picture = Image.fromarray(np.asarray(canvas.buffer_rgba())[:, :, :3].copy())
        out = io.BytesIO()
        picture.quantize(48, dither=Image.Dither.NONE).save(out, "png", dpi=(dpi, dpi))
        return out.getvalue()

    def _set(self, text: svg.Text) -> None:
        """Add a text to the matplotlib figure, for the PNG only."""
        set_ = self.figure.text(
            text.x / self.width, 1 - text.y / self.height, text.text, fontsize=text.size,
            ha=text.align, va="baseline", color=COLOURS[text.color],
            weight="bold" if text.bold else "normal")
        if text.halo:
            set_.set_path_effects([withStroke(linewidth=4, foreground=COLOURS["paper"])])


@dataclass(frozen=True)
class Mark:
    """A shape with one meaning (LOOK §4)."""

    marker: str
    face: str
    edge: str
    size: float

    def draw(self, axes: Axes, x: Sequence[float], y: Sequence[float]) -> None:
        """Data marks, set by seaborn."""
        if not len(x):
            return
        before = len(axes.collections)
        sns.scatterplot(x=x, y=y, ax=axes, legend=False, zorder=5, **self._look())
        for collection in axes.collections[before:]:
            collection.set_clip_on(False)

    def key(self, canvas: Canvas, x: float, y: float) -> None:
        """The same shape in the key line."""
        canvas.base.scatter([x], [y], clip_on=False, zorder=5, **self._look())

    def _look(self) -> dict:
        return {"marker": self.marker, "s": self.size**2, "color": COLOURS[self.face],
                "edgecolor": COLOURS[self.edge], "linewidth": 2}


# Region, or a marked gap; a gap that is not marked; France.
DISC = Mark("o", "region", "region", 10)
OPEN = Mark("o", "paper", "region", 10)
DIAMOND = Mark("D", "paper", "france", 9)


def ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Round graduations that cover [low, high]."""
    found = MaxNLocator(count, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [round(float(t), 10) for t in found]


def grid(canvas: Canvas, axes: Axes, marks: Sequence[float], y: tuple[float, float],
         strong: float | None = None) -> None:
    """Vertical grid lines over `y`; the one at `strong` is the zero line or France."""
    plain = [m for m in marks if m != strong]
    axes.vlines(plain, *y, colors=COLOURS["grid"], lw=1, zorder=1, clip_on=False)
    if strong is not None:
        canvas.rule([strong, strong], y, "france", 2, axes=axes, zorder=2)
