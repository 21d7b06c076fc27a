"""Annexe 4: counted by hand on a small workbook, honest on an empty one."""

import re

import pandas as pd
import pytest

from cepkit import lectures, store
from cepkit.intake import workbook
from cepkit.intake.workbook_schema import lists
from cepkit.lectures import commun
from cepkit.lectures.cooperations import wording
from cepkit.lectures.recensement import POINT, THEMES, TIRET, leading
from cepkit.region import Region
from cepkit.text import MOTS_INTERDITS, fold

SECTIONS = ("modalites", "plan", "participation", "themes", "realisations", "leviers", "suites",
            "echanges", "documents")
OPERATORS = list(lists(2022)["acteurs"][:5])

# Three cooperations: a committee led by Transitions Pro (two themes), a finished joint action
# led by Apec and CREFOP, a project without a pilot. Two actions, one done, one from 2021.
COOPERATIONS = [
    {"n": "K001", "intitule": "Comité régional", "modalite": "Comité de suivi",
     "objet": "Interconnaissance", "autres_objets": ["Aiguillage"],
     "participants": ["Pôle emploi", "Apec", "Transitions Pro"], "pilote": "Transitions Pro",
     "territoire": "Région", "debut": "2021-01-20", "fin": None, "etat": "En cours",
     "realisation": "Trois réunions", "quantite": 3, "unite": "réunions",
     "leviers": "Un calendrier commun", "difficultes": ""},
    {"n": "K002", "intitule": "Semaine du CEP", "modalite": "Action commune",
     "objet": "Aiguillage", "autres_objets": [], "participants": ["Apec", "CREFOP"],
     "pilote": "Apec", "territoire": "Finistère", "debut": "2022-06-13", "fin": "2022-06-17",
     "etat": "Achevée", "realisation": "Dix rencontres", "quantite": None, "unite": "",
     "leviers": "", "difficultes": "Des bassins éloignés"},
    {"n": "K003", "intitule": "Carte des lieux", "modalite": "Autre (préciser en remarque)",
     "objet": "Outils communs", "autres_objets": [], "participants": ["Région"], "pilote": "",
     "territoire": "", "debut": None, "fin": None, "etat": "En projet", "realisation": "",
     "quantite": None, "unite": "", "leviers": "", "difficultes": ""},
]
ACTIONS = [
    {"n": "A001", "plan": "Fiche action CEP", "fiche_crefop": "Oui",
     "suivi_demande_le": "2022-03-14", "action": "Rédiger un guide", "pilote": "Apec",
     "partenaires": ["Cap emploi"], "echeance": "2022-11-30", "avancement": "Réalisée",
     "realisation": "Guide remis", "suite": "Mise à jour", "exercice_origine": "2021"},
    {"n": "A002", "plan": "Fiche action CEP", "fiche_crefop": "Oui", "suivi_demande_le": None,
     "action": "Tenir des ateliers", "pilote": "Missions locales", "partenaires": [],
     "echeance": None, "avancement": "Engagée", "realisation": "", "suite": "",
     "exercice_origine": "2022"},
]
MEETINGS = [
    {"n": "R002", "date": "2022-12-06", "forme": "Réunion annuelle au CREFOP",
     "invites": OPERATORS, "presents": OPERATORS[:3], "representes_par": "", "volets": "Les deux"},
    {"n": "R001", "date": "2022-02-08", "forme": "Rencontre bilatérale", "invites": [],
     "presents": ["Apec"], "representes_par": "Apec : délégation régionale", "volets": "Volet 1"},
    {"n": "R003", "date": "2022-10-27", "forme": "Atelier France compétences", "invites": [],
     "presents": ["Missions locales"], "representes_par": "", "volets": "Aucun"},
]
FINDINGS = [
    {"n": "C001", "source": "", "source_nature": "rencontre", "question": "V1.6",
     "nature": "Levier", "enonce": "Des référents désignés", "acteurs": []},
    {"n": "C002", "source": "R001", "source_nature": "rencontre", "question": "V1.6",
     "nature": "Difficulté", "enonce": "Deux outils séparés", "acteurs": ["Apec"]},
    {"n": "C003", "source": "R001", "source_nature": "rencontre", "question": "V2.8",
     "nature": "Levier", "enonce": "Un accueil partagé", "acteurs": ["Apec"]},
]
DOCUMENTS = [{"n": "D001", "titre": "Schéma", "organisme": "Région", "date": "2022",
              "type": "Étude ou observation régionale", "adresse": "Site", "apport": "Situe."}]
