"""Open a docx that someone sent: size limits first, then XML without entity nor network."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from cepkit.errors import Problem, SourceError
from cepkit.report.word import CUSTOM, W, w

WEIGHT = 60 * 2**20  # bytes of the file
PARTS = 3000
PART = 80 * 2**20  # bytes of one part, unpacked
WHOLE = 300 * 2**20
NEEDED = ("[Content_Types].xml", "word/document.xml")


@dataclass(frozen=True)
class WordFile:
    """Parts of a docx, its custom properties, names of its styles by identifier."""

    name: str
    parts: Mapping[str, bytes] = field(repr=False)
    properties: Mapping[str, str]
    styles: Mapping[str, str] = field(repr=False)

    def tree(self, part: str) -> Any | None:
        """Root of an XML part; None when the file has no such part."""
        data = self.parts.get(part)
        return None if data is None else parse(data, self.name)


def _refused(name: str, message: str, repair: str = "demandez une nouvelle copie du document, au "
             "format docx.") -> SourceError:
    return SourceError(Problem(message, classe="source", fichier=name, reparation=repair))


def read(path: Path) -> WordFile:
    """The file, checked before it is unpacked. Raises `SourceError` (exit 11)."""
    path = Path(path)
    if not path.is_file():
        raise _refused(path.name, "ce fichier n’existe pas.", "vérifiez son nom et son dossier.")
    if path.stat().st_size > WEIGHT:
        raise _refused(path.name, f"ce fichier dépasse {WEIGHT >> 20} Mio : il n’est pas lu.")
    try:
        return parts_of(path.name, path.read_bytes())
    except PermissionError:
        raise _refused(path.name, "ce fichier est verrouillé par un autre programme.",
                       "fermez-le, puis relancez.") from None


def parts_of(name: str, data: bytes) -> WordFile:
    """The same, from bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            _limits(name, package)
            parts = {i.filename: package.read(i) for i in package.infolist()
                     if not i.is_dir() and i.filename.endswith((".xml", ".rels"))}
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError,
            ValueError):
        raise _refused(name, "ce fichier n’est pas un document Word lisible (abîmé, protégé par "
                       "un mot de passe, ou d’un autre format).") from None
    if any(part not in parts for part in NEEDED):
        raise _refused(name, "ce fichier n’est pas un document Word (docx).",
                       "enregistrez-le au format docx, puis relancez.")
    found = WordFile(name, parts, {}, {})
    return WordFile(name, parts, _properties(found), _styles(found))


def _limits(name: str, package: zipfile.ZipFile) -> None:
    """Sizes are those that the archive declares: reading never goes past them."""
    sizes = [i.file_size for i in package.infolist()]
    if len(sizes) > PARTS or max(sizes, default=0) > PART or sum(sizes) > WHOLE:
        raise _refused(name, "ce fichier se déploie en un volume démesuré : il n’est pas lu.")


def parse(data: bytes, name: str) -> Any:
    """An XML part; a document type (where entities are declared) is refused."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False,
                             dtd_validation=False, huge_tree=False, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise _refused(name, "ce document contient du XML illisible.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _refused(name, "ce document déclare des entités XML : il n’est pas lu.")
    return root


def _properties(file: WordFile) -> dict[str, str]:
    root = file.tree("docProps/custom.xml")
    return {} if root is None else {p.get("name", ""): "".join(p.itertext()).strip()
                                    for p in root.iter(f"{{{CUSTOM}}}property")}


def _styles(file: WordFile) -> dict[str, str]:
    root = file.tree("word/styles.xml")
    if root is None:
        return {}
    names = ((s.get(w("styleId")), s.find(w("name"))) for s in root.iter(f"{{{W}}}style"))
    return {ident: n.get(w("val"), "") for ident, n in names if ident and n is not None}
