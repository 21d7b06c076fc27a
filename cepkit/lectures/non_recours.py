"""Sentences of the investigation « non-recours »: who, among those concerned, does not come."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit import indicators as ind
from cepkit.lectures import commun as c
from cepkit.lectures.investigation import Investigation
from cepkit.lectures.recours import Recours
from cepkit.show import Cle
from cepkit.survey import margin_of_error
from cepkit.text import enumerate_fr

BEYOND = "au-delà des limites"
COMPOSANTES = {"brut": "Écart brut", "operateurs": "À publics comparables",
               "sexe_age": "À sexe et âge comparables"}


@dataclass(frozen=True)
class NonRecours(Investigation):
    """Rates of use read the other way round: where and among whom they are low, how surely."""

    nom: str = "non_recours"

    @cached_property
    def taux(self) -> pd.DataFrame:
        return self.valeurs(ind.take_up)

    @cached_property
    def publics(self) -> pd.DataFrame:
        frame = self.par_region(ind.own_public)
        known = self.r.meta.get("publics") or {}
        return frame[frame["public"].isin(known)].assign(
            public=lambda f: f["public"].map(lambda p: known[p]["libelle"]))

    @cached_property
    def lire(self) -> Recours:
        """Words of annexe 2 for the region of the page."""
        return Recours.depuis(self.r)

    @property
    def quoi(self) -> str:
        return f"{c.measure_name(self.r)} pour 100 actifs"

    def chiffres_cles(self) -> list[Cle]:
        """Rate, active population, departments beyond the limits of chance (region's page)."""
        whole = ind.together(self.r, self.taux)
        line = whole.iloc[0] if self.commune else c.row(self.taux)
        where = "régions réunies" if self.commune else self.r.nom
        known = c.published(line)
        people = formats.integer(line["denominateur"]) if known else formats.ND
        return [
            Cle(c.capital(self.quoi), c.cell(line), "pour 100 actifs",
                f"{where}, {self.r.annee}", raison=c.reason(line),
                national=None if self.commune or not known or pd.isna(line["reference"])
                else c.reference(line)),
            Cle("Population de référence", people, "actifs", str(line["base"]),
                raison=c.reason(line)),
        ]

    def sans_personnes(self) -> str:
        """Why the share of people who never come is not given, where entries are counted."""
        law = ind.meta.law(ind.meta.measure(self.r))
        return ("" if law == "proportion" else
                "Les données comptent des entrées : une personne peut entrer plusieurs fois. La "
                "part des actifs sans aucun recours n’en découle pas ; on lit où, et parmi qui, "
                "les entrées sont moins fréquentes.")

    # ---- where ------------------------------------------------------------------------------

    @cached_property
    def departements(self) -> pd.DataFrame:
        return ind.funnel(self.r, by="departement")

    def reponse_ou(self) -> str:
        """Departments beyond the limits of chance, in the order of their code."""
        rows = self.departements[self.departements["departement"].ne(codes.TOTAL)]
        known = rows[rows["etat"].eq(codes.PUBLIE)]
        if known.empty:
            return c.reason(None if rows.empty else rows.iloc[0])
        if known["position"].isna().all():
            return (f"{self.lire.reponse_ou()} Les départements sont trop peu nombreux pour dire "
                    "lesquels s’écartent de la dispersion habituelle.")
        names = dict(self.r.departements())
        far = [names.get(d, d) for d in known.loc[known["position"].eq(BEYOND), "departement"]]
        return (f"Compte tenu de la dispersion entre départements, s’en écartent : "
                f"{enumerate_fr(far)}." if far else
                "Compte tenu de la dispersion entre départements, aucun ne s’en écarte.")

    # ---- whom -------------------------------------------------------------------------------

    def reponse_publics(self) -> str:
        known = self.publics[self.publics["etat"].eq(codes.PUBLIE)]
        if known.empty:
            return c.reason(None if self.publics.empty else self.publics.iloc[0])
        return ("Les entrées de chaque public sont rapportées à sa propre population : ces taux ne "
                "se comparent pas d’un public à l’autre.")

    def tableau_publics(self) -> dict[str, Any]:
        return {"titre": f"{c.measure_name(self.r).capitalize()} rapportées à la population "
                         "de chaque public",
                "mesure": f"Pour 100 personnes du public, {self.r.annee}",
                "colonnes": {**self.lieu,
                             "public": "Public", "valeur": "Pour 100",
                             "intervalle": "Intervalle à 95 %", "reference": "France"}}

    # ---- known or not -----------------------------------------------------------------------

    @cached_property
    def notoriete(self) -> pd.DataFrame:
        """Answers to the survey of notoriety; empty where none was carried out."""
        return self.valeurs(ind.survey, "notoriete") if "notoriete" in self.r.statistiques() else (
            pd.DataFrame())

    def reponse_notoriete(self) -> str:
        """Share who know what it is for, and the margin of error that the survey had announced."""
        said = []
        for region, rows in self.notoriete.groupby("region", sort=False):
            line = rows.iloc[0]
            if not c.published(line):
                said.append(c.reason(line).rstrip("."))
                continue
            margin = ceil(100 * margin_of_error(0.5, line["taille_efficace"]))  # « au plus »
            said.append(f"{codes.in_region(region)}, {formats.percent(line['valeur'], 0)} des "
                        "actifs interrogés savent à quoi sert le CEP (marge d’erreur : "
                        f"{margin} points au plus)")
        return f"{c.capital(' ; '.join(said))}."

    def tableau_notoriete(self) -> dict[str, Any]:
        return {"titre": "Connaissance du CEP parmi les actifs",
                "mesure": "Part des actifs interrogés, pondérée par les poids de sondage",
                "colonnes": self.colonnes_reponses("Connaît le CEP")}

    # ---- like with like ---------------------------------------------------------------------

    def ecarts(self) -> pd.DataFrame:
        frame = self.par_region(ind.standardised_gap)
        kept = frame[frame["composante"].isin(COMPOSANTES)]
        return kept.assign(composante=kept["composante"].map(COMPOSANTES))

    def reponse_ecarts(self, frame: pd.DataFrame) -> str:
        known = frame[frame["etat"].eq(codes.PUBLIE)]
        if known.empty:
            return c.reason(None if frame.empty else frame.iloc[0])
        if self.commune:
            return ("Pour chaque région, l’écart à la France est donné brut, puis à publics "
                    "comparables quand les sources le permettent.")
        parts = [f"{formats.decimal(x['ecart'], 1, signed=True)} "
                 f"({c.lower_first(x['composante'])})"
                 for _, x in known.iterrows()]
        return f"Écart à la France, pour 100 actifs : {enumerate_fr(parts)}."

    def tableau_ecarts(self) -> dict[str, Any]:
        return {"titre": "Écart à la France, brut et à structure comparable",
                "mesure": f"Pour 100 actifs, {self.r.annee}",
                "colonnes": {**self.lieu,
                             "composante": "Écart", "ecart": "Écart (pour 100)",
                             "ecart_intervalle": "Intervalle à 95 %", "lecture": "Lecture"}}

    def cinq_lignes(self) -> list[str]:
        """The five lines: what is asked, found, where, among whom, not known."""
        where = (f"Les {len(self.regions)} régions sont données dans l’ordre du code officiel ; "
                 "aucune n’est qualifiée." if self.commune else self.reponse_ou())
        return c.check_five([
            c.fitting(" ".join(self.own["questions"]), self.own["titre"]),
            c.fitting(self.reponse(self.taux, self.quoi), self.reponse(self.taux, "pour 100")),
            c.fitting(where, self.lire.reponse_ou(), "Les départements sont décrits plus bas."),
            c.fitting(self.reponse_publics()),
            "Un recours plus faible n’est pas un besoin moins couvert : les causes se demandent "
            "aux personnes et aux opérateurs.",
        ])
