"""An operator's copy, saved by Word or by LibreOffice, becomes remarks."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import zipfile

import pytest

from cepkit.errors import CepkitError
from cepkit.intake import imported, workbook
from cepkit.report import docx_file, marks, reference, releases, remarks, word
from tests.report.annotated import Copy, by_libreoffice, without_properties

needs_office = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here")
DAY = dt.date(2023, 5, 22)


@pytest.fixture(scope="module")
def sent(draft, typeset, tmp_path_factory):
    """A region's folder where the draft was kept as sent."""
    folder = tmp_path_factory.mktemp("region")
    document = typeset("pandoc").paths["docx"].read_bytes()
    files = {"rapport.docx": document, releases.VALEURS: draft.described()}
    return releases.keep(folder, files, date=dt.date(2023, 5, 9), recipients=["Apec"])


@pytest.fixture(scope="module")
def annotated(sent, tmp_path_factory):
    """What the Apec wrote in Word on its copy."""
    data = (sent.folder / "rapport.docx").read_bytes()
    made = Copy(word.stamped(data, {"cepkit_operateur": "Apec"}))
    first = made.comment("Rapporté aux actifs", "Le champ est à préciser.")
    made.reply(first, "Nous confirmons.")
    made.comment("Les départements de montagne", "Point déjà corrigé.", resolved=True)
    made.comment("Chiffres clés", "=1+1 : un total manque ici.")
    made.replace("un pilotage régional", "une animation régionale")
    made.insert("Chaque opérateur a été rencontré", " au moins une fois")
    made.delete("La géographie compte")
    made.move("Les opérateurs rappellent que le conseil est souvent délivré dans un accompagnement "
              "plus large.", "Le transport et les délais des partenaires pèsent sur les parcours.")
    made.retype("Un second plan", "Un deuxième plan")
    path = tmp_path_factory.mktemp("copie") / "rapport_apec.docx"
    path.write_bytes(made.data())
    return path


@pytest.fixture(scope="module", params=["word", pytest.param("libreoffice", marks=[
    pytest.mark.bureau, needs_office])])
def received(request, annotated, tmp_path_factory):
    """The copy as each program saves it."""
    if request.param == "word":
        return annotated
    return by_libreoffice(annotated, tmp_path_factory.mktemp("bureau"))


def read(path, sent, **more):
    file = docx_file.read(path)
    region = sent.folder.parents[1]
    return remarks.rows(file, author="Apec", release=remarks.release_of(file, region), date=DAY,
                        region="84", **more)


@pytest.fixture(scope="module")
def found(received, sent):
    return {(r["forme"], r["remarque"]): r for r in read(received, sent)}


def test_every_annotation_is_read_and_nothing_else(found):
    assert sorted(found) == sorted([
        ("commentaire", "Le champ est à préciser."),
        ("commentaire", "Nous confirmons."),
        ("commentaire", "Point déjà corrigé."),
        ("commentaire", "=1+1 : un total manque ici."),
        ("remplacement", "Remplacer « un pilotage régional » par « une animation régionale »."),
        ("insertion", "Ajouter « au moins une fois » après « …Chaque opérateur a été rencontré »."),
        ("suppression", "Supprimer « La géographie compte »."),
        ("deplacement", "Déplacer « Les opérateurs rappellent que le conseil est souvent délivré "
         "dans un accompagnement plus large. » vers la section 2.5."),
        ("modification non suivie", "Remplacer « second » par « deuxième »."),
    ])


def test_each_one_stands_at_its_place(found):
    places = {r["remarque"][:30]: r["repere"] for r in found.values()}
    assert places == {
        "Le champ est à préciser.": "84-2.1", "Nous confirmons.": "84-2.1",
        "Point déjà corrigé.": "84-2.2", "=1+1 : un total manque ici.": "84-2.0-T1",
        "Remplacer « un pilotage région": "84-1.1",
        "Ajouter « au moins une fois » ": "84-Déroulement de l’année",
        "Supprimer « La géographie comp": "84-Synthèse",
        "Déplacer « Les opérateurs rapp": "84-2.1",
        "Remplacer « second » par « deu": "84-1.2"}


