"""Maps: ratios by place of residence, three classes, withheld areas hatched, values written.

Class limits are the same for all regions of an edition: the national value less and plus the
threshold of a marked gap (10 %), rounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from cepkit import codes, formats, refdata
from cepkit.errors import UsageError
from cepkit.show import pieces, state, theme
from cepkit.show.blocks import Block
from cepkit.show.figures import rows
from cepkit.show.figures.canvas import Canvas
from cepkit.show.figures.figure import Drawing, Legend, figure
from cepkit.show.figures.geometry import Area, Frame, areas, bounds, fitted, outline

Niveau = Literal["departement", "region"]
SOURCE = "contours : IGN, Admin Express 2018, simplifiés"
INSETS = "Outre-mer : chaque cadre a son échelle."
FOOT = 20.0
HIGH = 32.0  # of a label of two lines


def carte(frame: pd.DataFrame, *, titre: str, mesure: str, lecture: str,
          niveau: Niveau = "departement", id: str | None = None,
          nationale: float | None = None, bornes: tuple[float, float] | None = None,
          **words: Any) -> Block:
    """Map of the departments of the region, or of the 18 regions with overseas boxes.

    frame: rows with the key column `niveau`, `valeur` (a ratio, by residence) and `reference`.
    nationale: national value, in the unit of `valeur` (default: `reference` when it is France);
    the two class limits stand around it, unless `bornes` gives them. A region of one department
    gets a sentence instead.
    """
    if niveau not in ("departement", "region"):
        raise UsageError(f"carte : niveau « {niveau} » ; « departement » ou « region » attendu.")
    page = state.of_frame(frame)
    kept = frame[~frame[niveau].isin([codes.TOTAL, codes.FRANCE, "FR_sans_region"])]
    if len(kept) < 2:
        return pieces.absence("La région ne compte qu’un département : aucune carte n’est tracée, "
                              "la valeur est celle de la région.")
    lines = rows.of_frame(kept, page, niveau)
    nd = rows.decimals(lines)
    centre, name = _centre(lines, nationale)
    limits = bornes or class_limits(centre, page.portee("rapport_pourcent"))
    # Classes are read on the values as written: 15.96 is printed 16,0 and stands in « 16 ou plus ».
    plain = [replace(r, label=re.sub(r"^\d[\dAB]\d? ", "", r.label), valeur=round(r.valeur, nd))
             for r in lines]
    drawing = Drawing(
        draw=lambda wide: _draw(plain, niveau, limits, nd, wide), frame=frame,
        css="fig-map" if niveau == "departement" else "",
        forme="Carte en trois classes ; valeur de chaque territoire",
        phrases=[_described(r, nd) for r in plain])
    said = (words.get("note"), method(page, name) if bornes is None else "",
            INSETS if niveau == "region" else "")
    words["note"] = " ".join(s for s in said if s)
    words.setdefault("source", _source(frame))
    return figure(Legend(titre, mesure, lecture, id, **words), drawing)


def _described(row: rows.Row, nd: int) -> str:
    missing = {formats.SECRET: "valeur non diffusée", formats.ND: "valeur non disponible"}
    said = missing.get(row.etat) or formats.decimal(row.valeur, nd) + rows.suffix(row)
    return f"{row.label} : {said}"


def _source(frame: pd.DataFrame) -> str:
    given = frame.attrs.get("cepkit", {}).get("source")
    return f"{given.rstrip('.')} ; {SOURCE}" if given else SOURCE


def _centre(lines: Sequence[rows.Row], nationale: float | None) -> tuple[float, str]:
    """Value around which the classes stand, and its name."""
    scale = 100 if lines[0].unite == "part" else 1
    if nationale is not None:
        return scale * nationale, "valeur nationale"
    known = rows.finite(lines, "reference")
    if known:
        name = lines[0].compare
        national = name.startswith("France") and "sans" not in name
        return known[0], "valeur nationale" if national else f"référence ({name})"
    return float(np.median(rows.finite(lines, "valeur") or [1.0])), "médiane des valeurs diffusées"


def class_limits(centre: float, percent: float) -> tuple[float, float]:
    """A value less and plus `percent` %, rounded to a half (to a tenth below 5)."""
    step = 0.5 if centre >= 5 else 0.1
    low, high = (round(centre * (1 + s * percent / 100) / step) * step for s in (-1, 1))
    return round(low, 1), round(high, 1)


def method(page: state.Page, name: str) -> str:
    """How the class limits were chosen."""
    percent = formats.decimal(page.portee("rapport_pourcent"), 0)
    same = ", les mêmes pour toutes les régions" if name == "valeur nationale" else ""
    return f"Limites des classes : {name} moins et plus {percent} %, arrondies{same}."


def colour(row: rows.Row, limits: tuple[float, float]) -> str | None:
    """Class of a value: m1 below the first limit, m3 from the second; None when there is none."""
    if row.etat:
        return None
    return "m1" if row.valeur < limits[0] else "m2" if row.valeur < limits[1] else "m3"


# --- drawing ---------------------------------------------------------------------------------
def _draw(lines: Sequence[rows.Row], niveau: Niveau, limits: tuple[float, float], nd: int,
          wide: bool) -> Canvas:
    atlas = refdata.outlines(f"{niveau}s")
    values = {r.code: r for r in lines}
    own = [f for f in atlas["features"] if f["code"] in values]
    _all_known(own, values)
    width = (512.0 if niveau == "departement" else theme.WIDE) if wide else theme.NARROW
    keys = _key_places(limits, lines, nd, width)
    top = 20.0 + keys[-1][1]
    tallest = 620.0 if wide else 440.0
    frame = fitted(own, width, tallest, top)
    if niveau == "departement":
        margin = _margin(areas(own, frame), values, nd, wide)
        frame = fitted(own, width - margin, tallest, top)
    canvas = Canvas(width, top + frame.height + FOOT, wide)
    if niveau == "departement":
        _neighbours(canvas, atlas["features"], own, frame, top)
    else:
        _insets(canvas, atlas, frame)
    places = areas(own, frame)
    for area in places:
        canvas.area(area.path, colour(values[area.code], limits))
    _labels(canvas, places, values, nd, limits)
    _key(canvas, keys)
    return canvas


def _all_known(own: Sequence[Mapping[str, Any]], values: Mapping[str, rows.Row]) -> None:
    unknown = sorted(set(values) - {f["code"] for f in own})
    if unknown:
        raise UsageError(f"carte : territoire sans contour : {', '.join(unknown)}.")


def _neighbours(canvas: Canvas, features, own, frame: Frame, top: float) -> None:
    """Grey departments around the region, cut to the drawing."""
    inside = {f["code"] for f in own}
    x0, y0, x1, y1 = bounds(own)
    margin = 12 / frame.scale
    box = (0.0, top, canvas.width, canvas.height - FOOT + 2)
    for f in features:
        a0, b0, a1, b1 = bounds([f])
        near = a0 < x1 + margin and a1 > x0 - margin and b0 < y1 + margin and b1 > y0 - margin
        if near and f["code"] not in inside and f["region"] not in codes.OUTRE_MER:
            path = outline(f["path"], frame, box)
            if len(path.vertices):
                canvas.area(path, "land")


def _insets(canvas: Canvas, atlas: Mapping[str, Any], frame: Frame) -> None:
    """Frames of the overseas regions, each with its own scale."""
    for inset in atlas["insets"]:
        x0, y0 = frame.at(inset["x"], inset["y"])
        x1, y1 = frame.at(inset["x"] + inset["w"], inset["y"] + inset["h"])
        x0 = max(0.5, x0)
        canvas.rule([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], "rule")


def _region(row: rows.Row) -> bool:
    """Whether a row is a region: departments have the same codes."""
    return row.code in codes.REGIONS and row.label == codes.region_name(row.code)


def _lines(area: Area, row: rows.Row, nd: int) -> tuple[str, str] | None:
    """What is written on an area: name or code, and value; None when it needs a leader.

    On the map of the regions the code is always written.
    """
    width, height = area.size
    value = rows.value(row, nd)
    if _region(row):
        return row.code, value
    for name, share, least in ((row.label, 0.94, 34), (row.code, 0.78, 30)):
        need = max(theme.width(value, 15, True), theme.width(name, theme.TEXT, True))
        if need <= share * width and height >= least:
            return name, value
    return None


def _leader_text(row: rows.Row, nd: int, wide: bool) -> str:
    return f"{row.label if wide else row.code} {rows.value(row, nd)}"


def _margin(places: Sequence[Area], values: Mapping[str, rows.Row], nd: int, wide: bool) -> float:
    """Room kept at the right for the labels of small areas."""
    inside = _written(places, values, nd)
    texts = [_leader_text(values[a.code], nd, wide) for a in places if a.code not in inside]
    return max((theme.width(t, theme.TEXT, True) + 22 for t in texts), default=0.0)


def _labels(canvas: Canvas, places: Sequence[Area], values: Mapping[str, rows.Row], nd: int,
            limits: tuple[float, float]) -> None:
    """Name (or code) and value on each area; a small one gets a leader line to the margin."""
    inside = _written(places, values, nd)
    for area in places:
        if (written := inside.get(area.code)) is None:
            continue
        row = values[area.code]
        dark = colour(row, limits) == "m3" and _inside(area, written)
        look = {"align": "center", "color": "paper" if dark else "ink", "halo": not dark}
        x, y = area.centre
        canvas.text(x, y - 2, written[0], bold=True, **look)
        canvas.text(x, y + 14, written[1], bold=True, size=15, cles=row.keys("valeur"), **look)
    _leaders(canvas, [a for a in places if a.code not in inside], values, nd)


def _written(places: Sequence[Area], values: Mapping[str, rows.Row],
             nd: int) -> dict[str, tuple[str, str]]:
    """Labels that stand on their areas, by code; two that would touch both leave for the margin."""
    found = {a: w for a in places if (w := _lines(a, values[a.code], nd))}

    def touch(a: Area, b: Area) -> bool:
        if _region(values[a.code]):
            return False
        (x, y), (u, v) = a.centre, b.centre
        return abs(x - u) < _half(found[a]) + _half(found[b]) and abs(y - v) < HIGH

    return {a.code: w for a, w in found.items()
            if not any(touch(a, b) for b in found if b is not a)}


def _half(written: tuple[str, str]) -> float:
    """Half the width of a label."""
    return max(theme.width(written[0], theme.TEXT, True), theme.width(written[1], 15, True)) / 2


def _inside(area: Area, written: tuple[str, str]) -> bool:
    """Whether the whole label stands on its area (else it takes a halo and dark letters)."""
    x, y = area.centre
    half = _half(written)
    corners = [(x + dx, y + dy) for dx in (-half, half) for dy in (-12, 15)]
    return bool(area.path.contains_points(corners).all())


def _leaders(canvas: Canvas, small: Sequence[Area], values: Mapping[str, rows.Row],
             nd: int) -> None:
    """Labels of small areas in the right margin, each joined to its area."""
    small = sorted(small, key=lambda a: a.centre[1])
    for area, y in zip(small, _spread([a.centre[1] for a in small], 18), strict=True):
        text = _leader_text(values[area.code], nd, canvas.wide)
        edge = canvas.width - theme.width(text, theme.TEXT, True) - 6
        canvas.rule([area.centre[0], edge], [area.centre[1], y], "ink", 1, zorder=8)
        canvas.base.scatter(*area.centre, s=16, color=theme.PALETTE["ink"], lw=0, zorder=8)
        canvas.text(canvas.width - 1, y + 4, text, bold=True, halo=True, align="right",
                    cles=values[area.code].keys("valeur"))


def _spread(wanted: Sequence[float], step: float) -> list[float]:
    """Heights at least `step` apart, centred on those wanted."""
    if not len(wanted):
        return []
    placed = [wanted[0]]
    for y in wanted[1:]:
        placed.append(max(y, placed[-1] + step))
    drift = (sum(placed) - sum(wanted)) / len(wanted)
    return [y - drift for y in placed]


Key = tuple[float, float, str, str]  # x, y, colour, words


def _key_places(limits: tuple[float, float], lines: Sequence[rows.Row], nd: int,
                width: float) -> list[Key]:
    """Where each item of the key goes, on as many lines as needed."""
    low, high = (formats.decimal(v, 1 if v % 1 else 0) for v in limits)
    below = formats.decimal(limits[1] - 10**-nd, nd)
    items = [("m1", f"moins de {low}"), ("m2", f"{low} à {below}"), ("m3", f"{high} ou plus")]
    states = {r.etat for r in lines} - {""}
    items += [("hatch", " ou ".join(sorted(f"{s[:-1]}." for s in states)) + " : sans valeur")] \
        if states - {formats.SECRET} else [("hatch", "s. : non diffusé")] if states else []
    x, y, placed = 0.0, 4.0, []
    for color, words in items:
        need = 24 + theme.width(words)
        if x + need > width:
            x, y = 0.0, y + 20
        placed.append((x, y, color, words))
        x += need + 16
    return placed


def _key(canvas: Canvas, places: Sequence[Key]) -> None:
    for x, y, color, words in places:
        if color == "hatch":
            canvas.hatch(x + 0.5, y, 18, 12)
        else:
            canvas.rect(x, y, 18, 12, color)
            canvas.rule([x, x + 18, x + 18, x, x], [y, y, y + 12, y + 12, y], "ink2", 0.6)
        canvas.text(x + 24, y + 11, words)
