"""The main job on a small real project: isolation, increments, proof, same bytes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cepkit import batch
from cepkit.batch import proof
from cepkit.errors import CepkitError, ParametersError, UsageError
from tests.batch import project

REGIONS = {"06": "06-mayotte", "53": "53-bretagne", "94": "94-corse", "FR": "national"}


def contents(root: Path) -> dict[str, bytes]:
    folder = root / "outputs/mini"
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*"))
            if p.is_file() and ".store" not in p.parts}


def ran(report: batch.Report) -> list[str]:
    return [f"{s.region}:{s.name}" for s in report.plan if s.reason]


def test_every_region_is_complete_and_says_its_name(root):
    for region, name in REGIONS.items():
        folder = root / "outputs/mini" / name
        manifest = json.loads((folder / "manifest.json").read_text())
        assert list(manifest) == ["exercice", "region", "version", "etat", "empreinte_diffusee",
                                  "cepkit", "moteur_rapport", "notes", "fichiers"]
        for entry in manifest["fichiers"]:
            found = proof.identity(folder / entry["chemin"])
            assert (found["region"], found["exercice"]) == (region, "mini")
    names = {e["chemin"] for e in json.loads(
        (root / "outputs/mini/53-bretagne/manifest.json").read_text())["fichiers"]}
    assert names == {"tables.xlsx", *(f"annexe_{n}.html" for n in project.ANNEXES),
                     *(f"notebooks/{n}.ipynb" for n in project.ANNEXES)}


def test_nothing_changed_nothing_runs(root):
    report = batch.run("mini")
    assert ran(report) == []
    assert {r.etat for r in report.regions} == {"à jour"}


def test_a_forced_run_gives_the_same_bytes(root):
    before = contents(root)
    report = batch.run("mini", force=True, execution=batch.Execution(jobs=1))
    assert len(ran(report)) == 17
    assert contents(root) == before


def test_a_notebook_changed_runs_for_every_region_but_no_other_notebook(root):
    project.write(root / "notebooks/2_recours.ipynb", project.annexe("2", "# Une note."))
    assert ran(batch.run("mini", dry_run=True)) == [
        f"{code}:{step}" for code in ("06", "53", "94") for step in ("2_recours", "tables")]


def test_a_lost_file_is_made_again_alone(root):
    lost = root / "outputs/mini/06-mayotte/annexe_3_parcours.html"
    content = lost.read_bytes()
    lost.unlink()
    assert ran(batch.run("mini")) == ["06:3_parcours"]
    assert lost.read_bytes() == content


def test_a_cell_changed_in_mayotte_leaves_bretagne_alone(root):
    project.write(root / "data/mini/volumes.csv", project.delivery(mayotte=70))
    assert {step.split(":")[0] for step in ran(batch.run("mini"))} == {"FR", "06", "94"}
    page = (root / "outputs/mini/06-mayotte/annexe_1_donnees.html").read_text()
    assert ">70<" in page


def test_a_failing_region_keeps_its_last_version_and_stops_nobody(root):
    before = contents(root)
    project.write(root / "notebooks/1_donnees.ipynb", project.annexe(
        "1", "if region == '06':\n    raise ValueError('panne voulue')"))
    report = batch.run("mini")
    assert {r.region: r.etat for r in report.regions} == {
        "FR": "à jour", "06": "en échec", "53": "produite", "94": "produite"}
    assert report.code == 1
    index = (root / "outputs/mini/index.html").read_text()
    assert "panne voulue" in index
    after = contents(root)
    old = {k: v for k, v in before.items() if k.startswith("06-mayotte")}
    assert {k: v for k, v in after.items() if k.startswith("06-mayotte")} == old
    name = "53-bretagne/notebooks/1_donnees.ipynb"
    assert after[name] != before[name]
    assert "cellule 6 : ValueError: panne voulue." in after["echecs/06/message.txt"].decode()
    project.write(root / "notebooks/1_donnees.ipynb", project.annexe("1"))
    assert batch.run("mini").code == 0
    assert not (root / "outputs/mini/echecs/06").exists()


def test_a_killed_job_fails_its_region_only(root):
    project.write(root / "notebooks/4_cooperations.ipynb", project.annexe(
        "4", "import os\nif region == '53':\n    os.kill(os.getpid(), 9)"))
    report = batch.run("mini")
    assert {r.region: r.etat for r in report.regions} == {
        "FR": "à jour", "06": "produite", "53": "en échec", "94": "produite"}
    assert "signal 9" in str(report.failed[0].problems[0])


def test_both_engines_write_the_same_pages(root):
    before = contents(root)
    batch.run("mini", ["06"], engine="kernel")
    assert contents(root) == before


def test_wrong_parameters_are_refused_before_anything_runs(root):
    before = contents(root)
    content = json.loads(project.annexe("3"))
    content["cells"][0]["source"] = 'exercice = "mini"\nregio = "84"'
    project.write(root / "notebooks/3_parcours.ipynb", json.dumps(content))
    with pytest.raises(CepkitError, match="Vouliez-vous dire « regio » ?") as caught:
        batch.run("mini", force=True)
    assert caught.value.code == ParametersError("x").code == 10
    assert contents(root) == before


@pytest.mark.parametrize("asked, words", [
    (["84"], "La livraison ne contient pas la région 84. Régions présentes : 06, 53 et 94."),
    (["6"], "Vouliez-vous dire « 06 » ?")])
def test_regions_are_checked(root, asked, words):
    with pytest.raises(UsageError) as caught:
        batch.run("mini", asked)
    assert words in str(caught.value)


def test_a_no_op_run_is_light_and_quick(root):
    code = ("import sys, time\nstart = time.monotonic()\nfrom cepkit.__main__ import main\n"
            "code = main(['run', '--exercice', 'mini'])\n"
            "heavy = {'pandas', 'seaborn', 'papermill', 'IPython'} & set(sys.modules)\n"
            "print(code, sorted(heavy), time.monotonic() - start < 2)")
    done = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                           check=True).stdout.splitlines() for _ in range(2)]
    assert done[1][0] == "Tout est à jour."
    assert done[1][-1] == "0 [] True"


@pytest.mark.parametrize("formats", [("docx", "html"), ("html",)])
def test_a_word_file_changed_by_hand_is_never_lost(root, formats):
    from cepkit.batch import commit

    project.write(root / "notebooks/rapport.ipynb", project.annexe("rapport"))
    folder = root / "outputs/mini/53-bretagne"
    for n, words in enumerate((b"relu dans Word", b"relu encore")):
        batch.run("mini", ["53"], formats=("docx", "html"))
        (folder / "rapport.docx").write_bytes(words)
        report = batch.run("mini", ["53"], formats=formats)
        name = f"rapport{'-2' if n else ''}.docx"
        assert (folder / commit.ASIDE / name).read_bytes() == words
        assert any(f"votre version est gardée dans outputs/mini/53-bretagne/{commit.ASIDE}/{name}"
                   in note for note in report.regions[0].notes)
    assert (folder / commit.ASIDE / "rapport.docx").read_bytes() == b"relu dans Word"


def test_the_general_manifest_and_pages(root):
    manifest = json.loads((root / "outputs/mini/manifest.json").read_text())
    assert [f["chemin"] for f in manifest["fichiers"]] == [
        "dictionnaire.html", "index.html", "secret_statistique.html"]
    assert {r["region"]: r["etat"] for r in manifest["regions"]} == dict.fromkeys(
        REGIONS, "a_jour")
    index = (root / "outputs/mini/index.html").read_text()
    for name in REGIONS.values():
        assert f'href="{name}/tables.xlsx"' in index or name == "national"
    assert "Données fictives" in index
