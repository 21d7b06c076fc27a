"""Send a version: what must be settled first, each recipient's own copy, what is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatch
from typing import Any

from cepkit import formats
from cepkit.errors import Problem
from cepkit.report import compare, word
from cepkit.report.version import CREFOP, ENVOI, REMISE, VALIDEE, State

# What may leave: nothing else of the region's folder does.
ALLOWED = ("annexe_*.html", "investigation_*.html", "rapport.docx", "rapport.html", "rapport.pdf",
           "synthese.docx", "presentation.pptx", "tables.xlsx")
OUTSIDE = {VALIDEE: ("CREFOP",), CREFOP: ("CREFOP",), REMISE: ("France compétences",)}


def recipients(state: State, jalons: Iterable[Mapping[str, Any]],
               operators: Sequence[str]) -> tuple[str, ...]:
    """Who receives a version: the operators of the calendar (all five when it names none), then
    the CREFOP, then France compétences."""
    if state.version in OUTSIDE:
        return OUTSIDE[state.version]
    named = dict.fromkeys(j["destinataire"] for j in jalons
                          if j["etape"] == ENVOI and j["destinataire"])
    return tuple(named) or tuple(operators)


def open_remarks(remarks: Iterable[Mapping[str, Any]]) -> list[str]:
    """Numbers of the remarks still to be treated."""
    return [r["n"] for r in remarks if r["traitement"] == "À traiter"]


def unsettled(texts: Mapping[str, Any], remarks: Sequence[Mapping[str, Any]],
              motif: str) -> list[Problem]:
    """Texts of an earlier exercice not read again (refused without a reason given), remarks left
    open and figures typed by hand (told, never refused)."""
    found = []
    if old := [t.fichier for t in texts.values() if t.a_relire]:
        found.append(Problem(
            f"textes de l’exercice précédent à relire : {', '.join(old)}.", classe="parametres",
            fichier="redaction", bloquant=not motif, regle="une version envoyée est relue",
            reparation="relisez-les et passez leur statut à « relu », ou donnez un motif : "
                       "--motif \"…\"."))
    if left := open_remarks(remarks):
        found.append(Problem(
            f"{formats.count(len(left), 'remarque')} à traiter : {', '.join(left)}.",
            classe="parametres", fichier="suivi.xlsx", feuille="remarques", bloquant=False))
    for text in texts.values():
        if typed := list(dict.fromkeys(n.text for n in compare.typed(text.corps))):
            found.append(Problem(f"nombres écrits à la main : {' ; '.join(typed)}.",
                                 classe="parametres", fichier=f"redaction/{text.fichier}",
                                 regle="leur source est citée", bloquant=False))
    return found


def allowed(names: Iterable[str]) -> list[str]:
    """Names that may leave the association."""
    return [n for n in names if any(fnmatch(n, p) for p in ALLOWED)]


def copy_for(name: str, files: Mapping[str, bytes]) -> bytes:
    """The zip of a recipient: its Word copy says whose it is, so that its remarks find it again."""
    own = {n: word.stamped(d, {"cepkit_operateur": name}) if n == "rapport.docx" else d
           for n, d in files.items()}
    return word.zipped(own)
