"""`cepkit new`: what it makes; `region`, the folder where the analyst of a region works."""

from __future__ import annotations

from pathlib import Path

from cepkit import codes
from cepkit.commands import options
from cepkit.edition import load_edition, project
from cepkit.edition.schema import Edition
from cepkit.errors import CepkitError, UsageError
from cepkit.formats import count

REGION_YML = """\
# {nom}, exercice {exercice}. Toutes les clés sont facultatives.
association: "Transitions Pro {nom}"
organisation:
  service: ""
  # etp: 0.5
  appui: ""
# Qui représente chaque famille d’opérateurs dans la région (un nom, ou une liste de noms).
operateurs: {{}}
# Investigations complémentaires : noms de fichiers de notebooks/investigations/.
investigations: []
# Place des développements complémentaires : avant_conclusion ou apres_prolongements.
position_complements: avant_conclusion
"""


def new(*, kind: str, name: str, exercice: str | None, source: str | None,
        regions: list[str] | None = None) -> int:
    """Make a region's folder, an edition or an investigation."""
    if kind == "region":
        return region(exercice=exercice, code=name)
    if kind == "investigation":
        from cepkit.commands.new_investigation import investigation

        return investigation(exercice=exercice, name=name, regions=regions)
    from cepkit.commands import new_edition

    if not source:
        raise UsageError("Indiquez l’exercice dont la nouvelle édition est reprise : --from 2025, "
                         "par exemple.")
    return new_edition.edition(name=name, source=source)


def workbook_title(code: str, exercice: str) -> str:
    """Title of the workbook of a region."""
    return f"Suivi du CEP {codes.in_region(code)}, exercice {exercice}"


def region(*, exercice: str | None, code: str) -> int:
    """Write `region.yml`, `suivi.xlsx` and `redaction/*.md`; what exists is kept.

    Texts of the year before, when this machine has them, are carried over, marked to read again.
    """
    from cepkit.intake import texts, workbook

    name = options.exercice(exercice)
    edition = load_edition(name)
    folder = project.paths(name).region(project.check_region(code))
    title = workbook_title(code, name)
    written = _region_yml(folder, name, code)
    if not (folder / "suivi.xlsx").exists():
        written.append(workbook.create(folder / "suivi.xlsx", edition=edition, titre=title))
    before, bodies = _year_before(edition, code)
    written += texts.create(folder / "redaction", corps=bodies, repris_de=before)
    for path in written:
        print(f"créé : {path.relative_to(project.root())}")
    if written and bodies:
        print(f"{count(len(bodies), 'texte')} de l’exercice {before} repris, à relire : passez "
              "leur statut à « relu » quand c’est fait.")
    if not written:
        print(f"Le dossier de {codes.region_name(code)} est déjà complet : rien n’a été changé.")
    return 0


def _year_before(edition: Edition, code: str) -> tuple[str | None, dict[str, str]]:
    """Exercice of the year before and the texts that it holds for the region."""
    from cepkit.intake import texts

    for name in project.exercices():
        folder = project.paths(name).region(code) / "redaction"
        if not folder.is_dir():
            continue
        try:
            other = load_edition(name)
        except CepkitError:  # another exercice's defect is told by its own commands
            continue
        if other.annee == edition.annee - 1 and other.fictif == edition.fictif:
            found = texts.read(folder)[0]
            return name, {n: t.corps for n, t in found.items()
                          if t.redigee and n in texts.sections()}
    return None, {}


def _region_yml(folder: Path, exercice: str, code: str) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "region.yml"
    if path.exists():
        return []
    path.write_text(REGION_YML.format(nom=codes.region_name(code), exercice=exercice), "utf-8")
    return [path]
