"""`cepkit new region`: the folder where the analyst of a region works."""

from __future__ import annotations

from pathlib import Path

from cepkit import codes
from cepkit.commands import options
from cepkit.edition import load_edition, project

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


def region(*, exercice: str | None, kind: str, code: str) -> int:
    """Write `region.yml`, `suivi.xlsx` and `redaction/*.md`; what exists is kept."""
    from cepkit.intake import texts, workbook

    name = options.exercice(exercice)
    folder = project.paths(name).region(project.check_region(code))
    title = f"Suivi du CEP {codes.in_region(code)}, exercice {name}"
    written = _region_yml(folder, name, code)
    if not (folder / "suivi.xlsx").exists():
        written.append(workbook.create(folder / "suivi.xlsx", edition=load_edition(name),
                                       titre=title))
    written += texts.create(folder / "redaction")
    for path in written:
        print(f"créé : {path.relative_to(project.root())}")
    if not written:
        print(f"Le dossier de {codes.region_name(code)} est déjà complet : rien n’a été changé.")
    return 0


def _region_yml(folder: Path, exercice: str, code: str) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "region.yml"
    if path.exists():
        return []
    path.write_text(REGION_YML.format(nom=codes.region_name(code), exercice=exercice), "utf-8")
    return [path]
