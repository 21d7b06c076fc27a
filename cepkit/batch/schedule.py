"""Order of the jobs: a step starts once the notebooks it needs are executed.

A failing step fails its region only; the failed notebook goes to `echecs/<code>/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cepkit.batch import files, sources
from cepkit.batch.job import Job, Result, Writing, perform
from cepkit.batch.outcome import EN_ECHEC, PRODUITE, Event
from cepkit.batch.steps import RESUMED, Step, earlier
from cepkit.codes import FRANCE, OPERATEURS
from cepkit.edition import load_edition, load_region
from cepkit.errors import CepkitError, Problem, raise_blocking
from cepkit.intake import texts, workbook
from cepkit.report import releases
from cepkit.report.version import PORTEES, REMISE

if TYPE_CHECKING:
    from cepkit.batch.cluster import Cluster
    from cepkit.batch.runner import Batch
    from cepkit.batch.workers import Workers


class Schedule:
    """Jobs of one run: waiting, running, done."""

    def __init__(self, batch: Batch, progress: Callable[[Event], None]):
        self.batch, self.progress = batch, progress
        self.waiting = [s for s in batch.plan if s.reason]
        self.steps = {(s.region, s.name): s for s in self.waiting}
        self.total = len(self.waiting)
        self.produced: dict[str, dict[str, Result]] = {s.region: {} for s in self.waiting}
        self.left = {r: sum(s.region == r for s in self.waiting) for r in self.produced}
        self.spent = dict.fromkeys(self.produced, 0.0)  # seconds of work, by region
        self._slices: dict[str, Any] = {}

    def run(self) -> None:
        """Run everything; tracebacks of defects go to the private log."""
        with self.batch.execution.open(perform, self.waiting) as pool:
            while self.waiting or pool.busy:
                while pool.free and (step := self._next()) is not None:
                    self._start(pool, step)
                for job, result, reason in pool.wait() if pool.busy else ():
                    self._ended(self.steps[job.region, job.step], result or _died(job, reason))
        _log(self.batch, pool.bugs)

    def _start(self, pool: Workers | Cluster, step: Step) -> None:
        """Take what an interrupted run has left, or gather what the job needs; what the analyst
        wrote may be refused here."""
        kept = self.batch.pending.load(step) if step.reason == RESUMED else None
        if kept is not None:
            self._ended(step, kept)
            return
        left = self.batch.execution.limits.region - self.spent[step.region]
        try:
            pool.start(self._job(step), left)
        except CepkitError as error:
            self._ended(step, Result({}, tuple(error.problems)))

    def _next(self) -> Step | None:
        """The first step whose needs are met; steps of a failed region are dropped."""
        for step in list(self.waiting):
            if self.batch.reports[step.region].etat == EN_ECHEC:
                self.waiting.remove(step)
            elif not self._missing(step):
                self.waiting.remove(step)
                return step
        return None

    def _missing(self, step: Step) -> bool:
        produced = self.produced[step.region]
        return any(s.region == step.region and s.name in step.after and s.reason
                   and s.name not in produced for s in self.batch.plan)

    def _job(self, step: Step) -> Job:
        context = self.batch.context
        return Job(step.region, context.exercice, step.name, step.kind,
                   context.empreintes[step.region],
                   notebook=context.notebooks.get(step.name, b""),
                   slice=self._slice(step.region) if not step.after else None,
                   files={name: self._executed(step.region, name) for name in step.after},
                   writing=self._writing(step.region) if step.kind == "documents" else None,
                   siblings=tuple(s.name for s in self.batch.plan if s.region == step.region
                                  and s.name in context.notebooks and step.region != FRANCE),
                   formats=context.formats, engine=context.engine)

    def _slice(self, region: str) -> Any:
        """The region's slice; only the last one is kept in memory."""
        if region not in self._slices:
            part = self._permitted(sources.load_slice(self.batch.paths.exercice, region))
            meta = {**part.meta, "empreinte": self.batch.context.empreintes[region]}
            self._slices = {region: replace(part, meta=meta)}
        return self._slices[region]

    def _permitted(self, part: Any) -> Any:
        """Without what agreements keep from the version; the synthesis goes to everyone."""
        from cepkit import permitted

        version = REMISE if part.region == FRANCE else files.version(
            self.batch.paths, part.region).version
        return permitted.within(part, PORTEES[version])

    def _writing(self, region: str) -> Writing:
        """`region.yml` and texts; raises when one of them cannot be read."""
        folder = self.batch.paths.region(region)
        found, problems = texts.read(folder / "redaction")
        raise_blocking(problems)
        paths = self.batch.paths
        suivi = workbook.of_region(paths, region, load_edition(paths.exercice))
        rows = {n: suivi.lignes[n] for n in ("rencontres", "plan_actions", "remarques")}
        rows["rencontres_precedentes"] = self._earlier(folder)
        notes = [str(p) for p in (*problems, *suivi.problemes) if p.bloquant or p in problems]
        return Writing(load_region(paths.exercice, region), found, files.version(paths, region),
                       tuple(releases.releases(folder)), tuple(notes), dict(zip(
                           OPERATEURS, workbook.actors(load_edition(paths.exercice).annee),
                           strict=False)), rows)

    def _earlier(self, folder: Path) -> list[dict[str, Any]]:
        """Exchanges of the exercice before, none when its workbook cannot be read."""
        path = earlier(folder, self.batch.paths.exercice)
        if path is None:
            return []
        with suppress(CepkitError, OSError):
            return workbook.read(path, load_edition(path.parents[2].name)).lignes["rencontres"]
        return []

    def _executed(self, region: str, name: str) -> bytes:
        path = f"notebooks/{name}.ipynb"
        produced = self.produced[region].get(name)
        return produced.files[path] if produced else (
            self.batch.paths.region_output(region) / path).read_bytes()

    def _ended(self, step: Step, result: Result) -> None:
        region = step.region
        if self.batch.reports[region].etat == EN_ECHEC:
            return
        self.left[region] -= 1
        self.spent[region] += result.seconds
        if result.problems:
            self._fail(step, result)
        else:
            self.produced[region][step.name] = result
            if step.reason != RESUMED:
                with suppress(CepkitError):  # a full disk is told when the region is published
                    self.batch.pending.save(step, result)
            if self.left[region] == 0:
                self._commit(region)
        done = self.total - sum(self.left.values())
        self.progress(Event(region, step.name, done, self.total, result.seconds,
                            bool(result.problems)))

    def _commit(self, region: str) -> None:
        report = self.batch.reports[region]
        try:
            problems = self.batch.commit(region, self.produced[region])
        except CepkitError as error:
            problems = error.problems
        report.etat = EN_ECHEC if problems else PRODUITE
        report.problems += problems
        results = self.produced[region].values()
        report.notes += [note for result in results for note in result.notes]
        report.files = sum(len(result.files) for result in results)
        self.produced[region] = {}
        if not problems:
            self.batch.clear_failure(region)

    def _fail(self, step: Step, result: Result) -> None:
        """Keep the failed notebook and its message aside; the region's last version stays."""
        report = self.batch.reports[step.region]
        report.etat = EN_ECHEC
        report.problems += result.problems
        self.left[step.region] = 0
        with suppress(CepkitError):
            _write_failure(self.batch.failures(step.region), result)


