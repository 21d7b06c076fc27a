"""`cepkit audit` attacks the store with all that a reader may have; each planted error is told."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from cepkit import leaks, store
from cepkit.edition import project
from cepkit.protection import mask
from tests.store.test_release import DEPARTMENTS, deliver, hidden, masque, sent, table
from tests.store.test_statistics import RATE, settings  # noqa: F401 (a fixture)

SMALL = "2022|53|29|cap_emploi|entrees"


def told(root):
    """What `cepkit audit` says of the tables, as one text."""
    return " ".join(map(str, leaks.attacked("essai")))


def test_a_statistic_told_with_more_decimals(settings, root):  # noqa: F811
    """100 × (a/3000 + b/1000) / 2 = 21 with a + b = 423: with four decimals, three women."""
    settings(RATE)
    assert told(root) == ""
    path = project.paths("essai").cache / "journal" / "contraintes.json"
    facts = json.loads(path.read_text("utf-8"))
    assert facts[0][1:3] == ["41/2", "43/2"]
    facts[0][1:3] = ["210499/10000", "210501/10000"]
    path.write_text(json.dumps(facts), "utf-8")
    assert "« entrees » : 1 petit effectif (Bretagne) se retrouve" in told(root)


def test_a_statistic_of_an_earlier_version(settings, root):  # noqa: F811
    settings(RATE)
    path = project.paths("essai").cache / "journal" / "contraintes.json"
    facts = json.loads(path.read_text("utf-8"))
    facts[0][1:3] = ["210499/10000", "210501/10000"]
    rows = table(root).iloc[:0]
    assert told(root) == ""
    sent(root, rows, told=json.dumps(facts[:1]).encode())
    assert "1 petit effectif (Bretagne)" in told(root)


@pytest.mark.parametrize("purged", [False, True])
def test_a_withheld_cell_that_an_earlier_version_published(root, purged):
    store.build("essai")
    assert told(root) == "" and SMALL in hidden(root)
    plain = pd.read_parquet(project.paths("essai").cache / "tables" / "volumes.parquet")
    row = plain[plain["departement"].eq("29") & plain["operateur"].eq("apec")]
    sent(root, row.drop(columns=["borne_min", "borne_max"]))
    if purged:
        for path in (project.paths("essai").cache / "tables").iterdir():
            path.unlink()
    found = told(root)
    assert "mesure « entrees » : 1 petit effectif (Bretagne) se retrouve" in found
    assert "1 case du masque a été publiée dans une version antérieure" in found


def test_a_version_that_a_correction_gives_away(root):
    """As the release is refused: 65 - 133 + 70 = 2 when the second total is published."""
    deliver(root, DEPARTMENTS.format(70))
    store.build("essai")
    sent(root, table(root, "beneficiaires"))
    deliver(root, DEPARTMENTS.format(2))
    store.build("essai")
    assert told(root) == ""
    path = root / "outputs/essai/.store/tables/beneficiaires.parquet"
    frame = table(root, "beneficiaires")
    total = frame["region"].eq("53") & frame["departement"].eq("total") & frame["operateur"].eq(
        "cap_emploi")
    frame.loc[total, ["effectif", "etat"]] = [65, "publie"]
    frame.to_parquet(path, index=False)
    meta = path.parents[1] / "meta.json"
    meta.write_text(json.dumps(json.loads(meta.read_text("utf-8")) | {"empreinte": "autre"}),
                    "utf-8")
    assert "« beneficiaires »" in told(root) and "Bretagne" in told(root)


def test_a_mask_that_is_not_that_of_the_store(root):
    store.build("essai")
    lines = [line.split(";")[:5] for line in masque(root).read_text("utf-8").splitlines()[2:]]
    other = pd.DataFrame(lines[2:], columns=lines[0])
    masque(root).write_text(mask.text(other, False), "utf-8")
    assert "1 case masquée dans une version antérieure est absente du masque" in told(root)
    masque(root).write_text(masque(root).read_text("utf-8") + "2022;53;22;apec;entrees\n", "utf-8")
    assert "masque.csv" in told(root)
