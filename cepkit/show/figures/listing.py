"""Layout shared by row charts: label, track, columns when wide; label above its track when narrow.

Wide:   label 0-168 · track 174-414 · region 488 · France 544 · gap 602 · reading 617.
Narrow: label and reading on the first line, track and « region / France » on the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cepkit import codes, formats
from cepkit.show import theme
from cepkit.show.blocks import ARROWS
from cepkit.show.figures import rows as r_
from cepkit.show.figures.canvas import DIAMOND, DISC, Canvas
from cepkit.show.figures.rows import Row

TRACK = {True: (174.0, 414.0), False: (6.0, 214.0)}
LABEL = {True: 162.0, False: 206.0}
GROUP = 22.0


@dataclass(frozen=True)
class Place:
    """Where a row stands: `y` is the line of its mark, `top` and `bottom` its strip."""

    row: Row
    y: float
    top: float
    bottom: float
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Strip:
    """Rows of one group: a header band (or none), then its places."""

    groupe: str
    band: float | None
    places: tuple[Place, ...]

    @property
    def y(self) -> tuple[float, float]:
        return self.places[0].top, self.places[-1].bottom


def place(rows: Sequence[Row], wide: bool, top: float, pitch: float = 30) -> list[Strip]:
    """Strips from `top` down, in the order of the rows."""
    strips: list[Strip] = []
    y = top
    for name, members in _groups(rows):
        band = y if name else None
        y += GROUP + 2 if name else 0
        places = []
        for row in members:
            lines = tuple(theme.wrap(row.label, LABEL[wide], bold=not wide))
            height = max(pitch, 16 * len(lines) + 8) if wide else 16 * len(lines) + 28
            mark = y + height / 2 if wide else y + 16 * len(lines) + 13
            places.append(Place(row, mark, y, y + height, lines))
            y += height
        strips.append(Strip(name, band, tuple(places)))
        y += 4 if name else 0
    return strips


def _groups(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Consecutive rows of one group; a single group has no header."""
    found: list[tuple[str, list[Row]]] = []
    for row in rows:
        if not found or found[-1][0] != row.groupe:
            found.append((row.groupe, []))
        found[-1][1].append(row)
    return [("", found[0][1])] if len(found) == 1 else found


def spans(canvas: Canvas, strip: Strip) -> list[tuple[float, float]]:
    """Heights where the grid shows: the whole strip when wide, beside each mark when narrow."""
    if canvas.wide:
        return [strip.y]
    return [(p.y - 13, p.y + 12) for p in strip.places]


def end(strips: Sequence[Strip]) -> float:
    """Bottom of the last strip."""
    return strips[-1].y[1]


def heads(canvas: Canvas, rows: Sequence[Row], y: float, *, gap: bool = True,
          reading: bool = True) -> None:
    """Column titles of the wide layout."""
    style = {"size": theme.TICK, "bold": True, "color": "ink2"}
    region, france = (488, 544) if gap else (530, 600)
    for x, name, short in ((region, r_.heading(rows), "Région"),
                           (france, rows[0].compare, "France" if _france(rows) else "Repère")):
        if not name:
            continue
        fits = theme.width(name, theme.TICK, True) <= 60
        canvas.text(x, y, name if fits else short, align="right", **style)
    if gap:
        canvas.text(602, y, "Écart", align="right", **style)
    if reading and any(row.lecture for row in rows):
        canvas.text(617, y, "Lecture", **style)


def _france(rows: Sequence[Row]) -> bool:
    return rows[0].compare.startswith("France")


def short_reference(rows: Sequence[Row]) -> str:
    """Name of the zero line: short enough for an axis."""
    return "France" if _france(rows) else "repère"


def reading(canvas: Canvas, x: float, y: float, word: str, align: str) -> None:
    """A reading word, heavier when the gap is marked."""
    arrow = f"{ARROWS[word]} " if word in ARROWS else ""
    strong = word in (codes.AU_DESSUS, codes.EN_DESSOUS)
    canvas.text(x, y, arrow + word, bold=strong, color="ink" if strong else "ink2", align=align)


def write(canvas: Canvas, where: Place, nd: int, *, gap: bool = True) -> None:
    """Label, values and reading of one row."""
    (_wide if canvas.wide else _narrow)(canvas, where, nd, gap)


def _wide(canvas: Canvas, where: Place, nd: int, gap: bool) -> None:
    row, base = where.row, where.y + 4
    canvas.lines(0 if not row.groupe else 6, base - 8 * (len(where.lines) - 1), where.lines)
    region, france = (488, 544) if gap else (530, 600)
    canvas.text(region, base, r_.value(row, nd), bold=True, align="right", cles=row.keys("valeur"))
    if row.compare:
        canvas.text(france, base, r_.reference(row, nd), color="ink2", align="right",
                    cles=row.keys("reference"))
    if gap and r_.gap(row, nd):
        canvas.text(602, base, r_.gap(row, nd), align="right", cles=row.keys("ecart"))
    if row.lecture:
        reading(canvas, 617, base, row.lecture, "left")


def _narrow(canvas: Canvas, where: Place, nd: int, gap: bool) -> None:
    row, right = where.row, canvas.width
    canvas.lines(0, where.top + 14, where.lines, bold=True)
    if row.lecture:
        reading(canvas, right, where.top + 14, row.lecture, "right")
    other = f" / {r_.reference(row, nd)}" if row.compare else ""
    both = f"{r_.value(row, nd)}{other}{r_.suffix(row)}"
    canvas.text(right, where.y + 4, both, align="right", cles=row.keys("valeur", "reference"))


def band(canvas: Canvas, strip: Strip) -> None:
    """Header of a group: its name and the number of persons known."""
    if strip.band is None:
        return
    canvas.rect(0, strip.band, canvas.width, GROUP, "wash")
    canvas.text(6, strip.band + 15, strip.groupe, bold=True)
    known = r_.finite([p.row for p in strip.places], "n")
    if known and len(set(known)) == 1:
        canvas.text(canvas.width - 6, strip.band + 15, f"n = {formats.integer(known[0])}",
                    size=theme.TICK, color="ink2", align="right",
                    cles=strip.places[0].row.keys("n"))


def hatch(canvas: Canvas, axes, where: Place) -> None:
    """Hatched track of a withheld value: always the whole track."""
    low, high = axes.get_xlim()
    canvas.hatch(low, where.y - 7, high - low, 14, axes)


def legend_two(canvas: Canvas, rows: Sequence[Row], mark: str = "disc") -> None:
    """Key line: whose value, and what it is compared with."""
    name = r_.heading(rows)
    if mark == "disc":
        DISC.key(canvas, 8, 12)
        x = 20.0
    else:
        canvas.rect(0, 6, 22, 12, "region")
        x = 28.0
    canvas.text(x, 16, name, bold=True, color="region")
    x += theme.width(name, theme.TEXT, True) + 20
    if not r_.finite(rows, "reference"):
        return
    if mark == "disc":
        DIAMOND.key(canvas, x, 12)
    else:
        canvas.rule([x, x], [4, 20], "france", 3)
    canvas.text(x + 12, 16, rows[0].compare, bold=True)
