"""French numbers: the spaces, the signs and the decimals that a reader is owed.

Expected texts follow the Lexique des règles typographiques de l'Imprimerie nationale: narrow space
between thousands, comma, no-break space before %, narrow one before a semicolon.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cepkit import formats as f
from cepkit.text import MINUS, NBSP, NNBSP, typography

MISSING = [None, float("nan"), pd.NA, np.float64("nan")]


@pytest.mark.parametrize("missing", MISSING)
def test_a_missing_number_is_said(missing):
    texts = [f.decimal(missing), f.integer(missing), f.percent(missing), f.points(missing),
             f.change(missing), f.quantity(missing, "part"), f.quantity(missing, "%"),
             f.quantity(missing, "pour 100"), f.interval(missing, 1.0)]  # fmt: skip
    assert set(texts) == {"n.d."}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f.decimal(12345.64), f"12{NNBSP}345,6"),
        (f.percent(123.456), f"12{NNBSP}345,6{NBSP}%"),
        (f.integer(4_551_908), f"4{NNBSP}551{NNBSP}908"),
        (f.integer(999), "999"),
        (f.decimal(-2.25, 1), f"{MINUS}2,2"),
        (f.decimal(-0.04, 1), "0,0"),
        (f.decimal(0.04, 1, signed=True), "0,0"),
        (f.integer(53_700, signed=True), f"+53{NNBSP}700"),
        (f.points(0.023), f"+2,3{NBSP}points"),
        (f.points(-0.015), f"{MINUS}1,5{NBSP}point"),
        (f.change(155_700 / 102_000), f"+52,6{NBSP}%"),
        (f.change(0.9), f"{MINUS}10,0{NBSP}%"),
        (f.interval(0.1285, 0.1297, 2, 100), f"[12,85{NNBSP}; 12,97]"),
        (f.quantity(0.149, "part"), f"14,9{NBSP}%"),
        (f.quantity(7.3, "%"), f"7,3{NBSP}%"),
        (f.quantity(12.94, "pour 100"), "12,9"),
        (f.quantity(0.432, "pour 100"), "0,43"),
        (f.quantity(0.9459, "rapport"), "0,95"),
        (f.quantity(1234.0, "Entrées en CEP"), f"1{NNBSP}234"),
    ],
)
def test_texts(text, expected):
    assert text == expected


# Usual rule of survey reports: no decimal to a percentage of fewer than a hundred answers.
@pytest.mark.parametrize(
    ("bases", "digits"), [([80], 0), ([100], 1), ([80, 1000], 1), ([], 1), ([None], 1)]
)
def test_a_share_of_few_people_has_no_decimal(bases, digits):
    assert f.digits([0.5], "part", bases) == f.digits([50], "%", bases) == digits


def test_counts_have_no_decimal_unless_they_are_not_whole():
    assert f.digits([1.0, None, 3.0], "Entrées") == 0 and f.digits([1.5], "Entrées") == 1


@given(st.floats(-1e9, 1e9), st.integers(0, 3))
def test_typography_has_nothing_to_mend(x, nd):
    for text in (f.decimal(x, nd), f.percent(x, nd), f.points(x, nd), f.interval(x, x + 1, nd)):
        assert typography(text) == text and "-" not in text and "." not in text
