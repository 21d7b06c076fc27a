"""Broken deliveries: `cepkit check` tells all that is wrong, where, and how to repair it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

import pytest

from cepkit.__main__ import main
from tests.intake.broken.delivery import NAMES, Delivery, dossiers, profil, volumes


@pytest.fixture
def delivery(tmp_path, monkeypatch):
    monkeypatch.setenv("CEPKIT_ROOT", str(tmp_path))
    monkeypatch.delenv("CEPKIT_EXERCICE", raising=False)
    return Delivery(tmp_path)


@pytest.fixture
def check(delivery, capsys):
    """(exit code, printed lines) of `cepkit check`."""
    def run() -> tuple[int, list[str]]:
        delivery.write()
        code = main(["check", "--exercice", "essai"])
        out, err = capsys.readouterr()
        return code, [line for line in (err + out).splitlines() if line]
    return run


def test_the_sound_delivery_is_sound(check):
    assert check() == (0, ["Tout est lisible et cohérent."])


# --- scenarios: what is broken, exit code, what each printed problem must say ---------------

SCENARIOS = {}


def scenario(code: int, *told: str):
    """Register a scenario; each `told` is « à corriger|à vérifier », then fragments by « | »."""
    def add(function):
        SCENARIOS[function.__name__] = (function, code, told)
        return function
    return add


@scenario(12, "À corriger|volumes.csv, ligne 2 :|operateur|« Apecc »|Vouliez-vous dire « Apec »|"
          "Règle : codes de la nomenclature|À faire : ajoutez-le à nomenclatures.operateur")
def unknown_operator(d):
    d.line("volumes.csv", 2, "Guadeloupe;Apecc;10")
    d.ignore("totaux", "operateur_absent")


@scenario(12, "À corriger|volumes.csv, lignes 5, 6, 7 :|region|« Martinik »|Martinique »")
def unknown_region(d):
    for line, rest in ((5, "Apec;11"), (6, "Cap emploi;21"), (7, "Ensemble;32")):
        d.line("volumes.csv", line, f"Martinik;{rest}")
    d.ignore("region_absente")


@scenario(0, "À vérifier|dossiers.csv, lignes 3, 12 :|diplome|« CAP BEPP »|« CAP, BEP »|"
          "comptés en « non renseigné »")
def unknown_modality_in_records(d):
    d.line("dossiers.csv", 3, "1;Bretagne;35;H;CAP BEPP")
    d.line("dossiers.csv", 12, "10;Bretagne;29;H;CAP BEPP")


@scenario(12, "À corriger|volumes.csv, lignes 3, 59 :|clé déjà présente|Guadeloupe|"
          "Règle : une seule ligne par clé|À faire : gardez une ligne par clé")
def duplicate_key(d):
    d.change("volumes.csv", lambda rows: rows.append("GUADELOUPE;Cap emploi;20"))
    d.ignore("totaux", "operateur_absent")


@scenario(12, "À corriger|volumes.csv, ligne 2 :|effectif négatif|« -10 »|positif ou nul",
          "À corriger|volumes.csv, ligne 5 :|effectif décimal|« 11,5 »|nombre entier")
def negative_and_decimal(d):
    d.line("volumes.csv", 2, "Guadeloupe;Apec;-10")
    d.line("volumes.csv", 5, "Martinique;Apec;11,5")
    d.ignore("totaux", "operateur_absent")


@scenario(0, "À vérifier|volumes.csv, ligne 4 :|Guadeloupe, 2022, Entrées : total 99, somme 30|"
          "écart admis : 0|(operateur)",
          "À vérifier|volumes.csv, ligne 58 :|France, 2022, Entrées : total 846, somme 915",
          "À vérifier|profil.xlsx, feuille « Sexe », ligne 5 :|30 ici, 99 dans volumes.csv")
def total_that_differs(d):
    d.line("volumes.csv", 4, "Guadeloupe;Ensemble;99")


@scenario(12, "À corriger|volumes.csv, ligne 4 :|total 99, somme 30",
          "À corriger|volumes.csv, ligne 58 :|total 846",
          "À vérifier|profil.xlsx")
def total_that_differs_when_declared_blocking(d):
    d.line("volumes.csv", 4, "Guadeloupe;Ensemble;99")
    d.declared["controles"] = {"totaux": "bloquant"}


@scenario(0, "À vérifier|profil.xlsx, feuille « Sexe »|Sans donnée : Corse|Toutes les régions")
def missing_region(d):
    d.sheet([r for r in profil() if r[:1] != ["Corse"]])
    d.ignore("totaux", "operateur_absent")


@scenario(11, "À corriger|departements.csv|Sarthe (Pays de la Loire)|"
          "Tous les départements", "À corriger|absent.csv : fichier absent")
def missing_department_and_file(d):
    d.change("departements.csv", lambda rows: rows.remove(
        next(r for r in rows if "Sarthe" in r)), "utf-8")
    d.declared["controles"] = {"departement_absent": "bloquant"}
    d.declared["donnees"]["tables"].append(
        {"nom": "absent", "titre": "Absent", "fichier": "absent.csv"})


@scenario(12, "À corriger|dossiers.csv, lignes 2, 4 :|Sarthe est en Pays de la Loire, non en "
          "Bretagne|code officiel géographique|À faire : corrigez la région ou le département")
def department_in_the_wrong_region(d):
    d.line("dossiers.csv", 2, "0;Bretagne;72;F;CAP, BEP")
    d.line("dossiers.csv", 4, "2;Bretagne;72;F;CAP, BEP")


@scenario(12, "À corriger|volumes.csv, lignes 2, 8 :|des pourcentages sont mêlés aux effectifs|"
          "« 10 % »|une seule mesure par colonne")
def shares_among_counts(d):
    d.line("volumes.csv", 2, "Guadeloupe;Apec;10 %")
    d.line("volumes.csv", 8, "Guyane;Apec;12,5 %")
    d.ignore("totaux", "operateur_absent")


@scenario(12, "À corriger|volumes.csv, lignes 2, 59 :|« Indicateur » nomme deux mesures|"
          "Entrées et Bénéficiaires|déclarez cette colonne « mesure »",
          "À corriger|volumes.csv, lignes 2, 59 :|clé déjà présente")
def two_measures_in_one_column(d):
    d.csv("volumes.csv", ["Région;Indicateur;Opérateur;Entrées",
                          *(r.replace(";", ";Entrées;", 1) for r in volumes()[1:]),
                          "Guadeloupe;Bénéficiaires;Apec;8"])
    d.table("volumes", ignorees=["Indicateur"])


@scenario(10, "À corriger|volumes.csv|« Bénéficiaires » et « Entrées »|« effectif »",
          "À corriger|volumes.csv|l’en-tête « Bénéficiaires » nomme une autre mesure")
def two_columns_for_one(d):
    d.change("volumes.csv", lambda rows: rows.__setitem__(
        slice(None), [rows[0] + ";Bénéficiaires", *(f"{r};1" for r in rows[1:])]))
    d.table("volumes", colonnes={"Région": "region", "Opérateur": "operateur",
                                 "Entrées": "effectif", "Bénéficiaires": "effectif"})


@scenario(12, "À corriger|dossiers.csv, ligne 2 :|année hors de la période|« 2032 »",
          "À corriger|dossiers.csv, ligne 3 :|« 20222 » n’est pas une année")
def year_out_of_range(d):
    d.csv("dossiers.csv", [f"{r};{a}" for r, a in zip(
        dossiers(), ["Année", "2032", "20222", *["2022"] * 58], strict=True)])
    d.table("dossiers", colonnes={"Région": "region", "Dép.": "departement", "Sexe": "sexe",
                                  "Diplôme": "diplome", "Année": "annee"})


@scenario(11, "À corriger|volumes.csv : fichier vide (0 octet)")
def empty_file(d):
    (d.data / "volumes.csv").write_bytes(b"")


@scenario(11, "À corriger|volumes.csv : aucune ligne de données sous l’en-tête",
          "À corriger|profil.xlsx, feuille « Sexe » : aucune ligne de données",
          "À corriger|dossiers.csv : aucune ligne de données")
def header_only(d):
    d.csv("volumes.csv", volumes()[:1])
    d.csv("dossiers.csv", dossiers()[:1])
    d.sheet(profil()[:4])


@scenario(11, "À corriger|volumes.csv, ligne 58 :|fichier tronqué|2 champs au lieu de 3|"
          "« France;Ensem »|redemandez le fichier complet")
def truncated_csv(d):
    content = (d.data / "volumes.csv").read_bytes()
    (d.data / "volumes.csv").write_bytes(content[:-len("ble;846\r\n")])


@scenario(11, "À corriger|dossiers.csv, ligne 61 :|fichier tronqué|3 champs au lieu de 5")
def truncated_records(d):
    content = (d.data / "dossiers.csv").read_bytes()
    (d.data / "dossiers.csv").write_bytes(content[:-len("9;H;CAP, BEP\r\n")])


@scenario(11, "À corriger|profil.xlsx|classeur illisible ou tronqué|redemandez le fichier")
def truncated_workbook(d):
    path = d.data / "profil.xlsx"
    path.write_bytes(path.read_bytes()[:2000])


@scenario(11, "À corriger|dossiers.parquet|fichier Parquet illisible ou tronqué")
def truncated_parquet(d):
    import pandas as pd

    path = d.data / "dossiers.parquet"
    pd.DataFrame([r.split(";") for r in dossiers()[1:]],
                 columns=dossiers()[0].split(";")).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-100])
    d.table("dossiers", fichier="dossiers.parquet")


@scenario(11, "À corriger|volumes.csv, ligne 1 :|l’encodage déclaré « utf-8 »|cp1252|"
          "À faire : écrivez « encodage: cp1252 »")
def wrong_declared_encoding(d):
    d.table("volumes", encodage="utf-8")


@scenario(11, "À corriger|volumes.csv, ligne 53 :|l’encodage déclaré « utf-8 »|Ensemblé")
def one_line_in_another_encoding(d):
    rows = [r.encode("utf-8") for r in volumes()]
    rows[52] = "Provence-Alpes-Côte d’Azur;Ensembl\u00e9;64".encode("cp1252")
    (d.data / "volumes.csv").write_bytes(b"\r\n".join(rows) + b"\r\n")
    d.table("volumes", encodage="utf-8")


@scenario(12, "À corriger|departements.csv, lignes 2, 4, 8, 16, 26 et 7 autres|texte altéré|"
          "Auvergne-RhÃ´ne-Alpes » pour « Auvergne-Rhône-Alpes »|À faire : déclarez")
def mojibake(d):
    content = (d.data / "departements.csv").read_bytes().decode("utf-8")
    (d.data / "departements.csv").write_bytes(
        content.replace("Auvergne-Rhône", "Auvergne-RhÃ´ne").encode("utf-8"))


@scenario(11, "À corriger|dossiers.csv : fichier de 2 Mo : la limite est de 1 Mo|pas été ouvert|"
          "À faire : demandez un fichier réduit, ou relevez donnees.taille_max_mo")
def too_large(d):
    d.csv("dossiers.csv", dossiers() * 1500)
    d.declared["donnees"]["taille_max_mo"] = 1


@scenario(11, "À corriger|profil.xlsx, feuille « Sexe » : classeur de 401 Mo une fois décompressé|"
          "la limite est de 300 Mo|classeur_max_mo")
def zip_bomb(d):
    with zipfile.ZipFile(d.data / "profil.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/vide.bin", bytes(401_000_000))


@scenario(12, "À corriger|profil.xlsx, feuille « Sexe », ligne 6 :|formule ou une balise|"
          "« =HYPERLINK(\"x\") »", "À corriger|profil.xlsx, feuille « Sexe », ligne 6 :|region",
          "À corriger|profil.xlsx, feuille « Sexe », ligne 7 :|une balise|« <b>Guyane</b> »",
          "À corriger|profil.xlsx, feuille « Sexe », ligne 7 :|region|« Guyane »")
def formula_and_tag(d):
    rows = profil()
    rows[5][0], rows[6][0] = '=HYPERLINK("x")', "<b>Guyane</b>"
    d.sheet(rows)
    d.ignore("totaux", "region_absente")


@scenario(11, "À corriger|profil.xlsx : feuille « Sexe » absente|Vouliez-vous dire « Sexes » ?|"
          "Feuilles présentes : Sexes")
def missing_sheet(d):
    d.sheet(profil(), "Sexes")


@scenario(12, "À corriger|volumes.csv : la colonne « Entrées » est absente|"
          "Vouliez-vous dire « Entrées 2022 » ?|« colonnes » ou l’en-tête",
          "À vérifier|volumes.csv|colonnes non déclarées, laissées de côté : Entrées 2022",
          "À corriger|volumes.csv, ligne 3 :|« Cap emplois »")
def renamed_header_and_unknown_code(d):
    d.line("volumes.csv", 1, "Région;Opérateur;Entrées 2022")
    d.line("volumes.csv", 3, "Guadeloupe;Cap emplois;20")


@scenario(12, "À corriger|volumes.csv, ligne 2 :|valeur illisible comme nombre|« 12.34.5 »|"
          "« decimale » et « milliers »",
          "À vérifier|volumes.csv, ligne 5 :|« 1,234 » est lu 1234|À faire : déclarez « milliers »")
def thousands_and_decimal_misread(d):
    d.line("volumes.csv", 2, "Guadeloupe;Apec;12.34.5")
    d.line("volumes.csv", 5, "Martinique;Apec;1,234")
    d.ignore("totaux", "operateur_absent")


@scenario(11, "À corriger|profil.xlsx|classeur protégé par un mot de passe|sans mot de passe")
def password(d):
    # An encrypted workbook is an OLE container whose directory names « EncryptedPackage ».
    (d.data / "profil.xlsx").write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le"))


@scenario(11, "À corriger|volumes.csv : le contenu est une page HTML et non un fichier texte",
          "À corriger|dossiers.csv : le contenu est un classeur xlsx|format: xlsx")
def wrong_extension(d):
    (d.data / "volumes.csv").write_text("<html><table><tr><td>Région</td></tr></table></html>")
    (d.data / "dossiers.csv").write_bytes((d.data / "profil.xlsx").read_bytes())


@scenario(11, "À corriger|volumes.csv, lignes 3, 10 :|2 lignes n’ont pas 3 champs|"
          "« Guadeloupe;Cap emploi »|autant de champs que de colonnes|entre guillemets",
          "À corriger|volumes.csv, ligne 11 :|« Apecc »")
def rows_with_too_few_and_too_many_fields(d):
    d.line("volumes.csv", 3, "Guadeloupe;Cap emploi")
    d.line("volumes.csv", 10, "Guyane;Ensemble;34;0")
    d.line("volumes.csv", 11, "La Réunion;Apecc;13")
    d.ignore("totaux", "operateur_absent")


@scenario(0, "À vérifier|volumes.csv, ligne 8 :|une ligne vide coupe le tableau|51 lignes|"
          "à partir de la ligne 9|« fin »")
def blank_row_between_two_blocks(d):
    d.change("volumes.csv", lambda rows: rows.insert(7, ";;"))


@scenario(12, "À corriger|dossiers.csv, ligne 61 :|« Total » est un total|fichier individuel|"
          "nature: tableau")
def total_among_records(d):
    d.line("dossiers.csv", 61, "59;Bretagne;35;Total;CAP, BEP")


@scenario(16, "À corriger|accord du partenaire manquant|« Profil »|profil.xlsx")
def partner_without_agreement(d):
    d.table("profil", origine="partenaire")


@scenario(12, "À corriger|accord du partenaire manquant", "À corriger|volumes.csv, ligne 2 :|Apecc")
def agreement_and_data(d):
    d.table("profil", origine="partenaire")
    unknown_operator(d)


@scenario(12, "À corriger|departements.csv : texte altéré : « RÃ©gion » pour « Région » "
          "(et 2 autres)|"
          "encodage: utf-8",
          "À corriger|departements.csv, lignes 2|« Auvergne-RhÃ´ne-Alpes » pour",
          "À corriger|departements.csv, lignes 8, 10|« ArdÃ¨che » pour « Ardèche »")
def utf8_declared_as_cp1252(d):
    d.table("departements", encodage="cp1252")
    d.ignore("departement_absent")


@scenario(0)
def everything_ignored(d):
    d.line("volumes.csv", 4, "Guadeloupe;Ensemble;99")
    d.ignore("totaux", "totaux_entre_tables")


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_problem_is_told_with_its_place_and_its_repair(name, delivery, check):
    damage, code, told = SCENARIOS[name]
    damage(delivery)
    found, lines = check()
    problems = [line for line in lines if line.startswith(("À corriger", "À vérifier"))]
    assert found == code, "\n".join(lines)
    for parts in told:
        fragments = parts.split("|")
        matching = [p for p in problems if all(f in p for f in fragments)]
        assert len(matching) == 1, f"{fragments}\n" + "\n".join(problems)
    assert len(problems) == len(told), "\n".join(problems)
    assert "Traceback" not in "\n".join(lines)


def test_there_are_at_least_twenty():
    assert len(SCENARIOS) >= 20


def test_the_command_itself(delivery):
    """A whole process: several defects, the smallest code, nothing but French on the screen."""
    rows_with_too_few_and_too_many_fields(delivery)
    truncated_records(delivery)
    delivery.write()
    found = subprocess.run(
        [sys.executable, "-m", "cepkit", "check", "--exercice", "essai"], capture_output=True,
        text=True, env=os.environ | {"CEPKIT_ROOT": str(delivery.root)}, check=False)
    assert found.returncode == 11
    assert found.stdout == "3 points à corriger, 0 point à vérifier.\n"
    assert [line[:28] for line in found.stderr.splitlines()] == [
        "À corriger : volumes.csv, li"] * 2 + ["À corriger : dossiers.csv, l"]
    assert set(NAMES) >= {"Corse"}
