"""`cepkit new edition`: a year carried over to the next, on the demonstration."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest
import yaml

from cepkit.__main__ import main
from cepkit.edition import advance, load_edition, load_region, project
from cepkit.intake import carry, texts, workbook
from tests.conftest import REPOSITORY

NOTE = "À revoir avec la direction."
DAY = dt.date(2025, 6, 3)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Exercice 2025, made from the demonstration, one region of which has internal rows."""
    root = tmp_path_factory.mktemp("exercices")
    shutil.copytree(REPOSITORY / "notebooks", root / "notebooks")
    shutil.copytree(REPOSITORY / "parameters" / "demo", root / "parameters" / "demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CEPKIT_ROOT", str(root))
        assert main(["new", "edition", "2025", "--from", "demo"]) == 0
        edition = load_edition("2025")
        folder = project.paths("2025").region("53")
        kept = workbook.read(folder / "suivi.xlsx", edition).lignes
        rows = {s: [{k: v for k, v in r.items() if k not in ("n", "ligne")} for r in lines]
                for s, lines in kept.items()}
        rows["cooperations"][0] |= {"note_interne": NOTE}
        rows["alertes"] = [
            {"date": DAY, "objet": "Ouverte", "faits": "Faits.", "destinataire": "DGEFP"},
            {"date": DAY, "objet": "Close", "faits": "Faits.", "destinataire": "DGEFP",
             "close_le": DAY}]
        rows["documents"] = [{"titre": "Étude", "organisme": "Apec", "type": "Convention",
                              "date": 2025, "adresse": "x", "public": "Oui", "apport": "y"}]
        rows["cooperations"][0] |= {"source": "D001"}
        rows["plan_actions"][0] |= {"avancement": "Réalisée"}
        workbook.create(folder / "suivi.xlsx", edition=edition, rows=rows, overwrite=True)
        (root / "parameters/2025/regions/94/redaction/40_complement_essai.md").write_text(
            "---\ntitre: Essai\nsocle: non\nstatut: relu\n---\n\nUn texte.\n", "utf-8")
    return root


@pytest.fixture
def at(root, monkeypatch):
    monkeypatch.setenv("CEPKIT_ROOT", str(root))
    return root


