"""`make fuzz`: as many damaged files as asked for, from another seed each day if wished."""

from __future__ import annotations

import argparse
import os

from tests.fuzz import campaign, readers


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--files", type=int, default=20_000, help="number of damaged files")
    parser.add_argument("--first", type=int, default=1_000_000, help="first seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("names", nargs="*", metavar="format", help=", ".join(readers.FORMATS))
    options = parser.parse_args()
    names = options.names or list(readers.FORMATS)
    each = -(-options.files // len(names))
    found = campaign.run(campaign.chunks(each, names, options.first), options.jobs)
    for name, seed, what in found:
        print(f"--- {name}, seed {seed}\n{what}")
    print(f"{each * len(names)} damaged files, {len(found)} defects.")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
