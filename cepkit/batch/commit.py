"""Publishing what a region's steps produced: files, reopened and compared, then the manifest."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cepkit import __version__
from cepkit.batch import files, proof
from cepkit.batch.steps import Step
from cepkit.errors import Problem, RenderError
from cepkit.report.releases import VALEURS

ASIDE = "modifie_a_la_main"


def step_states(plan: Sequence[Step], before: Mapping[str, Any],
                produced: Mapping[str, Any]) -> dict[str, Any]:
    """What each step holds now: key, files, notes, typesetter; kept as it was if it did not run."""
    return {step.name: _ran(step, produced[step.name]) if step.name in produced
            else before[step.name] for step in plan}


def _ran(step: Step, result: Any) -> dict[str, Any]:
    return {"cle": step.key, "fichiers": files.entries(result.files),
            "notes": list(result.notes), "moteur": result.typesetter}


def manifest(exercice: str, region: str, empreinte: str, state: Mapping[str, Any],
             version: str = "brouillon") -> dict[str, Any]:
    """`manifest.json` of a folder (DESIGN contract)."""
    listed = [f for step in state.values() for f in step["fichiers"]]
    return {"exercice": exercice, "region": region, "version": version, "etat": "complet",
            "empreinte_diffusee": empreinte, "cepkit": __version__,
            "moteur_rapport": next((s["moteur"] for s in state.values() if s["moteur"]), None),
            "notes": [note for step in state.values() for note in step["notes"]],
            "fichiers": sorted(listed, key=lambda f: f["chemin"])}


def publish(folder: Path, contents: Mapping[str, bytes],
            new: Mapping[str, Any]) -> list[Problem]:
    """Write the files, reopen all those of the manifest, then write it. Problems: no manifest."""
    before = files.read_manifest(folder) or {"fichiers": []}
    files.write_all(folder, contents)
    expected = {"region": new["region"], "exercice": new["exercice"],
                "empreinte": new["empreinte_diffusee"]}
    names = [f["chemin"] for f in new["fichiers"]]
    problems = [Problem("le fichier relu diffère de ce qui a été écrit.", classe="rendu",
                        fichier=name) for name in files.differences(folder, new)]
    problems += proof.check(folder, names, expected) if not problems else []
    if not problems:
        files.write_json(folder / files.MANIFEST, new)
        _forget(folder, {f["chemin"] for f in before["fichiers"]} - set(names))
    return problems


def set_aside(folder: Path) -> list[Path]:
    """Documents and slides changed by hand are moved under a name of their own before they are
    produced again, or no more; what was set aside earlier stays. Returns where they are."""
    before = files.read_manifest(folder) or {"fichiers": []}
    changed = [folder / n for n in files.differences(folder, before)
               if n.endswith((".docx", ".pptx")) and (folder / n).exists()]
    return [_moved(path, folder / ASIDE) for path in changed]


def _moved(path: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    names = (path.name, *(f"{path.stem}-{n}{path.suffix}" for n in range(2, 1000)))
    place = next(p for n in names if not (p := folder / n).exists())
    said = path.with_name(VALEURS)
    try:
        os.replace(path, place)
        if path.stem == "rapport" and said.exists():  # its texts are brought back against it
            shutil.copyfile(said, place.with_suffix(".json"))
    except OSError as error:
        raise RenderError(Problem(
            "ce document, modifié à la main, est ouvert dans un autre programme : il n’est pas "
            "remplacé.", classe="rendu", fichier=path.name,
            reparation="fermez-le, puis relancez.")) from error
    return place


def _forget(folder: Path, names: set[str]) -> None:
    """Remove what an earlier run produced and no step produces any more; nothing else."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
