"""Pieces of the report that come from the follow-up workbook or say how values are protected."""

from __future__ import annotations

from typing import Any

from cepkit import show
from cepkit.lectures.nationale_suivi import SANS_EFFECTIF
from cepkit.show import Col


def show_section(coop: Any, section: str, ident: str) -> None:
    """Answer and table of a section of `lectures.Cooperations`, or the reason of its absence."""
    frame = getattr(coop, f"tableau_{section}")()
    if frame.empty:
        show.absence(coop.absence(section))
        return
    show.reponse(getattr(coop, f"reponse_{section}")())
    show.table(frame, id=ident, **coop.titre(section))


def show_protection(r: Any) -> None:
    """« Secret statistique »: the rule, then what it does not cover."""
    show.texte(r.meta["protection"]["regle"])
    show.texte(" ".join(r.meta["protection"]["limites"]))


def show_calendar(r: Any, ident: str) -> None:
    """Steps that took place, in the order of the calendar."""
    steps = r.suivi("jalons")
    if steps.empty:
        show.absence("Aucune étape réalisée n’est inscrite au classeur de suivi.")
        return
    show.table(steps.drop_duplicates(["etape", "date_realisee"]), id=ident,
               titre="Étapes réalisées du suivi", mesure=f"Calendrier, exercice {r.annee}",
               colonnes={"etape": "Étape", "date_realisee": Col("Date", "date")},
               source="classeur de suivi de l’association")


def show_investigations(r: Any, ident: str) -> None:
    """Card of the declared investigations; nothing when there is none."""
    rows = r.suivi("investigations")
    if rows.empty:
        return
    columns = {"theme": "Thème", "questions": "Question", "methode": "Méthode",
               "donnees": "Données et population", "enseignement": "Enseignement principal"}
    show.table(rows, id=ident, titre="Investigations déclarées à France compétences",
               mesure=f"Approches complémentaires, exercice {r.annee}", colonnes=columns,
               source="classeur de suivi de l’association", note=SANS_EFFECTIF)
