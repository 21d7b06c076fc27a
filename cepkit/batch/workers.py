"""One process per job: a killed or frozen job is told as such and the others are unharmed.

Processes are forked from a server that has already imported the libraries (`forkserver`), or
spawned where fork does not exist. The parent waits on sentinels and keeps the time.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from types import ModuleType
from typing import Any

# Set before the libraries load: one thread a process, same hash order, no display.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0", "MPLBACKEND": "agg", "SOURCE_DATE_EPOCH": "1672531200",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1", "TZ": "UTC",
}
PRELOAD = ["cepkit.batch.warm"]


@dataclass
class _Task:
    job: Any
    process: Any
    results: Connection
    started: float = field(default_factory=time.monotonic)


def _child(function: Callable[[Any], Any], job: Any, results: Connection) -> None:
    """Run one job in its own process group, its noise sent to a file; send back the result."""
    if hasattr(os, "setsid"):
        os.setsid()
    with tempfile.TemporaryFile() as noise:
        os.dup2(noise.fileno(), 1)
        os.dup2(noise.fileno(), 2)
        try:
            answer = True, function(job)
        except Exception:  # a bug: sent to the parent, which writes the log and exits 70
            answer = False, traceback.format_exc()
        results.send(answer)
        results.close()


@contextmanager
def _clean_start() -> Iterator[None]:
    """Environment of the jobs, and no main module: a child never runs the caller's script."""
    before = {key: os.environ.get(key) for key in ENVIRONMENT}
    main = sys.modules["__main__"]
    os.environ.update(ENVIRONMENT)
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        for key, value in before.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value


class Workers:
    """At most `count` jobs at once, each killed after `limit` seconds.

    `wait()` returns finished jobs as (job, result, None), or (job, None, French reason) when the
    process died, took too long, or met a bug; `bugs` then holds the traceback, for the log.
    """

    def __init__(self, function: Callable[[Any], Any], count: int, limit: float):
        self._function, self._count, self._limit = function, count, limit
        self._tasks: list[_Task] = []
        self.bugs: list[str] = []
        method = "spawn" if sys.platform == "win32" else "forkserver"
        self._context = mp.get_context(method)
        if method == "forkserver":
            self._context.set_forkserver_preload(PRELOAD)

    @property
    def free(self) -> bool:
        return len(self._tasks) < self._count

    @property
    def busy(self) -> bool:
        return bool(self._tasks)

    def start(self, job: Any) -> None:
        receive, send = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_child, args=(self._function, job, send))
        with _clean_start():
            process.start()
        send.close()
        self._tasks.append(_Task(job, process, receive))

    def wait(self) -> list[tuple[Any, Any, str | None]]:
        """Wait until something ends; every job that has ended meanwhile."""
        left = min(t.started for t in self._tasks) + self._limit - time.monotonic()
        ready = wait([t.results for t in self._tasks] + [t.process.sentinel for t in self._tasks],
                     timeout=max(0, left))
        ended = [t for t in self._tasks if t.results in ready or t.process.sentinel in ready]
        late = [t for t in self._tasks
                if t not in ended and time.monotonic() - t.started >= self._limit]
        self._tasks = [t for t in self._tasks if t not in ended + late]
        return [self._collect(t) for t in ended] + [self._expire(t) for t in late]

    def _collect(self, task: _Task) -> tuple[Any, Any, str | None]:
        try:
            good, value = task.results.recv()
        except (EOFError, OSError):
            task.process.join()
            return task.job, None, _death(task.process.exitcode)
        finally:
            task.results.close()
        task.process.join()
        if good:
            return task.job, value, None
        self.bugs.append(value)
        name = value.strip().splitlines()[-1].split(":")[0]
        return task.job, None, f"défaut du programme ({name})."

    def _expire(self, task: _Task) -> tuple[Any, Any, str | None]:
        _kill(task.process)
        task.results.close()
        return task.job, None, (f"temps dépassé : plus de {self._limit:g} secondes ; le calcul a "
                                "été arrêté.")

    def stop(self) -> None:
        """Kill what still runs."""
        for task in self._tasks:
            _kill(task.process)
        self._tasks = []

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()


def _death(code: int | None) -> str:
    if code is not None and code < 0:
        return f"le calcul a été interrompu de l’extérieur (signal {-code})."
    return f"le calcul s’est arrêté sans réponse (code {code})."


def _kill(process: Any) -> None:
    """Kill a job and whatever it started (kernel, converter)."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (AttributeError, OSError):
        process.kill()
    process.join()


def default_count(jobs: int | None, tasks: Sequence[Any]) -> int:
    """Number of processes: asked for, else one a core, never more than there are tasks."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(jobs or cores or 1, len(tasks) or 1))
