"""Cells that share one programme: same safety as one at a time, whatever the order of the rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cepkit.disclosure import audit, protect, secondary
from tests.disclosure.attacker import Attacker


@pytest.fixture(autouse=True)
def shared(monkeypatch):
    """Programmes are shared from the first cell on, as if there were many."""
    monkeypatch.setattr(secondary, "MANY", 0)
    monkeypatch.setattr(secondary, "FEW", 1)


def release(seed, sizes=(7, 6, 5)):
    """Three tables with all their totals, cut from the same random counts."""
    rng = np.random.default_rng(seed)
    names = list("abc")
    grid = rng.negative_binomial(0.3, 0.2, sizes)
    frame = pd.DataFrame([(*(f"{d}{i}" for d, i in zip(names, key, strict=True)), int(n))
                          for key, n in np.ndenumerate(grid)], columns=[*names, "effectif"])
    tables = {}
    for columns in (["a", "b"], ["a", "c"], ["b", "c"]):
        table = frame.groupby(columns, as_index=False)["effectif"].sum()
        for column in columns:
            others = [c for c in columns if c != column]
            total = table.groupby(others, as_index=False)["effectif"].sum()
            table = pd.concat([table, total.assign(**{column: "total"})[table.columns]],
                              ignore_index=True)
        tables["".join(columns)] = table
    return tables


def verdicts(found):
    """What `audit` says of each cell, in the order of the keys."""
    return found.sort_values(["a", "b", "c"])[["a", "b", "c", "sur"]].values.tolist()


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("seed", [1, 3, 5, 10])
def test_shared_programmes_leave_nothing_to_work_out(seed, level):
    tables = release(seed)
    result = protect(tables, level=level)
    assert result.complete
    attacker = Attacker(result.tables)
    for row in result.cells.query("primaire").to_dict("records"):
        low, high = attacker.range_of([row[c] for c in attacker.columns])
        assert low < high and (level == 1 or high >= 5)
    again = protect(tables, level=level)
    assert all(again.tables[name].equals(table) for name, table in result.tables.items())


@pytest.mark.parametrize("seed", [1, 3, 5, 10])
def test_a_shared_attack_finds_the_cells_that_are_given_away(seed):
    """One secondary republished: the quick attack says of each cell what scipy says of it."""
    tables = release(seed)
    result = protect(tables)
    added = result.cells.query("secondaire")
    assert len(added)
    cell = added.iloc[seed % len(added)]
    masked = {}
    for name, table in result.tables.items():
        here = np.logical_and.reduce(
            [table[c].eq(cell[c]) if c in table else np.full(len(table), cell[c] == "total")
             for c in "abc"])
        masked[name] = table.assign(effectif=table["effectif"].mask(here, tables[name]["effectif"]))
    attacker = Attacker(masked)
    found = audit(masked, exact=False)
    for row in found.to_dict("records"):
        low, high = attacker.range_of([row[c] for c in attacker.columns])
        assert row["sur"] == (low < high)
    shuffled = {name: table.sample(frac=1, random_state=seed).reset_index(drop=True)
                for name, table in reversed(masked.items())}
    assert verdicts(audit(shuffled, exact=False)) == verdicts(found)
