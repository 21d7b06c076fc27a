"""Sections N.4 and N.5 of the national synthesis: profiles, demands, services, schemes."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit import indicators as ind
from cepkit.lectures import commun as c
from cepkit.lectures.bases import FEW, with_gap
from cepkit.lectures.nationale_sections import TIRET, Sections
from cepkit.lectures.parcours_services import SERVICES
from cepkit.show import Col
from cepkit.text import enumerate_fr


@dataclass(frozen=True)
class Usages(Sections):
    """Wording of the sections on who comes and what the CEP is used for."""

    # ---- N.4 ------------------------------------------------------------------------------------

    def dimensions(self) -> list[str]:
        """Dimensions of the profile that at least one region publishes."""
        rows = self.profils[self.profils["etat"] == codes.PUBLIE]
        return list(dict.fromkeys(rows["dimension"]))

    @functools.cached_property
    def specificites(self) -> pd.DataFrame:
        """Region × dimension: marked modalities with their index of specificity, in words.

        Only the dimensions where one region at least has a marked or a withheld gap.
        """
        cells = {d: [self._specificite(x, d) for x in self.r.regions()] for d in self.dimensions()}
        shown = [d for d, said in cells.items() if set(said) != {TIRET}]
        rows = pd.DataFrame({"region": self.r.regions()} | {d: cells[d] for d in shown})
        return self._framed(rows.to_dict("records"), ["region", *shown])

    def _specificite(self, region: str, dimension: str) -> str:
        rows = self.profils[(self.profils["region"] == region) &
                            (self.profils["dimension"] == dimension)]  # fmt: skip
        if not (rows["etat"] == codes.PUBLIE).any():
            hidden = rows["etat"].isin([codes.SECRET, codes.NON_DIFFUSE]).any()
            return formats.SECRET if hidden else formats.ND
        said = [f"{c.lower_first(self.r.libelle(dimension, x['modalite'], court=True))} "
                f"{formats.decimal(x['ratio'], 2)}"
                for _, x in ind.marked(rows, len(rows)).iterrows()]  # fmt: skip
        return " ; ".join(said) or TIRET

    def reponse_profils(self) -> str:
        found = self.regions_marquees()
        said = [f"{c.lower_first(self.titre(d))} ({formats.count(found[d], 'région')})"
                for d in self.dimensions() if d in found]  # fmt: skip
        if not said:
            return "Aucun écart marqué de profil n’apparaît entre les régions et la France."
        return f"Dimensions où un écart marqué apparaît avec la France : {enumerate_fr(said)}."

    def tableau_specificites(self) -> dict[str, Any]:
        shown = [d for d in self.specificites if d != "region"]
        rest = [self.titre(d) for d in self.dimensions() if d not in shown]
        return {
            "titre": "Écarts marqués de profil et indice de spécificité",
            "mesure": f"Part régionale divisée par la part nationale, parmi les {self.mesure} dont "
            f"la modalité est connue, {self.r.annee}. {TIRET} : aucun écart marqué",
            "colonnes": {"region": "Région", **{d: self.titre(d) for d in shown}},
            "note": f"Sans aucun écart marqué : {c.enumerate_words(rest)}." if rest else None,
        }

    def matrices(self) -> list[tuple[pd.DataFrame, dict[str, Any]]]:
        """Region × modality, a table a dimension of the overview: frame, words of `show.table`."""
        frames = {d: self._matrice(d) for d in self.specificites.columns[1:]}
        return [(frame, self._tableau_matrice(d, list(frame.columns[1:]), number))
                for number, (d, frame) in enumerate(frames.items(), 2)]

    def _matrice(self, dimension: str) -> pd.DataFrame:
        """Index of specificity of the marked gaps; the reason where there is no number."""
        rows = self.profils[self.profils["dimension"] == dimension]
        kinds = [m for m in self.r.modalites(dimension) if m in set(rows["modalite"])]
        known = {(x["region"], x["modalite"]): x for _, x in rows.iterrows()}
        cells = [{"region": x} | {m: self._indice(known.get((x, m))) for m in kinds}
                 for x in self.r.regions()]
        return self._framed(cells, ["region", *kinds])

    def _indice(self, row: pd.Series | None) -> str:
        if row is None or row["etat"] == codes.NON_DISPONIBLE:
            return formats.ND
        if row["etat"] != codes.PUBLIE:
            return formats.SECRET
        marked = row["lecture"] in (codes.AU_DESSUS, codes.EN_DESSOUS)
        return formats.decimal(row["ratio"], 2) if marked else TIRET

    def _tableau_matrice(self, dimension: str, kinds: list[str], number: int) -> dict[str, Any]:
        return {
            "id": f"N.4-T{number}", "repliable": True,
            "titre": f"Indice de spécificité : {c.lower_first(self.titre(dimension))}",
            "mesure": f"Part régionale divisée par la part nationale, écarts marqués seulement ; "
            f"{self.mesure} dont la modalité est connue, {self.r.annee}",
            "colonnes": {"region": "Région", **{m: Col(self.r.libelle(
                dimension, m, court=True), "texte", "droite") for m in kinds}},
            "note": f"Au-dessus de 1 : plus souvent qu’en France. {TIRET} : aucun écart marqué.",
        }  # fmt: skip

    def prudence_profils(self) -> str:
        """Operators that fill the dimensions of the table; nothing when all of them do."""
        return self.prudence_mix([d for d in self.specificites if d != "region"])

    # ---- N.5 ------------------------------------------------------------------------------------

    def usages(self) -> pd.DataFrame:
        """Region × (demands, services, complementary services, prior CEP): share, marked gap."""
        rows = [{"region": x} | self._usages(x) for x in self.r.regions()]
        return self._framed([*rows, self._usages_france()], ["region", *self._colonnes()])

    @functools.cached_property
    def _demandes(self) -> list[str]:
        """Demands that the release holds, in the order of the nomenclature."""
        known = set(self.motifs.dropna(subset=["reference"])["modalite"])
        return [m for m in self.r.modalites("motif") if m in known] if known else []

    def _colonnes_demandes(self) -> dict[str, str]:
        return {m: self.r.libelle("motif", m, court=True) for m in self._demandes}

    def _colonnes_services(self) -> dict[str, str]:
        return {"niveau": "Second niveau", "modalite": "À distance",
                "prestation": "Au moins une prestation",
                "prealable": "Dossiers de PTP précédés d’un CEP"}  # fmt: skip

    def _colonnes(self) -> dict[str, str]:
        return self._colonnes_demandes() | self._colonnes_services()

    @functools.cached_property
    def _lignes(self) -> dict[str, dict[str, pd.Series | None]]:
        """{region: rows that the columns read}."""
        return {x: self._lignes_de(x) for x in self.r.regions()}

    def _lignes_de(self, region: str) -> dict[str, pd.Series | None]:
        of = {n: f[f["region"] == region] for n, f in (
            ("motifs", self.motifs), ("services", self.services),
            ("prestations", self.prestations), ("dispositifs", self.dispositifs))}  # fmt: skip
        lines = {m: c.row(of["motifs"], modalite=m) for m in self._demandes}
        lines |= {d: c.row(of["services"], dimension=d, modalite=SERVICES[d])
                  for d in ("niveau", "modalite")}  # fmt: skip
        lines["prestation"] = ind.at_least_one(of["prestations"]).iloc[0]
        lines["prealable"] = c.row(of["dispositifs"], mesure="dossiers_ptp",
                                   dimension="cep_prealable", modalite="oui")  # fmt: skip
        return lines

    def _usages(self, region: str) -> dict[str, str]:
        return {k: formats.ND if x is None else with_gap(x)
                for k, x in self._lignes[region].items()}  # fmt: skip

    def _usages_france(self) -> dict[str, str]:
        """National shares: the reference of any region."""
        found = {"region": codes.FRANCE}
        for k in self._colonnes():
            known = [x[k]["reference"] for x in self._lignes.values() if x[k] is not None
                     and pd.notna(x[k].get("reference"))]  # fmt: skip
            found[k] = formats.decimal(100 * known[0], 1) if known else formats.ND
        return found

    def reponse_usages(self) -> str:
        signs = (codes.AU_DESSUS, codes.EN_DESSOUS)
        counts = {k: sum(x[k] is not None and x[k]["lecture"] in signs
                         for x in self._lignes.values()) for k in self._colonnes()}  # fmt: skip
        said = [f"« {c.lower_first(h)} » ({formats.count(counts[k], 'région')})"
                for k, h in self._colonnes().items() if counts[k]]  # fmt: skip
        if not said:
            return "Aucun écart marqué avec la France n’apparaît sur ces indicateurs."
        return f"Un écart marqué avec la France apparaît pour : {enumerate_fr(said)}."

    def figures_usages(self) -> list[tuple[pd.DataFrame, dict[str, Any]]]:
        """Region and France, a figure a column of the services: frame, words of `show.paired`.

        None where fewer than two regions publish the share.
        """
        of = {"prestation": self.prestations, "prealable": self.dispositifs}
        found = []
        for k, head in self._colonnes_services().items():
            lines = {x: self._lignes[x][k] for x in self.r.regions()}
            frame = pd.DataFrame([{"region": x, "unite": "part", "etat": codes.NON_DISPONIBLE}
                                  if row is None else row.drop("lecture").to_dict()
                                  for x, row in lines.items()])  # no region is qualified
            said = of.get(k, self.services).attrs["cepkit"]
            field = said.get("champ", "").replace(codes.region_name(frame["region"].iloc[0]),
                                                  formats.count(len(frame), "région"))
            frame.attrs["cepkit"] = {**said, "champ": field}
            known = frame.loc[frame["etat"] == codes.PUBLIE, "valeur"]
            if len(known) > 1:
                found.append((frame, self._figure_usages(head, known, frame, len(found) + 1)))
        return found

    def _figure_usages(self, head: str, known: pd.Series, frame: pd.DataFrame, number: int
                       ) -> dict[str, Any]:
        low, high = (c.value(x, "part") for x in (known.min(), known.max()))
        france = frame["reference"].dropna()
        national = f" ; {c.value(france.iloc[0], 'part')} en France" if len(france) else ""
        first = c.row(frame[frame["etat"] == codes.PUBLIE])
        return {
            "id": f"N.5-F{number}", "etiquette": "region",
            "titre": f"{head} : de {low} à {high} selon la région{national}",
            "mesure": f"{head}, part, région et France, {self.r.annee}",
            "lecture": f"{codes.region_name(first['region'])}, {c.cell(first)}{national}.",
        }  # fmt: skip

    def tableau_demandes(self) -> dict[str, Any]:
        return {
            "titre": "Demandes exprimées, région et France",
            **self._tableau_usages(self._colonnes_demandes()),
            "note": "Base : personnes dont la demande est connue ; réponses multiples.",
        }  # fmt: skip

    def tableau_services(self) -> dict[str, Any]:
        return {
            "titre": "Services et articulations, région et France", "repliable": True,
            **self._tableau_usages(self._colonnes_services()),
            "note": f"Bases : services et prestations, {self.mesure} ; dossiers, projets de "
            "transition professionnelle (PTP) déposés auprès des associations.",
        }  # fmt: skip

    def _tableau_usages(self, heads: dict[str, str]) -> dict[str, Any]:
        return {
            "mesure": f"Part, en %, {self.r.annee}. Entre parenthèses, écart en points avec la "
            f"France, quand il est marqué ; effectif, quand la base est inférieure à {FEW}",
            "colonnes": {"region": "Région",
                         **{k: Col(h, "texte", "droite") for k, h in heads.items()}},
        }  # fmt: skip

    def prudence_usages(self) -> str:
        """Operators that fill the demands and the services; nothing when all of them do."""
        return self.prudence_mix(["motif", *SERVICES, "prestation"])
