"""A corrected delivery, attacked together with the versions that it corrects.

The attacker takes what both versions withheld for unchanged: each version is a set of tables,
and each cell that both withhold is one number. The difference of two totals then tells a change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cepkit.codes import NON_DIFFUSE, PUBLIE, SECRET
from cepkit.disclosure import Constraint
from cepkit.edition.schema import Edition
from cepkit.protection import policy
from cepkit.protection.cells import NAME, every, own_keys
from cepkit.protection.earlier import History, _narrow


def joint(edition: Edition, view: Mapping[str, pd.DataFrame], history: History,
          cells: pd.DataFrame, told: list[Constraint], unpublished: list[str],
          ) -> dict[str, Any] | None:
    """Arguments of `audit` over this version and those that it corrects; None when it corrects
    none. `view` is what the attacker has of this version, `told` and `unpublished` included;
    `cells` all its unmasked cells."""
    now = every(view)
    hidden = now[now["effectif"].isna()].drop_duplicates(NAME)
    tables, ties = dict(view), []
    for number, version in enumerate(history.versions):
        scope = _scope(version.rows, history.changed(cells))
        if scope.empty:
            continue
        mark = f"@{number}"
        for name, part in scope.groupby("table", sort=True):
            frame = _narrow(part.assign(etat=part["etat"].replace(SECRET, NON_DIFFUSE)))
            tables[f"{name}{mark}"] = frame.assign(
                mesure=frame["mesure"] + mark,
                borne_min=pd.Series(1, frame.index).where(frame["etat"].eq(NON_DIFFUSE)))
        before = set(scope.loc[scope["etat"].eq(SECRET), NAME])
        ties += [_same(row, mark) for row in hidden[hidden[NAME].isin(before)][
            own_keys(hidden)].to_dict("records")]
    if len(tables) == len(view):
        return None
    keys = every(view)
    asked = keys[keys["effectif"].isna()]
    return {"tables": tables, "primaries": asked[own_keys(asked)], "exact": False,
            "constraints": [*told, *ties], "unpublished": unpublished,
            **policy.options(edition, tables)}


def _scope(rows: pd.DataFrame, changed: Mapping[str, int]) -> pd.DataFrame:
    """Rows of the years and measures in which a published value of this version was corrected."""
    wrong = rows[rows[NAME].isin(changed) & rows["etat"].eq(PUBLIE)]
    pairs = set(zip(wrong["annee"], wrong["mesure"], strict=True))
    return rows[[p in pairs for p in zip(rows["annee"], rows["mesure"], strict=True)]]


def _same(keys: Mapping[str, str], mark: str) -> Constraint:
    before = {**keys, "mesure": f"{keys['mesure']}{mark}"}
    return Constraint([(dict(keys), 1), (before, -1)], 0, 0, "inchangée")
