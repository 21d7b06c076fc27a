"""How many: counts as released; `regroup` is the one place where counts are added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd

from cepkit.codes import ENSEMBLE, FRANCE, PUBLIE, TOTAL
from cepkit.errors import UsageError
from cepkit.indicators import meta
from cepkit.indicators.cells import cells, regrouped
from cepkit.indicators.rows import COUNT, add_note, finish
from cepkit.text import suggestion

KEYS = ("annee", "region", "departement", "operateur")


def counts(
    r,
    table: str,
    *,
    by: str | Sequence[str] = (),
    operateur: str = ENSEMBLE,
    niveau: Literal["region", "departement", "FR"] = "region",
) -> pd.DataFrame:
    """Counts of a released table at one level, one row a combination of `by`, unit = measure.

    Keys: annee, region, departement, operateur, then the dimensions of `by`. `by` may hold
    "operateur" (five operators, « ensemble » not among them) and dimensions of the table. Other
    dimensions are at their total. Beneficiaries are never added up: a total that was not
    delivered is « non_disponible ».
    """
    by = [by] if isinstance(by, str) else list(by)
    mesure = meta.measure(r, meta.table(r, table)["mesure"])
    region = FRANCE if niveau == "FR" else r.code
    split = [*by, "departement"] if niveau == "departement" else by
    frame = cells(r, table, by=split, region=region, operateur=operateur)
    for column, value in {"annee": str(r.annee), "region": region, "departement": TOTAL,
                          "operateur": operateur}.items():
        if column not in split:
            frame[column] = value
    frame["note"] = partial(r, frame)
    return _rows(r, frame, [*KEYS, *(c for c in by if c not in KEYS)], mesure, table)


def regroup(r, frame: pd.DataFrame, column: str, groups: Mapping[str, Sequence[str]]):
    """Counts of groups of modalities, territories, operators or months: the only lawful sum.

    `frame`: rows of `counts`; `groups`: {"50_plus": ["50_54", "55_plus"]}. Refused (`UsageError`)
    when the edition does not say that the measure adds up over `column`, so that nobody is
    counted twice. A group is published only when all its parts are.
    """
    known = frame.attrs.get("cepkit", {})
    if frame["unite"].nunique() != 1 or len(known.get("tables", ())) != 1:
        raise UsageError(
            "regroup : les lignes d’une seule table, donc d’une seule mesure, sont attendues ; "
            "deux mesures ne s’additionnent pas."
        )
    mesure, table = meta.measure(r, known["mesure"]), known["tables"][0]
    meta.check_adds_up(r, mesure, column, table)
    named = [part for parts in groups.values() for part in parts]
    if twice := next((part for part in named if named.count(part) > 1), None):
        raise UsageError(f"regroup : « {twice} » est dans deux groupes.")
    of = {part: group for group, parts in groups.items() for part in parts}
    for part in set(of) - set(frame[column]):
        raise UsageError(f"regroup : « {part} » n’est pas une modalité de « {column} » dans ces "
                         f"lignes.{suggestion(part, frame[column])}")  # fmt: skip
    keys = list(frame.columns[: frame.columns.get_loc("indicateur")])
    cells_ = frame[[*keys, "etat", "note"]].assign(n=frame["valeur"].astype(float))
    sums = regrouped(cells_, column, of, "groupe").rename(columns={"groupe": column})
    return _rows(r, sums, keys, mesure, table)


def _rows(r, frame: pd.DataFrame, keys: list[str], mesure: dict, table: str) -> pd.DataFrame:
    frame = frame.assign(
        indicateur="effectif", valeur=frame["n"], numerateur=frame["n"],
        unite=mesure["libelle"], base=mesure["libelle"], methode=COUNT,
    )  # fmt: skip
    return finish(
        r, frame, keys, mesure=mesure["nom"], tables=[table], comparison=False,
        source=mesure["source"],
    )  # fmt: skip


def partial(r, frame: pd.DataFrame) -> pd.Series:
    """Notes of the published rows of a partial year."""
    reasons = [
        meta.partial_year(r, a, z, o) or ""
        for a, z, o in zip(frame["annee"], frame["region"], frame["operateur"], strict=True)
    ]
    reasons = pd.Series(reasons, index=frame.index, dtype=object)
    return add_note(frame, (frame["etat"] == PUBLIE) & (reasons != ""), reasons)
