"""May this complementary source be read? Agreements in the workbooks and in `edition.yml`.

A table whose `origine` is « partenaire » or « association » is not opened unless a complete,
current record aims at its file or at its name (« Source visée »); then each region found in it
must be covered by such a record: a row of its own workbook, or one of `accords` in the edition.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cepkit.codes import FRANCE, REGIONS, region_name
from cepkit.edition.schema import Edition, TableSource
from cepkit.errors import Problem
from cepkit.formats import date
from cepkit.intake.workbook_read import Suivi
from cepkit.intake.workbook_rules import consent_gaps
from cepkit.intake.workbook_schema import sheets
from cepkit.text import enumerate_fr, fold

FEUILLE = "consentements"
# origine -> natures of record that allow it.
NATURES = {"partenaire": ("Accord formel du partenaire", "Convention"),
           "association": ("Donnée interne de l’association",)}
# From the narrowest to the widest.
DIFFUSIONS = ("Usage interne", "Opérateurs", "CREFOP et France compétences", "Public")


@dataclass(frozen=True)
class Record:
    """One agreement and where it is written; `row` has the columns of the sheet as attributes."""

    row: Any
    regions: frozenset[str]
    fichier: str
    feuille: str | None = None
    lignes: tuple[int, ...] = ()

    def gaps(self, table: TableSource, on: dt.date) -> list[str]:
        """Why this record does not let `table` be read on that day (empty when it does)."""
        row, gaps = self.row, dict(consent_gaps(self.row))
        if row.nature not in NATURES[table.origine]:
            natures = enumerate_fr([f"« {n} »" for n in NATURES[table.origine]], "ou")
            gaps["nature"] = f"{natures}, non « {row.nature} »"
        if table.nature == "individuel" and row.donnees_personnelles in ("Aucune", "Agrégées"):
            gaps["donnees_personnelles"] = ("« Pseudonymisées » : cette table est individuelle")
        if row.valable_jusquau and row.valable_jusquau < on:
            gaps["valable_jusquau"] = f"un accord en cours : il est échu le {_date(row)}"
        if row.accord_le and row.accord_le > on:
            gaps["accord_le"] = "un accord déjà signé à ce jour"
        return [f"{label} ({self._column(nom)})" for nom, label in gaps.items()]

    def _column(self, nom: str) -> str:
        if self.feuille is None:
            return f"clé {nom}"
        return f"colonne « {next(c.titre for c in sheets()[FEUILLE].colonnes if c.nom == nom)} »"


def _date(row: Any) -> str:
    return row.valable_jusquau.strftime("%d/%m/%Y")


def records(edition: Edition, suivis: Mapping[str, Suivi]) -> list[Record]:
    """Every agreement of the exercice, those of the edition first."""
    found = [Record(a, frozenset(a.regions or REGIONS), f"edition.yml, accord {a.n}")
             for a in edition.accords]
    return found + [
        Record(SimpleNamespace(**row), frozenset({code}), f"regions/{code}/suivi.xlsx", FEUILLE,
               (row["ligne"],))
        for code, suivi in suivis.items() for row in suivi.lignes[FEUILLE]]


def narrowest(levels: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Region -> the narrowest of several permitted releases, regions sorted."""
    found = sorted(((code, DIFFUSIONS.index(level)) for part in levels
                    for code, level in part.items()), key=lambda p: (p[0], -p[1]))
    return {code: DIFFUSIONS[rank] for code, rank in found}


def narrower(levels: Mapping[str, str] | None, needed: str) -> set[str]:
    """Regions (« FR » too) whose agreement stops before `needed`."""
    return {c for c, level in (levels or {}).items()
            if DIFFUSIONS.index(level) < DIFFUSIONS.index(needed)}


