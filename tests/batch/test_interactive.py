"""A cell tagged `interactif` is for JupyterLab: the batch neither runs nor keeps it."""

from __future__ import annotations

import json
from pathlib import Path

from cepkit import batch
from cepkit.batch import parameters, refused
from tests.batch import project
from tests.batch.test_run import contents, ran

# It would fail, and be refused, if it were run.
CELL = {"cell_type": "code", "execution_count": None, "id": "selecteur", "outputs": [],
        "metadata": {"tags": ["interactif"]}, "source": ["import pathlib\n", "1 / 0"]}


def with_selector(notebook: bytes, *more: dict) -> bytes:
    node = json.loads(notebook)
    at = next(i for i, c in enumerate(node["cells"])
              if "parameters" in c["metadata"].get("tags", ()))
    node["cells"][at + 1:at + 1] = [CELL, *more]
    return json.dumps(node, indent=1).encode()


def add_selectors(root: Path) -> None:
    for path in (root / "notebooks").glob("*.ipynb"):
        project.write(path, with_selector(path.read_bytes()))


def test_adding_a_selector_leaves_nothing_to_do(root):
    add_selectors(root)
    assert ran(batch.run("mini", dry_run=True)) == []


def test_the_selector_is_not_run_and_outputs_keep_their_bytes(root):
    before = contents(root)
    add_selectors(root)
    report = batch.run("mini", ["53"], force=True, execution=batch.Execution(jobs=1))
    assert [r.etat for r in report.regions] == ["produite"]
    assert contents(root) == before


def test_what_is_left_is_the_notebook_without_it():
    plain = project.annexe("2")
    assert parameters.rendered(with_selector(plain)) == parameters.rendered(plain)
    assert json.loads(parameters.rendered(plain)) == json.loads(plain)


def test_other_cells_are_still_read_under_their_own_number():
    bad = CELL | {"metadata": {}, "id": "autre"}
    (problem,) = refused.problems({"2_recours": with_selector(project.annexe("2"), bad)}, "mini")
    assert "la cellule 3, ligne 1" in str(problem)
