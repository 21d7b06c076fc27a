"""Fictitious files of the investigations: a survey at six months, coded interviews, notoriety.

One line a person, no pseudonym: those who were asked and did not answer are there with what the
sampling frame knows of them (sex, age, status at the beginning).
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from cepkit.codes import region_name

ASKED = {"53": 640, "84": 1150}
INTERVIEWS = {"53": 6, "84": 26}  # the first region is below the minimum on purpose
SEXES, AGES = ("Femme", "Homme"), ("Moins de 35 ans", "35 à 49 ans", "50 ans ou plus")
ANSWERING = np.array([[0.36, 0.47, 0.55], [0.30, 0.40, 0.52]])  # by sex and age: older, women more
USEFUL = ("Tout à fait", "Plutôt oui", "Plutôt non", "Pas du tout", "")
STATES = ("En emploi", "En formation", "Autre situation", "")
CONFIDENCE = ("Tout à fait", "Plutôt", "Plutôt pas", "Pas du tout", "")
BROUGHT = {"Un projet plus clair": 0.62, "La connaissance de ses droits": 0.48,
           "De la confiance": 0.41, "Un réseau": 0.17, "Un financement trouvé": 0.14}
STEPS = {"Formation": 0.31, "Bilan ou VAE": 0.12, "Candidatures": 0.38,
         "Création d’activité": 0.09}
THEMES = {"Clarifier son projet": 0.75, "Être écouté": 0.6, "Connaître ses droits": 0.55,
          "Oser en parler à l’employeur": 0.3, "Temps long": 0.45}
CALLED = {"53": 300, "84": 450}  # by zone
ZONES = {"Grande agglomération": (0.11, 0.27, 0.61, 0.01),
         "Ville moyenne": (0.09, 0.24, 0.66, 0.01), "Rural": (0.06, 0.18, 0.75, 0.01)}
KNOWN = ("Oui, et sait à quoi il sert", "Oui, de nom seulement", "Non", "")
HEAD = ("Région", "Réponse", "Sexe", "Âge", "Statut à l’entrée", "Utilité", "Situation à six mois",
        "Apports", *STEPS, "Confiance avant", "Confiance après")


def write_survey(path: Path, seed: int) -> None:
    """The survey: `;` separated UTF-8, one line a person asked."""
    rng = np.random.default_rng([seed, 11])
    rows = []
    for region, n in ASKED.items():
        for _ in range(n):
            sex, age = int(rng.random() > 0.56), int(rng.choice(3, p=(0.34, 0.41, 0.25)))
            working = bool(rng.random() < 0.58)
            known = [region_name(region), SEXES[sex], AGES[age],
                     "En emploi" if working else "En recherche d’emploi"]
            if rng.random() < ANSWERING[sex, age]:
                rows.append([known[0], "Oui", *known[1:], *_answers(rng, working)])
            else:
                rows.append([known[0], "Non", *known[1:], *[""] * (len(HEAD) - 5)])
    _write(path, HEAD, rows)


def _answers(rng: np.random.Generator, working: bool) -> list[str]:
    states = (0.64, 0.16, 0.17, 0.03) if working else (0.47, 0.21, 0.28, 0.04)
    before = int(rng.choice(4, p=(0.12, 0.31, 0.38, 0.19)))
    after = max(before - int(rng.choice(3, p=(0.52, 0.37, 0.11))), 0)
    steps = ["1" if rng.random() < p else "0" for p in STEPS.values()]
    return [
        rng.choice(USEFUL, p=(0.38, 0.41, 0.12, 0.06, 0.03)), rng.choice(STATES, p=states),
        "|".join(t for t, p in BROUGHT.items() if rng.random() < p), *steps,
        CONFIDENCE[before], CONFIDENCE[after] if rng.random() > 0.04 else ""]


def write_interviews(path: Path, seed: int) -> None:
    """Coded interviews: the themes of each, separated by `|`."""
    rng = np.random.default_rng([seed, 12])
    rows = [[region_name(region), "|".join(t for t, p in THEMES.items() if rng.random() < p)]
            for region, n in INTERVIEWS.items() for _ in range(n)]
    _write(path, ("Région", "Thèmes"), rows)


def write_notoriety(path: Path, seed: int) -> None:
    """A telephone survey of active persons: as many calls in the country as in the towns, where
    many more live, so that answers must be weighted."""
    rng = np.random.default_rng([seed, 13])
    rows = [[region_name(region), zone, rng.choice(KNOWN, p=chance)]
            for region, n in CALLED.items() for zone, chance in ZONES.items() for _ in range(n)]
    _write(path, ("Région", "Zone", "Connaît le CEP"), rows)


def _write(path: Path, head: tuple[str, ...], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\n")
        writer.writerows([head, *rows])
