"""Published examples of cell suppression, and the traps that every course warns of."""

from __future__ import annotations

import pandas as pd
import pytest

from cepkit.disclosure import audit, protect
from cepkit.errors import DisclosureError
from tests.disclosure.printed import printed, ranges, withheld


def test_fischetti_and_salazar_investment_by_activity_and_region():
    # Fischetti & Salazar, Management Science 47(7), 2001, figure 1: the attacker of the published
    # table computes [5, 30] for activity II, region C (non-negative values, true value 22).
    masked = printed(["I", "II", "III", "total"], ["A", "B", "C", "total"],
                     [[20, 50, 10, 80], [None, 19, None, 49], [None, 32, None, 61],
                      [45, 101, 44, 190]])
    found = ranges(audit({"t": masked}, zeros="secrets"), "ligne", "colonne")
    assert found["II", "C"] == (5, 30)


HOUSEHOLDS = printed(
    ["Alpha", "Beta", "Gamma", "Delta", "total"], ["low", "medium", "high", "very high", "total"],
    [[15, 1, 3, 1, 20], [20, 10, 10, 15, 55], [3, 10, 10, 2, 25], [12, 14, 7, 2, 35],
     [50, 35, 30, 20, 135]])


def test_two_withheld_a_line_and_a_column_are_not_enough():
    # Federal Committee on Statistical Methodology, Statistical Policy Working Paper 22 (2005),
    # chapter II, « delinquent children by county and education of household head »: two cells a
    # line and a column are withheld, and Alpha × very high is worked out: exactly 1.
    masked = HOUSEHOLDS.copy()
    hidden = {("Alpha", "medium"), ("Alpha", "high"), ("Alpha", "very high"), ("Beta", "medium"),
              ("Beta", "high"), ("Gamma", "low"), ("Gamma", "very high"), ("Delta", "low"),
              ("Delta", "very high")}
    keys = list(zip(masked["ligne"], masked["colonne"], strict=True))
    masked["effectif"] = masked["effectif"].mask([k in hidden for k in keys])
    found = audit({"t": masked}, zeros="secrets").set_index(["ligne", "colonne"])
    assert not found.loc[("Alpha", "very high"), "sur"]
    assert found.loc[("Alpha", "very high"), "minimum"] == 1
    assert found["sur"].sum() == len(found) - 1


def test_working_paper_22_protected_table():
    # Same source: the pattern of the protected table (Alpha × low stays published).
    result = protect({"t": HOUSEHOLDS})
    assert result.complete
    assert withheld(result.tables["t"], "ligne", "colonne") == {
        ("Alpha", "medium"), ("Alpha", "high"), ("Alpha", "very high"), ("Gamma", "low"),
        ("Gamma", "medium"), ("Gamma", "very high"), ("Delta", "low"), ("Delta", "high"),
        ("Delta", "very high")}
    assert audit(result.tables)["sur"].all()


# Handbook on Statistical Disclosure Control (sdctools.github.io/HandbookSDC), section 5.2, table
# « Marital status by sex ».
MARITAL = printed(["Married", "Divorced", "Single", "total"], ["Male", "Female", "total"],
                  [[38, 17, 55], [7, 4, 11], [3, 1, 4], [48, 22, 70]], ("status", "sex"))


def test_handbook_marital_status_by_sex():
    masked = MARITAL.assign(effectif=MARITAL["effectif"].mask(MARITAL["effectif"].lt(5)))
    found = ranges(audit({"t": masked}), "status", "sex")
    # By hand: 11 - 7 = 4 and 22 - 17 - 4 = 1; then 48 - 38 - 7 = 3 and 3 + 1 = 4.
    assert found == {("Divorced", "Female"): (4, 4), ("Single", "Male"): (3, 3),
                     ("Single", "Female"): (1, 1), ("Single", "total"): (4, 4)}
    result = protect({"t": MARITAL})
    assert result.complete and audit(result.tables)["sur"].all()
    assert {("Divorced", "Female"), ("Single", "Male"), ("Single", "Female"),
            ("Single", "total")} < withheld(result.tables["t"], "status", "sex")


