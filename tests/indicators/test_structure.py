"""Comparable operator mix, evolution, counts, context."""

import pytest

from cepkit import indicators as ind
from cepkit.errors import UsageError

from .release import _meta, make


def test_gap_at_comparable_mix_by_hand(bretagne):
    frame = ind.standardised_gap(bretagne).set_index(["composante", "modalite"])
    # Region: 900 / 1000 and 100 / 9000; France hors Mayotte: 8000 / 10 000 and 2000 / 70 000.
    raw = frame.loc[("brut_publics", "total")]
    assert raw["ecart"] == pytest.approx(100 * (1000 / 10_000 - 10_000 / 80_000))
    comparable = frame.loc[("operateurs", "total")]
    rate = 100 * (1 / 8 * 0.9 + 7 / 8 * 100 / 9000)
    assert comparable["valeur"] == pytest.approx(rate)
    assert comparable["ecart"] == pytest.approx(rate - 12.5)
    search = frame.loc[("contribution", "recherche"), "ecart"]
    work = frame.loc[("contribution", "emploi"), "ecart"]
    assert search == pytest.approx(100 / 8 * (0.9 - 0.8))
    assert search + work == pytest.approx(comparable["ecart"])
    structure = frame.loc[("structure", "total"), "ecart"]
    assert structure + comparable["ecart"] == pytest.approx(raw["ecart"])
    assert comparable["ecart_inf"] < comparable["ecart"] < comparable["ecart_sup"]


def test_missing_stratum_is_refused_by_name(mayotte):
    frame = ind.standardised_gap(mayotte).set_index("composante")
    assert frame.loc["operateurs", "etat"] == "non_disponible"
    assert "Mayotte" in frame.loc["operateurs", "note"]


def test_measure_that_does_not_add_up_over_operators_is_refused(bretagne):
    frame = ind.standardised_gap(bretagne, mesure="beneficiaires").set_index("composante")
    assert "ne s’additionne pas d’un opérateur" in frame.loc["operateurs", "note"]


def test_evolution_refuses_a_declared_break(bretagne):
    frame = ind.evolution(bretagne, "volumes")
    mine = frame[frame["region"] == "53"].set_index("annee")
    assert mine.loc["2021", "ratio"] == pytest.approx(900 / 800)
    assert mine.loc["2021", "lecture"] == "au-dessus"
    refused = mine.loc["2022"]
    assert refused["lecture"] == "comparaison refusée" and "nouvelle source" in refused["note"]
    assert refused.isna()[["ratio", "ecart", "reference"]].all() and refused["valeur"] == 1000


def test_evolution_refuses_a_partial_year_of_the_operator(bretagne):
    frame = ind.evolution(bretagne, "volumes", operateur="apec")
    mine = frame[frame["region"] == "53"].set_index("annee")
    assert "année partielle" in mine.loc["2020", "note"]
    assert mine.loc["2021", "lecture"] == "comparaison refusée"


def test_partial_year_of_one_operator_is_only_flagged_for_all(bretagne):
    mine = ind.evolution(bretagne, "volumes").query("region == '53'").set_index("annee")
    assert "ouverture en mars" in mine.loc["2020", "note"]
    assert mine.loc["2021", "lecture"] == "au-dessus"


def test_two_measures_are_never_mixed(bretagne):
    with pytest.raises(UsageError, match="deux mesures ne se mêlent pas"):
        ind.evolution(bretagne, "volumes", mesure="beneficiaires")


def test_a_break_of_another_operator_does_not_concern_this_one():
    ruptures = [{"annee": 2021, "portee": "france_travail", "motif": "autre"}]
    r = make(meta=_meta() | {"ruptures": ruptures, "annees_partielles": []})
    frame = ind.evolution(r, "volumes", operateur="apec").query("region == '53'")
    assert "comparaison refusée" not in set(frame["lecture"])


def test_counts_keep_withheld_cells(bretagne):
    frame = ind.counts(bretagne, "volumes", by="operateur", niveau="departement")
    keys = list(zip(frame["operateur"], frame["departement"], strict=True))
    assert keys == [("france_travail", "22"), ("france_travail", "29"), ("apec", "22"),
                    ("apec", "29")]  # fmt: skip
    assert list(frame["etat"]) == ["non_disponible"] * 2 + ["secret"] * 2
    assert frame["valeur"].isna().all()


def test_counts_are_never_summed(bretagne):
    frame = ind.counts(bretagne, "beneficiaires", niveau="FR", operateur="apec")
    assert list(frame["etat"]) == ["non_disponible"]


def test_context_gives_years_and_reasons(mayotte, bretagne):
    frame = ind.context(bretagne)
    row = frame[(frame["serie"] == "actifs") & (frame["region"] == "53")].iloc[0]
    assert (row["valeur"], row["note"]) == (10_000, "série de 2017, exercice 2022")
    lacking = ind.context(mayotte).query("serie == 'chomage' and region == '06'").iloc[0]
    assert lacking["etat"] == "non_disponible"
    assert lacking["note"] == "Mayotte n’est pas dans cette série."
