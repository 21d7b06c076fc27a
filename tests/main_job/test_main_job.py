"""The main job on the demonstration: real delivery, real notebooks, real pages and Word files."""

import json
import re
import zipfile

import pytest
from lxml import etree, html

from cepkit import codes
from cepkit.text import fold

# Five overseas regions (codes that lose their zero when taken for numbers), and a filled workbook.
REGIONS = ("01", "02", "03", "04", "06", "53")
PAGES = ("annexe_1_donnees", "annexe_2_recours", "annexe_3_parcours", "annexe_4_cooperations")
FILES = {*(f"{p}.html" for p in PAGES), "rapport.docx", "rapport.html", "tables.xlsx",
         "manifest.json", "synthese.docx", "presentation.pptx", "fiche_france_travail.docx",
         "fiche_cap_emploi.docx", "fiche_apec.docx", "fiche_missions_locales.docx",
         "fiche_operateur_regional.docx"}
WP = {"wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"}
# Titles imposed by the specification, the permanent mention and the rule hold these words.
LAWFUL = ("ni un audit ni un controle", "ni audit ni controle", "suites de l'an dernier")


@pytest.fixture(scope="module")
def outputs(rendered):
    return rendered / "outputs" / "demo"


def pages(outputs):
    for code in REGIONS:
        for name in PAGES:
            yield code, outputs / codes.region_slug(code) / f"{name}.html"


def test_each_region_has_its_whole_folder(outputs):
    for code in REGIONS:
        folder = outputs / codes.region_slug(code)
        assert FILES <= {p.name for p in folder.iterdir()}
        manifest = json.loads((folder / "manifest.json").read_text())
        assert manifest["region"] == code
        assert {f["chemin"] for f in manifest["fichiers"]} >= FILES - {"manifest.json"}
    assert (outputs / "national" / "synthese_nationale.html").exists()
    assert {"index.html", "dictionnaire.html", "secret_statistique.html"} <= {
        p.name for p in outputs.iterdir()}


def test_every_page_proves_whose_it_is(outputs):
    for code, path in pages(outputs):
        tree = html.parse(path).getroot()
        assert tree.get("lang") == "fr"
        assert tree.xpath("//meta[@name='cepkit:region']/@content") == [code]
        assert len(tree.xpath("//h1")) == 1
        assert "Données fictives" in tree.text_content()


def test_pages_are_light_and_ask_for_nothing(outputs):
    for _, path in pages(outputs):
        text = path.read_text("utf-8")
        without = re.sub(r'"data:[^"]*"', "", text)
        assert len(without.encode()) <= 300 * 1024, path
        tree = html.fromstring(text)
        assert tree.xpath("//@src[not(starts-with(., 'data:'))]") == []
        assert tree.xpath("//link[@rel='stylesheet']") == []
        policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
        assert "default-src 'none'" in policy


def test_no_number_is_lost_in_an_empty_cell(outputs):
    for _, path in pages(outputs):
        tree = html.parse(path).getroot()
        empty = [c for c in tree.xpath("//tbody//td") if not c.text_content().strip()]
        assert empty == [], path
        shown = " ".join(t for t in tree.xpath("//main//text()"))
        assert not re.search(r"\bnan\b|<NA>|\bNone\b|NaT", shown), path


def test_no_judgement_in_generated_text(outputs):
    from cepkit.text import MOTS_INTERDITS

    for _, path in pages(outputs):
        tree = html.parse(path).getroot()
        for node in tree.xpath("//style|//script"):
            node.drop_tree()
        said = fold(tree.text_content())
        for lawful in LAWFUL:
            said = said.replace(fold(lawful), " ")
        found = [w for w in MOTS_INTERDITS if re.search(rf"\b{re.escape(fold(w))}\b", said)]
        assert found == [], path


@pytest.mark.parametrize("code", REGIONS)
def test_word_draft_has_plan_alt_texts_and_identity(outputs, code):
    path = outputs / codes.region_slug(code) / "rapport.docx"
    with zipfile.ZipFile(path) as archive:
        document = etree.fromstring(archive.read("word/document.xml"))
        custom = archive.read("docProps/custom.xml").decode()
    text = "".join(document.itertext())
    # The five parts of the methodology, « Le plan du rapport annuel ».
    for part in ("Introduction", "Les coopérations autour du CEP",
                 "Le CEP et les parcours des bénéficiaires en région", "Conclusion",
                 "Prolongements"):
        assert part in text
    pictures = document.xpath("//wp:docPr", namespaces=WP)
    assert pictures and all(len(p.get("descr", "")) > 40 for p in pictures)
    assert re.search(rf'name="cepkit_region"[^>]*>\s*<[^>]+>{code}<', custom)
    # What is not written: a question in a draft, a plain statement once the draft was sent.
    version = json.loads((path.parent / "manifest.json").read_text("utf-8"))["version"]
    assert ("À rédiger" if version == "brouillon" else "Non traité cette année") in text


def test_second_run_has_nothing_to_do(rendered, cepkit):
    done = cepkit("run", "--exercice", "demo", "--region", ",".join(REGIONS))
    assert done.returncode == 0, done.stderr
    assert "[1/" not in done.stdout


def test_verify_and_audit_pass_on_what_was_produced(rendered, cepkit):
    assert cepkit("verify", "--exercice", "demo").returncode == 0
    assert cepkit("audit", "--exercice", "demo").returncode == 0


@pytest.mark.parametrize(
    ("region", "expected"), [("1", "01"), ("bretagne", "53"), ("97", "84")])
def test_unknown_region_is_refused_before_anything_runs(rendered, cepkit, region, expected):
    done = cepkit("run", "--exercice", "demo", "--region", region)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr + done.stdout
    if region != "97":
        assert f"« {expected} »" in done.stderr + done.stdout
