"""The demonstration release as published, attacked by the independent attacker, cell by cell."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from tests.disclosure.attacker import Attacker

TOTALS = {"region": {"FR": "total"}, "operateur": {"ensemble": "total"}}


def published(root):
    """Tables of the masked store, every total under one name; secret cells; all others hidden."""
    tables = {p.stem: pq.read_table(p).to_pandas().replace(TOTALS) for p in sorted(
        (root / "outputs" / "demo" / ".store" / "tables").glob("*.parquet"))}
    return {n: t.assign(effectif=t["effectif"].astype("Int64")) for n, t in tables.items()}


def honest_sums(attacker):
    """Sums of the tables and columns where every sum that is known throughout is right.

    Volumes are delivered rounded: their sums are not exact even where they look so.
    """
    wrong, right = set(), set()
    for (parent, name, column), kids in attacker.sums.items():
        if parent in attacker.known and all(k in attacker.known for k in kids):
            total = sum(attacker.known[k] for k in kids)
            (right if total == attacker.known[parent] else wrong).add((name, column))
    return {key: kids for key, kids in attacker.sums.items() if key[1:] in right - wrong
            and not key[1].startswith("volumes")}


def groups(attacker, sums):
    """Unknown cells that sums tie together, with these sums (a plain union-find)."""
    head = {k: k for k in attacker.unknown}

    def find(k):
        while head[k] != k:
            head[k] = k = head[head[k]]
        return k
    lines = [[k for k in (key[0], *kids) if k in head] for key, kids in sums.items()]
    for line in lines:
        for k in line[1:]:
            head[find(k)] = find(line[0])
    found = {}
    for (key, kids), line in zip(sums.items(), lines, strict=True):
        if line:
            found.setdefault(find(line[0]), []).append((key[0], kids))
    return found, find


def reachable(attacker, rules, key, secret):
    """Smallest and largest integer value of a cell in its group."""
    cells = sorted({k for parent, kids in rules for k in (parent, *kids)} - set(attacker.known))
    place = {k: i for i, k in enumerate(cells)}
    matrix, right = np.zeros((len(rules), len(cells))), np.zeros(len(rules))
    for i, (parent, kids) in enumerate(rules):
        for k, sign in ((parent, -1), *((k, 1) for k in kids)):
            if k in place:
                matrix[i, place[k]] += sign
            else:
                right[i] -= sign * attacker.known[k]
    low, cost, ends = np.array([float(k in secret) for k in cells]), np.zeros(len(cells)), []
    for sign in (1, -1):
        cost[place[key]] = sign
        found = milp(cost, integrality=np.ones(len(cells)), bounds=Bounds(low, 10**7),
                     constraints=LinearConstraint(matrix, right, right))
        if found.x is None:  # these sums contradict each other
            return None
        ends.append(round(float(found.x[place[key]])))
    return tuple(ends)


@pytest.mark.lent
def test_no_withheld_cell_of_the_demonstration_is_worked_out(demo_root):
    tables = published(demo_root)
    attacker = Attacker(tables, least=1)
    secret = {tuple(str(row.get(c, "total")) for c in attacker.columns)
              for frame in tables.values() for row in frame[frame["etat"].eq("secret")].to_dict(
                  "records")}
    assert len(secret) > 100
    sums = honest_sums(attacker)
    assert len(sums) > 1_000
    found, find = groups(attacker, sums)
    tied = [k for k in sorted(secret) if find(k) in found]
    assert len(tied) > 100
    ends = {key: reachable(attacker, found[find(key)], key, secret) for key in tied}
    assert [k for k, pair in ends.items() if pair is not None and pair[0] == pair[1]] == []
    impossible = [k for k, pair in ends.items() if pair is None]
    assert len(impossible) <= len(tied) // 20, impossible
    # One secondary republished gives its neighbours away: the attacker sees it.
    told, unknown = 0, set(attacker.unknown)
    for key in tied[:40]:
        rest = [(p, [k for k in kids if k != key]) for p, kids in found[find(key)] if p != key]
        alone = [k for p, kids in rest for k in [c for c in (p, *kids) if c in secret]
                 if len([c for c in (p, *kids) if c in unknown]) == 1]
        told += bool(alone)
    assert told
