"""Results of steps whose region is not published yet: what an interrupted run need not do again.

Kept in the private cache, one archive a step, named by the step's key; forgotten once the region
is published.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from cepkit.batch import files
from cepkit.batch.job import Result
from cepkit.batch.steps import Step

REPORT = "compte-rendu.json"


class Pending:
    """The archives of one exercice, in `folder`."""

    def __init__(self, folder: Path):
        self.folder = folder

    def path(self, step: Step) -> Path:
        return self.folder / f"{step.region}-{step.name}-{step.key}.zip"

    def has(self, step: Step) -> bool:
        return self.path(step).is_file()

    def save(self, step: Step, result: Result) -> None:
        """Keep what a step gave, instead of what it gave from other inputs."""
        self._forget(f"{step.region}-{step.name}-*")
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in result.files.items():
                archive.writestr(name, content)
            archive.writestr(REPORT, json.dumps([result.notes, result.typesetter]))
        files.write(self.path(step), buffer.getvalue())

    def load(self, step: Step) -> Result | None:
        """What the step gave; None when nothing readable is kept."""
        try:
            with zipfile.ZipFile(self.path(step)) as archive:
                found = {name: archive.read(name) for name in archive.namelist()}
            notes, typesetter = json.loads(found.pop(REPORT))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None
        return Result(found, notes=tuple(notes), typesetter=typesetter)

    def forget(self, region: str) -> None:
        """The region is published: its steps are known by its files."""
        self._forget(f"{region}-*")

    def _forget(self, pattern: str) -> None:
        for path in self.folder.glob(pattern):
            path.unlink(missing_ok=True)
