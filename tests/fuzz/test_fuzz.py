"""Damaged files of every format: a message or a sound reading, never a traceback or a hang."""

from __future__ import annotations

import collections

import pytest

from cepkit.batch.workers import default_count
from tests.fuzz import campaign, mutate, readers

EACH = 160


def test_sound_files_are_read(tmp_path, monkeypatch):
    """Without damage nothing blocks: what is damaged afterwards is a file that can be read."""
    monkeypatch.setenv("CEPKIT_ROOT", str(tmp_path))
    for name, (sound, _, extension) in readers.FORMATS.items():
        path = tmp_path / f"fichier.{extension}"
        path.write_bytes(sound(tmp_path))
        blocking = [p for p in readers.FORMATS[name][1](path) if p.bloquant]
        assert blocking == [] or name == "docx produit", (name, blocking)


def test_same_seed_same_damage():
    content = readers._xlsx()
    assert mutate.damaged(content, 7) == mutate.damaged(content, 7)
    assert len({mutate.damaged(content, seed) for seed in range(40)}) > 35


def test_a_hang_and_a_crash_would_be_seen(monkeypatch, tmp_path):
    """The campaign itself, on readers that misbehave; in this process, put back as it was."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CEPKIT_ROOT", str(tmp_path))
    monkeypatch.setattr(campaign, "SECONDS", 1)

    def bad(path):
        seed = len(path.read_bytes()) % 3
        if seed == 0:
            while True:
                pass
        raise ZeroDivisionError if seed == 1 else SystemExit

    monkeypatch.setitem(readers.FORMATS, "manifest", (lambda _: b"{}" * 40, bad, "json"))
    found = campaign.read_all(campaign.Chunk("manifest", tuple(range(8))))
    words = collections.Counter(what.splitlines()[-1].split(":")[0] for _, _, what in found)
    assert set(words) == {"hang", "ZeroDivisionError", "SystemExit"}
    assert sum(words.values()) == 8


@pytest.mark.lent
def test_two_thousand_damaged_files():
    work = campaign.chunks(EACH)
    assert sum(len(chunk.seeds) for chunk in work) >= 2_000
    found = campaign.run(work, default_count(None, work))
    assert found == [], "\n".join(f"{name}, seed {seed}: {what}" for name, seed, what in found)
