"""Sentences of annexe 3: what the CEP is used for, and which paths it accompanies.

`Parcours` holds the indicator frames of the notebook and words them. Every number comes from a
published row; a sentence that cannot be written is replaced by its reason, never dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cepkit import codes
from cepkit import indicators as ind
from cepkit.lectures import commun as c
from cepkit.lectures.bases import counted, few, size
from cepkit.lectures.parcours_sections import Sections
from cepkit.lectures.parcours_services import DEMISSION, PTP
from cepkit.show import Cle
from cepkit.text import enumerate_fr


@dataclass(frozen=True)
class Parcours(Sections):
    """The frames of annexe 3 and their wording; see `cepkit.indicators` for each frame."""

    # ---- key figures ------------------------------------------------------------------------

    def chiffres_cles(self) -> list[Cle]:
        """Six key figures, in the order of the specification."""
        return [
            self._cle_demande(),
            self._cle_service("niveau", "Second niveau de conseil"),
            self._cle_service("modalite", "À distance"),
            self._cle_prestation(),
            self._cle_ptp(),
            self._cle_demission(),
        ]

    def _cle_part(self, name: str, unit: str, line: pd.Series | None, base: str = "") -> Cle:
        known = c.published(line)
        n = "" if not known else counted(line) if few(line) else size(line.to_frame().T)
        place = ", ".join(p for p in (base, self.r.nom, str(self.r.annee)) if p)
        reference = line.get("reference") if line is not None else None
        return Cle(
            name, c.cell(line), unit, f"{place} ({n})" if n else place,
            national=c.value(reference, "part") if pd.notna(reference) else None,
            lecture=line["lecture"] if known else None,
            raison=c.reason(line, "Cette information ne figure pas dans les données."),
        )  # fmt: skip

    def _cle_demande(self) -> Cle:
        line = self.premiere_demande()
        unit = "" if line is None else f"citent « {self.demande(line)} »"
        return self._cle_part(
            "Première demande exprimée", unit, line if line is not None else c.row(self.motifs),
            self.base(self.motifs),
        )  # fmt: skip

    def _cle_service(self, dimension: str, name: str) -> Cle:
        return self._cle_part(name, f"des {self.mesure}", self.service(dimension))

    def _cle_prestation(self) -> Cle:
        return self._cle_part(
            "Au moins une prestation complémentaire", f"des {self.mesure}", self.une_prestation
        )

    def _cle_ptp(self) -> Cle:
        return self._cle_part(
            "Dossiers de projet de transition professionnelle (PTP) précédés d’un CEP",
            "des dossiers", self.prealable(), "Dossiers déposés",
        )  # fmt: skip

    def _cle_demission(self) -> Cle:
        line = self.demissions()
        national = None
        if line is not None:
            table = ind.meta.find_table(self.r, DEMISSION)
            national = c.cell(c.row(ind.counts(self.r, table, niveau="FR")))
        return Cle(
            "Dossiers de démission-reconversion", c.cell(line),
            "dossiers ; un CEP préalable y est obligatoire", f"{self.r.nom}, {self.r.annee}",
            national=national,
            raison=c.reason(line, "Aucun fichier de dossiers n’est diffusé."),
        )  # fmt: skip

    # ---- five lines ---------------------------------------------------------------------------

    def cinq_lignes(self) -> list[str]:
        """The five lines, each with its fixed role; always five."""
        return c.check_five([
            self._ligne_demandes(), self._ligne_niveau(), self._ligne_prestations(),
            self._ligne_ptp(), self._ligne_limite(),
        ])  # fmt: skip

    def _ligne_demandes(self) -> str:
        line = self.premiere_demande()
        if line is None:
            return f"Les demandes exprimées ne sont pas connues : {self._faute(self.motifs)}"
        known = self.motifs[self.motifs["etat"] == codes.PUBLIE]
        ordered = known.loc[known["valeur"].astype(float).sort_values(ascending=False).index]
        then = [f"« {self.demande(x)} »" for _, x in ordered.iloc[1:3].iterrows()]
        start = ("Parmi les valeurs diffusées, la" if self.masque(self.motifs) else "La") + (
            " demande la plus fréquente est")  # fmt: skip
        first = f"{start} « {self.demande(line)} »"
        ends = [f" ; {'viennent' if n > 1 else 'vient'} ensuite {enumerate_fr(then[:n])}"
                for n in range(len(then), 0, -1)]  # fmt: skip
        bases = (c.lower_first(self.base(self.motifs)), "personnes")
        return c.fitting(*(f"{first} ({self.parmi(line, b)}){e}." for e in [*ends, ""]
                         for b in bases))  # fmt: skip

    def _ligne_niveau(self) -> str:
        line = self.service("niveau")
        if not c.published(line):
            return f"La part du second niveau n’est pas connue : {self._faute(self.services)}"
        return (
            f"{c.cell(line)} des {self.mesure} relèvent du second niveau, l’accompagnement "
            f"personnalisé, contre {c.reference(line)} en France : "
            f"{self.lecture(line)}."
        )

    def _ligne_prestations(self) -> str:
        line = self.une_prestation
        if not c.published(line):
            return (
                "La mobilisation de prestations complémentaires n’est pas connue : "
                f"{self._faute(self.prestations)}"
            )
        first = self.premiere_prestation()
        end = "" if first is None else f", surtout « {self.prestation(first)} »"
        return f"{self.parmi(line, self.mesure)} mobilisent au moins une prestation " \
               f"complémentaire{end}."  # fmt: skip

    def _ligne_ptp(self) -> str:
        line = self.prealable()
        if line is None or line["etat"] == codes.NON_DISPONIBLE:
            return c.kept_back(self.r, PTP, DEMISSION) or (
                "L’articulation avec les dispositifs n’est pas mesurée cette année.")
        if not c.published(line):
            return (
                "La part des dossiers de projet de transition professionnelle précédés d’un "
                "conseil n’est pas diffusée, pour protéger les personnes."
            )
        return (
            f"{self.parmi(line, 'dossiers')} de projet de transition professionnelle déposés "
            f"{self.r.en} ont été précédés d’un conseil en évolution professionnelle "
            "(source : Transitions Pro)."
        )

    def _ligne_limite(self) -> str:
        return (
            "Les données décrivent des volumes : elles ne permettent pas de suivre une personne "
            f"d’une étape à l’autre{self._masquees()}."
        )

    def _faute(self, frame: pd.DataFrame) -> str:
        """Why a frame has no value, short enough for one of the five lines."""
        return (
            "les valeurs ne sont pas diffusées, pour protéger les personnes."
            if self.masque(frame)
            else "cette information ne figure pas dans les données de cette année."
        )  # fmt: skip

    def _masquees(self) -> str:
        """What is withheld, when something is."""
        frames = (self.motifs, self.services, self.prestations, self.dispositifs, self.profil)
        hidden = any(map(self.masque, frames))
        return " ; certaines valeurs ne sont pas diffusées, pour protéger les personnes" \
            if hidden else ""  # fmt: skip

    # ---- questions and method -------------------------------------------------------------------

    def questions(self) -> list[str | tuple[str, str]]:
        """At most six questions to the operators, drawn from marked gaps, with their figure."""
        found = [
            (x, f"La demande « {self.demande(x)} » est citée par {self.parmi(x, 'personnes')}",
             "3.1-F1") for _, x in ind.marked(self.motifs, 3).iterrows()
        ]  # fmt: skip
        found += [
            (x, f"La part « {self.modalite(x)} » est de {self.parmi(x, self.mesure)}", "3.2-T1")
            for _, x in ind.marked(self.services_lus(), 1).iterrows()
        ]
        found += [
            (x, f"La prestation « {self.prestation(x)} » est mobilisée dans "
             f"{self.parmi(x, self.mesure)}", "3.3-F1")
            for _, x in ind.marked(self.prestations, 1).iterrows()
        ]  # fmt: skip
        line = self.prealable()
        if c.published(line) and line["lecture"] in (codes.AU_DESSUS, codes.EN_DESSOUS):
            found.append((line, "La part des dossiers de projet de transition professionnelle "
                                f"précédés d’un CEP est de {c.cell(line)} ({counted(line)})",
                          "3.4-T1"))  # fmt: skip
        asked: list[str | tuple[str, str]] = [
            (f"{said}, contre {c.reference(x)} en France. Comment "
             "l’expliquez-vous ?", ref) for x, said, ref in found[:5]
        ]  # fmt: skip
        return [*asked, "Comment passe-t-on, dans la région, d’un opérateur à l’autre ou à un "
                        "partenaire ? Les données ne le décrivent pas."]  # fmt: skip

    def methode(self) -> list[str]:
        """Paragraphs of « Méthode et sources » proper to this annexe."""
        return [
            "La part « au moins une prestation complémentaire » est le complément à 100 % de la "
            "part « aucune prestation ».",
            "Une part « parmi les personnes en CEP » a pour base les personnes ou les entrées "
            "comptées par les opérateurs ; une part « parmi les dossiers » a pour base les "
            "dossiers reçus par l’association Transitions Pro. Les deux ne se rapprochent pas.",
            f"Source des dossiers : {self.sources() or 'aucun fichier de dossiers n’est diffusé'}.",
        ]
