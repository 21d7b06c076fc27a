"""Reference data: sidecars, checksums, codes as text, real figures."""

import hashlib

import pandas as pd
import pytest

from cepkit import refdata
from cepkit.codes import REGIONS
from cepkit.errors import SourceError

KEYS = {"titre", "source", "annee", "edition", "licence", "sha256", "remarques"}


@pytest.mark.parametrize("name", refdata.names())
def test_sidecar_and_checksum(name):
    sidecar = refdata.source(name)
    assert set(sidecar) == KEYS
    assert all(sidecar[k] for k in KEYS - {"remarques"})
    assert hashlib.sha256(refdata.path(name).read_bytes()).hexdigest() == sidecar["sha256"]


def test_no_orphan_sidecar():
    sidecars = {p.relative_to(refdata.FOLDER).as_posix() for p in refdata.FOLDER.rglob("*.yml")}
    assert sidecars == {f"{n}.yml" for n in refdata.names()}


def test_official_codes():
    # Code officiel géographique: 18 regions, 101 departments; 06 is a region and a department.
    regions, departements = refdata.regions(), refdata.departements()
    assert tuple(regions["code"]) == REGIONS
    assert len(departements) == 101
    assert set(departements["region"]) == set(REGIONS)
    home = departements.set_index("code")["region"]
    assert home["06"] == "93" and home["976"] == "06" and home["2A"] == "94"
    assert regions["nb_departements"].sum() == 101


@pytest.mark.parametrize(("level", "n"), [("regions", 18), ("departements", 101)])
def test_outlines(level, n):
    drawing = refdata.outlines(level)
    known = refdata.regions() if level == "regions" else refdata.departements()
    assert {f["code"] for f in drawing["features"]} == set(known["code"])
    assert len(drawing["features"]) == n
    assert drawing["viewBox"] == "0 0 1000 800"


def test_census_of_normandie():
    # insee.fr/fr/statistiques/4515512?geo=REG-28: 1 500 455 active, 1 296 203 employed in 2017.
    census = pd.read_csv(refdata.path("insee_rp2017/rp_activite_regions.csv"), dtype=str)
    rows = census[(census["code"] == "28") & (census["annee"] == "2017")]
    figures = rows.set_index("indicateur")["effectif"].astype(int)
    assert figures["actifs_15_64"] == 1_500_455
    assert figures["actifs_occupes_15_64"] == 1_296_203


def test_unknown_name_suggests():
    with pytest.raises(SourceError, match="cog/regions.csv"):
        refdata.path("cog/region.csv")
