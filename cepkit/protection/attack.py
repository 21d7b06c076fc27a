"""The attack of a release with all that a reader may have: at each proof, and by `cepkit audit`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from cepkit.codes import NON_DIFFUSE
from cepkit.disclosure import Constraint, audit
from cepkit.edition.project import Paths
from cepkit.edition.schema import Edition
from cepkit.errors import DisclosureError, Problem
from cepkit.protection import earlier, policy, remembered
from cepkit.protection.cells import NAME, every, names
from cepkit.protection.joint import joint

RANGES = ["minimum", "maximum", "valeurs_possibles", "sur"]  # of `audit`, beside its keys
DETAILS = "details"  # folder of the journal: keys of the tables that statistics rest on


def attack(edition: Edition, view: Mapping[str, pd.DataFrame], told: Iterable[Constraint],
           unpublished: Collection[str], history: earlier.History, cells: pd.DataFrame,
           whole: Collection[str] = ()) -> pd.DataFrame:
    """`audit` of what the attacker has (`view`), the versions that it corrects included; one row a
    cell, by its name. `cells`: all unmasked cells; `whole`: see `policy.options`."""
    told, unpublished = list(told), [n for n in unpublished if n in view]
    found = audit(view, exact=False, constraints=told, unpublished=unpublished,
                  **policy.options(edition, view, whole))
    corrected = joint(edition, view, history, cells, told, unpublished)
    if corrected is not None:
        again = audit(**corrected)
        found = pd.concat([found, again[~again["sur"]]])
        found = found[found["mesure"].isin(set(cells["mesure"]))]
    found = found.assign(**{NAME: names(found.drop(columns=RANGES))})
    return found.sort_values("sur", kind="stable").drop_duplicates(NAME)


def again(paths: Paths, edition: Edition, tables: Mapping[str, pd.DataFrame],
          widths: Mapping[str, int]) -> tuple[pd.DataFrame, list[Problem]]:
    """The attack of the masked store as it stands, and what is wrong with its mask.

    `widths`: of the `tables` released rounded. The private cache says what statistics tell, and
    which values of earlier versions still hold; once it is purged, all of these do, and
    statistics are not attacked.
    """
    tables = {n: f.astype({"effectif": "Int64"}) for n, f in tables.items()}
    problems: list[Problem] = []
    try:
        history = earlier.read(paths, edition)
    except DisclosureError as error:
        history, problems = earlier.NOTHING, error.problems
    plain = _read(paths.cache / "tables") or tables
    cells = every(plain)
    details = _read(paths.cache / "journal" / DETAILS)
    counted = every({**tables, **details})
    told = earlier.told(earlier.statistics(paths))
    told += remembered.standing(history.told, told, counted)
    known = pd.Series(history.known(cells), dtype="Int64")
    view = {name: _rounded(frame, widths[name]) if name in widths else _known(
        frame, known, plain.get(name, frame)) for name, frame in tables.items()}
    view = earlier.narrowed(view | details | history.elsewhere(cells), history.bounds(cells))
    if len(rows := remembered.unseen(told, every(view))):
        view[f"{remembered.PAST}statistiques"] = rows
    return (attack(edition, view, told, [*widths, *details], history, cells),
            problems + history.contradictions(cells))


def _rounded(frame: pd.DataFrame, width: int) -> pd.DataFrame:
    return frame.assign(borne_min=(frame["effectif"] - width).clip(lower=0),
                        borne_max=frame["effectif"] + width)


def _known(frame: pd.DataFrame, known: pd.Series, plain: pd.DataFrame) -> pd.DataFrame:
    """A masked table with what earlier versions told, and the bounds that its source prints."""
    case = names(frame)
    bounds = plain[plain["etat"].eq(NON_DIFFUSE)].reindex(columns=["borne_min", "borne_max"])
    bounds = bounds.set_axis(names(plain).reindex(bounds.index)).reindex(case)
    return frame.assign(effectif=frame["effectif"].fillna(case.map(known).astype("Int64")),
                        **{b: bounds[b].to_numpy() for b in bounds})


def _read(folder: Path) -> dict[str, pd.DataFrame]:
    return {p.stem: pq.read_table(p).to_pandas() for p in sorted(folder.glob("*.parquet"))}
