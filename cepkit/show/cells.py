"""Cells of tables: text in French, raw value, key of the published value, visible states.

« s. » is a withheld value, « n.d. » an unavailable one, « sans objet » one that cannot be: never
an empty cell, never a 0. `model` turns a frame into lines of cells, in the order of the frame.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit.errors import UsageError
from cepkit.show import state
from cepkit.show.blocks import fr, reading_text
from cepkit.text import capital, slug, suggestion

SANS_OBJET = "sans objet"
COUNTS = ("effectif", "numerateur", "denominateur", "n")
RATED = ("valeur", "reference", "borne_inf", "borne_sup")
GAPS = ("ecart", "ecart_inf", "ecart_sup")
PROTECTED = ("effectif", "numerateur", "valeur", "borne_inf", "borne_sup", *GAPS,
             "ratio", "ratio_inf", "ratio_sup", "intervalle", "ecart_intervalle")
PAIRS = {"intervalle": ("borne_inf", "borne_sup"), "ecart_intervalle": ("ecart_inf", "ecart_sup"),
         "ratio_intervalle": ("ratio_inf", "ratio_sup")}
NUMERIC = {*COUNTS, *RATED, *GAPS, *PAIRS, "ratio", "ratio_inf", "ratio_sup"}
KEYED = {*NUMERIC, "taux_chomage"}
KEYS = ("region", "departement", "operateur", "dimension", "modalite", "mesure", "annee")
LONE = re.compile(r"[+\u2212-]?\d[\d\u202f\u00a0 ]*(?:[,.]\d+)?[\u00a0 ]?%?")  # a number alone
_CODE = re.compile(r"[a-z0-9_]+")
NOT_KEYS = {*KEYS, "indicateur", "unite", "methode", "etat", "note", "lecture", "base", "libelle"}


@dataclass(frozen=True)
class Col:
    """A column: header, format, alignment.

    `format`: "auto" (from the column name and `unite`), "entier", "decimal1", "decimal2", "part"
    (0-1 written in %), "points", "date", "texte", or a function value -> text.
    `align`: "droite", "gauche", or None (from the content).
    """

    entete: str = ""
    format: str | Callable[[Any], str] = "auto"
    align: str | None = None


@dataclass(frozen=True)
class Cell:
    texte: str
    valeur: Any = None
    cle: str | None = None
    lecture: bool = False


@dataclass(frozen=True)
class Line:
    cells: list[Cell]
    groupe: str | None = None
    total: bool = False


@dataclass(frozen=True)
class Model:
    """Columns (key, header, numeric?) and lines; what every support writes."""

    colonnes: list[tuple[str, str, bool]]
    lignes: list[Line] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """Plain values for a workbook: headers, rows, keys of the cells, totals, groups.

        Numbers are in the unit of their header (a share in %); an interval takes two columns.
        """
        spans = [("",) if n not in PAIRS else (" : borne basse", " : borne haute")
                 for n, _, _ in self.colonnes]
        return {
            "columns": [h + end for (_, h, _), ends in zip(self.colonnes, spans, strict=True)
                        for end in ends],
            "rows": [[v for c, ends in zip(line.cells, spans, strict=True)
                      for v in _plain(c, len(ends))] for line in self.lignes],
            "keys": [[k for c, ends in zip(line.cells, spans, strict=True)
                      for k in _bound_keys(c.cle, len(ends))] for line in self.lignes],
            "groups": [line.groupe for line in self.lignes],
            "totals": [line.total for line in self.lignes],
        }


def _bound_keys(cle: str | None, width: int) -> list[str | None]:
    """Keys of the columns of a cell: an interval has those of its two bounds."""
    place, _, column = (cle or "").rpartition("|")
    return [f"{place}|{end}" for end in PAIRS[column]] if width > 1 and place else [cle] * width


def _plain(cell: Cell, width: int) -> list[Any]:
    """Numbers of a cell that may be read, else its printed text, over `width` columns."""
    if isinstance(cell.valeur, tuple):
        return list(cell.valeur)
    return [cell.valeur if _plain_number(cell) else cell.texte] * width


def _plain_number(cell: Cell) -> bool:
    """Whether a cell holds one number."""
    number = isinstance(cell.valeur, (int, float)) and not isinstance(cell.valeur, bool)
    return number and cell.valeur == cell.valeur


def missing(value: Any) -> bool:
    """None, NaN, NA or an empty string."""
    if isinstance(value, (list, tuple)):
        return not value
    return value is None or value is pd.NA or value != value or value == ""


def withheld(row: Mapping[str, Any]) -> bool:
    """Whether the state of a row forbids its values."""
    return row.get("etat") in (codes.SECRET, codes.NON_DIFFUSE)


def reference_name(frame: pd.DataFrame) -> str:
    """What `reference` is in a frame: « France » unless the indicator says otherwise."""
    return frame.attrs.get("cepkit", {}).get("reference") or "France"


def is_reference(row: Mapping[str, Any]) -> bool:
    """Whether a row is what the others are compared with: France, or a total."""
    return (row.get("region") in (codes.FRANCE, "FR_sans_region")
            or codes.TOTAL in (row.get("modalite"), row.get("departement", ""))
            and missing(row.get("reference")))


def state_text(row: Mapping[str, Any], column: str) -> str:
    """What stands in place of a missing number."""
    if withheld(row) and column in PROTECTED:
        return formats.SECRET
    compared = column in (*GAPS, "reference", "ecart_intervalle") or column.startswith("ratio")
    if compared and (row.get("lecture") == codes.REFUSEE or is_reference(row)):
        return SANS_OBJET
    return SANS_OBJET if row.get("etat") == "sans_objet" else formats.ND


def digits(frame: pd.DataFrame, column: str, unit: str) -> int:
    """Decimals of a column of one unit, given the bases of its rows."""
    bases = frame.get("denominateur", ())
    return formats.digits(pd.to_numeric(frame[column], errors="coerce"), unit, bases)


def key(row: Mapping[str, Any], attrs: Mapping[str, Any], column: str) -> str | None:
    """Key of the published value that a cell prints, None when it is no value of an indicator.

    `region|annee|departement|operateur|dimension:modalite|indicateur|column`; several dimensions
    are joined by commas, `mesure:` is one of them when it is not that of the page (attrs).
    """
    named = not missing(row.get("indicateur")) or column in COUNTS
    if column not in KEYED or not attrs.get("region") or not named:
        return None
    dims = {k: v for k, v in row.items() if k not in NOT_KEYS and isinstance(v, str)
            and _CODE.fullmatch(v)}
    if not missing(row.get("dimension")):
        dims = {row["dimension"]: row.get("modalite"), **dims}
    elif not missing(row.get("modalite")) and row["modalite"] != codes.TOTAL:
        dims["modalite"] = row["modalite"]
    mesure = row.get("mesure") if not missing(row.get("mesure")) else attrs.get("mesure")
    if mesure and mesure != (attrs.get("principale") or mesure):
        dims["mesure"] = mesure
    known = {"departement": codes.TOTAL, "operateur": codes.ENSEMBLE, "indicateur": "effectif",
             "annee": "", **attrs}
    known["dims"] = ",".join(f"{k}:{v}" for k, v in dims.items())
    order = ("region", "annee", "departement", "operateur", "dims", "indicateur")
    return "|".join(str(known[k] if missing(row.get(k)) else row[k]) for k in order) + f"|{column}"


def attributes(page: state.Page, frame: pd.DataFrame) -> dict[str, Any]:
    """What keys take from the page and the frame when a row does not say it."""
    return {"region": page.code, "annee": page.annee, **frame.attrs.get("cepkit", {}),
            "principale": page.meta.get("mesure_principale")}


def described(line: str, column: str, attrs: Mapping[str, Any]) -> str | None:
    """Key of a number that no indicator row holds: the words of its line, its column."""
    if not attrs.get("region"):
        return None
    return (f"{attrs['region']}|{attrs.get('annee', '')}|{codes.TOTAL}|{codes.ENSEMBLE}|ligne:"
            f"{slug(line)[:40]}|description|{column}")


def named(line: list[Cell], columns: Iterable[str], attrs: Mapping[str, Any]) -> list[Cell]:
    """The cells of a line, a number alone that has no key taking the one that its words make."""
    return [replace(c, cle=described(line[0].texte, n, attrs)) if c.cle is None
            and LONE.fullmatch(c.texte) else c for n, c in zip(columns, line, strict=True)]


def _pair(row: Mapping[str, Any], column: str, nd: int, scale: float) -> str:
    low, high = (row.get(c) for c in PAIRS[column])
    if missing(low) or missing(high) or withheld(row):
        return state_text(row, column)
    return formats.interval(low, high, nd, scale)


def _number(row: Mapping[str, Any], column: str, nd: int) -> str:
    value, share = row.get(column), row.get("unite") == "part"
    if missing(value) or (withheld(row) and column in PROTECTED):
        return state_text(row, column)
    if column in COUNTS:
        return formats.integer(value)
    if column.startswith("ratio"):
        return formats.decimal(value, 2)
    return formats.decimal((100 if share else 1) * float(value), nd, signed=column in GAPS)


def _formatted(value: Any, how: str | Callable[[Any], str], row: Mapping, column: str) -> str:
    if missing(value) or (withheld(row) and column in PROTECTED):
        return state_text(row, column)
    if callable(how):
        return how(value)
    table: dict[str, Callable[[Any], str]] = {
        "entier": formats.integer,
        "decimal1": lambda x: formats.decimal(x, 1),
        "decimal2": lambda x: formats.decimal(x, 2),
        "part": lambda x: formats.decimal(100 * x, 1),
        "points": lambda x: formats.decimal(100 * x, 1, signed=True),
        "date": lambda x: formats.date(str(x)[:10], short=True),
        "texte": str,
    }
    if how not in table:
        raise UsageError(f"format de colonne inconnu « {how} ».{suggestion(how, table)}")
    return table[how](value)


def _text(page: state.Page, row: Mapping[str, Any], column: str) -> str:
    """Label of a code, or the text of a free column (numbers in French)."""
    value = row.get(column)
    if isinstance(value, (list, tuple)):
        return " ; ".join(map(str, value)) or formats.ND
    if missing(value):
        return state_text(row, column)
    if isinstance(value, str) or column in KEYS:
        return state.label(page, column, value, row.get("dimension"))
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, (int, float)):
        return formats.decimal(value, 0 if float(value).is_integer() else 1)
    return formats.date(value, short=True) if hasattr(value, "isoformat") else str(value)


def _header(column: str, given: str | Col, units: set[str]) -> Col:
    """Column with its unit in the header when the caller did not write it."""
    col = given if isinstance(given, Col) else Col(given)
    head = col.entete or column
    if col.format == "auto" and units == {"part"} and "%" not in head and "point" not in head:
        if column in RATED or column == "intervalle":
            head += " (%)"
        elif column in GAPS or column == "ecart_intervalle":
            head += " (points)"
    return Col(head, col.format, col.align)


def _columns(frame: pd.DataFrame, colonnes: Mapping[str, str | Col] | None) -> dict[str, Any]:
    if colonnes is None:
        return {c: c for c in frame.columns}
    known = [*frame.columns, *(p for p, ab in PAIRS.items() if set(ab) <= set(frame.columns))]
    for name in colonnes:
        if name not in known:
            raise UsageError(f"tableau : colonne inconnue « {name} ».{suggestion(name, known)} "
                             f"Colonnes : {', '.join(map(str, known))}.")
    return dict(colonnes)


def model(frame: pd.DataFrame, colonnes: Mapping[str, str | Col] | None = None,
          groupe: str | None = None, page: state.Page | None = None) -> Model:
    """Model of a frame: one line a row, in the order of the frame."""
    page = page or state.of_frame(frame)
    attrs = attributes(page, frame)
    units = set(frame["unite"].dropna()) if "unite" in frame else set()
    columns = {n: _header(n, g, units) for n, g in _columns(frame, colonnes).items()}
    nds = {n: _digits(frame, n) for n in columns if n in NUMERIC}
    lines = [_line(page, row, columns, nds, groupe, attrs) for row in frame.to_dict("records")]
    numeric = {n: _is_numeric(n, c, frame) for n, c in columns.items()}
    return Model([(n, c.entete, numeric[n]) for n, c in columns.items()], lines)


def _digits(frame: pd.DataFrame, column: str) -> dict[str, int]:
    """Decimals of a numeric column for each unit it holds."""
    source = PAIRS.get(column, (column,))[0]
    if "unite" not in frame:
        return {"": digits(frame, source, "")}
    read = "valeur" if source in GAPS and "valeur" in frame else source
    return {u: digits(g, read, u) for u, g in frame.groupby("unite", dropna=False)}


def _is_numeric(name: str, col: Col, frame: pd.DataFrame) -> bool:
    if col.align:
        return col.align == "droite"
    if name in NUMERIC or col.format in ("entier", "decimal1", "decimal2", "part", "points"):
        return True
    if name not in frame or name in KEYS or pd.api.types.is_bool_dtype(frame[name]):
        return False
    return pd.api.types.is_numeric_dtype(frame[name])


def _line(page: state.Page, row: Mapping[str, Any], columns: Mapping[str, Col],
          nds: Mapping[str, dict], groupe: str | None, attrs: Mapping[str, Any]) -> Line:
    cells = named([_cell(page, row, n, c, nds.get(n, {}), attrs) for n, c in columns.items()],
                  columns, attrs)
    first = next(iter(columns))
    total = row.get(first) in (codes.TOTAL, codes.ENSEMBLE)
    name = state.label(page, groupe, row[groupe]) if groupe else None
    return Line(cells, name, total)


def _reading(row: Mapping[str, Any]) -> str:
    """Reading word; a row without one is a reference, or has no value to read."""
    if not missing(row.get("lecture")):
        return reading_text(row["lecture"])
    if missing(row.get("valeur")) or withheld(row):
        return state_text(row, "valeur")
    return "référence" if is_reference(row) else formats.ND


def _cell(page: state.Page, row: Mapping[str, Any], name: str, col: Col, nds: Mapping[str, int],
          attrs: Mapping[str, Any]) -> Cell:
    if name == "lecture":
        return Cell(_reading(row), lecture=True)
    value = row.get(name)
    nd = nds.get(row.get("unite"), next(iter(nds.values()), 0))
    if col.format != "auto":
        text = _formatted(value, col.format, row, name)
    elif name in PAIRS:
        text = _pair(row, name, nd, 100 if row.get("unite") == "part" else 1)
    elif name in NUMERIC:
        text = _number(row, name, nd)
    else:
        text = _text(page, row, name)
    text = fr(text)
    shown = text not in (formats.SECRET, formats.ND, SANS_OBJET)
    return Cell(text, _raw(row, name, col) if shown else None,
                key(row, attrs, name) if shown else None)


def _raw(row: Mapping[str, Any], name: str, col: Col) -> Any:
    """Value of a cell in the unit of its header; the two bounds of an interval."""
    if name in PAIRS:
        return tuple(_raw(row, bound, col) for bound in PAIRS[name])
    value = row.get(name)
    value = value.item() if hasattr(value, "item") else value
    if hasattr(value, "isoformat"):
        return None
    written = col.format in ("part", "points") or (
        col.format == "auto" and row.get("unite") == "part" and name in (*RATED, *GAPS))
    return round(100 * value, 10) if written and isinstance(value, (int, float)) else value


def default_columns(frame: pd.DataFrame) -> dict[str, str]:
    """Readable columns of an indicator frame; all columns when it is something else."""
    heads = {"region": "Région", "departement": "Département", "operateur": "Opérateur",
             "dimension": "Dimension", "modalite": "Modalité", "annee": "Année",
             "numerateur": "Effectif", "effectif": "Effectif", "valeur": "Région",
             "intervalle": "Intervalle à 95 %", "reference": "France", "ecart": "Écart",
             "ecart_intervalle": "Intervalle de l’écart", "lecture": "Lecture"}
    if "valeur" not in frame and "effectif" not in frame:
        return {c: str(c) for c in frame.columns}
    frame_columns = {*frame.columns, *(p for p, ab in PAIRS.items() if set(ab) <= {*frame.columns})}
    page = state.of_frame(frame)
    name = reference_name(frame)
    heads["reference"] = capital(name)
    if heads["reference"] == page.nom:
        heads |= {"valeur": "Valeur du département", "reference": "Valeur de la région"}
    elif "reference" in frame_columns and page.code != codes.FRANCE:
        heads["valeur"] = page.nom
    elif "valeur" in frame_columns:
        heads["valeur"] = "Valeur"
    free = [c for c in frame.columns if c in page.meta.get("nomenclatures", {})]
    named = [c for c in frame.columns if c in heads and c in KEYS or c in free]
    keys = [c for c in named if frame[c].nunique(dropna=False) > 1] or named[:1]
    rest = [c for c in heads if c in frame_columns and c not in named]
    shown = [*keys, *rest]
    return {c: heads.get(c) or state.label(page, "dimension", c) for c in shown
            if c not in _repeated(frame, shown)}


def _repeated(frame: pd.DataFrame, columns: list[str]) -> set[str]:
    """Columns that say what another one says: the operator as a modality, a count as a value."""
    pairs = [("operateur", "modalite"), ("numerateur", "effectif"), ("numerateur", "valeur"),
             ("effectif", "valeur")]
    return {b for a, b in pairs if {a, b} <= {*columns} and frame[a].notna().any()
            and _plainly(frame[a]).equals(_plainly(frame[b]))}


def _plainly(values: pd.Series) -> pd.Series:
    """Values as numbers where they are numbers, as objects otherwise."""
    return values.astype("float64" if pd.api.types.is_numeric_dtype(values) else object)
