"""A process that has everything loaded and starts runs on demand, each in a child of its own.

Reads two lines a run: « go », answered by the child's number, then « end », by its exit code.
    python -m tests.batch.launcher < orders
"""

from __future__ import annotations

import os
import sys

from cepkit import batch
from cepkit.batch import schedule, warm  # noqa: F401 - loaded before the runs

REGIONS = ["06", "53"]
# Jobs are forked from the run itself: nothing is loaded again, the rest is the real path.
HERE = batch.Execution(jobs=2, method="fork")


def main() -> None:
    batch.run("mini", ["94"], execution=HERE)  # the store is built
    print("ready", flush=True)
    while sys.stdin.readline():
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
