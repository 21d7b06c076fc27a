"""Columns, codes and numbers: one awkward thing a test."""

from __future__ import annotations

import pandas as pd
import pytest

from cepkit.codes import NON_DIFFUSE, NON_DISPONIBLE, PUBLIE
from cepkit.intake.layout import Raw
from cepkit.intake.numbers import marks, number
from cepkit.intake.shape import shape
from tests.intake.small import edition, source


def raw(columns: list[str], *rows: list[str]) -> Raw:
    frame = pd.DataFrame(rows, columns=columns, index=range(2, 2 + len(rows)), dtype="str")
    return Raw(frame, "a.csv", None, len(rows))


def shaped(table, *args, contexte=False):
    return shape(raw(*args), table, edition(table), contexte=contexte)


def text(result) -> str:
    return "\n".join(str(p) for p in result.problemes)


BASE = {"Région": "region", "n": "effectif"}


@pytest.mark.parametrize("label", ["BOURGOGNE FRANCHE-COMTE", "Bourgogne-Franche-Comté", "27"])
def test_regions_are_recognised_whatever_the_accents(label):
    found = shaped(source(colonnes=BASE), ["Région", "n"], [label, "1"])
    assert found.frame["region"].tolist() == ["27"]


def test_code_06_is_mayotte_or_alpes_maritimes():
    table = source(colonnes={"Région": "region", "Dép.": "departement", "n": "effectif"})
    found = shaped(table, ["Région", "Dép.", "n"], ["6", "Total", "1"], ["93", "6", "2"],
                   ["Mayotte", "MAYOTTE", "3"], ["Paca", "ALPES-MARITIMES", "4"])
    assert found.frame["region"].tolist() == ["06", "93", "06"]
    assert found.frame["departement"].tolist() == ["total", "06", "976"]
    assert "« Paca » n’est pas dans la nomenclature" in text(found)


def test_france_metropolitaine_is_never_france():
    table = source(colonnes={"Code": "region", "Libellé": "libelle", "n": "valeur"})
    found = shaped(table, ["Code", "Libellé", "n"], ["00", "FRANCE (HORS MAYOTTE)", "7,1"],
                   ["00", "FRANCE METROPOLITAINE", "6,9"], contexte=True)
    assert found.frame["region"].tolist() == ["FR", "FRMETRO"]


def test_spreadsheet_numbers_find_their_zero_in_the_nomenclature():
    table = source(colonnes=BASE | {"Diplôme": "diplome"})
    found = shaped(table, ["Région", "Diplôme", "n"], ["1", "1", "5"], ["01", "cap, bep", "6"])
    assert found.frame["region"].tolist() == ["01", "01"]
    assert found.frame["diplome"].tolist() == ["01", "02"]


def test_total_labels_become_total_ensemble_and_france():
    table = source(colonnes=BASE | {"Op.": "operateur", "Sexe": "sexe"},
                   totaux=["TOTAL GÉNÉRAL", "ensemble"])
    found = shaped(table, ["Région", "Op.", "Sexe", "n"],
                   ["Total général", "Ensemble", "total general", "9"])
    assert found.frame[["region", "operateur", "sexe"]].values.tolist() == [
        ["FR", "ensemble", "total"]]


def test_wide_columns_by_mapping():
    table = source(colonnes={"Région": "region"}, depivoter={"colonnes": {
        "Entrées | F": {"mesure": "entrees", "sexe": "F"},
        "Entrées | H": {"mesure": "entrees", "sexe": "H"},
        "Entrées": {"mesure": "entrees"}}})
    found = shaped(table, ["Région", "ENTREES | F", "Entrées | H", "Entrées"],
                   ["Corse", "1", "2", "3"]).frame
    assert dict(zip(found["sexe"], found["effectif"], strict=True)) == {"F": 1, "H": 2, "total": 3}


