"""Labels as canonical codes: codebooks, territories, months, totals, unknown and unsafe labels.

Codes are recognised by code, label or alias, whatever the accents, the case and the hyphens.
Each source value is looked at once (uniques), so the size of the file hardly matters.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import pandas as pd

from cepkit import refdata
from cepkit.codes import ENSEMBLE, FRANCE, OPERATEURS, REGIONS, TOTAL, region_name
from cepkit.edition.schema import Edition, Nomenclature, TableSource
from cepkit.errors import Problem
from cepkit.formats import count
from cepkit.intake.layout import WHOLE, Raw
from cepkit.text import fold, suggestion

METROPOLE = "FRMETRO"  # « France métropolitaine »: never taken for France
LEFT_OUT = "__ecartee__"
_STRICT = ("region", "departement", "operateur", "mesure", "annee")
_UNSAFE = re.compile(r"^\s*[=@]|^\s*[+-]\s*[A-Za-z(]|<\s*[A-Za-z/!]")
_MONTHS = ("janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre",
           "octobre", "novembre", "decembre")


@lru_cache(maxsize=256)
def territories(level: str) -> dict[str, str]:
    """Folded names and codes of regions or departments; codes without their zero too."""
    table = refdata.regions() if level == "region" else refdata.departements()
    book = {fold(n): c for c, n in zip(table["code"], table["nom"], strict=True)}
    prefixed = {f"{level[:3]} {c.lower()}": c for c in table["code"]}  # Insee: REG-53, DEP-22
    return book | prefixed | _code_forms(table["code"])


@lru_cache(maxsize=1)
def home_regions() -> dict[str, str]:
    """Region of each department."""
    table = refdata.departements()
    return dict(zip(table["code"], table["region"], strict=True))


def named(row: pd.Series, edition: Edition) -> str:
    """The key of a row in words: « Bretagne, 2022, Apec, Femmes »."""
    order = ("region", "departement", "annee", "operateur")
    keys = [k for k in (*order, *(k for k in row.index if k not in order)) if k in row.index]
    return ", ".join(label(k, row[k], edition) for k in keys
                     if row[k] != total_code(k) or k == "region")


def label(column: str, code: str, edition: Edition) -> str:
    """Printed name of a code."""
    if column == "region":
        return region_name(code) if code in (*REGIONS, FRANCE) else code
    if column == "mesure":
        return edition.mesures[code].libelle if code in edition.mesures else code
    if column == "departement":
        return department_names().get(code, code)
    nomenclature = edition.nomenclatures.get(column)
    known = nomenclature.modalites if nomenclature else {}
    return known[code].libelle if code in known else code


@lru_cache(maxsize=1)
def department_names() -> dict[str, str]:
    table = refdata.departements()
    return dict(zip(table["code"], table["nom"], strict=True))


def _code_forms(known) -> dict[str, str]:
    """"01" is also written 1 by spreadsheets, unless "1" is a code of its own."""
    known = list(known)
    short = {c.lstrip("0"): c for c in known if c.isdigit() and c.lstrip("0")}
    return {k: v for k, v in short.items() if k not in known} | {fold(c): c for c in known}


def codebook(column: str, edition: Edition) -> dict[str, str] | None:
    """Folded label → code for a canonical column; None when anything is accepted."""
    book: dict[str, str] = {}
    if column in ("region", "departement"):
        book |= territories(column)
    elif column == "mesure":
        book |= {fold(m.libelle): k for k, m in edition.mesures.items()}
        book |= {fold(k): k for k in edition.mesures}
    elif column == "operateur":
        book |= {fold(o): o for o in OPERATEURS}
    nomenclature = edition.nomenclatures.get(column)
    if nomenclature:
        for code, modality in nomenclature.modalites.items():
            labels = (modality.libelle, modality.libelle_court or code, *modality.alias)
            book |= {fold(label): code for label in labels}  # an alias "" is an empty cell
        book |= _code_forms(nomenclature.modalites)
    return book or None


def total_code(column: str) -> str:
    """Code of the total of a column: "FR", "ensemble" or "total"."""
    return {"region": FRANCE, "operateur": ENSEMBLE}.get(column, TOTAL)


def decode(value: str, column: str, book: dict[str, str], totals: set[str]) -> str | None:
    """One source value as a canonical code; None when it is not recognised."""
    folded = fold(value)
    if folded in book:
        return book[folded]
    if column == "region" and (folded.startswith("france") or folded in ("fr", "00", "0")):
        return METROPOLE if "metropolitaine" in folded else FRANCE
    if folded in totals or (column == "departement" and folded == ""):
        return total_code(column)
    return None


def decoded(frame: pd.DataFrame, column: str, table: TableSource, edition: Edition
            ) -> dict[str, str | None] | None:
    """Code of each distinct value of a column; None for an unknown one, or for the whole when
    the column has no code."""
    totals = {fold(t) for t in table.totaux} | {TOTAL, ENSEMBLE}
    values = [v for v in frame[column].unique() if v != WHOLE]
    if column == "mois" and "mois" not in edition.nomenclatures:
        codes = {v: TOTAL if fold(v) in totals else month(v) for v in values}
    elif column == "annee":
        codes = {v: _year(v) for v in values}
    else:
        book = codebook(column, edition)
        if book is None:
            return None
        codes = {v: decode(mended(v), column, book, totals) for v in values}
    return codes | {WHOLE: total_code(column)}


def _year(text: str) -> str | None:
    return text if re.fullmatch(r"(19|20)\d\d", text) else None


def month(text: str) -> str | None:
    """"3", "03", "mars", "mars 2022", "03/2022", "2022-03-01 00:00:00" → "03"; else None."""
    folded = re.sub(r" (?:19|20)\d\d$", "", fold(text))
    named = [i for i, m in enumerate(_MONTHS, 1) if len(folded) > 2 and m.startswith(folded)]
    if len(named) == 1:
        return f"{named[0]:02d}"
    date = re.match(r"(?:19|20)\d\d[-/](\d\d)|(?:\d\d?/)?(\d\d)/(?:19|20)\d\d", text)
    number = re.fullmatch(r"0?(\d|1[0-2])", date[1] or date[2] if date else text)
    return f"{int(number.group(1)):02d}" if number and int(number.group(1)) else None


def unknown(frame: pd.DataFrame, column: str, values: list[str], raw: Raw, edition: Edition,
            records: bool) -> list[Problem]:
    """One problem an unknown value, with the nearest label and what becomes of its rows."""
    strict = column in _STRICT
    kept = not_stated(edition.nomenclatures.get(column))
    what = "dossiers" if records else "lignes"
    effect = "" if strict else (
        f" Les {what} sont comptés en « non renseigné »." if kept and records else
        " Les lignes sont comptées en « non renseigné »." if kept else
        " Ces dossiers manquent aux tables qui lisent cette colonne." if records else
        " Les lignes sont laissées de côté.")
    problems = []
    for value in values:
        place = "une année" if column == "annee" else "dans la nomenclature"
        shown = f"« {value} » n’est pas {place}" if value else "case vide"
        problems.append(told(
            f"{column} : {shown}.{suggestion(value, _labels(column, edition))}{effect}",
            "code_inconnu" if strict else "modalite_inconnue", "codes de la nomenclature", raw,
            frame.loc[frame[column] == value, "ligne"], value or None, _repair(column)))
    return problems


def _labels(column: str, edition: Edition) -> list[str]:
    """What a value of the column may be, as one would write it."""
    if column in ("region", "departement"):
        table = refdata.regions() if column == "region" else refdata.departements()
        return [*table["nom"], *table["code"]]
    if column == "mesure":
        return [m.libelle for m in edition.mesures.values()]
    nomenclature = edition.nomenclatures.get(column)
    return [m.libelle for m in nomenclature.modalites.values()] if nomenclature else list(
        codebook(column, edition) or _MONTHS if column == "mois" else ())


def _repair(column: str) -> str:
    if column in ("region", "departement", "annee", "mois"):
        return "corrigez la valeur dans le fichier."
    if column == "mesure":
        return "ajoutez-la à « mesures »."
    return f"ajoutez-le à nomenclatures.{column} (ou à ses alias)."


def not_stated(nomenclature: Nomenclature | None) -> str | None:
    """Code of the modality « non renseigné » of a nomenclature, if any."""
    modalities = nomenclature.modalites.items() if nomenclature else ()
    return next((c for c, m in modalities
                 if fold(c) in ("non renseigne", "nr") or fold(m.libelle) == "non renseigne"), None)


def told(message: str, cle: str, rule: str, raw: Raw, rows: pd.Series | None = None,
         value: str | None = None, repair: str | None = None) -> Problem:
    """A problem of the data; `rows` are the lines concerned (`ligne`)."""
    lines = () if rows is None else tuple(int(n) for n in dict.fromkeys(rows))
    return Problem(message, "donnees", rule, raw.fichier, raw.feuille, lines, value, repair,
                   cle=cle)


def unsafe(frame: pd.DataFrame, column: str, raw: Raw) -> list[Problem]:
    """Labels that hold a formula or an HTML tag, or text read with the wrong encoding."""
    values = list(frame[column].unique())
    return [told("un libellé contient une formule ou une balise.", "formule_ou_balise",
                 "un libellé est un texte simple", raw, frame.loc[frame[column] == value, "ligne"],
                 value, "remplacez ce libellé par son texte.")
            for value in values if _UNSAFE.search(value)] + altered(
                values, raw, lambda wrong: frame.loc[frame[column].isin(wrong), "ligne"])


def altered(texts: list[str], raw: Raw, rows: Callable[[list[str]], pd.Series | None]
            ) -> list[Problem]:
    """One problem for the texts that were once read in the wrong encoding; `rows` finds them."""
    wrong = [t for t in texts if mended(t) != t]
    if not wrong:
        return []
    more = f" (et {count(len(wrong) - 1, 'autre')})" if len(wrong) > 1 else ""
    return [told(f"texte altéré : « {wrong[0]} » pour « {mended(wrong[0])} »{more}.",
                 "texte_altere", "texte lu dans son encodage", raw, rows(wrong), wrong[0], ALTERED)]


ALTERED = ("déclarez « encodage: utf-8 » si le fichier est en UTF-8, sinon demandez un fichier "
           "enregistré à nouveau.")


def mended(text: str) -> str:
    """« RÃ©gion » → « Région »: UTF-8 once read as cp1252; any other text as it is."""
    if text.isascii():
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text.replace("\ufffd", "?")
