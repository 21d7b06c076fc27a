"""Rates over the own public, standardised both ways, double accompaniment, small profiles."""

import numpy as np
import pandas as pd
import pytest

from cepkit import indicators as ind
from cepkit.errors import UsageError
from cepkit.intervals import byar, indirect_ratio, newcombe_difference, overdispersion, rate_ratio

from .release import _meta, make, rows


def at(frame, **keys):
    for name, value in keys.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_operator_alone_on_its_public_has_a_rate(bretagne):
    frame = ind.own_public(bretagne)
    row = at(frame, region="53", public="recherche")
    assert (row["operateur"], row["valeur"]) == ("france_travail", pytest.approx(90.0))
    assert (row["borne_inf"], row["borne_sup"]) == pytest.approx([v / 10 for v in byar(900)])
    # France hors Mayotte: (8100 - 100) / 10 000.
    assert (row["reference"], row["ecart"]) == (pytest.approx(80.0), pytest.approx(10.0))
    rest, _ = rate_ratio(900, 1000, 7100, 9000)
    assert row["ratio"] == pytest.approx(1 / (0.1 + 0.9 / rest))
    assert row["unite"] == "pour 100" and row["base"].startswith("demandeurs, 2022, France hors")
    assert at(frame, region="53", public="emploi")["valeur"] == pytest.approx(100 / 90)


def test_operators_that_share_a_public_are_added_up_where_they_may_be():
    publics = {"tous": {"libelle": "Actifs", "operateurs": ["france_travail", "apec"],
                        "denominateur": "actifs"}}  # fmt: skip
    r = make(meta={"publics": publics})
    row = at(ind.own_public(r), region="53")
    assert (row["operateur"], row["numerateur"]) == ("ensemble", 1000)
    row = at(ind.own_public(r, mesure="beneficiaires"), region="53")
    assert row["etat"] == "non_disponible" and "d’un opérateur à l’autre" in row["note"]


def test_operator_without_a_declared_public_has_only_a_contribution():
    publics = {"recherche": _meta()["publics"]["recherche"]}
    row = at(ind.own_public(make(meta={"publics": publics})), operateur="apec")
    assert row["etat"] == "non_disponible" and "seule sa contribution" in row["note"]


def test_count_larger_than_its_population_is_no_share():
    lines = [("2022", "53", "total", "ensemble", 10_001), ("2022", "06", "total", "ensemble", 1)]
    row = at(ind.take_up(make(beneficiaires=rows("beneficiaires", (), lines)),
                         mesure="beneficiaires"), region="53")  # fmt: skip
    assert row["etat"] == "non_disponible" and pd.isna(row["valeur"])
    assert "dépasse la population" in row["note"]


def test_base_tells_concept_year_field_and_edition(bretagne):
    declared = [d | {"libelle": "Actifs", "concept": "Population active", "edition": "RP 2017"}
                if d["nom"] == "actifs" else d for d in _meta()["denominateurs"]]  # fmt: skip
    row = ind.take_up(make(meta={"denominateurs": declared})).iloc[0]
    assert row["base"] == "Actifs (population active), 2017, France hors Mayotte, RP 2017"


def test_place_of_delivery_is_told_for_the_region_and_refused_for_departments():
    plan = [t | {"lieu": "delivrance"} for t in _meta()["plan"]]
    r = make(meta={"plan": plan})
    row = at(ind.take_up(r), region="53")
    assert row["etat"] == "publie" and "au lieu de délivrance du CEP" in row["note"]
    row = at(ind.take_up(r, by="departement"), departement="22")
    assert row["etat"] == "non_disponible"


def test_department_is_inside_its_region_only_where_the_measure_adds_up():
    measures = _meta()["mesures"]
    measures["entrees"]["additive"] = ["region", "operateur"]
    row = at(ind.take_up(make(meta={"mesures": measures}), by="departement"), departement="22")
    value, limits = rate_ratio(600, 5000, 1000, 10_000)
    assert (row["ratio"], row["ratio_inf"], row["ratio_sup"]) == pytest.approx((value, *limits))


