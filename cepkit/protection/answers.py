"""Answers to one question by group: what would be printed, and what a reader could work out of it.

Arrays only. A world is a table of answers that prints the same rows; a small count is hidden when
it has another value in some world (at most two persons answer otherwise).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

TENS = 10  # numbers of answers are printed in tens


@dataclass(frozen=True)
class Answers:
    """`counts` (groups of `par`, groups of weights, answers and « none » last), `heads` (…, …).

    Of several answers (`several`), each column counts persons and `heads` are all of them.
    """

    counts: np.ndarray
    heads: np.ndarray
    weights: np.ndarray
    several: bool
    scopes: tuple[str, ...]
    codes: tuple[str, ...]

    def named(self) -> Iterator[tuple[slice | int, str]]:
        """Everybody (""), then each group that is given apart."""
        yield slice(None), ""
        yield from ((i, s) for i, s in enumerate(self.scopes) if s)

    def of(self, scope: slice | int, counts: np.ndarray) -> tuple[int, np.ndarray]:
        """Number of answers and weighted share of each, for a scope."""
        mine, heads = counts[scope], self.heads[scope]
        if isinstance(scope, slice):
            mine, heads = mine.sum(axis=0), heads.sum(axis=0)
        base = heads - mine[:, -1]
        weight = float(self.weights @ base)
        return int(base.sum()), (self.weights @ mine[:, :-1]) / weight if weight else np.zeros(
            len(self.codes))

    def printed(self, counts: np.ndarray, step: float, least: int) -> tuple:
        """All that the rows tell: numbers of answers in tens, rounded shares."""
        out = []
        for scope, _ in self.named():
            n, shares = self.of(scope, counts)
            out.append((n >= least, round(n / TENS), tuple(
                round(float(s) / step) for s in shares)) if n >= least else (False,))
        return tuple(out)

    def hidden(self, step: float, small: int, least: int) -> bool:
        """Has every small count another value in some world that prints the same?"""
        now = self.printed(self.counts, step, least)
        wanted = {tuple(c) for c in np.argwhere((self.counts > 0) & (self.counts < small))}
        wanted |= {(s, m) for s, m in product(range(len(self.scopes)), range(len(self.codes)))
                   if 0 < self.counts[s, :, m].sum() < small}
        wanted |= {(m,) for m in range(len(self.codes)) if 0 < self.counts[..., m].sum() < small}
        for world in self._worlds([w for w in wanted if len(w) == 3]):
            if not wanted:
                break
            changed = world - self.counts
            found = {w for w in wanted if (
                changed[w] if len(w) == 3 else changed[w[0], :, w[1]].sum() if len(w) == 2
                else changed[..., w[0]].sum())}
            if found and self.printed(world, step, least) == now:
                wanted -= found
        return not wanted

    def _worlds(self, cells: list[tuple[int, int, int]]) -> Iterator[np.ndarray]:
        """One person of a small cell answers otherwise; two exchange; both ways."""
        steps = [(1, -1), (-1, 1)]
        _, groups, answers = self.counts.shape
        for (s, h, m), (up, down) in product(cells, steps):
            others = [None] if self.several else [k for k in range(answers) if k != m]
            for other in others:
                one = self.counts.copy()
                one[s, h, m] += up
                if other is not None:
                    one[s, h, other] += down
                yield from self._lawful(one)
                for g in [g for g in range(groups) if g != h]:
                    two = one.copy()
                    two[s, g, m] += down
                    if other is not None:
                        two[s, g, other] += up
                    yield from self._lawful(two)

    def _lawful(self, world: np.ndarray) -> Iterator[np.ndarray]:
        room = self.heads[..., None] - world[..., -1:] if self.several else np.inf
        if (world >= 0).all() and (world[..., :-1] <= room).all():
            yield world
