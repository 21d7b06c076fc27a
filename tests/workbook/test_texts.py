"""The analyst's texts are data: guided, checked, neutralised."""

from __future__ import annotations

import pytest

from cepkit.intake import texts

HEADER = "---\ntitre: T\nsocle: oui\nstatut: brouillon\nrepris_de: null\n---\n"
NAME = "20_cooperations_organisation"


@pytest.fixture
def write(tmp_path):
    def put(body: str, header: str = HEADER, name: str = NAME):
        (tmp_path / f"{name}.md").write_text(header + body, "utf-8")
        return texts.read(tmp_path)

    return put


def test_fifteen_sections_with_their_questions_as_comments(tmp_path):
    made = texts.create(tmp_path, investigations={"non_recours": "Le non-recours"})
    assert len(made) == 16
    page = (tmp_path / f"{NAME}.md").read_text("utf-8")
    assert "sans posture d’audit ni de contrôle" in page
    assert "« Comment s’organisent ces coopérations ? Qui participe à quoi ? »" in page
    read, problems = texts.read(tmp_path)
    assert problems == [] and all(t.vide for t in read.values())
    assert read["40_complement_non_recours"].titre == "Le non-recours"


def test_a_text_already_there_is_kept(tmp_path):
    texts.create(tmp_path, corps={NAME: "Écrit."})
    texts.create(tmp_path)
    assert texts.read(tmp_path)[0][NAME].corps == "Écrit."


def test_a_missing_file_is_an_empty_section(tmp_path):
    read, problems = texts.read(tmp_path)
    assert list(read)[0] == "00_synthese" and problems == []
    assert read["50_conclusion_perspectives"].socle and not read["00_synthese"].socle


@pytest.mark.parametrize(("body", "kept"), [
    ("<!-- question -->\n\nTexte", "Texte"),
    ("<!-- jamais fermé\nTexte", ""),
    ("<script>vole()</script>Texte", "Texte"),
    ("<ScRiPt src=x>vole()", ""),
    ("Un <img src=x onerror=vole()> mot", "Un  mot"),
    ("Un <b onclick='x'>mot</b>", "Un mot"),
    ("<https://exemple.fr> et 3 < 5", "<https://exemple.fr> et 3 < 5"),
    ("{{< include secret.yml >}}", r"\{\{\< include secret.yml \>\}\}"),
    ("`<b>x</b>`{=html}", "`x`"),
    ("{{taux_recours.region}}", "{{taux_recours.region}}"),
])
def test_text_is_data(body, kept):
    assert texts.neutralise(body)[0] == kept


def test_what_was_taken_out_is_told(write):
    read, problems = write("<script>x()</script>Reste.")
    assert read[NAME].corps == "Reste." and read[NAME].redigee
    assert "script" in problems[0].message and not problems[0].bloquant


@pytest.mark.parametrize(("header", "said"), [
    ("", "l’en-tête entre deux lignes « --- » est absent"),
    (HEADER.replace("statut", "status"), "clé inconnue « status ». Vouliez-vous dire « statut » ?"),
    (HEADER.replace("socle: oui\n", ""), "la clé « socle » manque"),
    (HEADER.replace("brouillon", "fini"), "la clé « statut » a une valeur non admise"),
    ("---\ntitre: [\n---\n", "n’est pas du YAML lisible"),
    ("---\ntitre: !!python/object:os.system x\n---\n", "n’est pas du YAML lisible"),
])
def test_headers_are_closed(write, header, said):
    _, problems = write("Texte", header)
    assert any(said in str(p) for p in problems), problems


def test_an_unknown_file_is_told_with_the_nearest_name(write):
    _, problems = write("Texte", name="20_cooperation_organisation")
    assert "20_cooperations_organisation.md" in str(problems[0])


def test_a_text_of_another_encoding_is_told(tmp_path):
    (tmp_path / f"{NAME}.md").write_bytes((HEADER + "été").encode("cp1252"))
    assert "UTF-8" in texts.read(tmp_path)[1][0].message


def test_a_carried_over_text_waits_to_be_read_again(write):
    read, _ = write("Texte", HEADER.replace("brouillon", "a_relire").replace("null", "2021"))
    assert read[NAME].a_relire and read[NAME].repris_de == "2021"
