"""Documents of the meetings: two pages each, the numbers of the pages, nobody else's figures."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import zipfile

import docx
import pytest
from docx.oxml.ns import qn
from pptx import Presentation
from pypdf import PdfReader

from cepkit import report
from cepkit.batch.job import Job, Writing, _documents
from cepkit.codes import OPERATEURS
from cepkit.edition import load_edition, load_region, project
from cepkit.edition.region import RegionFile
from cepkit.intake import texts, workbook
from cepkit.leaks import office
from cepkit.report import meeting, notebook, sending, word
from cepkit.text import MENTION_PERMANENTE, MOTS_INTERDITS, fold
from tests.report.conftest import executed

STEPS = ("rapport", "2_recours", "3_parcours", "4_cooperations")
DOCUMENTS = [*(f"fiche_{o}.docx" for o in OPERATEURS), "synthese.docx", "presentation.pptx"]


class Made:
    """Documents of a region of the demonstration, and what they were made from."""

    def __init__(self, root, code: str, patch):
        import nbformat

        self.nodes = {s: executed(root, code, patch, s) for s in STEPS}
        edition, paths = load_edition("demo"), project.paths("demo")
        rows = workbook.of_region(paths, code, edition).lignes
        self.writing = Writing(
            load_region("demo", code), texts.read(paths.region(code) / "redaction")[0],
            report.state_of(rows["jalons"]), suivi=rows,
            operators=dict(zip(OPERATEURS, workbook.actors(edition.annee), strict=False)))
        self.job = Job(code, "demo", "documents", "documents", "", writing=self.writing, files={
            s: nbformat.writes(n).encode() for s, n in self.nodes.items()}, formats=("docx",))
        self.files = _documents(self.job).files
        self.keys = self.matter().keys

    def matter(self, **changed) -> meeting.Matter:
        """The matter, with keys of its own."""
        w = self.writing
        given = {"region_file": w.region_file, "state": w.state, "suivi": w.suivi,
                 "texts": w.texts, "operators": w.operators, "keys": {}} | changed
        return meeting.gather(self.job.files, **given)


@pytest.fixture(scope="session")
def made(demo_root):
    found = {}

    def make(code: str) -> Made:
        if code not in found:
            with pytest.MonkeyPatch.context() as patch:
                found[code] = Made(demo_root, code, patch)
        return found[code]

    return make


def said(data: bytes) -> str:
    """Every text of an Office file, header and notes too, with plain spaces."""
    slides = b"ppt/presentation.xml" in data
    texts = [i.texte for i in (office.slides if slides else office.word)(data, {})]
    if not slides:
        root = docx.Document(io.BytesIO(data)).element
        texts += ["".join(t.text for t in p.iter(qn("w:t"))) for p in root.iter(qn("w:p"))]
    return "\n".join(texts).replace("\u00a0", " ").replace("\u202f", " ").replace("\u2011", "-")


def bookmarks(data: bytes) -> dict[str, str]:
    """{bookmark: text} of the numbers of a docx."""
    root, found = docx.Document(io.BytesIO(data)).element, {}
    for start in root.iter(qn("w:bookmarkStart")):
        name, run = start.get(qn("w:name")), start.getnext()
        if re.fullmatch(r"c\d+", name):
            found[name] = "".join(t.text for t in run.iter(qn("w:t")))
    return found


@pytest.mark.parametrize("code", ["84", "06"])
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here")
def test_two_pages_each_and_six_to_eight_slides(made, tmp_path, code):
    for name in DOCUMENTS:
        (tmp_path / name).write_bytes(made(code).files[name])
    subprocess.run(["soffice", f"-env:UserInstallation=file://{tmp_path}/profil", "--headless",
                    "--convert-to", "pdf", "--outdir", str(tmp_path),
                    *(str(tmp_path / n) for n in DOCUMENTS)], check=True, capture_output=True)
    counts = {n: len(PdfReader(tmp_path / f"{n.split('.')[0]}.pdf").pages) for n in DOCUMENTS}
    slides = counts.pop("presentation.pptx")
    assert set(counts.values()) == {2} and 6 <= slides <= 8


@pytest.mark.parametrize("name", DOCUMENTS[:-1])
def test_numbers_are_those_that_the_pages_print(made, name):
    """Each bookmark holds what a page of the region shows under the same key."""
    m = made("84")
    keys = json.loads(m.files["tracabilite.json"])["cles"]
    shown: dict[str, set[str]] = {}
    for node in m.nodes.values():
        for piece in notebook.pieces(node):
            for token, key in piece.cles:
                shown.setdefault(key, set()).add(token)
    found = bookmarks(m.files[name])
    assert len(found) > 15
    assert all(text in shown[keys[mark]] for mark, text in found.items())


def test_a_sheet_holds_the_figures_of_its_operator_only(made):
    m = made("84")
    keys = json.loads(m.files["tracabilite.json"])["cles"]
    for code in OPERATEURS:
        owners = {keys[mark].split("|")[3] for mark in bookmarks(m.files[f"fiche_{code}.docx"])}
        assert owners == {code}


def test_no_mark_is_used_twice_in_the_documents_of_a_region(made):
    marks = [b for n in [*DOCUMENTS[:-1], "rapport.docx"] for b in bookmarks(made("84").files[n])]
    assert len(marks) == len(set(marks))


def test_a_withheld_value_is_said_and_stays_withheld(made):
    m = made("06")
    rows = [[c.text for c in r.cells] for t in docx.Document(io.BytesIO(
        m.files["fiche_cap_emploi.docx"])).tables for r in t.rows]
    line = next(r for r in rows if r[0].endswith("Moins de 25 ans"))
    assert line[1] == "s." and line[3] == "s." and "valeur non diffusée" in said(
        m.files["fiche_cap_emploi.docx"])


def test_an_operator_without_data_is_told_so(made):
    text = said(made("06").files["fiche_apec.docx"])
    assert "ne compte pas d’entrées de l’Apec à Mayotte" in text
    assert "Aucun échange tenu n’est encore inscrit" in text


def test_gaps_become_neutral_questions_with_their_reference(made):
    text = said(made("84").files["fiche_apec.docx"])
    assert "chez le même opérateur en France. Comment l’expliquez-vous ? (figure 84-3.2-F1)" in text
    for name in ("synthese.docx", "presentation.pptx"):
        assert "(figure 84-2.3-F1)" in said(made("84").files[name])


@pytest.mark.parametrize("code", ["84", "06"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_words_stay_neutral(made, code, name):
    text = fold(said(made(code).files[name])).replace(
        fold(MENTION_PERMANENTE).replace("\u00a0", " "), "")
    assert [w for w in MOTS_INTERDITS if re.search(rf"\b{re.escape(fold(w))}\b", text)] == []
    assert "satisfaction" not in text and "taux d’acceptation" not in text


def test_points_of_last_year_and_open_remarks(made):
    m = made("84")
    remark = {**m.writing.suivi["remarques"][0], "n": "Q900", "traitement": "À traiter",
              "auteur": "Apec", "remarque": "Le nombre d’ateliers est à revoir.",
              "note_interne": "à garder pour nous"}
    meetings = [{**m.writing.suivi["rencontres"][2], "n": "R900",
                 "suites": "Partager le calendrier"}]
    rows = {**m.writing.suivi, "remarques": [remark], "rencontres_precedentes": meetings}
    matter = m.matter(suivi=rows)
    files = {o: said(meeting.fiche.document(matter, o, META)) for o in ("apec", "cap_emploi")}
    assert "Q900" in files["apec"] and "ateliers est à revoir" in files["apec"]
    assert "R900" in files["apec"] and "Partager le calendrier" in files["apec"]
    assert "A002, décidée en 2021" in files["apec"]
    assert "Q900" not in files["cap_emploi"] and "R900" not in files["cap_emploi"]
    assert "garder pour nous" not in files["apec"]


META = {"lang": "fr-FR", "annee": "2022", "entete": "En-tête", "mention": "Mention",
        "cepkit_region": "84", "title": "Suivi", "author": "Association"}


def test_only_the_operators_that_the_region_declares(made):
    own = RegionFile.model_validate({"operateurs": {
        "apec": "Apec", "cap_emploi": {"nom": "Cap", "fin": "2021-12-31"}}})
    assert made("84").matter(region_file=own).declared() == ["apec"]
    assert made("84").matter(region_file=RegionFile()).declared() == list(OPERATEURS)


def test_same_inputs_same_bytes(made):
    again = _documents(made("06").job).files
    assert {n: again[n] for n in DOCUMENTS} == {n: made("06").files[n] for n in DOCUMENTS}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_identity_and_fixed_dates(made, name):
    with zipfile.ZipFile(io.BytesIO(made("84").files[name])) as package:
        assert {i.date_time for i in package.infolist()} == {word.FIXED}
        own = package.read("docProps/custom.xml").decode()
    for value in ("cepkit_region", "cepkit_exercice", "cepkit_document", "cepkit_empreinte"):
        assert value in own
    assert "version non définitive" in said(made("84").files[name]).lower()
    assert "Données fictives" in said(made("84").files[name])


def test_slides_are_native_and_accessible(made):
    deck = Presentation(io.BytesIO(made("84").files["presentation.pptx"]))
    for number, slide in enumerate(deck.slides, 1):
        assert slide.shapes.title.text_frame.text
        assert slide.notes_slide.notes_text_frame.text
        foot = {p.placeholder_format.type.name: p.text_frame.text for p in slide.placeholders}
        assert "Auvergne-Rhône-Alpes" in foot["FOOTER"] and "SLIDE_NUMBER" in foot
        for shape in slide.shapes:
            if shape.shape_type is not None and shape.shape_type.name == "PICTURE":
                alt = shape._element.nvPicPr.cNvPr.get("descr")
                notes = slide.notes_slide.notes_text_frame.text
                assert "Données fictives" in alt and "Source" in notes and "Repère" in notes
            inside = shape.left >= 0 and shape.left + shape.width <= deck.slide_width
            assert inside and shape.top + shape.height <= deck.slide_height, (number, shape.name)


def test_a_sheet_leaves_for_its_operator_only():
    names = [*DOCUMENTS, "rapport.docx", "pilotage.html"]
    assert sending.allowed(names, "apec") == ["fiche_apec.docx", "synthese.docx",
                                              "presentation.pptx", "rapport.docx"]
    assert sending.allowed(names) == ["synthese.docx", "presentation.pptx", "rapport.docx"]
