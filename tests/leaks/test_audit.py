"""`cepkit audit` as a user runs it: nothing on a clean release, exit 13 on a planted one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.fixture(scope="module")
def root(rendered, tmp_path_factory):
    """The rendered demonstration with the files of Mayotte, Bretagne and France only."""
    folder = tmp_path_factory.mktemp("relecture") / "projet"
    shutil.copytree(rendered, folder, ignore=lambda at, names: [
        n for n in names if at.endswith("outputs/demo") and n[:2] in ("01", "02", "03", "04")])
    return folder


@pytest.fixture(scope="module")
def audit(root):
    def run() -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "cepkit", "audit", "--exercice", "demo"], text=True,
            capture_output=True, check=False, env=os.environ | {"CEPKIT_ROOT": str(root)})

    return run


def test_a_clean_release_raises_no_alarm_and_typed_numbers_are_listed(audit):
    done = audit()
    told = done.stdout
    assert (done.returncode, done.stderr) == (0, "")
    assert "Tables attaquées à nouveau : aucun petit effectif ne se retrouve." in told
    assert "Aucune valeur non diffusée, aucun contenu caché." in told
    assert "regions/53/redaction/50_conclusion_perspectives.md, ligne 17 : Trois suites" in told
    assert "Niveau 1, niveau 2" not in told  # support questions of the model


def test_a_planted_value_gives_exit_13_and_is_not_repeated(audit, root):
    page = root / "outputs/demo/06-mayotte/annexe_1_donnees.html"
    before = page.read_bytes()
    page.write_bytes(before.replace(b"</main>", b"<!-- 987654 --></main>"))
    try:
        done = audit()
    finally:
        page.write_bytes(before)
    assert done.returncode == 13
    assert "06-mayotte/annexe_1_donnees.html : " in done.stderr
    assert "commentaire : contenu caché." in done.stderr and "987654" not in done.stderr


def test_a_withheld_cell_published_again_in_the_store_is_found(audit, root):
    """One secondary cell published again: its primary follows by difference."""
    store, cache = root / "outputs/demo/.store/tables", root / "data/.cepkit/demo/tables"
    shutil.copytree(store, store.with_name("saved"))
    path = store / "profil_csp.parquet"
    masked, plain = pd.read_parquet(path), pd.read_parquet(cache / path.name)
    here = masked["region"].eq("06") & masked["etat"].eq("secret") & (
        masked["operateur"].eq("ensemble"))
    keys = ["annee", "region", "departement", "operateur", "mesure", "csp"]
    values = masked[keys].merge(plain, on=keys)["effectif"].to_numpy()
    open_ = here & (pd.Series(values, masked.index) >= 5)
    masked.loc[open_, "effectif"], masked.loc[open_, "etat"] = values[open_], "publie"
    pq.write_table(pa.Table.from_pandas(masked, preserve_index=False), path)
    try:
        done = audit()
    finally:
        shutil.rmtree(store)
        store.with_name("saved").rename(store)
    assert done.returncode == 13
    assert "se retrouve" in done.stderr and "Mayotte" in done.stderr


def test_after_a_purge_the_scan_says_what_it_can_no_longer_see(audit, root):
    folder = root / "data/.cepkit/demo/tables"
    folder.rename(folder.with_name("ailleurs"))
    try:
        done = audit()
    finally:
        folder.with_name("ailleurs").rename(folder)
    assert done.returncode == 0
    assert "Les tables non masquées ont été effacées (« cepkit purge »)" in done.stdout
    assert json.loads((root / "outputs/demo/06-mayotte/manifest.json").read_text())
