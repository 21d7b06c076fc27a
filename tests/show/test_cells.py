"""Cells: states stay visible, numbers are French, order and keys follow the frame."""

from __future__ import annotations

import pandas as pd
import pytest

from cepkit.errors import UsageError
from cepkit.show import cells
from tests.show import frames


def texts(frame: pd.DataFrame, colonnes=None, **options) -> list[list[str]]:
    model = cells.model(frame, colonnes, **options)
    return [[c.texte for c in line.cells] for line in model.lignes]


def test_withheld_row_shows_s_even_when_the_frame_still_holds_its_numbers(page):
    shown = texts(frames.shares(), {"operateur": "", "numerateur": "", "valeur": "",
                                    "intervalle": "", "ecart": "", "lecture": ""})
    assert shown[2] == ["Apec", "s.", "s.", "s.", "s.", "proche"]


def test_reference_of_a_withheld_row_stays_published(page):
    assert texts(frames.shares(), {"reference": ""})[2] == ["14,8"]


def test_unavailable_is_not_withheld_and_never_zero(page):
    frame = frames.shares(hidden="").assign(etat="non_disponible", valeur=float("nan"))
    assert texts(frame, {"valeur": ""}) == [["n.d."], ["n.d."], ["n.d."]]


def test_source_withheld_and_ours_look_the_same(page):
    frame = frames.shares(hidden="").assign(etat=["secret", "non_diffuse", "publie"])
    shown = texts(frame, {"valeur": ""})
    assert shown[0] == shown[1] == ["s."] and shown[2] == ["14,7"]


def test_numbers_are_french(page):
    frame = pd.DataFrame({"effectif": [191660, -3], "ecart": [0.023, -0.0004], "unite": "part"})
    # Thousands U+202F, minus U+2212, gaps signed (LOOK §10)
    assert texts(frame, {"effectif": "", "ecart": ""}) == [["191\u202f660", "+2,3"],
                                                           ["\u22123", "0,0"]]


def test_rates_below_one_take_two_decimals_in_the_whole_column(page):
    frame = pd.DataFrame({"valeur": [10.5, 0.34], "unite": "pour 100"})
    assert texts(frame, {"valeur": ""}) == [["10,50"], ["0,34"]]


def test_unit_goes_to_the_header(page):
    model = cells.model(frames.shares(), {"valeur": "Bretagne", "ecart": "Écart"})
    assert [head for _, head, _ in model.colonnes] == ["Bretagne (%)", "Écart (points)"]


def test_order_of_rows_is_that_of_the_frame(page):
    frame = frames.shares(hidden="")
    backwards = frame.iloc[::-1]
    backwards.attrs = frame.attrs
    assert [r[0] for r in texts(backwards, {"operateur": ""})] == [
        "Apec", "Cap emploi", "Pôle emploi"]


def test_key_names_the_cell(page):
    model = cells.model(frames.shares(), {"operateur": "", "valeur": ""})
    assert model.lignes[0].cells[1].cle == "53|2022|total|france_travail||part|valeur"
    assert model.lignes[2].cells[1].cle is None


def test_refused_comparison_is_said(page):
    frame = frames.shares(hidden="").assign(lecture="comparaison refusée", ecart=float("nan"))
    assert texts(frame, {"ecart": "", "lecture": ""})[0] == ["sans objet", "comparaison refusée"]


def test_unknown_column_gives_the_nearest_name(page):
    with pytest.raises(UsageError, match="Vouliez-vous dire « valeur »"):
        cells.model(frames.shares(), {"valeurs": ""})


def test_frame_of_the_caller_does_not_change(page):
    frame = frames.shares()
    before = frame.copy()
    cells.model(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_an_interval_is_two_numbers_in_the_unit_of_its_header(page):
    frame = pd.DataFrame({"valeur": [0.5, 0.4], "borne_inf": [0.48, 0.3], "borne_sup": [0.52, 0.5],
                          "unite": "part", "etat": ["publie", "secret"]})
    plain = cells.model(frame, {"valeur": "Part", "intervalle": "Intervalle"}).plain()
    assert plain["columns"] == ["Part (%)", "Intervalle (%) : borne basse",
                                "Intervalle (%) : borne haute"]
    assert plain["rows"] == [[50.0, 48.0, 52.0], ["s.", "s.", "s."]]
    assert len(plain["keys"][0]) == 3


def test_default_columns_never_carry_the_same_head_twice(page):
    # A department beside its region, an operator which is its own modality, a count as a value.
    departments = pd.DataFrame({"departement": ["29", "56"], "valeur": [10.5, 11.2],
                                "reference": [10.9, 10.9], "unite": "pour 100"})
    departments.attrs["cepkit"] = {"region": "53", "reference": "Bretagne"}
    operators = pd.DataFrame({"operateur": ["apec", "cap_emploi"],
                              "modalite": ["apec", "cap_emploi"], "numerateur": [12, 30],
                              "effectif": [12, 30], "valeur": [12.0, 30.0], "unite": "personnes"})
    assert list(cells.default_columns(departments).values()) == [
        "Département", "Valeur du département", "Valeur de la région"]
    assert list(cells.default_columns(operators).values()) == ["Opérateur", "Effectif"]
