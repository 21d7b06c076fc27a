"""A delivery that differs only in withheld cells gives the same bytes everywhere.

The two deliveries differ by a swap that leaves every published cell as it is: in Mayotte and in
Corse, +1 and -1 around a square of operators and sexes, with opposite signs, so that all totals
and France stay the same. An attacker who has all the files cannot tell one from the other.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from cepkit import batch
from cepkit.codes import REGIONS
from tests.batch import project
from tests.batch.notebooks import notebook

EDITION = project.EDITION.replace(
    'colonnes: {Région: region, Opérateur: operateur, Entrées: effectif}',
    'colonnes: {Région: region, Opérateur: operateur, Sexe: sexe, Entrées: effectif}').replace(
    "mesures:\n", """\
  sexe:
    titre: Sexe
    modalites:
      femme: {libelle: Femmes}
      homme: {libelle: Hommes}
mesures:
""", 1).replace("additive: [operateur, region]", "additive: [operateur, region, sexe]").replace(
    "dimensions: [operateur]", "dimensions: [operateur, sexe]")
# (region, operator, sex): entries. Mayotte holds one small count; Corse is the cheapest company.
PAIRS = [*product(("Apec", "Cap emploi"), ("Femmes", "Hommes"))]
COUNTS = {(region, *pair): 300 + 7 * i + 110 * j for i, region in enumerate(REGIONS)
          for j, pair in enumerate(PAIRS)} | {
    ("06", "Apec", "Femmes"): 3, ("06", "Apec", "Hommes"): 20,
    ("06", "Cap emploi", "Femmes"): 12, ("06", "Cap emploi", "Hommes"): 31,
    ("94", "Apec", "Femmes"): 9, ("94", "Apec", "Hommes"): 25,
    ("94", "Cap emploi", "Femmes"): 14, ("94", "Cap emploi", "Hommes"): 36,
}
OPEN = project.OPEN[0] + "\nfrom cepkit import indicators as ind"
SHOWN = """\
parts = ind.shares(r, "volumes", "sexe", operateur="apec")
mots = dict(mesure="Part", lecture="Une valeur.")
show.paired(parts, id="2.1-F1", titre="Parts", **mots)
show.gaps(parts, id="2.1-F2", titre="Écarts", **mots)
show.bars(parts, id="2.1-F3", titre="Barres", **mots)
show.multiples({o: ind.shares(r, "volumes", "sexe", operateur=o) for o in r.operateurs()},
               id="2.1-F4", titre="Profils", **mots)
"""
TABLES = """\
tout = r.table("volumes")
show.table(tout, id="2.2-T1", titre="Tout", mesure="Entrées")
show.table(ind.counts(r, "volumes", by="operateur"), id="2.2-T2", titre="Opérateurs")
publies = tout[tout["etat"] == "publie"].sort_values("effectif")
show.table(publies, id="2.2-T3", titre="Par taille")
show.texte(f"Total des valeurs diffusées : {publies['effectif'].sum()}.")
for nom, lignes in r.donnees.items():
    show.table(pd.DataFrame(lignes), id=f"2.3-T{len(nom)}", titre=nom)
"""


def delivery(step: int) -> str:
    """The delivered file; `step` moves the withheld cells of Mayotte and Corse."""
    sign = {"06": 1, "94": -1, "Apec": 1, "Cap emploi": -1, "Femmes": 1, "Hommes": -1}
    lines = ["Région;Opérateur;Sexe;Entrées"]
    for (region, operator, sex), n in COUNTS.items():
        move = sign.get(region, 0) * sign[operator] * sign[sex] * step
        lines.append(f"{region};{operator};{sex};{n + move}")
    for operator, sex in PAIRS:
        whole = sum(n for (_, o, s), n in COUNTS.items() if (o, s) == (operator, sex))
        lines.append(f"France;{operator};{sex};{whole}")
    return "\n".join(lines) + "\n"


def page(annexe: str) -> bytes:
    return notebook("# Combien de personnes dans la région ?", OPEN + "\nimport pandas as pd",
                    f"show.page(r, {annexe!r})", "## 2.1 Qui ?", SHOWN, "## 2.2 Combien ?", TABLES)


def rendered(root: Path, step: int, formats=("docx", "html", "pdf")) -> dict[str, bytes]:
    """Every file of the release made from a delivery, the masked store included."""
    project.make(root)
    project.write(root / "parameters/mini/edition.yml", EDITION)
    project.write(root / "data/mini/volumes.csv", delivery(step))
    for name, number in (*project.ANNEXES.items(), ("rapport", "rapport")):
        project.write(root / f"notebooks/{name}.ipynb", page(number))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CEPKIT_ROOT", str(root))
        report = batch.run("mini", ["06", "94", "FR"], formats=formats)
    assert [p for r in report.regions for p in r.problems] == []
    folder = root / "outputs/mini"
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*"))
            if p.is_file()}


@pytest.fixture(scope="module")
def first_root(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("a")


@pytest.fixture(scope="module")
def first(first_root) -> dict[str, bytes]:
    return rendered(first_root, 0)


@pytest.mark.lent
def test_two_deliveries_that_differ_in_withheld_cells_only(first, first_root, tmp_path):
    second = rendered(tmp_path, 1)
    store = pd.read_parquet(first_root / "outputs/mini/.store/tables/volumes.parquet")
    cells = store[store["region"].isin(["06", "94"]) & store["operateur"].ne("ensemble")
                  & store["sexe"].ne("total")]
    assert set(cells["etat"]) == {"secret"} and len(cells) == 8
    kinds = {Path(name).suffix for name in first}
    assert {".html", ".docx", ".xlsx", ".ipynb", ".pdf", ".json", ".parquet"} <= kinds
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_a_published_cell_that_moves_does_change_the_bytes(first, tmp_path, monkeypatch):
    monkeypatch.setitem(COUNTS, ("53", "Apec", "Femmes"), 999)
    second = rendered(tmp_path, 0, formats=("html",))
    changed = [name for name in second if first[name] != second[name]]
    assert "national/synthese_nationale.html" in changed and ".store/meta.json" in changed
