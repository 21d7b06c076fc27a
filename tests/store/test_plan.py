"""Released tables before masking: which totals are computed, kept, or said to be missing."""

from __future__ import annotations

import pandas as pd
import pytest

from cepkit import intake, plan
from cepkit.errors import DataError
from tests.intake.small import edition
from tests.store.conftest import PLAN, TABLES, declared


@pytest.fixture
def delivery(root):
    return intake.load(declared(), root)


@pytest.fixture
def tables(delivery):
    return plan.cut(declared(), delivery)


def cell(frame, region, departement="total", operateur="ensemble", **dims):
    keys = {"region": region, "departement": departement, "operateur": operateur} | dims
    for column, value in keys.items():
        frame = frame[frame[column].eq(value)]
    assert len(frame) == 1
    return frame.iloc[0]


def test_additive_totals_are_computed(tables):
    volumes = tables["volumes"]
    assert cell(volumes, "53")["effectif"] == 120 + 3 + 230 + 70
    assert cell(volumes, "53", operateur="apec")["effectif"] == 350
    assert cell(volumes, "53", "29")["effectif"] == 123


def test_a_total_with_an_unknown_part_has_no_value(tables):
    for row in (cell(tables["volumes"], "94"), cell(tables["volumes"], "94", "2A"),
                cell(tables["volumes"], "94", operateur="cap_emploi")):
        assert row["etat"] == "non_disponible"
        assert row.isna()["effectif"]
    assert cell(tables["volumes"], "94", operateur="apec")["effectif"] == 40


def test_delivered_france_is_kept_and_never_summed_from_two_regions(tables):
    assert cell(tables["volumes"], "FR")["effectif"] == 9000
    motifs = tables["motifs"]
    assert set(motifs["region"]) == {"53"}
    shown = plan.with_missing_totals(motifs.drop(columns=["borne_min", "borne_max"]))
    assert cell(shown, "FR", motif="point")["etat"] == "non_disponible"


def test_beneficiaries_are_summed_over_departments_never_over_operators(tables):
    frame = tables["beneficiaires"]
    assert cell(frame, "53", operateur="apec")["effectif"] == 310
    assert cell(frame, "FR")["effectif"] == 8500
    shown = plan.with_missing_totals(frame.drop(columns=["borne_min", "borne_max"]))
    assert cell(shown, "53")["etat"] == "non_disponible"


def test_the_total_of_multiple_answers_is_the_number_of_persons(tables):
    assert cell(tables["motifs"], "53", motif="total")["effectif"] == 300


def test_columns_and_levels(tables):
    assert list(tables["motifs"].columns) == [
        "annee", "region", "departement", "operateur", "mesure", "motif", "effectif",
        "borne_min", "borne_max", "etat"]
    frame = tables["sans_operateur"]
    assert set(frame["operateur"]) == {"ensemble"}
    assert set(frame["departement"]) == {"total"}
    assert cell(frame, "53")["effectif"] == 423


@pytest.mark.parametrize(("change", "message"), [
    ({"source": "motifs", "mesure": "beneficiaires", "dimensions": ["motif"]},
     "ne donne pas la mesure « beneficiaires »"),
    ({"dimensions": ["operateur", "sexe"]}, "ne donne pas sexe"),
])
def test_a_table_that_cannot_be_cut_is_refused(delivery, change, message):
    with pytest.raises(DataError, match=message):
        plan.cut(declared([PLAN[0] | change]), delivery)


def test_sources_that_disagree_are_refused(delivery):
    other = delivery.tables["volumes"].assign(effectif=delivery.tables["volumes"]["effectif"] + 1)
    delivery.tables["copie"] = other
    delivery.sources["copie"] = TABLES[0].model_copy(update={"nom": "copie"})
    table = declared().diffusion.tables[0].model_copy(update={"source": ["volumes", "copie"]})
    both = declared()
    object.__setattr__(both.diffusion, "tables", [table])
    with pytest.raises(DataError, match="deux valeurs différentes"):
        plan.cut(both, delivery)


