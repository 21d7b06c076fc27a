"""A sound delivery of four tables, and the means to break it: each scenario changes one thing.

`volumes.csv` (cp1252): line 2 + 3 k + j is region k and operator j (Apec, Cap emploi, Ensemble);
lines 56-58 are France. `departements.csv` (UTF-8): 101 lines from line 2. `profil.xlsx`, sheet
« Sexe »: header on lines 3-4, regions from line 5. `dossiers.csv` (cp1252): 60 records from
line 2, of the four departments of Bretagne.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import xlsxwriter
import yaml

from cepkit import refdata
from cepkit.codes import REGIONS, region_name
from tests.intake.small import edition, source

NAMES = [region_name(r) for r in REGIONS]
TABLES = [
    {"nom": "volumes", "titre": "Volumes", "fichier": "volumes.csv", "encodage": "cp1252",
     "colonnes": {"Région": "region", "Opérateur": "operateur", "Entrées": "effectif"},
     "constantes": {"mesure": "entrees"}},
    {"nom": "departements", "titre": "Départements", "fichier": "departements.csv",
     "colonnes": {"Région": "region", "Département": "departement", "Entrées": "effectif"},
     "constantes": {"mesure": "entrees"}},
    {"nom": "profil", "titre": "Profil", "fichier": "profil.xlsx", "feuille": "Sexe",
     "entete": [3, 4], "colonnes": {"Région": "region"}, "constantes": {"mesure": "entrees"},
     "depivoter": {"motif": r"Entrées \| (?P<sexe>.+)"}},
    {"nom": "dossiers", "titre": "Dossiers", "fichier": "dossiers.csv", "nature": "individuel",
     "colonnes": {"Région": "region", "Dép.": "departement", "Sexe": "sexe",
                  "Diplôme": "diplome"},
     "ignorees": ["id"], "constantes": {"mesure": "entrees"}, "obligatoire": True},
]


def volumes() -> list[str]:
    rows, sums = ["Région;Opérateur;Entrées"], [0, 0, 0]
    for k, name in enumerate(NAMES):
        counts = [10 + k, 20 + k, 30 + 2 * k]
        sums = [a + b for a, b in zip(sums, counts, strict=True)]
        rows += [f"{name};{o};{n}" for o, n in
                 zip(("Apec", "Cap emploi", "Ensemble"), counts, strict=True)]
    return rows + [f"France;{o};{n}" for o, n in
                   zip(("Apec", "Cap emploi", "Ensemble"), sums, strict=True)]


def departements() -> list[str]:
    table = refdata.departements()
    return ["Région;Département;Entrées"] + [
        f"{region_name(r)};{n};{100 + i}"
        for i, (r, n) in enumerate(zip(table["region"], table["nom"], strict=True))]


def profil() -> list[list]:
    rows = [[n, 12 + k, 18 + k, 30 + 2 * k] for k, n in enumerate(NAMES)]
    return [["CEP 2022"], [], ["Région", "Entrées", "", ""], ["", "Femmes", "Hommes", "Total"],
            *rows, ["France", *(sum(r[i] for r in rows) for i in (1, 2, 3))]]


def dossiers() -> list[str]:
    return ["id;Région;Dép.;Sexe;Diplôme"] + [
        f"{i};Bretagne;{('29', '35', '22', '56')[i % 4]};{('F', 'H', 'F')[i % 3]};CAP, BEP"
        for i in range(60)]


class Delivery:
    """The project folder of one scenario; `declared` is what edition.yml says."""

    def __init__(self, root: Path):
        self.root, self.data = root, root / "data" / "essai"
        self.data.mkdir(parents=True)
        self.csv("volumes.csv", volumes())
        self.csv("departements.csv", departements(), "utf-8")
        self.csv("dossiers.csv", dossiers())
        self.sheet(profil())
        self.declared = edition(*(source(**t) for t in TABLES)).model_dump(
            mode="json", exclude_unset=True)

    def csv(self, name: str, rows: list[str], encoding: str = "cp1252") -> None:
        (self.data / name).write_bytes(("\r\n".join(rows) + "\r\n").encode(encoding))

    def change(self, name: str, change: Callable[[list[str]], None],
               encoding: str = "cp1252") -> None:
        """Change the lines of a text file."""
        rows = (self.data / name).read_bytes().decode(encoding).split("\r\n")[:-1]
        change(rows)
        self.csv(name, rows, encoding)

    def line(self, name: str, number: int, text: str, encoding: str = "cp1252") -> None:
        """Write one line, numbered as a spreadsheet does."""
        self.change(name, lambda rows: rows.__setitem__(number - 1, text), encoding)

    def sheet(self, rows: list[list], name: str = "Sexe") -> None:
        with xlsxwriter.Workbook(self.data / "profil.xlsx") as book:
            page = book.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    if isinstance(cell, str):
                        page.write_string(i, j, cell)
                    else:
                        page.write(i, j, cell)

    def table(self, name: str, **keys) -> None:
        """Change the declaration of a table."""
        next(t for t in self.declared["donnees"]["tables"] if t["nom"] == name).update(keys)

    def ignore(self, *rules: str) -> None:
        """Silence what only follows from the defect of a scenario."""
        self.declared["controles"] = dict.fromkeys(rules, "ignore")

    def write(self) -> None:
        folder = self.root / "parameters" / "essai"
        folder.mkdir(parents=True)
        (folder / "edition.yml").write_text(
            yaml.safe_dump(self.declared, allow_unicode=True), "utf-8")
