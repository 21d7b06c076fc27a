"""Statistics of files of one row a person: what they are worth, what they must not tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import yaml

from cepkit import indicators as ind
from cepkit import store
from cepkit.errors import CepkitError, ParametersError
from cepkit.protection.answers import Answers
from cepkit.region import Region
from cepkit.show import state, tables
from tests.store.conftest import declared

NR = {"libelle": "Non renseigné", "alias": [""]}
NOMENCLATURES = {
    "reponse": {"titre": "Réponse", "modalites": {"oui": {"libelle": "Oui"},
                                                  "non": {"libelle": "Non"}}},
    "utile": {"titre": "Utile", "modalites": {"bien": {"libelle": "Bien"},
                                              "peu": {"libelle": "Peu"}, "non_renseigne": NR}},
    "apports": {"titre": "Apports", "modalites": {"projet": {"libelle": "Projet"},
                                                  "droits": {"libelle": "Droits"},
                                                  "reseau": {"libelle": "Réseau"},
                                                  "non_renseigne": NR}},
    "suites": {"titre": "Suites", "modalites": {"bilan": {"libelle": "Bilan"},
                                                "vae": {"libelle": "VAE"}, "non_renseigne": NR}},
    "issue": {"titre": "Issue", "modalites": {"pris": {"libelle": "Pris"},
                                              "attend": {"libelle": "Attend"},
                                              "oui": {"libelle": "Oui"},
                                              "non": {"libelle": "Non"}, "non_renseigne": NR}},
}
TABLE = {
    "nom": "enquete", "titre": "Enquête", "fichier": "enquete.csv", "nature": "individuel",
    "encodage": "utf-8", "separateur": ";", "origine": "partenaire", "recu_le": "2023-02-03",
    "source": "Enquête du partenaire",
    "colonnes": {"Région": "region", "Réponse": "reponse", "Sexe": "sexe", "Utile": "utile",
                 "Apports": "apports", "Issue": "issue", "Mois": "delai"},
    "constantes": {"mesure": "personnes"}, "durees": ["delai"],
    "multiples": {"apports": "|", "apports_avec": "apports",
                  "suites": {"Bilan": "bilan", "VAE": "vae"}}}
ACCORD = {
    "n": "A7", "nature": "Convention", "partenaire": "Carif-Oref", "objet": "Enquête",
    "source_visee": "enquete.csv", "donnees_personnelles": "Pseudonymisées",
    "base_legale": "Consentement des personnes", "information": "Notice",
    "avis_dpd_le": "2022-05-01", "usages": "Suivi", "diffusion": "Public",
    "accord_le": "2022-06-01", "signataire": "Direction", "valable_jusquau": "2099-12-31",
    "conservation": "Un an", "piece": "P1"}
HEAD = "Région;Réponse;Sexe;Utile;Apports;Issue;Mois;Bilan;VAE\n"


def lines(n: int, **said) -> str:
    """`n` persons who say the same."""
    row = {"r": "Bretagne", "reponse": "Oui", "sexe": "Femmes", "utile": "Bien", "apports": "",
           "issue": "Attend", "mois": "12", "bilan": "", "vae": ""} | said
    return (";".join(row.values()) + "\n") * n


# 200 persons asked (100 women, 100 men); 60 women and 30 men answered; « bien »: 30 and 24.
SURVEY = (lines(30, apports="Projet|Droits", bilan="1", vae="0")
          + lines(30, utile="Peu", apports="Projet", bilan="0", vae="0")
          + lines(24, sexe="Hommes", apports="Droits|Projet", bilan="0", vae="1")
          + lines(6, sexe="Hommes", utile="Peu", bilan="1", vae="1")
          + lines(40, reponse="Non", utile="") + lines(70, reponse="Non", sexe="Hommes", utile=""))


@pytest.fixture
def build(root):
    """Write the file of records and these statistics; the store, opened on Bretagne."""
    def make(text: str, *statistiques, table=None):
        (root / "data/essai/enquete.csv").write_text(HEAD + text, "utf-8")
        content = declared().model_dump(mode="json")
        content["nomenclatures"] |= NOMENCLATURES
        content["donnees"]["tables"].append(TABLE | (table or {}))
        content["accords"] = [ACCORD]
        content["mesures"]["personnes"] = {
            "libelle": "Personnes", "singulier": "personne", "definition": "d", "source": "s",
            "additive": ["region", "sexe", "reponse"]}
        content["diffusion"]["statistiques"] = list(statistiques)
        (root / "parameters/essai/edition.yml").write_text(
            yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
        store.build("essai")
        return Region.open("essai", "53")
    return make


def shares(*questions, nom="parts", **more):
    return {"nom": nom, "titre": "Parts", "methode": "parts_enquete", "parametres": {
        "source": "enquete", "mesure": "personnes", "repondants": {"reponse": "oui"},
        "questions": list(questions), **more}}


def values(frame) -> dict[str, float]:
    return dict(zip(frame["modalite"], frame["valeur"], strict=True))


def test_a_share_weighted_to_the_persons_asked(build):
    """Women weigh 100/60, men 100/30: (30 × 100/60 + 24 × 100/30) / 200 = 0.65, not 54/90."""
    rows = ind.survey(build(SURVEY, shares("utile", calage=["sexe"])), "parts")
    assert values(rows) == {"bien": 0.65, "peu": 0.35}
    # Kish: 200² / (60 × (100/60)² + 30 × (100/30)²) = 80; statsmodels 0.14,
    # proportion_confint(52, 80, method="wilson"): 0.5405, 0.7451.
    assert rows[["borne_inf", "borne_sup"]].iloc[0].tolist() == [0.54, 0.75]
    assert rows[["denominateur", "taille_efficace"]].iloc[0].tolist() == [90, 80]


def test_several_answers_have_persons_for_base(build):
    """84 persons answered: « projet » 84, « droits » 54 of 84; nobody « réseau ». Of 0/1 columns,
    90 answered, 30 of them neither: « bilan » 36 of 90, « vae » 30 of 90."""
    rows = ind.survey(build(SURVEY, shares("apports", "suites")), "parts")
    assert values(rows[rows["dimension"].eq("apports")]) == {
        "projet": 1.0, "droits": 0.64, "reseau": 0.0}
    assert values(rows[rows["dimension"].eq("suites")]) == {"bilan": 0.4, "vae": 0.33}
    assert rows["valeur"].sum() > 1


def test_groups_and_their_gap(build):
    """50 % of 60 women, 80 % of 30 men: 30 points. Newcombe's method 10 on 30/60 and 24/30 from
    Wilson's limits (statsmodels: 0.3774, 0.6226 and 0.6269, 0.9049), by hand:
    0.3 - sqrt(0.1731² + 0.1226²) = 0.0879 and 0.3 + sqrt(0.1049² + 0.1226²) = 0.4613."""
    region = build(SURVEY, shares("utile", par=["sexe"]))
    rows = ind.between_groups(region, "parts", "utile", "sexe", "bien")
    assert rows["sexe"].tolist() == ["F", "H"] and rows["valeur"].tolist() == [0.5, 0.8]
    assert rows[["ecart", "ecart_inf", "ecart_sup"]].iloc[1].tolist() == pytest.approx(
        [0.3, 0.0879, 0.4613], abs=2e-4)
    assert rows["ecart"].isna()[0] and rows["lecture"][1] == "au-dessus"


def test_below_the_minimum_nothing_is_shown(build):
    rows = ind.survey(build(SURVEY, shares("utile", minimum=100)), "parts")
    assert set(rows["etat"]) == {"non_disponible"} and rows["valeur"].isna().all()
    assert "moins de 100 réponses" in rows["note"].iloc[0]


def test_a_small_group_of_weights_is_refused(build):
    text = lines(60) + lines(4, sexe="Hommes") + lines(40, reponse="Non", sexe="Hommes", utile="")
    rows = ind.survey(build(text, shares("utile", calage=["sexe"])), "parts")
    assert rows["valeur"].isna().all() and "moins de 5 répondants" in rows["note"].iloc[0]


def test_a_margin_that_tells_a_small_count_is_refused(build):
    """Of 102 women asked 100 answered: telling both would tell the two others."""
    text = lines(100) + lines(2, reponse="Non", utile="") + lines(50, sexe="Hommes", utile="Peu")
    rows = ind.survey(build(text, shares("utile", calage=["sexe"])), "parts")
    assert set(rows["etat"]) == {"secret"} and rows["denominateur"].isna().all()


def test_a_share_that_tells_a_small_count_is_rounded_more(build):
    """3 of 60 is 5 %, which no other count prints; in steps of 2, 2 of 60 prints 4 % too."""
    rows = ind.survey(build(lines(57) + lines(3, utile="Peu"), shares("utile")), "parts")
    assert values(rows) == {"bien": 0.96, "peu": 0.04}
    assert "arrondie à 2 points" in rows["note"].iloc[0]


@pytest.mark.parametrize("seed", range(20))
def test_worlds_are_real(seed):
    """What `hidden` accepts: each small count has another value in a table that prints the same
    rows, found here by trying every table of the same size."""
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(rng.integers(20, 60), [0.86, 0.08, 0.06])[None, None, :]
    answers = Answers(counts, counts.sum(axis=2), np.ones(1), False, ("",), ("a", "b"))
    n = counts.sum()
    for step in (0.01, 0.05):
        now = answers.printed(counts, step, 10)
        worlds = [w for a in range(n + 1) for b in range(n + 1 - a)
                  if answers.printed(w := np.array([[[a, b, n - a - b]]]), step, 10) == now]
        alone = {k for k in range(3) if 0 < counts[0, 0, k] < 5
                 and len({int(w[0, 0, k]) for w in worlds}) == 1}
        assert not (answers.hidden(step, 5, 10) and alone)


def test_time_between_steps(build):
    """Of 40: 10 took it by 3 months, 10 more by 6 (10 left at 6), 5 more by 12 (5 left).
    Kaplan-Meier: 30/40, × 20/30, × 5/10."""
    text = (lines(10, issue="Pris", mois="2") + lines(10, issue="Pris", mois="5")
            + lines(10, mois="6") + lines(5, issue="Pris", mois="9") + lines(5, mois="15"))
    one = {"nom": "delai", "titre": "Délai", "methode": "delai_etapes", "parametres": {
        "source": "enquete", "mesure": "personnes", "questions": ["delai"], "mois": [3, 6, 12],
        "issue": {"issue": "pris"}}}
    rows = ind.survey(build(text, one), "delai")
    assert values(rows) == {"3": 0.25, "6": 0.5, "12": 0.75, "mediane": 6.0}
    assert rows["denominateur"].tolist() == [40, 30, 10, 40]  # still waiting and followed
    # At 3 months, by hand: S = 0.75, Greenwood's sum 10 / (40 × 30), so that z × se of log(-log S)
    # is 1.96 × 0.09129 / 0.28768 = 0.6219; 0.75 ** exp(± 0.6219) = 0.5852 and 0.8569.
    assert rows[["borne_inf", "borne_sup"]].iloc[0].tolist() == [0.143, 0.415]


def test_a_period_with_a_small_count_is_joined(build):
    """Three persons took the step before three months: that month is not shown."""
    text = lines(3, issue="Pris", mois="2") + lines(12, issue="Pris", mois="5") + lines(
        25, mois="12")
    one = {"nom": "delai", "titre": "Délai", "methode": "delai_etapes", "parametres": {
        "source": "enquete", "mesure": "personnes", "questions": ["delai"], "mois": [3, 6, 12],
        "issue": {"issue": "pris"}}}
    rows = ind.survey(build(text, one), "delai").set_index("modalite")
    assert rows.loc["3", "etat"] == "secret" and rows.loc["6", "valeur"] == 0.375
    assert rows.loc["mediane", "note"].startswith("la moitié n’est pas atteinte")


def test_a_month_is_joined_in_all_curves_at_once(build):
    """Of the men, three take the step between 3 and 6 months: shown for all and for the women
    (43 and 40), month 6 would give them away."""
    text = "".join(lines(20, sexe=s, issue="Pris", mois="2")
                   + lines(n, sexe=s, issue="Pris", mois="5")
                   + lines(6, sexe=s, issue="Pris", mois="9") + lines(30, sexe=s, mois="12")
                   for s, n in (("Femmes", 40), ("Hommes", 3)))
    one = {"nom": "delai", "titre": "Délai", "methode": "delai_etapes", "parametres": {
        "source": "enquete", "mesure": "personnes", "questions": ["delai"], "mois": [3, 6, 12],
        "issue": {"issue": "pris"}, "par": ["sexe"]}}
    region = build(text, one)
    everybody, groups = ind.survey(region, "delai"), ind.survey(region, "delai", par="sexe")
    months = pd.concat([everybody, groups])
    assert months.loc[months["modalite"].eq("6"), "etat"].tolist() == ["secret"] * 3
    # By hand: 20 of 59 men by three months, then 9 of the 39 left by twelve.
    men = groups[groups["sexe"].eq("H") & groups["modalite"].isin(["3", "12"])]
    assert men["valeur"].tolist() == [0.339, 0.492] and men["etat"].eq("publie").all()


DATES = {"colonnes": {"Région": "region", "Sexe": "sexe"}, "durees": [], "multiples": {},
         "ignorees": ["Réponse", "Utile", "Apports", "Bilan", "VAE"],
         "delais": {"delai": {"de": "Issue", "a": "Mois", "franchi": "issue",
                              "vu_le": "2022-06-30"}}}


def test_dates_become_months(build):
    """From 15 January: 15 March is two months, 16 March three, never entered five whole months on
    30 June; an entry without its first date is not known."""
    text = (lines(10, issue="15/01/2022", mois="15/03/2022")
            + lines(10, issue="15/01/2022", mois="2022-03-16")
            + lines(20, issue="15/01/2022", mois="") + lines(5, issue="", mois="15/03/2022"))
    one = {"nom": "delai", "titre": "Délai", "methode": "delai_etapes", "parametres": {
        "source": "enquete", "mesure": "personnes", "questions": ["delai"], "mois": [2, 3, 5],
        "issue": {"issue": "oui"}}}
    region = build(text, one, table=DATES)
    assert values(ind.survey(region, "delai")) == {"2": 0.25, "3": 0.5, "5": 0.5, "mediane": 3.0}


def test_dates_that_are_wrong_are_told(build):
    text = (lines(60, issue="15/01/2022", mois="15/03/2022")
            + lines(1, issue="15/04/2022", mois="15/03/2022") + lines(1, issue="31/02/2022"))
    with pytest.raises(CepkitError) as error:
        build(text, table=DATES)
    said = [str(p) for p in error.value.problems]
    assert any("« -1 »" in s and "ligne 62" in s for s in said)
    assert any("« 31/02/2022 »" in s and "ligne 63" in s for s in said)


def test_coded_interviews(build):
    """20 interviews: « projet » 15, « droits » 12, both 8; « réseau » 6, 3 of them with « droits »,
    which is withheld."""
    text = (lines(8, apports="Projet|Droits") + lines(3, apports="Droits|Réseau")
            + lines(7, apports="Projet") + lines(1, apports="Droits")
            + lines(1, apports="Réseau"))
    one = {"nom": "grille", "titre": "Grille", "methode": "entretiens_codes", "parametres": {
        "source": "enquete", "mesure": "personnes", "questions": ["apports"],
        "par": ["apports_avec"], "minimum": 10}}
    region = build(text, one)
    assert values(ind.survey(region, "grille"))["droits"] == 12
    pairs = ind.survey(region, "grille", par="apports_avec").set_index(["modalite", "apports_avec"])
    assert pairs.loc[("projet", "droits"), "valeur"] == 8
    assert pairs.loc[("droits", "reseau"), "etat"] == "secret"
    assert pairs["valeur"].drop(("droits", "reseau")).tolist() == [8, 0]


def test_wrong_values_are_told_with_their_row(build):
    """The third person (row 4 of the file) ticks « peut-être », and waited « long » months."""
    text = lines(2) + lines(1, bilan="peut-être", mois="long") + lines(60)
    with pytest.raises(CepkitError) as error:
        build(text, shares("suites"))
    said = [str(p) for p in error.value.problems]
    assert any("« long » n’est pas un nombre entier de mois" in s and "ligne 4" in s for s in said)


def test_a_question_is_told_once(build):
    with pytest.raises(ParametersError, match="déjà diffusée ailleurs"):
        build(SURVEY, shares("utile"), shares("utile", nom="encore"))


def test_provenance_is_printed_under_what_is_shown(build):
    region = build(SURVEY, shares("utile"))
    page = state.Page(region, "1")
    said = tables.credits(page, ind.survey(region, "parts"), None, None)
    assert said.endswith("Source : Enquête du partenaire. Provenance : Carif-Oref, accord A7 du "
                         "01/06/2022 ; reçu le 03/02/2023.")


def test_without_an_agreement_the_file_is_not_opened(build):
    with pytest.raises(CepkitError) as error:
        build(SURVEY, shares("utile"), table={"fichier": "autre.csv"})
    assert error.value.code == 16
