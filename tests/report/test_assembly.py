"""The report of a demonstration region: plan, bounds, places of the texts."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt

import pytest

from cepkit import report
from cepkit.edition.region import RegionFile
from cepkit.errors import ParametersError
from cepkit.intake import texts
from cepkit.show.blocks import MIME

# SPECIFICATION 5.5, in order.
PLAN = [
    "Synthèse", "Introduction", "Organisation de la mission", "Déroulement de l’année",
    "Partie 1 — Les coopérations autour du CEP", "1.1 Organisation et participants",
    "1.2 Plans d’actions partagés", "1.3 Thèmes", "1.4 Réalisations",
    "1.5 Leviers et difficultés",
    "Partie 2 — Le CEP et les parcours des bénéficiaires en région",
    "2.0 Précautions de lecture",
    "2.1 Les données régionales au regard du national : courte analyse", "2.2 Qui, où",
    "2.3 Demandes et services", "2.4 Parcours et articulation avec les partenaires",
    "2.5 Leviers et difficultés", "Développements complémentaires",
    "Effets du CEP", "Non-recours au CEP", "Le CEP dans les parcours de reconversion", "Conclusion",
    "Perspectives sur le déploiement du CEP en région", "Prolongements",
    "Perspectives sur le positionnement de la mission et de sa méthodologie",
    "Annexes du rapport", "A. Divergences maintenues", "B. Sources et méthode", "C. Glossaire",
]


def titles(draft) -> list[str]:
    return [" ".join(t.split()) for _, t in draft.outline["titres"]]


def part(draft, start: str, end: str) -> str:
    return draft.markdown.split(f"# {start}", 1)[1].split(f"# {end}", 1)[0]


def test_the_plan_is_that_of_the_methodology(draft):
    assert titles(draft) == PLAN


def test_bounds_of_part_two(draft):
    text = part(draft, "Partie 2", "Développements complémentaires")
    assert 1 <= text.count("![Figure") <= 5
    assert text.count(": Tableau") <= 3


def test_each_figure_has_an_alternative_text_and_a_repere(draft):
    assert len(draft.outline["alternatives"]) == len(draft.outline["figures"]) == len(draft.files)
    assert all(len(a) > 40 for a in draft.outline["alternatives"])
    for name in draft.files:
        assert f"Repère {name.removesuffix('.png')}" in draft.markdown


def test_every_reference_leads_somewhere(draft):
    for target in draft.outline["renvois"]:
        assert f"{{{target}" in draft.markdown or f"{target} " in draft.markdown, target


def test_texts_stand_in_their_section_with_their_values(draft):
    text = part(draft, "2.1 ", "2.2 ")
    assert "Rapporté aux actifs, le taux s’établit à [" in text
    assert "{{" not in draft.markdown


def test_an_empty_section_asks_its_question_in_a_draft(draft):
    text = part(draft, "1.3 ", "1.4 ")
    assert "**À rédiger**" in text and "Sur quels thèmes portent les coopérations" in text


def test_key_figures_are_a_table_like_the_others(draft):
    assert any(c.endswith("— Chiffres clés") for c in draft.outline["tableaux"])
    assert "Repère\u00a084-2.0-T1" in draft.markdown or "Repère 84-2.0-T1" in draft.markdown


def test_the_report_does_not_send_back_to_itself(notebook):
    made = report.assemble(notebook)
    assert "interprétation est dans le rapport" not in made.markdown


def test_an_empty_section_says_so_in_a_version_that_is_sent(notebook, written):
    sent = report.assemble(notebook, texts=written, state=report.State("CREFOP"))
    assert "À rédiger" not in sent.markdown
    assert "Non traité cette année." in part(sent, "1.3 ", "1.4 ")


@pytest.mark.parametrize(("version", "band"), [("Brouillon", True), ("CREFOP", True),
                                               ("Remise", False)])
def test_not_final_until_handed_over(notebook, written, version, band):
    state = report.State(version, dt.date(2023, 6, 20))
    made = report.assemble(notebook, texts=written, state=state)
    assert ("Version non définitive" in made.markdown) is band
    assert ("non définitive" in made.meta["entete"]) is band
    assert "Données fictives" in made.markdown and "Données fictives" in made.meta["entete"]


def test_a_maintained_divergence_is_told_at_the_finding_and_in_annexe_a(draft):
    assert "Divergence maintenue avec Pôle emploi" in part(draft, "2.1 ", "2.2 ")
    annexe = part(draft, "A. ", "B. ")
    assert "Position de la Transitions Pro" in annexe and "texte validé le 6 juin 2023" in annexe


def test_the_complementary_part_goes_where_the_region_wants_it(notebook, written):
    after = report.assemble(notebook, texts=written, region_file=RegionFile(
        position_complements="apres_prolongements"))
    order = titles(after)
    assert order.index("Prolongements") < order.index("Développements complémentaires") \
        < order.index("Annexes du rapport")


def test_unknown_values_are_told_all_at_once_with_the_nearest_name(notebook, written):
    wrong = dict(written)
    for stem in ("31_parcours_recours", "50_conclusion_perspectives"):
        wrong[stem] = dataclasses.replace(written[stem], corps="Soit {{taux_recour.region}}.")
    with pytest.raises(ParametersError) as error:
        report.assemble(notebook, texts=wrong)
    assert len(error.value.problems) == 2
    assert "Vouliez-vous dire « taux_recours.region » ?" in str(error.value)


def test_a_region_that_wrote_nothing_gets_every_section(notebook, tmp_path):
    empty, _ = texts.read(tmp_path)
    made = report.assemble(notebook, texts=empty)
    assert titles(made) == PLAN  # an investigation keeps its card
    assert made.markdown.count("**À rédiger**") == 15


def test_a_carried_over_text_is_marked(notebook, written):
    old = dataclasses.replace(written["31_parcours_recours"], statut="a_relire", repris_de="2021")
    made = report.assemble(notebook, texts={**written, "31_parcours_recours": old})
    assert "Texte de 2021 à relire." in made.markdown


@pytest.mark.parametrize(("repere", "placed"), [
    ("84-2.1", True), ("2.1", True), ("84-2.1-C1", True), ("84-2.3-F1", True),
    ("84-Déroulement de l’année", True), ("84-9.9-T4", False)])
def test_a_divergence_is_told_at_its_place_or_said_to_have_none(notebook, written, repere, placed):
    changed = copy.deepcopy(notebook)
    row, = (r for cell in changed.cells for o in cell.get("outputs", ())
            if o.get("data", {}).get(MIME, {}).get("kind") == "divergences"
            for r in o["data"][MIME]["table"]["rows"])
    row["repere"] = repere
    made = report.assemble(changed, texts=written)
    assert made.markdown.count("Divergence maintenue avec Pôle emploi sur ce point") == placed
    assert any("n’est pas dans le rapport" in str(n) for n in made.notes) is not placed


def test_a_written_synthesis_leaves_nothing_of_the_proposed_one(notebook, draft, written):
    bare = {n: dataclasses.replace(t, corps="") for n, t in written.items() if n == "00_synthese"}
    assert "d’après l’annexe 4" in report.assemble(notebook, texts=bare).markdown
    assert "d’après l’annexe" not in draft.markdown


def test_a_box_has_room_to_write_that_is_no_text(notebook, written):
    bare = {n: dataclasses.replace(t, corps="") for n, t in written.items() if "40_" not in n}
    made = report.assemble(notebook, texts=bare)
    box = made.markdown.split('custom-style="A rediger"')[1].split(":::")[0]
    assert box.count("\u00a0\\\n") == 5 or box.count("&nbsp;\\\n") == 5, box
    assert not [u for u in made.content["produits"] if not u.strip()]
