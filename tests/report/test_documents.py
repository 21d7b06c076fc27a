"""Word, HTML and PDF: same content by both engines, accessible, offline, same bytes."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile

import docx
import lxml.html
import pytest
from docx.oxml.ns import qn
from lxml import etree

from cepkit import report
from cepkit.errors import UsageError
from cepkit.intake import texts
from cepkit.report import reference
from tests.report.conftest import executed

needs_quarto = pytest.mark.skipif(report.find_engine() is None, reason="Quarto is not here")


def squeezed(text: str) -> str:
    return " ".join(text.split())


def structure_of_docx(path) -> dict[str, list]:
    document = docx.Document(path)
    styled: dict[str, list] = {}
    for p in document.paragraphs:
        styled.setdefault(p.style.name, []).append(squeezed(p.text))
    anchors = [h.get(qn("w:anchor")) for h in document.element.iter(qn("w:hyperlink"))]
    return {
        "headings": [styled[s] for s in ("Heading 1", "Heading 2")],
        "captions": [styled[s] for s in ("Image Caption", "Table Caption")],
        "alt": [d.get("descr") for d in document.element.iter(qn("wp:docPr"))],
        "references": anchors, "tables": [len(t.rows) for t in document.tables],
        "text": [squeezed(p.text) for p in document.paragraphs if p.text.strip()],
    }


def structure_of_html(path) -> dict[str, list]:
    body = lxml.html.parse(str(path)).getroot().body
    return {
        "headings": [(h.tag, squeezed(h.text_content())) for h in body.iter("h1", "h2", "h3")],
        "captions": [squeezed(c.text_content()) for c in body.iter("figcaption", "caption")],
        "alt": [i.get("alt") for i in body.iter("img")],
        "references": [a.get("href") for a in body.iter("a")],
        "heads": [squeezed(h.text_content()) for h in body.iter("th")],
    }


@pytest.mark.quarto
@needs_quarto
@pytest.mark.parametrize(("name", "read"), [("docx", structure_of_docx),
                                            ("html", structure_of_html)])
def test_both_engines_give_the_same_content(typeset, name, read):
    assert read(typeset("quarto").paths[name]) == read(typeset("pandoc").paths[name])


def test_the_engine_is_told(typeset, monkeypatch):
    assert typeset("pandoc").engine == "pandoc"
    monkeypatch.setenv("QUARTO_PATH", "/nulle/part")
    assert report.find_engine() is None


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(UsageError, match="format inconnu « odt »"):
        report.typeset(tmp_path, ["odt"])


def test_same_inputs_same_bytes(draft, typeset, tmp_path):
    first = typeset("pandoc").paths
    for name, data in draft.sources().items():
        (tmp_path / name).write_bytes(data)
    second = report.typeset(tmp_path, ("docx", "html"), "pandoc").paths
    for name in first:
        assert first[name].read_bytes() == second[name].read_bytes()


@pytest.fixture(scope="module", params=["pandoc", pytest.param("quarto", marks=[
    pytest.mark.quarto, needs_quarto])])
def word_file(request, typeset):
    return typeset(request.param).paths["docx"]


def test_pictures_tell_what_they_show(word_file):
    described = structure_of_docx(word_file)["alt"]
    assert len(described) == 5 and all("Données fictives" in d for d in described)


def test_head_rows_repeat_and_rows_are_whole(word_file):
    for table in docx.Document(word_file).tables:
        rows = list(table._tbl.iter(qn("w:tr")))
        assert rows[0].find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
        assert all(r.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for r in rows)
        assert table.style.name == "Tableau suivi"


def test_no_cell_is_empty(word_file):
    for table in docx.Document(word_file).tables:
        cells = [c for r in table._tbl.iter(qn("w:tr")) for c in r.findall(qn("w:tc"))]
        headed = [c for c in cells if not "".join(c.itertext()).strip()]
        # Key figures have cells without a reading: the only ones.
        assert not headed or table.rows[0].cells[0].text == "Chiffre clé"


def test_a_caption_stands_above_its_figure(word_file):
    paragraphs = docx.Document(word_file).paragraphs
    for before, after in zip(paragraphs, paragraphs[1:], strict=False):
        if after._p.findall(f".//{qn('wp:docPr')}"):
            assert before.style.name == "Image Caption"


def test_language_identity_and_band_of_the_document(word_file):
    with zipfile.ZipFile(word_file) as package:
        parts = {n: package.read(n) for n in package.namelist()}
    styles = etree.fromstring(parts["word/styles.xml"])
    lang = styles.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")
    assert lang.get(qn("w:val")) == "fr-FR"
    custom = parts["docProps/custom.xml"].decode()
    for name, value in (("cepkit_region", "84"), ("cepkit_exercice", "demo")):
        assert re.search(rf'name="{name}"><vt:lpwstr>{value}<', custom)
    assert re.search(r'name="cepkit_empreinte"><vt:lpwstr>[0-9a-f]{16,}', custom)
    head = "".join(parts[n].decode() for n in parts if n.startswith("word/header"))
    foot = "".join(parts[n].decode() for n in parts if n.startswith("word/footer"))
    assert "Auvergne-Rhône-Alpes" in head and "version non définitive" in head
    assert "ni un audit ni un contrôle" in foot and "[[" not in head + foot


def test_the_contents_list_every_heading_and_can_be_refreshed(word_file):
    document = docx.Document(word_file)
    lines = [p.text for p in document.paragraphs if p.style.name.lower() in ("toc 1", "toc 2")]
    headings = [p.text for p in document.paragraphs if p.style.name in ("Heading 1", "Heading 2")]
    assert [squeezed(x) for x in lines] == [squeezed(x) for x in headings]
    codes = [t.text for t in document.element.iter(qn("w:instrText"))]
    assert any(c.startswith("TOC") for c in codes)


def test_bookmarks_of_references_exist(word_file):
    document = docx.Document(word_file)
    marks = {b.get(qn("w:name")) for b in document.element.iter(qn("w:bookmarkStart"))}
    wanted = {h.get(qn("w:anchor")) for h in document.element.iter(qn("w:hyperlink"))} - {None}
    assert wanted and wanted <= marks


@pytest.fixture(scope="module", params=["pandoc", pytest.param("quarto", marks=[
    pytest.mark.quarto, needs_quarto])])
def page(request, typeset):
    return typeset(request.param).paths["html"].read_text("utf-8")


def test_the_page_asks_for_nothing(page):
    assert "default-src 'none'" in page and "<script" not in page
    loaded = re.findall(r'(?:src|href)="(?!data:|#|https?://|mailto:)([^"]*)"', page)
    assert loaded == []
    assert re.findall(r'<(?:img|link|iframe)[^>]*"https?://', page) == []


def test_identity_of_the_page(page):
    for name, value in (("region", "84"), ("exercice", "demo")):
        assert f'<meta name="cepkit:{name}" content="{value}">' in page
    assert 'lang="fr' in page and "Données fictives" in page


def test_weight_without_pictures(page):
    assert len(re.sub(r"data:[^\"']*", "", page).encode()) < 300 * 1024


def test_pdf_is_tagged_and_stable(draft, tmp_path):
    made = []
    for n in "ab":
        folder = tmp_path / n
        folder.mkdir()
        for name, data in draft.sources().items():
            (folder / name).write_bytes(data)
        made.append(report.typeset(folder, ["pdf"], "pandoc").paths["pdf"].read_bytes())
    assert made[0] == made[1] and made[0].startswith(b"%PDF") and b"pdfuaid" in made[0]


def test_the_reference_document_is_what_its_code_builds():
    with zipfile.ZipFile(reference.PATH) as kept, \
            zipfile.ZipFile(io.BytesIO(reference.build())) as built:
        assert {n: kept.read(n) for n in kept.namelist()} == \
            {n: built.read(n) for n in built.namelist()}


@pytest.fixture(scope="module")
def bare(demo_root, tmp_path_factory):
    """The draft of a region whose workbook and texts are empty."""
    with pytest.MonkeyPatch.context() as patch:
        node = executed(demo_root, "06", patch)
    made = report.assemble(node, texts=texts.read(
        demo_root / "parameters/demo/regions/06/redaction")[0])
    folder = tmp_path_factory.mktemp("vide")
    for name, data in made.sources().items():
        (folder / name).write_bytes(data)
    return report.typeset(folder, ["docx", "pdf"], "pandoc")


def pages(pdf) -> int:
    said = subprocess.run(["pdfinfo", str(pdf)], check=True, capture_output=True, text=True).stdout
    return int(re.search(r"Pages:\s+(\d+)", said)[1])


@pytest.mark.bureau
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here")
@pytest.mark.parametrize("region", ["written", "bare"])
def test_word_report_has_fifteen_to_twenty_five_pages(typeset, bare, tmp_path, region):
    made = typeset("pandoc") if region == "written" else bare
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir",
                    str(tmp_path), str(made.paths["docx"])], check=True,
                   capture_output=True, timeout=180)
    assert 15 <= pages(tmp_path / "rapport.pdf") <= 25


@pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="pdfinfo is not here")
def test_the_pdf_of_an_empty_workbook_has_them_too(bare):
    assert 15 <= pages(bare.paths["pdf"]) <= 25
