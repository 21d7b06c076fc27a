"""Figures: accessible, light, in a fixed order, silent about withheld values."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from cepkit import formats
from cepkit.errors import UsageError
from cepkit.show import maps, state
from cepkit.show.figures import bars, courbe, gaps, multiples, nuage, paired, series
from tests.show import frames

AXES = {"x": "chomage", "x_titre": "chômage, en %", "y_titre": "pour 100 actifs"}
OPERATORS = ("cap_emploi", "france_travail")
# name -> (builder, frame, options)
FIGURES = {
    "paired": (paired.paired, frames.shares, {}),
    "gaps": (gaps.gaps, frames.shares, {}),
    "bars": (bars.bars, frames.shares, {}),
    "multiples": (multiples.multiples, lambda: {o: frames.profile() for o in OPERATORS}, {}),
    "series": (series.series, frames.years, {}),
    "courbe": (courbe.courbe, frames.delays, {"groupe": "sexe"}),
    "nuage": (nuage.nuage, frames.regions, AXES),
    "carte": (maps.carte, frames.departments, {}),
    "carte des régions": (maps.carte, frames.regions, {"niveau": "region"}),
}
WITHHOLDING = [n for n in FIGURES if n in ("paired", "gaps", "bars", "carte", "courbe")]


def draw(name: str, frame=None, **words):
    builder, make, options = FIGURES[name]
    return builder(make() if frame is None else frame,
                   **{"id": "2.1-F1", **frames.WORDS, **options, **words})


def drawings(block) -> list[etree._Element]:
    return [etree.fromstring(s) for s in re.findall(r"<svg.*?</svg>", block.html, re.S)]


def written(drawing) -> list[str]:
    return [t.text for t in drawing.iter("text")]


@pytest.mark.parametrize("name", FIGURES)
def test_two_drawings_each_with_title_and_description(page, name):
    found = drawings(draw(name))
    assert [d.get("class").split()[0] for d in found] == ["fig-L", "fig-S"]
    for d in found:
        assert d.get("role") == "img" and d.get("width") is None
        assert d.get("aria-labelledby").split() == [d.find("title").get("id"),
                                                    d.find("desc").get("id")]
        assert d.find("title").text and len(d.find("desc").text) > 40


@pytest.mark.parametrize("name", FIGURES)
def test_ids_are_unique_and_named_after_the_figure(page, name):
    ids = re.findall(r'\sid="([^"]+)"', draw(name).html)
    assert len(ids) == len(set(ids)) and all("53-2-1-f1" in i for i in ids)


@pytest.mark.parametrize("name", FIGURES)
def test_colours_are_classes_and_nothing_else_remains(page, name):
    for svg in re.findall(r"<svg.*?</svg>", draw(name).html, re.S):
        assert not re.search(r"style=|#[0-9a-f]{6}|metadata|clip-path|xlink|\d\.\d\d", svg)


@pytest.mark.parametrize("name", FIGURES)
def test_drawings_are_light(page, name):
    limit = 17_000 if name == "carte des régions" else 10_000
    assert max(map(len, re.findall(r"<svg.*?</svg>", draw(name).html, re.S))) < limit


@pytest.mark.parametrize("name", FIGURES)
def test_fictitious_data_are_said_inside_each_drawing(page, name):
    block = draw(name)
    assert all("Données fictives" in written(d) for d in drawings(block))
    assert 'class="tag-fict">Données fictives' in block.html


@pytest.mark.parametrize("name", FIGURES)
def test_same_inputs_same_bytes(page, name):
    assert draw(name).html == draw(name).html


@pytest.mark.parametrize("name", WITHHOLDING)
def test_a_hidden_value_moves_nothing(page, name):
    """Non-interference: another value under the mask gives the same figure, byte for byte."""
    frame = FIGURES[name][1]()
    hidden = frame["etat"] == "secret"
    other = frame.copy()
    moved = [c for c in ("valeur", "borne_inf", "borne_sup", "numerateur", "ecart", "ecart_inf",
                         "ecart_sup", "ratio") if c in frame]
    other.loc[hidden, moved] = other.loc[hidden, moved].astype(float) * 3 + 40
    other.attrs = frame.attrs
    assert hidden.sum() == 1 and draw(name, other).html == draw(name, frame).html


@pytest.mark.parametrize("name", WITHHOLDING)
def test_a_withheld_value_is_hatched_and_written_s(page, name):
    for d in drawings(draw(name)):
        assert any(t == "s." or t.startswith("s. /") for t in written(d))
        assert [e for e in d.iter("path") if "f-hatch" in e.get("class", "")]
    assert "valeur non diffusée" in draw(name).text


@pytest.mark.parametrize("name, frame", [("series", frames.years), ("nuage", frames.regions)])
def test_years_and_scatters_say_what_is_withheld(page, name, frame):
    hidden = frame()
    hidden.loc[1, ["valeur", "etat"]] = [float("nan"), "secret"]
    for d in drawings(draw(name, hidden)):
        assert any(t == "s." or t.startswith("s. : 53") for t in written(d))
        assert [e for e in d.iter("path") if "f-hatch" in e.get("class", "")]
        assert not any(t.startswith("s.") for t in written(drawings(draw(name))[0]))


@pytest.mark.parametrize("name", ["paired", "gaps", "bars"])
def test_the_numbers_of_a_drawing_carry_their_keys(page, name):
    for d in drawings(draw(name)):
        keys = [k for e in d.iter("text") for k in e.get("data-cle", "").split(" ; ") if k]
        assert "53|2022|total|france_travail||part|valeur" in keys
        assert "53|2022|total|cap_emploi||part|reference" in keys
        assert not any("|apec||part|valeur" in k for k in keys)  # withheld


@pytest.mark.parametrize("name", ["paired", "gaps", "bars"])
def test_values_are_written_beside_the_marks_and_in_the_alternative(page, name):
    block = draw(name)
    wide = written(drawings(block)[0])
    for value in ("55,2", "53,1", "30,1", "32,1"):
        assert value in wide and f"{value}{formats.NBSP}%" in block.text
    assert "▲ au-dessus" in wide and "non concluant" in wide


def test_the_alternative_holds_no_number_that_is_not_published(page):
    numbers = set(re.findall(r"\d+,\d+", draw("gaps").text))
    assert numbers == {"55,2", "53,1", "30,1", "32,1", "14,8"}


@pytest.mark.parametrize("name", ["paired", "gaps", "bars"])
def test_order_is_that_of_the_frame_never_of_the_values(page, name):
    frame = frames.shares(hidden="")
    upside = frame.iloc[[1, 2, 0]]
    upside.attrs = frame.attrs
    for d in drawings(draw(name, upside)):
        labels = [t for t in written(d) if t in ("Pôle emploi", "Cap emploi", "Apec")]
        assert labels == ["Cap emploi", "Apec", "Pôle emploi"]


def test_panels_follow_the_order_of_the_law(page):
    wide = written(drawings(draw("multiples"))[0])
    assert wide.index("Pôle emploi") < wide.index("Cap emploi")


def test_panels_refuse_what_is_not_an_operator(page):
    with pytest.raises(UsageError, match="Vouliez-vous dire « apec »"):
        draw("multiples", {"apecc": frames.profile()})


@pytest.mark.parametrize("words", [{"alt": " "}, {"titre": ""}, {"mesure": " "}, {"lecture": ""}])
def test_a_figure_without_its_words_is_refused(page, words):
    with pytest.raises(UsageError, match="2.1-F1"):
        draw("paired", **words)


def test_the_given_alternative_opens_the_description(page):
    assert draw("paired", alt="Deux parts").text.split("\n")[1].startswith("Deux parts. Pôle")


def test_filled_disc_means_a_marked_gap(page):
    wide = drawings(draw("gaps", frames.shares(hidden="")))[0]
    marks = [c.get("class") for c in wide.iter("circle")]
    # key: one filled, one open; rows: one marked, two not
    assert marks.count("f-region s-region") == 2 and marks.count("f-paper s-region") == 3


def test_gap_axis_is_symmetric_and_at_least_six_points(page):
    wide = written(drawings(draw("gaps"))[0])
    assert {"\u22126", "+6"} <= set(wide) and "France" in wide


def test_gap_figure_keeps_whole_groups_within_fifteen_rows(page):
    from cepkit.show.figures import rows

    frame = frames.shares(hidden="")
    one = rows.of_frame(frame, page)[0]
    from dataclasses import replace

    many = [replace(one, groupe=g) for g in "aaaaaabbbbbbbbcccc"]
    assert [r.groupe for r in gaps.fit(many)] == list("aaaaaabbbbbbbb")


def test_a_break_cuts_the_line(page):
    lines = [1, 2, 3, 4]
    assert series.segments(_rows(page), [False, False, True, False], "valeur") == [[0, 1], [2, 3]]
    assert any("rupture 2022" in written(d) for d in drawings(draw("series"))) and lines


def _rows(page):
    from cepkit.show.figures import rows

    return rows.of_frame(frames.years(), page, "annee")


def test_a_withheld_month_cuts_the_curve(page):
    wide = drawings(draw("courbe"))[0]
    curves = [e.get("d") for e in wide.iter("path") if e.get("class") == "f-no s-region"]
    # one line for the first group; before and after the hidden month for the second
    assert "".join(curves).count("M") == 3
    # by hand: 100 x 0.9 x 3 / 7; the median of the second group is not reached
    assert {"38,6", "La moitié en 6 mois au plus", "340"} <= set(written(wide))
    assert "Durée médiane non atteinte ou non diffusée" in written(wide)


def test_bars_start_from_zero(page):
    wide = drawings(draw("bars", frames.shares(hidden="")))[0]
    assert written(wide).count("0") == 1


def test_dominating_operator_has_its_own_panel_of_the_same_length(page):
    from dataclasses import replace

    from cepkit.show.figures import rows

    first, *others = rows.of_frame(frames.shares(hidden=""), page)
    parts = paired.panels([replace(first, valeur=82.7, reference=84.0),
                           *(replace(r, valeur=5.0, reference=4.0) for r in others)])
    spans = [marks[-1] - marks[0] for marks in paired.scales(parts)]
    assert [len(p) for p in parts] == [1, 2] and spans[0] == spans[1]


# 14.5 less and plus 10 %: 13.05 and 15.95, to the nearest half.
def test_map_classes_stand_around_the_national_value():
    assert maps.class_limits(14.5, 10) == (13.0, 16.0)


def test_a_map_value_stands_in_the_class_that_its_printed_value_says(page):
    frame = frames.departments(hidden="").assign(valeur=[12.94, 12.96, 15.94, 15.96])
    frame.attrs = frames.departments().attrs
    wide = drawings(draw("carte", frame, nationale=14.5))[0]
    shown = [p.get("class") for p in wide.iter("path") if "s-ink" in p.get("class").split()
             and p.get("class").split()[0] in ("f-m1", "f-m2", "f-m3")]
    # key: "moins de 13", "13 à 15,9", "16 ou plus"; neighbours of one class are one path
    assert {"13 à 15,9", "16 ou plus"} <= set(written(wide))
    assert shown == ["f-m1 s-ink", "f-m2 s-ink", "f-m3 s-ink"]


def test_map_of_one_department_is_a_sentence(page):
    frame = frames.departments().iloc[:1]
    frame.attrs = frames.departments().attrs
    block = draw("carte", frame)
    assert block.kind == "absence" and "<svg" not in block.html


def test_map_refuses_an_area_without_outline(page):
    frame = frames.departments().assign(departement=["22", "29", "35", "999"])
    frame.attrs = frames.departments().attrs
    with pytest.raises(UsageError, match="999"):
        draw("carte", frame)


def test_data_table_is_behind_the_figure(page):
    html = draw("paired").html
    assert "<summary>Données de la figure 53-2.1-F1</summary>" in html
    assert html.index("<figcaption") < html.index("<svg") < html.index("<details")


def test_report_page_carries_a_picture_at_print_size(bretagne, page):
    from io import BytesIO

    from PIL import Image

    state.set_page(bretagne, "rapport")
    block = draw("gaps")
    picture = Image.open(BytesIO(block.files["53-2.1-F1.png"]))
    # 16 cm at 200 dpi = 1260 pixels
    assert abs(picture.width - 1260) <= 1 and round(picture.info["dpi"][0]) == 200
    assert '](53-2.1-F1.png){#fig-53-2-1-f1 fig-alt="' in block.markdown
    assert "valeur non diffusée" in block.markdown
