"""Every produced file is reopened and must say which region it belongs to (standard library)."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from cepkit.errors import Problem

# Sent to other readers: must carry an identity. Pictures and data beside them need none.
IDENTIFIED = (".html", ".docx", ".xlsx", ".pptx", ".ipynb", ".pdf")


class _Metas(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "meta" and (values.get("name") or "").startswith("cepkit:"):
            self.found[values["name"].removeprefix("cepkit:")] = values.get("content") or ""


def _html(path: Path) -> dict[str, str]:
    parser = _Metas()
    head = path.read_text("utf-8").split("</head>", 1)[0]
    parser.feed(head)
    return parser.found


def _office(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        if archive.testzip() is not None or "docProps/custom.xml" not in archive.namelist():
            return {}
        root = ElementTree.fromstring(archive.read("docProps/custom.xml"))
    return {node.get("name", "").removeprefix("cepkit_"): "".join(node.itertext())
            for node in root if node.get("name", "").startswith("cepkit_")}


def _notebook(path: Path) -> dict[str, str]:
    return json.loads(path.read_text("utf-8")).get("metadata", {}).get("cepkit", {})


def _pdf(path: Path) -> dict[str, str]:
    text = path.read_bytes().decode("latin-1")
    return dict(re.findall(r"cepkit:(region|exercice|empreinte)=([\w-]+)", text))


def identity(path: Path) -> dict[str, str]:
    """What a file says of itself: region, exercice, empreinte (those that it carries)."""
    readers = {".html": _html, ".ipynb": _notebook, ".pdf": _pdf}
    return readers.get(path.suffix, _office)(path)


def check(folder: Path, files: Iterable[str], expected: Mapping[str, str]) -> list[Problem]:
    """Reopen `files` and compare `region` and `exercice` (and `empreinte` when carried)."""
    return [p for name in files if Path(name).suffix in IDENTIFIED
            for p in _check(folder / name, name, expected)]


def _check(path: Path, name: str, expected: Mapping[str, str]) -> list[Problem]:
    try:
        found = identity(path)
    except (OSError, ValueError, EOFError, RuntimeError, NotImplementedError, zlib.error,
            zipfile.BadZipFile, ElementTree.ParseError):
        return [_problem(name, "le fichier produit ne se rouvre pas.")]
    wrong = [key for key in expected
             if found.get(key) != expected[key] and (key in found or key != "empreinte")]
    return [_problem(name, f"le fichier se dit « {key} : {found.get(key, 'absent')} » au lieu de "
                           f"« {expected[key]} ».") for key in wrong]


def _problem(name: str, message: str) -> Problem:
    return Problem(message, classe="rendu", fichier=name, regle="preuve d’appartenance",
                   reparation="relancez avec --force.")
