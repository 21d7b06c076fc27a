"""The page « reconversion »: what it says is in the file, and no more than the file allows."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from cepkit import codes, lectures
from cepkit.codes import region_name
from cepkit.lectures import commun
from cepkit.region import Region
from cepkit.text import MOTS_INTERDITS, fold

from .pages import kinds, run

NOTEBOOK = "investigations/reconversion"
PLACES = ("27", "53", "FR")


@pytest.fixture
def dossiers(demo) -> pd.DataFrame:
    """The delivered file, read without the package."""
    frame = pd.read_csv(demo / "data/demo/13_dossiers_reconversion_2022.csv", sep=";",
                        encoding="cp1252", keep_default_na=False)
    days = ["Premier entretien CEP", "Dépôt du dossier", "Décision", "Entrée en formation"]
    return frame.assign(**{d: pd.to_datetime(frame[d], format="%d/%m/%Y", errors="coerce")
                           for d in days})


def of(code: str) -> lectures.Reconversion:
    return lectures.Reconversion(Region.open("demo", code))


@pytest.mark.parametrize("code", PLACES)
def test_five_lines_keep_their_rules(demo, code):
    for line in of(code).cinq_lignes():
        assert commun.words(line) <= 30 and len(re.findall(r"\d+(?:[,\u202f]\d+)*", line)) <= 2
        assert not re.search(r"\b(CEP|PTP|nan|None)\b", line)


@pytest.mark.parametrize("code", PLACES)
def test_page_holds_no_banned_word_and_no_leftover(demo, monkeypatch, code):
    found = run(monkeypatch, NOTEBOOK, code)
    text = " ".join(b.text for b in found if b.kind != "glossaire")
    assert [w for w in MOTS_INTERDITS if re.search(rf"\b{re.escape(fold(w))}\b", fold(text))] == []
    assert not re.search(r"\b(nan|None|<NA>)\b|acceptation", text)
    assert len(kinds(found, "reponse")) == 5 and len(kinds(found, "figure")) == (
        1 if code == "FR" else 4)


def test_the_two_directions_have_their_own_base(demo):
    """Persons in CEP in one table, files in the other; France is not in a file of one region."""
    page = of("53")
    assert set(page.mobilises()["sens"].dropna()) == {"personnes_en_cep"}
    assert set(page.precedes()["sens"]) == {"dossiers"}
    assert page.enchainements["reference"].isna().all()


@pytest.mark.parametrize("code", ["27", "53"])
def test_sequences_are_those_of_the_file(demo, dossiers, code):
    mine = dossiers[dossiers["Région"].eq(region_name(code)) & dossiers["Dispositif"].eq("PTP")]
    wanted = mine["Démarches avant le dossier"].value_counts()
    rows = of(code).enchainements_ptp().set_index("modalite")
    assert rows.loc["cep", "numerateur"] == wanted["CEP"]
    assert rows["denominateur"].eq(len(mine)).all()
    assert rows.loc["aucune", "valeur"] == pytest.approx(wanted["Aucune démarche"] / len(mine))


@pytest.mark.parametrize("code", ["27", "53"])
def test_delays_are_those_of_the_file(demo, dossiers, code):
    """Everybody is followed for twelve months: until then Kaplan-Meier is the plain share of
    those whose first day came before the same day of the month."""
    rows = of(code).seulement(of(code).entrees).set_index("modalite")
    mine = dossiers[dossiers["Région"].eq(region_name(code)) & dossiers["Dispositif"].eq("PTP")]
    for month in (2, 4, 6, 9):
        reached = mine["Décision"] + pd.DateOffset(months=month)
        share = (mine["Entrée en formation"] <= reached).mean()
        assert rows.loc[str(month), "valeur"] == pytest.approx(share, abs=5.1e-4)
        before = mine["Décision"] + pd.DateOffset(months={2: 0, 4: 2, 6: 4, 9: 6}[month])
        assert rows.loc[str(month), "denominateur"] == (
            ~(mine["Entrée en formation"] <= before)).sum()


def test_a_month_of_few_persons_is_withheld_in_every_curve(demo, dossiers):
    """Fewer than five persons in PTP were still waiting when last seen, twelve months after a
    decision of December: that month is not shown for them, nor for the others, from whom it would
    be worked out."""
    for code in ("27", "53"):
        mine = dossiers[dossiers["Région"].eq(region_name(code))]
        waiting = mine["Entrée en formation"].isna() & mine["Décision"].ge("2021-12-01")
        assert 0 < (waiting & mine["Dispositif"].eq("PTP")).sum() < 5
        rows = of(code).entrees
        assert set(rows.loc[rows["modalite"].eq("12"), "etat"]) == {codes.SECRET}


@pytest.mark.parametrize("code", ["27", "53"])
def test_three_states_with_their_base_and_response_rate(demo, dossiers, code):
    page = of(code)
    mine = dossiers[dossiers["Région"].eq(region_name(code))]
    answered = mine["Enquête à six mois"].eq("Oui")
    asked = mine["Enquête à six mois"].ne("")
    rate = page.participation.iloc[0]
    assert (rate["numerateur"], rate["denominateur"]) == (answered.sum(), asked.sum())
    said = mine.loc[answered & mine["Situation à six mois"].ne(""), "Situation à six mois"]
    states = page.situations
    assert len(states) == 3 and abs(states["denominateur"].iloc[0] - len(said)) <= 5
    labels = [page.r.libelle("reconversion_situation", m) for m in states["modalite"]]
    for label, value in zip(labels, states["valeur"], strict=True):
        assert value == pytest.approx(said.eq(label).mean(), abs=0.0101)  # shown by 2 points


def test_regions_together_weigh_by_their_answers(demo):
    rows = of("FR").comptees(of("FR").en_emploi())
    n = rows["denominateur"].astype(float)
    assert of("FR").ligne(of("FR").en_emploi())["valeur"] == pytest.approx(
        float((rows["valeur"] * n).sum() / n.sum()))
    assert rows["region"].tolist() == ["27", "53"]
