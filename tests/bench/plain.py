"""The same tables and charts by a plain script: two processes, one import, string templates.

    python -m tests.bench.plain EXERCICE REGION,REGION… FOLDER PROCESSES

The code of the notebooks' cells is compiled once and run region after region in one namespace a
page; what they show is joined into one html a page. No isolation, no resumption, no proof, no
executed notebook: what a script written for the occasion would do.
"""

from __future__ import annotations

import json
import multiprocessing as mp
import os
import sys
from pathlib import Path

from cepkit.batch.steps import ANNEXES
from cepkit.batch.workers import ENVIRONMENT
from cepkit.edition import project

PAGES: dict[str, list] = {}  # filled before the processes are forked
PAGE = ("<!doctype html><html lang=fr><head><meta charset=utf-8><title>{title}</title><style>{css}"
        "</style></head><body>{body}</body></html>")


def _cells(name: str) -> list[tuple[str, object]]:
    """("markdown", text) or ("code", compiled) of each cell but the parameters."""
    node = json.loads((project.root() / f"notebooks/{name}.ipynb").read_text("utf-8"))
    cells = [(c["cell_type"], "".join(c["source"])) for c in node["cells"]
             if not {"parameters", "interactif"} & set(c["metadata"].get("tags", []))]
    return [(kind, compile(text, name, "exec") if kind == "code" else text)
            for kind, text in cells]


def write(region: str, exercice: str, folder: Path) -> None:
    """The four pages of a region."""
    from cepkit.show import assets, blocks

    shown: list[str] = []
    blocks.display = lambda block: shown.append(block.html)
    import cepkit.show

    cepkit.show.display = blocks.display
    for name, cells in PAGES.items():
        shown.clear()
        space = {"exercice": exercice, "region": region, "__name__": "__main__"}
        for kind, content in cells:
            if kind == "code":
                exec(content, space)
            else:
                shown.append(f"<h2>{content}</h2>")
        page = PAGE.format(title=f"{name} {region}", css=assets.css("page.css"),
                           body="".join(shown))
        (folder / f"{region}-{name}.html").write_text(page, "utf-8")


def main() -> None:
    exercice, regions, folder, processes = sys.argv[1:]
    from cepkit.batch import warm  # noqa: F401 - imports once, before the processes are forked

    PAGES.update({name: _cells(name) for name in ANNEXES})
    with mp.get_context("fork").Pool(int(processes)) as pool:
        pool.starmap(write, [(r, exercice, Path(folder)) for r in regions.split(",")],
                     chunksize=1)


if __name__ == "__main__":
    os.environ.update(ENVIRONMENT)
    main()
