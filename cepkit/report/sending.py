"""Send a version: what must be settled first, each recipient's own copy, what is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatch
from typing import Any

from cepkit import formats
from cepkit.codes import FRANCE
from cepkit.errors import Problem
from cepkit.intake.accords import DIFFUSIONS, narrower
from cepkit.report import compare, word
from cepkit.report.version import CREFOP, ENVOI, PORTEES, REMISE, VALIDEE, State

# What may leave: nothing else of the region's folder does.
ALLOWED = ("annexe_*.html", "investigation_*.html", "rapport.docx", "rapport.html", "rapport.pdf",
           "synthese.docx", "presentation.pptx", "tables.xlsx")
FICHE = "fiche_{}.docx"  # of an operator, to that operator alone
# How far a recipient reaches, in the words of « Diffusion permise »; others are the public.
CERCLES = dict.fromkeys(("CREFOP", "France compétences", "DGEFP", "Région", "État (DREETS)"),
                        "CREFOP et France compétences")
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


def beyond(meta: Mapping[str, Any], code: str, state: State, to: str,
           operators: Sequence[str]) -> list[Problem]:
    """Complementary sources that the version prints and that this recipient may not receive
    (exit code 16). meta: public view of the edition."""
    reach = "Opérateurs" if to in operators else CERCLES.get(to, "Public")
    found = []
    for entry in (*meta.get("plan", ()), *meta.get("statistiques", ())):
        levels = {c: v for c, v in (entry.get("diffusion") or {}).items() if c in (code, FRANCE)}
        printed = narrower(levels, reach) - narrower(levels, PORTEES[state.version])
        if printed:
            allowed_to = min((levels[c] for c in printed), key=DIFFUSIONS.index)
            found.append(Problem(
                f"accord du partenaire manquant : « {entry['titre']} » ne peut pas être envoyé à "
                f"{to}.", "accord", f"diffusion permise : {allowed_to.lower()}", "suivi.xlsx",
                "consentements", reparation="inscrivez l’envoi dans « jalons » et relancez "
                "« cepkit run » si la version doit changer ; sinon obtenez un accord plus large, "
                "ou retirez la table de edition.yml."))
    return found


def allowed(names: Iterable[str], code: str | None = None) -> list[str]:
    """Names that may leave the association; the sheet of an operator (code) goes to it alone."""
    own = (FICHE.format(code),) if code else ()
    return [n for n in names if any(fnmatch(n, p) for p in (*ALLOWED, *own))]


def copy_for(name: str, files: Mapping[str, bytes]) -> bytes:
    """The zip of a recipient: its Word copy says whose it is, so that its remarks find it again."""
    own = {n: word.stamped(d, {"cepkit_operateur": name}) if n == "rapport.docx" else d
           for n, d in files.items()}
    return word.zipped(own)
