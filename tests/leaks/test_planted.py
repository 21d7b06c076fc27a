"""A withheld value planted in a produced file is found, in each format and hiding place."""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.scenario import InputCells, Scenario
from PIL import Image, PngImagePlugin
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, TextStringObject

from tests.leaks.conftest import Plant

Edit = Callable[[str, Plant], str]


def caught(plant: Plant, name: str, content: bytes) -> list[str]:
    """Reasons of the leaks of a planted file; the value itself is never told."""
    leaks = plant.leaks(name, content)
    assert leaks, f"nothing found in {name}"
    return [leak.raison for leak in leaks]


def in_letters(number: int) -> str:
    return ("zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze "
            "quinze seize").split()[number]


def test_untouched_files_raise_nothing(plant):
    for path in sorted(plant.folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(plant.folder).as_posix()
            assert plant.leaks(name, path.read_bytes()) == [], name


# ---- html and svg -----------------------------------------------------------------------------

def _before_end(piece: str) -> Edit:
    return lambda page, p: page.replace("</main>", piece.format(v=p.secret.valeur, n=p.secret.nom,
                                                                k=p.secret.cle) + "</main>", 1)


def _row(page: str, plant: Plant, cell: str) -> str:
    """The first « s. » of the row of the withheld group becomes `cell`."""
    row = re.search(rf'<th scope="row">{plant.secret.nom}</th>.*?</tr>', page)
    return page.replace(row[0], re.sub(r"<td class=\"n\"><abbr[^>]*>s\.</abbr></td>", cell, row[0],
                                       count=1), 1)


def _unkeyed(page: str, p: Plant) -> str:
    return _row(page, p, f'<td class="n">{p.secret.valeur}</td>')


def _keyed(page: str, p: Plant) -> str:
    return _row(page, p, f'<td class="n" data-cle="{p.secret.cle}">{p.secret.valeur}</td>')


def _wrong(page: str, p: Plant) -> str:
    return re.sub(r'(data-cle="06\|2022\|total\|ensemble\|sexe:femme\|part\|valeur">)[\d,]+',
                  r"\g<1>12,3", page, count=1)


HTML: dict[str, Edit] = {
    "cell without key": _unkeyed,
    "cell with its key": _keyed,
    "another value under a key": _wrong,
    "cell with a made up key": lambda page, p: _row(
        page, p, f'<td data-cle="06|2022|total|ensemble|ligne:x|description|y">{p.secret.valeur}'
                 "</td>"),
    "sentence": _before_end("<p>{n} : {v} personnes.</p>"),
    "comment": _before_end("<!-- {v} -->"),
    "invisible element": _before_end('<p style="display: none">{v}</p>'),
    "hidden element": _before_end("<p hidden>{v}</p>"),
    "script": _before_end('<script type="application/json">{{"v": {v}}}</script>'),
    "attribute": _before_end('<p data-v="{v}"></p>'),
    "form": _before_end('<input type="hidden" value="{v}">'),
    "style": _before_end('<style>p::after {{ content: "{v}" }}</style>'),
    "metadata": lambda page, p: page.replace(
        "</head>", f'<meta name="note" content="{p.secret.valeur}"></head>'),
    "svg description": lambda page, p: page.replace(
        "</desc>", f" ; {p.secret.nom} : {p.secret.valeur}77.</desc>", 1),
    "svg metadata": lambda page, p: page.replace(
        "</desc>", f"</desc><metadata>{p.secret.valeur}</metadata>", 1),
    "svg mark": lambda page, p: page.replace(
        "</desc>", f'</desc><text x="1" y="1">{p.secret.valeur}</text>', 1),
    "caption": lambda page, p: re.sub(r"(</caption>)", rf" {p.secret.nom} : {p.secret.valeur}\1",
                                      page, count=1),
    "head of a table": lambda page, p: re.sub(
        r'(<thead.*?<th [^>]*>)', rf"\g<1>{p.secret.nom} : {p.secret.valeur} ", page, count=1,
        flags=re.S),
    "name of a row": lambda page, p: page.replace(
        f'<th scope="row">{p.secret.nom}</th>',
        f'<th scope="row">{p.secret.nom} ({p.secret.valeur})</th>', 1),
    "description of the page": lambda page, p: page.replace(
        "</head>",
        f'<meta name="description" content="{p.secret.nom} : {p.secret.valeur}"></head>'),
    "property of ours": lambda page, p: page.replace(
        "</head>", f'<meta name="cepkit:brut" content="{p.secret.valeur}"></head>'),
    "property": lambda page, p: page.replace(
        "</head>", f'<meta property="og:note" content="{p.secret.valeur}"></head>'),
    "value": _before_end('<meter value="{v}"></meter>'),
    "spoken value": _before_end('<p aria-valuetext="{v}">x</p>'),
    "style property": _before_end('<p style="--n: {v}">x</p>'),
    "comment of a style": _before_end("<style>/* {v} */</style>"),
    "link": _before_end('<a href="#{n}={v}">x</a>'),
    "before the page": lambda page, p: f"<!-- {p.secret.valeur} -->{page}",
    "after the page": lambda page, p: f"{page}<!-- {p.secret.valeur} -->",
    "in letters": lambda page, p: _before_end("<p>{n} : {v} personnes.</p>")(page, p).replace(
        f": {p.secret.valeur} personnes", f": {in_letters(p.secret.valeur)} personnes"),
    "other digits": lambda page, p: _before_end("<p>{n} : {v} personnes.</p>")(page, p).replace(
        f": {p.secret.valeur} personnes", ": " + "".join(
            chr(0xFF10 + int(c)) for c in str(p.secret.valeur)) + " personnes"),
    "point": _before_end("<p>{n} : {v}.0 personnes.</p>"),
    "axis": lambda page, p: re.sub(
        r'(<text [^>]*class="t12 m f-ink2">)\d+(</text>)', rf"\g<1>{p.secret.valeur}\2", page,
        count=1),
    "data address": _before_end('<a href="data:text/plain,{v}">x</a>'),
}


@pytest.mark.parametrize("place", HTML)
def test_a_page(plant, place):
    before = plant.read("annexe_2_recours.html").decode()
    after = HTML[place](before, plant)
    assert after != before
    reasons = caught(plant, "annexe_2_recours.html", after.encode())
    assert not any(str(plant.secret.valeur) in r for r in reasons)


def test_the_key_of_the_withheld_cell_is_told(plant):
    page = _keyed(plant.read("annexe_2_recours.html").decode(), plant)
    leak = plant.leaks("annexe_2_recours.html", page.encode())[0]
    assert leak.cle == plant.secret.cle
    assert "la valeur de cette clé n’est pas diffusée" in str(leak.problem())


@pytest.mark.parametrize("piece", [
    "<desc>{n} : {v}</desc>", "<metadata><v>{v}</v></metadata>", "<text>{v}</text>", "<!-- {v} -->",
    '<g data-v="{v}"/>', '<g id="n{v}" aria-valuenow="{v}"/>',
    '<image href="data:text/plain,{v}"/>', '<text class="t12 m">{v}</text>'])
def test_a_drawing(plant, piece):
    said = piece.format(n=plant.secret.nom, v=plant.secret.valeur)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><title>Carte</title>{said}</svg>'
    caught(plant, "carte.svg", svg.encode())


def test_around_a_drawing(plant):
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><title>Carte</title></svg>'
    caught(plant, "carte.svg", f"<!-- {plant.secret.valeur} -->{svg}".encode())


# ---- workbook ---------------------------------------------------------------------------------

def _sheet(book: openpyxl.Workbook, plant: Plant):
    return next(s for s in book if any(c.value == plant.secret.nom for c in s["A"]))


def _replaced(book, p):
    sheet = _sheet(book, p)
    row = next(c.row for c in sheet["A"] if c.value == p.secret.nom)
    next(c for c in sheet[row] if c.value == "s.").value = p.secret.valeur


def _hidden_sheet(book, p):
    book.create_sheet("brut").append([p.secret.valeur])
    book["brut"].sheet_state = "veryHidden"


XLSX = {
    "value in place of s.": _replaced,
    "hidden sheet": _hidden_sheet,
    "hidden row": lambda b, p: _sheet(b, p).row_dimensions.__getitem__(9).__setattr__(
        "hidden", True),
    "hidden column": lambda b, p: _sheet(b, p).column_dimensions.__getitem__("C").__setattr__(
        "hidden", True),
    "comment": lambda b, p: _sheet(b, p)["A4"].__setattr__(
        "comment", Comment(str(p.secret.valeur), "x")),
    "number apart": lambda b, p: _sheet(b, p)["Z99"].__setattr__("value", p.secret.valeur),
    "formula": lambda b, p: _sheet(b, p)["Z99"].__setattr__("value", f"={p.secret.valeur}+0"),
    "defined name": lambda b, p: b.defined_names.add(
        DefinedName("brut", attr_text=str(p.secret.valeur))),
    "property": lambda b, p: b.properties.__setattr__("description", str(p.secret.valeur)),
    "number under the names": lambda b, p: _sheet(b, p)["A99"].__setattr__(
        "value", p.secret.valeur),
    "number above the table": lambda b, p: _sheet(b, p)["H2"].__setattr__(
        "value", p.secret.valeur),
    "beside the keys": lambda b, p: b["Clés"]["E5"].__setattr__("value", p.secret.valeur),
    "name of a sheet": lambda b, p: _sheet(b, p).__setattr__(
        "title", f"{p.secret.nom[:20]} {p.secret.valeur}"),
    "format": lambda b, p: _sheet(b, p)["B4"].__setattr__("number_format", f'"{p.secret.valeur}"'),
    "first header": lambda b, p: (
        _sheet(b, p).HeaderFooter.__setattr__("differentFirst", True),
        _sheet(b, p).firstHeader.center.__setattr__("text", str(p.secret.valeur))),
    "condition": lambda b, p: _sheet(b, p).conditional_formatting.add(
        "B5", CellIsRule(operator="equal", formula=[str(p.secret.valeur)])),
    "filter": lambda b, p: (
        _sheet(b, p).auto_filter.__setattr__("ref", "A3:C9"),
        _sheet(b, p).auto_filter.add_filter_column(1, [str(p.secret.valeur)])),
    "hyperlink": lambda b, p: _sheet(b, p)["A5"].__setattr__("hyperlink", Hyperlink(
        ref="A5", location="A1", tooltip=str(p.secret.valeur))),
    "narrow column": lambda b, p: _sheet(b, p).column_dimensions.__getitem__("C").__setattr__(
        "width", 0.1),
    "scenario": lambda b, p: _sheet(b, p).scenarios.append(Scenario(
        name="x", inputCells=[InputCells(r="B5", val=str(p.secret.valeur))])),
}


@pytest.mark.parametrize("place", XLSX)
def test_a_workbook(plant, place):
    book = openpyxl.load_workbook(io.BytesIO(plant.read("tables.xlsx")))
    XLSX[place](book, plant)
    out = io.BytesIO()
    book.save(out)
    caught(plant, "tables.xlsx", out.getvalue())


# ---- zip packages -----------------------------------------------------------------------------

def _repacked(data: bytes, **parts: Callable[[str], str]) -> bytes:
    """The package with some parts changed or added; `__` stands for `/`."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        content = {n: package.read(n) for n in package.namelist()}
    for name, change in parts.items():
        name = name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin")
        content[name] = change(content.get(name, b"").decode("utf-8", "replace")).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, body in content.items():
            package.writestr(name, body)
    return out.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RUN = '<w:r {W}><w:rPr>{look}</w:rPr><w:t>{v}</w:t></w:r>'


def _body(piece: str) -> Callable[[Plant, bytes], bytes]:
    """A docx with a paragraph more."""
    def change(p: Plant, data: bytes) -> bytes:
        said = piece.format(W=W, v=p.secret.valeur, n=p.secret.nom)
        return _repacked(data, word__document_xml=lambda t: t.replace(
            "</w:body>", f"<w:p>{said}</w:p></w:body>"))
    return change


def _part(name: str, text: str) -> Callable[[Plant, bytes], bytes]:
    return lambda p, data: _repacked(
        data, **{name: lambda _: text.format(W=W, v=p.secret.valeur)})


def _cell_of_the_report(p: Plant, data: bytes) -> bytes:
    def change(text: str) -> str:
        at = text.index(">s.<", text.index("<w:tbl>"))
        return text[:at] + f">{p.secret.valeur}<" + text[at + 4:]
    return _repacked(data, word__document_xml=change)


DOCX = {
    "cell": _cell_of_the_report,
    "sentence": _body("<w:r><w:t>{n} : {v} personnes</w:t></w:r>"),
    "hidden text": _body(RUN.replace("{look}", "<w:vanish/>")),
    "tracked deletion": _body("<w:del><w:r><w:delText>{v}</w:delText></w:r></w:del>"),
    "tracked insertion": _body("<w:ins><w:r><w:t>{v}</w:t></w:r></w:ins>"),
    "field": _body("<w:r><w:instrText>QUOTE {v}</w:instrText></w:r>"),
    "comment": _part("word__comments_xml", "<w:comments {W}><w:comment><w:p><w:r><w:t>{v}</w:t>"
                                           "</w:r></w:p></w:comment></w:comments>"),
    "custom XML": _part("customXml__item1_xml", "<a>{v}</a>"),
    "embedded file": _part("word__embeddings__oleObject1_bin", "{v}"),
    "variable": _part("word__settings_xml", '<w:settings {W}><w:docVars><w:docVar w:name="a" '
                                            'w:val="{v}"/></w:docVars></w:settings>'),
    "property": lambda p, data: _repacked(data, docProps__core_xml=lambda t: re.sub(
        r"(</cp:coreProperties>)", rf"<cp:keywords>{p.secret.valeur}</cp:keywords>\1", t)),
    "custom property": lambda p, data: _repacked(data, docProps__custom_xml=lambda t: t.replace(
        "</Properties>", f'<property name="brut"><vt:lpwstr>{p.secret.valeur}</vt:lpwstr>'
                         "</property></Properties>")),
    "property of ours": lambda p, data: _repacked(data, docProps__custom_xml=lambda t: t.replace(
        "</Properties>", f'<property name="cepkit_brut"><vt:lpwstr>{p.secret.valeur}</vt:lpwstr>'
                         "</property></Properties>")),
    "head of a table": _body("<w:tbl><w:tr><w:tc><w:p><w:r><w:t>{n} : {v}</w:t></w:r></w:p></w:tc>"
                             "</w:tr></w:tbl>"),
    "description of a table": _body('<w:tbl><w:tblPr><w:tblDescription w:val="{v}"/></w:tblPr>'
                                    "</w:tbl>"),
    "name of a picture": _body('<w:drawing><wp:docPr xmlns:wp="urn:x" name="{n} {v}"/>'
                               "</w:drawing>"),
    "simple field": _body('<w:fldSimple w:instr="QUOTE {v}"/>'),
    "tip": _body('<w:hyperlink w:tooltip="{v}"><w:r><w:t>x</w:t></w:r></w:hyperlink>'),
    "list": _body('<w:sdt><w:sdtPr><w:dropDownList><w:listItem w:displayText="{v}"/>'
                  "</w:dropDownList></w:sdtPr></w:sdt>"),
    "form": _body('<w:ffData><w:textInput><w:default w:val="{v}"/></w:textInput></w:ffData>'),
    "white text": _body(RUN.replace("{look}", '<w:color w:val="FFFFFF"/>')),
    "comment of XML": _body("<!-- {v} -->"),
    "style": lambda p, data: _repacked(data, word__styles_xml=lambda t: t.replace(
        "</w:styles>", f"<!-- {p.secret.valeur} --></w:styles>")),
    "jpeg": lambda p, data: _added(data, "word/media/a.jpg", f"valeur {p.secret.valeur}"),
    "comment of the archive": lambda p, data: _added(data, "", f"valeur {p.secret.valeur}"),
    "link outside": lambda p, data: _added(
        data, "word/_rels/a.xml.rels", f'<Relationships><Relationship TargetMode="External" '
        f'Target="https://x.fr/{p.secret.nom}={p.secret.valeur}"/></Relationships>'),
}


def _added(data: bytes, name: str, text: str) -> bytes:
    """The package with one part more, or a comment of the archive."""
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as package:
        if name:
            package.writestr(name, text)
        else:
            package.comment = text.encode()
    return out.getvalue()


@pytest.mark.parametrize("place", DOCX)
def test_a_word_report(plant, place):
    caught(plant, "rapport.docx", DOCX[place](plant, plant.read("rapport.docx")))


A = ('xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
     'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"')
SLIDE = "<p:sld {A} {more}><p:sp><p:nvSpPr><p:cNvPr id='2' name='t' {alt}/></p:nvSpPr><a:p><a:r>" \
        "<a:t>{text}</a:t></a:r></a:p></p:sp></p:sld>"
PPTX = {
    "text": {"ppt/slides/slide1.xml": {"text": "{n} : {v} personnes"}},
    "hidden slide": {"ppt/slides/slide1.xml": {"text": "{v}", "more": 'show="0"'}},
    "alternative text": {"ppt/slides/slide1.xml": {"text": "", "alt": 'descr="{n} : {v}"'}},
    "hidden shape": {"ppt/slides/slide1.xml": {"text": "{v}", "alt": 'hidden="1"'}},
    "notes": {"ppt/notesSlides/notesSlide1.xml": {"text": "{n} : {v}"}},
    "comment": {"ppt/comments/comment1.xml": {"text": "{v}"}},
    "layout": {"ppt/slideLayouts/slideLayout1.xml": {"text": "{n} : {v}"}},
    "name of a shape": {"ppt/slides/slide1.xml": {"text": "", "alt": 'title="{n} : {v}"'}},
    "embedded workbook": {"ppt/embeddings/Microsoft_Excel_Sheet1.xlsx": {"text": "{v}"}},
}


@pytest.mark.parametrize("place", PPTX)
def test_a_presentation(plant, place):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        for name, words in PPTX[place].items():
            words = {"more": "", "alt": "", **words}
            said = {k: w.format(n=plant.secret.nom, v=plant.secret.valeur)
                    for k, w in words.items()}
            package.writestr(name, SLIDE.format(A=A, **said))
    caught(plant, "presentation.pptx", out.getvalue())


# ---- notebooks and JSON -----------------------------------------------------------------------

def _output(data: dict) -> Callable[[dict, Plant], None]:
    def change(node: dict, p: Plant) -> None:
        said = json.loads(json.dumps(data).replace("VALUE", str(p.secret.valeur)).replace(
            "NAME", p.secret.nom))
        node["cells"][-1]["outputs"] = [said]
        node["cells"][-1]["cell_type"] = "code"
    return change


SHOWN = {"output_type": "display_data", "metadata": {}}
IPYNB = {
    "metadata": lambda n, p: n["metadata"].update(brut=p.secret.valeur),
    "widget state": lambda n, p: n["metadata"].update(
        widgets={"application/vnd.jupyter.widget-state+json": {"v": p.secret.valeur}}),
    "cell metadata": lambda n, p: n["cells"][0]["metadata"].update(brut=p.secret.valeur),
    "attachment": lambda n, p: n["cells"][0].update(attachments={"a.png": {"image/png": "AAAA"}}),
    "output metadata": _output({**SHOWN, "data": {}, "metadata": {"v": "VALUE"}}),
    "printed": _output({"output_type": "stream", "name": "stdout", "text": "NAME VALUE"}),
    "frame": _output({**SHOWN, "data": {"text/html": "<table><tr><th>a</th><th>b</th></tr><tr>"
                                                     "<td>NAME</td><td>VALUE</td></tr></table>"}}),
    "unknown output": _output({**SHOWN, "data": {"application/json": {"v": "VALUE"}}}),
    "error": _output({"output_type": "error", "ename": "KeyError", "evalue": "NAME VALUE",
                      "traceback": ["NAME VALUE"]}),
    "source": lambda n, p: n["cells"][0].update(source=f"{p.secret.nom} : {p.secret.valeur}"),
    "field": lambda n, p: n.update(brut=p.secret.valeur),
    "field of a cell": lambda n, p: n["cells"][0].update(brut=p.secret.valeur),
    "tag": lambda n, p: n["cells"][0]["metadata"].update(tags=[f"n{p.secret.valeur}"]),
    "parameter": lambda n, p: n["metadata"]["papermill"]["parameters"].update(
        brut=p.secret.valeur),
    "title of a block": _output({**SHOWN, "data": {"application/vnd.cepkit.bloc+json": {
        "kind": "texte", "titre": "NAME : VALUE"}}}),
    "note of a table": _output({**SHOWN, "data": {"application/vnd.cepkit.bloc+json": {
        "kind": "tableau", "table": {"columns": ["a"], "rows": [], "note": "NAME : VALUE"}}}}),
    "block field": _output({**SHOWN, "data": {"application/vnd.cepkit.bloc+json": {
        "kind": "texte", "brut": "VALUE"}}}),
    "block table": _output({**SHOWN, "data": {"application/vnd.cepkit.bloc+json": {
        "kind": "tableau", "table": {"columns": ["a", "b"], "rows": [["NAME", 3]],
                                     "keys": [[None, None]]}}}}),
}


@pytest.mark.parametrize("place", IPYNB)
def test_a_notebook(plant, place):
    node = json.loads(plant.read("notebooks/2_recours.ipynb"))
    IPYNB[place](node, plant)
    caught(plant, "notebooks/2_recours.ipynb", json.dumps(node).encode())


def test_the_values_of_a_report(plant):
    content = json.loads(plant.read("valeurs.json"))
    said = f"{plant.secret.nom} : {plant.secret.valeur} personnes"
    for field in ({"constats": {"x": said}}, {"elements": {"T1": {"lignes": [
            ["Groupe", "Effectif"], [plant.secret.nom, str(plant.secret.valeur)]]}}}):
        caught(plant, "valeurs.json", json.dumps(content | field).encode())


@pytest.mark.parametrize("change", [
    lambda c, p: c["cles"].update(brut=f"{p.secret.nom} {p.secret.valeur}"),
    lambda c, p: c.update(region=p.secret.valeur),
    lambda c, p: c.update(cepkit=f"{p.secret.nom} : {p.secret.valeur}")])
def test_the_known_fields_of_a_json_file(plant, change):
    content = json.loads(plant.read("tracabilite.json"))
    change(content, plant)
    caught(plant, "tracabilite.json", json.dumps(content).encode())


def test_a_field_given_twice(plant):
    text = plant.read("manifest.json").decode()
    caught(plant, "manifest.json", text.replace(
        "{", f'{{"etat": "{plant.secret.valeur}",', 1).encode())


@pytest.mark.parametrize("name", ["manifest.json", "tracabilite.json"])
def test_a_json_file(plant, name):
    content = json.loads(plant.read(name)) | {"brut": {"ouvriers": plant.secret.valeur}}
    caught(plant, name, json.dumps(content).encode())


# ---- pictures and PDF -------------------------------------------------------------------------

def _picture(value: int, packed: bool) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("note", f"valeur {value}", zip=packed)
    out = io.BytesIO()
    Image.new("RGB", (2, 2)).save(out, "png", pnginfo=info)
    return out.getvalue()


@pytest.mark.parametrize("packed", [False, True])
def test_a_picture(plant, packed):
    data = _picture(plant.secret.valeur, packed)
    assert zlib.compress(b"") and caught(plant, "figure.png", data) == ["contenu caché"]


def test_what_follows_a_picture(plant):
    out = io.BytesIO()
    Image.new("RGB", (2, 2)).save(out, "png")
    assert plant.leaks("figure.png", out.getvalue()) == []
    caught(plant, "figure.png", out.getvalue() + f"valeur {plant.secret.valeur}".encode())


def _typst(text: str) -> bytes:
    import typst

    return typst.compile(text.encode())


def _pdf(change: Callable[[PdfWriter], object]) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(_typst("Rapport"))))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_pdf(plant):
    from pypdf.annotations import FreeText

    value, name = str(plant.secret.valeur), plant.secret.nom
    assert plant.leaks("rapport.pdf", _typst("Rapport")) == []
    caught(plant, "rapport.pdf", _typst(f"{name} : {value} personnes"))
    caught(plant, "rapport.pdf", _pdf(lambda w: w.add_metadata({"/Brut": value})))
    caught(plant, "rapport.pdf", _pdf(lambda w: w.add_metadata(
        {"/Keywords": f"cepkit:brut={value}"})))
    caught(plant, "rapport.pdf", _pdf(lambda w: w.add_metadata({"/Creator": f"{name} {value}"})))
    caught(plant, "rapport.pdf", _pdf(lambda w: w.add_outline_item(
        title=f"{name} : {value}", page_number=0)))
    caught(plant, "rapport.pdf", _pdf(lambda w: w.root_object.update(
        {NameObject("/Alt"): TextStringObject(f"{name} : {value}")})))
    caught(plant, "rapport.pdf", _typst("Rapport") + f"% {value}".encode())
    caught(plant, "rapport.pdf", _pdf(lambda w: w.add_attachment("brut.csv", value.encode())))
    caught(plant, "rapport.pdf", _pdf(lambda w: w.add_annotation(
        0, FreeText(text=value, rect=(0, 0, 9, 9)))))
    caught(plant, "rapport.pdf", _pdf(lambda w: w.root_object.update(
        {NameObject("/OpenAction"): TextStringObject(f"app.alert({value})")})))


# ---- notes and alerts -------------------------------------------------------------------------

def test_internal_notes_and_alerts_never_reach_a_file(plant):
    note = "rappeler la directrice avant de publier"
    plant.judge.notes[f" {note} "] = "06/suivi.xlsx, feuille « echanges »"
    try:
        page = plant.read("annexe_4_cooperations.html").decode()
        page = page.replace("</main>", f"<p>{note.capitalize()}.</p></main>")
        assert caught(plant, "annexe_4_cooperations.html", page.encode()) == [
            "texte d’une note interne ou d’une alerte du classeur"]
    finally:
        plant.judge.notes.clear()


# ---- declared statistics ------------------------------------------------------------------------

@pytest.fixture(scope="module")
def statistic(plant) -> tuple[Plant, str, str, str]:
    """Bretagne, where the store now withholds a statistic: its title, value and key."""
    store, cache = plant.judge.paths.store, plant.judge.paths.cache
    computed = pd.read_parquet(cache / "journal/statistiques.parquet")
    told = pd.read_parquet(store / "statistiques.parquet")
    here = told["region"].eq("53") & told["etat"].eq("publie") & told["modalite"].eq("total")
    row = told[here].iloc[0]
    told.loc[here, ["valeur", "borne_inf", "borne_sup"]] = None
    told.loc[here, "etat"] = "secret"
    plant.judge.withheld._declare(told, computed)
    known = plant.judge.withheld.statistics["53"]
    del known[:len(known) // 2]  # what the release really says of them
    frames = plant.judge.reference.region("53")._part
    object.__setattr__(frames, "statistiques", told[told["region"].isin(["53", "FR"])])
    plant.judge.reference._known.clear()
    dims = f"statistique:{row['statistique']}"
    there = replace(plant, folder=plant.judge.paths.region_output("53"))
    value = f"{row['valeur']:g}".replace(".", ",").replace("-", "\u2212")
    return there, row["indicateur"], value, (
        f"53|2022|total|ensemble|{dims}|{row['indicateur']}|valeur")


def test_a_withheld_statistic(statistic):
    plant, title, value, key = statistic
    page = plant.read("annexe_2_recours.html").decode()

    def planted(piece: str) -> bytes:
        return page.replace("</main>", piece + "</main>", 1).encode()
    assert plant.leaks("annexe_2_recours.html", page.encode()) == []
    assert caught(plant, "annexe_2_recours.html", planted(f"<p>{title} : {value}.</p>")) == [
        "nombre égal à une valeur non diffusée, là où elle serait"]
    assert caught(plant, "annexe_2_recours.html", planted(
        f'<p>Nombre : <span data-cle="{key}">{value}</span></p>')) == [
        "la valeur de cette clé n’est pas diffusée"]
    data = _body(f"<w:r><w:t>{title} : {value}</w:t></w:r>")(plant, plant.read("rapport.docx"))
    caught(plant, "rapport.docx", data)


def test_a_published_statistic_is_known_by_its_key(plant):
    row = plant.judge.reference.whole.statistiques.query(
        "region == '93' and modalite == 'total' and etat == 'publie'").iloc[0]
    key = f"93|2022|total|ensemble|statistique:{row['statistique']}|{row['indicateur']}|valeur"
    told = f"{abs(row['valeur']):g}".replace(".", ",")
    assert plant.judge.reference.check(key, told, "93") == "égal"
    assert plant.judge.reference.check(key, "99,9", "93") == "différent"
