"""A small edition, written by hand: each test changes the two or three keys it is about."""

from __future__ import annotations

import datetime as dt

from cepkit.edition.schema import Edition, TableSource

NOMENCLATURES = {
    "operateur": {"titre": "Opérateur", "modalites": {
        "france_travail": {"libelle": "Pôle emploi", "alias": ["France Travail"]},
        "cap_emploi": {"libelle": "Cap emploi"}, "apec": {"libelle": "Apec"},
        "missions_locales": {"libelle": "Missions locales"},
        "operateur_regional": {"libelle": "Opérateur régional"}}},
    "sexe": {"titre": "Sexe", "modalites": {
        "F": {"libelle": "Femmes"}, "H": {"libelle": "Hommes"}}},
    "diplome": {"titre": "Diplôme", "modalites": {
        "01": {"libelle": "Sans diplôme"}, "02": {"libelle": "CAP, BEP"},
        "non_renseigne": {"libelle": "Non renseigné"}}},
    "motif": {"titre": "Motif", "modalites": {
        "point": {"libelle": "Faire le point"}, "metier": {"libelle": "Changer de métier"}}},
}
MESURES = {
    "entrees": {"libelle": "Entrées", "singulier": "entrée", "definition": "d", "source": "s",
                "additive": ["region", "departement", "operateur", "sexe", "mois"]},
    "beneficiaires": {"libelle": "Bénéficiaires", "singulier": "b", "definition": "d",
                      "source": "s", "additive": ["region", "departement"]},
    "personnes_motif": {"libelle": "Personnes dont le motif est connu", "singulier": "p",
                        "definition": "d", "source": "s"},
}


def source(nom: str = "volumes", **declared) -> TableSource:
    """One declared table."""
    return TableSource(**{"nom": nom, "titre": nom, "fichier": f"{nom}.csv"} | declared)


def edition(*tables: TableSource, **declared) -> Edition:
    """An edition of 2022 that reads `tables` in data/essai."""
    return Edition(**{
        "version_schema": 1, "exercice": "essai", "annee": 2022, "titre": "Essai",
        "mesure_principale": "entrees", "nomenclatures": NOMENCLATURES, "mesures": MESURES,
        "jetons": {"bornes": {"<5": [1, 4]}}, "diffusion": {"tables": []},
        "donnees": {"recu_le": dt.date(2023, 4, 17), "version": "1", "dossier": "data/essai",
                    "tables": [t.model_dump() for t in tables]},
    } | declared)
