"""Where the jobs of a run are carried out: on this machine, or on a dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cepkit.batch import workers
from cepkit.batch.workers import Limits

if TYPE_CHECKING:
    from cepkit.batch.cluster import Cluster


@dataclass(frozen=True)
class Execution:
    """`jobs` processes here (one a core by default), or the cluster at the address `dask`.

    `method` forces how local processes start (`forkserver` or `spawn`).
    """

    jobs: int | None = None
    dask: str | None = None
    method: str | None = None
    limits: Limits = field(default_factory=Limits)

    def preload(self) -> None:
        """Something will run: load the libraries of the jobs meanwhile."""
        if self.dask is None and self.method in (None, "forkserver"):
            workers.preload()

    def open(self, function: Callable[[Any], Any],
             tasks: Sequence[Any]) -> workers.Workers | Cluster:
        """What runs `function(job)`: `free`, `busy`, `start(job, left)`, `wait()`, `bugs`."""
        if self.dask is not None:
            from cepkit.batch.cluster import Cluster

            return Cluster(self.dask, function, self.limits)
        count = workers.default_count(self.jobs, tasks)
        return workers.Workers(function, count, self.limits, self.method)