def test_wide_columns_by_pattern_and_periods():
    wide = source(colonnes={"Code": "region"},
                  depivoter={"motif": r"T(?P<trimestre>\d)_(?P<annee>\d{4})", "valeur": "valeur"})
    found = shaped(wide, ["Code", "T1_2022", "T2_2022"], ["53", "5,9", "5,8"], contexte=True).frame
    assert found[["annee", "trimestre", "valeur"]].values.tolist() == [
        ["2022", "1", 5.9], ["2022", "2", 5.8]]
    long = source(colonnes={"Période": "periode", "Région": "region", "n": "valeur"})
    found = shaped(long, ["Période", "Région", "n"], ["2022T3", "Corse", "1"],
                   ["T1_2021", "Corse", "1"], contexte=True).frame
    assert found[["annee", "trimestre"]].values.tolist() == [["2022", "3"], ["2021", "1"]]


@pytest.mark.parametrize(("label", "code"), [
    ("1", "01"), ("déc.", "12"), ("Février", "02"), ("mars 2022", "03"), ("01/04/2022", "04"),
    ("05/2022", "05"), ("2022-07-01 00:00:00", "07"), ("12", "12")])
def test_months(label, code):
    table = source(colonnes=BASE | {"Mois": "mois"})
    assert shaped(table, ["Région", "Mois", "n"],
                  ["Corse", label, "1"]).frame["mois"].tolist() == [code]


def test_month_13_is_unknown():
    table = source(colonnes=BASE | {"Mois": "mois"})
    assert "« 13 »" in text(shaped(table, ["Région", "Mois", "n"], ["Corse", "13", "1"]))


def test_a_long_profile_becomes_one_column_a_dimension():
    table = source(colonnes=BASE | {"Critère": "critere", "Modalité": "modalite"},
                   critere=("critere", "modalite"))
    found = shaped(table, ["Région", "Critère", "Modalité", "n"], ["Corse", "Sexe", "Femmes", "3"],
                   ["Corse", "Diplôme", "CAP, BEP", "2"], ["Corse", "Sexe", "Total", "5"]).frame
    assert found[["sexe", "diplome"]].values.tolist() == [
        ["F", "total"], ["total", "02"], ["total", "total"]]


def test_an_unknown_criterion_is_told():
    table = source(colonnes=BASE | {"Critère": "critere", "Modalité": "modalite"},
                   critere=("critere", "modalite"))
    found = shaped(table, ["Région", "Critère", "Modalité", "n"], ["Corse", "Sexes", "Femmes", "3"])
    assert "Vouliez-vous dire « sexe » ?" in text(found)
    assert found.frame.empty


def test_missing_column_suggests_the_nearest_and_unknown_ones_are_told():
    found = shaped(source(colonnes={"Région": "region", "Effectif": "effectif"}),
                   ["Région", "Effectifs", "Note"], ["Corse", "1", ""])
    assert "« Effectif » est absente. Vouliez-vous dire « Effectifs » ?" in text(found)
    assert [p.bloquant for p in found.problemes] == [True, False]
    assert "Effectifs et Note" in str(found.problemes[1])


def test_unknown_modality_goes_to_non_renseigne_when_there_is_one():
    table = source(colonnes=BASE | {"Diplôme": "diplome", "Motif": "motif"})
    found = shaped(table, ["Région", "Diplôme", "Motif", "n"],
                   ["Corse", "Bac + 12", "Faire le point", "1"],
                   ["Corse", "Sans diplôme", "Code 99", "1"])
    assert found.frame["diplome"].tolist() == ["non_renseigne"]
    assert found.frame["regroupe"].tolist() == [True]
    assert [(p.cle, p.lignes) for p in found.problemes] == [
        ("modalite_inconnue", (2,)), ("modalite_inconnue", (3,))]


def test_unknown_operator_blocks_with_its_row_and_a_suggestion():
    found = shaped(source(colonnes=BASE | {"Op.": "operateur"}), ["Région", "Op.", "n"],
                   ["Corse", "Apec", "1"], ["Corse", "Pole emplois", "1"])
    problem = found.problemes[0]
    assert (problem.bloquant, problem.lignes, problem.valeur) == (True, (3,), "Pole emplois")
    assert "Vouliez-vous dire « Pôle emploi » ?" in str(problem)


