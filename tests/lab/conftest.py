"""A real JupyterLab on the demonstration, with the settings that the set-up installs."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

TOKEN = "essai"


@dataclass(frozen=True)
class Server:
    """Where a JupyterLab answers, and the project that it serves."""

    address: str
    root: Path

    def call(self, path: str, content: dict | None = None) -> dict:
        """One call of the REST API: GET, or PUT when there is something to send."""
        return self.get(f"api/{path}", content)

    def get(self, path: str, content: dict | None = None) -> dict:
        request = urllib.request.Request(
            f"{self.address}/{path}", method="PUT" if content else "GET",
            data=json.dumps(content).encode() if content else None,
            headers={"Authorization": f"token {TOKEN}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="session")
def settings(tmp_path_factory) -> Path:
    """`etc/jupyter` of an environment, as `install.py` fills it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(REPOSITORY))
        import install

        patch.setattr(install, "VENV", tmp_path_factory.mktemp("venv"))
        install.set_up_lab()
        return install.VENV / "etc" / "jupyter"


@pytest.fixture(scope="session")
def project(demo_root, tmp_path_factory) -> Path:
    """A project whose notebooks may be changed: the store of the demonstration, linked."""
    root = tmp_path_factory.mktemp("projet")
    shutil.copytree(REPOSITORY / "notebooks", root / "notebooks",
                    ignore=shutil.ignore_patterns("travail", ".ipynb_checkpoints"))
    for name in ("parameters", "data", "outputs"):
        (root / name).symlink_to(demo_root / name)
    return root


@pytest.fixture(scope="session")
def server(project, settings, tmp_path_factory):
    """`make lab` without a browser: same folder, same settings, no `CEPKIT_ROOT`."""
    own = tmp_path_factory.mktemp("jupyter")
    env = {k: v for k, v in os.environ.items() if not k.startswith(("CEPKIT_", "JUPYTER"))}
    env |= {"JUPYTER_CONFIG_PATH": str(settings), "JUPYTER_CONFIG_DIR": str(own / "config"),
            "JUPYTER_DATA_DIR": str(own / "data"), "JUPYTER_RUNTIME_DIR": str(own / "run"),
            "PYTHONPATH": str(REPOSITORY), "IPYTHONDIR": str(own / "ipython")}
    port = free_port()
    recipe = re.search(r"/jupyter (lab .*)", (REPOSITORY / "Makefile").read_text("utf-8"))[1]
    command = [sys.executable, "-m", "jupyter", *recipe.split(), "--no-browser", "--allow-root",
               "--expose-app-in-browser", f"--port={port}", f"--IdentityProvider.token={TOKEN}"]
    with (own / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=project, env=env, stdout=log, stderr=log)
    made = Server(f"http://127.0.0.1:{port}", project)
    try:
        wait(made, process, own / "log")
        yield made
    finally:
        process.terminate()
        process.wait(20)


def wait(made: Server, process: subprocess.Popen, log: Path) -> None:
    """Until the server answers; its log when it does not."""
    for _ in range(240):
        try:
            made.call("status")
            return
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.25)
    raise AssertionError(log.read_text())
