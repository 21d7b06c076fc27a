"""Build `reference.docx`, the style sheet of the Word report, from Pandoc's own reference.

`python -m cepkit.report.reference` writes it anew; the file is kept in the package so that a
run does not need to.
"""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from cepkit.report.pandoc import program

PATH = Path(__file__).with_name("reference.docx")
FONT = "Arial"
INK, INK2, REGION, CAUTION = "1B262E", "4B5761", "0B5E7D", "8A6410"
RULE, GROUND = "C8CED2", "FBF5E4"
NOTES_LINE = 15.0  # points of a line of the frames to write in, whatever the font
MARK = "Repère constat"  # character style of the reference after a finding
ENTETE, MENTION = "[[entete]]", "[[mention]]"  # replaced in each document

# name: (size, bold, colour, before, after, line spacing, keep with next)
STYLES: dict[str, tuple[float, bool, str, float, float, float, bool]] = {
    "Normal": (10.5, False, INK, 0, 6, 1.25, False),
    "Body Text": (10.5, False, INK, 0, 6, 1.25, False),
    "First Paragraph": (10.5, False, INK, 0, 6, 1.25, False),
    "Title": (22, True, INK, 60, 6, 1.1, True),
    "Subtitle": (14, False, INK2, 0, 10, 1.1, True),
    "Author": (11, False, INK, 0, 2, 1.1, False),
    "Date": (10.5, False, INK2, 0, 12, 1.1, False),
    "Heading 1": (16, True, INK, 22, 8, 1.1, True),
    "Heading 2": (13, True, INK, 18, 6, 1.1, True),
    "Heading 3": (11, True, INK, 12, 4, 1.1, True),
    "Heading 4": (10.5, True, INK2, 10, 3, 1.1, True),
    "Compact": (9.5, False, INK, 1, 1, 1.05, False),
    "Image Caption": (10.5, True, INK, 10, 2, 1.1, True),
    "Table Caption": (10.5, True, INK, 10, 4, 1.1, True),
    "Captioned Figure": (10.5, False, INK, 2, 4, 1.0, True),
    "Figure": (10.5, False, INK, 2, 4, 1.0, True),
    "Réponse": (11.5, True, INK, 2, 6, 1.2, True),
    "Mesure": (9.5, False, INK2, 3, 3, 1.15, True),
    "Lecture": (9.5, False, INK, 0, 3, 1.2, False),
    "Source": (8.5, False, INK2, 0, 10, 1.15, False),
    "Repère": (8, False, INK2, 10, 0, 1.0, True),
    "Prudence": (10, False, INK, 6, 8, 1.2, False),
    "Bandeau": (10.5, True, CAUTION, 6, 10, 1.2, False),
    "A rediger": (10, False, INK2, 8, 10, 1.2, True),
    "Absence": (10, False, INK2, 4, 8, 1.2, False),
    "Notes": (10, False, INK, 2, 8, 1.2, False),
    "Definition Term": (10, True, INK, 4, 0, 1.15, True),
    "Definition": (10, False, INK, 0, 3, 1.15, False),
    "TOC Heading": (13, True, INK, 18, 6, 1.1, True),
    "TOC 1": (10.5, True, INK, 6, 1, 1.1, False),
    "TOC 2": (10, False, INK, 0, 1, 1.1, False),
    "Header": (8, False, INK2, 0, 0, 1.0, False),
    "Footer": (8, False, INK2, 0, 0, 1.0, False),
}
BORDERS = {  # style: (sides, line, eighths of a point, colour, space)
    "Heading 1": (("top",), "single", 24, INK, 6),
    "Heading 2": (("top",), "single", 12, INK, 4),
    "Prudence": (("left",), "single", 36, CAUTION, 8),
    "Bandeau": (("top", "bottom"), "single", 6, CAUTION, 4),
    "A rediger": (("top", "left", "bottom", "right"), "dashed", 6, INK2, 6),
    "Absence": (("left",), "dashed", 12, INK2, 8),
    "Notes": (("top", "left", "bottom", "right"), "single", 6, RULE, 4),
    "Header": (("bottom",), "single", 4, RULE, 4),
    "Footer": (("top",), "single", 4, RULE, 4),
}
CONTEXTUAL = ("A rediger", "Notes", "Compact")  # no space between paragraphs of the same style
INDENTED = {"TOC 2": 6}  # mm
GROUNDS = {"Prudence": GROUND, "Bandeau": GROUND}


def _style(document, name: str):
    names = {s.name: s for s in document.styles}
    if name in names:
        return names[name]
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    return style


def _fonts(style, font: str = FONT) -> None:
    properties = style.element.get_or_add_rPr()
    for old in properties.findall(qn("w:rFonts")):
        properties.remove(old)
    fonts = OxmlElement("w:rFonts")
    for kind in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{kind}"), font)
    properties.insert(0, fonts)


def _set(style, spec) -> None:
    size, bold, colour, before, after, line, keep = spec
    _fonts(style)
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = RGBColor.from_string(colour)
    shape = style.paragraph_format
    shape.space_before, shape.space_after = Pt(before), Pt(after)
    shape.line_spacing, shape.keep_with_next = line, keep
    shape.alignment = WD_ALIGN_PARAGRAPH.LEFT
    shape.widow_control = True


