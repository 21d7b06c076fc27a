"""Cells of a release: the same keys in two tables are one cell; a column absent is a total.

A cell is a row of integer codes, one a dimension, where code 0 is the total. Values are integers;
a missing value is a cell that its source withheld, known by its bounds only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cepkit.disclosure.given import frames, key_columns, nested, numbers, totals_of, words
from cepkit.errors import DisclosureError, Problem

UNBOUNDED = np.int64(2**40)  # above any count, and exact in a float


@dataclass
class Cells:
    """All cells of the release, one position each in every array."""

    dims: list[str]
    labels: dict[str, list[str]]  # dimension -> labels by code, the total first
    codes: np.ndarray  # (n, dims) int32
    value: np.ndarray  # int64, 0 where unknown
    known: np.ndarray  # a value stands in at least one table
    masked: np.ndarray  # withheld in at least one table
    source: np.ndarray  # withheld by the source itself
    low: np.ndarray  # bounds that anyone knows
    high: np.ndarray
    virtual: np.ndarray  # in no table: totals that two tables have in common
    latent: np.ndarray  # in tables that are not released, or nowhere: never shown
    rows: dict[str, np.ndarray] = field(default_factory=dict)  # table -> cell of each row
    parents: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)  # see `nested`
    weights: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(20_221_231)
        self.weights = rng.integers(1, 2**63, len(self.dims), dtype=np.uint64) | np.uint64(1)
        self._index: pd.Index | None = None

    def __len__(self) -> int:
        return len(self.value)

    def hashes(self, codes: np.ndarray) -> np.ndarray:
        """One 64-bit number a row of codes (linear, so that a parent's is cheap to get)."""
        return (codes.astype(np.uint64) * self.weights).sum(axis=1, dtype=np.uint64)

    def find(self, codes: np.ndarray) -> np.ndarray:
        """Cell of each row of codes, -1 where there is none."""
        if self._index is None:
            self._index = pd.Index(self.hashes(self.codes))
        found = self._index.get_indexer(self.hashes(codes))
        wrong = (found >= 0) & (self.codes[found] != codes).any(axis=1)
        return np.where(wrong, -1, found)

    def add_virtual(self, codes: np.ndarray) -> np.ndarray:
        """Append cells that no table holds; their positions."""
        n, extra = len(self), len(codes)
        self._index = None
        self.codes = np.vstack([self.codes, codes.astype(np.int32)])
        grow = {"value": 0, "low": 0, "high": UNBOUNDED, "known": False, "masked": False}
        for name, fill in {**grow, "source": False, "virtual": True, "latent": True}.items():
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.full(extra, fill, old.dtype)]))
        return np.arange(n, n + extra)

    def keys(self, ids: np.ndarray | None = None) -> pd.DataFrame:
        """Keys of cells as labels, one column a dimension."""
        codes = self.codes if ids is None else self.codes[ids]
        return pd.DataFrame(
            {d: np.array(self.labels[d], object)[codes[:, j]] for j, d in enumerate(self.dims)}
        )


def collect(
    tables: Mapping[str, pd.DataFrame],
    *,
    value: str,
    totals: str | Mapping[str, str],
    hierarchies: Mapping[str, Mapping[str, str]] | None = None,
    ignored: Iterable[str] = (),
    unpublished: Collection[str] = (),
) -> Cells:
    """Cells of tidy tables; raises `DisclosureError` on what cannot be read, or has two values."""
    totals = totals_of(totals)
    tables = frames(tables, value, ignored)
    keys = {name: key_columns(frame, value, ignored) for name, frame in tables.items()}
    seen: dict[str, dict[str, None]] = {}
    for name, columns in keys.items():
        for dim in columns:
            seen.setdefault(dim, {}).update(dict.fromkeys(words(tables[name][dim])[1]))
    dims, parents = list(seen), nested(hierarchies, totals, seen)
    labels = {}
    for dim, shown in seen.items():
        own = [parent for column, parent in parents.get(dim, {}).values() if column == dim]
        top = totals.get(dim, totals["default"])
        labels[dim] = [top, *(label for label in dict.fromkeys([*shown, *own]) if label != top)]
    stacked = [_encode(frame, keys[name], dims, labels) for name, frame in tables.items()]
    codes = np.vstack(stacked) if stacked else np.zeros((0, len(dims)), np.int32)
    where, first = _unique_rows(codes)
    told = pd.concat([_numbers(frame, value) for frame in tables.values()], ignore_index=True)
    cells = _merge(dims, labels, codes[first], where, told)
    stops = np.cumsum([len(block) for block in stacked])[:-1]
    cells.rows = dict(zip(tables, np.split(where, stops), strict=True))
    cells.parents = parents
    for name in set(tables) - set(unpublished):
        cells.latent[cells.rows[name]] = False
    _check_values(cells, told["value"].to_numpy(), where)
    return cells


