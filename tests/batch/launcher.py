"""A process that has everything loaded and starts runs on demand, each in a child of its own.

Reads two lines a run: « go », answered by the child's number, then « end », by its exit code.
« plan » is answered by the steps that a run would not compute: told by the process that runs, so
that files of the package changed meanwhile on the disk change nothing.
    python -m tests.batch.launcher < orders
"""

from __future__ import annotations

import json
import os
import sys

from cepkit import batch
from cepkit.batch import schedule, steps, warm  # noqa: F401 - loaded before the runs

REGIONS = ["06", "53"]
# Jobs are forked from the run itself: nothing is loaded again, the rest is the real path.
HERE = batch.Execution(jobs=2, method="fork")


def main() -> None:
    batch.run("mini", ["94"], execution=HERE)  # the store is built
    print("ready", flush=True)
    while order := sys.stdin.readline():
        if order == "plan\n":
            plan = batch.run("mini", REGIONS, execution=HERE, dry_run=True).plan
            print(json.dumps([f"{s.region} {s.name}" for s in plan
                              if s.reason in ("", steps.RESUMED)]), flush=True)
            continue
        child = os.fork()
        if child == 0:
            sys.stdin.close()
            code = batch.run("mini", REGIONS, execution=HERE).code
            os._exit(code)
        print(child, flush=True)
        sys.stdin.readline()  # the tests kill the child, alive or just dead: reaped afterwards
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
