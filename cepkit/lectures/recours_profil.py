"""Sections 2.1 to 2.3 of annexe 2 and the frames they read: answers, titles, cautions, tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit import indicators as ind
from cepkit.lectures import commun as c
from cepkit.text import enumerate_fr

SANS, PERSONNES, SENIORS = "FR_sans_region", "beneficiaires", "50_plus"
PLURAL = ("sexe", "tranche_age", "csp")
PARTIAL = ("csp", "diplome", "statut", "handicap")  # not filled in by every operator


@dataclass(frozen=True)
class Profil:
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

    connu = staticmethod(c.connu)

    # ---- names and rows -------------------------------------------------------------------

    @property
    def mesure(self) -> str:
        """Short plural name of the principal measure: « entrées »."""
        return c.measure_name(self.r)

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
        """Count of the region, all operators, as text: « s. » when withheld, « n.d. » if absent."""
        known = self.operateurs["denominateur"].dropna()
        if len(known):
            return formats.integer(known.iloc[0])
        absent = self.operateurs["etat"].eq(codes.NON_DISPONIBLE).all()
        return formats.ND if absent else formats.SECRET

    def principal(self) -> pd.Series | None:
        """Row of the operator that weighs most in France (public figure)."""
        known = self.operateurs[self.operateurs["reference"].notna()]
        return None if known.empty else known.loc[known["reference"].astype(float).idxmax()]

    def modalite(self, line: pd.Series) -> str:
        """Label of a row of the profile: « Professions intermédiaires », « Handicap : oui »."""
        if line["modalite"] == SENIORS:
            return "50 ans ou plus"
        label = self.r.libelle(line["dimension"], line["modalite"], court=True)
        title = self.r.meta["nomenclatures"].get(line["dimension"], {}).get("titre", "")
        return f"{title} : {c.lower_first(label)}" if len(label) < 5 else label

    def part(self, line: pd.Series) -> str:
        """Share of a row in a sentence: « part des cadres », « part « sans diplôme » »."""
        label = c.lower_first(self.modalite(line))
        plural = label[0].isdigit() or label.startswith("moins de") or label.endswith("s")
        return (
            f"part des {label}" if plural and line["dimension"] in PLURAL else f"part « {label} »"
        )

    @property
    def population(self) -> dict[str, Any]:
        """Declared population to which the measure is related (first one of persons)."""
        return ind.meta.population(self.r) or {}

    @property
    def habitants(self) -> str:
        """Name of that population: « actifs de 15 à 64 ans »."""
        return c.lower_first(self.population.get("libelle", "actifs"))

    def operateur(self, code: str, form: int = 0) -> str:
        """An operator in a sentence: subject (0), « de … » (1), « à … » (2)."""
        return c.operator(code, self.r.libelle("operateur", code), form)

    # ---- 2.1 ------------------------------------------------------------------------------

    def reponse_operateurs(self) -> str:
        line = self.principal()
        if line is None or not c.published(line):
            return f"{self.effectif} {self.mesure} en {self.r.annee}, tous opérateurs confondus."
        rest = c.marked(self.operateurs[self.operateurs["operateur"] != line["operateur"]])
        end = "aucun autre opérateur n’a d’écart marqué avec la France"
        if len(rest):
            names = enumerate_fr([self.operateur(o) for o in rest["operateur"]])
            too = "aussi " if line["lecture"] in (codes.AU_DESSUS, codes.EN_DESSOUS) else ""
            end = f"un écart marqué avec la France apparaît {too}pour {names}"
        return (
            f"{self.effectif} {self.mesure} en {self.r.annee}, dont {c.cell(line)} "
            f"{self.operateur(line['operateur'], 2)} ; {end}."
        )

    def figure_operateurs(self) -> dict[str, str]:
        line = self.principal()
        if line is None or not c.published(line):
            return {
                "titre": "Répartition par opérateur",
                "mesure": self._mesure_part(),
                "lecture": "La part de l’opérateur principal n’est pas diffusée.",
            }
        name = self.operateur(line["operateur"])
        here, there = c.cell(line), c.reference(line)
        beside = "comme en France" if here == there else f"contre {there} en France"
        return {
            "titre": f"La part {self.operateur(line['operateur'], 1)} est de {here}, {beside}",
            "mesure": self._mesure_part(),
            "lecture": f"{self.r.en}, {c.cell(line)} des {self.mesure} sont enregistrées par "
            f"{name}, contre {c.reference(line)} en France "
            f"({line['lecture']}).",
        }

    def _mesure_part(self) -> str:
        return f"Part de chaque opérateur dans les {self.mesure} en CEP, en %, {self.r.annee}"

    def tableau_beneficiaires(self) -> dict[str, Any]:
        """Words of the table of beneficiaries (persons), never added up over operators."""
        return {
            "titre": "Bénéficiaires par opérateur",
            "mesure": f"Personnes suivies dans l’année, {self.r.annee}, selon la définition de la "
            "source (annexe 1). Les bénéficiaires ne s’additionnent pas d’un opérateur à l’autre",
            "colonnes": {"operateur": "Opérateur", "valeur": "Bénéficiaires"},
        }

    def beneficiaires(self) -> pd.DataFrame:
        """Persons of each operator (no row when they are not delivered): never a total."""
        table = ind.meta.find_table(self.r, PERSONNES, ["operateur"])
        return ind.counts(self.r, table, by="operateur") if table else pd.DataFrame()

    def niveaux(self, frame: pd.DataFrame) -> str:
        """Levels of counsel, region against France, or why they are not known."""
        known = frame[frame["etat"] == codes.PUBLIE]
        if known.empty:
            return f"Niveaux de conseil : {c.lower_first(c.reason(c.row(frame)))}"
        said = [
            f"{c.lower_first(self.modalite(x))}, {c.cell(x)} des {self.mesure} "
            f"({c.reference(x)} en France)"
            for _, x in known.iterrows()
        ]
        return f"Niveaux de conseil : {enumerate_fr(said)}."

    def prudence_operateurs(self) -> str:
        return " ".join(
            [
                f"À {self.operateur('france_travail')}, le CEP est délivré dans un accompagnement "
                "plus large ; le recours n’y est pas toujours une demande de CEP. Une personne "
                "reçue par deux opérateurs compte pour deux entrées.",
                *self._manques(),
            ]
        )

    def _manques(self) -> list[str]:
        """What the delivery lacks for the region: operators, months."""
        absent = self.operateurs[
            (self.operateurs["etat"] == codes.NON_DISPONIBLE) | (self.operateurs["numerateur"] == 0)
        ]
        said = [
            f"Aucune entrée {self.operateur(o, 1)} n’est livrée pour {self.r.nom}."
            for o in absent["operateur"]
        ]
        months = self.mois()
        if months.empty:
            return said
        lacking = months.loc[months["etat"] == codes.NON_DISPONIBLE, "mois"]
        if len(lacking):
            names = enumerate_fr([self.r.libelle("mois", m) for m in lacking])
            said.append(
                f"Le mois d’{names} n’est pas livré."
                if names[0] in "ao"
                else f"Mois non livré : {names}."
            )
        return said

    def mois(self) -> pd.DataFrame:
        """Counts by month; no row when months are not delivered."""
        table = ind.meta.find_table(self.r, self.r.meta["mesure_principale"], ["mois"])
        return ind.counts(self.r, table, by="mois") if table else pd.DataFrame()

    # ---- 2.2 ------------------------------------------------------------------------------

    def reponse_taux(self) -> str:
        line = self.region
        if not c.published(line):
            return f"Aucun taux ne peut être calculé {self.r.en}. {c.reason(line)}"
        here, there = (c.value(x["taux_chomage"], "%") for x in (line, self.france))
        return (
            f"{c.cell(line)} {self.mesure} pour 100 actifs, {c.relative_to(line['lecture'])} "
            f"la valeur nationale ({c.cell(self.france)}) ; le taux de chômage est de {here}, "
            f"contre {there} en France."
        )

    def contributions_region(self) -> pd.DataFrame:
        """Contributions of the region, one row an operator; France is their reference."""
        rows = self.contributions[self.contributions["region"] == self.r.code]
        return rows[rows["operateur"] != codes.ENSEMBLE]

    def figure_contributions(self) -> dict[str, str]:
        """Title, measure and reading of the bars of contributions."""
        rows = c.marked(self.contributions_region())
        names = enumerate_fr([self.operateur(o) for o in rows["operateur"]])
        first = self.contributions_region().iloc[0]
        return {
            "titre": f"Contributions à écart marqué avec la France : {names}"
            if names
            else "Contribution de chaque opérateur et valeur nationale",
            "mesure": f"Contribution de l’opérateur : ses {self.mesure} pour 100 actifs, tous "
            f"actifs confondus, {self.r.annee}",
            "lecture": f"pour 100 actifs {self.r.en}, on compte {c.cell(first)} {self.mesure} "
            f"enregistrées par {self.operateur(first['operateur'])}, contre "
            f"{c.reference(first)} en France.",
        }

    def publics(self, frame: pd.DataFrame) -> str:
        """Rate of each public over its own population; `frame`: `ind.own_public`."""
        rows = frame[(frame["region"] == self.r.code) & frame["public"].ne(codes.TOTAL)]
        said = []
        for _, x in rows.iterrows():
            public = c.lower_first(self.r.meta["publics"][x["public"]]["libelle"])
            there = f", contre {c.reference(x)} en France ({x['lecture']})"
            said.append(
                f"{c.cell(x)} pour 100 {public}{there}"
                if c.published(x) and pd.notna(x["reference"])
                else f"{public} : {c.lower_first(c.reason(x)).rstrip('.')}"
            )
        if not said:
            return "Aucun public propre à un opérateur n’est déclaré avec sa population."
        return f"{self.mesure.capitalize()}, chaque public à part : {' ; '.join(said)}."

    @property
    def taux_publie(self) -> bool:
        """Whether the rate of the region may be written."""
        return c.published(self.region)

    def taux_lignes(self) -> pd.DataFrame:
        """Rates with the name of each place in the field of the denominator."""
        france = self.taux.attrs["cepkit"]["reference"]
        names = {self.r.code: self.r.nom, codes.FRANCE: france, SANS: f"{france}, sans la région"}
        rows = self.taux.assign(territoire=self.taux["region"].map(names))
        rows.attrs = self.taux.attrs
        return rows

    def tableau_taux(self) -> dict[str, Any]:
        return {
            "titre": f"{self.mesure.capitalize()} pour 100 actifs et taux de chômage",
            "mesure": f"{self.r.annee}, rapporté aux {self.habitants} "
            f"({self.population.get('source')})",
            "colonnes": {
                "territoire": "Territoire",
                "valeur": f"{self.mesure.capitalize()} pour 100 actifs",
                "intervalle": "Intervalle à 95 %",
                "taux_chomage": "Taux de chômage (%)",
                "lecture": "Lecture",
            },
        }

    def taux_de_recours(self) -> str:
        """The rate of persons (beneficiaries), told apart from the entries."""
        if PERSONNES not in self.r.meta["mesures"]:
            return "Le nombre de personnes n’est pas livré : aucun taux de recours n’est calculé."
        taux = ind.take_up(self.r, mesure=PERSONNES)
        here, there = c.row(taux, region=self.r.code), c.row(taux, region=codes.FRANCE)
        if not c.published(here):
            return f"Taux de recours : {c.lower_first(c.reason(here))}"
        return (
            f"En nombre de personnes, le taux de recours est de {c.cell(here)} des "
            f"{self.habitants} ({c.cell(there)} en France) ; c’est une autre mesure que les "
            f"{self.mesure}, qui ne s’y compare pas."
        )

    def prudence_taux(self) -> str:
        year = self.population.get("annee")
        return (
            f"Les {self.mesure} de {self.r.annee} sont rapportées à la population de {year}, "
            "année la plus récente disponible. Une personne peut entrer plusieurs fois : ce "
            "rapport n’est pas une part d’actifs. Le taux de chômage situe la région."
        )

    # ---- 2.3 ----------------------------------------------------------------------------

    def reponse_profil(self) -> str:
        found, every = ind.marked(self.profil, 3), ind.marked(self.profil, 99)
        if found.empty:
            return "Le profil des personnes ne s’écarte pas nettement du profil national."
        parts = [f"{c.lower_first(self.modalite(x))} ({x['lecture']})" for _, x in found.iterrows()]
        if len(every) == 1:
            return f"Un écart marqué avec le profil national : {parts[0]}."
        some = ", notamment" if len(every) > len(found) else " :"
        return f"{len(every)} écarts marqués avec le profil national{some} {enumerate_fr(parts)}."

    def sans_profil(self, what: str = "") -> str:
        """Why no profile is drawn: withheld, or not in the data."""
        rows = self.profil_complet()
        if len(rows) and rows["etat"].isin([codes.SECRET, codes.NON_DIFFUSE]).any():
            return f"Aucune part {what}n’est diffusée pour la région, pour protéger les personnes."
        return f"Le profil {what}ne figure pas dans les tables diffusées de {self.r.annee}."

    def profil_complet(self) -> pd.DataFrame:
        """The whole profile, without the rows that only say that a dimension is absent."""
        rows = self.profil[self.profil["modalite"] != codes.TOTAL]
        rows.attrs = self.profil.attrs
        return rows

    def profil_figure(self) -> pd.DataFrame:
        """At most fifteen rows in nomenclature order: dimensions with a marked gap go first."""
        rows = self._without_mirror(self.profil_complet())
        marked = set(c.marked(rows)["dimension"])
        sizes = rows.groupby("dimension", sort=False).size()
        kept, room = set(), 15
        for dimension in sorted(sizes.index, key=lambda d: d not in marked):
            if sizes[dimension] <= room:
                kept.add(dimension)
                room -= sizes[dimension]
        shown = rows[rows["dimension"].isin(kept)]
        shown.attrs = self.profil.attrs
        return shown

    def _non_dessines(self) -> str | None:
        """Note naming the dimensions that only the whole table holds."""
        left = dict.fromkeys(self.profil_complet()["dimension"])
        left = [
            c.DIMENSIONS.get(d, d) for d in left if d not in set(self.profil_figure()["dimension"])
        ]
        return f"Dans le tableau complet seulement : {enumerate_fr(left)}." if left else None

    def figure_profil(self) -> dict[str, Any]:
        found = ind.marked(self.profil, 2)
        names = enumerate_fr([c.lower_first(self.modalite(x)) for _, x in found.iterrows()])
        more = "notamment " if len(ind.marked(self.profil, 99)) > len(found) else ""
        line = (found if len(found) else c.comparable(self.profil)).head(1)
        reading = "aucune part n’est diffusée."
        if len(line):
            x = line.iloc[0]
            reading = (
                f"{self.r.en}, {c.lower_first(self.modalite(x))} : {c.cell(x)} des "
                f"{self.mesure} renseignées, contre {c.reference(x)} en "
                f"France ({formats.points(x['ecart'])}, {x['lecture']})."
            )
        return {
            "titre": f"Écarts marqués : {more}{names}"
            if names
            else "Aucun écart marqué avec le profil national",
            "note": self._non_dessines(),
            "mesure": f"Écart entre la part {self.r.en} et la part en France, en points, parmi les "
            f"{self.mesure} dont la modalité est connue, {self.r.annee}",
            "lecture": reading,
            "colonnes": {
                "modalite": "Modalité", "numerateur": "Effectif", "denominateur": "Base",
                "valeur": self.r.nom, "reference": "France", "ecart": "Écart",
                "ecart_intervalle": "Intervalle à 95 %", "ratio": "Indice de spécificité",
                "lecture": "Lecture",
            },
        }  # fmt: skip

    def prudence_profil(self) -> str:
        partial = [d for d in PARTIAL if d in set(self.profil_complet()["dimension"])]
        absent = [
            d for d in self.profil["dimension"] if d not in set(self.profil_complet()["dimension"])
        ]
        text = (
            "Tous les opérateurs ne renseignent pas "
            f"{enumerate_fr([c.DIMENSIONS[d] for d in partial])}"
            " : ces parts ne décrivent que les personnes dont la modalité est connue, et un écart "
            "avec la France peut tenir au poids de chacun de ces opérateurs dans la région."
        )
        if absent:
            names = enumerate_fr([c.DIMENSIONS.get(d, d) for d in dict.fromkeys(absent)])
            text += f" Ne figure pas dans le jeu de données {self.r.annee} : {names}."
        return text

    def _without_mirror(self, frame: pd.DataFrame) -> pd.DataFrame:
        two = frame.groupby("dimension", sort=False)["modalite"].transform("size").eq(2)
        return frame[~(two & frame.duplicated("dimension"))]