def test_handbook_differencing_of_sub_populations():
    # Same source, « Hours worked by sex in Area A », first columns: the bands start below 20 and
    # below 25; together they tell one man from 20 to 24 (and no woman).
    first = printed(["Male", "Female"], ["<20", "20-39"], [[6, 9], [10, 38]], ("sex", "hours"))
    other = printed(["Male", "Female"], ["<25", "25-39"], [[7, 8], [10, 38]], ("sex", "hours"))
    nested = {"hours": {"<20": "<25", "20-24": "<25", "<25": "<40", "25-39": "<40"}}
    between = pd.DataFrame({"sex": ["Male"], "hours": ["20-24"], "effectif": [1]})
    first = pd.concat([first, between], ignore_index=True)
    masked = first.assign(effectif=first["effectif"].mask(first["hours"].eq("20-24")))
    found = audit({"t": masked, "u": other}, hierarchies=nested, zeros="secrets")
    assert (found["minimum"].item(), found["maximum"].item()) == (1, 1)
    result = protect({"t": first, "u": other}, hierarchies=nested)
    assert result.complete and audit(result.tables, hierarchies=nested)["sur"].all()
    hidden = {k for t in result.tables.values() for k in withheld(t, "sex", "hours")}
    assert ("Male", "20-24") in hidden and hidden & {("Male", "<20"), ("Male", "<25")}


def test_handbook_linking_of_tables_by_residence_and_workplace():
    # Same source, tables of area A: 22 live and work there, 85 - 22 = 63 live there and work
    # elsewhere, 49 - 22 = 27 the reverse; men alone are 21, 58, 23, so that one woman does both.
    persons = pd.DataFrame({"place": ["both", "elsewhere", "from elsewhere"],
                            "effectif": [22, 85 - 22, 49 - 22]})
    sexes = pd.concat([persons.assign(sex="Male", effectif=[21, 58, 23]),
                       persons.assign(sex="Female", effectif=[1, 5, 4])], ignore_index=True)
    men = sexes.assign(effectif=sexes["effectif"].where(sexes["sex"].eq("Male")))
    found = audit({"p": persons, "s": men}, zeros="secrets").set_index("place")
    assert found["minimum"].to_dict() == {"both": 1, "elsewhere": 5, "from elsewhere": 4}
    assert not found["sur"].any()
    result = protect({"p": persons, "s": sexes})
    assert result.complete and audit(result.tables)["sur"].all()
    assert {("both", "Female"), ("from elsewhere", "Female")} < withheld(
        result.tables["s"].assign(sex=sexes["sex"]), "place", "sex")


def test_bounds_printed_by_the_source_narrow_the_range():
    # By hand: a + b = 3 with b known to be 2 or 3, and hidden cells at least 1: a = 1, b = 2.
    masked = pd.DataFrame({"x": ["a", "b", "total"], "effectif": [None, None, 3],
                           "borne_min": [None, 2, None], "borne_max": [None, 3, None]})
    found = audit({"t": masked})
    assert found["minimum"].tolist() == found["maximum"].tolist() == [1, 2]
    assert not found["sur"].any()


def test_published_zeros_tell_that_hidden_cells_are_at_least_one():
    # By hand: 1 + 1 = 2 in a line; with zeros published both are known, else 0 + 2 is possible.
    masked = printed(["a", "b", "total"], ["x", "y", "total"],
                     [[None, None, 2], [None, None, 9], [5, 6, 11]])
    assert not audit({"t": masked}, zeros="publies")["sur"].any()
    assert audit({"t": masked}, zeros="secrets")["sur"].all()


def test_a_margin_can_be_the_primary():
    # By hand: the column « y » sums to 3; hiding its parts alone would leave its margin.
    full = printed(["a", "b", "total"], ["x", "y", "total"],
                   [[20, 0, 20], [30, 3, 33], [50, 3, 53]])
    result = protect({"t": full})
    assert result.complete
    assert {("b", "y"), ("total", "y")} <= withheld(result.tables["t"], "ligne", "colonne")
    assert audit(result.tables)["sur"].all()


