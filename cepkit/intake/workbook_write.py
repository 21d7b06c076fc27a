"""Write `suivi.xlsx` with XlsxWriter: same edition, same rows, same bytes."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from cepkit.edition.schema import Edition
from cepkit.errors import UsageError
from cepkit.intake.workbook_schema import Column, Sheet, lists, sheets
from cepkit.text import fold, nearest

NUMEROTEES = 50  # rows whose number is prefilled
VALIDEES = 500  # last row with drop-down lists
INK, INK2, REGION, WASH, RULE = "#1B262E", "#4B5761", "#0B5E7D", "#F2F5F6", "#C8CED2"
WIDTHS = {"T": 34, "L": 24, "M": 30, "D": 14, "A": 14, "N": 11, "R": 14, "Y": 11}
STEPS = {  # folded word of the edition's calendar -> step of the list « Étape »
    "atelier": "Atelier France compétences",
    "nouvelle": "Nouvelle livraison du jeu de données",
    "donnees": "Réception du jeu de données",
    "brouillon": "Brouillon prêt",
    "conseil": "Validation par le conseil d’administration",
    "operateur": "Envoi aux opérateurs",
    "partage": "Envoi aux opérateurs",
    "cloture": "Clôture du dialogue",
    "reunion": "Réunion annuelle au CREFOP",
    "presentation": "Présentation au CREFOP",
    "crefop": "Présentation au CREFOP",
    "remise": "Remise à France compétences",
}
MODE_EMPLOI = (
    "Une feuille par sujet, une ligne par fait. Les en-têtes marqués * sont à remplir dès que la "
    "ligne est commencée.",
    "La ligne 2 aide à remplir ; la ligne 3 est un exemple : son N° est EXEMPLE, elle est toujours "
    "ignorée. Une ligne qui ne porte que son N° l’est aussi.",
    "Plusieurs valeurs dans une cellule se séparent par « ; ».",
    "Les personnes sont désignées par leur fonction : ni nom, ni adresse électronique, ni "
    "téléphone.",
    "La colonne « Note interne » et la feuille « alertes » ne sont jamais imprimées. Ce classeur "
    "n’est joint à aucun envoi.",
)


def step_of(etape: str, libelle: str = "") -> str:
    """Step of the list « Étape » for an entry of the edition's calendar.

    >>> step_of("remise")
    'Remise à France compétences'
    """
    steps = lists(2022)["etape"]
    known = {fold(s): s for s in steps}
    for text in (fold(etape), fold(libelle)):
        if text in known:
            return known[text]
        for word, step in STEPS.items():
            if word in text:
                return step
    return nearest(libelle or etape, steps) or steps[-1]


def calendar_rows(edition: Edition) -> list[dict]:
    """Rows of `jalons` from the edition's dates; the sending takes one row an operator."""
    rows = []
    for jalon in edition.calendrier:
        etape = step_of(jalon.etape, jalon.libelle)
        row = {"etape": etape, "date_prevue": jalon.date}
        if etape == "Envoi aux opérateurs":
            version = "Partagée avec les opérateurs"
            operators = lists(edition.annee)["acteurs"][:5]
            rows += [row | {"version": version, "destinataire": o} for o in operators]
        else:
            rows.append(row | ({"note_interne": jalon.libelle} if jalon.libelle else {}))
    return rows


class _Formats:
    """The cell formats of one workbook."""

    def __init__(self, book: xlsxwriter.Workbook):
        base = {"font_name": "Arial", "font_size": 10, "font_color": INK, "valign": "top"}
        wrap = base | {"text_wrap": True}
        self.text = book.add_format(wrap | {"num_format": "@"})
        self.plain = book.add_format(wrap)
        self.number = book.add_format(wrap | {"num_format": "General", "align": "right"})
        self.date = book.add_format(wrap | {"num_format": "dd/mm/yyyy", "align": "left"})
        self.code = book.add_format(base | {"font_color": INK2})
        self.head = book.add_format(
            wrap | {"bold": True, "bg_color": REGION, "font_color": "#FFFFFF", "valign": "vcenter",
                    "border": 1, "border_color": RULE})
        self.help = book.add_format(
            wrap | {"italic": True, "font_color": INK2, "bg_color": WASH, "font_size": 9})
        self.example = book.add_format(
            wrap | {"italic": True, "font_color": INK2, "bottom": 2, "bottom_color": RULE})
        self.title = book.add_format(base | {"bold": True, "font_size": 16})
        self.subtitle = book.add_format(base | {"bold": True, "font_size": 11})
        self.link = book.add_format(base | {"font_color": REGION, "underline": 1})

    def of(self, column: Column):
        """Format of the cells of a column."""
        return {"D": self.date, "N": self.number, "Y": self.number}.get(column.kind, self.text)


def _cell(column: Column, value):
    if value is None or value == "":
        return None
    if column.kind == "M" and not isinstance(value, str):
        return " ; ".join(value)
    if column.kind == "D" and isinstance(value, str):
        return dt.date.fromisoformat(value)
    return value


