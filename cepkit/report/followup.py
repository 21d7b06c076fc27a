"""Pieces of the report that come from the follow-up workbook or say how values are protected."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from cepkit import formats, show
from cepkit.lectures.investigation import Investigation
from cepkit.report.version import ENVOI
from cepkit.show import Col, card
from cepkit.text import enumerate_fr


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
    for kept_back in r.meta.get("retenues", ()):
        show.texte(kept_back)


def show_calendar(r: Any, ident: str) -> None:
    """Steps that took place, in the order of the calendar, and how operators answered."""
    steps = r.suivi("jalons")
    if steps.empty:
        show.absence("Aucune étape réalisée n’est inscrite au classeur de suivi.")
        return
    dated = steps.sort_values("date_realisee", kind="stable")
    show.table(dated.drop_duplicates(["etape", "date_realisee"]), id=ident,
               titre="Étapes réalisées du suivi", mesure=f"Calendrier, exercice {r.annee}",
               colonnes={"etape": "Étape", "date_realisee": Col("Date", "date")},
               source="classeur de suivi de l’association")
    if said := _answers(steps, len(r.suivi("remarques"))):
        show.texte(said)


def _answers(steps: Any, divergences: int) -> str:
    """How the draft was shared and answered: numbers of operators, never their names."""
    sent = steps[(steps["etape"] == ENVOI)].to_dict("records")
    if not sent:
        return ""
    days = sorted({str(s["date_realisee"]) for s in sent})
    when = f"le {formats.date(days[0])}" if len(days) == 1 else (
        f"entre le {formats.date(days[0])} et le {formats.date(days[-1])}")
    answers = Counter(s["reponse"] for s in sent)
    told = [(answers["Avec remarques"], "réponse avec remarques", "réponses avec remarques"),
            (answers["Sans remarque"], "réponse sans remarque", "réponses sans remarque"),
            (answers["Silence à l’échéance"], "absence de réponse à l’échéance",
             "absences de réponse à l’échéance"),
            (divergences, "divergence maintenue (annexe A)", "divergences maintenues (annexe A)")]
    said = enumerate_fr([formats.count(n, one, many) for n, one, many in told if n])
    shared = f"Le projet de rapport a été adressé à {formats.count(len(sent), 'opérateur')} {when}"
    return f"{shared} : {said}." if said else f"{shared}."


def show_investigations(r: Any) -> None:
    """Card of each investigation of the region: what its file says, then what the workbook adds.

    The report puts each before the text of its section (`assembly`).
    """
    for nom, (theme, lines) in sorted(_cards(r).items()):
        show.display(replace(card.fiche(lines), meta={"investigation": nom, "theme": theme}))


def _cards(r: Any) -> dict[str, tuple[str, dict[str, str]]]:
    found = {}
    for nom, own in r.meta.get("investigations", {}).items():
        lines = Investigation(r, nom).fiche()
        found[nom] = own["theme"], lines | {"Détail": f"investigation_{nom}.html"}
    for row in r.suivi("investigations").to_dict("records"):
        theme, lines = found.get(row["nom"], (row["theme"], {}))
        told = {"Questions": row["questions"], "Méthode": row["methode"],
                "Population et données": row["donnees"], "Enseignement": row["enseignement"]}
        found[row["nom"]] = theme, {h: t for h, t in told.items() if t} | lines
    return found
