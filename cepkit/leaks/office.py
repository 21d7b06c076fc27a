"""Word, Excel and PowerPoint files: their parts one by one, standard zip and XML."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from lxml import etree

from cepkit.leaks.binary import png
from cepkit.leaks.items import CELLULE, LONE, PHRASE, Item, comments, hidden, spoken

# Parts without text of their own, or read apart. Anything else is hidden content.
QUIET = re.compile(
    r"\[Content_Types\]\.xml|.*\.rels|docProps/(app|core|custom)\.xml|docProps/thumbnail\.\w+|"
    r"word/(document|styles|fontTable|webSettings|numbering|settings|stylesWithEffects)\.xml|"
    r"word/(header|footer)\d*\.xml|word/(footnotes|endnotes|comments)\.xml|word/theme/.*|"
    r"word/media/.*|ppt/media/.*|xl/(workbook|styles|sharedStrings)\.xml|xl/theme/.*|"
    r"xl/worksheets/sheet\d+\.xml|ppt/slides/slide\d+\.xml|ppt/notesSlides/notesSlide\d+\.xml|"
    r"ppt/(presentation|presProps|viewProps|tableStyles)\.xml|ppt/(theme|slideLayouts|"
    r"slideMasters|notesMasters|handoutMasters)/.*")
MUTE = re.compile(r"(word/(styles|fontTable|webSettings|numbering|theme/.*)|xl/theme/.*|"
                  r"ppt/(slideLayouts|slideMasters|notesMasters|handoutMasters)/[^_].*)\.xml")
OWN = {"cepkit_region", "cepkit_exercice", "cepkit_empreinte", "cepkit_document",
       "cepkit_version", "cepkit_operateur"}
# Attributes that say something: element, attribute.
SAYING = {("docPr", "descr"), ("docPr", "title"), ("docPr", "name"), ("cNvPr", "descr"),
          ("cNvPr", "title"), ("hyperlink", "tooltip"), ("tblCaption", "val"),
          ("tblDescription", "val"), ("alias", "val"), ("tag", "val"), ("listItem", "displayText"),
          ("listItem", "value"), ("default", "val"), ("hyperlink", "display"),
          ("inputCells", "val"), ("filter", "val"), ("lvlText", "val")}
CORE = {"title", "creator", "lastModifiedBy", "created", "modified", "revision", "language",
        "lastPrinted"}
FIELDS = re.compile(r"\s*(TOC|PAGE|NUMPAGES|HYPERLINK|REF|PAGEREF|SEQ|STYLEREF)\b")
SPECIAL = {"f", "oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader",
           "firstFooter", "formula", "formula1", "formula2", "rPh", "legacyDrawing", "drawing",
           "extLst", "oleObject"}
YEAR = re.compile(r"(?:19|20)\d\d|\d[\dAB]\d?")  # or the code of a place
BOOKMARK = re.compile(r"c\d+")
Keys = Mapping[str, str]


def word(data: bytes, keys: Keys) -> Iterator[Item]:
    """Items of a docx. keys: {bookmark: key}, from the side file of the region."""
    parts = _parts(data)
    yield from _common(parts)
    yield from _document(_tree(parts["word/document.xml"]), keys)
    for name in parts:
        if re.match(r"word/(header|footer)\d*\.xml", name):
            yield from (Item(name, _text(p)) for p in _all(_tree(parts[name]), "p"))
        elif re.match(r"word/(comments|footnotes|endnotes)\.xml", name):
            yield from hidden(name, _text(_tree(parts[name])))
        elif name == "word/settings.xml":
            values = [v for e in _all(_tree(parts[name]), "docVar") for v in e.attrib.values()]
            yield from hidden(f"{name}, variables", " ".join(values))


def _document(root, keys: Keys) -> Iterator[Item]:
    for table in _all(root, "tbl"):
        rows = [[c for c in r if _name(c) == "tc"] for r in table if _name(r) == "tr"]
        heads = [_text(c) for c in rows[0]] if rows else []
        yield from (Item("tableau, en-tête", head) for head in heads)
        for row in rows[1:]:
            texts = [_text(c) for c in row]
            for i, cell in enumerate(row):
                head = heads[i] if i < len(heads) else ""
                yield from _keyed(cell, keys, f"tableau, {texts[0]}, {head}",
                                  " ".join((head, *texts)), CELLULE if i else PHRASE)
    for paragraph in _all(root, "p"):
        if not any(_name(a) == "tbl" for a in paragraph.iterancestors()):
            yield from _keyed(paragraph, keys, "texte", _text(paragraph), PHRASE)
    for name, what in (("ins", "insertion suivie"), ("del", "suppression suivie"),
                       ("moveFrom", "déplacement suivi"), ("altChunk", "partie incorporée"),
                       ("object", "objet incorporé")):
        yield from (i for e in _all(root, name) for i in hidden(what, _text(e) or "1 objet"))
    for run in _all(root, "r"):
        look = {_name(e): e.get(_w("val")) for p in run if _name(p) == "rPr" for e in p}
        white = look.get("color") == "FFFFFF" and LONE.fullmatch(_text(run).strip())
        if {"vanish", "webHidden"} & look.keys() or white:
            yield from hidden("texte masqué", _text(run))
    for code in _all(root, "instrText"):
        if not FIELDS.match(code.text or ""):
            yield from hidden("champ", code.text)
    for field in _all(root, "fldSimple"):
        if not FIELDS.match(field.get(_w("instr")) or ""):
            yield from hidden("champ", field.get(_w("instr")))


def _keyed(block, keys: Keys, place: str, words: str, nature: str) -> Iterator[Item]:
    """Text of a block, cut at the bookmarks that stand for keys."""
    current, ident, pieces = None, None, [("", None)]
    for element in block.iter():
        name = _name(element)
        if name == "bookmarkStart" and BOOKMARK.fullmatch(element.get(_w("name")) or ""):
            current, ident = element.get(_w("name")), element.get(_w("id"))
            pieces.append(("", current))
        elif name == "bookmarkEnd" and element.get(_w("id")) == ident and current:
            current = None
            pieces.append(("", None))
        elif name in ("t", "delText"):
            pieces[-1] = (pieces[-1][0] + (element.text or ""), pieces[-1][1])
    for text, bookmark in pieces:
        if text.strip():
            lone = nature == CELLULE and LONE.fullmatch(_text(block).strip())
            yield Item(place, text, keys.get(bookmark or ""), words, CELLULE if lone else PHRASE)


def slides(data: bytes, keys: Keys) -> Iterator[Item]:
    """Items of a pptx. keys: {"slide1:shape name": key}."""
    parts = _parts(data)
    yield from _common(parts)
    for name in parts:
        if not re.match(r"ppt/(slides|notesSlides)/\w+\.xml", name):
            continue
        root, place = _tree(parts[name]), name.removesuffix(".xml").rpartition("/")[2]
        if root.get("show") == "0":
            yield from hidden(f"{place}, diapositive masquée", _text(root))
        for table in _all(root, "tbl"):
            rows = [[_text(c) for c in r if _name(c) == "tc"] for r in _all(table, "tr")]
            for row in rows[1:]:
                yield from (Item(f"{place}, {row[0]}", t, None, " ".join((h, *row)))
                            for h, t in zip(rows[0], row, strict=False))
        for paragraph in _all(root, "p"):
            if not any(_name(a) == "tbl" for a in paragraph.iterancestors()):
                yield Item(place, _text(paragraph))
        for shape in _all(root, "cNvPr"):
            if shape.get("hidden") in ("1", "true"):
                yield from hidden(f"{place}, forme masquée", _text(shape.getparent().getparent()))


def workbook(data: bytes, sheet_of_keys: str) -> Iterator[Item]:
    """Items of an xlsx. Keys are those of its own sheet `sheet_of_keys`."""
    parts = _parts(data)
    yield from _common(parts)
    strings = [_text(e) for e in _all(_tree(parts["xl/sharedStrings.xml"]), "si")] \
        if "xl/sharedStrings.xml" in parts else []
    book = _tree(parts["xl/workbook.xml"])
    yield from (i for e in _all(book, "definedName") for i in hidden(
        f"nom défini {e.get('name')}", f"{e.get('name')} {e.text or ''} {e.get('comment') or ''}"))
    targets = {e.get("Id"): "xl/" + e.get("Target").removeprefix("/xl/")
               for e in _tree(parts["xl/_rels/workbook.xml.rels"])}
    sheets = {e.get("name"): (_tree(parts[targets[_relation(e)]]), e.get("state", "visible"))
              for e in _all(book, "sheet")}
    used: set[int] = set()
    cells = {name: _cells(root, strings, used) for name, (root, _) in sheets.items()}
    keys = _own_keys(cells.get(sheet_of_keys, {}))
    for name, (root, state) in sheets.items():
        if state != "visible":
            yield from hidden(f"feuille masquée {name}", " ".join(cells[name].values()))
        elif name != sheet_of_keys:
            yield from _sheet(name, root, cells[name], keys)
        else:
            yield from (i for place, text in cells[name].items() if place[0] not in "ABC"
                        or place[1:].isdigit() is False for i in hidden(f"{name}!{place}", text))
    for format_ in _all(_tree(parts["xl/styles.xml"]), "numFmt"):
        yield from hidden("format de nombre", " ".join(re.findall(
            r'"[^"]*"', format_.get("formatCode") or "")))
    yield from hidden("textes sans cellule", " ".join(
        t for i, t in enumerate(strings) if i not in used))


def _sheet(name: str, root, cells: Mapping[str, str], keys: Mapping) -> Iterator[Item]:
    rows: dict[int, dict[str, str]] = {}
    for place, text in cells.items():
        column, row = _split(place)
        rows.setdefault(row, {})[column] = text
    title = " ".join(rows.get(1, {}).values())
    for row, texts in rows.items():
        for column, text in texts.items():
            head = rows.get(3, {}).get(column, "") if row > 3 else ""
            words = " ".join((title, head, *texts.values()))
            titling = row <= 3 or column == "A" and len(texts) > 1  # a year, a code
            numeric = LONE.fullmatch(text.strip()) and not (titling and YEAR.fullmatch(text))
            yield Item(f"{name}!{column}{row}", text.replace(".", ","),
                       keys.get((name, f"{column}{row}")), words,
                       CELLULE if numeric else PHRASE)
    for element in root.iter():
        kind = _name(element)
        shut = element.get("hidden") in ("1", "true") or min(
            float(element.get("width") or 1), float(element.get("ht") or 1)) < 0.5
        if kind in ("row", "col") and shut:
            yield from hidden(f"{name}, {'ligne' if kind == 'row' else 'colonne'} masquée",
                              f"{element.get('r') or element.get('min')}")
        elif kind in SPECIAL:
            yield from hidden(f"{name}, {kind}", "".join(element.itertext()) or "1 objet")
        elif kind == "dataValidation":
            yield from hidden(f"{name}, validation", f"{element.get('prompt') or ''}"
                              f"{element.get('error') or ''}")


def _own_keys(cells: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """(sheet, cell) -> key, from the lines « Feuille, Cellule, Clé »."""
    return {(text, cells.get(f"B{place[1:]}", "")): cells.get(f"C{place[1:]}", "")
            for place, text in cells.items() if re.fullmatch(r"A\d+", place) and int(place[1:]) > 3}


def _cells(root, strings: list[str], used: set[int]) -> dict[str, str]:
    """{place: text} of a sheet."""
    found = {}
    for cell in _all(root, "c"):
        value = next((v.text for v in cell if _name(v) == "v"), None)
        if cell.get("t") == "s" and value is not None:
            used.add(int(value))
            value = strings[int(value)]
        elif cell.get("t") == "inlineStr":
            value = _text(cell)
        if value:
            found[cell.get("r")] = value
    return found


def _split(place: str) -> tuple[str, int]:
    letters = place.rstrip("0123456789")
    return letters, int(place[len(letters):])


def _common(parts: Mapping[str, bytes]) -> Iterator[Item]:
    """What any Office file can hide: unknown parts, properties, pictures, links outside."""
    for name, data in parts.items():
        if name.endswith((".xml", ".rels")):
            root = _tree(data)
            yield from comments(root)
            for element in root.iter() if not name.startswith("docProps/") else ():
                for key, value in element.attrib.items():
                    if (_name(element), etree.QName(key).localname) in SAYING:
                        yield from spoken(f"{name}, {_name(element)}", value)
            if MUTE.fullmatch(name):
                yield from (Item(name, _text(p)) for p in _all(root, "p"))
        if not QUIET.fullmatch(name) or "/media/" in name and not name.endswith(".png"):
            said = data.decode("utf-8", "replace")
            text = re.sub(r"<[^>]*>", " ", said) if data[:1] == b"<" else "1 fichier incorporé"
            yield from hidden(f"partie {name}", text)
        elif name.endswith(".png"):
            yield from png(data, name)
        elif name.endswith(".rels") and b'TargetMode="External"' in data:
            for target in (unquote(e.get("Target") or "") for e in _tree(data)
                           if e.get("TargetMode") == "External"):
                web = target.startswith(("http://", "https://", "mailto:"))
                yield from [Item(f"{name}, lien", target)] if web else hidden(
                    f"{name}, lien externe", target)
    for element in _tree(parts["docProps/core.xml"]) if "docProps/core.xml" in parts else ():
        if _name(element) not in CORE:
            yield from hidden(f"propriété {_name(element)}", element.text)
        elif _name(element) in ("title", "creator"):
            yield Item(f"propriété {_name(element)}", element.text or "")
    for element in _tree(parts["docProps/custom.xml"]) if "docProps/custom.xml" in parts else ():
        if element.get("name") not in OWN:
            yield from hidden(f"propriété {element.get('name')}", "".join(element.itertext()))
    app = _tree(parts["docProps/app.xml"]) if "docProps/app.xml" in parts else ()
    for element in app:
        if _name(element) in ("Company", "Manager", "HyperlinkBase", "Template", "DigSig"):
            yield from hidden(f"propriété {_name(element)}", element.text)


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        said = {"commentaire de l’archive": package.comment} if package.comment else {}
        return said | {n: package.read(n) for n in package.namelist() if not n.endswith("/")}


def _tree(data: bytes):
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False))


def _name(element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _w(name: str) -> str:
    return f"{{http://schemas.openxmlformats.org/wordprocessingml/2006/main}}{name}"


def _relation(element) -> str:
    return next(v for k, v in element.attrib.items() if k.endswith("}id"))


def _all(root, name: str) -> Iterator:
    return (e for e in root.iter() if _name(e) == name)


def _text(element) -> str:
    """Visible text of an element: words of its runs, a space between paragraphs."""
    parts = [" " if _name(e) in ("p", "br", "tab") else e.text or "" for e in element.iter()
             if _name(e) in ("t", "delText", "p", "br", "tab", "v")]
    return " ".join("".join(parts).split(" ")).strip()


