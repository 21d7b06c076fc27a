"""Sheets, columns and lists of the follow-up workbook, as declared in `workbook.yml`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources

import yaml

from cepkit.codes import REGIONS, region_name

AUTRE = "Autre (préciser en remarque)"
NOTE = "note_interne"


@dataclass(frozen=True)
class Column:
    """One column: canonical name, French header, kind letter (see workbook.yml), list name."""

    nom: str
    titre: str
    kind: str
    liste: str | None
    obligatoire: bool
    etoile: bool
    aide: str = ""
    exemple: str = ""

    @property
    def entete(self) -> str:
        """Header as printed: a star marks a required column."""
        return f"{self.titre} *" if self.etoile else self.titre


@dataclass(frozen=True)
class Sheet:
    """One sheet: prefix of its numbers, columns, and the columns that may be printed."""

    nom: str
    prefixe: str
    usage: str
    ou: str
    colonnes: tuple[Column, ...]
    imprime: tuple[str, ...]


def _column(nom: str, titre: str, kind: str, aide: str, exemple) -> Column:
    code, _, liste = kind.rstrip("*+").partition(":")
    star = kind[-1] in "*+"
    return Column(nom, titre, code, liste or None, kind[-1] == "*", star, aide, str(exemple))


def _sheet(nom: str, d: dict) -> Sheet:
    first = Column("n", "N°", "T", None, False, False, "Aide", "EXEMPLE")
    last = Column(NOTE, "Note interne", "T", None, False, False, "Jamais imprimée.", "")
    columns = (first, *(_column(*c) for c in d["colonnes"]), last)
    return Sheet(nom, d["prefixe"], d["usage"], d["ou"], columns, tuple(d.get("imprime", ())))


@functools.cache
def _declared() -> dict:
    text = resources.files("cepkit.intake").joinpath("workbook.yml").read_text("utf-8")
    return yaml.safe_load(text)


@functools.cache
def sheets() -> dict[str, Sheet]:
    """The ten sheets in their order, by name."""
    return {nom: _sheet(nom, d) for nom, d in _declared()["feuilles"].items()}


@functools.cache
def lists(annee: int) -> dict[str, tuple[str, ...]]:
    """Closed lists of values for a year: Pôle emploi becomes France Travail in 2024."""
    operator = "France Travail" if annee >= 2024 else "Pôle emploi"
    values = {
        nom: tuple(v.replace("{operateur_emploi}", operator) for v in items)
        for nom, items in _declared()["listes"].items()
    }
    return values | {"regions": tuple(region_name(code) for code in REGIONS)}


def actors(annee: int) -> tuple[str, ...]:
    """The list « Acteurs », the five operators first."""
    return lists(annee)["acteurs"]


def operators(annee: int) -> tuple[str, ...]:
    """Labels of the five operators in the list « Acteurs », in the order of the law."""
    return actors(annee)[:5]


def printable_columns(feuille: str) -> list[str]:
    """Columns of a sheet that may reach an output (empty for a sheet never printed)."""
    return list(sheets()[feuille].imprime)
