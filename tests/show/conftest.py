"""A real region of the small release, with the labels that the frames of these tests need."""

from __future__ import annotations

import copy

import pytest

from cepkit import Region
from cepkit.show import state
from tests.indicators.release import make

OPERATEURS = {"france_travail": "Pôle emploi", "cap_emploi": "Cap emploi", "apec": "Apec",
              "missions_locales": "Missions locales", "operateur_regional": "Opérateur régional"}
SEXE = {"F": "Femmes", "H": "Hommes"}


def _nomenclature(titre: str, labels: dict[str, str]) -> dict:
    return {"titre": titre, "modalites": {c: {"libelle": text, "alias": []}
                                          for c, text in labels.items()}}


@pytest.fixture
def bretagne() -> Region:
    region = make("53")
    region.meta = copy.deepcopy(region.meta)
    region.meta["nomenclatures"] |= {"operateur": _nomenclature("Opérateur", OPERATEURS),
                                     "sexe": _nomenclature("Sexe", SEXE)}
    region.meta["donnees"] = {"recu_le": "2023-04-17", "version": "1", "fournisseur": "Essai"}
    region.meta["secret"] = {"seuil": 5, "zeros": "publies"}
    region.meta["protection"] = {
        "etat": "complète", "n_masquees": 12, "part_volume": "de 1 à 5 %", "replis_dits": [],
        "regle": "Les valeurs de 1 à 4 ne sont pas diffusées.", "limites": ["Une limite dite."],
        "tables": {region.meta["plan"][0]["nom"]: {
            "n_cellules": 40, "n_masquees": 3, "n_non_diffuse": 0, "part_volume": "de 1 à 5 %",
            "regions": {"53": "de 5 à 10 %"}}}}
    region.meta["empreinte"] = "5f2a1c"
    return region


@pytest.fixture
def page(bretagne) -> state.Page:
    """Annexe 2 of Bretagne as the current page; the neutral page is put back after the test."""
    yield state.set_page(bretagne, "2")
    state._page = state.Page()
