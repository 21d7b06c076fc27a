"""Rows of a figure: what an indicator frame says, in display units, with its states.

A share is turned into per cent and a gap of shares into points here, once. A withheld row keeps
no number, whatever the frame holds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit.errors import UsageError
from cepkit.show import cells, state
from cepkit.show.blocks import fr
from cepkit.text import NBSP

NAN = math.nan


@dataclass(frozen=True)
class Row:
    """One mark of a figure; numbers are in the unit that is written beside them."""

    label: str
    groupe: str
    valeur: float
    bas: float
    haut: float
    reference: float
    ecart: float
    ecart_bas: float
    ecart_haut: float
    lecture: str
    etat: str  # "", "s." or "n.d."
    n: float
    unite: str
    code: str
    sujet: str  # whose value it is: "Bretagne", or "" when the row itself is a territory
    compare: str  # what `reference` is: "France", "France sans la région"… "": nothing
    cles: Mapping[str, str | None] = field(default_factory=dict)  # keys of its numbers

    def keys(self, *names: str) -> list[str | None]:
        """Keys of the numbers that are there."""
        return [self.cles.get(n) for n in names if not math.isnan(getattr(self, n))]

    @property
    def marque(self) -> bool:
        """Whether the gap is marked."""
        return self.lecture in (codes.AU_DESSUS, codes.EN_DESSOUS)

    @property
    def percent(self) -> bool:
        return self.unite in ("part", "%")


def _number(row: Mapping[str, Any], column: str, scale: float) -> float:
    value = row.get(column)
    return NAN if cells.missing(value) else scale * float(value)


def _state(row: Mapping[str, Any]) -> str:
    if cells.withheld(row):
        return formats.SECRET
    return formats.ND if cells.missing(row.get("valeur")) else ""


def _label_column(frame: pd.DataFrame, page: state.Page, asked: str | None) -> str:
    if asked:
        return asked
    free = [c for c in frame.columns if c in page.meta.get("nomenclatures", {})]
    order = ["libelle", "modalite", *free, "departement", "operateur", "region", "annee"]
    found = [c for c in order if c in frame.columns]
    varying = [c for c in found if frame[c].nunique() > 1]
    if not found:
        raise UsageError("figure : aucune colonne ne nomme les lignes (modalite, operateur, "
                         "departement…) ; l’indiquer avec etiquette=\"colonne\".")
    return (varying or found)[0]


def of_frame(frame: pd.DataFrame, page: state.Page, etiquette: str | None = None) -> list[Row]:
    """Rows in the order of the frame; `etiquette` is the column that names them."""
    if frame.empty:
        raise UsageError("figure : le tableau de valeurs est vide ; employer show.absence.")
    column = _label_column(frame, page, etiquette)
    compare = cells.reference_name(frame) if "reference" in frame else ""
    grouped = column == "modalite" and frame["dimension"].nunique() > 1
    attrs = cells.attributes(page, frame)
    keys = {"valeur": "valeur", "reference": "reference", "ecart": "ecart", "n": "denominateur"}
    return [replace(_row(row, column, page, compare, grouped),
                    cles={n: cells.key(row, attrs, c) for n, c in keys.items()})
            for row in frame.to_dict("records")]


def _row(row: Mapping[str, Any], column: str, page: state.Page, compare: str,
         grouped: bool) -> Row:
    scale = 100.0 if row.get("unite") == "part" else 1.0
    etat = _state(row)
    own = {c: NAN if etat else _number(row, c, scale)
           for c in ("valeur", "borne_inf", "borne_sup", "ecart", "ecart_inf", "ecart_sup")}
    n = _number(row, "base", 1) if isinstance(row.get("base"), (int, float)) else NAN
    n = _number(row, "denominateur", 1) if math.isnan(n) else n
    lecture = row.get("lecture")
    dimension = row.get("dimension")
    return Row(
        label=fr(state.label(page, column, row.get(column), dimension)),
        groupe=fr(state.label(page, "dimension", dimension)) if grouped else "",
        valeur=own["valeur"], bas=own["borne_inf"], haut=own["borne_sup"],
        reference=_number(row, "reference", scale), ecart=own["ecart"],
        ecart_bas=own["ecart_inf"], ecart_haut=own["ecart_sup"],
        lecture="" if cells.missing(lecture) or etat else str(lecture), etat=etat, n=n,
        unite=str(row.get("unite", "")), code=str(row.get(column)),
        sujet="" if column in ("region", "departement") else page.nom, compare=compare,
    )


def decimals(rows: Sequence[Row]) -> int:
    """Decimals written in a figure, the same for all its values."""
    unit = rows[0].unite
    scale = 100.0 if unit == "part" else 1.0
    values = [v / scale for r in rows for v in (r.valeur, r.reference)]
    return formats.digits(values, unit, [r.n for r in rows])


def suffix(row: Row) -> str:
    """« % » after a share, nothing after a rate."""
    return f"{NBSP}%" if row.percent else ""


def value(row: Row, nd: int) -> str:
    """Value beside a mark, or its state."""
    return row.etat or formats.decimal(row.valeur, nd)


def reference(row: Row, nd: int) -> str:
    """National value beside a mark."""
    return formats.decimal(row.reference, nd)


def gap(row: Row, nd: int) -> str:
    """Signed gap beside a mark; empty when there is none to read."""
    return "" if math.isnan(row.ecart) else formats.decimal(row.ecart, nd, signed=True)


def withheld(row: Row) -> str:
    """Why a row has no value, in words; "" when it has one."""
    if not row.etat:
        return ""
    return "valeur non diffusée" if row.etat == formats.SECRET else "valeur non disponible"


def described(row: Row, nd: int) -> str:
    """One row in words for the alternative text: published values only."""
    said = withheld(row) or (
        f"{row.sujet} {formats.decimal(row.valeur, nd)}{suffix(row)}".strip())
    if not math.isnan(row.reference):
        said += f", {row.compare} {formats.decimal(row.reference, nd)}{suffix(row)}"
    return f"{row.label} : {said}" + (f", {row.lecture}" if row.lecture else "")


def heading(rows: Sequence[Row]) -> str:
    """Title of the column of values: the region, or « Région », « Département »."""
    if rows[0].sujet:
        return rows[0].sujet
    return "Région" if rows[0].code in codes.REGIONS else "Département"


def finite(rows: Sequence[Row], *names: str) -> list[float]:
    """Published numbers of some attributes, for the limits of an axis."""
    found = (getattr(r, n) for r in rows for n in names)
    return [v for v in found if not math.isnan(v)]
