"""Intake: pseudonymised records in a cp1252 CSV become checked tables

The raw scan is pyarrow's streaming reader over the same file: with the same encoding and every
column as text, then without any decoding (bytes), which is the fastest reading there is. The
intake finds encoding, separator and header, counts the crossings of the plan de diffusion, maps
codes, validates rows, checks totals and presence.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.rows import Row, best

COMMAND = "python -m tests.bench intake --records 5000000"
FILE = "10_entrees_individuelles_2022.csv"
COLUMNS = ("region", "departement", "operateur", "sexe", "tranche_age", "mois", "niveau", "csp",
           "diplome", "handicap", "modalite", "motif")
ROOT = Path(__file__).parents[2]


def run(options) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data", "demo", FILE)
        path.parent.mkdir(parents=True)
        started = time.process_time()
        write(path, options.records)
        written = time.process_time() - started
        me = "tests.bench.intake"
        scan = best(me, "scan", str(path), "cp1252", times=options.times)
        raw = best(me, "scan", str(path), "bytes", times=options.times)
        load = best(me, "load", folder, times=options.times)
        size = path.stat().st_size / 1e6
    return [
        Row("intake", "records", load["records"], ""),
        Row("intake", "file", size, "MB"),
        Row("intake", "writing the file (`cepkit demo --records`), CPU", written, "s"),
        Row("intake", "raw scan, cp1252 to text, CPU", scan["cpu"], "s"),
        Row("intake", "raw scan, bytes, CPU", raw["cpu"], "s"),
        Row("intake", "intake, CPU", load["cpu"], "s"),
        Row("intake", "raw scan, cp1252 to text, wall", scan["wall"], "s"),
        Row("intake", "intake, wall", load["wall"], "s"),
        Row("intake", "**intake / raw scan, CPU**", load["cpu"] / scan["cpu"], "", 2.5),
        Row("intake", "intake / raw scan, wall", load["wall"] / scan["wall"], "", 2.5),
        Row("intake", "intake / raw scan of bytes, CPU", load["cpu"] / raw["cpu"], ""),
        Row("intake", "**peak memory of the intake process**", load["rss"], "GiB", 1.5),
        Row("intake", "rows of the checked table", load["rows"], ""),
    ]


def write(path: Path, records: int) -> None:
    from cepkit.demo import model
    from cepkit.demo.records import write_records

    write_records(model.draw(1), path, records, 1)


def edition():
    """The demonstration, its released tables cut from one record-level file."""
    from cepkit.edition.load import read_edition
    from cepkit.edition.schema import Contexte, TableSource

    demo = read_edition(ROOT / "parameters" / "demo" / "edition.yml")
    table = TableSource(
        nom="entrees_individuelles", titre="Entrées individuelles", fichier=FILE,
        nature="individuel", colonnes={c: c for c in COLUMNS}, ignorees=["pseudonyme"],
        constantes={"annee": "2022", "mesure": "entrees"}, lieu="residence")
    released = [t.model_copy(update={"source": table.nom}) for t in demo.diffusion.tables
                if t.mesure == "entrees" and set(t.dimensions) <= set(COLUMNS)]
    return demo.model_copy(update={
        "donnees": demo.donnees.model_copy(update={"tables": [table]}), "contexte": Contexte(),
        "denominateurs": [], "accords": [],
        "diffusion": demo.diffusion.model_copy(update={"tables": released})})


def _scan(path: str, mode: str) -> dict:
    import pyarrow as pa
    import pyarrow.csv

    with open(path, "rb") as stream:
        names = stream.readline().decode().strip().split(";")
    kind = pa.binary() if mode == "bytes" else pa.string()
    started = time.perf_counter(), time.process_time()
    reader = pa.csv.open_csv(
        path, pa.csv.ReadOptions(encoding="utf8" if mode == "bytes" else mode),
        pa.csv.ParseOptions(delimiter=";"),
        pa.csv.ConvertOptions(column_types=dict.fromkeys(names, kind), strings_can_be_null=False))
    records = sum(batch.num_rows for batch in reader)
    return _spent(started) | {"records": records}


def _load(root: str) -> dict:
    from cepkit import intake

    declared = edition()
    started = time.perf_counter(), time.process_time()
    delivery = intake.load(declared, Path(root))
    spent = _spent(started)
    assert not [p for p in delivery.problemes if p.bloquant], delivery.problemes
    table = delivery.tables["entrees_individuelles"]
    return spent | {"records": int(delivery.recus["lignes_lues"].sum()), "rows": len(table)}


def _spent(started: tuple[float, float]) -> dict:
    return {"wall": time.perf_counter() - started[0], "cpu": time.process_time() - started[1],
            "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    print(json.dumps({"scan": _scan, "load": _load}[what](*arguments)))
