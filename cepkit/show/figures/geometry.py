"""Outlines of territories as drawing paths: scaled, thinned alike on both sides of a border."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.path import Path
from matplotlib.transforms import Bbox

_NUMBER = re.compile(r"-?\d+\.?\d*")


@dataclass(frozen=True)
class Frame:
    """Scale and shift from the outlines' coordinates to the drawing, and the height used."""

    scale: float
    shift: tuple[float, float]
    height: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        return x * self.scale + self.shift[0], y * self.scale + self.shift[1]


@dataclass(frozen=True, eq=False)
class Area:
    """One territory: its outline in drawing units and where its label goes."""

    code: str
    path: Path
    centre: tuple[float, float]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the bounding box."""
        return tuple(np.ptp(self.path.vertices, axis=0))


@functools.cache
def rings(d: str) -> tuple[np.ndarray, ...]:
    """Rings of svg path data made of M, L and Z, each an array of shape (n, 2)."""
    parts = re.findall(r"M([^MZ]+)Z?", d)
    return tuple(np.array([float(n) for n in _NUMBER.findall(p)]).reshape(-1, 2) for p in parts)


def bounds(features: Sequence[Mapping[str, Any]]) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 of some features, in the outlines' coordinates."""
    points = np.vstack([r for f in features for r in rings(f["path"])])
    return (*points.min(axis=0), *points.max(axis=0))


def fitted(features: Sequence[Mapping[str, Any]], width: float, tallest: float, top: float,
           margin: float = 8) -> Frame:
    """Frame that fits the features in `width` × `tallest`, from `top` down."""
    x0, y0, x1, y1 = bounds(features)
    scale = min((width - 2 * margin) / (x1 - x0), (tallest - 2 * margin) / (y1 - y0))
    left = (width - scale * (x1 - x0)) / 2
    return Frame(scale, (left - scale * x0, top + margin - scale * y0),
                 scale * (y1 - y0) + 2 * margin)


def thinned(ring: np.ndarray, least: float = 1.5, passes: int = 3) -> np.ndarray:
    """The ring on whole units, without the vertices whose triangle is below `least` units².

    A vertex is judged on itself and its two neighbours only, so that both sides of a border
    lose the same ones (idea: Visvalingam and Whyatt 1993, doi:10.1179/000870493786962263).
    """
    points = np.round(ring)
    points = points[np.any(points != np.roll(points, 1, axis=0), axis=1)]
    for _ in range(passes):
        if len(points) < 4:
            break
        before, after = np.roll(points, 1, axis=0) - points, np.roll(points, -1, axis=0) - points
        area = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]) / 2
        keep = area >= least
        keep |= ~np.roll(keep, 1) & (np.arange(len(points)) % 2 == 0) & (area > 0)
        points = points[keep]
    return points


def outline(d: str, frame: Frame, within: tuple[float, float, float, float] | None = None) -> Path:
    """Matplotlib path of svg data in a frame, cut to the box `within` when it is given."""
    vertices, kinds = [], []
    for ring in rings(d):
        points = ring * frame.scale + frame.shift
        if within:
            closed = Path(np.vstack([points, points[:1]]), closed=True)
            points = closed.clip_to_bbox(Bbox.from_extents(*within)).vertices
        points = thinned(points)
        if len(points) > 2:
            vertices += [*points, points[0]]
            kinds += [Path.MOVETO, *[Path.LINETO] * (len(points) - 1), Path.CLOSEPOLY]
    return Path(np.array(vertices).reshape(-1, 2), kinds)


def areas(features: Sequence[Mapping[str, Any]], frame: Frame) -> list[Area]:
    """Areas in drawing units, in the order of the features."""
    return [Area(f["code"], outline(f["path"], frame), frame.at(f["cx"], f["cy"]))
            for f in features]
