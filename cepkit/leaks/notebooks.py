"""Executed notebooks and JSON files: outputs, metadata, widget state, attachments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lxml import html

from cepkit.leaks import web
from cepkit.leaks.items import CELLULE, Item, hidden
from cepkit.show.blocks import MIME

METADATA = {"kernelspec", "language_info", "cepkit", "papermill"}
CELL = {"tags", "editable", "deletable", "collapsed", "scrolled", "trusted", "slideshow", "jupyter"}
PARAMETERS = {"region", "exercice"}
NODE = {"cells", "metadata", "nbformat", "nbformat_minor"}
LINES = {"id", "cell_type", "metadata", "source", "outputs", "execution_count", "attachments"}
LANGUAGE = {"name", "display_name", "language", "version", "mimetype", "file_extension",
            "pygments_lexer", "nbconvert_exporter", "codemirror_mode", "ipython"}
BLOCK = {"kind", "repere", "titre", "markdown", "table", "files", "meta"}
TABLE = {"titre", "mesure", "note", "columns", "rows", "keys", "groups", "totals", "valeurs",
         "cles"}
TEXT = ("text/plain", "text/markdown", "text/latex")
MANIFEST = {"exercice", "region", "version", "etat", "empreinte_diffusee", "cepkit", "regions",
            "moteur_rapport", "notes", "fichiers", "chemin", "sha256", "octets", "dossier",
            "manifeste_sha256", "documents", "cles"}
CONTENT = {"elements", "citees", "constats", "textes", "titres", "produits", "etat_le", "document"}


def notebook(data: bytes) -> Iterator[Item]:
    """Items of an executed notebook; its code and its fixed words are its source."""
    node = _read(data)
    yield from _others(node, NODE, "notebook")
    for key, value in node.get("metadata", {}).items():
        known = key in METADATA and set(_keys(value)) <= LANGUAGE | PARAMETERS | {
            "parameters", "empreinte"}
        if not known:
            yield from hidden(f"métadonnées, {key}", _said(value))
    for number, cell in enumerate(node.get("cells", []), 1):
        place = f"cellule {number}"
        yield from _others(cell, LINES, place)
        yield from _others(cell.get("metadata", {}), CELL, f"{place}, métadonnées")
        yield from (i for tag in cell.get("metadata", {}).get("tags", ())
                    for i in hidden(f"{place}, étiquette", tag))
        yield from _lines(f"{place}, source", cell.get("source", ""))
        for name in cell.get("attachments") or ():
            yield from hidden(f"{place}, pièce jointe {name}", "1 pièce jointe")
        for output in cell.get("outputs") or ():
            yield from _output(output, place)


def _output(output: dict[str, Any], place: str) -> Iterator[Item]:
    yield from hidden(f"{place}, métadonnées de sortie",
                      _said(output["metadata"]) if output.get("metadata") else "")
    for key in ("text", "ename", "evalue", "traceback"):
        yield from _lines(f"{place}, sortie", output.get(key, ""))
    bundle = output.get("data", {})
    for kind, value in bundle.items():
        if kind == MIME:
            yield from _block(value, f"{place}, bloc")
        elif kind == "text/html":
            yield from web.fragment(html.fragment_fromstring(_joined(value), "div"))
        elif kind in TEXT:
            yield from _lines(f"{place}, {kind}", value)
        elif kind == "image/png":
            yield from web.embedded(f"data:image/png;base64,{_joined(value)}", place)
        elif kind == "image/svg+xml":
            yield from web.drawing(_joined(value).encode())
        else:
            yield from hidden(f"{place}, sortie {kind}", _said(value))


def _block(block: dict[str, Any], place: str) -> Iterator[Item]:
    """The model behind a block: each number has its key, as in the workbook."""
    yield from _others(block, BLOCK, place)
    for key in ("titre", "markdown"):
        yield from _lines(f"{place}, {key}", block.get(key) or "")
    for name, value in (block.get("files") or {}).items():
        yield from web.embedded(f"data:image/png;base64,{value}", f"{place}, {name}")
    table = block.get("table") or {}
    yield from _others(table, TABLE, f"{place}, table")
    heads = [str(c) for c in table.get("columns") or ()]
    words = [table.get(k) or "" for k in ("titre", "mesure", "note")]
    for said in (*words, *heads, *filter(None, table.get("groups") or ())):
        yield from _lines(f"{place}, table", said)
    for i, row in enumerate(table.get("rows") or ()):
        if not isinstance(row, list):
            continue
        keys = (table.get("keys") or [[]] * (i + 1))[i] or [None] * len(row)
        words = " ".join(map(str, row))
        for head, value, cle in zip(heads, row, keys, strict=False):
            lone = isinstance(value, (int, float)) and not isinstance(value, bool)
            text = f"{value}".replace(".", ",") if lone else str(value)
            yield Item(f"{place}, table, {row[0]}, {head}", text, cle, f"{head} {words}",
                       *([CELLULE] if lone else []))


def _others(node: dict[str, Any], known: set[str], place: str) -> Iterator[Item]:
    """Fields that our writers do not make."""
    for key, value in node.items():
        if key not in known:
            yield from hidden(f"{place}, {key}", _said(value))


def _lines(place: str, text: Any) -> Iterator[Item]:
    """Lines; those of a table are read with its heads."""
    lines, heads = _joined(text).splitlines(), ""
    for i, line in enumerate(lines):
        following = lines[i + 1] if i + 1 < len(lines) else ""
        if following.startswith(("|:-", "|--", "|-")) or (i == 1 and "  " in line):
            heads = line
        if line.strip():
            yield Item(place, line, contexte=f"{heads} {line}" if heads else "")


def document(data: bytes) -> Iterator[Item]:
    """A JSON file of ours (manifest, side file, values of a report): known fields only."""
    yield from _fields(_read(data), "")


def _fields(value: Any, place: str) -> Iterator[Item]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in CONTENT and not place:
                yield from _content(inner, key)
            elif place.endswith(".cles"):
                if not (isinstance(inner, str) and len(inner.split("|")) == 7):
                    yield from hidden(f"champ {place}.{key}", f"{key} {_said(inner)}")
            elif key not in MANIFEST:
                yield from hidden(f"champ {place}.{key}", f"{key} {_said(inner)}")
            else:
                yield from _fields(inner, f"{place}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _fields(inner, place)
    elif isinstance(value, str):
        yield Item(f"champ {place}", value)
    elif value is not None and not isinstance(value, bool) and not place.endswith(".octets"):
        yield from hidden(f"champ {place}", str(value))


def _content(value: Any, place: str) -> Iterator[Item]:
    """What `valeurs.json` says of a report: texts, and tables as lists of lines."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _content(inner, f"{place}.{key}")
    elif isinstance(value, list) and value and all(isinstance(line, list) for line in value):
        for line in value[1:]:
            for head, cell in zip(value[0], line, strict=False):
                yield Item(f"champ {place}, {line[0]}, {head}", str(cell),
                           contexte=" ".join(map(str, (head, *line))))
    elif isinstance(value, list):
        for inner in value:
            yield from _content(inner, place)
    elif isinstance(value, str):
        yield from _lines(f"champ {place}", value)
    elif value is not None:
        yield Item(f"champ {place}", str(value), nature=CELLULE)


def _read(data: bytes) -> Any:
    """JSON where no field is given twice: readers would keep one, people see both."""
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("champ répété")
        return found
    return json.loads(data, object_pairs_hook=once)


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keys(inner)


def _joined(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