def test_single_child_is_the_same_cell_as_its_parent():
    # By hand: Guadeloupe has one departement; its count shows in the regional line.
    full = pd.DataFrame({"region": ["01", "01", "02", "02", "FR"],
                         "departement": ["971", "total", "972", "total", "total"],
                         "effectif": [3, 3, 40, 40, 43]})
    result = protect({"t": full}, totals={"region": "FR", "default": "total"})
    assert result.complete and result.tables["t"].loc[[0, 1], "etat"].eq("secret").all()
    assert audit(result.tables, totals={"region": "FR", "default": "total"})["sur"].all()


def test_each_table_safe_alone_but_not_together():
    # By hand: t1 hides a and b of one total; t2 regroups b with c and publishes both.
    first = pd.DataFrame({"age": ["a", "b", "c", "total"], "effectif": [None, None, 10, 17]})
    second = pd.DataFrame({"age": ["b+c", "a", "total"], "effectif": [14, None, 17]})
    assert audit({"t": first})["sur"].all()
    assert not audit({"t": first, "u": second})["sur"].any()


def test_hierarchy_in_one_column_and_across_two():
    # By hand: 971 is the only departement of 01, so that the regional table gives it away.
    departements = pd.DataFrame({"departement": ["971", "972", "973"],
                                 "effectif": [None, 40, None]})
    regions = pd.DataFrame({"region": ["01", "02", "03", "FR"], "effectif": [3, 40, None, None]})
    nested = {"departement": {"971": "01", "972": "02", "973": "03"}}
    found = audit({"d": departements, "r": regions}, hierarchies=nested,
                  totals={"region": "FR", "default": "total"}, primaries=departements[:1])
    assert found["valeurs_possibles"].tolist() == [1] and found["minimum"].tolist() == [3]
    one = pd.DataFrame({"naf": ["A1", "A2", "A", "B", "total"], "effectif": [2, 30, 32, 50, 82]})
    result = protect({"t": one}, hierarchies={"naf": {"A1": "A", "A2": "A"}})
    assert withheld(result.tables["t"], "naf") == {("A1",), ("A2",)}


def test_multiple_answers_are_not_summed_but_bounded_by_their_base():
    full = pd.DataFrame({"motif": ["a", "b", "c", "total"], "effectif": [3, 18, 12, 20]})
    result = protect({"t": full}, non_additive={"t": ["motif"]})
    assert withheld(result.tables["t"], "motif") == {("a",)}
    found = audit(result.tables, non_additive={"t": ["motif"]})
    assert (found["minimum"].item(), found["maximum"].item()) == (1, 20)


def test_ages_of_one_answer_among_several_add_up_whatever_is_declared():
    # By hand: answers a, b, c overlap (more answers than persons), but ages add up within each.
    full = printed(["a", "b", "c", "total"], ["jeunes", "autres", "total"],
                   [[2, 30, 32], [40, 50, 90], [12, 9, 21], [45, 60, 105]], ("motif", "age"))
    loose = {"t": ["motif", "age"]}
    result = protect({"t": full}, non_additive=loose)
    assert {("a", "jeunes")} < withheld(result.tables["t"], "motif", "age")
    assert audit(result.tables, non_additive=loose)["sur"].all()
    alone = full.assign(effectif=full["effectif"].mask(full.index == 0))
    assert audit({"t": alone}, non_additive=loose)["minimum"].tolist() == [2]


def test_rounded_totals_leave_room():
    masked = pd.DataFrame({"x": ["a", "b", "total"], "effectif": [None, 30, 40]})
    found = audit({"t": masked}, tolerance={"t": 5}).iloc[0]
    assert (found["minimum"], found["maximum"]) == (5, 15)


