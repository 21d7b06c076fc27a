"""Notebooks follow the style of the project: what is not of a notebook stays out of them."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict

import pytest

from cepkit.lab.clean import stripped
from tests.conftest import REPOSITORY

FILES = sorted(p for p in (REPOSITORY / "notebooks").rglob("*.ipynb")
               if not {"travail", ".ipynb_checkpoints"} & set(p.parts))
TAGS = {"parameters", "interactif", "analyste"}
LINES, CELLS = 12, 24


def cells(path) -> list[dict]:
    return json.loads(path.read_text("utf-8"))["cells"]


def tagged(path, tag: str) -> list[dict]:
    return [c for c in cells(path) if tag in c["metadata"].get("tags", ())]


def source(cell: dict) -> str:
    return "".join(cell["source"])


def code(path) -> list[str]:
    """Code cells that the batch runs, the parameters left out."""
    return [source(c) for c in cells(path) if c["cell_type"] == "code"
            and not {"parameters", "interactif"} & set(c["metadata"].get("tags", ()))]


every = pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)


def test_the_six_notebooks_are_there():
    assert {"1_donnees", "2_recours", "3_parcours", "4_cooperations", "rapport",
            "synthese_nationale"} <= {p.stem for p in FILES}


@every
def test_name_and_bytes(path):
    assert re.fullmatch(r"(\d_)?[a-z][a-z0-9_]*", path.stem)
    content = json.loads(path.read_text("utf-8"))
    # As Jupyter writes it, without output, counter nor passing metadata.
    wanted = json.dumps(stripped(content), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    assert path.read_text("utf-8") == wanted
    ids = [c["id"] for c in content["cells"]]
    assert len(set(ids)) == len(ids)


@every
def test_one_title_that_is_a_question_first(path):
    first, *_ = cells(path)
    text = "\n".join(source(c) for c in cells(path) if c["cell_type"] == "markdown")
    titles = re.findall(r"(?m)^# .*", text)
    assert first["cell_type"] == "markdown" and source(first).startswith(titles[0])
    assert len(titles) == 1 and titles[0].rstrip().endswith("?")


@every
def test_parameters_then_selector(path):
    names = [c["metadata"].get("tags", [""])[0] for c in cells(path) if c["cell_type"] == "code"]
    assert names[:2] == ["parameters", "interactif"] and not any(names[2:])
    assert {t for c in cells(path) for t in c["metadata"].get("tags", ())} <= TAGS
    (chooser,) = tagged(path, "interactif")
    region = "" if path.stem.startswith("synthese") else ", region"
    assert source(chooser) == ("from cepkit import lab\n\n"
                               f'lab.choisir("{path.stem}", exercice{region})')


@every
def test_words_come_before_code(path):
    kinds = [(c["cell_type"], source(c).startswith("#")) for c in cells(path)]
    section = False
    for (before, _), (kind, heading) in zip(kinds, kinds[1:], strict=False):
        assert not (section and kind == "code" == before)
        section |= kind == "markdown" and heading


@every
def test_code_loads_computes_and_shows(path):
    found = code(path)
    assert len(found) <= CELLS and max(len(c.splitlines()) for c in found) <= LINES
    for cell in found:
        kinds = {type(node) for node in ast.walk(ast.parse(cell))}
        assert not kinds & {ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.While, ast.Try}
        texts = [n.value for n in ast.walk(ast.parse(cell)) if isinstance(n, ast.Constant)
                 and isinstance(n.value, str)]
        assert [t for t in texts if re.search(r"[/\\]\w+\.\w{2,5}$|^[./~]+/", t)] == []


def test_no_code_is_said_twice():
    """Three lines of computing in a row stand in one notebook only."""
    where = defaultdict(set)
    for path in FILES:
        for cell in code(path):
            lines = [line.strip() for line in cell.splitlines()
                     if len(line.strip()) > 1 and not line.startswith(("from ", "import "))]
            for i in range(len(lines) - 2):
                where[tuple(lines[i:i + 3])].add(path.stem)
    assert {lines: names for lines, names in where.items() if len(names) > 1} == {}
