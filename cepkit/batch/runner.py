"""The main job: plan, run the missing steps, write each region as soon as it is complete."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cepkit import codes
from cepkit.batch import commit, files, parameters, refused, site, sources, steps
from cepkit.batch.executors import Execution
from cepkit.batch.outcome import A_JOUR, EN_ECHEC, Event, RegionReport, Report
from cepkit.batch.pending import Pending
from cepkit.batch.steps import Step
from cepkit.edition import project
from cepkit.errors import Problem, UsageError, raise_blocking, restored
from cepkit.report.version import SAID
from cepkit.text import enumerate_fr

if TYPE_CHECKING:
    from cepkit.batch.job import Result

STATE = "etapes.json"
OPTIONS = "options"
LOCK = "verrou-run"
LACKING = "Un accord manque pour une source complémentaire : « cepkit check » dit lequel.\n"


def run(exercice: str, regions: Sequence[str] | None = None, *,
        execution: Execution | None = None, formats: Sequence[str] = ("docx", "html"),
        engine: str = "inprocess", force: bool = False, dry_run: bool = False,
        progress: Callable[[Event], None] | None = None) -> Report:
    """Render `regions` (all those of the delivery, and the synthesis, when None).

    `execution`: where and with which limits; by default on this machine, one job a core.
    Skips what is up to date; `dry_run` only plans, and writes nothing. A failing region keeps
    its last good version and does not stop the others. Raises
    `CepkitError` when nothing can start (parameters, source, data).
    """
    paths = project.paths(exercice)
    start = time.monotonic()
    with files.locked(paths.cache / LOCK):
        files.sweep(paths.cache, paths.outputs)
        batch = Batch(paths, tuple(formats), engine, force, execution or Execution())
        batch.prepare(regions, dry_run)
        report = Report(exercice, plan=batch.plan, index=paths.outputs / "index.html",
                        stale=batch.stale)
        if not dry_run:
            report.regions = batch.execute(progress or (lambda event: None))
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

    def __init__(self, paths: project.Paths, formats: tuple[str, ...], engine: str, force: bool,
                 execution: Execution):
        self.paths, self.formats, self.engine, self.force = paths, formats, engine, force
        self.execution = execution
        self.state: dict[str, Any] = files.read_json(paths.cache / STATE, {})
        self.pending = Pending(paths.cache / "attente")
        self.reports: dict[str, RegionReport] = {}

    def prepare(self, regions: Sequence[str] | None, dry_run: bool = False) -> None:
        """Check parameters, bring the store up to date, decide what must run."""
        notebooks = steps.read_notebooks(self.paths.root, (*codes.REGIONS, codes.FRANCE))
        self._check_notebooks(notebooks)
        notebooks = {name: parameters.rendered(found) for name, found in notebooks.items()}
        known = sources.ready(self.paths)
        self.stale = known is None
        if known is None and dry_run:
            from cepkit.batch.elsewhere import elsewhere

            with elsewhere(self.paths) as place:
                known = sources.build(place)
        elif known is None:
            self.execution.preload()
            known = sources.build(self.paths)
        self.present = known["regions"]
        self.regions = wanted_regions(regions, self.present)
        self.context = steps.Context(notebooks, known["empreintes"], self.paths.exercice,
                                     self.formats, self.engine, known["investigations"])
        self.blocked = {c: [restored(p) for p in found] for c, found in known["bloquees"].items()}
        self.plan = [s for s in self._planned(self.regions, self.force)
                     if s.region not in self.blocked]

    def _check_notebooks(self, notebooks: Mapping[str, bytes]) -> None:
        problems: list[Problem] = []
        if not notebooks:
            problems.append(Problem("aucun notebook dans le dossier « notebooks ».",
                                    classe="parametres"))
        problems += refused.problems(notebooks, self.paths.exercice)
        raise_blocking(problems)

    def _planned(self, regions: Sequence[str], force: bool) -> list[Step]:
        """Steps of these regions, each with its reason to run (empty: up to date).

        A region that this run does not render is judged with the options of its own last run.
        """
        planned = []
        for code in regions:
            own = {} if code in self.regions else self.state.get(OPTIONS, {}).get(code, {})
            context = replace(self.context, **own)
            planned += steps.of_region(context, code, self.paths.region(code))
        return [replace(step, reason=self._reason(step, force)) for step in planned]

    def _reason(self, step: Step, force: bool) -> str:
        folder = self.paths.region_output(step.region)
        found = steps.reason(step, self.state.get(step.region, {}), folder, force)
        return steps.RESUMED if found and not force and self.pending.has(step) else found

    def execute(self, progress: Callable[[Event], None]) -> list[RegionReport]:
        """Run the steps that must, region by region, then the pages around them."""
        self.reports = {code: RegionReport(code, A_JOUR) for code in self.regions}
        late = {step.region for step in self.plan if step.reason}
        for code in self.regions:
            if code in self.blocked:
                self._refuse(code)
            elif code not in late:
                self.clear_failure(code)
        if late:
            self._remember({})  # a cache that cannot be written is told before any work
            self.execution.preload()
            from cepkit.batch.schedule import Schedule

            Schedule(self, progress).run()
        self._around()
        return list(self.reports.values())

    def _around(self) -> None:
        """Index, dictionary, secrecy page and general manifest, when something has changed."""
        everywhere = self._planned((codes.FRANCE, *self.present), force=False)
        found = site.states(self.paths, self.present, everywhere)
        step = site.step(self.context.empreintes, found)
        if not steps.reason(step, self.state, self.paths.outputs, self.force):
            return
        from cepkit.batch.schedule import run_site

        made = run_site(self, found)
        state = commit.step_states([step], {}, {step.name: made})
        manifest = self._manifest(codes.FRANCE, state) | {"regions": site.listed(found)}
        raise_blocking(commit.publish(self.paths.outputs, made.files, manifest))
        self._remember(state)

    def failures(self, region: str) -> Path:
        """Where the failed notebook of a region is kept, with its message."""
        return self.paths.outputs / "echecs" / region

    def _refuse(self, region: str) -> None:
        """A region that is not produced: an agreement is missing. Its last version stays."""
        self.reports[region] = RegionReport(region, EN_ECHEC, list(self.blocked[region]))
        files.write(self.failures(region) / "message.txt", LACKING.encode())  # the index prints it

    def clear_failure(self, region: str) -> None:
        """Forget the last failure of a region."""
        shutil.rmtree(self.failures(region), ignore_errors=True)

    def commit(self, region: str, produced: Mapping[str, Result]) -> list[Problem]:
        """Publish a complete region and remember its steps."""
        plan = [s for s in self.plan if s.region == region]
        state = commit.step_states(plan, self.state.get(region, {}), produced)
        contents = {n: c for r in produced.values() for n, c in r.files.items()}
        folder = self.paths.region_output(region)
        self.reports[region].notes += [
            f"{p.name} avait été modifié à la main : votre version est gardée dans "
            f"{p.relative_to(self.paths.root).as_posix()} ; pour en reprendre les textes : cepkit "
            f"remarks avec ce fichier." for p in commit.set_aside(folder)]
        problems = commit.publish(folder, contents, self._manifest(region, state))
        if not problems:
            options = {"formats": self.formats, "engine": self.engine}
            self._remember({region: state, OPTIONS: {**self.state.get(OPTIONS, {}),
                                                     region: options}})
            self.pending.forget(region)
        return problems

    def _manifest(self, region: str, state: Mapping[str, Any]) -> dict[str, Any]:
        version = SAID[files.version(self.paths, region).version]
        return commit.manifest(self.paths.exercice, region, self.context.empreintes[region], state,
                               version)

    def _remember(self, known: Mapping[str, Any]) -> None:
        self.state |= known
        files.write_json(self.paths.cache / STATE, self.state)
