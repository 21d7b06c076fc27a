"""`Region` as a notebook meets it."""

from __future__ import annotations

import pytest

from cepkit.errors import ParametersError, UsageError
from cepkit.region import Region


@pytest.fixture
def bretagne(root):
    return Region.open("essai", "53")  # builds the store on the way


def test_names(bretagne):
    assert (bretagne.code, bretagne.nom, bretagne.en, bretagne.de) == (
        "53", "Bretagne", "en Bretagne", "de Bretagne")
    assert (bretagne.annee, bretagne.fictif, bretagne.edition_titre) == (2022, False, "Essai")
    assert bretagne.regions() == ["53", "94"]
    assert [c for c, _ in bretagne.departements()] == ["22", "29", "35", "56"]


@pytest.mark.parametrize(("given", "hint"), [
    (1, "\"01\""), (53, "\"53\""), ("1", "« 01 »"), ("Bretagne", "« 53 » (Bretagne)"),
    ("84-auvergne-rhone-alpes", "« 84 »"), ("99", "Codes admis"), (None, "Codes admis")])
def test_other_regions_are_refused_with_the_code_to_write(root, given, hint):
    with pytest.raises(UsageError) as error:
        Region.open("essai", given)
    assert hint in str(error.value)


def test_a_region_that_was_not_delivered(root):
    with pytest.raises(ParametersError, match="Régions présentes : 53 et 94"):
        Region.open("essai", "84")


def test_unknown_exercice(root):
    with pytest.raises(UsageError, match="Vouliez-vous dire « essai »"):
        Region.open("essais", "53")


def test_default_exercice_is_the_only_one(root):
    assert Region.open(region="94").exercice == "essai"


def test_table_is_a_copy_with_its_caption(bretagne):
    frame = bretagne.table("volumes")
    assert set(frame["region"]) == {"53", "FR"}
    assert frame.attrs["cepkit"]["tables"] == ["volumes"]
    frame["effectif"] = 0
    assert bretagne.table("volumes")["effectif"].gt(0).any()


def test_an_undeclared_table_prints_the_lines_to_add(bretagne):
    with pytest.raises(ParametersError) as error:
        bretagne.table("volume")
    assert "Vouliez-vous dire « volumes » ?" in str(error.value)
    assert "    - nom: volume\n" in str(error.value)
    assert error.value.code == 10


def test_denominators(bretagne):
    found = bretagne.denominateur("actifs")
    # Insee, recensement 2017, base communale summed by region.
    assert (found.valeur, found.etat, found.annee) == (1_484_842, "publie", 2017)
    mayotte = bretagne.denominateur("actifs", "06")
    assert (mayotte.valeur, mayotte.etat) == (None, "non_disponible")
    assert mayotte.raison == "Non publié pour Mayotte."
    assert set(bretagne.contexte("actifs")["region"]) == {"53", "FR"}
    with pytest.raises(ParametersError, match="Vouliez-vous dire « actifs »"):
        bretagne.denominateur("actif")


def test_words(bretagne):
    assert bretagne.libelle("operateur", "france_travail") == "Pôle emploi"
    assert bretagne.libelle("operateur", "ensemble") == "Tous opérateurs"
    assert bretagne.libelle("region", "06") == "Mayotte"
    assert bretagne.libelle("departement", "06") == "Alpes-Maritimes"
    assert bretagne.libelle("sexe", "total") == "Total"
    assert bretagne.modalites("sexe") == ["F", "H"]
    assert bretagne.operateurs()[0] == "france_travail"


def test_an_empty_workbook_gives_empty_frames_with_their_columns(bretagne):
    assert not bretagne.suivi_rempli
    assert bretagne.suivi("cooperations").empty
    assert "intitule" in bretagne.suivi("cooperations").columns
    with pytest.raises(ParametersError, match="Vouliez-vous dire « cooperations »"):
        bretagne.suivi("cooperation")


def test_france_sees_every_region(root):
    whole = Region.open("essai", "FR")
    assert set(whole.table("volumes")["region"]) == {"53", "94", "FR"}
    assert whole.en == "en France"
