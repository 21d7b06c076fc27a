"""A real dask cluster on the loopback: a scheduler and workers, each a process of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

QUIET = ("--no-dashboard",)


@dataclass(frozen=True)
class Cluster:
    address: str
    workers: list[subprocess.Popen]


@contextmanager
def _process(folder: Path, *words: str, **env: str) -> Iterator[subprocess.Popen]:
    with (folder / f"{words[0]}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *words], cwd=folder, stdout=log, stderr=log,
            env=os.environ | {"DASK_DISTRIBUTED__WORKER__MULTIPROCESSING_METHOD": "spawn"} | env)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _ready(path: Path) -> str:
    """Address written by the scheduler once it listens."""
    for _ in range(300):
        if path.exists() and path.stat().st_size:
            return json.loads(path.read_text())["address"]
        time.sleep(0.1)
    raise AssertionError("the dask scheduler did not start")


def _wait_for(address: str, count: int) -> None:
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=60)


@contextmanager
def running(folder: Path, count: int = 2, *, nanny: bool = True, **env: str) -> Iterator[Cluster]:
    """A scheduler and `count` workers of one thread; `nanny` starts again a worker that dies."""
    place = folder / "scheduler.json"
    options = ("--scheduler-file", str(place), "--nthreads", "1", *QUIET)
    with ExitStack() as stack:
        stack.enter_context(_process(folder, "scheduler", "--host", "127.0.0.1", "--port", "0",
                                     "--scheduler-file", str(place), *QUIET))
        address = _ready(place)
        keeper = "--nanny" if nanny else "--no-nanny"
        found = [stack.enter_context(_process(folder, "worker", *options, keeper, "--host",
                                              "127.0.0.1", **env)) for _ in range(count)]
        if count:
            _wait_for(address, count)
        yield Cluster(address, found)
