"""Imported once by the fork server: every job then starts with the libraries in memory."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

_LIBRARIES = ("pandas", "pyarrow.parquet", "matplotlib.pyplot", "seaborn", "nbconvert", "papermill")
_PACKAGES = ("cepkit.indicators", "cepkit.show", "cepkit.lectures", "cepkit.report")


def _with_submodules(package: ModuleType) -> None:
    """Lazily imported modules too: a job must find everything ready."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)


for _name in (*_LIBRARIES, "cepkit.region", "cepkit.batch.job"):
    importlib.import_module(_name)
for _name in _PACKAGES:
    _with_submodules(importlib.import_module(_name))
