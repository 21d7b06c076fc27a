"""The project in a temporary folder: inputs copied or linked, everything made there, then removed.

Serves what must leave no trace in the project: a rebuilding that is compared, a plan of a run
whose store is out of date.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cepkit import intake
from cepkit.batch.sources import BINDING
from cepkit.edition import load_edition, project
from cepkit.edition.project import Paths


@contextmanager
def elsewhere(paths: Paths) -> Iterator[Paths]:
    """Paths of the exercice below a temporary folder, which is the project meanwhile."""
    with tempfile.TemporaryDirectory(prefix="cepkit-") as folder:
        place = Path(folder)
        shutil.copytree(paths.parameters, place / "parameters" / paths.exercice)
        shutil.copytree(paths.root / "notebooks", place / "notebooks")
        inputs = intake.files(load_edition(paths.exercice), paths.root)
        binding = (p for pattern in BINDING for p in paths.root.glob(pattern))
        for source in (*inputs, *binding):
            if source.is_relative_to(paths.root) and source.exists():
                _link(source, place / source.relative_to(paths.root))
        before = os.environ.get("CEPKIT_ROOT")
        os.environ["CEPKIT_ROOT"] = folder
        try:
            yield project.paths(paths.exercice)
        finally:
            if before is None:
                del os.environ["CEPKIT_ROOT"]
            else:
                os.environ["CEPKIT_ROOT"] = before


def _link(source: Path, target: Path) -> None:
    """What is read only is linked, or copied where links are not allowed."""
    if target.exists():  # copied with the parameters of the exercice
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.symlink_to(source)
    except OSError:
        shutil.copy2(source, target)
