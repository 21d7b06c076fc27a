"""Sections 3.4 to 3.8 of annexe 3: schemes, what was heard, what is proper to the region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit import indicators as ind
from cepkit.indicators.answers import NONE
from cepkit.lectures import commun as c
from cepkit.lectures.bases import few, informed_by, prudence_mix, without_entry
from cepkit.lectures.parcours_services import DEMISSION, PTP, Services, first_part
from cepkit.show import Col
from cepkit.text import capital, enumerate_fr

LEVIER, DIFFICULTE = "Levier", "Difficulté"
ENCHAINEMENTS = "Les données ne décrivent pas les enchaînements"


@dataclass(frozen=True)
class Sections(Services):
    """Wording of the sections on schemes, passages, paths, levers and regional features."""

    # ---- 3.4 ------------------------------------------------------------------------------------

    def articulations(self) -> pd.DataFrame:
        """Rows of the two directions, each under the name of its own base (`sens_lu`, `ligne`)."""
        rows = self.dispositifs[~self.dispositifs["modalite"].isin([*NONE, "non"])]
        rows = rows.assign(sens_lu=[self._sens(x) for _, x in rows.iterrows()],
                           ligne=[self._ligne(x) for _, x in rows.iterrows()])  # fmt: skip
        counted = (rows["dimension"] == "cep_prealable") & (rows["modalite"] == codes.TOTAL)
        counted &= rows["etat"] == codes.PUBLIE
        rows.loc[counted, "valeur"] = pd.NA
        rows.loc[counted, "etat"] = "sans_objet"
        rows.attrs = dict(self.dispositifs.attrs)
        return rows.reset_index(drop=True)

    def _sens(self, line: pd.Series) -> str:
        if line["sens"] == "personnes_en_cep":
            return f"Parmi les {self.mesure} en CEP : dispositif mobilisé"
        named = "projet de transition professionnelle" if line["mesure"] == PTP else \
            "démission-reconversion"  # fmt: skip
        if line["dimension"] == "operateur":
            return f"Parmi les dossiers de {named} précédés d’un CEP : opérateur de ce CEP"
        return f"Parmi les dossiers de {named}"

    def _ligne(self, line: pd.Series) -> str:
        if line["modalite"] == codes.TOTAL and line["dimension"] == "cep_prealable":
            return "Nombre de dossiers (CEP préalable obligatoire)"
        if line["modalite"] == codes.TOTAL:
            return c.reason(line).rstrip(".")
        return self.r.libelle(line["dimension"], line["modalite"])

    def tableau_articulations(self) -> dict[str, Any]:
        return {
            "titre": "Le CEP et les dispositifs de transition, dans les deux sens",
            "mesure": f"Part, en % de la base indiquée, {self.r.annee}",
            "groupe": "sens_lu",
            "colonnes": {"ligne": "Dispositif ou opérateur", "numerateur": "Effectif",
                         "denominateur": "Base", "valeur": "Part (%)",
                         "intervalle": "Intervalle à 95 %", "reference": "France (%)",
                         "lecture": "Lecture"},
            "source": self.sources() or None, "champ": "",
        }  # fmt: skip

    def reponse_articulations(self) -> str:
        line, spread = self.prealable(), self._principal()
        said = []
        if c.published(line):
            there = c.reference(line)
            share = f" ({c.cell(line)})" if few(line) else ""
            said.append(f"{self.parmi(line, 'dossiers')} de projet de transition professionnelle "
                        f"(PTP) ont été précédés d’un CEP{share}, contre {there} en France "
                        f"({self.mot(line)})")  # fmt: skip
        if spread is not None:
            said.append(f"pour {self.parmi(spread, 'dossiers')} de démission-reconversion, ce CEP "
                        f"relève {self.operateur(spread['operateur'], 1)}")  # fmt: skip
        ptp = c.row(self.dispositifs, sens="personnes_en_cep", modalite="ptp")
        if c.published(ptp):
            said.append(f"parmi les {formats.integer(ptp['denominateur'])} {self.mesure} en CEP, "
                        f"{c.cell(ptp)} mobilisent un PTP")  # fmt: skip
        if not said:
            return c.kept_back(self.r, PTP, DEMISSION) or (
                "L’articulation avec les dispositifs n’est pas mesurée cette année.")
        return capital(" ; ".join(said)) + "."

    def _principal(self) -> pd.Series | None:
        """The operator that weighs most in France, when its regional share is published."""
        rows = self.dispositifs[(self.dispositifs["mesure"] == DEMISSION) &
                                (self.dispositifs["dimension"] == "operateur")]  # fmt: skip
        known = rows[rows["reference"].notna()]
        line = None if known.empty else known.loc[known["reference"].astype(float).idxmax()]
        return line if c.published(line) else None

    def prudence_articulations(self) -> str:
        return (
            "Les deux sens ne se mêlent pas : ils n’ont ni la même base ni la même source. Pour la "
            "démission-reconversion, le CEP préalable est obligatoire : seule la répartition par "
            "opérateur informe. L’issue des dossiers n’est pas observée."
        )

    # ---- 3.5, 3.6 and 3.8: what was heard -------------------------------------------------------

    def entendus(self, *questions: str, natures: tuple[str, ...] | None = None) -> pd.DataFrame:
        """Publishable rows of `constats` on these questions; by default neither levers nor
        difficulties (they have their own section). `source` names the exchange."""
        rows = self.r.suivi("constats")
        if rows.empty:
            return rows
        kept = rows["nature"].isin(natures) if natures else ~rows["nature"].isin(
            [LEVIER, DIFFICULTE])  # fmt: skip
        rows = rows[rows["question"].isin(questions) & kept].reset_index(drop=True)
        return c.sourced(self.r, rows).assign(acteurs=[enumerate_fr(x) for x in rows["acteurs"]])

    def reponse_passages(self, double: pd.DataFrame) -> str:
        """Answer of 3.5; `double`: `ind.several_operators`."""
        line = double.iloc[0]
        if c.published(line):
            there = f", contre {c.reference(line)} en France ({self.mot(line)})"
            said = f"{self.parmi(line, 'personnes')} sont suivies par deux opérateurs ou plus"
            return f"{said}{there if pd.notna(line['reference']) else ''} ; {self._suite('V2.6')}"
        return (f"{ENCHAINEMENTS} d’un opérateur à l’autre ou à un partenaire, ni le double "
                f"accompagnement ; {self._suite('V2.6')}")  # fmt: skip

    def reponse_parcours(self) -> str:
        return f"{ENCHAINEMENTS} : aucun parcours type n’en est tiré ; {self._suite('V2.5')}"

    def _suite(self, question: str) -> str:
        if not self.entendus(question).empty:
            return "ce qui suit vient des échanges et des documents recueillis par l’association."
        return ("le classeur de suivi n’est pas encore rempli." if not self.r.suivi_rempli else
                "aucun constat publiable n’est inscrit à ce sujet au classeur de suivi.")

    def prudence_passages(self) -> str:
        return ("Prévenir le double accompagnement est un objectif de l’arrêté ; être suivi par "
                "deux opérateurs n’est pas une faute. Les points entendus ne se comptent pas.")

    def leviers(self) -> pd.DataFrame:
        """Two columns, levers and difficulties on the paths, each with its source."""
        asked = ("V2.4", "V2.5", "V2.6", "V2.7", "V2.8")
        columns = {"leviers": LEVIER, "difficultes": DIFFICULTE}
        said = {k: [_said(x) for _, x in self.entendus(*asked, natures=(n,)).iterrows()]
                for k, n in columns.items()}  # fmt: skip
        longest = max(map(len, said.values()))
        frame = pd.DataFrame({k: v + ["—"] * (longest - len(v)) for k, v in said.items()})
        frame.attrs["cepkit"] = {**self.motifs.attrs.get("cepkit", {}), "champ": "", "source": ""}
        return frame

    def reponse_leviers(self) -> str:
        counts = {k: int((self.leviers()[k] != "—").sum()) for k in self.leviers()}
        verb = "est relevé" if sum(counts.values()) == 1 else "sont relevés"
        return (f"{formats.count(counts['leviers'], 'levier')} et "
                f"{formats.count(counts['difficultes'], 'difficulté')} {verb} dans les échanges et "
                "les documents de l’exercice.")  # fmt: skip

    def tableau_leviers(self) -> dict[str, Any]:
        return {
            "titre": "Leviers et difficultés dans les parcours",
            "mesure": f"Points entendus ou lus, {self.r.nom}, exercice {self.r.annee}",
            "colonnes": {"leviers": "Leviers", "difficultes": "Difficultés"},
            "source": "classeur de suivi de l’association", "champ": "",
        }  # fmt: skip

    def sans_levier(self) -> str:
        return ("Le classeur de suivi n’est pas encore rempli : ni levier ni difficulté n’y est "
                "inscrit." if not self.r.suivi_rempli else
                "Ni levier ni difficulté n’est inscrit au classeur de suivi pour les parcours.")

    # ---- 3.7 ------------------------------------------------------------------------------------

    def propres(self) -> pd.DataFrame:
        """At most five marked gaps over all dimensions, in the order of the dimensions."""
        parts = [self.profil, self.services_lus(), self.motifs, self.prestations]
        frame = ind.marked(pd.concat(parts, ignore_index=True), 5)
        frame.attrs = dict(self.profil.attrs)
        return frame

    def sans_ecart(self) -> str:
        if not any(self.connu(f) for f in (self.profil, self.services, self.motifs)):
            return "Aucune part n’est diffusée pour cette région : aucun écart n’est lu."
        return "Aucun écart marqué avec la France n’apparaît, toutes dimensions confondues."

    def reponse_propres(self) -> str:
        rows = self.propres()
        said = [f"{self.modalite(x)} ({x['lecture']})" for _, x in rows.iterrows()]
        counted = formats.count(len(rows), "écart marqué", "écarts marqués")
        noun = f"{counted} avec la France" if len(rows) < 5 else (
            "Les cinq écarts marqués les plus grands, toutes dimensions")  # fmt: skip
        return f"{noun} : {enumerate_fr(said)}."

    def champ_propres(self) -> str:
        """Who is counted on each row: « entrées en CEP (âge) et personnes … (demande) »."""
        rows = self.propres()
        bases: dict[str, list[str]] = {}
        for d, base in zip(rows["dimension"], rows["base"], strict=True):
            title = c.lower_first(self.r.meta["nomenclatures"].get(d, {}).get("titre", d))
            titles = bases.setdefault(c.lower_first(first_part(base)), [])
            titles += [title] if title not in titles else []
        said = [f"{base} ({', '.join(titles)})" for base, titles in bases.items()]
        return f"{enumerate_fr(said)} ; {self.r.annee}, {self.r.nom} et France"

    def prudence_propres(self) -> str:
        """Dimensions filled by some operators only, and operators without entry; or nothing."""
        dimensions = list(self.propres()["dimension"])
        text = prudence_mix(self.r, dimensions)
        known = {o for group in informed_by(self.r, dimensions) for o in group}
        absent = [self.operateur(o, 1) for o in without_entry(self.r) if o in known]
        return f"{text} {capital(self.r.en)}, aucune entrée {enumerate_fr(absent)} n’est livrée." \
            if absent else text  # fmt: skip

    def figure_propres(self) -> dict[str, str]:
        x = self.propres().iloc[0]
        return {
            "titre": f"Ce qui distingue la région : {self.modalite(x)}, {x['lecture']}"
            if len(self.propres()) == 1 else "Écarts marqués avec la France, toutes dimensions",
            "mesure": f"Écart entre la part {self.r.en} et la part en France, en points, chaque "
            f"ligne sur sa propre base, {self.r.annee}",
            "lecture": f"{self.r.en}, {self.modalite(x)} : {c.cell(x)} "
            f"({c.lower_first(str(x['base']).split(' ; ')[0])}), contre "
            f"{c.reference(x)} en France ({formats.points(x['ecart'])}).",
            "champ": self.champ_propres(),
        }  # fmt: skip

    def tableau_propres(self) -> dict[str, Any]:
        return {
            "titre": "Écarts marqués et leur base",
            "mesure": f"Part, en % de la base indiquée, {self.r.annee}",
            "groupe": "dimension",
            "colonnes": {"modalite": "Modalité", "base": Col("Base", first_part),
                         "denominateur": "n", "valeur": self.r.nom, "reference": "France",
                         "ecart": "Écart", "lecture": "Lecture"},
            "champ": self.champ_propres(),
        }  # fmt: skip


def _said(line: pd.Series) -> str:
    """A point with its source, and its actors when they agreed."""
    named = line["acteurs"] if line["publiable"] == "Oui, attribué" else ""
    return f"{line['enonce']} ({' ; '.join(x for x in (named, line['source']) if x)})"
