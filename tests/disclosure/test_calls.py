"""What a caller may give, what is refused in words, what is left untouched."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cepkit.disclosure import audit, protect
from cepkit.errors import DisclosureError

FULL = pd.DataFrame([(a, b, v) for a, line in zip(["a", "b", "total"], [
    [2, 30, 32], [40, 50, 90], [42, 80, 122]], strict=True)
    for b, v in zip(["x", "y", "total"], line, strict=True)], columns=["l", "c", "effectif"])
# By hand: the only rectangle with (a, x) is the whole inside.
MASK = ["secret", "secret", "publie", "secret", "secret", "publie", "publie", "publie", "publie"]


def states(frame, **options):
    return protect({"t": frame}, **options).tables["t"]["etat"].tolist()


@pytest.mark.parametrize("kind", [float, "Int64", object, "int32", str])
def test_any_kind_of_number(kind):
    masked = protect({"t": FULL.astype({"effectif": kind})}).tables["t"]
    assert masked["etat"].tolist() == MASK and masked["effectif"].dtype == "Int64"


@pytest.mark.parametrize("frame", [
    FULL.replace({"total": None}), FULL.astype({"l": "category", "c": "category"}),
    FULL[["effectif", "c", "l"]], FULL.set_axis([0] * 9), FULL.set_axis(range(100, 109)),
    FULL.assign(l=[1, 1, 1, 2, 2, 2, *["total"] * 3]),
    FULL.assign(l=[1, 1, 1, 2, 2, 2, *[np.nan] * 3]),
    FULL.assign(l=pd.to_datetime(["2020-01-01"] * 3 + ["2021-01-01"] * 3 + [None] * 3)),
    FULL.assign(l=pd.array(["a"] * 3 + ["b"] * 3 + [pd.NA] * 3, "string")),
    FULL.assign(effectif=FULL["effectif"] + 1e-9)],
    ids=["missing keys are totals", "categories", "order of columns", "index", "index", "numbers",
         "floats", "dates", "strings", "sums of floats"])
def test_any_shape_of_keys(frame):
    assert states(frame) == MASK
    assert states(frame, hierarchies={}, totals={"l": "total"}) == MASK


def test_labels_read_the_same_whatever_the_type_of_their_column():
    # By hand: 32 of line 1 and its y tell x; the second table has floats, a key being missing.
    masked = FULL.assign(l=[1, 1, 1, 2, 2, 2, 0, 0, 0], effectif=[None, 30, None, *FULL[
        "effectif"][3:]])
    lines = pd.DataFrame({"l": [1.0, 2.0, None], "effectif": [32, 90, 122]})
    for total in (0, "0", {"l": 0}):
        inside = masked[masked["l"] > 0]
        found = audit({"t": inside, "u": lines}, totals=total if isinstance(total, dict) else {
            "l": total, "default": "total"})
        assert found["maximum"].tolist() == [2, 32] and not found["sur"][0]


def test_departements_and_regions_may_share_their_codes():
    # By hand: 75 and 93 make region 11, 84 and 13 region 93, 01 and 69 region 84; 3 + 40 = 43.
    nested = {"75": "11", "93": "11", "84": "93", "13": "93", "01": "84", "69": "84"}
    counts = {"75": 3, "93": 40, "84": 50, "13": 60, "01": 70, "69": 80}
    departements = pd.DataFrame({"departement": list(counts), "effectif": list(counts.values())})
    regions = pd.DataFrame({"region": ["11", "93", "84", "FR"], "effectif": [43, 110, 150, 303]})
    options = {"hierarchies": {"departement": nested}, "totals": {"region": "FR",
                                                                 "default": "total"}}
    alone = departements.assign(effectif=departements["effectif"].mask(departements.index == 0))
    found = audit({"d": alone, "r": regions}, **options)
    assert found[["minimum", "maximum"]].values.tolist() == [[3, 3]]
    result = protect({"d": departements, "r": regions}, **options)
    assert result.complete
    assert result.tables["d"]["etat"].tolist() == ["secret"] * 2 + ["publie"] * 4
    assert audit(result.tables, **options)["sur"].all()


def test_an_infinite_cost_never_leaves_a_small_count_without_cover():
    result = protect({"t": FULL.assign(cout=[np.inf, *[1] * 8])}, cost="cout")
    assert result.complete and audit(result.tables, cost="cout")["sur"].all()
    free = protect({"t": FULL}, cost={"t": 0})
    assert free.complete and audit(free.tables)["sur"].all()


def test_rows_index_and_the_caller_s_frames_stay():
    shuffled = FULL.sample(frac=1, random_state=1)
    before = shuffled.copy()
    result = protect({"t": shuffled})
    audit(result.tables)
    pd.testing.assert_frame_equal(shuffled, before)
    masked = result.tables["t"]
    assert masked.index.tolist() == shuffled.index.tolist()
    assert masked[["l", "c"]].equals(shuffled[["l", "c"]])
    assert masked.sort_index()["etat"].tolist() == MASK


def test_nothing_to_do_and_everything_to_do():
    assert protect({}).tables == {} and audit({}).empty
    assert protect({"t": FULL[:0]}).tables["t"].empty and audit({"t": FULL[:0]}).empty
    assert set(states(FULL.assign(effectif=FULL["effectif"] * 10))) == {"publie"}
    small = pd.DataFrame({"x": ["a", "b", "total"], "effectif": [1, 2, 3]})
    result = protect({"t": small})
    assert result.complete and result.tables["t"]["effectif"].isna().all()
    assert audit(result.tables)["sur"].all()


def test_the_account_tells_primary_from_secondary():
    account = protect({"t": FULL}).cells
    assert account["primaire"].tolist() == [True] + [False] * 8
    assert account["secondaire"].tolist() == [False, True, False, True, True] + [False] * 4


def test_a_recomputable_cell_has_one_value_and_is_not_safe():
    masked = FULL.assign(effectif=FULL["effectif"].where(FULL.index != 0))
    for frame in (masked, masked.astype({"effectif": "Int64"}), masked.astype({"effectif": object}),
                  masked.assign(borne_min=pd.NA, borne_max=pd.NA, etat="secret")):
        found = audit({"t": frame}).iloc[0]
        assert (found["minimum"], found["maximum"], found["valeurs_possibles"]) == (2, 2, 1)
        assert not found["sur"]
    asked = audit({"t": FULL}, primaries=FULL[FULL["effectif"] < 5])
    assert asked["sur"].tolist() == [False]  # published: one value


def test_zeros_stay_published_or_are_protected_too():
    # By hand: inside, the 0 and what makes a rectangle with it; a zero never serves as a cover.
    zero = FULL.assign(effectif=[0, 30, 30, 40, 50, 90, 40, 80, 120])
    assert set(states(zero)) == {"publie"}
    result = protect({"t": zero}, zeros="secrets")
    assert result.tables["t"]["etat"].tolist() == MASK
    assert audit(result.tables, zeros="secrets")["sur"].all()


@pytest.mark.parametrize("cost", ["cout", lambda cells: np.where(
    cells["c"].eq("y") & cells["l"].ne("total"), np.inf, 1.0)])
def test_an_infinite_cost_forbids(cost):
    # By hand: without the inside of column y, (a, x) needs its two margins of line a and b.
    price = np.where(FULL["c"].eq("y") & FULL["l"].ne("total"), np.inf, 1.0)
    result = protect({"t": FULL.assign(cout=price)}, cost=cost) if cost == "cout" else protect(
        {"t": FULL}, cost=cost)
    masked = result.tables["t"].drop(columns="cout", errors="ignore")
    assert result.complete and audit({"t": masked})["sur"].all()
    assert masked.loc[masked["c"].eq("y") & masked["l"].ne("total"), "etat"].eq("publie").all()


def test_cells_known_elsewhere_with_their_value():
    # By hand: the line total of a (32) is known from elsewhere; with y published, a would be told.
    inside = FULL[FULL["l"].ne("total") & FULL["c"].ne("total")]
    columns = FULL[FULL["l"].eq("total") & FULL["c"].ne("total")]
    lines = FULL[FULL["c"].eq("total") & FULL["l"].ne("total")]
    result = protect({"t": inside, "u": columns}, fixed=lines)
    assert result.complete and result.tables["t"]["etat"].eq("secret").all()
    assert audit(result.tables, fixed=lines)["sur"].all()
    assert protect({"t": inside}, fixed=[{"l": "b"}]).complete


def test_level_two_hides_that_the_cell_is_small():
    # By hand: (a, b) sum to 6: a = 2 may be anything up to 5, so that 5 is possible only if b = 1.
    near = pd.DataFrame({"x": ["a", "b", "c", "total"], "effectif": [2, 3, 40, 45]})
    one, two = protect({"t": near}), protect({"t": near}, level=2)
    assert one.tables["t"]["etat"].tolist() == ["secret", "secret", "publie", "publie"]
    assert two.tables["t"]["etat"].tolist() == ["secret", "secret", "secret", "publie"]
    found = audit(two.tables, level=2)
    assert found["sur"].all() and (found["maximum"] >= 5).all()
    assert not audit(one.tables, level=2)["sur"].any()


@pytest.mark.parametrize(("options", "words"), [
    ({"cost": "zzz"}, "colonne « zzz »"), ({"cost": {"zz": 3}}, "tables inconnues"),
    ({"cost": 1}, "fonction"), ({"cost": lambda cells: -np.ones(len(cells))}, "positifs"),
    ({"fixed": [("a", "x")]}, "motif"), ({"threshold": 0}, "seuil"), ({"level": 3}, "level"),
    ({"zeros": "oui"}, "zeros"), ({"hierarchies": {"l": ["a"]}}, "hierarchies"),
    ({"threshold": 3.5}, "seuil"), ({"threshold": None}, "seuil"), ({"threshold": "5"}, "seuil"),
    ({"threshold": {"l": np.nan}}, "seuil"), ({"level": None}, "level"), ({"zeros": None}, "zeros"),
    ({"totals": None}, "totals"), ({"totals": ["total"]}, "totals"), ({"totals": {"l": None}},
     "totals"), ({"fixed": 5}, "motif"), ({"fixed": [{}]}, "motif"),
    ({"fixed": [{"l": ["a", "b"]}]}, "motif"), ({"fixed": pd.DataFrame({"z": ["b"]})}, "colonnes"),
    ({"cost": {"t": "a"}}, "positifs"), ({"cost": {"t": -1}}, "positifs"),
    ({"cost": lambda cells: np.ones(3)}, "un coût par case"),
    ({"tolerance": -1}, "tolerance"), ({"tolerance": {"t": None}}, "tolerance"),
    ({"non_additive": ["l"]}, "non_additive"), ({"previous": pd.DataFrame({"q": [1]})}, "previous"),
    ({"constraints": ["a"]}, "Constraint"), ({"unpublished": 3}, "unpublished"),
    ({"unpublished": [None]}, "unpublished"), ({"budget": "a"}, "budget"),
    ({"budget": -1}, "budget"), ({"budget": 2.5}, "budget"),
    ({"hierarchies": [("l", "a")]}, "hierarchies"),
    ({"hierarchies": {"l": {"a": "a"}}}, "lui-même"),
    ({"hierarchies": {"l": {"a": "b", "b": "a"}}}, "lui-même"),
    ({"hierarchies": {"l": {"total": "a"}}}, "lui-même"),
    ({"hierarchies": {"l": {"a": ["A", "B"]}}}, "plusieurs parents")])
def test_impossible_arguments_are_refused_in_words(options, words):
    with pytest.raises(DisclosureError, match=words):
        protect({"t": FULL}, **options)


def test_options_left_empty_are_the_usual_ones():
    assert states(FULL, unpublished=None, budget=None, non_additive=None, fixed=None) == MASK


@pytest.mark.parametrize(("tables", "words"), [
    ([FULL], "nom: tableau"), (FULL, "nom: tableau"), (None, "nom: tableau"),
    ({"t": FULL["effectif"]}, "tableau pandas"), ({"t": FULL.to_dict("list")}, "tableau pandas"),
    ({"t": FULL.set_index(["l", "c"])}, "reset_index"), ({"t": pd.DataFrame()}, "effectif"),
    ({"t": FULL.set_axis(["l", "l", "effectif"], axis=1)}, "même nom"),
    ({"t": FULL.assign(effectif=["s.", *FULL["effectif"][1:]])}, "« s. »"),
    ({"t": FULL.assign(effectif=[np.inf, *FULL["effectif"][1:]])}, "entiers"),
    ({"t": FULL.assign(effectif=FULL["effectif"] * 10**15)}, "au plus"),
    ({"t": FULL.assign(borne_min=3, borne_max=2)}, "au-dessus de sa borne_max"),
    ({"t": FULL.assign(borne_min=3), "u": FULL.assign(borne_max=2)}, "bornes de 9 case"),
    ({"t": FULL.rename(columns={"effectif": "n"})}, "effectif"),
    ({"t": pd.concat([FULL, FULL[:1]])}, "deux fois"),
    ({"t": FULL, "u": FULL.assign(effectif=7)}, "deux valeurs"),
    ({"t": FULL.assign(effectif=-1)}, "positifs"), ({"t": FULL.assign(effectif=1.5)}, "entiers")])
def test_impossible_tables_are_refused_in_words(tables, words):
    for call in (protect, audit):
        with pytest.raises(DisclosureError, match=words):
            call(tables)


@pytest.mark.parametrize("primaries", ["a", [("a", "x")], pd.DataFrame({"q": [1]})])
def test_primaries_must_be_keys(primaries):
    with pytest.raises(DisclosureError, match="primaries"):
        audit({"t": FULL}, primaries=primaries)


def test_a_misspelt_dimension_is_told_and_an_absent_one_is_not_used():
    departements = FULL.rename(columns={"l": "departement"})
    with pytest.raises(DisclosureError, match="« departement »"):
        protect({"t": departements}, hierarchies={"departemnt": {"a": "total"}})
    assert states(FULL, hierarchies={"region": {"a": "total"}}) == MASK


def test_a_bound_of_zero_on_a_withheld_cell_is_believed():
    masked = pd.DataFrame({"x": ["a", "b", "total"], "effectif": [None, None, 9],
                           "borne_max": [0, None, None]})
    found = audit({"t": masked})
    assert found[["minimum", "maximum"]].values.tolist() == [[0, 0], [9, 9]]


def test_sums_that_the_published_numbers_contradict_are_counted():
    masked = pd.DataFrame({"x": ["a", "b", "total"], "effectif": [None, 5, 3]})
    assert audit({"t": masked}).attrs["contradictions"] == 1
