"""Imported once by the fork server: every job then starts with the libraries in memory."""

from __future__ import annotations

import importlib

_MODULES = (
    "pandas", "pyarrow.parquet", "matplotlib.pyplot", "seaborn", "nbconvert", "papermill",
    "cepkit.batch.engine", "cepkit.batch.job", "cepkit.region", "cepkit.indicators",
    "cepkit.show", "cepkit.report",
)

for _name in _MODULES:
    importlib.import_module(_name)
