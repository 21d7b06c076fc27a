"""Sections 3.1 to 3.3 of annexe 3 and the frames they read: answers, titles, tables, cautions."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit import indicators as ind
from cepkit.indicators.answers import NONE
from cepkit.lectures import commun as c
from cepkit.lectures.bases import FEW, few, prudence_mix, size, with_gap
from cepkit.show import Col
from cepkit.text import capital, enumerate_fr

# Modality that each service dimension is read on; the last one where the edition has others.
SERVICES = {"niveau": "niveau_2", "modalite": "distance", "format": "collectif"}
CROSSED = ("sexe", "tranche_age", "csp", "statut", "diplome")
PTP, DEMISSION = "dossiers_ptp", "dossiers_demission"
PART = {"denominateur": "n", "valeur": "Part", "intervalle": "Intervalle à 95 %",
        "reference": "France", "ecart": "Écart", "lecture": "Lecture"}  # fmt: skip


@dataclass(frozen=True)
class Services:
    """The frames of annexe 3 (see `cepkit.indicators`) and the wording of its sections.

    motifs, prestations: `ind.answers`; services: `ind.profile` of the three service dimensions;
    dispositifs: `ind.schemes`; profil: `ind.profile`.
    """

    r: Any
    motifs: pd.DataFrame
    services: pd.DataFrame
    prestations: pd.DataFrame
    dispositifs: pd.DataFrame
    profil: pd.DataFrame

    # ---- names and rows -----------------------------------------------------------------------

    @property
    def mesure(self) -> str:
        """Short plural name of the principal measure: « entrées »."""
        return c.measure_name(self.r)

    connu = staticmethod(c.connu)

    @staticmethod
    def masque(frame: pd.DataFrame) -> bool:
        """Whether a frame has a withheld value."""
        return bool(frame["etat"].isin([codes.SECRET, codes.NON_DIFFUSE]).any())

    def faute(self, frame: pd.DataFrame) -> str:
        """Why a frame has no published value, as the one sentence of its section."""
        return c.reason(c.row(frame), "Cette information ne figure pas dans les données.")

    @staticmethod
    def base(frame: pd.DataFrame) -> str:
        """« Personnes dont la demande est connue », without what follows a semicolon."""
        text = str(frame["base"].dropna().iloc[0] if frame["base"].notna().any() else "personnes")
        text = text.split(" ; ")[0]
        return capital(text)

    def demande(self, line: Mapping[str, Any]) -> str:
        """A demand as quoted in a sentence: « changer de métier ou de secteur »."""
        return c.lower_first(self.r.libelle("motif", line["modalite"], court=True))

    def prestation(self, line: pd.Series) -> str:
        """A complementary service as quoted in a sentence."""
        return c.lower_first(self.r.libelle("prestation", line["modalite"], court=True))

    def modalite(self, line: pd.Series) -> str:
        """A modality as quoted: « à distance », « situation de handicap : oui »."""
        label = self.r.libelle(line["dimension"], line["modalite"], court=True)
        title = self.r.meta["nomenclatures"].get(line["dimension"], {}).get("titre", "")
        text = f"{title} : {c.lower_first(label)}" if len(label) < 4 else label
        return c.lower_first(text)

    @staticmethod
    def mot(line: pd.Series) -> str:
        """Reading word of a gap between brackets: « proche », « écart non concluant »."""
        word = line["lecture"]
        return f"écart {word}" if word == codes.NON_CONCLUANT else str(word)

    def lecture(self, line: pd.Series) -> str:
        """Reading word of a gap, said with its subject: « la part régionale est proche »."""
        word = line["lecture"]
        return "l’écart est non concluant" if word == codes.NON_CONCLUANT else \
            f"la part régionale est {word}"  # fmt: skip

    def premiere_demande(self) -> pd.Series | None:
        """The most frequent demand among the published ones."""
        return largest(self.motifs)

    def premiere_prestation(self) -> pd.Series | None:
        """The complementary service used most, among the published ones."""
        return largest(self.prestations[~self.prestations["modalite"].isin(NONE)])

    def service(self, dimension: str, frame: pd.DataFrame | None = None) -> pd.Series | None:
        """The row a service dimension is read on: second level, remote, collective."""
        frame = self.services if frame is None else frame
        rows = frame[frame["dimension"] == dimension]
        line = c.row(rows, modalite=SERVICES[dimension])
        return line if line is not None else (None if rows.empty else rows.iloc[-1])

    @functools.cached_property
    def une_prestation(self) -> pd.Series:
        """Share of those who use at least one complementary service."""
        return ind.at_least_one(self.prestations).iloc[0]

    def prealable(self) -> pd.Series | None:
        """Share of the PTP files preceded by a CEP."""
        return c.row(self.dispositifs, mesure=PTP, dimension="cep_prealable", modalite="oui")

    def demissions(self) -> pd.Series | None:
        """Number of démission-reconversion files."""
        return c.row(self.dispositifs, mesure=DEMISSION, dimension="cep_prealable")

    def operateur(self, code: str, form: int = 0) -> str:
        """An operator in a sentence: subject (0), « de … » (1), « à … » (2)."""
        return c.operator(code, self.r.libelle("operateur", code), form)

    def parmi(self, line: pd.Series, noun: str) -> str:
        """A share with its base: « 62,7 % des 59 personnes »; « 8 des 15 dossiers » when few."""
        share = formats.integer(line["numerateur"]) if few(line) else c.cell(line)
        return f"{share} des {formats.integer(line['denominateur'])} {noun}"

    def sources(self) -> str:
        """Sources of the files of the Transitions Pro associations."""
        known = {t["mesure"]: t.get("source_publiee", "") for t in self.r.meta["plan"]}
        return enumerate_fr(list(dict.fromkeys(s for m in (PTP, DEMISSION) if (s := known.get(m)))))

    # ---- 3.1 ------------------------------------------------------------------------------------

    def reponse_demandes(self, croisements: list[pd.DataFrame]) -> str:
        line = self.premiere_demande()
        among = " parmi les valeurs diffusées" if self.masque(self.motifs) else ""
        text = (f"« {capital(self.demande(line))} » est la demande la plus fréquente{among} "
                f"({self.parmi(line, 'personnes')})")  # fmt: skip
        rows = pd.concat(croisements, ignore_index=True)
        found = c.marked(rows)["modalite"].value_counts()
        if found.empty:
            return f"{text} ; public par public, aucun écart marqué avec la France n’apparaît."
        asked = rows.groupby("modalite", sort=False).size()
        kept = [m for m in asked.index if m in set(found.index[:3])]
        said = [f"« {self.demande({'modalite': m})} » "
                f"({formats.count(found[m], 'public')} sur {asked[m]})" for m in kept]  # fmt: skip
        return (
            f"{text} ; public par public, des écarts marqués avec la France portent sur "
            f"{enumerate_fr(said)}."
        )

    def public(self, column: str, rows: pd.DataFrame) -> str:
        """The public of crossed rows, with its base: « Femmes (n = 41) »."""
        label = capital(self.r.libelle(column, rows[column].iloc[0], court=True))
        return f"{label} ({size(rows)})" if size(rows) else label

    def figure_demandes(self) -> dict[str, str]:
        line = self.premiere_demande()
        there = c.reference(line)
        return {
            "titre": f"« {capital(self.demande(line))} », demande la plus fréquente",
            "mesure": f"Part des {c.lower_first(self.base(self.motifs))} ({size(self.motifs)}), en "
            f"%, {self.r.annee}. Réponses multiples : le total dépasse 100 %",
            "lecture": f"{self.r.en}, {c.cell(line)} des personnes citent cette demande, contre "
            f"{there} en France ({self.mot(line)}).",
        }

    def publics(self, croisements: list[pd.DataFrame]) -> pd.DataFrame:
        """One row a demand, one column a public: share, counts when few, gap when marked."""
        rows: dict[str, dict[str, str]] = {}
        for frame in croisements:
            column = next(d for d in CROSSED if d in frame)
            known = frame[frame["modalite"] != codes.TOTAL]
            for _, group in known.groupby(column, sort=False):
                head = self.public(column, group)
                for _, x in group.iterrows():
                    line = rows.setdefault(x["modalite"], {"motif": x["modalite"]})
                    line[head] = with_gap(x)
        frame = pd.DataFrame(list(rows.values()))
        frame.attrs = dict(self.motifs.attrs)
        return frame

    def tableau_demandes(self, croisements: list[pd.DataFrame]) -> dict[str, Any]:
        heads = [k for k in self.publics(croisements).columns if k != "motif"]
        return {
            "titre": "Demandes citées par chaque public",
            "mesure": f"Part des personnes du public, en %, {self.r.nom}, {self.r.annee}. Entre "
            "parenthèses, écart en points avec le même public en France, quand il est marqué ; "
            f"effectif, quand la base est inférieure à {FEW}",
            "colonnes": {"motif": "Demande", **{k: Col(k, "texte", "droite") for k in heads}},
            "champ": self.champ(self.motifs),
        }

    def champ(self, frame: pd.DataFrame) -> str:
        """Field that the delivery declares for the tables of a frame."""
        tables = frame.attrs.get("cepkit", {}).get("tables") or [None]
        known = {t["nom"]: t.get("champ", "") for t in self.r.meta["plan"]}
        return known.get(tables[0], "")

    def prudence_demandes(self) -> str:
        field = c.lower_first(self.champ(self.motifs) or self.base(self.motifs))
        return (
            f"Ces parts portent sur les seules {field}. Plusieurs réponses étaient possibles : "
            f"elles ne s’additionnent pas. {prudence_mix(self.r, ['motif'])}".rstrip()
        )

    # ---- 3.2 ------------------------------------------------------------------------------------

    def services_lus(self) -> pd.DataFrame:
        """One row a service dimension: second level, remote, collective; all operators."""
        return _rows(self.services, [self.service(d) for d in SERVICES])

    def services_operateurs(self, profils: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """The same rows for each operator that has at least one value, in the order of the law."""
        kept = {o: _rows(f, [self.service(d, f) for d in SERVICES]) for o, f in profils.items()}
        return {o: self._named(f) for o, f in kept.items()
                if (f["etat"] != codes.NON_DISPONIBLE).any()}  # fmt: skip

    def _named(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The same rows with their short label, which fits in a panel."""
        labels = [self.r.libelle(x["dimension"], x["modalite"], court=True)
                  for _, x in frame.iterrows()]  # fmt: skip
        return frame.assign(libelle=labels)

    def reponse_services(self, profils: Mapping[str, pd.DataFrame]) -> str:
        shown = [x for _, x in self.services_lus().iterrows() if c.published(x)]
        whom = [f"des {self.mesure} sont ", *[""] * len(shown)]  # said once
        said = [f"{c.cell(x)} {of}{_served(x)} ({c.reference(x)} en France, {self.mot(x)})"
                for x, of in zip(shown, whom, strict=False)]
        found = [self.operateur(o, 1) for o in self._operateurs_marques(profils)]
        end = (f"des écarts marqués avec leur propre profil national apparaissent parmi les "
               f"{self.mesure} {enumerate_fr(found)}" if found else
               "aucun écart marqué d’un opérateur avec son propre profil national n’apparaît")
        return f"{enumerate_fr(said)} ; {end}." if said else f"{capital(end)}."

    def _operateurs_marques(self, profils: Mapping[str, pd.DataFrame]) -> dict[str, str]:
        """{operator: its marked services}: « à distance »."""
        found = {o: c.marked(f) for o, f in self.services_operateurs(profils).items()}
        return {o: enumerate_fr([_served(x) for _, x in f.iterrows()])
                for o, f in found.items() if not f.empty}  # fmt: skip

    def figure_services(self, profils: Mapping[str, pd.DataFrame]) -> dict[str, str]:
        found = self._operateurs_marques(profils)
        return {
            "titre": self._titre_services(found),
            "mesure": f"Écart, en points, entre la part {self.r.en} et la part chez le même "
            f"opérateur en France, parmi ses {self.mesure}, {self.r.annee}",
            "lecture": "chaque cadre se lit seul : la ligne verticale est le profil national du "
            "même opérateur.",
            "etiquette": "libelle",
        }  # fmt: skip

    def _titre_services(self, found: Mapping[str, str]) -> str:
        names = [self.r.libelle("operateur", o) for o in found]
        if not found:
            return "Aucun écart marqué d’un opérateur avec son propre profil national"
        if len(names) > 1 and len(set(found.values())) == 1:
            return (f"{capital(next(iter(found.values())))}, écart marqué avec leur propre profil "
                    f"national : {enumerate_fr(names)}")  # fmt: skip
        said = enumerate_fr([f"{n} ({s})" for n, s in zip(names, found.values(), strict=True)])
        return f"Écart marqué avec son propre profil national : {said}"

    def tableau_services(self) -> dict[str, Any]:
        return {
            "titre": "Services délivrés, tous opérateurs",
            "mesure": f"Part des {self.mesure}, en %, {self.r.annee}",
            "colonnes": {"modalite": "Service", **PART, "valeur": self.r.nom},
        }  # fmt: skip

    def prudence_services(self, profils: Mapping[str, pd.DataFrame]) -> str:
        missing = [self.operateur(o) for o in profils if o not in self.services_operateurs(profils)]
        text = ("Les deux niveaux de conseil ne sont pas deux étapes obligées (arrêté du 29 mars "
                "2019). Chaque opérateur s’adresse à un public fixé par la loi : les opérateurs "
                "ne se comparent pas entre eux.")
        return f"{text} Sans valeur dans le jeu de données : {enumerate_fr(missing)}." if missing \
            else text  # fmt: skip

    # ---- 3.3 ------------------------------------------------------------------------------------

    def prestations_figure(self) -> pd.DataFrame:
        """Complementary services without « aucune », in nomenclature order."""
        kept = self.prestations[~self.prestations["modalite"].isin(NONE)].reset_index(drop=True)
        kept.attrs = dict(self.prestations.attrs)
        return kept

    def reponse_prestations(self) -> str:
        line, first = self.une_prestation, self.premiere_prestation()
        if first is None:
            return "Aucune part de prestation complémentaire n’est diffusée pour cette région."
        most = f"la plus mobilisée est « {self.prestation(first)} » ({c.cell(first)})"
        if not c.published(line):
            return f"Parmi les valeurs diffusées, {most}."
        return (
            f"{c.cell(line)} des {self.mesure} mobilisent au moins une prestation complémentaire, "
            f"contre {c.reference(line)} en France ({self.mot(line)}) ; {most}."
        )

    def figure_prestations(self) -> dict[str, str]:
        rows = self.prestations_figure()
        found = [f"« {self.prestation(x)} »" for _, x in c.marked(rows).iterrows()]
        first = self.premiere_prestation()
        return {
            "titre": f"Écart marqué : {enumerate_fr(found)}" if found else
            "Aucun écart marqué avec les parts nationales",
            "mesure": f"Part des {self.mesure} ({size(rows)}) mobilisant la prestation, en %, "
            f"{self.r.annee}. Réponses multiples : les parts ne s’additionnent pas",
            "lecture": "aucune part n’est diffusée." if first is None else
            f"{self.r.en}, {c.cell(first)} des {self.mesure} mobilisent "
            f"« {self.prestation(first)} », contre {c.reference(first)} en "
            f"France ({self.mot(first)}).",
        }  # fmt: skip

    def prudence_prestations(self) -> str:
        base = c.lower_first(self.base(self.prestations))
        n = c.row(self.prestations)["denominateur"]
        counted = f" (n = {formats.integer(n)} {self.r.en})" if pd.notna(n) else ""
        return (
            f"Base : {base}{counted}. Une même personne peut mobiliser plusieurs prestations ; "
            "leur résultat n’est pas observé ici."
        )


# ---- small pieces -----------------------------------------------------------------------------


def largest(frame: pd.DataFrame) -> pd.Series | None:
    """Row of the largest published value, None when there is none."""
    known = frame[(frame["etat"] == codes.PUBLIE) & frame["valeur"].notna()]
    return None if known.empty else known.loc[known["valeur"].astype(float).idxmax()]


def _rows(frame: pd.DataFrame, lines: list[pd.Series | None]) -> pd.DataFrame:
    """Some rows of a frame, with its captions."""
    kept = frame.loc[[x.name for x in lines if x is not None]].reset_index(drop=True)
    kept.attrs = dict(frame.attrs)
    return kept


def _served(line: pd.Series) -> str:
    """What a service row counts: « au second niveau », « à distance », « en collectif »."""
    words = {"niveau_2": "au second niveau", "distance": "à distance", "collectif": "en collectif"}
    return words.get(line["modalite"], f"« {line['modalite']} »")


def first_part(text: str) -> str:
    """A base without what follows its semicolon, with a capital."""
    return capital(str(text).split(" ; ")[0])
