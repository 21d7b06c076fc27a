"""Volume withheld against the exact optimum of τ-Argus (pytauargus, in a child process)."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from cepkit.disclosure import protect

pytest.importorskip("pytauargus")
SOLVE = ("import sys; from pytauargus import HiTaSCtrl; sys.exit(HiTaSCtrl().full_jj("
         "in_file_jj='table.jj', out_file='mask.txt', max_time=2))")


def table(sizes, n, seed):
    """Counts of n people over the product of some dimensions, with every total."""
    rng = np.random.default_rng(seed)
    drawn = {d: rng.choice(s, n, p=rng.dirichlet(np.full(s, 1.2))) for d, s in sizes.items()}
    counts = pd.DataFrame(drawn).groupby(list(sizes)).size()
    every = pd.MultiIndex.from_product([range(s) for s in sizes.values()], names=list(sizes))
    frame = counts.reindex(every, fill_value=0).rename("effectif").reset_index().astype(
        dict.fromkeys(sizes, str))
    for column in sizes:
        others = [d for d in sizes if d != column]
        total = frame.groupby(others, as_index=False)["effectif"].sum().assign(**{column: "total"})
        frame = pd.concat([frame, total[frame.columns]], ignore_index=True)
    return frame


def optimum(frame, dims, folder, threshold=5):
    """Least volume of secondary cells such that each small count could reach the threshold.

    The solver's own text format: cells (number, value, cost, state, bounds, protection below, above
    and sliding), then sums; a zero cannot be withheld, and a withheld cell is at least 1.
    """
    keys = list(frame[dims].itertuples(index=False, name=None))
    place, value = {k: i for i, k in enumerate(keys)}, frame["effectif"].tolist()
    lines = []
    for i, x in enumerate(value):
        state = "z" if x == 0 else "u" if x < threshold else "s"
        need = threshold - x if state == "u" else 0
        low, high = (1, 2 * max(value)) if x else (0, 0)
        lines.append(f"{i} {x} {max(x, 1)} {state} {low} {high} 0.000 {need}.000 0")
    sums = []
    for j, key in itertools.product(range(len(dims)), keys):
        if key[j] == "total":
            parts = [i for k, i in place.items()
                     if k[j] != "total" and k[:j] + k[j + 1:] == key[:j] + key[j + 1:]]
            terms = [f"{place[key]} (-1)", *(f"{i} (1)" for i in parts)]
            sums.append(f"0 {len(terms)} : {' '.join(terms)}")
    text = "\n".join(["0", str(len(lines)), *lines, str(len(sums)), *sums, ""])
    (folder / "table.jj").write_text(text, "ascii")
    done = subprocess.run([sys.executable, "-c", SOLVE], cwd=folder, capture_output=True)
    assert done.returncode == 0, "not solved to the optimum"
    masked = [int(line.split()[0]) for line in (folder / "mask.txt").read_text().splitlines()]
    return sum(value[i] for i in masked if value[i] >= threshold)


@pytest.mark.lent
@pytest.mark.parametrize(("sizes", "n"), [({"a": 10, "b": 10}, 1200),
                                          ({"a": 5, "b": 4, "c": 3}, 800)])
def test_volume_is_near_the_optimum_of_tau_argus(sizes, n, tmp_path):
    ours = best = 0
    for seed in range(6):
        frame = table(sizes, n, seed)
        result = protect({"t": frame}, level=2)
        assert result.complete
        folder = tmp_path / str(seed)
        folder.mkdir()
        exact = optimum(frame, list(sizes), folder)
        mine = result.rapport["volume_secondaire"]
        assert mine >= exact  # nobody does better than the optimum
        ours, best = ours + mine, best + exact
    assert ours <= 1.10 * best
