"""Examples printed or shipped by the tools of official statistics: τ-Argus, sdcTable, the Handbook,
GaussSuppression. Zeros: these tools take hidden cells for zero or more (`zeros="secrets"`)."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from cepkit.disclosure import audit, protect
from tests.disclosure.printed import printed, ranges, withheld


def summed(frame, column, label="total"):
    """The totals of one column."""
    others = [c for c in frame.columns if c not in (column, "effectif")]
    return frame.groupby(others, as_index=False)["effectif"].sum().assign(
        **{column: label})[frame.columns]


def cube(frame):
    """A frame with all its totals."""
    for column in frame.columns.drop("effectif"):
        frame = pd.concat([frame, summed(frame, column)], ignore_index=True)
    return frame


# --- τ-Argus ----------------------------------------------------------------------------------

def test_tau_argus_feasibility_interval():
    # τ-Argus 4.1 user's manual, section 2.15 « Audit » (Geurts 1992, table 10): X11 is from 3 to 6;
    # by hand from it: X12 = 7 - X11, X21 = 6 - X11, X22 = 3 - X21.
    masked = printed("123t", "12t", [[None, None, 7], [None, None, 3], [3, 3, 6], [9, 7, 16]],
                     ("l", "c"))
    found = audit({"t": masked}, totals="t", zeros="secrets")
    assert ranges(found, "l", "c") == {
        ("1", "1"): (3, 6), ("1", "2"): (1, 4), ("2", "1"): (0, 3), ("2", "2"): (0, 3)}
    assert found["valeurs_possibles"].tolist() == [4, 4, 4, 4]


def test_tau_argus_singleton_table():
    # Same manual, section 2.10, « Example table to explain Singleton Problem » (the total of X1 is
    # printed 73; the lines and the grand total give 52 + 24 = 76). Unsafe: (A, X2) and (A, X4).
    table = printed(["total", "A", "B"], ["total", "X1", "X2", "X3", "X4"],
                    [[227, 76, 33, 93, 25], [146, 52, 15, 62, 17], [81, 24, 18, 31, 8]], ("l", "c"))
    pair = table.assign(effectif=table["effectif"].mask(
        table["l"].eq("A") & table["c"].isin(["X2", "X4"])))
    # By hand: alone in their columns, both are worked out.
    assert ranges(audit({"t": pair}), "l", "c") == {("A", "X2"): (15, 15), ("A", "X4"): (17, 17)}
    result = protect({"t": table}, threshold=18)  # 15, 17 and 8 are below
    assert result.complete and audit(result.tables, threshold=18)["sur"].all()
    # By hand: (B, X2) alone completes the rectangle.
    assert withheld(result.cells, "l", "c") == set(itertools.product("AB", ["X2", "X4"]))


# τ-Argus, data/tableinput/pp.tab and region2.hrc: respondents by size and region.
REGIONS = ["total", "Nr", "1", "2", "3", "Os", "4", "5", "6", "7", "Ws", "8", "9", "10", "Zd",
           "11", "12", "99"]
BY_SIZE = {
    "total": [42723, 11395, 6112, 3798, 1485, 10227, 538, 1597, 5446, 2646, 10054, 1182, 8018, 854,
              11047, 7511, 3536, 0],
    "2": [9, 6, 1, 5, 0, 3, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    "4": [5, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 3, 3, 0, 0],
    "5": [20002, 5137, 2856, 1657, 624, 4808, 293, 676, 2648, 1191, 4696, 467, 3866, 363, 5361,
          3791, 1570, 0],
    "6": [8831, 2471, 1334, 802, 335, 2041, 111, 370, 1014, 546, 2062, 303, 1627, 132, 2257, 1521,
          736, 0],
    "7": [5498, 1487, 770, 497, 220, 1380, 58, 283, 658, 381, 1294, 178, 997, 119, 1337, 822, 515,
          0],
    "8": [4594, 1426, 744, 527, 155, 1101, 46, 152, 572, 331, 1026, 127, 799, 100, 1041, 666, 375,
          0],
    "9": [3779, 862, 406, 305, 151, 893, 29, 116, 551, 197, 976, 107, 729, 140, 1048, 708, 340, 0],
    "99": [5, 5, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]}
NESTED = {"region": {child: parent for parent, children in {
    "Nr": "123", "Os": "4567", "Ws": ["8", "9", "10"], "Zd": ["11", "12"]}.items()
    for child in children} | dict.fromkeys(["Nr", "Os", "Ws", "Zd", "99"], "total")}


@pytest.mark.parametrize("zeros", ["publies", "secrets"])
@pytest.mark.parametrize("level", [1, 2])
def test_tau_argus_shipped_hierarchical_table(zeros, level):
    table = printed(BY_SIZE, REGIONS, BY_SIZE.values(), ("taille", "region"))
    options = {"hierarchies": NESTED, "zeros": zeros, "level": level}
    small = table["effectif"].between(0 if zeros == "secrets" else 1, 4)
    # By hand, size 4: Zd = 3 has one part (11) that is not 0, and Nr + Os = 5 - 3 = 2.
    alone = table.assign(effectif=table["effectif"].mask(small))
    found = audit({"t": alone}, **options, exact=True)
    assert not found["sur"].all()
    result = protect({"t": table}, **options)
    assert result.complete and audit(result.tables, **options)["sur"].all()
    # A table without its intermediate regions gives the same cells away, and is protected too.
    leaves = table[~table["region"].isin(["Nr", "Os", "Ws", "Zd"])]
    both = protect({"feuilles": leaves, "grandes": table[table["region"].isin(
        ["total", "Nr", "Os", "Ws", "Zd", "99"])]}, **options)
    assert both.complete and audit(both.tables, **options)["sur"].all()
    assert withheld(both.cells, "taille", "region") == withheld(result.cells, "taille", "region")


# --- sdcTable ---------------------------------------------------------------------------------

def test_sdctable_two_withheld_a_line_and_a_column_tell_one():
    # sdcTable, R/test_problems.R (« problemdata ») and tests/testthat/test-simpleheuristic.R: w × b
    # is worked out, 236 - 189 = 47; with the cheapest cell, x × d, withheld too: from 0 to 78.
    grid = [[None, None, None, 89, 230], [None, 124, None, 31, 250], [92, None, 59, None, 336],
            [800, None, 651, None, 3127], [1021, 1262, 770, 890, 3943]]
    masked = printed("wxyzt", "abcdt", grid, ("v1", "v2"))
    found = audit({"t": masked}, totals="t", zeros="secrets").set_index(["v1", "v2"])
    assert found.loc[("w", "b"), ["minimum", "maximum"]].tolist() == [47, 47]
    assert found["sur"].sum() == len(found) - 1
    masked.loc[masked["v1"].eq("x") & masked["v2"].eq("d"), "effectif"] = None
    found = audit({"t": masked}, totals="t", zeros="secrets").set_index(["v1", "v2"])
    assert found.loc[("w", "b"), ["minimum", "maximum"]].tolist() == [0, 78]
    assert found["sur"].all()


# sdcTable, data-raw/microdata1.R counted by region and gender (`sdc_testproblem`).
MICRODATA1 = cube(printed("ABCD", ["male", "female"], [[18, 2], [14, 19], [12, 10], [11, 14]],
                          ("region", "gender")))


def test_sdctable_test_problem_has_the_published_optimum():
    # sdcTable, tests/testthat/test-protectTable.r: OPT, HITAS and HYPERCUBE withhold A and C, male
    # and female: three secondary cells.
    result = protect({"t": MICRODATA1}, zeros="secrets")
    expected = set(itertools.product("AC", ["male", "female"]))
    assert withheld(result.cells, "region", "gender") == expected
    # By hand, as far as the margins 20 and 12 let the rectangle turn.
    found = audit(result.tables, zeros="secrets")
    assert ranges(found, "region", "gender")["A", "female"] == (0, 12)


def test_sdctable_one_forced_cell_changes_the_pattern():
    # Same file, last case: D × male must be published; A and C are withheld still.
    result = protect({"t": MICRODATA1}, zeros="secrets",
                     fixed=[{"region": "D", "gender": "male"}, {"region": "C", "gender": "male"}])
    assert result.complete
    # By hand: with C × male published too, the cheapest rectangle left is A and B.
    expected = set(itertools.product("AB", ["male", "female"]))
    assert withheld(result.cells, "region", "gender") == expected


def test_sdctable_two_singletons_tell_each_other():
    # Same file, « singletons »: a, b, c, d hold 1, 2, 1, 0; threshold 2 withholds a and c, 4 - 2 =
    # 2 gives both away when zeros are published; one more cell is withheld.
    table = pd.DataFrame({"region": [*"abcd", "tot"], "effectif": [1, 2, 1, 0, 4]})
    pair = table.assign(effectif=table["effectif"].where(~table["region"].isin(["a", "c"])))
    assert not audit({"t": pair}, totals="tot")["sur"].any()
    result = protect({"t": table}, totals="tot", threshold=2)
    assert withheld(result.cells, "region") == {("a",), ("b",), ("c",)}
    assert audit(result.tables, totals="tot", threshold=2)["sur"].all()


REGION_COUNTY_GROUP = pd.DataFrame([
    ("A", "county-1", "small", 2), ("B", "county-1", "small", 2), ("I", "county-1", "small", 8),
    ("J", "county-1", "small", 8), ("K", "county-2", "small", 3), ("L", "county-2", "big", 3),
    ("M", "county-2", "big", 3), ("N", "county-2", "small", 7)],
    columns=["region", "county", "group", "effectif"])


def test_sdctable_linked_tables_safe_alone_but_not_together():
    # sdcTable, tests/testthat/test-linked-tables.r: each table needs no secondary cell; together
    # they tell K, since county-1 + K + N = small: 10 - 7 = 3. Both must withhold N too.
    inside = REGION_COUNTY_GROUP
    whole = summed(summed(summed(inside, "region"), "county"), "group")
    tables = {"county": pd.concat([inside, summed(summed(inside, "region"), "group"), whole]),
              "group": pd.concat([inside, summed(summed(inside, "region"), "county"), whole])}
    options = {"zeros": "secrets", "threshold": 4}
    masked = {n: t.assign(effectif=t["effectif"].mask(t["effectif"] < 4)) for n, t in
              tables.items()}
    for name, table in masked.items():
        assert audit({name: table}, **options)["sur"].all()
        alone = protect({name: tables[name]}, **options)
        assert alone.complete and not alone.cells["secondaire"].any()
    found = audit(masked, **options).set_index("region")
    assert found.loc["K", ["minimum", "maximum"]].tolist() == [3, 3]
    assert found["sur"].sum() == len(found) - 1
    result = protect(tables, **options)
    assert result.complete and result.cells.query("secondaire")["region"].tolist() == ["N"]
    assert audit(result.tables, **options)["sur"].all()


def test_sdctable_linked_hierarchical_tables_with_common_cells():
    # sdcTable, data-raw/microdata2.R and `protect_linked_tables`: two activity codes, whose groups
    # A, B (old) and C, D (new) are the same; gender × old and region × gender × new.
    old = printed("fm", ["Aa", "Ab", "Ba", "Bb"], [[10, 11, 13, 10], [14, 17, 13, 12]],
                  ("gender", "eco"))
    new = pd.concat([printed("fm", ["Ca", "Cb", "Cc", "Da", "Db", "Dc"], grid, ("gender", "eco"))
                     .assign(region=region) for region, grid in {
                         "R1": [[3, 5, 4, 2, 5, 7], [5, 5, 5, 3, 6, 1]],
                         "R2": [[3, 3, 3, 4, 4, 1], [7, 3, 6, 4, 4, 7]]}.items()])
    groups = {"eco": {c: {"C": "A", "D": "B"}.get(c[0], c[0]) for c in
                      [*old["eco"].unique(), *new["eco"].unique()]} | {"A": "total", "B": "total"}}

    def nested(frame):
        """With its groups and totals."""
        by_group = frame.assign(eco=frame["eco"].map(groups["eco"]))
        coarse = by_group.groupby([c for c in frame if c != "effectif"], as_index=False).sum()
        frame = pd.concat([frame, coarse, summed(coarse, "eco")[frame.columns]])
        for column in [c for c in frame if c not in ("eco", "effectif")]:
            frame = pd.concat([frame, summed(frame, column)])
        return frame
    tables = {"old": nested(old), "new": nested(new)[["region", "gender", "eco", "effectif"]]}
    common = tables["old"].merge(tables["new"].query("region == 'total'"), on=["gender", "eco"])
    assert len(common) == 9 and common["effectif_x"].eq(common["effectif_y"]).all()
    result = protect(tables, hierarchies=groups)
    assert result.complete and result.cells["primaire"].sum() == 14  # R1 5, R2 9
    assert audit(result.tables, hierarchies=groups)["sur"].all()
    # Each secondary cell of a table told again is caught in the two tables together.
    for row in result.cells.query("secondaire").to_dict("records"):
        again = {n: t.assign(effectif=t["effectif"].mask(
            t["gender"].eq(row["gender"]) & t["eco"].eq(row["eco"]) & (
                t["region"].eq(row["region"]) if "region" in t else row["region"] == "total"),
            row["effectif"])) for n, t in result.tables.items()}
        assert not audit(again, hierarchies=groups)["sur"].all(), row


# --- Handbook ---------------------------------------------------------------------------------

def test_handbook_production_by_subsector():
    # Handbook on SDC, chapter 4, introduction, example 1a: 56 600 - 47 600 - 8 002 = 998 when the
    # total is published; without it nothing is lost.
    table = pd.DataFrame({"sector": ["I", "II", "III", "total"],
                          "effectif": [None, 47_600, 8_002, 56_600]})
    found = audit({"t": table}, threshold=1_000)
    assert found[["minimum", "maximum"]].values.tolist() == [[998, 998]]
    assert audit({"t": table[:3]}, threshold=1_000)["sur"].all()


def test_handbook_three_dimensional_table_with_zeros():
    # Handbook on SDC, section 5.2, « Marital status and sex by hours worked ».
    grid = [[30, 6, 2, 14, 3, 0], [3, 4, 0, 2, 2, 0], [2, 0, 1, 0, 0, 1]]
    inside = pd.DataFrame(
        [(status, sex, hours, grid[i][3 * j + k])
         for i, status in enumerate(["Married", "Divorced", "Single"])
         for j, sex in enumerate(["Male", "Female"])
         for k, hours in enumerate([">30", "16-30", "<=15"])],
        columns=["status", "sex", "hours", "effectif"])
    full = cube(inside)
    # Printed totals: 55, 11, 4 and 35, 10, 3, 16, 5, 1.
    assert full.query("sex == 'total' and hours == 'total'")["effectif"].tolist() == [11, 55, 4, 70]
    for zeros in ("publies", "secrets"):
        result = protect({"t": full}, zeros=zeros)
        assert result.complete and audit(result.tables, zeros=zeros)["sur"].all()
        zero = result.tables["t"][full["effectif"].eq(0)]["etat"]
        assert set(zero) == ({"publie"} if zeros == "publies" else {"secret"})


# --- GaussSuppression -------------------------------------------------------------------------

# SSBtools, `SSBtoolsData("example1")`: persons by age, country and year.
EXAMPLE1 = pd.DataFrame(
    [(age, geo, "nonEU" if geo == "Iceland" else "EU", year) for year in ("2014", "2015", "2016")
     for age in ("young", "old") for geo in ("Spain", "Iceland", "Portugal")],
    columns=["age", "geo", "eu", "year"]).assign(
        effectif=[5, 2, 0, 6, 3, 4, 5, 0, 0, 6, 3, 4, 7, 1, 1, 5, 4, 3])


def test_gauss_suppression_singletons_of_published_zeros():
    # GaussSuppression, vignette « Small count frequency table suppression », problem of singletons:
    # young × 2016, Iceland + Portugal = 2 where zeros are published: two ones, unless Spain is
    # withheld too.
    table = cube(EXAMPLE1.query("year == '2016'")[["age", "geo", "effectif"]])
    small = table["age"].eq("young") & table["geo"].isin(["Iceland", "Portugal"])
    old = table["age"].eq("old") & table["geo"].isin(["Iceland", "Portugal"])
    pattern = table.assign(effectif=table["effectif"].mask(small | old))
    found = audit({"t": pattern}, threshold=2)
    assert not found.query("age == 'young'")["sur"].any()
    result = protect({"t": table}, threshold=2)
    assert result.complete and ("young", "Spain") in withheld(result.cells, "age", "geo")


def test_gauss_suppression_intervals():
    # Same vignette, « Intervals »: age × geo over the three years, counts of 3 at most protected
    # (and zeros): the widths of the intervals of young × Iceland and Portugal are 4.
    table = cube(EXAMPLE1.groupby(["age", "geo"], as_index=False)["effectif"].sum())
    pattern = table.assign(effectif=table["effectif"].mask(
        table["geo"].isin(["Iceland", "Portugal"]) & table["age"].ne("total")))
    found = audit({"t": pattern}, threshold=4, zeros="secrets").query("age == 'young'")
    assert (found["maximum"] - found["minimum"]).tolist() == [4, 4]
    result = protect({"t": table}, threshold=4, zeros="secrets")
    assert withheld(result.cells, "age", "geo") == set(itertools.product(
        ["young", "old"], ["Iceland", "Portugal"]))


def test_gauss_suppression_linked_tables_must_be_protected_as_one():
    # GaussSuppression, vignette « Linked table suppression »: age × eu × year and geo × year;
    # Spain-2015 is EU-2015 less Portugal-2015, and Iceland is nonEU: the same cell in both tables.
    rows = EXAMPLE1.iloc[[0, 1, 3, 5, 7, 9, 11, 12, 13, 14]].assign(
        effectif=[6, 8, 9, 1, 2, 4, 3, 7, 2, 2])
    by_geo = rows.groupby(["geo", "eu", "year"], as_index=False)["effectif"].sum()
    tables = {"un": cube(rows.groupby(["age", "eu", "year"], as_index=False)["effectif"].sum()),
              "deux": pd.concat([by_geo, summed(by_geo, "year"),
                                 *(summed(summed(by_geo, "geo"), "eu").pipe(
                                     lambda t: [t, summed(t, "year")]))])}
    for options in ({}, {"hierarchies": {"geo": {
            "Spain": "EU", "Portugal": "EU", "Iceland": "nonEU"}}}):
        given = tables if not options else tables | {"deux": tables["deux"].drop(columns="eu")}
        local = {n: protect({n: t}, threshold=3, **options).tables[n] for n, t in given.items()}
        found = audit(local, threshold=3, **options)
        assert not found["sur"].all()  # « not a satisfactory solution »
        result = protect(given, threshold=3, **options)
        assert result.complete and audit(result.tables, threshold=3, **options)["sur"].all()
        account = result.cells.set_index(["geo", "age", "year"])["etat"]
        assert account[account.index.isin([("Iceland", "total", "2014")])].nunique() == 1
