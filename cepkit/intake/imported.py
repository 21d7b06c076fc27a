"""Remarks imported from Word copies: `remarques/*.csv`, append only, one number a remark.

The sheet `remarques` of the workbook holds the analyst's answers, by that number.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cepkit.errors import ParametersError, Problem
from cepkit.intake.workbook_read import EMAIL, PHONE

FOLDER = "remarques"
# column of the file -> canonical name (those of the sheet first)
COLUMNS = {
    "N°": "n", "Version visée": "version", "Reçue le": "recue_le", "Auteur": "auteur",
    "Reçue par": "recue_par", "Repère visé": "repere",
    "Texte ou valeur visés, tels qu’envoyés": "texte_vise", "Remarque": "remarque",
    "Empreinte": "empreinte", "Forme": "forme", "En réponse à": "reponse_a",
    "État dans Word": "etat_word", "Section": "section", "Valeur envoyée": "valeur",
    "Document": "document",
}
A_TRAITER = "À traiter"
LONGEST = 20_000  # characters of a cell
ACTIVE = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would take such a cell for a formula


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(ACTIVE) else text


def _plain(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:].startswith(ACTIVE) else text


def _bare(text: str) -> str:
    """Without e-mail address nor telephone number: people are known by their function."""
    return PHONE.sub("[téléphone]", EMAIL.sub("[adresse]", text))[:LONGEST]


def _text(path: Path) -> str:
    """UTF-8 as we write it, or what a spreadsheet saved it in."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def read(region_folder: Path) -> tuple[list[dict[str, str]], list[Problem]]:
    """Imported remarks of a region in the order of their numbers, and files that are not such."""
    rows, problems = [], []
    for path in sorted((Path(region_folder) / FOLDER).glob("*.csv")):
        try:
            found = list(csv.DictReader(io.StringIO(_text(path), newline=""), delimiter=";"))
        except (OSError, csv.Error):
            found = None
        if not found or not set(COLUMNS) <= set(found[0]):
            problems.append(Problem(
                "ce fichier n’a pas les colonnes d’un import : il n’est pas lu.", bloquant=False,
                classe="parametres", fichier=f"{FOLDER}/{path.name}",
                reparation="supprimez-le, puis relancez « cepkit remarks » sur le document Word."))
            continue
        rows += [{COLUMNS[k]: _plain(v or "") for k, v in row.items() if k in COLUMNS}
                 for row in found]
    return sorted(rows, key=lambda r: r["n"]), problems


def add(region_folder: Path, name: str, rows: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Append to `remarques/<name>.csv` the rows whose « Empreinte » is not known yet, numbered.

    Returns what was added; a file is replaced in one go and only ever grows. Raises
    `ParametersError` when an earlier import cannot be read.
    """
    known, problems = read(region_folder)
    if problems:
        raise ParametersError([replace(p, bloquant=True) for p in problems])
    prints = {r["empreinte"] for r in known}
    numbers = {r["empreinte"]: r["n"] for r in known}
    added: list[dict[str, str]] = []
    for row in rows:
        if row["empreinte"] in prints:
            continue
        prints.add(row["empreinte"])
        number = f"W{len(known) + len(added) + 1:03d}"
        numbers[row["empreinte"]] = number
        added.append({**{k: _bare(v) for k, v in row.items()}, "n": number,
                      "reponse_a": numbers.get(row["reponse_a"], "")})
    if added:
        path = Path(region_folder) / FOLDER / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        _append(path, added)
    return added


def _append(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(COLUMNS), delimiter=";", lineterminator="\r\n")
    if not path.exists():
        writer.writeheader()
    writer.writerows({k: _inert(row[v]) for k, v in COLUMNS.items()} for row in rows)
    before = _text(path) if path.exists() else ""
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes((before + out.getvalue()).encode("utf-8-sig"))
    os.replace(partial, path)


# ---- with the sheet -----------------------------------------------------------------------

FROM_WORD = ("version", "recue_le", "auteur", "recue_par", "repere", "texte_vise", "remarque",
             "empreinte")


def completing(rows: Sequence[Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """What completes a row of the sheet that bears the number of an imported remark."""
    return {r["n"]: {c: r[c] for c in FROM_WORD} for r in rows}


def joined(sheet: Sequence[dict], rows: Sequence[Mapping[str, str]],
           blank: Mapping[str, object]) -> list[dict]:
    """Rows of the sheet, then the imported remarks that it does not answer yet.

    A row answers a remark by its number, or by its print pasted in « Empreinte ». A reply has
    the treatment of the remark it replies to.
    """
    answered = {x: r for r in sheet for x in (r["n"], r["empreinte"]) if x}
    found: dict[str, dict] = {}
    for row in rows:
        if row["n"] in answered or row["empreinte"] in answered:
            continue
        up = answered.get(row["reponse_a"]) or found.get(row["reponse_a"]) or {}
        found[row["n"]] = {
            **blank, **{c: row[c] for c in ("n", *FROM_WORD)}, "ligne": 0,
            "recue_le": dt.date.fromisoformat(row["recue_le"]),
            "traitement": up.get("traitement", A_TRAITER)}
    return [*sheet, *found.values()]
