"""The report: executed notebook and texts → one Markdown → Word, HTML and PDF documents."""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "assemble": "assembly", "Draft": "assembly",
    "State": "version", "state_of": "version",
    "VALEURS": "releases", "releases": "releases", "typeset": "setting", "find_engine": "setting",
    "show_investigations": "followup", "show_section": "followup",
    "show_calendar": "followup", "show_protection": "followup",
    "show_values": "values", "show_divergences": "annexes",
}
__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module « cepkit.report » : nom inconnu « {name} »")
    return getattr(importlib.import_module(f"cepkit.report.{_NAMES[name]}"), name)
