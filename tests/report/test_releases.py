"""Version from the calendar, versions kept for good, what changes from one to the next."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import json

import pytest

from cepkit import report
from cepkit.report import compare, releases, version

MAY, JUNE = dt.date(2023, 5, 9), dt.date(2023, 6, 20)


def step(etape, day, version_sent=""):
    return {"etape": etape, "version": version_sent, "date_realisee": day}


@pytest.mark.parametrize(("rows", "expected"), [
    ([], ("Brouillon", None)),
    ([step("Brouillon prêt", MAY)], ("Brouillon", None)),
    ([step("Envoi aux opérateurs", None)], ("Brouillon", None)),
    ([step("Envoi aux opérateurs", JUNE), step("Envoi aux opérateurs", MAY)],
     ("Partagée avec les opérateurs", MAY)),
    ([step("Envoi aux opérateurs", "2023-05-09"), step("Clôture du dialogue", "2023-06-06")],
     ("Partagée avec les opérateurs", MAY)),
    ([step("Validation par le conseil d’administration", MAY, "CREFOP")],
     ("Validée par le conseil", MAY)),
    ([step("Envoi aux opérateurs", MAY), step("Envoi aux opérateurs", JUNE, "CREFOP")],
     ("CREFOP", JUNE)),
    ([step("Remise à France compétences", JUNE), step("Envoi aux opérateurs", MAY)],
     ("Remise", JUNE)),
])
def test_the_version_is_that_of_the_furthest_step_that_took_place(rows, expected):
    state = report.state_of(rows)
    assert (state.version, state.date) == expected


def test_steps_are_those_of_the_workbook(edition):
    from cepkit.intake.workbook_schema import lists

    assert set(version.STEPS) <= set(lists(edition.annee)["etape"])
    assert set(lists(edition.annee)["version"]) <= set(version.VERSIONS)


# ---- kept for good ------------------------------------------------------------------------


@pytest.fixture
def files(draft, typeset):
    return {releases.VALEURS: draft.described(),
            "rapport.docx": typeset("pandoc").paths["docx"].read_bytes()}


def test_a_version_sent_is_kept_whole(files, tmp_path):
    made = releases.keep(tmp_path, files, date=MAY, recipients=["Apec", "Cap emploi"],
                         notes={"motif": "Calendrier du CREFOP."})
    assert made.folder == tmp_path / "diffusions" / "2023-05-09-brouillon"
    for name, data in files.items():
        assert (made.folder / name).read_bytes() == data
    kept, = releases.releases(tmp_path)
    assert kept.manifest == made.manifest and kept.manifest["motif"] == "Calendrier du CREFOP."
    assert [r["nom"] for r in kept.manifest["destinataires"]] == ["Apec", "Cap emploi"]
    assert kept.said["citees"]["annee"] == "2022"


def test_the_same_version_sent_again_only_adds_its_recipient(files, tmp_path):
    first = releases.keep(tmp_path, files, date=MAY, recipients=["Apec"])
    second = releases.keep(tmp_path, files, date=JUNE, recipients=["Apec", "Missions locales"])
    assert second.folder == first.folder and len(releases.releases(tmp_path)) == 1
    assert [(r["nom"], r["envoye_le"]) for r in second.manifest["destinataires"]] == [
        ("Apec", "2023-05-09"), ("Missions locales", "2023-06-20")]


def test_another_document_never_takes_the_place_of_a_kept_one(files, tmp_path):
    first = releases.keep(tmp_path, files, date=MAY)
    other = releases.keep(tmp_path, files | {"rapport.docx": b"autre"}, date=MAY)
    assert other.folder.name == "2023-05-09-brouillon-2"
    assert (first.folder / "rapport.docx").read_bytes() == files["rapport.docx"]
    assert [r.folder for r in releases.releases(tmp_path)] == [first.folder, other.folder]


def test_a_copy_finds_its_version_again(files, tmp_path):
    made = releases.keep(tmp_path, files, date=MAY)
    assert releases.of_document(tmp_path, made.document).folder == made.folder
    assert releases.of_document(tmp_path, "") is None
    assert releases.of_document(tmp_path, "inconnu") is None


def test_what_was_said_is_there(draft):
    said = json.loads(draft.described())
    assert said["elements"]["84-2.0-T1"]["lignes"][0][0] == "Chiffre clé"
    assert said["constats"]["84-2.1-C1"].startswith("En Auvergne-Rhône-Alpes") or \
        "pour 100 actifs" in said["constats"]["84-2.1-C1"]
    text = said["textes"]["30_parcours_analyse_donnees"]
    assert "{{taux_recours.region}}" in text["corps"]
    assert said["citees"]["taux_recours.region"] in " ".join(text["dit"])
    assert all(f"constat\u00a0{r}" in draft.markdown for r in said["constats"])


# ---- from one version to the next ---------------------------------------------------------


@pytest.fixture
def said(draft):
    return json.loads(draft.described())


@pytest.fixture
def corrected(said):
    """The same report after a corrected delivery: one rate, its cell, its finding."""
    changed = copy.deepcopy(said)
    changed["citees"]["taux_recours.region"] = "15,9 entrées pour 100 actifs"
    changed["constats"]["84-2.1-C1"] += " Une phrase de plus."
    changed["elements"]["84-2.0-T1"]["lignes"][1][1] = "999"
    return changed


def test_numbers_and_sentences_that_changed_are_told(said, corrected):
    found = compare.compare(said, corrected)
    assert [n[0] for n in found.nombres] == ["{{taux_recours.region}}", "84-2.0-T1, " + ", ".join(
        (said["elements"]["84-2.0-T1"]["lignes"][1][0],
         said["elements"]["84-2.0-T1"]["lignes"][0][1]))]
    assert [p[0] for p in found.phrases] == ["84-2.1-C1"]
    assert compare.compare(said, said).rien


@pytest.mark.parametrize(("remark", "touched"), [
    ({"repere": "84-2.1-C1", "texte_vise": ""}, True),
    ({"repere": "84-2.0-T1", "texte_vise": ""}, True),
    ({"repere": "84-2.0", "texte_vise": "{{valeur}}"}, True),
    ({"repere": "84-1.1", "texte_vise": "Un pilotage régional"}, False),
])
def test_the_remarks_about_what_changed_are_told(said, corrected, remark, touched):
    value = said["citees"]["taux_recours.region"]
    remark = remark | {"texte_vise": remark["texte_vise"].replace("{{valeur}}", value)}
    assert (compare.compare(said, corrected, [remark]).remarques == [remark]) is touched


def test_a_rewritten_paragraph_is_a_sentence_that_changed(said):
    after = copy.deepcopy(said)
    after["textes"]["31_parcours_recours"]["dit"][0] = "Autre texte."
    (what, old, new), = compare.compare(said, after).phrases
    assert what == "31_parcours_recours" and new == "Autre texte." and "montagne" in old


@pytest.mark.parametrize(("text", "figures"), [
    ("En 2022, 12 852 personnes, soit 50,5 % et 38 %.", ["12 852", "50,5 %", "38 %"]),
    ("Le 12 mai, trois réunions et 24 permanences.", []),
    ("Soit {{taux_recours.region}} en {{annee}}.", []),
    ("Un écart de 1,2 point.", ["1,2"]),
])
def test_figures_typed_by_hand(text, figures):
    assert [n.text for n in compare.typed(text)] == figures


@pytest.mark.parametrize(("typed", "told"), [
    ("38 %", "41,2 %"), ("38,4 %", "41,2 %"), ("38,3 %", None), ("41 %", None), ("39 %", None)])
def test_a_typed_figure_that_was_right_and_is_no_more_is_pointed_out(files, said, tmp_path,
                                                                     typed, told):
    before, now = copy.deepcopy(said), copy.deepcopy(said)
    before["citees"]["part.apec.region"], now["citees"]["part.apec.region"] = "38,4 %", "41,2 %"
    now["textes"]["31_parcours_recours"]["corps"] = f"L’Apec reçoit {typed} des personnes."
    releases.keep(tmp_path, files | {releases.VALEURS: json.dumps(before).encode()}, date=MAY)
    found = compare.stale(now, releases.releases(tmp_path))
    assert [s.maintenant for s in found] == ([told] if told else [])
    if told:
        assert str(found[0]).startswith(
            f"redaction/31_parcours_recours.md : ce paragraphe cite {typed}, la valeur est "
            f"maintenant {told}")


def test_the_report_points_it_out(notebook, written, files, said, tmp_path):
    before = copy.deepcopy(said)
    before["citees"]["taux_chomage.region"] = "77,7 %"
    releases.keep(tmp_path, files | {releases.VALEURS: json.dumps(before).encode()}, date=MAY)
    texts = written | {"31_parcours_recours": dataclasses.replace(
        written["31_parcours_recours"], corps="Le chômage y est de 77,7 %.")}
    made = report.assemble(notebook, texts=texts, sent=releases.releases(tmp_path))
    assert any("cite 77,7 %, la valeur est maintenant" in str(n) for n in made.notes)
