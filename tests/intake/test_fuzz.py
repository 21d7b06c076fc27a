"""Whatever happens to the bytes of a file, intake tells problems: it never raises."""

from __future__ import annotations

import random

import pandas as pd
import pytest
import xlsxwriter

from cepkit import intake
from cepkit.errors import Problem
from tests.intake.broken.delivery import dossiers, volumes
from tests.intake.small import edition, source

TABLE = {"colonnes": {"Région": "region", "Opérateur": "operateur", "Entrées": "effectif"},
         "constantes": {"mesure": "entrees"}}
RECORDS = {"colonnes": {"Région": "region", "Dép.": "departement", "Sexe": "sexe"},
           "ignorees": ["id"], "constantes": {"mesure": "entrees"}, "nature": "individuel"}
INSERTED = (b"\x00", b'"', b";", b"\n", b"\r", b"\xff\xfe", b"\xc3", b"=", b"\x81", b"</f>")


def sound(folder) -> dict[str, bytes]:
    """Four sound files."""
    frame = pd.DataFrame([r.split(";") for r in volumes()[1:]], columns=volumes()[0].split(";"))
    frame.to_parquet(folder / "p.parquet")
    with xlsxwriter.Workbook(folder / "m.xlsx") as book:
        page = book.add_worksheet()
        for i, row in enumerate([list(frame.columns), *frame.to_numpy().tolist()]):
            page.write_row(i, 0, row)
    return {"a.csv": "\r\n".join(volumes()).encode("cp1252"),
            "b.csv": ("\n".join(dossiers()) + "\n").encode("utf-8"),
            "m.xlsx": (folder / "m.xlsx").read_bytes(),
            "p.parquet": (folder / "p.parquet").read_bytes()}


def damaged(content: bytes, draw: random.Random) -> bytes:
    """Bytes changed, cut, inserted or removed, from one place to fifty."""
    found = bytearray(content)
    for _ in range(draw.choice([1, 1, 3, 10, 50])):
        place, how = draw.randrange(len(found)), draw.random()
        if how < 0.5:
            found[place] = draw.randrange(256)
        elif how < 0.65:
            del found[place + 1:]
        elif how < 0.8:
            found[place:place] = draw.choice(INSERTED) * draw.choice([1, 3])
        else:
            del found[place + 1:place + draw.randrange(1, 40)]
    return bytes(found)


@pytest.mark.parametrize("seed", range(4))
def test_damaged_files_never_raise(tmp_path, seed, capfd):
    folder = tmp_path / "data" / "essai"
    folder.mkdir(parents=True)
    files, draw = sound(folder), random.Random(seed)
    for _ in range(12):
        name = draw.choice(list(files))
        (folder / name).write_bytes(damaged(files[name], draw))
        for declared in (TABLE, RECORDS):
            table = source("t", fichier=name, encodage=draw.choice([None, "utf-8", "cp1252"]),
                           **declared)
            found = intake.load(edition(table), tmp_path)
            assert all(isinstance(p, Problem) and p.message for p in found.problemes)
    assert capfd.readouterr().err == ""  # nor does a library write on the screen
