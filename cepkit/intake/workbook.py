"""The follow-up workbook `suivi.xlsx`: `create`, `read`, and what of it is `publishable`."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from cepkit.codes import REGIONS
from cepkit.edition.project import Paths
from cepkit.edition.schema import Edition
from cepkit.intake import imported
from cepkit.intake import workbook_rules as rules
from cepkit.intake.workbook_read import Suivi, blank, empty, read_sheets
from cepkit.intake.workbook_schema import actors, operators, printable_columns, sheets
from cepkit.intake.workbook_write import create

REMARQUES = "remarques"
__all__ = ["Suivi", "actors", "create", "empty", "of_region", "operators", "printable_columns",
           "publishable", "read", "read_all", "sheets"]


def read(path: Path, edition: Edition, *, beside: Path | None = None) -> Suivi:
    """Read a workbook: rows in canonical columns, every problem in French, nothing raised.

    A missing file gives an empty workbook: a region may not have started yet. Remarks imported
    from Word copies (`remarques/`, next to the workbook or in `beside`) join its sheet.
    """
    path = Path(path)
    rows, problems = imported.read(beside or path.parent)
    suivi = read_sheets(path, edition, {REMARQUES: imported.completing(rows)}) \
        if path.exists() else empty()
    sheets_read = suivi.lignes | {REMARQUES: imported.joined(
        suivi.lignes[REMARQUES], rows, blank(REMARQUES))}
    return Suivi(sheets_read, [*suivi.problemes, *problems,
                               *rules.check(sheets_read, edition.annee, path.name)],
                 suivi.illisible)


def read_all(paths: Paths, edition: Edition) -> dict[str, Suivi]:
    """The workbooks of the eighteen regions, empty where there is none."""
    return {code: of_region(paths, code, edition) for code in REGIONS}


def of_region(paths: Paths, code: str, edition: Edition) -> Suivi:
    """A region's workbook. One that cannot be opened now (locked, half saved) is read as it was
    the last time: a run does not print an empty follow-up because a program holds the file."""
    path = paths.region(code) / "suivi.xlsx"
    kept = paths.cache / "classeurs" / code / path.name
    suivi = read(path, edition)
    if suivi.illisible and kept.exists():
        last = read(kept, edition, beside=path.parent)
        found = [replace(p, message=f"{p.message} La version lue la fois précédente est employée.")
                 for p in suivi.problemes if p.fichier == path.name]
        return Suivi(last.lignes, [*found, *last.problemes])
    if path.exists() and not suivi.illisible:
        _keep(path, kept)
    return suivi


def _keep(path: Path, kept: Path) -> None:
    with contextlib.suppress(OSError):  # without a copy, the next run only has less to fall back on
        data = path.read_bytes()
        if not kept.exists() or kept.read_bytes() != data:
            kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            kept.write_bytes(data)


# ---- what may be printed ------------------------------------------------------------------


def _meeting(row: dict) -> dict | None:
    """Held exchanges only; the invited are told for the yearly CREFOP meeting alone."""
    if row["etat"] != "Tenue":
        return None
    yearly = row["forme"] == "Réunion annuelle au CREFOP"
    return row | {"invites": row["invites"] if yearly else []}


NATURES = {"R": "rencontre", "D": "document", "K": "coopération"}


def _finding(row: dict) -> dict | None:
    """« Publiable » rules: without attribution, neither actors nor the number of the source."""
    attributed = row["publiable"] == "Oui, attribué" and row["valide_le"] is not None
    if not (attributed or row["publiable"] == "Oui, sans attribution"):
        return None
    kinds = dict.fromkeys(NATURES.get(s[:1], "") for s in rules.references(row["source"]))
    row = row | {"source_nature": ", ".join(k for k in kinds if k)}
    return row if attributed else row | {"acteurs": [], "source": ""}


def _when(column: str, *values: str) -> Callable[[dict], dict | None]:
    return lambda row: row if row[column] in values else None


def _filled(column: str) -> Callable[[dict], dict | None]:
    return lambda row: row if row[column] else None


def _agreement(row: dict) -> dict | None:
    complete = not rules.consent_gaps(SimpleNamespace(**row))
    return row if complete and row["diffusion"] != "Usage interne" else None


PRINTED: dict[str, Callable[[dict], dict | None]] = {
    "rencontres": _meeting,
    "constats": _finding,
    "cooperations": _when("publiable", "Oui"),
    "plan_actions": lambda row: row,
    "documents": _when("public", "Oui"),
    "remarques": _when("traitement", "Divergence maintenue"),
    "investigations": _filled("declaree_le"),
    "consentements": _agreement,
    "jalons": _filled("date_realisee"),
}


def _json(value):
    return value.isoformat() if isinstance(value, dt.date) else value


def publishable(suivi: Suivi) -> dict[str, list[dict]]:
    """Rows and columns that may reach an output, JSON-ready (dates ISO, several values lists).

    Sheets in their order, without `alertes`; columns are those of `printable_columns(sheet)`.
    """
    printed = {}
    for feuille, keep in PRINTED.items():
        columns = printable_columns(feuille)
        rows = (keep(r) for r in suivi.lignes[feuille])
        printed[feuille] = [{c: _json(r[c]) for c in columns} for r in rows if r is not None]
    return printed
