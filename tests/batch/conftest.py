"""The small project rendered once; tests work on copies."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cepkit import batch
from tests.batch import project


@pytest.fixture(scope="package")
def rendered(tmp_path_factory) -> Path:
    """The project rendered once."""
    root = project.make(tmp_path_factory.mktemp("projet"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CEPKIT_ROOT", str(root))
        report = batch.run("mini")
    assert [(r.region, r.etat, r.problems) for r in report.regions] == [
        (code, "produite", []) for code in ("FR", "06", "53", "94")]
    return root


@pytest.fixture
def root(rendered, tmp_path, monkeypatch) -> Path:
    """A copy of it, as the current project."""
    shutil.copytree(rendered, tmp_path / "projet", copy_function=shutil.copy2)
    monkeypatch.setenv("CEPKIT_ROOT", str(tmp_path / "projet"))
    return tmp_path / "projet"
