"""PDF of the report: Pandoc's Typst writer, then the Typst compiler (PDF/UA, fixed clock)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import cepkit.show
from cepkit.errors import RenderError
from cepkit.report.pandoc import (
    INTERMEDIATE,
    Node,
    document,
    node,
    run,
    style_of,
    text_of,
    transform,
)

STYLES = {"Réponse": "reponse", "Mesure": "mesure", "Lecture": "lecture", "Source": "source",
          "Repère": "repere", "Prudence": "prudence", "Bandeau": "bandeau", "A rediger": "arediger",
          "Absence": "absence", "TOC Heading": "chapeau"}


def write(folder: Path, meta: Mapping[str, Any]) -> bytes:
    """Bytes of the PDF made from `rapport.md` in `folder`."""
    import typst

    source = folder / "rapport.typ"
    source.write_text(_source(folder, meta), "utf-8")
    fonts = Path(str(resources.files(cepkit.show) / "fonts"))
    day = dt.datetime(int(meta["annee"]) + 1, 1, 1, tzinfo=dt.UTC)
    try:
        return typst.compile(str(source), root=str(folder), font_paths=[str(fonts)],
                             ignore_system_fonts=True, pdf_standards=["ua-1"],
                             timestamp=int(day.timestamp()))
    except typst.TypstError as error:
        raise RenderError(f"Typst n’a pas pu écrire le PDF : {error}") from None
    finally:
        source.unlink(missing_ok=True)


def _quoted(text: Any) -> str:
    return json.dumps(str(text), ensure_ascii=False)


def _source(folder: Path, meta: Mapping[str, Any]) -> str:
    text = (folder / "rapport.md").read_text("utf-8")
    tree = json.loads(run(["-f", INTERMEDIATE, "-t", "json"], text))
    body = run(["-f", "json", "-t", "typst", "--wrap=none"],
               json.dumps(document(transform(tree["blocks"], lambda item: _typst(
                   item, meta.get("cles", {}))))))
    head = resources.files("cepkit.report").joinpath("rapport.typ").read_text("utf-8")
    keys = ("title", "subtitle", "author", "entete", "mention", "cepkit_region",
            "cepkit_exercice", "cepkit_empreinte")
    values = "\n".join(f"#let {k.replace('_', '-')} = {_quoted(meta.get(k, ''))}" for k in keys)
    return f"{values}\n{head}\n{body}"


def _typst(item: Node, keys: Mapping[str, str]):
    """Named styles become functions of the head, pictures keep their alternative text; the marks
    of keys are left out (`keys`: identifiers of those)."""
    if item["t"] == "Image":
        call = (f"#image({_quoted(item['c'][2][0])}, alt: {_quoted(text_of(item['c'][1]))}, "
                "width: 100%)")
        return node("RawInline", ["typst", call])
    if item["t"] == "Span" and item["c"][0][0] in keys:
        return item["c"][1]
    if item["t"] == "Table":
        for spec in item["c"][2]:
            spec[0] = node("AlignLeft") if spec[0]["t"] == "AlignDefault" else spec[0]
        for row in (row for body in item["c"][4] for row in body[3]):
            _group(row[1])
    if item["t"] != "Div":
        return item
    if item["c"][0][0] == "sommaire":
        return node("RawBlock", ["typst", "#sommaire()"])
    name = STYLES.get(style_of(item) or "")
    if name is None:
        return item
    start, end = (node("RawBlock", ["typst", code]) for code in (f"#{name}[", "]"))
    return [start, *item["c"][1], end]


def _group(cells: list) -> None:
    """A row whose first cell alone holds text names a group: one cell across the table."""
    if len(cells) > 1 and not any(text_of(c[4]).strip() for c in cells[1:]):
        cells[0][3] = len(cells)
        del cells[1:]
