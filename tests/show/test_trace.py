"""Keys of the numbers that sentences quote."""

from __future__ import annotations

import pandas as pd
import pytest

from cepkit.indicators import rows as indicators
from cepkit.show import blocks, pieces, trace
from tests.show import frames


@pytest.fixture
def journal(page):
    """Two frames computed by the page: shares of the operators, rates of the departments."""
    trace.reset()
    for frame in (frames.shares(hidden=""), frames.departments()):
        indicators.remembered(frame)
    yield
    trace.reset()


def keys(html: str) -> dict[str, str]:
    return dict(trace.pairs(trace.keyed(html)))


def test_the_row_named_in_the_sentence_gives_the_key(journal):
    found = keys("<p>La part de l’Apec est de 14,7\u00a0%, contre 14,8\u00a0% en France.</p>")
    assert found == {"14,7": "53|2022|total|apec||part|valeur",
                     "14,8": "53|2022|total|apec||part|reference"}


def test_a_withheld_value_is_never_quoted(journal):
    assert keys("<p>Dans le Morbihan : 12,3.</p>") == {}  # its numbers are still in the frame


def test_years_ages_and_counts_of_rows_have_no_key(journal):
    assert keys("<p>En 2022, 3 écarts marqués ; 25 à 34 ans ; figure 53-2.3-F1.</p>") == {}


def test_a_small_number_needs_the_name_of_its_row(journal):
    frame = pd.DataFrame([{"operateur": "cap_emploi", "indicateur": "effectif", "numerateur": 12.0,
                           "valeur": 12.0, "unite": "entrées", "etat": "publie"}])
    frame.attrs["cepkit"] = dict(frames.ATTRS)
    indicators.remembered(frame)
    assert keys("<p>12 actions sont prévues.</p>") == {}
    assert list(keys("<p>Cap emploi compte 12 entrées.</p>").values()) == [
        "53|2022|total|cap_emploi||effectif|numerateur"]


def test_a_cell_of_text_is_read_with_its_row_and_head(journal):
    html = ('<table><thead><tr><th scope="col">Part</th><th scope="col" class=n>Apec</th></tr>'
            '</thead><tbody><tr><th scope="row">Entrées</th><td>14,7 (sur 1\u202f000)</td></tr>'
            "</tbody></table>")
    assert keys(html)["14,7"] == "53|2022|total|apec||part|valeur"


def test_only_sentences_that_quote_indicators_are_looked_at(journal):
    shown = pieces.reponse("La part de l’Apec est de 14,7\u00a0%.")._repr_mimebundle_()
    assert 'data-cle="53|2022|total|apec||part|valeur">14,7</span>' in shown["text/html"]
    said = blocks.Block("constats", "<p>L’Apec : 14,7\u00a0%.</p>", "", "")
    assert "data-cle" not in said._repr_mimebundle_()["text/html"]


def test_drawings_are_left_alone(journal):
    html = "<svg><text>14,7</text></svg><p>Apec : 14,7</p>"
    assert trace.keyed(html).startswith("<svg><text>14,7</text></svg><p>Apec : <span data-cle=")


def test_an_interval_gives_its_two_bounds():
    html = '<td class="n" data-cle="53|2022|total|apec||part|intervalle">[14,4 ; 15,0]</td>'
    assert list(trace.pairs(html)) == [("14,4", "53|2022|total|apec||part|borne_inf"),
                                       ("15,0", "53|2022|total|apec||part|borne_sup")]
