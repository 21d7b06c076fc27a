"""Indicators over the masked store: every row says its value, interval, base, method and state.

Each function takes a `Region` (or anything with its interface), reads released tables only and
returns a frame with the columns of docs/architecture.md, layer 6. What cannot be computed is a
row whose `etat` and `note` say why; a withheld value is never computed around. Orders are those
of the law, of the official codes and of the nomenclatures, never of the values.
"""

from cepkit.indicators.answers import answers, at_least_one, several_operators
from cepkit.indicators.context import context
from cepkit.indicators.counts import counts, regroup
from cepkit.indicators.evolution import evolution
from cepkit.indicators.funnel import funnel
from cepkit.indicators.national import (
    comparability,
    comparable_gaps,
    mix_share,
    over_regions,
    submitted,
    withheld,
)
from cepkit.indicators.pooled import over_carrying, together
from cepkit.indicators.publics import own_public
from cepkit.indicators.rates import take_up
from cepkit.indicators.schemes import schemes
from cepkit.indicators.shares import marked, multiple, operator_mix, profile, shares
from cepkit.indicators.structure import standardised_gap
from cepkit.indicators.surveys import (
    between_groups,
    between_questions,
    median_answer,
    survey,
    surveyed,
)

__all__ = [
    "answers",
    "at_least_one",
    "between_groups",
    "between_questions",
    "comparability",
    "comparable_gaps",
    "context",
    "counts",
    "evolution",
    "funnel",
    "marked",
    "median_answer",
    "mix_share",
    "multiple",
    "operator_mix",
    "over_carrying",
    "over_regions",
    "own_public",
    "profile",
    "regroup",
    "schemes",
    "several_operators",
    "shares",
    "standardised_gap",
    "submitted",
    "survey",
    "surveyed",
    "take_up",
    "together",
    "withheld",
]