@dataclass(frozen=True)
class Register:
    """The agreements of an exercice on a given day."""

    found: list[Record]
    on: dt.date

    def refused(self, table: TableSource, owners: Iterable[str] = ()) -> list[Problem]:
        """Problems (exit code 16) when nothing allows `table` to be opened at all.

        They concern the regions whose workbooks name it; all of them when the edition does. When
        nobody names it, `owners` (those of its investigation), or all: nothing tells whose it is.
        """
        if table.origine not in NATURES or self._valid(table):
            return []
        aimed = self._aimed(table)
        own = all(r.feuille for r in aimed)
        return ([self._incomplete(table, r, r.regions if own else ()) for r in aimed]
                or [self._missing(table, "suivi.xlsx", owners)])

    def lacking(self, table: TableSource, regions: Iterable[str]) -> list[str]:
        """Regions of the table that no valid record covers."""
        if table.origine not in NATURES:
            return []
        covered = frozenset().union(*(r.regions for r in self._valid(table)))
        return [c for c in REGIONS if c in set(regions) - covered]

    def uncovered(self, table: TableSource, regions: Iterable[str]) -> list[Problem]:
        """Problems for these regions, each with the regions that it concerns."""
        lacking = self.lacking(table, regions)
        aimed = [r for r in self._aimed(table) if r.regions & set(lacking)]
        bare = [c for c in lacking if not any(c in r.regions for r in aimed)]
        names = f" ({enumerate_fr([region_name(c) for c in bare])})"
        where = f"regions/{bare[0]}/suivi.xlsx" if len(bare) == 1 else f"suivi.xlsx{names}"
        return [self._incomplete(table, r, r.regions & set(lacking)) for r in aimed] + (
            [self._missing(table, where, bare)] if bare else [])

    def diffusion(self, table: TableSource, regions: Iterable[str]) -> dict[str, str]:
        """Widest lawful release of each region; the narrowest when several records speak."""
        if table.origine not in NATURES:
            return {}
        levels = narrowest([dict.fromkeys(r.regions & set(regions), r.row.diffusion)
                            for r in self._valid(table)])
        france = {FRANCE: min(levels.values(), key=DIFFUSIONS.index)} if levels else {}
        return levels | france

    def provenance(self, table: TableSource) -> str:
        """« Carif-Oref, accord A1 du 20/09/2022 ; reçu le 02/11/2022 », "" for other sources."""
        said = [f"{r.row.partenaire}, accord {r.row.n} du {date(r.row.accord_le, short=True)}"
                for r in self._valid(table)] if table.origine in NATURES else []
        received = f"reçu le {date(table.recu_le, short=True)}" if table.recu_le else ""
        return " ; ".join([*dict.fromkeys(said), *filter(None, [received])])

    def until(self, tables: Iterable[TableSource]) -> dt.date | None:
        """First day on which a record in use lapses: what was read must then be refused."""
        ends = [r.row.valable_jusquau for t in tables if t.origine in NATURES
                for r in self._valid(t)]
        return min(ends, default=None)

    def _aimed(self, table: TableSource) -> list[Record]:
        names = {fold(table.nom), fold(table.fichier), fold(Path(table.fichier).name)}
        return [r for r in self.found if fold(r.row.source_visee) in names]

    def _valid(self, table: TableSource) -> list[Record]:
        return [r for r in self._aimed(table) if not r.gaps(table, self.on)]

    def _incomplete(self, table: TableSource, record: Record,
                    regions: Iterable[str]) -> Problem:
        return Problem(
            f"accord du partenaire manquant : pour lire « {table.titre} », il faut "
            f"{enumerate_fr(record.gaps(table, self.on))}.", "accord", "", record.fichier,
            record.feuille, record.lignes, table.fichier,
            reparation="complétez cette ligne, ou retirez la table de edition.yml.",
            regions=tuple(sorted(regions)))

    def _missing(self, table: TableSource, where: str, regions: Iterable[str] = ()) -> Problem:
        natures = enumerate_fr([f"« {n} »" for n in NATURES[table.origine]], "ou")
        return Problem(
            f"accord du partenaire manquant : « {table.titre} » n’est visée par aucune ligne "
            f"(colonne « Source visée »). Il faut une ligne de nature {natures}.", "accord", "",
            where, FEUILLE, (), table.fichier,
            reparation="inscrivez l’accord dans le classeur de la région, ou dans « accords » de "
                       "edition.yml s’il couvre plusieurs régions ; ou retirez la table.",
            regions=tuple(regions))
