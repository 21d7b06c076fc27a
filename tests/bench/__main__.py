"""Run the benches, print their measures and, with --write, renew docs/performance.md.

A bench is a module of this folder with `COMMAND` (how to run it alone) and
`run(options) -> list[Row]`; add its name to `BENCHES`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import os
import platform
from pathlib import Path

from tests.bench.rows import Row

BENCHES = ("intake", "disclosure", "batch")
PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
HEAD = """# Performance

Written by `make bench`; every figure was measured on the machine below. CPU time is the steadiest
of the measures: ratios are between processes run one after the other, the best of three runs each.
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("names", nargs="*", metavar="bench", help=", ".join(BENCHES))
    parser.add_argument("--records", type=int, default=5_000_000,
                        help="records of the intake bench")
    parser.add_argument("--times", type=int, default=3, help="runs of each process")
    parser.add_argument("--rounds", type=int, default=0,
                        help="rounds of the batch bench that make all again and compare bytes")
    parser.add_argument("--write", action="store_true", help=f"renew {PAGE.name}")
    options = parser.parse_args()
    unknown = set(options.names) - set(BENCHES)
    if unknown:
        parser.error(f"unknown bench: {', '.join(sorted(unknown))} (known: {', '.join(BENCHES)})")
    rows, sections = [], [HEAD, machine()]
    for name in options.names or BENCHES:
        module = importlib.import_module(f"tests.bench.{name}")
        found = module.run(options)
        rows += found
        sections.append(section(name, module, found))
        print(sections[-1])
    if options.write:
        PAGE.write_text("\n".join([*sections, *_others(sections)]), "utf-8")
    return 0 if all(row.kept for row in rows) else 1


def _others(sections: list[str]) -> list[str]:
    """Sections of the page that this run has not measured again."""
    known = PAGE.read_text("utf-8") if PAGE.exists() else ""
    new = {section.splitlines()[0] for section in sections}
    parts = [f"## {part.strip()}\n" for part in known.split("\n## ")[1:]]
    return [part for part in parts if part.splitlines()[0] not in new]


def machine() -> str:
    """Cores, processor, memory, system, Python and day."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (f"- machine: {os.cpu_count()} cores, {_processor()}, {memory:.0f} GiB of memory\n"
            f"- system: {platform.system()} {platform.machine()}, Python "
            f"{platform.python_version()}, {dt.date.today():%Y-%m-%d}\n"
            f"- load of the machine before the measures: {os.getloadavg()[0]:.1f}\n")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or "unknown processor"


def section(name: str, module, rows: list[Row]) -> str:
    """One bench as Markdown: its command, then a table of measures."""
    lines = [f"## {(module.__doc__ or name).splitlines()[0]}", "", f"`{module.COMMAND}`", "",
             "| measure | value | limit | kept |", "| --- | --: | --: | --- |"]
    for row in rows:
        limit = "" if row.limit is None else f"{row.limit:g} {row.unit}"
        kept = "" if row.limit is None else "yes" if row.kept else "**no**"
        value = f"{row.value:,.0f}" if row.value == int(row.value) else f"{row.value:,.2f}"
        lines.append(f"| {row.what} | {value} {row.unit} | {limit} | {kept} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
