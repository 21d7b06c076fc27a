"""`tables.xlsx` of a region: the frames behind the figures and tables of its notebooks.

One sheet a block, a contents sheet first. Values are those that the pages show: withheld cells
stay « s. », missing ones « n.d. ». Texts are written as texts, never as formulas or links.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Mapping
from typing import Any

import nbformat
import xlsxwriter

from cepkit.formats import ND
from cepkit.text import typography

BLOC = "application/vnd.cepkit.bloc+json"
KEYS = "Clés"  # sheet: key of the published value of each cell
_FIRST = 3  # row of the first line of a table
_CREATED = dt.datetime(2023, 1, 1)  # fixed: same inputs, same bytes
SECRET = "Secret statistique"
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")


def _shown(notebook: bytes) -> list[dict[str, Any]]:
    node = nbformat.reads(notebook.decode("utf-8"), as_version=4)
    outputs = (o for cell in node.cells for o in cell.get("outputs", []))
    return [o.data[BLOC] for o in outputs if BLOC in o.get("data", {})]


def blocks(notebooks: Mapping[str, bytes]) -> tuple[list[dict[str, Any]], bool]:
    """(blocks with a table, in reading order, each once; whether the data are fictitious)."""
    shown = [b for _, notebook in sorted(notebooks.items()) for b in _shown(notebook)]
    found: list[dict[str, Any]] = []
    for block in shown:
        if (block.get("table") or {}).get("columns") and not any(
                (f["repere"], f["table"]) == (block["repere"], block["table"]) for f in found):
            found.append(block)
    return found, any((b.get("meta") or {}).get("fictif") for b in shown)


def year(notebooks: Mapping[str, bytes]) -> str:
    """Year that the pages observe, as their own identity says it; empty when none says it."""
    metas = (b.get("meta") or {} for n in notebooks.values() for b in _shown(n))
    return next((str(m["annee"]) for m in metas if m.get("annee")), "")


def workbook(notebooks: Mapping[str, bytes], identity: Mapping[str, str], title: str) -> bytes:
    """The workbook's bytes. `identity` goes to the `cepkit_*` document properties."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
               "strings_to_numbers": False, "nan_inf_to_errors": True}
    found, fictif = blocks(notebooks)
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": title, "author": "", "created": _CREATED})
        for key, value in identity.items():
            book.set_custom_property(f"cepkit_{key}", str(value), "text")
        styles = {"head": book.add_format({"bold": True, "text_wrap": True, "valign": "top",
                                           "bottom": 2}),
                  "title": book.add_format({"bold": True, "font_size": 13}),
                  "text": book.add_format({"text_wrap": True, "valign": "top"}),
                  "number": book.add_format({"num_format": "#,##0.0#"})}
        contents = book.add_worksheet("Sommaire")
        used = {"sommaire", SECRET.lower(), KEYS.lower()}
        listed = [_sheet(book, styles, b, used) for b in found]
        _contents(contents, styles, title, [*listed, *_secrecy(book, styles, _secret(notebooks))])
        _keys(book.add_worksheet(KEYS), styles, title, [
            (name, b["table"].get("keys") or ()) for (name, _), b in zip(listed, found,
                                                                        strict=True)])
        for sheet in book.worksheets():
            sheet.set_paper(9)  # A4
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            if fictif:
                sheet.write_string(1, 0, "Données fictives", styles["title"])
    return buffer.getvalue()


def _secret(notebooks: Mapping[str, bytes]) -> list[str]:
    """Rule of statistical secrecy and limits of its guarantee, as the pages carry them."""
    metas = ((b.get("meta") or {}).get("secret") for n in notebooks.values() for b in _shown(n))
    said = next((m for m in metas if m and m.get("regle")), None)
    return [said["regle"], *said["limites"]] if said else []


def _secrecy(book, styles, said: list[str]) -> list[tuple[str, str]]:
    """A last sheet « Secret statistique », one sentence a row."""
    if not said:
        return []
    sheet = book.add_worksheet(SECRET)
    sheet.write_string(0, 0, SECRET, styles["title"])
    for row, text in enumerate(["Une valeur non diffusée s’écrit « s. ».", *said], start=2):
        sheet.write_string(row, 0, typography(text), styles["text"])
        sheet.set_row(row, 15 * (1 + len(text) // 95))  # LibreOffice does not grow it by itself
    sheet.set_column(0, 0, 100)
    return [(SECRET, "Règle, et limites de la garantie")]


def _sheet(book, styles, block: Mapping[str, Any], used: set[str]) -> tuple[str, str]:
    """One block on one sheet; (name of the sheet, title of the block)."""
    name = _sheet_name(block.get("repere") or block.get("titre") or "Tableau", used)
    sheet = book.add_worksheet(name)
    title = block.get("titre") or name
    sheet.write_string(0, 0, title, styles["title"])
    table = block["table"]
    for column, label in enumerate(table["columns"]):
        sheet.write_string(2, column, str(label), styles["head"])
    for row, values in enumerate(table["rows"], start=_FIRST):
        for column, value in enumerate(values):
            _cell(sheet, row, column, value, styles["number"])
    sheet.set_column(0, len(table["columns"]) - 1, 22)
    sheet.freeze_panes(3, 0)
    return name, title


def _keys(sheet, styles, title: str, listed: list[tuple[str, Any]]) -> None:
    """One line a keyed cell: where it stands, and the key of its value."""
    sheet.write_string(0, 0, f"{title} : clé de chaque valeur", styles["title"])
    for column, label in enumerate(("Feuille", "Cellule", "Clé")):
        sheet.write_string(2, column, label, styles["head"])
    row = _FIRST
    for name, keys in listed:
        for (i, j), cle in _flat(keys):
            place = xlsxwriter.utility.xl_rowcol_to_cell(_FIRST + i, j)
            for column, text in enumerate((name, place, cle)):
                sheet.write_string(row, column, text)
            row += 1
    sheet.set_column(0, 1, 14)
    sheet.set_column(2, 2, 90)


def _flat(keys: Any) -> list[tuple[tuple[int, int], str]]:
    return [((i, j), cle) for i, line in enumerate(keys) for j, cle in enumerate(line) if cle]


def _cell(sheet, row: int, column: int, value: Any, decimal: Any) -> None:
    if value is None or (isinstance(value, float) and value != value):
        sheet.write_string(row, column, ND)
    elif isinstance(value, bool):
        sheet.write_string(row, column, "oui" if value else "non")
    elif isinstance(value, (int, float)):
        sheet.write_number(row, column, value, None if float(value).is_integer() else decimal)
    else:
        sheet.write_string(row, column, str(value))


def _sheet_name(text: str, used: set[str]) -> str:
    """A lawful name, at most 31 characters, used once (Excel ignores case)."""
    base = _FORBIDDEN.sub(" ", text).strip()[:31] or "Tableau"
    name, number = base, 1
    while name.lower() in used:
        number += 1
        name = f"{base[:27]} ({number})"
    used.add(name.lower())
    return name


def _contents(sheet, styles, title: str, listed: list[tuple[str, str]]) -> None:
    sheet.write_string(0, 0, title, styles["title"])
    for column, label in enumerate(("Feuille", "Contenu")):
        sheet.write_string(2, column, label, styles["head"])
    for row, (name, text) in enumerate(listed, start=3):
        sheet.write_url(row, 0, f"internal:'{name}'!A1", string=name)
        sheet.write_string(row, 1, text)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 90)
