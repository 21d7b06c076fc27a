"""Checked tables kept as Parquet: read back as they were, made again when anything changes."""

from __future__ import annotations

import os
import stat

import pandas as pd
import pytest

from cepkit import intake
from tests.intake.small import NOMENCLATURES, edition, source

COLONNES = {"Région": "region", "Sexe": "sexe", "n": "effectif"}
TEXT = "Région;Sexe;n\nCorse;Femmes;40\nCorse;Hommes;s\nBretagne;Femmes;<5\nCorse;Autre;3\n"


def table(nom: str = "volumes", **declared):
    return source(nom, **{"colonnes": COLONNES, "constantes": {"mesure": "entrees"}} | declared)


@pytest.fixture
def project(tmp_path):
    """(load(edition), data file, private folder) of the exercice « essai »."""
    path = tmp_path / "data" / "essai" / "volumes.csv"
    path.parent.mkdir(parents=True)
    path.write_text(TEXT, "cp1252")
    cache = tmp_path / "data" / ".cepkit" / "essai"

    def load(declared=None):
        return intake.load(declared or edition(table()), tmp_path, None, cache)
    return load, path, cache


def test_a_kept_table_is_the_same_with_its_problems(project, monkeypatch):
    load, _, cache = project
    first = load()
    monkeypatch.setattr("cepkit.intake.delivery.read", None)  # the file is not opened again
    again = load()
    pd.testing.assert_frame_equal(again.tables["volumes"], first.tables["volumes"])
    pd.testing.assert_frame_equal(again.recus, first.recus)
    assert again.problemes == first.problemes
    assert first.problemes[0].lignes == (5,)
    assert stat.S_IMODE((cache / "verifiees").stat().st_mode) == 0o700
    assert stat.S_IMODE(cache.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("change", ["file", "declaration", "nomenclature", "kept file"])
def test_anything_that_changes_is_read_again(project, change):
    load, path, cache = project
    load()
    declared = edition(table())
    if change == "file":
        path.write_text(TEXT.replace("40", "41"), "cp1252")
        os.utime(path, ns=(1, 1))
    elif change == "declaration":
        declared = edition(table(filtres={"sexe": ["F"]}))
    elif change == "nomenclature":
        sexe = NOMENCLATURES["sexe"]["modalites"] | {"A": {"libelle": "Autre"}}
        declared = edition(table(), nomenclatures=NOMENCLATURES | {
            "sexe": {"titre": "Sexe", "modalites": sexe}})
    else:
        (cache / "verifiees" / "volumes.parquet").write_bytes(b"PAR1")
    found = load(declared).tables["volumes"]
    expected = {"file": [41, None, None], "declaration": [40, None],
                "nomenclature": [40, None, None, 3], "kept file": [40, None, None]}[change]
    assert [None if pd.isna(n) else n for n in found["effectif"]] == expected


def test_years_of_two_exercices_are_stacked(tmp_path, project):
    load, path, _ = project
    earlier = tmp_path / "data" / ".cepkit" / "2021"
    old = edition(table(constantes={"mesure": "entrees", "annee": "2021"}, colonnes={
        "Région": "region", "n": "effectif"}, ignorees=["Sexe"]), annee=2021)
    path.write_text("Région;Sexe;n\nCorse;;70\nBretagne;;s\n", "cp1252")
    intake.load(old, tmp_path, None, earlier)
    path.write_text(TEXT, "cp1252")
    now = edition(table())
    donnees = now.donnees.model_dump() | {
        "reprises": [{"exercice": "2021", "tables": ["volumes"]}]}
    found = load(edition(table(), donnees=donnees)).tables["volumes"]
    assert found[["annee", "region", "sexe", "etat"]].values.tolist() == [
        ["2021", "94", "total", "publie"], ["2021", "53", "total", "non_diffuse"],
        ["2022", "94", "F", "publie"], ["2022", "94", "H", "non_diffuse"],
        ["2022", "53", "F", "non_diffuse"]]
    assert found["borne_max"].tolist()[-1] == 4
    assert str(found["effectif"].dtype) == "Int64"


@pytest.mark.parametrize(("kept", "message"), [
    (None, "la table volumes de l’exercice 2021 n’est pas en réserve"),
    ("Région;Sexe;n\nCorse;Femmes;-4\n", "a des points à corriger"),
    ("Région;Sexe;n\nCorse;Autre;4\n", "a d’autres codes : sexe A")])
def test_what_cannot_be_stacked_is_told(tmp_path, project, kept, message):
    load, path, _ = project
    if kept:
        path.write_text(kept, "cp1252")
        other = NOMENCLATURES | {"sexe": {"titre": "Sexe", "modalites": {
            "A": {"libelle": "Autre"}, "F": {"libelle": "Femmes"}}}}
        intake.load(edition(table(constantes={"mesure": "entrees", "annee": "2021"}), annee=2021,
                            nomenclatures=other), tmp_path, None,
                    tmp_path / "data" / ".cepkit" / "2021")
    path.write_text(TEXT, "cp1252")
    donnees = edition(table()).donnees.model_dump() | {
        "reprises": [{"exercice": "2021", "tables": ["volumes"]}]}
    told = [p for p in load(edition(table(), donnees=donnees)).problemes if p.bloquant]
    assert len(told) == 1
    assert message in str(told[0])
