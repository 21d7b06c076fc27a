"""What a share is a part of: its base, its counts when they are few, who fills the information."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit import indicators as ind
from cepkit.lectures import commun as c
from cepkit.text import NBSP, enumerate_fr

FEW = 30  # below this base, a share is said with its counts


def few(line: pd.Series | None) -> bool:
    """Whether a published share has a base so small that its counts must be said."""
    return c.published(line) and pd.notna(line["denominateur"]) and line["denominateur"] < FEW


def size(rows: pd.DataFrame) -> str:
    """« n = 59 », the base of rows that share it; nothing when it is unknown."""
    known = rows["denominateur"].dropna()
    return f"n{NBSP}={NBSP}{formats.integer(known.iloc[0])}" if len(known) else ""


def counted(line: pd.Series) -> str:
    """« 8 sur 15 »."""
    return f"{formats.integer(line['numerateur'])} sur {formats.integer(line['denominateur'])}"


def with_gap(line: pd.Series) -> str:
    """« 48,2 (+4,5) », « 60,0 (12 sur 20) »: a share in per cent, its counts when they are few,
    its gap in points when it is marked."""
    if not c.published(line):
        return c.cell(line)
    share = formats.decimal(100 * line["valeur"], c.digits(line))
    beside = [counted(line)] if few(line) else []
    if line["lecture"] in (codes.AU_DESSUS, codes.EN_DESSOUS):
        beside.append(formats.decimal(100 * line["ecart"], 1, signed=True))
    return f"{share} ({' ; '.join(beside)})" if beside else share


def without_entry(r: Any) -> list[str]:
    """Operators without any entry of the region in the delivery, in the order of the law."""
    rows = ind.operator_mix(r)
    lacking = rows["etat"].eq(codes.NON_DISPONIBLE) | rows["numerateur"].eq(0).fillna(False)
    return list(rows.loc[lacking, "operateur"])


def informed_by(r: Any, dimensions: Iterable[str]) -> dict[tuple[str, ...], list[str]]:
    """{operators: dimensions that these alone fill, when they are several but not all}."""
    absent = {(x["dimension"], x["operateur"]) for x in r.donnees["couverture"]
              if x["etat"] == "absente"}  # fmt: skip
    groups: dict[tuple[str, ...], list[str]] = {}
    for d in dict.fromkeys(dimensions):
        known = tuple(o for o in r.operateurs() if (d, o) not in absent)
        if 1 < len(known) < len(r.operateurs()):
            groups.setdefault(known, []).append(d)
    return groups


def prudence_mix(r: Any, dimensions: Iterable[str]) -> str:
    """Which operators alone fill these dimensions: a gap may be due to their weights."""
    names = {"motif": "la demande"} | c.DIMENSIONS
    said = []
    for known, dims in informed_by(r, dimensions).items():
        who = enumerate_fr([c.operator(o, r.libelle("operateur", o)) for o in known])
        what = enumerate_fr([names.get(d, f"« {d} »") for d in dims])
        said.append(f"{'seuls' if said else 'Seuls'} {who} renseignent {what}")
    return f"{' ; '.join(said)}. Un écart peut tenir au poids de chacun de ces opérateurs dans " \
           "la région." if said else ""  # fmt: skip
