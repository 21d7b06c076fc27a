"""docs/indicateurs.md: every example is executed, every public function has its row."""

import inspect
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from cepkit import indicators as ind
from cepkit import intervals as ci
from cepkit.errors import CepkitError
from cepkit.protection.statistics import COLUMNS
from cepkit.region import Region

from .release import _meta, make
from .test_publics import many

PAGE = (Path(__file__).parents[2] / "docs" / "indicateurs.md").read_text("utf-8")
ROWS = re.findall(r"^\| `(\w+).*\| `(.+?)` → `(.+?)` \|$", PAGE, re.M)


def lire(frame, column, **keys):
    """First cell of a column where the keys hold, numbers rounded to four decimals."""
    for name, value in keys.items():
        frame = frame[frame[name] == value]
    return arrondi(frame[column].iloc[0])


def refus(function, *args):
    """First sentence of the message of a function that refuses, without its detail."""
    with pytest.raises(CepkitError) as caught:
        function(*args)
    return str(caught.value).split(". ")[0].split(", une même")[0].rstrip(".")


def arrondi(value):
    """Numbers rounded to four decimals, in nested tuples too."""
    if isinstance(value, tuple):
        return tuple(arrondi(v) for v in value)
    return value if isinstance(value, str) else round(float(value), 4) + 0.0


def surveyed() -> Region:
    """A survey: « bien » for 60 % of 80 women, 80 % of 70 men; 60 % before, 80 % after."""
    said = [("utile", "bien", None, 0.7, 150), ("utile", "peu", None, 0.3, 150),
            ("utile", "bien", "F", 0.6, 80), ("utile", "bien", "H", 0.8, 70),
            ("avant", "bien", None, 0.6, 80), ("apres", "bien", None, 0.8, 70)]
    rows = pd.DataFrame([dict.fromkeys(COLUMNS) | {
        "statistique": "enquete", "annee": "2022", "region": "53", "departement": "total",
        "operateur": "ensemble", "mesure": "entrees", "dimension": q, "modalite": m,
        "par": g and "sexe", "groupe": g, "indicateur": "Enquête", "valeur": v,
        "taille_efficace": n, "denominateur": n, "unite": "part", "etat": "publie", "note": ""}
        for q, m, g, v, n in said])
    known = {"nom": "enquete", "mesure": "entrees", "champ": "", "source_publiee": ""}
    titles = {q: {"titre": q, "modalites": {}} for q in ("utile", "avant", "apres")}
    meta = {"statistiques": [known], "nomenclatures": _meta()["nomenclatures"] | titles}
    return Region(replace(make("53", meta=meta)._part, statistiques=rows))


@pytest.fixture(scope="module")
def names() -> dict:
    """Names that the examples use."""
    plan = [t for t in _meta()["plan"] if t["nom"] != "nombre_operateurs"]
    return {
        "ind": ind, "ci": ci, "lire": lire, "arrondi": arrondi, "refus": refus,
        "r": make("53"), "n": make("FR"), "douze": many()[1],
        "enquete": surveyed(), "sans_publics": make(meta={"publics": {}}),
        "sans_personnes": make(meta={"plan": plan}),
    }  # fmt: skip


@pytest.mark.parametrize(("name", "example", "result"), ROWS)
def test_examples_are_true(name, example, result, names):
    assert repr(eval(example, names)) == result


def test_every_row_of_the_tables_is_executed():
    lines = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert len(lines) == len(ROWS) and all("→" in line for line in lines)


def test_every_table_has_its_header_and_no_hole():
    for block in PAGE.split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        if lines:
            assert set(lines[1]) <= set("|- ") and len({line.count(" | ") for line in lines}) == 1


def test_every_indicator_has_an_example():
    assert {name for name, _, _ in ROWS} >= set(ind.__all__)


def test_every_interval_has_an_example():
    public = [n for n, f in inspect.getmembers(ci, inspect.isfunction)
              if f.__module__ == ci.__name__ and not n.startswith("_")]  # fmt: skip
    assert {name for name, _, _ in ROWS} >= set(public) - {"normal_quantile"}
