"""Rates over a population of the same field, and what cannot be one."""

import pytest

from cepkit import indicators as ind
from cepkit.errors import ParametersError, UsageError
from cepkit.indicators.rows import COMPARISON, ROW
from cepkit.intervals import byar, rate_ratio, wilson

from .release import _meta, _tables, make, rows


def only(frame, **keys):
    for name, value in keys.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_columns_are_those_of_the_contract(bretagne):
    frame = ind.take_up(bretagne)
    keys = ["region", "departement", "operateur"]
    assert list(frame.columns) == [*keys, *ROW, *COMPARISON, "taux_chomage"]
    assert frame.attrs["cepkit"]["region"] == "53" and frame.attrs["cepkit"]["fictif"]


def test_entries_per_100_with_byar(bretagne):
    row = only(ind.take_up(bretagne), region="53")
    low, high = byar(1000)
    assert (row["valeur"], row["unite"]) == (pytest.approx(10.0), "pour 100")
    assert (row["borne_inf"], row["borne_sup"]) == pytest.approx((low / 100, high / 100))
    assert row["methode"].startswith("Byar") and row["taux_chomage"] == 6.0
    assert "population de 2017" in row["note"]


def test_france_leaves_out_the_region_without_population(bretagne):
    frame = ind.take_up(bretagne)
    france, rest = only(frame, region="FR"), only(frame, region="FR_sans_region")
    # By hand: 10 100 less the 100 of Mayotte, over 80 000; then less Bretagne.
    assert (france["numerateur"], france["valeur"]) == (10_000, pytest.approx(12.5))
    assert (rest["numerateur"], rest["denominateur"]) == (9000, 70_000)
    assert frame.attrs["cepkit"]["reference"] == "France hors Mayotte"


def test_gap_to_france_counts_the_region_once(bretagne):
    row = only(ind.take_up(bretagne), region="53")
    assert (row["reference"], row["ecart"]) == (12.5, pytest.approx(-2.5))
    assert row["ratio"] == pytest.approx(0.8)
    # The region weighs 1/8: ratio to the whole = 1 / (1/8 + 7/8 / ratio to the rest).
    _, (low, high) = rate_ratio(1000, 10_000, 9000, 70_000)
    assert row["ratio_inf"] == pytest.approx(1 / (1 / 8 + 7 / 8 / low))
    assert row["ratio_sup"] == pytest.approx(1 / (1 / 8 + 7 / 8 / high))
    assert row["lecture"] == "en dessous"


def test_beneficiaries_are_a_proportion(bretagne):
    row = only(ind.take_up(bretagne, mesure="beneficiaires"), region="53")
    assert (row["valeur"], row["unite"]) == (pytest.approx(0.095), "part")
    assert (row["borne_inf"], row["borne_sup"]) == pytest.approx(wilson(950, 10_000))
    assert row["indicateur"] == "taux_de_recours" and row["methode"].startswith("Wilson")


def test_operator_over_everybody_is_a_contribution(bretagne):
    frame = ind.take_up(bretagne, by="operateur")
    mine = frame[frame["region"] == "53"]
    assert list(mine["operateur"]) == ["france_travail", "apec", "ensemble"]
    assert list(mine["indicateur"]) == ["contribution", "contribution", "entrees_pour_100"]
    # The operator missing in Mayotte is what the published total leaves: none.
    assert only(frame, region="FR", operateur="apec")["numerateur"] == 2000


def test_departments_are_compared_with_their_region(bretagne):
    frame = ind.take_up(bretagne, by="departement")
    assert list(frame["departement"]) == ["22", "29", "total"]
    row = only(frame, departement="22")
    assert (row["valeur"], row["reference"], row["lecture"]) == (
        pytest.approx(12.0), pytest.approx(10.0), "au-dessus",
    )  # fmt: skip
    assert frame.attrs["cepkit"]["reference"] == "Bretagne"


def test_region_without_population_says_why(mayotte):
    row = only(ind.take_up(mayotte), region="06")
    assert row["etat"] == "non_disponible" and row.isna()[["valeur", "numerateur", "ecart"]].all()
    assert "Mayotte n’est pas dans cette série" in row["note"]
    assert row["lecture"] is None


def test_withheld_count_gives_a_withheld_rate():
    lines = [("2022", "53", "total", "ensemble", "s"), ("2022", "FR", "total", "ensemble", 9000)]
    row = only(ind.take_up(make(volumes=rows("entrees", (), lines))), region="53")
    assert row["etat"] == "secret" and "secret statistique" in row["note"]
    assert row.isna()[["valeur", "borne_inf", "borne_sup", "numerateur", "ecart", "ratio"]].all()


def test_withheld_outside_count_makes_the_national_rate_unavailable():
    table = _tables()["volumes"]
    outside = table["region"] == "06"
    table.loc[outside, ["effectif", "etat"]] = [None, "secret"]
    france = only(ind.take_up(make(volumes=table)), region="FR")
    assert france["etat"] == "secret" and "Mayotte" in france["note"]


def test_measure_that_does_not_add_up_has_no_rest():
    mesures = _meta()["mesures"]
    mesures["entrees"]["additive"] = []
    frame = ind.take_up(make(meta={"mesures": mesures}))
    rest = only(frame, region="FR_sans_region")
    assert rest["etat"] == "non_disponible" and "ne s’additionne pas" in rest["note"]


def test_place_of_delivery_gives_no_rate_by_department():
    plan = _meta()["plan"]
    plan[0]["lieu"] = "delivrance"
    frame = ind.take_up(make(meta={"plan": plan}), by="departement")
    row = only(frame, departement="22")
    assert row["etat"] == "non_disponible" and "lieu de délivrance" in row["note"]


def test_no_population_by_sex_and_age_is_one_row():
    declared = [d for d in _meta()["denominateurs"] if not d["dimensions"]]
    frame = ind.take_up(make(meta={"denominateurs": declared}), by="sexe_age")
    assert list(frame["etat"]) == ["non_disponible"]
    assert frame["note"].iloc[0].startswith("aucune population de référence par")


def test_the_frame_of_the_store_is_never_changed(bretagne):
    before = bretagne.table("volumes").copy()
    ind.take_up(bretagne, by="operateur")
    assert bretagne.table("volumes").equals(before)


def test_few_departments_have_no_funnel(bretagne):
    frame = ind.funnel(bretagne)
    assert frame["limite_sup_998"].isna().all()
    assert "surdispersion non estimable" in frame["note"].iloc[0]


def test_unknown_names_are_refused(bretagne):
    with pytest.raises(UsageError, match="by='commune'"):
        ind.take_up(bretagne, by="commune")
    with pytest.raises(UsageError, match="Vouliez-vous dire « beneficiaires »"):
        ind.take_up(bretagne, mesure="beneficiaire")
    with pytest.raises(ParametersError, match="plan de diffusion"):
        ind.counts(bretagne, "volume")
    with pytest.raises(UsageError, match="n’a pas la dimension « sexe »"):
        ind.counts(bretagne, "volumes", by="sexe")