ROWS = {"cooperations": COOPERATIONS, "plan_actions": ACTIONS, "rencontres": MEETINGS,
        "constats": FINDINGS, "documents": DOCUMENTS}


def opened(rows: dict) -> Region:
    """A real `Region` of a store that holds nothing but follow-up rows."""
    meta = {"annee": 2022, "fictif": True, "titre": "Essai", "regions": ["53"],
            "listes": {k: list(v) for k, v in lists(2022).items()},
            "suivi": {s: workbook.printable_columns(s) for s in workbook.sheets()}}
    return Region(store.Slice("essai", "53", meta, {}, pd.DataFrame(), {}, {"53": rows}))


@pytest.fixture
def lire():
    return lectures.Cooperations(opened(ROWS))


def said(lire) -> str:
    """All the text of an annexe: sentences and tables."""
    parts = [*lire.cinq_lignes(), *lire.questions(), *lire.methode()]
    for name in SECTIONS:
        frame = getattr(lire, f"tableau_{name}")()
        parts.append(lire.absence(name) if frame.empty else getattr(lire, f"reponse_{name}")())
        parts += [str(v) for v in lire.titre(name).values()] + list(frame.to_numpy().ravel())
    return " ".join(map(str, parts))


def test_key_figures_are_those_counted_by_hand(lire):
    # Active in 2022: K001, K002. Actors: Pôle emploi, Apec, Transitions Pro, CREFOP.
    # Themes: interconnaissance, aiguillage. Operators heard: the three of the
    # yearly meeting (Apec is one of them; the workshop does not count).
    assert [k.valeur for k in lire.chiffres_cles()] == [2, 4, 2, 1, 3, 1]


def test_five_lines_state_the_record(lire):
    lines = lire.cinq_lignes()
    assert lines[0] == ("En 2022, 2 coopérations sont recensées en Bretagne ; elles associent 4 "
                        "familles d’acteurs.")
    assert lines[3].endswith("1 action sur 2 du plan partagé est réalisée.")
    assert "6 décembre 2022" in lines[4] and "exhaustif" in lines[4]


def test_matrix_tells_pilot_participant_and_not_recorded(lire):
    frame = lire.tableau_participation().set_index("ligne")
    apec = dict(zip(("K001", "K002"), frame["Apec"], strict=True))
    assert apec == {"K001": POINT, "K002": "pilote"}
    assert list(frame["autres"]) == [TIRET, "CREFOP"]
    assert len(frame.columns) + 1 == 8  # an A4 page holds eight columns


def test_theme_matrix_counts_a_cooperation_once_a_theme(lire):
    frame = lire.tableau_themes().set_index("ligne")
    assert len(frame) == THEMES
    # K001 and K002 bear on it; CREFOP takes part in K002 only.
    assert frame.loc["Aiguillage", "total"] == frame.loc["Aiguillage", "Apec"] == "2"
    assert frame.loc["Aiguillage", "autres"] == "CREFOP\u00a0(1)"
    assert frame.loc["Outils communs", "total"] == TIRET  # a project only
    assert frame.loc["Interconnaissance", "Cap emploi"] == TIRET


