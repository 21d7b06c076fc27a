"""Pages and drawings: tables, sentences, marks, and what a page can hide."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import unquote, unquote_to_bytes

from lxml import etree, html

from cepkit import codes
from cepkit.leaks.binary import png
from cepkit.leaks.items import CELLULE, LONE, PHRASE, Item, comments, hidden, spoken
from cepkit.show.assets import SCRIPT
from cepkit.show.theme import TICK
from cepkit.show.trace import NUMBER, number

CLE = "data-cle"
OWN = {"cepkit:region", "cepkit:exercice", "cepkit:empreinte"}
# Attributes whose digits place, number or link things. Those of any other one say something.
PLACING = {"id", "class", "style", "href", "src", "colspan", "rowspan", "tabindex", "charset",
           "content", "type", "start", "lang", "width", "height", "for", "headers", "media",
           "data-cle", "aria-labelledby", "aria-describedby", "aria-controls", "http-equiv"}
METAS = {"viewport", "generator", "author", "description", "robots", "color-scheme"}
STYLED = ("data-custom-style",)
SPOKEN = ("title", "alt", "data-fig-alt", "aria-label", "aria-description", "placeholder",
          "summary")
VOID = {"script", "template", "noscript", "iframe", "object", "embed", "input", "textarea"}
INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:[;\s]|$)"
                       r"|font-size\s*:\s*0|color\s*:\s*transparent")
CODE = re.compile("^(\\d[\\dAB]\\d?)[ \u00a0](?=\\w)")  # of a department, before a name or a value
GRADUATION = f"t{TICK:g}"


def page(data: bytes) -> Iterator[Item]:
    """Items of an html page."""
    root = html.document_fromstring(data.decode("utf-8"))
    yield from comments(root)
    yield from fragment(root)


def drawing(data: bytes) -> Iterator[Item]:
    """Items of an svg file."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False))
    yield from comments(root)
    yield from _svg(root, "dessin")
    for element in root.iter():
        yield from (i for v in element.attrib.values() if v.startswith("data:")
                    for i in embedded(v, "dessin"))


def fragment(root) -> Iterator[Item]:
    """Items of a tree of html elements."""
    yield from _hidden(root)
    for table in root.iter("table"):
        yield from _table(table)
    for element in root.iter():
        name = _name(element)
        if name == "svg" and not _inside(element, "svg"):
            yield from _svg(element, _place(element))
        elif name and not _inside(element, "svg", "table", "script", "style"):
            yield from _words(element)


