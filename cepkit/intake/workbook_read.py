"""Read `suivi.xlsx`: recognised sheets and columns, typed cells, every problem at its row."""

from __future__ import annotations

import datetime as dt
import functools
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from python_calamine import CalamineError, CalamineWorkbook

from cepkit.codes import REGIONS, region_name
from cepkit.edition.schema import Edition
from cepkit.errors import Problem
from cepkit.intake import guards
from cepkit.intake.workbook_schema import AUTRE, NOTE, Column, Sheet, lists, sheets
from cepkit.text import fold, nearest, suggestion

if TYPE_CHECKING:
    import pandas as pd

SIZE, INFLATED = 20, 300  # megabytes of a workbook, on the disk and once inflated
AGAIN = "ouvrez-le et enregistrez-le de nouveau au format xlsx."
IGNOREES = {"exemple", "aide"}
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
PHONE = re.compile(r"(?<!\d)(?:\+33|0)[ .]?[1-9](?:[ .-]?\d{2}){4}(?!\d)")
NAMED = re.compile(r"\b(?:M\.|Mme|Mlle|Monsieur|Madame)\s+[A-ZÉÈ][\w’'-]+")


@dataclass(frozen=True)
class Suivi:
    """A region's workbook: rows of each sheet (canonical columns, `ligne` = spreadsheet row).

    Text cells are `""` when empty, multiple ones lists, dates `datetime.date` or None.
    """

    lignes: dict[str, list[dict]]
    problemes: list[Problem] = field(default_factory=list)
    illisible: bool = False

    @functools.cached_property
    def feuilles(self) -> dict[str, pd.DataFrame]:
        """The same rows as one frame a sheet; pandas is imported here only."""
        import pandas as pd

        columns = {nom: ["ligne", *(c.nom for c in s.colonnes)] for nom, s in sheets().items()}
        return {nom: pd.DataFrame(rows, columns=columns[nom], dtype=object)
                for nom, rows in self.lignes.items()}

    @property
    def rempli(self) -> bool:
        """True when a sheet other than the prefilled calendar holds a row."""
        return any(rows for nom, rows in self.lignes.items() if nom != "jalons")


def empty() -> Suivi:
    """A workbook without any row (region without `suivi.xlsx`)."""
    return Suivi({nom: [] for nom in sheets()})


def blank(feuille: str) -> dict[str, object]:
    """Every column of a sheet, empty."""
    return {c.nom: _empty(c) for c in sheets()[feuille].colonnes}


def bare(header) -> str:
    """Folded header without star nor parenthesis: « Date de publication * (D) » -> text."""
    return fold(re.sub(r"\(.*?\)|\*", " ", str(header)))


# ---- recognising sheets and columns -------------------------------------------------------


def match_names(found: Sequence[str], wanted: Sequence[str]) -> dict[str, str]:
    """Pair names of the file with declared ones: equal once folded, then nearest.

    >>> match_names(["Rencontre", "constats"], ["rencontres", "constats"])
    {'constats': 'constats', 'rencontres': 'Rencontre'}
    """
    by_bare = {bare(f): f for f in reversed(found)}
    pairs = {w: by_bare[bare(w)] for w in wanted if bare(w) in by_bare}
    for w in wanted:
        free = [f for f in found if f not in pairs.values() and bare(f)]
        if w not in pairs and (close := nearest(bare(w), [bare(f) for f in free])):
            candidate = by_bare[close]
            if nearest(close, [bare(x) for x in wanted if x not in pairs]) == bare(w):
                pairs[w] = candidate
    return pairs


def _header_row(rows: Sequence[Sequence], sheet: Sheet) -> int:
    """Index of the header: of the first five rows, the one with most known titles."""
    known = {bare(c.titre) for c in sheet.colonnes}
    scores = [sum(bare(cell) in known for cell in row) for row in rows[:5]]
    return max(range(len(scores)), key=lambda i: scores[i]) if scores else 0


def _match_columns(header: Sequence, sheet: Sheet, where: dict) -> tuple[dict, list[Problem]]:
    titles = {c.titre: c for c in sheet.colonnes}
    found = [str(cell) for cell in header]
    pairs = match_names(found, list(titles))
    problems = []
    for title, column in titles.items():
        if title not in pairs:
            problems.append(Problem(
                f"la colonne « {title} » est absente.", bloquant=column.etoile, **where,
                reparation="remettez cet en-tête en première ligne."))
        elif bare(pairs[title]) != bare(title):
            problems.append(Problem(
                f"la colonne « {pairs[title]} » est lue comme « {title} ».", bloquant=False,
                **where))
    for name in dict.fromkeys(n for n in found if n.strip() and found.count(n) > 1):
        problems.append(Problem(f"la colonne « {name} » figure plusieurs fois : la première est "
                                "lue.", bloquant=False, **where))
    for name in found:
        if name.strip() and name not in pairs.values():
            problems.append(Problem(f"la colonne « {name} » n’est pas connue : elle est ignorée.",
                                    bloquant=False, **where))
    places = {titles[t].nom: found.index(name) for t, name in pairs.items()}
    return places, problems


