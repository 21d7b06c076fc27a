"""A small real project: three regions, one delivered file, short notebooks."""

from __future__ import annotations

from pathlib import Path

from tests.batch.notebooks import notebook

EDITION = """\
version_schema: 1
exercice: mini
annee: 2022
titre: Petit exercice
fictif: true
mesure_principale: entrees
donnees:
  recu_le: 2023-04-17
  version: "1.0"
  dossier: data/mini
  tables:
    - nom: volumes
      titre: Volumes
      fichier: volumes.csv
      encodage: utf-8
      separateur: ";"
      colonnes: {Région: region, Opérateur: operateur, Entrées: effectif}
      constantes: {annee: "2022", mesure: entrees}
nomenclatures:
  operateur:
    titre: Opérateur
    modalites:
      apec: {libelle: Apec}
      cap_emploi: {libelle: Cap emploi}
mesures:
  entrees:
    libelle: Entrées
    singulier: entrée
    definition: Entrées en CEP dans l’année.
    source: essai
    additive: [operateur, region]
diffusion:
  tables:
    - nom: volumes
      titre: Volumes par opérateur
      source: volumes
      mesure: entrees
      dimensions: [operateur]
"""
DELIVERY = """\
Région;Opérateur;Entrées
06;Apec;{mayotte}
06;Cap emploi;40
53;Apec;300
53;Cap emploi;500
94;Apec;{corse}
94;Cap emploi;90
France;Apec;440
France;Cap emploi;630
"""
OPEN = ("from cepkit import Region, show\nr = Region.open(exercice, region)",
        "show.page(r, {annexe!r})")
TABLE = ("t = r.table('volumes')\nt = t[t['region'].eq(region) & t['operateur'].ne('ensemble')]\n"
         "show.table(t[['operateur', 'effectif', 'etat']], id={ident!r}, titre='Volumes', "
         "mesure='Entrées')")
ANNEXES = {"1_donnees": "1", "2_recours": "2", "3_parcours": "3", "4_cooperations": "4"}


def delivery(mayotte: int = 60) -> str:
    """The delivered file; what Mayotte gains Corse loses, so that France stays the same."""
    return DELIVERY.format(mayotte=mayotte, corse=140 - mayotte)


def national() -> bytes:
    """The synthesis has no parameter but the exercice."""
    return notebook("# Et les régions, ensemble ?", "region = 'FR'", OPEN[0],
                    OPEN[1].format(annexe="nationale"), "## N.1 Combien ?",
                    TABLE.format(ident="N.1-T1"), parameters='exercice: str = "demo"')


def annexe(number: str, *more: str) -> bytes:
    cells = [OPEN[0], OPEN[1].format(annexe=number),
             f"## {number}.1 Combien ?\nQuestion du suivi : V2.1",
             TABLE.format(ident=f"{number}.1-T1"), *more]
    return notebook("# Combien de personnes dans la région ?", *cells)


def make(root: Path) -> Path:
    """Write the project; returns its root."""
    write(root / "parameters/mini/edition.yml", EDITION)
    write(root / "data/mini/volumes.csv", delivery())
    for name, number in ANNEXES.items():
        write(root / f"notebooks/{name}.ipynb", annexe(number))
    write(root / "notebooks/synthese_nationale.ipynb", national())
    return root


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
