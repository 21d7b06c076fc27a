"""User errors: one French sentence a problem, one exit code a class, never a traceback.

A `Problem` names file, sheet, row, value, rule and repair. Loaders collect problems
and raise them all at once; `exit_code` picks the code the contract asks for.
"""

from __future__ import annotations

import errno
import linecache
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from traceback import walk_tb

from cepkit.text import typography

SHOWN, LONGEST = 80, 2000  # characters of a value, of a message
WIDTH = 92  # characters of a line in the output of a notebook, cut between words
_QUOTED = re.compile(rf"«[ \u00a0]([^»]{{{SHOWN}}})[^»]{{2,}}[ \u00a0]»")

# Exit code of each class of problem (DESIGN contract).
CODES = {
    "usage": 2,
    "parametres": 10,
    "source": 11,
    "donnees": 12,
    "secret": 13,
    "notebook": 14,
    "rendu": 15,
    "accord": 16,
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, said so that its reader can repair it.

    `message` is a full French sentence; the other fields say where. `lignes` are
    the row numbers as a spreadsheet shows them (first five are printed); `nombre` is the number
    of rows when `lignes` holds only the first. `cle` is the key of `controles` (edition.yml)
    that says whether it blocks. `regions`: the only ones that it keeps from being produced (all
    when empty).
    """

    message: str
    classe: str = "donnees"
    regle: str = ""
    fichier: str | None = None
    feuille: str | None = None
    lignes: tuple[int, ...] = ()
    valeur: str | None = None
    reparation: str | None = None
    bloquant: bool = True
    cle: str = ""
    nombre: int = 0
    regions: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = []
        if self.fichier:
            place.append(self.fichier)
        if self.feuille:
            place.append(f"feuille « {self.feuille} »")
        if self.lignes:
            shown = ", ".join(str(n) for n in self.lignes[:5])
            left = max(len(self.lignes), self.nombre) - min(len(self.lignes), 5)
            more = f" et {left:,} autre{'s' * (left > 1)}".replace(",", "\u202f") if left else ""
            place.append(("lignes " if len(self.lignes) > 1 or more else "ligne ") + shown + more)
        text = f"{', '.join(place)} : {self.message}" if place else self.message
        if self.valeur is not None and self.valeur not in self.message:
            cut = "…" if len(self.valeur) > SHOWN else ""
            text += f" Valeur : « {self.valeur[:SHOWN]}{cut} »."
        if self.regle:
            text += f" Règle : {self.regle}."
        if self.reparation:
            text += f" À faire : {self.reparation}"
        return _printable(text)


def restored(kept: dict) -> Problem:
    """A problem from its `asdict`, read back from JSON (which has no tuples)."""
    return Problem(**{k: tuple(v) if isinstance(v, list) else v for k, v in kept.items()})


def _printable(text: str) -> str:
    """Nothing of a file acts on the terminal: control characters out, bounded length."""
    text = _QUOTED.sub(r"« \1… »", text)
    safe = "".join(" " if unicodedata.category(c)[0] == "C" and c != "\n" else c for c in text)
    return safe if len(safe) <= LONGEST else f"{safe[:LONGEST]}…"


class CepkitError(Exception):
    """An error that the user can act upon; `problems` are all told at once."""

    classe = "donnees"

    def __init__(self, problems: str | Problem | Iterable[Problem]):
        if isinstance(problems, str):
            problems = Problem(problems, classe=self.classe)
        if isinstance(problems, Problem):
            problems = [problems]
        self.problems: list[Problem] = list(problems)
        super().__init__("\n".join(str(p) for p in self.problems))

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of a traceback: the line of the cell, the sentences."""
        lines = [(f.f_globals, f.f_code.co_filename, n) for f, n in walk_tb(self.__traceback__)]
        here = [(name, n) for space, name, n in lines if space.get("__name__") == "__main__"]
        shown = [f"Ligne {n} : {linecache.getline(name, n).strip()}" for name, n in here[:1]]
        said = [line for p in self.problems for line in str(p).split("\n")]
        return [*shown, *(part for line in said for part in (
            wrap(typography(line), WIDTH) if len(line) > WIDTH else [line]))]

    @property
    def code(self) -> int:
        """Exit code: the smallest of 10, 11, 12, 16, then 13, then the others."""
        return exit_code(self.problems)


# What the system refused, in the words of the user.
_REASONS = {
    errno.ENOSPC: "plus de place sur le disque", errno.EDQUOT: "quota d’espace dépassé",
    errno.EFBIG: "fichier plus grand que ce qui est permis ici",
    errno.EROFS: "disque en lecture seule", errno.ENOENT: "fichier ou dossier disparu",
    errno.EACCES: "droits insuffisants, ou fichier ouvert dans un autre programme",
    errno.EPERM: "droits insuffisants, ou fichier ouvert dans un autre programme",
    errno.ENOTDIR: "un fichier porte le nom du dossier attendu",
    errno.EEXIST: "un fichier porte le nom du dossier attendu",
    errno.EISDIR: "un dossier porte le nom du fichier attendu",
    errno.EIO: "le disque ne répond pas correctement",
}


def system_reason(error: OSError) -> str:
    """Why the system refused to read or write, in French."""
    return _REASONS.get(error.errno or 0, f"erreur du système n° {error.errno}")


class UsageError(CepkitError):
    classe = "usage"


class ParametersError(CepkitError):
    classe = "parametres"


class SourceError(CepkitError):
    classe = "source"


class DataError(CepkitError):
    classe = "donnees"


class DisclosureError(CepkitError):
    classe = "secret"


class RenderError(CepkitError):
    classe = "rendu"


def exit_code(problems: Sequence[Problem]) -> int:
    """Exit code of a set of problems (0 when none blocks)."""
    codes = {CODES[p.classe] for p in problems if p.bloquant}
    for code in (2, 10, 11, 12, 16, 13, 14, 15):
        if code in codes:
            return code
    return 0


def raise_blocking(problems: Sequence[Problem]) -> None:
    """Raise one error holding every problem when at least one is blocking."""
    if any(p.bloquant for p in problems):
        raise CepkitError(list(problems))
