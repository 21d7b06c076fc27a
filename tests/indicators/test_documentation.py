"""docs/indicateurs.md: every example is executed, every public function has its row."""

import inspect
import re
from pathlib import Path

import pytest

from cepkit import indicators as ind
from cepkit import intervals as ci

from .release import make

PAGE = (Path(__file__).parents[2] / "docs" / "indicateurs.md").read_text("utf-8")
ROWS = re.findall(r"^\| `(\w+).*\| `(.+?)` → `(.+?)` \|$", PAGE, re.M)


def lire(frame, column, **keys):
    """First cell of a column where the keys hold, numbers rounded to four decimals."""
    for name, value in keys.items():
        frame = frame[frame[name] == value]
    return arrondi(frame[column].iloc[0])


def arrondi(value):
    """Numbers rounded to four decimals, in nested tuples too."""
    if isinstance(value, tuple):
        return tuple(arrondi(v) for v in value)
    return value if isinstance(value, str) else round(float(value), 4) + 0.0


@pytest.mark.parametrize(("name", "example", "result"), ROWS)
def test_examples_are_true(name, example, result):
    names = {"ind": ind, "ci": ci, "lire": lire, "arrondi": arrondi}
    names |= {"r": make("53"), "n": make("FR")}
    assert repr(eval(example, names)) == result


def test_every_indicator_has_an_example():
    assert {name for name, _, _ in ROWS} >= set(ind.__all__)


def test_every_interval_has_an_example():
    public = [n for n, f in inspect.getmembers(ci, inspect.isfunction)
              if f.__module__ == ci.__name__ and not n.startswith("_")]  # fmt: skip
    assert {name for name, _, _ in ROWS} >= set(public) - {"normal_quantile"}
