"""The same jobs on a `dask.distributed` cluster that exists already.

A dask worker runs each job in a fresh child, as this machine would; the parent alone writes, so
that nothing is shared but code and versions, which every worker compares with the parent's
before its first job. A job whose worker dies is given to another one by the scheduler.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import multiprocessing as mp
import platform
import re
from collections.abc import Callable
from importlib import metadata
from typing import Any

from cepkit.batch import digests
from cepkit.batch.workers import Limits, Workers
from cepkit.errors import UsageError
from cepkit.text import enumerate_fr

CONNECT_SECONDS = 20
Versions = tuple[tuple[str, str], ...]


def locked() -> list[str]:
    """Names of the libraries: those of the lock, else those that the package declares."""
    lock = digests.PACKAGE.parent / "requirements.lock"
    if lock.exists():
        return re.findall(r"^([A-Za-z0-9_.-]+)==", lock.read_text("utf-8"), re.MULTILINE)
    declared = metadata.requires("cepkit") or []
    return [re.split(r"[^A-Za-z0-9_.-]", line)[0] for line in declared if "extra" not in line]


def versions(names: list[str]) -> Versions:
    """What decides the bytes of an output: Python, the package's code, each library."""
    found = [("Python", ".".join(platform.python_version_tuple()[:2])),
             ("cepkit", digests.of_code()[:12])]
    for name in names:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found.append((name, metadata.version(name)))
    return tuple(found)


@functools.cache
def differences(expected: Versions) -> list[str]:
    """Run by a worker: « pandas 3.0.1 au lieu de 3.1.0 », … ; empty when all is the same."""
    mine = dict(versions([name for name, _ in expected[2:]]))
    return [f"{name} {mine.get(name, 'absent')} au lieu de {version}"
            for name, version in expected if mine.get(name) != version]


def perform(function: Callable[[Any], Any], job: Any, expected: Versions, limits: Limits,
            left: float) -> tuple[Any, str | None, list[str]]:
    """Run by a worker: one job in a fresh child; its result, or why there is none, and bugs."""
    if wrong := differences(expected):
        return None, f"ce worker dask n’a pas les mêmes versions : {enumerate_fr(wrong)}.", []
    # Workers under a nanny are « daemonic », which forbids children although they are killed
    # with them: the child sees its pipe close and leaves.
    mp.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
    with Workers(function, 1, limits) as pool:
        pool.start(job, left)
        (_, value, reason), = pool.wait()
    return value, reason, pool.bugs


class Cluster:
    """The interface of `Workers` over a dask cluster, refused when its workers differ."""

    def __init__(self, address: str, function: Callable[[Any], Any], limits: Limits):
        self._function, self._limits = function, limits
        self._jobs: dict[Any, Any] = {}
        self.bugs: list[str] = []
        self._expected = versions(locked())
        self._client = _connected(address)
        try:
            self._check(address)
        except BaseException:
            self._client.close()
            raise

    def _check(self, address: str) -> None:
        threads = self._client.nthreads()
        if not threads:
            raise UsageError(f"Le cluster dask {address} n’a aucun worker : lancez « dask worker "
                             f"{address} » sur au moins une machine.")
        self._count = 2 * sum(threads.values())  # one at work, one ready, a thread
        found = self._client.run(differences, self._expected, on_error="return")
        wrong = [f"{worker} : {_told(answer)}" for worker, answer in sorted(found.items())
                 if answer != []]
        if wrong:
            raise UsageError("Des workers du cluster dask n’ont pas les versions de ce poste "
                             f"(requirements.lock) : {' ; '.join(wrong)}. Installez-y le même "
                             "verrou, puis relancez : rien n’a été calculé.")

    @property
    def free(self) -> bool:
        return len(self._jobs) < self._count

    @property
    def busy(self) -> bool:
        return bool(self._jobs)

    def start(self, job: Any, left: float | None = None) -> None:
        """Submit a job that may take `left` seconds once started."""
        future = self._client.submit(
            perform, self._function, job, self._expected, self._limits,
            self._limits.region if left is None else left, pure=False)
        self._jobs[future] = job

    def wait(self) -> list[tuple[Any, Any, str | None]]:
        """Wait until something ends; every job that has ended meanwhile."""
        from distributed import wait

        with self._client.as_current():
            done = wait(list(self._jobs), return_when="FIRST_COMPLETED").done
        return [self._collect(future) for future in done]

    def _collect(self, future: Any) -> tuple[Any, Any, str | None]:
        job = self._jobs.pop(future)
        try:
            value, reason, bugs = future.result()
        except Exception as error:  # the cluster's own failures: killed workers, lost scheduler
            return job, None, f"le cluster dask n’a pas rendu ce calcul ({type(error).__name__})."
        finally:
            future.release()
        self.bugs += bugs
        return job, value, reason

    def stop(self) -> None:
        """Cancel what still runs and leave the cluster as it was."""
        self._client.cancel(list(self._jobs))
        self._jobs = {}
        self._client.close()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()


def _connected(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("La bibliothèque « distributed » n’est pas installée : installez "
                         "cepkit avec l’option « dask » (pip install \"cepkit[dask]\").") from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(f"Aucun cluster dask ne répond à l’adresse « {address} » : donnez "
                         "celle qu’affiche « dask scheduler », par exemple "
                         "tcp://127.0.0.1:8786.") from error


def _told(answer: Any) -> str:
    if isinstance(answer, ImportError):
        return "cepkit n’y est pas installé"
    return enumerate_fr(answer) if isinstance(answer, list) else type(answer).__name__
