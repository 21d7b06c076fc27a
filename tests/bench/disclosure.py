"""Disclosure control: linked releases of growing size protected, then attacked

One process, one core. `release(name)` draws people, each in a departement, with an operator and a
profile, and cuts linked tables departement × operator × profile out of them, with every total: the
shape of the demonstration release, with departements in every table and many more small counts.
"""

from __future__ import annotations

import itertools
import json
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd

from cepkit.disclosure import audit, protect
from tests.bench.rows import Row, child

COMMAND = "python -m tests.bench disclosure"
LIMITS = {"10k": None, "50k": 60.0, "100k": None, "200k": 300.0}  # CPU of one process
DEPARTEMENTS = [8, 8, 6, 8, 5, 10, 5, 5, 4, 12, 13, 12, 6, 2, 1, 1, 1, 1]  # of each region
OPERATORS = [0.55, 0.25, 0.12, 0.05, 0.03]
DIMENSIONS = {"sexe": 2, "tranche_age": 6, "csp": 8, "diplome": 7, "statut": 6, "handicap": 2,
              "niveau": 3, "motif": 8, "prestation": 5, "secteur": 10}
SINGLE = [(d,) for d in DIMENSIONS]
CROSSED = [("sexe", d) for d in DIMENSIONS if d != "sexe"] + [("tranche_age", "csp"),
                                                             ("tranche_age", "statut")]
SIZES = {"10k": (SINGLE[:3], 150_000), "50k": (SINGLE + CROSSED[:1], 500_000),
         "100k": (SINGLE + CROSSED[:3], 900_000), "200k": (SINGLE + CROSSED, 1_500_000)}
OPTIONS = {"totals": {"region": "FR", "operateur": "ensemble", "default": "total"}}


def people(n: int, seed: int = 1) -> pd.DataFrame:
    """Records: departements of unequal sizes, profiles that depend a little on the operator."""
    rng = np.random.default_rng(seed)
    region = np.repeat(np.arange(len(DEPARTEMENTS)), DEPARTEMENTS)
    weight = rng.lognormal(0, 0.9, len(region)) * np.where(region >= 14, 0.3, 1)
    place = rng.choice(len(region), n, p=weight / weight.sum())
    operator = rng.choice(len(OPERATORS), n, p=OPERATORS)
    frame = {"region": region[place], "departement": place, "operateur": operator}
    for name, size in DIMENSIONS.items():
        share = rng.dirichlet(np.full(size, 1.2), len(OPERATORS)).cumsum(axis=1)
        frame[name] = (rng.random(n)[:, None] > share[operator]).sum(axis=1).clip(0, size - 1)
    return pd.DataFrame(frame)


def cut(records: pd.DataFrame, dims: tuple[str, ...]) -> pd.DataFrame:
    """One table with the totals of its dimensions, operators, departements and regions."""
    keys = ["region", "departement", "operateur", *dims]
    sizes = [len(OPERATORS), *(DIMENSIONS[d] for d in dims)]
    places = records[["region", "departement"]].drop_duplicates().sort_values("departement")
    every = [(r, d, *rest) for r, d in places.itertuples(index=False)
             for rest in itertools.product(*map(range, sizes))]
    counts = records.groupby(keys).size().reindex(pd.MultiIndex.from_tuples(every, names=keys),
                                                  fill_value=0).rename("effectif").reset_index()
    frame = counts.astype(dict.fromkeys(keys, str))
    for column, total in (("operateur", "ensemble"), *((d, "total") for d in dims),
                          ("departement", "total"), ("region", "FR")):
        below = frame if column != "region" else frame[frame["departement"].eq("total")]
        others = [k for k in keys if k != column]
        sums = below.groupby(others, as_index=False)["effectif"].sum().assign(**{column: total})
        frame = pd.concat([frame, sums[frame.columns]], ignore_index=True)
    return frame


def release(size: str, seed: int = 1) -> dict[str, pd.DataFrame]:
    """Linked tables of about 10 000, 50 000, 100 000 or 200 000 cells."""
    plan, n = SIZES[size]
    records = people(n, seed)
    return {"_".join(dims): cut(records, dims) for dims in plan}


def run(options) -> list[Row]:
    found = []
    for size, limit in LIMITS.items():
        try:
            told = child("tests.bench.disclosure", size)
        except subprocess.CalledProcessError as error:
            if error.returncode != -signal.SIGXCPU:
                raise
            found.append(Row("disclosure", f"**{size}: stopped unfinished, CPU**", 2 * limit, "s",
                             limit))
            continue
        if not told.pop("sures"):
            raise RuntimeError(f"{size}: a cell can be worked out")
        seconds = told["protect, CPU"] + told["audit, CPU"]
        memory = told.pop("rss")
        found += [Row("disclosure", f"{size}: {what}", number, "s" if "CPU" in what else "")
                  for what, number in told.items()]
        found += [Row("disclosure", f"**{size}: both, CPU**", seconds, "s", limit),
                  Row("disclosure", f"**{size}: peak memory**", memory, "GiB", 1.5)]
    return found


def measure(size: str) -> dict:
    """Cells, relations, mask, volume withheld, CPU seconds and peak memory of one release."""
    tables = release(size)
    start = time.process_time()
    result = protect(tables, **OPTIONS)
    middle = time.process_time()
    verdicts = audit(result.tables, exact=False, **OPTIONS)
    end = time.process_time()
    told = result.rapport
    return {"cells": told["cellules"], "relations": told["relations"],
            "small counts": told["primaires"], "secondary cells": told["secondaires"],
            "volume of secondary cells": told["volume_secondaire"],
            "linear programmes": told["programmes_lineaires"],
            "sures": result.complete and bool(verdicts["sur"].all()),
            "protect, CPU": middle - start, "audit, CPU": end - middle,
            "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}


if __name__ == "__main__":
    if given := LIMITS[sys.argv[1]]:
        resource.setrlimit(resource.RLIMIT_CPU, (int(2 * given), int(2 * given)))
    print(json.dumps(measure(sys.argv[1])))
