"""What a change on the demonstration asks for: its own pages and documents, nothing else."""

import shutil

import pytest

from cepkit import batch

REGIONS = ["01", "02", "03", "04", "06", "53", "FR"]


@pytest.fixture
def project(rendered, tmp_path, monkeypatch):
    """A copy of the rendered demonstration, as the current project."""
    root = tmp_path / "projet"
    shutil.copytree(rendered, root, copy_function=shutil.copy2)
    monkeypatch.setenv("CEPKIT_ROOT", str(root))
    return root


def planned(root) -> list[str]:
    """Steps that would run, by a plan that must leave every file as it is."""
    def files():
        return {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in root.rglob("*")
                if p.is_file() and not p.name.startswith("verrou")}

    before = files()
    report = batch.run("demo", REGIONS, dry_run=True)
    assert files() == before
    return [f"{s.region}:{s.name}" for s in report.plan if s.reason]


def test_one_text_asks_for_the_documents_of_its_region(project):
    text = next((project / "parameters/demo/regions/06/redaction").glob("30_*.md"))
    text.write_text(text.read_text("utf-8") + "\nUne phrase de plus.\n", "utf-8")
    assert planned(project) == ["06:documents"]


def test_one_cell_of_mayotte_asks_for_mayotte_and_the_national_pages(project):
    file = project / "data/demo/05_departements_profil_2022.csv"
    content = file.read_bytes()
    # A woman too few among the ages of the département: its totals no longer agree.
    assert content.count(b"Mayotte;976;Mayotte;1 072;930;") == 1
    file.write_bytes(content.replace(b"976;Mayotte;1 072;", b"976;Mayotte;1 071;"))
    assert {step.split(":")[0] for step in planned(project)} == {"06", "FR"}
