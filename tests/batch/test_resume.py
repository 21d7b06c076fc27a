"""kill -9 at any moment: no half file, and the next run does only what is missing."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from cepkit import batch
from cepkit.batch import files, steps, workers
from cepkit.batch.pending import Pending
from cepkit.errors import UsageError
from tests.batch import project

KILLS = 50
NAMES = ("1_donnees", "2_recours")
TRACE = "open({path!r}, 'a').write(f'{{region}} {name}\\n')"


def write_notebooks(root: Path, version: str, trace: Path) -> None:
    """Two notebooks that show `version` and leave a line for each time that they run."""
    for name in NAMES:
        project.write(root / f"notebooks/{name}.ipynb", project.annexe(
            name[0], f"## {name[0]}.2 Quelle version ?",
            f"show.reponse('Version {version}.')", TRACE.format(path=str(trace), name=name)))


def visible(root: Path) -> dict[str, bytes]:
    """What a user sees in the folders of the two regions."""
    folder = root / "outputs/mini"
    return {p.relative_to(folder).as_posix(): p.read_bytes()
            for name in ("06-mayotte", "53-bretagne") for p in (folder / name).rglob("*")
            if p.is_file() and not p.name.startswith(".")}


@pytest.fixture
def small(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("CEPKIT_ROOT", str(tmp_path))
    root = project.make(tmp_path)
    for name in ("3_parcours", "4_cooperations", "synthese_nationale"):
        (root / f"notebooks/{name}.ipynb").unlink()
    return root


@pytest.fixture
def launcher(small):
    process = subprocess.Popen([sys.executable, "-m", "tests.batch.launcher"], text=True,
                               env=os.environ | workers.ENVIRONMENT,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == "ready\n"
    yield process
    process.stdin.close()
    process.wait(30)


def ask(launcher: subprocess.Popen, order: str) -> str:
    launcher.stdin.write(f"{order}\n")
    launcher.stdin.flush()
    return launcher.stdout.readline()


def launch(launcher: subprocess.Popen, seconds: float | None = None) -> int:
    """Start a run; kill it after `seconds`. Its exit code (-9 when killed in time)."""
    child = int(ask(launcher, "go"))
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    return int(ask(launcher, "end"))


def wait_for_orphans(root: Path) -> None:
    """Forked jobs of a dead run hold its lock until they end: their lines are not the next's."""
    end = time.monotonic() + 120  # what a cell may take: jobs that stay longer never end
    while time.monotonic() < end:
        with suppress(UsageError), files.locked(root / "data/.cepkit/mini/verrou-run"):
            return
        time.sleep(0.02)
    pytest.fail("a job of a killed run still holds its lock")


def test_killed_at_fifty_random_moments(small, launcher, tmp_path):
    """Version A is published; version B is made, killed, then made again.

    What the next run computes is what the plan lacks after the kill, wherever the kill fell.
    """
    trace = tmp_path / "trace.txt"
    trace.touch()
    known = {}
    for version in "AB":
        write_notebooks(small, version, trace)
        start = time.monotonic()
        assert launch(launcher) == 0
        length = time.monotonic() - start
        known[version] = visible(small)
    assert known["A"] != known["B"]
    chance, killed, resumed = random.Random(2022), 0, 0
    for turn in range(10 * KILLS):
        if turn >= KILLS and killed > KILLS // 2 and resumed > KILLS // 10:
            break
        target, former = ("A", "B") if turn % 2 == 0 else ("B", "A")
        write_notebooks(small, target, trace)
        moment = chance.uniform(0, length)
        in_time = launch(launcher, moment) == -signal.SIGKILL
        killed += in_time
        length = length * 1.05 if in_time else moment  # follows the pace of the machine
        for name, content in visible(small).items():
            assert content in (known[target][name], known[former][name]), (turn, name)
        wait_for_orphans(small)
        before = len(trace.read_text().splitlines())
        ready = set(json.loads(ask(launcher, "plan")))
        assert launch(launcher) == 0
        again = trace.read_text().splitlines()[before:]
        expected = {f"{r} {n}" for r in ("06", "53") for n in NAMES}
        assert sorted(again) == sorted(expected - ready), turn
        resumed += bool(expected & ready)
        assert visible(small) == known[target], turn
        assert list(small.rglob(".ecriture-*")) == [], turn
    assert killed > KILLS // 2 and resumed > KILLS // 10  # however many turns it took


def test_what_is_kept_serves_once_and_only_for_the_same_inputs(small, monkeypatch):
    """A run stopped before publishing: the next one publishes without running anything."""
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(batch.runner.Batch, "commit", stop)
    with pytest.raises(KeyboardInterrupt):
        batch.run("mini", ["06"])
    monkeypatch.undo()
    monkeypatch.setenv("CEPKIT_ROOT", str(small))
    reasons = {s.name: s.reason for s in batch.run("mini", ["06"], dry_run=True).plan}
    assert reasons == dict.fromkeys((*NAMES, "tables"), steps.RESUMED)
    assert {s.reason for s in batch.run("mini", ["06"], dry_run=True, force=True).plan} == {
        "demandé (--force)"}
    kept = Pending(small / "data/.cepkit/mini/attente")
    for path in kept.folder.glob("*tables*"):
        path.write_bytes(b"PK half a file")
    assert batch.run("mini", ["06"]).code == 0
    assert list(kept.folder.iterdir()) == []
    manifest = json.loads((small / "outputs/mini/06-mayotte/manifest.json").read_text())
    assert len(manifest["fichiers"]) == 5


def test_the_second_of_two_runs_is_refused(small):
    code = "import sys; from cepkit.__main__ import main; sys.exit(main(['run']))"
    project.write(small / "notebooks/1_donnees.ipynb",
                  project.annexe("1", "import time\ntime.sleep(3)"))
    first = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    lock = small / "data/.cepkit/mini/verrou-run"
    for _ in range(200):
        if lock.exists():
            break
        time.sleep(0.05)
    second = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert second.returncode == 2
    assert second.stderr == ("cepkit : Un autre « cepkit run » travaille déjà sur cet exercice : "
                             "attendez qu’il finisse, puis relancez.\n")
    first.communicate()
    assert first.returncode == 0
