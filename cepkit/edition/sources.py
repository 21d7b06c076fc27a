"""Sections of `edition.yml` that say what was received: files, tables, agreements, context."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import model_validator

from cepkit.edition.base import Code, Nom, Strict, cle

# Persons by number of operators: the dimension that a table with a `pseudonyme` gives.
OPERATORS, NUMBERS = "nombre_operateurs", ("un", "deux", "trois")


class Depivot(Strict):
    """A wide block to unpivot: source column -> values of the canonical columns it stands for."""

    colonnes: dict[str, dict[str, str]] = cle(
        "En-tête de chaque colonne du bloc et ce qu'elle représente. Avec un en-tête sur deux "
        "lignes, les deux textes sont joints par « | ».",
        {"Entrées": {"mesure": "entrees"}, "Bénéficiaires": {"mesure": "beneficiaires"}},
        defaut={})
    motif: str | None = cle(
        "Expression régulière qui reconnaît l'en-tête entier ; chaque groupe nommé devient une "
        "colonne.", r"T(?P<trimestre>\d)_(?P<annee>\d{4})", defaut=None)
    valeur: str = cle(
        "Ce que contiennent les cellules : « effectif » dans une livraison, « valeur » dans un "
        "fichier de contexte.", "effectif", defaut="effectif")


class Delai(Strict):
    """Whole months between two dated steps of a record."""

    de: str = cle("En-tête de la date de départ.", "Décision")
    a: str = cle("En-tête de la date d'arrivée ; case vide : étape pas encore franchie.",
                 "Entrée en formation")
    franchi: Code = cle("Dimension qui dit si l'étape est franchie : « oui », « non ».", "entree")
    vu_le: dt.date | None = cle("Jour des dernières nouvelles, pour qui n'a pas franchi l'étape ; "
                                "sans lui, son délai est inconnu.", "2022-12-31", defaut=None)


class TableSource(Strict):
    """One table of the delivery: where it is and how its columns are called here."""

    nom: Nom = cle("Nom court de la table, unique dans l'édition.", "volumes_2022")
    titre: str = cle("Titre imprimé dans l'annexe 1.", "Volumes 2022 par département")
    fichier: str = cle("Nom du fichier, dans le dossier de la livraison.", "volumes_2022.csv")
    feuille: str | None = cle("Feuille du classeur ; la première si la clé est absente.",
                              "Sexe", defaut=None)
    format: Literal["csv", "xlsx", "xls", "ods", "parquet"] | None = cle(
        "Format du fichier ; déduit de son extension si la clé est absente.", "csv", defaut=None)
    encodage: str | None = cle("Encodage d'un fichier texte ; reconnu si la clé est absente.",
                               "cp1252", "utf-8", defaut=None)
    separateur: str | None = cle("Séparateur de colonnes d'un fichier texte ; reconnu si la clé "
                                 "est absente.", ";", defaut=None)
    decimale: Literal[",", "."] | None = cle(
        "Signe décimal ; reconnu d'après les valeurs de la colonne si la clé est absente.", ",",
        defaut=None)
    milliers: Literal[" ", ".", ",", "'"] | None = cle(
        "Séparateur de milliers ; reconnu si la clé est absente. Les espaces, insécables ou non, "
        "sont toujours admises.", " ", defaut=None)
    entete: list[int] | None = cle(
        "Numéros des lignes d'en-tête, tels que les montre un tableur (une ou deux lignes) ; "
        "reconnues si la clé est absente.", [4], [4, 5], defaut=None)
    fin: str | None = cle("Expression régulière : début de la première cellule des notes de bas "
                          "de tableau.", "^(Champ|Source)", defaut=None)
    nature: Literal["tableau", "individuel"] = cle(
        "« tableau » : effectifs déjà comptés ; « individuel » : une ligne par personne ou par "
        "entrée, comptée à la lecture.", "individuel", defaut="tableau")
    croisements: list[list[str]] = cle(
        "Fichier individuel : croisements à compter en plus de ceux du plan de diffusion.",
        [["operateur", "sexe", "csp"]], defaut=[])
    champ: str = cle("Champ de la table, imprimé sous les tableaux.",
                     "18 régions, lieu de résidence", defaut="")
    source: str = cle("Source, imprimée sous les tableaux.", "Livraison 2022", defaut="")
    origine: Literal["france_competences", "association", "partenaire", "public"] = cle(
        "D'où vient la table. « partenaire » et « association » exigent un accord inscrit : voir "
        "la partie « Les accords ».", "partenaire", defaut="france_competences")
    lieu: Literal["residence", "delivrance"] | None = cle(
        "Le territoire est-il celui où la personne réside ou celui où le CEP est délivré ?",
        "residence", defaut=None)
    colonnes: dict[str, str] = cle("En-tête de chaque colonne lue et son nom dans la suite.",
                                   {"Région": "region", "Opérateur": "operateur"}, defaut={})
    ignorees: list[str] = cle("En-têtes des colonnes à ne pas lire. Un identifiant de personne ne "
                              "peut figurer qu'ici, ou dans « pseudonyme ».", ["Part (%)"],
                              defaut=[])
    pseudonyme: str | None = cle(
        "Fichier individuel : en-tête du pseudonyme des personnes. La table compte alors des "
        "personnes, par année, région et nombre d'opérateurs (« nombre_operateurs » : « un », "
        "« deux », « trois » ou plus). Le pseudonyme ne sert qu'à ce comptage : il n'est ni gardé "
        "ni rapproché d'une autre source.", "Identifiant pseudonymisé", defaut=None)
    recopier: list[str] = cle(
        "En-têtes des colonnes dont une cellule vide reprend celle du dessus (cellules fusionnées "
        "d'un fichier CSV ou ODS ; celles d'un classeur xlsx ou xls sont reconnues).", ["Région"],
        defaut=[])
    constantes: dict[str, Code] = cle("Colonnes absentes du fichier et leur valeur, la même pour "
                                      "toute la table.", {"annee": "2022", "mesure": "entrees"},
                                      defaut={})
    depivoter: Depivot | None = cle("Bloc de colonnes à remettre en lignes (opérateurs, mois ou "
                                    "modalités en colonnes).", {"motif": "Sexe \\| (?P<sexe>.+)"},
                                    defaut=None)
    filtres: dict[str, list[Code]] = cle("Valeurs gardées d'une colonne, les autres lignes sont "
                                         "laissées.", {"annee": ["2022"]}, defaut={})
    critere: tuple[str, str] | None = cle(
        "Table « longue » de profil : colonne qui nomme le critère, puis colonne qui nomme la "
        "modalité.", ["critere", "modalite"], defaut=None)
    totaux: list[str] = cle("Libellés des lignes et colonnes de total.",
                            ["total", "ensemble", "france entière"], defaut=["total", "ensemble"])
    arrondi: int = cle("Arrondi des effectifs publiés : 10 pour la dizaine, 1 sans arrondi.", 10,
                       defaut=1)
    reponses_multiples: bool = cle("Une personne peut compter dans plusieurs modalités : elles ne "
                                   "s'additionnent pas.", True, defaut=False)
    multiples: dict[str, str | dict[str, Code]] = cle(
        "Fichier individuel : questions à plusieurs réponses. Soit le séparateur des codes d'une "
        "colonne déclarée ; soit les colonnes 0/1, chacune avec son code ; soit le nom d'une autre "
        "de ces questions, pour compter ses réponses deux à deux.",
        {"themes": ";", "demarches": {"Formation": "formation", "Bilan": "bilan"},
         "themes_avec": "themes"}, defaut={})
    delais: dict[Code, Delai] = cle(
        "Fichier individuel : dimensions calculées entre deux dates, en mois. Les dates ne sont "
        "pas conservées. Un croisement diffusé n'emploie qu'un délai.",
        {"delai_entree": {"de": "Décision", "a": "Entrée en formation", "franchi": "entree"}},
        defaut={})
    durees: list[str] = cle("Fichier individuel : dimensions qui sont un nombre entier de mois.",
                            ["delai"], defaut=[])
    recu_le: dt.date | None = cle("Date de réception, si ce n'est pas celle de la livraison.",
                                  "2023-03-20", defaut=None)
    base: str = cle("Qui est compté dans les pourcentages, en clair.",
                    "entrées dont le motif est connu", defaut="")
    obligatoire: bool = cle("« false » : l'absence du fichier est seulement signalée.", False,
                            defaut=True)

    @property
    def entetes(self) -> dict[str, str]:
        """Canonical name of each header that is read, 0/1 columns included."""
        return self.colonnes | {h: dim for dim, how in self.multiples.items()
                                if isinstance(how, dict) for h in how}

    @property
    def dates(self) -> dict[str, tuple[str, str]]:
        """Dimension that two dates make (months, or whether the step was taken) -> headers."""
        return {dim: (d.de, d.a) for name, d in self.delais.items() for dim in (name, d.franchi)}

    @model_validator(mode="after")
    def _nature(self) -> TableSource:
        """Records have one modality a cell: nothing to unpivot."""
        if self.nature == "individuel" and (self.depivoter or self.critere):
            raise ValueError("une table individuelle n’a ni « depivoter » ni « critere » : "
                             "déclarez ses colonnes dans « colonnes »")
        if self.delais and (self.nature != "individuel" or self.pseudonyme):
            raise ValueError("« delais » va avec « nature: individuel », sans « pseudonyme »")
        if self.multiples and (self.nature != "individuel" or self.pseudonyme):
            raise ValueError("« multiples » va avec « nature: individuel », sans « pseudonyme »")
        for dim, how in self.multiples.items():
            if isinstance(how, str) and dim not in self.colonnes.values() and (
                    how not in self.multiples):
                raise ValueError(f"multiples : « {dim} » n’est pas dans « colonnes »")
        if self.pseudonyme and (
                self.nature != "individuel" or "operateur" not in self.colonnes.values()
                or self.pseudonyme in (*self.colonnes, *self.ignorees)):
            raise ValueError("« pseudonyme » va avec « nature: individuel » et une colonne "
                             "« operateur » ; il n’est ni dans « colonnes » ni dans « ignorees »")
        return self


class Reprise(Strict):
    """Checked tables of an earlier exercice, to stack under those of the same name."""

    exercice: str = cle("Nom de l'exercice antérieur, déjà vérifié sur ce poste.", "2021")
    tables: list[Nom] = cle("Tables à empiler : même nom dans les deux éditions.", ["volumes"])


class Donnees(Strict):
    """The delivery as a whole."""

    recu_le: dt.date = cle("Date de réception de la livraison.", "2023-04-17")
    version: str = cle("Version de la livraison, entre guillemets.", "1.0")
    dossier: str = cle("Dossier des fichiers, depuis la racine du projet.", "data/2022")
    fournisseur: str = cle("Qui a transmis la livraison.", "France compétences",
                           defaut="France compétences")
    taille_max_mo: int = cle("Taille d'un fichier, en mégaoctets, au-delà de laquelle il n'est "
                             "pas ouvert.", 2000, defaut=1000)
    classeur_max_mo: int = cle("Taille d'un classeur une fois décompressé, en mégaoctets, "
                               "au-delà de laquelle il n'est pas ouvert.", 500, defaut=300)
    reprises: list[Reprise] = cle("Années antérieures, reprises d'exercices déjà vérifiés.",
                                  defaut=[])
    tables: list[TableSource] = cle("Les tables de la livraison : voir « Une table ».")


class Accord(Strict):
    """Record of a complementary source delivered nationally: same content as `consentements`."""

    n: str = cle("Numéro de l'accord.", "E001")
    nature: Literal["Accord formel du partenaire", "Convention",
                    "Donnée interne de l’association", "Donnée publique"] = cle(
        "Nature de l'accord. Une donnée de l'association exige une inscription interne ; une "
        "donnée d'un partenaire exige son accord formel ou une convention.",
        "Donnée interne de l’association")
    partenaire: str = cle("Organisme qui donne son accord.", "Associations Transitions Pro")
    objet: str = cle("Ce sur quoi porte l'accord.", "Dossiers de PTP déposés en 2022")
    source_visee: str = cle("Nom du fichier ou de la table visés : c'est le lien avec « donnees ».",
                            "dossiers_ptp_2022.xlsx")
    regions: list[Code] = cle("Codes des régions couvertes ; toutes si la liste est vide.",
                              ["53"], defaut=[])
    population: str = cle("Population concernée.", "Salariés ayant déposé un dossier", defaut="")
    donnees_personnelles: Literal["Aucune", "Agrégées", "Pseudonymisées", "Nominatives"] = cle(
        "Nature des données au regard du RGPD ; des données nominatives ne sont jamais lues.",
        "Agrégées")
    base_legale: Literal["", "Mission d’intérêt public", "Consentement des personnes",
                         "Obligation légale", "Intérêt légitime"] = cle(
        "Base légale (RGPD), exigée pour des données pseudonymisées.", "Mission d’intérêt public",
        defaut="")
    information: str = cle("Référence de l'information des personnes, exigée pour des données "
                           "pseudonymisées.", "Notice 2022-04", defaut="")
    avis_dpd_le: dt.date | None = cle(
        "Date de l'avis du délégué à la protection des données, exigée pour des données "
        "pseudonymisées.", "2022-08-22", defaut=None)
    usages: str = cle("Usages permis.", "Rapport annuel de suivi")
    diffusion: Literal["Usage interne", "Opérateurs", "CREFOP et France compétences",
                       "Public"] = cle("Jusqu'où la source peut être diffusée.", "Public")
    accord_le: dt.date = cle("Date de l'accord, ou d'inscription au registre pour une donnée "
                             "interne.", "2022-09-05")
    signataire: str = cle("Fonction du signataire, jamais son nom.", "Direction")
    valable_jusquau: dt.date = cle("Dernier jour de validité.", "2025-12-31")
    conservation: str = cle("Durée de conservation.", "Deux ans")
    detruit_le: dt.date | None = cle("Date de destruction des données, quand elle a eu lieu.",
                                     "2026-01-15", defaut=None)
    retire_le: dt.date | None = cle("Date de retrait de l'accord, s'il a été retiré.",
                                    "2024-03-01", defaut=None)
    piece: str = cle("Référence de la pièce conservée.", "Registre 2022-07")


class Contexte(Strict):
    """Real reference files, read by the same loader as the delivery."""

    dossier: str = cle("Dossier des fichiers de contexte ; « @refdata » désigne ceux qui sont "
                       "fournis avec la suite.", "@refdata", defaut="@refdata")
    tables: list[TableSource] = cle("Les tables de contexte, décrites comme celles de la "
                                    "livraison.", defaut=[])
