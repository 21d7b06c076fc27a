"""Annexe 3 in words: honest where nothing can be said, two directions never mixed."""

import dataclasses
import re

import pytest

from cepkit import codes, lectures, store
from cepkit import indicators as ind
from cepkit.lectures import commun
from cepkit.region import Region
from cepkit.text import MOTS_INTERDITS, fold
from tests.indicators.release import make

from .pages import kinds, run

UNLIKE = ("03", "04", "06", "11", "53", "94")
PATHS = {"motif", "niveau", "modalite", "format", "prestation", "dispositif", "cep_prealable"}


def wording(r: Region) -> lectures.Parcours:
    return lectures.Parcours(
        r, ind.answers(r, "motif"), ind.profile(r, ["niveau", "modalite", "format"]),
        ind.answers(r, "prestation"), ind.schemes(r), ind.profile(r))  # fmt: skip


def without(code: str, dimensions: set[str]) -> store.Slice:
    """The slice of a region whose delivery lacks some dimensions."""
    part = store.load_slice("demo", code)
    plan = [t for t in part.meta["plan"] if not dimensions & set(t["dimensions"])]
    kept = {t["nom"] for t in plan}
    return dataclasses.replace(
        part, exercice="sans_parcours", meta=part.meta | {"plan": plan},
        tables={n: f for n, f in part.tables.items() if n in kept},
        hors_champ={n: f for n, f in part.hors_champ.items() if n in kept})  # fmt: skip


@pytest.mark.parametrize("code", UNLIKE)
def test_five_lines_keep_their_rules(demo, code):
    lines = wording(Region.open("demo", code)).cinq_lignes()
    assert len(lines) == 5
    for line in lines:
        # A code of the nomenclature is no number: only figures that a reader counts.
        assert commun.words(line) <= 30 and len(re.findall(r"\d+(?:[,\u202f]\d+)*", line)) <= 2
        assert not re.search(r"\b(CEP|PTP|BIT|nan|None)\b", line)


@pytest.mark.parametrize("code", ["06", "53"])
def test_page_holds_no_banned_word_and_no_leftover(demo, monkeypatch, code):
    found = run(monkeypatch, "3_parcours", code)
    text = " ".join(b.text for b in found if b.kind != "glossaire")
    assert [w for w in MOTS_INTERDITS if re.search(rf"\b{re.escape(fold(w))}\b", fold(text))] == []
    assert not re.search(r"\b(nan|None|<NA>)\b", text)
    assert len(kinds(found, "reponse", "absence")) >= 8  # one for each of 3.1 to 3.8


def test_questions_cite_what_the_page_holds(demo, monkeypatch):
    found = run(monkeypatch, "3_parcours", "94")
    known = {b.repere for b in found if b.repere}
    asked = wording(Region.open("demo", "94")).questions()
    cited = {f"94-{q[1]}" for q in asked if not isinstance(q, str)}
    assert len(asked) <= 6 and cited and cited <= known


def test_at_least_one_is_what_is_left_of_none(demo):
    r = Region.open("demo", "53")
    table = r.table("prestations")
    here = table[table["region"].eq("53") & table["operateur"].eq("ensemble")]
    n = here.set_index("prestation")["effectif"].astype(float)
    expected = (n["total"] - n["aucune"]) / n["total"]
    line = ind.at_least_one(ind.answers(r, "prestation")).iloc[0]
    assert line["valeur"] == pytest.approx(expected)
    assert line["borne_inf"] < expected < line["borne_sup"]
    assert line["numerateur"] == n["total"] - n["aucune"]


def test_at_least_one_needs_the_question(demo):
    line = ind.at_least_one(ind.answers(Region.open("demo", "53"), "sexe")).iloc[0]
    assert line["etat"] == codes.NON_DISPONIBLE and line["note"]


def test_two_directions_never_share_a_base(demo):
    rows = wording(Region.open("demo", "53")).articulations()
    bases = rows[rows["valeur"].notna()].groupby("sens_lu")["denominateur"].nunique()
    assert (bases == 1).all()
    from_cep = rows[rows["sens"] == "personnes_en_cep"]["denominateur"].iloc[0]
    assert from_cep not in set(rows[rows["sens"] == "dossiers"]["denominateur"].dropna())


