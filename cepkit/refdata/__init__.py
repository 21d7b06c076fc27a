"""Reference data shipped with the package: official codes, outlines, populations, context.

Each data file stands beside a sidecar `<file>.yml` (title, source, year, edition, licence,
checksum, remarks). Files published by Insee and Dares are kept byte for byte.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pandas as pd
import yaml

from cepkit.errors import SourceError
from cepkit.text import suggestion

FOLDER = Path(__file__).parent
_DATA = (".csv", ".json", ".xls", ".xlsx")


def names() -> list[str]:
    """Names of the data files, relative to the folder, sorted: "cog/regions.csv"…"""
    files = (p for p in FOLDER.rglob("*") if p.suffix in _DATA)
    return sorted(p.relative_to(FOLDER).as_posix() for p in files)


def path(name: str = "") -> Path:
    """Path of a shipped file (the folder itself without a name); unknown name: SourceError."""
    name = name.removeprefix("@refdata").lstrip("/")
    found = FOLDER / name
    if not found.exists():
        raise SourceError(
            f"Le fichier de référence « {name} » n’existe pas.{suggestion(name, names())}")
    return found


@functools.cache
def source(name: str) -> dict:
    """Sidecar of a data file: titre, source, annee, edition, licence, sha256, remarques."""
    return yaml.safe_load(path(f"{name}.yml").read_text(encoding="utf-8"))


@functools.cache
def regions() -> pd.DataFrame:
    """The 18 regions by code: code, nom, zone, chefLieu, population_municipale, nb_departements."""
    return _codes("cog/regions.csv")


@functools.cache
def departements() -> pd.DataFrame:
    """The 101 departments by code: code, nom, region, chefLieu, population_municipale."""
    return _codes("cog/departements.csv")


@functools.cache
def outlines(level: str) -> dict:
    """Outlines of "regions" or "departements": viewBox, insets, features (code, nom, cx, cy, path).

    Coordinates are those of a 1000 × 800 drawing; overseas departments stand in boxes.
    """
    return json.loads(path(f"geo/{level}_insets.json").read_text(encoding="utf-8"))


def _codes(name: str) -> pd.DataFrame:
    frame = pd.read_csv(path(name), dtype=str, keep_default_na=False)
    numbers = [c for c in ("population_municipale", "nb_departements") if c in frame]
    return frame.astype(dict.fromkeys(numbers, "int64"))