# ---- reading cells ------------------------------------------------------------------------


def _text(value) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, dt.datetime):
        value = value.date()
    return "" if value is None else str(value).strip()


def parse_date(value) -> dt.date | None:
    """A date cell, or French or ISO text: "17/04/2023", "2023-04-17"; ValueError otherwise."""
    if isinstance(value, dt.datetime):
        value = value.date()
    if not isinstance(value, dt.date):
        text = _text(value)
        french = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text)
        value = (dt.date(*(int(g) for g in reversed(french.groups()))) if french
                 else dt.date.fromisoformat(text[:10]))
    if not 2000 <= value.year <= 2100:
        raise ValueError(value)
    return value


def _variants(value: str) -> Iterable[str]:
    """What a user may write for a list value: itself, its code, its parts around ( )."""
    yield fold(value)
    if code := re.match(r"V\d\.\d", value):
        yield fold(code[0])
    if inside := re.fullmatch(r"(.+?) \((.+)\)", value):
        yield fold(inside[1])
        if value != AUTRE:
            yield fold(inside[2])


def _choices(liste: str, annee: int) -> dict[str, str]:
    values = {v: x for x in lists(annee)[liste] for v in _variants(x)}
    if liste == "acteurs":
        values |= {fold(n): lists(annee)["acteurs"][0] for n in ("Pôle emploi", "France Travail")}
    if liste == "regions":
        values |= {fold(code): region_name(code) for code in REGIONS}
    if liste == "questions":
        values = {v: x[:4] for v, x in values.items()}
    return values


def _choice(value, column: Column, annee: int) -> str:
    choices = _choices(column.liste, annee)
    if column.liste == "questions":
        value = _text(value)[:4]
    if fold(value) in choices:
        return choices[fold(value)]
    known = lists(annee)[column.liste]
    raise ValueError(f"n’est pas dans la liste.{suggestion(value, known)}"
                     + ("" if len(known) > 9 else f" Valeurs admises : {', '.join(known)}."))


def _date(value, column: Column, annee: int) -> dt.date:
    try:
        return parse_date(value)
    except ValueError:
        raise ValueError("n’est pas une date. Écrivez-la ainsi : 17/04/2023.") from None


def _year(value, column: Column, annee: int) -> str:
    text = _text(value)
    if not re.fullmatch(r"20\d\d", text):
        raise ValueError("n’est pas une année. Écrivez-la ainsi : 2022.")
    return text


def _date_or_year(value, column: Column, annee: int) -> str:
    if re.fullmatch(r"(19|20)\d\d(-(0[1-9]|1[0-2]))?", _text(value)):
        return _text(value)
    try:
        return parse_date(value).isoformat()
    except ValueError:
        raise ValueError("n’est ni une date ni une année (2022, 2022-06 ou 20/06/2022).") from None


def _number(value, column: Column, annee: int) -> float | int:
    text = re.sub(r"[\s\u00a0\u202f]", "", _text(value)).replace(",", ".")
    try:
        number = float(text)
    except ValueError:
        raise ValueError("n’est pas un nombre.") from None
    return int(number) if number.is_integer() else number


def _several(value, column: Column, annee: int) -> list[str]:
    parts = [p.strip() for p in re.split(r"[;\n]", _text(value)) if p.strip()]
    return list(dict.fromkeys(_choice(p, column, annee) for p in parts))


def _plain(value, column: Column, annee: int) -> str:
    return _text(value)


PARSERS = {"T": _plain, "R": _plain, "L": _choice, "M": _several, "D": _date, "Y": _year,
           "A": _date_or_year, "N": _number}


def _empty(column: Column):
    return {"M": [], "D": None, "N": None}.get(column.kind, "")


