"""Sentences of the national synthesis: what the eighteen regions say together.

Nothing here orders or qualifies a region: official order, values with their context, ranges
without names. Every number comes from a published row of the regions' own annexes.
"""

from __future__ import annotations

from dataclasses import dataclass

from cepkit import codes, formats
from cepkit.lectures import commun as c
from cepkit.lectures.nationale_suivi import Suivi
from cepkit.show import Cle
from cepkit.text import enumerate_fr


@dataclass(frozen=True)
class Nationale(Suivi):
    """The frames of the synthesis and their wording; see `cepkit.indicators.national`."""

    # ---- key figures --------------------------------------------------------------------------

    def chiffres_cles(self) -> list[Cle]:
        """Six key figures, in the order of the specification."""
        return [self._cle_effectif(), self._cle_taux(), self._cle_operateurs(), self._cle_part(),
                self._cle_remis(), self._cle_masque()]  # fmt: skip

    def _cle_effectif(self) -> Cle:
        return Cle("Effectif national, tous opérateurs", self.effectif, self.mesure,
                   f"{len(self.r.regions())} régions, {self.r.annee}")  # fmt: skip

    def _cle_taux(self) -> Cle:
        line = self.france
        proportion = line is not None and line["unite"] == "part"
        return Cle(
            "Taux de recours" if proportion else f"{self.mesure.capitalize()} pour 100 actifs",
            c.cell(line), "des actifs" if proportion else "pour 100 actifs", self.champ_taux(),
            raison=c.reason(line),
        )  # fmt: skip

    def _cle_operateurs(self) -> Cle:
        first = c.row(self.operateurs)
        rest = [f"{self.operateur(x['operateur'])} {c.cell(x)}"
                for _, x in self.operateurs.iloc[1:].iterrows()]  # fmt: skip
        return Cle("Répartition par opérateur", c.cell(first),
                   f"{self.operateur(first['operateur'])} ; {' ; '.join(rest)}",
                   f"Part des {self.mesure}, {self.r.annee}", raison=c.reason(first))  # fmt: skip

    def _cle_part(self) -> Cle:
        line = c.row(self.part)
        return Cle("Écarts entre régions liés à la répartition par opérateur",
                   c.value(line["valeur"], "part", 0) if c.published(line) else formats.ND,
                   "de la dispersion des écarts", "Régions dont l’écart comparable est calculé, "
                   "pondérées par leur population", raison=c.reason(line))  # fmt: skip

    def _cle_remis(self) -> Cle:
        return Cle("Régions dont le rapport est remis", formats.integer(len(self.remises)),
                   f"sur {len(self.r.regions())}", "Étape « Remise à France compétences » réalisée "
                   "au classeur de suivi")  # fmt: skip

    def _cle_masque(self) -> Cle:
        known = self.r.meta.get("protection", {})
        return Cle("Part du volume non diffusée", known.get("part_volume", formats.ND), "",
                   "Toutes les tables diffusées, toutes régions",
                   raison="Le secret n’a pas été appliqué à cette édition.")  # fmt: skip

    # ---- five lines -----------------------------------------------------------------------------

    def cinq_lignes(self) -> list[str]:
        """The five lines, each with its fixed role; always five."""
        return c.check_five([self._ligne_volume(), self._ligne_etendue(), self._ligne_part(),
                             self._ligne_profils(), self._ligne_exclues()])  # fmt: skip

    def _ligne_volume(self) -> str:
        rate = "" if not c.published(self.france) else (
            f" ; {c.cell(self.france)} {self.unite} ({self.champ_court()})")  # fmt: skip
        return (f"En {self.r.annee}, {self.effectif} {self.mesure} en conseil en évolution "
                f"professionnelle ont été enregistrées en France, tous opérateurs "
                f"confondus{rate}.")  # fmt: skip

    def _ligne_etendue(self) -> str:
        known = self.taux_regions(publies=True)
        if known.empty:
            return "Aucun taux régional n’est calculé : aucune étendue n’est donnée."
        low, high = (c.value(v, known["unite"].iloc[0])
                     for v in (known["valeur"].min(), known["valeur"].max()))  # fmt: skip
        return (f"Parmi les régions dont le taux est calculé, il va de {low} à {high} "
                f"{self.mesure} {self.unite}.")  # fmt: skip

    def _ligne_part(self) -> str:
        line = c.row(self.part)
        if not c.published(line):
            return ("La part des écarts liée au chômage et à la répartition par opérateur n’est "
                    "pas calculée, faute d’écarts comparables.")  # fmt: skip
        share = c.value(line["valeur"], "part", 0)
        return (f"{share} de la dispersion du recours entre régions va de pair avec le poids des "
                "demandeurs d’emploi et la répartition par opérateur ; le reste relève d’autres "
                "différences.")  # fmt: skip

    def _ligne_profils(self) -> str:
        found = self.regions_marquees()
        if found.empty:
            return "Aucun écart marqué de profil n’apparaît entre les régions et la France."
        names = [c.lower_first(self.titre(d)) for d in found.index[:2]]
        counts = enumerate_fr([formats.integer(n) for n in found.iloc[:2]])
        each = "respectivement " if len(names) > 1 else ""
        return (f"Les profils diffèrent le plus d’une région à l’autre par {_the(names)} : un "
                f"écart marqué y apparaît {each}dans {counts} régions.")  # fmt: skip

    def _ligne_exclues(self) -> str:
        names = [codes.of_region(x) for x in self.sans_taux()]
        first = (f"Le taux {enumerate_fr(names)} n’est pas calculé, faute de population publiée"
                 if names else "Le taux de chaque région est calculé")  # fmt: skip
        return c.fitting(*(f"{first} ; {end}." for end in self._ruptures()), f"{first}.")

    def _ruptures(self) -> list[str]:
        year = int(self.r.annee)
        if not any(int(x["annee"]) == year for x in self.r.meta.get("ruptures") or ()):
            return ["les évolutions sont lues dans l’annexe de chaque région"]
        return [f"aucune évolution n’est présentée, une rupture de série étant déclarée en {year}"]

    def methode(self) -> list[str]:
        """Paragraphs of « Méthode et sources » proper to the synthesis."""
        return [
            "Les régions sont données dans l’ordre du code officiel, jamais selon une valeur. "
            "Chaque chiffre est celui de l’annexe de la région.",
            "L’écart comparable donne à chaque région le poids national des publics (personnes en "
            "recherche d’emploi, actifs occupés), auxquels les opérateurs s’adressent : "
            "standardisation directe. La part liée à ce poids est sa covariance avec l’écart, "
            "rapportée à la variance de l’écart, régions pondérées par leur population "
            "(décomposition de Shorrocks, 1982). Elle décrit ; elle n’explique pas.",
            "L’indice de spécificité est la part régionale divisée par la part nationale.",
        ]


def _the(titles: list[str]) -> str:
    """Titles of dimensions with their article: "âge" -> "l’âge"."""
    known = {"sexe": "le sexe", "âge": "l’âge", "statut d’emploi": "le statut d’emploi",
             "catégorie socioprofessionnelle": "la catégorie socioprofessionnelle",
             "niveau de diplôme": "le niveau de diplôme",
             "situation de handicap": "la situation de handicap"}  # fmt: skip
    return enumerate_fr([known.get(t, f"« {t} »") for t in titles])
