"""Sentences of an investigation: its card, what is read in one region, what several have in common.

Written for any investigation: a subclass adds what is its own (see `non_recours`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit import indicators as ind
from cepkit.lectures import commun as c
from cepkit.show import Col
from cepkit.text import enumerate_fr

COMPLEMENT = ("Approche complémentaire : elle ne fait pas partie du socle du suivi, et ne se lit "
              "qu’avec sa méthode et ses limites.")
DISPERSION = 3  # regions from which the spread beyond chance is told


@dataclass(frozen=True)
class Investigation:
    """An investigation as a region's page, or the common page of several regions, tells it."""

    r: Any
    nom: str

    @property
    def own(self) -> dict[str, Any]:
        return self.r.investigation(self.nom)

    @property
    def commune(self) -> bool:
        """Is this the common page of several regions?"""
        return self.r.code == codes.FRANCE

    @property
    def regions(self) -> list[str]:
        """Names of the regions that carry it out, official order."""
        return [codes.region_name(code) for code in self.own["regions"]]

    # ---- card -----------------------------------------------------------------------------

    def fiche(self) -> dict[str, str]:
        """Question, method, who answered, calendar, limits: heading -> text, the empty ones out."""
        own = self.own
        lines = {
            "Questions": " ".join(own["questions"]),
            "Méthode": enumerate_fr([m.lower() for m in own["methode"]]).capitalize() + ".",
            "Population et données": own["population"],
            "Sources propres": " ".join(f"{s['titre']} ({s['source']}"
                                        f"{' ; ' if s['provenance'] else ''}{s['provenance']})."
                                        for s in own["sources"]),
            "Participation": self._participation(),
            "Régions": enumerate_fr(self.regions) + ".",
            "Partenaires": enumerate_fr(own["partenaires"]),
            "Calendrier": self._calendrier(),
            "Ce que l’on ne peut pas en conclure": " ".join(own["limites"]),
        }
        return {head: text for head, text in lines.items() if text.strip(". ")}

    def _participation(self) -> str:
        asked, answered = self.own["sollicites"], self.own["repondants"]
        if answered is None:
            return ""
        said = formats.count(answered, "personne a participé", "personnes ont participé")
        if not asked:
            return f"{said}."
        rate = formats.quantity(answered / asked, "part")
        return f"{said} sur {formats.integer(asked)} sollicitées, soit {rate}."

    def _calendrier(self) -> str:
        days = {k: formats.date(v) for k, v in self.own["calendrier"].items() if v}
        said = [f"déclarée à France compétences le {days['declaration']}"
                if "declaration" in days else "",
                f"recueil du {days['terrain_debut']} au {days['terrain_fin']}"
                if {"terrain_debut", "terrain_fin"} <= set(days) else "",
                f"restitution le {days['restitution']}" if "restitution" in days else ""]
        text = " ; ".join(s for s in said if s)
        return c.capital(text) + "." if text else ""

    # ---- one region, or several -------------------------------------------------------------

    @property
    def lieu(self) -> dict[str, str]:
        """First column of the tables of the common page."""
        return {"region": "Région"} if self.commune else {}

    def par_region(self, indicator, *args: Any, **kw: Any) -> pd.DataFrame:
        """Rows of an indicator for the region, or for each region of the common page."""
        return ind.over_carrying(self.r, self.nom, indicator, *args, **kw)

    def valeurs(self, indicator, *args: Any, **kw: Any) -> pd.DataFrame:
        """Regional total of an indicator: the region's row, or one row a region."""
        frame = self.par_region(indicator, *args, **kw)
        whole = frame.get("departement", pd.Series(codes.TOTAL, frame.index)).eq(codes.TOTAL)
        found = frame[whole].reset_index(drop=True)
        found.attrs = frame.attrs
        return found

    def reponse(self, frame: pd.DataFrame, quoi: str) -> str:
        """The answer of a section, `quoi` naming what is counted (« entrées pour 100 actifs »)."""
        if self.commune:
            return self.dispersion(ind.together(self.r, frame), quoi)
        line = c.row(frame)
        if not c.published(line):
            return c.reason(line)
        near = "" if pd.isna(line.get("reference")) else (
            f", {c.relative_to(line['lecture'])} la valeur de référence "
            f"({c.reference(line)})")
        return f"{c.capital(self.r.en)}, {c.cell(line)} {quoi}{near}."

    def dispersion(self, whole: pd.DataFrame, quoi: str) -> str:
        """What the regions have in common and how far apart they are; none is named."""
        line = whole.iloc[0]
        n = formats.count(int(line["regions"]), "région", "régions")
        if not c.published(line):
            return f"La valeur commune aux {n} n’est pas donnée : {line['note']}."
        low, high = (c.value(line[k], line["unite"]) for k in ("minimum", "maximum"))
        said = f"Pour les {n} réunies, {c.cell(line)} {quoi}, de {low} à {high} selon la région"
        if line["regions"] < DISPERSION:
            return f"{said}."
        part = formats.decimal(100 * float(line["i2"]), 0)
        return f"{said} ; {part} % de cette dispersion dépasse ce que le hasard produirait."

    def tableau(self, titre: str, valeur: str) -> dict[str, Any]:
        """Words of a table of regional values."""
        return {"titre": titre, "mesure": f"{self.r.annee}, ordre du code officiel",
                "colonnes": {"region": "Région", "numerateur": "Nombre",
                             "denominateur": "Population", "valeur": valeur,
                             "intervalle": "Intervalle à 95 %"}}

    def colonnes_reponses(self, reponse: str) -> dict[str, str | Col]:
        """Columns of a table of answers to a survey; `reponse` heads the answers."""
        return {**self.lieu, "modalite": reponse, "valeur": "Part",
                "intervalle": "Intervalle à 95 %", "denominateur": "Réponses (env.)",
                "taille_efficace": Col("Taille efficace", "entier")}

    def prudence(self) -> str:
        """« À lire avec prudence » of the whole page."""
        return " ".join([COMPLEMENT, *self.own["limites"]])

    def methode(self) -> list[str]:
        """Paragraphs of « Méthode et sources »."""
        said = [COMPLEMENT]
        if self.commune and len(self.regions) >= DISPERSION:
            said.append(
                "Régions réunies : somme des numérateurs sur somme des dénominateurs. La part de "
                "la dispersion qui dépasse le hasard est le I² de Higgins et Thompson (2002) ; "
                "elle ne dit rien de l’ordre des régions, qui est celui du code officiel.")
        return said
