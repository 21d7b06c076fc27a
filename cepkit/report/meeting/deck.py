"""`presentation.pptx`: seven or eight slides for the CREFOP, native titles, notes and alt texts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from pptx.util import Emu, Pt

from cepkit.report import word
from cepkit.report.meeting import master, synthese
from cepkit.report.meeting.matter import Matter, numbered, plain, styled_parts, table_rows
from cepkit.show.blocks import FICTIF, fr
from cepkit.text import MENTION_PERMANENTE

# Reference of the figure, title of its slide, reason when it is absent.
FIGURES = (
    ("2.3-F1", "Quel est le profil des personnes ?"),
    ("2.6-F1", "Où a-t-on recours au CEP ?"),
    ("2.7-F1", "Pour quelles demandes ?"),
    ("3.2-F1", "Quels services sont délivrés ?"),
)
SANS = "Les tables diffusées ne permettent pas de répondre à cette question cette année."


def document(m: Matter, meta: Mapping[str, Any]) -> bytes:
    """The pptx: same input, same bytes."""
    deck = _Deck(m, meta)
    deck.cover()
    deck.lines("Comment les acteurs coopèrent-ils ?", 0)
    deck.key_figures()
    for repere, title in FIGURES:
        if repere != "2.6-F1" or m.piece(repere):
            deck.figure(repere, title)
    deck.questions()
    return deck.saved()


class _Deck:
    """The presentation under construction."""

    def __init__(self, m: Matter, meta: Mapping[str, Any]):
        self.m, self.meta = m, meta
        self.file = master.presentation()

    def saved(self) -> bytes:
        """The package with its identity, without clock nor machine."""
        out = io.BytesIO()
        said = self.file.core_properties
        said.title, said.author = fr(f"{self.meta['title']}, {self.m.annee}"), self.meta["author"]
        said.language = self.meta["lang"]
        self.file.save(out)
        with zipfile.ZipFile(out) as package:
            parts = {n: package.read(n) for n in package.namelist()}
        word.identify(parts, self.meta)
        return word.zipped(parts)

    # ---- slides ---------------------------------------------------------------------------

    def cover(self) -> None:
        """Region, year, version."""
        slide = self._slide(master.COVER, self.meta["title"], MENTION_PERMANENTE)
        band = [self.m.state.band(), *([f"{FICTIF}."] if self.m.identity.get("fictif") else [])]
        _write(slide.placeholders[1], [f"Exercice {self.m.annee}", self.meta["author"], *band])

    def key_figures(self) -> None:
        """Six key figures in a native table."""
        piece = next(iter(self.m.pieces("rapport", "cles")), None)
        head, *rows = table_rows(piece) if piece else [[]]
        answer = next(iter(self.m.pieces("rapport", "cinq")[1:]), None)
        said = [plain(t) for t in numbered(answer)] if answer else []
        slide = self._slide(master.TITLE, "Les chiffres clés du recours", " ".join(said))
        if not rows:
            self._text(slide, [SANS])
            return
        left, top, width, height = master.BODY
        table = slide.shapes.add_table(len(rows) + 1, len(head), left, top, width, height)
        table.name, table._element.nvGraphicFramePr.cNvPr.attrib["descr"] = "Chiffres clés", fr(
            f"Chiffres clés, {self.m.identity['nom']} et France, {self.m.annee}")
        master.plain_table(table)
        for column, share in zip(table.table.columns, (23, 32, 20, 15, 10), strict=False):
            column.width = Emu(width * share // 100)
        for i, row in enumerate([head, *rows]):
            for j, text in enumerate(row):
                master.cell(table.table.cell(i, j), f"**{text}**" if i == 0 else text)

    def figure(self, repere: str, title: str) -> None:
        """A figure of the report, its answer beside it, its reading and source in the notes."""
        piece, parts = self.m.piece(repere), styled_parts(self.m.piece(repere))
        found = synthese.IMAGE.search(piece.markdown) if piece else None
        said = self.m.answer(repere)
        answer = plain(styled_parts(said).get("Réponse", said.markdown)) if said else ""
        notes = [plain(parts[k]) for k in ("Mesure", "Lecture", "Source") if parts.get(k)]
        if found is None or not piece.files:
            slide = self._slide(master.TITLE, title, answer or SANS)
            self._text(slide, [answer or SANS])
            return
        slide = self._slide(master.TITLE, title, "\n".join(
            [f"Repère {piece.repere}.", plain(found["title"]), *notes, f"Image : {found['alt']}"]))
        picture = slide.shapes.add_picture(io.BytesIO(piece.files[found["file"]]), 0, 0)
        picture.name = f"Figure {piece.repere}"
        picture._element.nvPicPr.cNvPr.attrib["descr"] = found["alt"]
        room = master.fitted(picture)
        self._text(slide, [answer, plain(parts.get("Lecture", "")), f"Repère {piece.repere}"],
                   room)

    def lines(self, title: str, at: int) -> None:
        """« En cinq lignes » of a part of the report."""
        found = self.m.pieces("rapport", "cinq")
        said = [plain(t) for t in numbered(found[at])] if at < len(found) else [SANS]
        slide = self._slide(master.TITLE, title, "Phrases produites à partir du classeur de suivi "
                            "et des données ; l’interprétation est dans le rapport.")
        self._text(slide, said, numbered=len(said) > 1)

    def questions(self) -> None:
        """Questions drawn from the marked gaps, each with its reference."""
        asked = [plain(q) for q, _ in synthese.asked(self.m)]
        slide = self._slide(master.TITLE, "À demander aux opérateurs", "Une question par écart "
                            "marqué : l’écart constaté, puis la demande d’explication. Les repères "
                            "renvoient aux annexes.")
        self._text(slide, asked or [synthese.SANS], numbered=bool(asked))

    # ---- pieces ---------------------------------------------------------------------------

    def _slide(self, layout: int, title: str, notes: str):
        slide = self.file.slides.add_slide(self.file.slide_layouts[layout])
        slide.shapes.title.text_frame.text = fr(title)
        for holder in slide.slide_layout.placeholders:
            if holder.placeholder_format.type in master.FOOT:
                slide.shapes._spTree.append(deepcopy(holder._element))
                if holder.placeholder_format.type == master.FOOT[0]:
                    slide.placeholders[holder.placeholder_format.idx].text_frame.text = \
                        self.meta["entete"]
        slide.notes_slide.notes_text_frame.text = fr(notes)
        return slide

    def _text(self, slide, paragraphs: list[str], room=master.BODY, numbered=False) -> None:
        shape = slide.shapes.add_textbox(*room)
        shape.name = "Texte"
        size = 20 if numbered and sum(map(len, paragraphs)) < 800 else 18
        _write(shape, [p for p in paragraphs if p], size, numbered)


def _write(shape, paragraphs: list[str], size: float | None = None, numbered=False) -> None:
    frame = shape.text_frame
    frame.word_wrap = True
    for i, text in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = fr(text)
        if size:
            run.font.size, paragraph.space_after = Pt(size), Pt(12)
            run.font.color.rgb = master.INK
        if numbered:
            master.number(paragraph)
