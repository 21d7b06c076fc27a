"""One process per job: a killed or frozen job is told as such and the others are unharmed.

Processes are forked from a server that has already imported the libraries (`forkserver`), or
spawned where fork does not exist. The parent waits on sentinels, keeps the time of each cell and
of each job, and watches their memory.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import forkserver
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
WATCH_SECONDS = 0.5
_STARTING = threading.Lock()  # a dask worker starts jobs from several threads
_tell: Callable[[int], None] | None = None


@dataclass(frozen=True)
class Limits:
    """What the parent allows: seconds a cell, seconds a region (all its jobs), bytes a job."""

    cell: float = 120.0
    region: float = 900.0
    memory: int = 2 << 30


def spare() -> None:
    """Leave out a grammar that jsonschema compiles (0.8 s) for formats that no notebook has."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def at_cell(number: int) -> None:
    """Called by the engine when cell `number` starts (0: no cell runs any more)."""
    if _tell is not None:
        _tell(number)


@dataclass(eq=False)
class _Task:
    job: Any
    process: Any
    results: Connection
    left: float  # seconds that the job may take
    started: float = field(default_factory=time.monotonic)
    cell: int = 0
    cell_started: float = 0.0

    def deadline(self, limits: Limits) -> float:
        end = self.started + self.left
        return min(end, self.cell_started + limits.cell) if self.cell else end


def _child(function: Callable[[Any], Any], job: Any, results: Connection,
           inherited: Connection | None) -> None:
    """Run one job in its own process group, its noise sent to a file; send back the result.

    `inherited`: the parent's end of the pipe, that a fork copies; kept open, a job whose parent
    was killed would wait for ever for someone to read its result, and hold the lock of the run.
    """
    global _tell
    if inherited is not None:
        inherited.close()
    if hasattr(os, "setsid"):
        os.setsid()
    spare()
    _tell = lambda number: results.send(number)  # noqa: E731 - a closure over the pipe
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
    with _STARTING:
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


def start_method() -> str:
    """How processes start here: `forkserver`, or `spawn` where fork does not exist."""
    return "forkserver" if "forkserver" in mp.get_all_start_methods() else "spawn"


def preload() -> None:
    """Start the fork server: it imports the libraries while the parent works on."""
    if start_method() == "forkserver":
        forkserver.set_forkserver_preload(PRELOAD)
        with _clean_start():
            forkserver.ensure_running()


class Workers:
    """At most `count` jobs at once, each within `limits`.

    `wait()` returns finished jobs as (job, result, None), or (job, None, French reason) when the
    process died, took too long, used too much memory, or met a bug; `bugs` then holds the
    traceback, for the log. `method` forces how processes start.
    """

    def __init__(self, function: Callable[[Any], Any], count: int, limits: Limits = Limits(),
                 method: str | None = None):
        self._function, self._count, self._limits = function, count, limits
        self._tasks: list[_Task] = []
        self._leaving: list[Any] = []
        self.bugs: list[str] = []
        self._context = mp.get_context(method or start_method())
        if self._context.get_start_method() == "forkserver":
            self._context.set_forkserver_preload(PRELOAD)

    @property
    def free(self) -> bool:
        return len(self._tasks) < self._count

    @property
    def busy(self) -> bool:
        return bool(self._tasks)

    def start(self, job: Any, left: float | None = None) -> None:
        """Start a job that may take `left` seconds (the limit of a region by default)."""
        receive, send = self._context.Pipe(duplex=False)
        inherited = receive if self._context.get_start_method() == "fork" else None
        process = self._context.Process(target=_child,
                                        args=(self._function, job, send, inherited))
        with _clean_start():
            process.start()
        send.close()
        self._tasks.append(_Task(job, process, receive,
                                 self._limits.region if left is None else left))

    def wait(self) -> list[tuple[Any, Any, str | None]]:
        """Wait until something ends; every job that has ended meanwhile."""
        while True:
            next_stop = min(t.deadline(self._limits) for t in self._tasks) - time.monotonic()
            ready = set(wait([p for t in self._tasks for p in (t.results, t.process.sentinel)],
                             timeout=min(WATCH_SECONDS, max(0, next_stop))))
            ended = [t for t in self._tasks if ready & {t.results, t.process.sentinel}]
            found = [self._read(t) for t in ended]
            found += [self._over(t) for t in self._tasks if t not in ended]
            found = [f for f in found if f is not None]
            if found:
                self._tasks = [t for t in self._tasks if not any(t.job is f[0] for f in found)]
                return found

    def _read(self, task: _Task) -> tuple[Any, Any, str | None] | None:
        """The job's answer; None when it only tells which cell starts."""
        try:
            if not task.results.poll():  # dead, and what it started still holds the pipe
                raise EOFError
            message = task.results.recv()
        except (EOFError, OSError):
            task.results.close()
            _kill(task.process)
            return task.job, None, _death(task.process.exitcode)
        if isinstance(message, int):
            task.cell, task.cell_started = message, time.monotonic()
            return None
        task.results.close()
        self._leaving.append(task.process)
        good, value = message
        if good:
            return task.job, value, None
        self.bugs.append(value)
        name = value.strip().splitlines()[-1].split(":")[0]
        return task.job, None, f"défaut du programme ({name})."

    def _over(self, task: _Task) -> tuple[Any, Any, str | None] | None:
        """Kill a job that is past a limit; None when it is within."""
        now, limits = time.monotonic(), self._limits
        if now >= task.started + task.left:
            reason = f"temps dépassé : plus de {limits.region:g} secondes pour cette région"
        elif task.cell and now >= task.cell_started + limits.cell:
            reason = f"cellule {task.cell} : temps dépassé, plus de {limits.cell:g} secondes"
        elif _memory(task.process.pid) > limits.memory:
            reason = f"mémoire dépassée : plus de {limits.memory >> 20} Mio"
        else:
            return None
        _kill(task.process)
        task.results.close()
        return task.job, None, f"{reason} ; le calcul a été arrêté."

    def stop(self) -> None:
        """Kill what still runs; wait for those that have answered and are leaving."""
        for task in self._tasks:
            _kill(task.process)
        for process in self._leaving:
            process.join(5)
            if process.exitcode is None:
                _kill(process)
        self._tasks, self._leaving = [], []

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()


def _memory(pid: int) -> int:
    """Resident bytes of a process and of those that it started."""
    import psutil

    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return sum(p.memory_info().rss for p in (process, *process.children(recursive=True)))
    return 0


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
