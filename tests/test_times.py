"""The account of the tests' own time."""

from __future__ import annotations

from types import SimpleNamespace

from tests.times import Times


def report(nodeid: str, seconds: float, *keywords: str) -> SimpleNamespace:
    return SimpleNamespace(nodeid=nodeid, duration=seconds, keywords=dict.fromkeys(keywords, 1))


def test_groups_folders_and_budgets():
    times = Times()
    for found in (report("tests/edition/test_load.py::test_a", 3), report("tests/test_x.py::b", 1),
                  report("tests/show/test_navigateur.py::test_c[x]", 8, "navigateur"),
                  report("tests/report/test_back.py::test_d", 2),
                  report("tests/fuzz/test_fuzz.py::test_e", 2000, "lent")):
        times.add(found)
    assert times.lines(2) == [
        "unit and contract: 2 s in 2 process(es), budget 240 s",
        "documents and browser: 5 s in 2 process(es), budget 600 s",
        "failures and fuzz: 1000 s in 2 process(es), budget 480 s — OVER",
        "by folder: fuzz 2000 s, show 8 s, edition 3 s, report 2 s, tests 1 s"]
