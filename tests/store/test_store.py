"""The masked store: what it holds, when it is rebuilt, what survives a failure."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from cepkit import inputs, store
from cepkit.edition import load_edition, project
from cepkit.errors import CepkitError, SourceError
from tests.store.conftest import VOLUMES


@pytest.fixture
def built(root):
    return store.build("essai")


def folder(root) -> Path:
    return root / "outputs" / "essai" / ".store"


def content(root) -> dict[str, bytes]:
    return {p.relative_to(folder(root)).as_posix(): p.read_bytes()
            for p in sorted(folder(root).rglob("*")) if p.is_file()}


def test_files_of_the_store(root, built):
    assert set(content(root)) == {
        "contexte.parquet", "donnees.json", "meta.json", "statistiques.parquet", "suivi/53.json",
        "suivi/94.json",
        "tables/beneficiaires.parquet", "tables/motifs.parquet", "tables/sans_operateur.parquet",
        "tables/volumes.parquet"}
    assert built.regions == ("53", "94")
    assert built.tables == 4


def test_small_counts_are_withheld_and_nothing_but_published_counts_stands(root, built):
    for path in folder(root).glob("tables/*.parquet"):
        frame = pq.read_table(path).to_pandas()
        published = frame["etat"].eq("publie")
        assert frame.loc[~published, "effectif"].isna().all()
        assert frame.loc[published, "effectif"].ge(5).all()
        assert not {"borne_min", "borne_max"} & set(frame.columns)
    volumes = pq.read_table(folder(root) / "tables/volumes.parquet").to_pandas()
    finistere = volumes[volumes["departement"].eq("29") & volumes["operateur"].eq("cap_emploi")]
    assert finistere["etat"].tolist() == ["secret"]


def test_what_the_source_lacked_keeps_its_own_state(root, built):
    volumes = pq.read_table(folder(root) / "tables/volumes.parquet").to_pandas()
    corse = volumes[volumes["departement"].eq("2A") & volumes["operateur"].eq("cap_emploi")]
    assert corse["etat"].tolist() == ["non_disponible"]


def test_meta_is_the_public_view(root, built):
    meta = json.loads((folder(root) / "meta.json").read_text("utf-8"))
    assert meta["empreinte"] == built.empreinte
    assert meta["regions"] == ["53", "94"]
    assert [t["nom"] for t in meta["plan"]] == ["volumes", "beneficiaires", "sans_operateur",
                                               "motifs"]
    assert meta["plan"][3]["reponses_multiples"]
    assert meta["protection"]["etat"] == built.etat
    assert "valeurs de 1 à 4" in meta["protection"]["regle"]
    assert "volumes.csv" not in (folder(root) / "meta.json").read_text("utf-8")
    assert str(root) not in "".join(b.decode("latin1") for b in content(root).values())


def test_a_single_hidden_cell_cannot_be_subtracted(root, built):
    """Finistère, Cap emploi is 3: without a second hidden cell, 123 − 120 would tell it."""
    volumes = pq.read_table(folder(root) / "tables/volumes.parquet").to_pandas()
    finistere = volumes[volumes["departement"].eq("29")]
    assert built.etat == "complète"
    assert finistere["etat"].eq("secret").sum() >= 2


def test_same_inputs_same_bytes(root, built):
    first = content(root)
    assert store.build("essai").empreinte == built.empreinte
    assert content(root) == first


def test_nothing_is_rebuilt_when_nothing_changed(root, built):
    before = (folder(root) / "meta.json").stat().st_mtime_ns
    os.utime(root / "data" / "essai" / "volumes.csv")  # a new date, the same content
    store.ensure("essai")
    assert (folder(root) / "meta.json").stat().st_mtime_ns == before


@pytest.mark.parametrize("changed", ["data/essai/volumes.csv", "parameters/essai/edition.yml",
                                     "parameters/essai/regions/53/suivi.xlsx", "store"])
def test_any_input_makes_it_stale(root, built, changed):
    before = (folder(root) / "meta.json").stat().st_ino
    path = root / changed
    if changed == "store":
        (folder(root) / "meta.json").unlink()
    elif path.suffix == ".csv":
        path.write_text(VOLUMES.replace("230", "231"), "cp1252")
    elif path.suffix == ".yml":
        path.write_text(path.read_text("utf-8").replace("Essai", "Autre titre"), "utf-8")
    else:
        from cepkit.intake import workbook
        path.parent.mkdir(parents=True)
        workbook.create(path, edition=load_edition("essai"))
    store.ensure("essai")
    assert (folder(root) / "meta.json").stat().st_ino != before


def test_a_failed_build_keeps_the_last_good_store(root, built):
    before = content(root)
    path = root / "data" / "essai" / "volumes.csv"
    path.write_text(VOLUMES.replace("230", "-230").replace("Corse-du-Sud;Apec", "Nord;Apec"),
                    "cp1252")
    with pytest.raises(CepkitError) as error:
        store.ensure("essai")
    assert error.value.code == 12
    assert len([p for p in error.value.problems if p.bloquant]) == 2  # all told at once
    assert content(root) == before
    assert list((root / "outputs" / "essai").iterdir()) == [folder(root)]


def test_private_cache_is_closed_to_others(root, built):
    cache = project.paths("essai").cache
    assert cache.stat().st_mode & 0o777 == 0o700
    assert cache.parent.stat().st_mode & 0o777 == 0o700
    assert (cache / "journal" / "cellules.parquet").exists()


def test_the_lock_is_freed_when_its_holder_dies(root):
    code = ("import time\nfrom cepkit import inputs\nfrom cepkit.edition import project\n"
            "with inputs.lock(project.paths('essai')):\n    print('pris', flush=True)\n"
            "    time.sleep(60)\n")
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True,
                              cwd=Path(inputs.__file__).parents[1])
    assert holder.stdout.readline() == "pris\n"
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with inputs.lock(project.paths("essai")):  # would wait for ever otherwise
        assert (project.paths("essai").cache / "verrou").exists()


def test_slices(root, built):
    part = store.load_slice("essai", "53")
    assert set(part.tables["volumes"]["region"]) == {"53", "FR"}
    assert str(part.tables["volumes"]["effectif"].dtype) == "Int64"
    assert set(part.contexte["region"]) == {"53", "FR"}
    assert set(store.load_slice("essai", "FR").tables["volumes"]["region"]) == {"53", "94", "FR"}
    again = pickle.loads(pickle.dumps(part))
    pd.testing.assert_frame_equal(again.tables["volumes"], part.tables["volumes"])


def test_a_slice_is_not_there_before_the_store(root):
    with pytest.raises(SourceError, match="n’ont pas encore été préparées"):
        store.load_slice("essai", "53")


def test_a_provided_slice_needs_no_store(root, built, monkeypatch, tmp_path):
    part = store.load_slice("essai", "53")
    monkeypatch.setenv("CEPKIT_ROOT", str(tmp_path / "ailleurs"))
    store.provide(part)
    assert store.load_slice("essai", "53") is part


def test_one_region_and_the_national_line(root):
    lines = [x for x in VOLUMES.splitlines() if not x.startswith("Corse")]
    (root / "data" / "essai" / "volumes.csv").write_text("\n".join(lines) + "\n", "cp1252")
    assert store.build("essai").regions == ("53",)