def test_a_project_is_named_apart_and_counted_nowhere(lire):
    assert lire.a_part().endswith(" : Carte des lieux\u00a0(K003), en projet.")
    tables = [lire.tableau_modalites(), lire.tableau_participation(), lire.tableau_frise()]
    assert "K003" not in " ".join(str(v) for f in tables for v in f.to_numpy().ravel())
    assert not lectures.Cooperations(opened({"cooperations": COOPERATIONS[:2]})).a_part()


def test_regional_guidance_service_is_read_in_levers_too():
    lever = "Les lieux du service public régional de l’orientation"
    rows = [COOPERATIONS[0], COOPERATIONS[1] | {"leviers": lever}]
    place = [lectures.Cooperations(opened({"cooperations": r})).place_crefop()
             for r in (rows, COOPERATIONS)]
    assert ["n’est pas cité" in p for p in place] == [False, True]


def test_year_strip_shows_the_months_under_way(lire):
    frame = lire.tableau_frise().set_index("ligne")
    assert [sum(v != TIRET for v in row) for row in frame.to_numpy()] == [12, 1]


def test_results_are_chronological_and_a_result_written_twice_counts_once():
    twice = [ACTIONS[0] | {"realisation": "Dix rencontres"}]
    lire = lectures.Cooperations(opened(ROWS | {"plan_actions": twice}))
    assert list(lire.tableau_realisations()["realisation"]) == ["Trois réunions", "Dix rencontres"]


def test_a_point_without_attribution_names_no_actor(lire):
    frame = lire.tableau_leviers().set_index("point")["origine"]
    assert frame["Des référents désignés"] == "sans attribution (rencontre)"
    assert frame["Deux outils séparés"] == "Apec (R001)"
    assert "Un accueil partagé" not in frame  # volet 2: annexe 3


def test_follow_up_holds_the_actions_of_earlier_years_only(lire):
    assert list(lire.tableau_suites()["origine"]) == ["2021"]


def test_exchanges_are_chronological_and_never_say_who_was_not_met(lire):
    frame = lire.tableau_echanges()
    assert list(frame["date"]) == ["08/02/2022", "27/10/2022", "06/12/2022"]
    assert frame["partenaires"].iloc[2].startswith("Invités : Pôle emploi, Cap emploi")
    assert "rencontré" not in said(lire)


@pytest.mark.parametrize("rows", [{}, {"documents": DOCUMENTS}, {"rencontres": MEETINGS[1:2]},
                                  {"cooperations": COOPERATIONS[:1]}, ROWS])
def test_any_filling_gives_five_lines_and_one_sentence_a_section(rows):
    lire = lectures.Cooperations(opened(rows))
    assert len(lire.cinq_lignes()) == 5
    assert not re.search(r"\b(nan|None|NaT)\b", said(lire))
    assert [k.valeur for k in lire.chiffres_cles()].count("n.d.") == (
        6 if not rows else 0 if "plan_actions" in rows else 1)


def test_ties_never_say_first():
    assert leading({"a": 2, "b": 2, "c": 2}, "abc", "d’abord") == (["a", "b"], "notamment")
    assert leading({"a": 3, "b": 1, "c": 1}, "abc", "d’abord") == (["a"], "d’abord")
    assert leading({"a": 1, "b": 2}, "abc", "d’abord") == (["b", "a"], "d’abord")


def test_wording_knows_every_form_and_theme_of_the_workbook():
    bare = [v.split(" (préciser")[0] for v in (*lists(2022)["modalite"], *lists(2022)["objet"])]
    assert [v for v in bare if v not in wording()["formes"] | wording()["objets"]] == []


@pytest.mark.parametrize("code", ["04", "06", "53", "84", "94"])
def test_demonstration_regions_keep_the_rules(demo, code):
    lire = lectures.Cooperations(Region.open("demo", code))
    assert all(commun.words(line) <= 30 for line in lire.cinq_lignes())
    text = fold(said(lire))
    assert [w for w in MOTS_INTERDITS if re.search(rf"\b{re.escape(fold(w))}\b", text)] == []
    assert len(lire.questions()) <= 6
