"""Where the declaration of an investigation stands, as `cepkit status --region` says it."""

from __future__ import annotations

import datetime as dt

import docx
import pytest
import yaml

from cepkit.edition.investigation import Investigation
from cepkit.edition.load import validate
from cepkit.report import declaration

from .conftest import FILE

DAY = dt.date(2022, 10, 20)
ROW = {"nom": "essai", "etat": "En cours", "declaree_le": None, "atelier": None, "ajustement": "",
       "suite_ajustement": "", "methode": "Enquête", "accord": "E001",
       "debut": dt.date(2022, 10, 3)}
CONSENT = {
    "n": "E001", "nature": "Accord formel du partenaire", "source_visee": "essai.csv",
    "donnees_personnelles": "Agrégées", "usages": "Investigation", "diffusion": "Public",
    "accord_le": dt.date(2022, 9, 20), "signataire": "Direction", "retire_le": None,
    "valable_jusquau": dt.date(2024, 12, 31), "conservation": "Un an", "detruit_le": None}


@pytest.mark.parametrize(("change", "consent", "said"), [
    ({}, {}, "essai : en cours ; à déclarer à France compétences"),
    ({"declaree_le": dt.date(2022, 9, 1), "atelier": dt.date(2022, 10, 1)}, {},
     "essai : en cours ; déclarée le 01/09/2022 ; atelier du 01/10/2022"),
    ({"declaree_le": dt.date(2022, 10, 2), "atelier": dt.date(2022, 10, 1)}, {},
     "essai : en cours ; déclarée le 02/10/2022 ; atelier du 01/10/2022 (passé avant la "
     "déclaration)"),
    ({"declaree_le": DAY, "ajustement": "DGEFP"}, {},
     "essai : en cours ; déclarée le 20/10/2022 ; ajustement demandé par DGEFP : à répondre"),
    ({"declaree_le": DAY, "accord": ""}, {},
     "essai : en cours ; déclarée le 20/10/2022 ; accord du partenaire à inscrire avant le "
     "terrain"),
    ({"declaree_le": DAY}, {"accord_le": dt.date(2022, 10, 10)},
     "essai : en cours ; déclarée le 20/10/2022 ; accord E001 signé après le début du terrain"),
    ({"declaree_le": DAY}, {"signataire": ""},
     "essai : en cours ; déclarée le 20/10/2022 ; accord E001 incomplet : il faut la fonction du "
     "signataire"),
    ({"declaree_le": DAY, "methode": "Observation", "accord": ""}, {},
     "essai : en cours ; déclarée le 20/10/2022")])
def test_what_is_said_of_it(change, consent, said):
    assert declaration.state([ROW | change], [CONSENT | consent], DAY) == [said]


def test_an_abandoned_one_is_not_told():
    assert declaration.state([ROW | {"etat": "Abandonnée"}], [], DAY) == []


def test_the_sheet_holds_what_the_workbooks_say(tmp_path):
    own = validate(Investigation, yaml.safe_load(FILE), "essai.yml")
    rows = {"84": ROW | {"declaree_le": DAY, "ajustement": "DGEFP", "suite_ajustement": "Réduite."},
            "93": ROW}
    path = tmp_path / "fiche.docx"
    path.write_bytes(declaration.sheet(own, ["84", "93"], "essai", rows))
    table = docx.Document(path).tables[-1]
    said = [[c.text for c in row.cells] for row in table.rows]
    assert said[0][1:] == ["Auvergne-Rhône-Alpes", "Provence-Alpes-Côte d’Azur"]
    assert said[1][1:] == ["20 octobre 2022", "…"] and said[3][1:] == ["DGEFP", "…"]
    assert said[5][1:] == ["Réduite.", "…"] and said[4][1:] == ["…", "…"]
