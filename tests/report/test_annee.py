"""A year of one region, from the workbook to the version handed over, with the real commands."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import zipfile

import docx
import html5lib
import openpyxl
import pytest
import yaml
from playwright.sync_api import sync_playwright

from cepkit.report.version import SAID
from cepkit.text import fold
from tests.conftest import REPOSITORY
from tests.report.annotated import by_libreoffice, without_properties
from tests.report.year import ACTIVE, CODE, SECRET, Year, with_traps

pytestmark = pytest.mark.lent
FIVE = ("Pôle emploi", "Cap emploi", "Apec", "Missions locales", "Opérateur régional")
SENT, CLOSED = dt.date(2023, 5, 9), dt.date(2023, 6, 6)


def words(path) -> str:
    document = docx.Document(path)
    body = " ".join(t.text or "" for t in document.element.body.iter()
                    if t.tag.endswith("}t"))
    heads = " ".join(p.text for s in document.sections for p in s.header.paragraphs)
    return " ".join(f"{heads} {body}".split())


def said(year) -> dict:
    return json.loads((year.output / "valeurs.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    return Year(tmp_path_factory.mktemp("annee"))


@pytest.fixture(scope="module")
def draft(year):
    """January to May: the folder, the workbook, the delivery, a first draft."""
    year.deliver(seed=1)
    year.cepkit("new", "region", CODE)
    with_traps(year)
    year.save()
    for stem, body in year.texts.items():
        if stem != "22_cooperations_themes" and not stem.startswith("40_"):
            year.write(stem, body)
    year.write("34_parcours_leviers_difficultes", f"Un texte. {ACTIVE}")
    year.cepkit("run", "--region", CODE)
    return words(year.output / "rapport.docx")


def test_a_draft_asks_what_is_not_written_yet(draft):
    assert "brouillon, version non définitive" in draft
    assert "À rédiger — fichier redaction/22_cooperations_themes.md" in draft


@pytest.fixture(scope="module")
def written(year, draft):
    """May: the analyst goes on in Word, then brings the text back."""
    path = year.root / "mon_rapport.docx"
    document = docx.Document(year.output / "rapport.docx")
    box = next(p for p in document.paragraphs if "Sur quels thèmes portent" in p.text)
    for run in box.runs[1:]:
        run.text = ""
    box.runs[0].text = "L’aiguillage est le premier thème."
    document.save(path)
    shown = year.cepkit("remarks", str(path))
    text = year.region / "redaction/22_cooperations_themes.md"
    untouched = "L’aiguillage" not in text.read_text("utf-8")
    applied = year.cepkit("remarks", str(path), "--appliquer")
    return shown, untouched, applied, text.read_text("utf-8")


def test_what_was_typed_in_word_is_shown_then_written(written):
    shown, untouched, applied, text = written
    assert "  + L’aiguillage est le premier thème." in shown and "Rien n’est écrit" in shown
    assert untouched
    assert "écrit : parameters/demo/regions/53/redaction/22_cooperations_themes.md ; " in applied
    assert text.endswith("-->\n\nL’aiguillage est le premier thème.\n")


@pytest.fixture(scope="module")
def shared(year, written):
    """9 May: the draft goes to the five operators, a figure typed by hand in it."""
    rate = said(year)["citees"]["taux_chomage.region"]
    entries = said(year)["citees"]["effectif.region"]
    year.write("31_parcours_recours", f"On compte {entries} entrées ; le chômage est de {rate}.")
    for operator in FIVE:
        year.step("Envoi aux opérateurs", SENT, operator, attendue_le=dt.date(2023, 5, 30))
    year.save()
    early = year.cepkit("package", "--region", CODE, code=2)
    year.cepkit("run", "--region", CODE)
    return early, year.cepkit("package", "--region", CODE, "--date", "2023-05-09")


def test_a_report_that_is_late_on_the_calendar_is_not_sent(shared):
    assert "le calendrier dit « partagée avec les opérateurs ». Relancez" in shared[0]


def test_each_operator_has_its_copy_and_the_version_is_kept(year, shared):
    assert [f"{o} : " in shared[1] for o in FIVE] == [True] * 5
    assert "nombres écrits à la main" in shared[1]
    assert year.kept() == ["2023-05-09-partagee"]
    text = words(year.region / "diffusions/2023-05-09-partagee/rapport.docx")
    assert "partagée avec les opérateurs, version non définitive" in text
    assert "À rédiger" not in text and "Non traité cette année." in text


@pytest.fixture(scope="module")
def unpacked(year, shared, tmp_path_factory):
    """The zip of an operator, extracted as its reader does."""
    folder = tmp_path_factory.mktemp("recu")
    with zipfile.ZipFile(year.root / "outputs/demo/envois/53-bretagne_apec.zip") as package:
        assert package.testzip() is None
        # Bit 11 (PKWARE APPNOTE 4.4.4): names outside ASCII need it to open everywhere.
        assert all(i.filename.isascii() or i.flag_bits & 0x800 for i in package.infolist())
        package.extractall(folder)
    return folder


def test_a_zip_holds_what_may_leave_and_nothing_else(unpacked):
    assert {p.name for p in unpacked.rglob("*")} == {
        "synthese.docx", "presentation.pptx", "fiche_apec.docx",
        "annexe_1_donnees.html", "annexe_2_recours.html", "annexe_3_parcours.html",
        "annexe_4_cooperations.html", "rapport.docx", "rapport.html", "tables.xlsx",
        "lisez_moi.html", "glossaire.html"}


def test_every_file_of_a_zip_opens(unpacked, shared):
    for path in unpacked.glob("*.html"):
        html5lib.HTMLParser(strict=True).parse(path.read_text("utf-8"))
    assert docx.Document(unpacked / "rapport.docx").paragraphs
    assert openpyxl.load_workbook(unpacked / "tables.xlsx").sheetnames
    assert re.search(r"Apec : outputs/demo/envois/53-bretagne_apec.zip \(\d+,\d Mo\)",
                     shared[1])


def test_the_reader_is_told_how_to_comment_and_until_when(unpacked):
    text = " ".join((unpacked / "lisez_moi.html").read_text("utf-8").split())
    text = text.replace("\u00a0", " ").replace("\u202f", " ")
    assert "Copie destinée à : Apec. Version non définitive : partagée avec les opérateurs" in text
    assert "renvoyez ce fichier pour le 30 mai 2023." in text and "53-2.1-C1" in text
    for name in re.findall(r'href="([^"#]+)"', text):
        assert (unpacked / name).is_file(), name


def test_the_glossary_is_that_of_the_pages(unpacked):
    known = yaml.safe_load((REPOSITORY / "cepkit/show/glossaire.yml").read_text("utf-8"))
    terms = [e.text for e in html5lib.parse((unpacked / "glossaire.html").read_text("utf-8"),
                                            namespaceHTMLElements=False).iter("dt")]
    assert {fold(k) for k in known} <= {fold(t) for t in terms}


@pytest.mark.navigateur
def test_the_glossary_prints_on_one_page(unpacked):
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"),
                                       args=["--no-sandbox"])
        page = browser.new_page()
        page.goto((unpacked / "glossaire.html").as_uri())
        data = page.pdf(prefer_css_page_size=True)
        browser.close()
    assert len(re.findall(rb"/Type\s*/Page\b", data)) == 1


@pytest.fixture(scope="module")
def answered(year, shared):
    """22 May: the Apec answers in Word, Pôle emploi in LibreOffice, the missions locales do not."""
    repere, sentence = next((r, s) for r, s in said(year)["constats"].items() if "-2.1-" in r)
    apec = year.received("apec")
    apec.comment("deux agences", "Trois agences, depuis mars.")
    apec.replace("Deux de ses actions", "Trois de ses actions")
    pole = year.received("pole-emploi")
    pole.comment(repere, "Ce taux ne mesure pas une demande de conseil.")
    paths = []
    for name, copy in (("apec", apec), ("pole", pole)):
        path = year.root / f"{name}.docx"
        path.write_bytes(copy.data())
        paths.append(by_libreoffice(path, year.root / "bureau") if name == "pole"
                     and shutil.which("soffice") else path)
    told = [year.cepkit("remarks", str(p), "--date", "2023-05-22") for p in paths]
    return repere, told, [year.cepkit("remarks", str(p)) for p in paths], sentence


def test_two_answers_are_read_each_once(answered):
    repere, first, again, _ = answered
    assert "Apec, Bretagne, version « Partagée avec les opérateurs » : 2 remarques" in first[0]
    assert f"W003 · {repere} · commentaire : Ce taux ne mesure pas" in first[1]
    assert "Pôle emploi" in first[1]
    assert all("0 nouvelle." in text for text in again)


def test_a_copy_without_identity_is_placed_by_the_options(year, answered):
    copy = year.received("pole-emploi")
    copy.comment(answered[0], "Ce taux ne mesure pas une demande de conseil.")
    path = year.root / "sans_identite.docx"
    path.write_bytes(without_properties(copy.data()))
    assert "--region 84, par exemple" in year.cepkit("remarks", str(path), code=2)
    told = year.cepkit("remarks", str(path), "--region", CODE, "--operateur", "france_travail")
    # The same remark, on the same version: recognised by the words of the copy.
    assert "Pôle emploi, Bretagne, version « Partagée avec les opérateurs » : 1 remarque" in told
    assert "reconnue, par ses mots, comme la version 2023-05-09-partagee." in told
    assert "0 nouvelle." in told and "aucune version gardée" not in told


def test_no_name_of_a_person_is_kept(year, answered):
    kept = [p.read_text("utf-8") for p in (year.region / "remarques").glob("*.csv")]
    assert len(kept) == 2 and not any("Camille" in text for text in kept)


@pytest.fixture(scope="module")
def treated(year, answered):
    """6 June: remarks treated in the sheet, one divergence maintained, one silence noted."""
    year.rows["remarques"] = [
        {"version": "Partagée avec les opérateurs", "recue_le": dt.date(2023, 5, 24),
         "auteur": "Cap emploi", "recue_par": "Téléphone", "repere": "53-1.2",
         "remarque": "Rien à ajouter sur ce point.", "nature": "Complément",
         "traitement": "Sans objet"}]
    for operator, answer in zip(FIVE, ("Avec remarques", "Sans remarque", "Avec remarques",
                                       "Silence à l’échéance", "Sans remarque"), strict=True):
        year.step("Envoi aux opérateurs", SENT, operator, reponse=answer)
    year.step("Clôture du dialogue", CLOSED)
    year.save()
    _answer(year, {"W001": {"nature": "Correction de fait", "traitement": "Acceptée",
                            "reponse": "Trois agences."},
                   "W003": {"nature": "Désaccord sur un constat",
                            "traitement": "Divergence maintenue",
                            "position_tp": "Le taux rapporte un volume aux actifs.",
                            "position_auteur": "Le volume ne mesure pas une demande."}})
    return answered[0], answered[3]


def _answer(year, answers) -> None:
    """Rows typed under the others, with the numbers of the imported remarks."""
    from cepkit.intake.workbook_schema import sheets

    path = year.region / "suivi.xlsx"
    book = openpyxl.load_workbook(path)
    columns = [c.nom for c in sheets()["remarques"].colonnes]
    for line, (number, row) in enumerate(answers.items(), start=5):
        for name, value in ({"n": number} | row).items():
            book["remarques"].cell(line, columns.index(name) + 1, value)
    book.save(path)


def test_status_says_where_the_dialogue_stands(year, treated):
    text = year.cepkit("status", "--region", CODE, "--date", "2023-06-08", "--courriels",
                       str(year.root / "courriels"))
    assert re.search(r"Apec +avec remarques ; .*2 remarques ; 1 à traiter", text)
    assert re.search(r"Missions locales +silence à l’échéance", text)
    assert re.search(r"Pôle emploi .*1 divergence maintenue", text)
    assert "10. Remarques traitées, divergences à deux positions : en cours (à traiter : W002)" \
        in text
    assert sorted(p.name for p in (year.root / "courriels").iterdir()) == [
        "reponse_apec.txt", "reponse_cap-emploi.txt", "reponse_pole-emploi.txt"]


@pytest.fixture(scope="module")
def corrected(year, treated):
    """12 June: a corrected delivery arrives."""
    year.deliver(seed=2)
    day = dt.date(2023, 6, 12)
    year.rows["jalons"].append({"etape": "Nouvelle livraison du jeu de données",
                                "date_prevue": day, "date_realisee": day})
    return year.cepkit("run", "--region", CODE), year.cepkit("status", "--region", CODE)


def test_a_typed_figure_that_the_data_no_longer_give_is_pointed_out(corrected):
    assert re.search(r"redaction/31_parcours_recours.md : ce paragraphe cite [\d\u202f]+, la "
                     r"valeur est maintenant [\d\u202f]+ \({{effectif.region}}, version du "
                     r"9 mai 2023\)", corrected[0])


def test_status_says_what_the_correction_changed(corrected):
    text = corrected[1]
    assert "De 2023-05-09-partagee au rapport produit" in text
    assert re.search(r"{{effectif.region}} : [\d\u202f]+ → [\d\u202f]+", text)
    assert re.search(r"à revoir : W003 \(Pôle emploi, 53-2.1-C1, divergence maintenue\)", text)


@pytest.fixture(scope="module")
def crefop(year, corrected):
    """20 June: the board has validated; the version of the CREFOP, one old text in it."""
    year.write("31_parcours_recours", "On compte {{effectif.region}} entrées.")
    path = year.region / "redaction/60_prolongements.md"
    path.write_text(path.read_text("utf-8").replace("statut: a_ecrire", "statut: a_relire")
                    .replace("repris_de: null", "repris_de: '2021'") + "\nTexte ancien.\n", "utf-8")
    year.rows["jalons"].append({"etape": "Validation par le conseil d’administration",
                                "date_prevue": dt.date(2023, 6, 15),
                                "date_realisee": dt.date(2023, 6, 15)})
    year.step("Présentation au CREFOP", dt.date(2023, 6, 20))
    _save_and_answer(year)
    year.cepkit("run", "--region", CODE)
    refused = year.cepkit("package", "--region", CODE, "--date", "2023-06-19", code=10)
    passed = year.cepkit("package", "--region", CODE, "--date", "2023-06-19", "--motif",
                         "Texte repris à dessein.")
    return refused, passed


def _save_and_answer(year) -> None:
    """Saved again by the analyst: what was typed under the first row stays."""
    before = openpyxl.load_workbook(year.region / "suivi.xlsx")["remarques"]
    typed = {(r, c): before.cell(r, c).value for r in range(5, 8)
             for c in range(1, before.max_column + 1)}
    year.save()
    book = openpyxl.load_workbook(year.region / "suivi.xlsx")
    for (r, c), value in typed.items():
        book["remarques"].cell(r, c, value)
    book.save(year.region / "suivi.xlsx")


def test_an_old_text_needs_a_reason_and_an_open_remark_none(year, crefop):
    refused, passed = crefop
    assert "textes de l’exercice précédent à relire : 60_prolongements.md" in refused
    assert "CREFOP : outputs/demo/envois/53-bretagne_crefop.zip" in passed
    assert "1 remarque à traiter : W002" in passed
    manifest = json.loads((year.region / "diffusions/2023-06-19-crefop/manifest.json").read_text())
    assert manifest["motif"] == "Texte repris à dessein."
    assert any("W002" in text for text in manifest["a_verifier"])


@pytest.fixture(scope="module")
def final(year, crefop):
    """15 July: handed over."""
    path = year.region / "redaction/60_prolongements.md"
    path.write_text(path.read_text("utf-8").replace("a_relire", "relu"), "utf-8")
    year.step("Remise à France compétences", dt.date(2023, 7, 13))
    _save_and_answer(year)
    year.cepkit("run", "--region", CODE)
    year.cepkit("package", "--region", CODE, "--date", "2023-07-13")
    return words(year.region / "diffusions/2023-07-13-remise/rapport.docx")


def test_the_final_report_is_no_longer_provisional(final):
    assert "non définitive" not in final
    assert "Version remise à France compétences le 13 juillet 2023." in final


def test_it_shows_the_year(final, treated):
    assert "L’aiguillage est le premier thème." in final
    assert ("Le projet de rapport a été adressé à 5 opérateurs le 9 mai 2023 : 2 réponses avec "
            "remarques, 2 réponses sans remarque, 1 absence de réponse à l’échéance et "
            "1 divergence maintenue (annexe A).") in final
    for step in ("Nouvelle livraison du jeu de données", "Présentation au CREFOP",
                 "Validation par le conseil d’administration", "Remise à France compétences"):
        assert step in final
    assert "Divergence maintenue avec Pôle emploi sur ce point" in final
    annexe = final.split("A. Divergences maintenues")[-1]
    assert re.search(r"W003 — constat 2.1-C1 ?, désaccord sur un constat", annexe)
    assert "Texte ou valeur visés : " + " ".join(treated[1].split()) in annexe
    assert "Le taux rapporte un volume aux actifs." in annexe
    assert ("position rapportée par l’association, formulation non validée par l’opérateur au 13 "
            "juillet 2023) : Le volume ne mesure pas une demande.") in annexe


def test_the_numbers_are_those_of_the_corrected_delivery(year, final):
    first = json.loads((year.region / "diffusions/2023-05-09-partagee/valeurs.json").read_text())
    assert said(year)["citees"]["effectif.region"] in final.replace("\u202f", " ") or \
        " ".join(said(year)["citees"]["effectif.region"].split()) in final
    assert first["citees"]["effectif.region"] != said(year)["citees"]["effectif.region"]


def test_every_version_sent_is_kept_for_good(year, final):
    assert year.kept() == ["2023-05-09-partagee", "2023-06-19-crefop", "2023-07-13-remise"]


def test_nothing_internal_ever_came_out(year, final):
    for name, data in year.everything().items():
        assert SECRET.encode() not in data, name
        assert "à traiter".encode() not in data.lower() or name.endswith(
            ("manifest.json", "pilotage.html")), name


def test_what_people_typed_is_text_and_nothing_else(year, final):
    for path in year.output.glob("*.html"):
        page = path.read_text("utf-8")
        assert "<script>alert" not in page and "javascript:y\"" not in page, path.name
    source = (year.output / "rapport.html").read_text("utf-8")
    assert "&lt;script&gt;" in source or "alert(1)" in source
    assert 'href="javascript' not in source


def test_no_page_leads_to_the_internal_one(year, final):
    inside = year.everything()
    assert "outputs/demo/pilotage.html" in inside
    assert not [n for n, data in inside.items() if b"pilotage" in data]
    assert not [n for n in inside if n.endswith("!pilotage.html")]


def test_the_socle_is_done(year, final):
    text = year.cepkit("status", "--region", CODE, "--date", "2023-07-14")
    assert SAID["Remise"] in text
    for number in (1, 2, 3, 4, 5, 9, 11, 12):
        assert re.search(rf"\n +{number}\. [^:]+ : fait", text), number
