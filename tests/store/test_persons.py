"""From records to the indicator: persons by number of operators, masked like any other table."""

from __future__ import annotations

import numpy as np
import pytest
import yaml
from scipy.optimize import Bounds, LinearConstraint, milp

from cepkit import indicators as ind
from cepkit import store
from cepkit.codes import REGIONS, SECRET, region_name
from cepkit.region import Region
from tests.intake.test_persons import COLUMNS, HEADER, declared


@pytest.fixture
def released(root):
    """Each region: 90 persons with one operator, 30 with two; Corse: 90 and 2."""
    return deliver(root)


def deliver(root, *more):
    """The store made of these persons, `more` rows of the file added."""
    lines = [";".join([HEADER, *COLUMNS]), *more]
    for region in REGIONS:
        twice = 2 if region == "94" else 30
        for i in range(90 + twice):
            row = f"zq-{region}-{i};2022;{region_name(region)}"
            lines += [f"{row};Apec", *[f"{row};Cap emploi"] * (i < twice)]
    (root / "data" / "essai" / "dossiers.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (root / "parameters" / "essai" / "edition.yml").write_text(yaml.safe_dump(
        declared(constantes={"mesure": "personnes"}).model_copy(
            update={"mesure_principale": "personnes"}).model_dump(mode="json"),
        allow_unicode=True), "utf-8")
    store.build("essai")
    return root


def test_the_indicator_reads_the_counted_persons(released):
    row = ind.several_operators(Region.open("essai", "53")).iloc[0]
    # By hand: 30 of 120 in Bretagne; France 17 × 30 + 2 of 17 × 120 + 92.
    assert row["valeur"] == pytest.approx(30 / 120)
    assert row["reference"] == pytest.approx(512 / 2132)


def test_few_persons_are_masked_and_no_pseudonym_is_kept(released):
    frame = Region.open("essai", "94").table("nombre")
    two = frame[frame["region"].eq("94") & frame["nombre_operateurs"].eq("deux")]
    assert two["etat"].tolist() == [SECRET]
    assert two["effectif"].isna().all()
    made = [p for p in released.rglob("*") if p.is_file() and p.name != "dossiers.csv"]
    assert any(p.suffix == ".parquet" for p in made)
    assert [p for p in made if b"zq-" in p.read_bytes()] == []


def attacked(root, slack):
    """What scipy finds of Corse, « deux »: operators add up to totals, regions to France within
    `slack` persons, each hidden count at least 1; the least and the most that it can be."""
    frame = Region.open("essai", "FR").table("nombre")
    cells = {k: i for i, k in enumerate(zip(frame["region"], frame["nombre_operateurs"],
                                            strict=True))}
    value = frame["effectif"].to_numpy(float, na_value=np.nan)
    low, high = np.where(np.isnan(value), 1, value), np.where(np.isnan(value), 1e4, value)
    rows, room = [], []
    for code in [*REGIONS, "FR"]:
        row = np.zeros(len(cells))
        for (region, number), i in cells.items():
            row[i] = 0 if region != code else -1 if number == "total" else 1
        rows.append(row), room.append(0)
    for wanted in ("un", "deux", "trois", "total"):
        row = np.zeros(len(cells))
        for (region, number), i in cells.items():
            row[i] = 0 if number != wanted else -1 if region == "FR" else 1
        rows.append(row), room.append(slack)
    law = LinearConstraint(np.array(rows), -np.array(room), np.array(room))
    target = np.eye(len(cells))[cells["94", "deux"]]
    found = [milp(sign * target, constraints=law, bounds=Bounds(low, high),
                  integrality=np.ones(len(cells))) for sign in (1, -1)]
    return [round(f.fun * sign) for f, sign in zip(found, (1, -1), strict=True)]


@pytest.mark.parametrize("movers", [0, 1])
def test_regions_that_nearly_add_up_to_france_are_attacked(root, movers):
    """One person followed in two regions: France less the regions tells a count within one."""
    name = f"{HEADER}-mobile"
    deliver(root, *[f"{name};2022;{region_name(r)};Apec" for r in ("53", "28")][:2 * movers])
    frame = Region.open("essai", "FR").table("nombre").set_index(["region", "nombre_operateurs"])
    total = frame["effectif"].xs("total", level="nombre_operateurs")
    assert total.drop("FR").sum() - total["FR"] == movers
    assert frame.loc[("94", "deux"), "etat"] == SECRET
    least, most = attacked(root, movers)
    assert least < most