def test_rate_by_sex_and_age(bretagne):
    row = at(ind.take_up(bretagne, by="sexe_age"), region="53", sexe="femme", tranche_age="25_plus")
    assert (row["valeur"], row["reference"]) == (pytest.approx(12.0), pytest.approx(40 / 3))


def test_direct_standardisation_over_sex_and_age_by_hand(bretagne):
    frame = ind.standardised_gap(bretagne)
    row = at(frame, composante="sexe_age")
    # National weights 1/8, 3/8, 1/8, 3/8 on the region's 10, 12, 7 and 10 per 100.
    assert row["valeur"] == pytest.approx((10 + 3 * 12 + 7 + 3 * 10) / 8)
    assert row["ecart"] == pytest.approx(10.375 - 12.5)
    parts = frame[frame["composante"] == "contribution_sexe_age"]
    assert parts["ecart"].sum() == pytest.approx(10.375 - 12.5)
    assert at(parts, modalite="femme / 25_plus")["ecart"] == pytest.approx(3 / 8 * (12 - 40 / 3))
    structure = at(frame, composante="structure_sexe_age")
    assert structure["ecart"] == pytest.approx(10 - 10.375)


@pytest.mark.parametrize(
    ("composante", "expected", "lecture"),
    [
        # 1000 × 8000 / 10 000 + 9000 × 2000 / 70 000.
        ("indirect_operateurs", 800 + 9000 / 35, "non concluant"),
        # 2000 × 0.1 + 3000 × 4/30 + 2000 × 0.12 + 3000 × 38/300.
        ("indirect_sexe_age", 200 + 400 + 240 + 380, "en dessous"),
    ],
)
def test_indirect_standardisation_by_hand(bretagne, composante, expected, lecture):
    row = at(ind.standardised_gap(bretagne), composante=composante)
    assert (row["numerateur"], row["denominateur"]) == (1000, pytest.approx(expected))
    value, limits = indirect_ratio(1000, expected)
    assert (row["valeur"], row["borne_inf"], row["borne_sup"]) == pytest.approx((value, *limits))
    assert (row["unite"], row["reference"]) == ("rapport", 1.0)
    assert row["methode"].startswith("Byar") and row["lecture"] == lecture


def test_reference_smaller_than_the_region_is_refused_with_a_reason():
    lines = [("2022", z, "total", o, n) for z, o, n in (
        ("53", "france_travail", 900), ("53", "apec", 100), ("53", "ensemble", 1000),
        ("FR", "france_travail", 800), ("FR", "apec", 90), ("FR", "ensemble", 890),
        ("06", "france_travail", 1), ("06", "apec", 1), ("06", "ensemble", 2))]  # fmt: skip
    frame = ind.standardised_gap(make(volumes=rows("entrees", (), lines)))
    row = at(frame, composante="operateurs")
    assert row["etat"] == "non_disponible" and "ne contient pas" in row["note"]


def test_persons_followed_by_two_operators(bretagne):
    row = ind.several_operators(bretagne).iloc[0]
    assert (row["numerateur"], row["denominateur"]) == (50, 950)
    assert (row["valeur"], row["reference"]) == (pytest.approx(1 / 19), pytest.approx(0.0625))
    # The region is 950 of the 9600: the gap to the rest is carried to the whole.
    gap, (low, high) = newcombe_difference(50, 950, 550, 8650)
    share = 1 - 950 / 9600
    assert [row["ecart"], row["ecart_inf"], row["ecart_sup"]] == pytest.approx(
        [share * v for v in (gap, low, high)]
    )
    assert row["modalite"] == "deux_ou_plus" and row["lecture"] == "non concluant"


def test_double_accompaniment_is_not_measured_on_a_tabulated_delivery():
    plan = [t for t in _meta()["plan"] if t["nom"] != "nombre_operateurs"]
    row = ind.several_operators(make(meta={"plan": plan})).iloc[0]
    assert row["etat"] == "non_disponible" and "livraison individuelle" in row["note"]


