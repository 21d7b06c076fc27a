"""A copy of the report as an operator gives it back: what Word writes, and LibreOffice's own save.

Parts written by hand follow ECMA-376 (17.13) and [MS-DOCX] (commentsExtended): the elements that
Word itself writes when a comment is added, answered, resolved, or a change tracked.
"""

from __future__ import annotations

import copy
import io
import subprocess
import zipfile
from pathlib import Path

from lxml import etree

from cepkit.report.marks import W14, W15
from cepkit.report.word import W, w, zipped

COMMENTS = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
EXTENDED = "application/vnd.openxmlformats-officedocument.wordprocessingml.commentsExtended+xml"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MS = "http://schemas.microsoft.com/office/2011/relationships/commentsExtended"
AUTHOR = {"author": "Camille Martin", "date": "2023-05-20T10:00:00Z"}


class Copy:
    """A docx under annotation; every method does what a reader does in Word."""

    def __init__(self, data: bytes):
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            self.parts = {n: package.read(n) for n in package.namelist()}
        self.root = etree.fromstring(self.parts["word/document.xml"])
        self.comments: list[tuple[str, str | None, bool]] = []  # text, parent, resolved
        self.number = 0

    def paragraph(self, words: str):
        """The first paragraph that holds these words, outside the contents."""
        return next(p for p in self.root.iter(w("p")) if words in text_of(p)
                    and not style_of(p).startswith("TOC"))

    def isolate(self, words: str):
        """The run that holds exactly these words, cut out of its paragraph if need be."""
        paragraph = self.paragraph(words)
        runs = [r for r in paragraph.iter(w("r")) if r.find(w("t")) is not None]
        start = text_of(paragraph).index(words)
        found, place = [], 0
        for run in runs:
            text = "".join(t.text or "" for t in run.iter(w("t")))
            low, high = max(start - place, 0), min(start + len(words) - place, len(text))
            place += len(text)
            if low >= high:
                continue
            for part, kept in ((text[:low], False), (text[low:high], True), (text[high:], False)):
                if part:
                    new = _with_text(run, part)
                    run.addprevious(new)
                    found += [new] if kept else []
            run.getparent().remove(run)
        first = found[0]
        for other in found[1:]:
            first.find(w("t")).text += other.find(w("t")).text
            other.getparent().remove(other)
        return first

    def comment(self, words: str, text: str, *, resolved: bool = False) -> int:
        """Select words, add a comment; its number."""
        run, ident = self.isolate(words), len(self.comments)
        self.comments.append((text, None, resolved))
        run.addprevious(_item("commentRangeStart", id=str(ident)))
        run.addnext(_reference(ident))
        run.addnext(_item("commentRangeEnd", id=str(ident)))
        return ident

    def reply(self, parent: int, text: str) -> None:
        """Answer a comment."""
        ident = len(self.comments)
        self.comments.append((text, parent, False))
        start, mark = (next(e for e in self.root.iter(w(kind)) if e.get(w("id")) == str(parent))
                       for kind in ("commentRangeStart", "commentRangeEnd"))
        start.addnext(_item("commentRangeStart", id=str(ident)))
        after = mark.getnext()
        after.addnext(_reference(ident))
        after.addnext(_item("commentRangeEnd", id=str(ident)))

    def _change(self, kind: str):
        self.number += 1
        return _item(kind, id=str(900 + self.number), **AUTHOR)

    def delete(self, words: str):
        """Delete words, changes being tracked."""
        run, change = self.isolate(words), self._change("del")
        run.addprevious(change)
        change.append(run)
        for text in run.iter(w("t")):
            text.tag = w("delText")
        return change

    def insert(self, after: str, text: str) -> None:
        """Type words after others, changes being tracked."""
        self.isolate(after).addnext(self._inserted(text))

    def replace(self, words: str, text: str) -> None:
        """Type words over others, changes being tracked."""
        self.delete(words).addnext(self._inserted(text))

    def _inserted(self, text: str):
        change = self._change("ins")
        run = etree.SubElement(change, w("r"))
        _text(run, text)
        return change

    def move(self, words: str, after: str) -> None:
        """Cut a sentence and paste it elsewhere, changes being tracked."""
        run = self.isolate(words)
        target = self.isolate(after)
        gone, new = self._change("moveFrom"), self._change("moveTo")
        for place, change, name in ((run, gone, "From"), (target, new, "To")):
            start = _item(f"move{name}RangeStart", id=str(950 + len(name)), name="move1", **AUTHOR)
            end = _item(f"move{name}RangeEnd", id=str(950 + len(name)))
            place.addnext(end)
            place.addnext(change)
            place.addnext(start)
        gone.append(run)
        new.append(copy.deepcopy(run))

    def retype(self, words: str, text: str) -> None:
        """Change words without tracking."""
        self.isolate(words).find(w("t")).text = text

    def data(self) -> bytes:
        """The file as Word saves it."""
        parts = dict(self.parts)
        parts["word/document.xml"] = _bytes(self.root)
        if self.comments:
            self._write_comments(parts)
        return zipped(parts)

    def _write_comments(self, parts: dict[str, bytes]) -> None:
        root = etree.Element(w("comments"), nsmap={"w": W, "w14": W14})
        more = etree.Element(f"{{{W15}}}commentsEx", nsmap={"w15": W15})
        for ident, (text, parent, resolved) in enumerate(self.comments):
            comment = etree.SubElement(root, w("comment"), {
                w("id"): str(ident), w("author"): AUTHOR["author"], w("date"): AUTHOR["date"],
                w("initials"): "CM"})
            paragraph = etree.SubElement(comment, w("p"), {
                f"{{{W14}}}paraId": f"{ident + 1:08X}"})
            _text(etree.SubElement(paragraph, w("r")), text)
            entry = etree.SubElement(more, f"{{{W15}}}commentEx", {
                f"{{{W15}}}paraId": f"{ident + 1:08X}", f"{{{W15}}}done": str(int(resolved))})
            if parent is not None:
                entry.set(f"{{{W15}}}paraIdParent", f"{parent + 1:08X}")
        parts["word/comments.xml"], parts["word/commentsExtended.xml"] = _bytes(root), _bytes(more)
        types = etree.fromstring(parts["[Content_Types].xml"])
        links = etree.fromstring(parts["word/_rels/document.xml.rels"])
        for name, kind, relation in (("comments", COMMENTS, f"{OFFICE}/comments"),
                                     ("commentsExtended", EXTENDED, MS)):
            if not [e for e in types if e.get("PartName") == f"/word/{name}.xml"]:
                etree.SubElement(types, f"{{{etree.QName(types).namespace}}}Override",
                                 PartName=f"/word/{name}.xml", ContentType=kind)
            if not [e for e in links if e.get("Target") == f"{name}.xml"]:
                etree.SubElement(links, f"{{{PACKAGE}}}Relationship", Id=f"rId_{name}",
                                 Type=relation, Target=f"{name}.xml")
        parts["[Content_Types].xml"] = _bytes(types)
        parts["word/_rels/document.xml.rels"] = _bytes(links)


