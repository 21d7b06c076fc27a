"""Sections N.1 to N.3 of the national synthesis: answers, tables, titles, cautions."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit import indicators as ind
from cepkit.indicators.national import COMPARABLE, RESERVE, UNAVAILABLE
from cepkit.lectures import commun as c
from cepkit.lectures.bases import informed_by, prudence_mix, without_entry
from cepkit.show import Col
from cepkit.text import enumerate_fr

TIRET = "—"
INDICATEURS = ("Recours", "Mois", "Profil", "Demandes", "Services", "Dossiers")


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
        return c.measure_name(self.r)

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

    @functools.cached_property
    def effectifs(self) -> pd.DataFrame:
        """Count of every region, all operators (index: region)."""
        table = self.operateurs.attrs["cepkit"]["tables"][0]
        return ind.over_regions(self.r, ind.counts, table).set_index("region")

    @functools.cached_property
    def mois(self) -> pd.DataFrame:
        """Count of every region by month; no row when months are not released."""
        table = ind.meta.find_table(self.r, self.r.meta["mesure_principale"], ["mois"])
        if table is None:
            return pd.DataFrame(columns=["region", "mois", "etat"])
        return ind.over_regions(self.r, ind.counts, table, by="mois")

    def mois_manquants(self) -> dict[str, list[str]]:
        """{region: months that the delivery lacks}: {"94": ["août"]}."""
        rows = self.mois[self.mois["etat"] == codes.NON_DISPONIBLE]
        return {x: [self.r.libelle("mois", m) for m in g["mois"]]
                for x, g in rows.groupby("region", sort=False)}  # fmt: skip

    @functools.cached_property
    def sans_entree(self) -> dict[str, list[str]]:
        """{region: operators without any entry in the delivery}."""
        found = {x: without_entry(self.r.regionale(x)) for x in self.r.regions()}
        return {x: operateurs for x, operateurs in found.items() if operateurs}

    def prudence_mix(self, dimensions: list[str]) -> str:
        """Dimensions that some operators alone fill, and regions where one of them is absent."""
        known = {o for group in informed_by(self.r, dimensions) for o in group}
        said = [prudence_mix(self.r, dimensions)]
        for region, absent in self.sans_entree.items():
            names = [c.operator(o, self.operateur(o), 1) for o in absent if o in known]
            said += [f"{codes.region_name(region)} : aucune entrée {enumerate_fr(names)} n’est "
                     "livrée."] if names else []  # fmt: skip
        return " ".join(x for x in said if x)

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
        frames = (pd.concat([self.taux_regions(), gaps]), self.mois, self.profils[known],
                  self.motifs,
                  pd.concat([self.services, self.prestations]), files)  # fmt: skip
        frame = ind.comparability(self.r, dict(zip(INDICATEURS, frames, strict=True)))
        if informed_by(self.r, ["motif"]):  # told by some operators alone: their weights differ
            frame["Demandes"] = frame["Demandes"].replace(COMPARABLE, RESERVE)
        frame.attrs["cepkit"] = {**self.taux.attrs.get("cepkit", {}), "champ": "", "source": ""}
        return frame

    def reponse_comparabilite(self) -> str:
        words = self.comparabilite[list(INDICATEURS)].to_numpy().ravel().tolist()
        n, total = words.count(COMPARABLE), len(words)
        return (
            f"Sur {total} croisements d’une région et d’un indicateur : {n} comparables, "
            f"{words.count(RESERVE)} avec réserve, {words.count(UNAVAILABLE)} sans donnée."
        )

    def tableau_comparabilite(self) -> dict[str, Any]:
        return {
            "titre": "Ce qui se compare d’une région à l’autre",
            "mesure": f"Indicateurs de {self.r.annee}, région et France",
            "colonnes": {"region": "Région", **{i: i for i in INDICATEURS}},
            "note": "Avec réserve : une valeur au moins n’est pas diffusée ou manque, ou la "
            "plupart des écarts avec la France sont non concluants ; pour les demandes, quelques "
            "opérateurs seulement les renseignent. Recours : taux et écart "
            f"comparable. Mois : {self.mesure} de chaque mois. Services : avec les prestations. "
            "Dossiers : projets de transition professionnelle et démissions-reconversions, selon "
            "le CEP préalable.",
        }

    def prudence_comparabilite(self) -> str:
        breaks = [x for x in self.r.meta.get("ruptures") or () if int(x["annee"]) == self.r.annee]
        text = ("Certaines informations ne sont pas renseignées par tous les opérateurs (annexe 1, "
                "section 1.3) : cette réserve vaut pour toutes les régions.")
        for region, months in self.mois_manquants().items():
            text += (f" {codes.region_name(region)} : aucun effectif n’est livré pour "
                     f"{enumerate_fr(months)} ; le total de l’année est celui qui est livré, il "
                     "n’est pas la somme des mois.")  # fmt: skip
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
        known = self.taux_regions(publies=True)["valeur"]
        title = f"{name} et taux de chômage" if known.empty else (
            f"De {c.value(known.min(), 'pour 100')} à {c.value(known.max(), 'pour 100')} "
            f"{self.mesure} {self.unite} selon la région")  # fmt: skip
        return {
            "x": "taux_chomage", "x_titre": "Taux de chômage (%)", "y_titre": name,
            "titre": title,
            "mesure": f"{name} et taux de chômage, un point par région (code officiel) ; "
            f"{self.r.annee}, {self.champ_taux()}. "
            "Trait vertical : intervalle à 95 %, souvent plus court que le point",
            "lecture": f"en France, {c.cell(self.france)} {self.mesure} {self.unite} et un taux de "
            f"chômage de {c.value(self.france['taux_chomage'], '%')}. Deux grandeurs côte à côte "
            "ne disent pas que l’une explique l’autre.",
            "colonnes": {"region": "Région", "valeur": name, "taux_chomage": "Taux de chômage (%)"},
        }  # fmt: skip

    def taux_lus(self) -> pd.DataFrame:
        """Rates and their place (`territoire`); below, France in the field of the rate and in the
        field of the counts when they differ. A region without a rate keeps its count."""
        rows = self.taux.assign(territoire=[
            self.champ_court() if x == codes.FRANCE else codes.region_name(x)
            for x in self.taux["region"]])  # fmt: skip
        counts = self.effectifs[self.effectifs["etat"] == codes.PUBLIE]["valeur"]
        lacking = rows["etat"].eq(codes.NON_DISPONIBLE) & rows["numerateur"].isna()
        rows["numerateur"] = rows["numerateur"].mask(lacking, rows["region"].map(counts))
        national = self.operateurs["denominateur"].dropna()
        if len(national) and self.champ_court() != "France":
            whole = {"region": codes.FRANCE, "territoire": "France", "indicateur": "effectif",
                     "unite": rows["unite"].iloc[0], "etat": codes.NON_DISPONIBLE,
                     "numerateur": national.iloc[0]}  # fmt: skip
            last = len(rows) - int(rows["region"].iloc[-1] == codes.FRANCE)
            extra = pd.DataFrame([whole]).reindex(columns=rows.columns).astype(rows.dtypes)
            rows = pd.concat([rows.iloc[:last], extra, rows.iloc[last:]], ignore_index=True)
        rows.attrs = dict(self.taux.attrs)
        return rows

    def tableau_taux(self) -> dict[str, Any]:
        base = self.taux["base"].dropna()
        return {
            "titre": f"{self.mesure.capitalize()} {self.unite} et taux de chômage",
            "mesure": f"{self.r.annee} ; {c.lower_first(base.iloc[0]) if len(base) else ''}",
            "colonnes": {"territoire": "Région", "numerateur": self.mesure.capitalize(),
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
            f" ; {c.value(line['valeur'], 'part', 0)} de leur dispersion va de pair avec le poids "
            "des publics des opérateurs")  # fmt: skip
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


def _signed(x: float) -> str:
    return formats.decimal(x, 1, signed=True)
