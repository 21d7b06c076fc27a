"""The pages around the regions: index, dictionary, statistical secrecy, and their manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from cepkit import codes
from cepkit.batch import digests, files
from cepkit.batch.steps import Step, investigations
from cepkit.edition.project import Paths

STEP = "site"
# Documents of a folder, in the order of the index (volet 1 first): pattern of the name, its title.
TITLES = (
    ("synthese_nationale.html", "Synthèse nationale"),
    ("annexe_4_cooperations.html", "Annexe 4 · Coopérations (volet 1)"),
    ("annexe_2_recours.html", "Annexe 2 · Recours (volet 2)"),
    ("annexe_3_parcours.html", "Annexe 3 · Parcours (volet 2)"),
    ("annexe_1_donnees.html", "Annexe 1 · Données"),
    ("rapport.docx", "Rapport (Word)"), ("rapport.html", "Rapport (page)"),
    ("rapport.pdf", "Rapport (PDF)"), ("synthese.docx", "Synthèse (Word)"),
    ("presentation.pptx", "Présentation (diaporama)"), ("fiche_*.docx", "Fiche · {} (Word)"),
    ("tables.xlsx", "Tableaux (Excel)"), ("investigation_*.html", "{}"),
)


def documents(made: Iterable[str]) -> list[tuple[str, str]]:
    """(title, name) of the files of a folder that readers open, in the order of `TITLES`."""
    def title(pattern: str, words: str, name: str) -> str:
        middle = name[len(pattern.split("*")[0]):].rpartition(".")[0]
        return words.format(middle.replace("_", " ").replace("-", " ").capitalize())

    def law(name: str) -> int:
        found = [i for i, o in enumerate(codes.OPERATEURS) if o in name.replace("-", "_")]
        return found[0] if found else len(codes.OPERATEURS)

    names = sorted(made, key=lambda name: (law(name), name))
    return [(title(pattern, words, name), name) for pattern, words in TITLES
            for name in names if fnmatch(name, pattern)]


def states(paths: Paths, present: Sequence[str], plan: Sequence[Step]) -> list[dict[str, Any]]:
    """State of each region of the delivery (« FR » first when it has one), from the disk.

    `plan` holds the steps of all these regions with their reasons to run.
    """
    late = {step.region for step in plan if step.reason}
    return [_state(paths, code, code in late) for code in (codes.FRANCE, *present)]


def _state(paths: Paths, code: str, late: bool) -> dict[str, Any]:
    folder = paths.region_output(code)
    manifest = files.read_manifest(folder)
    message = paths.outputs / "echecs" / code / "message.txt"
    failure = message.read_text("utf-8").strip() if message.exists() else ""
    if manifest is None:
        return {"code": code, "etat": "echec" if failure else "non_produite", "echec": failure,
                "liens": []}
    made = {f["chemin"] for f in manifest["fichiers"]}
    return {"code": code, "etat": "ancienne" if late or failure else "a_jour", "echec": failure,
            "liens": [(label, f"{folder.name}/{name}") for label, name in documents(made)],
            "empreinte": manifest["empreinte_diffusee"],
            "manifeste": digests.of_file(folder / files.MANIFEST)}


def step(empreintes: Mapping[str, str], found: Sequence[Mapping[str, Any]]) -> Step:
    """The step of these pages: they follow the masked store and the state of every region."""
    key = digests.of(STEP, digests.of_code(), dict(empreintes), list(found))
    return Step(codes.FRANCE, STEP, "site", key)


def listed(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`regions` of the general manifest: code, dossier, etat, sha256 of its own manifest."""
    return [{"region": s["code"], "dossier": codes.region_slug(s["code"]), "etat": s["etat"],
             "manifeste_sha256": s.get("manifeste")} for s in found]


def pages(part: Any, found: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """The three pages. `part` is the slice of the whole store, `found` comes from `states`."""
    from cepkit.show import dictionary, secret, site

    counts = _counts(part)
    operators = part.meta["nomenclatures"]["operateur"]["modalites"]
    labels = investigations(part.meta) | {
        f"fiche_{code}": f"Fiche · {known['libelle']} (Word)" for code, known in operators.items()}
    found = [{**s, "liens": [(labels.get(Path(href).stem, label), href)
                             for label, href in s["liens"]]} for s in found]
    regions = [{**state, **counts.get(state["code"], {})}
               for state in found if state["code"] != codes.FRANCE]
    national = next((s for s in found if s["code"] == codes.FRANCE and s["liens"]), None)
    return {"index.html": site.index(part.meta, regions, nationale=national).encode(),
            "dictionnaire.html": dictionary.page(part.meta, part.donnees).encode(),
            "secret_statistique.html": secret.page(part.meta).encode()}


def _counts(part: Any) -> dict[str, dict[str, int]]:
    """region -> {masquees, non_diffusees, indisponibles} over all released tables."""
    names = {codes.SECRET: "masquees", codes.NON_DIFFUSE: "non_diffusees",
             codes.NON_DISPONIBLE: "indisponibles"}
    totals: dict[str, dict[str, int]] = {}
    for frame in part.tables.values():
        for (region, etat), n in frame.groupby(["region", "etat"]).size().items():
            if name := names.get(etat):
                region_totals = totals.setdefault(region, {})
                region_totals[name] = region_totals.get(name, 0) + int(n)
    return totals
