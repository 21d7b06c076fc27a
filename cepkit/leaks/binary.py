"""Pictures and PDF: text chunks, metadata, annotations, attachments, layers, and the text."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from cepkit.leaks.items import Item, hidden

# Chunks that only draw. https://www.w3.org/TR/png-3/
DRAWN = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"pHYs", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"bKGD",
         b"sBIT"}
INFO = {"/Title", "/Keywords", "/Author", "/Creator", "/Producer", "/ModDate", "/CreationDate"}
KEYWORDS = re.compile(r"cepkit:(?:region|exercice|empreinte)=[\w-]+")
SPOKEN = ("/Alt", "/ActualText", "/E", "/Title")  # of figures, words, outline
XMP = {"li", "Keywords", "CreatorTool", "ModifyDate", "CreateDate", "MetadataDate", "part",
       "NPages", "format", "InstanceID", "DocumentID", "RenditionClass", "PDFVersion",
       "conformance", "amd", "rev", "Producer", "Trapped"}


def png(data: bytes, place: str = "image") -> Iterator[Item]:
    """Everything in a PNG that is no picture: text chunks, unknown chunks, what follows."""
    at = 8
    while at + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        at += 12 + length
        if kind not in DRAWN:
            yield from hidden(f"{place}, bloc {kind.decode('latin-1')}", _chunk(kind, body))
        if kind == b"IEND":
            break
    yield from hidden(f"{place}, après la fin", data[at:at + 2000].decode("latin-1"))


def _chunk(kind: bytes, body: bytes) -> str:
    """Text of a chunk; compressed ones are opened."""
    name, _, rest = body.partition(b"\0")
    packed = rest[1:] if kind == b"zTXt" else rest.split(b"\0", 3)[-1] \
        if kind == b"iTXt" and rest[:1] == b"\1" else None
    try:
        rest = zlib.decompress(packed) if packed is not None else rest
    except zlib.error:
        pass
    return f"{name.decode('latin-1')} {rest.decode('utf-8', 'replace')}"


def pdf(data: bytes) -> Iterator[Item]:
    """Metadata, annotations, attachments, layers and lines of a PDF."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    for key, value in (reader.metadata or {}).items():
        said = KEYWORDS.sub("", str(value)) if key == "/Keywords" else str(value)
        if key not in INFO or key == "/Keywords":
            yield from hidden(f"métadonnée {key}", said.strip(" ,"))
        else:
            yield Item(f"métadonnée {key}", said)
    yield from hidden("après la fin", data.rpartition(b"%%EOF")[2].decode("latin-1"))
    for number in range(1, len(reader.xref_objStm) + sum(map(len, reader.xref.values())) + 1):
        said = reader.get_object(number) if _known(reader, number) else None
        for key in SPOKEN if isinstance(said, dict) else ():
            yield Item(f"objet {number}, {key}", str(said.get(key, "")))
    yield from _xmp(reader)
    root = reader.trailer["/Root"]
    for key in ("/OpenAction", "/AA", "/OCProperties", "/AcroForm", "/AF", "/Collection"):
        if key in root:
            yield from hidden(f"catalogue {key}", f"1 {root[key]}")
    yield from (hidden("pièce jointe", f"1 {name}")[0] for name in reader.attachments)
    for number, sheet in enumerate(reader.pages, 1):
        for note in sheet.get("/Annots", ()) or ():
            note = note.get_object()
            said = " ".join(str(note[k]) for k in ("/T", "/RC", "/TU", "/V") if k in note)
            said += "" if note.get("/Subtype") == "/Link" else f" {note.get('/Contents', '')}"
            yield from hidden(f"page {number}, annotation", said)
        yield from (Item(f"page {number}", line) for line in sheet.extract_text().splitlines())


def _known(reader, number: int) -> bool:
    return number in reader.xref_objStm or any(number in t for t in reader.xref.values())


def _xmp(reader) -> Iterator[Item]:
    found = reader.xmp_metadata
    if found is None:
        return
    for element in ElementTree.fromstring(found.stream.get_data()).iter():
        name = element.tag.rpartition("}")[2]
        said = KEYWORDS.sub("", element.text or "") if name == "Keywords" else element.text
        if name not in XMP or name == "Keywords":
            yield from hidden(f"métadonnée XMP {name}", (said or "").strip(" ,\n"))
        elif name == "li":
            yield Item("métadonnée XMP", said or "")
