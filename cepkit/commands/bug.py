"""A defect of the program: one French sentence on screen, the details in a log file."""

from __future__ import annotations

import platform
import tempfile
import traceback
from pathlib import Path

from cepkit import __version__
from cepkit.errors import CepkitError


def report(error: BaseException) -> str:
    """Write the log and return the sentence to print. The log stays out of `outputs/`."""
    details = "".join(traceback.format_exception(error))
    head = f"cepkit {__version__}, Python {platform.python_version()}, {platform.system()}\n\n"
    path = _folder() / "journal.txt"
    path.write_text(head + details, "utf-8")
    return (f"cepkit : défaut du programme ({type(error).__name__}). Rien n’est perdu. "
            f"Le détail est dans {path} : relisez-le, puis joignez-le à votre signalement.")


def _folder() -> Path:
    from cepkit.edition import project

    try:
        folder = project.root() / "data" / ".cepkit"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder
    except (CepkitError, OSError):
        return Path(tempfile.mkdtemp(prefix="cepkit-"))
