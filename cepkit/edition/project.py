"""Where the project stands on this machine: root, exercices, folders; codes of regions checked."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cepkit import codes
from cepkit.errors import UsageError
from cepkit.text import enumerate_fr, nearest, suggestion

DEMO = "demo"


def root() -> Path:
    """Project folder: `CEPKIT_ROOT`, else the first parent folder that holds `parameters/`.

    Raises `UsageError` when there is none.
    """
    declared = os.environ.get("CEPKIT_ROOT")
    if declared:
        return Path(declared).resolve()
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / "parameters").is_dir():
            return folder
    raise UsageError(
        "Aucun dossier « parameters » ici ni au-dessus : placez-vous dans le dossier du projet "
        "ou indiquez-le par la variable CEPKIT_ROOT."
    )


def exercices() -> list[str]:
    """Names of the folders of `parameters/` that hold an `edition.yml`, sorted."""
    return sorted(p.parent.name for p in (root() / "parameters").glob("*/edition.yml"))


def default_exercice() -> str:
    """`CEPKIT_EXERCICE`, else the only exercice besides demo, else demo when it is alone.

    Raises `UsageError` with the list when the choice is open.
    """
    declared = os.environ.get("CEPKIT_EXERCICE")
    if declared:
        return check_exercice(declared)
    known = exercices()
    own = [e for e in known if e != DEMO] or known
    if len(own) == 1:
        return own[0]
    if not own:
        raise UsageError("Aucun exercice dans « parameters » : créez-en un (cepkit new edition).")
    raise UsageError(
        f"Plusieurs exercices existent : {enumerate_fr(own)}. Indiquez le vôtre avec --exercice."
    )


def check_exercice(name: str) -> str:
    """Return `name` when `parameters/<name>/edition.yml` exists, else raise `UsageError`."""
    known = exercices()
    if name in known:
        return name
    raise UsageError(
        f"L’exercice « {name} » n’existe pas.{suggestion(str(name), known)} "
        f"Exercices présents : {enumerate_fr(known) or 'aucun'}."
    )


def check_region(code: object) -> str:
    """Return a region code ("01" … "94" or "FR"), else raise `UsageError` naming the right one.

    Names and numbers are refused, never guessed: the message gives the code to write.
    """
    valid = (*codes.REGIONS, codes.FRANCE)
    if isinstance(code, str) and code in valid:
        return code
    if isinstance(code, (int, float)) and not isinstance(code, bool):
        text = f"{int(code):02d}"
        hint = f" Écrivez « \"{text}\" »." if text in valid else ""
        raise UsageError(
            f"Le code de région {code!r} est un nombre : un code s’écrit entre guillemets, avec "
            f"son zéro éventuel, par exemple \"01\".{hint}"
        )
    known = f" Codes admis : {enumerate_fr(valid)}."
    hint = _region_hint(code, valid) if isinstance(code, str) else None
    raise UsageError(f"Région inconnue : « {code} ».{hint or known}")


def _region_hint(text: str, valid: tuple[str, ...]) -> str | None:
    if text.isdigit() and text.zfill(2) in valid:
        return f" Vouliez-vous dire « {text.zfill(2)} » ?"
    names = {codes.region_name(c): c for c in valid} | {codes.region_slug(c): c for c in valid}
    name = nearest(text, names)
    if name is None:
        return None
    return f" Vouliez-vous dire « {names[name]} » ({codes.region_name(names[name])}) ?"


@dataclass(frozen=True)
class Paths:
    """Folders of one exercice (nothing is created here)."""

    root: Path
    exercice: str

    @property
    def parameters(self) -> Path:
        return self.root / "parameters" / self.exercice

    @property
    def edition(self) -> Path:
        return self.parameters / "edition.yml"

    @property
    def data(self) -> Path:
        """Deliveries as received: never in git."""
        return self.root / "data" / self.exercice

    @property
    def cache(self) -> Path:
        """Private: unmasked tables, journal, input hashes. Never circulated."""
        return self.root / "data" / ".cepkit" / self.exercice

    @property
    def outputs(self) -> Path:
        return self.root / "outputs" / self.exercice

    @property
    def store(self) -> Path:
        """Masked store, read by notebooks."""
        return self.outputs / ".store"

    def region(self, code: str) -> Path:
        """Folder of what the analyst writes for a region (region.yml, suivi.xlsx, redaction/)."""
        return self.parameters / "regions" / code

    def region_output(self, code: str) -> Path:
        return self.outputs / codes.region_slug(code)


def paths(exercice: str) -> Paths:
    """Folders of an exercice; `UsageError` when it does not exist."""
    return Paths(root(), check_exercice(exercice))
