"""Comments, tracked insertions, deletions and moves of a docx, each at its place in the report.

The place is what a reader sees: heading of the section, visible reference of the figure, table
or finding. Bookmarks do not survive every word processor; printed words do.
Elements: ECMA-376, part 1, 17.13 (annotations); [MS-DOCX] 2.5.1 (commentsExtended).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cepkit.errors import Problem, SourceError
from cepkit.report import passes
from cepkit.report.docx_file import WordFile
from cepkit.report.word import w

W14 = "http://schemas.microsoft.com/office/word/2010/wordml"
W15 = "http://schemas.microsoft.com/office/word/2012/wordml"
GONE, NEW = ("del", "moveFrom"), ("ins", "moveTo")
HEADINGS = re.compile(r"heading ([12])", re.I)
UNSAID = ("pPr", "rPr", "instrText", "fldChar", "AlternateContent")
TOP = re.compile(r"^(\d+\.\d+|[A-C]\.)\s")


@dataclass(frozen=True)
class Mark:
    """One annotation. `kind`: commentaire, insertion, suppression, remplacement, deplacement."""

    kind: str
    text: str  # what is asked for
    about: str  # words of the document as sent
    section: str
    repere: str
    ident: str = ""
    parent: str = ""
    resolved: bool = False


@dataclass
class Paragraph:
    """A paragraph: text as sent (`before`), text as changed (`after`), where it stands."""

    style: str
    section: str = ""
    repere: str = ""
    before: str = ""
    after: str = ""
    pieces: list[tuple[str, str]] = field(default_factory=list)  # (kind of change or "", words)


def read(file: WordFile) -> tuple[list[Paragraph], list[Mark]]:
    """Paragraphs in reading order, and every annotation. Raises `SourceError` (exit 11)."""
    reader = _Reader(file)
    body = file.tree("word/document.xml").find(w("body"))
    if body is None:
        raise SourceError(Problem(
            "ce document est d’une variante que Word n’écrit pas par défaut (« Open XML strict »).",
            classe="source", fichier=file.name,
            reparation="enregistrez-le au format « Document Word (.docx) »."))
    reader.walk(body)
    return reader.paragraphs, [*reader.comments(), *reader.changes()]


class _Reader:
    def __init__(self, file: WordFile):
        self.file = file
        self.paragraphs: list[Paragraph] = []
        self.section = self.title = self.repere = ""
        self.open: dict[str, list[str]] = {}  # comments whose range is open -> words
        self.about: dict[str, tuple[str, Paragraph]] = {}

    # ---- text -----------------------------------------------------------------------------

    def walk(self, parent: Any) -> None:
        for item in parent:
            if item.tag == w("p"):
                self._paragraph(item)
            elif item.tag in (w("commentRangeStart"), w("commentRangeEnd")):
                self._range(item, None)
            elif isinstance(item.tag, str):
                self.walk(item)

    def _paragraph(self, item: Any) -> None:
        style = item.find(f"{w('pPr')}/{w('pStyle')}")
        name = self.file.styles.get(style.get(w("val")), "") if style is not None else ""
        paragraph = Paragraph(name)
        self.paragraphs.append(paragraph)
        self._inline(item, paragraph, "")
        paragraph.before, paragraph.after = (
            "".join(t for kind, t in paragraph.pieces if kind not in out)
            for out in (NEW, GONE))
        self._place(paragraph)

    def _inline(self, parent: Any, paragraph: Paragraph, change: str) -> None:
        for item in parent:
            name = item.tag.rpartition("}")[2] if isinstance(item.tag, str) else ""
            if name in (*GONE, *NEW):
                # What was inserted then deleted was never sent: nothing to ask.
                self._inline(item, paragraph, "rien" if change and change != name else name)
            elif name in ("commentRangeStart", "commentRangeEnd", "commentReference"):
                self._range(item, paragraph)
            elif name in ("t", "delText", "tab", "br", "noBreakHyphen"):
                text = item.text or "" if name in ("t", "delText") else (
                    "\u2011" if name == "noBreakHyphen" else " ")
                self._word(text, paragraph, change)
            elif name not in UNSAID:
                self._inline(item, paragraph, change)

    def _word(self, text: str, paragraph: Paragraph, change: str) -> None:
        if change != "rien":
            paragraph.pieces.append((change, text))
        if change not in (*NEW, "rien"):
            for words in self.open.values():
                words.append(text)

    def _range(self, item: Any, paragraph: Paragraph | None) -> None:
        ident, name = item.get(w("id"), ""), item.tag.rpartition("}")[2]
        if name == "commentRangeStart":
            self.open[ident] = []
        elif name == "commentRangeEnd" and ident in self.open:
            words = "".join(self.open.pop(ident))
            self.about[ident] = (words, paragraph or self._last())
        elif name == "commentReference":
            self.about.setdefault(ident, ("", paragraph))

    def _last(self) -> Paragraph:
        return self.paragraphs[-1] if self.paragraphs else Paragraph("")

    def _place(self, paragraph: Paragraph) -> None:
        """Where the paragraph stands: under which heading, at which reference."""
        if HEADINGS.fullmatch(paragraph.style):
            self.title, self.repere = paragraph.before.strip(), ""
            match = TOP.match(self.title)
            self.section = match[1].rstrip(".") if match else ""
        elif (seen := passes.cited(paragraph.before)) and (
                paragraph.style in ("Repère", passes.FINDING) or "Repère" in paragraph.before):
            self.repere = seen
        elif paragraph.style in ("Body Text", "First Paragraph", "Normal", passes.FINDING):
            self.repere = ""
        paragraph.section, paragraph.repere = self.section or self.title, self.repere

    # ---- annotations ----------------------------------------------------------------------

    def comments(self) -> Iterator[Mark]:
        """Comments in the order of the file, replies and resolved state included."""
        root = self.file.tree("word/comments.xml")
        threads = self._threads()
        owners = {} if root is None else {
            p.get(f"{{{W14}}}paraId"): c.get(w("id")) for c in root.iter(w("comment"))
            for p in c.iter(w("p"))}
        for comment in [] if root is None else root.iter(w("comment")):
            ident = comment.get(w("id"), "")
            lines = ["".join(t.text or "" for t in p.iter(w("t"))) for p in comment.iter(w("p"))]
            found = [threads[k] for p in comment.iter(w("p"))
                     if (k := p.get(f"{{{W14}}}paraId")) in threads]
            parent = next((owners.get(up, "") for up, _ in found if up), "")
            about, paragraph = self.about.get(ident) or self.about.get(parent) or (
                "", Paragraph(""))
            text = "\n".join(line for line in lines if line.strip()).strip()
            if text:
                yield Mark("commentaire", text, about.strip() or paragraph.before.strip(),
                           paragraph.section, paragraph.repere, ident, parent,
                           any(done for _, done in found))

    def _threads(self) -> dict[str, tuple[str, bool]]:
        """{paragraph of a comment: (paragraph of its parent, resolved)}."""
        root = self.file.tree("word/commentsExtended.xml")
        return {} if root is None else {
            e.get(f"{{{W15}}}paraId"): (e.get(f"{{{W15}}}paraIdParent") or "",
                                        e.get(f"{{{W15}}}done") in ("1", "true"))
            for e in root.iter(f"{{{W15}}}commentEx")}

    def changes(self) -> Iterator[Mark]:
        """Tracked changes: neighbours of a paragraph make one replacement."""
        for paragraph in self.paragraphs:
            for run in _runs(paragraph):
                yield from _change(paragraph, run)
        for paragraph in self.paragraphs:
            if text := "".join(t for k, t in paragraph.pieces if k == "moveFrom").strip():
                yield Mark("deplacement", f"Déplacer « {text} »{self._where(text)}.", text,
                           paragraph.section, paragraph.repere)

    def _where(self, text: str) -> str:
        """« vers la section 2.2 »: where the moved words stand now."""
        for paragraph in self.paragraphs:
            if text in "".join(t for k, t in paragraph.pieces if k == "moveTo"):
                return f" vers la section {paragraph.section}" if paragraph.section else ""
        return ""


def _runs(paragraph: Paragraph) -> Iterator[list[tuple[int, str, str]]]:
    """Changes that touch each other: [(place, kind, words)]."""
    run: list[tuple[int, str, str]] = []
    for i, (kind, text) in enumerate(paragraph.pieces):
        if kind in ("ins", "del"):
            run.append((i, kind, text))
        elif run and text:
            yield run
            run = []
    if run:
        yield run


def _change(paragraph: Paragraph, run: list[tuple[int, str, str]]) -> Iterator[Mark]:
    gone, new = ("".join(t for _, k, t in run if k == kind).strip() for kind in ("del", "ins"))
    before = "".join(t for k, t in paragraph.pieces[:run[0][0]] if k not in NEW).strip()
    after = f" après « …{before[-60:]} »" if before else ""
    kind, text = (
        ("remplacement", f"Remplacer « {gone} » par « {new} ».") if gone and new
        else ("suppression", f"Supprimer « {gone} ».") if gone
        else ("insertion", f"Ajouter « {new} »{after}."))
    if gone or new:
        yield Mark(kind, text, gone or paragraph.before.strip(), paragraph.section,
                   paragraph.repere)
