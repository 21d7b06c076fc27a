"""Sections 2.1 to 2.11 of annexe 2: answers, titles of figures, cautions, tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit import indicators as ind
from cepkit.lectures import commun as c
from cepkit.text import enumerate_fr

SANS = "FR_sans_region"


@dataclass(frozen=True)
class Sections:
    """The frames of annexe 2 (see `cepkit.indicators`) and the wording of its sections."""

    r: Any
    taux: pd.DataFrame
    contributions: pd.DataFrame
    operateurs: pd.DataFrame
    profil: pd.DataFrame
    motifs: pd.DataFrame
    structure: pd.DataFrame
    departements: pd.DataFrame
    evolution: pd.DataFrame

    # ---- names and rows -------------------------------------------------------------------

    @property
    def mesure(self) -> str:
        """Short plural name of the principal measure: « entrées »."""
        label = self.r.meta["mesures"][self.r.meta["mesure_principale"]]["libelle"]
        return c.lower_first(label).removesuffix(" en CEP").removesuffix(" du CEP")

    @property
    def region(self) -> pd.Series | None:
        """Rate of the region."""
        return c.row(self.taux, region=self.r.code)

    @property
    def france(self) -> pd.Series | None:
        """Rate of France, in the field of the denominator."""
        return c.row(self.taux, region=codes.FRANCE)

    @property
    def effectif(self) -> str:
        """Count of the region, all operators, as text."""
        known = self.operateurs["denominateur"].dropna()
        return formats.integer(known.iloc[0]) if len(known) else formats.SECRET

    def principal(self) -> pd.Series | None:
        """Row of the operator that weighs most in France (public figure)."""
        known = self.operateurs[self.operateurs["reference"].notna()]
        return None if known.empty else known.loc[known["reference"].astype(float).idxmax()]

    def modalite(self, line: pd.Series) -> str:
        """Label of a row of the profile: « Professions intermédiaires », « Handicap : oui »."""
        label = self.r.libelle(line["dimension"], line["modalite"])
        title = self.r.meta["nomenclatures"].get(line["dimension"], {}).get("titre", "")
        return f"{title} : {c.lower_first(label)}" if len(label) < 5 else label

    def operateur(self, code: str) -> str:
        """Label of an operator in the year of the exercice."""
        return self.r.libelle("operateur", code)

    # ---- 2.1 ------------------------------------------------------------------------------

    def reponse_operateurs(self) -> str:
        line = self.principal()
        if line is None or not c.published(line):
            return f"{self.effectif} {self.mesure} en {self.r.annee}, tous opérateurs confondus."
        rest = c.marked(self.operateurs[self.operateurs["operateur"] != line["operateur"]])
        end = "la part des autres opérateurs est proche de celle observée en France"
        if len(rest):
            names = enumerate_fr([self.operateur(o) for o in rest["operateur"]])
            end = f"un écart marqué avec la France apparaît aussi pour {names}"
        return (f"{self.effectif} {self.mesure} en {self.r.annee}, dont {c.cell(line)} à "
                f"{self.operateur(line['operateur'])} ; {end}.")

    def figure_operateurs(self) -> dict[str, str]:
        line = self.principal()
        if line is None or not c.published(line):
            return {"titre": "Répartition par opérateur", "mesure": self._mesure_part(),
                    "lecture": "La part de l’opérateur principal n’est pas diffusée."}
        name = self.operateur(line["operateur"])
        return {
            "titre": f"La part de {name} : {c.cell(line)}, "
                     f"contre {c.value(line['reference'], 'part')} en France",
            "mesure": self._mesure_part(),
            "lecture": f"{self.r.en}, {c.cell(line)} des {self.mesure} sont enregistrées par "
                       f"{name}, contre {c.value(line['reference'], 'part')} en France ; "
                       f"lecture : {line['lecture']}.",
        }

    def _mesure_part(self) -> str:
        return (f"Part de chaque opérateur dans les {self.mesure} en CEP, en %, {self.r.annee}")

    def prudence_operateurs(self) -> str:
        return (f"À {self.operateur('france_travail')}, le CEP est délivré dans un accompagnement "
                "plus large ; le recours n’y est pas toujours une demande de CEP. Une personne "
                "reçue par deux opérateurs compte pour deux entrées.")

    # ---- 2.2 ------------------------------------------------------------------------------

    def reponse_taux(self) -> str:
        line = self.region
        if not c.published(line):
            return c.reason(line)
        here, there = (c.value(x["taux_chomage"], "%") for x in (line, self.france))
        return (f"{c.cell(line)} {self.mesure} pour 100 actifs, {line['lecture']} "
                f"{'de ' if line['lecture'] == codes.PROCHE else 'par rapport à '}la valeur "
                f"nationale ({c.cell(self.france)}) ; taux de chômage : {here} contre {there}.")

    def figure_contributions(self) -> dict[str, str]:
        """Title, measure and reading of the bars of contributions."""
        rows = c.marked(self.contributions[self.contributions["operateur"] != codes.ENSEMBLE])
        names = enumerate_fr([self.operateur(o) for o in rows["operateur"]])
        first = self.contributions.iloc[0]
        return {
            "titre": f"Écart marqué de contribution : {names}" if names
                     else "Des contributions proches des valeurs nationales",
            "mesure": f"Contribution de l’opérateur : ses {self.mesure} pour 100 actifs, tous "
                      f"actifs confondus, {self.r.annee}",
            "lecture": f"pour 100 actifs {self.r.en}, on compte {c.cell(first)} {self.mesure} "
                       f"enregistrées par {self.operateur(first['operateur'])}, contre "
                       f"{c.value(first['reference'], first['unite'])} en France.",
        }

    def prudence_taux(self) -> str:
        year = self.r.denominateur("actifs_15_64", self.r.code).annee
        return (f"Les {self.mesure} de {self.r.annee} sont rapportées aux actifs de {year}, année "
                "la plus récente disponible. Une personne peut entrer plusieurs fois : ce rapport "
                "n’est pas une part d’actifs. Le taux de chômage est donné pour situer la région.")

    # ---- 2.3 and 2.4 ----------------------------------------------------------------------

    def reponse_profil(self) -> str:
        found = ind.marked(self.profil, 3)
        if found.empty:
            return "Le profil des personnes est proche du profil national."
        parts = [f"{c.lower_first(self.modalite(x))} ({x['lecture']})"
                 for _, x in found.iterrows()]
        return f"Des écarts marqués avec le profil national : {enumerate_fr(parts)}."

    def profil_figure(self) -> pd.DataFrame:
        """At most fifteen rows: dimensions with a published base, in nomenclature order."""
        rows = self.profil[self.profil["modalite"] != codes.TOTAL]
        two = rows.groupby("dimension", sort=False)["modalite"].transform("size").eq(2)
        kept = rows[~(two & rows.duplicated("dimension"))]  # two modalities: the first says both
        kept.attrs = self.profil.attrs
        return kept.head(15)

    def figure_profil(self) -> dict[str, str]:
        found = ind.marked(self.profil, 2)
        names = enumerate_fr([c.lower_first(self.modalite(x)) for _, x in found.iterrows()])
        published = self.profil[(self.profil["etat"] == codes.PUBLIE) &
                                self.profil["reference"].notna()]
        line = (found if len(found) else published).head(1)
        reading = "aucune part n’est diffusée."
        if len(line):
            x = line.iloc[0]
            reading = (f"{self.r.en}, {c.lower_first(self.modalite(x))} : {c.cell(x)} des "
                       f"{self.mesure} renseignées, contre {c.value(x['reference'], 'part')} en "
                       f"France ({formats.points(x['ecart'])}) ; lecture : {x['lecture']}.")
        return {
            "titre": f"Écarts marqués : {names}" if names else "Un profil proche du profil national",
            "mesure": f"Écart entre la part {self.r.en} et la part en France, en points, parmi les "
                      f"{self.mesure} dont la modalité est connue, {self.r.annee}",
            "lecture": reading,
        }

    def prudence_profil(self) -> str:
        partial = [d for d in ("csp", "diplome", "statut", "handicap")
                   if d in set(self.profil["dimension"])]
        names = c.enumerate_words(self.r.meta["nomenclatures"][d]["titre"] for d in partial)
        return (f"Tous les opérateurs ne renseignent pas ces informations ({names}) : leurs "
                "parts ne décrivent que les personnes dont la modalité est connue (voir l’annexe 1, "
                "section 1.3).")

    def reponse_profil_operateur(self, profils: dict[str, pd.DataFrame]) -> str:
        parts = [f"{self.operateur(o)} ({c.enumerate_words(self.modalite(x) for _, x in m.iterrows())})"
                 for o, f in profils.items() if len(m := ind.marked(f, 2))]
        if not parts:
            return "Chaque opérateur a, dans la région, un profil proche de son profil national."
        return f"Des écarts marqués avec leur propre profil national : {enumerate_fr(parts)}."

    def figure_profil_operateur(self) -> dict[str, str]:
        return {
            "titre": "Chaque opérateur face à son propre profil national",
            "mesure": f"Écart, en points, entre la part {self.r.en} et la part chez le même "
                      f"opérateur en France, parmi ses {self.mesure}, {self.r.annee}",
            "lecture": "chaque cadre se lit seul : la ligne verticale est le profil national du "
                       "même opérateur.",
        }

    # ---- 2.5 and 2.6 ----------------------------------------------------------------------

    def reponse_sexe_age(self, frame: pd.DataFrame) -> str:
        rows = frame[frame["etat"] == codes.PUBLIE]
        if rows.empty:
            return c.reason(None if frame.empty else frame.iloc[0])
        return ("Le recours est donné par sexe et par âge, sur la population active du "
                "recensement de même champ.")

    def reponse_ou(self) -> str:
        rows = self.departements[self.departements["departement"] != codes.TOTAL]
        known = rows[rows["etat"] == codes.PUBLIE]
        if known.empty:
            return c.reason(None if rows.empty else rows.iloc[0])
        low, high = known["valeur"].min(), known["valeur"].max()
        return (f"Parmi {formats.count(len(known), 'département diffusé', 'départements diffusés')}"
                f", le rapport aux actifs va de {c.value(low, 'pour 100')} à "
                f"{c.value(high, 'pour 100')} {self.mesure} pour 100 actifs.")

    def figure_carte(self) -> dict[str, str]:
        rows = self.departements[self.departements["etat"] == codes.PUBLIE]
        rows = rows[rows["departement"] != codes.TOTAL]
        name = dict(self.r.departements()).get(rows["departement"].iloc[0], "") if len(rows) else ""
        return {
            "titre": self.reponse_ou().split(", le rapport aux actifs va ")[-1].rstrip(".").replace(
                "de ", "De ", 1),
            "mesure": f"{self.mesure.capitalize()} pour 100 actifs de 15 à 64 ans, par département "
                      f"de résidence, {self.r.annee}. France : {c.cell(self.france)}",
            "lecture": f"{name} : {c.cell(rows.iloc[0])} {self.mesure} pour 100 actifs qui y "
                       "résident." if len(rows) else "aucune valeur n’est diffusée.",
        }

    # ---- 2.7 to 2.11 ----------------------------------------------------------------------

    def reponse_motifs(self) -> str:
        known = self.motifs[self.motifs["etat"] == codes.PUBLIE]
        if known.empty:
            return "Les demandes exprimées ne sont pas diffusées pour cette région."
        first = known.loc[known["valeur"].astype(float).idxmax()]
        found = c.marked(self.motifs)
        names = c.enumerate_words(self.r.libelle("motif", m) for m in found["modalite"])
        end = f" ; écart marqué avec la France : {names}" if names else ""
        return (f"{self.r.libelle('motif', first['modalite'])} est la demande la plus fréquente "
                f"({c.cell(first)} des personnes){end}.")

    def figure_motifs(self) -> dict[str, str]:
        known = self.motifs[(self.motifs["etat"] == codes.PUBLIE) & self.motifs["reference"].notna()]
        reading = "aucune part n’est diffusée."
        if len(known):
            x = known.iloc[0]
            reading = (f"{self.r.en}, {c.cell(x)} des personnes dont la demande est connue "
                       f"citent « {c.lower_first(self.r.libelle('motif', x['modalite']))} », "
                       f"contre {c.value(x['reference'], 'part')} en France.")
        return {
            "titre": self.reponse_motifs().split(" ; ")[0].rstrip("."),
            "mesure": "Part des personnes ayant exprimé la demande, en %, "
                      f"{self.r.annee}. Réponses multiples : le total dépasse 100 %",
            "lecture": reading,
        }

    def prudence_motifs(self) -> str:
        return ("La demande n’est renseignée que par l’Apec et l’opérateur régional. Plusieurs "
                "réponses étaient possibles : les parts ne s’additionnent pas.")

    def reponse_structure(self) -> str:
        raw = c.row(self.structure, composante="brut")
        mix = c.row(self.structure, composante="operateurs")
        if not c.published(raw) or not c.published(mix):
            return c.reason(mix if c.published(raw) else raw)
        return (f"Écart brut : {formats.decimal(raw['ecart'], 1, signed=True)} pour 100 actifs ; "
                "à répartition par opérateur comparable : "
                f"{formats.decimal(mix['ecart'], 1, signed=True)}.")

    def reponse_evolution(self) -> str:
        refused = self.evolution[self.evolution["lecture"] == codes.REFUSEE]
        if len(refused):
            return f"Comparaison refusée : {c.lower_first(c.reason(refused.iloc[-1]))}"
        return "L’évolution est présentée entre années comparables seulement."

    def questions(self) -> list[tuple[str, str]]:
        """At most six questions drawn from marked gaps, each with its figure."""
        rows = [(x, f"La part de {self.operateur(x['operateur'])}", "2.1-F1")
                for _, x in ind.marked(self.operateurs, 2).iterrows()]
        rows += [(x, f"La part « {c.lower_first(self.modalite(x))} »", "2.3-F1")
                 for _, x in ind.marked(self.profil, 3).iterrows()]
        rows += [(x, f"La demande « {c.lower_first(self.r.libelle('motif', x['modalite']))} »",
                  "2.7-F1") for _, x in ind.marked(self.motifs, 1).iterrows()]
        return [(f"{name} est de {c.cell(x)} contre {c.value(x['reference'], 'part')} en France. "
                 "Comment l’expliquez-vous ?", ref) for x, name, ref in rows[:6]]
