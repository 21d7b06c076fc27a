"""Batch: annexes of the eighteen regions, against the naive loop and against a plain script

The naive loop runs the papermill command, then the nbconvert command, notebook by notebook, on the
same notebooks and the same store; it is measured on one region and multiplied by eighteen. The
plain script (`tests/bench/plain.py`) computes the same tables and charts in as many processes.
Times without « CPU » are wall times, which other work on the machine lengthens.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cepkit.codes import REGIONS
from tests.bench.rows import Row, child

COMMAND = "python -m tests.bench batch --rounds 10"
SAMPLE = "24"
JOBS = 2
ROOT = Path(__file__).parents[2]
ANNEXES = ("1_donnees", "2_recours", "3_parcours", "4_cooperations")
YEARS = (1, 2, 5)


def run(options) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="cepkit-bench-") as place:
        root = _project(Path(place))
        rows = _annexes(root) + _whole(root) + _increments(root) + _documents(root)
        return rows + _years(root) + _rounds(root, options.rounds)


def _project(root: Path) -> Path:
    """The demonstration in a folder of its own, its store built, nothing rendered."""
    os.environ["CEPKIT_ROOT"] = str(root)
    shutil.copytree(ROOT / "parameters/demo", root / "parameters/demo")
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    from cepkit import demo, store

    demo.write(root / "data/demo")
    store.ensure("demo")
    return root


def _timed(*command: str) -> dict:
    """{"wall", "cpu", "pss"} of a command and of all that it starts."""
    found = child("tests.bench.tree", *command)
    if found["code"]:
        raise SystemExit(f"{' '.join(command)}: exit {found['code']}")
    return found


def _cepkit(*words: str) -> dict:
    return _timed(sys.executable, "-m", "cepkit", "run", "--jobs", str(JOBS), *words)


def _annexes(root: Path) -> list[Row]:
    """Annexes alone: notebook in, executed notebook and page out."""
    kept = root / "kept"
    kept.mkdir()
    for name in ("rapport", "synthese_nationale"):
        shutil.move(root / f"notebooks/{name}.ipynb", kept)
    regions = list(REGIONS)
    ours = _cepkit("--exercice", "demo", "--region", ",".join(regions))
    (root / "plain").mkdir()
    plain = _timed(sys.executable, "-m", "tests.bench.plain", "demo", ",".join(regions),
                   str(root / "plain"), str(JOBS))
    assert len(list((root / "plain").iterdir())) == len(ANNEXES) * len(regions)
    for path in kept.iterdir():
        shutil.move(path, root / "notebooks")
    naive = _naive(root)
    number, whole = len(ANNEXES), len(regions)
    row = lambda what, value, unit="s", limit=None: Row("batch", what, value, unit, limit)  # noqa: E731
    return [
        row("naive loop, one annexe, wall", naive["wall"] / number),
        row("naive loop, one annexe, CPU", naive["cpu"] / number),
        row(f"naive loop, 18 regions (measured on region {SAMPLE}, × 18), wall",
            naive["wall"] * whole),
        row("naive loop, 18 regions (× 18), CPU", naive["cpu"] * whole),
        row(f"annexes of 18 regions, {JOBS} jobs, wall", ours["wall"]),
        row(f"annexes of 18 regions, {JOBS} jobs, CPU", ours["cpu"]),
        *_by_step(ours["out"]),
        row(f"plain script, 18 regions, {JOBS} processes, wall", plain["wall"]),
        row(f"plain script, 18 regions, {JOBS} processes, CPU", plain["cpu"]),
        row("**batch / naive loop, wall**", ours["wall"] / (naive["wall"] * whole), "", 0.1),
        row("batch / naive loop, CPU", ours["cpu"] / (naive["cpu"] * whole), ""),
        row("**batch / plain script, wall**", ours["wall"] / plain["wall"], "", 1.5),
        row("batch / plain script, CPU", ours["cpu"] / plain["cpu"], ""),
    ]


def _naive(root: Path) -> dict[str, float]:
    """Both commands for the four annexes of one region."""
    total = {"wall": 0.0, "cpu": 0.0}
    bin_ = Path(sys.executable).parent
    for name in ANNEXES:
        made = root / f"naive_{name}.ipynb"
        for command in ([bin_ / "papermill", root / f"notebooks/{name}.ipynb", made, "-p",
                         "exercice", "demo", "-r", "region", SAMPLE],
                        [bin_ / "jupyter-nbconvert", "--to", "html", made]):
            found = _timed(*map(str, command))
            total = {key: total[key] + found[key] for key in total}
    return total


def _whole(root: Path) -> list[Row]:
    """All that a run produces, then a run with nothing to do."""
    everything = _cepkit("--exercice", "demo")
    nothing = min((_cepkit("--exercice", "demo") for _ in range(3)), key=lambda f: f["wall"])
    made = [p for p in (root / "outputs/demo").rglob("*") if p.is_file()
            and ".store" not in p.parts]
    return [
        Row("batch", f"everything else (reports, documents, synthesis, index), {JOBS} jobs, wall",
            everything["wall"], "s"),
        Row("batch", "everything else, CPU", everything["cpu"], "s"),
        *_by_step(everything["out"]),
        Row("batch", "files produced", len(made), ""),
        Row("batch", f"**peak memory, {JOBS} jobs**", everything["pss"], "GiB", 2),
        Row("batch", "**nothing changed, wall**", nothing["wall"], "s", 2),
        Row("batch", "nothing changed, CPU", nothing["cpu"], "s"),
    ]


def _by_step(printed: str) -> list[Row]:
    """Where the time goes, from the lines « [3/131] Corse · rapport · 2,4 s » of a run."""
    found: dict[str, list[float]] = {}
    for step, seconds in re.findall(r" · (\w+) · ([\d,]+)[  ]s$", printed, re.M):
        found.setdefault(step, []).append(float(seconds.replace(",", ".")))
    return [Row("batch", f"of which {len(jobs)} × `{step}`, sum of the jobs, wall", sum(jobs), "s")
            for step, jobs in sorted(found.items())]


def _steps(what: str, path: Path, change, root: Path) -> Row:
    """Steps that a change asks for, as `--dry-run` says."""
    from cepkit import batch

    before = path.read_bytes()
    path.write_bytes(change(before))
    plan = [s for s in batch.run("demo", dry_run=True).plan if s.reason]
    path.write_bytes(before)
    found = ", ".join(sorted({f"{s.name}" for s in plan}))
    regions = len({s.region for s in plan})
    return Row("batch", f"steps when {what} ({found}; {regions} region{'s'[:regions > 1]})",
               len(plan), "")


def _increments(root: Path) -> list[Row]:
    """One text, one workbook, one notebook changed."""
    region = root / "parameters/demo/regions/06"
    other = root / "parameters/demo/regions/84/suivi.xlsx"
    text = next(p for p in sorted((region / "redaction").glob("*.md")))
    notebook = root / "notebooks/3_parcours.ipynb"

    def noted(content: bytes) -> bytes:
        node = json.loads(content)
        node["cells"][-1]["source"] = [*node["cells"][-1]["source"], "\n# note"]
        return json.dumps(node).encode()

    return [
        _steps("nothing changes", text, lambda c: c, root),
        _steps("one text of Mayotte changes", text, lambda c: c + b"\nUne phrase.\n", root),
        _steps("the workbook of Mayotte changes", region / "suivi.xlsx",
               lambda c: other.read_bytes(), root),
        _steps("one notebook changes", notebook, noted, root),
    ]


def _documents(root: Path) -> list[Row]:
    """Word and html of one region: the whole step, and the two bare converter calls."""
    found = child("tests.bench.documents", SAMPLE)
    return [Row("batch", "documents of one region (docx and html), wall", found["step"], "s"),
            Row("batch", "the same files by two bare Pandoc calls, wall", found["bare"], "s"),
            Row("batch", "documents / bare calls", found["step"] / found["bare"], "")]


def _years(root: Path) -> list[Row]:
    """All that a run produces over one, two and five exercices: how cost grows."""
    text = (root / "parameters/demo/edition.yml").read_text("utf-8")
    spent = []
    for number in range(max(YEARS)):
        name = f"annee_{number}"
        folder = root / "parameters" / name
        shutil.copytree(root / "parameters/demo", folder)
        (folder / "edition.yml").write_text(text.replace(
            "exercice: demo", f"exercice: {name}", 1), "utf-8")
        spent.append(_cepkit("--exercice", name))
    rows = [Row("batch", f"{count} exercice{'s'[:count > 1]} × 18 regions, protection and "
                         f"all files, {measure}", sum(run[key] for run in spent[:count]), "s")
            for count in YEARS for key, measure in (("wall", "wall"), ("cpu", "CPU"))]
    growth = sum(run["cpu"] for run in spent) / spent[0]["cpu"]
    return rows + [Row("batch", "five exercices / one, CPU", growth, "")]


def _rounds(root: Path, count: int) -> list[Row]:
    """The eighteen regions made again and again by four jobs: every byte is compared."""
    known = _hashes(root)
    differences, start = 0, time.perf_counter()
    for _ in range(count):
        subprocess.run([sys.executable, "-m", "cepkit", "run", "--exercice", "demo", "--force",
                        "--jobs", "4"], check=True, stdout=subprocess.DEVNULL)
        found = _hashes(root)
        differences += sum(found.get(name) != known.get(name) for name in found | known)
    if not count:
        return []
    return [Row("batch", f"files compared, 18 regions × 4 jobs × {count} rounds",
                len(known) * count, ""),
            Row("batch", "**files that differ**", differences, "", 0),
            Row("batch", "time of the rounds, wall", time.perf_counter() - start, "s")]


def _hashes(root: Path) -> dict[str, str]:
    folder = root / "outputs/demo"
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in folder.rglob("*") if p.is_file()}
