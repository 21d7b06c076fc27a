"""What the attacker already knows: kept masks, and what earlier versions published.

An earlier version is the store in place, what was sent out (`diffusions/<date>-<version>/`), and
the same of the other exercices that hold the same years. Its values are public; only keys are
kept of what it withheld.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cepkit.codes import NON_DIFFUSE, PUBLIE, SECRET
from cepkit.disclosure import Constraint
from cepkit.edition import project
from cepkit.edition.project import Paths
from cepkit.edition.schema import Edition
from cepkit.errors import DisclosureError, Problem
from cepkit.formats import count
from cepkit.intake.shape import BASE
from cepkit.protection import mask, remembered
from cepkit.protection.cells import NAME, every, names, own_keys

FACTS = "contraintes.json"
RECORD = "cellules.parquet"  # `store.RECORD`
ARRONDI = "arrondi"  # state of a cell of an earlier version that was told between two bounds
BOUNDS = ["borne_min", "borne_max"]


@dataclass(frozen=True)
class Version:
    """An earlier release; `rows` as `cells.every` gives them, with bounds of rounded cells."""

    label: str
    rows: pd.DataFrame
    own: bool  # of this exercice
    told: tuple[Constraint, ...] = ()  # what its declared statistics told


@dataclass(frozen=True)
class History:
    """Masks and versions, oldest first. `own` holds the keys of the kept mask of the exercice;
    `kept` is false when it has none yet."""

    own: pd.DataFrame
    others: pd.DataFrame
    versions: tuple[Version, ...] = ()
    kept: bool = True

    @property
    def told(self) -> list[Constraint]:
        """What the statistics of all versions told."""
        return [one for version in self.versions for one in version.told]

    def known(self, cells: pd.DataFrame) -> dict[str, int]:
        """{cell: value} that earlier versions published and that still holds.

        `cells` are the unmasked cells of today (`case`, `effectif`). A cell that the source no
        longer gives is known by its last published value.
        """
        today = cells.drop_duplicates(NAME).set_index(NAME)["effectif"]
        found: dict[str, int] = {}
        for version in self.versions:
            told = published(version.rows)
            now = today.reindex(told.index)
            still = told[(now.eq(told) | now.isna()).fillna(False).astype(bool)]
            found |= still.astype(int).to_dict()
        return found

    def changed(self, cells: pd.DataFrame) -> dict[str, int]:
        """{cell: last value published} where the delivery now says otherwise."""
        today = cells.drop_duplicates(NAME).set_index(NAME)["effectif"].dropna()
        found: dict[str, int] = {}
        for version in self.versions:
            told = published(version.rows)
            now = today.reindex(told.index)
            found |= told[now.ne(told).fillna(False).astype(bool)].astype(int).to_dict()
        return found

    def bounds(self, cells: pd.DataFrame) -> pd.DataFrame:
        """`borne_min`, `borne_max` by cell: what earlier roundings tell and that still holds."""
        today = cells.drop_duplicates(NAME).set_index(NAME)["effectif"]
        told = pd.concat([pd.DataFrame(columns=[NAME, *BOUNDS], dtype="float64"),
                          *(rows[[NAME, *BOUNDS]] for rows in self._rounded())])
        now = told[NAME].map(today).astype("Float64")
        still = (now.ge(told["borne_min"]) & now.le(told["borne_max"])) | now.isna()
        return told[still.fillna(True).astype(bool)].groupby(NAME).agg(
            borne_min=("borne_min", "max"), borne_max=("borne_max", "min")).astype("Int64")

    def roundings(self) -> pd.DataFrame:
        """Keys and last rounded value of what earlier versions rounded."""
        if not (parts := self._rounded()):
            return pd.DataFrame()
        rows = pd.concat(parts, ignore_index=True)
        rows = rows.assign(effectif=(rows["borne_min"] + rows["borne_max"]) // 2)
        return rows.drop_duplicates(NAME, keep="last").drop(columns=[NAME, "table"])

    def _rounded(self) -> list[pd.DataFrame]:
        """Rounded rows of each version that has some."""
        parts = [v.rows[v.rows["etat"].eq(ARRONDI)] for v in self.versions]
        return [p for p in parts if len(p)]

    def withheld(self) -> pd.DataFrame:
        """Keys (and `case`) of all that a mask or an earlier version withheld."""
        hidden = [mask.of(v.rows[v.rows["etat"].eq(SECRET)]) for v in self.versions]
        frames = [f for f in (self.own, self.others, *hidden) if len(f)]
        return pd.concat(frames, ignore_index=True).drop_duplicates(NAME) if frames else self.own

    def elsewhere(self, cells: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Published tables of earlier versions that hold cells that no table holds today.

        Each cell once, by its last value; without those that the delivery has corrected.
        """
        today, out = set(cells[NAME]), {}
        wrong = self.changed(cells)
        seen: set[str] = set()
        for number, version in reversed(list(enumerate(self.versions))):
            told = version.rows["etat"].eq(PUBLIE) | (
                version.rows["etat"].eq(ARRONDI) & ~version.rows[NAME].isin(today))
            rows = version.rows[told
                                & version.rows["annee"].isin(set(cells["annee"]))
                                & ~version.rows[NAME].isin(wrong) & ~version.rows[NAME].isin(seen)]
            for table, part in rows.groupby("table", sort=True):
                if not part[NAME].isin(today).all():
                    out[f"{table}@{number}"] = _narrow(part)
            seen |= set(rows[NAME])
        return out

    def contradictions(self, cells: pd.DataFrame) -> list[Problem]:
        """The kept mask against what this exercice published: cells on one side only."""
        if not self.kept:
            return []
        own = [v for v in self.versions if v.own]
        mine = set(self.own[NAME])
        lost = {c for v in own for c in v.rows.loc[v.rows["etat"].eq(SECRET), NAME]} - mine
        told = set(History(self.own, self.others, tuple(own)).known(cells)) & mine
        return [Problem(
            f"{count(len(found), *what)}, par exemple {sorted(found)[0]}.", "secret",
            "une case masquée le reste, une case publiée le reste : deux masques des mêmes "
            "données se retranchent", mask.FILE, reparation=mask.REPAIR)
            for found, what in (
                (lost, ("case masquée dans une version antérieure est absente du masque",
                        "cases masquées dans une version antérieure sont absentes du masque")),
                (told, ("case du masque a été publiée dans une version antérieure",
                        "cases du masque ont été publiées dans une version antérieure")))
            if found]


