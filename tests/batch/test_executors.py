"""The same bytes whatever runs the jobs: one process or several, forked, spawned, on a cluster."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from cepkit import batch
from cepkit.batch import cluster, workers
from cepkit.errors import UsageError
from tests.batch import cluster as real
from tests.batch import project

ASKED = ["06", "53"]


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    """The small project with two short notebooks, nothing produced yet."""
    monkeypatch.setenv("CEPKIT_ROOT", str(tmp_path))
    made = project.make(tmp_path)
    for name in ("3_parcours", "4_cooperations"):
        (made / f"notebooks/{name}.ipynb").unlink()
    return made


def contents(root: Path) -> dict[str, bytes]:
    """All that the run produced but the pages around (the regions of another run differ)."""
    folder = root / "outputs/mini"
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*"))
            if p.is_file() and ".store" not in p.parts}


def produced(root: Path, execution: batch.Execution, **options) -> dict[str, bytes]:
    report = batch.run("mini", ASKED, execution=execution, force=True, **options)
    assert report.code == 0, [str(p) for r in report.failed for p in r.problems]
    return contents(root)


@pytest.fixture(scope="module")
def dask(tmp_path_factory):
    with real.running(tmp_path_factory.mktemp("dask")) as found:
        yield found.address


def test_same_bytes_whatever_runs_the_jobs(root, dask):
    first = produced(root, batch.Execution(jobs=1))
    assert len(first) == 16
    assert produced(root, batch.Execution(jobs=2)) == first
    for jobs in (1, 2):
        assert produced(root, batch.Execution(jobs=jobs, method="spawn")) == first
    assert produced(root, batch.Execution(dask=dask)) == first


def test_a_kernel_on_the_cluster_gives_the_same_bytes(root, dask):
    first = produced(root, batch.Execution(jobs=1))
    assert produced(root, batch.Execution(dask=dask), engine="kernel") == first


def test_a_cluster_tells_failures_as_this_machine_does(root, dask):
    project.write(root / "notebooks/2_recours.ipynb", project.annexe(
        "2", "import os\nif region == '53':\n    os.kill(os.getpid(), 9)"))
    report = batch.run("mini", ASKED, execution=batch.Execution(dask=dask))
    assert {r.region: r.etat for r in report.regions} == {"06": "produite", "53": "en échec"}
    assert "signal 9" in str(report.failed[0].problems[0])
    project.write(root / "notebooks/2_recours.ipynb", project.annexe(
        "2", "import time\ntime.sleep(60)"))
    limits = workers.Limits(cell=1.5)
    report = batch.run("mini", ["06"], execution=batch.Execution(dask=dask, limits=limits))
    assert "cellule 6 : temps dépassé" in str(report.failed[0].problems[0])


def test_a_worker_killed_in_the_middle_changes_no_byte(root, tmp_path_factory):
    first = produced(root, batch.Execution(jobs=2))
    with real.running(tmp_path_factory.mktemp("tue"), nanny=False) as found:
        killed = []

        def kill(event: batch.Event) -> None:
            if not killed:
                killed.append(event)
                os.kill(found.workers[0].pid, signal.SIGKILL)

        assert produced(root, batch.Execution(dask=found.address), progress=kill) == first
        assert found.workers[0].wait(10) == -signal.SIGKILL
        assert found.workers[1].poll() is None


def test_workers_with_other_versions_are_refused_before_anything_runs(root, dask, monkeypatch):
    other = cluster.versions(cluster.locked())[:-1] + (("pandas", "0.0.1"),)
    monkeypatch.setattr(cluster, "versions", lambda names: other)
    with pytest.raises(UsageError) as caught:
        batch.run("mini", ASKED, execution=batch.Execution(dask=dask))
    assert "pandas" in str(caught.value) and "au lieu de 0.0.1" in str(caught.value)
    assert "requirements.lock" in str(caught.value)
    assert not (root / "outputs/mini/06-mayotte").exists()


def test_a_worker_that_joins_later_with_other_versions_refuses_its_jobs():
    expected = (("Python", "2.7"), *cluster.versions(cluster.locked())[1:])
    value, reason, bugs = cluster.perform(len, (), expected, workers.Limits(), 10)
    assert (value, bugs) == (None, [])
    assert reason.startswith("ce worker dask n’a pas les mêmes versions : Python 3.")


def test_an_address_where_nothing_answers(root, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    for address in ("tcp://127.0.0.1:1", "n’importe quoi"):
        with pytest.raises(UsageError, match="Aucun cluster dask ne répond"):
            batch.run("mini", ASKED, execution=batch.Execution(dask=address))


def test_a_cluster_without_worker_is_told(root, tmp_path_factory):
    with (real.running(tmp_path_factory.mktemp("vide"), 0) as found,
          pytest.raises(UsageError, match="n’a aucun worker")):
        batch.run("mini", ASKED, execution=batch.Execution(dask=found.address))
