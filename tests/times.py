"""Where the time of the tests went: by group, against its budget, then by folder."""

from __future__ import annotations

from collections import Counter

# Minutes that each group may take on two cores.
BUDGETS = {"unit and contract": 4, "documents and browser": 10, "failures and fuzz": 8}
HARD = ("tests/fuzz/", "tests/intake/broken/", "tests/batch/test_failures.py",
        "tests/batch/test_resume.py", "tests/batch/test_hostile.py",
        "tests/batch/test_executors.py", "tests/batch/test_workers.py")
WRITTEN = ("tests/report/", "tests/main_job/", "tests/leaks/",  # they read what a run made
           "tests/investigations/test_guide.py")


class Times:
    """Seconds of set-up, test and tear-down of each test, as its reports come in."""

    def __init__(self) -> None:
        self.groups: Counter[str] = Counter()
        self.folders: Counter[str] = Counter()

    def add(self, report) -> None:
        self.groups[group_of(report.nodeid, report.keywords)] += report.duration
        self.folders[report.nodeid.split("::")[0].rpartition("/")[0] or "tests"] += report.duration

    def lines(self, processes: int) -> list[str]:
        """What to print, the budgets first."""
        told = [f"{name}: {self.groups[name] / processes:.0f} s in {processes} process(es), "
                f"budget {60 * minutes} s"
                + (" — OVER" if self.groups[name] / processes > 60 * minutes else "")
                for name, minutes in BUDGETS.items()]
        return told + ["by folder: " + ", ".join(
            f"{name.removeprefix('tests/')} {seconds:.0f} s"
            for name, seconds in self.folders.most_common() if seconds >= 1)]


def group_of(nodeid: str, keywords) -> str:
    """Group of a test, by its file and its markers."""
    if nodeid.startswith(HARD):
        return "failures and fuzz"
    written = nodeid.startswith(WRITTEN) or {"navigateur", "bureau", "quarto"} & set(keywords)
    return "documents and browser" if written else "unit and contract"
