"""What the meeting documents are made from: blocks of the executed notebooks, rows of the workbook.

A number is taken as a page of the region prints it, with its key; nothing is computed here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import nbformat.v4

from cepkit import codes, formats
from cepkit.edition.region import RegionFile
from cepkit.report import notebook
from cepkit.report.version import State
from cepkit.show.trace import NUMBER
from cepkit.text import NBSP

Cell = tuple[str, str | None]  # (text, key)
Rows = Sequence[Mapping[str, Any]]
BLOCK = re.compile(r'::: \{custom-style="([^"]+)"\}\n(.*?)\n:::', re.S)
ITEM = re.compile(r"^\d+\. (.*?)(?: \(((?:figure|tableau) \S+)\))?$", re.M)
PAGES = ("rapport", "2_recours", "3_parcours", "4_cooperations")
MARKED = (codes.AU_DESSUS, codes.EN_DESSOUS)
COLUMNS = ("valeur", "reference", "ecart", "numerateur")


@dataclass(frozen=True)
class Line:
    """A row of a published table. `size`: the gap as a number, to choose the widest ones."""

    labels: tuple[str, ...]
    cells: Mapping[str, Cell]
    lecture: str
    size: float = 0.0

    @property
    def marked(self) -> bool:
        """Is the gap marked (SPECIFICATION 5.0)?"""
        return self.lecture.endswith(MARKED)


@dataclass(frozen=True)
class Matter:
    """Published blocks of a region and what its workbook says. `operators`: {code: label};
    `keys`: bookmarks of the Word documents -> keys of their numbers, shared with the report."""

    identity: Mapping[str, Any]
    state: State
    region_file: RegionFile
    operators: Mapping[str, str]
    suivi: Mapping[str, Rows]
    texts: Mapping[str, Any]
    pages: Mapping[str, Sequence[notebook.Piece]]
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def annee(self) -> int:
        """Year observed."""
        return int(self.identity["annee"])

    def declared(self) -> list[str]:
        """Operators that region.yml declares for the year; all of them when it declares none."""
        first, last = dt.date(self.annee, 1, 1), dt.date(self.annee, 12, 31)
        if not self.region_file.operateurs:
            return list(self.operators)
        return [o for o in self.operators if any(
            (r.debut is None or r.debut <= last) and (r.fin is None or r.fin >= first)
            for r in self.region_file.operateurs.get(o, ()))]

    def pieces(self, page: str, kind: str) -> list[notebook.Piece]:
        """Blocks of a kind that a page shows."""
        return [p for p in self.pages.get(page, ()) if p.kind == kind]

    def piece(self, repere: str) -> notebook.Piece | None:
        """The figure or table of a reference (« 2.3-F1 »), in the report first: it has pictures."""
        whole = f"{self.identity['region']}-{repere}"
        return next((p for page in sorted(self.pages, key="rapport".__ne__)
                     for p in self.pages[page] if p.repere == whole), None)

    def answer(self, repere: str) -> notebook.Piece | None:
        """The sentence that the report prints just before a figure or a table, or instead."""
        parts, found = self.pages.get("rapport", ()), self.piece(repere)
        before = parts[:parts.index(found)] if found in parts else ()
        return next((p for p in reversed(before) if p.kind in ("reponse", "texte")), None)

    def lines(self, repere: str, operator: str) -> list[Line]:
        """Rows of an operator in a table of several."""
        found = self.piece(repere)
        return [] if found is None or not found.table else list(self._lines(found, operator))

    def _lines(self, found: notebook.Piece, operator: str) -> Iterator[Line]:
        table, said = found.table, {k: t for t, k in found.cles}
        keys = table["keys"]
        at = {k.rpartition("|")[2]: i for line in keys for i, k in enumerate(line) if k}
        if "valeur" not in at:  # a notebook of one's own shows something else under this reference
            return
        per_cent = {c: "(%)" in table["columns"][i] for c, i in at.items()}
        names = min(at.values(), default=1)
        groups = table.get("groups") or [None] * len(keys)
        for row, line, group in zip(table["rows"], keys, groups, strict=True):
            owner = next((k.split("|")[3] for k in line if k), None)
            if operator != owner and self.operators[operator] not in (group, row[0]):
                continue
            cells = {c: _cell(row[at[c]], line[at[c]], said, per_cent[c])
                     for c in COLUMNS if c in at}
            gap = row[at["ecart"]] if "ecart" in at else 0.0
            yield Line(tuple(map(str, row[:names])), cells, str(row[-1]),
                       gap if isinstance(gap, float) else 0.0)

    # ---- words with keys ------------------------------------------------------------------

    def span(self, cell: Cell) -> str:
        """A printed value as Markdown, with a bookmark that stands for its key."""
        text, cle = cell
        if cle is None:
            return text
        ident = f"c{len(self.keys) + 1}"
        self.keys[ident] = cle
        number, *unit = text.split(NBSP)
        return NBSP.join([f"[{number}]{{#{ident}}}", *unit])

    def quoted(self, text: str, pairs: Sequence[tuple[str, str]]) -> str:
        """Markdown whose numbers carry the key under which a page prints them."""
        known = dict(reversed(pairs))
        return NUMBER.sub(lambda m: self.span((m[0], known.get(m[0]))), text)

    def questions(self, *pages: str) -> list[tuple[str, str, notebook.Piece]]:
        """« À demander aux opérateurs » of these pages: (Markdown, reference, block)."""
        return [(m[1], m[2] or "", p) for page in pages for p in self.pieces(page, "questions")
                for m in ITEM.finditer(p.markdown)]


def _cell(value: Any, cle: str | None, said: Mapping[str, str], per_cent: bool) -> Cell:
    if cle is None:
        return (value if value in (formats.SECRET, formats.ND) else "", None)
    return f"{said[cle]}{NBSP}%" if per_cent and cle.rpartition("|")[2] in (
        "valeur", "reference") else said[cle], cle


def gather(notebooks: Mapping[str, bytes], *, region_file: RegionFile, state: State,
           operators: Mapping[str, str], suivi: Mapping[str, Rows], texts: Mapping[str, Any],
           keys: dict[str, str]) -> Matter:
    """Blocks of the executed notebooks (by step), with what the analyst wrote and followed."""
    pages = {name: notebook.pieces(nbformat.v4.reads(data.decode("utf-8")))
             for name, data in notebooks.items() if name in PAGES}
    return Matter(notebook.identity(pages["rapport"]), state, region_file, operators, suivi, texts,
                  pages, keys)


def styled_parts(piece: notebook.Piece | None) -> dict[str, str]:
    """Paragraphs of a block's Markdown by their style: Mesure, Lecture, Source."""
    return dict(BLOCK.findall(piece.markdown)) if piece else {}


def numbered(piece: notebook.Piece) -> list[str]:
    """Sentences of « En cinq lignes », as Markdown."""
    return [m[1] for m in re.finditer(r"^\d+\. (.*)$", piece.markdown, re.M)]


def plain(markdown: str) -> str:
    """Text of a sentence's Markdown: no emphasis, no escape."""
    return re.sub(r"\\(.)", r"\1", markdown.replace("**", ""))


def table_rows(piece: notebook.Piece) -> list[list[str]]:
    """Cells of a pipe table, head first."""
    lines = [ln for ln in piece.markdown.splitlines() if ln.startswith("|")]
    return [[c.strip() for c in ln.strip("|").split(" | ")] for ln in (lines[0], *lines[2:])] \
        if lines else []
