"""A corrected delivery against the one in use: what changed, told on the screen only."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys

import pytest

from cepkit import intake
from cepkit.intake import compare
from tests.intake.small import edition, source

TEXT = ("Région;Opérateur;n\nBretagne;Apec;10\nBretagne;Cap emploi;20\nBretagne;Ensemble;30\n"
        "Corse;Apec;1\nCorse;Cap emploi;2\nCorse;Ensemble;3\nFrance;Ensemble;900\n")


@pytest.fixture
def corrected(tmp_path):
    """`corrected(new text or {file: text}, version)`: sentences, the first delivery being kept."""
    folder = tmp_path / "data" / "essai"
    folder.mkdir(parents=True)

    def read(texts: dict[str, str], version: str):
        for name, text in texts.items():
            (folder / f"{name}.csv").write_text(text, "utf-8")
        declared = edition(*(source(n, titre=f"Table {n}", colonnes={
            "Région": "region", "Opérateur": "operateur", "n": "effectif"},
            constantes={"mesure": "entrees"}) for n in texts))
        received = declared.donnees.model_copy(update={"version": version})
        declared = declared.model_copy(update={"donnees": received})
        return declared, intake.load(declared, tmp_path)

    def run(new: str | dict, version: str = "2") -> list[str]:
        first, delivery = read({"v": TEXT}, "1")
        compare.keep(tmp_path / "cache", first, delivery, tmp_path)
        new = {"v": new} if isinstance(new, str) else new
        if "v" not in new:
            (folder / "v.csv").unlink()
        second, delivery = read(new, version)
        return compare.changes(compare.kept(tmp_path / "cache"), second, delivery, tmp_path)
    return run


def test_nothing_changed(corrected):
    assert corrected(TEXT) == []


def test_cells_rows_places_and_totals(corrected):
    new = TEXT.replace("Apec;10", "Apec;17").replace("Ensemble;30", "Ensemble;37").replace(
        "Corse;Cap emploi;2\n", "").replace("Corse;Apec;1", "Corse;Apec;s").replace(
        "Ensemble;900", "Ensemble;907")
    assert corrected(new) == [
        "Par rapport à la livraison employée (version 1, reçue le 17 avril 2023) :",
        "fichier modifié : v.csv.",
        "« Table v » : 1 ligne retirée, 4 cellules modifiées.",
        "  le plus grand écart : Bretagne, 2022, Apec, Entrées, 10 → 17.",
        "  1 valeur devient ou cesse d’être publiée.",
        "  par région : Bretagne (2) et Corse (2).",
        "  par opérateur : Apec (2) et Cap emploi (1).",
        "  total 2022, entrées : 900 → 907 (+7).",
    ]


def test_without_a_national_row_the_total_is_that_of_the_regions(corrected):
    own = TEXT.replace("France;Ensemble;900\n", "")
    found = corrected(own.replace("Corse;Ensemble;3", "Corse;Ensemble;4"))
    # Kept: France 900; now 30 + 4.
    assert "  total 2022, entrées : 900 → 34 (−866)." in found


def test_a_file_that_changes_without_any_count(corrected):
    found = corrected(TEXT.replace("Corse", "CORSE"), version="1")
    assert found[1:] == ["fichier modifié : v.csv.", "Aucun effectif ne change.",
                         "Les fichiers ont changé : changez aussi « version » et « recu_le » dans "
                         "edition.yml."]


def test_tables_come_and_go(corrected):
    found = corrected({"w": TEXT})
    assert found[1:] == ["fichier nouveau : w.csv.", "fichier absent : v.csv.",
                         "« Table v » : table disparue.", "« Table w » : table nouvelle, 7 lignes."]


def test_other_columns(corrected):
    found = corrected("Région;n\nBretagne;30\n".replace("n\n", "n;Opérateur\n").replace(
        "30\n", "30;Apec\n").replace("Région", "Région"))
    assert "« Table v » : 6 lignes retirées, 1 cellule modifiée." in found


@pytest.mark.lent
def test_after_a_run_the_replaced_file_is_told_and_no_output_moves(demo_root, tmp_path):
    root = tmp_path / "projet"
    shutil.copytree(demo_root, root, ignore=shutil.ignore_patterns("verrou"))
    path = root / "data/demo/01_volumes_2022.csv"
    text = path.read_text("cp1252")
    # By hand in the file: Guadeloupe, Pôle emploi, entries 37 576 → 37 579.
    assert "Guadeloupe;971;Guadeloupe;Pôle emploi;37\u00a0576;" in text
    path.write_text(text.replace("971;Guadeloupe;Pôle emploi;37\u00a0576",
                                 "971;Guadeloupe;Pôle emploi;37\u00a0579"), "cp1252")
    before = {p: p.stat().st_mtime_ns for p in (root / "outputs").rglob("*") if p.is_file()}
    done = subprocess.run([sys.executable, "-m", "cepkit", "check"], text=True, check=False,
                          env=os.environ | {"CEPKIT_ROOT": str(root)}, capture_output=True)
    said = done.stdout.replace("\u00a0", " ").replace("\u202f", " ")
    assert "fichier modifié : 01_volumes_2022.csv." in said
    assert "« Volumes 2022 par département et opérateur » : 1 cellule modifiée." in said
    assert ("le plus grand écart : Guadeloupe, Guadeloupe, 2022, Pôle emploi, Entrées en CEP, "
            "37 576 → 37 579.") in said
    assert "changez aussi « version »" in said
    after = {p: p.stat().st_mtime_ns for p in (root / "outputs").rglob("*") if p.is_file()}
    assert after == before
    private = root / "data/.cepkit/demo/livraison"
    assert private.is_dir() and oct(private.stat().st_mode & 0o777) == "0o700"


def test_dates_are_kept(tmp_path):
    declared = edition()
    compare.keep(tmp_path, declared, intake.load(declared, tmp_path), tmp_path)
    kept = compare.kept(tmp_path)
    assert kept.recu_le == dt.date(2023, 4, 17).isoformat() and kept.tables == {}
