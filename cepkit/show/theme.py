"""One theme for every drawing: palette, fonts, seaborn style, and the width of words.

Colours are the only place where hexadecimal values are written; `svg.py` turns them into the
classes of the style sheet (`f-region`, `s-grid`), so that print and forced colours work.
"""

from __future__ import annotations

import functools
from importlib import resources
from pathlib import Path

import matplotlib as mpl
import seaborn as sns
from matplotlib import font_manager, ft2font

# Names of LOOK §3; « hatch » is the ground of a hatched (withheld) area.
PALETTE = {
    "ink": "#1b262e", "ink2": "#4b5761", "region": "#0b5e7d", "france": "#3d464d",
    "paper": "#ffffff", "wash": "#f2f5f6", "seuil": "#e3e7ea", "grid": "#dde1e4",
    "rule": "#c8ced2", "hatch": "#5f6b74", "land": "#eceeef",
    "m1": "#d3e6ed", "m2": "#85b5c6", "m3": "#0b5e7c",
}
FAMILY = "Cep Sans"
FONTS = Path(str(resources.files("cepkit.show") / "fonts"))
WIDE, NARROW = 720, 336  # drawing units: one unit is one CSS pixel
TEXT, TICK = 13, 12
UNITS_PER_INCH = 100  # 7.2 in wide


@functools.cache
def _font(bold: bool) -> ft2font.FT2Font:
    font = ft2font.FT2Font(str(FONTS / f"CepSans-{'Bold' if bold else 'Regular'}.ttf"))
    font.set_size(TEXT, 72)
    return font


@functools.cache
def width(text: str, size: float = TEXT, bold: bool = False) -> float:
    """Width of a line of text in drawing units."""
    font = _font(bold)
    font.set_text(text, 0.0, flags=ft2font.LoadFlags.NO_HINTING)
    return font.get_width_height()[0] / 64 * size / TEXT


def wrap(text: str, limit: float, size: float = TEXT, bold: bool = False) -> list[str]:
    """Lines of at most `limit` units, cut at spaces."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and width(f"{lines[-1]} {word}", size, bold) <= limit:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


@functools.cache
def _register() -> None:
    for path in sorted(FONTS.glob("*.ttf")):
        font_manager.fontManager.addfont(path)


@functools.cache
def rc() -> dict:
    """Matplotlib parameters: seaborn's white style, our ink, our font, text kept as text."""
    _register()
    return {
        **sns.axes_style("white"), **sns.plotting_context("paper"),
        "svg.fonttype": "none", "svg.hashsalt": "cepkit", "font.family": [FAMILY],
        "font.size": TEXT, "text.color": PALETTE["ink"], "axes.edgecolor": PALETTE["ink2"],
        "hatch.color": PALETTE["hatch"], "hatch.linewidth": 1.7, "path.simplify": False,
        "figure.dpi": UNITS_PER_INCH, "lines.solid_capstyle": "butt",
        "patch.linewidth": 0, "axes.unicode_minus": True,
    }


def context() -> mpl.RcParams:
    """The theme as a context manager; nothing global is changed."""
    return mpl.rc_context(rc())
