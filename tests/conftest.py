"""Nothing is skipped silently: skips are counted, and refused in continuous integration."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.times import Times

REPOSITORY = Path(__file__).resolve().parents[1]

# The only reasons for a skip that continuous integration accepts; each is counted in the summary:
# Quarto cannot be had, or a file that the repository may not hold is not beside it.
ACCEPTED = {"quarto", "hors_depot"}


def _unexpected(terminalreporter) -> list:
    skipped = terminalreporter.stats.get("skipped", [])
    return [r for r in skipped if not ACCEPTED & set(getattr(r, "keywords", ()))]


TIMES = Times()


def pytest_runtest_logreport(report):
    TIMES.add(report)


def pytest_terminal_summary(terminalreporter, config):
    terminalreporter.section("where time went")
    for line in TIMES.lines(max(1, getattr(config.option, "numprocesses", 0) or 1)):
        terminalreporter.write_line(line)
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} test(s) skipped, {len(_unexpected(terminalreporter))} of them not "
            "for want of Quarto or of a file kept out of the repository")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CEPKIT_CI") and reporter is not None and _unexpected(reporter):
        reporter.write_line("CEPKIT_CI: a skipped test is a failed test", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def once(root: Path, make: Callable[[Path], None]) -> Path:
    """`root`, made by the first worker that asks for it; the others wait."""
    with root.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = root.with_suffix(".ready")
        if not done.exists():
            make(root)
            done.touch()
    return root


@pytest.fixture(scope="session")
def demo_root(tmp_path_factory) -> Path:
    """A project of its own with the demo exercice, its store built; once for all workers."""
    place = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        place = place.parent
    return once(place / "demonstration", _write_demo)


def _write_demo(root: Path) -> None:
    from cepkit import demo, store

    shutil.copytree(REPOSITORY / "parameters" / "demo", root / "parameters" / "demo")
    shutil.copytree(REPOSITORY / "notebooks", root / "notebooks")
    demo.write(root / "data" / "demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CEPKIT_ROOT", str(root))
        store.ensure("demo")


@pytest.fixture(scope="module")
def browser():
    """Chromium, one for the tests of a module."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        opened = p.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def demo(demo_root, monkeypatch) -> Path:
    """The demonstration as the current project."""
    monkeypatch.setenv("CEPKIT_ROOT", str(demo_root))
    return demo_root


@pytest.fixture(scope="session")
def cepkit(demo_root):
    """The command, run on the demonstration as a user would."""

    def run(*words: str) -> subprocess.CompletedProcess:
        env = os.environ | {"CEPKIT_ROOT": str(demo_root), "COLUMNS": "120"}
        return subprocess.run([sys.executable, "-m", "cepkit", *words], env=env, text=True,
                              capture_output=True, check=False)

    return run


@pytest.fixture(scope="session")
def rendered(demo_root, cepkit) -> Path:
    """The demonstration with five overseas regions, Bretagne and the synthesis rendered."""

    def render(_: Path) -> None:
        done = cepkit("run", "--exercice", "demo", "--region", "01,02,03,04,06,53,FR")
        assert done.returncode == 0, done.stdout + done.stderr

    once(demo_root.with_name("rendered"), render)
    return demo_root
