"""edition.yml and region.yml: strict, every problem at once, in French."""

from __future__ import annotations

import pytest
import yaml

from cepkit.edition import load_edition, load_region
from cepkit.errors import ParametersError
from tests.intake.small import edition, source


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write an edition.yml (text, or changes to a right one) and load it."""
    monkeypatch.setenv("CEPKIT_ROOT", str(tmp_path))
    folder = tmp_path / "parameters" / "essai"
    folder.mkdir(parents=True)

    def run(text: str | None = None, **changes):
        content = edition(source()).model_dump(mode="json") | changes
        text = yaml.safe_dump(content, allow_unicode=True) if text is None else text
        (folder / "edition.yml").write_text(text, "utf-8")
        return load_edition("essai")
    return run


def refused(write, *args, **changes) -> list[str]:
    with pytest.raises(ParametersError) as error:
        write(*args, **changes)
    assert error.value.code == 10
    return [str(p) for p in error.value.problems]


def test_a_right_edition(write):
    assert write().mesure_principale == "entrees"


def test_every_problem_is_told_at_once_with_its_place(write):
    found = refused(write, annee="deux mille", titres="x", secret={"seuill": 3},
                    diffusion={"tables": [{"nom": "V 1", "titre": "t", "source": "volumes"}]})
    text = "\n".join(found)
    assert "annee : un nombre entier est attendu." in text
    assert "titres : clé inconnue. Vouliez-vous dire « titre » ?" in text
    assert "secret.seuill : clé inconnue. Vouliez-vous dire « seuil » ?" in text
    assert "diffusion.tables.0.nom : nom refusé" in text
    assert "diffusion.tables.0.mesure : clé obligatoire absente." in text
    assert len(found) == 5


def test_references_between_sections(write):
    found = refused(write, mesure_principale="sorties")
    assert "mesure_principale : « sorties » n’est pas déclarée" in found[0]


def test_records_are_not_unpivoted(write):
    found = refused(write, donnees=edition(source()).donnees.model_dump(mode="json") | {
        "tables": [source(nature="individuel").model_dump(mode="json")
                   | {"depivoter": {"colonnes": {"F": {"sexe": "F"}}}}]})
    assert "donnees.tables.0 : une table individuelle n’a ni « depivoter »" in found[0]


def test_a_code_that_yaml_turned_into_a_number(write):
    found = refused(write, annees_partielles=[{"annee": 2020, "region": 3, "motif": "m"}])
    assert "doit être écrit entre guillemets" in found[0]


@pytest.mark.parametrize(("text", "message"), [
    ("annee: 2022\ntitre: [\n", "YAML illisible"),
    ("annee: 2022\nannee: 2023\n", "ligne 2 : YAML illisible : clé « annee » écrite deux fois"),
])
def test_broken_yaml_names_the_line(write, text, message):
    assert message in refused(write, text)[0]


def test_anchors_and_merges_are_read(write):
    plain = yaml.safe_dump(edition().model_dump(mode="json"), allow_unicode=True)
    text = plain.replace("ruptures: []", "ruptures:\n- &r {annee: 2022, motif: m}\n"
                         "- {<<: *r, annee: 2020}")
    assert [(r.annee, r.motif) for r in write(text).ruptures] == [(2022, "m"), (2020, "m")]


@pytest.mark.parametrize(("text", "expected"), [
    (None, []),
    ("operateurs: {missions_locales: ARML}\n", ["ARML"]),
    ("operateurs:\n  missions_locales:\n  - ARML\n  - {nom: AREFIP, debut: 2021-01-01}\n",
     ["ARML", "AREFIP"]),
])
def test_region_file(write, tmp_path, text, expected):
    write()
    if text:
        folder = tmp_path / "parameters/essai/regions/53"
        folder.mkdir(parents=True)
        (folder / "region.yml").write_text(text, "utf-8")
    found = load_region("essai", "53")
    assert [r.nom for r in found.operateurs.get("missions_locales", [])] == expected
    assert found.position_complements == "avant_conclusion"


def test_a_wrong_region_file_is_refused(write, tmp_path):
    write()
    folder = tmp_path / "parameters/essai/regions/53"
    folder.mkdir(parents=True)
    (folder / "region.yml").write_text("position_complement: fin\noperateurs: {apecs: A}\n")
    with pytest.raises(ParametersError) as error:
        load_region("essai", "53")
    text = str(error.value)
    assert "Vouliez-vous dire « position_complements »" in text
    assert len(error.value.problems) == 2
