"""Annexe A of the report: divergences maintained, both positions side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cepkit import formats
from cepkit.show import pieces
from cepkit.show.blocks import Block, display, esc, fr, md

SANS = "Aucune divergence n’est maintenue entre l’association et un opérateur."
RAPPORTEE = ("position rapportée par l’association, formulation non validée par l’opérateur")


def _author_position(row: Mapping[str, Any], au: str) -> str:
    day = row.get("position_validee_le")
    said = f"texte validé le {formats.date(day)}" if day else (
        RAPPORTEE + (f" au {formats.date(au)}" if au else ""))
    return f"Position de l’auteur, {row['auteur']} ({said})"


def _lines(row: Mapping[str, Any], au: str) -> list[tuple[str, str]]:
    lines = [("Texte ou valeur visés", row["texte_vise"]),
             ("Position de la Transitions Pro", row["position_tp"]),
             (_author_position(row, au), row["position_auteur"])]
    return [(label, text) for label, text in lines if text]


def divergences(r: Any) -> Block:
    """Divergences of the workbook, one after the other; a sentence when there is none."""
    rows = r.suivi("remarques").to_dict("records")
    if not rows:
        return pieces.absence(SANS)
    au = max(map(str, r.suivi("jalons")["date_realisee"]), default="")  # day of the record
    html, markdown = [], []
    for row in rows:
        head = f"{row['n']} — {row['repere']}, {row['nature'].lower()}"
        html.append(f"<p><b>{esc(head)}</b></p><dl>" + "".join(
            f"<dt>{esc(label)}</dt><dd>{esc(text)}</dd>"
            for label, text in _lines(row, au)) + "</dl>")
        markdown.append(f"**{md(head)}**\n\n" + "\n".join(
            f"- {md(label)} : {md(text)}" for label, text in _lines(row, au)))
    table = {"rows": [{k: row[k] for k in ("n", "repere", "auteur")} for row in rows]}
    return Block("divergences", "".join(html), fr("\n\n".join(markdown)),
                 "\n".join(f"{row['n']} {row['repere']}" for row in rows), table=table)


def show_divergences(r: Any) -> None:
    """Display annexe A."""
    display(divergences(r))
