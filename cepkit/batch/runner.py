"""The main job: plan, run the missing steps, write each region as soon as it is complete."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cepkit import __version__, codes
from cepkit.batch import files, parameters, proof, sources, steps
from cepkit.batch.outcome import A_JOUR, Event, RegionReport, Report
from cepkit.batch.steps import Step
from cepkit.edition import project
from cepkit.errors import Problem, UsageError, raise_blocking
from cepkit.text import enumerate_fr

LIMIT_SECONDS = 300.0
STATE = "etapes.json"
LOCK = "verrou-run"


def run(exercice: str, regions: Sequence[str] | None = None, *, jobs: int | None = None,
        formats: Sequence[str] = ("docx", "html"), engine: str = "inprocess",
        force: bool = False, dry_run: bool = False, limit: float = LIMIT_SECONDS,
        progress: Callable[[Event], None] | None = None) -> Report:
    """Render `regions` (all those of the delivery, and the synthesis, when None).

    Skips what is up to date. A failing region keeps its last good version and does not stop
    the others. Raises `CepkitError` when nothing can start (parameters, source, data).
    """
    paths = project.paths(exercice)
    start = time.monotonic()
    with files.locked(paths.cache / LOCK):
        batch = Batch(paths, tuple(formats), engine, force)
        batch.prepare(regions)
        report = Report(exercice, plan=batch.plan, index=paths.outputs / "index.html")
        if not dry_run:
            report.regions = batch.execute(jobs, limit, progress or (lambda event: None))
        report.seconds = time.monotonic() - start
        return report


def wanted_regions(asked: Sequence[str] | None, present: Sequence[str]) -> list[str]:
    """Codes to render, « FR » first. Unknown code or absent from the delivery: `UsageError`."""
    if asked is None:
        return ([codes.FRANCE] if len(present) > 1 else []) + list(present)
    checked = [project.check_region(code) for code in dict.fromkeys(asked)]
    absent = [c for c in checked if c not in (*present, codes.FRANCE)]
    if absent:
        raise UsageError(f"La livraison ne contient pas la région {enumerate_fr(absent)}. "
                         f"Régions présentes : {enumerate_fr(list(present))}.")
    return checked


class Batch:
    """One run on one exercice."""

    def __init__(self, paths: project.Paths, formats: tuple[str, ...], engine: str, force: bool):
        self.paths, self.formats, self.engine, self.force = paths, formats, engine, force
        self.plan: list[Step] = []
        self.state: dict[str, Any] = files.read_json(paths.cache / STATE, {})

    def prepare(self, regions: Sequence[str] | None) -> None:
        """Check parameters, bring the store up to date, decide what must run."""
        notebooks = steps.read_notebooks(self.paths.root, (*codes.REGIONS, codes.FRANCE))
        self._check_notebooks(notebooks)
        known = sources.ready(self.paths) or sources.build(self.paths)
        self.regions = wanted_regions(regions, known["regions"])
        self.context = steps.Context(notebooks, known["empreintes"], self.paths.exercice,
                                     self.formats, self.engine)
        self.plan = [self._with_reason(step) for code in self.regions
                     for step in steps.of_region(self.context, code, self.paths.region(code))]

    def _check_notebooks(self, notebooks: Mapping[str, bytes]) -> None:
        values = {"exercice": self.paths.exercice, "region": "84"}
        problems: list[Problem] = []
        if not notebooks:
            problems.append(Problem("aucun notebook dans le dossier « notebooks ».",
                                    classe="parametres"))
        for name, content in notebooks.items():
            problems += parameters.problems(content, values, f"{name}.ipynb")
        raise_blocking(problems)

    def _with_reason(self, step: Step) -> Step:
        done = self.state.get(step.region, {})
        folder = self.paths.region_output(step.region)
        return replace(step, reason=steps.reason(step, done, folder, self.force))

    def execute(self, jobs: int | None, limit: float,
                progress: Callable[[Event], None]) -> list[RegionReport]:
        """Run the steps that must, region by region, and write what is complete."""
        self.reports = {code: RegionReport(code, A_JOUR) for code in self.regions}
        for code in set(self.regions) - {s.region for s in self.plan if s.reason}:
            shutil.rmtree(self.failures(code), ignore_errors=True)
        if any(step.reason for step in self.plan):
            from cepkit.batch.schedule import Schedule

            Schedule(self, progress).run(jobs, limit)
        return list(self.reports.values())

    def failures(self, region: str) -> Path:
        """Where the failed notebook of a region is kept, with its message."""
        return self.paths.outputs / "echecs" / region

    def commit(self, region: str, produced: Mapping[str, Any]) -> list[Problem]:
        """Write a complete region: files, reopened and compared, then manifest and state."""
        folder = self.paths.region_output(region)
        files.write_all(folder, {n: c for r in produced.values() for n, c in r.files.items()})
        state = self._state_of(region, produced)
        manifest = self._manifest(region, state)
        problems = self._prove(folder, manifest)
        if not problems:
            files.write_json(folder / files.MANIFEST, manifest)
            self._forget(folder, {f["chemin"] for f in manifest["fichiers"]})
            self.state[region] = state
            files.write_json(self.paths.cache / STATE, self.state)
        return problems

    def _state_of(self, region: str, produced: Mapping[str, Any]) -> dict[str, Any]:
        """What each step of the region holds now: key, files, notes, typesetter."""
        state = {}
        for step in (s for s in self.plan if s.region == region):
            result = produced.get(step.name)
            if result is None:
                state[step.name] = self.state[region][step.name]
                continue
            state[step.name] = {"cle": step.key, "fichiers": files.entries(result.files),
                                "notes": list(result.notes), "moteur": result.typesetter}
        return state

    def _manifest(self, region: str, state: Mapping[str, Any]) -> dict[str, Any]:
        listed = [f for step in state.values() for f in step["fichiers"]]
        return {"exercice": self.paths.exercice, "region": region, "version": "brouillon",
                "etat": "complet", "empreinte_diffusee": self.context.empreintes[region],
                "cepkit": __version__,
                "moteur_rapport": next((s["moteur"] for s in state.values() if s["moteur"]), None),
                "notes": [note for step in state.values() for note in step["notes"]],
                "fichiers": sorted(listed, key=lambda f: f["chemin"])}

    def _prove(self, folder: Path, manifest: Mapping[str, Any]) -> list[Problem]:
        expected = {"region": manifest["region"], "exercice": manifest["exercice"]}
        names = [f["chemin"] for f in manifest["fichiers"]]
        changed = [Problem("le fichier relu diffère de ce qui a été écrit.", classe="rendu",
                           fichier=name) for name in files.differences(folder, manifest)]
        return changed or proof.check(folder, names, expected)

    def _forget(self, folder: Path, kept: set[str]) -> None:
        """Remove files of an earlier run that no step produces any more."""
        for path in folder.rglob("*"):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and name not in kept | {files.MANIFEST}:
                path.unlink()
