"""Sections N.6 to N.9 of the national synthesis: overseas, cooperations, levers, investigations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit import indicators as ind
from cepkit.lectures import commun as c
from cepkit.lectures.nationale_sections import TIRET
from cepkit.lectures.nationale_usages import Usages
from cepkit.show import Col
from cepkit.text import enumerate_fr

SANS_EFFECTIF = ("Effectif, taux de réponse et limites : non renseignés au classeur de suivi, qui "
                 "ne les demande pas.")
NATURES = {"leviers": "Levier", "difficultes": "Difficulté"}


@dataclass(frozen=True)
class Suivi(Usages):
    """Wording of the sections that read overseas territories and the follow-up workbooks."""

    # ---- N.6 ------------------------------------------------------------------------------------

    def ultramarines(self) -> list[str]:
        """Codes of the overseas regions of the release."""
        return [x for x in codes.OUTRE_MER if x in self.r.regions()]

    def outre_mer(self) -> pd.DataFrame:
        """What is known of each overseas region, and what is missing."""
        hidden = ind.withheld(self.r).set_index("region")["masquees"]
        counts = self.effectifs
        rows = []
        for code in self.ultramarines():
            rate = self._taux(code)
            rows.append({
                "region": code, "effectif": counts.loc[code, "valeur"],
                "etat": counts.loc[code, "etat"], "unite": "pour 100", "valeur": rate["valeur"],
                "taux_chomage": rate["taux_chomage"], "masquees": int(hidden[code]),
                "manque": self._manque(code),
            })  # fmt: skip
        return self._framed(rows, list(rows[0]) if rows else ["region"])

    def _manque(self, code: str) -> str:
        """What the region lacks: series, operators, months, then what is withheld."""
        partly, wholly = self._masques(code)
        said = (("absent", self._absents(code)), ("masqué", wholly), ("masqué en partie", partly))
        return " ; ".join(f"{w} : {', '.join(names)}" for w, names in said if names) or "rien"

    def _absents(self, code: str) -> list[str]:
        rate, gap = self._taux(code), c.row(self.ecarts, region=code)
        series = [("taux de recours", c.published(rate)),
                  ("écart comparable", pd.notna(gap["comparable"])),
                  ("taux de chômage", pd.notna(rate["taux_chomage"]))]  # fmt: skip
        return [*(name for name, known in series if not known),
                *(f"entrées {c.operator(o, self.operateur(o), 1)}"
                  for o in self.sans_entree.get(code, ())),
                *self.mois_manquants().get(code, ())]  # fmt: skip

    def _masques(self, code: str) -> tuple[list[str], list[str]]:
        """Subjects withheld in part, subjects withheld as a whole."""
        partly, wholly = [], []
        for name, rows in self._sujets(code):
            hidden = rows["etat"].isin([codes.SECRET, codes.NON_DIFFUSE])
            if hidden.any():
                (partly if (rows["etat"] == codes.PUBLIE).any() else wholly).append(name)
        return partly, wholly

    def _sujets(self, code: str) -> list[tuple[str, pd.DataFrame]]:
        """(« niveau de diplôme », its rows) of everything that is read for a region."""
        mine = self.profils[self.profils["region"] == code]
        named = [(c.lower_first(self.titre(d)), g)
                 for d, g in mine.groupby("dimension", sort=False)]  # fmt: skip
        others = (("demandes", self.motifs), ("services", self.services),
                  ("prestations", self.prestations), ("dossiers", self.dispositifs))  # fmt: skip
        return [*named, *((name, f[f["region"] == code]) for name, f in others)]

    def reponse_outre_mer(self) -> str:
        known = [x for x in self.ultramarines() if x not in self.sans_taux()]
        lacking = [codes.region_name(x) for x in self.ultramarines() if x in self.sans_taux()]
        single = all(len(self.r.regionale(x).departements()) < 2 for x in self.ultramarines())
        counted = formats.count(len(known), "région ultramarine", "régions ultramarines")
        text = f"Un taux est calculé pour {counted} sur {len(self.ultramarines())}"
        text += f" (pas pour {enumerate_fr(lacking)})" if lacking else ""
        return text + (" ; chacune n’a qu’un département : aucune maille plus fine n’est diffusée."
                       if single else ".")  # fmt: skip

    def tableau_outre_mer(self) -> dict[str, Any]:
        return {
            "titre": "Ce que l’on sait des régions ultramarines, et ce qui manque",
            "mesure": f"{self.r.annee}, ordre du code officiel",
            "colonnes": {"region": "Région", "effectif": self.mesure.capitalize(),
                         "valeur": self.unite.capitalize(),
                         "taux_chomage": Col("Taux de chômage (%)", "decimal1", "droite"),
                         "masquees": Col("Valeurs non diffusées", "entier", "droite"),
                         "manque": "Ce qui manque"},
            "note": "Valeurs non diffusées : cases que le secret masque, toutes tables de la "
            "région.",
        }  # fmt: skip

    # ---- N.7 to N.9 -----------------------------------------------------------------------------

    def _remis(self, sheet: str) -> pd.DataFrame:
        """Rows of a sheet, regions whose report has been handed over only."""
        rows = self.r.suivi(sheet)
        return rows[rows["region"].isin(self.remises)] if not rows.empty else rows

    def sans_remise(self, subject: str) -> str:
        """Why a section on the follow-up is empty."""
        if self.remises:
            return f"Les rapports remis ne recensent {subject}."
        return ("Aucun rapport régional n’est remis à la date de cette édition : cette section se "
                "remplit à mesure des remises.")  # fmt: skip

    def cooperations(self) -> pd.DataFrame:
        """Form × object: number of cooperations and of regions, never their list."""
        rows = self._remis("cooperations")
        if rows.empty:
            return rows
        groups = rows.groupby(["modalite", "objet"])["region"].agg(["size", "nunique"])
        frame = groups.reset_index().astype({"size": str, "nunique": str})
        return self._framed(frame.to_dict("records"), ["modalite", "objet", "size", "nunique"])

    def reponse_cooperations(self) -> str:
        rows = self._remis("cooperations")
        n = formats.count(len(rows), "coopération recensée", "coopérations recensées")
        return f"{n} dans {formats.count(rows['region'].nunique(), 'région')} au rapport remis."

    def tableau_cooperations(self) -> dict[str, Any]:
        return {
            "titre": "Formes et objets des coopérations recensées",
            "mesure": f"Régions dont le rapport est remis, exercice {self.r.annee}",
            "colonnes": {"modalite": "Forme", "objet": "Objet principal", "size": "Coopérations",
                         "nunique": "Régions concernées"},
            "source": "classeurs de suivi des associations",
        }  # fmt: skip

    def leviers(self) -> pd.DataFrame:
        """Question × (levers, difficulties): number of regions, without any attribution."""
        rows = self._remis("constats")
        if rows.empty:
            return rows
        rows = rows[rows["nature"].isin(NATURES.values())]
        counts = rows.groupby(["question", "nature"])["region"].nunique()
        asked = [q for q in codes.QUESTIONS if q in set(rows["question"])]
        return self._framed(
            [{"question": f"{q} – {codes.QUESTIONS[q]}"} | {
                k: str(counts.get((q, n), 0)) for k, n in NATURES.items()} for q in asked],
            ["question", *NATURES])  # fmt: skip

    def reponse_leviers(self) -> str:
        rows = self._remis("constats")
        n = rows[rows["nature"].isin(NATURES.values())]["region"].nunique()
        return (f"{formats.count(n, 'région')} au rapport remis "
                f"{'déclarent' if n > 1 else 'déclare'} des leviers ou des difficultés, rassemblés"
                " par question.")  # fmt: skip

    def tableau_leviers(self) -> dict[str, Any]:
        return {
            "titre": "Leviers et difficultés, par question",
            "mesure": f"Nombre de régions dont le rapport est remis, exercice {self.r.annee}",
            "colonnes": {"question": "Question du suivi", "leviers": "Leviers (régions)",
                         "difficultes": "Difficultés (régions)"},
            "source": "classeurs de suivi des associations",
        }  # fmt: skip

    def investigations(self) -> pd.DataFrame:
        """Investigations declared to France compétences: theme, regions, method, lesson.

        Rows of the workbooks; those that only their own file declares follow.
        """
        rows = self.r.suivi("investigations")
        rows = rows[rows["declaree_le"].fillna("") != ""] if not rows.empty else rows
        known = set(rows["nom"])
        files = pd.DataFrame([
            {"theme": own["theme"], "regions": [codes.region_name(c) for c in own["regions"]],
             "methode": enumerate_fr(own["methode"]), "donnees": own["population"], "etat": "",
             "enseignement": "", "region": ""}
            for nom, own in self.r.meta["investigations"].items()
            if nom not in known and own["calendrier"]["declaration"]])
        rows = pd.concat([rows, files], ignore_index=True)
        return self._framed(
            [{**x, "regions": enumerate_fr(x["regions"] or [codes.region_name(x["region"])]),
              "enseignement": x["enseignement"] or TIRET, "etat": x["etat"] or TIRET}
             for x in rows.to_dict("records")],
            ["theme", "regions", "methode", "donnees", "etat", "enseignement"])  # fmt: skip

    def reponse_investigations(self) -> str:
        rows = self.investigations()
        done = int((rows["etat"] == "Achevée").sum())
        said = formats.count(len(rows), "investigation déclarée", "investigations déclarées")
        state = "achevée" if len(rows) == 1 else "toutes achevées"
        return f"{said} à France compétences, " + (
            f"{state}." if done == len(rows) else f"dont {formats.count(done, 'achevée')}.")

    def tableau_investigations(self) -> dict[str, Any]:
        return {
            "titre": "Investigations complémentaires déclarées",
            "mesure": f"Exercice {self.r.annee}, classeurs de suivi des associations",
            "colonnes": {"theme": "Thème", "regions": "Régions", "methode": "Méthode",
                         "donnees": "Données et population", "etat": "État",
                         "enseignement": "Enseignement principal"},
            "source": "classeurs de suivi des associations", "note": SANS_EFFECTIF,
        }  # fmt: skip
