"""Record-level file: one entry a row, drawn from the chances of the model, in bounded memory."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from cepkit.demo.model import Model

CHUNK = 100_000
# Short labels, as such a file has them: codes or aliases of the nomenclatures of the edition.
_SHORT = {
    "sexe": {"femme": "F", "homme": "H"},
    "niveau": {"niveau_1": "Niveau 1", "niveau_2": "Niveau 2"},
    "csp": {"independants": "Indépendants", "cadres": "Cadres",
            "professions_intermediaires": "Professions intermédiaires", "employes": "Employés",
            "ouvriers": "Ouvriers", "non_renseigne": "Non renseigné"},
    "motif": {c: c for c in ("faire_le_point", "changer_metier", "trouver_emploi", "se_former",
                             "creer_reprendre", "vae", "conditions_travail")},
}
# Share of the entries at these operators made by a person whom Pôle emploi already follows.
_TWICE, _FOLLOWED_TWICE = 0.15, ("cap_emploi", "apec", "operateur_regional")


def write_records(model: Model, path: Path, n: int, seed: int) -> None:
    """Write `n` rows as `;` separated cp1252, without title rows; chunks of 100 000 rows."""
    rng = np.random.default_rng([seed, 2])
    weight = model.cells["n"].cumsum().to_numpy()
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("wb") as stream:
        for start in range(0, n, CHUNK):
            table = _chunk(model, weight, min(CHUNK, n - start), start, rng)
            buffer = io.BytesIO()
            options = pacsv.WriteOptions(
                include_header=False, delimiter=";", quoting_style="none")
            pacsv.write_csv(table, buffer, options)
            head = ";".join(table.column_names) + "\n" if start == 0 else ""
            stream.write((head + buffer.getvalue().decode("utf-8")).encode("cp1252"))
    os.replace(temporary, path)


def _chunk(model: Model, weight: np.ndarray, size: int, start: int, rng) -> pa.Table:
    cells = np.searchsorted(weight, rng.integers(0, weight[-1], size), side="right")
    person = np.arange(start, start + size, dtype=np.uint64)
    cells, person = _second_operator(model, cells, person, rng)
    base = model.cells
    columns = {"pseudonyme": person * np.uint64(2654435761) % np.uint64(2**32)}
    labels = {"operateur": model.parameters["operateurs"], "sexe": _SHORT["sexe"],
              "tranche_age": model.labels("tranche_age")}
    for name in ("region", "departement", "operateur", "sexe", "tranche_age"):
        columns[name] = _labelled(base[name], labels.get(name), cells)
    for name in ("mois", "niveau", "csp", "diplome", "handicap", "modalite"):
        codes = model.labels(name)
        texts = [*codes] if name == "mois" else [*_SHORT.get(name, codes).values()]
        columns[name] = _texts(_pick(model.chances[name][cells], rng), texts)
    answer = _pick(model.chances["motif"][cells], rng)  # the main one; none is an empty cell
    columns["motif"] = _texts(answer, [*_SHORT["motif"].values(), ""])
    return pa.table(columns)


def _texts(picked: np.ndarray, labels: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(picked, labels).cast(pa.string())


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
