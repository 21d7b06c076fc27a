"""The masked store: what notebooks read, and nothing else of the data.

`build` reads the delivery, checks it, cuts the released tables, protects them all together and
writes `outputs/<exercice>/.store/`. `load_slice` reads one region (and France) back, cheaply.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
import os
import pickle
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cepkit import inputs
from cepkit.codes import FRANCE, REGIONS, TOTAL
from cepkit.edition import load_edition, project
from cepkit.edition.project import Paths
from cepkit.edition.schema import Edition, TableDiffusee
from cepkit.errors import Problem, SourceError, raise_blocking

if TYPE_CHECKING:
    from cepkit.disclosure import Protection
    from cepkit.intake import Delivery

FINE = 40  # a coverage rate is shown above 40 × threshold persons, rounded to 5 points


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
    codes = meta["regions"] if region == FRANCE else [region]
    return Slice(exercice, region, meta, {k: _of(f, region) for k, f in whole["tables"].items()},
                 _of(whole["contexte"], region), whole["donnees"],
                 {c: whole["suivi"].get(c, {}) for c in codes},
                 {k: _uncovered(f, meta) for k, f in whole["tables"].items()})


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
    """Build the store under the lock when it is missing or when anything it rests on changed."""
    paths = project.paths(exercice)
    with inputs.lock(paths):
        edition = load_edition(exercice)
        state = _state(paths, edition)
        if not (paths.store / "meta.json").exists() or _remembered(paths) != state:
            _build(paths, edition, state)


def build(exercice: str) -> StoreReport:
    """Read, check, cut, protect and write the whole store, whether stale or not.

    Raises one error with every blocking problem of the delivery (exit codes 11, 12) or of the
    protection (13); nothing is then replaced.
    """
    paths = project.paths(exercice)
    with inputs.lock(paths):
        edition = load_edition(exercice)
        return _build(paths, edition, _state(paths, edition))


def _state(paths: Paths, edition: Edition) -> str:
    """Signature of everything that the store is made of."""
    from cepkit import intake
    files = [paths.edition, *intake.files(edition, paths.root),
             *(paths.region(c) / "suivi.xlsx" for c in REGIONS),
             *sorted(paths.parameters.glob("regions/*/remarques/*.csv")), *inputs.code_files()]
    inputs.private(paths.cache)
    return inputs.signature(paths, files)


def _remembered(paths: Paths) -> str:
    """Signature of the store that stands; none once an agreement that it rests on has lapsed."""
    path, until = paths.cache / "signature", paths.cache / "accords_jusquau"
    if until.exists() and until.read_text("utf-8") < dt.date.today().isoformat():
        return ""
    return path.read_text("utf-8") if path.exists() else ""


def _build(paths: Paths, edition: Edition, state: str) -> StoreReport:
    from cepkit import intake, plan
    from cepkit import protection as control
    from cepkit.intake import accords, compare, workbook
    suivis = workbook.read_all(paths, edition)
    register = accords.Register(accords.records(edition, suivis), dt.date.today())
    delivery = intake.load(edition, paths.root, register)
    raise_blocking(delivery.problemes)
    cut = plan.cut(edition, delivery)
    protection = control.protect_all(edition, cut)
    masked = {n: control.public(cut[n], protection.tables[n]) for n in cut}
    primaries = protection.cells[protection.cells["primaire"]]
    proven = protection.complete and control.proved(edition, masked, primaries)
    tables = {t.nom: plan.with_missing_totals(masked[t.nom]) if t.totaux else masked[t.nom]
              for t in edition.diffusion.tables}
    regions = [r for r in REGIONS if any(r in set(t["region"]) for t in tables.values())]
    suivi = {c: workbook.publishable(suivis[c]) for c in regions}
    summary = control.summary(edition, cut, masked, proven)
    meta = _meta(edition, delivery, regions) | {"protection": summary}
    data = _data(edition, delivery, plan.comparisons(edition, delivery))
    empreinte = _write(paths, tables, delivery.contexte, data, suivi, meta)
    _journal(paths, cut, protection)
    compare.keep(paths.cache, edition, delivery, paths.root)
    until = register.until(edition.donnees.tables) or dt.date.max
    (paths.cache / "accords_jusquau").write_text(until.isoformat(), "utf-8")
    (paths.cache / "signature").write_text(state, "utf-8")
    return StoreReport(
        edition.exercice, empreinte, meta["protection"]["etat"], tuple(regions), len(tables),
        sum(len(t) for t in tables.values()), meta["protection"]["n_masquees"],
        [*delivery.problemes, *(p for c in regions for p in suivis[c].problemes)])


# --- public description ---------------------------------------------------------------------


def _meta(edition: Edition, delivery: Delivery, regions: list[str]) -> dict:
    """The public view of the edition, without any file name of the delivery."""
    from cepkit.intake.workbook_schema import lists, printable_columns, sheets
    public = edition.model_dump(mode="json", include={
        "exercice", "annee", "titre", "fictif", "mesure_principale", "nomenclatures", "mesures",
        "denominateurs", "publics", "ruptures", "annees_partielles", "portee", "secret",
        "calendrier", "comparaisons", "regroupements", "niveau_confiance"})
    public["donnees"] = edition.donnees.model_dump(
        mode="json", include={"recu_le", "version", "fournisseur"})
    public["plan"] = [_described(t, delivery) for t in edition.diffusion.tables]
    public["regions"] = regions
    public["suivi"] = {s: printable_columns(s) for s in sheets() if printable_columns(s)}
    public["listes"] = {nom: list(values) for nom, values in lists(edition.annee).items()}
    return public


def _described(table: TableDiffusee, delivery: Delivery) -> dict:
    """A released table; `diffusion`: region -> how far its complementary sources may go."""
    known = [delivery.sources[n] for n in table.sources if n in delivery.sources]
    first = known[0] if known else None
    return table.model_dump(mode="json") | {
        "champ": first.champ if first else "", "origine": first.origine if first else "",
        "source_publiee": first.source if first else "", "base": first.base if first else "",
        "lieu": first.lieu if first else None, "arrondi": first.arrondi if first else 1,
        "reponses_multiples": bool(first and first.reponses_multiples),
        "diffusion": delivery.diffusion(table.sources)}


def _data(edition: Edition, delivery: Delivery, comparisons: list[dict]) -> dict:
    """`donnees.json`: what annexe 1 shows. Coverage is rounded so that no count shows through."""
    cover = delivery.couverture.copy()
    rate = cover["taux"].astype("float64")
    small = cover["volume"] < FINE * edition.secret.seuil
    cover["taux"] = (20 * rate).round().div(20).mask(small).astype(object).where(
        rate.notna() & ~small, None)
    return {"recus": delivery.recus.to_dict("records"),
            "controles": delivery.controles.to_dict("records"),
            "couverture": cover.drop(columns="volume").to_dict("records"),
            "comparaisons": comparisons}


# --- writing --------------------------------------------------------------------------------


def _write(paths: Paths, tables: Mapping[str, pd.DataFrame], context: pd.DataFrame, data: dict,
           suivi: Mapping[str, dict], meta: dict) -> str:
    """Write the store beside the old one, then swap; returns the hash of the masked store."""
    temporary = paths.outputs / f".store.{os.getpid()}"
    for left in paths.outputs.glob(".store.*"):  # by an interrupted build: we hold the lock
        shutil.rmtree(left, ignore_errors=True)
    (temporary / "tables").mkdir(parents=True)
    (temporary / "suivi").mkdir()
    for name, frame in tables.items():
        _parquet(frame, temporary / "tables" / f"{name}.parquet")
    _parquet(context, temporary / "contexte.parquet")
    _json(data, temporary / "donnees.json")
    for code, sheets in suivi.items():
        _json(sheets, temporary / "suivi" / f"{code}.json")
    _json(meta, temporary / "meta.json")
    empreinte = _hash(temporary)
    _json(meta | {"empreinte": empreinte}, temporary / "meta.json")
    _swap(temporary, paths.store)
    return empreinte


def _hash(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        whole.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def _swap(new: Path, place: Path) -> None:
    old = place.with_name(f"{new.name}.ancien")
    if place.exists():
        place.rename(old)
    new.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _json(content: object, path: Path) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str), "utf-8")


def _parquet(frame: pd.DataFrame, path: Path) -> None:
    """Same rows, same bytes: no index, no library metadata."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    text = pa.schema([pa.field(f.name, pa.string() if pa.types.is_large_string(f.type)
                               or pa.types.is_null(f.type) else f.type) for f in table.schema])
    pq.write_table(table.cast(text), path, compression="zstd", store_schema=False)


def _journal(paths: Paths, cut: Mapping[str, pd.DataFrame], protection: Protection) -> None:
    """Unmasked tables and protection journal, in the private cache only."""
    folder = inputs.private(paths.cache / "tables")
    for name, frame in cut.items():
        _parquet(frame, folder / f"{name}.parquet")
    _parquet(protection.cells, paths.cache / "journal.parquet")
