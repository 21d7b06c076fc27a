"""`cepkit run`: the main job, its progress and its account."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cepkit import batch, codes
from cepkit.batch import files
from cepkit.batch.outcome import A_JOUR, PRODUITE
from cepkit.commands import follow, options
from cepkit.edition import load_edition, project
from cepkit.formats import count, decimal
from cepkit.text import enumerate_fr


def run(*, exercice: str | None, regions: list[str] | None, jobs: int | None, dask: str | None,
        formats: tuple[str, ...], engine: str, dry_run: bool, force: bool) -> int:
    """Render the regions asked for (else the default one of this machine, else all)."""
    name = options.exercice(exercice)
    chosen = _chosen(regions)
    with progress() as tell:
        report = batch.run(name, chosen, execution=batch.Execution(jobs, dask), formats=formats,
                           engine=engine, force=force, dry_run=dry_run, progress=tell)
    if dry_run:
        _print_plan(report)
        return 0
    _print_account(report)
    _internal(name)
    return report.code


def _chosen(asked: list[str] | None) -> list[str] | None:
    chosen = options.regions(asked)
    local = options.local_region() if not asked else None
    if local is None:
        return chosen
    print(f"Région par défaut ({options.LOCAL}) : {codes.region_name(local)}. "
          f"Pour toutes les régions : --region {options.ALL}.")
    return [local]


def _internal(exercice: str) -> None:
    """The internal page follows each run; it is no part of what circulates."""
    paths, edition = project.paths(exercice), load_edition(exercice)
    follow.internal(paths, edition, follow.regions(paths, edition), dt.date.today())


def _label(region: str) -> str:
    return "Synthèse nationale" if region == codes.FRANCE else codes.region_name(region)


@contextmanager
def progress() -> Iterator[Callable[[batch.Event], None]]:
    """A bar with the region in hand and the time left; plain lines outside a terminal."""
    if not sys.stdout.isatty():
        yield _plain_line
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description:<28}"), BarColumn(),
               MofNCompleteColumn(separator=" sur "),
               TextColumn("reste"), TimeRemainingColumn())
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("Préparation des données", total=None)

        def tell(event: batch.Event) -> None:
            bar.update(task, completed=event.done, total=event.total,
                       description=_label(event.region))

        yield tell


def _plain_line(event: batch.Event) -> None:
    word = "échec" if event.failed else f"{decimal(event.seconds)} s"
    print(f"[{event.done}/{event.total}] {_label(event.region)} · {event.step} · {word}",
          flush=True)


def _print_plan(report: batch.Report) -> None:
    todo = [step for step in report.plan if step.reason]
    if report.stale:
        print("Tables protégées : livraison, paramètres ou programme modifiés (ou jamais "
              "construites) ; ce plan les a construites à part, rien n’a été écrit.")
    for step in todo:
        print(f"{_label(step.region)} · {step.name} : {step.reason}")
    print(f"{count(len(todo), 'étape')} à faire sur {len(report.plan)}.")


def _print_account(report: batch.Report) -> None:
    made = [r for r in report.regions if r.etat == PRODUITE]
    kept = [r for r in report.regions if r.etat == A_JOUR]
    if report.failed:
        _print_failures(report)
    if made:
        print(f"Produit : {enumerate_fr([_label(r.region) for r in made])}.")
    if kept and not made and not report.failed:
        print("Tout est à jour.")
    elif kept:
        print(f"Déjà à jour : {enumerate_fr([_label(r.region) for r in kept])}.")
    for note in sorted({note for r in made for note in r.notes}):
        whose = [_label(r.region) for r in made if note in r.notes]
        print(f"Note : {note}" if len(whose) == len(made) else
              f"Note ({enumerate_fr(whose)}) : {note}")
    for text in _to_check(report.exercice) if made else ():
        print(f"À vérifier : {text}")
    print(f"Durée : {decimal(report.seconds)} s.")
    if report.index is not None and report.index.exists():
        print(f"À ouvrir dans un navigateur : {_relative(report.index)}")


def _to_check(exercice: str) -> list[str]:
    """What the protection asks the analyst to look at (private journal)."""
    path = project.paths(exercice).cache / "journal" / "rapport.json"
    return files.read_json(path, {}).get("avertissements", [])


def _print_failures(report: batch.Report) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{count(len(report.failed), 'région')} en échec", title_justify="left")
    for head in ("Région", "Ce qui s’est passé", "À regarder"):
        table.add_column(head, overflow="fold")
    for r in report.failed:
        text = "\n".join(str(p) for p in r.problems)
        table.add_row(_label(r.region), text, f"outputs/{report.exercice}/echecs/{r.region}/")
    Console(file=sys.stderr, highlight=False, markup=False).print(table)


def _relative(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
