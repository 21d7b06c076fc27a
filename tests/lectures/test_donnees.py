"""Annexe 1: what the data hold, checked against the files of the demonstration delivery."""

import dataclasses
import json
import re
from pathlib import Path

import pytest

from cepkit import codes, formats, lectures, refdata, store
from cepkit.lectures import commun
from cepkit.lectures.livraison import couverture_dite, famille, premiere_phrase
from cepkit.region import Region
from cepkit.text import MOTS_INTERDITS, fold

SECTIONS = ("recus", "mesures", "couverture", "coherence", "comparaisons", "populations",
            "contexte", "secret")
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def wording(code: str) -> lectures.Donnees:
    return lectures.Donnees(Region.open("demo", code))


def said(lire) -> str:
    """All the text of an annexe: sentences, titles, and the cells of our own tables."""
    parts = [*lire.cinq_lignes(), *lire.questions(), *lire.methode(), lire.note_permanente(),
             lire.prudence_couverture(), lire.prudence_contexte(), lire.prudence_secret()]
    for name in SECTIONS:
        parts += [getattr(lire, f"reponse_{name}")(), *map(str, lire.titre(name).values())]
        parts += map(str, getattr(lire, f"tableau_{name}")().to_numpy().ravel())
    return " ".join(parts)


def changed(code: str, **meta) -> lectures.Donnees:
    """The same region, with another public description of its edition."""
    part = store.load_slice("demo", code)
    return lectures.Donnees(Region(dataclasses.replace(part, meta=part.meta | meta)))


@pytest.mark.parametrize("code", codes.REGIONS)
def test_five_lines_keep_their_rules(demo, code):
    lines = wording(code).cinq_lignes()
    assert len(lines) == 5 and all(commun.words(line) <= 30 for line in lines)
    assert not re.search(r"\b(nan|None|CEP|BIT)\b", " ".join(lines))


@pytest.mark.parametrize("code", ["06", "11", "53", "94"])
def test_no_banned_word(demo, code):
    text = fold(said(wording(code)))
    assert [w for w in MOTS_INTERDITS if re.search(rf"\b{re.escape(fold(w))}\b", text)] == []


def test_every_table_of_the_edition_is_told(demo):
    lire = wording("53")
    # Thirteen files are written by the demonstration delivery; 24 tables are declared, and five of
    # the investigations that Bretagne carries out.
    assert len({x["fichier"] for x in lire.recus}) == len(list((demo / "data/demo").glob("*.*")))
    assert len(lire.tableau_recus()) == 29
    assert len(wording("06").tableau_recus()) == 24
    assert lire.chiffres_cles()[0].valeur == "17/04/2023"


def test_operator_that_delivers_nothing_is_absent_from_the_region(demo):
    # The delivery holds no row of Apec for Mayotte.
    assert [len(wording(c).presents) for c in ("06", "53")] == [4, 5]
    lire = wording("06")
    assert set(lire.tableau_couverture()["apec"]) == {"absente"}
    assert "sans effectif livré : Apec" in lire.reponse_couverture()


def test_coverage_words():
    assert couverture_dite(None) == "absente"
    assert couverture_dite({"etat": "partielle", "taux": 0.85}) == "partielle, 85\u00a0%"
    assert couverture_dite({"etat": "partielle", "taux": 1.0}) == "partielle, près de 100 %"
    assert couverture_dite({"etat": "partielle", "taux": None}) == "partielle"
    assert couverture_dite({"etat": "complète", "taux": 1.0}) == "complète"


def test_checks_are_all_counted_once(demo):
    lire = wording("53")
    frame = lire.tableau_coherence()
    assert frame["faites"].sum() == len(lire.controles)
    assert frame["satisfaites"].sum() == lire.satisfaites == len(lire.controles)
    assert famille("Mêmes totaux que « x »") == famille("Mêmes totaux que « y »")


def test_a_hole_concerns_its_own_region_only(demo):
    # In the delivery August is missing for Corse, and Apec for Mayotte in every table of 2020,
    # 2021 and 2022 that counts by operator.
    assert wording("53").tableau_causes().empty
    assert "Apec (Mayotte) et août (Corse)" in wording("53").phrase_ailleurs()
    corse, mayotte = (wording(c).tableau_causes() for c in ("94", "06"))
    assert list(corse["cause"]) == ["Août sans effectif livré (2022)"]
    assert list(mayotte["cause"]) == ["Apec sans effectif livré (2020, 2021 et 2022)"]
    assert "Corse" not in wording("94").phrase_ailleurs()
    lire = wording("06")
    assert mayotte["nombre"].sum() == len(lire.controles) - lire.satisfaites
    assert "n.d." in mayotte["effet"].iloc[0]


