"""How many: counts as released, never summed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd

from cepkit.codes import ENSEMBLE, FRANCE, PUBLIE, TOTAL
from cepkit.indicators import meta
from cepkit.indicators.cells import cells
from cepkit.indicators.rows import COUNT, add_note, finish


def counts(
    r,
    table: str,
    *,
    by: str | Sequence[str] = (),
    operateur: str = ENSEMBLE,
    niveau: Literal["region", "departement", "FR"] = "region",
    annee: str | int | None = None,
    where: Mapping[str, str] | None = None,
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
    frame = cells(r, table, by=split, region=region, annee=annee, operateur=operateur, where=where)
    for column, value in {
        "annee": str(annee or r.annee), "region": region, "departement": TOTAL,
        "operateur": operateur,
    }.items():  # fmt: skip
        if column not in split:
            frame[column] = value
    frame["note"] = _partial(r, frame)
    frame = frame.assign(
        indicateur="effectif", valeur=frame["n"], numerateur=frame["n"],
        unite=mesure["libelle"], base=mesure["libelle"], methode=COUNT,
    )  # fmt: skip
    keys = ["annee", "region", "departement", "operateur"]
    keys += [c for c in by if c not in keys]
    return finish(
        r, frame, keys, mesure=mesure["nom"], tables=[table], comparison=False,
        source=mesure["source"],
    )  # fmt: skip


def _partial(r, frame: pd.DataFrame) -> pd.Series:
    """Notes of the published rows of a partial year."""
    reasons = [
        meta.partial_year(r, a, z, o) or ""
        for a, z, o in zip(frame["annee"], frame["region"], frame["operateur"], strict=True)
    ]
    reasons = pd.Series(reasons, index=frame.index, dtype=object)
    return add_note(frame, (frame["etat"] == PUBLIE) & (reasons != ""), reasons)
