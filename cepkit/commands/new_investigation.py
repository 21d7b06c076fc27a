"""`cepkit new investigation`: all that an investigation needs, for the regions that carry it out.

Nothing that exists is replaced, but a declaration sheet that nobody has changed in Word.
"""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from cepkit import codes
from cepkit.batch import files
from cepkit.commands import options
from cepkit.edition import investigation as declared
from cepkit.edition import load_edition, load_region, project
from cepkit.errors import UsageError
from cepkit.text import enumerate_fr

TEMPLATE = "gabarit"


def investigation(*, exercice: str | None, name: str, regions: list[str] | None) -> int:
    """Write notebook, parameters, test, section of each region and declaration sheet; say what the
    analyst has to write in files that are theirs."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise UsageError(f"« {name} » n’est pas un nom d’investigation : une minuscule sans "
                         "accent, puis minuscules, chiffres et « _ » (par exemple non_recours).")
    found = [c for c in options.regions(regions) or () if c != codes.FRANCE]
    if not found:
        raise UsageError("Indiquez les régions qui mènent l’investigation : --regions 84,93.")
    if name == TEMPLATE:
        raise UsageError(f"« {TEMPLATE} » est le modèle : choisissez un autre nom.")
    paths = project.paths(options.exercice(exercice))
    written = _written(paths, name, found)
    for path in written:
        print(f"créé : {path.relative_to(paths.root).as_posix()}")
    if not written:
        print(f"L’investigation « {name} » est déjà là : rien n’a été changé.")
    _told(paths, name, found)
    return 0


def _written(paths: project.Paths, name: str, regions: list[str]) -> list[Path]:
    from cepkit.intake import texts

    words = {"nom": name, "exercice": paths.exercice, "titre": name.replace("_", " ").capitalize(),
             "regions": enumerate_fr([codes.region_name(c) for c in regions])}
    folder = paths.root / "notebooks" / declared.FOLDER
    wanted = {folder / f"{name}.ipynb": _notebook(folder, name, paths.exercice, regions[0]),
              declared.path_of(paths, name): _model("investigation.yml", words),
              paths.root / "tests" / declared.FOLDER / f"test_{name}.py":
                  _model("test_investigation.py.txt", words)}
    written = [p for p in wanted if not p.exists()]
    for path in written:
        files.write(path, wanted[path].encode())
    own = declared.load_investigation(paths, name)
    for code in regions:
        written += texts.create(paths.region(code) / "redaction", investigations={name: own.theme},
                                only=True)
    return written + _sheet(paths, name, own, regions)


def _model(name: str, words: dict[str, str]) -> str:
    return resources.files("cepkit.commands").joinpath("modeles", name).read_text(
        "utf-8").format(**words)


def _notebook(folder: Path, name: str, exercice: str, region: str) -> str:
    """The template under its own name, exercice and region."""
    path = folder / f"{TEMPLATE}.ipynb"
    if not path.exists():
        raise UsageError(f"Le modèle {path.relative_to(project.root()).as_posix()} est absent : "
                         "reprenez-le de la suite.")
    text = path.read_text("utf-8")
    for name_of, value in (("nom", name), ("exercice: str", exercice), ("region: str", region)):
        text = re.sub(rf'("{name_of} = )\\"\w+\\"', rf'\1\\"{value}\\"', text)
    return text.replace(f'choisir(\\"{TEMPLATE}\\"', f'choisir(\\"{name}\\"')


def _sheet(paths: project.Paths, name: str, own: declared.Investigation,
           regions: list[str]) -> list[Path]:
    """The declaration sheet, unless someone has changed it."""
    from cepkit.report import declaration

    path = declared.path_of(paths, name).with_name(f"declaration_{name}.docx")
    if path.exists() and not declaration.untouched(path):
        print(f"{path.name} a été modifiée dans Word : elle est gardée telle quelle.")
        return []
    made = declaration.sheet(own, regions, paths.exercice, _followed(paths, name, regions))
    if path.exists() and path.read_bytes() == made:
        return []
    files.write(path, made)
    return [path]


def _followed(paths: project.Paths, name: str, regions: list[str]) -> dict[str, dict]:
    """Region -> its row of the sheet « investigations » about this one, when it has one."""
    from cepkit.intake import workbook

    edition = load_edition(paths.exercice)
    found = ((c, r) for c in regions
             for r in workbook.of_region(paths, c, edition).lignes["investigations"])
    return {c: row for c, row in found if row["nom"] == name}


def _told(paths: project.Paths, name: str, regions: list[str]) -> None:
    """What stands in files of the analyst, which are never rewritten."""
    print(f"À faire, dans cet ordre :\n"
          f"  1. remplir parameters/{paths.exercice}/{declared.FOLDER}/{name}.yml, relancer cette "
          f"commande, puis envoyer declaration_{name}.docx au référent France compétences ;\n"
          f"  2. ajouter une ligne « {name} » à la feuille « investigations » du classeur de "
          "chaque région, et ses accords à la feuille « consentements » ;")
    for code in regions:
        known = load_region(paths.exercice, code).investigations
        if name not in known:
            print(f"  3. {codes.region_name(code)}, regions/{code}/region.yml : "
                  f"investigations: [{', '.join([*known, name])}]")
    print(f"  4. cepkit check --exercice {paths.exercice}, puis cepkit run --exercice "
          f"{paths.exercice} --region {','.join(regions)}")
