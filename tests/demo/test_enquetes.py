"""The survey of « effets »: what its page says is what its file says, counted otherwise."""

import numpy as np
import pandas as pd
import pytest

from cepkit import Region, lectures
from cepkit import indicators as ind

FILE = "11_enquete_effets_2022.csv"


@pytest.fixture
def answers(demo):
    rows = pd.read_csv(demo / "data/demo" / FILE, sep=";", dtype=str, keep_default_na=False)
    return rows[rows["Région"].eq("Auvergne-Rhône-Alpes")]


def test_weighted_share_against_plain_counts(answers):
    """Raking done here with two alternating ratios on the 6 groups, without the package."""
    said = answers[answers["Réponse"].eq("Oui")]
    groups = said.groupby(["Sexe", "Âge"]).size().unstack().astype(float)
    goal = answers.groupby(["Sexe", "Âge"]).size().unstack()
    weights = groups * 0 + 1
    for _ in range(200):
        weights = weights.mul(goal.sum(axis=1) / (weights * groups).sum(axis=1), axis=0)
        weights = weights * goal.sum() / (weights * groups).sum()
    w = np.array([weights.loc[s, a] for s, a in zip(said["Sexe"], said["Âge"], strict=True)])
    known = said["Situation à six mois"].ne("")
    share = w[known & said["Situation à six mois"].eq("En emploi")].sum() / w[known].sum()
    rows = ind.survey(Region.open("demo", "84"), "effets_groupes", "effets_situation")
    assert rows["valeur"].iloc[0] == pytest.approx(share, abs=0.0051)
    size = w.sum() ** 2 / (w**2).sum() / len(w) * 10 * round(known.sum() / 10)
    assert rows["taille_efficace"].iloc[0] == pytest.approx(size, abs=0.6)


def test_several_answers_and_pages(answers):
    brought = answers.loc[answers["Apports"].ne(""), "Apports"]
    plain = brought.str.contains("Un réseau").mean()
    region = Region.open("demo", "84")
    rows = ind.survey(region, "effets_reponses", "effets_apports").set_index("modalite")
    assert rows.loc["reseau", "valeur"] == pytest.approx(plain, abs=0.03)  # weights move it little
    assert len(lectures.Effets(region).cinq_lignes()) == 5


def test_too_few_interviews_show_nothing(demo):
    """Bretagne has 6 interviews, 10 are asked for: no grid, no verbatim."""
    read = lectures.Effets(Region.open("demo", "53"))
    assert not read.grille_connue and read.verbatims().empty
    assert "moins de 10" in read.reponse_themes().lower()
