"""Version of the report: read from the calendar of the workbook, said on every page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cepkit import formats
from cepkit.text import slug

BROUILLON, PARTAGEE, VALIDEE, CREFOP, REMISE = VERSIONS = (
    "Brouillon", "Partagée avec les opérateurs", "Validée par le conseil", "CREFOP", "Remise")
ENVOI = "Envoi aux opérateurs"
# Step of the sheet `jalons` -> version that it makes.
STEPS = {ENVOI: PARTAGEE, "Validation par le conseil d’administration": VALIDEE,
         "Présentation au CREFOP": CREFOP, "Remise à France compétences": REMISE}
SAID = {BROUILLON: "brouillon", PARTAGEE: "partagée avec les opérateurs",
        VALIDEE: "validée par le conseil d’administration", CREFOP: "présentée au CREFOP",
        REMISE: "remise à France compétences"}
# How far a version goes, in the words of « Diffusion permise ».
PORTEES = {BROUILLON: "Usage interne", PARTAGEE: "Opérateurs"} | dict.fromkeys(
    (VALIDEE, CREFOP, REMISE), "CREFOP et France compétences")
SLUGS = {v: slug(v.split()[0]) for v in VERSIONS}


@dataclass(frozen=True)
class State:
    """Version and the day it came to be."""

    version: str = BROUILLON
    date: dt.date | None = None

    @property
    def brouillon(self) -> bool:
        """True for a draft that stays with the analyst."""
        return self.version == BROUILLON

    @property
    def remise(self) -> bool:
        """True for the version handed over."""
        return self.version == REMISE

    def said(self) -> str:
        """« partagée avec les opérateurs, 9 mai 2023 »."""
        return SAID[self.version] + (f", {formats.date(self.date)}" if self.date else "")

    def band(self) -> str:
        """« Version non définitive » until the version handed over."""
        if self.remise:
            day = f" le {formats.date(self.date)}" if self.date else ""
            return f"Version {SAID[REMISE]}{day}."
        return f"Version non définitive : {self.said()}."


def state_of(jalons: Iterable[Mapping[str, Any]]) -> State:
    """The furthest version whose step took place, on its first day.

    A sending may be that of a later version (column « Version »); no other step reads it.
    """
    first: dict[str, dt.date] = {}
    for row in jalons:
        version, day = STEPS.get(row["etape"]), row["date_realisee"]
        if version is None or not day:
            continue
        if row["etape"] == ENVOI and row.get("version") in VERSIONS[1:]:
            version = row["version"]
        day = dt.date.fromisoformat(day) if isinstance(day, str) else day
        first[version] = min(day, first.get(version, day))
    reached = [v for v in VERSIONS if v in first]
    return State(reached[-1], first[reached[-1]]) if reached else State()
