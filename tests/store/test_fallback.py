"""Coarser modalities, level 2 and secret zeros, from the delivery to the written store."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest
import yaml

from cepkit import Region, store
from cepkit import indicators as ind
from cepkit.show import state, tables
from cepkit.show.figures import bars
from tests.intake.small import MESURES, source
from tests.store.conftest import declared

AGES = ("moins_25", "25_34", "35_49", "50_54", "55_plus")
GROUPS = {"15_24_ans": ["moins_25"], "25_54_ans": ["25_34", "35_49", "50_54"],
          "55_64_ans": ["55_plus"]}
# Women, men by age: alone, 2 persons of 25 to 34 years hide behind the 12 under 25, the cheapest.
PERSONS = {"moins_25": (6, 6), "25_34": (1, 1), "35_49": (3, 20), "50_54": (20, 2),
           "55_plus": (24, 6)}
SEX = {"nom": "age_sexe", "titre": "Âge et sexe", "source": "ages", "mesure": "entrees",
       "dimensions": ["tranche_age", "sexe"], "niveaux": ["region"]}
AGE = SEX | {"nom": "age", "titre": "Âge", "dimensions": ["tranche_age"]}


def project(root, persons, plan, **secret):
    """Ages of Bretagne by sex, whose 25 to 54 years are one coarser modality."""
    lines = [f"Bretagne;{age};{sexe};{n}" for age, both in persons.items()
             for sexe, n in zip(("Femmes", "Hommes"), both, strict=True)]
    data = root / "data" / "essai"
    for old in data.glob("*.csv"):
        old.unlink()
    (data / "ages.csv").write_text("\n".join(["Région;Âge;Sexe;n", *lines]) + "\n", "cp1252")
    content = declared().model_dump(mode="json")
    table = source("ages", constantes={"mesure": "entrees"}, colonnes={
        "Région": "region", "Âge": "tranche_age", "Sexe": "sexe", "n": "effectif"})
    content["donnees"]["tables"] = [table.model_dump(mode="json")]
    content["diffusion"]["tables"] = plan
    content["nomenclatures"]["tranche_age"] = {
        "titre": "Âge", "modalites": {a: {"libelle": a} for a in AGES}}
    content["mesures"]["entrees"] = MESURES["entrees"] | {
        "additive": [*MESURES["entrees"]["additive"], "tranche_age"]}
    content["secret"] |= secret
    content["regroupements"] = [{"dimension": "tranche_age", "vers": GROUPS,
                                 "libelles": {"25_54_ans": "25 à 54 ans"}}]
    (root / "parameters" / "essai" / "edition.yml").write_text(
        yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return store.build("essai")


def released(root, name):
    """{(age, sexe): count, or None when withheld} of a table of the store."""
    frame = pq.read_table(root / "outputs/essai/.store/tables" / f"{name}.parquet").to_pandas()
    frame = frame[frame["region"].eq("53")]
    sexe = frame["sexe"] if "sexe" in frame else ["total"] * len(frame)
    return {(a, s): None if e == "secret" else n for a, s, n, e in zip(
        frame["tranche_age"], sexe, frame["effectif"], frame["etat"], strict=True)}


def meta(root):
    return json.loads((root / "outputs/essai/.store/meta.json").read_text("utf-8"))


def test_modalities_mostly_withheld_are_added_up(root):
    """2, 4 and 3 of 5 ages are small (60 %): their sum, 9, is released in their place."""
    small = {"moins_25": (12, 0), "25_34": (2, 0), "35_49": (4, 0), "50_54": (3, 0),
             "55_plus": (30, 0)}
    project(root, small, [AGE], repli_au_dela=0.5)
    told = released(root, "age")
    assert told == {("15_24_ans", "total"): 12, ("25_54_ans", "total"): 9,
                    ("55_64_ans", "total"): 30, ("total", "total"): 51}
    account = meta(root)["protection"]
    assert account["replis"] == [{"table": "age", "dimension": "tranche_age", "regions": ["53"],
                                  "vers": ["15_24_ans", "25_54_ans", "55_64_ans"]}]
    assert "3 modalités regroupées pour « Âge »" in account["replis_dits"][0]
    labels = meta(root)["nomenclatures"]["tranche_age"]["modalites"]
    assert labels["25_54_ans"]["libelle"] == "25 à 54 ans"
    assert account["n_masquees"] == 0


def test_annexe_says_that_modalities_are_grouped(root, monkeypatch):
    """The note stands under the table and the figure of the grouped table, nowhere else."""
    monkeypatch.setattr(state, "_page", state.Page())
    project(root, PERSONS, [SEX, AGE], repli_au_dela=0.5)
    r = Region.open("essai", region="53")
    state.set_page(r, "2")
    said = "Modalités regroupées pour protéger les personnes."
    grouped = ind.shares(r, "age_sexe", "tranche_age")
    assert set(grouped["modalite"]) >= set(GROUPS) and not set(grouped["modalite"]) & set(AGES)
    figure = bars.bars(grouped, titre="T", mesure="M", lecture="l")
    for block in (tables.table(grouped, titre="T"), figure):
        assert said in block.html and said in block.markdown
    assert "25 à 54 ans" in tables.table(grouped, titre="T").html
    for other in (ind.shares(r, "age", "tranche_age"), ind.shares(r, "age_sexe", "sexe")):
        assert said not in tables.table(other, titre="T").html


def test_detail_is_kept_when_it_is_mostly_published(root):
    project(root, PERSONS, [AGE], repli_au_dela=0.5)
    assert {a for a, _ in released(root, "age")} == {*AGES, "total"}
    assert meta(root)["protection"]["replis"] == []


def test_coarse_table_does_not_tell_the_detail_of_another(root):
    """12 under 25 in the coarse table would tell the 2 of 25 to 34 years: 12 + 2 is published.

    With the sums of the three groups known, a withheld age needs another one of its group.
    """
    project(root, PERSONS, [SEX, AGE], repli_au_dela=0.5)
    assert {a for a, _ in released(root, "age_sexe")} >= set(GROUPS)
    fine = released(root, "age")
    hidden = {a for (a, _), n in fine.items() if n is None}
    assert "25_34" in hidden and len(hidden & set(GROUPS["25_54_ans"])) > 1


def test_a_second_run_and_a_stricter_rule_keep_what_was_withheld(root):
    """What circulated in detail stays known to the attacker when the table becomes coarser."""
    project(root, PERSONS, [SEX, AGE], repli_au_dela=1.0)
    before = {a for (a, _), n in released(root, "age").items() if n is None}
    report = project(root, PERSONS, [SEX, AGE], repli_au_dela=0.5)
    assert meta(root)["protection"]["replis"] == []
    assert [p.bloquant for p in report.problemes if "n’est pas employé" in p.message] == [False]
    once = meta(root)["empreinte"]
    hidden = {a for (a, _), n in released(root, "age").items() if n is None}
    assert before <= hidden
    project(root, PERSONS, [SEX, AGE], repli_au_dela=0.5)
    assert meta(root)["empreinte"] == once


@pytest.mark.parametrize(("niveau", "n"), [(1, 2), (2, 3)])
def test_level_2_hides_that_a_count_is_small(root, niveau, n):
    """1 and 2 are known to add up to 3: either could be the other, but both are small for sure.

    Level 2 asks for a third cell, so that 5 or more is possible for each.
    """
    persons = {"moins_25": (1, 0), "25_34": (2, 0), "35_49": (60, 0), "50_54": (70, 0),
               "55_plus": (80, 0)}
    project(root, persons, [AGE], niveau=niveau, repli_au_dela=1.0)
    hidden = {a for (a, _), v in released(root, "age").items() if v is None}
    assert hidden >= {"moins_25", "25_34"} and len(hidden) == n
    said = "Rien ne permet non plus de savoir qu’une valeur retirée est petite."
    assert (said in meta(root)["protection"]["regle"]) is (niveau == 2)


@pytest.mark.parametrize(("zeros", "n"), [("publies", 0), ("secrets", 2)])
def test_secret_zeros_cannot_be_subtracted(root, zeros, n):
    """A lone 0 beside its published total needs a second withheld cell, as a 2 would."""
    persons = {"moins_25": (0, 0), "25_34": (20, 0), "35_49": (60, 0), "50_54": (70, 0),
               "55_plus": (80, 0)}
    project(root, persons, [AGE], zeros=zeros)
    told = released(root, "age")
    hidden = {a for (a, _), v in told.items() if v is None}
    assert len(hidden) == n and told["total", "total"] == 230
    assert ("moins_25" in hidden) is (zeros == "secrets")