@pytest.mark.parametrize("label", ["=1+1", "@SUM(A1)", "+CMD()", "<b>Femmes</b>", "<script>"])
def test_formula_or_tag_in_a_label(label):
    found = shaped(source(colonnes=BASE | {"Sexe": "sexe"}), ["Région", "Sexe", "n"],
                   ["Corse", label, "1"])
    assert any("formule ou une balise" in str(p) and p.bloquant for p in found.problemes)


@pytest.mark.parametrize(("cell", "expected"), [
    ("1 234", (1234, PUBLIE, None, None)), ("1\u00a0234", (1234, PUBLIE, None, None)),
    ("1\u202f234\u202f567", (1234567, PUBLIE, None, None)), ("12,5", (12.5, PUBLIE, None, None)),
    ("-", (0, PUBLIE, None, None)), ("−3", (-3, PUBLIE, None, None)),
    ("nd", (None, NON_DISPONIBLE, None, None)), ("N.D.", (None, NON_DISPONIBLE, None, None)),
    ("", (None, NON_DISPONIBLE, None, None)), ("s", (None, NON_DIFFUSE, None, None)),
    ("ns", (None, NON_DIFFUSE, None, None)), ("<5", (None, NON_DIFFUSE, 1, 4)),
    ("< 5", (None, NON_DIFFUSE, 1, 4)), ("1 à 4", (None, NON_DIFFUSE, 1, 4)),
])
def test_cells(cell, expected):
    found = number(cell, edition(), marks([cell], source(), whole=False))
    assert (found.valeur, found.etat, found.borne_min, found.borne_max) == expected


@pytest.mark.parametrize("cell", ["<11", "douze", "1.23.456", "12 %%", "5/2"])
def test_unreadable_cells_are_told_and_never_guessed(cell):
    found = shaped(source(colonnes=BASE), ["Région", "n"], ["Corse", cell])
    assert found.problemes[0].valeur == cell
    assert "jetons" in str(found.problemes[0])
    assert found.frame.empty


@pytest.mark.parametrize(("declared", "cell", "value"), [
    ({"milliers": "."}, "1.234,5", 1234.5), ({"milliers": ",", "decimale": "."}, "1,234.5", 1234.5),
    ({"milliers": "."}, "12.5", None), ({"decimale": ","}, "1.234", 1234), ({}, "1 23", None)])
def test_declared_thousands_and_decimal_marks(declared, cell, value):
    found = number(cell, edition(), marks([cell], source(**declared), whole=True))
    assert (found and found.valeur) == value


@pytest.mark.parametrize(("cells", "values"), [
    (["1 234", "7"], [1234, 7]), (["1\u202f234", "1\u00a0234\u00a0567"], [1234, 1234567]),
    (["1.234", "2.345.678"], [1234, 2345678]), (["1,234", "12"], [1234, 12]),
    (["1,234.5", "2,000.0"], [1234.5, 2000]), (["1.234,5", "2.000,0"], [1234.5, 2000]),
    (["1.234", "12.5"], [1.234, 12.5]), (["0,125", "1,234"], [0.125, 1.234]),
    (["12,5", "1.234"], [12.5, 1234])])
def test_decimal_and_thousands_marks_are_found_in_the_column(cells, values):
    found = marks(cells, source(), whole=True)
    assert [number(c, edition(), found).valeur for c in cells] == values


def test_a_cell_that_can_be_read_in_two_ways_is_told():
    found = shaped(source(colonnes=BASE), ["Région", "n"], ["Corse", "1,234"], ["Bretagne", "12"])
    assert found.frame["effectif"].tolist() == [1234, 12]
    assert "« 1,234 » est lu 1234" in text(found)
    assert found.problemes[0].lignes == (2,)
    assert not shaped(source(colonnes=BASE, milliers=","), ["Région", "n"],
                      ["Corse", "1,234"]).problemes


def test_filters_keep_declared_values_only():
    table = source(colonnes=BASE | {"Sexe": "sexe"}, filtres={"sexe": ["F"]})
    found = shaped(table, ["Région", "Sexe", "n"], ["Corse", "Femmes", "1"],
                   ["Corse", "Hommes", "x"])
    assert found.frame["sexe"].tolist() == ["F"]
    assert found.problemes == []  # a row that is not kept cannot be wrong
