"""`cepkit status`: calendar of the exercice and state of each region, read from small files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from cepkit import codes, formats
from cepkit.batch import files
from cepkit.commands import follow, options
from cepkit.edition import load_edition, project
from cepkit.edition.schema import Jalon
from cepkit.errors import UsageError
from cepkit.report import pilotage


def status(*, exercice: str | None, date: dt.date | None, regions: list[str] | None,
           courriels: str | None, ics: str | None) -> int:
    """Print the calendar (past, next, to come) and a line a region; for the regions asked for,
    socle, dialogue and versions sent as well. Write the internal page, and `ics` when asked."""
    name = options.exercice(exercice)
    paths = project.paths(name)
    edition = load_edition(name)
    print(f"{edition.titre} (exercice {name})")
    if edition.fictif:
        print("Données fictives")
    asked, today = options.regions(regions), date or dt.date.today()
    if courriels and not asked:
        raise UsageError("Les courriels sont ceux d’une région : ajoutez --region.")
    _print_calendar(edition.calendrier, today)
    known = follow.regions(paths, edition)
    followed = {r.code: r for r in known} | {
        c: pilotage.followed(paths, c, edition) for c in set(asked or ()) - {r.code for r in known}}
    _print_regions(paths, followed, asked)
    for code in asked or ():
        follow.show(paths, followed[code], edition, today, courriels)
    if ics:
        follow.ics(Path(ics), edition, [followed[c] for c in asked or ()])
    follow.internal(paths, edition, known, today)
    print(f"\nPage interne : {(paths.outputs / pilotage.FILE).relative_to(paths.root)}")
    return 0


def _print_calendar(jalons: Sequence[Jalon], today: dt.date) -> None:
    print("\nCalendrier")
    ordered = sorted(jalons, key=lambda j: j.date)
    following = next((j for j in ordered if j.date >= today), None)
    for j in ordered:
        state = "passée" if j.date < today else "prochaine échéance" if j is following else (
            "à venir")
        print(f"  {formats.date(j.date):<20} {j.libelle or j.etape} ({state})")
    if not ordered:
        print("  Aucune date dans edition.yml (clé « calendrier »).")


def _print_regions(paths: project.Paths, followed: Mapping[str, pilotage.Followed],
                   asked: Sequence[str] | None) -> None:
    print("\nRégions")
    for code in asked or followed:
        said = [_state(paths, code)]
        said += [follow.summary(followed[code])] if paths.region(code).is_dir() else []
        print(f"  {code} {codes.region_name(code):<28} {' ; '.join(said)}")
    if not followed:
        print("  Aucune : lancez « cepkit run ».")


def _state(paths: project.Paths, code: str) -> str:
    manifest = files.read_json(paths.region_output(code) / files.MANIFEST)
    failed = (paths.outputs / "echecs" / code).is_dir()
    if manifest is None:
        return "en échec" if failed else "pas encore produite"
    text = f"{manifest['version']}, {formats.count(len(manifest['fichiers']), 'fichier')}"
    return f"{text} ; dernier essai en échec, version précédente gardée" if failed else text
