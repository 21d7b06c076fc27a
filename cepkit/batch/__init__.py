"""Batch: one region after the other or side by side, only what has changed, nothing half written.

    from cepkit import batch
    batch.run("demo", ["84"])
"""

from __future__ import annotations

from cepkit.batch.executors import Execution
from cepkit.batch.outcome import Event, RegionReport, Report
from cepkit.batch.runner import run

__all__ = ["Event", "Execution", "RegionReport", "Report", "run"]
