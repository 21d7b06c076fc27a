"""`cepkit` on the command line: user errors without traceback, one exit code a class."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cepkit.errors import CepkitError

BUG, INTERRUPTED = 70, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code (DESIGN contract)."""
    from cepkit import commands

    try:
        return commands.dispatch(argv)
    except CepkitError as error:
        for problem in error.problems:
            print(f"cepkit : {problem}", file=sys.stderr)
        return error.code or 1
    except KeyboardInterrupt:
        print("\ncepkit : interrompu ; relancez la même commande pour finir ce qui manque.",
              file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # the last frontier: whatever is left is a bug, told as such
        from cepkit.commands import bug

        print(bug.report(error), file=sys.stderr)
        return BUG


def entry() -> None:
    """Console script."""
    sys.exit(main())


if __name__ == "__main__":
    entry()
