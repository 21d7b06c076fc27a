"""Sections 2.4 to 2.11 of annexe 2: answers, titles of figures, cautions, tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit import indicators as ind
from cepkit.lectures import commun as c
from cepkit.lectures.bases import prudence_mix
from cepkit.lectures.recours_profil import Profil
from cepkit.text import enumerate_fr

SEXE_AGE = "recours_sexe_age"  # declared statistic, where the edition has it
COMPOSANTES = ("brut", "operateurs", "contribution", "structure", "sexe_age")


@dataclass(frozen=True)
class Sections(Profil):
    """Wording of the sections on places, demands, structure and time."""

    # ---- 2.4 ------------------------------------------------------------------------------

    def profils_figure(self, profils: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """Rows to draw for each operator: of two modalities, the first says both."""
        return {
            o: self._without_mirror(f)
            for o, f in profils.items()
            if f["etat"].isin([codes.PUBLIE, codes.SECRET]).any()
        }

    prudence_profil_operateur = (
        "Les opérateurs s’adressent à des publics différents par la loi : leurs profils ne se "
        "comparent pas entre eux."
    )

    def reponse_profil_operateur(self, profils: dict[str, pd.DataFrame]) -> str:
        parts = [
            f"{self.operateur(o)} ({c.enumerate_words(self.modalite(x) for _, x in m.iterrows())})"
            for o, f in profils.items()
            if len(m := ind.marked(f, 2))
        ]
        if not parts:
            return "Aucun opérateur n’a, dans la région, d’écart marqué avec son profil national."
        if len(parts) == 1:
            return f"Un écart marqué avec son propre profil national : {parts[0]}."
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
        """Answer of 2.5, or why no rate by sex and age is computed."""
        if (frame["etat"] == codes.PUBLIE).any():
            return (
                "Le recours est donné par sexe et par âge, sur la population active du "
                "recensement de même champ."
            )
        return (
            f"La population active {self.r.de} par sexe et par âge n’est pas disponible dans les "
            "sources de cette édition : aucun taux par sexe et âge n’est calculé."
        )

    def tableau_sexe_age(self) -> dict[str, Any]:
        return {
            "titre": f"{self.mesure.capitalize()} pour 100 actifs, par sexe et âge",
            "mesure": f"{self.r.annee}, actifs du recensement de même sexe et de même âge",
            "colonnes": {
                "sexe": "Sexe",
                "tranche_age_rp": "Âge",
                "valeur": f"{self.mesure.capitalize()} pour 100 actifs",
                "intervalle": "Intervalle à 95 %",
                "lecture": "Lecture",
            },
        }

    def tableau_departements(self) -> dict[str, Any]:
        return {
            "titre": f"{self.mesure.capitalize()} et contexte par département de résidence",
            "mesure": f"{self.r.annee}, ordre du code officiel",
            "colonnes": {
                "departement": "Département",
                "denominateur": self.population.get("libelle", "Actifs"),
                "numerateur": self.mesure.capitalize(),
                "valeur": f"{self.mesure.capitalize()} pour 100 actifs",
                "intervalle": "Intervalle à 95 %",
                "taux_chomage": "Chômage (%)",
            },
        }

    def reponse_ou(self) -> str:
        rows = self.departements[self.departements["departement"] != codes.TOTAL]
        known = rows[rows["etat"] == codes.PUBLIE]
        if known.empty:
            return c.reason(None if rows.empty else rows.iloc[0])
        low, high = known["valeur"].min(), known["valeur"].max()
        among = "Dans les" if len(known) == len(rows) else "Parmi les"
        which = "" if len(known) == len(rows) else " diffusés"
        return (
            f"{among} {len(known)} départements{which}, le rapport aux actifs va "
            f"de {c.value(low, 'pour 100')} à {c.value(high, 'pour 100')} {self.mesure} "
            "pour 100 actifs."
        )

    def figure_carte(self) -> dict[str, str | float | None]:
        rows = self.departements[self.departements["etat"] == codes.PUBLIE]
        rows = rows[rows["departement"] != codes.TOTAL]
        name = dict(self.r.departements()).get(rows["departement"].iloc[0], "") if len(rows) else ""
        return {
            "titre": self._etendue(rows),
            "mesure": f"{self.mesure.capitalize()} pour 100 {self.habitants}, par département de "
            f"résidence, {self.r.annee}. France : {c.cell(self.france)}",
            "lecture": f"{name} : {c.cell(rows.iloc[0])} {self.mesure} pour 100 actifs qui y "
            "résident."
            if len(rows)
            else "aucune valeur n’est diffusée.",
            "nationale": float(self.france["valeur"]) if c.published(self.france) else None,
        }

    def _etendue(self, known: pd.DataFrame) -> str:
        low, high = (c.value(v, "pour 100") for v in (known["valeur"].min(), known["valeur"].max()))
        return f"De {low} à {high} {self.mesure} pour 100 actifs selon le département"

    def un_departement(self) -> str:
        """The sentence of a region that is one department."""
        return (
            f"La région {self.r.nom} compte un seul département : la valeur départementale est "
            "celle de la région."
        )

    # ---- 2.7 to 2.11 ----------------------------------------------------------------------

    def reponse_motifs(self) -> str:
        known = self.motifs[self.motifs["etat"] == codes.PUBLIE]
        if known.empty:
            return c.reason(c.row(self.motifs))
        first = known.loc[known["valeur"].astype(float).idxmax()]
        found = c.marked(self.motifs)
        said = [f"« {c.lower_first(self.r.libelle('motif', x['modalite']))} » ({x['lecture']})"
                for _, x in found.iterrows()]  # fmt: skip
        marked = "écart marqué" if len(said) == 1 else "écarts marqués"
        end = f" ; {marked} avec la France : {enumerate_fr(said)}" if said else ""
        return (
            f"{self.r.libelle('motif', first['modalite'])} est la demande la plus fréquente "
            f"({c.cell(first)} des personnes){end}."
        )

    def figure_motifs(self) -> dict[str, str]:
        known = c.comparable(self.motifs)
        reading = "aucune part n’est diffusée."
        if len(known):
            x = known.iloc[0]
            reading = (
                f"{self.r.en}, {c.cell(x)} des personnes dont la demande est connue "
                f"citent « {c.lower_first(self.r.libelle('motif', x['modalite']))} », "
                f"contre {c.reference(x)} en France."
            )
        return {
            "titre": self.reponse_motifs().split(" ; ")[0].rstrip("."),
            "mesure": "Part des personnes ayant exprimé la demande, en %, "
            f"{self.r.annee} (n = {self._base_motifs()}). Réponses multiples : le total dépasse "
            "100 %",
            "lecture": reading,
        }

    def _base_motifs(self) -> str:
        known = self.motifs["denominateur"].dropna()
        return formats.integer(known.iloc[0]) if len(known) else formats.SECRET

    def prudence_motifs(self) -> str:
        several = (
            f"La base est de {self._base_motifs()} personnes. Plusieurs réponses étaient "
            "possibles : les parts ne s’additionnent pas."
        )
        return " ".join(x for x in (prudence_mix(self.r, ["motif"]), several) if x)

    def reponse_structure(self) -> str:
        raw = c.row(self.structure, composante="brut")
        mix = c.row(self.structure, composante="operateurs")
        if not c.published(raw) or not c.published(mix):
            why = c.reason(mix if c.published(raw) else raw)
            return f"L’écart avec la France ne peut pas être décomposé. {why}"
        return (
            f"L’écart avec la France est de {formats.decimal(raw['ecart'], 1, signed=True)} "
            f"{self.mesure} pour 100 actifs ; à répartition par opérateur comparable, il serait "
            f"de {formats.decimal(mix['ecart'], 1, signed=True)}."
        )

    def structure_lignes(self) -> pd.DataFrame:
        """Raw gap, comparable gaps and what each public brings, with one sentence a row."""
        keep = self.structure["composante"].isin(COMPOSANTES)
        rows = self.structure[keep].copy()
        rows["composante"] = [self._composante(x) for _, x in rows.iterrows()]
        rows["phrase"] = [self._phrase(x) for _, x in self.structure[keep].iterrows()]
        rows.attrs = self.structure.attrs
        return rows

    def structure_declaree(self) -> str:
        """The declared rate at comparable sex and age, where the population is published."""
        if SEXE_AGE not in self.r.statistiques():
            return ""
        rows = self.r.statistique(SEXE_AGE)
        rows = rows[rows["region"].eq(self.r.code)]
        if rows.empty:
            return ""
        line = rows.iloc[0]
        what = "À structure par sexe et âge comparable (territoires dont la population est publiée)"
        if pd.isna(line["valeur"]):
            return f"{what}, le nombre n’est pas diffusé : {line['note']}."
        return (
            f"{what}, {self.r.en} : {formats.decimal(line['valeur'], 1)} {self.mesure} pour 100 "
            f"actifs (intervalle de {formats.decimal(line['borne_inf'], 1)} à "
            f"{formats.decimal(line['borne_sup'], 1)})."
        )

    def _composante(self, line: pd.Series) -> str:
        public = self.r.meta["publics"].get(line["modalite"], {}).get("libelle")
        return {
            "brut": "Écart brut",
            "operateurs": "À répartition par opérateur comparable",
            "contribution": f"dont : {c.lower_first(public or '')}",
            "structure": "Part liée au poids des publics",
            "sexe_age": "À structure par sexe et âge comparable",
        }[line["composante"]]

    def _phrase(self, line: pd.Series) -> str:
        if not c.published(line) and pd.isna(line["ecart"]):
            if line["composante"] == "sexe_age":
                return "La population active par sexe et âge n’est pas disponible."
            return c.reason(line)
        if line["composante"] == "brut":
            return (
                f"Le rapport aux actifs est {c.relative_to(line['lecture'])} la valeur nationale."
            )
        if line["composante"] == "contribution":
            public = self.r.meta["publics"].get(line["modalite"], {}).get("libelle") or "personnes"
            here, there = (c.value(line[k], line["unite"]) for k in ("valeur", "reference"))
            whom = c.lower_first(public)
            return f"{here} pour 100 {whom}, contre {there} en France."
        if line["composante"] == "structure":
            whole = c.row(self.structure, composante="brut_publics")["ecart"]
            return (
                "Ajoutée à l’écart comparable, elle donne l’écart des seuls publics déclarés : "
                f"{formats.decimal(whole, 1, signed=True)} (calculé avant arrondi)."
            )
        return (
            f"À cette répartition, il serait {c.relative_to(line['lecture'])} la valeur nationale."
        )

    def tableau_structure(self) -> dict[str, Any]:
        return {
            "titre": "De l’écart brut à l’écart comparable",
            "mesure": f"Écart avec la France, en {self.mesure} pour 100 actifs, {self.r.annee}",
            "colonnes": {
                "composante": "Écart avec la France",
                "ecart": "Valeur",
                "ecart_intervalle": "Intervalle à 95 %",
                "phrase": "Ce qu’on peut en dire",
            },
        }

    def evolution_region(self) -> pd.DataFrame:
        """Counts of the region by year, to draw: no reference beside them."""
        rows = self.evolution[self.evolution["region"] == self.r.code].drop(columns="reference")
        rows = rows.assign(note=rows["note"].replace("", "—"))
        rows.attrs = self.evolution.attrs
        return rows

    def figure_evolution(self) -> dict[str, str]:
        return {
            "titre": "Les années de part et d’autre d’une rupture ne sont pas reliées",
            "mesure": f"{self.mesure.capitalize()}, tous opérateurs, {self.r.nom}",
            "lecture": "la ligne ne relie que des années comparables ; une rupture est datée.",
            "colonnes": {
                "annee": "Année",
                "valeur": self.mesure.capitalize(),
                "ecart": "Écart avec l’année précédente",
                "note": "Remarque",
            },
        }

    def reponse_evolution(self) -> str:
        """Evolutions between comparable years, then why the others are refused."""
        rows = self.evolution[self.evolution["region"] == self.r.code]
        known = rows[rows["ratio"].notna()]
        said = [
            f"{a} par rapport à {int(a) - 1} : {formats.change(q)}"
            for a, q in zip(known["annee"], known["ratio"], strict=True)
        ]
        partial = [
            f"{x['annee']} est une année partielle"
            for _, x in rows.iterrows()
            if "année partielle" in x["note"]
        ]
        said += partial
        refused = [
            f"{x['annee']} : comparaison refusée, {c.lower_first(c.reason(x))}".rstrip(".")
            for _, x in rows[rows["lecture"] == codes.REFUSEE].iterrows()
        ]
        return f"{' ; '.join([*said, *refused])}."

    def tableau_mois(self) -> dict[str, Any]:
        return {
            "titre": f"{self.mesure.capitalize()} par mois",
            "mesure": f"{self.r.nom}, {self.r.annee}",
            "colonnes": {"mois": "Mois", "valeur": self.mesure.capitalize()},
            "repliable": True,
        }

    sans_constat = (
        "Aucun constat publiable sur le recours, les lieux ou les demandes n’est inscrit "
        "au classeur de suivi."
    )

    def constats(self) -> pd.DataFrame:
        """Publishable findings of the workbook on V2.1 to V2.3 and V2.8."""
        frame = self.r.suivi("constats")
        codes_ = tuple(f"V2.{n}" for n in (1, 2, 3, 8))
        return c.sourced(self.r, frame[frame["question"].astype(str).str.startswith(codes_)])

    def methode(self) -> list[str]:
        """Paragraphs of method that are proper to this annexe."""
        return [
            "Le recours par territoire rapporte les CEP des résidents aux actifs qui y résident. "
            "La contribution d’un opérateur rapporte ses entrées à tous les actifs : ce n’est "
            "pas un taux de recours de son propre public.",
            "À répartition par opérateur comparable : les rapports de la région, par public "
            "déclaré (personnes en recherche d’emploi, actifs occupés), sont appliqués au poids "
            "national de ces publics (standardisation directe). Ces publics se recouvrent en "
            "partie (des inscrits de catégories B et C travaillent) : l’écart comparable situe la "
            "région, il ne mesure pas un effet.",
        ]

    def questions(self) -> list[tuple[str, str]]:
        """At most six questions drawn from marked gaps, each with its figure."""
        asked = [
            (f"La part {self.operateur(x['operateur'], 1)} est de {self._against(x)}.", "2.1-F1")
            for _, x in ind.marked(self.operateurs, 2).iterrows()
        ]
        asked += [
            (f"La {self.part(x)} est de {self._against(x)}.", "2.3-F1")
            for _, x in ind.marked(self.profil, 4).iterrows()
        ]
        asked += [
            (
                f"La demande « {c.lower_first(self.r.libelle('motif', x['modalite']))} » est citée "
                f"par {self._against(x)}.",
                "2.7-F1",
            )
            for _, x in ind.marked(self.motifs, 2).iterrows()
        ]
        return [(f"{fact} Comment l’expliquez-vous ?", ref) for fact, ref in asked[:6]]

    def _against(self, line: pd.Series) -> str:
        whom = " des personnes" if line["dimension"] == "motif" else ""
        return f"{c.cell(line)}{whom} contre {c.reference(line)} en France"