def _ranges(values: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Cell range of each list in the hidden sheet `listes`."""
    letters = {nom: xl_col_to_name(i) for i, nom in enumerate(values)}
    return {nom: f"=listes!${letters[nom]}$2:${letters[nom]}${len(values[nom]) + 1}"
            for nom in values}


def _write_list_sheet(book, values: Mapping[str, tuple[str, ...]]) -> None:
    sheet = book.add_worksheet("listes")
    for i, (nom, items) in enumerate(values.items()):
        sheet.write_column(0, i, [nom, *items])
    sheet.hide()
    sheet.protect()


def _validate(sheet, index: int, column: Column, ranges: Mapping[str, str]) -> None:
    where = (3, index, VALIDEES, index)
    if column.kind == "L":
        sheet.data_validation(*where, {
            "validate": "list", "source": ranges[column.liste], "error_title": "Valeur inconnue",
            "error_message": "Choisissez une valeur de la liste."})
    elif column.kind == "M":
        sheet.data_validation(*where, {
            "validate": "list", "source": ranges[column.liste], "show_error": False,
            "input_title": "Plusieurs valeurs possibles", "input_message": "Séparez par « ; »."})
    elif column.kind == "D":
        sheet.data_validation(*where, {
            "validate": "date", "criteria": "between", "minimum": dt.date(2000, 1, 1),
            "maximum": dt.date(2100, 1, 1), "error_title": "Date attendue",
            "error_message": "Écrivez une date, par exemple 17/04/2023."})


def _columns(page, sheet: Sheet, formats: _Formats, ranges: Mapping[str, str]) -> None:
    for j, column in enumerate(sheet.colonnes):
        page.set_column(j, j, 9 if j == 0 else WIDTHS[column.kind],
                        formats.code if j == 0 else formats.of(column))
        page.write_string(0, j, column.entete, formats.head)
        page.write_string(1, j, column.aide, formats.help)
        page.write_string(2, j, column.exemple, formats.example)
        _validate(page, j, column, ranges)


def _height(sheet: Sheet, row: Mapping) -> float:
    """Height in points that shows every line of the longest cell (Arial 10)."""
    lines = [-(-len(str(_cell(c, row.get(c.nom)) or "")) // (WIDTHS[c.kind] - 2))
             for c in sheet.colonnes[1:]]
    return 13.5 * max(1, *lines) + 2


def _row(page, line: int, sheet: Sheet, row: Mapping, formats: _Formats) -> None:
    unknown = set(row) - {c.nom for c in sheet.colonnes}
    if unknown:
        raise KeyError(f"feuille {sheet.nom} : colonnes inconnues {sorted(unknown)}")
    for j, column in enumerate(sheet.colonnes[1:], start=1):
        value = _cell(column, row.get(column.nom))
        if isinstance(value, dt.date):
            page.write_datetime(line, j, value, formats.date)
        elif value is not None:
            page.write(line, j, value, formats.of(column))
    page.set_row(line, _height(sheet, row))


def _write_sheet(book, sheet: Sheet, rows: list[Mapping], formats, ranges) -> None:
    page = book.add_worksheet(sheet.nom)
    _columns(page, sheet, formats, ranges)
    page.set_row(0, 32)
    page.set_row(1, 38)
    for i in range(max(NUMEROTEES, len(rows))):
        page.write_string(3 + i, 0, f"{sheet.prefixe}{i + 1:03d}", formats.code)
    for i, row in enumerate(rows):
        _row(page, 3 + i, sheet, row, formats)
    page.freeze_panes(1, 2)
    page.autofilter(0, 0, max(NUMEROTEES, len(rows)) + 2, len(sheet.colonnes) - 1)
    page.set_landscape()
    page.set_paper(8)
    page.fit_to_pages(1 + len(sheet.colonnes) // 12, 0)
    page.repeat_rows(0)
    page.repeat_columns(0, 1)


def _read_me(book, titre: str, formats: _Formats) -> None:
    page = book.add_worksheet("lisez_moi")
    page.hide_gridlines(2)
    page.set_column(0, 0, 18)
    page.set_column(1, 1, 52, formats.plain)
    page.set_column(2, 2, 62, formats.plain)
    page.write(0, 0, titre, formats.title)
    page.set_row(0, 26)
    for i, text in enumerate(MODE_EMPLOI, start=2):
        page.merge_range(i, 0, i, 2, text, formats.plain)
        page.set_row(i, 18)
    top = len(MODE_EMPLOI) + 3
    for j, head in enumerate(("Feuille", "Ce qu’on y note", "Ce qui sera imprimé, et où")):
        page.write(top, j, head, formats.head)
    for i, sheet in enumerate(sheets().values(), start=top + 1):
        page.write_url(i, 0, f"internal:'{sheet.nom}'!B4", formats.link, sheet.nom)
        page.write(i, 1, sheet.usage, formats.plain)
        page.write(i, 2, sheet.ou, formats.plain)
        page.set_row(i, 18 if len(sheet.ou) < 76 else 30)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 1)


def create(
    path: Path, *, edition: Edition, rows: Mapping[str, list[Mapping]] | None = None,
    titre: str | None = None, overwrite: bool = False,
) -> Path:
    """Write an empty (or filled) follow-up workbook.

    `rows` maps a sheet to records in canonical columns; without `jalons`, that sheet takes the
    edition's dates. An existing file is refused unless `overwrite` (UsageError).
    """
    path, rows = Path(path), dict(rows or {})
    if path.exists() and not overwrite:
        raise UsageError(f"{path.name} existe déjà : rien n’a été écrit.")
    rows.setdefault("jalons", calendar_rows(edition))
    partial = path.with_name(f".{path.name}.part")
    book = xlsxwriter.Workbook(str(partial))
    book.set_properties({"title": titre or "Classeur de suivi du CEP", "author": "cepkit",
                         "created": dt.datetime(edition.annee, 1, 1)})
    formats = _Formats(book)
    _read_me(book, titre or f"Suivi du CEP, exercice {edition.annee}", formats)
    ranges = _ranges(lists(edition.annee))
    for nom, sheet in sheets().items():
        _write_sheet(book, sheet, list(rows.get(nom, [])), formats, ranges)
    _write_list_sheet(book, lists(edition.annee))
    book.close()
    os.replace(partial, path)
    return path
