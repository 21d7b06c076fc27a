"""Standardisation and decomposition: by hand, by law, and refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cepkit.intervals import direct_rate, indirect_ratio
from cepkit.standardise import decompose, direct, indirect

REGION = pd.DataFrame(
    {"public": ["recherche", "emploi"], "effectif": [500, 300], "population": [1000, 9000]}
)
# Other order of rows on purpose: strata are joined by key.
FRANCE = pd.DataFrame(
    {"public": ["emploi", "recherche"], "effectif": [5000, 3000], "population": [90_000, 6000]}
)


def test_direct_by_hand():
    weights = FRANCE.rename(columns={"population": "poids"})
    row = direct(REGION, weights, "public").iloc[0]
    # (90 000 × 300/9000 + 6000 × 500/1000) / 96 000
    assert row["valeur"] == pytest.approx((90_000 / 30 + 6000 / 2) / 96_000)
    value, limits = direct_rate([300, 500], [9000, 1000], [90_000, 6000])
    assert tuple(row[["valeur", "borne_inf", "borne_sup"]]) == pytest.approx((value, *limits))
    assert (row["numerateur"], row["denominateur"]) == (800, 10_000)


def test_indirect_by_hand():
    rates = FRANCE.assign(taux=FRANCE["effectif"] / FRANCE["population"])[["public", "taux"]]
    row = indirect(REGION, rates, "public").iloc[0]
    # 1000 × 0,5 + 9000 × 5/90 = 1000 expected.
    assert (row["observe"], row["attendu"]) == (800, pytest.approx(1000))
    value, limits = indirect_ratio(800, 1000)
    assert tuple(row[["ratio", "ratio_inf", "ratio_sup"]]) == pytest.approx((value, *limits))


def test_groups_are_standardised_one_by_one():
    both = pd.concat([REGION.assign(region="53"), FRANCE.assign(region="FR")])
    weights = FRANCE.rename(columns={"population": "poids"})
    frame = direct(both, weights, "public", groups="region")
    assert list(frame["region"]) == ["53", "FR"]
    # A population standardised on its own structure keeps its crude rate.
    assert frame["valeur"].iloc[1] == pytest.approx(8000 / 96_000)


# Kitagawa (1955), formula (5): sum of (mean weights × gap of rates) and of (gap of weights ×
# mean rates), written out by hand for the two strata.
def test_kitagawa_by_hand():
    total = decompose(REGION, FRANCE, "public").iloc[0]
    w, W = np.array([0.1, 0.9]), np.array([6, 90]) / 96
    t, T = np.array([0.5, 1 / 30]), np.array([0.5, 5 / 90])
    assert total["ecart"] == pytest.approx((w * t).sum() - (W * T).sum())
    assert total["effet_taux"] == pytest.approx(((w + W) / 2 * (t - T)).sum())
    assert total["effet_structure"] == pytest.approx(((w - W) * (t + T) / 2).sum())


def test_reference_weights_give_the_gap_at_comparable_structure():
    total = decompose(REGION, FRANCE, "public", weighting="reference").iloc[0]
    weights = FRANCE.rename(columns={"population": "poids"})
    standardised = direct(REGION, weights, "public")["valeur"].iloc[0]
    assert total["effet_taux"] == pytest.approx(standardised - 8000 / 96_000)


# Variances by hand for one stratum: Var(x/n - X/N) with independent Poisson counts is
# x/n² + X/N²; nested, x(1/n - 1/N)² + (X - x)/N².
@pytest.mark.parametrize(
    ("nested", "variance"),
    [
        (False, 800 / 10_000**2 + 8000 / 96_000**2),
        (True, 800 * (1 / 10_000 - 1 / 96_000) ** 2 + 7200 / 96_000**2),
    ],
)
def test_interval_of_the_raw_gap(nested, variance):
    region = pd.DataFrame({"s": ["a"], "effectif": [800], "population": [10_000]})
    france = pd.DataFrame({"s": ["a"], "effectif": [8000], "population": [96_000]})
    total = decompose(region, france, "s", nested=nested).iloc[0]
    half = 1.959963984540054 * np.sqrt(variance)
    assert total["ecart_sup"] - total["ecart"] == pytest.approx(half)


strata = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 10**6),
              st.integers(1, 10**6)), min_size=1, max_size=6,
)  # fmt: skip


@given(strata, st.sampled_from(["moyenne", "reference"]))
def test_effects_add_up(lines, weighting):
    x, n, y, m = (list(v) for v in zip(*lines, strict=True))
    keys = [str(i) for i in range(len(lines))]
    mine = pd.DataFrame({"s": keys, "effectif": x, "population": n})
    whole = pd.DataFrame({"s": keys, "effectif": y, "population": m}).iloc[::-1]
    frame = decompose(mine, whole, "s", weighting=weighting)
    total, each = frame.iloc[0], frame.iloc[1:]
    scale = max(frame["taux"].max(), frame["taux_reference"].max(), 1e-12)
    for effect in ("ecart", "effet_taux", "effet_structure"):
        assert each[effect].sum() == pytest.approx(total[effect], abs=1e-9 * scale)
    assert total["effet_taux"] + total["effet_structure"] == pytest.approx(
        total["ecart"], abs=1e-9 * scale
    )


@pytest.mark.parametrize(
    ("mine", "message"),
    [
        (REGION.iloc[:1], "strate manquante dans les données : « emploi »"),
        (pd.concat([REGION, REGION.iloc[:1]]), "strate répétée, « recherche »"),
        (REGION.assign(effectif=[None, 3]), "valeur manquante ou négative .* « recherche »"),
        (REGION.assign(population=[1, 0]), "population nulle pour la strate « emploi »"),
        (REGION.iloc[:0], "aucune strate"),
        (REGION.drop(columns="population"), "colonne absente, population"),
    ],
)
def test_refusals_name_the_stratum(mine, message):
    with pytest.raises(ValueError, match=message):
        decompose(mine, FRANCE, "public")


def test_nested_reference_must_hold_the_data():
    with pytest.raises(ValueError, match="la référence ne contient pas les données"):
        decompose(FRANCE, REGION, "public", nested=True)


def test_frames_of_the_caller_are_kept():
    before = REGION.copy()
    decompose(REGION, FRANCE, "public")
    pd.testing.assert_frame_equal(REGION, before)


# Law of both standardisations (Breslow & Day, 1987, chapter 2): where every rate is k times that
# of the reference, the two say k, whatever the structures.
@given(
    st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**6), st.floats(0.001, 0.9)),
             min_size=1, max_size=6),
    st.floats(0.1, 5),
)  # fmt: skip
def test_proportional_rates_are_found_by_both_standardisations(lines, k):
    n, m, rates = (np.array(v, dtype=float) for v in zip(*lines, strict=True))
    keys = [str(i) for i in range(len(lines))]
    mine = pd.DataFrame({"s": keys, "effectif": k * rates * n, "population": n})
    whole = pd.DataFrame({"s": keys, "taux": rates, "poids": m}).iloc[::-1]
    crude = (m * rates).sum() / m.sum()
    assert direct(mine, whole, "s")["valeur"].iloc[0] == pytest.approx(k * crude)
    assert indirect(mine, whole, "s")["ratio"].iloc[0] == pytest.approx(k)