def _private(text: str, column: Column, where: dict) -> list[Problem]:
    """People are named by function only: addresses and numbers refused where printing is lawful."""
    problems = []
    if EMAIL.search(text) or PHONE.search(text):
        problems.append(Problem(
            f"« {column.titre} » contient une adresse électronique ou un téléphone.", **where,
            bloquant=column.nom != NOTE, reparation="désignez la personne par sa fonction."))
    if column.nom != NOTE and NAMED.search(text):
        problems.append(Problem(
            f"« {column.titre} » semble contenir un nom de personne.", **where, bloquant=False,
            reparation="désignez la personne par sa fonction."))
    return problems


def _cell(value, column: Column, annee: int, where: dict) -> tuple[object, list[Problem]]:
    text = _text(value)
    if not text:
        missing = Problem(f"« {column.titre} » est vide.", regle="colonne obligatoire", **where)
        return _empty(column), [missing] if column.obligatoire else []
    try:
        parsed = PARSERS[column.kind](value, column, annee)
    except ValueError as error:
        return _empty(column), [Problem(
            f"« {column.titre} » : « {text} » {error}", valeur=text, **where)]
    return parsed, _private(text, column, where)


# ---- sheets and the whole workbook --------------------------------------------------------


def _is_row(row: Sequence, places: dict) -> bool:
    number = fold(_text(row[places["n"]])) if "n" in places else ""
    if number in IGNOREES:
        return False
    return any(_text(row[j]) for nom, j in places.items() if nom != "n")


def _read_sheet(rows, sheet: Sheet, annee: int, where: dict,
                known: Mapping[str, dict]) -> tuple[list[dict], list[Problem]]:
    """Rows of a sheet; `known` completes the empty cells of the rows whose number it holds."""
    top = _header_row(rows, sheet)
    places, problems = _match_columns(rows[top] if rows else [], sheet, where)
    records = []
    for line, row in enumerate(rows[top + 1:], start=top + 2):
        if not _is_row(row, places):
            continue
        record, here = {"ligne": line}, where | {"lignes": (line,)}
        more = known.get(_text(row[places["n"]]) if "n" in places else "", {})
        for column in sheet.colonnes:
            value = row[places[column.nom]] if column.nom in places else None
            value = value if _text(value) else more.get(column.nom)
            record[column.nom], found = _cell(value, column, annee, here)
            problems += found if column.nom in places else []
        record["n"] = record["n"] or f"{sheet.prefixe}-ligne{line}"
        records.append(record)
    return records, problems


def _open(path: Path) -> CalamineWorkbook | Problem:
    where = {"fichier": path.name, "classe": "parametres"}
    try:
        if found := guards.oversize(path, SIZE, INFLATED):
            return Problem(found, **where, reparation="repartez d’un classeur neuf.")
        with guards.compiled():
            return CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
    except OSError:
        return Problem("le classeur est verrouillé par un autre programme.", **where,
                       reparation="fermez-le, puis relancez.")
    except (CalamineError, zipfile.BadZipFile):
        return Problem("le classeur n’est pas lisible.", **where, reparation=AGAIN)


def _rows(book: CalamineWorkbook, name: str) -> list[list] | None:
    """Cells of a sheet; None when its part of the file is damaged."""
    try:
        with guards.compiled():
            return book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (CalamineError, OSError, IndexError):
        return None


def read_sheets(path: Path, edition: Edition,
                known: Mapping[str, Mapping[str, dict]] | None = None) -> Suivi:
    """Read every sheet; cross rules are not applied here.

    known: {sheet: {number: {column: value}}}, what completes the empty cells of a row.
    """
    book = _open(path)
    if isinstance(book, Problem):
        return Suivi(empty().lignes, [book], True)
    found = [s for s in book.sheet_names if fold(s) not in ("lisez moi", "listes")]
    pairs = match_names(found, list(sheets()))
    found_rows, problems = empty().lignes, []
    for nom, sheet in sheets().items():
        where = {"fichier": path.name, "feuille": pairs.get(nom, nom), "classe": "parametres"}
        if nom not in pairs:
            problems.append(Problem(
                f"la feuille « {nom} » est absente.", **where,
                reparation="rendez-lui ce nom, ou recopiez-la d’un classeur neuf."))
            continue
        rows = _rows(book, pairs[nom])
        if rows is None:
            problems.append(Problem("la feuille est abîmée : elle n’est pas lue.", **where,
                                    reparation=AGAIN))
            continue
        found_rows[nom], more = _read_sheet(rows, sheet, edition.annee, where,
                                            (known or {}).get(nom, {}))
        problems += more
    for name in found:
        if name not in pairs.values():
            problems.append(Problem(f"la feuille « {name} » n’est pas connue : elle est ignorée.",
                                    fichier=path.name, bloquant=False, classe="parametres"))
    return Suivi(found_rows, problems)
