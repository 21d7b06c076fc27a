"""Sentences of annexe 2: who uses the CEP in the region, where, and for which demands.

`Recours` holds the indicator frames of the notebook and words them. Every number comes from a
published row; a sentence that cannot be written is replaced by its reason, never dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from cepkit import codes, formats
from cepkit import indicators as ind
from cepkit.lectures import commun as c
from cepkit.lectures.recours_profil import SANS, SENIORS
from cepkit.lectures.recours_sections import Sections
from cepkit.show import Cle
from cepkit.text import enumerate_fr


@dataclass(frozen=True)
class Recours(Sections):
    """The frames of annexe 2 and their wording; see `cepkit.indicators` for each frame."""

    @classmethod
    def depuis(cls, r) -> Recours:
        """The frames of annexe 2 over every dimension, for a notebook that shows but a few."""
        return cls(
            r,
            ind.take_up(r),
            ind.take_up(r, by="operateur"),
            ind.operator_mix(r),
            ind.profile(r),
            ind.answers(r, "motif"),
            ind.standardised_gap(r),
            ind.take_up(r, by="departement"),
            ind.evolution(r),
        )

    # ---- key figures and five lines -------------------------------------------------------

    def chiffres_cles(self) -> list[Cle]:
        """Six key figures at most, in the order of the specification."""
        return [
            self._cle_effectif(),
            self._cle_taux(),
            self._cle_chomage(),
            self._cle_operateur(),
            *self._cles_profil(),
        ]

    def _cle_effectif(self) -> Cle:
        table = self.operateurs.attrs["cepkit"]["tables"][0]
        national = c.row(ind.counts(self.r, table, niveau="FR"))
        return Cle(
            "Effectif, tous opérateurs",
            self.effectif,
            self.mesure,
            f"{self.r.nom}, {self.r.annee}",
            national=c.cell(national),
        )

    def _cle_taux(self) -> Cle:
        line, france = self.region, self.france
        proportion = line is not None and line["unite"] == "part"
        name = "Taux de recours" if proportion else f"{self.mesure.capitalize()} pour 100 actifs"
        unit = "des actifs" if proportion else f"pour 100 {self.habitants}"
        return Cle(
            name,
            c.cell(line),
            unit,
            f"Résidents, population {self.population['annee']}",
            national=f"{self.taux.attrs['cepkit']['reference']} : {c.cell(france)}",
            raison=c.reason(line),
            lecture=line["lecture"] if c.published(line) else None,
        )

    def _cle_chomage(self) -> Cle:
        here, there = self._chomage(self.region), self._chomage(self.france)
        return Cle(
            "Taux de chômage",
            here,
            "de la population active",
            f"Moyenne {self.r.annee}, au sens du Bureau international du travail",
            national=f"France hors Mayotte : {there}",
            raison="La série utilisée ne couvre pas ce territoire.",
        )

    @staticmethod
    def _chomage(line: pd.Series | None) -> str:
        return formats.ND if line is None else c.value(line["taux_chomage"], "%")

    def _cle_operateur(self) -> Cle:
        line = self.principal()
        if line is None:
            return Cle("Part de l’opérateur le plus présent", formats.ND, raison=c.reason(line))
        return self._cle_part(f"Part {self.operateur(line['operateur'], 1)}", line)

    def _cle_part(self, name: str, line: pd.Series) -> Cle:
        together = ", tranches d’âge réunies" if line.get("modalite") == SENIORS else ""
        return Cle(
            name,
            c.cell(line),
            f"des {self.mesure}{together}",
            f"{self.r.nom}, {self.r.annee}",
            national=c.reference(line),
            raison=c.reason(line),
            lecture=line["lecture"] if c.published(line) else None,
        )

    def _cles_profil(self) -> list[Cle]:
        """Women, then people of 50 or more (else the first available dimension)."""
        lines = [c.row(self.profil, dimension="sexe", modalite=self._femmes()), self._seniors()]
        return [
            self._cle_part(c.capital(n), x)
            for x in lines
            if x is not None
            for n in [self.part(x)]
        ]

    def _seniors(self) -> pd.Series | None:
        """Share of the age groups from 50 on, else the last group of another dimension."""
        parts = [
            m
            for m in self.r.modalites("tranche_age")
            if (age := re.match(r"\d+", m)) and int(age[0]) >= 50
        ]
        table = ind.meta.find_table(self.r, self.r.meta["mesure_principale"], ["tranche_age"])
        if parts and table:
            merged = ind.shares(self.r, table, "tranche_age", merge={SENIORS: parts})
            return merged.iloc[0]
        for dimension in ("tranche_age", "diplome", "csp", "statut"):
            rows = self.profil_complet()
            rows = rows[rows["dimension"] == dimension]
            if not rows.empty:
                return rows.iloc[-1]
        return None

    def _femmes(self) -> str:
        known = self.r.modalites("sexe")
        return next((m for m in known if m.lower().startswith("f")), known[0])

    def cinq_lignes(self) -> list[str]:
        """The five lines, each with its fixed role; always five."""
        return c.check_five(
            [self._combien(), self._national(), self._explique(), self._propre(), self._limites()]
        )

    def _combien(self) -> str:
        if self.effectif in (formats.ND, formats.SECRET):
            why = (
                "n’est pas diffusé, pour protéger les personnes"
                if self.effectif == formats.SECRET
                else "ne figure pas dans les tables diffusées"
            )
            return f"Le nombre de personnes reçues en {self.r.annee} {self.r.en} {why}."
        rate = f", soit {self._taux_long()}" if c.published(self.region) else ""
        return (
            f"En {self.r.annee}, {self.effectif} {self.mesure} en conseil en évolution "
            f"professionnelle (CEP) ont été enregistrées {self.r.en}, tous opérateurs "
            f"confondus{rate}."
        )

    def _taux_long(self) -> str:
        line = self.region
        unit = "des actifs" if line["unite"] == "part" else "pour 100 actifs"
        return f"{c.cell(line)} {unit}"

    def _national(self) -> str:
        line, without = self.region, c.row(self.taux, region=SANS)
        if not c.published(line):
            return c.fitting(
                f"La comparaison nationale n’est pas faite : {c.lower_first(c.reason(line))}",
                "La comparaison nationale n’est pas faite : la section 2.2 dit pourquoi.",
            )
        without = f", {c.cell(without)} sans elle" if c.published(without) else ""
        with_region = " avec la région" if without else ""
        return (
            f"C’est {c.relative_to(line['lecture'])} la valeur nationale : "
            f"{c.cell(self.france)} {self.mesure} pour 100 actifs{with_region}{without}."
        )

    def _explique(self) -> str:
        here, there = self._chomage(self.region), self._chomage(self.france)
        if here == formats.ND:
            return "Faute de population active publiée, aucun taux n’est calculé."
        gap = c.row(self.structure, composante="operateurs")
        if not c.published(gap):
            return (
                f"Le taux de chômage y est de {here} ({there} en France) ; l’écart à "
                "répartition par opérateur comparable n’est pas calculé."
            )
        return (
            f"Le taux de chômage y est de {here} ({there} en France) ; à répartition par "
            "opérateur comparable, l’écart de recours serait de "
            f"{formats.decimal(gap['ecart'], 1, signed=True)} pour 100 actifs."
        )

    def _propre(self) -> str:
        found = ind.marked(self.profil, 2)
        if not len(found):
            return "Aucun écart marqué avec le profil national n’apparaît."
        parts = [
            f"{c.lower_first(self.modalite(x))} ({c.cell(x)} contre "
            f"{c.reference(x)})"
            for _, x in found.iterrows()
        ]
        if len(parts) == 2:  # two numbers at most: the second gap is told by its reading
            second = found.iloc[1]
            parts[1] = f"{c.lower_first(self.modalite(second))} ({second['lecture']})"
        start = "Par rapport au profil national, des écarts marqués portent d’abord sur :"
        return c.fitting(
            *(f"{start} {enumerate_fr(p)}." for p in (parts, parts[:1])),
            "Par rapport au profil national, des écarts marqués sont décrits à la section 2.3.",
        )

    def _limites(self) -> str:
        broken = f"{self.r.annee} ne se compare pas aux années antérieures (rupture de série)"
        start = [broken] if len(self._refusees()) else []
        absent, said = self._absentes(), []
        for few in range(min(3, len(absent)), -1, -1):
            names, verb = enumerate_fr(absent[:few]), "figure" if few == 1 else "figurent"
            lacking = [f"{names} ne {verb} pas dans les données"] if few else []
            text = " ; ".join([*start, *lacking, self._masquees()]) + "."
            said.append(c.capital(text))
        return c.fitting(*said)

    def _absentes(self) -> list[str]:
        """Dimensions of the profile that are not released: « le secteur d’activité »."""
        rows = self.profil[
            (self.profil["modalite"] == codes.TOTAL) & (self.profil["etat"] == codes.NON_DISPONIBLE)
        ]
        return [c.DIMENSIONS.get(d, d) for d in rows["dimension"]]

    def _masquees(self) -> str:
        """Withheld cells of the region over all released tables, as annexe 1 counts them."""
        n = int(c.row(ind.withheld(self.r), region=self.r.code)["masquees"])
        if not n:
            return "aucune valeur de la région n’est masquée"
        return formats.count(
            n,
            "valeur de la région n’est pas diffusée",
            "valeurs de la région ne sont pas diffusées",
        )

    def _refusees(self) -> pd.DataFrame:
        return self.evolution[self.evolution["lecture"] == codes.REFUSEE]
