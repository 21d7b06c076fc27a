"""The rendered demonstration, copied once, and a withheld cell of Mayotte to plant."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from cepkit.edition import project
from cepkit.leaks.scan import Account, Judge, Leak


@dataclass
class Secret:
    """A withheld cell: its value, the name of its row, its key."""

    valeur: int
    nom: str
    cle: str


@dataclass
class Plant:
    """Files of Mayotte that tests change, and the judge that reads them again."""

    folder: Path
    judge: Judge
    secret: Secret

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def leaks(self, name: str, content: bytes) -> list[Leak]:
        """What the scan says of a file with this content."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_bytes() if path.exists() else None
        path.write_bytes(content)
        self.judge.account = Account()
        try:
            self.judge.file(path, f"{self.folder.name}/{name}")
        finally:
            path.unlink() if before is None else path.write_bytes(before)
        return self.judge.account.fuites


@pytest.fixture(scope="package")
def root(rendered, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("fuites") / "projet"
    shutil.copytree(rendered, folder)
    return folder


@pytest.fixture(scope="package")
def plant(root) -> Iterator[Plant]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CEPKIT_ROOT", str(root))
        paths = project.paths("demo")
        yield Plant(paths.region_output("06"), Judge(paths), _secret(paths))


def _secret(paths) -> Secret:
    """The first withheld socio-professional group of Mayotte: annexe 2 shows it as « s. »."""
    keys = ["annee", "region", "departement", "operateur", "mesure", "csp"]
    masked = pd.read_parquet(paths.store / "tables/profil_csp.parquet")
    plain = pd.read_parquet(paths.cache / "tables/profil_csp.parquet")
    cells = masked.merge(plain, on=keys)
    row = cells[cells["region"].eq("06") & cells["operateur"].eq("ensemble")
                & cells["etat_x"].eq("secret") & cells["effectif_y"].between(1, 99)].iloc[0]
    names = json.loads((paths.store / "meta.json").read_text())["nomenclatures"]["csp"]["modalites"]
    return Secret(int(row["effectif_y"]), names[row["csp"]]["libelle"],
                  f"06|2022|total|ensemble|csp:{row['csp']}|part|numerateur")
