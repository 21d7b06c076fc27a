"""The report notebook of Auvergne-Rhône-Alpes, executed once on the demonstration."""

from __future__ import annotations

import nbformat
import pytest

from cepkit import report
from cepkit.batch import engine, parameters
from cepkit.edition import load_edition, load_region
from cepkit.intake import texts


def executed(root, code: str, patch, step: str = "rapport") -> nbformat.NotebookNode:
    """A notebook of a region of the demonstration, the report by default."""
    patch.setenv("CEPKIT_ROOT", str(root))
    source = parameters.rendered((root / "notebooks" / f"{step}.ipynb").read_bytes())
    node, failure = engine.execute(source, {"exercice": "demo", "region": code}, engine="inprocess")
    assert failure is None, failure
    return node


@pytest.fixture(scope="session")
def notebook(demo_root):
    with pytest.MonkeyPatch.context() as patch:
        return executed(demo_root, "84", patch)


@pytest.fixture(scope="session")
def written(demo_root):
    return texts.read(demo_root / "parameters/demo/regions/84/redaction")[0]


@pytest.fixture(scope="session")
def draft(demo_root, notebook, written):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CEPKIT_ROOT", str(demo_root))
        region_file = load_region("demo", "84")
    return report.assemble(notebook, region_file=region_file, texts=written)


@pytest.fixture(scope="session")
def typeset(draft, tmp_path_factory):
    """`typeset(engine, formats)`: documents of the draft, each made once."""
    made = {}

    def make(engine: str, formats=("docx", "html")):
        key = (engine, tuple(formats))
        if key not in made:
            folder = tmp_path_factory.mktemp("rapport")
            for name, data in draft.sources().items():
                (folder / name).write_bytes(data)
            made[key] = report.typeset(folder, formats, engine)
        return made[key]

    return make


@pytest.fixture(scope="session")
def edition():
    return load_edition("demo")
