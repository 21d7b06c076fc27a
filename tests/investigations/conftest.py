"""The small project of the batch with an investigation of two of its three regions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.batch import project
from tests.batch.notebooks import notebook

FILE = """\
titre: Qui répond à l’essai ?
theme: Essai
questions: ["Qui répond ?"]
methode: [Enquête]
population: Personnes reçues.
donnees_personnelles: Aucune.
sollicites: 1200
repondants: 412
limites: [Une enquête ne mesure pas un effet.]
calendrier: {declaration: 2022-10-14}
livraison:
  - nom: essai_reponses
    titre: Réponses à l’essai
    fichier: essai.csv
    encodage: utf-8
    separateur: ";"
    source: Enquête d’essai
    colonnes: {Région: region, Réponse: reponse, Nombre: effectif}
    constantes: {annee: "2022", mesure: reponses, operateur: ensemble}
nomenclatures:
  reponse:
    titre: Réponse
    modalites: {oui: {libelle: Oui}, non: {libelle: Non}}
mesures:
  reponses:
    libelle: Réponses
    singulier: réponse
    definition: Personnes qui ont répondu.
    source: essai
    additive: [reponse, region]
diffusion:
  tables:
    - nom: essai_reponses
      titre: Réponses
      source: essai_reponses
      mesure: reponses
      dimensions: [reponse]
"""
ROWS = "Région;Réponse;Nombre\n06;Oui;50\n06;Non;60\n53;Oui;3\n53;Non;90\n94;Oui;40\n94;Non;80\n"
PAGE = ("from cepkit import Region, lectures, show\nr = Region.open(exercice, region)\n"
        "lire = lectures.Investigation(r, 'essai')",
        "show.page(r, 'investigation')", "show.fiche(lire.fiche())", "## E.1 Combien ?",
        "t = r.table('essai_reponses')\n"
        "show.table(t, id='E.1-T1', titre='Réponses', mesure='Personnes')")


def carry(root: Path, *codes: str) -> None:
    """These regions carry the investigation out."""
    for code in ("06", "53", "94"):
        folder = root / "parameters/mini/regions" / code
        project.write(folder / "region.yml",
                      f"investigations: [{'essai' if code in codes else ''}]\n")


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    root = project.make(tmp_path)
    project.write(root / "parameters/mini/investigations/essai.yml", FILE)
    project.write(root / "data/mini/essai.csv", ROWS)
    project.write(root / "notebooks/investigations/essai.ipynb",
                  notebook("# Qui répond à l’essai ?", *PAGE))
    carry(root, "53", "94")
    monkeypatch.setenv("CEPKIT_ROOT", str(root))
    return root