def test_compulsory_cep_gives_a_number_and_no_share(demo):
    rows = wording(Region.open("demo", "53")).articulations()
    line = rows[rows["mesure"].eq("dossiers_demission") & rows["dimension"].eq("cep_prealable")]
    assert len(line) == 1 and line["valeur"].isna().all() and line["numerateur"].notna().all()


def test_withheld_demands_are_said(demo):
    lire = wording(Region.open("demo", "06"))
    assert (lire.motifs["etat"] == codes.SECRET).any()
    assert lire.cinq_lignes()[0].startswith("Parmi les valeurs diffusées")


def test_a_share_is_said_with_its_base(demo):
    r = Region.open("demo", "06")
    lire, lines = wording(r), wording(r).cinq_lignes()
    ptp = r.table("dossiers_ptp")
    here = ptp[ptp["region"].eq("06") & ptp["operateur"].eq("ensemble")]
    n = here.set_index("cep_prealable")["effectif"].astype(int)
    assert lines[3].startswith(f"{n['oui']} des {n['total']} dossiers")
    persons = r.table("motifs").query(
        "region == '06' and operateur == 'ensemble' and motif == 'total'")["effectif"].item()
    assert f"des {persons} personnes" in lines[0]
    assert f"n\u00a0=\u00a0{persons}" in lire.chiffres_cles()[0].champ
    heads = lire.publics([ind.answers(r, "motif", within="sexe")])
    assert "Hommes (n\u00a0=\u00a018)" in heads and "(12 sur 18)" in heads.iloc[1, 2]


def test_regional_features_name_who_fills_the_information(demo):
    said = wording(Region.open("demo", "06")).prudence_propres()
    assert "euls l’Apec et l’opérateur régional renseignent la demande" in said
    assert said.endswith("À Mayotte, aucune entrée de l’Apec n’est livrée.")


def test_no_more_than_five_regional_features_in_a_fixed_order(demo):
    lire = wording(Region.open("demo", "53"))
    rows = lire.propres()
    assert 0 < len(rows) <= 5
    assert set(rows["lecture"]) <= {codes.AU_DESSUS, codes.EN_DESSOUS}
    order = ["sexe", "tranche_age", "csp", "diplome", "statut", "handicap", "niveau", "modalite",
             "format", "motif", "prestation"]  # fmt: skip
    places = [order.index(d) for d in rows["dimension"]]
    assert places == sorted(places)


def test_levers_keep_their_agreement(demo):
    lire = wording(Region.open("demo", "53"))
    said = lire.leviers()
    # Sheet « constats » of Bretagne: C002 and C008 levers, C007 difficulty (V2.6, V2.8).
    assert (said["leviers"] != "—").sum() == 2 and (said["difficultes"] != "—").sum() == 1
    assert "Agefiph" in said["leviers"][0] and "15 mars 2022" in said["leviers"][0]
    assert "sans" not in said["leviers"][1] and "rencontre" in said["leviers"][1]


def test_a_delivery_without_paths_keeps_every_section(demo, monkeypatch):
    monkeypatch.setattr(store, "_PROVIDED", {})
    store.provide(without("53", PATHS))
    found = run(monkeypatch, "3_parcours", "53", exercice="sans_parcours")
    lines = kinds(found, "cinq")[0].text.splitlines()
    assert "n’est pas mesurée cette année" in lines[3]
    assert len(kinds(found, "absence")) >= 5  # 3.1 to 3.5
    assert {b.repere for b in found if b.repere} <= {"53-3.7-F1", "53-3.7-T1", "53-3.8-T1"}


def test_double_accompaniment_is_said_when_it_is_measured(demo):
    lire = wording(Region.open("demo", "53"))
    assert "ni le double accompagnement" in lire.reponse_passages(
        ind.several_operators(Region.open("demo", "53"))
    )
    # The small release of the indicators: 50 persons of 950, 6.25 % in France.
    said = lire.reponse_passages(ind.several_operators(make("53")))
    assert said.startswith("5,3\xa0% des 950 personnes sont suivies par deux opérateurs ou plus, "
                           "contre 6,2\xa0% en France (écart non concluant)")  # fmt: skip
