"""From records to the indicator: persons by number of operators, masked like any other table."""

from __future__ import annotations

import pytest
import yaml

from cepkit import indicators as ind
from cepkit import store
from cepkit.codes import REGIONS, SECRET, region_name
from cepkit.region import Region
from tests.intake.test_persons import COLUMNS, HEADER, declared


@pytest.fixture
def released(root):
    """Each region: 90 persons with one operator, 30 with two; Corse: 90 and 2."""
    lines = [";".join([HEADER, *COLUMNS])]
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