def test_bounds_add_up(delivery):
    frame = delivery.tables["motifs"].iloc[:2].assign(
        effectif=[10, None], borne_min=[None, 1], borne_max=[None, 4],
        etat=["publie", "non_diffuse"]).astype(
        {"effectif": "Int64", "borne_min": "Int64", "borne_max": "Int64"})
    found = plan.sum_cells(frame, ["region"]).iloc[0]
    assert found[["borne_min", "borne_max", "etat"]].tolist() == [11, 14, "non_diffuse"]
    assert found.isna()["effectif"]


def test_a_rounded_cell_takes_the_exact_value_of_another_table(tables):
    rounded = tables["volumes"].assign(effectif=tables["volumes"]["effectif"] // 10 * 10)
    rounded.loc[rounded["operateur"].eq("ensemble") & rounded["region"].eq("FR"), "effectif"] = 9100
    found = plan.harmonised({"a": rounded, "b": tables["sans_operateur"]}, {"a": 10, "b": 1})
    assert cell(rounded, "53")["effectif"] == 420
    assert cell(found["a"], "53")["effectif"] == 423  # three away: within half of ten
    assert cell(found["a"], "FR")["effectif"] == 9100  # a contradiction is left to be told


def small(*rows):
    """Cells of one region: (operateur, sexe, effectif); None is « non_disponible »."""
    frame = pd.DataFrame(rows, columns=["operateur", "sexe", "effectif"])
    frame = frame.assign(annee="2022", region="53", departement="total", mesure="entrees",
                         borne_min=pd.NA, borne_max=pd.NA,
                         etat=["publie" if r[2] is not None else "non_disponible" for r in rows])
    return frame.astype(dict.fromkeys(("effectif", "borne_min", "borne_max"), "Int64"))


def test_a_total_is_not_made_up_when_a_modality_is_missing():
    frame = small(("apec", "F", 5), ("apec", "H", 6), ("cap_emploi", "F", 7))
    found = plan.with_total(frame, "sexe", adds=True, whole=True)
    assert found.loc[found["sexe"].eq("total"), ["operateur", "effectif"]].values.tolist() == [
        ["apec", 11]]


@pytest.mark.parametrize(("rows", "expected"), [
    # The sole missing part is what the total leaves.
    ((("apec", "F", 5), ("apec", "H", None), ("apec", "total", 8)), [5, 3, 8]),
    # Nothing is left: all missing parts are zero.
    ((("apec", "F", None), ("apec", "H", None), ("apec", "total", 0)), [0, 0, 0]),
    # Two parts, three left: nobody can tell.
    ((("apec", "F", None), ("apec", "H", None), ("apec", "total", 3)), [None, None, 3]),
    ((("apec", "F", 5), ("apec", "H", None), ("apec", "total", None)), [5, None, None]),
])
def test_missing_cells_that_totals_tell(rows, expected):
    found = plan.derived(small(*rows), ["sexe"])["effectif"]
    assert [None if pd.isna(v) else v for v in found] == expected


def test_comparisons_are_refused_across_a_break_with_the_reason(root):
    broken = edition(*TABLES, diffusion={"tables": PLAN}, ruptures=[
        {"annee": 2022, "motif": "Nouvelle source."}])
    delivery = intake.load(broken, root)
    delivery.tables["volumes"].loc[0, "annee"] = "2021"
    found = {c["comparaison"]: c for c in plan.comparisons(broken, delivery)}
    assert found["2022 et 2021"] == {"comparaison": "2022 et 2021", "region": None,
                                     "operateur": None, "admise": False,
                                     "raison": "Nouvelle source."}
    assert found["Région et France"]["admise"]
    assert not found["Entrées, Bénéficiaires et Personnes dont le motif est connu"]["admise"]
