"""Rules that bind several cells of one row, several rows, or several sheets of the workbook."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace

from cepkit.errors import Problem
from cepkit.intake.workbook_schema import operators
from cepkit.text import enumerate_fr, suggestion

# (what is wrong, blocking?) for one row; a rule yields as many as it finds.
Finding = tuple[str, bool]
PERSONNELLES = ("Pseudonymisées", "Nominatives")


def _rencontres(row, annee: int) -> Iterator[Finding]:
    if row.etat == "Tenue" and not row.presents:
        yield "un échange « Tenue » exige « Acteurs présents ».", True
    if row.etat in ("Sollicitée", "Sans suite") and row.sollicitee_le is None:
        yield f"l’état « {row.etat} » exige « Sollicitée le ».", True
    if row.forme == "Réunion annuelle au CREFOP":
        missing = [o for o in operators(annee) if o not in row.invites]
        if missing:
            yield ("la réunion annuelle au CREFOP invite les cinq opérateurs ; il manque "
                   f"{enumerate_fr(missing)} dans « Acteurs invités »."), False


def _constats(row, annee: int) -> Iterator[Finding]:
    if row.publiable == "Oui, attribué":
        if row.valide_le is None:
            yield "« Oui, attribué » exige « Validé par l’acteur le ».", True
        if not row.acteurs:
            yield "« Oui, attribué » exige « Acteurs concernés ».", True


def _cooperations(row, annee: int) -> Iterator[Finding]:
    if row.debut and row.fin and row.fin < row.debut:
        yield "« Fin » vient avant « Début ».", True
    if row.quantite is not None and not row.unite:
        yield "une quantité exige son unité.", True


def _plan_actions(row, annee: int) -> Iterator[Finding]:
    if row.avancement == "Réalisée" and not row.realisation:
        yield "une action réalisée appelle une « Réalisation observable ».", False


def _remarques(row, annee: int) -> Iterator[Finding]:
    if row.traitement == "Divergence maintenue":
        if not (row.position_tp and row.position_auteur):
            yield "« Divergence maintenue » exige les deux positions.", True
        elif row.position_validee_le is None:
            yield ("la position de l’auteur n’est pas validée : elle s’imprime comme rapportée "
                   "par l’association."), False
    if row.traitement == "À traiter":
        yield f"la remarque {row.n} ({row.auteur}) reste à traiter.", False
    if row.traitement == "Non retenue, expliquée" and not row.reponse:
        yield "« Non retenue, expliquée » exige la réponse faite.", True


def _investigations(row, annee: int) -> Iterator[Finding]:
    if row.nom and not re.fullmatch(r"[a-z][a-z0-9_]*", row.nom):
        yield "« Nom court » s’écrit en minuscules, sans espace ni accent (non_recours).", True
    if row.etat in ("Déclarée", "En cours", "Achevée") and row.declaree_le is None:
        yield f"l’état « {row.etat} » exige la date de déclaration à France compétences.", True
    if row.declaree_le and row.atelier and row.declaree_le > row.atelier:
        yield "la déclaration suit l’atelier visé ; elle est attendue avant.", False


def consent_gaps(row) -> dict[str, str]:
    """Column -> why an agreement does not yet allow its source to be read (empty: complete).

    Public data only need their reference; personal data need a legal basis, the information of
    the persons and the opinion of the data protection officer; named data are never read.
    """
    if row.nature == "Donnée publique":
        return {}
    required = {
        "source_visee": "la source visée", "donnees_personnelles": "la nature des données",
        "usages": "les usages permis", "diffusion": "la diffusion permise",
        "accord_le": "la date de l’accord", "signataire": "la fonction du signataire",
        "valable_jusquau": "la date de validité", "conservation": "la durée de conservation",
    }
    if row.donnees_personnelles in PERSONNELLES:
        required |= {"base_legale": "la base légale", "information": "l’information des personnes",
                     "avis_dpd_le": "l’avis du délégué à la protection des données"}
    gaps = {nom: label for nom, label in required.items() if not getattr(row, nom)}
    if row.donnees_personnelles == "Nominatives":
        gaps["donnees_personnelles"] = ("des données non nominatives : une source nominative "
                                        "n’est jamais lue")
    if row.retire_le is not None:
        gaps["retire_le"] = "un accord en cours : il a été retiré"
    if row.detruit_le is not None:
        gaps["detruit_le"] = "des données conservées : elles sont déclarées détruites"
    return gaps


def _consentements(row, annee: int) -> Iterator[Finding]:
    if gaps := consent_gaps(row):
        yield f"accord du partenaire manquant : il faut {enumerate_fr(list(gaps.values()))}.", False


RULES: dict[str, Callable] = {
    "rencontres": _rencontres, "constats": _constats, "cooperations": _cooperations,
    "plan_actions": _plan_actions, "remarques": _remarques, "investigations": _investigations,
    "consentements": _consentements,
}


def references(text: str) -> list[str]:
    """Numbers quoted in a « Source » cell: "R001 ; D002" -> ["R001", "D002"]."""
    return [p.strip() for p in re.split(r"[;,\s]+", text) if p.strip()]


def _duplicates(rows: list[dict]) -> Iterator[tuple[tuple[int, ...], str, bool]]:
    lines: dict[str, list[int]] = {}
    for row in rows:
        lines.setdefault(row["n"], []).append(row["ligne"])
    for number, found in lines.items():
        if len(found) > 1:
            yield tuple(found), f"le N° « {number} » est employé plusieurs fois.", True


def _unknown_sources(sheets: Mapping[str, list[dict]], feuille: str, column: str, among):
    known = [row["n"] for nom in among for row in sheets[nom]]
    for row in sheets[feuille]:
        for number in references(row[column]):
            if number not in known:
                hint = suggestion(number, known)
                yield ((row["ligne"],), f"la source « {number} » n’est dans aucune feuille.{hint}",
                       True)


SOURCES = {
    "constats": ("source", ("rencontres", "documents", "cooperations")),
    "cooperations": ("source", ("rencontres", "documents")),
    "investigations": ("accord", ("consentements",)),
}


def check(sheets: Mapping[str, list[dict]], annee: int, fichier: str) -> list[Problem]:
    """Every broken rule of the workbook, each at its spreadsheet rows."""
    found = []
    for feuille, rows in sheets.items():
        findings = list(_duplicates(rows))
        rule = RULES.get(feuille)
        if rule is not None:
            findings += [((row["ligne"],), text, blocking) for row in rows
                         for text, blocking in rule(SimpleNamespace(**row), annee)]
        if feuille in SOURCES:
            findings += _unknown_sources(sheets, feuille, *SOURCES[feuille])
        found += [
            Problem(text, fichier=fichier, feuille=feuille, bloquant=blocking,
                    lignes=tuple(n for n in lines if n),
                    classe="accord" if feuille == "consentements" and not blocking
                    else "parametres")
            for lines, text, blocking in findings
        ]
    return found