@pytest.fixture(scope="module")
def made(root):
    """2025 → 2026: every file of 2025 before, then what the command wrote."""
    before = {p: p.read_bytes() for p in (root / "parameters/2025").rglob("*") if p.is_file()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CEPKIT_ROOT", str(root))
        assert main(["new", "edition", "2026", "--from", "2025"]) == 0
    return before


def lines(exercice: str, code: str = "53") -> dict:
    folder = project.paths(exercice).region(code)
    return workbook.read(folder / "suivi.xlsx", load_edition(exercice)).lignes


def test_the_exercice_carried_over_is_not_touched(at, made):
    assert all(p.read_bytes() == data for p, data in made.items())
    assert set(made) == {p for p in (at / "parameters/2025").rglob("*") if p.is_file()}


def test_the_edition_moves_a_year_and_keeps_what_is_a_fact(at, made):
    old, new = load_edition("2025"), load_edition("2026")
    assert (new.exercice, new.annee, new.donnees.dossier) == ("2026", 2026, "data/2026")
    assert [t.fichier for t in new.donnees.tables][:1] == ["01_volumes_2026.csv"]
    assert new.diffusion.tables[0].annees == [2024, 2025, 2026]
    assert new.diffusion.tables[0].source == ["volumes_2026", "series_2024", "series_2025"]
    assert [j.date for j in new.calendrier][-1] == dt.date(2027, 7, 15)  # the 15 July after
    assert new.ruptures == old.ruptures and new.denominateurs == old.denominateurs
    assert new.accords == old.accords and new.secret == old.secret


def test_every_line_that_was_guessed_or_holds_a_year_asks_to_be_checked(at, made):
    text = (at / "parameters/2026/edition.yml").read_text("utf-8")
    for line in text.splitlines():
        code = line.split(" # ")[0]
        if advance.YEAR.search(code) and not code.lstrip().startswith(
                ("#", "exercice", "annee: 2026", "- nom", "nom", "source: [", "source: ",
                 "dossier", "2022")):
            assert "# à vérifier" in line, line


def test_rows_that_go_on_are_there_with_their_notes_and_the_others_are_not(at, made):
    old, new = lines("2025"), lines("2026")
    assert [r["action"] for r in new["plan_actions"]] == [
        r["action"] for r in old["plan_actions"]
        if r["avancement"] not in ("Réalisée", "Abandonnée")]
    assert new["plan_actions"] and len(new["plan_actions"]) < len(old["plan_actions"])
    assert [r["exercice_origine"] for r in new["plan_actions"]] == [
        r["exercice_origine"] for r in old["plan_actions"][-len(new["plan_actions"]):]]
    assert [r["objet"] for r in new["alertes"]] == ["Ouverte"]
    assert not new["rencontres"] and not new["documents"] and not new["remarques"]
    first = new["cooperations"][0]
    assert first["intitule"] == old["cooperations"][0]["intitule"]
    assert first["note_interne"] == f"{NOTE} Source de l’exercice 2025 : D001."
    assert first["source"] == ""
    assert {j["date_prevue"] for j in new["jalons"]} == {
        j.date for j in load_edition("2026").calendrier}


def test_a_number_quoted_follows_its_row_and_labels_follow_the_year():
    agreement = {"retire_le": None, "detruit_le": None, "partenaire": "x", "n": "A002"}
    gone = agreement | {"n": "A001", "retire_le": DAY}
    plain = {c.nom: "" for c in workbook.sheets()["consentements"].colonnes}
    survey = {c.nom: "" for c in workbook.sheets()["investigations"].colonnes} | {
        "n": "I001", "etat": "En cours", "accord": "A002", "partenaires": ["Pôle emploi", "Apec"]}
    found = carry.rows({s: [] for s in carry.CONTINUES} | {
        "consentements": [plain | gone, plain | agreement], "investigations": [survey]}, 2023, 2024)
    number = f"{workbook.sheets()['consentements'].prefixe}001"
    assert found["investigations"][0]["accord"] == number
    # From 2024 on Pôle emploi is France Travail (SPECIFICATION 5.0).
    assert found["investigations"][0]["partenaires"] == ["France Travail", "Apec"]


def test_texts_are_to_be_read_again(at, made):
    old = texts.read(project.paths("2025").region("84") / "redaction")[0]
    new, problems = texts.read(project.paths("2026").region("84") / "redaction")
    written = {n: t.corps for n, t in old.items() if t.redigee}
    assert written and not problems
    assert {n: t.corps for n, t in new.items() if t.a_relire} == written
    assert {t.repris_de for t in new.values() if t.a_relire} == {"2025"}
    assert load_region("2026", "84") == load_region("2025", "84")


def test_check_says_all_that_is_missing(at, made, capsys):
    code = main(["check", "--exercice", "2026"])
    out, err = capsys.readouterr()
    assert code == 11
    assert "edition.yml, lignes 7, " in out and "portent encore « à vérifier »" in out
    assert err.count("01_volumes_2026.csv : fichier absent") == 1
    # The agreement of last year names last year's file: it does not allow another one.
    assert "accord du partenaire manquant : « Dossiers de PTP" in err


def test_nothing_is_overwritten(at, made, capsys):
    kept = (at / "parameters/2026/edition.yml").read_bytes()
    assert main(["new", "edition", "2026", "--from", "2025"]) == 2
    assert "parameters/2026 existe déjà : rien n’a été écrit." in capsys.readouterr().err
    assert (at / "parameters/2026/edition.yml").read_bytes() == kept
    assert not list((at / "parameters").glob(".*"))


@pytest.mark.parametrize(("words", "said"), [
    (["2027"], "--from 2025"), (["2027", "--from", "2029"], "L’exercice « 2029 » n’existe pas"),
    (["../x", "--from", "2025"], "n’est pas un nom d’exercice"),
    (["2025", "--from", "2025"], "existe déjà")])
def test_refusals(at, made, capsys, words, said):
    assert main(["new", "edition", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_mark_never_ends_up_inside_a_value():
    text = ("exercice: a\nannee: 2022\ntitre: Un suivi\n  de 2022\ndonnees:\n  tables: []\n"
            "ruptures:\n- motif: >-\n    Depuis 2022.\n  source: \"a\n    2021\"\n"
            "- {motif: x 2020,\n   source: y}\ncalendrier:\n- {date: 2024-02-29}\n")
    new = advance.advance(text, "2023", 1)
    assert yaml.safe_load(new) == {
        "exercice": "2023", "annee": 2023, "titre": "Un suivi de 2023",
        "donnees": {"tables": []}, "calendrier": [{"date": dt.date(2025, 2, 28)}],
        "ruptures": [{"motif": "Depuis 2022.", "source": "a 2021"},
                     {"motif": "x 2020", "source": "y"}]}
    assert len(advance.to_check(new)) == 5