def _name(element) -> str:
    """Local name of an element, empty for a comment or an instruction."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _inside(element, *names: str) -> bool:
    return any(_name(a) in names for a in element.iterancestors())


def _place(element) -> str:
    """Nearest identifier above an element."""
    for ancestor in (element, *element.iterancestors()):
        if ancestor.get("id"):
            return f"#{ancestor.get('id')}"
    return "page"


def _words(element) -> Iterator[Item]:
    """Text of an element and of its spoken attributes; the sentence is that of its block."""
    if _name(element) in VOID | {"style", "table"}:
        return
    block = element
    while _name(block) in ("span", "b", "i", "em", "strong", "a", "abbr") \
            and block.getparent() is not None:
        block = block.getparent()
    said = " ".join(block.itertext()) if _name(block) not in ("body", "html") else ""
    for text, cle in ((element.text, element.get(CLE)), (element.tail, None)):
        if text and text.strip():
            yield Item(_place(element), text, cle, said or text)


def _table(table) -> Iterator[Item]:
    """Cells: a number alone carries its key; context is row, column and caption."""
    caption = " ".join(" ".join(c.itertext()) for c in table.iter("caption"))
    yield Item(_place(table), caption)
    heads, group = [], ""
    for row in table.iter("tr"):
        cells = [c for c in row if _name(c) in ("td", "th")]
        texts = [" ".join("".join(c.itertext()).split()) for c in cells]
        yield from (Item(f"{_place(table)}, en-tête", t, contexte=f"{caption} {t}")
                    for c, t in zip(cells, texts, strict=True) if _name(c) == "th")
        if not any(_name(c) == "td" for c in cells):
            heads, group = (texts, "") if len(cells) > 1 else (heads, " ".join(texts))
            continue
        for i, cell in enumerate(cells):
            head = heads[i] if i < len(heads) else ""
            words = " ".join((caption, group, head, *texts))
            if _name(cell) == "td":
                yield from _cell(cell, texts[i], words, f"{_place(table)}, {texts[0]}, {head}")
        yield from (Item(f"{_place(table)}, entre les cellules", c.tail, contexte=" ".join(texts))
                    for c in cells if (c.tail or "").strip())


def _cell(cell, text: str, words: str, place: str) -> Iterator[Item]:
    keyed = [cell, *cell.iter("span")] if cell.get(CLE) is None else [cell]
    found = [(e, e.get(CLE)) for e in keyed if e.get(CLE)]
    for element, cle in found:
        yield Item(place, "".join(element.itertext()), cle, words)
    if cell.get(CLE):
        return
    left = "".join(cell.itertext()) if not found else " ".join(
        t for t in [cell.text or "", *(c.tail or "" for c in cell)])
    yield Item(place, left.strip(), None, words, CELLULE if LONE.fullmatch(text) else PHRASE)


def _svg(svg, place: str) -> Iterator[Item]:
    """Marks of a drawing. A title or a description says nothing that the figure does not."""
    figure = next((a for a in svg.iterancestors("figure")), svg)
    known = {n for e in figure.iter() if _name(e) not in ("desc", "title", "metadata", "")
             for n in NUMBER.findall(f"{e.text or ''} ; {e.tail or ''}")}
    places = {c for e in figure.iter() if _name(e) == "th"
              for c in CODE.findall("".join(e.itertext()))}
    said = "".join(figure.itertext())
    places |= {c for c in codes.REGIONS if codes.region_name(c) in said}
    ticks = _scales(svg)
    for element in svg.iter():
        name = _name(element)
        if name == "text":
            text = CODE.sub("", "".join(element.itertext()))  # « 75 12,9 »: Paris, then its value
            lone = LONE.fullmatch(text.strip()) and element not in ticks and (
                text.strip() not in places)
            yield Item(f"{place}, dessin", text, element.get(CLE),
                       nature=CELLULE if lone else PHRASE)
        elif name in ("desc", "title"):
            text = element.text or ""
            yield Item(f"{place}, {name}", text)
            said = re.sub(r"\b\d+ lignes\b|\(\d[\dAB]\d?\)", "", text)  # how many; code of a place
            extra = [n for n in NUMBER.findall(said) if n not in known]
            yield from hidden(f"{place}, {name}", " ".join(extra))
        elif name in ("metadata", "foreignObject", "script"):
            yield from hidden(f"{place}, {name}", "".join(element.itertext()))
        for key, value in element.attrib.items():
            if key.startswith(("data-", "aria-")) and key not in PLACING:
                yield from hidden(f"{place}, attribut {key}", value)


def _scales(svg) -> set:
    """Texts that graduate an axis: at one height or one side, their values as far apart as they
    stand. A number that does not is no graduation, whatever its looks."""
    rows: dict[tuple[str, str], list[tuple[float, float, object]]] = {}
    for element in svg.iter():
        text = "".join(element.itertext()).strip() if _name(element) == "text" else ""
        if GRADUATION in (element.get("class") or "").split() and LONE.fullmatch(text):
            place = {a: element.get(a) or "0" for a in "xy"}
            value = number(text.strip(" \u00a0%").replace(" ", ""))
            for fixed, along, sign in (("y", "x", 1), ("x", "y", -1)):
                rows.setdefault((fixed, place[fixed]), []).append(
                    (sign * float(place[along]), value, element))
    return {element for row in rows.values() for scale in _rising(sorted(row, key=lambda t: t[0]))
            if _even([t[:2] for t in scale]) for _, _, element in scale}


def _rising(row: list[tuple]) -> Iterator[list[tuple]]:
    """Scales that stand side by side: each goes up."""
    cuts = [i for i in range(1, len(row)) if row[i][1] <= row[i - 1][1]]
    for start, stop in zip([0, *cuts], [*cuts, len(row)], strict=True):
        yield row[start:stop]


def _even(scale: list[tuple[float, float]]) -> bool:
    (first, low), (last, high) = scale[0], scale[-1]
    if len(scale) < 3:  # two marks always agree: around zero, or years
        return len(scale) == 2 and (low * high <= 0 or 1900 < low < high < 2100)
    return all(abs((at - first) * (high - low) - (value - low) * (last - first))
               <= 0.02 * (high - low) * (last - first) for at, value in scale)


def _hidden(root) -> Iterator[Item]:
    """Comments, scripts, invisible elements, unknown attributes and metadata, embedded data."""
    for element in root.iter():
        name, place = _name(element), _place(element)
        if not name:
            continue
        if name in VOID and (element.text or "") != SCRIPT:
            yield from hidden(f"{place}, <{name}>", f"{element.text or ''} {element.get('value')}"
                              if element.get("value") else element.text)
        if name == "style":
            yield from (i for said in re.findall(r"/\*(.*?)\*/", element.text or "", re.S)
                        for i in spoken("feuille de style, commentaire", said))
            quoted = re.findall(r"content\s*:\s*[\"']([^\"']*\d[^\"']*)", element.text or "")
            for said in quoted:
                yield from hidden("feuille de style", said) if LONE.fullmatch(said.strip()) \
                    else [Item("feuille de style", said)]
        if element.get("hidden") is not None or INVISIBLE.search(element.get("style") or ""):
            yield from hidden(f"{place}, élément invisible", "".join(element.itertext()))
        if name == "meta" and element.get("http-equiv") != "Content-Security-Policy":
            called = element.get("name") or element.get("property") or ""
            if called in METAS - {"viewport"}:
                yield Item(f"métadonnée {called}", element.get("content") or "")
            elif called not in OWN | {"viewport"}:
                yield from hidden(f"métadonnée {called}", element.get("content"))
        for key, value in element.attrib.items():
            if key in SPOKEN:
                yield Item(f"{place}, {key}", value)
            elif value.startswith("data:"):
                yield from embedded(value, place)
            elif name == "svg" or _inside(element, "svg"):
                continue
            elif key not in (*PLACING, *STYLED) or "--" in value and key == "style":
                yield from hidden(f"{place}, attribut {key}", value)
            elif key == "href":
                yield Item(f"{place}, lien", unquote(value))


def embedded(uri: str, place: str) -> Iterator[Item]:
    """A data: address: a picture is read, anything else is hidden content."""
    head, _, body = uri.partition(",")
    data = base64.b64decode(body) if head.endswith(";base64") else unquote_to_bytes(body)
    if head.startswith("data:image/png"):
        yield from png(data, f"{place}, image")
    elif head.startswith("data:image/svg+xml"):
        yield from drawing(data)
    elif not head.startswith("data:font/"):
        yield from hidden(f"{place}, données incorporées ({head[5:40]})",
                          data.decode("utf-8", "replace")[:2000])
