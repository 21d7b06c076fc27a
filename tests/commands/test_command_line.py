"""The command line speaks French, starts at once and ends with the promised codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cepkit.__main__ import main
from cepkit.commands import parser

ROOT = Path(__file__).parents[2]
ENGLISH = ("usage:", "show ", "error", "invalid", "required", "optional", "choose")
HELP = """\
emploi : cepkit verify [-h] [--exercice E] [--region C]

Rouvre chaque fichier produit, le refait ailleurs et compare.

options:
  -h, --help    affiche cette aide
  --exercice E  exercice (dossier de parameters/) ; par défaut le seul qui
                existe
  --region C    code officiel ; répétable, ou codes séparés par des virgules ;
                « toutes » pour toutes

Exemple : cepkit verify --exercice demo --region 53
"""


@pytest.fixture(autouse=True)
def _project(tmp_path, monkeypatch):
    (tmp_path / "parameters").mkdir()
    monkeypatch.setenv("CEPKIT_ROOT", str(tmp_path))
    monkeypatch.delenv("CEPKIT_EXERCICE", raising=False)
    monkeypatch.setenv("COLUMNS", "80")


def told(capsys, *argv: str) -> tuple[int, str, str]:
    try:
        code = main(argv)
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    return code, out, err


def test_help_of_a_command(capsys):
    assert told(capsys, "verify", "--help") == (0, HELP, "")


@pytest.mark.parametrize("name", ["", *parser.COMMANDS])
def test_every_help_is_french_with_an_example(capsys, name):
    code, out, _ = told(capsys, *filter(None, [name]), "--help")
    assert code == 0
    assert "Exemple : cepkit" in out
    assert [word for word in ENGLISH if word in out.lower()] == []


@pytest.mark.parametrize("argv, words", [
    ([], "il manque : COMMANDE"),
    (["rnu"], "« rnu » n’est pas admis. Vouliez-vous dire « run » ?"),
    (["run", "--jobs", "deux"], "--jobs : « deux » n’est pas un nombre entier positif"),
    (["run", "--formats", "docx,odt"], "« odt » n’est pas admis (valeurs possibles : docx, html"),
    (["run", "--engine", "kernl"], "Vouliez-vous dire « kernel » ?"),
    (["run", "--regoin", "84"], "argument inconnu : --regoin 84. Vouliez-vous dire « --region » ?"),
    (["status", "--date", "15/07"], "« 15/07 » n’est pas une date AAAA-MM-JJ"),
    (["run", "--region"], "--region : une valeur est attendue"),
    (["run"], "Aucun exercice dans « parameters »"),
    (["run", "--exercice", "x"], "L’exercice « x » n’existe pas."),
])
def test_usage_errors_end_with_2_and_no_traceback(capsys, argv, words):
    code, _, err = told(capsys, *argv)
    assert code == 2
    assert words in err
    assert "Traceback" not in err
    assert [word for word in ENGLISH if word in err.lower()] == []


@pytest.mark.parametrize("asked, codes", [
    (["84", "93"], ["84", "93"]), (["84,93"], ["84", "93"]), (["01, 84", "01"], ["01", "84"]),
    (["toutes"], None), (None, None),
])
def test_regions_are_given_one_by_one_or_with_commas(asked, codes):
    from cepkit.commands import options

    assert options.regions(asked) == codes


def test_default_region_of_this_machine(tmp_path):
    from cepkit.commands import options

    assert options.local_region() is None
    (tmp_path / "cepkit.local.yml").write_text('region_par_defaut: "06"\n')
    assert options.local_region() == "06"


def test_a_bug_gives_70_a_message_and_a_log(capsys, tmp_path, monkeypatch):
    from cepkit import commands

    def broken(argv):
        raise ZeroDivisionError("voulu")

    monkeypatch.setattr(commands, "dispatch", broken)
    code, out, err = told(capsys, "status")
    assert (code, out) == (70, "")
    assert "Traceback" not in err and "voulu" not in err
    log = tmp_path / "data" / ".cepkit" / "journal.txt"
    assert str(log) in err
    assert "ZeroDivisionError: voulu" in log.read_text("utf-8")


def test_an_interruption_gives_130(capsys, monkeypatch):
    from cepkit import commands

    def interrupted(argv):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "dispatch", interrupted)
    code, _, err = told(capsys, "run")
    assert code == 130
    assert "interrompu ; relancez la même commande" in err


def test_purge_empties_the_private_cache_only(capsys, tmp_path):
    cache = tmp_path / "data" / ".cepkit" / "demo"
    cache.mkdir(parents=True)
    (cache / "signature").write_text("x")
    (tmp_path / "outputs").mkdir()
    code, out, _ = told(capsys, "purge")
    assert code == 0 and "Cache privé vidé" in out
    assert not cache.exists() and (tmp_path / "outputs").exists()
    assert told(capsys, "purge")[1] == "Le cache privé est déjà vide.\n"


@pytest.mark.parametrize("argv", [["--help"], ["run", "--help"]])
def test_help_imports_nothing_heavy(argv):
    code = ("import sys\nfrom cepkit.__main__ import main\n"
            "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
            "heavy = {'pandas', 'numpy', 'seaborn', 'papermill', 'pydantic'} & set(sys.modules)\n"
            "print(sorted(heavy), file=sys.stderr)")
    done = subprocess.run([sys.executable, "-c", code, *argv], capture_output=True, text=True,
                          cwd=ROOT, check=True)
    assert done.stderr.strip() == "[]"


def test_status_imports_nothing_heavy(demo_root):
    code = ("import sys\nfrom cepkit.__main__ import main\n"
            "assert main(['status', '--exercice', 'demo', '--region', '84']) == 0\n"
            "heavy = {'pandas', 'numpy', 'seaborn', 'papermill', 'nbformat', 'pypandoc'}\n"
            "print(sorted(heavy & set(sys.modules)), file=sys.stderr)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          env=os.environ | {"CEPKIT_ROOT": str(demo_root)})
    assert done.stderr.strip() == "[]"
    assert "13. Investigations déclarées" in done.stdout
