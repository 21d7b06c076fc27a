"""What the analyst wrote in Word comes back to its section file, shown first."""

from __future__ import annotations

import json
import shutil

import docx
import pytest

from cepkit.intake import texts
from cepkit.report import back
from tests.report.annotated import by_libreoffice


@pytest.fixture(scope="module")
def said(draft):
    return json.loads(draft.described())


@pytest.fixture
def document(typeset):
    return docx.Document(typeset("pandoc").paths["docx"])


@pytest.fixture(scope="module")
def sources(written):
    return {n: t.corps for n, t in written.items() if not t.vide}


def paragraph(document, words: str):
    return next(p for p in document.paragraphs
                if words in p.text and not p.style.name.lower().startswith("toc"))


def after(paragraph, text: str, style=None):
    """A paragraph typed below another one."""
    new = paragraph.insert_paragraph_before(text, style or paragraph.style)
    paragraph._p.addnext(new._p)
    return new


def compared(document, folder, said, sources, *, office=False):
    path = folder / "rapport.docx"
    document.save(path)
    path = by_libreoffice(path, folder) if office else path
    return back.compared(path, said, sources)


def test_a_document_left_alone_changes_nothing(document, said, sources, tmp_path):
    found = compared(document, tmp_path, said, sources)
    assert found.sections == [] and found.notes == []


@pytest.mark.bureau
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here")
def test_nor_does_one_that_libreoffice_saved(document, said, sources, tmp_path):
    found = compared(document, tmp_path, said, sources, office=True)
    assert found.sections == [] and found.notes == []


def test_paragraphs_left_alone_keep_their_source_and_their_values(document, said, sources,
                                                                  tmp_path):
    last = paragraph(document, "Une partie de l’écart tient")
    after(last, "Une remarque ajoutée dans Word, avec un mot ").add_run("important").bold = True
    change, = compared(document, tmp_path, said, sources).sections
    assert change.stem == "30_parcours_analyse_donnees" and not change.conflit
    assert change.lignes == [("+", "Une remarque ajoutée dans Word, avec un mot **important**")]
    assert change.corps.startswith(sources[change.stem].strip().split("\n\n")[0])
    assert "{{effectif.region}}" in change.corps


def test_a_changed_paragraph_gets_its_names_of_values_back(document, said, sources, tmp_path):
    first = paragraph(document, "Rapporté aux actifs")
    for run in first.runs:
        run.text = run.text.replace("ont été enregistrées", "ont été comptées")
    change, = compared(document, tmp_path, said, sources).sections
    (minus, old), (plus, new) = change.lignes
    assert (minus, plus) == ("-", "+") and "ont été comptées" in new
    assert "{{taux_recours.region}}" in new and "{{taux_chomage.france}}" in new
    assert said["citees"]["taux_recours.region"] not in new


def test_what_is_typed_over_the_box_of_an_empty_section_comes_back(document, said, sources,
                                                                   tmp_path):
    box = paragraph(document, "Sur quels thèmes portent")
    for run in box.runs[1:]:
        run.text = ""
    box.runs[0].text = "Deux thèmes dominent."
    change, = compared(document, tmp_path, said, sources).sections
    assert (change.stem, change.corps) == ("22_cooperations_themes", "Deux thèmes dominent.")


def test_lists_and_headings_come_back_as_such(document, said, sources, tmp_path):
    last = paragraph(document, "Les départements de montagne")
    after(last, "Un sous-titre", "Heading 3")
    change, = compared(document, tmp_path, said, sources).sections
    assert change.lignes == [("+", "# Un sous-titre")]


def test_generated_sentences_are_told_and_left(document, said, sources, tmp_path):
    sentence = paragraph(document, "(constat")
    sentence.runs[0].text = "Phrase refaite à la main, "
    found = compared(document, tmp_path, said, sources)
    assert found.sections == []
    assert any("texte produit changé dans Word" in n for n in found.notes)


def test_a_file_changed_meanwhile_is_a_conflict(document, said, sources, tmp_path):
    after(paragraph(document, "Les départements de montagne"), "Ajout.")
    other = sources | {"31_parcours_recours": "Autre texte."}
    change, = compared(document, tmp_path, said, other).sections
    assert change.conflit


def test_a_file_is_rewritten_with_a_copy_of_what_it_was(tmp_path):
    path, = (p for p in texts.create(tmp_path) if p.stem == "31_parcours_recours")
    before = path.read_text("utf-8")
    assert texts.rewrite(path, "Premier texte.").read_text("utf-8") == before
    second = texts.rewrite(path, "Second texte.")
    assert second.name == "31_parcours_recours-2.md" and "Premier texte." in second.read_text()
    read, problems = texts.read(tmp_path)
    assert problems == [] and read["31_parcours_recours"].corps == "Second texte."
    assert read["31_parcours_recours"].statut == "brouillon"
    assert path.read_text("utf-8").count("Qui a recours au CEP") == before.count(
        "Qui a recours au CEP")
