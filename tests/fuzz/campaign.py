"""A campaign: so many damaged files of each format, in processes that may die or freeze."""

from __future__ import annotations

import os
import signal
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cepkit.batch.workers import Limits, Workers
from cepkit.errors import LONGEST, SHOWN
from tests.fuzz import mutate, readers

CHUNK = 40
SECONDS = 10  # a file; a compiled reader that freezes is stopped with its chunk


@dataclass(frozen=True)
class Chunk:
    """Files of one format, by their seeds."""

    name: str
    seeds: tuple[int, ...]


def chunks(count: int, names: Sequence[str] = tuple(readers.FORMATS),
           first: int = 0) -> list[Chunk]:
    """`count` files of each format, in chunks."""
    return [Chunk(name, tuple(range(start, min(start + CHUNK, first + count))))
            for name in names for start in range(first, first + count, CHUNK)]


class Frozen(BaseException):
    """Raised by the alarm: past it, a file counts as a hang."""


@contextmanager
def _in_time() -> Iterator[None]:
    def late(*_):
        raise Frozen

    signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)


def leaked(message: str, content: bytes) -> bool:
    """Does a message hold more than a value of the file, or what a terminal would act upon?"""
    text = content.decode("utf-8", "ignore")
    long = any(message[at:at + 2 * SHOWN] in text
               for at in range(0, len(message) - 2 * SHOWN, SHOWN // 4))
    return long or "\x1b" in message or "\x00" in message or len(message) > LONGEST + 1


def read_all(chunk: Chunk) -> list[tuple[str, int, str]]:
    """Defects: (format, seed, what happened)."""
    with tempfile.TemporaryDirectory(prefix="cepkit-fuzz-") as place:
        os.chdir(place)
        os.environ["CEPKIT_ROOT"] = place
        sound, _, extension = readers.FORMATS[chunk.name]
        content = sound(Path(place))
        found = [_read(chunk.name, Path(place) / f"fichier.{extension}", content, seed)
                 for seed in chunk.seeds]
        os.chdir("/")
    return [f for f in found if f]


def _read(name: str, path: Path, content: bytes, seed: int) -> tuple[str, int, str] | None:
    data = mutate.damaged(content, seed) if seed >= 0 else content
    path.write_bytes(data)
    try:
        with _in_time():
            messages = readers.told(name, path)
    except Frozen:
        return name, seed, f"hang: more than {SECONDS} s"
    except BaseException:  # panics of a compiled reader are no Exception
        lines = traceback.format_exc().strip().splitlines()
        return name, seed, "\n".join([*lines[-7:-1], lines[-1][:300]])
    wrong = [m for m in messages if "Traceback" in m or leaked(m, data)]
    return (name, seed, f"content in a message: {wrong[0][:300]}") if wrong else None


def run(work: Sequence[Chunk], jobs: int) -> list[tuple[str, int, str]]:
    """All the chunks; what is wrong, a dead or frozen process included."""
    waiting, found = list(work), []
    with Workers(read_all, jobs, Limits(region=90, memory=1 << 30)) as pool:
        while waiting or pool.busy:
            while waiting and pool.free:
                pool.start(waiting.pop())
            for chunk, defects, reason in pool.wait():
                found += defects if reason is None else [(chunk.name, chunk.seeds[0], reason)]
        found += [("?", 0, bug) for bug in pool.bugs]
    return found
