"""A notebook as git holds it: no output, no counter, no trace of who opened it or with what."""

from __future__ import annotations

from typing import Any

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def stripped(content: dict[str, Any]) -> dict[str, Any]:
    """A copy of a notebook without outputs, counters, widget state, or passing metadata.

    Cells keep their id, their tags and their source: saving an unchanged notebook gives the
    same bytes again, so that the batch has nothing to redo.
    """
    cells = [_stripped(cell) for cell in content.get("cells", ())]
    return {**content, "cells": cells,
            "metadata": {"kernelspec": KERNEL, "language_info": {"name": "python"}}}


def _stripped(cell: dict[str, Any]) -> dict[str, Any]:
    tags = list(cell.get("metadata", {}).get("tags", ()))
    kept = {**cell, "metadata": {"tags": tags} if tags else {}}
    return kept | ({"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {})
