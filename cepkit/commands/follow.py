"""`cepkit status --region`: socle, dialogue, versions sent and what changed since; the internal
page and the calendar that `status` writes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from cepkit import codes, formats
from cepkit.batch import files
from cepkit.edition import load_region
from cepkit.edition.project import Paths
from cepkit.edition.schema import Edition
from cepkit.report import agenda, compare, declaration, dialogue, pilotage, releases, socle
from cepkit.report.pilotage import Followed
from cepkit.report.version import SAID

SHOWN = 8  # changes printed of each kind


def summary(found: Followed) -> str:
    """« socle : 7 points sur 12 »."""
    points = [p for p in found.points if p.etat != socle.SANS_OBJET]
    done = sum(p.etat == socle.FAIT for p in points)
    return f"socle : {formats.count(done, 'point fait', 'points faits')} sur {len(points)}"


def regions(paths: Paths, edition: Edition) -> list[Followed]:
    """Regions of the delivery or with a folder, in official order."""
    meta = files.read_json(paths.store / "meta.json", {})
    known = {*meta.get("regions", ()), *(c for c in codes.REGIONS if paths.region(c).is_dir())}
    return [pilotage.followed(paths, c, edition) for c in codes.REGIONS if c in known]


def internal(paths: Paths, edition: Edition, found: list[Followed], today: dt.date) -> None:
    """Write `pilotage.html`, apart from the pages that circulate."""
    files.write(paths.outputs / pilotage.FILE, pilotage.page(edition, found, today).encode())


def ics(path: Path, edition: Edition, found: list[Followed]) -> None:
    """Write the calendar: dates of the edition, and of the regions asked for."""
    steps = {j["etape"] for r in found for j in r.suivi.lignes["jalons"] if j["date_prevue"]}
    events = [*agenda.of_edition(edition, tuple(steps)),
              *(e for r in found for e in agenda.of_region(
                  r.code, codes.region_name(r.code), r.suivi.lignes["jalons"]))]
    files.write(path, agenda.calendar(edition, events))
    print(f"\nCalendrier écrit : {path} ({formats.count(len(events), 'date')})")


def show(paths: Paths, region: Followed, edition: Edition, today: dt.date,
         courriels: str | None) -> None:
    """Print the parts; write the e-mails when a folder is given."""
    code, found = region.code, region.echanges
    print(f"\nSocle ({codes.region_name(code)})")
    for p in region.points:
        print(f"  {p.numero:>2}. {p.intitule} : {p.etat}{f' ({p.detail})' if p.detail else ''}")
    _dialogue(found, today)
    sheets = region.suivi.lignes
    if said := declaration.state(sheets["investigations"], sheets["consentements"], today):
        print("\nInvestigations complémentaires", *said, sep="\n  ")
    _versions(paths, region)
    _values(releases.current(paths.region_output(code)).get("citees", {}))
    if courriels:
        made = dialogue.emails(
            found, today, region=code, en=codes.in_region(code), annee=edition.annee,
            association=load_region(paths.exercice, code).association or "Transitions Pro")
        _write(Path(courriels), made)


def _dialogue(found: list[dialogue.Exchange], today: dt.date) -> None:
    print("\nDialogue avec les opérateurs")
    for e in found:
        dates = [f"{what} le {formats.date(day, short=True)}" for what, day in (
            ("envoyé", e.envoye), ("réponse attendue", e.attendue), ("relancé", e.relance),
            ("reçue", e.recue)) if day]
        counts = [formats.count(len(e.remarques), "remarque")] if e.remarques else []
        counts += [f"{e.ouvertes()} à traiter"] if e.ouvertes() else []
        counts += [formats.count(e.divergences(), "divergence maintenue", "divergences "
                                 "maintenues")] if e.divergences() else []
        print(f"  {e.operateur:<20} {' ; '.join([e.etat(today), *dates, *counts])}")


def _versions(paths: Paths, region: Followed) -> None:
    print("\nVersions envoyées")
    code, kept, remarks = region.code, region.versions, region.suivi.lignes["remarques"]
    for r in kept:
        to = ", ".join(d["nom"] for d in r.manifest["destinataires"]) or "sans destinataire"
        why = f" ; motif : {r.manifest['motif']}" if r.manifest.get("motif") else ""
        print(f"  {r.folder.name} : {SAID[r.version]} ; {to}{why}")
    if not kept:
        print("  Aucune : « cepkit package » prépare l’envoi et garde la version.")
    steps = [(f"à {r.folder.name}", r.said) for r in kept]
    if now := releases.current(paths.region_output(code)):
        steps.append(("au rapport produit", now))
    for (name, before), (other, after) in zip(steps, steps[1:], strict=False):
        _changes(name.removeprefix("à "), other, compare.compare(before, after, remarks))


def _values(values: dict[str, str]) -> None:
    """What a text may quote, as the last report printed it."""
    if values:
        print("\nValeurs à citer dans les textes")
    for name, text in values.items():
        print(f"  {{{{{name}}}}} : {text}")


def _changes(before: str, after: str, found: compare.Changes) -> None:
    print(f"\nDe {before} {after}" + (" : aucun changement." if found.rien else ""))
    if found.rien:
        return
    print(f"  {formats.count(len(found.nombres), 'nombre changé', 'nombres changés')}, "
          f"{formats.count(len(found.phrases), 'phrase changée', 'phrases changées')}, "
          f"{formats.count(len(found.remarques), 'remarque touchée', 'remarques touchées')}")
    for what, old, new in found.nombres[:SHOWN]:
        print(f"  {what} : {old} → {new}")
    for what, old, new in found.phrases[:SHOWN]:
        print(f"  {what}\n    − {old or '(absent)'}\n    + {new or '(absent)'}")
    left = max(0, len(found.nombres) - SHOWN) + max(0, len(found.phrases) - SHOWN)
    if left:
        print(f"  … et {left} autres.")
    for r in found.remarques:
        print(f"  à revoir : {r['n']} ({r['auteur']}, {r['repere']}, {r['traitement'].lower()})")


def _write(folder: Path, made: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    print("\nCourriels")
    for name, text in made.items():
        path = folder / name
        if path.exists() and path.read_text("utf-8") != text:
            print(f"  {path} existe déjà et n’est pas remplacé.")
            continue
        path.write_text(text, "utf-8")
        print(f"  écrit : {path}")
    if not made:
        print("  Aucun courriel à envoyer.")
