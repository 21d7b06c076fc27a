"""Annexe 1 in sentences: what the data hold, and what they can be made to say.

Sentences tell what was received, what is known of it and what cannot be compared. Fixed
wording stands in `donnees.yml`.
"""

from __future__ import annotations

from typing import Any

from cepkit import codes, formats
from cepkit.lectures import commun
from cepkit.lectures.livraison import (
    ABSENTE,
    PARTIELLE,
    Livraison,
    premiere_phrase,
    wording,
)
from cepkit.show import Cle
from cepkit.text import enumerate_fr

CEP = "conseil en évolution professionnelle"


class Donnees(Livraison):
    """Sentences and tables of annexe 1 for one region: `Donnees(Region.open(…))`."""

    # ---- key figures and five lines ------------------------------------------------------

    def chiffres_cles(self) -> list[Cle]:
        """Six key figures of the delivery."""
        data, every = self.meta["donnees"], f"sur {len(self.r.operateurs())}"
        files = len({x["fichier"] for x in self.recus})
        return [
            Cle("Jeu de données reçu le", formats.date(data["recu_le"], short=True),
                f"version {data['version']}", data["fournisseur"]),
            Cle("Tables lues", len(self.recus), "tables", formats.count(files, "fichier")),
            Cle("Opérateurs présents", len(self.presents), every, f"{self.r.nom}, {self.r.annee}"),
            Cle("Dimensions exploitables", len(self.exploitables),
                f"sur {len(self.dimensions)}", "renseignées par au moins un opérateur"),
            Cle("Part du volume non diffusée", self.meta["protection"]["part_volume"], "",
                "secret statistique, toutes tables et toutes régions"),
            Cle("Comparaisons refusées", len(self.refusees()),
                f"sur {len({c['comparaison'] for c in self.comparaisons})}", self.r.nom),
        ]

    def cinq_lignes(self) -> list[str]:
        """The five sentences, in their fixed roles."""
        return commun.check_five([
            self._ligne_recu(), self._ligne_mesure(), self._ligne_population(),
            self._ligne_coherence(), self._ligne_limites()])

    def _ligne_recu(self) -> str:
        day = formats.date(self.meta["donnees"]["recu_le"])
        operators = formats.count(len(self.presents), "opérateur")
        return (f"Le jeu de données {self.r.annee} reçu le {day} décrit {operators} sur "
                f"{len(self.r.operateurs())} et "
                f"{formats.count(len(self.exploitables), 'dimension')} {self.r.en}.")

    def _ligne_mesure(self) -> str:
        name = commun.lower_first(self.mesure["libelle"]).replace("CEP", CEP)
        text = f"Il compte des {name} : {premiere_phrase(self.mesure['definition'])}."
        added = self._non_additive()
        return f"{text} {added}" if commun.words(f"{text} {added}") <= commun.MOTS_MAX else text

    def _non_additive(self) -> str:
        """What does not add up across operators, when it is so."""
        m = self.meta["mesures"].get("beneficiaires")
        if m is None or "operateur" in m["additive"]:
            return ""
        return "Les bénéficiaires ne s’additionnent pas d’un opérateur à l’autre."

    def _ligne_population(self) -> str:
        found = next(((d, f) for d, f in self.populations() if f.valeur is not None), None)
        if found is None:
            return (f"Aucune population de référence n’est disponible {self.r.en} : aucun taux "
                    "n’est calculé.")
        d, _ = found
        text = (f"La population de référence est « {commun.lower_first(d['concept'])} », "
                f"{d['annee']}")
        whole = f"{text} ({d['champ']})."
        return whole if commun.words(whole) <= commun.MOTS_MAX else f"{text}."

    def _ligne_coherence(self) -> str:
        n, total = self.satisfaites, len(self.controles)
        verb = "sont satisfaites" if n > 1 else "est satisfaite"
        start = f"{formats.count(n, 'vérification')} sur {total} {verb} {self._portee()}"
        point = self._a_verifier()
        return f"{start} ; à vérifier : {point}." if point else f"{start}."

    def _a_verifier(self) -> str:
        """Main point to look at in the region."""
        causes = list(self.tableau_causes()["cause"])
        if not causes:
            return ""
        first = commun.lower_first(causes[0])
        return first if commun.words(first) <= 14 else "voir 1.4"

    def _portee(self) -> str:
        """What the checks of the page are about."""
        return f"{self.r.en} et pour la France"

    def _ligne_limites(self) -> str:
        years = [c for c in self.refusees() if c.startswith(str(self.r.annee))]
        text = (f"On ne peut pas comparer {self.r.annee} aux années précédentes, une rupture de "
                "série étant déclarée" if years
                else "Aucune rupture de série n’interdit de comparer les années livrées")
        return f"{text} ; {self._volume_masque()}."

    def _volume_masque(self) -> str:
        share = self.meta["protection"]["part_volume"]
        if share == "aucune":
            return "aucune part du volume n’est masquée"
        return f"{share} du volume de toutes les régions est masqué pour protéger les personnes"

    # ---- answers -------------------------------------------------------------------------

    def reponse_recus(self) -> str:
        """1.1: files, tables, day, regions."""
        files = len({x["fichier"] for x in self.recus})
        left = formats.count(self.ecartees(), "ligne est écartée", "lignes sont écartées")
        out = f" ; {left}" if self.ecartees() else ""
        return (f"{formats.count(files, 'fichier')} et {formats.count(len(self.recus), 'table')}, "
                f"reçus le {formats.date(self.meta['donnees']['recu_le'])}, pour "
                f"{formats.count(len(self.r.regions()), 'région')}{out}.")

    def reponse_mesures(self) -> str:
        """1.2: the main measure, and what is not to be mixed."""
        n = len(self._par_ordre()) - 1
        others = formats.count(n, "autre mesure est comptée", "autres mesures sont comptées")
        rest = f" ; {others} à part, sans jamais y être mêlée{'s' if n > 1 else ''}" if n else ""
        return (f"Les annexes comptent des {commun.lower_first(self.mesure['libelle'])}{rest}. "
                f"{self._non_additive()}").strip()

    def reponse_couverture(self) -> str:
        """1.3: complete everywhere, partial somewhere, absent everywhere; operators absent."""
        states = {d: [self._etat(d, o) for o in self.presents] for d in self.dimensions}
        full = [d for d, found in states.items()
                if all(s is not None and s["etat"] not in (ABSENTE, PARTIELLE) for s in found)]
        verb = "sont complètes" if len(full) > 1 else "est complète"
        parts = [f"{formats.count(len(full), 'dimension')} sur {len(self.dimensions)} {verb} chez "
                 f"tous les opérateurs présents {self.r.en}"]
        some = [d for d in self.exploitables if d not in full]
        none = [d for d in self.dimensions if d not in self.exploitables]
        for names, said in ((some, "en partie ou chez certains seulement"), (none, "absentes")):
            if names:
                titles = [commun.lower_first(self.titre_dimension(d)) for d in names]
                parts.append(f"{said} : {enumerate_fr(titles)}")
        missing = [self.r.libelle("operateur", o) for o in self.r.operateurs()
                   if o not in self.presents]
        if missing:
            parts.append(f"sans effectif livré : {enumerate_fr(missing)}")
        return " ; ".join(parts) + "."

    def reponse_coherence(self) -> str:
        """1.4: number of satisfied checks, number of causes of the others."""
        n, causes = self.satisfaites, len(self.tableau_causes())
        rest = f" ; {formats.count(causes, 'cause')} à connaître" if causes else ""
        return (f"{formats.count(n, 'vérification')} sur {len(self.controles)} "
                f"{'sont satisfaites' if n > 1 else 'est satisfaite'} {self._portee()}{rest}.")

    def phrase_ailleurs(self) -> str:
        """1.4: what is missing in other regions, in one sentence; empty when nothing is."""
        found = self.ailleurs()
        said = [f"{name} ({enumerate_fr(places)})" if name else enumerate_fr(places)
                for name, places in found.items()]
        return (f"Dans d’autres régions, des effectifs ne sont pas livrés : {enumerate_fr(said)} ; "
                "les nombres de la région n’en dépendent pas.") if said else ""

    def reponse_comparaisons(self) -> str:
        """1.5: what may be compared, what may not."""
        admitted = dict.fromkeys(c["comparaison"] for c in self.comparaisons if c["admise"])
        said = enumerate_fr([f"« {commun.lower_first(x)} »" for x in admitted])
        yes = (f"{formats.count(len(admitted), 'comparaison admise', 'comparaisons admises')} : "
               f"{said}" if admitted else "Aucune comparaison n’est admise")
        n = len(self.refusees())
        no = f" ; {formats.count(n, 'comparaison refusée', 'comparaisons refusées')}" if n else ""
        return f"{yes}{no}."

    def reponse_populations(self) -> str:
        """1.6: the population of the rates, its value, the place where the CEP is counted."""
        found = next(((d, f) for d, f in self.populations() if f.valeur is not None), None)
        if found is None:
            return (f"Aucune population de référence n’est publiée {self.r.en} dans les séries de "
                    "l’édition : aucun taux n’y est calculé.")
        d, figure = found
        return (f"Les taux sont rapportés à {formats.integer(figure.valeur)} "
                f"{commun.lower_first(d['libelle'])} ({figure.annee}) ; {self._lieu(d)}.")

    def _lieu(self, d: Any) -> str:
        """Place where the CEP is counted, against that of the population."""
        main = next(t for t in self.meta["plan"] if t["mesure"] == self.meta["mesure_principale"])
        places = wording()["lieux"]
        if main["lieu"] is None:
            return "le lieu où le CEP est compté n’est pas déclaré"
        if main["lieu"] == d["lieu"]:
            return f"le CEP et la population sont comptés au {places[d['lieu']]}"
        return (f"le CEP est compté au {places[main['lieu']]}, la population au "
                f"{places[d['lieu']]} : aucun taux par département n’est calculé")

    def reponse_contexte(self) -> str:
        """1.7: unemployment rate and job seekers of the region, France beside."""
        said = []
        for d in self.series():
            here, there = (self.r.denominateur(d["nom"], place)
                           for place in (self.r.code, codes.FRANCE))
            if here.valeur is None or d["unite"] != "%":
                continue
            rates = [commun.value(x.valeur, "%") for x in (here, there)]
            said.append(f"{commun.lower_first(d['libelle'])} : {rates[0]} {self.r.en} et "
                        f"{rates[1]} en France ({d['annee']})")
        if not said:
            return self.absence_contexte()
        text = " ; ".join(said)
        return commun.capital(text) + "."

    def contexte_vide(self) -> bool:
        """Whether no public series tells anything of the region."""
        return all(self.r.denominateur(d["nom"]).valeur is None for d in self.series())

    def absence_contexte(self) -> str:
        """Why the context of the region cannot be told."""
        reasons = dict.fromkeys(self.r.denominateur(d["nom"]).raison.rstrip(".")
                                for d in self.series())
        return f"{' ; '.join(x for x in reasons if x)}."

    def reponse_secret(self) -> str:
        """1.8: the rule in plain words, with its threshold; what the source withholds apart."""
        rule = self.meta["protection"]["regle"].rstrip(".")
        hidden, source = (int(self.tableau_secret()[k].sum()) for k in ("secretes", "source_seule"))
        count = formats.count(hidden, "valeur est retirée à ce titre",
                              "valeurs sont retirées à ce titre")
        said = count if hidden else "aucune valeur n’est retirée à ce titre"
        apart = formats.count(source, "valeur n’est pas diffusée par la source",
                              "valeurs ne sont pas diffusées par la source")
        return (f"{rule} ; {self.r.en}, toutes tables diffusées, {said}"
                f"{f' ; à part, {apart}' if source else ''}.")

    # ---- cautions ------------------------------------------------------------------------

    def note_permanente(self) -> str:
        """The permanent note on the operator that also accompanies job seekers."""
        name = self.r.libelle("operateur", codes.OPERATEURS[0])
        return wording()["note_permanente"].format(operateur=name)

    def prudence_couverture(self) -> str:
        """1.3: what a partial information means."""
        return ("Une information partielle ne décrit que les personnes pour lesquelles elle est "
                "connue ; les annexes donnent alors la base de chaque part.")

    def prudence_contexte(self) -> str:
        """1.7: the gap between the year of each series and that of the exercice."""
        gaps = {d["annee"]: self.r.annee - d["annee"] for d in self.series()
                if d["annee"] != self.r.annee}
        if not gaps:
            return f"Toutes les séries portent sur {self.r.annee}."
        said = [f"{year} ({formats.count(abs(gap), 'an')} {'avant' if gap > 0 else 'après'} "
                "l’exercice)" for year, gap in sorted(gaps.items())]
        return (f"Des séries portent sur une autre année que {self.r.annee} : "
                f"{enumerate_fr(said)}. Elles sont révisées d’une édition à l’autre : l’édition "
                "de chaque nombre est donnée en 1.6.")

    def prudence_secret(self) -> str:
        """1.8: fallbacks that were used, limits of the guarantee."""
        account = self.meta["protection"]
        used = account["replis_dits"] or ["Aucun regroupement de repli n’a été employé."]
        return " ".join([*used, *account["limites"]])

    # ---- fixed texts and questions -------------------------------------------------------

    def titre(self, section: str) -> dict[str, Any]:
        """Title, measure, headers, group and source of a table, for `show.table(…, **titre)`."""
        declared = wording()["sections"][section]
        data = self.meta["donnees"]
        said = {k: declared[k] for k in ("titre", "groupe", "note") if k in declared}
        if self.r.fictif and section in ("populations", "contexte"):
            said["note"] = wording()["reelles"]
        mesure = declared["mesure"].format(
            nom=self.r.nom, annee=self.r.annee, version=data["version"],
            recu_le=formats.date(data["recu_le"]))
        source = {"populations": "voir la colonne « Source et édition »",
                  "contexte": " ; ".join(dict.fromkeys(d["source"] for d in self.series()))}
        return {**said, "mesure": mesure, "colonnes": self.colonnes(section),
                "source": source.get(section, data["fournisseur"])}

    def methode(self) -> list[str]:
        """Paragraphs of « Méthode et sources » proper to this annexe."""
        return wording()["methode"]

    def questions(self) -> list[str]:
        """At most six questions to the operators: what is partly known, or not delivered."""
        asked = [self._question(d) for d in self.dimensions]
        found = [q for q in asked if q]
        return found[:6] or ["Quelles informations utiles au suivi, absentes de ce jeu de données, "
                             "existent dans vos outils ?"]

    def _question(self, dimension: str) -> str:
        """One question a dimension of the delivery that some operators do not fill."""
        if not self._livree(dimension):
            return ""
        states = {o: self._etat(dimension, o) for o in self.presents}
        missing = [self.r.libelle("operateur", o) for o, s in states.items()
                   if s is None or s["etat"] == ABSENTE]
        if not missing or len(missing) == len(states):
            return ""
        title = self.titre_dimension(dimension)
        return (f"L’information « {commun.lower_first(title)} » n’est pas livrée "
                f"({', '.join(missing)}) : existe-t-elle dans vos outils, et sous quelle forme ?")

    def _livree(self, dimension: str) -> bool:
        """Whether the dimension comes from the operators, not from the association's files."""
        return any(dimension in t["dimensions"] and t["origine"] == "france_competences"
                   for t in self.meta["plan"])
