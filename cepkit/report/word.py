"""Finish a docx: table heads, contents, header and footer, identity, language, same bytes.

Works on the package parts with lxml, whichever engine typeset the file.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from cepkit.report.reference import ENTETE, MENTION

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
CUSTOM = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
CONTENT = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
FMTID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
PROPERTIES = ("cepkit_region", "cepkit_exercice", "cepkit_empreinte", "cepkit_document",
              "cepkit_version")
FIXED = (1980, 1, 1, 0, 0, 0)
STYLE_TABLE = "Tableausuivi"


def w(name: str) -> str:
    """Qualified name in the main namespace."""
    return f"{{{W}}}{name}"


def finish(data: bytes, meta: Mapping[str, Any]) -> bytes:
    """The docx with its identity; the same input gives the same bytes."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {n: package.read(n) for n in package.namelist() if not n.endswith("/")}
    parts["word/document.xml"] = _document(parts["word/document.xml"], tuple(
        meta.get("pages", ("Synthèse", "Annexes"))))
    parts["docProps/core.xml"] = _titled(parts["docProps/core.xml"], str(meta.get("title", "")))
    for name in parts:
        if name.startswith(("word/header", "word/footer")):
            parts[name] = _tokens(parts[name], meta)
    identify(parts, meta)
    return zipped(parts)


def stamped(data: bytes, values: Mapping[str, str]) -> bytes:
    """The docx with these custom properties added or replaced."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {n: package.read(n) for n in package.namelist() if not n.endswith("/")}
    root = etree.fromstring(parts["docProps/custom.xml"])
    for name, value in values.items():
        for old in [p for p in root if p.get("name") == name]:
            root.remove(old)
        item = etree.SubElement(root, f"{{{CUSTOM}}}property", fmtid=FMTID, name=name,
                                pid=str(2 + max((int(p.get("pid")) for p in root), default=1)))
        etree.SubElement(item, f"{{{TYPES}}}lpwstr").text = value
    parts["docProps/custom.xml"] = etree.tostring(root, xml_declaration=True, encoding="UTF-8",
                                                  standalone=True)
    return zipped(parts)


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """Parts as a zip without clock nor machine: content types first, then by name."""
    names = sorted(parts, key=lambda n: (n != "[Content_Types].xml", n))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name in names:
            info = zipfile.ZipInfo(name, FIXED)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            package.writestr(info, parts[name], compresslevel=9)
    return out.getvalue()


# ---- the body -----------------------------------------------------------------------------


def _titled(data: bytes, title: str) -> bytes:
    """The title of the file, which Pandoc takes from a cover only."""
    root = etree.fromstring(data)
    for item in root.iter("{http://purl.org/dc/elements/1.1/}title"):
        item.text = title
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _document(data: bytes, pages: tuple[str, ...]) -> bytes:
    root = etree.fromstring(data)
    for table in root.iter(w("tbl")):
        _table(table)
    _captions(root)
    _contents(root)
    _breaks(root, pages)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _child(parent, name: str, at: int | None = None, **values: str):
    found = parent.find(w(name))
    if found is None:
        found = etree.SubElement(parent, w(name))
        if at is not None:
            parent.insert(at, found)
    for key, value in values.items():
        found.set(w(key), value)
    return found


def _table(table) -> None:
    """Style of the suite, full width, first row repeated, no row cut by a page."""
    properties = _child(table, "tblPr", at=0)
    _child(properties, "tblStyle", at=0, val=STYLE_TABLE)
    _child(properties, "tblW", type="pct", w="5000")
    for i, row in enumerate(table.findall(w("tr"))):
        shape = _child(row, "trPr", at=0)
        _child(shape, "cantSplit", at=0)
        if i == 0:
            _child(shape, "tblHeader", val="on")
        else:
            _group(row)


def _group(row) -> None:
    """A row whose first cell alone holds text names a group: one cell across the table."""
    first, *others = row.findall(w("tc"))
    if not others or any("".join(c.itertext()).strip() for c in others):
        return
    for cell in others:
        row.remove(cell)
    properties = _child(first, "tcPr", at=0)
    for width in properties.findall(w("tcW")):
        properties.remove(width)
    _child(properties, "gridSpan", at=0, val=str(1 + len(others)))


def style_of(paragraph) -> str:
    """Style identifier of a paragraph."""
    style = paragraph.find(f"{w('pPr')}/{w('pStyle')}")
    return "" if style is None else style.get(w("val"))


def _captions(root) -> None:
    """A figure's caption stands above it, whichever engine wrote it below."""
    for caption in [p for p in root.iter(w("p")) if style_of(p) == "ImageCaption"]:
        before = caption.getprevious()
        if before is not None and style_of(before) in ("CaptionedFigure", "Figure"):
            before.addprevious(caption)