def test_thresholds_by_dimension_and_level_two():
    full = printed(["h", "v", "total"], ["x", "y", "total"],
                   [[4, 30, 34], [40, 50, 90], [44, 80, 124]], ("handicap", "colonne"))
    result = protect({"t": full}, level=2)
    assert result.complete
    found = audit(result.tables, level=2)
    assert found["sur"].all() and (found["maximum"] >= 5).all()
    wide = protect({"t": full}, threshold={"default": 3, "handicap": 11})
    assert wide.cells.query("primaire")[["handicap", "colonne"]].values.tolist() == [["h", "x"]]


def test_fixed_cells_are_never_withheld_and_a_small_one_is_reported():
    full = printed(["a", "b", "total"], ["x", "y", "total"],
                   [[2, 30, 32], [40, 50, 90], [42, 80, 122]])
    result = protect({"t": full}, fixed=[{"ligne": "b"}])
    assert "b" not in {k[0] for k in withheld(result.tables["t"], "ligne", "colonne")}
    assert result.complete
    result = protect({"t": full}, fixed=[{"ligne": "a", "colonne": "x"}])
    assert not result.complete and result.rapport["non_protegeables"] == 1


def test_mask_is_reused_and_conflicts_are_told():
    full = printed(["a", "b", "total"], ["x", "y", "total"],
                   [[2, 30, 32], [40, 50, 90], [42, 80, 122]])
    before = pd.DataFrame({"ligne": ["b"], "colonne": ["y"]})
    after = protect({"t": full}, previous=before)
    assert ("b", "y") in withheld(after.tables["t"], "ligne", "colonne")
    told = pd.DataFrame({"ligne": ["a"], "colonne": ["x"], "etat": ["publie"]})
    assert len(protect({"t": full}, previous=told).rapport["conflits"]) == 1


def test_planted_errors_are_caught():
    result = protect({"t": HOUSEHOLDS})
    assert audit(result.tables)["sur"].all()
    caught = 0
    for keys in result.cells.query("secondaire")[["ligne", "colonne"]].values.tolist():
        masked = result.tables["t"].copy()
        here = (masked["ligne"] == keys[0]) & (masked["colonne"] == keys[1])
        masked.loc[here, "effectif"] = HOUSEHOLDS.loc[here, "effectif"]
        caught += not audit({"t": masked})["sur"].all()
    assert caught == len(result.cells.query("secondaire"))


def test_a_margin_added_later_is_caught():
    # By hand: without the grand total nothing ties the two cells; with it they sum to 3.
    masked = pd.DataFrame({"x": ["a", "b", "c"], "effectif": [None, 8, 9]})
    assert audit({"t": masked})["sur"].all()
    added = pd.DataFrame({"effectif": [19]})
    assert not audit({"t": masked, "total": added})["sur"].any()


def test_arguments_and_contradictions_are_told():
    full = pd.DataFrame({"x": ["a", "total"], "effectif": [3, 3]})
    with pytest.raises(DisclosureError, match="zeros"):
        protect({"t": full}, zeros="oui")
    other = pd.DataFrame({"x": ["a"], "effectif": [4]})
    with pytest.raises(DisclosureError, match="deux valeurs"):
        protect({"t": full, "u": other})


def test_same_inputs_same_mask():
    one, two = protect({"t": HOUSEHOLDS}), protect({"t": HOUSEHOLDS.copy()})
    pd.testing.assert_frame_equal(one.tables["t"], two.tables["t"])


def test_a_subtotal_shown_by_another_table_for_one_region_only():
    """By hand: A = 30 and A2 = 20 tell A1 = 10; 35 - 30 tells B1 = 5. Elsewhere both may move."""
    rows = [(r, n, v) for r in ("r1", "r2", "r3")
            for n, v in (("A1", None), ("A2", 20), ("B1", None), ("total", 35))]
    detail = pd.DataFrame(rows, columns=["r", "naf", "effectif"])
    coarse = pd.DataFrame([("r1", "A", 30)], columns=["r", "naf", "effectif"])
    found = audit({"d": detail, "c": coarse}, hierarchies={"naf": {
        "A1": "A", "A2": "A", "A": "total", "B1": "total"}})
    ends = found.set_index(["r", "naf"])[["minimum", "maximum"]]
    assert ends.loc[("r1", "A1")].tolist() == [10, 10]
    assert ends.loc[("r1", "B1")].tolist() == [5, 5]
    for r in ("r2", "r3"):  # zeros published: at least 1 each
        assert ends.loc[(r, "A1")].tolist() == ends.loc[(r, "B1")].tolist() == [1, 14]


