"""The normal case of one association: a delivery that holds its region and the national line."""

import json
import os
import pty
import shutil
import subprocess
import sys
from contextlib import suppress

import pandas as pd
import pytest
from lxml import html

from cepkit import demo
from cepkit.demo import files
from tests.conftest import REPOSITORY

REGION = "84"


def kept(rows):
    """Rows of the region and of France, as the delivery names them."""
    names = {label(code) for code in (REGION, "FR")
             for label in (files.region_label, files.capitals)}
    return [row for row in rows if {row[0], row[1]} & names]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("une_region")
    shutil.copytree(REPOSITORY / "notebooks", root / "notebooks")
    parameters = root / "parameters" / "demo"
    shutil.copytree(REPOSITORY / "parameters" / "demo", parameters,
                    ignore=lambda _, names: [n for n in names if n.isdigit() and n != REGION])
    csv, sheet = files.csv, files.Workbook.sheet
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "csv", lambda path, title, header, rows, *rest, **kw: csv(
            path, title, header, kept(rows), *rest, **kw))
        patch.setattr(files.Workbook, "sheet",
                      lambda self, name, title, keys, block, columns, rows, *rest: sheet(
                          self, name, title, keys, block, columns, kept(rows), *rest))
        demo.write(root / "data" / "demo")
    return root


def run(root, *words):
    """The command on a machine without Quarto."""
    env = {k: v for k, v in os.environ.items() if k != "QUARTO_PATH"}
    env |= {"CEPKIT_ROOT": str(root), "PATH": os.pathsep.join(
        p for p in os.environ["PATH"].split(os.pathsep) if not shutil.which("quarto", path=p))}
    return subprocess.run([sys.executable, "-m", "cepkit", *words], text=True, check=False,
                          capture_output=True, env=env)


def test_check_asks_for_no_other_region(project):
    done = run(project, "check", "--exercice", "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "région manquante" not in done.stdout and "Bretagne" not in done.stdout
    assert "0 point à corriger" in done.stdout or "Tout est lisible" in done.stdout


def test_the_draft_of_such_a_delivery_reads_it(project, tmp_path):
    from cepkit import intake, plan
    from cepkit.edition.load import read_edition
    from cepkit.intake.draft import draft

    found = draft(sorted((project / "data" / "demo").glob("0*")), "2022", project)
    (tmp_path / "edition.yml").write_text(found.edition, "utf-8")
    hand = read_edition(project / "parameters" / "demo" / "edition.yml")
    drafted = read_edition(tmp_path / "edition.yml").model_copy(update={"accords": hand.accords})
    read = intake.load(drafted, project)
    assert [str(p) for p in read.problemes if p.bloquant] == []
    assert read.regions == {REGION}
    volumes = plan.cut(drafted, read)["volumes_2022_entrees"]
    given = volumes[volumes["annee"].eq("2022") & volumes["operateur"].eq("ensemble")
                    & volumes["departement"].eq("total")].set_index("region")["effectif"]
    assert given["FR"] == 4_463_900 > given[REGION]


def test_one_region_and_the_national_line(project):
    done = run(project, "run", "--exercice", "demo", "--formats", "docx")
    assert done.returncode == 0, done.stdout + done.stderr
    outputs = project / "outputs" / "demo"
    assert sorted(p.name for p in outputs.iterdir() if p.is_dir() and p.name[0] != ".") == [
        "84-auvergne-rhone-alpes"]
    page = html.parse(outputs / "84-auvergne-rhone-alpes" / "annexe_2_recours.html").getroot()
    text = page.text_content()
    # The national total of the demonstration, as the whole delivery gives it.
    assert "4\u202f463\u202f900" in text
    # No row of the delivery gives France by department profile: nothing is made up from one region.
    store = outputs / ".store" / "tables"
    by_sex = pd.read_parquet(store / "departement_sexe.parquet")
    assert set(by_sex.loc[by_sex["region"].eq("FR"), "etat"]) == {"non_disponible"}
    volumes = pd.read_parquet(store / "volumes.parquet")
    assert set(volumes["region"]) == {REGION, "FR"}
    manifest = json.loads((outputs / "84-auvergne-rhone-alpes" / "manifest.json").read_text())
    assert "rapport.docx" in {f["chemin"] for f in manifest["fichiers"]}
    assert "pandoc" in manifest["moteur_rapport"].lower()
    assert (done.stdout + done.stderr).count("Quarto") == 1


def test_default_region_lives_in_a_local_file(project):
    (project / "cepkit.local.yml").write_text('region_par_defaut: "84"\n', "utf-8")
    done = run(project, "run", "--exercice", "demo", "--formats", "docx", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "Région par défaut (cepkit.local.yml) : Auvergne-Rhône-Alpes" in done.stdout
    ignored = (REPOSITORY / ".gitignore").read_text("utf-8")
    assert "/cepkit.local.yml" in ignored


def test_progress_bar_on_a_terminal(project):
    """In a terminal the run draws a bar (region in hand, time left); elsewhere plain lines."""
    ours, theirs = pty.openpty()
    env = os.environ | {"CEPKIT_ROOT": str(project), "TERM": "xterm", "COLUMNS": "100"}
    words = ["run", "--exercice", "demo", "--region", "84", "--formats", "docx", "--force"]
    with subprocess.Popen([sys.executable, "-m", "cepkit", *words], stdout=theirs, stderr=theirs,
                          env=env) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # the terminal closes when the command ends
            while block := os.read(ours, 65536):
                shown += block
    os.close(ours)
    text = shown.decode("utf-8", "replace")
    assert process.returncode == 0, text
    assert "Auvergne" in text and " sur " in text and "reste" in text
