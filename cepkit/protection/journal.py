"""The private account, in `data/.cepkit/<exercice>/journal/`: never circulated, never in git."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping

import pandas as pd

from cepkit import inputs
from cepkit.edition.project import Paths
from cepkit.intake import Delivery
from cepkit.protection.attack import DETAILS
from cepkit.protection.earlier import FACTS
from cepkit.protection.proof import Released
from cepkit.protection.refusal import ELSEWHERE
from cepkit.protection.remembered import packed

REFUSAL = "refus.csv"


def write(paths: Paths, released: Released, delivery: Delivery) -> None:
    """Cells (primary, secondary, ranges, costs), account of the run, all gaps of the delivery."""
    folder = inputs.private(paths.cache / "journal")
    _parquet(released.cells, folder / "cellules.parquet")
    _csv(released.cells[released.cells["revelee_ailleurs"]], folder / ELSEWHERE)
    (folder / FACTS).write_text(packed(released.facts), "utf-8")
    shutil.rmtree(folder / DETAILS, ignore_errors=True)
    for name, frame in released.details.items():
        _parquet(frame, inputs.private(folder / DETAILS) / f"{name}.parquet")
    _parquet(released.computed, folder / "statistiques.parquet")
    report = {k: v for k, v in released.report.items() if k != "familles"}
    content = json.dumps(report | {"avertissements": [str(p) for p in released.warnings]},
                         ensure_ascii=False, indent=1, default=str)
    (folder / "rapport.json").write_text(content, "utf-8")
    _csv(pd.DataFrame(released.report["familles"]), folder / "sommes.csv")
    _csv(delivery.controles.drop(columns=["trous", "lieux"]), folder / "verifications.csv")
    (folder / REFUSAL).unlink(missing_ok=True)


def unmasked(paths: Paths, cut: Mapping[str, pd.DataFrame]) -> None:
    """The cut tables before masking."""
    folder = inputs.private(paths.cache / "tables")
    shutil.rmtree(folder)
    for name, frame in cut.items():
        _parquet(frame, inputs.private(folder) / f"{name}.parquet")


def refusal(paths: Paths, details: pd.DataFrame) -> None:
    """Details of an exit 13: which cells, why, which tables give them away."""
    _csv(details, inputs.private(paths.cache / "journal") / REFUSAL)


def _csv(frame: pd.DataFrame, path) -> None:
    temporary = path.with_name(f".{path.name}")
    frame.to_csv(temporary, sep=";", index=False)
    os.replace(temporary, path)


def _parquet(frame: pd.DataFrame, path) -> None:
    temporary = path.with_name(f".{path.name}")
    frame.to_parquet(temporary, index=False)
    os.replace(temporary, path)
