"""Facts told beside the tables: published rates, rounded, over cells that are seen or not."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from cepkit.disclosure import Constraint, audit, protect
from cepkit.errors import DisclosureError

PARTS = pd.DataFrame({"x": ["a", "b", "c", "total"], "effectif": [3, 4, 20, 27]})


def test_a_published_rate_can_give_a_count_away():
    # By hand: a + b = 7 hidden. 3 / 27 = 0,111 shown with three decimals: 27 × 0,1105 = 2,98 and
    # 27 × 0,1115 = 3,01, so that a = 3. With one decimal, 1,35 to 4,05: a is 2, 3 or 4.
    masked = protect({"t": PARTS}).tables
    assert audit(masked)["sur"].all()

    def told(low, high):
        return Constraint.ratio([({"x": "a"}, 1)], [({}, 1)], Fraction(low), Fraction(high), "part")
    exact = audit(masked, constraints=told("0.1105", "0.1115"))
    assert exact.query("x == 'a'")[["minimum", "maximum"]].to_numpy().tolist() == [[3, 3]]
    assert not exact["sur"].any()
    vague = audit(masked, constraints=told("0.05", "0.15"))
    assert vague.query("x == 'a'")[["minimum", "maximum"]].to_numpy().tolist() == [[2, 4]]
    result = protect({"t": PARTS}, constraints=told("0.1105", "0.1115"))
    assert result.refused == ("part",) and result.complete
    assert protect({"t": PARTS}, constraints=told("0.05", "0.15")).refused == ()


def test_the_first_told_wins_and_the_last_that_completes_the_puzzle_is_refused():
    # By hand: a, b, c = 3, 2, 4 with their total of 9. a + 2b = 7 leaves (1, 3, 5), (3, 2, 4) and
    # (5, 1, 3); a - b = 1 then leaves one.
    full = pd.DataFrame({"x": ["a", "b", "c", "total"], "effectif": [3, 2, 4, 9]})
    one = Constraint([({"x": "a"}, 1), ({"x": "b"}, 2)], 7, 7, name="un")
    two = Constraint(pd.DataFrame({"x": ["a", "b"], "coefficient": [1, -1]}), 1, 1, name="deux")
    result = protect({"t": full}, constraints=[one, two])
    assert result.refused == ("deux",) and result.complete
    found = audit(result.tables, constraints=[one])
    assert found["minimum"].tolist() == [1, 1, 3] and found["valeurs_possibles"].tolist() == [3] * 3
    assert not audit(result.tables, constraints=[one, two])["sur"].any()
    assert protect({"t": full}, constraints=[two, one]).refused == ("un",)


def fine_and_released():
    """Age × sex is not released, its margins are."""
    fine = pd.DataFrame([(a, s, n) for a, line in zip("abc", [[3, 40], [25, 2], [30, 31]],
                                                      strict=True)
                         for s, n in zip("hf", line, strict=True)], columns=["age", "sexe",
                                                                            "effectif"])
    age = fine.groupby("age", as_index=False)["effectif"].sum()
    sexe = fine.groupby("sexe", as_index=False)["effectif"].sum()
    total = pd.DataFrame({"age": ["total"], "effectif": [131]})
    return {"age": pd.concat([age, total], ignore_index=True), "sexe": sexe, "fin": fine}


def test_a_standardised_rate_over_cells_that_are_not_released():
    # By hand: 0,2 × (a, h) / 7 + 0,8 × (b, h) / 90 = 0,30794 (true value); with four decimals
    # 90 × 0,2 × x + 7 × 0,8 × y = 630 × 0,30794 = 194,0: x = 3 and y = 25 only, as 18 x + 5,6 y
    # within 0,06 of 194 asks x = 3 + 14 k, y = 25 - 45 k.
    tables = fine_and_released()
    weights = [({"age": "a", "sexe": "h"}, Fraction(2, 70)), ({"age": "b", "sexe": "h"},
                                                             Fraction(8, 900))]

    def rate(width):
        value = Fraction(2, 70) * 3 + Fraction(8, 900) * 25
        return Constraint(weights, value - width, value + width, name="taux")
    sharp = rate(Fraction(1, 20_000))
    result = protect(tables, constraints=[sharp], unpublished=["fin"])
    assert result.refused == ("taux",) and result.complete
    assert result.tables["age"]["etat"].eq("publie").all()
    assert result.tables["fin"]["effectif"].isna().all()
    found = audit(tables, constraints=[sharp], unpublished=["fin"]).set_index(["age", "sexe"])
    assert found.loc[("a", "h"), "valeurs_possibles"] == 1
    result = protect(tables, constraints=[rate(Fraction(1, 50))], unpublished=["fin"])
    assert result.refused == () and result.complete
    assert audit(result.tables, constraints=[rate(Fraction(1, 50))], unpublished=["fin"])[
        "sur"].all()


def test_coefficients_stay_exact_where_floats_would_not():
    # 10**18 a <= 3 * 10**18 and no more: one unit in the eighteenth place decides.
    big = 10**18
    full = pd.DataFrame({"x": ["a", "b", "total"], "effectif": [3, 4, 7]})
    masked = protect({"t": full}).tables
    weak = Constraint([({"x": "a"}, big)], high=4 * big)
    tight = Constraint([({"x": "a"}, big)], high=4 * big - 1)
    assert audit(masked, constraints=[weak])["maximum"].tolist()[0] == 4
    assert audit(masked, constraints=[tight])["maximum"].tolist()[0] == 3


def test_a_term_without_a_cell_is_told():
    with pytest.raises(DisclosureError, match="« part ».*aucune table.*d"):
        protect({"t": PARTS}, constraints=[Constraint([({"x": "d"}, 1)], 0, 3, name="part")])


@pytest.mark.parametrize("seed", range(8))
def test_against_enumeration(seed):
    """Every completion of four hidden cells under two random facts, one by one."""
    rng = np.random.default_rng(seed)
    value = rng.integers(1, 9, 4)
    masked = pd.DataFrame({"x": [*"abcd", "total"],
                           "effectif": [None] * 4 + [int(value.sum())]})
    weights = rng.integers(-3, 4, (2, 4))
    told = weights @ value
    every = np.array(np.meshgrid(*[np.arange(1, value.sum())] * 4)).reshape(4, -1)
    every = every[:, every.sum(axis=0) == value.sum()]
    every = every[:, (np.abs(weights @ every - told[:, None]) <= 1).all(axis=0)]
    facts = [Constraint([({"x": x}, int(w)) for x, w in zip("abcd", line, strict=True)],
                        int(t) - 1, int(t) + 1) for line, t in zip(weights, told, strict=True)]
    found = audit({"t": masked}, constraints=facts)
    assert found["minimum"].tolist() == every.min(axis=1).tolist()
    assert found["maximum"].tolist() == every.max(axis=1).tolist()
    assert found["valeurs_possibles"].tolist() == [len(set(line)) for line in every.tolist()]


def test_what_was_told_already_steers_the_mask():
    """By hand: with the cheapest rectangle (a, b × x, y) withheld, « ax + by = 52 », told earlier,
    leaves ax = 2 alone: one unit more there is one more in by. Other cells must serve."""
    grid = {"a": (2, 30, 33), "b": (40, 50, 60), "c": (70, 80, 90)}
    full = pd.DataFrame([(r, c, n) for r, line in grid.items() for c, n in zip(
        "xyz", line, strict=True)], columns=["l", "c", "effectif"])
    for column in ("l", "c"):
        other = "c" if column == "l" else "l"
        full = pd.concat([full, full.groupby(other, as_index=False)["effectif"].sum().assign(
            **{column: "total"})], ignore_index=True)
    terms = [({"l": "a", "c": "x"}, 1), ({"l": "b", "c": "y"}, 1)]
    told = Constraint(terms, 52, 52, name="somme", known=True)
    plain = protect({"t": full})
    assert set(plain.cells.query("etat == 'secret'")[["l", "c"]].agg("".join, axis=1)) == {
        "ax", "ay", "bx", "by"}
    found = audit(plain.tables, constraints=[told]).query("l == 'a' and c == 'x'")
    assert found[["minimum", "maximum"]].to_numpy().tolist() == [[2, 2]]
    result = protect({"t": full}, constraints=[told])
    assert result.complete and result.refused == ()
    assert audit(result.tables, constraints=[told])["sur"].all()
    # Not known yet, it is refused and the mask stays.
    new = Constraint(terms, 52, 52, name="somme")
    assert protect({"t": full}, constraints=[new]).refused == ("somme",)
    # A new one, told after it, is still told or refused on its own.
    second = Constraint([({"l": "a", "c": "y"}, 1)], 30, 30, name="ay")
    both = protect({"t": full}, constraints=[second, told])
    assert both.complete and both.refused in ((), ("ay",))
    kept = [told] if both.refused else [told, second]
    assert audit(both.tables, constraints=kept)["sur"].all()
