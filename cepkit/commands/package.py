"""`cepkit package`: one zip a recipient, and the version kept for good under `diffusions/`."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping
from pathlib import Path

from cepkit import codes, store
from cepkit.batch import files
from cepkit.commands import follow, options
from cepkit.edition import load_edition, load_region, project
from cepkit.edition.project import Paths
from cepkit.errors import CepkitError, Problem, UsageError
from cepkit.formats import decimal
from cepkit.intake import texts, workbook
from cepkit.report import companions, releases, sending
from cepkit.report.version import SAID, State, state_of
from cepkit.text import enumerate_fr, slug

ENVOIS = "envois"
HEAVY = 10_000_000  # bytes


def package(*, exercice: str | None, regions: list[str] | None, operateur: str | None,
            motif: str | None, date: dt.date | None) -> int:
    """Check, keep, then write the zips; nothing is written when something blocks."""
    name = options.exercice(exercice)
    paths, code = project.paths(name), options.one_region(regions)
    edition, folder = load_edition(name), paths.region(code)
    suivi = workbook.of_region(paths, code, edition)
    written = texts.read(folder / "redaction")[0]
    state = state_of(suivi.lignes["jalons"])
    problems = sending.unsettled(written, suivi.lignes["remarques"], motif or "")
    day, actors = date or dt.date.today(), workbook.actors(edition.annee)
    to = [options.actor(operateur, actors)] if operateur else sending.recipients(
        state, suivi.lignes["jalons"], actors[:5])
    family = dict(zip(actors[:5], codes.OPERATEURS, strict=True))
    found = _ready(paths, code, state, {n: t.corps for n, t in written.items() if not t.vide},
                   sheets=bool(set(to) & set(family)))
    meta = files.read_json(paths.store / "meta.json", {})
    _tell([*problems, *(p for r in to for p in sending.beyond(meta, code, state, r, actors[:5]))])
    notes = {"motif": motif or "", "a_verifier": [str(p) for p in problems]}
    release = releases.keep(folder, found, date=day, recipients=to, notes=notes)
    print(f"Version {SAID[state.version]} gardée : {_shown(release.folder, paths)}")
    association = load_region(name, code).association or "Transitions Pro"
    for recipient in to:
        due = max((j["attendue_le"] for j in suivi.lignes["jalons"]
                   if j["destinataire"] == recipient and j["attendue_le"]), default=None)
        sent = {n: found[n] for n in sending.allowed(found, family.get(recipient))}
        guides = companions.pages(meta, code, sent, state, destinataire=recipient, attendue=due,
                                  association=association)
        data = sending.copy_for(recipient, sent | guides)
        path = paths.outputs / ENVOIS / f"{codes.region_slug(code)}_{slug(recipient)}.zip"
        files.write(path, data)
        heavy = " ; beaucoup de messageries refusent plus de 10 Mo" if len(data) > HEAVY else ""
        print(f"{recipient} : {_shown(path, paths)} ({decimal(len(data) / 1e6)} Mo{heavy})")
    follow.internal(paths, edition, follow.regions(paths, edition), day)
    return 0


def _shown(path: Path, paths: Paths) -> str:
    return path.relative_to(paths.root).as_posix()


def _tell(problems: list[Problem]) -> None:
    for problem in problems:
        if not problem.bloquant:
            print(f"À vérifier : {problem}", file=sys.stderr)
    if any(p.bloquant for p in problems):
        raise CepkitError(problems)


def _ready(paths: Paths, code: str, state: State, written: Mapping[str, str], *,
           sheets: bool) -> dict[str, bytes]:
    """Files of the region as they were produced, with what the report says; refused when one was
    changed since, or when texts or calendar have moved on. What the tables publish is kept beside:
    later releases are attacked with it."""
    folder, label = paths.region_output(code), codes.region_name(code)
    manifest = files.read_manifest(folder)
    if manifest is None or not (folder / releases.VALEURS).exists():
        raise UsageError(f"{label} n’a pas encore de rapport : lancez « cepkit run --region "
                         f"{code} ».")
    if changed := files.differences(folder, manifest):
        raise UsageError(Problem(
            f"modifié depuis sa production : {enumerate_fr(changed)}.", classe="usage",
            fichier=folder.name, reparation="reprenez les textes écrits dans Word (« cepkit "
            "remarks »), puis relancez « cepkit run »."))
    again = f"Relancez « cepkit run --region {code} »."
    if manifest["version"] != SAID[state.version]:
        raise UsageError(f"{label} : le rapport produit est la version « {manifest['version']} », "
                         f"le calendrier dit « {SAID[state.version]} ». {again}")
    said = releases.current(folder).get("textes", {})
    if late := [n for n in {**said, **written} if written.get(n) != said.get(n, {}).get("corps")]:
        raise UsageError(f"{label} : textes modifiés depuis le rapport produit "
                         f"({enumerate_fr(late)}). {again}")
    made = [f["chemin"] for f in manifest["fichiers"]]
    names = [*sending.allowed(made, "*" if sheets else None), releases.VALEURS]
    kept = {store.RECORD: store.record(paths.exercice, code)}
    return kept | {n: (folder / n).read_bytes() for n in names}
