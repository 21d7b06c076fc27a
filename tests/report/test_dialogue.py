"""Socle, dialogue and e-mails, from rows as the workbook gives them."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from cepkit.intake import workbook
from cepkit.report import dialogue, socle
from cepkit.text import MOTS_INTERDITS, fold

FIVE = ("Pôle emploi", "Cap emploi", "Apec", "Missions locales", "Opérateur régional")
D = dt.date
SENT, DUE, NOW = D(2023, 5, 9), D(2023, 7, 15), D(2023, 5, 20)


def suivi(textes=None, remise=DUE, **rows) -> socle.Suivi:
    """An empty follow-up with these rows, each completed by empty cells."""
    sheets = {name: [] for name in workbook.sheets()}
    for name, found in rows.items():
        blank = {c.nom: [] if c.kind == "M" else None if c.kind == "D" else ""
                 for c in workbook.sheets()[name].colonnes}
        sheets[name] = [blank | row for row in found]
    return socle.Suivi(sheets, textes or {}, FIVE, remise)


def point(number: int, **rows) -> socle.Point:
    return socle.compute(suivi(**rows))[number - 1]


def held(operators, volets="Les deux", **more):
    return {"etat": "Tenue", "forme": "Rencontre bilatérale", "presents": list(operators),
            "invites": list(operators), "volets": volets} | more


def texts(**states):
    """Texts by stem: "fait", "a_relire" or "vide"."""
    return {stem: SimpleNamespace(fichier=f"{stem}.md", redigee=s != "vide",
                                  a_relire=s == "a_relire") for stem, s in states.items()}


def sent(operator, day=SENT, **more):
    return {"etape": "Envoi aux opérateurs", "destinataire": operator, "date_realisee": day} | more


def test_thirteen_points_and_nothing_done_in_an_empty_workbook():
    points = socle.compute(suivi())
    assert [p.numero for p in points] == list(range(1, 14))
    assert {p.etat for p in points[:12]} == {"à faire"} and points[12].etat == "sans objet"


# Each state of each point, from SPECIFICATION 6.2 (sheet rencontres) and 6.5.
@pytest.mark.parametrize(("number", "rows", "state"), [
    (1, [held(FIVE)], "fait"),
    (1, [held(FIVE, "Volet 1")], "fait"),
    (2, [held(FIVE, "Volet 1")], "à faire"),
    (1, [held(FIVE[:3])], "en cours"),
    (1, [held(FIVE, forme="Atelier France compétences")], "à faire"),
    (1, [held(FIVE, forme="Conseil d’administration ou bureau")], "à faire"),
    (1, [held(FIVE[:4]), {"etat": "Sans suite", "sollicitee_le": D(2023, 3, 1), "volets": "Volet 1",
                          "invites": [FIVE[4]]}], "sollicité, sans suite"),
    (1, [held(FIVE[:4]), {"etat": "Sans suite", "volets": "Volet 1", "invites": [FIVE[4]]}],
     "en cours"),
    (1, [held(FIVE[:4], invites=list(FIVE))], "en cours"),
    (3, [held((), forme=socle.ANNUELLE, invites=list(FIVE))], "fait"),
    (3, [held((), forme=socle.ANNUELLE, invites=list(FIVE[:4]))], "en cours"),
    (3, [{"forme": socle.ANNUELLE, "etat": "Programmée"}], "en cours"),
    (3, [{"forme": socle.ANNUELLE, "etat": "Sans suite", "sollicitee_le": D(2023, 3, 1)}],
     "sollicité, sans suite"),
])
def test_exchanges(number, rows, state):
    assert point(number, rencontres=rows).etat == state


def test_who_is_missing_is_named():
    detail = point(1, rencontres=[held(FIVE[:4])]).detail
    assert detail == "à faire : Opérateur régional"


@pytest.mark.parametrize(("found", "state"), [
    ({"30_parcours_analyse_donnees": "fait"}, "fait"),
    ({"30_parcours_analyse_donnees": "vide"}, "à faire"),
    ({"30_parcours_analyse_donnees": "a_relire"}, "en cours"),
])
def test_a_text_counts_when_it_is_written_and_read_again(found, state):
    assert point(5, textes=texts(**found)).etat == state


def test_several_texts_make_one_point():
    stems = ("31_a", "32_b", "33_c", "34_d")
    assert point(7, textes=texts(**dict.fromkeys(stems, "fait"))).etat == "fait"
    half = dict.fromkeys(stems, "fait") | {"34_d": "vide"}
    assert point(7, textes=texts(**half)).etat == "en cours"


CREFOP = {"etape": "Présentation au CREFOP", "date_realisee": D(2023, 6, 20)}


@pytest.mark.parametrize(("rows", "state"), [
    ([sent(o) for o in FIVE], "fait"),
    ([sent(o) for o in FIVE[:4]], "en cours"),
    ([sent(o, None) for o in FIVE], "à faire"),
    ([*(sent(o) for o in FIVE), CREFOP], "fait"),
    ([*(sent(o) for o in FIVE[:4]), sent(FIVE[4], D(2023, 6, 25)), CREFOP], "en cours"),
])
def test_shared_with_each_operator_before_the_crefop(rows, state):
    assert point(9, jalons=rows).etat == state


TWO = {"traitement": "Divergence maintenue", "position_tp": "a", "position_auteur": "b", "n": "Q1"}


@pytest.mark.parametrize(("jalons", "remarques", "state"), [
    ([], [], "à faire"),
    ([sent("Apec")], [], "en cours"),
    ([sent("Apec", reponse="Silence à l’échéance")], [], "fait"),
    ([sent("Apec", reponse="Avec remarques")], [{"traitement": "À traiter", "n": "Q1"}],
     "en cours"),
    ([sent("Apec", reponse="Avec remarques")], [TWO], "fait"),
    ([sent("Apec", reponse="Avec remarques")], [TWO | {"position_auteur": ""}], "en cours"),
])
def test_remarks_are_treated_and_divergences_have_two_positions(jalons, remarques, state):
    assert point(10, jalons=jalons, remarques=remarques).etat == state


@pytest.mark.parametrize(("day", "detail"), [
    (D(2023, 7, 15), "le 15 juillet 2023"),
    (D(2023, 7, 20), "le 20 juillet 2023 ; date de l’édition : 15 juillet 2023")])
def test_handed_over(day, detail):
    found = point(12, jalons=[{"etape": "Remise à France compétences", "date_realisee": day}])
    assert (found.etat, found.detail) == ("fait", detail)


@pytest.mark.parametrize(("row", "state"), [
    ({"etat": "Abandonnée"}, "sans objet"),
    ({"etat": "Envisagée"}, "à faire"),
    ({"etat": "En cours", "declaree_le": D(2022, 6, 1)}, "en cours"),
    ({"etat": "Achevée", "declaree_le": D(2022, 6, 1), "atelier": D(2022, 6, 16),
      "enseignement": "x"}, "fait"),
    ({"etat": "Achevée", "declaree_le": D(2022, 7, 1), "atelier": D(2022, 6, 16),
      "enseignement": "x"}, "en cours"),
])
def test_investigations(row, state):
    assert point(13, investigations=[{"nom": "effets"} | row]).etat == state


# ---- the dialogue -------------------------------------------------------------------------

REMARK = {"auteur": "Apec", "n": "W001", "repere": "84-2.1-C1", "remarque": "Le champ ?",
          "traitement": "Acceptée", "reponse": "Le champ est ajouté.", "position_validee_le": None,
          "position_auteur": "", "position_tp": ""}


def lines(rows, remarks=()):
    full = suivi(jalons=rows).feuilles["jalons"]
    return {e.operateur: e for e in dialogue.exchanges(full, remarks, FIVE)}


@pytest.mark.parametrize(("row", "remarks", "on", "state"), [
    (sent("Apec", None), (), D(2023, 5, 20), "à envoyer"),
    (sent("Apec", attendue_le=D(2023, 5, 30)), (), D(2023, 5, 20), "réponse attendue"),
    (sent("Apec", attendue_le=D(2023, 5, 30)), (), D(2023, 6, 2), "échéance passée, sans réponse"),
    (sent("Apec", reponse="Silence à l’échéance"), (), D(2023, 6, 2), "silence à l’échéance"),
    (sent("Apec", reponse="Sans remarque"), (), D(2023, 6, 2), "sans remarque"),
    (sent("Apec"), (REMARK,), D(2023, 6, 2), "avec remarques"),
])
def test_where_the_dialogue_stands(row, remarks, on, state):
    found = lines([row], remarks)
    assert list(found) == list(FIVE) and found["Apec"].etat(on) == state
    assert found["Cap emploi"].etat(on) == "à envoyer"


def made(rows, remarks=(), on=NOW):
    found = lines(rows, remarks).values()
    return dialogue.emails(found, on, region="84", en="en Auvergne-Rhône-Alpes", annee=2022,
                           association="Transitions Pro Auvergne-Rhône-Alpes")


def test_the_email_that_is_useful_now():
    rows = [sent("Pôle emploi", attendue_le=D(2023, 5, 30)), sent("Apec"),
            sent("Missions locales", reponse="Silence à l’échéance"),
            sent("Cap emploi", reponse="Sans remarque")]
    assert list(made(rows, [REMARK])) == [
        "relance_pole-emploi.txt", "reponse_apec.txt", "envoi_operateur-regional.txt"]


def test_what_the_emails_say():
    rows = [sent("Pôle emploi", attendue_le=D(2023, 5, 30)), sent("Apec")]
    disputed = REMARK | {"n": "W002", "traitement": "Divergence maintenue",
                         "position_auteur": "Le taux n’est pas une demande."}
    texts_made = {n: t.replace("\u202f", " ").replace("\u00a0", " ")
                  for n, t in made(rows, [REMARK, disputed]).items()}
    assert "adressé le 9 mai 2023" in texts_made["relance_pole-emploi.txt"]
    assert "pour le 30 mai 2023" in texts_made["relance_pole-emploi.txt"]
    answer = texts_made["reponse_apec.txt"]
    assert "W001, 84-2.1-C1 : « Le champ ? » — acceptée. Le champ est ajouté." in answer
    assert "valider ou corriger la formulation" in answer
    assert "« Le taux n’est pas une demande. »" in answer
    for text in texts_made.values():
        assert text.startswith("Objet : Suivi du CEP 2022 en Auvergne-Rhône-Alpes")
        said = f" {fold(text.replace('ni un audit ni un contrôle', ''))} "
        assert [m for m in MOTS_INTERDITS if f" {fold(m)} " in said] == []
        assert "{" not in text
