"""The look of the slides: 16:9, the inks of the report, title, footer and number placeholders."""

from __future__ import annotations

import datetime as dt
import re

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from cepkit.report import reference

COVER, TITLE = 0, 1  # layouts kept
KEPT = ("Title Slide", "Title Only")
FOOT = (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER)
INK, INK2 = (RGBColor.from_string(c) for c in (reference.INK, reference.INK2))
WIDE, HIGH, MARGIN = Inches(13.333), Inches(7.5), Inches(0.6)
TOP = Inches(1.45)
BODY = (MARGIN, TOP, WIDE - 2 * MARGIN, HIGH - TOP - Inches(0.85))
GAP = Inches(0.4)
CREATED = dt.datetime(2023, 1, 1)
# Placeholder: (left, top, width, height, size, bold).
PLACES = {
    PP_PLACEHOLDER.TITLE: (MARGIN, Inches(0.35), WIDE - 2 * MARGIN, Inches(0.95), 30, True),
    PP_PLACEHOLDER.CENTER_TITLE: (MARGIN, Inches(1.6), WIDE - 2 * MARGIN, Inches(1.9), 40, True),
    PP_PLACEHOLDER.SUBTITLE: (MARGIN, Inches(3.7), WIDE - 2 * MARGIN, Inches(2.4), 20, False),
    PP_PLACEHOLDER.BODY: (*BODY, 18, False),
    PP_PLACEHOLDER.FOOTER: (MARGIN, Inches(6.95), Inches(10.8), Inches(0.35), 11, False),
    PP_PLACEHOLDER.SLIDE_NUMBER: (Inches(11.6), Inches(6.95), Inches(1.13), Inches(0.35), 11,
                                  False),
}


def presentation():
    """An empty presentation with our two layouts."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = WIDE, HIGH
    for layout in [x for x in deck.slide_layouts if x.name not in KEPT]:
        deck.slide_layouts.remove(layout)
    master = deck.slide_master
    _theme(master)
    for holder in [h for part in (master, *deck.slide_layouts) for h in part.placeholders]:
        _placed(holder)
    said = deck.core_properties
    said.created = said.modified = CREATED
    said.author = said.last_modified_by = said.subject = said.keywords = said.comments = ""
    for part, kinds in ((deck.part.package, ("thumbnail",)), (deck.part, ("printerSettings",))):
        rels = part._rels if hasattr(part, "_rels") else part.rels
        for ident in [k for k, r in rels.items() if r.reltype.endswith(kinds)]:
            rels.pop(ident)
    return deck


def _theme(master) -> None:
    """Arial everywhere, whatever the theme of the template says."""
    part = next(r.target_part for r in master.part.rels.values() if r.reltype.endswith("/theme"))
    part._blob = re.sub(rb'<a:latin typeface="[^"]*"/>', b'<a:latin typeface="Arial"/>', part.blob)


def _placed(holder) -> None:
    kind = holder.placeholder_format.type
    if kind not in PLACES:
        holder._element.getparent().remove(holder._element)  # the date: it would be that of today
        return
    left, top, width, height, size, bold = PLACES[kind]
    holder.left, holder.top, holder.width, holder.height = left, top, width, height
    style = holder._element.txBody.find(qn("a:lstStyle"))
    for old in list(style):
        style.remove(old)
    level = style.makeelement(qn("a:lvl1pPr"), {
        "algn": "r" if kind == PP_PLACEHOLDER.SLIDE_NUMBER else "l", "marL": "0", "indent": "0"})
    level.append(level.makeelement(qn("a:buNone"), {}))
    run = level.makeelement(qn("a:defRPr"), {"sz": str(size * 100), "b": str(int(bold)),
                                             "lang": "fr-FR"})
    fill = run.makeelement(qn("a:solidFill"), {})
    fill.append(fill.makeelement(qn("a:srgbClr"), {
        "val": reference.INK if size > 11 else reference.INK2}))
    run.append(fill)
    level.append(run)
    style.append(level)


def fitted(picture) -> tuple[int, int, int, int]:
    """Set the picture on the left of the body, at most two thirds wide; the room beside it."""
    left, top, width, height = BODY
    ratio = min(height / picture.height, 0.66 * width / picture.width)
    picture.width, picture.height = (Emu(int(s * ratio)) for s in (picture.width, picture.height))
    picture.left, picture.top = left, top
    start = left + picture.width + GAP
    return start, top, left + width - start, height


def plain_table(frame) -> None:
    """No coloured bands: rules only, the first row said to be the head."""
    table = frame.table
    table.first_row, table.horz_banding = True, False
    style = frame._element.graphic.graphicData.tbl.tblPr.find(qn("a:tableStyleId"))
    style.text = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # « Aucun style, aucune grille »


def number(paragraph) -> None:
    """A native number before a paragraph."""
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", "457200")
    properties.set("indent", "-457200")
    properties.append(properties.makeelement(qn("a:buFont"), {"typeface": "+mj-lt"}))
    properties.append(properties.makeelement(qn("a:buAutoNum"), {"type": "arabicPeriod"}))


def cell(target, markdown: str) -> None:
    """Text of a cell, what stands between « ** » in bold, with a rule under it."""
    for i, part in enumerate(markdown.split("**")):
        run = target.text_frame.paragraphs[0].add_run()
        run.text = re.sub(r"\\(.)", r"\1", part)
        run.font.size, run.font.bold, run.font.color.rgb = Pt(14), bool(i % 2), INK
    properties = target._tc.get_or_add_tcPr()
    rule = properties.makeelement(qn("a:lnB"), {"w": "9525"})
    fill = rule.makeelement(qn("a:solidFill"), {})
    fill.append(fill.makeelement(qn("a:srgbClr"), {"val": reference.RULE}))
    rule.append(fill)
    properties.append(rule)
