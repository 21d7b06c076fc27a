"""Tables: one small model, written as html, as Pandoc Markdown and as plain values.

A cell is text, its raw value and, for a number, the key of the value it prints. States are
visible: « s. » (withheld), « n.d. » (unavailable), « sans objet », never an empty cell or a 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit.errors import UsageError
from cepkit.show import state
from cepkit.show.blocks import FICTIF, Block, esc, fr, md, reading_html, reading_text, styled
from cepkit.show.pieces import anchor
from cepkit.text import suggestion

SANS_OBJET = "sans objet"
ABBR = {
    formats.SECRET: "Valeur non diffusée pour protéger les personnes. Ce n’est pas un zéro.",
    formats.ND: "Valeur non disponible dans les sources de cette édition.",
}
COUNTS = ("effectif", "numerateur", "denominateur", "n")
RATED = ("valeur", "reference", "borne_inf", "borne_sup")
GAPS = ("ecart", "ecart_inf", "ecart_sup")
PROTECTED = ("effectif", "numerateur", "valeur", "borne_inf", "borne_sup", *GAPS,
             "ratio", "ratio_inf", "ratio_sup", "intervalle", "ecart_intervalle")
PAIRS = {"intervalle": ("borne_inf", "borne_sup"), "ecart_intervalle": ("ecart_inf", "ecart_sup"),
         "ratio_intervalle": ("ratio_inf", "ratio_sup")}
NUMERIC = {*COUNTS, *RATED, *GAPS, *PAIRS, "ratio", "ratio_inf", "ratio_sup"}
KEYS = ("region", "departement", "operateur", "dimension", "modalite", "mesure", "annee")


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
        """Plain values for a workbook: headers, rows, keys of the cells, totals, groups."""
        return {
            "columns": [h for _, h, _ in self.colonnes],
            "rows": [[_plain(c) for c in line.cells] for line in self.lignes],
            "keys": [[c.cle for c in line.cells] for line in self.lignes],
            "groups": [line.groupe for line in self.lignes],
            "totals": [line.total for line in self.lignes],
        }


def _plain(cell: Cell) -> Any:
    """The raw number when there is one and it may be read, else the printed text."""
    number = isinstance(cell.valeur, (int, float)) and not isinstance(cell.valeur, bool)
    return cell.valeur if number and cell.valeur == cell.valeur else cell.texte


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


def digits(values: pd.Series, unit: str) -> int:
    """Decimals of a column: two below 1 for a rate, one for a share, none for a count."""
    numbers = pd.to_numeric(values, errors="coerce").dropna().abs()
    if unit in ("part", "%"):
        return 1
    if unit == "pour 100":
        return 2 if ((numbers > 0) & (numbers < 1)).any() else 1
    return 0 if (numbers % 1 == 0).all() else 1


def key(row: Mapping[str, Any], attrs: Mapping[str, Any], column: str) -> str | None:
    """Key of the published value that a cell prints, None when it cannot be built.

    `region|annee|departement|operateur|dimension:modalite|indicateur|column`.
    """
    if column not in NUMERIC or not attrs.get("region"):
        return None
    other = {k: v for k, v in row.items() if isinstance(v, str) and k not in (
        *KEYS, "indicateur", "unite", "methode", "etat", "note", "lecture", "base")}
    dims = [f"{row['dimension']}:{row.get('modalite')}"] if not missing(row.get("dimension")) else []
    dims += [f"{k}:{v}" for k, v in other.items()]
    parts = [row.get("region") or attrs["region"], row.get("annee") or attrs.get("annee", ""),
             row.get("departement") or codes.TOTAL, row.get("operateur") or codes.ENSEMBLE,
             ",".join(dims), row.get("indicateur") or row.get("mesure") or "effectif", column]
    return "|".join(str(p) for p in parts)


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
    attrs = {"region": page.code, "annee": page.annee, **frame.attrs.get("cepkit", {})}
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
        return {"": digits(frame[source], "")}
    return {u: digits(g[source if source not in GAPS else "valeur" if "valeur" in g else source], u)
            for u, g in frame.groupby("unite", dropna=False)}


def _is_numeric(name: str, col: Col, frame: pd.DataFrame) -> bool:
    if col.align:
        return col.align == "droite"
    if name in NUMERIC or col.format in ("entier", "decimal1", "decimal2", "part", "points"):
        return True
    return name in frame and pd.api.types.is_numeric_dtype(frame[name]) and name not in KEYS


def _line(page: state.Page, row: Mapping[str, Any], columns: Mapping[str, Col],
          nds: Mapping[str, dict], groupe: str | None, attrs: Mapping[str, Any]) -> Line:
    cells = [_cell(page, row, n, c, nds.get(n, {}), attrs) for n, c in columns.items()]
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
    raw = None if not shown or name in PAIRS or hasattr(value, "isoformat") else value
    raw = raw.item() if hasattr(raw, "item") else raw
    return Cell(text, raw, key(row, attrs, name) if shown else None)


# --- html ------------------------------------------------------------------------------------
def cell_html(cell: Cell) -> str:
    """Inner html of a cell: states as `abbr`, numbers with their key."""
    if cell.texte in ABBR:
        return f'<abbr title="{esc(ABBR[cell.texte])}">{cell.texte}</abbr>'
    if cell.lecture:
        return reading_html(cell.texte.lstrip("▲▼ ") if cell.texte[:1] in "▲▼" else cell.texte)
    return esc(cell.texte)


def _td(cell: Cell, numeric: bool, first: bool) -> str:
    inner = cell_html(cell)
    if first:
        return f'<th scope="row">{inner}</th>'
    keyed = f' data-cle="{esc(cell.cle)}"' if cell.cle else ""
    css = ' class="n"' if numeric else ' class="t"'
    return f"<td{css}{keyed}>{inner}</td>"


def _bodies(m: Model) -> Iterator[str]:
    """One tbody a group (a single one when there is no group)."""
    current, rows = object(), []
    for line in m.lignes:
        if line.groupe != current and line.groupe is not None:
            if rows:
                yield f"<tbody>{''.join(rows)}</tbody>"
            rows = [f'<tr class="grp"><th scope="rowgroup" colspan="{len(m.colonnes)}">'
                    f"{esc(line.groupe)}</th></tr>"]
        current = line.groupe
        cells = "".join(_td(c, m.colonnes[i][2], i == 0) for i, c in enumerate(line.cells))
        rows.append(f"<tr{' class=tot' if line.total else ''}>{cells}</tr>")
    yield f"<tbody>{''.join(rows)}</tbody>"


def html(m: Model, *, caption: str, label: str) -> str:
    """A table in a focusable region named `label`; `caption` is html, the title of the table."""
    head = "".join(f'<th scope="col"{" class=n" if n else ""}>{esc(h)}</th>'
                   for _, h, n in m.colonnes)
    wide = ' class="wide"' if len(m.colonnes) > 6 else ""
    return (f'<div class="tw" tabindex="0" role="region" aria-label="{esc(label)}">'
            f'<table{wide}><caption><span class="cap">{caption}</span></caption>'
            f'<thead><tr>{head}</tr></thead>{"".join(_bodies(m))}</table></div>')


# --- Markdown and text -------------------------------------------------------------------------
def _widths(m: Model) -> list[int]:
    """Characters of each column: numbers and words whole, long texts allowed to wrap."""
    def need(texts: list[str], numeric: bool) -> int:
        words = max((len(w) for t in texts for w in t.split(" ")), default=3)
        whole = max(map(len, texts[1:]), default=3)
        return max(3, words, whole if numeric else min(whole, 36)) + 2

    return [need([h, *(line.cells[i].texte for line in m.lignes)], n)
            for i, (_, h, n) in enumerate(m.colonnes)]


def markdown(m: Model, *, caption: str, ident: str | None) -> str:
    """Pandoc pipe table; relative widths follow the dashes, so that long cells wrap."""
    rule = "|".join("-" * w + (":" if n else "-")
                    for w, (_, _, n) in zip(_widths(m), m.colonnes, strict=True))
    rows = ["| " + " | ".join(md(h) for _, h, _ in m.colonnes) + " |", f"|{rule}|"]
    group = None
    for line in m.lignes:
        if line.groupe is not None and line.groupe != group:
            rows.append(f"| **{md(line.groupe)}** |" + " |" * (len(m.colonnes) - 1))
        group = line.groupe
        cells = [md(c.texte) for c in line.cells]
        rows.append("| " + " | ".join(f"**{c}**" if line.total else c for c in cells) + " |")
    return "\n".join(rows) + f"\n\n: {md(caption)}" + (f" {{#{ident}}}" if ident else "")


def text(m: Model) -> str:
    """Aligned columns for a terminal."""
    rows = [[h for _, h, _ in m.colonnes], *([c.texte for c in line.cells] for line in m.lignes)]
    widths = [max(len(r[i]) for r in rows) for i in range(len(m.colonnes))]
    pad = [str.rjust if n else str.ljust for _, _, n in m.colonnes]
    return "\n".join("  ".join(pad[i](c, widths[i]) for i, c in enumerate(r)).rstrip()
                     for r in rows)


# --- block -------------------------------------------------------------------------------------
def notes(m: Model) -> str:
    """Explanations of the states that a table holds."""
    seen = {c.texte for line in m.lignes for c in line.cells}
    said = {formats.SECRET: "s. : valeur non diffusée pour protéger les personnes ; ce n’est pas "
                            "un zéro.",
            formats.ND: "n.d. : valeur non disponible dans les sources de cette édition."}
    return " ".join(t for s, t in said.items() if s in seen)


def credits(page: state.Page, frame: pd.DataFrame, champ: str | None, source: str | None) -> str:
    """« Champ : … Source : … » from the arguments, else from the frame."""
    attrs = frame.attrs.get("cepkit", {})
    champ = champ if champ is not None else attrs.get("champ")
    source = source if source is not None else attrs.get("source")
    source = source or page.meta.get("donnees", {}).get("fournisseur")
    said = f"Champ : {champ.rstrip('.')}. " if champ else ""
    return said + (f"Source : {source.rstrip('.')}." if source else "")


def badge(page: state.Page) -> str:
    """The « Données fictives » badge of a caption."""
    return f' <span class="tag-fict">{FICTIF}</span>' if page.fictif else ""


def table(frame: pd.DataFrame, *, titre: str, id: str | None = None, mesure: str = "",
          colonnes: Mapping[str, str | Col] | None = None, groupe: str | None = None,
          source: str | None = None, champ: str | None = None, note: str | None = None) -> Block:
    """A table in the order of the frame: caption, units, states, sources.

    frame: indicator rows or any tidy frame; codes are replaced by their French labels.
    colonnes: {column: header or Col}; "intervalle" and "ecart_intervalle" stand for the bounds.
    groupe: column whose labels become group rows. `titre` states the finding, `mesure` the
    measure, field, unit and date.
    """
    page = state.of_frame(frame)
    if colonnes is None:
        colonnes = {c: h for c, h in default_columns(frame).items() if c != groupe}
    m = model(frame, colonnes, groupe, page)
    repere = page.repere(id) if id else None
    name = f"Tableau {repere}" if repere else titre
    rep = f'<span class="rep">{esc(name)}{badge(page)}</span>' if repere or page.fictif else ""
    sub = f'<span class="sub">{esc(mesure)}</span>' if mesure else ""
    foot = " ".join(p for p in (note, notes(m), credits(page, frame, champ, source)) if p)
    body = html(m, caption=f'{rep}<strong class="ft">{esc(titre)}</strong>{sub}',
                label=f"{name} : {titre}" if repere else f"Tableau : {titre}")
    ident = f' id="{anchor(repere)}"' if repere else ""
    page_html = f'<div class="tblock"{ident}>{body}<p class="src">{esc(foot)}</p></div>'
    return Block("tableau", page_html, _markdown_block(m, page, titre, mesure, foot, repere),
                 f"{fr(titre)}\n{text(m)}\n{fr(foot)}", repere=repere, frame=frame,
                 titre=fr(titre),
                 table={"titre": fr(titre), "mesure": fr(mesure), "note": fr(foot), **m.plain()})


def _markdown_block(m: Model, page: state.Page, titre: str, mesure: str, foot: str,
                    repere: str | None) -> str:
    ident = "tbl-" + anchor(repere)[2:] if repere else None
    measure = " — ".join(p for p in (mesure, FICTIF if page.fictif else "") if p)
    parts = [styled("Repère", md(f"Tableau {repere}")) if repere else "",
             markdown(m, caption=titre, ident=ident),
             styled("Mesure", md(measure)) if measure else "", styled("Source", md(foot))]
    return "\n\n".join(p for p in parts if p)


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
    heads["reference"] = reference_name(frame).capitalize()
    if "reference" in frame_columns and page.code != codes.FRANCE:
        heads["valeur"] = page.nom
    elif "valeur" in frame_columns:
        heads["valeur"] = "Valeur"
    free = [c for c in frame.columns if c in page.meta.get("nomenclatures", {})]
    keys = [c for c in frame.columns if c in heads and c in KEYS or c in free]
    rest = [c for c in heads if c in frame_columns and c not in keys]
    return {c: heads.get(c) or state.label(page, "dimension", c) for c in [*keys, *rest]}
