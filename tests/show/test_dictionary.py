"""The dictionary of the data: every table, column and code of the edition, and what lacks."""

from __future__ import annotations

import copy
import re

import html5lib
import pytest

from cepkit import store
from cepkit.edition import load_edition
from cepkit.show import dictionary


@pytest.fixture
def part(demo):
    return store.load_slice("demo", "FR")


def text(html: str) -> str:
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    body = tree.find("body")
    for part in [p for p in body.iter() for c in p if c.tag == "script"]:
        part[:] = [c for c in part if c.tag != "script"]
    return " ".join("".join(body.itertext()).split())


def rows(html: str, section: str) -> list[list[str]]:
    """Texts of the cells of a section, one list a row."""
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    part = next(s for s in tree.iter("section") if s.get("id") == section)
    return [[" ".join("".join(c.itertext()).split()) for c in line if c.tag in ("td", "th")]
            for line in part.iter("tr")]


def test_every_table_column_code_and_source_of_the_edition(part):
    html = dictionary.page(part.meta, part.donnees)
    shown, edition = text(html), load_edition("demo")
    for table in edition.donnees.tables:
        assert table.titre in shown
        for header in table.colonnes:
            assert header in shown
    for nomenclature in edition.nomenclatures.values():
        for code, modality in nomenclature.modalites.items():
            assert code in shown and modality.libelle in shown
    for measure in edition.mesures.values():
        assert measure.definition.strip() in shown and measure.source in shown
    assert all(t.nom in shown for t in edition.diffusion.tables)


def test_what_a_table_covers(part):
    found = {r[0]: r[1:] for r in rows(dictionary.page(part.meta, part.donnees), "recues")}
    # Declared in the edition, read by hand in the first and the last file of the delivery.
    assert found["Volumes 2022 par département et opérateur"][:3] == [
        "Entrées en CEP et Bénéficiaires du CEP ; 2022", "France, région, département",
        "les cinq opérateurs"]
    assert found["Dossiers de PTP selon le CEP préalable"][0] == (
        "Dossiers de projet de transition professionnelle ; 2022")
    released = {r[0]: r for r in rows(dictionary.page(part.meta, part.donnees), "tables")}
    assert "diffusion permise : Public" in released["dossiers_ptp"][-1]
    assert "2020, 2021 et 2022" in released["volumes"][3]


def test_what_lacks(part):
    found = [r for r in rows(dictionary.page(part.meta, part.donnees), "manques") if len(r) > 1]
    lines = {(r[0], r[1]) for r in found}
    # The demonstration: no sector at all; Apec silent in Mayotte; August missing in Corse; the
    # motive known to two operators only; no active population for Mayotte in the census of 2017.
    assert ("Secteur d’activité", "ne figure pas dans le jeu de données") in lines
    assert ("Apec", "sans donnée : Mayotte, 2020, 2021 et 2022") in lines
    assert ("Août", "sans donnée : Corse, 2022") in lines
    assert ("Demande exprimée",
            "n’est pas renseignée par Pôle emploi, Cap emploi et Missions locales") in lines
    assert any(r[0] == "Taux de chômage" and r[1].startswith("Mayotte n’est pas") for r in found)
    assert not any(r[0] == "Sexe" for r in found)


def test_a_delivery_of_one_region_without_operators_nor_populations(part):
    meta = copy.deepcopy(part.meta)
    meta["regions"], meta["denominateurs"] = ["53"], []
    for source in meta["sources"]:
        source["operateurs"] = [o for o in source["operateurs"] if o != "apec"]
        source["niveaux"] = [n for n in source["niveaux"] if n != "FR"]
        source["colonnes"] = [c for c in source["colonnes"] if c["nom"] != "sexe"]
    found = {r[0]: r[1] for r in rows(dictionary.page(meta, {}), "manques") if len(r) > 1}
    assert found["Sexe"] == "ne figure pas dans le jeu de données"
    assert found["Apec"] == "n’est dans aucune table"
    assert found["Autres régions"] == "la livraison porte sur une région et la France"
    assert "aucune ligne nationale" in found["France"]
    assert "aucune n’est déclarée" in found["Toutes"]


def test_a_table_that_was_not_received_is_said(part):
    meta = copy.deepcopy(part.meta)
    meta["sources"][0] |= {"annees": [], "mesures": [], "niveaux": [], "operateurs": [],
                           "colonnes": []}
    found = {r[0]: r for r in rows(dictionary.page(meta, part.donnees), "recues")}
    assert found[meta["sources"][0]["titre"]][-1] == "table non reçue"


def test_neither_file_nor_count_nor_year_with_a_thousands_space(part):
    html = dictionary.page(part.meta, part.donnees)
    assert not re.search(r"\.(csv|xlsx|xls|parquet)\b", text(html))
    assert "4\u202f463\u202f900" not in html and "2\u202f022" not in html
