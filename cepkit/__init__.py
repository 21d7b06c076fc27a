"""`cepkit`: the yearly follow-up of the CEP, region by region.

The three names of a notebook are imported lazily, so that `cepkit --help` stays instant.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cepkit import indicators, show
    from cepkit.brut import donnees_non_protegees
    from cepkit.region import Region

__version__ = "1.0.0"
__all__ = ["Region", "donnees_non_protegees", "indicators", "show", "__version__"]


def __getattr__(name: str) -> Any:
    if name == "Region":
        return importlib.import_module("cepkit.region").Region
    if name == "donnees_non_protegees":
        return importlib.import_module("cepkit.brut").donnees_non_protegees
    if name in ("indicators", "show"):
        return importlib.import_module(f"cepkit.{name}")
    raise AttributeError(f"module « cepkit » : nom inconnu « {name} »")


def _join_notebook() -> None:
    """In a notebook: our frames shown as tables of the annexe, completion on our codes."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    for name in ("cepkit.show.frames", "cepkit.lab.complete") if shell else ():
        importlib.import_module(name).register(shell)


_join_notebook()