def _encode(frame, columns, dims, labels) -> np.ndarray:
    codes = np.zeros((len(frame), len(dims)), np.int32)
    for j, dim in enumerate(dims):
        if dim in columns:
            place, found = words(frame[dim])
            codes[:, j] = np.append(pd.Index(labels[dim]).get_indexer(found), 0)[place]
    return codes


def encode(frame: pd.DataFrame, cells: Cells) -> np.ndarray:
    """Codes of keys given as labels; a label that no cell has is -1."""
    return _encode(frame, frame.columns, cells.dims, cells.labels)


def _unique_rows(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Position of each row among the distinct rows, and the first row of each."""
    frame = pd.DataFrame(codes)
    where = frame.groupby(list(frame.columns), sort=False).ngroup().to_numpy() if codes.shape[1] \
        else np.zeros(len(codes), np.int64)
    _, first = np.unique(where, return_index=True)
    return where, first


def _numbers(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    def column(name: str) -> np.ndarray:
        return numbers(frame[name]) if name in frame.columns else np.full(len(frame), np.nan)

    state = frame["etat"].to_numpy(object) if "etat" in frame.columns else None
    by_source = np.zeros(len(frame), bool) if state is None else np.isin(
        state.astype(str), ["non_diffuse", "non_disponible"])
    return pd.DataFrame({"value": np.round(column(value)), "low": column("borne_min"),
                         "high": column("borne_max"), "source": by_source})


def _merge(dims, labels, codes, where, numbers) -> Cells:
    grouped = numbers.groupby(where, sort=True)
    value = grouped["value"].max().to_numpy()
    known = ~np.isnan(value)
    low = grouped["low"].max().fillna(0).to_numpy()
    high = grouped["high"].min().fillna(float(UNBOUNDED)).to_numpy()
    return Cells(
        dims=dims, labels=labels, codes=codes,
        value=np.where(known, value, 0).round().astype(np.int64), known=known,
        masked=grouped["value"].count().to_numpy() < grouped["value"].size().to_numpy(),
        source=grouped["source"].any().to_numpy(), virtual=np.zeros(len(codes), bool),
        latent=np.ones(len(codes), bool),
        low=np.ceil(low).astype(np.int64), high=np.floor(high).astype(np.int64),
    )


def _check_values(cells: Cells, given: np.ndarray, where: np.ndarray) -> None:
    if (empty := cells.low > cells.high).any():
        shown = cells.keys(np.flatnonzero(empty)[:1]).agg(" · ".join, axis=1)
        raise DisclosureError(f"Les bornes de {int(empty.sum())} case(s) se contredisent d’une "
                              f"table à l’autre ; la première : {shown.iloc[0]}.")
    clash = ~np.isnan(given) & (given != cells.value[where])
    if clash.any():
        shown = cells.keys(where[np.flatnonzero(clash)[:1]]).agg(" · ".join, axis=1)
        raise DisclosureError(Problem(
            f"{int(clash.sum())} case(s) ont deux valeurs selon la table ; la première : "
            f"{shown.iloc[0]}.", classe="secret",
            reparation="corriger la livraison, ou ne diffuser la case qu'une fois."))
