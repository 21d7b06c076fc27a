"""What a bench gives: measures, each with its limit and whether it is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measure: `limit` is a maximum in the unit of `value`; None when nothing was promised."""

    bench: str
    what: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def kept(self) -> bool:
        return self.limit is None or self.value <= self.limit


def child(module: str, *arguments: str) -> dict:
    """JSON that `python -m module …` prints, run alone in a process of its own."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True,
                          text=True, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    return json.loads(done.stdout.splitlines()[-1])


def best(module: str, *arguments: str, times: int = 3) -> dict:
    """Smallest of several runs, measure by measure (CPU time is the steadiest)."""
    runs = [child(module, *arguments) for _ in range(times)]
    return {key: min(run[key] for run in runs) for key in runs[0]}
