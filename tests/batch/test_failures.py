"""Disk full, folder refused, input gone, file open elsewhere: told in French, nothing lost."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cepkit import batch
from cepkit.__main__ import main
from cepkit.batch import files
from tests.batch import project
from tests.batch.test_run import contents

PAGE = "annexe_1_donnees.html"
RUN = "import sys; from cepkit.__main__ import main; sys.exit(main(['run', '--jobs', '1']))"


# Root is refused nothing: it gives up that privilege to be in the place of a user.
MODEST = (["setpriv", "--inh-caps=-dac_override,-dac_read_search",
           "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else [])


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    """Messages on one line."""
    monkeypatch.setenv("COLUMNS", "400")


def change(root: Path) -> None:
    """All pages must be made again."""
    for name, number in project.ANNEXES.items():
        project.write(root / f"notebooks/{name}.ipynb", project.annexe(number, "# Une note."))


def run(root: Path, *, bytes_a_file: int | None = None) -> subprocess.CompletedProcess:
    """`cepkit run` as a process of its own, without root's privilege or with a limit on files."""
    def limited() -> None:
        if bytes_a_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_a_file, bytes_a_file))

    env = os.environ | {"CEPKIT_ROOT": str(root), "COLUMNS": "400"}
    done = subprocess.run([*MODEST, sys.executable, "-c", RUN], env=env, text=True,
                          capture_output=True, preexec_fn=limited)
    assert "Traceback" not in done.stdout + done.stderr
    return done


def test_a_file_system_that_takes_no_more_keeps_the_last_version(root):
    """The limit on the size of files refuses a write as a full disk does: in the middle."""
    before = contents(root)
    change(root)
    done = run(root, bytes_a_file=16_000)
    assert done.returncode in (1, 15)
    assert "fichier plus grand que ce qui est permis ici" in done.stderr
    after = contents(root)
    assert {k: v for k, v in after.items() if k[:2] in ("06", "53", "94")} == {
        k: v for k, v in before.items() if k[:2] in ("06", "53", "94")}
    assert list(root.rglob(".ecriture-*")) == []
    assert run(root).returncode == 0


@pytest.mark.parametrize("number, words", [
    (errno.ENOSPC, "plus de place sur le disque"), (errno.EDQUOT, "quota d’espace dépassé"),
    (errno.EIO, "le disque ne répond pas correctement")])
def test_a_disk_that_fills_up_while_publishing(root, monkeypatch, capsys, number, words):
    before = contents(root)
    change(root)
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if "53-bretagne" in path.parts:
            raise OSError(number, os.strerror(number), str(path))
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    assert main(["run", "--exercice", "mini"]) == 1
    assert words in capsys.readouterr().err
    after = contents(root)
    old = {k: v for k, v in before.items() if k.startswith("53")}
    assert {k: v for k, v in after.items() if k.startswith("53")} == old
    assert after[f"06-mayotte/{PAGE}"] != before[f"06-mayotte/{PAGE}"]
    monkeypatch.setattr(Path, "write_bytes", write)
    ran = [s for s in batch.run("mini").plan if s.reason]
    assert {(s.region, s.reason) for s in ran} == {("53", batch.steps.RESUMED)}


def test_a_file_open_elsewhere_leaves_the_region_whole(root, monkeypatch, capsys):
    """Windows refuses to replace a file that Word or Excel holds open."""
    before = contents(root)
    change(root)
    replace = os.replace

    def held(source, target) -> None:
        if Path(target).parts[-2:] == ("53-bretagne", "tables.xlsx") and b"PK" in (
                Path(source).read_bytes()[:2]) and "ancien" not in Path(source).name:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", held)
    assert main(["run", "--exercice", "mini"]) == 1
    told = capsys.readouterr().err
    assert "tables.xlsx" in told and "ouvert dans un autre" in told
    after = contents(root)
    assert {k: v for k, v in after.items() if k.startswith("53")} == {
        k: v for k, v in before.items() if k.startswith("53")}
    assert files.differences(root / "outputs/mini/53-bretagne", files.read_manifest(
        root / "outputs/mini/53-bretagne")) == []


@pytest.mark.parametrize("closed, code, kept", [
    ("data/.cepkit/mini", 15, True), ("outputs/mini/53-bretagne", 1, True),
    ("outputs/mini", 15, False)])  # the index alone is refused, after the regions
def test_folders_that_the_user_may_not_write(root, closed, code, kept):
    before = contents(root)
    change(root)
    os.chmod(root / closed, 0o555)
    done = run(root)
    os.chmod(root / closed, 0o755)
    assert (done.returncode, "droits insuffisants" in done.stderr) == (code, True), done.stderr
    after = contents(root)
    assert (after[f"53-bretagne/{PAGE}"] == before[f"53-bretagne/{PAGE}"]) is kept
    folder = root / "outputs/mini/53-bretagne"
    assert files.differences(folder, files.read_manifest(folder)) == []
    assert run(root).returncode == 0


def test_a_folder_whose_place_a_file_has_taken(root, capsys):
    shutil.rmtree(root / "outputs/mini/53-bretagne")
    (root / "outputs/mini/53-bretagne").write_text("pas un dossier")
    assert main(["run", "--exercice", "mini"]) == 1
    told = capsys.readouterr().err
    assert "un fichier porte le nom du dossier attendu" in told
    assert (root / "outputs/mini/53-bretagne").read_text() == "pas un dossier"


def test_an_input_that_has_vanished(root, capsys):
    before = contents(root)
    (root / "data/mini/volumes.csv").unlink()
    assert main(["run", "--exercice", "mini"]) == 11
    assert "volumes.csv : fichier absent." in capsys.readouterr().err
    assert contents(root) == before


def test_an_input_that_vanishes_while_it_is_hashed(root, monkeypatch, capsys):
    def gone(path: Path) -> str:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))

    monkeypatch.setattr(batch.sources.digests, "of_file", gone)
    assert main(["run", "--exercice", "mini"]) == 15
    told = capsys.readouterr().err
    assert "fichier ou dossier disparu" in told and "rien n’est perdu" in told
    assert str(root) not in told


def test_a_temporary_folder_without_place_is_told_by_the_job(root, monkeypatch):
    from cepkit.batch import job

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setitem(job._KINDS, "tables", full)
    result = job.perform(job.Job("53", "mini", "tables", "tables", ""))
    assert str(result.problems[0]) == (
        "tables : lecture ou écriture impossible : plus de place sur le disque. À faire : "
        "libérez de la place dans le dossier temporaire, puis relancez.")
