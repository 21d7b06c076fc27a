"""Raw data in: delivery, context files, workbooks and texts. Nothing here is masked yet.

The delivery is imported when asked for: workbooks and texts are read without pandas.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["Delivery", "files", "load"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module « cepkit.intake » : nom inconnu « {name} »")
    return getattr(importlib.import_module("cepkit.intake.delivery"), name)
