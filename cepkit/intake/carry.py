"""Rows of a workbook that go on in the next exercice, renumbered, their internal notes kept.

What goes on: actions neither done nor given up, cooperations not achieved, investigations not
finished, agreements neither withdrawn nor destroyed, alerts not closed. Meetings, findings,
documents, remarks and steps belong to their year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cepkit.intake.workbook_rules import SOURCES, references
from cepkit.intake.workbook_schema import NOTE, lists, sheets

Row = dict[str, Any]
CONTINUES: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "cooperations": lambda r: r["etat"] != "Achevée",
    "plan_actions": lambda r: r["avancement"] not in ("Réalisée", "Abandonnée"),
    "investigations": lambda r: r["etat"] not in ("Achevée", "Abandonnée"),
    "consentements": lambda r: not (r["retire_le"] or r["detruit_le"]),
    "alertes": lambda r: not r["close_le"],
}


def rows(found: Mapping[str, Sequence[Row]], before: int, after: int) -> dict[str, list[Row]]:
    """Rows to write in the workbook of the year `after`; values of lists take its labels.

    A number quoted from another sheet follows its row when that row goes on; else the quotation
    moves to the internal note, with its year.
    """
    kept = {s: [r for r in found[s] if goes(r)] for s, goes in CONTINUES.items()}
    numbers = {s: {r["n"]: f"{sheets()[s].prefixe}{i:03d}" for i, r in enumerate(lines, 1)}
               for s, lines in kept.items()}
    labels = {old: new for name, values in lists(before).items()
              for old, new in zip(values, lists(after)[name], strict=True)}
    return {s: [_moved(s, r, numbers, labels, before) for r in lines]
            for s, lines in kept.items()}


def _moved(sheet: str, row: Row, numbers: Mapping[str, Mapping[str, str]],
           labels: Mapping[str, str], before: int) -> Row:
    new = {c.nom: _labelled(row[c.nom], labels) for c in sheets()[sheet].colonnes[1:]}
    if sheet in SOURCES:
        column, among = SOURCES[sheet]
        known = {k: v for s in among for k, v in numbers.get(s, {}).items()}
        quoted = references(row[column] or "")
        new[column] = " ; ".join(known[q] for q in quoted if q in known)
        if left := [q for q in quoted if q not in known]:
            note = f"Source de l’exercice {before} : {', '.join(left)}."
            new[NOTE] = " ".join(p for p in (new[NOTE], note) if p)
    return new


def _labelled(value: Any, labels: Mapping[str, str]) -> Any:
    if isinstance(value, (list, tuple)):
        return [labels.get(v, v) for v in value]
    return labels.get(value, value) if isinstance(value, str) else value
