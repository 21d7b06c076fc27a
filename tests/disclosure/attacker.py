"""An attacker that shares nothing with the package: dictionaries, loops and scipy's solver."""

from __future__ import annotations

import functools
import itertools

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp


class Attacker:
    """Reads masked tables as a reader would: keys, published numbers, sums along each column.

    Every cell of the full cross of columns of a table is a variable, listed or not (a total that
    no table shows is still a number); `parents` are {column: {label: parent}}.
    """

    def __init__(self, tables, total="total", parents=None, value="effectif", least=1, skip=()):
        self.total, self.parents, self.least = total, parents or {}, least
        self.known, self.hidden, self.sums = {}, set(), {}
        self.columns = sorted({c for t in tables.values() for c in t.columns}
                              - {value, "etat", "borne_min", "borne_max"})
        for name, frame in tables.items():
            rows = set()
            for row in frame.to_dict("records"):
                key = tuple(str(row.get(c, total)) for c in self.columns)
                rows.add(key)
                if str(row[value]) not in ("nan", "None", "<NA>"):
                    self.known[key] = int(row[value])
                else:
                    self.hidden.add(key)
            self._sum_up(name, frame, rows, skip)
        self.hidden -= set(self.known)
        self.unknown = sorted(({k for k, *_ in self.sums} | {
            c for (_, *_rest), kids in self.sums.items() for c in kids} | self.hidden)
            - set(self.known))

    def _sum_up(self, name, frame, rows, skip):
        todo = list(rows)
        while todo:
            fresh = set()
            for j, column in enumerate(self.columns):
                if column not in frame.columns or column in skip:
                    continue
                groups = {}
                for key in rows:
                    if key[j] != self.total:
                        up = self.parents.get(column, {}).get(key[j], self.total)
                        groups.setdefault((*key[:j], up, *key[j + 1:]), []).append(key)
                for parent, kids in groups.items():
                    self.sums[(parent, name, column)] = sorted(kids)
                    if parent not in rows:
                        fresh.add(parent)
            rows |= fresh
            todo = list(fresh)

    @functools.cached_property
    def _problem(self):
        """Place of each unknown, least values, and sums that hold (None: some contradict)."""
        place = {k: i for i, k in enumerate(self.unknown)}
        matrix, right = [], []
        for (parent, *_), kids in self.sums.items():
            line, constant = np.zeros(len(place)), 0
            for key, sign in itertools.chain([(parent, -1)], ((k, 1) for k in kids)):
                if key in self.known:
                    constant -= sign * self.known[key]
                else:
                    line[place[key]] += sign
            matrix.append(line), right.append(constant)
        low = np.array([self.least if k in self.hidden else 0 for k in self.unknown])
        matrix, right = np.array(matrix), np.array(right)
        keep = np.abs(matrix).sum(axis=1) > 0
        rules = LinearConstraint(matrix[keep], right[keep], right[keep])
        return place, low, None if (right[~keep] != 0).any() else rules

    def range_of(self, key):
        """Smallest and largest integer value of a cell (None when the tables contradict)."""
        key = tuple(str(x) for x in key)
        if key in self.known:
            return self.known[key], self.known[key]
        place, low, rules = self._problem
        if rules is None:
            return None
        ends = []
        for sign in (1, -1):
            cost = np.zeros(len(place))
            cost[place[key]] = sign
            found = milp(cost, integrality=np.ones(len(place)), bounds=Bounds(low, 10**5),
                         constraints=rules)
            if found.x is None:
                return None
            ends.append(round(float(found.x[place[key]])))
        return tuple(ends)
