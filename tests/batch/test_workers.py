"""A killed, frozen or broken job is told as such; the others are unharmed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest

from cepkit.batch import workers
from cepkit.batch.workers import Limits, Workers
from tests.batch.jobs import act

QUICK = Limits(cell=1, region=2)


@pytest.fixture(autouse=True)
def _light_server(monkeypatch):
    """The test of the processes does not need the drawing libraries."""
    monkeypatch.setattr(workers, "PRELOAD", ["tests.batch.jobs"])


UNREAD = """
import time
from cepkit.batch import workers
from tests.batch.jobs import act
workers.PRELOAD = ["tests.batch.jobs"]
pool = workers.Workers(act, 1, method={method!r})
pool.start(("double", "x" * 2 ** 20))
print(pool._tasks[0].process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("method", ["fork", "forkserver"])
def test_a_job_whose_parent_is_killed_ends(method):
    """Its result is larger than a pipe: it must not wait for a reader that is gone."""
    parent = subprocess.Popen([sys.executable, "-c", UNREAD.format(method=method)], text=True,
                              stdout=subprocess.PIPE, env=os.environ | workers.ENVIRONMENT)
    job = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    with suppress(psutil.NoSuchProcess):
        end = time.monotonic() + 60
        while job.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > end:
                job.kill()
                pytest.fail("the job still waits for a reader")
            time.sleep(0.02)


def finish(pool: Workers, orders: list) -> dict:
    waiting, done = list(orders), {}
    while waiting or pool.busy:
        while waiting and pool.free:
            pool.start(waiting.pop(0))
        done |= {job: (value, reason) for job, value, reason in pool.wait()}
    return done


def test_a_killed_job_leaves_the_others_unharmed():
    orders = [("double", n) for n in range(4)] + [("mourir", signal.SIGKILL)] + [("double", 9)]
    with Workers(act, 2) as pool:
        done = finish(pool, orders)
    assert done.pop(("mourir", signal.SIGKILL)) == (
        None, "le calcul a été interrompu de l’extérieur (signal 9).")
    assert done == {("double", n): (2 * n, None) for n in (0, 1, 2, 3, 9)}


def test_a_frozen_job_is_stopped_in_time():
    start = time.monotonic()
    with Workers(act, 2, QUICK) as pool:
        done = finish(pool, [("dormir", 60), ("double", 1)])
    assert time.monotonic() - start < 20
    assert done[("double", 1)] == (2, None)
    assert done[("dormir", 60)][1] == (
        "temps dépassé : plus de 2 secondes pour cette région ; le calcul a été arrêté.")


def test_a_cell_has_its_own_limit_and_the_next_one_starts_afresh():
    with Workers(act, 2, Limits(cell=1.5, region=60)) as pool:
        done = finish(pool, [("cellules", (0.1, 60)), ("cellules", (1, 1, 1))])
    assert done[("cellules", (0.1, 60))] == (
        None, "cellule 2 : temps dépassé, plus de 1.5 secondes ; le calcul a été arrêté.")
    assert done[("cellules", (1, 1, 1))] == ("fini", None)


def test_what_a_region_has_spent_counts_for_its_next_jobs():
    with Workers(act, 1, Limits(region=60)) as pool:
        pool.start(("dormir", 60), left=0.5)
        (_, _, reason), = pool.wait()
    assert reason.startswith("temps dépassé : plus de 60 secondes")


def test_a_greedy_job_is_stopped_and_the_others_go_on():
    with Workers(act, 2, Limits(memory=400 << 20)) as pool:
        done = finish(pool, [("remplir", 600 << 20), ("double", 3)])
    assert done[("remplir", 600 << 20)] == (
        None, "mémoire dépassée : plus de 400 Mio ; le calcul a été arrêté.")
    assert done[("double", 3)] == (6, None)


def test_a_job_that_leaves_a_child_behind_is_still_seen_dead():
    with Workers(act, 1) as pool:
        assert finish(pool, [("orphelin", None)])[("orphelin", None)][1] == (
            "le calcul a été interrompu de l’extérieur (signal 9).")


def test_processes_can_be_spawned():
    with Workers(act, 2, method="spawn") as pool:
        done = finish(pool, [("double", 4), ("mourir", signal.SIGKILL), ("hachage", None)])
    assert done[("double", 4)] == (8, None)
    assert "signal 9" in done[("mourir", signal.SIGKILL)][1]
    assert done[("hachage", None)] == ("0", None)


def test_a_bug_is_told_by_its_name_and_kept_for_the_log():
    with Workers(act, 1) as pool:
        done = finish(pool, [("autre", 0), ("double", 1)])
    assert done[("autre", 0)] == (None, "défaut du programme (ZeroDivisionError).")
    assert done[("double", 1)] == (2, None)
    assert "défaut voulu" in pool.bugs[0]


def test_the_number_of_processes_follows_the_work():
    assert workers.default_count(8, ["a", "b"]) == 2
    assert workers.default_count(1, ["a", "b"]) == 1
    assert workers.default_count(None, []) == 1
