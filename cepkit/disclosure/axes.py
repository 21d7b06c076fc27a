"""Axes of linked tables: a dimension, or columns nested in one another, as a tree of labels."""

from __future__ import annotations

import numpy as np

from cepkit.disclosure.problem import Problem


class Axis:
    """Nodes of a tree: codes of `columns` (region, departement), the total at depth 0.

    `of_cell`: node of each cell; `depth`, `rank` (among nodes of the same depth), `above` (ancestor
    at each depth, itself at its own, -1 where there is none): by node; `leaves`: nodes with nothing
    below; `size`: nodes at each depth.
    """

    def __init__(self, columns: tuple[int, ...], codes: np.ndarray, inner: list[dict[int, int]]):
        self.nodes, of_cell = np.unique(codes[:, columns], axis=0, return_inverse=True)
        self.of_cell = of_cell.reshape(-1)
        index = {tuple(node): k for k, node in enumerate(self.nodes.tolist())}
        chains = [_chain(node, [inner[c] for c in columns]) for node in self.nodes.tolist()]
        self.depth = np.array([len(chain) - 1 for chain in chains])
        self.above = np.full((len(chains), self.depth.max(initial=0) + 1), -1)
        for k, chain in enumerate(chains):
            for depth, node in enumerate(reversed(chain)):
                self.above[k, depth] = index.get(node, -1)
        self.size = np.bincount(self.depth)
        self.rank = np.zeros(len(chains), int)
        for depth in range(len(self.size)):
            self.rank[self.depth == depth] = np.arange(self.size[depth])
        parents = {self.parent(k) for k in np.flatnonzero(self.depth)}
        self.leaves = np.array([k for k in np.flatnonzero(self.depth) if k not in parents], int)

    def parent(self, node: int) -> int:
        """Node right above one that is not the total; -1 when no cell has it."""
        return int(self.above[node, self.depth[node] - 1])

    def under(self, node: int) -> np.ndarray:
        """Leaves below a node."""
        return self.leaves[self.above[self.leaves, self.depth[node]] == node] \
            if self.depth[node] else self.leaves

    def children(self, node: int) -> np.ndarray:
        """Leaves that stand right below a node."""
        depth = self.depth[node]
        leaves = self.leaves[self.depth[self.leaves] == depth + 1]
        return leaves[self.above[leaves, depth] == node]


def _chain(node: list[int], inner: list[dict[int, int]]) -> list[tuple[int, ...]]:
    """A node, its parent, and so on up to the total."""
    out = [tuple(node)]
    for place in range(len(node) - 1, -1, -1):
        while node[place]:
            node = [*node]
            node[place] = inner[place].get(node[place], 0)
            out.append(tuple(node))
    return out


def axes_of(problem: Problem) -> list[Axis]:
    """Axes of a problem, as its cells and its sums tell them."""
    inner = _inner(problem)
    return [Axis(columns, problem.codes, inner) for columns in _nested(problem.codes)]


def _inner(problem: Problem) -> list[dict[int, int]]:
    """By column: parent label of each label that some sum puts under another than the total."""
    sums = problem.matrix[:problem.matrix.shape[0] - len(problem.facts)].tocoo()
    row, entry, sign = sums.row, sums.col, sums.data
    whole = np.full(sums.shape[0], -1)
    whole[row[sign < 0]] = entry[sign < 0]
    child, parent = entry[sign > 0], whole[row[sign > 0]]
    child, parent = child[parent >= 0], parent[parent >= 0]
    before, after = problem.codes[child], problem.codes[parent]
    out = []
    for column in range(problem.codes.shape[1]):
        moved = (before[:, column] != after[:, column]) & (after[:, column] != 0)
        pairs = np.unique(np.column_stack([before[moved, column], after[moved, column]]), axis=0)
        out.append({int(low): int(high) for low, high in pairs})
    return out


def _nested(codes: np.ndarray) -> list[tuple[int, ...]]:
    """Columns, those that are nested in one another together, the most detailed last."""
    inside: dict[int, int] = {}
    for j in range(codes.shape[1]):
        rows = codes[codes[:, j] != 0]
        best = 0
        for k in set(range(codes.shape[1])) - {j}:
            if (rows[:, k] == 0).any():
                continue
            pairs = np.unique(rows[:, [j, k]], axis=0)
            labels, above = (len(np.unique(pairs[:, side])) for side in (0, 1))
            if len(pairs) == labels > above > best:
                inside[j], best = k, above
    chains = [[j] for j in range(codes.shape[1]) if j not in inside.values()]
    for chain in chains:
        while chain[0] in inside:
            chain.insert(0, inside[chain[0]])
    return [tuple(chain) for chain in chains]
