"""Proof by rebuilding: the same inputs, elsewhere, give the same bytes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cepkit import intake
from cepkit.batch import files
from cepkit.batch.executors import Execution
from cepkit.batch.outcome import Event
from cepkit.batch.runner import run
from cepkit.batch.steps import FORMATS
from cepkit.edition import load_edition, project
from cepkit.edition.project import Paths
from cepkit.errors import Problem


def differences(exercice: str, folders: Mapping[str, Path], execution: Execution | None = None,
                progress: Callable[[Event], None] | None = None) -> list[Problem]:
    """Rebuild the regions of `folders` (code -> folder as produced) and compare each file.

    Nothing is written outside a temporary folder. The pages around the regions are compared
    when `folders` holds theirs (key: the exercice) as well.
    """
    paths = project.paths(exercice)
    regions = {code: folder for code, folder in folders.items() if code != exercice}
    with tempfile.TemporaryDirectory(prefix="cepkit-verification-") as place:
        with _elsewhere(paths, Path(place)):
            problems = [problem for formats, codes in _by_formats(regions).items()
                        for region in run(exercice, codes, formats=formats, execution=execution,
                                          progress=progress).failed
                        for problem in region.problems]
            again = project.paths(exercice)
        for code, folder in folders.items():
            new = again.outputs if code == exercice else again.region_output(code)
            problems += _compared(folder, new)
    return problems


@contextmanager
def _elsewhere(paths: Paths, place: Path) -> Iterator[None]:
    """Inputs of the exercice copied or linked below `place`, which becomes the project."""
    shutil.copytree(paths.parameters, place / "parameters" / paths.exercice)
    shutil.copytree(paths.root / "notebooks", place / "notebooks")
    for source in intake.files(load_edition(paths.exercice), paths.root):
        if source.is_relative_to(paths.root) and source.exists():
            _link(source, place / source.relative_to(paths.root))
    before = os.environ.get("CEPKIT_ROOT")
    os.environ["CEPKIT_ROOT"] = str(place)
    try:
        yield
    finally:
        if before is None:
            del os.environ["CEPKIT_ROOT"]
        else:
            os.environ["CEPKIT_ROOT"] = before


def _link(source: Path, target: Path) -> None:
    """A delivery is read only: linked, or copied where links are not allowed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.symlink_to(source)
    except OSError:
        shutil.copy2(source, target)


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
