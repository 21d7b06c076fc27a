"""From the cut tables to what may be published: mask, proof on the final tables, private account.

Nothing leaves this module that the attack of the final masked tables has not passed: `Refused`
is raised instead, with the cells and the tables that give them away.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from cepkit import plan
from cepkit.codes import FRANCE, NON_DIFFUSE, PUBLIE, SECRET
from cepkit.disclosure import Constraint, audit, protect
from cepkit.edition.schema import Edition
from cepkit.errors import DisclosureError, Problem
from cepkit.intake import Delivery
from cepkit.protection import account, fallback, mask, policy, refusal, remembered, rounding
from cepkit.protection.alone import Outside, outside
from cepkit.protection.attack import RANGES, attack
from cepkit.protection.cells import NAME, every, names, own_keys
from cepkit.protection.earlier import History, narrowed
from cepkit.protection.refusal import DEJA, JAMAIS, RETROUVEE
from cepkit.protection.statistics import Declared, declared

VERDICTS = ["primaire", "secondaire", "protege"]  # of `Protection.cells`, beside its keys
BLAMED = 5  # cells for which the tables that give them away are looked for


@dataclass(frozen=True)
class Released:
    """`tables` and `statistics` are public; private: `cells` (primary, secondary, ranges, costs),
    `report`, `computed`, the statistics with those that are withheld, and `facts`, what is told.

    `masque`: keys of the withheld cells, to be kept; `found`: the attack, from public values;
    `warnings`: what the analyst must know.
    """

    tables: dict[str, pd.DataFrame]
    statistics: pd.DataFrame
    masque: pd.DataFrame
    summary: dict[str, Any]
    found: pd.DataFrame
    cells: pd.DataFrame
    report: dict[str, Any]
    computed: pd.DataFrame
    facts: list[Constraint]
    details: dict[str, pd.DataFrame]
    warnings: list[Problem] = field(default_factory=list)

    def delivered(self, edition: Edition, delivery: Delivery) -> dict[str, list[dict]]:
        """`recus`, `controles`, `couverture` as the masked tables would give them."""
        return account.delivered(edition, delivery, self.tables, self.found,
                                 self.summary["arrondis"])


class Refused(DisclosureError):
    """Small counts can be worked out: `details` (private) has one row a cell."""

    def __init__(self, problems: list[Problem], details: pd.DataFrame):
        super().__init__(problems)
        self.details = details


def release(edition: Edition, delivery: Delivery, cut: Mapping[str, pd.DataFrame],
            history: History) -> Released:
    """Protect all tables of the plan together and prove it on the tables as published.

    Declared statistics are told to the attacker too; those that would give a count away are
    withheld. Raises `Refused` (exit 13) when a count below its threshold can be determined from
    the whole release and from what earlier versions published.
    """
    told = rounding.rounded(edition, cut, history)
    said = declared(edition, delivery, cut)
    history_problems = history.contradictions(every(cut))
    if history_problems:
        raise DisclosureError(history_problems)
    tries, used = [], []
    attempt = _steered(edition, dict(cut), history, said, told)
    while coarser := fallback.next_step(edition, attempt.tables, attempt.masked, tries):
        tables, step = coarser
        tries.append(step)
        detail = {f"{step['table']}@détail": cut[step["table"]]}  # statistics may rest on it
        other = _steered(edition, tables, history, replace(
            attempt.said, tables=attempt.said.tables | detail), told)
        if len(other.failing()) <= len(attempt.failing()):  # else the detail circulated already
            attempt = other
            used.append(step)
    failing = attempt.failing()
    if len(failing):
        told = pd.concat([attempt.cells, every(said.tables)], ignore_index=True)
        raise Refused(refusal.problems(edition, told, failing), attempt.details(failing))
    return Released(attempt.masked, attempt.said.told(attempt.refused), attempt.mask(),
                    attempt.summary(used), attempt.found, attempt.private(),
                    attempt.protection.rapport, attempt.said.told(()), attempt.facts(),
                    attempt.detailed(),
                    [*attempt.warnings(), *(_dropped(edition, s) for s in tries if s not in used)])


def _steered(edition: Edition, tables: Mapping[str, pd.DataFrame], history: History,
             said: Declared, rounded: Mapping[str, pd.DataFrame]) -> Attempt:
    """An attempt; where two versions together tell a small count, cells that the delivery corrects
    around it are withheld too, nearest first."""
    attempt, reach, withhold = Attempt(edition, tables, history, said, rounded), 0, set()
    while len(failing := attempt.failing()) and reach < len(own_keys(attempt.cells)):
        reach += 1
        if more := attempt.corrected(failing, reach) - withhold:
            withhold |= more
            attempt = Attempt(edition, tables, history, said, rounded, withhold)
    return _covered(attempt, withhold) if attempt.exposed() else attempt


def _covered(attempt: Attempt, withhold: Collection[str]) -> Attempt:
    """What other regions would give away is protected all the same from readers of this release
    alone: withheld with what they need, and refused when that is not enough."""
    given = attempt.edition, attempt.tables, attempt.history, attempt.said, attempt.rounded
    inside = Attempt(*given, {*withhold, *attempt.hidden()}, apart=True)
    covered = Attempt(*given, inside.hidden())
    inside.masked = covered.masked
    inside.found = inside._attack()
    covered.given -= set(inside.failing()[NAME])
    return covered


def _dropped(edition: Edition, step: Mapping[str, Any]) -> Problem:
    title = next(t.titre for t in edition.diffusion.tables if t.nom == step["table"])
    return Problem(
        f"table « {step['table']} » ({title}) : le regroupement de « {step['dimension']} » n’est "
        "pas employé, il permettrait de retrouver un petit effectif.", "secret",
        "une table surtout retirée est regroupée, si la preuve tient", bloquant=False,
        reparation="rien à faire ; si rien n’a encore circulé, supprimer masque.csv et les pages "
                   "déjà produites, puis relancer.")


class Attempt:
    """One protection of a set of tables, and its attack."""

    def __init__(self, edition: Edition, tables: Mapping[str, pd.DataFrame], history: History,
                 said: Declared, rounded: Mapping[str, pd.DataFrame],
                 withhold: Collection[str] = (), apart: bool = False):
        self.edition, self.tables, self.history, self.said = edition, tables, history, said
        self.rounded = rounded
        self.cells = every(tables)
        self.earlier = history.known(self.cells)
        withheld = pd.concat([history.withheld(), mask.of(
            self.cells[self.cells[NAME].isin(withhold)])]).drop_duplicates(NAME)
        self.outside = Outside() if apart else outside(edition, tables, withheld)
        self.kept = withheld[withheld[NAME].isin(set(self.cells[NAME]) - set(self.earlier))]
        self.never = set(self.cells.loc[policy.never_hidden(edition, self.cells), NAME])
        self.bounds = history.bounds(self.cells)
        self.more = self._seen(history.elsewhere(self.cells)) | {
            f"{n}@connu": f for n in rounded if len(f := self._known(tables[n]))}
        self.unpublished = self._seen(said.tables) | {
            n: self._between(f) for n, f in rounded.items()}
        counted = every({**tables, **said.tables})
        self.past = remembered.standing(history.told, said.constraints, counted)
        if len(rows := remembered.unseen(self.past, counted)):
            self.more[f"{remembered.PAST}statistiques"] = rows
        self.told = self.outside.told([*self.past, *said.constraints], counted)
        self.protection = self._protect()
        mine = self._accounted()
        hidden = set(mine.loc[mine["etat"].eq(SECRET), NAME]) | set(withhold)
        hidden -= {*self.outside.france, *self.earlier, *self.never}
        self.masked = {n: public(f, hidden) for n, f in tables.items()} | {
            n: public(f, ()) for n, f in rounded.items()}
        self.refused = set(self.protection.refused)
        self.given: set[str] = set(self.outside.known)  # told whatever this release withholds
        self.found = self._attack()
        if self.outside.france and len(failing := self.failing()):
            self.given |= self._told_outside(failing)
        if len(self.failing()) and len(said.constraints):
            self.refused = {c.name for c in said.constraints}  # none is told
            self.found = self._attack()

    # --- protection -----------------------------------------------------------------------

    def _seen(self, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        return {n: self.outside.seen(f) for n, f in tables.items()}

    def _known(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Cells of a rounded table that the attacker has exactly: earlier, outside, declared."""
        told = {**self.outside.france, **self.outside.known, **self.earlier}
        rows = frame[names(frame).isin(set(told) - self.outside.left | self.never)]
        value = names(rows).map(told).astype("Int64").fillna(rows["effectif"])
        return rows.assign(effectif=value)[value.notna()]

    def _between(self, rounded: pd.DataFrame) -> pd.DataFrame:
        """True counts of a rounded table, within the bounds that its rounding tells."""
        case = names(rounded)
        exact = self.cells.drop_duplicates(NAME).set_index(NAME)["effectif"]
        bounds = {b: rounded[b].mask(case.isin(set(self.outside.france)))
                  for b in ("borne_min", "borne_max")}
        return self.outside.seen(rounded.assign(
            effectif=case.map(exact).astype("Int64"), **bounds))

    def _protect(self):
        """Cells that the source lacks but that totals tell are protected like the others."""
        plans = {t.nom: t for t in self.edition.diffusion.tables}
        known = narrowed({
            n: self.outside.seen(plan.derived(f, plan.sums(self.edition, plans[n], f)))
            for n, f in self.tables.items()} | self.more | self.unpublished, self.bounds)
        cells = every(known)
        frozen = set(self.earlier) | set(self.outside.known) | self.never
        frozen |= set(self.outside.france)
        frozen |= set(cells.loc[cells["table"].isin(self.more) & cells["effectif"].notna(), NAME])
        keys = cells[cells[NAME].isin(frozen - self.outside.left)].drop_duplicates(NAME)
        kept = pd.concat([self.kept, mask.of(cells[cells[NAME].isin(self.outside.left)])])
        return protect(
            known, fixed=keys[own_keys(keys)] if len(keys) else None,
            previous=kept[own_keys(kept)] if len(kept) else None,
            cost=policy.costs(self.edition, known), constraints=self.told,
            unpublished=list(self.unpublished),
            **policy.options(self.edition, known, self.outside.tables))

    def view(self) -> dict[str, pd.DataFrame]:
        """What the attacker has: masked tables, bounds of the source and of roundings, earlier
        versions, others (values of `unpublished` apart, which `audit` does not look at)."""
        told = pd.Series(self.earlier | self.outside.known, dtype="Int64")
        frames = {}
        for name, frame in self.masked.items():
            source = frame["etat"].eq(NON_DIFFUSE)
            known = told.reindex(names(frame)).reset_index(drop=True)
            bounds = {c: self.tables[name][c].reset_index(drop=True).where(source)
                      for c in ("borne_min", "borne_max")}
            frames[name] = self.outside.seen(frame.assign(
                effectif=frame["effectif"].fillna(known),
                etat=frame["etat"].mask(known.notna(), PUBLIE), **bounds), attacked=True)
        return narrowed(frames | self.more | self.unpublished, self.bounds)

    def _attack(self) -> pd.DataFrame:
        told = [c for c in self.told if c.name not in self.refused
                or c.name.startswith(remembered.PAST)]
        return attack(self.edition, self.view(), told, self.unpublished, self.history, self.cells,
                      self.outside.tables)

    def _told_outside(self, failing: pd.DataFrame) -> set[str]:
        """Which of these cells France and the other regions tell alone, this release unseen but
        for its zeros, which are always published."""
        known = {*self.outside.known, *self.outside.france} - self.outside.left
        empty = 0 if self.edition.secret.zeros == "publies" else None
        view = {n: f.assign(effectif=f["effectif"].where(
            names(f).isin(known) | f["effectif"].eq(empty))) for n, f in self.view().items()
            if n in self.tables}
        keys = failing[own_keys(self.cells)]
        told = audit(view, primaries=keys, exact=False,
                     **policy.options(self.edition, view, self.outside.tables))
        return set(names(told[~told["sur"]].drop(columns=RANGES)))

    # --- verdict --------------------------------------------------------------------------

    def failing(self) -> pd.DataFrame:
        """Small counts that are not proved unknown: keys, `raison`, range when it was worked out.

        A cell that the source lacks may be worked out, unless its only value is a small count.
        """
        mine = self._accounted()
        earlier = {n for f in self.more.values() for n in names(f)} - set(self.cells[NAME])
        primary = mine[mine["primaire"] & ~mine[NAME].isin(earlier)]
        counted = set(primary.loc[primary["effectif"].notna(), NAME])
        told = self.found[~self.found["sur"]]
        low = 0 if self.edition.secret.zeros == "secrets" else 1
        limit = policy.thresholds(self.edition, told)
        small = told["maximum"].fillna(limit).ge(low) & told["minimum"].lt(limit)
        lost = set(told.loc[small | told[NAME].isin(counted), NAME])
        lost |= set(primary.loc[~primary["protege"], NAME])
        rows = mine[mine[NAME].isin(lost - self.given - set(self.outside.france))]
        ends = told.set_index(NAME)[["minimum", "maximum"]].reindex(rows[NAME])
        return rows.assign(minimum=ends["minimum"].to_numpy(), maximum=ends["maximum"].to_numpy(),
                           raison=rows[NAME].map(self._reason))

    def _reason(self, case: str) -> str:
        return JAMAIS if case in self.never else DEJA if case in self.earlier else RETROUVEE

    def details(self, failing: pd.DataFrame) -> pd.DataFrame:
        """Private: each cell, its value, why, in which tables, and which ones give it away."""
        where = self.cells.groupby(NAME)["table"].agg(", ".join)
        rows = failing.assign(tables=failing[NAME].map(where), revelee_par="")
        for case in rows.loc[rows["raison"].eq(RETROUVEE), NAME].head(BLAMED):
            cell = rows[rows[NAME].eq(case)]
            rows.loc[rows[NAME].eq(case), "revelee_par"] = ", ".join(self._blamed(cell))
        return rows.drop(columns=[NAME])

    def _blamed(self, cell: pd.DataFrame) -> list[str]:
        """Tables without which the attack of this cell fails."""
        near = {n: f[f["annee"].isin(cell["annee"]) & f["mesure"].isin(cell["mesure"])]
                for n, f in self.view().items()}
        near = {n: f for n, f in near.items() if len(f)}
        keys = cell[[k for k in own_keys(self.cells) if k in cell]]

        def told(frames: Mapping[str, pd.DataFrame]) -> bool:
            seen = audit(frames, primaries=keys, exact=False,
                         unpublished=[n for n in self.unpublished if n in frames],
                         **policy.options(self.edition, frames, self.outside.tables))
            return len(seen) > 0 and not seen["sur"].all()
        return [n for n in near if len(near) > 1
                and not told({k: f for k, f in near.items() if k != n})]

    def facts(self) -> list[Constraint]:
        """What statistics tell, those of earlier versions included."""
        return [*self.past, *(c for c in self.said.constraints if c.name not in self.refused)]

    def detailed(self) -> dict[str, pd.DataFrame]:
        """Tables that statistics rest on and that are not released, without their values."""
        return {n: f.assign(effectif=pd.array([pd.NA] * len(f), "Int64"), etat=NON_DIFFUSE)
                for n, f in self._seen(self.said.tables).items()}

    def corrected(self, failing: pd.DataFrame, reach: int) -> set[str]:
        """Cells that the delivery corrects, in the same region or France, as long as they differ
        from a failing one by `reach` keys at most: withheld too, they may hide it."""
        changed = set(self.history.changed(self.cells))
        rows = self.cells[self.cells[NAME].isin(changed)].drop_duplicates(NAME)
        keys, near = own_keys(self.cells), pd.Series(False, rows.index)
        for cell in failing.to_dict("records"):
            apart = sum((rows[k].ne(cell[k]).astype(int) for k in keys), start=0)
            near |= (rows["region"].isin((cell["region"], FRANCE)) & (apart <= reach)
                     & rows["annee"].eq(cell["annee"]) & rows["mesure"].eq(cell["mesure"]))
        return set(rows.loc[near, NAME])

    # --- account --------------------------------------------------------------------------

    def mask(self) -> pd.DataFrame:
        """Keys to keep: what is withheld, and what masks hold of tables that are not there."""
        hidden = every(self.masked)
        here = set(self.cells.loc[~self.cells["table"].isin(self.rounded), NAME])
        absent = self.history.own[~self.history.own[NAME].isin(here)]
        rows = pd.concat([hidden[hidden["etat"].eq(SECRET)], absent], ignore_index=True)
        return rows[own_keys(rows)]

    def summary(self, used: list[dict[str, Any]]) -> dict[str, Any]:
        """Public account: from the masked tables and the attack only, never from hidden values."""
        alone = sorted(set(self.cells["region"]) - {FRANCE})
        return account.summary(self.edition, self.masked, self.found, used, alone,
                               len(self.exposed())) | {
            "arrondis": {n: rounding.width(f) for n, f in self.rounded.items()}}

    def hidden(self) -> set[str]:
        """Cells of the region or of France that the masked tables withhold."""
        rows = every(self.masked)
        return set(rows.loc[rows["etat"].eq(SECRET), NAME])

    def exposed(self) -> set[str]:
        """Small counts of the region that France less the other regions tells."""
        mine = self._accounted()
        primary = mine[mine["primaire"] & mine["etat"].eq(SECRET)]
        return set(primary[NAME]) & self.given

    def _accounted(self) -> pd.DataFrame:
        """Private account of the masking, each cell with its name."""
        mine = self.protection.cells
        return mine.assign(**{NAME: names(mine.drop(columns=VERDICTS))})

    def private(self) -> pd.DataFrame:
        """The account of the masking, with ranges as far as the attack looked, and costs."""
        mine = self._accounted()
        ranges = self.found.set_index(NAME)[["minimum", "maximum"]].reindex(mine[NAME])
        price = policy.costs(self.edition, self.tables)
        keys = mine[own_keys(mine)].drop(columns=VERDICTS)
        cost = mine["effectif"].astype("float64").clip(lower=1) if price is None else price(
            keys.assign(effectif=mine["effectif"].astype("float64").fillna(0)))
        return mine.drop(columns=NAME).assign(
            cout=cost, revelee_ailleurs=mine[NAME].isin(self.exposed()),
            minimum=ranges["minimum"].to_numpy(), maximum=ranges["maximum"].to_numpy())

    def warnings(self) -> list[Problem]:
        """Conflicts with the kept mask; what a region alone cannot protect, with the choice."""
        found = [Problem(text, "secret", bloquant=False)
                 for text in self.protection.rapport["conflits"]]
        return [*found, *refusal.elsewhere(
            self.edition, self.cells[self.cells[NAME].isin(self.exposed())])]


def public(source: pd.DataFrame, hidden: Collection[str]) -> pd.DataFrame:
    """Public columns of a table, without the values of these cells; a cell that its source
    lacked keeps its own state."""
    source = source.reset_index(drop=True)
    withheld = source["etat"].eq(PUBLIE) & names(source).isin(set(hidden))
    state = source["etat"].mask(withheld, SECRET)
    return source.assign(effectif=source["effectif"].astype("Int64").where(state.eq(PUBLIE)),
                         etat=state).drop(columns=["borne_min", "borne_max"])
