"""A job: notebook bytes, parameters and a region's slice in; named bytes and a report out.

Pure: it writes nothing outside its own temporary folder, so that it runs the same way in a
local process or on a remote worker. Libraries are imported by what uses them: the parent, which
only describes jobs, stays light.
"""

from __future__ import annotations

import json
import os
import pickle
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cepkit import codes
from cepkit.batch import parameters, steps
from cepkit.errors import CepkitError, Problem, system_reason

if TYPE_CHECKING:
    from nbformat import NotebookNode

TRACE = "tracabilite.json"  # bookmarks of the report's documents -> keys of their numbers


@dataclass(frozen=True)
class Writing:
    """What a report takes besides its notebook: `region.yml`, texts by stem, version, versions
    sent before; what is to be told of texts and workbook; operators of the year {code: label} and
    rows of the workbook, for the documents of the meetings."""

    region_file: Any
    texts: Mapping[str, Any]
    state: Any
    sent: tuple[Any, ...] = ()
    notes: tuple[str, ...] = ()
    operators: Mapping[str, str] = field(default_factory=dict)
    suivi: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """`files` holds executed notebooks; `writing` what the analyst wrote (documents only);
    `siblings` the notebooks of the same region, linked from one another's pages; `states` the
    regions of the index."""

    region: str
    exercice: str
    step: str
    kind: Literal["annexe", "notebook", "documents", "tables", "site"]
    empreinte: str
    notebook: bytes = b""
    slice: Any = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    writing: Writing | None = None
    siblings: tuple[str, ...] = ()
    states: tuple[Mapping[str, Any], ...] = ()
    formats: tuple[str, ...] = ("docx", "html")
    engine: str = "inprocess"

    @property
    def identity(self) -> dict[str, str]:
        return {"region": self.region, "exercice": self.exercice, "empreinte": self.empreinte}


@dataclass(frozen=True)
class Result:
    """`files`: relative name -> bytes. On failure `problems` says why, `files` is the notebook
    as far as it went. `typesetter` is « quarto » or « pandoc » for documents."""

    files: dict[str, bytes]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    typesetter: str = ""
    seconds: float = 0.0


def perform(job: Job) -> Result:
    """Run one job. User errors come back as problems; anything else is a bug and is raised."""
    start = time.perf_counter()
    try:
        result = _KINDS[job.kind](job)
    except CepkitError as error:
        result = Result({}, tuple(error.problems))
    except OSError as error:
        result = Result({}, (Problem(
            f"lecture ou écriture impossible : {system_reason(error)}.", classe="rendu",
            fichier=job.step, reparation="libérez de la place dans le dossier temporaire, puis "
                                         "relancez."),))
    return replace(result, seconds=time.perf_counter() - start)


@contextmanager
def _provided(job: Job) -> Iterator[None]:
    """The slice where the notebook looks for it: this process, or a file for a real kernel."""
    from cepkit import store

    if job.engine != "kernel":
        store.provide(job.slice)
        yield
        return
    with tempfile.TemporaryDirectory(prefix="cepkit-") as folder:
        path = Path(folder) / "tranche"
        path.write_bytes(pickle.dumps(job.slice))
        os.environ[store.HANDED] = str(path)
        yield


def _run(job: Job) -> tuple[NotebookNode, Result]:
    """Execute the notebook; its bytes and, on failure, the cell and its message."""
    import nbformat

    from cepkit import brut
    from cepkit.batch import engine

    values = parameters.values(job.step, job.exercice, job.region)
    with brut.closed(), _provided(job):
        node, failure = engine.execute(job.notebook, values, engine=job.engine)
    _stamp(node, job.identity)
    files = {f"notebooks/{job.step}.ipynb": nbformat.writes(node).encode()}
    if failure is None:
        return node, Result(files)
    problem = Problem(failure, classe="notebook", fichier=f"{job.step}.ipynb",
                      reparation="ouvrez le notebook d’échec dans JupyterLab et relancez la "
                                 "cellule citée.")
    return node, Result(files, (problem,))


def _stamp(node: NotebookNode, identity: Mapping[str, str]) -> None:
    """Identity in the notebook, and hash of the region's slice in the page's own block."""
    from cepkit.batch import tables

    node.metadata["cepkit"] = dict(identity)
    for cell in node.cells:
        for output in cell.get("outputs", []):
            meta = output.get("data", {}).get(tables.BLOC, {}).get("meta")
            if meta:
                meta["empreinte"] = identity["empreinte"]


def _notebook(job: Job) -> Result:
    return _run(job)[1]


def _page_name(step: str) -> str:
    return f"annexe_{step}.html" if step[0].isdigit() else f"{step}.html"


def _links(job: Job) -> list[tuple[str, str, bool]]:
    """Navigation of a page: (label, address, is this page)."""
    from cepkit.show.state import ANNEXES

    labels = {step: ANNEXES.get(step.split("_")[0], step) for step in job.siblings}
    labels |= steps.investigations(job.slice.meta)
    return [(labels[s], _page_name(s), s == job.step) for s in job.siblings]


def _annexe(job: Job) -> Result:
    from cepkit import show

    node, result = _run(job)
    if result.problems:
        return result
    page = show.page_html(node, empreinte=job.empreinte, liens=_links(job))
    return replace(result, files={**result.files, _page_name(job.step): page.encode("utf-8")})


def _tables(job: Job) -> Result:
    from cepkit.batch import tables

    year = tables.year(job.files) or job.exercice
    title = f"Tableaux — {codes.region_name(job.region)}, exercice {year}"
    return Result({"tables.xlsx": tables.workbook(job.files, job.identity, title)})


def _documents(job: Job) -> Result:
    import nbformat

    from cepkit import report

    node = nbformat.reads(job.files["rapport"].decode("utf-8"), as_version=4)
    writing = job.writing
    draft = report.assemble(node, region_file=writing.region_file, texts=writing.texts,
                            state=writing.state, sent=writing.sent)
    with tempfile.TemporaryDirectory(prefix="cepkit-") as folder:
        for name, content in draft.sources().items():
            (Path(folder) / name).write_bytes(content)
        made = report.typeset(Path(folder), job.formats)
        files = {path.name: path.read_bytes() for path in made.paths.values()}
    if "docx" in job.formats:
        files |= _meeting(job, draft.meta)
    files[report.VALEURS] = draft.described()
    files[TRACE] = json.dumps({"documents": sorted(made.paths), "cles": draft.meta["cles"]},
                              ensure_ascii=False, indent=1).encode()
    notes = (*made.notes, *writing.notes, *map(str, draft.notes))
    return Result(files, notes=notes, typesetter=made.engine)


def _meeting(job: Job, meta: Mapping[str, Any]) -> dict[str, bytes]:
    """Sheets of the operators, synthesis and slides; their keys join those of the report."""
    from cepkit.report import meeting

    w = job.writing
    matter = meeting.gather(job.files, region_file=w.region_file, state=w.state, suivi=w.suivi,
                            operators=w.operators, texts=w.texts, keys=meta["cles"])
    return meeting.documents(matter, meta)


def _site(job: Job) -> Result:
    from cepkit.batch import site

    return Result(site.pages(job.slice, job.states))


_KINDS = {"annexe": _annexe, "notebook": _notebook, "documents": _documents, "tables": _tables,
          "site": _site}
