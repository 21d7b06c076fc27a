"""What a user types is read, or told at its row, in French."""

from __future__ import annotations

import datetime as dt

import pytest

from cepkit.intake import workbook


def told(path, edition) -> list[str]:
    return [str(p) for p in workbook.read(path, edition).problemes]


def test_the_demonstration_reads_without_a_problem(filled, edition):
    suivi = workbook.read(filled, edition)
    assert suivi.problemes == []
    first = suivi.feuilles["rencontres"].iloc[0]
    assert first["ligne"] == 4 and first["date"] == dt.date(2022, 2, 8)
    assert suivi.feuilles["rencontres"].iloc[3]["presents"][:2] == ["Pôle emploi", "Apec"]


def test_help_example_and_untouched_rows_are_ignored(filled, edition):
    numbers = list(workbook.read(filled, edition).feuilles["documents"]["n"])
    assert numbers == ["D001", "D002", "D003", "D004", "D005"]


def test_a_region_without_workbook_is_an_empty_workbook(edition, tmp_path):
    suivi = workbook.read(tmp_path / "absent.xlsx", edition)
    assert not suivi.rempli and suivi.problemes == []
    assert {len(f) for f in suivi.feuilles.values()} == {0}


@pytest.mark.parametrize(("cell", "value", "said"), [
    (("rencontres", "C4"), "Recontre bilaterale", "ligne 4 : « Forme » : « Recontre bilaterale » "
     "n’est pas dans la liste. Vouliez-vous dire « Rencontre bilatérale » ?"),
    (("rencontres", "B5"), "mi-mars", "ligne 5 : « Date » : « mi-mars » n’est pas une date."),
    (("rencontres", "E4"), None, "ligne 4 : un échange « Tenue » exige « Acteurs présents »."),
    (("rencontres", "D4"), "Apec ; Mission locale", "Vouliez-vous dire « Missions locales » ?"),
    (("constats", "I4"), None, "ligne 4 : « Oui, attribué » exige « Validé par l’acteur le »."),
    (("constats", "B5"), "R099", "ligne 5 : la source « R099 » n’est dans aucune feuille."),
    (("constats", "E5"), None, "ligne 5 : « Énoncé en une phrase » est vide."),
    (("cooperations", "N4"), "trois", "ligne 4 : « Quantité » : « trois » n’est pas un nombre."),
    (("cooperations", "K5"), dt.datetime(2021, 1, 1), "ligne 5 : « Fin » vient avant « Début »."),
    (("plan_actions", "M4"), "l’an passé", "ligne 4 : « Exercice d’origine »"),
    (("documents", "A5"), "D001", "lignes 4, 5 : le N° « D001 » est employé plusieurs fois."),
    (("rencontres", "F4"), "contact@exemple.fr", "une adresse électronique ou un téléphone"),
    (("rencontres", "F4"), "Apec : Mme Dupont", "semble contenir un nom de personne"),
    (("consentements", "N4"), None, "accord du partenaire manquant : il faut la fonction du "
     "signataire"),
])
def test_each_mistake_is_told_at_its_row(changed, edition, cell, value, said):
    found = told(changed({cell: value}), edition)
    assert any(said in text for text in found), found


def test_a_maintained_divergence_needs_both_positions(changed, edition):
    row = {"B4": "Brouillon", "C4": dt.datetime(2023, 5, 2), "D4": "Apec", "E4": "Courriel",
           "F4": "53-2.1", "H4": "Texte", "I4": "Interprétation", "J4": "Divergence maintenue"}
    path = changed({("remarques", c): v for c, v in row.items()})
    assert any("exige les deux positions" in t for t in told(path, edition))


def test_all_problems_are_told_at_once(changed, edition):
    path = changed({("rencontres", "B4"): "hier", ("documents", "D4"): "Livre"})
    assert len(told(path, edition)) == 2


@pytest.mark.parametrize("value", ["8/2/2022", "08.02.2022", "2022-02-08"])
def test_dates_typed_as_text(changed, edition, value):
    path = changed({("rencontres", "B4"): value})
    read = workbook.read(path, edition).feuilles["rencontres"]
    assert read.iloc[0]["date"] == dt.date(2022, 2, 8)


@pytest.mark.parametrize(("typed", "code"), [("V2.3", "V2.3"), ("v2.3 - demandes", "V2.3")])
def test_a_question_is_recognised_by_its_code(changed, edition, typed, code):
    path = changed({("constats", "C4"): typed})
    assert workbook.read(path, edition).feuilles["constats"].iloc[0]["question"] == code


def test_columns_moved_are_read_where_they_are(changed, edition, filled):
    def swap(book):
        page = book["documents"]
        for row in page.iter_rows(min_row=1, max_row=10):
            row[1].value, row[2].value = row[2].value, row[1].value

    read = workbook.read(changed({}, swap), edition)
    asked = workbook.read(filled, edition)
    assert read.problemes == []
    assert list(read.feuilles["documents"]["titre"]) == list(asked.feuilles["documents"]["titre"])


def test_a_title_row_above_the_head_moves_nothing(changed, edition):
    path = changed({}, lambda book: book["documents"].insert_rows(1))
    suivi = workbook.read(path, edition)
    assert suivi.problemes == [] and suivi.feuilles["documents"].iloc[0]["ligne"] == 5


@pytest.mark.parametrize(("header", "said"), [
    ("acteurs  PARTICIPANTS", None),
    ("Acteur participant", "« Acteur participant » est lue comme « Acteurs participants »"),
    ("Qui ?", "la colonne « Acteurs participants » est absente"),
])
def test_a_renamed_column_is_recognised_or_reported(changed, edition, header, said):
    found = told(changed({("cooperations", "F1"): header}), edition)
    assert (found == []) if said is None else any(said in t for t in found)


def test_a_renamed_sheet_is_recognised_or_reported(changed, edition):
    def rename(title):
        return lambda book: setattr(book["cooperations"], "title", title)

    assert len(workbook.read(changed({}, rename("Coopérations")), edition)
               .feuilles["cooperations"]) == 10
    found = told(changed({}, rename("Projets")), edition)
    assert any("la feuille « cooperations » est absente" in t for t in found)
    assert any("la feuille « Projets » n’est pas connue" in t for t in found)


def test_a_broken_file_is_told_not_raised(edition, tmp_path):
    path = tmp_path / "suivi.xlsx"
    path.write_bytes(b"PK\x03\x04 coupe")
    problems = workbook.read(path, edition).problemes
    assert len(problems) == 1 and problems[0].bloquant
