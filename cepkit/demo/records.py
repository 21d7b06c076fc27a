"""Record-level file: one entry a row, drawn from the chances of the model, in bounded memory."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from cepkit.demo.model import Model, second_chances

CHUNK = 100_000
# Share of the entries at these operators made by a person whom Pôle emploi already follows.
_TWICE, _FOLLOWED_TWICE = 0.15, ("cap_emploi", "apec", "operateur_regional")


def write_records(model: Model, path: Path, n: int, seed: int) -> None:
    """Write `n` rows as `;` separated cp1252, without title rows; chunks of 100 000 rows."""
    rng = np.random.default_rng([seed, 2])
    weight = model.cells["n"].cumsum().to_numpy()
    with path.open("wb") as stream:
        for start in range(0, n, CHUNK):
            table = _chunk(model, weight, min(CHUNK, n - start), start, rng)
            buffer = io.BytesIO()
            options = pacsv.WriteOptions(
                include_header=start == 0, delimiter=";", quoting_style="none")
            pacsv.write_csv(table, buffer, options)
            stream.write(buffer.getvalue().decode("utf-8").encode("cp1252"))


def _chunk(model: Model, weight: np.ndarray, size: int, start: int, rng) -> pa.Table:
    cells = np.searchsorted(weight, rng.integers(0, weight[-1], size), side="right")
    person = np.arange(start, start + size, dtype=np.uint64)
    cells, person = _second_operator(model, cells, person, rng)
    base = model.cells
    columns = {"pseudonyme": person * np.uint64(2654435761) % np.uint64(2**32)}
    for name in ("region", "departement", "operateur", "sexe", "tranche_age"):
        labels = model.parameters["operateurs"] if name == "operateur" else (
            model.labels(name) if name in ("sexe", "tranche_age") else None)
        columns[name] = _labelled(base[name], labels, cells)
    for name in ("mois", "niveau", "csp", "diplome", "statut", "handicap", "modalite", "format"):
        picked = _pick(model.chances[name][cells], rng)
        labels = list(model.labels(name)) if name == "mois" else [*model.labels(name).values()]
        columns[name] = pa.DictionaryArray.from_arrays(picked, labels).cast(pa.string())
    for name in model.parameters["reponses_multiples"]:
        columns |= _answers(model, name, cells, rng)
    return pa.table(columns)


def _second_operator(model: Model, cells: np.ndarray, person: np.ndarray, rng) -> tuple:
    """Give a few entries the person (place, sex, age) of another row of the chunk."""
    operator = model.cells["operateur"].to_numpy()
    wanted = np.isin(operator[cells], _FOLLOWED_TWICE) & (rng.random(len(cells)) < _TWICE)
    other = np.flatnonzero(operator[cells] == "france_travail")
    rows = np.flatnonzero(wanted)
    if not len(other):
        return cells, person
    partner = rng.choice(other, len(rows))
    index = model.cells.reset_index().set_index(
        ["departement", "operateur", "tranche_age", "sexe"])["index"]
    keys = model.cells.iloc[cells[partner]].assign(operateur=operator[cells[rows]])
    moved = index.loc[list(zip(keys["departement"], keys["operateur"], keys["tranche_age"],
                               keys["sexe"], strict=True))].to_numpy()
    possible = model.cells["n"].to_numpy()[moved] > 0
    cells, person = cells.copy(), person.copy()
    cells[rows[possible]] = moved[possible]
    person[rows[possible]] = person[partner[possible]]
    return cells, person


def _labelled(values: pd.Series, labels: dict | None, cells: np.ndarray) -> pa.Array:
    codes, names = pd.factorize(values)
    names = [labels[x] for x in names] if labels else list(names)
    return pa.DictionaryArray.from_arrays(codes[cells].astype(np.int32), names).cast(pa.string())


def _pick(chance: np.ndarray, rng) -> np.ndarray:
    """One modality a row (inverse of the cumulated chances)."""
    drawn = rng.random((len(chance), 1))
    return np.minimum((np.cumsum(chance, axis=1) < drawn).sum(axis=1),
                      chance.shape[1] - 1).astype(np.int32)


def _answers(model: Model, name: str, cells: np.ndarray, rng) -> dict[str, np.ndarray]:
    """Columns `<dimension>_<code>` holding 0 or 1; all 0 when nothing is known."""
    chance = model.chances[name]
    main = _pick(chance[cells], rng)
    width = chance.shape[1]
    chosen = main[:, None] == np.arange(width)
    extra = rng.random((len(cells), width - 1)) < second_chances(
        model.parameters, name, chance)[cells]
    answered = main < width - 1
    chosen[:, :-1] |= extra & answered[:, None]
    codes = list(model.labels(name))
    return {f"{name}_{code}": chosen[:, j].astype(np.int8) for j, code in enumerate(codes)}
