"""The joint model of the demonstration: base cells, chances of each modality, draws.

Base cells are department × operator × sex × age in the year of the exercise. Every other
dimension is drawn given the base cell, so that all delivered tables agree on their margins.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import numpy as np
import pandas as pd
import yaml

from cepkit.demo import volumes


def parameters() -> dict:
    """Parameters shipped with the package (`model.yml`)."""
    return yaml.safe_load(resources.files("cepkit.demo").joinpath("model.yml").read_text("utf-8"))


@dataclass(frozen=True)
class Model:
    """A drawn delivery.

    `cells`: departement, region, operateur, tranche_age, sexe, n (5 050 rows). `chances[d]`:
    cells × modalities (multiple answers: chance of the main answer, then of none). `counts[d]`:
    cells × modalities, integers. `known[d]`, multiple answers only: persons who answered.
    """

    parameters: dict
    entrees: pd.DataFrame
    beneficiaires: pd.DataFrame
    dossiers: dict[str, pd.DataFrame]
    cells: pd.DataFrame
    chances: dict[str, np.ndarray]
    counts: dict[str, np.ndarray]
    known: dict[str, np.ndarray]

    def labels(self, dimension: str) -> dict[str, str]:
        """Code -> label as the delivered files write it, in the order of the nomenclature."""
        declared = self.parameters["dimensions"] | self.parameters["reponses_multiples"]
        return declared[dimension]["modalites"]


def draw(seed: int = 1) -> Model:
    """Draw the whole delivery; the same seed gives the same model."""
    rng, p = np.random.default_rng(seed), parameters()
    places = volumes.places(p)
    entered = volumes.entries(p, places, volumes.weights(p, places, rng))
    persons = volumes.beneficiaries(p, entered, rng)
    files = volumes.files_of_associations(p, places, rng)
    cells = _base_cells(p, entered, rng)
    chances, counts, known = {}, {}, {}
    for name in ("csp", "diplome", "statut", "handicap", "niveau", "mois", "modalite", "format"):
        chances[name] = probabilities(p, name, cells, rng)
        counts[name] = rng.multinomial(cells["n"].to_numpy(), chances[name])
    for name in p["reponses_multiples"]:
        chances[name] = probabilities(p, name, cells, rng)
        counts[name], known[name] = _multiple(p, name, cells, chances[name], rng)
    return Model(p, entered, persons, files, cells, chances, counts, known)


def _base_cells(p: dict, entered: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    cells = entered[entered["annee"] == p["exercice"]]
    cells = cells.rename(columns={"effectif": "n"}).drop(columns="annee").reset_index(drop=True)
    for name in ("tranche_age", "sexe"):
        counts = rng.multinomial(cells["n"].to_numpy(), probabilities(p, name, cells, rng))
        codes = list(p["dimensions"][name]["modalites"])
        cells = cells.loc[cells.index.repeat(len(codes))].reset_index(drop=True)
        cells[name] = np.tile(codes, len(counts))
        cells["n"] = counts.ravel()
    return cells


def probabilities(
    p: dict, dimension: str, cells: pd.DataFrame, rng: np.random.Generator
) -> np.ndarray:
    """Chance of each modality in each cell (rows sum to 1).

    National profile of the operator, times the declared factors, times a mild noise by region
    and operator. Multiple answers: chance of the main answer, then of no answer (last column).
    """
    declared = (p["dimensions"] | p["reponses_multiples"])[dimension]
    codes = list(declared["modalites"])
    width = len(next(iter(declared["base"].values())))
    unknown = np.eye(width)[-1]
    base = {name: np.array(declared["base"].get(name, unknown)) for name in p["operateurs"]}
    chance = np.stack(cells["operateur"].map(base).to_numpy())
    for factor in (f for f in p["facteurs"] if f["dimension"] == dimension):
        chance[_where(factor, cells), codes.index(factor["modalite"])] *= factor["facteur"]
    group = cells.groupby(["region", "operateur"], sort=True).ngroup().to_numpy()
    noise = rng.normal(0, p["dispersion_profils"], (group.max() + 1, width))
    chance = chance * np.exp(noise)[group]
    return chance / chance.sum(axis=1, keepdims=True)


def _where(factor: dict, cells: pd.DataFrame) -> np.ndarray:
    keep = np.ones(len(cells), dtype=bool)
    for column in cells.columns.intersection(list(factor)):
        keep &= cells[column].isin(factor[column]).to_numpy()
    return keep


def second_chances(p: dict, dimension: str, chance: np.ndarray) -> np.ndarray:
    """Chance that a person adds each answer to the main one (cells × answers)."""
    return np.minimum(chance[:, :-1] * p["reponses_multiples"][dimension]["seconde"], 1.0)


def _multiple(
    p: dict, dimension: str, cells: pd.DataFrame, chance: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Counts of each modality (absence included when it is one) and persons that are known."""
    main = rng.multinomial(cells["n"].to_numpy(), chance)
    answering = main[:, :-1].sum(axis=1)
    others = answering[:, None] - main[:, :-1]
    counts = main[:, :-1] + rng.binomial(others, second_chances(p, dimension, chance))
    if p["reponses_multiples"][dimension]["absence"]:
        return np.column_stack([counts, main[:, -1]]), cells["n"].to_numpy()
    return counts, answering
