"""Fictitious follow-up of the demonstration: workbooks and texts of the eighteen regions."""

from __future__ import annotations

import datetime as dt
from importlib import resources
from pathlib import Path

import yaml

from cepkit.codes import REGIONS, in_region
from cepkit.edition.schema import Edition
from cepkit.intake import texts, workbook
from cepkit.intake.workbook_write import calendar_rows

REMPLIES = ("04", "53", "84")
SHEETS = ("rencontres", "constats", "cooperations", "plan_actions", "documents", "remarques",
          "consentements", "alertes")


def _declared(code: str) -> dict:
    text = resources.files("cepkit.demo").joinpath(f"suivi/{code}.yml").read_text("utf-8")
    return yaml.safe_load(text)


def _milestones(edition: Edition, until: dt.date) -> list[dict]:
    """Calendar of a region: steps up to `until` are done on their day, one operator is silent."""
    rows = calendar_rows(edition)
    for row in rows:
        if row["date_prevue"] > until:
            continue
        row["date_realisee"] = row["date_prevue"]
        if row.get("destinataire"):
            answered = row["destinataire"] != "Missions locales"
            row["attendue_le"] = row["date_prevue"] + dt.timedelta(days=21)
            row["reponse"] = "Sans remarque" if answered else "Silence à l’échéance"
    return rows


def rows(code: str, edition: Edition) -> dict[str, list[dict]]:
    """Workbook rows of a region, by sheet (empty for the regions left blank)."""
    if code not in REMPLIES:
        return {}
    declared = _declared(code)
    found = {sheet: declared.get(sheet, []) for sheet in SHEETS}
    found["investigations"] = declared.get("investigations_lignes", [])
    return found | {"jalons": _milestones(edition, declared["realise_jusquau"])}


def _investigations(declared: dict) -> dict[str, str]:
    """{short name: title} of the declared investigations."""
    return {i["nom"]: i["theme"] for i in declared.get("investigations_lignes", ())}


def write_followup(parameters_folder: Path, edition: Edition) -> list[Path]:
    """Write `regions/<code>/suivi.xlsx` and `redaction/*.md` of the 18 regions."""
    written = []
    for code in REGIONS:
        folder = Path(parameters_folder) / "regions" / code
        declared = _declared(code) if code in REMPLIES else {}
        texts.create(folder / "redaction", corps=declared.get("textes"), overwrite=True,
                     investigations=_investigations(declared))
        titre = f"Suivi du CEP {in_region(code)}, exercice {edition.annee} (données fictives)"
        written.append(workbook.create(folder / "suivi.xlsx", edition=edition, titre=titre,
                                       rows=rows(code, edition) or None, overwrite=True))
    return written