NOTHING = History(*[pd.DataFrame(columns=[*BASE, NAME])] * 2, kept=False)


def narrowed(frames: Mapping[str, pd.DataFrame], bounds: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The same tables, within what earlier roundings told too (`History.bounds`)."""
    out = dict(frames)
    for name, frame in frames.items() if len(bounds) else ():
        now = bounds.reindex(names(frame)).set_index(frame.index)
        have = frame.reindex(columns=[*frame, *(b for b in now if b not in frame)])
        out[name] = have.assign(
            borne_min=pd.concat([have["borne_min"], now["borne_min"]], axis=1).max(axis=1),
            borne_max=pd.concat([have["borne_max"], now["borne_max"]], axis=1).min(axis=1))
    return out


def published(rows: pd.DataFrame) -> pd.Series:
    """cell → value of the published rows."""
    told = rows[rows["etat"].eq(PUBLIE)].drop_duplicates(NAME)
    return told.set_index(NAME)["effectif"].astype("Int64").dropna()


def _narrow(rows: pd.DataFrame) -> pd.DataFrame:
    """A table as it was: only the dimensions that it details; a rounded cell by its bounds."""
    dims = [d for d in own_keys(rows) if d not in BASE and rows[d].ne("total").any()]
    state = rows["etat"].replace(ARRONDI, NON_DIFFUSE)
    columns = [*BASE, *dims, "effectif", *(b for b in BOUNDS if b in rows), "etat"]
    return rows.assign(etat=state)[columns].reset_index(drop=True)


def read(paths: Paths, edition: Edition) -> History:
    """Masks and versions that bind this exercice. A broken mask raises `DisclosureError`."""
    own = _mask(paths)
    versions = _versions(paths, present=own is not None, own=True)
    others, problems = [], []
    for name in project.exercices():
        other = Paths(paths.root, name)
        try:
            keys = _mask(other) if name != paths.exercice else None
        except DisclosureError as error:
            problems += error.problems
            continue
        if name == paths.exercice or not _same_kind(other, edition, keys):
            continue
        others += [keys] if keys is not None else []
        versions = [*_versions(other, present=keys is not None, own=False), *versions]
    if problems:
        raise DisclosureError(problems)
    return History(NOTHING.own if own is None else own,
                   pd.concat(others, ignore_index=True) if others else NOTHING.own, tuple(versions),
                   kept=own is not None)


def files(paths: Paths) -> list[Path]:
    """Files that `read` depends on, the exercice's own mask and store apart."""
    others = [Paths(paths.root, n) for n in project.exercices() if n != paths.exercice]
    found = [p for o in others for p in (o.parameters / mask.FILE, o.store / "meta.json",
                                         *_records(o))]
    return [*found, *_records(paths)]


def _records(paths: Paths) -> list[Path]:
    return sorted(paths.parameters.glob(f"regions/*/diffusions/*/{RECORD}"))


def _mask(paths: Paths) -> pd.DataFrame | None:
    path = paths.parameters / mask.FILE
    return mask.of(mask.read(path)) if path.exists() else None


def _same_kind(other: Paths, edition: Edition, keys: pd.DataFrame | None) -> bool:
    """Fictitious exercices never bind real ones, nor the reverse."""
    path = other.parameters / mask.FILE
    if keys is not None:
        return mask.fictitious(path) == edition.fictif
    first = next(iter(_records(other)), None)
    return first is not None and _fictitious(first) == edition.fictif


def _fictitious(path: Path) -> bool:
    return (pq.read_schema(path).metadata or {}).get(b"fictif") == b"oui"


def _versions(paths: Paths, *, present: bool, own: bool) -> list[Version]:
    """What was sent out, by date, then the store in place when its mask is kept (`present`)."""
    records = sorted(_records(paths), key=lambda p: (p.parent.name, p.as_posix()))
    found = [Version(f"{paths.exercice}, {p.parent.name}", _recorded(p), own, tuple(told(
        (pq.read_schema(p).metadata or {}).get(b"statistiques")))) for p in records]
    if present and (paths.store / "meta.json").exists():
        found.append(Version(f"{paths.exercice}, version en place", stored(paths.store), own,
                             tuple(told(statistics(paths)))))
    return found


def statistics(paths: Paths) -> bytes | None:
    """What the statistics of the store in place tell, as the private journal keeps it."""
    path = paths.cache / "journal" / FACTS
    return path.read_bytes() if path.exists() else None


def told(text: bytes | None) -> list[Constraint]:
    """What statistics tell, read back."""
    return remembered.unpacked(text.decode()) if text else []


def stored(folder: Path) -> pd.DataFrame:
    """All cells of a masked store."""
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    return _bounded(every({p.stem: pq.read_table(p).to_pandas()
                           for p in sorted((folder / "tables").glob("*.parquet"))}),
                    meta["protection"].get("arrondis", {}))


def _bounded(rows: pd.DataFrame, widths: Mapping[str, int]) -> pd.DataFrame:
    """Cells of the tables released rounded: two bounds, below zero too, instead of a value."""
    width = rows["table"].map(dict(widths)).astype("Int64")
    width = width.where(rows["etat"].eq(PUBLIE))
    if width.isna().all():
        return rows
    return rows.assign(
        borne_min=rows["effectif"] - width, borne_max=rows["effectif"] + width,
        effectif=rows["effectif"].mask(width.notna()),
        etat=rows["etat"].mask(width.notna(), ARRONDI))


def _recorded(path: Path) -> pd.DataFrame:
    rows = pq.read_table(path).to_pandas()
    return rows.assign(effectif=rows["effectif"].astype("Int64"), **{NAME: names(rows)})


def record(tables: Mapping[str, pd.DataFrame], fictif: bool,
           widths: Mapping[str, int] | None = None, told: bytes | None = None) -> bytes:
    """What a version publishes (values) and withholds (keys), to keep beside what is sent out.

    widths: tables released rounded, how far a count may be from what they print; told: what its
    statistics tell (`statistics`)."""
    rows = _bounded(every(tables), widths or {}).drop(columns=NAME)
    whole = pa.Table.from_pandas(rows, preserve_index=False)
    buffer = io.BytesIO()
    said = {"fictif": "oui" if fictif else "non"} | ({"statistiques": told} if told else {})
    pq.write_table(whole.replace_schema_metadata(said), buffer, compression="zstd")
    return buffer.getvalue()
