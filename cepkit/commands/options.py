"""Options shared by several commands: exercice, regions, default region of this machine."""

from __future__ import annotations

from cepkit.edition import project

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

    code = (read_yaml(path) or {}).get("region_par_defaut")
    return None if code is None else project.check_region(code)
