"""Time, CPU and memory of a command with everything that it starts.

    python -m tests.bench.tree COMMAND…    prints {"wall", "cpu", "pss", "code", "out"}
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

import psutil

ADOPT = 36  # PR_SET_CHILD_SUBREAPER: what the command leaves behind is ours to wait for
SAMPLE = 0.25


def _memory(process: psutil.Process) -> float:
    """Gibibytes of a tree of processes, shared pages counted once."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            total += one.memory_full_info().pss
    return total / 2**30


def main() -> None:
    ctypes.CDLL(None).prctl(ADOPT, 1, 0, 0, 0)
    start, peak = time.perf_counter(), 0.0
    out = tempfile.TemporaryFile("w+", encoding="utf-8")
    command = subprocess.Popen(sys.argv[1:], stdout=out, stderr=subprocess.PIPE)
    while command.poll() is None:
        with contextlib.suppress(psutil.Error):
            peak = max(peak, _memory(psutil.Process(command.pid)))
        time.sleep(SAMPLE)
    wall = time.perf_counter() - start
    if command.returncode:
        sys.stderr.buffer.write(command.stderr.read())
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    out.seek(0)
    print(json.dumps({"wall": wall, "cpu": used.ru_utime + used.ru_stime, "pss": peak,
                      "code": command.returncode, "out": out.read()}))


if __name__ == "__main__":
    main()
