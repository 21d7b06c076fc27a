"""Working copies: parameters injected by Papermill, nothing of the analyst's written over."""

from __future__ import annotations

import json

import nbformat
import pytest

from cepkit import lab
from cepkit.errors import UsageError


@pytest.fixture(autouse=True)
def here(project, monkeypatch):
    monkeypatch.setenv("CEPKIT_ROOT", str(project))
    monkeypatch.chdir(project / "notebooks")


def test_the_injected_cell_follows_the_parameters(project):
    copy = lab.pour("3_parcours", "01", "demo")
    assert copy.chemin == project / "notebooks/travail/demo/3_parcours-01-guadeloupe.ipynb"
    node = nbformat.read(copy.chemin, as_version=4)
    nbformat.validate(node)
    tags = [c.metadata.get("tags", [""])[0] for c in node.cells if c.cell_type == "code"]
    assert tags[:3] == ["parameters", "injected-parameters", "interactif"]
    values: dict = {}
    exec(node.cells[3].source, values)
    assert (values["exercice"], values["region"]) == ("demo", "01")
    assert str(project) not in copy.chemin.read_text()
    assert 'href="travail/demo/3_parcours-01-guadeloupe.ipynb"' in copy._repr_html_()


def test_a_copy_is_taken_again_and_a_changed_one_is_kept(project):
    first = lab.pour("1_donnees", "94").chemin
    before = first.read_bytes()
    content = json.loads(before)
    content["cells"][3]["outputs"] = []
    assert lab.pour("1_donnees", "94").chemin == first
    content["cells"][5]["source"] = "1 + 1"
    first.write_text(json.dumps(content))
    again = lab.pour("1_donnees", "94")
    assert again.chemin.name == "1_donnees-94-corse-2.ipynb"
    assert again.chemin.read_bytes() == before and "1 + 1" in first.read_text()
    assert again.gardees == (first,) and first.name in again._repr_html_()


def test_the_synthesis_has_no_region():
    text = lab.pour("synthese_nationale").chemin.read_text()
    assert "injected-parameters" in text and "region =" not in text


def test_what_does_not_exist_is_refused_with_the_nearest_name():
    with pytest.raises(UsageError, match="Vouliez-vous dire « rapport »"):
        lab.pour("raport", "84")
    with pytest.raises(UsageError, match="Vouliez-vous dire « 94 »"):
        lab.pour("rapport", "Corse")