def test_with_the_words_and_the_value_as_sent(found, sent):
    comment = found["commentaire", "Le champ est à préciser."]
    assert comment["texte_vise"] == "Rapporté aux actifs"
    table = found["commentaire", "=1+1 : un total manque ici."]
    assert table["valeur"] == sent.said["elements"]["84-2.0-T1"]["titre"] == "Chiffres clés"
    assert {r["document"] for r in found.values()} == {sent.document}
    assert {r["version"] for r in found.values()} == {"Brouillon"}


def test_resolved_comments_are_told(found):
    told = {r["remarque"]: r["etat_word"] for r in found.values() if r["forme"] == "commentaire"}
    assert told["Point déjà corrigé."] == "résolu" and told["Le champ est à préciser."] == ""


def test_the_person_is_reduced_to_the_operator(found):
    assert {r["auteur"] for r in found.values()} == {"Apec"}
    assert "Camille" not in str(found)


def test_a_finding_is_cited_with_its_sentence(sent, tmp_path):
    repere, sentence = next((r, s) for r, s in sent.said["constats"].items() if "-2.1-" in r)
    made = Copy((sent.folder / "rapport.docx").read_bytes())
    made.comment(repere, "À nuancer.")
    path = tmp_path / "copie.docx"
    path.write_bytes(made.data())
    row, = read(path, sent)
    assert row["repere"] == repere and row["valeur"] == sentence


def test_a_reply_knows_what_it_replies_to(annotated, sent, tmp_path):
    added = imported.add(tmp_path, "apec", read(annotated, sent))
    numbers = {r["remarque"]: r["n"] for r in added}
    reply, = (r for r in added if r["remarque"] == "Nous confirmons.")
    assert reply["reponse_a"] == numbers["Le champ est à préciser."]


def test_importing_twice_adds_nothing_whoever_saved(annotated, received, sent, tmp_path):
    assert len(imported.add(tmp_path, "apec", read(annotated, sent))) == 9
    before = (tmp_path / "remarques/apec.csv").read_bytes()
    assert imported.add(tmp_path, "apec", read(received, sent)) == []
    assert (tmp_path / "remarques/apec.csv").read_bytes() == before


def test_a_copy_without_identity_is_known_by_its_words(annotated, sent, tmp_path):
    bare = tmp_path / "sans_identite.docx"
    bare.write_bytes(without_properties(annotated.read_bytes()))
    file, region = docx_file.read(bare), sent.folder.parents[1]
    assert file.properties == {}
    assert remarks.release_of(file, region).folder == sent.folder
    assert {r["empreinte"] for r in read(bare, sent)} == {
        r["empreinte"] for r in read(annotated, sent)}
    assert remarks.release_of(docx_file.read(reference.PATH), region) is None


def test_what_was_imported_is_never_changed_by_a_later_import(annotated, sent, tmp_path):
    rows = read(annotated, sent)
    imported.add(tmp_path, "apec", rows[:3])
    before = (tmp_path / "remarques/apec.csv").read_bytes()
    added = imported.add(tmp_path, "apec", rows)
    assert (tmp_path / "remarques/apec.csv").read_bytes().startswith(before)
    assert [r["n"] for r in added] == [f"W{n:03d}" for n in range(4, 10)]


def test_a_comment_is_no_formula_in_a_spreadsheet(annotated, sent, tmp_path):
    imported.add(tmp_path, "apec", read(annotated, sent))
    text = (tmp_path / "remarques/apec.csv").read_text("utf-8-sig")
    assert ";'=1+1" in text and ";=" not in text
    rows, problems = imported.read(tmp_path)
    assert problems == [] and "=1+1 : un total manque ici." in [r["remarque"] for r in rows]


def test_addresses_and_telephones_are_left_out(sent, tmp_path):
    made = Copy((sent.folder / "rapport.docx").read_bytes())
    made.comment("Un second plan",
                 "Écrire à c.martin@exemple.fr ou au 01 23 45 67 89. " + "x" * 30_000)
    (tmp_path / "copie.docx").write_bytes(made.data())
    rows = read(tmp_path / "copie.docx", sent)
    added, = imported.add(tmp_path, "apec", rows)
    assert added["remarque"].startswith("Écrire à [adresse] ou au [téléphone]. x")
    kept, problems = imported.read(tmp_path)
    assert problems == [] and len(kept[0]["remarque"]) == imported.LONGEST


