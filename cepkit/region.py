"""`Region`: all that a notebook knows of a region. Masked values only."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from cepkit import codes, refdata, store
from cepkit.edition import project
from cepkit.errors import ParametersError, Problem, UsageError
from cepkit.text import enumerate_fr, suggestion

FIXED_LABELS = {codes.TOTAL: "Total", codes.ENSEMBLE: "Tous opérateurs"}


@dataclass(frozen=True)
class Denominator:
    """A population, with everything that must be said beside it.

    `valeur` is None when `etat` is « non_disponible »; `raison` then says why, in French.
    """

    valeur: float | None
    etat: str
    raison: str
    concept: str
    champ: str
    annee: int
    edition: str
    source: str


class Region:
    """One region of one exercice, as the release shows it.

    Open it with `Region.open(exercice, region)`. Tables hold the rows of the region and of
    France (`region == "FR"`); a withheld value is missing and its `etat` says so.
    """

    def __init__(self, part: store.Slice):
        self._part = part
        self.code: str = part.region
        self.nom: str = codes.region_name(part.region)
        self.en: str = codes.in_region(part.region)
        self.de: str = codes.of_region(part.region)
        self.exercice: str = part.exercice
        self.meta: dict = part.meta
        self.annee: int = part.meta["annee"]
        self.fictif: bool = part.meta["fictif"]
        self.edition_titre: str = part.meta["titre"]
        self._regionales: dict[str, Region] = {}

    @classmethod
    def open(cls, exercice: str | None = None, region: str = "84") -> Region:
        """Open a region, preparing the tables first when they are missing or out of date.

        exercice: name of a folder of `parameters/`; by default the current exercice.
        region: official code between quotes ("01" … "94"), or "FR" for the eighteen regions.
        Raises `UsageError` for anything else, with the nearest valid code.
        """
        region = project.check_region(region)
        if exercice is None:
            exercice = project.default_exercice()
        if not store.provided(exercice, region):
            project.check_exercice(exercice)
            store.ensure(exercice)
        part = store.load_slice(exercice, region)
        if region != codes.FRANCE and region not in part.meta["regions"]:
            raise ParametersError(
                f"Le jeu de données {exercice} ne contient pas la région {region} "
                f"({codes.region_name(region)}). Régions présentes : "
                f"{enumerate_fr(part.meta['regions'])}.")
        return cls(part)

    def regionale(self, code: str) -> Region:
        """One region of the national view, from the same slice: `r.regionale("53")`.

        Same object as `Region.open(exercice, "53")` would give, without reading anything more.
        """
        if code not in self._part.suivi:
            raise UsageError(f"La région « {code} » n’est pas dans cette vue."
                             f"{suggestion(code, self.regions())}")
        if code not in self._regionales:
            self._regionales[code] = Region(self._narrowed(code))
        return self._regionales[code]

    def _narrowed(self, code: str) -> store.Slice:
        """The slice of one region, cut from this one."""
        part, here = self._part, (code, codes.FRANCE)
        tables = {n: t[t["region"].isin(here)].reset_index(drop=True)
                  for n, t in part.tables.items()}
        context = part.contexte[part.contexte["region"].isin(here)].reset_index(drop=True)
        return replace(part, region=code, tables=tables, contexte=context,
                       suivi={code: part.suivi[code]}, statistiques=part.statistiques[
                           part.statistiques["region"].isin(here)].reset_index(drop=True)
                       if len(part.statistiques) else part.statistiques)

    def __repr__(self) -> str:
        fictif = " — données fictives" if self.fictif else ""
        return f"{self.nom} ({self.code}), exercice {self.exercice}{fictif}"

    # --- tables ---------------------------------------------------------------------------

    def tables(self) -> list[str]:
        """Names of the tables of the plan de diffusion, in its order."""
        return [t["nom"] for t in self.meta["plan"]]

    def table(self, nom: str) -> pd.DataFrame:
        """A released table: rows of the region and of France (a copy).

        Columns: `annee, region, departement, operateur, mesure`, its dimensions, `effectif`
        (missing unless `etat` is « publie »), `etat`. Totals: `departement` and dimensions
        "total", `operateur` "ensemble". An undeclared name raises `ParametersError` with the
        lines to add to edition.yml.
        """
        if nom not in self._part.tables:
            raise ParametersError(self._undeclared(nom))
        frame = self._part.tables[nom].copy()
        frame.attrs["cepkit"] = {
            "region": self.code, "exercice": self.exercice, "annee": self.annee,
            "fictif": self.fictif, "mesure": self.description(nom)["mesure"],
            "champ": self.description(nom)["champ"],
            "source": self.description(nom)["source_publiee"], "tables": [nom]}
        return frame

    def hors_champ(self, nom: str) -> pd.DataFrame:
        """Same columns: regional rows of the regions that no population covers.

        A national rate takes them out of its numerator (« France hors Mayotte »).
        """
        return self._part.hors_champ[nom].copy()

    def description(self, nom: str) -> dict:
        """What the plan says of a table: titre, mesure, dimensions, niveaux, champ, base, lieu."""
        return next(t for t in self.meta["plan"] if t["nom"] == nom)

    def _undeclared(self, nom: str) -> Problem:
        lines = (f"diffusion:\n  tables:\n    - nom: {nom}\n      titre: \"…\"\n"
                 f"      source: …  # une table de « donnees »\n"
                 f"      mesure: {self.meta['mesure_principale']}\n"
                 f"      dimensions: [operateur]\n      niveaux: [FR, region]")
        return Problem(
            f"la table « {nom} » n’est pas dans le plan de diffusion."
            f"{suggestion(nom, self.tables())}", "parametres", "tables déclarées",
            "edition.yml", reparation=f"ajoutez ces lignes :\n{lines}")

    # --- investigations -------------------------------------------------------------------

    def investigation(self, nom: str) -> dict:
        """What the file of an investigation says: titre, questions, methode, regions, limites, …

        Raises `UsageError` when this region does not carry it out.
        """
        known = self.meta.get("investigations", {})
        if nom not in known:
            raise UsageError(
                f"{self.nom} ne mène pas l’investigation « {nom} ».{suggestion(nom, known)} Pour "
                f"l’ajouter, inscrivez-la dans region.yml : investigations: [{nom}].")
        return {**known[nom], "nom": nom}

    # --- declared statistics --------------------------------------------------------------

    def statistiques(self) -> list[str]:
        """Names of the declared statistics, in the order of the plan."""
        return [s["nom"] for s in self.meta.get("statistiques", ())]

    def statistique(self, nom: str) -> pd.DataFrame:
        """A declared statistic: rows of the region and of France (a copy).

        Computed before masking, rounded as displayed. Columns: keys, `modalite`, then those of
        indicator rows; a row that would give a small count away has `etat` « secret ». An
        undeclared name raises `ParametersError` with the lines to add to edition.yml.
        """
        if nom not in self.statistiques():
            raise ParametersError(self._undeclared_statistic(nom))
        frame = self._part.statistiques
        return frame[frame["statistique"].eq(nom)].reset_index(drop=True)

    def _undeclared_statistic(self, nom: str) -> Problem:
        lines = (f"diffusion:\n  statistiques:\n    - nom: {nom}\n      titre: \"…\"\n"
                 "      methode: recours_standardise\n"
                 "      parametres: {table: …, strates: […], denominateur: …}")
        return Problem(
            f"la statistique « {nom} » n’est pas déclarée."
            f"{suggestion(nom, self.statistiques())}", "parametres", "statistiques déclarées",
            "edition.yml", reparation=f"ajoutez ces lignes :\n{lines}")

    # --- context --------------------------------------------------------------------------

    def contexte(self, serie: str) -> pd.DataFrame:
        """A public series (a denominator of the edition): region, its departments, France.

        Columns `region, departement`, the dimensions of the series, `valeur, etat`.
        """
        declared = self._denominator(serie)
        frame = self._part.contexte
        frame = frame[frame["serie"].eq(serie)].reset_index(drop=True)
        return frame[["region", "departement", *declared["dimensions"], "valeur", "etat"]]

    def denominateur(self, serie: str, region: str | None = None,
                     departement: str = codes.TOTAL, **dims: str) -> Denominator:
        """One population figure, with concept, field, year, edition and source.

        region: this region by default, "FR" for France. dims: `sexe="F"`, …; by default the
        total. A figure that does not exist comes back with `etat` « non_disponible ».
        """
        declared = self._denominator(serie)
        region = self.code if region is None else region
        keys = {"region": region, "departement": departement,
                **dict.fromkeys(declared["dimensions"], codes.TOTAL), **dims}
        rows = self.contexte(serie)
        for column, value in keys.items():
            rows = rows[rows[column].eq(value)]
        value = None if rows.empty or pd.isna(rows["valeur"].iloc[0]) else float(
            rows["valeur"].iloc[0])
        reason = "" if value is not None else declared["absents"].get(
            region, "dénominateur non disponible")
        return Denominator(value, codes.PUBLIE if value is not None else codes.NON_DISPONIBLE,
                           reason, declared["concept"], declared["champ"], declared["annee"],
                           declared["edition"], declared["source"])

    def _denominator(self, serie: str) -> dict:
        known = {d["nom"]: d for d in self.meta["denominateurs"]}
        if serie not in known:
            raise ParametersError(
                f"La série « {serie} » n’est pas déclarée dans edition.yml (denominateurs)."
                f"{suggestion(serie, known)} Séries : {enumerate_fr(list(known)) or 'aucune'}.")
        return known[serie]

    # --- follow-up ------------------------------------------------------------------------

    def suivi(self, feuille: str) -> pd.DataFrame:
        """Publishable rows of a sheet of the follow-up workbook (empty when nothing is filled).

        For "FR", the rows of all regions, with a first column `region`.
        """
        parts = []
        for code, sheets in self._part.suivi.items():
            rows = pd.DataFrame(sheets.get(feuille, []))
            if self.code == codes.FRANCE and not rows.empty:
                rows.insert(0, "region", code)
            parts.append(rows)
        filled = [p for p in parts if not p.empty]
        columns = self.meta["suivi"].get(feuille)
        if columns is None:
            raise ParametersError(f"La feuille « {feuille} » n’existe pas."
                                  f"{suggestion(feuille, self.meta['suivi'])}")
        return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)

    @property
    def suivi_rempli(self) -> bool:
        """Does the workbook hold at least one publishable row?"""
        return any(rows for sheets in self._part.suivi.values() for rows in sheets.values())

    # --- words ----------------------------------------------------------------------------

    def libelle(self, dimension: str, code: str, *, court: bool = False) -> str:
        """French label of a code: `libelle("operateur", "apec")` → "Apec".

        `court` gives the short label that sentences use, when the edition declares one.
        """
        nomenclature = self.meta["nomenclatures"].get(dimension, {"modalites": {}})
        if code in nomenclature["modalites"]:
            entry = nomenclature["modalites"][code]
            return (entry.get("libelle_court") if court else None) or entry["libelle"]
        if dimension == "region" and code in (*codes.REGIONS, codes.FRANCE):
            return codes.region_name(code)
        if dimension == "departement" and code != codes.TOTAL:
            return dict(self._departements()).get(code, code)
        if dimension == "mesure" and code in self.meta["mesures"]:
            return self.meta["mesures"][code]["libelle"]
        return FIXED_LABELS.get(code, code)

    def modalites(self, dimension: str) -> list[str]:
        """Codes of a dimension, in the order of its nomenclature."""
        known = self.meta["nomenclatures"]
        if dimension not in known:
            raise ParametersError(f"La dimension « {dimension} » n’a pas de nomenclature."
                                  f"{suggestion(dimension, known)}")
        return list(known[dimension]["modalites"])

    def operateurs(self) -> list[str]:
        """Operators in the order of the law, those that the edition declares."""
        declared = self.meta["nomenclatures"].get("operateur", {"modalites": codes.OPERATEURS})
        return [o for o in codes.OPERATEURS if o in declared["modalites"]]

    def departements(self) -> list[tuple[str, str]]:
        """(code, name) of the departments of the region, by code; all of them for "FR"."""
        return self._departements(None if self.code == codes.FRANCE else self.code)

    def _departements(self, region: str | None = None) -> list[tuple[str, str]]:
        table = refdata.departements()
        table = table if region is None else table[table["region"].eq(region)]
        return list(zip(table["code"], table["nom"], strict=True))

    def regions(self) -> list[str]:
        """Codes of the regions of the release, in the official order."""
        return list(self.meta["regions"])

    @property
    def donnees(self) -> dict[str, list[dict]]:
        """What annexe 1 shows: `recus`, `controles`, `couverture`, `comparaisons` (records)."""
        return self._part.donnees
