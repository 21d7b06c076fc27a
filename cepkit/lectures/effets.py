"""Sentences of the investigation « effets »: what persons say of their CEP, six months later."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit import indicators as ind
from cepkit.lectures import commun as c
from cepkit.lectures.investigation import Investigation
from cepkit.show import Cle
from cepkit.text import enumerate_fr

REPONSES, GROUPES, GRILLE = "effets_reponses", "effets_groupes", "effets_grille"
PARTICIPATION, REPONDANT = "effets_participation", "repondant"
UTILITE, SITUATION, APPORTS, DEMARCHES = (f"effets_{q}" for q in (
    "utilite", "situation", "apports", "demarches"))
AVANT, APRES, STATUT, THEME, AVEC = (f"effets_{q}" for q in (
    "avant", "apres", "statut", "theme", "theme_avec"))
UTILE, CONFIANT = ("tout_a_fait", "plutot_oui"), "tout_a_fait"
MESURE = "Part des réponses, pondérée par sexe et âge, six mois après l’entrée"
PLUSIEURS = "Plusieurs réponses possibles : les parts dépassent 100 %."
CALCUL = (
    "Parts pondérées : les répondants sont calés sur toutes les personnes sollicitées, par sexe et "
    "âge (raking ratio) ; intervalle de Wilson sur la taille efficace de Kish ; nombre de réponses "
    "à la dizaine. Sous le nombre minimal de réponses, rien n’est montré ; une part qui "
    "permettrait de retrouver un petit effectif est arrondie davantage, ou retirée.",
    "Écarts entre groupes, ou entre avant et après : méthode 10 de Newcombe sur les tailles "
    "efficaces. Entre avant et après, les mêmes personnes répondent : l’intervalle est prudent.",
    "Entretiens : nombre d’entretiens qui abordent un thème, puis deux thèmes ensemble. Sous le "
    "nombre minimal d’entretiens, rien n’est montré. Aucun regroupement par opérateur.")
EFFET = (
    "Un effet, c’est la différence entre ce qui est arrivé et ce qui serait arrivé sans le CEP. "
    "L’enquête ne montre que la première moitié : elle décrit ce que les personnes disent et ce "
    "qu’elles font six mois après.",
    "On peut écrire : « parmi les personnes reçues, telle part est en emploi six mois après ». On "
    "ne peut pas écrire : « grâce au CEP ».",
    "Un changement entre avant et après n’est pas encore un effet : le temps passe, la situation "
    "change, et l’on répond autrement à la même question.",
    "Un écart entre deux groupes décrit ces groupes : ils différaient déjà à l’entrée.")


def part(line: pd.Series, column: str = "valeur") -> str:
    """A share of a survey: it is known to a whole per cent."""
    return formats.percent(line[column], 0) if c.published(line) else c.cell(line)


@dataclass(frozen=True)
class Effets(Investigation):
    """A survey weighted to the persons asked, and coded interviews."""

    nom: str = "effets"

    # ---- who answered -----------------------------------------------------------------------

    @cached_property
    def participation(self) -> pd.DataFrame:
        rows = self.valeurs(ind.shares, PARTICIPATION, "effets_reponse", reference=None)
        return rows[rows["modalite"].eq(REPONDANT)].reset_index(drop=True)

    def reponse_participation(self) -> str:
        return self.reponse(self.participation, "des personnes sollicitées ont répondu")

    def par_age(self) -> pd.DataFrame:
        rows = self.valeurs(ind.shares, PARTICIPATION, "effets_reponse", within="effets_age",
                            reference=None)
        return rows[rows["modalite"].eq(REPONDANT)].reset_index(drop=True)

    def tableau_participation(self) -> dict[str, Any]:
        return {"titre": "Participation selon l’âge",
                "mesure": "Part des personnes sollicitées qui ont répondu",
                "colonnes": {**self.lieu,
                             "effets_age": "Âge", "numerateur": "Ont répondu",
                             "denominateur": "Sollicitées", "valeur": "Part",
                             "intervalle": "Intervalle à 95 %"}}

    def prudence_participation(self) -> str:
        """What the weights do, and do not."""
        return ("Toutes ne répondent pas également : les réponses sont pondérées (calage par sexe "
                "et âge) pour représenter toutes les personnes sollicitées. La taille efficace dit "
                "ce qu’il reste de précision. Rien ne corrige ce qui distingue les répondants à "
                "sexe et âge égaux.")

    # ---- answers ----------------------------------------------------------------------------

    def question(self, question: str, par: str | None = None) -> pd.DataFrame:
        """Answers to a question: the region's rows, or those of each region."""
        nom = GROUPES if question in (UTILITE, SITUATION) else REPONSES
        return self.valeurs(ind.survey, nom, question, par=par)

    def montre(self, frame: pd.DataFrame) -> bool:
        """Is a figure drawn? On a region's page, as soon as one part is published."""
        return not self.commune and c.connu(frame)

    @cached_property
    def utilite(self) -> pd.DataFrame:
        return self.question(UTILITE)

    @cached_property
    def situation(self) -> pd.DataFrame:
        return self.question(SITUATION)

    @cached_property
    def apports(self) -> pd.DataFrame:
        return self.question(APPORTS)

    def lignes(self, frame: pd.DataFrame) -> str:
        """« Situation à six mois : 58 % (en emploi), 20 % (en formation)… », one part a region."""
        said = []
        for region, rows in frame.groupby("region", sort=False):
            known = [x for _, x in rows.iterrows() if c.published(x)]
            where = f"{codes.region_name(region)}, " if self.commune else ""
            said.append(where + (enumerate_fr([
                f"{part(x)} ({c.lower_first(self.nomme(x))})" for x in known])
                if known else c.lower_first(c.reason(rows.iloc[0]).rstrip("."))))
        return f"{self.intitule(frame['dimension'].iloc[0])} : {' ; '.join(said)}."

    def intitule(self, question: str) -> str:
        """Printed name of a question."""
        return self.r.meta["nomenclatures"][question]["titre"]

    def nomme(self, line: pd.Series) -> str:
        """Label of the answer of a row."""
        return self.r.libelle(line["dimension"], line["modalite"])

    def titre_premiere(self, frame: pd.DataFrame, quoi: str) -> str:
        """Title that says the most frequent answer of a region's page."""
        known = frame[frame["etat"].eq(codes.PUBLIE)]
        if self.commune or known.empty:
            return quoi
        line = known.loc[known["valeur"].astype(float).idxmax()]
        return f"{quoi} : « {self.nomme(line)} » est la réponse la plus fréquente ({part(line)})"

    def figure(self, frame: pd.DataFrame, quoi: str, plusieurs: bool = False) -> dict[str, Any]:
        """Words of a figure of answers."""
        known = frame[frame["etat"].eq(codes.PUBLIE)]
        line = known.iloc[0] if len(known) else None
        read = ("Aucune part n’est montrée." if line is None else
                f"« {self.nomme(line)} » : {part(line)} des "
                f"réponses, entre {part(line, 'borne_inf')} et "
                f"{part(line, 'borne_sup')} (intervalle à 95 %).")
        return {"titre": self.titre_premiere(frame, quoi), "lecture": read,
                "mesure": MESURE, "etiquette": "modalite",
                "note": PLUSIEURS if plusieurs else None,
                "colonnes": self.colonnes_reponses("Réponse")}

    def tableau(self, titre: str) -> dict[str, Any]:
        """Words of a table of answers."""
        return {"titre": titre, "mesure": MESURE, "colonnes": self.colonnes_reponses("Réponse")}

    def mediane(self, frame: pd.DataFrame) -> str:
        """Median answer of a scale."""
        code = None if self.commune else ind.median_answer(frame)
        return "" if code is None else (
            f" La réponse du milieu est « {self.r.libelle(frame['dimension'].iloc[0], code)} ».")

    # ---- gaps -------------------------------------------------------------------------------

    @cached_property
    def ecarts(self) -> pd.DataFrame:
        """Groups at the beginning, first group as the reference: useful, in employment."""
        parts = [self.valeurs(ind.between_groups, GROUPES, q, STATUT, m)
                 for q, m in ((UTILITE, UTILE[0]), (SITUATION, "emploi"), (SITUATION, "formation"))]
        rows = pd.concat(parts, ignore_index=True)
        rows.attrs = parts[0].attrs
        return rows

    @cached_property
    def confiance(self) -> pd.DataFrame:
        return self.valeurs(ind.between_questions, REPONSES, [AVANT, APRES], CONFIANT)

    def reponse_ecarts(self, frame: pd.DataFrame) -> str:
        """Each gap in points with its interval, in the order of the questions."""
        known = frame[frame["ecart"].notna()]
        if known.empty:
            return c.reason(None if frame.empty else frame.iloc[0])
        said = [f"{formats.points(x['ecart'], 0)} "
                f"{formats.interval(x['ecart_inf'], x['ecart_sup'], 0, 100)}"
                f"{', ' + codes.in_region(x['region']) if self.commune else ''} "
                f"({c.lower_first(self.intitule(x['dimension']))} : "
                f"{c.lower_first(self.nomme(x))})" for _, x in known.iterrows()]
        first = frame.attrs["cepkit"]["reference"]
        return f"Par rapport à « {first} » : {enumerate_fr(said)}."

    def titre_ecarts(self, frame: pd.DataFrame, quoi: str) -> str:
        """Title that names the gaps whose interval leaves zero out."""
        known = frame[frame["ecart"].notna()]
        clear = known[(known["ecart_inf"] > 0) | (known["ecart_sup"] < 0)]
        if self.commune or known.empty:
            return quoi
        said = [f"{formats.points(x['ecart'], 0)} ({c.lower_first(self.nomme(x))})"
                for _, x in clear.iterrows()]
        return f"{quoi} : {enumerate_fr(said) or 'aucun écart ne dépasse sa marge d’incertitude'}"

    def tableau_ecarts(self, titre: str, groupe: str) -> dict[str, Any]:
        """Words of a table of gaps; `groupe` is the column that tells the rows apart."""
        heads = {"dimension": "Question"} if groupe == "dimension" else {
            "dimension": "Question", "modalite": "Réponse", groupe: "Groupe"}
        rows = self.confiance if groupe == "dimension" else self.ecarts
        return {"titre": self.titre_ecarts(rows, titre),
                "mesure": "Part des réponses, pondérée par sexe et âge ; écart à la première "
                          "ligne, en points",
                "colonnes": {**self.lieu,
                             **heads, "valeur": "Part",
                             "intervalle": "Intervalle à 95 %", "ecart": "Écart",
                             "ecart_intervalle": "Intervalle de l’écart"}}

    # ---- interviews -------------------------------------------------------------------------

    @cached_property
    def themes(self) -> pd.DataFrame:
        """Interviews of each region, then those that speak of each theme."""
        return self.valeurs(ind.survey, GRILLE)

    def reponse_themes(self) -> str:
        said = []
        for region, rows in self.themes.groupby("region", sort=False):
            where = f"{codes.region_name(region)} : " if self.commune else ""
            whole = rows.iloc[0]
            if not c.published(whole):
                said.append(where + c.reason(whole).rstrip("."))
                continue
            known = [f"{formats.integer(x['valeur'])} parlent de "
                     f"« {c.lower_first(self.nomme(x))} »" for _, x in rows.iloc[1:].iterrows()
                     if c.published(x)]
            said.append(f"{where}sur {formats.integer(whole['valeur'])} entretiens, "
                        f"{enumerate_fr(known)}")
        return f"{c.capital(' ; '.join(said))}."

    @property
    def grille_connue(self) -> bool:
        return bool(self.themes["etat"].eq(codes.PUBLIE).any())

    def paires(self) -> pd.DataFrame:
        return self.valeurs(ind.survey, GRILLE, par=AVEC)

    def tableau_themes(self, titre: str, *colonnes: str) -> dict[str, Any]:
        heads = {"modalite": "Thème", AVEC: "Avec le thème"}
        return {"titre": titre, "mesure": "Nombre d’entretiens ; un entretien aborde plusieurs "
                                          "thèmes",
                "colonnes": {**self.lieu,
                             **{k: heads[k] for k in colonnes},
                             "valeur": "Entretiens", "denominateur": "Sur"}}

    def verbatims(self) -> pd.DataFrame:
        """What was said, only where the grid is shown; never by operator."""
        shown = set(self.themes.loc[self.themes["etat"].eq(codes.PUBLIE), "region"])
        rows = [(v["region"], self.r.libelle(THEME, v["theme"]), f"« {v['texte']} »")
                for v in self.own["verbatims"] if v["region"] in shown]
        return pd.DataFrame(rows, columns=["region", "theme", "propos"])

    def tableau_verbatims(self) -> dict[str, Any]:
        day = formats.date(self.own["verbatims_relus_le"])
        return {"titre": "Ce que les personnes en disent",
                "mesure": f"Propos relus et désidentifiés par l’association, le {day}",
                "colonnes": {**self.lieu,
                             "theme": "Thème", "propos": "Propos"},
                "source": next((s["source"] for s in self.own["sources"]
                                if "ntretien" in s["titre"]), ""),
                "note": self._provenance_entretiens()}

    def _provenance_entretiens(self) -> str:
        said = next((s["provenance"] for s in self.own["sources"] if "ntretien" in s["titre"]), "")
        return f"Provenance : {said}." if said else ""

    # ---- whole page -------------------------------------------------------------------------

    def chiffres_cles(self) -> list[Cle]:
        """Response rate, then useful, in employment, in training (region's page)."""
        items = []
        for name, frame, code in (("Ont répondu", self.participation, REPONDANT),
                                  ("Disent le CEP « tout à fait » utile", self.utilite, UTILE[0]),
                                  ("En emploi six mois après", self.situation, "emploi"),
                                  ("En formation six mois après", self.situation, "formation")):
            line = None if self.commune else c.row(frame, modalite=code)
            if line is not None:
                said, unit = (c.cell(line), "des personnes sollicitées") if code == REPONDANT else (
                    part(line), "des réponses")
                items.append(Cle(name, said, unit, f"{self.r.nom}, {self.r.annee}",
                                 raison=c.reason(line)))
        return items or [Cle("Régions", formats.integer(len(self.regions)), "mènent cette "
                             "investigation", enumerate_fr(self.regions))]

    def methode(self) -> list[str]:
        """Paragraphs of the investigation, then how shares and gaps are computed."""
        return [*super().methode(), *CALCUL]

    def ce_qui_est_un_effet(self) -> list[str]:
        """What may and may not be called an effect, in plain words."""
        return list(EFFET)

    def cinq_lignes(self) -> list[str]:
        """The five lines: who answered, useful, situation, before and after, not known."""
        return c.check_five([
            c.fitting(self.reponse_participation(), "La participation est décrite plus bas."),
            c.fitting(self.lignes(self.utilite), "L’utilité déclarée est décrite plus bas."),
            c.fitting(self.lignes(self.situation),
                      "La situation à six mois est décrite plus bas."),
            c.fitting(self.reponse_ecarts(self.confiance),
                      "La confiance avant et après est décrite plus bas."),
            "Ce que les personnes disent ou deviennent n’est pas un effet du CEP : rien ne dit ce "
            "qui serait arrivé sans lui.",
        ])
