"""Options shared by several commands: exercice, regions, default region of this machine."""

from __future__ import annotations

from collections.abc import Sequence

from cepkit import codes
from cepkit.edition import project
from cepkit.errors import UsageError
from cepkit.text import fold, suggestion

ALL = "toutes"
LOCAL = "cepkit.local.yml"


def exercice(name: str | None) -> str:
    """The exercice asked for (checked), else the default one."""
    return project.check_exercice(name) if name else project.default_exercice()


def regions(asked: list[str] | None) -> list[str] | None:
    """["84,93"] -> ["84", "93"]; None for all. Unknown code: `UsageError` with the nearest."""
    if not asked:
        return None
    parts = [part.strip() for text in asked for part in text.split(",") if part.strip()]
    if ALL in parts:
        return None
    return [project.check_region(code) for code in dict.fromkeys(parts)]


def local_region() -> str | None:
    """`region_par_defaut` of `cepkit.local.yml` (never in git); None when not set."""
    path = project.root() / LOCAL
    if not path.exists():
        return None
    from cepkit.edition.load import read_yaml

    content = read_yaml(path)
    code = content.get("region_par_defaut") if isinstance(content, dict) else None
    return None if code is None else project.check_region(code)


def one_region(asked: list[str] | None) -> str:
    """The one region of a command: asked for, else that of this machine."""
    found = regions(asked) or [c for c in [local_region()] if c]
    if len(found) != 1 or found == [codes.FRANCE]:
        raise UsageError("Indiquez une région, et une seule : --region 84, par exemple.")
    return found[0]


def actor(name: str, actors: Sequence[str]) -> str:
    """A label of the list « Acteurs », from itself or from an operator's code (« apec »)."""
    known = {fold(a): a for a in actors} | {
        fold(c): a for c, a in zip(codes.OPERATEURS, actors, strict=False)}
    if fold(name) in known:
        return known[fold(name)]
    names = [*codes.OPERATEURS, *actors]
    raise UsageError(f"L’acteur « {name} » n’est pas connu.{suggestion(name, names)} Opérateurs : "
                     f"{', '.join(codes.OPERATEURS)}.")
