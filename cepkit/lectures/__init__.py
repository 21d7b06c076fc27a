"""Generated French sentences: answers, five lines, titles, cautions, from indicator frames only."""

from __future__ import annotations

import importlib
from typing import Any

_CLASSES = {
    "Donnees": "donnees",
    "Recours": "recours",
    "Parcours": "parcours",
    "Cooperations": "cooperations",
    "Nationale": "nationale",
    "Investigation": "investigation",
    "NonRecours": "non_recours",
    "Reconversion": "reconversion",
    "Effets": "effets",
}
__all__ = list(_CLASSES)


def __getattr__(name: str) -> Any:
    if name not in _CLASSES:
        raise AttributeError(f"module « cepkit.lectures » : nom inconnu « {name} »")
    found = getattr(importlib.import_module(f"cepkit.lectures.{_CLASSES[name]}"), name)
    globals()[name] = found
    return found
