"""The follow-up workbook `suivi.xlsx`: `create`, `read`, and what of it is `publishable`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
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
__all__ = ["Suivi", "actors", "create", "empty", "operators", "printable_columns", "publishable",
           "read", "read_all", "sheets"]


def read(path: Path, edition: Edition) -> Suivi:
    """Read a workbook: rows in canonical columns, every problem in French, nothing raised.

    A missing file gives an empty workbook: a region may not have started yet. Remarks imported
    from Word copies join the sheet `remarques`.
    """
    path = Path(path)
    rows, problems = imported.read(path.parent)
    suivi = read_sheets(path, edition, {REMARQUES: imported.completing(rows)}) \
        if path.exists() else empty()
    sheets_read = suivi.lignes | {REMARQUES: imported.joined(
        suivi.lignes[REMARQUES], rows, blank(REMARQUES))}
    return Suivi(sheets_read, [*suivi.problemes, *problems,
                               *rules.check(sheets_read, edition.annee, path.name)])


def read_all(paths: Paths, edition: Edition) -> dict[str, Suivi]:
    """The workbooks of the eighteen regions, empty where there is none."""
    return {code: read(paths.region(code) / "suivi.xlsx", edition) for code in REGIONS}


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
