"""`edition.yml` as strict models: all that changes from one year to the next.

Keys are French because analysts write them. Every model refuses unknown keys. The JSON
Schema published for editors is `Edition.model_json_schema()`.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _code(value: Any) -> Any:
    """Refuse codes that YAML has already turned into numbers (01 -> 1)."""
    if isinstance(value, bool) or isinstance(value, (int, float)):
        raise ValueError(f"le code {value!r} doit être écrit entre guillemets, par exemple \"01\"")
    return value


Code = Annotated[str, BeforeValidator(_code)]
Nom = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Depivot(Strict):
    """A wide block to unpivot: source column -> values of the canonical columns it stands for."""

    colonnes: dict[str, dict[str, str]] = {}
    motif: str | None = None  # with named groups: "T(?P<trimestre>\\d)_(?P<annee>\\d{4})"
    valeur: str = "effectif"


class TableSource(Strict):
    """One table of the delivery: where it is and how its columns are called here."""

    nom: Nom
    titre: str
    fichier: str
    feuille: str | None = None
    format: Literal["csv", "xlsx", "xls", "ods", "parquet"] | None = None
    encodage: str | None = None
    separateur: str | None = None
    decimale: str = ","
    milliers: str | None = None
    entete: list[int] | None = None  # 1-based header rows; two rows are joined by " | "
    fin: str | None = None  # first cell that starts the foot notes (regular expression)
    nature: Literal["tableau", "individuel"] = "tableau"
    champ: str = ""
    source: str = ""
    origine: Literal["france_competences", "association", "partenaire", "public"] = (
        "france_competences"
    )
    lieu: Literal["residence", "delivrance"] | None = None
    colonnes: dict[str, str] = {}  # source header -> canonical column
    ignorees: list[str] = []
    constantes: dict[str, Code] = {}  # canonical column -> one value for the whole table
    depivoter: Depivot | None = None
    filtres: dict[str, list[Code]] = {}  # canonical column -> values kept
    critere: tuple[str, str] | None = None  # ("critere", "modalite"): long profile table
    totaux: list[str] = ["total", "ensemble"]  # labels (folded) of total rows
    arrondi: int = 1
    reponses_multiples: bool = False
    base: str = ""  # "entrées dont le motif est connu"
    obligatoire: bool = True


class Donnees(Strict):
    recu_le: dt.date
    version: str
    dossier: str
    fournisseur: str = "France compétences"
    tables: list[TableSource]


class Modalite(Strict):
    libelle: str
    alias: list[str] = []
    libelle_court: str | None = None


class Nomenclature(Strict):
    titre: str
    source: str = ""
    ordre: Literal["nomenclature"] = "nomenclature"
    modalites: dict[Code, Modalite]
    feminin: bool = False


class Mesure(Strict):
    """What is counted. `additive` lists the dimensions over which the measure adds up."""

    libelle: str
    singulier: str
    definition: str
    source: str
    additive: list[str] = []
    taux: Literal["proportion", "rapport"] = "rapport"  # Wilson (numerator inside) or Byar


class Jetons(Strict):
    """Tokens in place of a number."""

    non_disponible: list[str] = ["nd", "n.d.", "n.d", ""]
    non_diffuse: list[str] = ["s", "s.", "s.s", "ns", "secret"]
    zero: list[str] = ["-"]
    bornes: dict[str, tuple[int, int]] = {}  # "<5": [1, 4]


class Rupture(Strict):
    annee: int
    portee: str = "tous"  # operator code, measure code or "tous"
    motif: str
    source: str = ""


class AnneePartielle(Strict):
    annee: int
    region: Code
    operateur: str | None = None
    motif: str


class Denominateur(Strict):
    """A population to which the CEP is related; concept, field, year and edition travel with it."""

    nom: Nom
    libelle: str
    concept: str
    champ: str
    annee: int
    edition: str
    source: str
    licence: str
    table: str | list[str]  # tables of `contexte.tables` or of the delivery (regions, departments)
    filtre: dict[str, Code] = {}
    unite: Literal["personnes", "%"] = "personnes"
    agregation: Literal["somme", "moyenne"] = "moyenne"  # over the quarters of the year
    dimensions: list[str] = []  # e.g. ["sexe", "tranche_age"]
    absents: dict[Code, str] = {}  # region -> reason why no figure exists
    lieu: Literal["residence", "delivrance"] = "residence"
    france: Code | None = None  # which source row is France, when several are there

    @property
    def sources(self) -> list[str]:
        """Names of the tables that hold it."""
        return [self.table] if isinstance(self.table, str) else self.table


class Contexte(Strict):
    """Real reference files, read by the same loader as the delivery."""

    dossier: str = "@refdata"
    tables: list[TableSource] = []


class Public(Strict):
    """The own public of a group of operators, for the comparable operator mix."""

    libelle: str
    operateurs: list[str]
    denominateur: str


class TableDiffusee(Strict):
    """One released table of the plan de diffusion."""

    nom: Nom
    titre: str
    source: list[str] | str
    mesure: str
    dimensions: list[str] = []
    niveaux: list[Literal["FR", "region", "departement"]] = ["FR", "region"]
    annees: list[int] | None = None
    totaux: bool = True
    priorite: int = 5

    @property
    def sources(self) -> list[str]:
        """Names of the tables that it is cut from (years or regions may stack)."""
        return [self.source] if isinstance(self.source, str) else self.source


class StatistiqueDeclaree(Strict):
    nom: Nom
    titre: str
    methode: str
    parametres: dict[str, Any] = {}


class Diffusion(Strict):
    tables: list[TableDiffusee]
    statistiques: list[StatistiqueDeclaree] = []


class Secret(Strict):
    seuil: int = 5
    seuils: dict[str, int] = {}  # dimension -> higher threshold
    zeros: Literal["publies", "secrets"] = "publies"
    niveau: Literal[1, 2] = 1
    jamais_masquees: list[dict[str, Code]] = []


class Portee(Strict):
    """Seuil de portée: below it a gap is not « marqué » whatever its interval."""

    part_points: float = 2.0
    rapport_pourcent: float = 10.0


class Regroupement(Strict):
    dimension: str
    vers: dict[str, list[Code]]


class Jalon(Strict):
    etape: str
    date: dt.date
    libelle: str = ""


class Comparaisons(Strict):
    precedente: bool = True
    annees: list[int] = []
    national_sans_region: bool = True


class Edition(Strict):
    """The whole of `edition.yml`."""

    version_schema: Literal[1]
    exercice: Nom | str
    annee: int
    titre: str
    fictif: bool = False
    mesure_principale: str
    donnees: Donnees
    contexte: Contexte = Contexte()
    nomenclatures: dict[str, Nomenclature]
    mesures: dict[str, Mesure]
    jetons: Jetons = Jetons()
    ruptures: list[Rupture] = []
    annees_partielles: list[AnneePartielle] = []
    denominateurs: list[Denominateur] = []
    publics: dict[str, Public] = {}
    secret: Secret = Secret()
    diffusion: Diffusion
    portee: Portee = Portee()
    regroupements: list[Regroupement] = []
    calendrier: list[Jalon] = []
    comparaisons: Comparaisons = Comparaisons()
    niveau_confiance: float = 0.95
    graine: int = 1

    @model_validator(mode="after")
    def _references(self) -> Edition:
        """Names used in one section must be declared in another."""
        tables = {t.nom for t in self.donnees.tables} | {t.nom for t in self.contexte.tables}
        errors = []
        if self.mesure_principale not in self.mesures:
            errors.append(f"mesure_principale : « {self.mesure_principale} » n’est pas déclarée")
        for t in self.diffusion.tables:
            for s in t.sources:
                if s not in tables:
                    errors.append(f"diffusion, table {t.nom} : source « {s} » non déclarée")
            if t.mesure not in self.mesures:
                errors.append(f"diffusion, table {t.nom} : mesure « {t.mesure} » non déclarée")
            for d in t.dimensions:
                if d not in self.nomenclatures and d not in ("mois",):
                    errors.append(f"diffusion, table {t.nom} : dimension « {d} » sans nomenclature")
        denominators = {d.nom for d in self.denominateurs}
        for d in self.denominateurs:
            for s in d.sources:
                if s not in tables:
                    errors.append(f"dénominateur {d.nom} : table « {s} » non déclarée")
        for nom, p in self.publics.items():
            if p.denominateur not in denominators:
                errors.append(f"public {nom} : dénominateur « {p.denominateur} » non déclaré")
        if errors:
            raise ValueError(" ; ".join(errors))
        return self
