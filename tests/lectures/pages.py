"""Run the code cells of a notebook in this process and keep the blocks that it displays."""

from __future__ import annotations

import json
import re
from pathlib import Path

from cepkit import show
from cepkit.batch import parameters
from cepkit.show import blocks

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def run(monkeypatch, name: str, region: str, exercice: str = "demo") -> list[blocks.Block]:
    """Blocks displayed by `notebooks/<name>.ipynb` for a region, in order."""
    found: list[blocks.Block] = []
    monkeypatch.setattr(show, "display", found.append)
    cells = json.loads(parameters.rendered((NOTEBOOKS / f"{name}.ipynb").read_bytes()))["cells"]
    space: dict = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            source = re.sub(r'^region: str = "\w+"', f'region = "{region}"', source, flags=re.M)
            source = re.sub(r'^exercice: str = "\w+"', f'exercice = "{exercice}"', source,
                            flags=re.M)
            exec(compile(source, cell["id"], "exec"), space)
    return found


def kinds(found: list[blocks.Block], *names: str) -> list[blocks.Block]:
    """Blocks of some kinds."""
    return [b for b in found if b.kind in names]
