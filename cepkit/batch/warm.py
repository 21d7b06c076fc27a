"""Imported once by the fork server: every job then starts with the libraries in memory."""

from __future__ import annotations

import gc
import importlib
import pkgutil
from types import ModuleType

from cepkit.batch import workers

_LIBRARIES = ("pandas", "pyarrow.parquet", "matplotlib.pyplot", "seaborn", "nbconvert", "papermill")
_OWN = ("cepkit.region", "cepkit.batch.job", "cepkit.batch.engine", "cepkit.batch.tables")
_PACKAGES = ("cepkit.indicators", "cepkit.show", "cepkit.lectures", "cepkit.report")

def _with_submodules(package: ModuleType) -> None:
    """Lazily imported modules too: a job must find everything ready."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)


workers.spare()
for _name in (*_LIBRARIES, *_OWN):
    importlib.import_module(_name)
for _name in _PACKAGES:
    _with_submodules(importlib.import_module(_name))

# Small frames of short texts: Python strings are quicker than Arrow's, and the results the same.
importlib.import_module("pandas").options.mode.string_storage = "python"
# What is loaded now is never garbage: jobs neither scan it nor copy its pages.
gc.collect()
gc.freeze()
