"""From matplotlib's svg to the page's: classes for colours, few decimals, no metadata.

The pass flattens groups, replaces markers by circles and short paths, merges neighbours that
share a look, and adds `role`, `title` and `desc`. Nothing keeps an id but these two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from cepkit.show.theme import PALETTE, TEXT

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
NAMES = {hexa: name for name, hexa in PALETTE.items()}
SEVERAL = " ; "  # between the keys of a text that holds several numbers
_NUMBER = re.compile(r"-?\d+\.?\d*(?:e-?\d+)?")


def num(x: float) -> str:
    """A coordinate with one decimal at most: 12.04 -> "12", -0.25 -> "-.2"."""
    text = f"{x:.1f}".removesuffix(".0")
    return "0" if text == "-0" else re.sub(r"^(-?)0\.", r"\1.", text)


def _style(element: etree._Element) -> dict[str, str]:
    parts = (p.partition(":") for p in element.get("style", "").split(";") if ":" in p)
    return {k.strip(): v.strip() for k, _, v in parts}


def _colour(prefix: str, value: str | None) -> str:
    """Class of a colour; an unknown colour is a mistake of ours and stops the drawing."""
    if value in (None, "none"):
        return f"{prefix}-no" if prefix == "f" and value == "none" else ""
    if value.startswith("url("):
        return "f-hatch"
    if value not in NAMES:
        raise ValueError(f"colour {value} is not in the palette")
    return f"{prefix}-{NAMES[value]}"


def _look(style: dict[str, str]) -> dict[str, str]:
    """Attributes of a shape: classes, stroke width and dashes."""
    stroke = style.get("stroke")
    classes = [_colour("f", style.get("fill")), _colour("s", stroke)]
    look = {"class": " ".join(c for c in classes if c)}
    if stroke and stroke != "none" and style.get("stroke-width", "1") not in ("1", "1.0"):
        look["stroke-width"] = num(float(style["stroke-width"]))
    if style.get("stroke-dasharray", "none") != "none":
        look["stroke-dasharray"] = " ".join(map(num, _floats(style["stroke-dasharray"])))
    return look


def _floats(text: str) -> list[float]:
    return [float(n) for n in _NUMBER.findall(text)]


def _commands(d: str) -> list[tuple[str, list[float]]]:
    return [(c, _floats(args)) for c, args in re.findall(r"([MLCQz])([^MLCQz]*)", d)]


def compact(d: str, dx: float = 0, dy: float = 0) -> str:
    """Path data with relative lines and one decimal, rounding errors not accumulated."""
    out, x, y, start = [], 0.0, 0.0, (0.0, 0.0)
    for command, v in _commands(d):
        if command == "z":
            out.append("z")
            x, y = start
            continue
        points = [(round(v[i] + dx, 1), round(v[i + 1] + dy, 1)) for i in range(0, len(v), 2)]
        if command == "M":
            start = points[0]
            out.append(f"M{num(points[0][0])} {num(points[0][1])}")
        elif command == "L":
            out.append(_line(points[0][0] - x, points[0][1] - y))
        else:
            flat = (num(c) for p in points for c in (p[0] - x, p[1] - y))
            out.append(command.lower() + " ".join(flat))
        x, y = points[-1]
    return "".join(out).replace(" -", "-")


def _line(dx: float, dy: float) -> str:
    a, b = num(dx), num(dy)
    if b == "0":
        return "" if a == "0" else f"h{a}"
    return f"v{b}" if a == "0" else f"l{a} {b}"


def _circle(d: str) -> float | None:
    """Radius when the path is matplotlib's circle marker."""
    commands = _commands(d)
    if sum(c == "C" for c, _ in commands) != 8:
        return None
    return max(abs(n) for _, v in commands for n in v)


def _marker(use: etree._Element, paths: dict[str, str]) -> tuple[str, dict[str, str]]:
    d = paths[use.get(HREF)[1:]]
    x, y = float(use.get("x", 0)), float(use.get("y", 0))
    look = _look(_style(use))
    radius = _circle(d)
    if radius is not None:
        return "circle", {"cx": num(x), "cy": num(y), "r": num(radius), **look}
    return "path", {"d": compact(d, x, y), **look}


@dataclass(frozen=True)
class Text:
    """One line of text at (x, y), y being its baseline; `halo` clears the ground around it.

    `cles`: keys of the published values that it holds, in the order of their numbers.
    """

    x: float
    y: float
    text: str
    size: float = TEXT
    bold: bool = False
    color: str = "ink"
    align: str = "left"
    halo: bool = False
    cles: tuple[str, ...] = ()

    def element(self) -> tuple[str, dict[str, str], str]:
        """The svg element, styled by classes."""
        classes = [f"t{num(self.size)}"] if self.size != TEXT else []
        classes += ["b"] if self.bold else []
        classes += [{"right": "e", "center": "m"}[self.align]] if self.align != "left" else []
        classes += [f"f-{self.color}"] if self.color != "ink" else []
        classes += ["halo"] if self.halo else []
        look = {"class": " ".join(classes)} if classes else {}
        look |= {"data-cle": SEVERAL.join(self.cles)} if self.cles else {}
        return "text", {"x": num(self.x), "y": num(self.y), **look}, self.text


def _leaves(root: etree._Element) -> Iterator[tuple[str, dict[str, str], str]]:
    """(tag, attributes, text) of each drawn thing, in painting order."""
    paths = {p.get("id"): p.get("d") for p in root.iterfind(f".//{SVG}defs/{SVG}path[@id]")}
    inside = {e for defs in root.iter(f"{SVG}defs") for e in defs.iter()}
    for element in root.iter(f"{SVG}path", f"{SVG}use"):
        if element in inside:
            continue
        if element.tag == f"{SVG}use":
            yield *_marker(element, paths), ""
        else:
            yield "path", {"d": compact(element.get("d")), **_look(_style(element))}, ""


def _merged(leaves: Iterator[tuple[str, dict[str, str], str]]) -> list:
    """Neighbouring paths of one look become one path."""
    out: list = []
    for tag, attributes, text in leaves:
        look = {k: v for k, v in attributes.items() if k != "d"}
        if tag == "path" and not attributes["d"].strip("M0123456789. -z"):
            continue
        alike = out and tag == "path" == out[-1][0] and out[-1][3] == look
        if alike and "f-hatch" not in look.get("class", ""):
            out[-1][1]["d"] += attributes["d"]
        else:
            out.append([tag, attributes, text, look])
    return out


def rewrite(source: bytes, texts: Sequence[Text], *, ident: str, title: str, desc: str,
            css: str) -> str:
    """Our inline svg from matplotlib's marks and our texts; `ident` makes the two ids unique."""
    root = etree.fromstring(source)
    box = " ".join(num(n) for n in _floats(root.get("viewBox")))
    svg = etree.Element("svg", {
        "class": css, "viewBox": box, "role": "img", "focusable": "false",
        "aria-labelledby": f"{ident}-t {ident}-d"})
    for tag, suffix, text in (("title", "t", title), ("desc", "d", desc)):
        etree.SubElement(svg, tag, id=f"{ident}-{suffix}").text = text
    for tag, attributes, text, _ in _merged(_leaves(root)) + [[*t.element(), None] for t in texts]:
        etree.SubElement(svg, tag, attributes).text = text or None
    return etree.tostring(svg, encoding="unicode")
