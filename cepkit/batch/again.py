"""Proof by rebuilding: the same inputs, elsewhere, give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from cepkit.batch import files
from cepkit.batch.elsewhere import elsewhere
from cepkit.batch.executors import Execution
from cepkit.batch.outcome import Event
from cepkit.batch.runner import run
from cepkit.batch.steps import FORMATS
from cepkit.edition import project
from cepkit.errors import Problem


def differences(exercice: str, folders: Mapping[str, Path], execution: Execution | None = None,
                progress: Callable[[Event], None] | None = None) -> list[Problem]:
    """Rebuild the regions of `folders` (code -> folder as produced) and compare each file.

    Nothing is written outside a temporary folder. The pages around the regions are compared
    when `folders` holds theirs (key: the exercice) as well.
    """
    regions = {code: folder for code, folder in folders.items() if code != exercice}
    with elsewhere(project.paths(exercice)) as again:
        problems = [problem for formats, codes in _by_formats(regions).items()
                    for region in run(exercice, codes, formats=formats, execution=execution,
                                      progress=progress).failed
                    for problem in region.problems]
        for code, folder in folders.items():
            new = again.outputs if code == exercice else again.region_output(code)
            problems += _compared(folder, new)
    return problems


def _by_formats(folders: Mapping[str, Path]) -> dict[tuple[str, ...], list[str]]:
    """Regions by the formats that their folder holds: one run each."""
    found: dict[tuple[str, ...], list[str]] = {}
    for code, folder in folders.items():
        made = {name for name, _ in _listed(folder)}
        formats = tuple(f for f in FORMATS if f"rapport.{f}" in made) or ("docx", "html")
        found.setdefault(formats, []).append(code)
    return found


def _listed(folder: Path) -> set[tuple[str, str]]:
    manifest = files.read_manifest(folder) or {"fichiers": []}
    return {(f["chemin"], f["sha256"]) for f in manifest["fichiers"]}


def _compared(folder: Path, new: Path) -> list[Problem]:
    """Files of two manifests that differ, or that one of them does not have."""
    names = sorted({name for name, _ in _listed(folder) ^ _listed(new)})
    return [Problem("la reconstruction ne donne pas les mêmes octets.", classe="rendu",
                    fichier=f"{folder.name}/{name}",
                    reparation="si des données, un texte ou le programme ont changé depuis, "
                               "relancez « cepkit run » ; sinon, signalez-le.") for name in names]
