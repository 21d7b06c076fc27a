"""The file of an investigation: merged when a region names it, every fault told with its file."""

import pytest

from cepkit.edition import load_edition
from cepkit.errors import ParametersError

from .conftest import FILE, carry


def change(root, before: str, after: str) -> None:
    assert before in FILE
    (root / "parameters/mini/investigations/essai.yml").write_text(FILE.replace(before, after),
                                                                   "utf-8")


def test_its_sections_join_those_of_the_edition(root):
    edition = load_edition("mini")
    assert [t.nom for t in edition.diffusion.tables] == ["volumes", "essai_reponses"]
    assert [t.nom for t in edition.donnees.tables] == ["volumes", "essai_reponses"]
    assert set(edition.nomenclatures) == {"operateur", "reponse"}
    assert edition.carried["essai"][1] == ("53", "94")
    assert edition.carried_by("essai_reponses") == ("53", "94")
    assert edition.carried_by("volumes") is None


def test_nobody_carries_it_out(root):
    carry(root)
    assert [t.nom for t in load_edition("mini").diffusion.tables] == ["volumes"]


@pytest.mark.parametrize(("before", "after", "said"), [
    ("theme: Essai", "teme: Essai", "investigations/essai.yml"),
    ("- nom: essai_reponses\n    titre", "- nom: volumes\n    titre", "« volumes » existe déjà"),
    ("  reponse:\n    titre: Réponse", "  operateur:\n    titre: Réponse",
     "« operateur » existe déjà"),
    ("source: essai_reponses", "source: autre", "source « autre » non déclarée"),
    ("methode: [Enquête]", "methode: [Sondage]", "Entretiens"),
])
def test_faults_are_told(root, before, after, said):
    change(root, before, after)
    with pytest.raises(ParametersError) as caught:
        load_edition("mini")
    assert said in "\n".join(map(str, caught.value.problems))


def test_all_faults_at_once(root):
    change(root, "theme: Essai", "teme: Essai\npopulaton: x")
    with pytest.raises(ParametersError) as caught:
        load_edition("mini")
    assert len(caught.value.problems) >= 3  # two unknown keys, the theme missing