def text_of(paragraph) -> str:
    return "".join(t.text or "" for t in paragraph.iter(w("t")))


def style_of(paragraph) -> str:
    style = paragraph.find(f"{w('pPr')}/{w('pStyle')}")
    return "" if style is None else style.get(w("val"))


def _bytes(root) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _item(kind: str, **values: str):
    item = etree.Element(w(kind))
    for key, value in values.items():
        item.set(w(key), value)
    return item


def _reference(ident: int):
    run = etree.Element(w("r"))
    run.append(_item("commentReference", id=str(ident)))
    return run


def _text(run, text: str) -> None:
    item = etree.SubElement(run, w("t"))
    item.text = text
    item.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _with_text(run, text: str):
    new = etree.Element(w("r"))
    if (properties := run.find(w("rPr"))) is not None:
        new.append(copy.deepcopy(properties))
    _text(new, text)
    return new


def by_libreoffice(path: Path, folder: Path) -> Path:
    """The same document opened and saved by LibreOffice."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["soffice", f"-env:UserInstallation=file://{folder}/profil", "--headless",
                    "--convert-to", "docx:MS Word 2007 XML", "--outdir", str(folder / "lo"),
                    str(path)], check=True, capture_output=True, timeout=180)
    return folder / "lo" / path.name


def without_properties(data: bytes) -> bytes:
    """As « Inspecter le document » leaves it: no custom property, nothing that leads to them."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {n: package.read(n) for n in package.namelist() if n != "docProps/custom.xml"}
    for name in ("[Content_Types].xml", "_rels/.rels"):
        root = etree.fromstring(parts[name])
        for child in [c for c in root if "custom" in (c.get("PartName") or c.get("Target") or "")]:
            root.remove(child)
        parts[name] = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return zipped(parts)
