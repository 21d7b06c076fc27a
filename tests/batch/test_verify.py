"""`cepkit verify`: reopened, then rebuilt elsewhere; whoever changed a byte is told which file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cepkit.__main__ import main
from cepkit.batch import files
from tests.batch import project

PAGE = "annexe_1_donnees.html"


def told(capsys, *words: str) -> tuple[int, str, str]:
    code = main(["verify", "--exercice", "mini", *words])
    out = capsys.readouterr()
    return code, out.out.replace("\u00a0", " ").replace("\u202f", " "), out.err


def signed(folder: Path, name: str, content: bytes) -> None:
    """Change a file and the manifest with it, as somebody who hides a change would."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / files.MANIFEST).read_text())
    others = [f for f in manifest["fichiers"] if f["chemin"] != name]
    manifest["fichiers"] = others + files.entries({name: content})
    (folder / files.MANIFEST).write_text(json.dumps(manifest))


def test_all_files_are_reopened_and_rebuilt(root, capsys):
    before = {p: p.read_bytes() for p in root.rglob("*")
              if p.is_file() and ".cepkit" not in p.parts}
    code, out, err = told(capsys)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == ("33 fichiers de 5 dossiers rouverts : tous sont ceux du manifeste, chacun "
                        "dans le dossier de sa région.")
    assert lines[-1] == "Reconstruits ailleurs à partir des mêmes fichiers : mêmes octets."
    assert {p: p.read_bytes() for p in before} == before


def test_a_file_changed_by_hand(root, capsys):
    page = root / "outputs/mini/53-bretagne" / PAGE
    page.write_text(page.read_text() + " ")
    code, _, err = told(capsys, "--region", "53")
    assert code == 15
    assert f"53-bretagne/{PAGE} : fichier absent ou modifié" in err


def test_a_change_signed_in_the_manifest_does_not_survive_the_rebuilding(root, capsys):
    folder = root / "outputs/mini/06-mayotte"
    signed(folder, PAGE, (folder / PAGE).read_bytes().replace(b">60<", b">61<"))
    code, out, err = told(capsys, "--region", "06")
    assert "rouverts : tous sont ceux du manifeste" in out
    assert code == 15
    assert err.count("ne donne pas les mêmes octets") == 1
    assert f"06-mayotte/{PAGE}" in err


def test_inputs_changed_since_are_told_as_a_difference(root, capsys):
    project.write(root / "data/mini/volumes.csv", project.delivery(mayotte=70))
    code, _, err = told(capsys, "--region", "06")
    assert code == 15
    assert "ont changé depuis" in err


@pytest.mark.parametrize("name", ["../../../parameters/mini/edition.yml", "/etc/passwd", "a/../b",
                                  "C:\\x", "", None])
def test_a_manifest_that_names_a_file_elsewhere_is_not_believed(root, capsys, name):
    folder = root / "outputs/mini/53-bretagne"
    manifest = json.loads((folder / files.MANIFEST).read_text())
    manifest["fichiers"].append({"chemin": name, "sha256": "0", "octets": 1})
    (folder / files.MANIFEST).write_text(json.dumps(manifest))
    code, _, err = told(capsys, "--region", "53")
    assert (code, err.strip()) == (15, "cepkit : 53-bretagne/manifest.json : manifeste illisible. "
                                   "À faire : relancez « cepkit run ».")
    assert main(["run", "--exercice", "mini", "--region", "53", "--force"]) == 0
    assert (root / "parameters/mini/edition.yml").exists()
    assert main(["verify", "--exercice", "mini", "--region", "53"]) == 0
