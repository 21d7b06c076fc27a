"""`cepkit` on the command line: user errors without traceback, one exit code a class."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cepkit.errors import CepkitError, RenderError, system_reason

BUG, INTERRUPTED = 70, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code (DESIGN contract)."""
    from cepkit import commands

    try:
        return commands.dispatch(argv)
    except CepkitError as error:
        for problem in [p for p in error.problems if p.bloquant] or error.problems:
            print(f"cepkit : {problem}", file=sys.stderr)
        return error.code or 1
    except KeyboardInterrupt:
        print("\ncepkit : interrompu ; relancez la même commande pour finir ce qui manque.",
              file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # disk full, folder refused, file vanished
        place = f"{Path(error.filename).name} : " if error.filename else ""
        print(f"cepkit : {place}lecture ou écriture impossible : {system_reason(error)}. Vérifiez "
              "l’espace libre et les droits, puis relancez : rien n’est perdu.", file=sys.stderr)
        return RenderError("").code
    except Exception as error:  # the last frontier: whatever is left is a bug, told as such
        from cepkit.commands import bug

        print(bug.report(error), file=sys.stderr)
        return BUG


def entry() -> None:
    """Console script. Programs installed beside Python (Quarto) are found without activation."""
    here = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join(p for p in (os.environ.get("PATH"), here) if p)
    sys.exit(main())


if __name__ == "__main__":
    entry()
