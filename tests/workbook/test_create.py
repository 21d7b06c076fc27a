"""The workbook that an analyst receives (SPECIFICATION 6.1 and 6.2)."""

from __future__ import annotations

import openpyxl
import pytest

from cepkit.errors import UsageError
from cepkit.intake import workbook
from cepkit.intake.workbook_schema import lists, sheets

# Headers of SPECIFICATION 6.2, « N° » and « Note interne » apart.
COOPERATIONS = (
    "Intitulé * | Modalité * | Objet principal * | Autres objets | Acteurs participants * | "
    "Pilote | Rôle de la Transitions Pro | Territoire | Début | Fin | État * | "
    "Réalisation observable | Quantité | Unité de la quantité | Leviers | Difficultés | Source | "
    "Publiable *").split(" | ")
JALONS = ("Étape * | Version | Destinataire | Date prévue * | Date réalisée | "
          "Réponse attendue le | Relancé le | Réponse reçue le | Réponse").split(" | ")
FEUILLES = ["lisez_moi", "rencontres", "constats", "cooperations", "plan_actions", "documents",
            "remarques", "investigations", "consentements", "jalons", "alertes", "listes"]


@pytest.fixture(scope="module")
def book(filled):
    return openpyxl.load_workbook(filled)


def test_sheets_in_order_with_the_lists_hidden(book):
    assert book.sheetnames == FEUILLES
    assert book["listes"].sheet_state == "hidden"


@pytest.mark.parametrize(("sheet", "headers"), [("cooperations", COOPERATIONS), ("jalons", JALONS)])
def test_headers_are_those_of_the_specification(book, sheet, headers):
    row = [c.value for c in book[sheet][1]]
    assert row[0] == "N°" and row[-1] == "Note interne"
    assert row[1:-1] == headers


def test_head_is_frozen_and_filtered_help_in_italics_example_named(book):
    for nom in FEUILLES[1:-1]:
        page = book[nom]
        assert page.freeze_panes == "C2" and page.auto_filter.ref.startswith("A1:")
        assert page["A2"].font.italic and page["A3"].value == "EXEMPLE"
        assert page["A4"].value == sheets()[nom].prefixe + "001"


def test_lists_are_offered_where_a_value_is_chosen(book):
    for nom, sheet in sheets().items():
        chosen = sum(c.kind in ("L", "M") for c in sheet.colonnes)
        offered = [v for v in book[nom].data_validations.dataValidation if v.type == "list"]
        assert len(offered) == chosen, nom


def test_the_calendar_of_the_edition_is_there(edition, tmp_path):
    path = workbook.create(tmp_path / "s.xlsx", edition=edition)
    rows = workbook.read(path, edition).feuilles["jalons"]
    sent = rows[rows["etape"] == "Envoi aux opérateurs"]
    assert list(sent["destinataire"]) == list(workbook.operators(edition.annee))
    # « remis à France compétences au 15 juillet 2023 » (methodology 2022)
    assert str(rows.iloc[-1]["date_prevue"]) == "2023-07-15"


def test_same_inputs_same_bytes(edition, tmp_path):
    first = workbook.create(tmp_path / "a.xlsx", edition=edition)
    second = workbook.create(tmp_path / "b.xlsx", edition=edition)
    assert first.read_bytes() == second.read_bytes()


def test_an_existing_workbook_is_never_overwritten(edition, tmp_path):
    path = workbook.create(tmp_path / "a.xlsx", edition=edition)
    with pytest.raises(UsageError, match="existe déjà"):
        workbook.create(path, edition=edition)


@pytest.mark.parametrize(("year", "name"), [(2023, "Pôle emploi"), (2024, "France Travail")])
def test_the_name_of_the_first_operator_follows_the_year(year, name):
    assert lists(year)["acteurs"][0] == name
