"""`edition.yml` as strict models: all that changes from one year to the next.

Keys are French because analysts write them. Every model refuses unknown keys. Each key carries
its meaning and an example: `edition/document.py` makes the JSON Schema and the guide from them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import PrivateAttr, model_validator

from cepkit.edition.base import Code, Nom, Strict, cle
from cepkit.edition.controles import Controles
from cepkit.edition.secret import Couts, Secret
from cepkit.edition.sources import (
    NUMBERS,
    OPERATORS,
    Accord,
    Contexte,
    Delai,
    Depivot,
    Donnees,
    Reprise,
    TableSource,
)

__all__ = ["Accord", "Code", "Contexte", "Controles", "Couts", "Delai", "Denominateur", "Depivot",
           "Donnees", "Edition", "Jalon", "Nom", "Reprise", "Secret", "Strict", "TableDiffusee",
           "TableSource"]


class Modalite(Strict):
    """A modality: its label and the other ways in which files write it."""

    libelle: str = cle("Libellé imprimé.", "Femmes")
    alias: list[str] = cle("Autres écritures rencontrées dans les fichiers ; accents, casse et "
                           "tirets sont sans importance.", ["F", "Femme"], defaut=[])
    libelle_court: str | None = cle("Libellé des figures, s'il faut plus court.", "CDI",
                                    defaut=None)


class Nomenclature(Strict):
    """A dimension and its modalities, in the order of display."""

    titre: str = cle("Nom de la dimension, imprimé.", "Niveau de diplôme")
    source: str = cle("Source de la nomenclature.", "Insee", defaut="")
    ordre: Literal["nomenclature"] = cle("Ordre d'affichage : celui de la nomenclature, jamais "
                                         "celui des valeurs.", "nomenclature",
                                         defaut="nomenclature")
    modalites: dict[Code, Modalite] = cle(
        "Code de chaque modalité et sa description, dans l'ordre d'affichage. Un code fait de "
        "chiffres s'écrit entre guillemets.", {"femme": {"libelle": "Femmes", "alias": ["F"]}})
    feminin: bool = cle("Le nom de la dimension est féminin (accord des phrases).", True,
                        defaut=False)


class Mesure(Strict):
    """What is counted. `additive` lists the dimensions over which the measure adds up."""

    libelle: str = cle("Nom imprimé, au pluriel.", "Entrées en CEP")
    singulier: str = cle("Nom au singulier, sans majuscule.", "entrée en CEP")
    definition: str = cle("Ce qui est compté, en une ou deux phrases.",
                          "Accompagnements commencés dans l'année.")
    source: str = cle("D'où vient la définition.", "Livraison 2022")
    additive: list[str] = cle(
        "Dimensions selon lesquelles la mesure s'additionne. Sans « operateur », les effectifs "
        "des opérateurs ne sont jamais sommés.", ["departement", "region"], defaut=[])
    taux: Literal["proportion", "rapport"] = cle(
        "« proportion » : les personnes comptées font partie de la population de référence ; "
        "« rapport » : des événements rapportés à une population.", "proportion",
        defaut="rapport")


class Jetons(Strict):
    """Tokens in place of a number."""

    non_disponible: list[str] = cle("Écritures d'une valeur absente.", ["nd", ""],
                                    defaut=["nd", "n.d.", "n.d", ""])
    non_diffuse: list[str] = cle("Écritures d'une valeur que la source ne diffuse pas.",
                                 ["s", "s.s"], defaut=["s", "s.", "s.s", "ns", "secret"])
    zero: list[str] = cle("Écritures de zéro.", ["-"], defaut=["-"])
    bornes: dict[str, tuple[int, int]] = cle(
        "Écritures qui donnent un intervalle, et ses bornes. « 1 à 4 » se lit sans déclaration.",
        {"<5": [1, 4]}, defaut={})


class Rupture(Strict):
    """A break: no comparison across it."""

    annee: int = cle("Première année de la nouvelle série.", 2022)
    portee: str = cle("Code d'un opérateur ou d'une mesure, ou « tous ».", "tous", defaut="tous")
    motif: str = cle("Ce qui a changé.", "Le conseil passe de trois à deux niveaux.")
    source: str = cle("Qui le dit.", "Arrêté du 29 mars 2019", defaut="")


class AnneePartielle(Strict):
    """A year that does not cover twelve months somewhere."""

    annee: int = cle("Année concernée.", 2020)
    region: Code = cle("Code de la région, entre guillemets.", "03")
    operateur: str | None = cle("Code de l'opérateur ; tous si la clé est absente.",
                                "operateur_regional", defaut=None)
    motif: str = cle("Pourquoi l'année est incomplète.", "Ouverture en mars 2020.")


class Denominateur(Strict):
    """A population to which the CEP is related; concept, field, year and edition travel with it."""

    nom: Nom = cle("Nom court.", "actifs_15_64")
    libelle: str = cle("Nom imprimé.", "Actifs de 15 à 64 ans")
    concept: str = cle("Ce qui est compté.", "Population active au sens du recensement")
    champ: str = cle("Territoires et âges couverts.", "France hors Mayotte, 15 à 64 ans")
    annee: int = cle("Année des chiffres.", 2017)
    edition: str = cle("Édition de la source : les chiffres sont révisés.", "Recensement 2017")
    source: str = cle("Source.", "Insee, recensement de la population 2017")
    licence: str = cle("Licence de réutilisation.", "Licence Ouverte 2.0")
    table: str | list[str] = cle("Table (ou tables) de « contexte » ou de la livraison qui le "
                                 "donnent, par exemple régions puis départements.",
                                 ["rp_regions", "rp_departements"])
    filtre: dict[str, Code] = cle("Valeur que doit avoir une colonne de la table.",
                                  {"indicateur": "actifs_15_64"}, defaut={})
    unite: Literal["personnes", "%"] = cle("Unité des valeurs.", "personnes", defaut="personnes")
    agregation: Literal["somme", "moyenne"] = cle(
        "Comment passer des trimestres ou des mois à l'année.", "moyenne", defaut="moyenne")
    dimensions: list[str] = cle("Dimensions gardées.", ["sexe", "tranche_age_rp"], defaut=[])
    absents: dict[Code, str] = cle("Régions sans chiffre, et pourquoi.",
                                   {"06": "Mayotte n'est pas dans le champ."}, defaut={})
    lieu: Literal["residence", "delivrance"] = cle("Lieu auquel les personnes sont comptées.",
                                                   "residence", defaut="residence")
    france: Code | None = cle("Ligne de la source qui est la France, quand plusieurs le sont.",
                              "FRANCE (HORS MAYOTTE)", defaut=None)

    @property
    def sources(self) -> list[str]:
        """Names of the tables that hold it."""
        return [self.table] if isinstance(self.table, str) else self.table


class Public(Strict):
    """The own public of a group of operators, for the comparable operator mix."""

    libelle: str = cle("Nom imprimé.", "Personnes en recherche d'emploi")
    operateurs: list[str] = cle("Codes des opérateurs qui reçoivent ce public.",
                                ["france_travail", "cap_emploi", "missions_locales"])
    denominateur: str = cle("Nom de la population de référence.", "demandeurs_emploi_abc")


class TableDiffusee(Strict):
    """One released table of the plan de diffusion."""

    nom: Nom = cle("Nom par lequel les carnets la demandent.", "profil_sexe")
    titre: str = cle("Titre imprimé.", "Entrées par sexe")
    source: list[str] | str = cle("Table de la livraison dont elle est tirée, ou plusieurs à "
                                  "empiler (années, régions).", "profil_sexe")
    mesure: str = cle("Mesure diffusée.", "entrees")
    dimensions: list[str] = cle("Dimensions croisées ; les autres sont au total.",
                                ["operateur", "sexe"], defaut=[])
    niveaux: list[Literal["FR", "region", "departement"]] = cle(
        "Niveaux géographiques diffusés.", ["FR", "region", "departement"],
        defaut=["FR", "region"])
    annees: list[int] | None = cle("Années diffusées ; toutes si la clé est absente.",
                                   [2021, 2022], defaut=None)
    totaux: bool = cle("Diffuser aussi les totaux des dimensions.", True, defaut=True)
    priorite: int = cle("De 1 (à préserver d'abord) à 9, quand il faut retirer des valeurs.", 2,
                        defaut=5)
    arrondi_controle: int | None = cle(
        "Base de l'arrondi : tous les effectifs de la table sont montrés, arrondis à un multiple, "
        "aucun n'est retiré. Aucune autre table ne doit les donner autrement.", 10, defaut=None)

    @property
    def sources(self) -> list[str]:
        """Names of the tables that it is cut from (years or regions may stack)."""
        return [self.source] if isinstance(self.source, str) else self.source


class StatistiqueDeclaree(Strict):
    """A statistic computed before masking and released as rounded."""

    nom: Nom = cle("Nom court.", "taux_standardise")
    titre: str = cle("Titre imprimé.", "Taux standardisé par âge et sexe")
    methode: str = cle("Méthode de calcul.", "standardisation_directe")
    parametres: dict[str, Any] = cle("Paramètres de la méthode.", {"table": "sexe_age"},
                                     defaut={})

    def croisements(self, table: str) -> list[set[str]]:
        """Columns of a file of records that the method needs counted together.

        Each question with what weighs it, then with each dimension that compares groups.
        """
        asked = self.parametres
        if asked.get("source") != table:
            return []
        common = {*asked.get("calage", ()), *asked.get("strates", ()),
                  *asked.get("repondants", {}), *asked.get("issue", {})}
        return [common | {q, *([p] if p else [])} for q in asked.get("questions", ())
                for p in (None, *asked.get("par", ()))]


class Diffusion(Strict):
    """The plan de diffusion: nothing else exists in the pages."""

    tables: list[TableDiffusee] = cle("Les tables diffusées.")
    statistiques: list[StatistiqueDeclaree] = cle("Les statistiques déclarées.", defaut=[])


class Portee(Strict):
    """Seuil de portée: below it a gap is not « marqué » whatever its interval."""

    part_points: float = cle("Pour une part, en points.", 2.0, defaut=2.0)
    rapport_pourcent: float = cle("Pour un rapport, en pour cent.", 10.0, defaut=10.0)


class Regroupement(Strict):
    """A coarser dimension to fall back to."""

    dimension: str = cle("Dimension regroupée ; « departement » pour un territoire.",
                         "tranche_age")
    vers: dict[Code, list[Code]] | Literal["region"] = cle(
        "Chaque regroupement et les modalités qu'il réunit ; « region » pour un territoire.",
        {"25_54_ans": ["25_34", "35_49", "50_54"]})
    libelles: dict[Code, str] = cle("Libellé de chaque regroupement, s'il n'est dans aucune "
                                    "nomenclature.", {"25_54_ans": "25 à 54 ans"}, defaut={})


class Jalon(Strict):
    """A date of the year."""

    etape: str = cle("Étape (liste de la feuille « jalons » du classeur).", "Brouillon prêt")
    date: dt.date = cle("Date prévue.", "2023-05-02")
    libelle: str = cle("Précision imprimée.", "Projet de rapport prêt à être partagé", defaut="")


class Comparaisons(Strict):
    """What the exercice is compared with."""

    precedente: bool = cle("Comparer à l'année précédente, si aucune rupture ne l'interdit.",
                           True, defaut=True)
    annees: list[int] = cle("Années antérieures présentes dans la livraison.", [2020, 2021],
                            defaut=[])
    national_sans_region: bool = cle("Comparer aussi à la France sans la région.", True,
                                     defaut=True)


class Edition(Strict):
    """The whole of `edition.yml`."""

    version_schema: Literal[1] = cle("Version de ce format.", 1)
    exercice: Nom | str = cle("Nom de l'exercice : celui de son dossier dans « parameters ».",
                              "2022")
    annee: int = cle("Année observée.", 2022)
    titre: str = cle("Titre imprimé.", "Suivi régional du CEP 2022")
    fictif: bool = cle("Données fictives : toutes les pages le disent.", True, defaut=False)
    mesure_principale: str = cle("Mesure des annexes, parmi « mesures ».", "entrees")
    donnees: Donnees = cle("La livraison : fichiers et tables.")
    accords: list[Accord] = cle("Accords des sources complémentaires livrées pour plusieurs "
                                "régions ; ceux d'une seule région vont dans son classeur.",
                                defaut=[])
    contexte: Contexte = cle("Les fichiers publics de contexte.", defaut=Contexte())
    nomenclatures: dict[str, Nomenclature] = cle("Les dimensions et leurs modalités.")
    mesures: dict[str, Mesure] = cle("Ce que l'on compte.")
    jetons: Jetons = cle("Ce qui tient lieu de nombre dans les fichiers.", defaut=Jetons())
    controles: Controles = cle("Ce que fait chaque vérification de la livraison.",
                               defaut=Controles())
    ruptures: list[Rupture] = cle("Les ruptures de série.", defaut=[])
    annees_partielles: list[AnneePartielle] = cle("Les années incomplètes.", defaut=[])
    denominateurs: list[Denominateur] = cle("Les populations de référence.", defaut=[])
    publics: dict[str, Public] = cle("Le public propre à des groupes d'opérateurs.", defaut={})
    secret: Secret = cle("Le secret statistique.", defaut=Secret())
    diffusion: Diffusion = cle("Le plan de diffusion : rien d'autre n'existe dans les pages.")
    portee: Portee = cle("À partir de quelle taille un écart est dit marqué.", defaut=Portee())
    regroupements: list[Regroupement] = cle("Les regroupements de repli.", defaut=[])
    calendrier: list[Jalon] = cle("Les dates de l'exercice.", defaut=[])
    comparaisons: Comparaisons = cle("Les comparaisons demandées.", defaut=Comparaisons())
    niveau_confiance: float = cle("Niveau de confiance des intervalles.", 0.95, defaut=0.95)
    graine: int = cle("Graine des calculs aléatoires : même graine, mêmes résultats.", 1,
                      defaut=1)

    # Investigation -> (what its file says, regions that carry it out); `edition.investigation`.
    _carried: dict[str, tuple[Any, tuple[str, ...]]] = PrivateAttr(default_factory=dict)

    @property
    def carried(self) -> dict[str, tuple[Any, tuple[str, ...]]]:
        """Investigations merged into this edition: {nom: (Investigation, regions)}."""
        return self._carried

    def carry(self, investigations: dict[str, tuple[Any, tuple[str, ...]]]) -> None:
        """Remember where the merged sections come from."""
        self._carried = investigations

    def carried_by(self, name: str) -> tuple[str, ...] | None:
        """Regions whose investigation declares this table or statistic; None: it is of all."""
        for own, regions in self._carried.values():
            plan = own.diffusion
            if name in {t.nom for t in (*own.livraison, *plan.tables, *plan.statistiques)}:
                return regions
        return None

    def counted_together(self, table: str) -> list[set[str]]:
        """Columns of a file of records that declared statistics need counted together."""
        return [c for s in self.diffusion.statistiques for c in s.croisements(table)]

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
        numbers = self.nomenclatures.get(OPERATORS)
        if any(t.pseudonyme for t in self.donnees.tables) and (
                not numbers or set(numbers.modalites) != set(NUMBERS)):
            errors.append(f"« pseudonyme » exige la nomenclature « {OPERATORS} », de modalités "
                          f"{', '.join(NUMBERS)}")
        errors += self._rounding()
        denominators = {d.nom for d in self.denominateurs}
        for d in self.denominateurs:
            for s in d.sources:
                if s not in tables:
                    errors.append(f"dénominateur {d.nom} : table « {s} » non déclarée")
        for nom, p in self.publics.items():
            if p.denominateur not in denominators:
                errors.append(f"public {nom} : dénominateur « {p.denominateur} » non déclaré")
        for g in self.regroupements:
            if (g.dimension == "departement") != (g.vers == "region"):
                errors.append("regroupements : « vers: region » va avec « dimension: departement »")
        errors += self.secret.errors({t.nom for t in self.diffusion.tables}, self.nomenclatures)
        if errors:
            raise ValueError(" ; ".join(errors))
        return self

    def _rounding(self) -> list[str]:
        """A base hides a small count when it is at least its threshold, above it at level 2."""
        rough = {t.nom for t in self.donnees.tables if t.arrondi > 1}
        errors = []
        for t in [t for t in self.diffusion.tables if t.arrondi_controle is not None]:
            least = max(self.secret.seuil, *(self.secret.seuils.get(d, 0) for d in t.dimensions), 0)
            least += self.secret.niveau - 1
            if t.arrondi_controle < least:
                errors.append(f"diffusion, table {t.nom} : « arrondi_controle » vaut "
                              f"{t.arrondi_controle}, il faut au moins {least}")
            if rough & set(t.sources):
                errors.append(f"diffusion, table {t.nom} : sa source est déjà arrondie, retirer "
                              "« arrondi_controle »")
        return errors