def listed(**counts):
    return pd.DataFrame({"x": list(counts), "effectif": list(counts.values())})


@pytest.mark.parametrize("first", [listed(a=None, b=20), listed(a=None, b=20, total=30)],
                         ids=["bare", "with its total"])
def test_a_table_cut_into_several_names_is_read_whole(first):
    # By hand: 30 - 20 - 7 = 3, and not 30 - 20 = 10, what the first piece alone would tell.
    found = audit({"p": first, "q": listed(c=7, total=30)})
    assert found[["minimum", "maximum"]].values.tolist() == [[3, 3]] and not found["sur"].any()


def test_a_table_cut_into_several_names_is_protected_whole():
    # By hand: with a alone withheld, 30 - 20 - 9 = 1.
    for first in (listed(a=1, b=20), listed(a=1, b=20, total=30)):
        result = protect({"p": first, "q": listed(c=9, total=30)})
        assert result.complete and audit(result.tables)["sur"].all()
        assert result.cells["etat"].eq("secret").sum() >= 2


def test_a_list_of_some_parts_beside_a_whole_list_hides_nothing():
    # By hand: 50 - 46 = 4, whatever « dont » the other table lists (3 + 4 + 46 > 50).
    some = pd.DataFrame({"x": ["dont a", "dont b", "total"], "effectif": [3, 4, 50]})
    found = audit({"p": some, "q": listed(c=None, d=46, total=50)})
    assert found[["minimum", "maximum"]].values.tolist() == [[4, 4]]
    # By hand: 2 + 1 + c + 46 = 50 tells 1, c + 46 = 50 tells 4: both readings tell something.
    some["effectif"] = [2, 1, 50]
    assert not audit({"p": some, "q": listed(c=None, d=46, total=50)})["sur"].any()
    # By hand: c + d = 50 - 44 = 6, or 6 - 4 = 2 if all are parts of one list: then 1 and 1.
    some["effectif"] = [2, 2, 50]
    found = audit({"p": some, "q": listed(c=None, d=None, e=44, total=50)})
    assert found[["minimum", "maximum"]].values.tolist() == [[1, 1], [1, 1]]


def test_two_groupings_are_not_pieces_of_one_table():
    # By hand: 50 - 46 = 4, whatever the other grouping of the same 50 persons hides.
    ages = pd.DataFrame({"x": ["<25", ">=25", "total"], "effectif": [None, 46, 50]})
    other = pd.DataFrame({"x": ["juniors", "seniors", "total"], "effectif": [None, None, 50]})
    found = audit({"p": ages, "q": other}).set_index("x")
    assert found.loc["<25", ["minimum", "maximum"]].tolist() == [4, 4]
    assert found.loc["juniors", ["minimum", "maximum"]].tolist() == [1, 49]
    assert found["sur"].tolist() == [False, True, True]


def test_an_only_child_whose_parent_stands_nowhere_is_still_a_part_of_the_total():
    # By hand: A has one child, A1, and no line of its own; 42 - 40 = 2.
    table = pd.DataFrame({"naf": ["A1", "B", "total"], "effectif": [None, 40, 42]})
    nested = {"naf": {"A1": "A", "A": "total", "B": "total"}}
    found = audit({"t": table}, hierarchies=nested)
    assert found[["minimum", "maximum"]].values.tolist() == [[2, 2]]
    result = protect({"t": table.fillna(2)}, hierarchies=nested)
    assert result.complete and withheld(result.tables["t"], "naf") == {("A1",), ("B",)}
