"""Shares, profiles, multiple answers, schemes."""

import pytest

from cepkit import indicators as ind
from cepkit.intervals import newcombe_difference, specificity, wilson

from .release import make, rows


def test_share_and_gap_to_france(bretagne):
    frame = ind.shares(bretagne, "profil_sexe", "sexe")
    assert list(frame["modalite"]) == ["homme", "femme"]  # nomenclature order
    row = frame.iloc[1]
    assert (row["valeur"], row["reference"]) == (0.56, 0.5)
    assert (row["borne_inf"], row["borne_sup"]) == pytest.approx(wilson(560, 1000))
    # By hand: the rest counts 5050 - 560 of 9100; the region weighs 1000 / 10 100.
    _, (low, high) = newcombe_difference(560, 1000, 4490, 9100)
    scale = 1 - 1000 / 10_100
    assert (row["ecart_inf"], row["ecart_sup"]) == pytest.approx((scale * low, scale * high))
    index, limits = specificity(560, 1000, 5050, 10_100)
    assert (row["ratio"], row["ratio_inf"], row["ratio_sup"]) == pytest.approx((index, *limits))
    assert row["lecture"] == "au-dessus"
    assert row["methode"] == "Wilson ; Newcombe (méthode 10) ; rapport logarithmique"


def test_reference_without_the_region(bretagne):
    row = ind.shares(bretagne, "profil_sexe", "sexe", reference="FR_sans_region").iloc[1]
    gap, limits = newcombe_difference(560, 1000, 4490, 9100)
    assert (row["reference"], row["ecart"]) == pytest.approx((4490 / 9100, gap))
    assert (row["ecart_inf"], row["ecart_sup"]) == pytest.approx(limits)


def test_unknown_answers_leave_the_base(bretagne):
    frame = ind.shares(bretagne, "profil_csp", "csp")
    assert list(frame["modalite"]) == ["cadres", "employes"]
    row = frame.iloc[1]
    assert (row["numerateur"], row["denominateur"], row["valeur"]) == (300, 400, 0.75)
    assert row["base"] == "entrées dont la CSP est connue"


def test_withheld_modality_is_not_obtained_by_difference(bretagne):
    row = ind.shares(bretagne, "profil_csp", "csp").iloc[0]
    assert row["etat"] == "secret"
    assert row.isna()[["valeur", "numerateur", "ecart", "ratio"]].all() and row["lecture"] is None


def test_withheld_base_withholds_every_share():
    lines = [
        ("2022", "53", "total", "ensemble", "femme", 30),
        ("2022", "53", "total", "ensemble", "homme", 20),
        ("2022", "53", "total", "ensemble", "total", "s"),
    ]
    frame = ind.shares(make(profil_sexe=rows("entrees", ("sexe",), lines)), "profil_sexe", "sexe")
    assert set(frame["etat"]) == {"secret"} and frame["valeur"].isna().all()


def test_withheld_reference_leaves_the_share(bretagne):
    table = bretagne.table("profil_sexe")
    table.loc[table["region"] == "FR", ["effectif", "etat"]] = [None, "secret"]
    row = ind.shares(make(profil_sexe=table), "profil_sexe", "sexe").iloc[1]
    assert (row["etat"], row["valeur"], row["lecture"]) == ("publie", 0.56, None)
    assert row["note"] == "référence nationale : valeur non diffusée : secret statistique"


def test_multiple_answers_keep_the_persons_as_base(bretagne):
    frame = ind.multiple(bretagne, "motifs", "motif")
    assert list(frame["denominateur"]) == [100, 100]
    assert frame["valeur"].sum() == pytest.approx(1.3)
    assert frame["note"].str.contains("dépasse 100 %").all()


def test_operator_mix_follows_the_law(bretagne):
    frame = ind.operator_mix(bretagne)
    assert list(frame["operateur"]) == ["france_travail", "apec"]
    assert list(frame["valeur"]) == [0.9, 0.1]


def test_operator_mix_of_beneficiaries_says_that_they_do_not_add_up(bretagne):
    frame = ind.operator_mix(bretagne, mesure="beneficiaires")
    assert frame["valeur"].sum() > 1
    assert frame["note"].str.contains("suivie par deux opérateurs").all()


def test_absent_dimensions_say_so(bretagne):
    frame = ind.profile(bretagne, ["sexe", "diplome"])
    row = frame[frame["dimension"] == "diplome"].iloc[0]
    assert row["etat"] == "non_disponible" and "ne figure pas" in row["note"]


def test_simultaneous_reading_withdraws_weak_gaps():
    def table(dim, *counts):
        lines = [("2022", place, "total", "ensemble", m, n) for place, m, n in counts]
        return rows("entrees", (dim,), lines)

    sexe = table(
        "sexe", ("53", "femme", 560), ("53", "homme", 440), ("53", "total", 1000),
        ("FR", "femme", 5280), ("FR", "homme", 4720), ("FR", "total", 10_000),
    )  # fmt: skip
    csp = table(
        "csp", ("53", "cadres", 300), ("53", "employes", 700), ("53", "non_renseigne", 0),
        ("53", "total", 1000), ("FR", "cadres", 3000), ("FR", "employes", 7000),
        ("FR", "non_renseigne", 0), ("FR", "total", 10_000),
    )  # fmt: skip
    r = make(profil_sexe=sexe, profil_csp=csp)
    # 560 of 1000 against 4720 of 9000: p = 0.0326 (scipy 1.17, chi2_contingency without
    # correction); among four gaps Benjamini and Hochberg make it 0.0326 × 4 / 2 = 0.065.
    assert list(ind.shares(r, "profil_sexe", "sexe")["lecture"]) == ["en dessous", "au-dessus"]
    frame = ind.profile(r, ["sexe", "csp"])
    assert list(frame["lecture"].iloc[:2]) == ["non concluant", "non concluant"]
    assert "lecture simultanée" in frame["note"].iloc[0]


def test_marked_keeps_the_order_and_says_a_two_way_gap_once(bretagne):
    frame = ind.profile(bretagne, ["csp", "sexe"])
    found = ind.marked(frame, limit=5)
    assert list(found["dimension"]) == ["csp", "sexe"] and list(found["modalite"])[1] == "homme"
    assert len(ind.marked(frame, limit=1)) == 1


def test_schemes_keep_their_two_directions_apart(bretagne):
    frame = ind.schemes(bretagne)
    persons = frame[frame["sens"] == "personnes_en_cep"]
    assert list(persons["etat"]) == ["non_disponible"]
    files = frame[frame["sens"] == "dossiers"]
    share = files[(files["dimension"] == "cep_prealable") & (files["modalite"] == "oui")].iloc[0]
    assert (share["numerateur"], share["denominateur"], share["valeur"]) == (30, 40, 0.75)
    mix = files[files["dimension"] == "operateur"]
    assert list(mix["operateur"]) == ["france_travail", "apec"]
    assert list(mix["valeur"]) == [0.6, 0.4]


def test_every_indicator_survives_a_release_without_its_tables():
    r = make(meta={"plan": []})
    assert list(ind.take_up(r)["etat"]) == ["non_disponible"]
    assert set(ind.profile(r)["etat"]) == {"non_disponible"}
    assert set(ind.schemes(r)["etat"]) == {"non_disponible"}
    assert set(ind.standardised_gap(r)["etat"]) == {"non_disponible"}
    assert set(ind.operator_mix(r)["etat"]) == {"non_disponible"}