# ---- with the sheet -----------------------------------------------------------------------


def test_imported_remarks_join_the_sheet_and_its_answers(annotated, sent, tmp_path, edition):
    added = imported.add(tmp_path, "apec", read(annotated, sent))
    first = next(r for r in added if r["remarque"] == "Le champ est à préciser.")
    answer = {"n": first["n"], "nature": "Complément", "traitement": "Acceptée",
              "reponse": "Le champ est ajouté."}
    path = workbook.create(tmp_path / "suivi.xlsx", edition=edition, rows={"remarques": [answer]})
    _numbered(path, first["n"])
    suivi = workbook.read(path, edition)
    rows = {r["n"]: r for r in suivi.lignes["remarques"]}
    assert [p for p in suivi.problemes if p.bloquant] == []
    assert len(rows) == 9 and rows[first["n"]]["remarque"] == "Le champ est à préciser."
    assert rows[first["n"]]["recue_le"] == DAY and rows[first["n"]]["auteur"] == "Apec"
    left = [n for n, r in rows.items() if r["traitement"] == "À traiter"]
    assert len(left) == 7  # the reply follows the remark that was accepted
    assert sum("reste à traiter" in str(p) for p in suivi.problemes) == 7


def _numbered(path, number: str) -> None:
    """The analyst types the number of the remark in the first column."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    book["remarques"]["A4"] = number
    book.save(path)


# ---- files that must not be read ----------------------------------------------------------


def refused(path) -> str:
    with pytest.raises(CepkitError) as error:
        docx_file.read(path)
    assert error.value.code == 11
    return str(error.value)


def rewritten(source, tmp_path, part: str, data: bytes):
    path = tmp_path / "copie.docx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, data if name == part else old.read(name))
        if part not in old.namelist():
            new.writestr(part, data)
    return path


BOMB = b"""<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;">]>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>
<w:p><w:r><w:t>&d;</w:t></w:r></w:p></w:body></w:document>"""
OUTSIDE = BOMB.replace(b'<!ENTITY a "aaaaaaaaaa">', b'<!ENTITY a SYSTEM "file:///etc/passwd">')


@pytest.mark.parametrize("data", [BOMB, OUTSIDE, BOMB.decode().encode("utf-16")])
def test_entities_are_refused(annotated, tmp_path, data):
    path = rewritten(annotated, tmp_path, "word/document.xml", data)
    with pytest.raises(CepkitError) as error:
        marks.read(docx_file.read(path))
    assert error.value.code == 11


def test_a_zip_bomb_is_refused_before_it_is_unpacked(annotated, tmp_path):
    path = rewritten(annotated, tmp_path, "word/media/image1.png", b"\0" * (docx_file.PART + 1))
    assert path.stat().st_size < 2**20
    assert "volume démesuré" in refused(path)


def test_a_file_that_is_too_heavy_is_not_read(tmp_path):
    path = tmp_path / "lourd.docx"
    with path.open("wb") as stream:
        stream.truncate(docx_file.WEIGHT + 1)
    assert "dépasse 60 Mio" in refused(path)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 abime", b"\xd0\xcf\x11\xe0" + b"\0" * 600])
def test_what_is_not_a_docx_is_refused(tmp_path, data):
    path = tmp_path / "copie.docx"
    path.write_bytes(data)
    assert "n’est pas un document Word" in refused(path)


def test_another_kind_of_zip_is_refused(tmp_path):
    path = tmp_path / "copie.docx"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("lisez.txt", "bonjour")
    path.write_bytes(out.getvalue())
    assert "n’est pas un document Word (docx)" in refused(path)


def test_the_strict_variant_is_told(annotated, tmp_path):
    with zipfile.ZipFile(annotated) as package:
        data = package.read("word/document.xml").replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main")
    with pytest.raises(CepkitError, match="Open XML strict"):
        marks.read(docx_file.read(rewritten(annotated, tmp_path, "word/document.xml", data)))


def test_an_absent_file_is_told(tmp_path):
    assert "n’existe pas" in refused(tmp_path / "absent.docx")
