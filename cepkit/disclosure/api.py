"""`protect` masks tables of counts that are linked; `audit` attacks masked tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cepkit.disclosure import cells as cells_module
from cepkit.disclosure import given
from cepkit.disclosure import relations as relations_module
from cepkit.disclosure.audit import Ranges, attack, complete
from cepkit.disclosure.cells import Cells
from cepkit.disclosure.constraints import Constraint, resolve
from cepkit.disclosure.primary import Rule, known_elsewhere, priced, withheld_before
from cepkit.disclosure.problem import INFINITE, Problem
from cepkit.disclosure.readers import misread, settle, withstands
from cepkit.disclosure.secondary import Witnesses, admit

Totals = str | Mapping[str, str]
Hierarchies = Mapping[str, Mapping[str, str]]
LEFT_BY_SOURCE = ("non_diffuse", "non_disponible")
EXACT_UP_TO = 1_000  # hidden cells whose ranges `audit` works out in full by default


@dataclass(frozen=True)
class Protection:
    """Masked tables (same order, `etat` added) and the private account of the masking.

    `cells` (private): one row a cell, keys, value, `etat`, `primaire`, `secondaire`, `protege`.
    `complete`: every count below the threshold is proved unknown. `rapport`: numbers only.
    `refused`: names of the constraints that would give a count away; all else may be told.
    """

    tables: dict[str, pd.DataFrame]
    cells: pd.DataFrame
    complete: bool
    rapport: dict = field(default_factory=dict)
    refused: tuple[str, ...] = ()


def protect(
    tables: Mapping[str, pd.DataFrame],
    *,
    hierarchies: Hierarchies | None = None,
    totals: Totals = "total",
    value: str = "effectif",
    threshold: int | Mapping[str, int] = 5,
    zeros: str = "publies",
    level: int = 1,
    fixed: pd.DataFrame | Iterable[Mapping[str, str]] | None = None,
    cost: str | Mapping[str, float] | Callable[[pd.DataFrame], np.ndarray] | None = None,
    non_additive: Mapping[str, Collection[str]] | None = None,
    tolerance: int | Mapping[str, int | Mapping[str, int]] = 0,
    previous: pd.DataFrame | None = None,
    constraints: Iterable[Constraint] = (),
    unpublished: Collection[str] = (),
    budget: int | None = None,
) -> Protection:
    """Mask linked tables of counts so that no count from 1 to `threshold` - 1 can be worked out.

    Parameters
    ----------
    tables: tidy frames by name. Every column is a key but `value`, `borne_min`, `borne_max` and
        `etat`; a column absent from a table is a total. The same keys are the same cell. A missing
        value was withheld by the source (its bounds may be known) and stays withheld.
    hierarchies: dimension -> {label: parent label}. The parent is a label of the same column, or of
        another one (departement -> region). Columns that are already nested need nothing.
    totals: label of the total, for all dimensions or by dimension (key "default" for the others).
    threshold: one number, or {"default": 5, dimension: 11} for cells broken down by a dimension.
    zeros: "publies" (a hidden cell is then at least 1) or "secrets" (zeros are withheld too).
    level: 1, two integer values are possible; 2, the attacker cannot tell that the cell is small.
    fixed: cells known elsewhere, never hidden: a frame of keys (with values when they are in no
        table), or patterns {dimension: label} where an absent dimension means any label.
    cost: what hiding costs: a column, {table: factor}, a function of the cells; by default the
        count. An infinite cost forbids, but for the cells to protect.
    non_additive: table -> dimensions with multiple answers (each part is at most its total).
    tolerance: how far totals may be from their sums, by table (rounded counts), or by table and
        dimension.
    previous: keys withheld in an earlier release; with `etat`, also what it published.
    constraints: what else the release would tell (rounded rates), as sums of cells. They do not
        change the mask: one that would give a count away is refused (the first ones win), with all
        those of its name. A `known` one is never refused, and the mask is chosen with it.
    unpublished: tables that are not released, whose cells constraints name. All their cells are
        hidden, zeros too, and the small ones are protected like the others.
    budget: linear programmes of a pass of the clean-up (8 a secondary by default).

    Raises `DisclosureError` on tables that contradict each other.
    """
    rule = Rule(threshold, zeros, level)
    budget, unpublished = given.most("budget", budget), given.names("unpublished", unpublished)
    ignored = {cost} if isinstance(cost, str) else set()
    cells, problem, found = _linked(tables, rule, hierarchies, totals, value, non_additive,
                                       tolerance, fixed, ignored, unpublished)
    facts = resolve(constraints, cells)
    problem = problem.telling([f for f in facts if f.known])
    unknown = np.flatnonzero(~cells.known & ~cells.virtual)
    broken = complete(problem, np.flatnonzero(~cells.known), cells.low)
    primary = rule.primary(cells, problem.value)
    problem.cost[:] = priced(cells, tables, cost, value)
    dear = ~np.isfinite(problem.cost)
    frozen = known_elsewhere(cells, fixed) | dear & cells.known & ~primary
    problem.cost[dear & ~frozen] = 0  # withheld whatever it costs
    kept, conflicts, problem.cost[:] = withheld_before(cells, previous, problem.cost, rule)
    exposed = primary & frozen
    problem.hidden |= (primary | kept) & ~frozen
    problem.hidden[unknown] = ~frozen[unknown]
    problem.hideable[:] = ~frozen & rule.may_hide(cells)
    problem.aim[:] = np.where(primary & ~frozen, rule.aim(cells, problem.value), 0)
    problem, witnesses, freed, shown = settle(cells, problem, found, budget)
    problem = problem.telling([f for f in facts if not f.known])
    refused = admit(problem, witnesses)
    safe = _prove(problem, witnesses)
    limits = rule.thresholds(cells) if level == 2 else None
    if shown is not None:
        safe &= withstands(shown, problem, cells, limits)
    if (other := misread(cells, problem, found)) is not None:
        safe &= withstands(other, problem, cells, limits, doubtful=True)
    unsafe = ((problem.aim != 0) & ~safe) | exposed
    hidden = (problem.hidden | exposed) & ~cells.virtual
    masked = {name: _mask(frame, cells, cells.rows[name], hidden, value)
              for name, frame in tables.items()}
    account = _account(cells, hidden, primary, unsafe, value)
    report = _report(cells, problem, found.families, hidden, primary, unsafe, freed, witnesses,
                     conflicts)
    report["contradictions"] = len(broken)
    return Protection(masked, account, not unsafe.any(), report, refused)


def audit(
    tables: Mapping[str, pd.DataFrame],
    *,
    hierarchies: Hierarchies | None = None,
    totals: Totals = "total",
    value: str = "effectif",
    threshold: int | Mapping[str, int] = 5,
    zeros: str = "publies",
    level: int = 1,
    fixed: pd.DataFrame | Iterable[Mapping[str, str]] | None = None,
    cost: str | Mapping[str, float] | Callable[[pd.DataFrame], np.ndarray] | None = None,
    non_additive: Mapping[str, Collection[str]] | None = None,
    tolerance: int | Mapping[str, int | Mapping[str, int]] = 0,
    primaries: pd.DataFrame | None = None,
    constraints: Iterable[Constraint] = (),
    unpublished: Collection[str] = (),
    exact: bool | None = None,
) -> pd.DataFrame:
    """Integer values that masked cells (missing values) can take, given all that is published.

    Same options as `protect` (values of `unpublished` tables are not looked at; all `constraints`
    are told). `primaries`: frame of keys, the only cells to attack (all the masked ones by
    default; one of them that is published has one possible value). Columns: keys,
    `minimum`, `maximum` (missing: no bound), `valeurs_possibles`, `sur`; `attrs["contradictions"]`
    counts the sums that the published numbers contradict (nothing is deduced from these). A cell is
    safe when two values at least are possible (level 2: and one of them reaches the threshold).
    With `exact=False` (the default beyond 1 000 cells) a range is what was reached, the search
    ending at the proof of safety; ranges of cells that are not safe are always exact.
    """
    rule, unpublished = Rule(threshold, zeros, level), given.names("unpublished", unpublished)
    ignored = {cost} if isinstance(cost, str) else set()
    tables = {name: frame.assign(**{value: np.nan}) if name in unpublished else frame
              for name, frame in given.mapping(tables).items()}
    cells, problem, found = _linked(tables, rule, hierarchies, totals, value, non_additive,
                                    tolerance, fixed, ignored, unpublished)
    problem.hidden[:] = ~cells.known
    asked = _positions(cells, primaries) if primaries is not None else np.flatnonzero(cells.masked)
    targets = asked[problem.hidden[asked]]
    facts = resolve(constraints, cells)
    other = relations_module.rival(cells, found)
    readings = [p.telling(facts) for p in (problem.under(r) for r in (other, found) if r)]
    unknown = np.flatnonzero(~cells.known)
    gaps = [len(complete(reading, unknown, cells.low)) for reading in readings]
    if exact is None:
        exact = len(targets) <= EXACT_UP_TO
    limits = rule.thresholds(cells)
    ranges, possible = _worst([
        attack(reading, targets, exact=exact, wanted=limits if level == 2 else None)
        for reading, gap in zip(readings, gaps, strict=True) if gap == min(gaps)],
        targets, problem.hidden, limits, rule)
    verdicts = _verdicts(cells, asked, ranges, possible, limits, rule)
    verdicts.attrs["contradictions"] = min(gaps)
    return verdicts


def _linked(tables, rule, hierarchies, totals, value, non_additive, tolerance, fixed, ignored,
            unpublished):
    """Cells, the linked problem (attacker's bounds, nothing hidden but virtual), relations."""
    tables = given.mapping(tables) or {"": pd.DataFrame({value: []})}
    known = {"fixed (cases connues)": fixed} if isinstance(fixed, pd.DataFrame) and (
        value in fixed.columns) else {}
    cells = cells_module.collect({**tables, **known}, value=value, totals=totals, ignored=ignored,
                                 hierarchies=hierarchies, unpublished=unpublished)
    room, loose = given.sums(tolerance, non_additive, tables)
    found = relations_module.build(cells, tolerance=room, non_additive=loose)
    problem = Problem.of(cells, found, value=cells.value.copy(), low=rule.lowest(cells),
                         hidden=cells.latent.copy())
    return cells, problem, found


def _worst(attacks, targets, hidden, limits, rule: Rule) -> tuple[Ranges, np.ndarray]:
    """Of several readings, for each cell, one under which it is not safe, else the narrowest."""
    ranges, best = attacks[0]
    for other, counts in attacks[1:]:
        safe, less = (_safe(r, c, targets, limits, rule)
                      for r, c in ((ranges, best), (other, counts)))
        take = safe & ~less | (safe == less) & (counts < best)
        best = np.where(take, counts, best)
        for ends, new in ((ranges.low, other.low), (ranges.high, other.high)):
            ends[targets[take]] = new[targets[take]]
    possible = np.where(hidden, 0, 1)
    possible[targets] = best
    return ranges, possible


def _safe(ranges: Ranges, count: np.ndarray, cells: np.ndarray, limits, rule: Rule) -> np.ndarray:
    return (count > 1) & ((rule.level == 1) | (ranges.high[cells] >= limits[cells]))


def _prove(problem: Problem, witnesses: Witnesses) -> np.ndarray:
    """Cells whose witness still holds now that the mask is final (integer arithmetic)."""
    safe = np.zeros(len(problem.value), bool)
    good = {n: problem.allows(*witnesses.moves[n], problem.hidden)
            for n in set(witnesses.of.values())}
    for cell, number in witnesses.of.items():
        ids, step = witnesses.moves[number]
        safe[cell] = good[number] and problem.reached(ids, step)[ids == cell].any()
    return safe


def _mask(frame, cells: Cells, rows: np.ndarray, hidden: np.ndarray, value: str) -> pd.DataFrame:
    out = frame.copy()
    counts = pd.Series(given.numbers(frame[value]), frame.index)
    own = counts.isna().to_numpy()
    withheld = hidden[rows] & ~own
    before = frame["etat"].astype(object).to_numpy() if "etat" in frame.columns else None
    source = np.full(len(frame), "non_diffuse", object) if before is None else np.where(
        np.isin(before.astype(str), LEFT_BY_SOURCE), before, "non_diffuse")
    out[value] = counts.round().astype("Int64").mask(withheld | own)
    out["etat"] = np.where(own, source, np.where(withheld, "secret", "publie"))
    return out


def _account(cells, hidden, primary, unsafe, value) -> pd.DataFrame:
    real = np.flatnonzero(~cells.virtual)
    frame = cells.keys(real)
    frame[value] = pd.array(np.where(cells.known, cells.value, 0)[real], "Int64")
    frame.loc[~cells.known[real], value] = pd.NA
    frame["etat"] = np.where(hidden, np.where(cells.known, "secret", "non_diffuse"), "publie")[real]
    frame["primaire"] = primary[real]
    frame["secondaire"] = (hidden & ~primary & cells.known)[real]
    frame["protege"] = ~unsafe[real]
    return frame


def _report(cells, problem, families, hidden, primary, unsafe, freed, witnesses, conflicts) -> dict:
    added = hidden & ~primary & cells.known
    return {
        "cellules": int((~cells.virtual).sum()), "relations": int(problem.matrix.shape[0]),
        "masquees": int(hidden.sum()), "primaires": int(primary.sum()),
        "secondaires": int(added.sum()), "republiees": freed,
        "volume_secondaire": int(cells.value[added].sum()),
        "non_protegeables": int(unsafe.sum()), "programmes_lineaires": witnesses.solved,
        "conflits": conflicts, "familles": families.to_dict("records"),
    }


def _positions(cells: Cells, keys: pd.DataFrame) -> np.ndarray:
    codes = cells_module.encode(given.keys("primaries", keys, cells.dims), cells)
    found = cells.find(codes)
    return np.unique(found[(found >= 0) & (codes >= 0).all(axis=1)])


def _verdicts(cells, asked, ranges, possible, limits, rule: Rule) -> pd.DataFrame:
    low, high, count = ranges.low[asked], ranges.high[asked], possible[asked]
    open_end = np.abs(high) >= INFINITE
    frame = cells.keys(asked)
    frame["minimum"] = pd.array(low, "Int64")
    frame["maximum"] = pd.array(high, "Int64")
    frame["valeurs_possibles"] = pd.array(count, "Int64")
    frame.loc[open_end, ["maximum", "valeurs_possibles"]] = pd.NA
    frame["sur"] = _safe(ranges, count, asked, limits, rule)
    return frame
