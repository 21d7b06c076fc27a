"""Set-up of cepkit: `.venv`, the locked libraries, the French JupyterLab, and Quarto if it can.

Standard library only, so that it runs before anything is installed (Makefile, `.ci/run` and
Windows users all call it):

    python3 install.py            Linux, macOS
    py -3 install.py              Windows

A second call does nothing as long as `requirements.lock` and `pyproject.toml` are the same.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
STAMP = VENV / "cepkit-installation.json"
LOCK = ROOT / "requirements.lock"
# Quarto's own package fetches the program when it is installed: optional, and kept apart.
QUARTO_PACKAGE = "quarto-cli==1.10.19"
QUARTO_SECONDS = 120


class SetupError(Exception):
    """A French sentence that says what to do."""


def version() -> str:
    """Running Python, "3.11"."""
    return ".".join(map(str, sys.version_info[:2]))


def state() -> dict[str, str]:
    """What an installation depends upon."""
    digest = hashlib.sha256()
    for name in ("requirements.lock", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return {"empreinte": digest.hexdigest(), "python": version()}


def up_to_date() -> bool:
    """Whether `.venv` was made from the same lock by the same version of Python."""
    try:
        return PYTHON.exists() and json.loads(STAMP.read_text()) == state()
    except (OSError, ValueError):
        return False


def call(*command: object, quiet: bool = False, timeout: int | None = None) -> bool:
    """Run a program; True when it succeeded in time."""
    output = subprocess.DEVNULL if quiet else None
    try:
        return subprocess.run([str(c) for c in command], stdout=output, stderr=output,
                              stdin=subprocess.DEVNULL, timeout=timeout, cwd=ROOT,
                              check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def make_venv() -> list[str]:
    """Create `.venv` and return the pip command that installs into it."""
    own_pip = importlib.util.find_spec("ensurepip") is not None
    if not own_pip and importlib.util.find_spec("pip") is None:
        raise SetupError("pip est introuvable. Sous Debian ou Ubuntu : "
                         "apt-get install python3-pip python3-venv, puis relancez.")
    if not PYTHON.exists() or not call(PYTHON, "-c", "", quiet=True):
        options = ["--clear"] if own_pip else ["--clear", "--without-pip"]
        if not call(sys.executable, "-m", "venv", *options, VENV):
            raise SetupError("le dossier .venv n’a pas pu être créé : vérifiez l’espace libre et "
                             "vos droits sur ce dossier, puis relancez.")
    if call(PYTHON, "-c", "import pip", quiet=True):
        return [str(PYTHON), "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", str(PYTHON)]


def install_libraries(pip: list[str]) -> None:
    """The hashed lock first, then the package itself without touching anything else."""
    quiet = ("install", "--quiet", "--disable-pip-version-check")
    if not call(*pip, *quiet, "--require-hashes", "-r", LOCK):
        raise SetupError("les bibliothèques n’ont pas pu être installées : vérifiez la connexion "
                         "(et le proxy : variables HTTPS_PROXY et PIP_INDEX_URL), puis relancez.")
    if not call(*pip, *quiet, "--no-deps", "--no-build-isolation", "-e", ROOT):
        raise SetupError("le programme n’a pas pu être installé dans .venv : supprimez ce dossier "
                         "et relancez.")


def set_up_lab() -> None:
    """JupyterLab of this environment: French, no news, outputs not saved under `notebooks/`."""
    shutil.copytree(ROOT / "cepkit" / "lab" / "config", VENV / "etc" / "jupyter",
                    dirs_exist_ok=True)


def find_quarto() -> str | None:
    """`QUARTO_PATH`, the program on the PATH, or the one in `.venv`."""
    declared = os.environ.get("QUARTO_PATH")
    places = [declared] if declared else []
    places += [shutil.which("quarto") or "", str(BIN / ("quarto.exe" if WINDOWS else "quarto"))]
    return next((p for p in places if p and call(p, "--version", quiet=True, timeout=30)), None)


def obtain_quarto(pip: list[str]) -> bool:
    """Try once to have Quarto; nothing depends upon the answer."""
    if find_quarto():
        return True
    call(*pip, "install", "--quiet", "--no-deps", "--no-build-isolation", QUARTO_PACKAGE,
         quiet=True, timeout=QUARTO_SECONDS)
    return find_quarto() is not None


def run(quarto: bool) -> None:
    """Do what is missing, saying each step."""
    if sys.version_info < (3, 11):  # noqa: UP036 (any Python may start this script)
        raise SetupError("Python 3.11 ou plus récent est nécessaire ; celui-ci est en version "
                         f"{version()}.")
    if up_to_date():
        set_up_lab()
        return
    print("Installation dans .venv (quelques minutes la première fois)…", flush=True)
    pip = make_venv()
    install_libraries(pip)
    set_up_lab()
    if quarto and not obtain_quarto(pip):
        print("Quarto n’a pas pu être obtenu : les rapports seront composés par Pandoc, fourni.")
    STAMP.write_text(json.dumps(state()))
    print("Installation terminée.", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Installe cepkit dans .venv.")
    parser.add_argument("--sans-quarto", action="store_true",
                        help="ne pas essayer d’obtenir Quarto")
    arguments = parser.parse_args()
    try:
        run(quarto=not arguments.sans_quarto)
    except SetupError as error:
        print(f"Installation impossible : {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
