"""Sections N.1 to N.9 of the national synthesis: answers, tables, titles, cautions."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit import indicators as ind
from cepkit.indicators.national import COMPARABLE, RESERVE, UNAVAILABLE
from cepkit.lectures import commun as c
from cepkit.lectures.parcours_services import SERVICES, measure_name, with_gap
from cepkit.show import Col
from cepkit.text import enumerate_fr

TIRET = "—"
INDICATEURS = ("Recours", "Profil", "Demandes", "Services", "Dossiers")


@dataclass(frozen=True)
class Sections:
    """The frames of the synthesis, every region in the official order.

    taux: `take_up(by="region")`; operateurs: `operator_mix` of France; ecarts, part:
    `comparable_gaps`, `mix_share`; the others: `over_regions` of `profile`, `answers`, `schemes`.
    """

    r: Any
    taux: pd.DataFrame
    operateurs: pd.DataFrame
    ecarts: pd.DataFrame
    part: pd.DataFrame
    profils: pd.DataFrame
    services: pd.DataFrame
    motifs: pd.DataFrame
    prestations: pd.DataFrame
    dispositifs: pd.DataFrame

    # ---- names and rows -------------------------------------------------------------------------

    @property
    def mesure(self) -> str:
        """Short plural name of the principal measure: « entrées »."""
        return measure_name(self.r)

    @property
    def france(self) -> pd.Series | None:
        """National rate, in the field of its denominator."""
        return c.row(self.taux, region=codes.FRANCE)

    @property
    def unite(self) -> str:
        """« pour 100 actifs », or « des actifs »."""
        line = c.row(self.taux)
        return "des actifs" if line is not None and line["unite"] == "part" else "pour 100 actifs"

    @property
    def effectif(self) -> str:
        """National count, all operators, as text."""
        known = self.operateurs["denominateur"].dropna()
        return formats.integer(known.iloc[0]) if len(known) else formats.SECRET

    @functools.cached_property
    def remises(self) -> list[str]:
        """Codes of the regions whose report has been handed over."""
        return ind.submitted(self.r)

    @property
    def population(self) -> dict[str, Any]:
        """Declared population to which the measure is related."""
        return ind.meta.population(self.r) or {}

    def champ_taux(self) -> str:
        """Field of the rate, as declared with its population."""
        return self.taux.attrs.get("cepkit", {}).get("champ", "")

    def champ_court(self) -> str:
        """« France hors Mayotte »."""
        return self.champ_taux().split(",")[0] or "France"

    def titre(self, dimension: str) -> str:
        """Title of a dimension in the edition."""
        return self.r.meta["nomenclatures"].get(dimension, {}).get("titre", dimension)

    def operateur(self, code: str) -> str:
        """Label of an operator."""
        return self.r.libelle("operateur", code)

    def taux_regions(self, publies: bool = False) -> pd.DataFrame:
        """Rates of the regions, without France."""
        rows = self.taux[self.taux["region"] != codes.FRANCE]
        return rows[rows["etat"] == codes.PUBLIE] if publies else rows

    def sans_taux(self) -> list[str]:
        """Codes of the regions without a rate."""
        rows = self.taux_regions()
        return list(rows.loc[rows["etat"] != codes.PUBLIE, "region"])

    def regions_marquees(self) -> pd.Series:
        """{dimension: number of regions with a marked gap}, the most frequent first."""
        found = c.marked(self.profils)[["region", "dimension"]].drop_duplicates()
        return found.groupby("dimension", sort=False).size().sort_values(
            ascending=False, kind="stable")  # fmt: skip

    def _framed(self, rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
        frame = pd.DataFrame(rows, columns=columns)
        frame.attrs["cepkit"] = {**self.taux.attrs.get("cepkit", {}), "champ": "", "source": ""}
        return frame

    # ---- N.1 ------------------------------------------------------------------------------------

    @functools.cached_property
    def comparabilite(self) -> pd.DataFrame:
        """Region × indicator: comparable, avec réserve, non disponible."""
        known = self.profils["modalite"] != codes.TOTAL
        states = self.ecarts["comparable"].notna().map(
            {True: codes.PUBLIE, False: codes.NON_DISPONIBLE})  # fmt: skip
        gaps = self.ecarts.assign(lecture=None, etat=states)
        files = self.dispositifs[self.dispositifs["sens"] == "dossiers"]
        frames = (pd.concat([self.taux_regions(), gaps]), self.profils[known], self.motifs,
                  pd.concat([self.services, self.prestations]), files)  # fmt: skip
        frame = ind.comparability(self.r, dict(zip(INDICATEURS, frames, strict=True)))
        frame.attrs["cepkit"] = {**self.taux.attrs.get("cepkit", {}), "champ": "", "source": ""}
        return frame

    def reponse_comparabilite(self) -> str:
        words = self.comparabilite[list(INDICATEURS)].to_numpy().ravel().tolist()
        n, total = words.count(COMPARABLE), len(words)
        return (
            f"Sur {total} croisements d’une région et d’un indicateur : {n} comparables, "
            f"{words.count(RESERVE)} avec réserve, {words.count(UNAVAILABLE)} sans valeur."
        )

    def tableau_comparabilite(self) -> dict[str, Any]:
        return {
            "titre": "Ce qui se compare d’une région à l’autre",
            "mesure": f"Indicateurs de {self.r.annee}, région et France",
            "colonnes": {"region": "Région", **{i: i for i in INDICATEURS}},
            "note": "Avec réserve : une valeur au moins n’est pas diffusée ou manque, ou la "
            "plupart des écarts avec la France sont non concluants. Recours : taux et écart "
            "comparable. Services : avec les prestations. Dossiers : projets de transition "
            "professionnelle et démissions-reconversions, selon le CEP préalable.",
        }

    def prudence_comparabilite(self) -> str:
        breaks = [x for x in self.r.meta.get("ruptures") or () if int(x["annee"]) == self.r.annee]
        text = ("Certaines informations ne sont pas renseignées par tous les opérateurs (annexe 1, "
                "section 1.3) : cette réserve vaut pour toutes les régions.")
        if breaks:
            text += (f" Aucune évolution n’est comparée : rupture de série en {self.r.annee} pour "
                     "toutes les régions.")
        return text

    # ---- N.2 ------------------------------------------------------------------------------------

    def reponse_taux(self) -> str:
        known = self.taux_regions(publies=True)
        if known.empty:
            return "Aucun taux régional n’est calculé : aucune population n’est publiée."
        low, high = known["valeur"].min(), known["valeur"].max()
        jobless = known["taux_chomage"].dropna()
        beside = "" if jobless.empty else (
            f" ; dans ces régions, le taux de chômage va de {c.value(jobless.min(), '%')} à "
            f"{c.value(jobless.max(), '%')}")  # fmt: skip
        return (f"{c.cell(self.france)} {self.mesure} {self.unite} en France ; de "
                f"{c.value(low, 'pour 100')} à {c.value(high, 'pour 100')} dans les {len(known)} "
                f"régions dont le taux est calculé{beside}.")  # fmt: skip

    def figure_taux(self) -> dict[str, Any]:
        name = f"{self.mesure.capitalize()} {self.unite}"
        return {
            "x": "taux_chomage", "x_titre": "Taux de chômage (%)", "y_titre": name,
            "titre": f"{name} et taux de chômage, région par région",
            "mesure": f"Un point par région, code officiel ; {self.r.annee}, {self.champ_taux()}. "
            "Trait vertical : intervalle à 95 %",
            "lecture": f"en France, {c.cell(self.france)} {self.mesure} {self.unite} et un taux de "
            f"chômage de {c.value(self.france['taux_chomage'], '%')}. Deux grandeurs côte à côte "
            "ne disent pas que l’une explique l’autre.",
            "colonnes": {"region": "Région", "valeur": name, "taux_chomage": "Taux de chômage (%)"},
        }  # fmt: skip

    def tableau_taux(self) -> dict[str, Any]:
        base = self.taux["base"].dropna()
        return {
            "titre": f"{self.mesure.capitalize()} {self.unite} et taux de chômage",
            "mesure": f"{self.r.annee} ; {c.lower_first(base.iloc[0]) if len(base) else ''}",
            "colonnes": {"region": "Région", "numerateur": self.mesure.capitalize(),
                         "denominateur": self.population.get("libelle", "Population"),
                         "valeur": self.unite.capitalize(),
                         "intervalle": "Intervalle à 95 %", "taux_chomage": "Chômage (%)"},
            "note": " ".join(f"{codes.region_name(x)} : {c.lower_first(c.reason(self._taux(x)))}"
                             for x in self.sans_taux()),
        }  # fmt: skip

    def prudence_taux(self) -> str:
        late = self.population.get("annee")
        text = "" if not late or str(late) == str(self.r.annee) else (
            f"Les {self.mesure} de {self.r.annee} sont rapportées à la population de {late}, année "
            "la plus récente disponible. ")  # fmt: skip
        rapport = self.unite == "pour 100 actifs"
        return text + ("Une personne peut entrer plusieurs fois : ce rapport n’est pas une part "
                       "d’actifs. " if rapport else "") + (
            "Le taux de chômage est donné à côté pour situer chaque région.")  # fmt: skip

    def _taux(self, region: str) -> pd.Series | None:
        return c.row(self.taux, region=region)

    # ---- N.3 ------------------------------------------------------------------------------------

    def ecarts_lus(self) -> pd.DataFrame:
        """Raw and comparable gaps, with the interval of the second as text."""
        frame = self.ecarts.assign(intervalle_comparable=[
            None if pd.isna(x["comparable"]) else formats.interval(
                x["comparable_inf"], x["comparable_sup"], 1)
            for _, x in self.ecarts.iterrows()])  # fmt: skip
        frame.attrs = dict(self.ecarts.attrs)
        return frame

    def reponse_ecarts(self) -> str:
        known = self.ecarts.dropna(subset=["ecart", "comparable"])
        if known.empty:
            return "Aucun écart comparable n’est calculé : les publics n’ont pas de population."
        spans = [" à ".join(formats.decimal(f, 1, signed=True) for f in (v.min(), v.max()))
                 for v in (known["ecart"], known["comparable"])]  # fmt: skip
        line = c.row(self.part)
        share = "" if not c.published(line) else (
            f" ; {c.value(line['valeur'], 'part', 0)} des écarts vont de pair avec le poids des "
            "publics des opérateurs")  # fmt: skip
        return (f"Les écarts bruts avec la France vont de {spans[0]} {self.mesure} pour 100 actifs"
                f" ; à répartition par opérateur comparable, de {spans[1]}{share}.")  # fmt: skip

    def tableau_ecarts(self) -> dict[str, Any]:
        refused = self.ecarts[self.ecarts["comparable"].isna()]
        names = [codes.region_name(x) for x in refused["region"]]
        return {
            "titre": "De l’écart brut à l’écart comparable, région par région",
            "mesure": f"Écart avec la France, en {self.mesure} pour 100 actifs, {self.r.annee}",
            "colonnes": {"region": "Région", "ecart": "Écart brut",
                         "ecart_intervalle": "Intervalle à 95 %",
                         "comparable": Col("Écart comparable", _signed, "droite"),
                         "intervalle_comparable": Col("Intervalle à 95 %", "texte", "droite")},
            "note": f"{enumerate_fr(names)} : population d’un public non publiée." if names
            else None,
        }  # fmt: skip

    def prudence_ecarts(self) -> str:
        return (
            "L’écart comparable rapporte chaque groupe d’opérateurs à son propre public (personnes "
            "en recherche d’emploi, actifs occupés) : il a une autre base que l’écart brut et ne "
            "s’en déduit pas. Il situe une région ; il ne dit rien de l’action des opérateurs."
        )

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

    # ---- N.5 ------------------------------------------------------------------------------------

    def usages(self) -> pd.DataFrame:
        """Region × (demand, services, complementary services, prior CEP): share, marked gap."""
        rows = [{"region": x} | self._usages(x) for x in self.r.regions()]
        return self._framed([*rows, self._usages_france()], ["region", *self._colonnes()])

    @functools.cached_property
    def _demandes(self) -> list[str]:
        """The two demands cited most in France (public figures)."""
        known = self.motifs.dropna(subset=["reference"]).drop_duplicates("modalite")
        widest = known.set_index("modalite")["reference"].astype(float).nlargest(2).index
        return [m for m in self.r.modalites("motif") if m in widest] if len(known) else []

    def _colonnes(self) -> dict[str, str]:
        heads = {m: self.r.libelle("motif", m, court=True) for m in self._demandes}
        return heads | {"niveau": "Second niveau", "modalite": "À distance",
                        "prestation": "Au moins une prestation",
                        "prealable": "Dossiers de PTP précédés d’un CEP"}  # fmt: skip

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
        frame = self.usages()
        counts = {k: sum("(" in str(v) for v in frame[k]) for k in self._colonnes()}
        said = [f"{c.lower_first(h)} ({formats.count(counts[k], 'région')})"
                for k, h in self._colonnes().items() if counts[k]]  # fmt: skip
        if not said:
            return "Aucun écart marqué avec la France n’apparaît sur ces indicateurs."
        return f"Un écart marqué avec la France apparaît pour : {enumerate_fr(said)}."

    def tableau_usages(self) -> dict[str, Any]:
        return {
            "titre": "Demandes, services et articulations, région et France",
            "mesure": f"Part, en %, {self.r.annee}. Entre parenthèses, écart en points avec la "
            "France, quand il est marqué",
            "colonnes": {"region": "Région", **{k: Col(h, "texte", "droite")
                                                for k, h in self._colonnes().items()}},
            "note": "Bases : demandes, personnes dont la demande est connue (réponses multiples) ; "
            f"services et prestations, {self.mesure} ; dossiers, projets de transition "
            "professionnelle (PTP) déposés auprès des associations.",
        }  # fmt: skip


def _signed(x: float) -> str:
    return formats.decimal(x, 1, signed=True)
