"""The primary rule, what is known of hidden cells beforehand, and what hiding costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from cepkit.disclosure.cells import Cells, encode
from cepkit.disclosure.given import keys, word
from cepkit.disclosure.problem import ANY
from cepkit.errors import DisclosureError, Problem
from cepkit.text import enumerate_fr

HARD_TO_HIDE = 1_000.0  # factor on the cost of a cell that an earlier release published


@dataclass(frozen=True)
class Rule:
    """Threshold (by dimension), zeros, level; checks its own arguments."""

    threshold: int | Mapping[str, int]
    zeros: str
    level: int

    def __post_init__(self) -> None:
        problems = []
        if self.zeros not in ("publies", "secrets"):
            problems.append(f"zeros vaut « {self.zeros} » ; valeurs admises : publies, secrets.")
        if self.level not in (1, 2):
            problems.append(f"level vaut « {self.level} » ; valeurs admises : 1, 2.")
        numbers = self.threshold.values() if isinstance(self.threshold, Mapping) \
            else [self.threshold]
        if any(not isinstance(n, Real) or isinstance(n, bool) or not n >= 1 or n % 1
               for n in numbers):
            problems.append(f"threshold vaut « {self.threshold} » ; le seuil doit être un entier "
                            "d’au moins 1, ou {dimension: entier}.")
        if problems:
            raise DisclosureError([Problem(text, classe="secret") for text in problems])

    @property
    def smallest(self) -> int:
        """Smallest count that is protected."""
        return 0 if self.zeros == "secrets" else 1

    def thresholds(self, cells: Cells) -> np.ndarray:
        """Threshold of each cell: the highest among the dimensions that break it down."""
        if not isinstance(self.threshold, Mapping):
            return np.full(len(cells), int(self.threshold), np.int64)
        out = np.full(len(cells), int(self.threshold.get("default", 5)), np.int64)
        for j, dim in enumerate(cells.dims):
            if dim in self.threshold:
                special = cells.codes[:, j] != 0
                out[special] = np.maximum(out[special], int(self.threshold[dim]))
        return out

    def lowest(self, cells: Cells) -> np.ndarray:
        """What the attacker knows to be the least that a hidden cell can be."""
        if self.zeros == "secrets":
            return cells.low
        ours = ~cells.source & ~cells.latent & (cells.high >= 1)
        return np.where(ours, np.maximum(cells.low, 1), cells.low)

    def primary(self, cells: Cells, value: np.ndarray) -> np.ndarray:
        """Cells to protect: small counts, and what the source withheld and may be small."""
        limits = self.thresholds(cells)
        small = (value >= self.smallest) & (value < limits)
        unknown = (cells.low < limits) & (cells.high >= self.smallest)
        return ~cells.virtual & np.where(cells.known, small, unknown)

    def may_hide(self, cells: Cells) -> np.ndarray:
        """Cells that can be withheld without telling more: zeros are published or all withheld."""
        return cells.known & (cells.value >= self.smallest)

    def aim(self, cells: Cells, value: np.ndarray) -> np.ndarray:
        """Where a completion must take each primary (see `Problem.aim`)."""
        if self.level == 1:
            return np.full(len(cells), ANY, np.int64)
        missing = self.thresholds(cells) - value
        return np.where(missing > 0, missing, ANY)


def known_elsewhere(
    cells: Cells, fixed: pd.DataFrame | Iterable[Mapping[str, str]] | None
) -> np.ndarray:
    """Cells that `fixed` names: a frame of keys, or patterns where an absent dimension is any."""
    out = np.zeros(len(cells), bool)
    if fixed is None:
        return out
    if isinstance(fixed, pd.DataFrame):
        codes = encode(keys("fixed", fixed, cells.dims), cells)
        found = cells.find(codes)
        out[found[(found >= 0) & (codes >= 0).all(axis=1)]] = True
        return out
    patterns = ([fixed] if fixed else []) if isinstance(fixed, Mapping) else fixed
    for pattern in patterns if isinstance(patterns, Iterable) else [patterns]:
        if not isinstance(pattern, Mapping) or not pattern or not all(
                map(np.isscalar, pattern.values())):
            raise DisclosureError(f"fixed : « {pattern} » n’est pas un motif {{dimension: "
                                  "modalité}.")
        match = ~cells.latent
        for dim, label in pattern.items():
            labels = cells.labels.get(dim, [])
            code = labels.index(word(label)) if word(label) in labels else -1
            match = match & (cells.codes[:, cells.dims.index(dim)] == code if labels else False)
        out |= match
    return out


def priced(
    cells: Cells,
    tables: Mapping[str, pd.DataFrame],
    cost: str | Mapping[str, float] | Callable[[pd.DataFrame], np.ndarray] | None,
    value: str,
) -> np.ndarray:
    """Cost of hiding each cell; by default its count (the volume that the reader loses)."""
    price = np.maximum(cells.value, 1).astype(float)
    if isinstance(cost, str) and not any(cost in frame.columns for frame in tables.values()):
        raise DisclosureError(f"cost : aucune table n’a de colonne « {cost} ».")
    if isinstance(cost, Mapping) and not set(cost) <= set(tables):
        lost = sorted(map(str, set(cost) - set(tables)))
        raise DisclosureError(f"cost : tables inconnues, {enumerate_fr(lost)}.")
    if callable(cost):
        real = np.flatnonzero(~cells.virtual)
        frame = cells.keys(real)
        frame[value] = cells.value[real]
        told = _prices(cost(frame))
        if told.shape not in ((), (len(real),)):
            raise DisclosureError("cost : la fonction doit rendre un coût par case.")
        price[real] = told
    elif isinstance(cost, str):
        told = np.full(len(cells), -np.inf)
        for name, frame in tables.items():
            if cost in frame.columns:
                np.maximum.at(told, cells.rows[name], _prices(frame[cost]))
        price = np.where(told > -np.inf, told, price)
    elif isinstance(cost, Mapping):
        factor = np.full(len(cells), -np.inf)
        for name, rows in cells.rows.items():
            np.maximum.at(factor, rows, _prices(cost.get(name, 1.0)))
        price *= np.where(factor > -np.inf, factor, 1)
    elif cost is not None:
        raise DisclosureError("cost : nom de colonne, {table: facteur} ou fonction des cases.")
    price[cells.latent] = 0
    return price


def _prices(given: Any) -> np.ndarray:
    """Costs as numbers, zero or more; infinite forbids."""
    try:
        found = np.asarray(given, float)
    except (TypeError, ValueError):
        found = np.array(np.nan)
    if not (found >= 0).all():
        raise DisclosureError("cost : les coûts sont des nombres positifs ou nuls, jamais absents.")
    return found


def withheld_before(
    cells: Cells, previous: pd.DataFrame | None, cost: np.ndarray, rule: Rule
) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Cells that an earlier mask withheld, conflicts in words, costs that keep the rest open."""
    kept = np.zeros(len(cells), bool)
    if previous is None or not len(previous):
        return kept, [], cost
    previous = keys("previous", previous, cells.dims)
    state = previous["etat"].astype(str).to_numpy() if "etat" in previous.columns else \
        np.full(len(previous), "secret")
    found = cells.find(codes := encode(previous, cells))
    found[(codes < 0).any(axis=1)] = -1
    before, open_before = found[state != "publie"], found[state == "publie"]
    kept[before[before >= 0]] = True
    conflicts = []
    zero = kept & cells.known & (cells.value < rule.smallest)
    if zero.any():
        conflicts.append(f"{int(zero.sum())} case(s) masquée(s) auparavant valent maintenant zéro "
                         "et sont publiées.")
    small = np.zeros(len(cells), bool)
    small[open_before[open_before >= 0]] = True
    small &= rule.primary(cells, cells.value)
    if small.any():
        conflicts.append(f"{int(small.sum())} case(s) publiée(s) auparavant sont passées sous le "
                         "seuil et sont masquées.")
    cost = cost.copy()
    cost[open_before[open_before >= 0]] *= HARD_TO_HIDE
    return kept & ~zero, conflicts, cost
