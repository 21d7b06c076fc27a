"""Facts that a release tells about sums of cells: published rates, rounded to what is displayed.

A rate shown as r says that `low * D <= N <= high * D`, where N and D are sums of cells, seen or
not. Coefficients are integers or fractions: proofs stay exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from cepkit.disclosure.cells import Cells, encode
from cepkit.errors import DisclosureError, Problem

INSIDE = 1e-5
Number = int | Fraction
Terms = pd.DataFrame | Sequence[tuple[Mapping[str, str], Number]]


@dataclass(frozen=True, eq=False)
class Constraint:
    """`low <= sum of coefficient * cell <= high` (None: no bound on that side).

    `terms`: a frame of keys with a column `coefficient`, or pairs (keys, coefficient). Keys that
    are left out are totals. A cell may be named several times: its coefficients add up. `known`:
    told already, it cannot be refused any more; the mask is chosen with it.
    """

    terms: Terms
    low: Number | None = None
    high: Number | None = None
    name: str = ""
    known: bool = False

    @classmethod
    def ratio(
        cls, numerator: Terms, denominator: Terms, low: Number, high: Number, name: str = ""
    ) -> tuple[Constraint, Constraint]:
        """`low * D <= N <= high * D`, for a ratio N / D that is told up to rounding."""
        def less(times: Number) -> list:
            taken = ((keys, -times * Fraction(c)) for keys, c in _pairs(denominator))
            return [*_pairs(numerator), *taken]
        return cls(less(low), low=0, name=name), cls(less(high), high=0, name=name)


@dataclass(frozen=True)
class Fact:
    """A constraint over cell positions, in integers; `scale` brings it near 1 for a solver."""

    weights: dict[int, int]
    low: int | None
    high: int | None
    scale: int
    name: str
    known: bool

    def of(self, value: np.ndarray) -> int:
        """What the sum is worth."""
        return sum(w * int(value[cell]) for cell, w in self.weights.items())

    def holds(self, total: int) -> bool:
        return (self.low is None or total >= self.low) and (
            self.high is None or total <= self.high)

    def bounds(self) -> tuple[float, float]:
        """Bounds of the scaled sum, inside the true ones by more than a solver's tolerance."""
        low = -math.inf if self.low is None else self.low / self.scale
        high = math.inf if self.high is None else self.high / self.scale
        exact = self.scale * INSIDE < 1 or high - low < 4 * INSIDE
        return (low, high) if exact else (low + INSIDE, high - INSIDE)


def resolve(constraints: Iterable[Constraint], cells: Cells) -> list[Fact]:
    """Constraints over the cells; raises `DisclosureError` on cells that no table holds."""
    facts, problems = [], []
    for constraint in [constraints] if isinstance(constraints, Constraint) else constraints or ():
        if not isinstance(constraint, Constraint):
            raise DisclosureError(f"constraints : « {constraint} » n’est pas une Constraint.")
        pairs = list(_pairs(constraint.terms))
        found = cells.find(codes := encode(pd.DataFrame([k for k, _ in pairs]), cells))
        lost = np.flatnonzero((found < 0) | (codes < 0).any(axis=1))
        if len(lost):
            keys = " · ".join(str(v) for v in pairs[lost[0]][0].values())
            problems.append(Problem(
                f"Statistique « {constraint.name} » : {len(lost)} case(s) ne sont dans aucune "
                f"table ; la première : {keys}.", classe="secret",
                reparation="donner à protect et audit la table qui les contient "
                           "(option unpublished si elle n’est pas diffusée)."))
            continue
        weights: dict[int, Fraction] = {}
        for cell, (_, number) in zip(found.tolist(), pairs, strict=True):
            weights[cell] = weights.get(cell, Fraction(0)) + Fraction(number)
        facts.append(_integer(weights, constraint))
    if problems:
        raise DisclosureError(problems)
    return facts


def _integer(weights: Mapping[int, Fraction], constraint: Constraint) -> Fact:
    common = Fraction(math.lcm(*(w.denominator for w in weights.values())))
    common /= math.gcd(*(int(w * common) for w in weights.values())) or 1
    whole = {cell: int(w * common) for cell, w in weights.items() if w}
    low = None if constraint.low is None else math.ceil(Fraction(constraint.low) * common)
    high = None if constraint.high is None else math.floor(Fraction(constraint.high) * common)
    return Fact(whole, low, high, max(map(abs, whole.values()), default=1),
                constraint.name, constraint.known)


def _pairs(terms: Terms) -> Iterable[tuple[dict, Number]]:
    if not isinstance(terms, pd.DataFrame):
        return terms
    keys = terms.drop(columns="coefficient").to_dict("records")
    return zip(keys, terms["coefficient"].tolist(), strict=True)
