"""Checked tables as Parquet, in the private cache: read back when nothing changed, and stacked.

One file a table, `data/.cepkit/<exercice>/verifiees/<nom>.parquet`: the canonical frame, the row of
the file of each of its rows, and what had to be said about it (metadata).
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cepkit.codes import FRANCE, REGIONS
from cepkit.edition.schema import Edition, Reprise, TableSource
from cepkit.errors import Problem, restored
from cepkit.intake.decode import total_code
from cepkit.intake.shape import BASE, keys_of
from cepkit.text import enumerate_fr

FOLDER = "verifiees"


@dataclass(frozen=True)
class Checked:
    """One table, read and checked."""

    frame: pd.DataFrame
    lignes: pd.Series  # row of the file of each row of the frame, when it is one row
    ecartees: int
    lues: int
    fichier: str
    feuille: str | None
    problemes: list[Problem] = field(default_factory=list)


def kept(cache: Path | None, path: Path, table: TableSource, edition: Edition,
         make: Callable[[], Checked]) -> Checked:
    """`make()`, unless the same file, declared in the same way, has been kept already."""
    if cache is None or not path.is_file():
        return make()
    place, mark = cache / FOLDER / f"{table.nom}.parquet", _signature(path, table, edition)
    found = _read(place, mark) if place.exists() else None
    if found is None:
        found = make()
        if not found.frame.empty:
            _write(found, place, mark)
    return found


def _signature(path: Path, table: TableSource, edition: Edition) -> str:
    """What a checked table depends on: file, declaration, nomenclatures, code."""
    stat = path.stat()
    declared = edition.model_dump_json(include={
        "annee", "nomenclatures", "mesures", "jetons", "diffusion"})
    parts = (_code(), path.name, str(stat.st_size), str(stat.st_mtime_ns),
             table.model_dump_json(), declared,
             edition.donnees.model_dump_json(include={"taille_max_mo", "classeur_max_mo"}))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@functools.lru_cache(maxsize=1)
def _code() -> str:
    whole = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        whole.update(path.read_bytes())
    return whole.hexdigest()


def _write(checked: Checked, place: Path, mark: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    for folder in place.parents[:3]:  # verifiees, exercice, .cepkit: their owner alone
        folder.chmod(0o700)
    said = {"signature": mark, "ecartees": checked.ecartees, "lues": checked.lues,
            "fichier": checked.fichier, "feuille": checked.feuille,
            "problemes": [asdict(p) for p in checked.problemes]}
    table = pa.Table.from_pandas(checked.frame.assign(ligne=checked.lignes), preserve_index=False)
    temporary = place.with_name(f".{place.name}.{os.getpid()}")
    pq.write_table(table.replace_schema_metadata({"cepkit": json.dumps(said, default=int)}),
                   temporary, compression="zstd")
    os.replace(temporary, place)


def _read(place: Path, mark: str | None = None) -> Checked | None:
    """A kept table; None when it is not the one that `mark` means, or cannot be read."""
    try:
        table = pq.read_table(place)
        said = json.loads((table.schema.metadata or {})[b"cepkit"])
    except (pa.ArrowInvalid, OSError, KeyError, ValueError):
        return None
    if mark not in (None, said["signature"]):
        return None
    frame = table.replace_schema_metadata(None).to_pandas(
        types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    problems = [restored(p) for p in said["problemes"]]
    return Checked(frame.drop(columns="ligne"), frame["ligne"], said["ecartees"], said["lues"],
                   said["fichier"], said["feuille"], problems)


# --- years ----------------------------------------------------------------------------------


def place(root: Path, reprise: Reprise, nom: str) -> Path:
    """Where an earlier exercice keeps a table."""
    return root / "data" / ".cepkit" / reprise.exercice / FOLDER / f"{nom}.parquet"


def stacked(frame: pd.DataFrame, nom: str, edition: Edition,
            root: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """`frame` with the earlier years that `reprises` asks for; its own years stay as they are.

    A dimension that one of the years lacks is at its total there. Codes must be those of the
    present nomenclatures: a table that holds others is not stacked.
    """
    problems = []
    for reprise in [r for r in edition.donnees.reprises if nom in r.tables]:
        path = place(root, reprise, nom)
        found = _read(path) if path.exists() else None
        if found is None or any(blocks(p, edition) for p in found.problemes):
            state = "n’est pas en réserve" if found is None else "a des points à corriger"
            problems.append(Problem(
                f"la table {nom} de l’exercice {reprise.exercice} {state}.", "source",
                "reprise d’une table vérifiée", "edition.yml", valeur=reprise.exercice,
                reparation=f"lancez « cepkit check --exercice {reprise.exercice} »."))
            continue
        earlier = found.frame[~found.frame["annee"].isin(set(frame.get("annee", ())))]
        strange = _strange(earlier, edition)
        if strange:
            problems.append(Problem(
                f"la table {nom} de l’exercice {reprise.exercice} a d’autres codes : "
                f"{enumerate_fr(strange[:6])}.", "donnees", "codes de la nomenclature",
                "edition.yml", reparation="ajoutez ces codes aux nomenclatures, ou retirez cette "
                "reprise."))
            continue
        frame = _over(earlier, frame)
    return frame, problems


def blocks(problem: Problem, edition: Edition) -> bool:
    """Does a problem block, as the edition declares for its key?"""
    level = getattr(edition.controles, problem.cle) if problem.cle else None
    return problem.bloquant if level is None else level == "bloquant"


def _strange(frame: pd.DataFrame, edition: Edition) -> list[str]:
    """« dimension code » of what the present edition does not know."""
    known = {c: {*n.modalites, total_code(c)} for c, n in edition.nomenclatures.items()}
    known |= {"mesure": set(edition.mesures), "region": {*REGIONS, FRANCE}}
    return [f"{c} {v}" for c in keys_of(frame) if c in known
            for v in frame[c].unique() if v not in known[c]]


def _over(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Two canonical frames one over the other, columns in canonical order."""
    if second.empty:
        return first.reset_index(drop=True)
    dims = list(dict.fromkeys(k for f in (second, first) for k in keys_of(f) if k not in BASE))
    rest = [c for c in second.columns if c not in (*BASE, *dims)]
    parts = [f.assign(**{d: total_code(d) for d in dims if d not in f}) for f in (first, second)]
    return pd.concat(parts, ignore_index=True)[[*BASE, *dims, *rest]]
