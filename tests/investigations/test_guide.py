"""`docs/adapter_un_notebook.md`, followed step by step in a project of its own."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import pytest
from lxml import html

from tests.conftest import REPOSITORY, once

GUIDE = REPOSITORY / "docs" / "adapter_un_notebook.md"
STEP = re.compile(r"(?:^\*\*(?P<what>Fichier|Dans|À la fin de|Cellule « (?P<cell>[\w.]+) » de) "
                  r"`(?P<path>[^`]+)`\*\*\n\n)?^```(?P<lang>\w+)\n(?P<body>.*?)^```$", re.M | re.S)
TITLE = "Suites des ateliers d’information"


def command(root: Path, line: str) -> subprocess.CompletedProcess:
    first, *words = shlex.split(line)
    assert first == "cepkit"
    return subprocess.run([sys.executable, "-m", "cepkit", *words], text=True, check=False,
                          capture_output=True, env=os.environ | {"CEPKIT_ROOT": str(root)})


def play(root: Path) -> list[str]:
    """Do what the guide says, in its order; what the commands told."""
    told = []
    for step in STEP.finditer(GUIDE.read_text("utf-8").split("\n# Pour aller plus loin")[0]):
        path, body = root / (step["path"] or ""), step["body"]
        if step["lang"] == "sh":
            for line in body.splitlines():
                done = command(root, line)
                assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
                told.append(done.stdout)
        elif step["what"] == "Fichier":
            path.write_text(body, "utf-8")
        elif step["what"] == "Dans":
            key = body.partition(":")[0]
            text, n = re.subn(rf"^{key}:.*\n", body, path.read_text("utf-8"), flags=re.M)
            assert n == 1
            path.write_text(text, "utf-8")
        elif step["what"] == "À la fin de":
            path.write_text(path.read_text("utf-8") + body, "utf-8")
        else:
            cells = json.loads(path.read_text("utf-8"))
            found = cells["cells"]
            if step["cell"] == "titre":
                cell = found[0]
            else:
                at = next(i for i, c in enumerate(found)
                          if "".join(c["source"]).startswith(f"## {step['cell']}"))
                cell = next(c for c in found[at:] if c["cell_type"] == "code")
            cell["source"] = body.removesuffix("\n")
            path.write_text(json.dumps(cells), "utf-8")
    return told


@pytest.fixture(scope="module")
def played(demo_root) -> tuple[Path, list[str]]:
    """The project that the guide leads to, and what its commands told; once for all workers."""
    root = once(demo_root.parent / "guide", lambda root: _played(demo_root, root))
    return root, json.loads((root / "told.json").read_text("utf-8"))


def _played(demo_root: Path, root: Path) -> None:
    for name in ("parameters", "notebooks", "data/demo"):
        shutil.copytree(demo_root / name, root / name)
    (root / "told.json").write_text(json.dumps(play(root)), "utf-8")


def text(path: Path) -> str:
    return " ".join(html.fromstring(path.read_bytes()).text_content().split())


def test_the_commands_tell_what_is_left_to_do(played):
    _, told = played
    assert "declaration_ateliers.docx" in told[0] and "investigations: [ateliers]" in told[0]
    assert "créé : parameters/demo/investigations/declaration_ateliers.docx" in told[1]
    assert "ateliers.yml" not in told[1].split("À faire")[0]  # kept as the analyst wrote it


def test_both_regions_and_the_common_page_are_in_the_index(played):
    outputs = played[0] / "outputs" / "demo"
    links = {(a.text_content().strip(), a.get("href"))
             for a in html.parse(outputs / "index.html").getroot().iter("a")}
    for folder in ("84-auvergne-rhone-alpes", "93-provence-alpes-cote-d-azur", "national"):
        href = f"{folder}/investigation_ateliers.html"
        assert any(h == href and TITLE in label for label, h in links), (folder, links)
        page = html.parse(outputs / href).getroot()
        assert "Que font les participants" in page.xpath("//h1")[0].text_content()
        region = page.xpath("//meta[@name='cepkit:region']/@content")[0]
        assert region == {"national": "FR"}.get(folder, folder[:2])
        listed = json.loads((outputs / folder / "manifest.json").read_text("utf-8"))["fichiers"]
        assert "investigation_ateliers.html" in {f["chemin"] for f in listed}


def test_values_are_those_of_the_file(played):
    """96 of 176 is 54.5 %, 44 of 109 is 40.4 %, 140 of 285 is 49.1 % (by hand)."""
    outputs = played[0] / "outputs" / "demo"
    mine = text(outputs / "84-auvergne-rhone-alpes" / "investigation_ateliers.html")
    both = text(outputs / "national" / "investigation_ateliers.html")
    assert "54,5" in mine and "40,4" not in mine
    assert {"54,5", "40,4", "49,1"} <= set(re.findall(r"\d+,\d", both))


def test_another_region_receives_nothing_of_it(played):
    from cepkit import store

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CEPKIT_ROOT", str(played[0]))
        mine, other = (store.load_slice("demo", c) for c in ("93", "53"))
    rows = mine.tables["ateliers"]
    assert set(rows.loc[rows["effectif"].notna(), "region"]) == {"93"}
    assert "ateliers" not in other.tables and "ateliers" not in other.meta["investigations"]


def test_both_reports_have_their_section(played):
    outputs = played[0] / "outputs" / "demo"
    for folder, words in (("84-auvergne-rhone-alpes", "souvent suivis d’un contact"),
                          ("93-provence-alpes-cote-d-azur", "laisse mûrir son projet")):
        lines = [p.text for p in docx.Document(outputs / folder / "rapport.docx").paragraphs]
        at = lines.index(TITLE, lines.index("Développements complémentaires", 40))
        after = "\n".join(lines[at:at + 14])
        assert words in after.replace("\u00a0", " ") and "volontaires" in after


def test_the_declaration_says_what_the_methodology_asks(played):
    path = played[0] / "parameters/demo/investigations/declaration_ateliers.docx"
    document = docx.Document(path)
    said = "\n".join(p.text for p in document.paragraphs).replace("\u00a0", " ")
    for word in ("Thème", "Questions", "Méthode", "Données", "Partenaires", "15 septembre 2022",
                 "Suites des ateliers", "Provence-Alpes-Côte d’Azur"):
        assert word in said
    assert "Ajustement demandé" in "\n".join(c.text for c in document.tables[0].columns[0].cells)


def test_a_sheet_changed_in_word_is_kept(played):
    root = played[0]
    path = root / "parameters/demo/investigations/declaration_ateliers.docx"
    document = docx.Document(path)
    document.paragraphs[0].add_run(" (relue)")
    document.save(path)
    before = path.read_bytes()
    done = command(root, "cepkit new investigation ateliers --exercice demo --regions 84,93")
    assert done.returncode == 0 and "modifiée dans Word" in done.stdout
    assert path.read_bytes() == before and zipfile.is_zipfile(path)


def test_the_test_given_to_the_project_passes(played):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/investigations"],
        cwd=played[0], capture_output=True, text=True, check=False,
        env=os.environ | {"CEPKIT_ROOT": str(played[0]), "PYTHONPATH": str(REPOSITORY)})
    assert done.returncode == 0 and "3 passed" in done.stdout, done.stdout


@pytest.mark.parametrize("line", [
    "cepkit new investigation Ateliers --exercice demo --regions 84",
    "cepkit new investigation ateliers --exercice demo",
    "cepkit new investigation gabarit --exercice demo --regions 84",
    "cepkit new investigation ateliers --exercice demo --regions 99"])
def test_what_cannot_be_made_ends_with_2(played, line):
    done = command(played[0], line)
    assert done.returncode == 2 and "Traceback" not in done.stderr
