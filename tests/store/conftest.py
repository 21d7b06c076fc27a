"""A whole small project in a temporary folder: edition.yml, delivery, nothing else."""

from __future__ import annotations

import pytest
import yaml

from cepkit import store
from tests.intake.small import edition, source

VOLUMES = """Région;Dép.;Opérateur;Entrées;Bénéficiaires
Bretagne;Finistère;Apec;120;110
Bretagne;Finistère;Cap emploi;3;3
Bretagne;Ille-et-Vilaine;Apec;230;200
Bretagne;Ille-et-Vilaine;Cap emploi;70;60
Corse;Corse-du-Sud;Apec;40;38
Corse;Corse-du-Sud;Cap emploi;nd;nd
France entière;;Apec;5000;4800
France entière;;Cap emploi;4000;3900
France entière;;Ensemble;9000;8500
"""
MOTIFS = """Région;Motif;n
Bretagne;Total;300
Bretagne;Faire le point;200
Bretagne;Changer de métier;180
"""
TABLES = [
    source("volumes", colonnes={"Région": "region", "Dép.": "departement",
                                "Opérateur": "operateur"},
           depivoter={"colonnes": {"Entrées": {"mesure": "entrees"},
                                   "Bénéficiaires": {"mesure": "beneficiaires"}}}),
    source("motifs", colonnes={"Région": "region", "Motif": "motif", "n": "effectif"},
           constantes={"mesure": "personnes_motif"}, reponses_multiples=True, obligatoire=False),
]
LEVELS = ["FR", "region", "departement"]
PLAN = [
    {"nom": "volumes", "titre": "Volumes", "source": "volumes", "mesure": "entrees",
     "dimensions": ["operateur"], "niveaux": LEVELS},
    {"nom": "beneficiaires", "titre": "Bénéficiaires", "source": "volumes",
     "mesure": "beneficiaires", "dimensions": ["operateur"], "niveaux": LEVELS},
    {"nom": "sans_operateur", "titre": "Ensemble", "source": "volumes", "mesure": "entrees"},
    {"nom": "motifs", "titre": "Motifs", "source": "motifs", "mesure": "personnes_motif",
     "dimensions": ["motif"]},
]
DENOMINATORS = [{
    "nom": "actifs", "libelle": "Actifs", "concept": "Recensement", "champ": "15-64 ans",
    "annee": 2017, "edition": "2017", "source": "Insee", "licence": "LO", "table": "rp",
    "filtre": {"indicateur": "actifs_15_64"}, "absents": {"06": "Non publié pour Mayotte."}}]
RP = source("rp", fichier="insee_rp2017/rp_activite_regions.csv", decimale=".", colonnes={
    "code": "region", "annee": "annee", "indicateur": "indicateur", "effectif": "valeur"})


def declared(plan=None):
    """The edition of the small project."""
    return edition(*TABLES, diffusion={"tables": plan or PLAN}, denominateurs=DENOMINATORS,
                   contexte={"tables": [RP.model_dump()]})


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Project folder with its delivery; `CEPKIT_ROOT` points at it."""
    monkeypatch.setenv("CEPKIT_ROOT", str(tmp_path))
    monkeypatch.delenv("CEPKIT_EXERCICE", raising=False)
    monkeypatch.setattr(store, "_PROVIDED", {})
    data, parameters = tmp_path / "data" / "essai", tmp_path / "parameters" / "essai"
    data.mkdir(parents=True)
    parameters.mkdir(parents=True)
    (data / "volumes.csv").write_text(VOLUMES, "cp1252")
    (data / "motifs.csv").write_text(MOTIFS, "cp1252")
    (parameters / "edition.yml").write_text(
        yaml.safe_dump(declared().model_dump(mode="json"), allow_unicode=True), "utf-8")
    return tmp_path
