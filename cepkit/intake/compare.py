"""A corrected delivery: what changed since the one in use, in French sentences.

The checked tables of the delivery in use are kept in the private cache when the store is built.
Counts are shown as delivered: they go to the analyst's screen, never to an output.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cepkit import formats
from cepkit.codes import ENSEMBLE, FRANCE, TOTAL
from cepkit.edition.schema import Edition
from cepkit.intake.decode import label, named
from cepkit.intake.delivery import Delivery, folder
from cepkit.intake.shape import BASE, keys_of
from cepkit.text import enumerate_fr

FOLDER = "livraison"
MOST = 6  # regions or operators named


@dataclass(frozen=True)
class Kept:
    """A delivery as it was when the store was built."""

    tables: dict[str, pd.DataFrame]
    titres: dict[str, str]
    fichiers: dict[str, str]  # name -> sha256
    version: str
    recu_le: str


def _files(edition: Edition, root: Path) -> dict[str, str]:
    names = dict.fromkeys(t.fichier for t in edition.donnees.tables)
    paths = {n: folder(edition.donnees.dossier, root) / n for n in names}
    return {n: _digest(p) for n, p in paths.items() if p.is_file()}


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def keep(cache: Path, edition: Edition, delivery: Delivery, root: Path) -> None:
    """Keep the delivery in the private cache, in place of the former one."""
    place, new = cache / FOLDER, cache / f".{FOLDER}.{os.getpid()}"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True, mode=0o700)
    for name, frame in delivery.tables.items():
        frame.to_parquet(new / f"{name}.parquet", index=False)
    about = {"titres": {t.nom: t.titre for t in edition.donnees.tables},
             "fichiers": _files(edition, root), "version": edition.donnees.version,
             "recu_le": edition.donnees.recu_le.isoformat()}
    (new / "livraison.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")
    shutil.rmtree(place, ignore_errors=True)
    new.replace(place)


def kept(cache: Path) -> Kept | None:
    """The delivery in use; None before the first run, or after a purge."""
    place = cache / FOLDER
    if not (place / "livraison.json").exists():
        return None
    about = json.loads((place / "livraison.json").read_text("utf-8"))
    tables = {p.stem: pd.read_parquet(p, dtype_backend="numpy_nullable")
              for p in sorted(place.glob("*.parquet"))}
    return Kept(tables, **about)


def changes(old: Kept, edition: Edition, delivery: Delivery, root: Path) -> list[str]:
    """Sentences: files, tables, rows, cells, largest change, places, totals before → after."""
    files = list(_compared(old.fichiers, _files(edition, root)))
    tables = [line for name in dict.fromkeys((*old.tables, *delivery.tables))
              for line in _table(name, old, edition, delivery)]
    if not files and not tables:
        return []
    used = (f"Par rapport à la livraison employée (version {old.version}, reçue le "
            f"{formats.date(old.recu_le)})")
    now = edition.donnees
    same = files and (now.version, now.recu_le.isoformat()) == (old.version, old.recu_le)
    hint = ["Les fichiers ont changé : changez aussi « version » et « recu_le » dans "
            "edition.yml."] if same else []
    unchanged = [] if tables else ["Aucun effectif ne change."]
    return [f"{used} :", *files, *tables, *unchanged, *hint]


def _compared(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    groups = (("modifié", "modifiés", [n for n in new if n in old and new[n] != old[n]]),
              ("nouveau", "nouveaux", [n for n in new if n not in old]),
              ("absent", "absents", [n for n in old if n not in new]))
    for one, many, names in groups:
        if names:
            head = f"fichiers {many}" if len(names) > 1 else f"fichier {one}"
            yield f"{head} : {enumerate_fr(names)}."


def _table(name: str, old: Kept, edition: Edition, delivery: Delivery) -> Iterator[str]:
    titles = old.titres | {t.nom: t.titre for t in edition.donnees.tables}
    title = f"« {titles.get(name, name)} »"
    if name not in delivery.tables:
        yield f"{title} : table disparue."
        return
    after = delivery.tables[name]
    if name not in old.tables:
        yield f"{title} : table nouvelle, {formats.count(len(after), 'ligne')}."
        return
    before = old.tables[name]
    keys = keys_of(after)
    if set(keys) != set(keys_of(before)):
        yield (f"{title} : les colonnes changent, de {enumerate_fr(keys_of(before))} à "
               f"{enumerate_fr(keys)}.")
        return
    both = before.merge(after, on=keys, how="outer", suffixes=("_avant", ""), indicator=True)
    both = both.assign(_merge=both["_merge"].astype("str"))
    moved = both[_moved(both)]
    parts = [formats.count(n, f"ligne {one}", f"lignes {one}s") for one, n in (
        ("ajoutée", int(both["_merge"].eq("right_only").sum())),
        ("retirée", int(both["_merge"].eq("left_only").sum()))) if n]
    parts += [formats.count(len(moved), "cellule modifiée", "cellules modifiées")
              ] if len(moved) else []
    if parts:
        touched = both[both["_merge"].ne("both") | both.index.isin(moved.index)]
        yield f"{title} : {', '.join(parts)}."
        yield from ("  " + line for line in (*_largest(moved, keys, edition),
                                             *_places(touched, edition),
                                             *_totals(before, after, edition)))


def _moved(both: pd.DataFrame) -> pd.Series:
    """Rows on both sides whose count or state differs."""
    value = both["effectif"].fillna(-1).ne(both["effectif_avant"].fillna(-1))
    state = both["etat"].fillna("").ne(both["etat_avant"].fillna(""))
    return both["_merge"].eq("both") & (value.astype(bool) | state.astype(bool))


def _largest(moved: pd.DataFrame, keys: list[str], edition: Edition) -> Iterator[str]:
    gap = (moved["effectif"] - moved["effectif_avant"]).abs().dropna()
    if len(gap) and gap.max() > 0:
        row = moved.loc[gap.idxmax()]
        yield (f"le plus grand écart : {named(row[keys], edition)}, "
               f"{formats.integer(row['effectif_avant'])} → {formats.integer(row['effectif'])}.")
    state = moved["etat"].ne(moved["etat_avant"])
    if state.any():
        yield formats.count(int(state.sum()), "valeur devient ou cesse d’être publiée.",
                            "valeurs deviennent ou cessent d’être publiées.")


def _places(touched: pd.DataFrame, edition: Edition) -> Iterator[str]:
    """How many cells in each region, then for each operator; national rows apart."""
    for column, whole, head in (("region", FRANCE, "par région"),
                                ("operateur", ENSEMBLE, "par opérateur")):
        counts = touched.loc[touched[column].ne(whole), column].value_counts().sort_index()
        counts = counts.sort_values(ascending=False, kind="stable")
        said = [f"{label(column, code, edition)} ({n})" for code, n in counts.head(MOST).items()]
        more = [formats.count(len(counts) - MOST, "autre", "autres")] if len(counts) > MOST else []
        if said:
            yield f"{head} : {enumerate_fr(said + more)}."


def _totals(before: pd.DataFrame, after: pd.DataFrame, edition: Edition) -> Iterator[str]:
    """Total of each measure and year, before → after, where it changes."""
    old, new = _heads(before), _heads(after)
    for key in sorted(set(old.index) | set(new.index)):
        first, last = old.get(key), new.get(key)
        if first is not None and last is not None and first != last:
            yield (f"total {key[0]}, {label('mesure', key[1], edition).lower()} : "
                   f"{formats.integer(first)} → {formats.integer(last)} "
                   f"({formats.integer(last - first, signed=True)}).")


def _heads(frame: pd.DataFrame) -> pd.Series:
    """(year, measure) -> France as delivered, else the sum of the regions that are there."""
    own = [k for k in keys_of(frame) if k not in BASE]
    heads = frame[frame["departement"].eq(TOTAL) & frame[own].eq(TOTAL).all(axis=1)]
    operators = heads[heads["operateur"].eq(ENSEMBLE)]
    heads = heads if operators.empty else operators
    national = heads["region"].eq(FRANCE)
    chosen = heads[national] if national.any() else heads
    return chosen.groupby(["annee", "mesure"])["effectif"].sum()
