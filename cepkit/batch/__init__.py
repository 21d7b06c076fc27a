"""Batch: one region after the other or side by side, only what has changed, nothing half written.

    from cepkit import batch
    batch.run("demo", ["84"])
"""

from __future__ import annotations

from cepkit.batch.outcome import Event, RegionReport, Report
from cepkit.batch.runner import run

__all__ = ["Event", "RegionReport", "Report", "run"]
