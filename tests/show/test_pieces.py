"""Key figures, five lines, answers, questions, points heard."""

from __future__ import annotations

import pandas as pd
import pytest

from cepkit.errors import UsageError
from cepkit.show import Cle, pieces


def test_missing_key_figure_gives_its_reason_in_place_of_the_unit(page):
    html = pieces.cles([Cle("Part des femmes", "s.", "des entrées", raison="non diffusée")]).html
    assert ">s.<" in html and "non diffusée" in html and "des entrées" not in html


def test_national_value_is_named(page):
    given = ("14,9", "France hors Mayotte : 7,3 %", None)
    shown = [Cle("a", 1, national=n).france() for n in given]
    assert shown == ["France : 14,9", "France hors Mayotte : 7,3 %", ""]


def test_number_is_formatted(page):
    assert Cle("Entrées", 191660).shown() == "191\u202f660" and Cle("n", None).shown() == "n.d."


@pytest.mark.parametrize("count", [0, 7])
def test_six_key_figures_at_most(page, count):
    with pytest.raises(UsageError, match="six"):
        pieces.cles([Cle("a", 1)] * count)


def test_five_lines_are_five_and_short(page):
    with pytest.raises(UsageError, match="cinq attendues"):
        pieces.cinq_lignes(["Une."] * 4)
    with pytest.raises(UsageError, match="ligne 2 : 31 mots"):
        pieces.cinq_lignes(["Une.", " ".join(["mot"] * 31), "Une.", "Une.", "Une."])
    html = pieces.cinq_lignes(["Une phrase ; deux mots."] * 5).html
    assert html.count("<li>") == 5 and "l’interprétation est dans le rapport" in html


def test_typography_and_escaping(page):
    # U+202F before ; and U+00A0 before %, U+2019, U+2011 (LOOK §10)
    html = pieces.reponse("Diffère-t-il ? L'écart <b> de 5 %").html
    assert "Diffère\u2011t\u2011il\u202f?" in html
    assert "L’écart &lt;b&gt; de 5\u00a0%" in html


def test_questions_link_to_their_figure(page):
    html = pieces.questions([("Pourquoi ?", "2.1-F1"), "Comment ?"]).html
    assert 'href="#f-53-2-1-f1"' in html and html.count("<a ") == 1
    with pytest.raises(UsageError, match="six au plus"):
        pieces.questions(["?"] * 7)


def test_points_heard_respect_the_agreement(page):
    rows = pd.DataFrame([
        {"nature": "Levier", "enonce": "Un.", "acteurs": ["Apec"], "source": "R001",
         "publiable": "Oui, attribué"},
        {"nature": "Difficulté", "enonce": "Deux.", "acteurs": ["Cap emploi"], "source": "R002",
         "publiable": "Oui, sans attribution"},
        {"nature": "Constat", "enonce": "Trois.", "acteurs": ["Apec"], "source": "R003",
         "publiable": "Non"}])
    block = pieces.constats(rows)
    for text in (block.html, block.markdown):
        assert "Apec" in text and "R001" in text and "Deux." in text
        assert "Cap emploi" not in text and "R002" not in text and "Trois." not in text


def test_no_point_to_print_is_a_sentence(page):
    assert pieces.constats(pd.DataFrame()).kind == "absence"


def test_glossary_is_alphabetical_and_refuses_unknown_terms(page):
    html = pieces.glossaire(["VAE", "CEP"]).html
    assert html.index("CEP") < html.index("VAE")
    with pytest.raises(UsageError, match="Vouliez-vous dire « CREFOP »"):
        pieces.glossaire(["CREFO"])


def test_markdown_of_a_sentence_is_inert(page):
    assert pieces.reponse("a*b* [x](y) $z$").markdown.splitlines()[1] == (
        r"a\*b\* \[x\](y) \$z\$")
