"""Relations between cells: what anyone can add up in the release.

A relation says that a cell is the sum of its parts along one dimension. It holds along a dimension
of a table towards the total (or towards the parent that `hierarchies` declares), wherever parent
and parts stand. A total that no table holds but that two tables share becomes a virtual cell.

Whether the parts are complete is read on the relations whose values are all known, family by family
(table, dimension, parent): most hold: equality; most parts fall short: the parts are at most the
total; most exceed it: multiple answers, each part is at most its base.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import sparse

from cepkit.disclosure.cells import UNBOUNDED, Cells

COMPLETE, SHORT, MULTIPLE = "somme", "sous-total", "réponses multiples"
VOID = "sans somme"  # tables that add up to nothing together


@dataclass
class Relations:
    """Rows `low <= matrix @ x <= high` over the cells; `origin` names the family of each row."""

    matrix: sparse.csr_matrix
    low: np.ndarray
    high: np.ndarray
    origin: np.ndarray
    families: pd.DataFrame
    members: list[_Family]


@dataclass
class _Family:
    """Relations of one table along one dimension towards one parent label."""

    name: tuple[str, str, str]
    child: np.ndarray
    parent: np.ndarray
    declared_multiple: bool = False
    tolerance: int = 0
    union: bool = False
    told: int = 0  # sums whose terms are all known
    kind: str = field(default=COMPLETE)
    offsets: pd.Series | None = None


def build(
    cells: Cells,
    *,
    non_additive: Mapping[str, Collection[str]],
    tolerance: Mapping[str, int | Mapping[str, int]],
) -> Relations:
    """Every relation between cells; appends to `cells` the totals that tables share."""
    parents = {d: _Parents(cells, d, cells.parents.get(d, {})) for d in cells.dims}
    families: list[_Family] = []
    for name, ids in cells.rows.items():
        banned = set(non_additive.get(name, ()))
        ids = _close(cells, np.unique(ids), parents, banned)
        families += _families(cells, name, ids, parents, banned, tolerance.get(name, 0))
    families += _split_tables(families)
    return _read(cells, [f for f in families if len(f.child)])


def reread(cells: Cells, relations: Relations) -> Relations:
    """The same relations as someone reads them who knows other values."""
    return _read(cells, [replace(f, kind=COMPLETE, offsets=None) for f in relations.members])


def _read(cells: Cells, families: list[_Family]) -> Relations:
    for family in families:
        _decide(cells, family)
    return replace(_assemble(cells, [f for f in families if f.kind != VOID]), members=families)


class _Parents:
    """Parent of a code along one dimension, possibly a label of another column."""

    def __init__(self, cells: Cells, dim: str, hierarchy: Mapping[str, tuple[str, str]]):
        self.column = cells.dims.index(dim)
        index = {label: code for code, label in enumerate(cells.labels[dim])}
        n = len(index)
        self.code = np.zeros(n, np.int32)
        self.other_column = np.full(n, -1)
        self.other_code = np.zeros(n, np.int32)
        places = {other: {label: code for code, label in enumerate(cells.labels[other])}
                  for other in {column for column, _ in hierarchy.values()}}
        for child, (column, parent) in hierarchy.items():
            if child not in index:
                continue
            if column == dim:
                self.code[index[child]] = index[parent]
            else:
                self.other_column[index[child]] = cells.dims.index(column)
                self.other_code[index[child]] = places[column][parent]

    def of(self, codes: np.ndarray) -> np.ndarray:
        """Codes of the parents of cells that are not the total of the dimension."""
        out = codes.copy()
        mine = codes[:, self.column]
        out[:, self.column] = self.code[mine]
        for j in np.unique(self.other_column[mine]):
            if j >= 0:  # natural nesting: only where the other column still says « total »
                rows = np.flatnonzero((self.other_column[mine] == j) & (codes[:, j] == 0))
                out[rows, j] = self.other_code[mine[rows]]
        return out


def _close(cells: Cells, ids: np.ndarray, parents, banned) -> np.ndarray:
    """Add to a table the totals that it implies, along the dimensions that have totals.

    A sub-total that another table shows is one of its parts too: total = sub-totals + the rest; one
    that no table shows still stands between its only part and the total.
    """
    totals = {d: _has_total(cells, d) for d in cells.dims if d not in banned}
    grown = True
    while grown:
        grown = False
        for dim in totals:
            codes, column = cells.codes[ids], cells.dims.index(dim)
            children = codes[codes[:, column] != 0]
            wanted, plain = parents[dim].of(children), children.copy()
            plain[:, column] = 0
            between = (wanted != plain).any(axis=1)  # a declared parent, below the total
            if not totals[dim]:
                wanted, between = wanted[between], between[between]
            if len(wanted) == 0:
                continue
            _, first, counts = np.unique(cells.hashes(wanted), return_index=True,
                                         return_counts=True)
            unique, between = wanted[first], between[first]
            found = cells.find(unique)
            shape = (np.delete(unique, column, axis=1) != 0) @ (2 ** np.arange(codes.shape[1] - 1))
            told = np.isin(shape, shape[between | (counts > 1) | (found >= 0)])  # or a sibling is
            missing = (found < 0) & told
            if missing.any():
                found[missing] = cells.add_virtual(unique[missing])
            new = np.setdiff1d(found[found >= 0], ids)
            if len(new):
                ids, grown = np.union1d(ids, new), True
    return ids


def _has_total(cells: Cells, dim: str) -> bool:
    column = cells.codes[:, cells.dims.index(dim)]
    return bool((column == 0).any() and (column != 0).any())


def _families(cells, name, ids, parents, banned, tolerance) -> list[_Family]:
    out = []
    codes = cells.codes[ids]
    for dim in cells.dims:
        inside = codes[:, cells.dims.index(dim)] != 0
        if not inside.any():
            continue
        slack = tolerance.get(dim, 0) if isinstance(tolerance, Mapping) else tolerance
        wanted = parents[dim].of(codes[inside])
        parent = cells.find(wanted)
        child = ids[inside]
        label = wanted[:, cells.dims.index(dim)]
        for code in np.unique(label):
            keep = (parent >= 0) & (label == code)
            out.append(_Family((name, dim, cells.labels[dim][code]), child[keep], parent[keep],
                               dim in banned, slack))
    return out


def _split_tables(families: list[_Family]) -> list[_Family]:
    """Families of one table cut into several (a file a region): their union, if it adds up."""
    groups: dict[tuple[str, str], list[_Family]] = {}
    for family in families:
        groups.setdefault(family.name[1:], []).append(family)
    return [_union(group) for group in groups.values()
            if len(group) > 1 and not any(f.declared_multiple for f in group)]


def _union(group: list[_Family]) -> _Family:
    pairs = np.unique(np.concatenate([np.column_stack([f.parent, f.child]) for f in group]), axis=0)
    name = (" + ".join(str(f.name[0]) for f in group), *group[0].name[1:])
    return _Family(name, pairs[:, 1], pairs[:, 0], union=True,
                   tolerance=max(f.tolerance for f in group))


def rival(cells: Cells, relations: Relations) -> Relations | None:
    """Another reading of the same tables, when the numbers do not tell which is right, or None.

    Tables whose parts of one total differ are either several lists of all the parts (two groupings
    of ages) or pieces of one list (a file a region). `relations` takes each for a list as long as
    no sum fails. Here, where one falls short or has no total of its own, all are pieces, but for
    those that add up by themselves.
    """
    groups: dict[tuple[str, str], list[_Family]] = {}
    for f in relations.members:
        alone = f.kind == COMPLETE and f.told > 0
        if not (f.union or alone or f.declared_multiple or f.kind == MULTIPLE):
            groups.setdefault(f.name[1:], []).append(f)
    unions, gone = [], []
    for group in groups.values():
        partial = any(f.kind == SHORT or not np.isin(f.parent, cells.rows[f.name[0]]).all()
                      for f in group)
        parents = np.concatenate([np.unique(f.parent) for f in group])
        parents = parents[~cells.virtual[parents]]
        pairs = np.concatenate([f.parent.astype(np.int64) * len(cells) + f.child for f in group])
        apart = len(np.unique(pairs)) == len(pairs)
        if not (partial and apart and len(np.unique(parents)) < len(parents)):
            continue
        whole = _union(group)
        _decide(cells, whole)
        if not whole.told or whole.kind == COMPLETE and not all(f.told for f in group):
            whole.kind = COMPLETE
            unions.append(whole)
            gone += [id(f) for f in group if not f.told]
    if not unions:
        return None
    left = [f for f in relations.members if id(f) not in gone and f.kind != VOID]
    return _assemble(cells, [*left, *unions])


def _balance(cells: Cells, family: _Family) -> pd.Series:
    """Sum of the parts less the parent, by parent; NaN where something is unknown."""
    value = np.where(cells.known, cells.value, np.nan).astype(float)
    sums = pd.Series(value[family.child]).groupby(family.parent).sum(min_count=1, skipna=False)
    return sums - value[sums.index.to_numpy()]


def _decide(cells: Cells, family: _Family) -> None:
    """Complete, short or multiple: by declaration, else by the vote of the known relations.

    Sums declared not to add up, but that all do, are what an attacker sees: the ages of those who
    gave one of several answers.
    """
    balance = _balance(cells, family)
    told = balance.dropna()
    family.told = len(told)
    if family.declared_multiple:
        seen = told[cells.value[told.index.to_numpy(int)] > 0]
        if len(seen) < 2 or (seen.abs() > family.tolerance).any():
            family.kind = MULTIPLE
            return
    off = told[told.abs() > family.tolerance]
    if family.union and 2 * len(off) >= len(told):
        family.kind = VOID
        return
    if 2 * len(off) > len(told):
        family.kind = SHORT if (off < 0).mean() >= 0.5 else MULTIPLE
    family.offsets = off


def _assemble(cells: Cells, families: list[_Family]) -> Relations:
    blocks = [_rows(family, cells) for family in families]
    child, parent, low, high, origin, start = [], [], [], [], [], 0
    for number, (row, kid, row_parent, lo, hi) in enumerate(blocks):
        child.append(np.column_stack([row + start, kid]))
        parent.append(np.column_stack([np.arange(len(lo)) + start, row_parent]))
        low.append(lo), high.append(hi), origin.append(np.full(len(lo), number))
        start += len(lo)
    names = pd.DataFrame([(*f.name, f.kind, len(np.unique(f.parent)),
                           0 if f.offsets is None else len(f.offsets)) for f in families],
                         columns=["table", "dimension", "parent", "nature", "relations", "ecarts"])
    n = len(cells)
    if not blocks:
        empty = np.zeros(0)
        return Relations(sparse.csr_matrix((0, n)), empty, empty, empty.astype(int), names, [])
    plus, minus = np.concatenate(child), np.concatenate(parent)
    entries = np.concatenate([np.ones(len(plus)), -np.ones(len(minus))])
    row, column = np.vstack([plus, minus]).T
    matrix = sparse.csr_matrix((entries, (row, column)), shape=(start, n))
    found = Relations(matrix, *(np.concatenate(x) for x in (low, high, origin)), names, [])
    return _prune(cells, _distinct(found))


def _rows(family: _Family, cells: Cells):
    """Row of each child, child, parent of each row, bounds of each row."""
    if family.kind == MULTIPLE:
        n = len(family.child)
        return (np.arange(n), family.child, family.parent,
                np.full(n, -float(UNBOUNDED)), np.zeros(n))
    parent, row = np.unique(family.parent, return_inverse=True)
    slack = float(family.tolerance)
    low, high = np.full(len(parent), -slack), np.full(len(parent), slack)
    if family.kind == SHORT:
        low[:] = -float(UNBOUNDED)
    if family.offsets is not None and len(family.offsets):
        at = np.searchsorted(parent, family.offsets.index.to_numpy())
        gap = family.offsets.to_numpy()
        high[at] = np.maximum(gap, 0) if family.kind == SHORT else np.where(
            slack > 0, np.maximum(gap, slack), gap)
        if family.kind == COMPLETE:
            low[at] = np.where(slack > 0, np.minimum(gap, -slack), gap)
    return row, family.child, parent, low, high


def _distinct(relations: Relations) -> Relations:
    """Drop rows that say the same thing as another one."""
    matrix = relations.matrix.tocsr()
    matrix.sort_indices()
    rng = np.random.default_rng(7)
    draw = rng.integers(-(2**31), 2**31, matrix.shape[1]).astype(np.int64)
    signature = pd.DataFrame({
        "sum": (matrix.astype(np.int64) @ draw), "size": np.diff(matrix.indptr),
        "low": relations.low, "high": relations.high})
    return _keep(relations, ~signature.duplicated().to_numpy())


def _prune(cells: Cells, relations: Relations) -> Relations:
    """Drop relations that hold the only mention of a virtual total: they say nothing."""
    while True:
        degree = np.diff(relations.matrix.tocsc().indptr)
        lonely = (cells.virtual & (degree == 1)).astype(float)
        vain = (relations.matrix.minimum(0) @ lonely) < 0
        if not vain.any():
            return relations
        relations = _keep(relations, ~vain)


def _keep(relations: Relations, rows: np.ndarray) -> Relations:
    return Relations(relations.matrix[rows], relations.low[rows], relations.high[rows],
                     relations.origin[rows], relations.families, relations.members)
