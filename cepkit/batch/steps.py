"""The step graph of a run: which steps a region has, their keys, and which are up to date.

notebook(region) → page; executed report + texts + workbook → documents; executed notebooks →
tables. A key is the hash of all that the step depends upon; keys cover workbooks and texts, so
they stay in the private cache.
"""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cepkit import codes
from cepkit.batch import digests, files

ANNEXES = ("1_donnees", "2_recours", "3_parcours", "4_cooperations")
REPORT = "rapport"
INVESTIGATION = "investigation_"  # then the name of a notebook of notebooks/investigations/
SYNTHESIS = "synthese_nationale"
FORMATS = ("docx", "html", "pdf")
RESUMED = "déjà calculé par un lancement interrompu"


@dataclass(frozen=True)
class Step:
    """One step of one region. `after` names the steps whose notebooks it needs."""

    region: str
    name: str
    kind: str
    key: str
    after: tuple[str, ...] = ()
    reason: str = ""  # why it must run; empty when it is up to date


@dataclass(frozen=True)
class Context:
    """What the keys of all regions share."""

    notebooks: Mapping[str, bytes]
    empreintes: Mapping[str, str]  # region -> hash of its slice of the masked store
    exercice: str
    formats: tuple[str, ...]
    engine: str
    investigations: Mapping[str, Sequence[str]] = field(default_factory=dict)  # nom -> regions

    def wanted(self, region: str) -> list[str]:
        """Notebooks of a region, in the order of their pages; several regions that carry out the
        same investigation have a common page, among the national ones."""
        own = [INVESTIGATION + nom for nom, regions in sorted(self.investigations.items())
               if (len(regions) > 1 if region == codes.FRANCE else region in regions)]
        first = (SYNTHESIS,) if region == codes.FRANCE else ANNEXES
        last = () if region == codes.FRANCE else (REPORT,)
        return [n for n in (*first, *own, *last) if n in self.notebooks]

    def base(self, region: str) -> list:
        return [digests.of_code(), libraries(), self.exercice, region, self.engine,
                self.empreintes[region], self.wanted(region)]


def investigations(meta: Mapping[str, Any]) -> dict[str, str]:
    """{step: title of its page} of the investigations that a slice's meta tells."""
    return {INVESTIGATION + nom: f"Investigation · {own['theme']}"
            for nom, own in meta.get("investigations", {}).items()}


@functools.cache
def libraries() -> str:
    """Hash of the lock, read once a process: another version of a library may draw otherwise."""
    lock = digests.PACKAGE.parent / "requirements.lock"
    return digests.of_file(lock) if lock.exists() else ""


def report_engine() -> str:
    """The Quarto program that typesetting would take, or « pandoc »."""
    return shutil.which(os.environ.get("QUARTO_PATH") or "quarto") or "pandoc"


def read_notebooks(root: Path, regions: Sequence[str]) -> dict[str, bytes]:
    """Notebooks that the run needs and that exist, by name (bytes as they are on disk)."""
    names = [SYNTHESIS] if codes.FRANCE in regions else []
    if set(regions) - {codes.FRANCE}:
        names += [*ANNEXES, REPORT]
    found = {name: root / "notebooks" / f"{name}.ipynb" for name in names}
    found |= {INVESTIGATION + path.stem: path
              for path in sorted((root / "notebooks" / "investigations").glob("*.ipynb"))}
    return {name: path.read_bytes() for name, path in found.items() if path.exists()}


def of_region(context: Context, region: str, folder: Path) -> list[Step]:
    """Steps of a region in order; `folder` holds what the analyst writes for it."""
    steps = []
    for name in context.wanted(region):
        key = digests.of("notebook", context.notebooks[name], *context.base(region))
        steps.append(Step(region, name, "notebook" if name == REPORT else "annexe", key))
    keys = {s.name: s.key for s in steps}
    if REPORT in keys:
        before = earlier(folder, context.exercice)
        read = tuple(n for n in keys if n in (REPORT, *ANNEXES[1:]) or n.startswith(INVESTIGATION))
        key = digests.of("documents", [keys[n] for n in read], list(context.formats),
                         report_engine(), digests.of_folder(folder, skip=("diffusions",)),
                         digests.of_file(before) if before else "")
        steps.append(Step(region, "documents", "documents", key, read))
    if keys:
        steps.append(Step(region, "tables", "tables", digests.of("tables", keys), tuple(keys)))
    return steps


def earlier(folder: Path, exercice: str) -> Path | None:
    """Workbook of the same region in the exercice of the year before, when it is there."""
    if not exercice.isdigit():
        return None
    path = folder.parents[2] / str(int(exercice) - 1) / "regions" / folder.name / "suivi.xlsx"
    return path if path.exists() else None


def reason(step: Step, done: Mapping[str, Any], folder: Path, force: bool) -> str:
    """Why a step must run, in French; empty when its files are there, unchanged, same key."""
    if force:
        return "demandé (--force)"
    before = done.get(step.name)
    if before is None:
        return "jamais produit"
    if before["cle"] != step.key:
        return "données, notebook, texte ou programme modifié"
    lost = files.differences(folder, before)
    return f"fichier absent ou modifié : {lost[0]}" if lost else ""
