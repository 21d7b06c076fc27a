"""`pilotage.html`: the internal page of an exercice, from workbooks, texts and versions sent.

For the association only: it is in no manifest, no zip, and no page leads to it. It takes nothing
from the tables, quotes no remark and no internal note. It tells dates, so that it only changes
when what it tells does, or when an agreement lapses.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cepkit import codes, formats
from cepkit.edition.project import Paths
from cepkit.edition.schema import Edition
from cepkit.intake import accords, texts, workbook
from cepkit.intake.workbook_write import step_of
from cepkit.report import dialogue, releases, socle
from cepkit.report.version import SAID, state_of
from cepkit.show.blocks import fr
from cepkit.show.frame import page as framed

FILE = "pilotage.html"
Cells = Sequence[str]


@dataclass(frozen=True)
class Followed:
    """What the follow-up of one region holds on this machine."""

    code: str
    points: list[socle.Point]
    suivi: workbook.Suivi
    echanges: list[dialogue.Exchange]
    versions: list[releases.Release]


def followed(paths: Paths, code: str, edition: Edition) -> Followed:
    """Workbook, texts and versions sent of a region; all empty before `cepkit new region`."""
    folder = paths.region(code)
    suivi = workbook.of_region(paths, code, edition)
    operators = workbook.operators(edition.annee)
    due = max((j.date for j in edition.calendrier
               if step_of(j.etape, j.libelle) == socle.REMISE), default=None)
    points = socle.compute(socle.Suivi(
        suivi.lignes, texts.read(folder / "redaction")[0], operators, due))
    found = dialogue.exchanges(suivi.lignes["jalons"], suivi.lignes["remarques"], operators)
    return Followed(code, points, suivi, found, releases.releases(folder))


def page(edition: Edition, regions: Iterable[Followed], on: dt.date) -> str:
    """The page; `on` is the day for which agreements are valid or not."""
    regions = list(regions)
    register = accords.Register(
        accords.records(edition, {r.code: r.suivi for r in regions}), on)
    lacking = [(t.titre, str(p)) for t in edition.donnees.tables for p in register.refused(t)]
    parts = [_part("ensemble", "", "Le socle dans toutes les régions", _whole(regions)),
             _part("calendrier", "", "Calendrier de l’exercice", [_table(
                 "Dates de l’édition", ("Étape", "Date", "Précision"),
                 [(j.etape, formats.date(j.date), j.libelle)
                  for j in sorted(edition.calendrier, key=lambda j: j.date)],
                 "Aucune date dans edition.yml (clé « calendrier »).")]),
             _part("accords", "", "Accords manquants pour toutes les régions", [_table(
                 "Sources complémentaires qui ne sont pas lues", ("Source", "Ce qui manque"),
                 lacking, "Aucun.")])]
    parts += [_part(f"r{r.code}", r.code, codes.region_name(r.code),
                    _region(r, edition, register)) for r in regions]
    meta = {"exercice": edition.exercice, "annee": edition.annee, "titre": edition.titre,
            "fictif": edition.fictif, "donnees": edition.donnees.model_dump(mode="json")}
    return framed("pilotage.html.j2", meta, "Page interne", "Pilotage du suivi", sommaire=parts)


def _part(ident: str, numero: str, titre: str, tables: list[dict]) -> dict[str, Any]:
    return {"id": ident, "numero": numero, "titre": fr(titre), "tables": tables}


def _table(titre: str, heads: Cells, rows: Iterable[Cells], vide: str = "") -> dict[str, Any]:
    return {"titre": fr(titre), "heads": [fr(h) for h in heads], "vide": fr(vide),
            "rows": [[fr(str(c or "—")) for c in row] for row in rows]}


def _whole(regions: Sequence[Followed]) -> list[dict]:
    """One row a point, one column a state: in which regions it stands there."""
    states = (socle.FAIT, socle.EN_COURS, socle.A_FAIRE, socle.SANS_SUITE, socle.SANS_OBJET)
    rows = [(f"{points[0].numero}. {points[0].intitule}",
             *(", ".join(r.code for r, p in zip(regions, points, strict=True) if p.etat == state)
               for state in states))
            for points in zip(*(r.points for r in regions), strict=True)]
    return [_table("Codes des régions, point par point", ("Point", *states), rows,
                   "Aucune région.")]


def _region(r: Followed, edition: Edition, register: accords.Register) -> Iterator[dict]:
    rows = r.suivi.lignes
    version = state_of(rows["jalons"]).said()
    yield _table(f"Socle (version : {version})", ("Point", "État", "Détail"),
                 [(f"{p.numero}. {p.intitule}", p.etat, p.detail) for p in r.points])
    yield _table("Calendrier", ("Étape", "Prévue le", "Réalisée le"), [
        (_step(j), _day(j["date_prevue"]), _day(j["date_realisee"]))
        for j in sorted(rows["jalons"], key=lambda j: str(
            j["date_realisee"] or j["date_prevue"]))], "Aucune étape au classeur.")
    yield _table("Versions envoyées", ("Version", "Envoyée le", "Destinataires", "Motif"), [
        (SAID[v.version], _day(v.date), ", ".join(d["nom"] for d in v.manifest["destinataires"]),
         v.manifest.get("motif")) for v in r.versions], "Aucune.")
    yield _table("Dialogue avec les opérateurs", (
        "Opérateur", "État", "Envoyée le", "Réponse attendue le", "Relancé le", "Reçue le",
        "Remarques à traiter", "Divergences maintenues"), [
        (e.operateur, e.etat(dt.date.min), *map(_day, (e.envoye, e.attendue, e.relance, e.recue)),
         str(e.ouvertes()), str(e.divergences())) for e in r.echanges])
    yield _table("Remarques à traiter", ("N°", "Reçue le", "Auteur", "Repère", "Nature"), [
        (m["n"], _day(m["recue_le"]), m["auteur"], m["repere"], m["nature"])
        for m in rows["remarques"] if m["traitement"] == dialogue.A_TRAITER], "Aucune.")
    missing = [(t.titre, str(p)) for t in edition.donnees.tables
               if not register.refused(t) for p in register.uncovered(t, [r.code])]
    yield _table("Accords manquants", ("Source", "Ce qui manque"), missing, "Aucun.")


def _step(row: Mapping[str, Any]) -> str:
    return f"{row['etape']} : {row['destinataire']}" if row["destinataire"] else row["etape"]


def _day(day: dt.date | None) -> str:
    return formats.date(day, short=True) if day else ""
