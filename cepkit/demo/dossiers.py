"""Fictitious file of the investigation « reconversion »: one line a dossier that was accepted.

Dates of the steps as an association keeps them (first CEP interview, dossier, decision, first and
last day of the training), what else was done before the dossier, and the situation six months
after the training for those who answered. Steps after `SEEN` had not taken place yet.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np

from cepkit.codes import region_name

SEEN = dt.date(2022, 12, 31)
FIRST, DAYS = dt.date(2020, 1, 6), 725  # decisions of 2020 and 2021
MONTH = 30.44
SIZES = {"27": {"PTP": 560, "Démission-reconversion": 250},
         "53": {"PTP": 860, "Démission-reconversion": 410}}
WITH_CEP = {"27": 0.64, "53": 0.70}  # PTP only: the CEP comes first in the other scheme
STARTING, STARTS_AFTER = {"PTP": 0.93, "Démission-reconversion": 0.74}, {
    "PTP": (1.6, 4.5), "Démission-reconversion": (1.2, 7.0)}  # Weibull: shape, scale in months
# What came before the dossier, with a CEP, then without: exclusive.
WITH = {"CEP": 0.74, "CEP et bilan de compétences": 0.17, "CEP et VAE ou CléA": 0.09}
WITHOUT = {"Aucune démarche": 0.83, "Bilan, VAE ou CléA sans CEP": 0.17}
ANSWERING = 0.57
STATES = {"Emploi en lien avec la formation": 0.53, "Projet en cours": 0.30,
          "Projet abandonné": 0.14, "": 0.03}
HEAD = ("N° de suivi", "Région", "Dispositif", "Démarches avant le dossier",
        "Premier entretien CEP", "Dépôt du dossier", "Décision", "Entrée en formation",
        "Fin de formation", "Enquête à six mois", "Situation à six mois")


def write_dossiers(path: Path, seed: int) -> None:
    """`;` separated cp1252, days as dd/mm/yyyy."""
    rng = np.random.default_rng([seed, 13])
    rows = [[f"R{n:05d}", *row] for n, row in enumerate(
        (_dossier(rng, region, scheme) for region, sizes in SIZES.items()
         for scheme, size in sizes.items() for _ in range(size)), start=1)]
    with path.open("w", encoding="cp1252", newline="") as stream:
        csv.writer(stream, delimiter=";", lineterminator="\n").writerows([HEAD, *rows])


def _dossier(rng: np.random.Generator, region: str, scheme: str) -> list[str]:
    cep = scheme != "PTP" or rng.random() < WITH_CEP[region]
    before = _drawn(rng, WITH if cep else WITHOUT)
    decision = FIRST + dt.timedelta(int(rng.integers(DAYS)))
    filed = _later(decision, -rng.uniform(1, 3))
    met = _later(filed, -(1 + rng.gamma(2.2, 2.3)))
    shape, scale = STARTS_AFTER[scheme]
    begun = _later(decision, 0.5 + scale * rng.weibull(shape))
    starts = rng.random() < STARTING[scheme] and begun <= SEEN
    ended = _later(begun, np.clip(rng.lognormal(2.0, 0.5), 1.5, 24))
    asked = starts and ended <= SEEN - dt.timedelta(183)
    answered = asked and rng.random() < ANSWERING
    state = _drawn(rng, STATES) if answered else ""
    return [region_name(region), scheme, before, _day(met if cep else None),
            _day(filed), _day(decision), _day(begun if starts else None),
            _day(ended if starts and ended <= SEEN else None),
            ("Oui" if answered else "Non") if asked else "", state]


def _drawn(rng: np.random.Generator, chances: dict[str, float]) -> str:
    return str(rng.choice(list(chances), p=list(chances.values())))


def _later(day: dt.date, months: float) -> dt.date:
    return day + dt.timedelta(round(months * MONTH))


def _day(day: dt.date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""
