"""Sentences of the investigation « reconversion »: the CEP beside schemes, steps and outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit import indicators as ind
from cepkit.indicators.answers import NONE
from cepkit.indicators.schemes import FROM_CEP, FROM_FILES
from cepkit.lectures import commun as c
from cepkit.lectures.investigation import Investigation
from cepkit.lectures.parcours_services import DEMISSION, PTP
from cepkit.show import Cle
from cepkit.text import enumerate_fr

SCHEME, PTP_CODE = "reconversion_dispositif", "ptp"
SERVICES = ("bilan_competences", "vae")  # complementary services that stand beside the schemes
MEDIAN, FIRST_MONTH = "mediane", "6"
DONE = "emploi"
CHAINS = "reconversion_enchainements"
AFTER_CEP = ("des dossiers de projet de transition professionnelle ont été précédés d’un conseil "
             "en évolution professionnelle")
IN_WORK = "des répondants ont, six mois après la formation, un emploi en lien avec elle"
STEPS = {"delai_cep_depot": "Du premier entretien CEP au dépôt du dossier",
         "delai_entree": "De la décision à l’entrée en formation"}


@dataclass(frozen=True)
class Reconversion(Investigation):
    """Two directions never mixed, then what the associations' own records tell of the steps."""

    nom: str = "reconversion"

    def groupe(self, own: str) -> str:
        """Bands of a table: its own in a region's page, the regions in the common one."""
        return "region" if self.commune else own

    @staticmethod
    def comptees(rows: pd.DataFrame) -> pd.DataFrame:
        """One row a region; shares of a survey weigh by their number of answers."""
        counted = rows["numerateur"].fillna(rows["valeur"] * rows["denominateur"])
        return rows.assign(numerateur=counted).reset_index(drop=True)

    def ligne(self, rows: pd.DataFrame) -> pd.Series | None:
        """The region's row, or that of the regions together."""
        return ind.together(self.r, self.comptees(rows)).iloc[0] if self.commune else c.row(rows)

    def dites(self, rows: pd.DataFrame, quoi: str) -> str:
        """The answer of a section on one row a region."""
        return self.reponse(self.comptees(rows), quoi)

    def breve(self, rows: pd.DataFrame, quoi: str) -> str:
        """The same for the five lines: thirty words and two numbers at most."""
        line = self.ligne(rows)
        if not c.published(line):
            return c.reason(line)
        if self.commune:
            low, high = (c.value(line[k], line["unite"]) for k in ("minimum", "maximum"))
            return f"De {low} à {high} {quoi}, selon la région."
        return c.fitting(self.dites(rows, quoi), f"{c.cell(line)} {quoi}.")

    # ---- the two directions -------------------------------------------------------------------

    @cached_property
    def dispositifs(self) -> pd.DataFrame:
        return self.par_region(ind.schemes)

    def mobilises(self) -> pd.DataFrame:
        """Schemes, then services close to them, used by those counted in the CEP."""
        schemes = self.dispositifs[self.dispositifs["sens"].eq(FROM_CEP)]
        services = self.par_region(ind.answers, "prestation")
        kept = services[services["modalite"].isin(SERVICES)]
        frame = pd.concat([schemes[~schemes["modalite"].isin(NONE)], kept]).sort_values(
            "region", kind="stable", ignore_index=True)
        frame.attrs = services.attrs | {"cepkit": services.attrs["cepkit"] | {
            "tables": [*self.dispositifs.attrs["cepkit"]["tables"][:1],
                       *services.attrs["cepkit"]["tables"]]}}
        return frame

    def reponse_mobilises(self, frame: pd.DataFrame) -> str:
        return self.dites(frame[frame["modalite"].eq(PTP_CODE)], self.en_cep)

    @property
    def en_cep(self) -> str:
        return (f"des {c.measure_name(self.r)} en conseil en évolution professionnelle mobilisent "
                "un projet de transition professionnelle")

    def figure_mobilises(self) -> dict[str, str]:
        return {"titre": "Dispositifs et prestations mobilisés dans un CEP",
                "mesure": f"Part des {c.measure_name(self.r)} en CEP, en %, {self.r.annee}. "
                          "Réponses multiples : les parts ne s’additionnent pas",
                "lecture": "chaque ligne rapproche la part régionale (disque) et la part en France "
                           "(losange)."}

    def tableau_mobilises(self) -> dict[str, Any]:
        return {"titre": "Dispositifs et prestations mobilisés dans un CEP",
                "mesure": f"Part des {c.measure_name(self.r)} en CEP, en %, {self.r.annee}",
                "groupe": self.groupe("dimension"), "champ": f"{c.measure_name(self.r)} en CEP",
                "colonnes": {
                    "modalite": "Dispositif ou prestation", "numerateur": "Effectif",
                    "valeur": "Part", "intervalle": "Intervalle à 95 %", "reference": "France",
                    "lecture": "Lecture"}}

    def precedes(self) -> pd.DataFrame:
        """Files preceded by a CEP (PTP), then, in a region, the operator of that CEP."""
        rows = self.dispositifs[self.dispositifs["sens"].eq(FROM_FILES)]
        kept = ~rows["modalite"].isin(["non", codes.TOTAL])
        kept &= ~rows["dimension"].eq("operateur") | (not self.commune)
        rows = rows[kept].reset_index(drop=True)
        names = {PTP: "Projet de transition professionnelle (PTP)",
                 DEMISSION: "Démission-reconversion"}
        rows = rows.assign(
            source=[names.get(m, m) for m in rows["mesure"]],
            ligne=[self.r.libelle(d, m) if d != "operateur" else
                   f"dont : {self.r.libelle(d, m)}" for d, m in
                   zip(rows["dimension"], rows["modalite"], strict=True)])
        rows.attrs = self.dispositifs.attrs
        return rows

    def prealables(self) -> pd.DataFrame:
        """Share of the PTP files preceded by a CEP, one row a region."""
        rows = self.dispositifs
        return rows[rows["mesure"].eq(PTP) & rows["modalite"].eq("oui")]

    def reponse_precedes(self) -> str:
        return self.dites(self.prealables(), AFTER_CEP)

    def tableau_precedes(self) -> dict[str, Any]:
        return {"titre": "CEP avant le dossier, et opérateur de ce CEP",
                "mesure": f"Part des dossiers, puis des dossiers précédés d’un CEP, en %, "
                          f"{self.r.annee}", "groupe": self.groupe("source"),
                "colonnes": {"ligne": "Dossiers", "numerateur": "Effectif",
                             "denominateur": "Base", "valeur": "Part",
                             "intervalle": "Intervalle à 95 %", "reference": "France",
                             "lecture": "Lecture"}}

    @staticmethod
    def prudence_sens() -> str:
        return ("Les deux sens ne se mêlent pas : ils n’ont ni la même base, ni la même source, et "
                "aucune personne n’est rapprochée de l’un à l’autre. Pour la "
                "démission-reconversion, le CEP préalable est obligatoire : seule la répartition "
                "par opérateur informe. L’issue des demandes n’est pas observée.")

    # ---- sequences ----------------------------------------------------------------------------

    @cached_property
    def enchainements(self) -> pd.DataFrame:
        """Nobody took a sequence that the file does not hold: it has no row."""
        frame = self.par_region(ind.shares, CHAINS, "reconversion_demarches", within=SCHEME,
                            reference=None)
        seen = frame["etat"].ne(codes.NON_DISPONIBLE)
        found = frame[seen if seen.any() else slice(None)].reset_index(drop=True)
        found.attrs = frame.attrs
        return found

    def suites(self) -> pd.DataFrame:
        """Both schemes in a region; the PTP, region by region, in the common page."""
        return self.enchainements_ptp() if self.commune else self.enchainements

    def enchainements_ptp(self) -> pd.DataFrame:
        rows = self.seulement(self.enchainements)
        found = rows.drop(columns="reference")  # no other territory to compare with
        found.attrs = rows.attrs
        return found

    def seulement(self, frame: pd.DataFrame, code: str = PTP_CODE) -> pd.DataFrame:
        """Rows of one scheme."""
        rows = frame[frame[SCHEME].eq(code)].reset_index(drop=True)
        rows.attrs = frame.attrs
        return rows

    def champ(self, table: str) -> str:
        """Field that the investigation declares for a table."""
        return next((t["champ"] for t in self.r.meta["plan"] if t["nom"] == table), "")

    def reponse_enchainements(self) -> str:
        rows = self.enchainements_ptp()
        return self.dites(rows[rows["modalite"].eq("cep")],
                          "des dossiers de PTP suivis font suite à un CEP sans autre démarche")

    def figure_enchainements(self) -> dict[str, str]:
        return {"titre": "Ce qui précède un dossier de PTP",
                "mesure": "Part des dossiers de PTP acceptés en 2020 et 2021, en %. Chaque dossier "
                          "compte une fois",
                "lecture": "le trait sur chaque barre est l’intervalle à 95 %.",
                "champ": self.champ(CHAINS)}

    def tableau_enchainements(self) -> dict[str, Any]:
        return {"titre": "Démarches qui précèdent le dossier",
                "mesure": "Dossiers acceptés en 2020 et 2021, part en % du dispositif",
                "groupe": self.groupe(SCHEME), "champ": self.champ(CHAINS), "colonnes": {
                    "modalite": "Enchaînement", "numerateur": "Dossiers",
                    "valeur": "Part", "intervalle": "Intervalle à 95 %"}}

    # ---- time between steps -------------------------------------------------------------------

    @cached_property
    def entrees(self) -> pd.DataFrame:
        return self.par_region(ind.survey, "reconversion_entrees", par=SCHEME)

    def figure_delais(self) -> dict[str, str]:
        known = self.entrees[self.entrees["modalite"].eq(FIRST_MONTH)
                             & self.entrees["etat"].eq(codes.PUBLIE)]
        said = "".join(
            f"{codes.in_region(x['region'])}, {c.cell(x)} des personnes "
            f"({self.r.libelle(SCHEME, x[SCHEME], court=True)}) sont entrées en formation dans les "
            "six mois de la décision. " for _, x in known.head(1).iterrows())
        return {"titre": "Entrée en formation après la décision",
                "mesure": "Part des personnes entrées en formation, en %, selon le nombre de mois "
                          "depuis la décision (Kaplan-Meier)",
                "lecture": f"{said}La courbe n’est connue qu’aux mois indiqués ; la bande est "
                           "l’intervalle à 95 %.",
                "groupe": "region" if self.commune else SCHEME,
                "colonnes": {"modalite": "Mois", "valeur": "Part (%)",
                             "intervalle": "Intervalle à 95 %", "denominateur": "En attente"}}

    def courbes(self) -> pd.DataFrame:
        """Curves of both schemes in a region; of the PTP, region by region, in the common page."""
        return self.seulement(self.entrees) if self.commune else self.entrees

    def delais(self) -> pd.DataFrame:
        """Median time of each step, by scheme (and region)."""
        parts = [self.par_region(ind.survey, "reconversion_depots", par=SCHEME), self.entrees]
        frame = pd.concat(parts, ignore_index=True)
        frame = frame[frame["modalite"].eq(MEDIAN)].reset_index(drop=True)
        frame = frame.assign(etape=frame["dimension"].map(STEPS))
        frame.attrs = self.entrees.attrs | {"cepkit": self.entrees.attrs["cepkit"] | {
            "tables": [t for p in parts for t in p.attrs["cepkit"]["tables"]]}}
        return frame

    def medianes(self) -> pd.DataFrame:
        """Median time to the training, PTP, one row a region."""
        return self.seulement(self.entrees[self.entrees["modalite"].eq(MEDIAN)])

    def reponse_delais(self) -> str:
        said = [f"{codes.in_region(x['region'])}, la moitié des personnes en projet de transition "
                f"entrent en formation en {formats.decimal(x['valeur'], 0)} mois au plus"
                for _, x in self.medianes().iterrows() if c.published(x)]
        return f"{c.capital(' ; '.join(said))}." if said else c.reason(c.row(self.medianes()))

    def tableau_delais(self) -> dict[str, Any]:
        return {"titre": "Durée médiane entre deux étapes",
                "mesure": "Nombre de mois au bout duquel la moitié des personnes ont franchi "
                          "l’étape", "groupe": "etape",
                "colonnes": {**self.lieu,
                             SCHEME: "Dispositif", "denominateur": "Dossiers",
                             "valeur": "Mois, au plus", "intervalle": "Intervalle à 95 %"}}

    @staticmethod
    def prudence_delais() -> str:
        return ("Qui attend encore à la fin du suivi compte jusqu’à ce jour, puis sort du "
                "calcul. Le délai jusqu’au dépôt ne décrit que les personnes qui ont déposé un "
                "dossier accepté : il ne dit rien de celles qui s’arrêtent avant.")

    # ---- six months later ---------------------------------------------------------------------

    @cached_property
    def situations(self) -> pd.DataFrame:
        return self.par_region(ind.survey, "reconversion_situations", "reconversion_situation")

    @cached_property
    def participation(self) -> pd.DataFrame:
        """Response rate: one row a region."""
        rows = self.par_region(ind.shares, "reconversion_participation", "reconversion_reponse",
                           reference=None)
        found = rows[rows["modalite"].eq("repondant")].reset_index(drop=True)
        found.attrs = rows.attrs
        return found

    def par_dispositif(self) -> pd.DataFrame:
        """By scheme in a region; all dossiers, region by region, in the common page."""
        return self.situations if self.commune else self.par_region(
            ind.survey, "reconversion_situations", "reconversion_situation", par=SCHEME)

    def en_emploi(self) -> pd.DataFrame:
        rows = self.situations
        return rows[rows["modalite"].eq(DONE)]

    def taux_reponse(self) -> str:
        said = [f"{codes.in_region(x['region'])}, {formats.integer(x['numerateur'])} personnes sur "
                f"{formats.integer(x['denominateur'])} ont répondu ({c.cell(x)})"
                for _, x in self.participation.iterrows() if c.published(x)]
        return f"{c.capital(' ; '.join(said))}." if said else c.reason(c.row(self.participation))

    def reponse_situations(self) -> str:
        return self.dites(self.en_emploi(), IN_WORK)

    def figure_situations(self) -> dict[str, str]:
        return {"titre": "Trois situations, six mois après la formation",
                "mesure": f"Part des répondants, en %. {self.taux_reponse().rstrip('.')}",
                "lecture": "les trois situations s’excluent ; le trait sur chaque barre est "
                           "l’intervalle à 95 %."}

    def tableau_situations(self) -> dict[str, Any]:
        return {"titre": "Situation six mois après la formation" + (
                    "" if self.commune else ", par dispositif"),
                "mesure": "Part des répondants, en % ; n arrondi à la dizaine",
                "groupe": self.groupe(SCHEME), "colonnes": {
                    "modalite": "Situation", "denominateur": "n", "valeur": "Part",
                    "intervalle": "Intervalle à 95 %"}}

    def prudence_situations(self) -> str:
        return (f"{self.taux_reponse()} Les personnes qui répondent ne sont peut-être pas comme "
                "les autres. Un projet en cours ou abandonné n’est pas un échec du parcours.")

    # ---- head of the page ---------------------------------------------------------------------

    def chiffres_cles(self) -> list[Cle]:
        """Of the region, or of the regions together (no median then: it does not add up)."""
        half = [] if self.commune else [self._cle(
            "La moitié entre en formation en", c.row(self.medianes()), "mois au plus",
            "PTP acceptés en 2020 et 2021")]
        return [
            self._cle("PTP précédés d’un CEP", self.ligne(self.prealables()),
                      "des dossiers de PTP", f"dossiers déposés en {self.r.annee}"),
            *half,
            self._cle("Emploi en lien avec la formation", self.ligne(self.en_emploi()),
                      "des répondants", "six mois après la formation"),
            self._cle("Taux de réponse", self.ligne(self.participation),
                      "des personnes interrogées", "enquête à six mois")]

    @staticmethod
    def _cle(titre: str, line: pd.Series | None, unite: str, champ: str) -> Cle:
        known = line is not None and pd.notna(line.get("reference"))
        return Cle(titre, c.cell(line), unite, champ, raison=c.reason(line),
                   national=c.reference(line) if known else None)

    def cinq_lignes(self) -> list[str]:
        """How the CEP stands in these paths: used, before, how long, after, not known."""
        used = self.mobilises()
        return c.check_five([
            self.breve(used[used["modalite"].eq(PTP_CODE)], self.en_cep),
            self.breve(self.prealables(), AFTER_CEP),
            c.fitting(self.reponse_delais(),
                      f"Les délais entre étapes sont donnés pour {enumerate_fr(self.regions)}, "
                      "dans l’ordre du code officiel."),
            self.breve(self.en_emploi(), IN_WORK),
            "Ces enchaînements décrivent des dossiers acceptés : ils ne disent ni ce qui serait "
            "arrivé sans ce conseil, ni pourquoi d’autres s’arrêtent."])

    def methode(self) -> list[str]:
        return [*super().methode(),
                "Délais : Kaplan et Meier (1958), intervalle log-log ; médiane de Brookmeyer et "
                "Crowley (1982). Les parts ne sont données qu’aux mois annoncés ; entre deux mois "
                "annoncés, le nombre de personnes entrées, et celui des personnes qui cessent "
                "d’être suivies, est nul ou atteint le seuil du secret, sinon le mois est retiré.",
                "Les statistiques tirées des dossiers sont calculées avant les pages : aucune "
                "ligne du fichier n’y parvient."]
