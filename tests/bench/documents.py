"""Word and html of one region: the step of the batch, then two bare Pandoc calls on its Markdown.

    python -m tests.bench.documents REGION    prints {"step", "bare"} in seconds
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

from cepkit import report
from cepkit.edition import load_region, project
from cepkit.intake import texts
from cepkit.report import pandoc


def main(region: str) -> dict[str, float]:
    """Seconds of the second of two passes: a worker of the batch has imported all before."""
    measured(region)
    return measured(region)


def measured(region: str) -> dict[str, float]:
    paths = project.paths("demo")
    node = nbformat.read(paths.region_output(region) / "notebooks/rapport.ipynb", 4)
    found, _ = texts.read(paths.region(region) / "redaction")
    with tempfile.TemporaryDirectory() as place:
        folder, start = Path(place), time.perf_counter()
        draft = report.assemble(node, region_file=load_region("demo", region), texts=found)
        for name, content in draft.sources().items():
            (folder / name).write_bytes(content)
        report.typeset(folder, ("docx", "html"), engine="pandoc")
        step, start = time.perf_counter() - start, time.perf_counter()
        for kind in ("docx", "html"):
            subprocess.run([pandoc.program(), "-s", "--embed-resources", "-o", f"nu.{kind}",
                            "rapport.md"], cwd=folder, check=True, capture_output=True)
        return {"step": step, "bare": time.perf_counter() - start}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
