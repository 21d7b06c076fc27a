"""Annexe 4 in sentences: how the actors cooperate around the CEP.

Sentences state what the association recorded; none of them judges an actor, and what is not
recorded is said to be so. Fixed wording stands in `cooperations.yml`.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Mapping
from importlib import resources
from typing import Any

import yaml

from cepkit import formats
from cepkit.lectures import commun
from cepkit.lectures.recensement import (
    CREFOP,
    ECHEANCE,
    THEMES,
    TIRET,
    TP,
    Recensement,
    actors,
    filled,
    leading,
    named,
    short,
)
from cepkit.show import Cle, Col
from cepkit.text import enumerate_fr

SPRO = ("spro", "service public régional de l’orientation")
MOIS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
        "déc.")
A_SUIVRE = ("Non commencée", "Engagée", "Reportée")


@functools.cache
def wording() -> dict[str, Any]:
    """Fixed texts of annexe 4."""
    text = resources.files("cepkit.lectures").joinpath("cooperations.yml").read_text("utf-8")
    return yaml.safe_load(text)


class Cooperations(Recensement):
    """Sentences and tables of annexe 4 for one region: `Cooperations(Region.open(…))`."""

    # ---- key figures and five lines ------------------------------------------------------

    def chiffres_cles(self) -> list[Cle]:
        """Six key figures, no national value; « n.d. » when the workbook is empty."""
        an, planned = f"exercice {self.r.annee}", len(self.actions)
        rows = [
            ("Coopérations", len(self.cooperations), "en cours ou achevées", an),
            ("Acteurs impliqués", len(self.familles()), "familles d’acteurs",
             "participants et pilotes des coopérations"),
            ("Thèmes couverts", THEMES - len(self.sans_cooperation()), f"sur {THEMES}",
             "thème principal ou autre thème"),
            ("Actions du plan réalisées", len(self.realisees()) if planned else formats.ND,
             f"sur {planned}", "plan d’actions partagé"),
            ("Opérateurs ayant échangé avec l’association", len(self.operateurs_entendus()),
             f"sur {len(self.operateurs)}", f"échanges tenus, {an}"),
            ("Documents régionaux capitalisés", len(self.documents), "documents publics", an),
        ]
        reason = "classeur de suivi non rempli" if self.vide else "aucun plan d’actions inscrit"
        return [Cle(title, formats.ND if self.vide else value, unit, field, raison=reason)
                for title, value, unit, field in rows]

    def cinq_lignes(self) -> list[str]:
        """The five sentences, in their fixed roles."""
        if self.cooperations:
            first = [self._ligne_nombre(), self._ligne_formes(), self._ligne_themes()]
        else:
            empty = wording()["cinq_vide"]
            first = [empty["nombre"].format(en=self.r.en, annee=self.r.annee), empty["formes"],
                     empty["themes"]]
        return commun.check_five([*first, self._ligne_realisations(), self._ligne_limite()])

    def _accord(self, many: str, one: str) -> str:
        return many if len(self.cooperations) > 1 else one

    def _familles_dites(self) -> str:
        return formats.count(len(self.familles()), "famille d’acteurs", "familles d’acteurs")

    def _ligne_nombre(self) -> str:
        number = formats.count(len(self.cooperations), "coopération")
        return (f"En {self.r.annee}, {number} {self._accord('sont recensées', 'est recensée')} "
                f"{self.r.en} ; {self._accord('elles associent', 'elle associe')} "
                f"{self._familles_dites()}.")

    def _ligne_formes(self) -> str:
        counts = self.formes()
        top, adverb = leading(counts, self.modalites)
        said = [elide(f"{self._forme(m)} ({counts[m]})") for m in top]
        adverb = "" if len(counts) == len(top) else f"{adverb} "
        return (f"{self._accord('Elles prennent', 'Elle prend')} {adverb}la forme "
                f"{' et '.join(said)}.")

    def _forme(self, name: str) -> str:
        one, many = wording()["formes"].get(name, (name, name))
        return many if self.formes()[name] > 1 else one

    def _ligne_themes(self) -> str:
        top, adverb = leading(self.themes(), self.objets, first="d’abord")
        start = (f"{self._accord('Elles portent', 'Elle porte')} {adverb} sur "
                 f"{' et '.join(map(_objet, top))}")
        missing = self.sans_cooperation()
        if not missing:
            return f"{start} ; chacun des {THEMES} thèmes suivis a une coopération recensée."
        full = (f"{start} ; aucune coopération recensée ne porte sur "
                f"{enumerate_fr(list(map(_objet, missing)), 'ni sur')}.")
        if commun.words(full) <= commun.MOTS_MAX:
            return full
        verb = "n’ont" if len(missing) > 1 else "n’a"
        return (f"{start} ; {formats.count(len(missing), 'thème')} sur {THEMES} {verb} pas de "
                "coopération recensée.")

    def _ligne_realisations(self) -> str:
        found, parts = self.realisations(), [wording()["cinq_vide"]["realisations"]]
        if found:
            parts = [f"{_observables(len(found))}, dont « {_citation(found[-1])} »"]
        if self.actions:
            n = len(self.realisees())
            parts.append(f"{formats.count(n, 'action')} sur {len(self.actions)} du plan partagé "
                         f"{'sont réalisées' if n > 1 else 'est réalisée'}")
        return ". ".join(parts) + "."

    def _ligne_limite(self) -> str:
        when = f"au {formats.date(self.au())}" if self.au() else "à la date de cette version"
        return f"Ce recensement est celui de l’association, {when} ; il n’est pas exhaustif."

    # ---- answers -------------------------------------------------------------------------

    def reponse_modalites(self) -> str:
        """4.1: forms and their number."""
        forms = [f"{commun.lower_first(m)} ({n})" for m in self.modalites
                 if (n := self.formes()[m])]
        n = len(self.cooperations)
        return (f"{formats.count(n, 'coopération', 'coopérations')} en cours ou "
                f"{'achevées' if n > 1 else 'achevée'} en {self.r.annee}, sous "
                f"{formats.count(len(forms), 'forme')} : {enumerate_fr(forms)}.")

    def a_part(self) -> str:
        """4.1: the recorded cooperations that are not counted, by name; empty when all are."""
        if not self.autres:
            return ""
        said = [f"{named(c)}, {commun.lower_first(c['etat'])}" for c in self.autres]
        return f"À part, sans être compté dans cette annexe : {' ; '.join(said)}."

    def place_crefop(self) -> str:
        """4.1: place of the CREFOP and of the regional guidance service, as recorded."""
        found = [c["n"] for c in self.cooperations
                 if CREFOP in actors(c) or CREFOP in c["modalite"]]
        place = (f"Le CREFOP prend part à {formats.count(len(found), 'coopération')} "
                 f"({', '.join(found)})" if found
                 else "Le CREFOP ne figure dans aucune coopération recensée")
        fields = ("intitule", "realisation", "leviers", "difficultes")
        text = " ".join(str(c[f]) for c in self.cooperations for f in fields if filled(c[f]))
        cited = "est cité" if any(word in text.lower() for word in SPRO) else "n’est pas cité"
        return (f"{place} ; le service public régional de l’orientation {cited} dans les "
                "coopérations recensées.")

    def reponse_plan(self) -> str:
        """4.2: plans, CREFOP action card, follow-up asked for."""
        plans = {a["plan"] for a in self.actions}
        card = any(a["fiche_crefop"] == "Oui" for a in self.actions)
        asked = sorted(str(a["suivi_demande_le"]) for a in self.actions
                       if filled(a["suivi_demande_le"]))
        parts = [f"{formats.count(len(plans), 'plan partagé', 'plans partagés')} et "
                 f"{formats.count(len(self.actions), 'action')}, dont "
                 f"{formats.count(len(self.realisees()), 'réalisée')}",
                 "une fiche action du CREFOP existe" if card
                 else "aucune fiche action du CREFOP n’est inscrite"]
        if asked:
            parts.append("le CREFOP a demandé à l’association d’en assurer le suivi le "
                         f"{formats.date(asked[0])}")
        return " ; ".join(parts) + "."

    def reponse_participation(self) -> str:
        """4.3: actors, operators among them, pilots."""
        pilots = self.pilotes()
        led = {0: "aucun pilote n’est nommé", 1: "un pilote est nommé : "}.get(
            len(pilots), f"{len(pilots)} pilotes sont nommés : ") + enumerate_fr(pilots)
        operators = [o for o in self.operateurs if o in self.familles()]
        verb = "participent" if len(self.familles()) > 1 else "participe"
        return (f"{self._familles_dites()} {verb} aux coopérations recensées, dont "
                f"{formats.count(len(operators), 'opérateur')} du CEP sur "
                f"{len(self.operateurs)} ; {led}.")

    def reponse_themes(self) -> str:
        """4.4: themes covered, the most frequent ones, those without a cooperation."""
        counts, missing = self.themes(), self.sans_cooperation()
        top, adverb = leading(counts, self.objets, first="d’abord")
        said = enumerate_fr([f"{_objet(o)} ({counts[o]})" for o in top])
        rest = (f" ; aucune coopération recensée ne porte sur "
                f"{enumerate_fr(list(map(_objet, missing)), 'ni sur')}" if missing else "")
        covered = THEMES - len(missing)
        verb = "sont couverts" if covered > 1 else "est couvert"
        return f"{formats.count(covered, 'thème')} sur {THEMES} {verb}, {adverb} {said}{rest}."

    def reponse_realisations(self) -> str:
        """4.5: results, those with a number, the most recent one."""
        found = self.realisations()
        counted = sum(x["chiffre"] != TIRET for x in found)
        dated = [x for x in found if not x["date"].startswith(ECHEANCE)] or found
        return (f"{_observables(len(found))}, dont {counted} avec un chiffre ; la plus récente : "
                f"« {cut(dated[-1]['realisation'], 20)} ».")

    def reponse_leviers(self) -> str:
        """4.6: number of levers and difficulties."""
        counts = Counter(self.tableau_leviers()["liste"])
        parts = [formats.count(counts["Leviers"], "levier"),
                 formats.count(counts["Difficultés"], "difficulté")]
        return (f"{' et '.join(parts)} sont relevés dans les coopérations et les échanges de "
                "l’exercice.")

    def reponse_suites(self) -> str:
        """4.7: what became of the actions decided earlier."""
        n, counts = len(self.anciennes()), Counter(a["avancement"] for a in self.anciennes())
        states = enumerate_fr([f"{commun.lower_first(s)} ({k})" for s, k in counts.items()])
        verb = "ont été décidées" if n > 1 else "a été décidée"
        return f"{formats.count(n, 'action')} {verb} avant {self.r.annee} ; état : {states}."

    def reponse_echanges(self) -> str:
        """4.8: held exchanges, operators met, yearly meeting at the CREFOP."""
        k, total = len(self.operateurs_entendus()), len(self.operateurs)
        text = f"L’association a tenu {formats.count(len(self.echanges), 'échange')}"
        text += f", avec {formats.count(k, 'opérateur')} du CEP sur {total}" if k else ""
        yearly = self.annuelle()
        if yearly is None:
            return f"{text}."
        invited, present = len(yearly["invites"]), len(yearly["presents"])
        return (f"{text} ; à la réunion annuelle au CREFOP du {formats.date(yearly['date'])}, "
                f"{invited} familles d’acteurs étaient invitées, {present} présentes.")

    def reponse_documents(self) -> str:
        """4.9: documents by kind."""
        n, types = len(self.documents), Counter(short(d["type"]) for d in self.documents)
        said = enumerate_fr([f"{commun.lower_first(t)} ({k})" for t, k in types.items()])
        return (f"{formats.count(n, 'document public capitalisé', 'documents publics capitalisés')}"
                f" : {said}.")

    # ---- fixed texts and questions -------------------------------------------------------

    def titre(self, section: str) -> dict[str, Any]:
        """Title, measure, headers, group and source of a table, for `show.table(…, **titre)`."""
        declared = wording()["sections"][section]
        said = {k: declared[k] for k in ("titre", "colonnes", "groupe", "note") if k in declared}
        if section == "frise":
            said["colonnes"] = {"ligne": "Coopération"} | {
                f"{self.r.annee}-{m:02d}": Col(name, align="droite")
                for m, name in enumerate(MOIS, 1)}
        elif "ligne" in declared:
            heads = {a: Col(a, align="droite") for a in (*self.operateurs, TP)}
            total = {"total": Col(declared["total"], align="droite")} if "total" in declared else {}
            said["colonnes"] = {"ligne": declared["ligne"], **total, **heads,
                                "autres": "Autres acteurs"}
        mesure = declared["mesure"].format(nom=self.r.nom, annee=self.r.annee)
        return {**said, "mesure": mesure, "source": "classeur de suivi de l’association"}

    def prudence(self, section: str) -> str:
        """« À lire avec prudence » of a section."""
        return wording()["sections"][section]["prudence"]

    def absence(self, section: str) -> str:
        """Why a section has neither answer nor table."""
        unfilled, without_row = wording()["sections"][section]["absence"]
        return (f"Le classeur de suivi n’est pas encore rempli : {unfilled}." if self.vide
                else without_row)

    def methode(self) -> list[str]:
        """« Méthode et sources »: how the record is made, and the agreements that may be cited."""
        agreements = [f"{a['partenaire']}, {commun.lower_first(a['objet'])}"
                      + (f" (accord du {formats.date(a['accord_le'])})" if a["accord_le"] else "")
                      for a in self.feuilles["consentements"] if a["diffusion"] == "Public"]
        cited = f"Sources complémentaires : {' ; '.join(agreements)}." if agreements else ""
        return [*wording()["methode"], *([cited] if cited else [])]

    def questions(self) -> list[str]:
        """At most six questions to the operators, to complete or correct the record."""
        asked = ["Quelles coopérations faut-il ajouter, préciser ou corriger dans ce recensement ?"]
        if self.cooperations:
            asked += [f"Aucune coopération recensée ne porte sur {_objet(o)} : en connaissez-vous ?"
                      for o in self.sans_cooperation()[:2]]
        asked += [f"Quelles suites sont prévues pour l’action « {cut(a['action'])} » "
                  f"({commun.lower_first(a['avancement'])}) ?" for a in self.actions
                  if a["avancement"] in A_SUIVRE][:2]
        if any(filled(c["difficultes"]) for c in self.cooperations):
            asked.append("Que souhaitez-vous ajouter aux leviers et aux difficultés relevés ?")
        return asked


# ---- small pieces ------------------------------------------------------------------------


def _objet(name: str) -> str:
    """Theme with its article, acronyms in full."""
    return wording()["objets"].get(name, commun.lower_first(name))


def _citation(result: Mapping[str, str]) -> str:
    """A result in twelve words; where it holds several numbers, its cooperation or plan."""
    several = len(re.findall(r"\d+", result["realisation"])) > 1
    return cut(result["origine"].rsplit("(", 1)[0] if several else result["realisation"])


def _observables(n: int) -> str:
    return formats.count(n, "réalisation est observable", "réalisations sont observables")


def elide(text: str) -> str:
    """« de » before a noun: "actions communes" -> "d’actions communes"."""
    return f"d’{text}" if text[0].lower() in "aeéèêiouyh" else f"de {text}"


def cut(text: str, words: int = 12) -> str:
    """The first words of a sentence without its final stop: at most `words`, then « … »."""
    parts = text.strip().rstrip(".").split()
    return " ".join(parts) if len(parts) <= words else " ".join(parts[:words]).rstrip(",;:") + "…"
