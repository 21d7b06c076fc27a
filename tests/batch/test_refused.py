"""A release that is not proven: exit 13, nothing published, what was there stays."""

from __future__ import annotations

import pytest

from cepkit.__main__ import main
from tests.batch import project


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("CEPKIT_ROOT", str(project.make(tmp_path)))
    monkeypatch.delenv("CEPKIT_EXERCICE", raising=False)
    return tmp_path


def outputs(root):
    return {p: p.read_bytes() for p in sorted((root / "outputs").rglob("*")) if p.is_file()}


def test_exit_13_publishes_nothing_and_keeps_what_was_there(root, capsys):
    """Corse, Apec is 3 and declared never hidden: no mask can protect it."""
    assert main(["run", "--exercice", "mini", "--region", "53", "--jobs", "1"]) == 0
    before = outputs(root)
    project.write(root / "data/mini/volumes.csv", project.delivery(mayotte=137))
    project.write(root / "parameters/mini/edition.yml", project.EDITION + (
        'secret: {jamais_masquees: [{region: "94", operateur: apec}]}\n'))
    capsys.readouterr()
    assert main(["run", "--exercice", "mini", "--region", "53", "--jobs", "1"]) == 13
    said = capsys.readouterr().err
    assert "table « volumes » (Volumes par opérateur) : 1 petit effectif" in said
    assert "(Corse)" in said and "journal/refus.csv" in said
    assert outputs(root) == before
    details = (root / "data/.cepkit/mini/journal/refus.csv").read_text("utf-8")
    assert "jamais_masquees" in details and ";94;total;apec;" in details


def test_exit_13_before_any_release_leaves_no_output(root):
    project.write(root / "data/mini/volumes.csv", project.delivery(mayotte=137))
    project.write(root / "parameters/mini/edition.yml", project.EDITION + (
        'secret: {jamais_masquees: [{region: "94", operateur: apec}]}\n'))
    assert main(["run", "--exercice", "mini", "--jobs", "1"]) == 13
    assert outputs(root) == {} if (root / "outputs").exists() else True
    assert not (root / "parameters/mini/masque.csv").exists()
