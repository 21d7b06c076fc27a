"""Nothing is skipped silently: skips are counted, and refused in continuous integration."""

from __future__ import annotations

import os

import pytest

# The only reason for a skip that continuous integration accepts.
ACCEPTED = "quarto"


def _unexpected(terminalreporter) -> list:
    return [r for r in terminalreporter.stats.get("skipped", []) if ACCEPTED not in r.keywords]


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} test(s) skipped, {len(_unexpected(terminalreporter))} of them not "
            "for want of Quarto")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CEPKIT_CI") and reporter is not None and _unexpected(reporter):
        reporter.write_line("CEPKIT_CI: a skipped test is a failed test", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
