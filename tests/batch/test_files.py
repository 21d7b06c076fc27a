"""No half file, one run at a time, and hashes that change exactly when the content does."""

from __future__ import annotations

import os
import subprocess
import sys

import pandas as pd
import pytest

from cepkit.batch import digests, files
from cepkit.errors import RenderError, UsageError


def test_a_failed_write_keeps_the_previous_version(tmp_path, monkeypatch):
    path = tmp_path / "a.html"
    files.write(path, b"bon")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(RenderError, match="a.html : écriture impossible"):
        files.write(path, b"nouveau")
    assert path.read_bytes() == b"bon"
    assert [p.name for p in tmp_path.iterdir()] == ["a.html"]


def test_differences_with_a_manifest(tmp_path):
    content = {"a.html": b"1", "n/b.ipynb": b"2", "c.xlsx": b"3"}
    for name, data in content.items():
        files.write(tmp_path / name, data)
    manifest = {"fichiers": files.entries(content)}
    assert files.differences(tmp_path, manifest) == []
    (tmp_path / "a.html").write_bytes(b"x")
    (tmp_path / "c.xlsx").unlink()
    assert files.differences(tmp_path, manifest) == ["a.html", "c.xlsx"]


def test_two_runs_at_once_are_refused_and_a_dead_one_frees_the_lock(tmp_path):
    lock = tmp_path / "verrou"
    code = ("import sys, time; from pathlib import Path; from cepkit.batch import files\n"
            "with files.locked(Path(sys.argv[1])):\n    print('pris', flush=True); time.sleep(60)")
    with subprocess.Popen([sys.executable, "-c", code, lock], stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"pris\n"
        with pytest.raises(UsageError, match="travaille déjà"), files.locked(lock):
            pass
        other.kill()
    with files.locked(lock):
        assert lock.exists()


def test_hash_of_parts_has_no_ambiguity():
    assert digests.of("ab", "c") != digests.of("a", "bc")
    assert digests.of({"a": 1, "b": 2}) == digests.of({"b": 2, "a": 1})


def test_hash_of_a_folder_follows_names_and_contents(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.md").write_text("1")
    first = digests.of_folder(tmp_path)
    (tmp_path / "x" / ".cache").write_text("9")
    (tmp_path / "x" / "~$a.xlsx").write_text("9")
    assert digests.of_folder(tmp_path) == first
    (tmp_path / "x" / "a.md").rename(tmp_path / "x" / "b.md")
    assert digests.of_folder(tmp_path) != first
    assert digests.of_folder(tmp_path, skip=("x",)) == digests.of_folder(tmp_path / "absent")


@pytest.mark.parametrize("change", [
    {"n": pd.array([1, None], dtype="Int64")}, {"etat": ["s", "p"]}, {"m": [1, 2]}])
def test_hash_of_a_slice_sees_any_cell(change):
    frame = pd.DataFrame({"n": pd.array([1, 2], dtype="Int64"), "etat": ["p", "p"]})
    same = {"t": frame.copy(), "meta": {"regions": ["01"]}}
    assert digests.of_slice({"meta": {"regions": ["01"]}, "t": frame}) == digests.of_slice(same)
    assert digests.of_slice({**same, "t": frame.assign(**change)}) != digests.of_slice(same)
