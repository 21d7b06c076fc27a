"""Parameters are refused before anything runs, with the nearest valid name."""

from __future__ import annotations

import pytest

from cepkit.batch import parameters
from cepkit.errors import ParametersError
from tests.batch.notebooks import notebook

VALUES = {"exercice": "demo", "region": "01"}


def messages(content: bytes) -> list[str]:
    name = "2_recours.ipynb"
    return [str(p) for p in parameters.problems(parameters.cells(content, name), VALUES, name)]


def test_a_good_notebook_has_no_problem():
    content = notebook(parameters='exercice: str | None = None\nregion = "84"  # code')
    assert messages(content) == []
    assert parameters.declared(parameters.cells(content, "n"), "n")["region"] == (str, "84")


def test_missing_cell():
    assert messages(notebook("1", parameters=None)) == [
        "2_recours.ipynb : il faut une cellule de paramètres et une seule ; 0 cellules portent "
        "l’étiquette « parameters ». À faire : ajoutez l’étiquette « parameters » à la cellule "
        "qui fixe region et exercice."]


def test_unknown_parameter_gives_the_nearest_name():
    assert messages(notebook(parameters='exercice = "demo"\nregoin = "84"')) == [
        "2_recours.ipynb : le paramètre « region » n’est pas déclaré. Vouliez-vous dire "
        "« regoin » ? À faire : paramètres du notebook : exercice et regoin."]


def test_wrong_type():
    assert messages(notebook(parameters='exercice = "demo"\nregion: int = 84')) == [
        "2_recours.ipynb : le paramètre « region » doit être un nombre entier. Valeur : « '01' »."]


def test_the_synthesis_takes_the_exercice_alone():
    assert parameters.values("synthese_nationale", "demo", "FR") == {"exercice": "demo"}
    assert parameters.values("2_recours", "demo", "01") == VALUES


def test_all_problems_at_once():
    assert len(messages(notebook(parameters="exercise = 1\nregion = 84"))) == 2


@pytest.mark.parametrize("source, words", [
    ("region = open('x').read()", "ligne 1"),
    ("region = '84'\nimport os", "ligne 2"),
    ("region =", "illisible à la ligne 1"),
])
def test_a_parameter_cell_is_never_executed(source, words):
    with pytest.raises(ParametersError, match=words):
        parameters.declared(parameters.cells(notebook(parameters=source), "n"), "n.ipynb")


def test_a_file_that_is_no_notebook():
    with pytest.raises(ParametersError, match="pas un notebook lisible"):
        parameters.cells(b"{", "n.ipynb")
