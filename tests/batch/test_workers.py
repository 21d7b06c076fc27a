"""A killed, frozen or broken job is told as such; the others are unharmed."""

from __future__ import annotations

import signal
import time

import pytest

from cepkit.batch import workers
from cepkit.batch.workers import Workers
from tests.batch.jobs import act


@pytest.fixture(autouse=True)
def _light_server(monkeypatch):
    """The test of the processes does not need the drawing libraries."""
    monkeypatch.setattr(workers, "PRELOAD", ["tests.batch.jobs"])


def finish(pool: Workers, orders: list) -> dict:
    waiting, done = list(orders), {}
    while waiting or pool.busy:
        while waiting and pool.free:
            pool.start(waiting.pop(0))
        done |= {job: (value, reason) for job, value, reason in pool.wait()}
    return done


def test_a_killed_job_leaves_the_others_unharmed():
    orders = [("double", n) for n in range(4)] + [("mourir", signal.SIGKILL)] + [("double", 9)]
    with Workers(act, 2, 60) as pool:
        done = finish(pool, orders)
    assert done.pop(("mourir", signal.SIGKILL)) == (
        None, "le calcul a été interrompu de l’extérieur (signal 9).")
    assert done == {("double", n): (2 * n, None) for n in (0, 1, 2, 3, 9)}


def test_a_frozen_job_is_stopped_in_time():
    start = time.monotonic()
    with Workers(act, 2, 2) as pool:
        done = finish(pool, [("dormir", 60), ("double", 1)])
    assert time.monotonic() - start < 20
    assert done[("double", 1)] == (2, None)
    assert done[("dormir", 60)][1] == (
        "temps dépassé : plus de 2 secondes ; le calcul a été arrêté.")


def test_a_bug_is_told_by_its_name_and_kept_for_the_log():
    with Workers(act, 1, 60) as pool:
        done = finish(pool, [("autre", 0), ("double", 1)])
    assert done[("autre", 0)] == (None, "défaut du programme (ZeroDivisionError).")
    assert done[("double", 1)] == (2, None)
    assert "défaut voulu" in pool.bugs[0]


def test_the_number_of_processes_follows_the_work():
    assert workers.default_count(8, ["a", "b"]) == 2
    assert workers.default_count(1, ["a", "b"]) == 1
    assert workers.default_count(None, []) == 1
