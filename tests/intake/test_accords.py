"""A complementary source is read with its agreement, or not at all (exit code 16)."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from typing import get_args

import pytest

from cepkit import intake, store
from cepkit.edition import load_edition
from cepkit.edition.schema import Accord
from cepkit.errors import CepkitError, exit_code
from cepkit.intake import accords, workbook
from cepkit.intake.accords import DIFFUSIONS, narrowest
from cepkit.intake.workbook_schema import lists
from tests.batch import project
from tests.intake.small import edition, source

ON = dt.date(2024, 6, 1)
TEXT = "Région;n\nBretagne;40\nCorse;50\nFrance entière;900\n"
COMPLETE = {
    "n": "E001", "nature": "Accord formel du partenaire", "partenaire": "Carif-Oref",
    "objet": "Fréquentation", "source_visee": "reunions.csv", "donnees_personnelles": "Agrégées",
    "usages": "Rapport", "diffusion": "Opérateurs", "accord_le": "2023-01-16",
    "signataire": "Direction", "valable_jusquau": "2024-12-31", "conservation": "Deux ans",
    "piece": "Convention 3"}
INTERNE = {"nature": "Donnée interne de l’association"}


@pytest.fixture
def read(tmp_path):
    """`read(table keys, [accords of the edition], {region: [workbook rows]}, on)` → Delivery."""
    folder = tmp_path / "data" / "essai"
    folder.mkdir(parents=True)
    (folder / "reunions.csv").write_text(TEXT, "cp1252")

    def run(declared=None, national=(), rows=None, on=ON):
        table = source("reunions", **{
            "origine": "partenaire", "colonnes": {"Région": "region", "n": "effectif"},
            "constantes": {"mesure": "entrees"}} | (declared or {}))
        made = edition(table, accords=list(national))
        suivis = {}
        for code, records in (rows or {}).items():
            path = workbook.create(tmp_path / f"{code}.xlsx", edition=made,
                                   rows={"consentements": records}, overwrite=True)
            suivis[code] = workbook.read(path, made)
        return intake.load(made, tmp_path, accords.Register(accords.records(made, suivis), on))
    return run


def test_without_any_record_the_file_is_not_even_opened(read, tmp_path):
    (tmp_path / "data" / "essai" / "reunions.csv").write_bytes(b"")  # opening it would say so
    found = read()
    assert [p.classe for p in found.problemes] == ["accord"]
    assert exit_code(found.problemes) == 16
    text = str(found.problemes[0])
    assert "accord du partenaire manquant" in text and "« Source visée »" in text
    assert "suivi.xlsx, feuille « consentements »" in text and "À faire" in text
    assert found.tables == {}


def test_a_record_of_the_edition_covers_every_region(read):
    found = read(national=[COMPLETE])
    assert exit_code(found.problemes) == 0
    assert found.diffusions == {"reunions": dict.fromkeys(("53", "94", "FR"), "Opérateurs")}


def test_the_table_may_be_named_instead_of_the_file(read):
    assert exit_code(read(national=[COMPLETE | {"source_visee": "Reunions"}]).problemes) == 0
    assert exit_code(read(national=[COMPLETE | {"source_visee": "autre.csv"}]).problemes) == 16


def test_each_region_of_the_table_needs_its_own(read):
    found = read(rows={"53": [COMPLETE]})
    assert exit_code(found.problemes) == 16
    assert "regions/94/suivi.xlsx" in str(found.problemes[0])
    assert [p.regions for p in found.problemes] == [("94",)]
    # Neither the region without agreement nor France, from which it could be subtracted.
    assert set(found.tables["reunions"]["region"]) == {"53"}
    both = read(rows={"53": [COMPLETE], "94": [COMPLETE | {"diffusion": "Public"}]})
    assert exit_code(both.problemes) == 0
    assert both.diffusions["reunions"] == {
        "53": "Opérateurs", "94": "Public", "FR": "Opérateurs"}


PSEUDO = {"donnees_personnelles": "Pseudonymisées"}
RGPD = {"base_legale": "Mission d’intérêt public", "information": "Notice",
        "avis_dpd_le": "2023-01-10"}


@pytest.mark.parametrize(("change", "declared", "said"), [
    ({"signataire": None}, {}, "la fonction du signataire (colonne « Signataire (fonction) »)"),
    ({"accord_le": None}, {}, "la date de l’accord (colonne « Accord signé le »)"),
    ({"valable_jusquau": "2024-05-31"}, {}, "il est échu le 31/05/2024"),
    ({"accord_le": "2024-07-01"}, {}, "un accord déjà signé à ce jour"),
    ({"retire_le": "2024-02-01"}, {}, "il a été retiré (colonne « Retiré le »)"),
    ({"detruit_le": "2024-02-01"}, {}, "elles sont déclarées détruites"),
    (PSEUDO | RGPD | {"base_legale": None}, {}, "la base légale"),
    (PSEUDO | RGPD | {"information": None}, {}, "l’information des personnes"),
    (PSEUDO | RGPD | {"avis_dpd_le": None}, {}, "l’avis du délégué"),
    (RGPD | {"donnees_personnelles": "Nominatives"}, {}, "n’est jamais lue"),
    ({}, {"nature": "individuel"}, "« Pseudonymisées » : cette table est individuelle"),
    (INTERNE, {}, "« Accord formel du partenaire » ou « Convention », non"),
    ({"nature": "Donnée publique"}, {}, "« Accord formel du partenaire » ou « Convention », non"),
    ({}, {"origine": "association"}, "« Donnée interne de l’association », non"),
])
def test_what_lacks_is_told_with_its_row_and_column(read, change, declared, said):
    found = read(declared, rows={"53": [COMPLETE | change], "94": [COMPLETE]})
    refused = [p for p in found.problemes if p.classe == "accord"]
    assert exit_code(refused) == 16
    text = "\n".join(map(str, refused))
    assert said in text
    assert "regions/53/suivi.xlsx, feuille « consentements », ligne 4" in text


def test_complete_personal_data_and_internal_entries_pass(read):
    rows = {c: [COMPLETE | PSEUDO | RGPD] for c in ("53", "94")}
    assert exit_code(read(rows=rows).problemes) == 0
    assert exit_code(read({"origine": "association"}, national=[COMPLETE | INTERNE]).problemes) == 0


def test_the_last_day_is_lawful_and_the_next_is_not(read):
    assert exit_code(read(national=[COMPLETE], on=dt.date(2024, 12, 31)).problemes) == 0
    late = read(national=[COMPLETE], on=dt.date(2025, 1, 1))
    assert "clé valable_jusquau" in str(late.problemes[0])
    assert "edition.yml, accord E001" in str(late.problemes[0])


def test_public_and_delivered_tables_ask_for_nothing(read):
    for origine in ("france_competences", "public"):
        assert exit_code(read({"origine": origine}).problemes) == 0


def test_the_lists_of_the_edition_are_those_of_the_workbook():
    for key, liste in (("nature", "nature_accord"), ("base_legale", "base_legale"),
                       ("donnees_personnelles", "donnees_personnelles"),
                       ("diffusion", "diffusion")):
        allowed = set(get_args(Accord.model_fields[key].annotation)) - {""}
        assert allowed == set(lists(2022)[liste])
    assert DIFFUSIONS == lists(2022)["diffusion"]


def test_the_narrowest_release_wins():
    assert narrowest([{"53": "Public", "94": "Public"}, {"53": "Usage interne"}]) == {
        "53": "Usage interne", "94": "Public"}


# --- persons ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("header", "value"), [
    ("id_personne", "a7"), ("NIR", "x"), ("N° sécurité sociale", "x"), ("Prénom", "Anne"),
    ("Date de naissance", "01/02/1980"), ("Identifiant pseudonymisé", "a7"), ("Courriel", "x"),
    ("Contact", "anne@exemple.fr"), ("Numéro", "280017512345678"), ("N° dossier", "12"),
])
def test_a_column_that_identifies_persons_is_refused_unless_ignored(tmp_path, header, value):
    folder = tmp_path / "data" / "essai"
    folder.mkdir(parents=True)
    (folder / "v.csv").write_text(f"Région;{header};n\nCorse;{value};3\n", "utf-8")
    declared = {"colonnes": {"Région": "region", "n": "effectif"},
                "constantes": {"mesure": "entrees"}}
    refused = intake.load(edition(source("v", **declared)), tmp_path)
    assert f"la colonne « {header} » permet de reconnaître des personnes" in str(
        refused.problemes[0])
    assert exit_code(refused.problemes) == 12 and refused.tables == {}
    kept = intake.load(edition(source("v", ignorees=[header], **declared)), tmp_path)
    assert kept.problemes == [] and kept.tables["v"]["effectif"].tolist() == [3]


def test_records_are_checked_by_every_header_even_unread(tmp_path):
    folder = tmp_path / "data" / "essai"
    folder.mkdir(parents=True)
    (folder / "v.csv").write_text("Région;Nom\nCorse;Durand\n", "utf-8")
    table = source("v", nature="individuel", colonnes={"Région": "region"},
                   constantes={"mesure": "entrees"})
    assert "« Nom »" in str(intake.load(edition(table), tmp_path).problemes[0])


@pytest.mark.parametrize("header", ["Nom", "Dossiers", "Code", "Identification", "Nombre"])
def test_ordinary_headers_are_not_persons(tmp_path, header):
    from cepkit.intake.identifiers import names_a_person
    assert not names_a_person(header, source())


# --- the whole project ------------------------------------------------------------------------


@pytest.fixture
def essai(tmp_path, monkeypatch):
    """The small project of the batch, which reads one more file, of a partner, for Bretagne."""
    root = project.make(tmp_path / "projet")
    project.write(root / "data/mini/reunions.csv", "Région;n\nBretagne;40\n")
    more = ("    - {nom: reunions, titre: Réunions, fichier: reunions.csv, origine: partenaire,\n"
            "       encodage: utf-8, colonnes: {Région: region, n: effectif},\n"
            "       constantes: {annee: \"2022\", mesure: entrees}}\n")
    project.write(root / "parameters/mini/edition.yml",
                  project.EDITION.replace("  tables:\n", "  tables:\n" + more, 1))
    monkeypatch.setenv("CEPKIT_ROOT", str(root))
    return root


def _agree(root, **cells):
    """Write the agreement of Bretagne in its workbook, all else empty."""
    book = root / "parameters/mini/regions/53/suivi.xlsx"
    book.parent.mkdir(parents=True, exist_ok=True)
    workbook.create(book, edition=load_edition("mini"), overwrite=True,
                    rows={"consentements": [COMPLETE | cells]})


def _cepkit(*words):
    return subprocess.run([sys.executable, "-m", "cepkit", *words], text=True, check=False,
                          capture_output=True)


def test_check_and_store_refuse_then_read(essai):
    asked = _cepkit("check")
    assert asked.returncode == 16
    assert "accord du partenaire manquant : « Réunions »" in asked.stderr
    with pytest.raises(CepkitError) as error:
        store.build("mini")
    assert error.value.code == 16
    assert not (essai / "outputs/mini/.store").exists()
    _agree(essai, valable_jusquau="2099-12-31")
    store.build("mini")
    until = essai / "data/.cepkit/mini/accords_jusquau"
    assert until.read_text("utf-8") == "2099-12-31"
    until.write_text("2020-01-01", "utf-8")  # the agreement lapses: the store is not trusted
    _agree(essai, valable_jusquau="2023-05-01")
    ran = _cepkit("run", "--region", "53,94")
    assert ran.returncode == 16  # and the other region is there
    assert "il est échu le 01/05/2023" in " ".join(ran.stderr.split())
    assert "Produit : Corse." in ran.stdout
    outputs = essai / "outputs/mini"
    assert (outputs / "94-corse/manifest.json").exists()
    assert not (outputs / "53-bretagne").exists()
    assert "Un accord manque" in (outputs / "index.html").read_text("utf-8")
    assert "Réunions" not in (outputs / "index.html").read_text("utf-8")
    _agree(essai, valable_jusquau="2099-12-31")
    again = _cepkit("run", "--region", "53")
    assert again.returncode == 0, again.stderr
    assert (outputs / "53-bretagne/manifest.json").exists()


def test_the_plan_of_the_demonstration_says_who_may_receive_its_files(demo):
    plan = {t["nom"]: t["diffusion"] for t in store.load_slice("demo", "53").meta["plan"]}
    assert plan["dossiers_ptp"]["53"] == "Public" and plan["niveaux"] == {}
