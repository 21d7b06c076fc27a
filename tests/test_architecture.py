"""Imports go one way only (docs/architecture.md). Imports inside functions count too."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "cepkit"
LAYERS = {
    "errors": 0, "codes": 0, "text": 0, "formats": 0,
    "edition": 1, "refdata": 1,
    "intake": 2,
    "disclosure": 3,
    "intervals": 4, "standardise": 4, "gaps": 4, "survey": 4, "survival": 4,
    "plan": 5, "protection": 5, "public": 5, "storage": 5, "freshness": 5,
    "store": 5, "permitted": 5, "inputs": 5, "brut": 5,
    "region": 6, "indicators": 6,
    "show": 7, "lectures": 7,
    "report": 8,
    "batch": 9, "leaks": 9,
    "commands": 10, "__main__": 10, "demo": 10, "lab": 10,
}
# Usable alone: nothing of the package but layer 0 and each other.
ALONE = {"disclosure", "intervals", "standardise", "gaps", "survey", "survival"}
FILES = sorted(PACKAGE.rglob("*.py"))


def unit(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(path: Path) -> set[str]:
    """Top-level units of `cepkit` that a file imports (« cepkit » itself for lazy names)."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names if a.name.split(".")[0] == "cepkit"]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "cepkit":
            names = [f"{node.module}.{a.name}" for a in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if "." in name}
    return found - {"__version__", "Region"}


def test_every_unit_has_a_layer():
    units = {unit(p) for p in FILES} - {"__init__"}
    assert units == set(LAYERS)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_imports_go_down(path):
    own = unit(path)
    if own == "__init__":
        return
    for other in imported(path) - {own}:
        assert LAYERS[other] <= LAYERS[own], f"{path.name} ({own}) imports {other}"


@pytest.mark.parametrize("name", sorted(ALONE))
def test_methods_are_usable_alone(name):
    used = set().union(*(imported(p) for p in FILES if unit(p) == name)) - {name}
    assert {u for u in used - ALONE if LAYERS[u] > 0} == set()


def test_pages_and_indicators_never_reach_raw_data():
    upper = [p for p in FILES if LAYERS.get(unit(p)) in (6, 7)]
    for path in upper:
        assert not imported(path) & {"intake", "disclosure", "plan", "inputs", "brut"}, path


def test_only_the_store_sees_raw_data_and_protection_together():
    for name, layer in LAYERS.items():
        used = set().union(*(imported(p) for p in FILES if unit(p) == name), set())
        if layer < 9 and {"intake", "disclosure"} <= used:
            assert name in ("store", "plan", "protection")


def test_no_file_is_too_long():
    long = {p.name: n for p in FILES if (n := len(p.read_text("utf-8").splitlines())) > 440}
    assert long == {}
