"""What the delivery of an exercice holds: facts and tables of annexe 1.

Everything comes from what the masked store says of the data (`r.donnees`, `r.meta`), from the
states of the released tables, and from public series. No count of the delivery is read here.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

import pandas as pd
import yaml

from cepkit import codes, formats
from cepkit.lectures import commun
from cepkit.show import Col
from cepkit.text import enumerate_fr, typography

OUI, NON, SANS_OBJET, TIRET = "oui", "non", "sans objet", "—"
COMPLETE, PARTIELLE, ABSENTE = "complète", "partielle", "absente"
ADMISE, REFUSEE = "admise", "refusée"
RULES = (  # (start of the rule as recorded, family shown)
    (r"Le total est la somme de ses parts \((region|departement)\)",
     "Le total est la somme de ses territoires"),
    (r"Le total est la somme de ses parts \(operateur\)",
     "Le total est la somme de ses opérateurs"),
    (r"Le total est la somme de ses parts", "Le total est la somme de ses modalités"),
    (r"Mêmes totaux", "Les mêmes totaux se retrouvent d’une table à l’autre"),
)

Row = Mapping[str, Any]


@functools.cache
def wording() -> dict[str, Any]:
    """Fixed texts of annexe 1."""
    text = resources.files("cepkit.lectures").joinpath("donnees.yml").read_text("utf-8")
    return yaml.safe_load(text)


def known(value: Any) -> bool:
    """Whether a record holds something under a key (None and NaN do not count)."""
    return value is not None and value == value and value != ""


def records(rows: list[Row]) -> list[dict[str, Any]]:
    """Records with None in place of NaN."""
    return [{k: v if known(v) or v == "" else None for k, v in row.items()} for row in rows]


class Livraison:
    """Facts and tables of one region (`r`: an open `Region`), without any sentence."""

    def __init__(self, r: Any):
        self.r = r
        self.meta = r.meta
        self.recus = records(r.donnees["recus"])
        self.controles = records(r.donnees["controles"])
        self.couverture = records(r.donnees["couverture"])
        self.comparaisons = [c for c in records(r.donnees["comparaisons"])
                             if c["region"] in (None, r.code)]

    # ---- facts ---------------------------------------------------------------------------

    @property
    def mesure(self) -> dict[str, Any]:
        """Declaration of the main measure."""
        return self.meta["mesures"][self.meta["mesure_principale"]]

    @functools.cached_property
    def presents(self) -> list[str]:
        """Operators with at least one person in the region, in the order of the law."""
        name = next(t["nom"] for t in self.meta["plan"] if "operateur" in t["dimensions"]
                    and t["mesure"] == self.meta["mesure_principale"])
        rows = self.r.table(name)
        rows = rows[rows["region"].eq(self.r.code) & rows["annee"].eq(str(self.r.annee))]
        there = rows["etat"].isin((codes.SECRET, codes.NON_DIFFUSE)) | rows["effectif"].gt(0)
        found = set(rows.loc[there.fillna(False), "operateur"])
        return [o for o in self.r.operateurs() if o in found]

    @functools.cached_property
    def dimensions(self) -> list[str]:
        """Dimensions that the edition expects of the delivery, in the order of its lists."""
        planned = {d for t in self.meta["plan"] for d in t["dimensions"]}
        populations = {d for x in self.meta["denominateurs"] for d in x["dimensions"]}
        every = dict.fromkeys(c["dimension"] for c in self.couverture)
        return [d for d in every if d in planned or d not in populations]

    def _etat(self, dimension: str, operateur: str) -> Row | None:
        """Coverage of a dimension by an operator; None when the operator is not in the region."""
        if operateur not in self.presents:
            return None
        return next((c for c in self.couverture
                     if (c["dimension"], c["operateur"]) == (dimension, operateur)), None)

    @functools.cached_property
    def exploitables(self) -> list[str]:
        """Dimensions that at least one operator of the region fills, wholly or in part."""
        found = {d: [self._etat(d, o) for o in self.r.operateurs()] for d in self.dimensions}
        return [d for d, states in found.items()
                if any(s is not None and s["etat"] != ABSENTE for s in states)]

    def titre_dimension(self, dimension: str) -> str:
        """Title of a dimension in the edition."""
        return self.meta["nomenclatures"].get(dimension, {}).get("titre", dimension)

    @functools.cached_property
    def satisfaites(self) -> int:
        """Number of checks that nothing contradicts in the region nor for France."""
        return sum(self._satisfait(c) for c in self.controles)

    def _trous(self, c: Row) -> list[Row]:
        """What a check found missing in the region itself."""
        return [t for t in c["trous"] if t["region"] == self.r.code]

    def _satisfait(self, c: Row) -> bool:
        """A hole in another region does not concern this one."""
        return c["verdict"] == "satisfait" or bool(c["trous"]) and not self._trous(c)

    def refusees(self) -> list[str]:
        """Refused comparisons, each once."""
        return list(dict.fromkeys(c["comparaison"] for c in self.comparaisons if not c["admise"]))

    def populations(self) -> list[tuple[Row, Any]]:
        """(declaration, figure of the region) of each population of reference, in persons.

        A series by age or sex is told in the regions that it covers only.
        """
        found = [(d, self.r.denominateur(d["nom"])) for d in self.meta["denominateurs"]
                 if d.get("unite", "personnes") == "personnes"]
        return [(d, figure) for d, figure in found
                if not d["dimensions"] or figure.valeur is not None]

    def series(self) -> list[Row]:
        """Public series told for the region and its departments: one figure a territory."""
        return [d for d in self.meta["denominateurs"] if not d["dimensions"]]

    def ecartees(self) -> int:
        """Rows of the delivery left out: codes that no list knows."""
        return sum(int(x["lignes_ecartees"] or 0) for x in self.recus)

    def en_tete_serie(self, d: Row) -> str:
        """« Actifs de 15 à 64 ans, 2017 »."""
        unit = " (%)" if d["unite"] == "%" else ""
        return f"{d['libelle']}, {d['annee']}{unit}"

    # ---- tables --------------------------------------------------------------------------

    def tableau_recus(self) -> pd.DataFrame:
        """1.1: fichier, contenu (and sheet), compte, maille (and period), operateurs, lues,
        ecartees."""
        rows = [{"fichier": x["fichier"],
                 "contenu": x["contenu"] + (f" (feuille « {x['feuille']} »)" if x["feuille"]
                                            else ""),
                 "compte": x["mesure"], "maille": f"{x['periode']} ; {x['maille']}",
                 "operateurs": self._operateurs(x["operateurs"]),
                 "lues": int(x["lignes_lues"]), "ecartees": int(x["lignes_ecartees"])}
                for x in self.recus]
        return pd.DataFrame(rows)

    def _operateurs(self, text: str | None) -> str:
        every = enumerate_fr([self.r.libelle("operateur", o) for o in self.r.operateurs()])
        return "les cinq" if text == every else text or "non détaillés"

    def tableau_mesures(self) -> pd.DataFrame:
        """1.2: compte, definition (and source), entre_operateur, entre_mois, entre_niveau."""
        rows = []
        for name, m in self._par_ordre():
            dims = {d for t in self.meta["plan"] if t["mesure"] == name for d in t["dimensions"]}
            adds = {f"entre_{d}": SANS_OBJET if d not in dims else OUI if d in m["additive"]
                    else NON for d in ("operateur", "mois", "niveau")}
            definition = f"{m['definition'].rstrip('.')}. Source : {m['source']}."
            rows.append({"compte": m["libelle"], "definition": definition, **adds})
        return pd.DataFrame(rows)

    def _par_ordre(self) -> list[tuple[str, Row]]:
        """Measures that a released table counts: the main one, then the order of the plan."""
        names = [self.meta["mesure_principale"], *(t["mesure"] for t in self.meta["plan"])]
        return [(n, self.meta["mesures"][n]) for n in dict.fromkeys(names)]

    def tableau_couverture(self) -> pd.DataFrame:
        """1.3: dimension × operators: complète, partielle (% known), absente."""
        rows = []
        for d in self.dimensions:
            cells = {o: couverture_dite(self._etat(d, o)) for o in self.r.operateurs()}
            rows.append({"information": self.titre_dimension(d), **cells})
        return pd.DataFrame(rows)

    def tableau_coherence(self) -> pd.DataFrame:
        """1.4: one row a family of checks: how many, satisfied, widest gap, tolerance."""
        families: dict[str, list[Row]] = {}
        for c in self.controles:
            families.setdefault(famille(c["regle"]), []).append(c)
        return pd.DataFrame([self._famille(name, rows) for name, rows in families.items()])

    def _famille(self, name: str, rows: list[Row]) -> dict[str, Any]:
        gaps = [(not self._satisfait(c), float(len(self._trous(c)) if c["trous"] else c["ecart"]),
                 float(c["tolerance"])) for c in rows]
        _, gap, tolerance = max(gaps)
        return {"regle": name, "faites": len(rows),
                "satisfaites": sum(map(self._satisfait, rows)),
                "plus_grand": gap, "tolerance": tolerance}

    def tableau_causes(self) -> pd.DataFrame:
        """1.4: one row a cause found in the region or for France: cause, nombre, effet."""
        found: dict[tuple[str, str], list[tuple[Row, Row]]] = {}
        rows = []
        for c in (c for c in self.controles if not self._satisfait(c)):
            for t in self._trous(c):
                found.setdefault((t["colonne"], t["valeur"]), []).append((c, t))
            if not c["trous"]:
                rows.append({"cause": f"{famille(c['regle'])} : {c['table']}", "nombre": 1,
                             "effet": c["effet"]})
        rows = [self._cause(*key, pairs) for key, pairs in found.items()] + rows
        return pd.DataFrame(rows, columns=["cause", "nombre", "effet"])

    def _cause(self, column: str, code: str, pairs: list[tuple[Row, Row]]) -> dict[str, Any]:
        """What is missing, when, in how many checks, and what the annexes do of it."""
        years = sorted({t["annee"] for _, t in pairs if "annee" in t})
        when = f" ({enumerate_fr(years)})" if years else ""
        name = self.r.libelle(column, code)
        said = wording()["causes"][column].format(nom=commun.capital(name))
        return {"cause": said + when,
                "nombre": len({(c["regle"], c["table"]) for c, _ in pairs}),
                "effet": wording()["effets"][column]}

    def ailleurs(self) -> dict[str, list[str]]:
        """Names of what is missing in other regions only, and in which ones."""
        found: dict[str, dict[str, None]] = {}
        for c in (c for c in self.controles if self._satisfait(c)):
            for t in c["trous"]:
                name = self.r.libelle(t["colonne"], t["valeur"])
                place = codes.region_name(t["region"])
                found.setdefault("" if t["colonne"] == "region" else name, {})[place] = None
        return {name: list(places) for name, places in found.items()}

    def tableau_comparaisons(self) -> pd.DataFrame:
        """1.5: comparaison, verdict, raison."""
        rows = [{"comparaison": self._comparaison(c),
                 "verdict": ADMISE if c["admise"] else REFUSEE,
                 "raison": c["raison"] or wording()["admise"]} for c in self.comparaisons]
        return pd.DataFrame(rows)

    def _comparaison(self, c: Row) -> str:
        who = f" ({self.r.libelle('operateur', c['operateur'])})" if c["operateur"] else ""
        return c["comparaison"] + who

    def tableau_populations(self) -> pd.DataFrame:
        """1.6: population, concept (field and place), an, origine (and edition), personnes."""
        rows = [{"population": d["libelle"], "concept": f"{d['concept']}. {self._champ(d)}.",
                 "an": str(d["annee"]), "origine": f"{d['source']}. Édition : {d['edition']}.",
                 "personnes": None if figure.valeur is None else round(figure.valeur)}
                for d, figure in self.populations()]
        return pd.DataFrame(rows).astype({"personnes": "Int64"})

    @staticmethod
    def _champ(d: Row) -> str:
        """Field of a series, with the place where persons are counted."""
        place = wording()["lieux"][d["lieu"]]
        return d["champ"] if place in d["champ"] else f"{d['champ']}, {place}"

    def tableau_contexte(self) -> pd.DataFrame:
        """1.7: region, departments (when there are several), France × public series."""
        places = [(self.r.code, codes.TOTAL, self.r.nom)]
        if len(self.r.departements()) > 1:
            places += [(self.r.code, code, typography(f"{code} {nom}"))
                       for code, nom in self.r.departements()]
        places.append((codes.FRANCE, codes.TOTAL, "France (champ de la série)"))
        rows = [{"territoire": name, **{d["nom"]: self.r.denominateur(
            d["nom"], region, departement).valeur for d in self.series()}}
            for region, departement, name in places]
        return pd.DataFrame(rows)

    def tableau_secret(self) -> pd.DataFrame:
        """1.8: contenu, cellules, secretes, source_seule (of the region), part (all regions)."""
        rows = []
        for t in self.meta["plan"]:
            state = self.r.table(t["nom"]).query("region == @self.r.code")["etat"]
            rows.append({"contenu": t["titre"], "cellules": len(state),
                         "secretes": int(state.eq(codes.SECRET).sum()),
                         "source_seule": int(state.eq(codes.NON_DIFFUSE).sum()),
                         "part": self.meta["protection"]["tables"][t["nom"]]["part_volume"]})
        return pd.DataFrame(rows)

    # ---- headers of the tables -----------------------------------------------------------

    def colonnes(self, section: str) -> dict[str, str | Col]:
        """Headers of a table whose columns depend on the edition."""
        if section == "couverture":
            return {"information": "Dimension",
                    **{o: self.r.libelle("operateur", o) for o in self.r.operateurs()}}
        if section == "contexte":
            return {"territoire": "Territoire", **{
                d["nom"]: Col(self.en_tete_serie(d), "decimal1" if d["unite"] == "%" else "entier")
                for d in self.series()}}
        heads = wording()["sections"][section]["colonnes"]
        return {k: Col(h, align="droite") if k.startswith("entre_") or k == "an" else h
                for k, h in heads.items()}


# ---- small pieces ------------------------------------------------------------------------


def famille(rule: str) -> str:
    """Family of a check, without the name of its table or column."""
    return next((name for start, name in RULES if re.match(start, rule)), rule)


def couverture_dite(line: Row | None) -> str:
    """« complète », « partielle, 95 % », « absente »."""
    if line is None:
        return ABSENTE
    if line["etat"] != PARTIELLE or line["taux"] is None:
        return line["etat"]
    near = "près de 100 %" if line["taux"] >= 1 else formats.percent(line["taux"], 0)
    return f"{PARTIELLE}, {near}"


def premiere_phrase(text: str) -> str:
    """First sentence of a definition, without its stop: what « Il compte des… » quotes."""
    return commun.lower_first(re.split(r"(?<=[a-zé)])\.(?:\s|$)", text.strip())[0].rstrip("."))
