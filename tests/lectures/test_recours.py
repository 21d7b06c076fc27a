"""Annexe 2 in words: five lines with their fixed roles, honest where nothing can be said."""

import dataclasses
import re

import pytest

from cepkit import codes, lectures, store
from cepkit import indicators as ind
from cepkit.lectures import commun
from cepkit.region import Region
from cepkit.text import MOTS_INTERDITS, fold

from .pages import kinds, run

UNLIKE = ("06", "03", "94", "53", "11", "04")


def wording(code: str) -> lectures.Recours:
    r = Region.open("demo", code)
    return lectures.Recours(
        r,
        taux=ind.take_up(r),
        contributions=ind.take_up(r, by="operateur"),
        operateurs=ind.operator_mix(r),
        profil=ind.profile(r),
        motifs=ind.multiple(r, "motifs", "motif"),
        structure=ind.standardised_gap(r),
        departements=ind.take_up(r, by="departement"),
        evolution=ind.evolution(r, "volumes"),
    )


def bare() -> store.Slice:
    """A delivery of entries by operator under another name, and of their sex: nothing else."""
    part = store.load_slice("demo", "53")
    kept = {"volumes": "effectifs", "profil_sexe": "profil_sexe"}
    plan = [t | {"nom": kept[t["nom"]]} for t in part.meta["plan"] if t["nom"] in kept]
    measures = {"entrees": part.meta["mesures"]["entrees"]}
    return dataclasses.replace(
        part, exercice="nu", meta=part.meta | {"plan": plan, "mesures": measures, "publics": {}},
        tables={new: part.tables[old] for old, new in kept.items()},
        hors_champ={new: part.hors_champ[old] for old, new in kept.items()})  # fmt: skip


def numbers(sentence: str) -> list[str]:
    """Values of a sentence: years, ages and diplomas name things, they are left out."""
    named = r"\b20\d\d\b|\d+ (?:à \d+ )?ans\b|[Bb]ac \+ \d"
    found = re.findall(r"\d[\d\u202f]*(?:,\d+)?", re.sub(named, "", sentence))
    return [n for n in found if n != "100"]


@pytest.mark.parametrize("code", codes.REGIONS)
def test_five_lines_keep_their_rules(demo, code):
    lines = wording(code).cinq_lignes()
    assert len(lines) == 5
    for rank, line in enumerate(lines, 1):
        assert commun.words(line) <= 30
        assert len(numbers(line)) <= (3 if rank == 3 else 2), line
        assert line.endswith(".") and "  " not in line and "nan" not in line.lower()


@pytest.mark.parametrize("code", UNLIKE)
def test_no_banned_word_and_no_judgement(demo, code):
    lire = wording(code)
    texts = [*lire.cinq_lignes(), lire.reponse_operateurs(), lire.reponse_taux(),
             lire.reponse_profil(), lire.reponse_motifs(), lire.reponse_structure(),
             lire.reponse_evolution(), *(q for q, _ in lire.questions()),
             *lire.figure_profil().values(), *lire.figure_contributions().values()]
    said = fold(" ".join(map(str, texts)))
    assert [w for w in MOTS_INTERDITS if re.search(rf"\b{re.escape(fold(w))}\b", said)] == []


def test_mayotte_says_why_there_is_no_rate(demo):
    lire = wording("06")
    assert not lire.taux_publie
    assert "Mayotte" in lire.reponse_taux()
    assert lire.cinq_lignes()[2] == "Faute de population active publiée, aucun taux n’est calculé."
    assert next(k for k in lire.chiffres_cles() if "pour 100" in k.unite).valeur == "n.d."


def test_break_of_series_is_told_not_computed(demo):
    lire = wording("53")
    assert "2022 : comparaison refusée, rupture de série en 2022" in lire.reponse_evolution()
    assert "2022 par rapport à 2021" not in lire.reponse_evolution()
    assert "rupture de série" in lire.cinq_lignes()[4]


def test_at_most_six_questions_each_with_its_figure(demo):
    questions = wording("11").questions()
    assert 1 <= len(questions) <= 6
    assert all(q.endswith("Comment l’expliquez-vous ?") for q, _ in questions)


def test_comparison_words_follow_the_reading(demo):
    lire = wording("04")
    # La Réunion: 18.0 % of unemployment against 7.3 % (Insee, localised rates, mean of 2022).
    assert "18,0\u00a0%" in lire.cinq_lignes()[2] and "7,3\u00a0%" in lire.cinq_lignes()[2]
    assert lire.cinq_lignes()[1].startswith("C’est au-dessus de la valeur nationale")


def test_partial_year_is_told(demo):
    # Regional operators opened on 1 March 2020 in La Réunion (France compétences).
    assert "2020 est une année partielle" in wording("04").reponse_evolution()
    assert "partielle" not in wording("53").reponse_evolution()


def test_levels_of_counsel_are_said_or_their_absence(demo):
    lire, r = wording("53"), Region.open("demo", "53")
    said = lire.niveaux(ind.answers(r, "niveau"))
    assert said.startswith("Niveaux de conseil : niveau 1, ") and said.count("en France") == 2
    said = lire.niveaux(ind.answers(r, "secteur"))
    assert "ne figure pas dans les tables diffusées" in said and len(numbers(said)) == 0


def test_each_public_has_the_rate_of_its_own_population(demo):
    r = Region.open("demo", "53")
    frame = ind.own_public(r)
    said = wording("53").publics(frame)
    assert "pour 100 personnes en recherche d’emploi, contre" in said
    assert said.count("en France (") == len(r.meta["publics"]) == 2
    # No population in Mayotte: the reason, no number.
    said = wording("06").publics(ind.own_public(Region.open("demo", "06")))
    assert "Mayotte" in said and numbers(said) == []


def test_every_line_of_the_structure_has_its_own_sentence(demo):
    lines = wording("53").structure_lignes()
    assert lines["phrase"].is_unique and lines["phrase"].str.endswith(".").all()
    total = lines["ecart"].astype(float)
    named = dict(zip(lines["composante"], total, strict=True))
    parts = [v for k, v in named.items() if k.startswith("dont")]
    assert sum(parts) == pytest.approx(named["À répartition par opérateur comparable"])


def test_beneficiaries_have_no_total(demo):
    frame = wording("53").beneficiaires()
    assert len(frame) == 5 and codes.ENSEMBLE not in set(frame["operateur"])


def test_a_bare_delivery_keeps_every_section(demo, monkeypatch):
    monkeypatch.setattr(store, "_PROVIDED", {})
    store.provide(bare())
    found = run(monkeypatch, "2_recours", "53", exercice="nu")
    said = " ".join(b.text for b in found).replace("\xa0", " ")
    assert "« demande exprimée » ne figure pas" in said
    assert "« niveau de conseil » ne figure pas" in said
    assert "Aucun public propre à un opérateur n’est déclaré" in said
    assert "Le nombre de personnes n’est pas livré" in said
    assert len(kinds(found, "cinq")[0].text.splitlines()) >= 5
    assert {"53-2.1-F1", "53-2.2-F1", "53-2.9-F1"} <= {b.repere for b in found}