def test_double_accompaniment_is_of_persons_not_of_entries():
    plan = [t | {"mesure": "entrees"} if t["nom"] == "nombre_operateurs" else t
            for t in _meta()["plan"]]  # fmt: skip
    row = ind.several_operators(make(meta={"plan": plan})).iloc[0]
    assert row["etat"] == "non_disponible" and "non des personnes" in row["note"]


def test_shares_of_departments_against_their_region(bretagne):
    frame = ind.shares(bretagne, "departement_sexe", "sexe", by="departement")
    row = at(frame, departement="22", modalite="femme")
    assert (row["valeur"], row["reference"]) == (pytest.approx(0.6), pytest.approx(0.56))
    # Against the other department, 200 of 400, which weighs 40 %.
    assert row["ecart"] == pytest.approx(0.4 * (0.6 - 0.5))
    assert frame.attrs["cepkit"]["reference"] == "Bretagne"


def many(n=12):
    """A region of `n` departments of 500 entries, 10 women more or fewer in each."""
    women = [250 + 10 * (i % 5 - 2) for i in range(n)]
    lines = [("2022", "53", str(22 + i), "ensemble", m, v) for i, w in enumerate(women)
             for m, v in (("femme", w), ("homme", 500 - w), ("total", 500))]  # fmt: skip
    total = sum(women)
    lines += [
        ("2022", "53", "total", "ensemble", m, v)
        for m, v in (("femme", total), ("homme", 500 * n - total), ("total", 500 * n))
    ]
    return women, make(departement_sexe=rows("entrees", ("sexe",), lines))


def test_funnel_of_small_profiles_takes_the_overdispersion():
    women, r = many()
    frame = ind.funnel(r, dimension="sexe")
    mine = frame[frame["modalite"] == "femme"]
    theta = sum(women) / 6000
    unit = theta * (1 - theta)
    phi = overdispersion((np.array(women) / 500 - theta) / np.sqrt(unit / 500))
    assert mine["surdispersion"].tolist() == pytest.approx([phi] * 12)
    half = 3.0902323 * np.sqrt(phi * unit / 500)  # normal quantile of 99.8 %
    assert mine["limite_sup_998"].tolist() == pytest.approx([theta + half] * 12)
    assert set(mine["position"]) == {"dans les limites"}


def test_funnel_of_few_territories_says_why_it_is_not_drawn():
    frame = ind.funnel(many(4)[1], dimension="sexe")
    assert frame["limite_sup_95"].isna().all() and "4 territoires" in frame["note"].iloc[0]
    with pytest.raises(UsageError, match="« csp » par département"):
        ind.funnel(many(4)[1], dimension="csp")


# Twenty departments of 1 000 actifs and 100 entries but one of 125: alone its gap is marked
# (score test, p = 0.0155 with statsmodels 0.15, test_poisson_2indep(125, 1000, 1900, 19000,
# method="score")); read among twenty it does not stand: 0.0155 × 20 > 0.05.
def test_rates_of_many_departments_are_read_together():
    from statsmodels.stats.rates import test_poisson_2indep as score

    p = score(125, 1000, 1900, 19_000, method="score").pvalue
    assert 0.05 / 20 < p < 0.05
    codes = [f"{i:02d}" for i in range(1, 21)]
    lines = [("2022", "53", d, "ensemble", 125 if d == "01" else 100) for d in codes]
    lines += [("2022", "53", "total", "ensemble", 2025)]
    r = make(volumes=rows("entrees", (), lines))
    context = r._part.contexte
    for d in codes:
        context.loc[len(context)] = ["actifs", "53", d, "total", "total", 1000.0, "publie"]
    context.loc[(context["serie"] == "actifs") & (context["region"] == "53")
                & (context["departement"] == "total"), "valeur"] = 20_000.0  # fmt: skip
    row = at(ind.take_up(r, by="departement"), departement="01")
    assert row["ratio_inf"] > 1 and row["ratio"] > 1.1
    assert row["lecture"] == "non concluant" and "lecture simultanée" in row["note"]
