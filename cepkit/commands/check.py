"""`cepkit check`: everything that is read is read, every problem is told at once."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from cepkit import intake, plan
from cepkit.batch import refused, steps
from cepkit.codes import FRANCE, REGIONS
from cepkit.commands import drafting, options
from cepkit.edition import advance, load_edition, load_region, project
from cepkit.edition.region import regions_with_files
from cepkit.edition.schema import Edition
from cepkit.errors import CepkitError, Problem, exit_code
from cepkit.formats import count
from cepkit.intake import Delivery, accords, compare, texts, workbook
from cepkit.intake.workbook import Suivi
from cepkit.protection import rounding
from cepkit.report import releases
from cepkit.report.content import unknown
from cepkit.text import typography


def check(*, exercice: str | None, draft: list[str] | None = None) -> int:
    """Exit code of the worst problem (0 when none blocks); with `draft`, describe files instead."""
    if draft:
        return drafting.draft(exercice, draft)
    name = options.exercice(exercice)
    edition = load_edition(name)
    suivis = workbook.read_all(project.paths(name), edition)
    problems = [*_marked(name), *_delivery(name, edition, suivis), *_notebooks(name)]
    for code in regions_with_files(name):
        problems += [_in_region(p, code) for p in _region(name, code, suivis[code])]
    _print(problems)
    return exit_code(problems)


def _marked(name: str) -> Iterator[Problem]:
    """What an edition carried over asks to look at."""
    lines = advance.to_check(project.paths(name).edition.read_text("utf-8-sig"))
    if lines:
        yield Problem("ces lignes, reprises d’un autre exercice, portent encore « à vérifier ».",
                      "parametres", "", "edition.yml", lignes=tuple(lines), bloquant=False,
                      reparation="corrigez-les au vu de la livraison, puis effacez la mention.")


def _delivery(name: str, edition: Edition, suivis: Mapping[str, Suivi]) -> list[Problem]:
    register = accords.Register(accords.records(edition, suivis), dt.date.today())
    delivery = intake.load(edition, project.root(), register, project.paths(name).cache)
    _print_changes(name, edition, delivery)
    problems = list(delivery.problemes)
    if exit_code(problems) == 0:
        try:
            rounding.check(edition, plan.cut(edition, delivery))
        except CepkitError as error:
            problems += error.problems
    return problems


def _print_changes(name: str, edition: Edition, delivery: Delivery) -> None:
    """What differs from the delivery in use, on the screen only."""
    used = compare.kept(project.paths(name).cache)
    for line in compare.changes(used, edition, delivery, project.root()) if used else ():
        print(typography(line))


def _notebooks(exercice: str) -> Iterator[Problem]:
    found = steps.read_notebooks(project.root(), (*REGIONS, FRANCE))
    yield from refused.problems(found, exercice)


def _region(exercice: str, code: str, suivi: Suivi) -> list[Problem]:
    folder = project.paths(exercice).region(code)
    try:
        load_region(exercice, code)
        problems = []
    except CepkitError as error:
        problems = list(error.problems)
    written, found = texts.read(folder / "redaction")
    return [*problems, *suivi.problemes, *found, *_quoted(exercice, code, written)]


def _quoted(exercice: str, code: str, written: Mapping[str, texts.Texte]) -> list[Problem]:
    """Names of values that the texts quote, against those of the last report when there is one."""
    values = releases.current(project.paths(exercice).region_output(code)).get("citees")
    return [] if values is None else [
        p for t in written.values() for p in unknown(t.fichier, t.corps, values)]


def _in_region(problem: Problem, code: str) -> Problem:
    return replace(problem, fichier=f"regions/{code}/{problem.fichier or ''}".rstrip("/"))


def _print(problems: Sequence[Problem]) -> None:
    blocking = list(dict.fromkeys(str(p) for p in problems if p.bloquant))
    others = list(dict.fromkeys(str(p) for p in problems if not p.bloquant))
    for problem in others:
        print(f"À vérifier : {problem}")
    for problem in blocking:
        print(f"À corriger : {problem}", file=sys.stderr)
    if not problems:
        print("Tout est lisible et cohérent.")
    else:
        print(f"{count(len(blocking), 'point')} à corriger, "
              f"{count(len(others), 'point')} à vérifier.")
