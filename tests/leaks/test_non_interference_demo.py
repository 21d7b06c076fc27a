"""The demonstration and its real notebooks: withheld counts that move leave every byte as it was.

What moves leaves every published cell as it is: around squares of regions and operators for two
motives, around a cube of regions, operators and formats, with opposite signs at the corners.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from itertools import product

import openpyxl
import pandas as pd
import pytest

# (labels of the file, code of the store, sign of the corner): the files write regions differently.
MOTIVES = {"Créer ou reprendre une entreprise": "creer_reprendre",
           "Se former, financer une formation": "se_former"}
SQUARE = [{"Guadeloupe": ("01", -1), "Guyane": ("03", 1)},
          {"Apec": ("apec", 1), "Opérateur régional": ("operateur_regional", -1)}]
CUBE = [{"GUYANE": ("03", 1), "MAYOTTE": ("06", -1)},
        {"Cap emploi": ("cap_emploi", 1), "Opérateur régional": ("operateur_regional", -1)},
        {"Collectif": ("collectif", 1), "Individuel": ("individuel", -1)}]


def corners(sides):
    """(labels, codes, sign) of each corner."""
    for corner in product(*(side.items() for side in sides)):
        sign = 1
        for _, (_, s) in corner:
            sign *= s
        yield tuple(label for label, _ in corner), tuple(c for _, (c, _) in corner), sign


def move_motives(path) -> int:
    rows = list(csv.reader(path.read_text("cp1252").splitlines(), delimiter=";"))
    moves = {(*labels, motive): sign for labels, _, sign in corners(SQUARE) for motive in MOTIVES}
    done = 0
    for row in rows:
        if tuple(row[:3]) in moves:
            row[3] = str(int(row[3]) + moves[tuple(row[:3])])
            done += 1
    path.write_text("".join(";".join(row) + "\n" for row in rows), "cp1252")
    return done


def move_formats(path) -> int:
    book = openpyxl.load_workbook(path)
    sheet = book["Formats"]
    heads = {cell.value: cell.column for cell in sheet[5]}
    places = {(row[0].value, row[1].value): row[0].row for row in sheet.iter_rows(min_row=6)}
    done = 0
    for (region, operator, format_), _, sign in corners(CUBE):
        cell = sheet.cell(places[region, operator], heads[format_])
        cell.value += sign
        done += 1
    book.save(path)
    return done


def withheld(root, table, dimension, cells) -> bool:
    """Whether the store withholds each of these (region, operator, modality)."""
    frame = pd.read_parquet(root / f"outputs/demo/.store/tables/{table}.parquet")
    state = frame.set_index(["region", "operateur", dimension])["etat"]
    return all(state[cell] == "secret" for cell in cells)


@pytest.mark.lent
def test_withheld_counts_of_the_demonstration_leave_no_trace(rendered, tmp_path):
    assert withheld(rendered, "motifs", "motif", [
        (*codes, m) for _, codes, _ in corners(SQUARE) for m in MOTIVES.values()])
    assert withheld(rendered, "formats", "format", [codes for _, codes, _ in corners(CUBE)])
    other = tmp_path / "projet"
    for name in ("parameters", "notebooks", "data/demo"):
        shutil.copytree(rendered / name, other / name)
    assert move_motives(other / "data/demo/07_motifs_2022.csv") == 8
    assert move_formats(other / "data/demo/06_parcours_2022.xlsx") == 8
    done = subprocess.run(
        [sys.executable, "-m", "cepkit", "run", "--exercice", "demo", "--region", "03,06,FR"],
        text=True, capture_output=True, check=False, env=os.environ | {"CEPKIT_ROOT": str(other)})
    assert done.returncode == 0, done.stdout + done.stderr
    mask = "parameters/demo/masque.csv"
    assert (other / mask).read_bytes() == (rendered / mask).read_bytes()
    compared, differing = 0, []
    for folder in (".store", "03-guyane", "06-mayotte", "national"):
        for path in sorted((rendered / "outputs/demo" / folder).rglob("*")):
            if path.is_file():
                same = other / path.relative_to(rendered)
                compared += 1
                if not same.exists() or same.read_bytes() != path.read_bytes():
                    differing.append(path.relative_to(rendered).as_posix())
    assert differing == []
    assert compared > 60