def test_series_by_sex_and_age_is_told_where_it_is_published(demo):
    # Insee publishes it in the pages of Normandie (28) and Provence-Alpes-Côte d’Azur (93).
    told = [len(wording(c).tableau_populations()) for c in ("28", "93", "53", "06")]
    assert told[0] == told[1] == told[2] + 1 == told[3] + 1


def test_comparisons_are_refused_with_their_reason(demo):
    frame = wording("53").tableau_comparaisons().set_index("comparaison")
    assert list(frame.loc[["2022 et 2020", "2022 et 2021"], "verdict"]) == ["refusée", "refusée"]
    assert frame.loc["Région et France", "verdict"] == "admise"
    # The regional operator opened in March 2020 in La Réunion and Guyane only.
    partial = [c for c in ("53", "03", "04")
               if any(x.startswith("Année partielle") for x in wording(c).refusees())]
    assert partial == ["03", "04"]


def test_population_comes_with_year_edition_and_source(demo):
    frame = wording("53").tableau_populations().set_index("population")
    active = frame.loc["Actifs de 15 à 64 ans"]
    # Insee, census 2017, Bretagne: read in the file itself.
    with refdata.path("insee_rp2017/rp_activite_regions.csv").open(encoding="utf-8") as file:
        row = next(x for x in file if x.startswith("53,") and ",2017,actifs_15_64," in x)
    assert active["personnes"] == round(float(row.strip().split(",")[-1]))
    assert (active["an"], "Édition : " in active["origine"]) == ("2017", True)


def test_mayotte_has_no_population_and_says_why(demo):
    lire = wording("06")
    assert lire.cinq_lignes()[2] == ("Aucune population de référence n’est disponible à Mayotte : "
                                     "aucun taux n’est calculé.")
    assert lire.contexte_vide() and lire.absence_contexte().startswith("Le recensement de 2017")


def test_context_gives_departments_and_the_year_gap(demo):
    lire = wording("53")
    frame = lire.tableau_contexte()
    assert list(frame["territoire"])[1:5] == ["22 Côtes-d’Armor", "29 Finistère",
                                              "35 Ille-et-Vilaine", "56 Morbihan"]
    # Insee, localised unemployment rates, mean of 2022: Bretagne 5.85, France 7.3.
    assert list(frame["taux_chomage"].iloc[[0, -1]].round(2)) == [5.85, 7.3]
    assert "2017 (5 ans avant l’exercice)" in lire.prudence_contexte()
    assert len(wording("06").tableau_contexte()) == 2  # one department: the region says it all


def test_withheld_values_are_those_of_the_released_tables(demo):
    r = Region.open("demo", "94")
    frame = lectures.Donnees(r).tableau_secret().set_index("contenu")
    states = r.table("motifs").query("region == '94'")["etat"]
    row = frame.loc[r.description("motifs")["titre"]]
    assert (row["cellules"], row["secretes"]) == (len(states), (states == "secret").sum())
    hidden = frame["secretes"].sum()
    assert f"{hidden} valeurs sont retirées" in lectures.Donnees(r).reponse_secret()
    assert str(r.meta["secret"]["seuil"] - 1) in lectures.Donnees(r).reponse_secret()


def test_limits_of_the_guarantee_are_said(demo):
    protection = Region.open("demo", "53").meta["protection"]
    lire = changed("53", protection=protection | {"part_volume": "aucune"})
    assert lire.prudence_secret().startswith("Aucun regroupement de repli n’a été employé.")
    assert all(x in lire.prudence_secret() for x in protection["limites"])
    assert "aucune part du volume" in lire.cinq_lignes()[4]


def test_permanent_note_names_the_operator_of_the_year(demo):
    assert wording("53").note_permanente().startswith("À Pôle emploi, le CEP est délivré")


def test_first_sentence_of_a_definition():
    assert premiere_phrase("Accompagnements commencés. Une personne…") == (
        "accompagnements commencés")


def test_figures_are_written_in_french(demo):
    assert formats.integer(1484842) in wording("53").reponse_populations()


@pytest.mark.parametrize(("name", "chapter", "sections"), [("1_donnees", 1, 8),
                                                           ("4_cooperations", 4, 9)])
def test_notebook_is_thin_and_keeps_every_title(name, chapter, sections):
    book = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text("utf-8"))
    code = [c for c in book["cells"] if c["cell_type"] == "code"]
    text = "".join("".join(c["source"]) for c in book["cells"] if c["cell_type"] == "markdown")
    assert [int(n) for n in re.findall(rf"## {chapter}\.(\d+) ", text)] == [
        *range(1, sections + 1)]
    assert text.count("Question du suivi : ") == sections
    assert len(code) <= 15 and all(len(c["source"]) <= 10 for c in code)
    assert not any(c["outputs"] for c in code)
    assert not re.search(r"^\s*(def|class) ", "".join("".join(c["source"]) for c in code), re.M)