def run_site(batch: Batch, found: Sequence[Mapping[str, Any]]) -> Result:
    """The pages around the regions, made by one job over the slice of the whole store."""
    part = sources.load_slice(batch.paths.exercice, FRANCE)
    empreinte = batch.context.empreintes[FRANCE]
    part = replace(part, meta={**part.meta, "empreinte": empreinte})
    job = Job(FRANCE, batch.context.exercice, "site", "site", empreinte, slice=part,
              states=tuple(found))
    with batch.execution.open(perform, [job]) as pool:
        pool.start(job)
        (_, result, reason), = pool.wait()
    _log(batch, pool.bugs)
    result = result or _died(job, reason)
    raise_blocking(result.problems)
    return result


def _died(job: Job, reason: str | None) -> Result:
    """What is left of a job that gave no answer: its reason, and its notebook as it was."""
    kept = {f"notebooks/{job.step}.ipynb": job.notebook} if job.notebook else {}
    return Result(kept, (Problem(
        reason or "", classe="notebook" if job.notebook else "rendu", fichier=job.step,
        reparation="relancez ; si cela se répète, diminuez --jobs (détail des défauts : "
                   "data/.cepkit/journal.txt)."),))


def _log(batch: Batch, bugs: Sequence[str]) -> None:
    """Tracebacks stay in the private cache."""
    if bugs:
        files.write(batch.paths.cache.parent / "journal.txt", "\n\n".join(bugs).encode())


def _write_failure(folder: Path, result: Result) -> None:
    for name, content in result.files.items():
        files.write(folder / name.rsplit("/", 1)[-1], content)
    files.write(folder / "message.txt", "\n".join(map(str, result.problems)).encode() + b"\n")
