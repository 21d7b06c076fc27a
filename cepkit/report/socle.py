"""The socle of an association: thirteen points computed from calendar, workbook and texts.

Internal: printed by `cepkit status`, never in what circulates (SPECIFICATION 6.5).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cepkit import formats
from cepkit.report.version import ENVOI
from cepkit.text import enumerate_fr

FAIT, EN_COURS, A_FAIRE = "fait", "en cours", "à faire"
SANS_SUITE, SANS_OBJET = "sollicité, sans suite", "sans objet"
HORS = ("Atelier France compétences", "Conseil d’administration ou bureau")
ANNUELLE, PRESENTATION = "Réunion annuelle au CREFOP", "Présentation au CREFOP"
REMISE, CLOTURE = "Remise à France compétences", "Clôture du dialogue"
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Point:
    """One point of the socle, its state, and what is missing or done."""

    numero: int
    intitule: str
    etat: str
    detail: str = ""


@dataclass(frozen=True)
class Suivi:
    """What the points are computed from: sheets of the workbook, texts by file stem, labels of the
    five operators, day of the handing over in the edition."""

    feuilles: Mapping[str, Rows]
    textes: Mapping[str, Any]
    operateurs: Sequence[str]
    remise: dt.date | None = None


def compute(s: Suivi) -> list[Point]:
    """The thirteen points, in order."""
    f = s.feuilles
    return [
        _volet(s, 1), _volet(s, 2), _annual(s), _documents(f["documents"]),
        _texts(5, "Courte analyse des données rédigée", s.textes, ("30",)),
        _texts(6, "Volet 1 décrit", s.textes, ("20", "21", "22", "23", "24")),
        _texts(7, "Volet 2 décrit", s.textes, ("31", "32", "33", "34")),
        _texts(8, "Introduction, conclusion et prolongements rédigés", s.textes,
               ("10", "11", "50", "60")),
        _shared(s), _remarks(s),
        _step(11, "Présentation au CREFOP", f["jalons"], PRESENTATION),
        _handed(s), _investigations(f["investigations"]),
    ]


def _met(rows: Rows, operator: str, volet: int) -> str:
    """State of the exchanges with one operator on one volet."""
    mine = [r for r in rows if r["forme"] not in HORS
            and r["volets"] in (f"Volet {volet}", "Les deux")]
    if any(r["etat"] == "Tenue" and operator in r["presents"] for r in mine):
        return FAIT
    states = [r["etat"] for r in mine if operator in r["invites"] and (
        r["etat"] != "Sans suite" or r["sollicitee_le"])]
    if any(e in ("Sollicitée", "Programmée", "Reportée") for e in states):
        return EN_COURS
    return SANS_SUITE if "Sans suite" in states else A_FAIRE


def _volet(s: Suivi, volet: int) -> Point:
    states = {o: _met(s.feuilles["rencontres"], o, volet) for o in s.operateurs}
    return Point(volet, f"Échange tenu avec chaque opérateur sur le volet {volet}",
                 _whole(states.values()), _missing(states))


def _whole(states: Iterable[str]) -> str:
    """State of a point made of several."""
    found = set(states)
    if found == {FAIT}:
        return FAIT
    if found <= {FAIT, SANS_SUITE}:
        return SANS_SUITE
    return A_FAIRE if found == {A_FAIRE} else EN_COURS


def _missing(states: Mapping[str, str]) -> str:
    """« à faire : Apec et Cap emploi ; en cours : … »."""
    parts = {e: [o for o, state in states.items() if state == e]
             for e in (A_FAIRE, EN_COURS, SANS_SUITE)}
    return " ; ".join(f"{e} : {enumerate_fr(names)}" for e, names in parts.items() if names)


def _annual(s: Suivi) -> Point:
    title = "Réunion annuelle au CREFOP, cinq opérateurs invités"
    rows = [r for r in s.feuilles["rencontres"] if r["forme"] == ANNUELLE]
    held = [r for r in rows if r["etat"] == "Tenue"]
    missing = [o for o in s.operateurs if not any(o in r["invites"] for r in held)]
    if held:
        detail = f"non inscrits comme invités : {enumerate_fr(missing)}" if missing else ""
        return Point(3, title, EN_COURS if missing else FAIT, detail)
    states = {r["etat"] for r in rows}
    if states & {"Sollicitée", "Programmée", "Reportée"}:
        return Point(3, title, EN_COURS)
    lapsed = any(r["etat"] == "Sans suite" and r["sollicitee_le"] for r in rows)
    return Point(3, title, SANS_SUITE if lapsed else A_FAIRE)


def _documents(rows: Rows) -> Point:
    n = sum(bool(r["apport"]) for r in rows)
    return Point(4, "Documents régionaux capitalisés", FAIT if n else A_FAIRE,
                 formats.count(n, "document"))


def _texts(number: int, title: str, texts: Mapping[str, Any], wanted: Sequence[str]) -> Point:
    states = {}
    for prefix in wanted:
        text = next((t for stem, t in texts.items() if stem.startswith(f"{prefix}_")), None)
        written = text is not None and text.redigee
        states[text.fichier if text else prefix] = (
            A_FAIRE if not written else EN_COURS if text.a_relire else FAIT)
    return Point(number, title, _whole(states.values()), _missing(states))


def _days(rows: Rows, step: str) -> list[dt.date]:
    return [r["date_realisee"] for r in rows if r["etape"] == step and r["date_realisee"]]


def _shared(s: Suivi) -> Point:
    rows = s.feuilles["jalons"]
    crefop = min(_days(rows, PRESENTATION), default=None)
    sent: dict[str, dt.date] = {}
    for row in rows:
        if row["etape"] == ENVOI and row["date_realisee"]:
            day = row["date_realisee"]
            sent[row["destinataire"]] = min(day, sent.get(row["destinataire"], day))
    states = {o: A_FAIRE if o not in sent else
              EN_COURS if crefop and sent[o] > crefop else FAIT for o in s.operateurs}
    return Point(9, "Projet partagé avec chaque opérateur avant le CREFOP",
                 _whole(states.values()), _missing(states))


def _remarks(s: Suivi) -> Point:
    title = "Remarques traitées, divergences à deux positions"
    rows, steps = s.feuilles["remarques"], s.feuilles["jalons"]
    left = [r["n"] for r in rows if r["traitement"] == "À traiter"]
    short = [r["n"] for r in rows if r["traitement"] == "Divergence maintenue"
             and not (r["position_tp"] and r["position_auteur"])]
    sent = [r for r in steps if r["etape"] == ENVOI and r["date_realisee"]]
    closed = _days(steps, CLOTURE) or (sent and all(r["reponse"] for r in sent))
    parts = [f"{what} : {', '.join(found)}" for what, found in (
        ("à traiter", left), ("sans les deux positions", short)) if found]
    if parts or sent and not closed:
        return Point(10, title, EN_COURS, " ; ".join(parts) or "dialogue ouvert")
    return Point(10, title, FAIT if closed else A_FAIRE)


def _step(number: int, title: str, rows: Rows, step: str) -> Point:
    days = _days(rows, step)
    return Point(number, title, FAIT if days else A_FAIRE,
                 f"le {formats.date(max(days))}" if days else "")


def _handed(s: Suivi) -> Point:
    title = "Remise à la date de l’édition"
    days = _days(s.feuilles["jalons"], REMISE)
    due = f"date de l’édition : {formats.date(s.remise)}" if s.remise else ""
    if not days:
        return Point(12, title, A_FAIRE, due)
    done = f"le {formats.date(min(days))}"
    return Point(12, title, FAIT, f"{done} ; {due}" if s.remise and min(days) > s.remise else done)


def _investigations(rows: Rows) -> Point:
    title = "Investigations déclarées avant l’atelier, enseignements restitués"
    kept = [r for r in rows if r["etat"] not in ("Abandonnée", "")]
    if not kept:
        return Point(13, title, SANS_OBJET)
    states = {r["nom"]: A_FAIRE if not r["declaree_le"] else
              FAIT if r["enseignement"] and not (
                  r["atelier"] and r["declaree_le"] > r["atelier"]) else EN_COURS for r in kept}
    return Point(13, title, _whole(states.values()), _missing(states))
