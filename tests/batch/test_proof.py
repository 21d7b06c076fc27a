"""A file that belongs to another region, or does not open, is told."""

from __future__ import annotations

import json

import pytest

from cepkit.batch import proof

EXPECTED = {"region": "06", "exercice": "demo"}


def page(region: str) -> str:
    return (f'<html><head><meta name="cepkit:region" content="{region}">'
            '<meta content="demo" name="cepkit:exercice"></head><body>'
            '<meta name="cepkit:region" content="99"></body></html>')


def test_right_files_are_accepted(tmp_path):
    (tmp_path / "a.html").write_text(page("06"))
    (tmp_path / "n.ipynb").write_text(json.dumps({"metadata": {"cepkit": EXPECTED}}))
    (tmp_path / "carte.png").write_bytes(b"")
    assert proof.check(tmp_path, ["a.html", "n.ipynb", "carte.png"], EXPECTED) == []


@pytest.mark.parametrize("name, content, words", [
    ("a.html", page("01"), "region : 01 » au lieu de « 06"),
    ("a.html", "<html></html>", "region : absent"),
    ("a.docx", "pas un zip", "ne se rouvre pas"),
    ("n.ipynb", "{", "ne se rouvre pas"),
])
def test_wrong_files_are_told(tmp_path, name, content, words):
    (tmp_path / name).write_text(content)
    problems = proof.check(tmp_path, [name], EXPECTED)
    assert words in str(problems[0])
    assert problems[0].classe == "rendu"
