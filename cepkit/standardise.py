"""Standardised rates and decomposition of a gap between two populations: frame in, frame out.

Frames hold one row a stratum and are joined by key (`by`), never by position. A stratum that is
missing on one side, given twice, or without a count or a population is refused with its name:
nothing is guessed. The frames of the caller are never changed.

References
- Kitagawa E. M. (1955), Components of a difference between two rates, JASA 50, 1168-1194,
  doi:10.1080/01621459.1955.10501299.
- Dobson A. J. et al. (1991) for directly standardised rates: see `cepkit.intervals`.
- Breslow N. E., Day N. E. (1987), IARC 82, chapter 2, for indirect standardisation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from cepkit.intervals import direct_rate, indirect_ratio, normal_quantile
from cepkit.text import enumerate_fr

Keys = str | Sequence[str]


def _list(by: Keys) -> list[str]:
    return [by] if isinstance(by, str) else list(by)


def _names(frame: pd.DataFrame, by: list[str]) -> str:
    """Strata as a French list: « femmes / 15-24 ans, hommes / 50 ans et plus »."""
    rows = frame[by].astype(str).drop_duplicates().itertuples(index=False)
    return enumerate_fr([f"« {' / '.join(row)} »" for row in rows])


def _checked(frame: pd.DataFrame, by: list[str], columns: Sequence[str], what: str) -> pd.DataFrame:
    """Keys and float columns of a frame with one complete row a stratum."""
    absent = [c for c in [*by, *columns] if c not in frame.columns]
    if absent:
        raise ValueError(f"{what} : colonne absente, {enumerate_fr(absent)}")
    if frame.empty:
        raise ValueError(f"{what} : aucune strate")
    if frame.duplicated(by).any():
        raise ValueError(f"{what} : strate répétée, {_names(frame[frame.duplicated(by)], by)}")
    values = frame[list(columns)].astype("Float64").astype(float)
    bad = ~(np.isfinite(values) & (values >= 0)).all(axis=1)
    if bad.any():
        raise ValueError(
            f"{what} : valeur manquante ou négative pour la strate {_names(frame[bad], by)}"
        )
    return pd.concat([frame[by], values], axis=1)


def _joined(
    left: pd.DataFrame, right: pd.DataFrame, by: list[str], names: tuple[str, str]
) -> pd.DataFrame:
    """One-to-one join in the order of `left`; strata on one side only are refused by name."""
    both = left.merge(right, on=by, how="outer", suffixes=("", "_reference"), indicator=True)
    for side, name in (("left_only", names[1]), ("right_only", names[0])):
        alone = both[both["_merge"] == side]
        if len(alone):
            raise ValueError(f"strate manquante dans {name} : {_names(alone, by)}")
    return left[by].merge(both.drop(columns="_merge"), on=by, how="left")


def _populated(frame: pd.DataFrame, by: list[str], columns: Sequence[str], what: str) -> None:
    """Refuse a stratum whose population is zero."""
    empty = (frame[list(columns)] == 0).any(axis=1)
    if empty.any():
        raise ValueError(f"{what} : population nulle pour la strate {_names(frame[empty], by)}")


def _grouped(frame: pd.DataFrame, groups: list[str]):
    """(key values, sub-frame) of each group, in order of appearance; one group when none."""
    if not groups:
        return [((), frame)]
    return list(frame.groupby(groups, sort=False))


def direct(
    frame: pd.DataFrame,
    weights: pd.DataFrame,
    by: Keys,
    *,
    groups: Keys = (),
    count: str = "effectif",
    population: str = "population",
    weight: str = "poids",
    level: float = 0.95,
) -> pd.DataFrame:
    """Directly standardised rate of each group on the standard population `weights`.

    `frame`: groups × strata with a count and a population; `weights`: one weight a stratum.
    Columns returned: groups, `valeur` (per person), `borne_inf`, `borne_sup`, `numerateur`,
    `denominateur`. Raises ValueError naming a stratum missing on either side.
    """
    by, groups = _list(by), _list(groups)
    standard = _checked(weights, by, [weight], "population type")
    rows = []
    for key, part in _grouped(frame, groups):
        strata = _checked(part, by, [count, population], "données")
        _populated(strata, by, [population], "données")
        strata = _joined(strata, standard, by, ("les données", "la population type"))
        value, (low, high) = direct_rate(strata[count], strata[population], strata[weight], level)
        rows.append([*key, value, low, high, strata[count].sum(), strata[population].sum()])
    columns = [*groups, "valeur", "borne_inf", "borne_sup", "numerateur", "denominateur"]
    return pd.DataFrame(rows, columns=columns)


def indirect(
    frame: pd.DataFrame,
    rates: pd.DataFrame,
    by: Keys,
    *,
    groups: Keys = (),
    count: str = "effectif",
    population: str = "population",
    rate: str = "taux",
    level: float = 0.95,
) -> pd.DataFrame:
    """Observed over expected counts of each group, expected from the reference `rates`.

    Columns returned: groups, `observe`, `attendu`, `ratio`, `ratio_inf`, `ratio_sup`. Raises
    ValueError naming a stratum missing on either side.
    """
    by, groups = _list(by), _list(groups)
    reference = _checked(rates, by, [rate], "taux de référence")
    rows = []
    for key, part in _grouped(frame, groups):
        strata = _checked(part, by, [count, population], "données")
        strata = _joined(strata, reference, by, ("les données", "les taux de référence"))
        observed, expected = strata[count].sum(), (strata[population] * strata[rate]).sum()
        ratio, (low, high) = indirect_ratio(observed, expected, level)
        rows.append([*key, observed, expected, ratio, low, high])
    columns = [*groups, "observe", "attendu", "ratio", "ratio_inf", "ratio_sup"]
    return pd.DataFrame(rows, columns=columns)


def decompose(
    frame: pd.DataFrame,
    reference: pd.DataFrame,
    by: Keys,
    *,
    count: str = "effectif",
    population: str = "population",
    weighting: Literal["moyenne", "reference"] = "moyenne",
    nested: bool = False,
    level: float = 0.95,
) -> pd.DataFrame:
    """Gap between two crude rates, cut into an effect of rates and an effect of structure.

    Rows: "total" in every key first (raw gap = both effects), then one a stratum. Columns: `by`,
    `taux`, `taux_reference`, `poids`, `poids_reference`, then `ecart`, `effet_taux` and
    `effet_structure`, each with `_inf` and `_sup`. `weighting` "moyenne" is Kitagawa's symmetric
    decomposition; with "reference" the effect of rates is the gap between the directly
    standardised rate and the reference's crude rate (gap at comparable structure).

    Every term is linear in the counts: intervals are normal, with independent Poisson counts.
    `nested` says that the reference contains the frame (a region and France): the common
    counts are then counted once. Raises ValueError naming the stratum at fault.
    """
    by = _list(by)
    columns = [count, population]
    strata = _joined(
        _checked(frame, by, columns, "données"),
        _checked(reference, by, columns, "référence"),
        by,
        ("les données", "la référence"),
    )
    _populated(strata, by, [population, f"{population}_reference"], "décomposition")
    terms = _Terms(strata, count, population, weighting, nested, float(normal_quantile(level)))
    total = pd.DataFrame([dict.fromkeys(by, "total") | terms.total()])
    return pd.concat([total, pd.concat([strata[by], terms.each()], axis=1)], ignore_index=True)


class _Terms:
    """Linear terms of a decomposition: arrays over the strata."""

    def __init__(self, strata, count, population, weighting, nested, z):
        self.x, self.n = strata[count].to_numpy(), strata[population].to_numpy()
        self.X = strata[f"{count}_reference"].to_numpy()
        self.N = strata[f"{population}_reference"].to_numpy()
        self.w, self.W = self.n / self.n.sum(), self.N / self.N.sum()
        self.nested, self.z = nested, z
        if nested and ((self.x > self.X) | (self.n > self.N)).any():
            raise ValueError("décomposition : la référence ne contient pas les données")
        half = weighting == "moyenne"
        weight = (self.w + self.W) / 2 if half else self.W
        shift = self.w - self.W
        # Coefficients of the counts of the frame and of the reference in each effect.
        self.effects = {
            "ecart": (self.w / self.n, -self.W / self.N),
            "effet_taux": (weight / self.n, -weight / self.N),
            "effet_structure": (
                (shift / 2 if half else shift) / self.n,
                (shift / 2 if half else 0 * shift) / self.N,
            ),
        }

    def _value_and_variance(self, effect: str) -> tuple[np.ndarray, np.ndarray]:
        a, b = self.effects[effect]
        value = a * self.x + b * self.X
        if self.nested:
            return value, (a + b) ** 2 * self.x + b**2 * (self.X - self.x)
        return value, a**2 * self.x + b**2 * self.X

    def _interval(self, effect: str, value, variance) -> dict:
        half = self.z * np.sqrt(variance)
        return {effect: value, f"{effect}_inf": value - half, f"{effect}_sup": value + half}

    def total(self) -> dict:
        """Crude rates and the three effects, summed over the strata."""
        row = {"taux": self.x.sum() / self.n.sum(), "taux_reference": self.X.sum() / self.N.sum()}
        row |= {"poids": 1.0, "poids_reference": 1.0}
        for effect in self.effects:
            value, variance = self._value_and_variance(effect)
            row |= self._interval(effect, value.sum(), variance.sum())
        return row

    def each(self) -> pd.DataFrame:
        """The same, stratum by stratum."""
        columns = {"taux": self.x / self.n, "taux_reference": self.X / self.N}
        columns |= {"poids": self.w, "poids_reference": self.W}
        for effect in self.effects:
            columns |= self._interval(effect, *self._value_and_variance(effect))
        return pd.DataFrame(columns)
