"""The masked store: what notebooks read, and nothing else of the data.

`build` reads the delivery, checks it, cuts the released tables, protects them all together and
writes `outputs/<exercice>/.store/`. `load_slice` reads one region (and France) back, cheaply.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
import pickle
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cepkit import inputs, storage
from cepkit.codes import FRANCE, REGIONS, TOTAL
from cepkit.edition import load_edition, project
from cepkit.edition.project import Paths
from cepkit.edition.schema import Edition
from cepkit.errors import Problem, SourceError, raise_blocking

if TYPE_CHECKING:
    from cepkit.freshness import Freshness
    from cepkit.intake import Delivery

RECORD = "cellules.parquet"
BLOCKED = "regions_bloquees.json"  # private: agreements missing, by region


@dataclass(frozen=True)
class Slice:
    """One region and France of the masked store; picklable, handed to a batch child."""

    exercice: str
    region: str
    meta: dict
    tables: dict[str, pd.DataFrame]
    contexte: pd.DataFrame
    donnees: dict
    suivi: dict[str, dict[str, list[dict]]]  # region -> sheet -> records
    # Regional rows of the regions that no population covers: « France hors Mayotte » needs them.
    hors_champ: dict[str, pd.DataFrame] = field(default_factory=dict)
    statistiques: pd.DataFrame = field(default_factory=pd.DataFrame)  # declared ones


@dataclass(frozen=True)
class StoreReport:
    """What `build` did: counts to print, warnings to show."""

    exercice: str
    empreinte: str
    etat: str
    regions: tuple[str, ...]
    tables: int
    cellules: int
    masquees: int
    problemes: list[Problem] = field(default_factory=list)


# --- reading --------------------------------------------------------------------------------

_PROVIDED: dict[tuple[str, str], Slice] = {}
HANDED = "CEPKIT_TRANCHE"  # a slice written for a real kernel, which is a process of its own


def provide(part: Slice) -> None:
    """Give a ready slice to `Region.open` in this process (batch child, remote worker)."""
    _PROVIDED[(part.exercice, part.region)] = part


def provided(exercice: str, region: str) -> bool:
    """Was this slice given by `provide`, or handed over in a file to this kernel?"""
    if not _PROVIDED and HANDED in os.environ:
        provide(pickle.loads(Path(os.environ[HANDED]).read_bytes()))
    return (exercice, region) in _PROVIDED


def load_slice(exercice: str, region: str) -> Slice:
    """Rows of `region` and of France from the masked store; `region="FR"` gives everything.

    A slice given by `provide` comes first. Raises `SourceError` when the store is not built.
    """
    project.check_region(region)
    if provided(exercice, region):
        return _PROVIDED[(exercice, region)]
    folder = project.paths(exercice).store
    if not (folder / "meta.json").exists():
        raise SourceError(f"Exercice {exercice} : les tables n’ont pas encore été préparées. "
                          f"Lancez « cepkit run --exercice {exercice} ».")
    text = (folder / "meta.json").read_text("utf-8")
    return _slice(folder, exercice, region, text)


@functools.lru_cache(maxsize=len(REGIONS) + 1)
def _slice(folder: Path, exercice: str, region: str, text: str) -> Slice:
    """Slices are asked for once a notebook: each is cut once a process and a version."""
    meta = json.loads(text)
    whole = _whole(folder, meta["empreinte"])
    others = {s["titre"] for i in meta.get("investigations", {}).values() for s in i["sources"]
              if region not in (FRANCE, *i["regions"])}
    codes = meta["regions"] if region == FRANCE else [region]
    meta = _addressed(meta, region)
    known = {t["nom"] for t in meta["plan"]}
    return Slice(exercice, region, meta,
                 {k: _of(f, region) for k, f in whole["tables"].items() if k in known},
                 _of(whole["contexte"], region), _donnees(whole["donnees"], region, others),
                 {c: whole["suivi"].get(c, {}) for c in codes},
                 {k: _uncovered(f, meta) for k, f in whole["tables"].items() if k in known},
                 _of(whole["statistiques"], region))


def _addressed(meta: dict, region: str) -> dict:
    """`meta.json` without the investigations that other regions carry out."""
    if region == FRANCE:
        return meta
    kept = {name: [row for row in meta[name] if row.get("pour") is None or region in row["pour"]]
            for name in ("plan", "statistiques")}
    own = {n: i for n, i in meta.get("investigations", {}).items() if region in i["regions"]}
    return meta | kept | {"investigations": own}


def _donnees(whole: dict, region: str, others: set[str]) -> dict:
    """What annexe 1 shows: a gap between totals is that of the region and of France; not the
    files of investigations that other regions carry out (`others`)."""
    found = []
    for row in whole["controles"]:
        row = dict(row)
        if row["table"] in others:
            continue
        known = row.pop("lieux", {})
        places = [known[c] for c in (region, FRANCE) if c in known]
        if region != FRANCE and places:
            gap, tolerance = max(places, key=lambda p: p[0] - p[1])
            row |= {"ecart": gap, "tolerance": tolerance} | (
                {} if gap > tolerance else {"verdict": "satisfait", "effet": ""})
        found.append(row)
    received = [row for row in whole["recus"] if row["contenu"] not in others]
    return whole | {"recus": received, "controles": found}


def _uncovered(frame: pd.DataFrame, meta: dict) -> pd.DataFrame:
    """Regional totals of the regions that no declared population covers.

    A rate never asks for more detail than populations have: other dimensions at their total.
    """
    absents = [set(d["absents"]) for d in meta["denominateurs"]]
    codes = set.intersection(*absents) if absents else set()
    known = {"annee", "region", "departement", "operateur", "mesure", "effectif", "etat"}
    known = known.union(*(d["dimensions"] for d in meta["denominateurs"]))
    rows = frame["region"].isin(codes) & frame["departement"].eq(TOTAL)
    for dimension in set(frame.columns) - known:
        rows &= frame[dimension].eq(TOTAL)
    return frame[rows].reset_index(drop=True)


@functools.lru_cache(maxsize=2)
def _whole(folder: Path, empreinte: str) -> dict[str, Any]:
    """The whole store, read once a process and a version."""
    return {
        "tables": {p.stem: _read(p) for p in sorted((folder / "tables").glob("*.parquet"))},
        "contexte": _read(folder / "contexte.parquet"),
        "statistiques": _read(folder / "statistiques.parquet"),
        "donnees": json.loads((folder / "donnees.json").read_text("utf-8")),
        "suivi": {p.stem: json.loads(p.read_text("utf-8"))
                  for p in sorted((folder / "suivi").glob("*.json"))},
    }


def _of(frame: pd.DataFrame, region: str) -> pd.DataFrame:
    if region == FRANCE:
        return frame.copy()
    return frame[frame["region"].isin((region, FRANCE))].reset_index(drop=True)


def _read(path: Path) -> pd.DataFrame:
    return pq.read_table(path).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)


# --- building -------------------------------------------------------------------------------


def ensure(exercice: str) -> None:
    """Bring the store up to date under the lock: all of it, or the follow-up data alone.

    Tables (and their protection) rest on the delivery, the edition, the agreements, the masks and
    the earlier versions; the follow-up data on the workbooks. Nothing is written when nothing
    changed.
    """
    from cepkit.freshness import Freshness
    paths = project.paths(exercice)
    with inputs.lock(paths):
        edition = load_edition(exercice)
        fresh = Freshness(paths, edition)
        if not (paths.store / "meta.json").exists() or fresh.tables_changed():
            _build(paths, edition, fresh)
        elif fresh.workbooks_changed():
            if fresh.agreements_changed():
                _build(paths, edition, fresh)
            else:
                _follow_up(paths, fresh)


def build(exercice: str) -> StoreReport:
    """Read, check, cut, protect and write the whole store, whether stale or not.

    Raises one error with every blocking problem of the delivery (exit codes 11, 12) or of the
    protection (13); nothing is then replaced.
    """
    from cepkit.freshness import Freshness
    paths = project.paths(exercice)
    with inputs.lock(paths):
        edition = load_edition(exercice)
        return _build(paths, edition, Freshness(paths, edition))


def record(exercice: str, region: str) -> bytes:
    """What is kept (file `RECORD`) beside what is sent out, in `diffusions/<date>-<version>/`:
    keys and values of published cells, keys of withheld ones. Later releases are attacked with
    it."""
    from cepkit.protection import earlier
    part = load_slice(exercice, region)
    return earlier.record(part.tables, part.meta["fictif"],
                          part.meta["protection"].get("arrondis"),
                          earlier.statistics(project.paths(exercice)))


def _build(paths: Paths, edition: Edition, fresh: Freshness) -> StoreReport:
    from cepkit import intake, plan, protection
    from cepkit.intake import accords, compare
    from cepkit.protection import account, earlier, journal, mask
    from cepkit.public import described
    register = accords.Register(accords.records(edition, fresh.suivis), dt.date.today())
    delivery = intake.load(edition, paths.root, register, paths.cache)
    blocked = _blocked(delivery)
    raise_blocking([*(p for p in delivery.problemes if not blocked or not p.regions),
                    *account.private_series(edition)])
    cut = plan.cut(edition, delivery)
    try:
        released = protection.release(edition, delivery, cut,
                                      earlier.read(paths, edition))
    except protection.Refused as error:
        journal.refusal(paths, error.details)
        raise
    tables = {t.nom: plan.with_missing_totals(released.tables[t.nom]) if t.totaux
              else released.tables[t.nom] for t in edition.diffusion.tables}
    regions = [r for r in REGIONS if any(r in set(t["region"]) for t in tables.values())]
    meta = described(edition, delivery, regions, released.summary)
    data = released.delivered(edition, delivery) | {
        "comparaisons": plan.comparisons(edition, delivery)}
    journal.unmasked(paths, cut)
    journal.write(paths, released, delivery)
    storage.text(mask.text(released.masque, edition.fictif), paths.parameters / mask.FILE)
    empreinte = storage.write(paths, tables, released.statistics, delivery.contexte, data,
                              fresh.follow_up(regions), meta)
    compare.keep(paths.cache, edition, delivery, paths.root)
    storage.text(json.dumps(blocked, ensure_ascii=False, indent=1), paths.cache / BLOCKED)
    fresh.remember(register.until(edition.donnees.tables))
    return StoreReport(
        edition.exercice, empreinte, meta["protection"]["etat"], tuple(regions), len(tables),
        sum(len(t) for t in tables.values()), meta["protection"]["n_masquees"],
        [*delivery.problemes, *released.warnings,
         *(p for c in regions for p in fresh.suivis[c].problemes)])


def _blocked(delivery: Delivery) -> dict[str, list[dict]]:
    """Region -> problems that keep it alone from being produced; empty when none is left."""
    found = [(c, asdict(p)) for p in delivery.problemes if p.bloquant for c in p.regions
             if c in delivery.regions]
    blocked = {c: [p for code, p in found if code == c] for c in sorted({c for c, _ in found})}
    return blocked if delivery.regions - set(blocked) else {}


def _follow_up(paths: Paths, fresh: Freshness) -> None:
    """The same tables, the workbooks of today."""
    meta = json.loads((paths.store / "meta.json").read_text("utf-8"))
    storage.replace_follow_up(paths, fresh.follow_up(meta["regions"]), meta)
    fresh.remember_workbooks()