def _run(*children) -> Any:
    run = etree.Element(w("r"))
    run.extend(children)
    return run


def _char(kind: str) -> Any:
    mark = etree.Element(w("fldChar"))
    mark.set(w("fldCharType"), kind)
    return _run(mark)


def _instruction(code: str) -> Any:
    text = etree.Element(w("instrText"))
    text.text = code
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return _run(text)


def _contents(root) -> None:
    """The contents written in the text become a field that Word can bring up to date."""
    lines = [p for p in root.iter(w("p")) if style_of(p) in ("TOC1", "TOC2")]
    if not lines:
        return
    # \\n: without page numbers, which only a word processor could fill in.
    opening = [_char("begin"), _instruction('TOC \\o "1-2" \\n \\h \\z \\u'), _char("separate")]
    for i, mark in enumerate(opening):
        lines[0].insert((lines[0].find(w("pPr")) is not None) + i, mark)
    lines[-1].append(_char("end"))


def _breaks(root, pages: tuple[str, ...]) -> None:
    """Headings that start a page: the synthesis, after the contents, and the annexes."""
    for paragraph in root.iter(w("p")):
        text = "".join(paragraph.itertext())
        if style_of(paragraph) in ("Heading1", "Heading2") and text.startswith(pages):
            properties = paragraph.find(w("pPr"))
            mark = etree.Element(w("pageBreakBefore"))
            properties.insert(1, mark)


# ---- identity -----------------------------------------------------------------------------


def _tokens(data: bytes, meta: Mapping[str, Any]) -> bytes:
    text = data.decode("utf-8")
    for token, key in ((ENTETE, "entete"), (MENTION, "mention")):
        text = text.replace(token, escape(str(meta.get(key, ""))))
    return text.encode("utf-8")


def identify(parts: dict[str, bytes], meta: Mapping[str, Any]) -> None:
    """Custom properties that tell which region, exercice and data a file was made from."""
    values = {p: str(meta.get(p, "")) for p in PROPERTIES} | {
        "cepkit_version": str(meta.get("version", ""))}
    body = "".join(
        f'<property fmtid="{FMTID}" pid="{i}" name="{name}"><vt:lpwstr>{escape(value)}</vt:lpwstr>'
        "</property>" for i, (name, value) in enumerate(values.items(), start=2))
    parts["docProps/custom.xml"] = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<Properties xmlns="{CUSTOM}" xmlns:vt="{TYPES}">{body}</Properties>').encode()
    _declare(parts, "[Content_Types].xml", "Override", "PartName", "/docProps/custom.xml",
             ContentType=CONTENT)
    _declare(parts, "_rels/.rels", "Relationship", "Target", "docProps/custom.xml",
             Type=RELATION, Id="rIdCepkit")


def _declare(parts: dict[str, bytes], part: str, kind: str, key: str, target: str,
             **values: str) -> None:
    root = etree.fromstring(parts[part])
    known = [e for e in root if e.get(key, "").lstrip("/") == target.lstrip("/")]
    for old in known:
        root.remove(old)
    item = etree.SubElement(root, f"{{{etree.QName(root).namespace}}}{kind}")
    item.set(key, target)
    for name, value in values.items():
        item.set(name, value)
    parts[part] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
