"""`region.yml`: the association, its organisation, who stands for each operator in the region."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BeforeValidator

from cepkit.codes import REGIONS
from cepkit.edition import project
from cepkit.edition.base import Nom, Strict
from cepkit.edition.load import read_yaml, validate


class Organisation(Strict):
    """How the mission is carried: service, full-time equivalents, support."""

    service: str = ""
    etp: float | None = None
    appui: str = ""


class Representant(Strict):
    """Who stands for an operator family here, from when to when."""

    nom: str
    debut: dt.date | None = None
    fin: dt.date | None = None


def _representants(value: object) -> object:
    """A bare name (« ARML ») or a list of names is accepted."""
    items = value if isinstance(value, list) else [value]
    return [{"nom": i} if isinstance(i, str) else i for i in items]


class RegionFile(Strict):
    """The whole of `region.yml`; every key may be missing."""

    association: str = ""
    organisation: Organisation = Organisation()
    operateurs: dict[
        Literal["france_travail", "cap_emploi", "apec", "missions_locales", "operateur_regional"],
        Annotated[list[Representant], BeforeValidator(_representants)],
    ] = {}
    investigations: list[Nom] = []
    position_complements: Literal["avant_conclusion", "apres_prolongements"] = "avant_conclusion"


def load_region(exercice: str, code: str) -> RegionFile:
    """`parameters/<exercice>/regions/<code>/region.yml`; defaults when the file is absent.

    Raises `UsageError` for an unknown code, `ParametersError` with all problems of the file.
    """
    path = project.paths(exercice).region(project.check_region(code)) / "region.yml"
    return validate(RegionFile, read_yaml(path), path.name) if path.exists() else RegionFile()


def regions_with_files(exercice: str) -> list[str]:
    """Codes of the regions that have a folder under `parameters/<exercice>/regions`."""
    return [c for c in REGIONS if project.paths(exercice).region(c).is_dir()]
