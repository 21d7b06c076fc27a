"""`cepkit verify`: every produced file is reopened, then rebuilt elsewhere and compared."""

from __future__ import annotations

from pathlib import Path

from cepkit import codes
from cepkit.batch import again, files, proof
from cepkit.commands import options
from cepkit.commands.run import progress
from cepkit.edition import project
from cepkit.errors import CepkitError, Problem, UsageError
from cepkit.formats import count

AGAIN = "relancez « cepkit run »."


def verify(*, exercice: str | None, regions: list[str] | None) -> int:
    """Exit 0 when every file is the one that was written and is rebuilt alike, else 15."""
    paths = project.paths(options.exercice(exercice))
    asked = options.regions(regions) or [*codes.REGIONS, codes.FRANCE]
    folders = {c: paths.region_output(c) for c in asked
               if (paths.region_output(c) / files.MANIFEST).exists()}
    if not folders:
        raise UsageError("Aucun produit à vérifier : lancez d’abord « cepkit run ».")
    if not regions and (paths.outputs / files.MANIFEST).exists():
        folders[paths.exercice] = paths.outputs
    problems = [p for folder in folders.values() for p in _reopened(folder)]
    if problems:
        raise CepkitError(problems)
    total = sum(len(files.read_json(f / files.MANIFEST)["fichiers"]) for f in folders.values())
    print(f"{count(total, 'fichier')} de {count(len(folders), 'dossier')} rouverts : tous "
          "sont ceux du manifeste, chacun dans le dossier de sa région.")
    with progress() as tell:
        problems = again.differences(paths.exercice, folders, progress=tell)
    if problems:
        raise CepkitError(problems)
    print("Reconstruits ailleurs à partir des mêmes fichiers : mêmes octets.")
    return 0


def _reopened(folder: Path) -> list[Problem]:
    manifest = files.read_manifest(folder)
    if manifest is None:
        return [Problem("manifeste illisible.", classe="rendu",
                        fichier=f"{folder.name}/{files.MANIFEST}", reparation=AGAIN)]
    changed = files.differences(folder, manifest)
    found = [Problem("fichier absent ou modifié depuis sa production.", classe="rendu",
                     fichier=f"{folder.name}/{name}", reparation=AGAIN) for name in changed]
    names = [f["chemin"] for f in manifest["fichiers"] if f["chemin"] not in changed]
    expected = {"region": _region(folder), "exercice": manifest["exercice"]}
    return found + proof.check(folder, names, expected)


def _region(folder: Path) -> str:
    """Region that a folder is for: "53-bretagne" -> "53"; the release itself is "FR"."""
    slugs = {codes.region_slug(code): code for code in codes.REGIONS}
    return slugs.get(folder.name, codes.FRANCE)