def _put(properties, child) -> None:
    """Insert in the order that Word's schema asks for."""
    order = ("w:pStyle", "w:keepNext", "w:keepLines", "w:pageBreakBefore", "w:widowControl",
             "w:numPr", "w:pBdr", "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:outlineLvl")
    for old in properties.findall(child.tag):
        properties.remove(old)
    names = [qn(n) for n in order]
    rank = names.index(child.tag)
    at = next((i for i, e in enumerate(properties)
               if e.tag in names and names.index(e.tag) > rank), len(properties))
    properties.insert(at, child)


def _border(style, sides, line: str, size: int, colour: str, space: int) -> None:
    box = OxmlElement("w:pBdr")
    for side in ("top", "left", "bottom", "right"):
        if side in sides:
            edge = OxmlElement(f"w:{side}")
            for key, value in (("val", line), ("sz", size), ("space", space), ("color", colour)):
                edge.set(qn(f"w:{key}"), str(value))
            box.append(edge)
    _put(style.element.get_or_add_pPr(), box)


def _ground(style, colour: str) -> None:
    shade = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(qn(f"w:{key}"), value)
    _put(style.element.get_or_add_pPr(), shade)


def _contextual(style) -> None:
    properties = style.element.get_or_add_pPr()
    spacing = properties.find(qn("w:spacing"))
    spacing.addnext(OxmlElement("w:contextualSpacing"))


def _mark(document) -> None:
    style = document.styles.add_style(MARK, WD_STYLE_TYPE.CHARACTER)
    style.font.size, style.font.bold = Pt(8), False
    style.font.color.rgb = RGBColor.from_string(INK2)


def _language(document) -> None:
    """Language of the whole document, for spelling and for voices."""
    for properties in document.styles.element.iter(qn("w:rPrDefault")):
        run = properties.find(qn("w:rPr"))
        for old in run.findall(qn("w:lang")):
            run.remove(old)
        lang = OxmlElement("w:lang")
        for key in ("val", "eastAsia", "bidi"):
            lang.set(qn(f"w:{key}"), "fr-FR")
        run.append(lang)


def _table_style(document) -> None:
    """« Tableau suivi »: horizontal rules only, bold head with a heavy rule under it."""
    style = document.styles.add_style("Tableau suivi", WD_STYLE_TYPE.TABLE)
    element = style.element
    element.append(docx.oxml.parse_xml(
        f'<w:tblPr {docx.oxml.ns.nsdecls("w")}><w:tblBorders>'
        f'<w:top w:val="single" w:sz="4" w:color="{RULE}"/>'
        f'<w:bottom w:val="single" w:sz="12" w:color="{INK}"/>'
        '<w:insideH w:val="single" w:sz="4" w:color="DDE1E4"/></w:tblBorders>'
        '<w:tblCellMar><w:top w:w="30" w:type="dxa"/><w:left w:w="60" w:type="dxa"/>'
        '<w:bottom w:w="30" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar>'
        "</w:tblPr>"))
    element.append(docx.oxml.parse_xml(
        f'<w:tblStylePr {docx.oxml.ns.nsdecls("w")} w:type="firstRow"><w:rPr><w:b/></w:rPr>'
        f'<w:tcPr><w:tcBorders><w:bottom w:val="single" w:sz="16" w:color="{INK}"/></w:tcBorders>'
        '<w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr>'))


def _field(paragraph, code: str) -> None:
    for kind, text in (("begin", None), (None, code), ("end", None)):
        run = paragraph.add_run()
        item = OxmlElement("w:instrText" if text else "w:fldChar")
        if text:
            item.text = text
        else:
            item.set(qn("w:fldCharType"), kind)
        run._r.append(item)


def _page(document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin = section.bottom_margin = Mm(22)
    section.header_distance = section.footer_distance = Mm(11)
    section.header.paragraphs[0].text = ENTETE
    foot = section.footer.paragraphs[0]
    foot.text = f"{MENTION}  Page "
    _field(foot, "PAGE")
    foot.add_run(" / ")
    _field(foot, "NUMPAGES")


def build() -> bytes:
    """Bytes of the reference document."""
    base = subprocess.run([program(), "--print-default-data-file", "reference.docx"],
                          capture_output=True, check=True).stdout
    document = docx.Document(io.BytesIO(base))
    for name, spec in STYLES.items():
        _set(_style(document, name), spec)
    for name, spec in BORDERS.items():
        _border(_style(document, name), *spec)
    for name, colour in GROUNDS.items():
        _ground(_style(document, name), colour)
    for name in CONTEXTUAL:
        _contextual(_style(document, name))
    _style(document, "Notes").paragraph_format.line_spacing = Pt(NOTES_LINE)
    for name, indent in INDENTED.items():
        _style(document, name).paragraph_format.left_indent = Mm(indent)
    _mark(document)
    document.styles["Hyperlink"].font.color.rgb = RGBColor.from_string(REGION)
    _table_style(document)
    _language(document)
    _page(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


if __name__ == "__main__":
    PATH.write_bytes(build())
