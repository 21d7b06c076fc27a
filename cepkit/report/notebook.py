"""The executed `rapport` notebook as a sequence of parts: what was written, what was shown."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import nbformat

from cepkit.show import trace
from cepkit.show.blocks import MIME

TEXTE = re.compile(r"^Texte de l.analyste[\s\u00a0]*: *`redaction/([\w*]+)\.md`\s*$", re.M)
QUESTION = re.compile(r"^Questions? du suivi[\s\u00a0]*:.*$", re.M)
REDACTION = "redaction"  # the place of an analyst’s text
SAUTEES = {"analyste", "interactif", "parameters", "injected-parameters"}


@dataclass(frozen=True)
class Piece:
    """A Markdown cell's part, the place of an analyst's text, or a block shown by a cell."""

    kind: str  # "markdown", REDACTION, or the kind of a block
    markdown: str = ""
    texte: str = ""
    repere: str | None = None
    titre: str = ""
    table: Mapping[str, Any] | None = None
    meta: Mapping[str, Any] | None = None
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    cles: tuple[tuple[str, str], ...] = ()  # (number, key) in reading order


def pieces(nb: nbformat.NotebookNode) -> list[Piece]:
    """Parts of an executed notebook, in order."""
    found: list[Piece] = []
    for cell in nb.cells:
        if SAUTEES & set(cell.metadata.get("tags", ())):
            continue
        found += _markdown(cell.source) if cell.cell_type == "markdown" else _shown(cell)
    return found


def _markdown(source: str) -> list[Piece]:
    parts = TEXTE.split(QUESTION.sub("", source))
    found = [Piece(REDACTION, texte=p) if i % 2 else Piece("markdown", markdown=p.strip())
             for i, p in enumerate(parts)]
    return [p for p in found if p.kind == REDACTION or p.markdown]


def _shown(cell: nbformat.NotebookNode) -> list[Piece]:
    bundles = [o["data"] for o in cell.get("outputs", ()) if "data" in o]
    return [_block(b[MIME], b.get("text/html", "")) for b in bundles if MIME in b]


def _block(data: Mapping[str, Any], html: str) -> Piece:
    files = {n: base64.b64decode(b) for n, b in (data.get("files") or {}).items()}
    return Piece(data["kind"], data.get("markdown") or "", "", data.get("repere"),
                 data.get("titre") or "", data.get("table"), data.get("meta"), files,
                 tuple(trace.pairs(html)))


def identity(parts: Sequence[Piece]) -> dict[str, Any]:
    """Identity of the page: region, nom, en, annee, exercice, fictif, empreinte, donnees."""
    return dict(next((p.meta for p in parts if p.kind == "titre" and p.meta), {}))


def pictures(parts: Sequence[Piece]) -> dict[str, bytes]:
    """All pictures by name."""
    return {name: data for p in parts for name, data in p.files.items()}
