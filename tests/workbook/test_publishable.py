"""What may reach an output, and what never does."""

from __future__ import annotations

import json

import pytest

from cepkit.demo import followup
from cepkit.intake import workbook
from cepkit.text import MOTS_INTERDITS, fold


@pytest.fixture(scope="module")
def printed(filled, edition):
    return workbook.publishable(workbook.read(filled, edition))


def test_columns_and_sheets_are_an_allow_list(printed):
    assert "alertes" not in printed
    for feuille, rows in printed.items():
        for row in rows:
            assert list(row) == workbook.printable_columns(feuille)
            assert "note_interne" not in row


def test_it_is_json(printed):
    assert json.loads(json.dumps(printed)) == printed


def test_only_held_exchanges_and_invitations_of_the_yearly_meeting(printed):
    assert len(printed["rencontres"]) == 8  # the ninth one is planned
    invited = [r["forme"] for r in printed["rencontres"] if r["invites"]]
    assert invited == ["Réunion annuelle au CREFOP"]


def test_without_attribution_neither_actor_nor_source(printed):
    rows = [r for r in printed["constats"] if r["publiable"] == "Oui, sans attribution"]
    assert rows and all(r["acteurs"] == [] and r["source"] == "" for r in rows)
    assert {r["source_nature"] for r in rows} == {"rencontre", "document", "coopération"}


def test_unpublished_rows_stay_home(printed):
    assert "Hypothèse interne" not in json.dumps(printed, ensure_ascii=False)
    assert len(printed["cooperations"]) == 9
    assert [d["n"] for d in printed["documents"]] == ["D001", "D002", "D004", "D005"]


def test_a_secret_typed_in_any_unprinted_place_never_gets_out(changed, edition):
    secret = "SECRET-À-GARDER"
    cells = {("rencontres", "M4"): secret, ("cooperations", "U4"): secret,
             ("alertes", "C4"): secret, ("remarques", "H4"): secret,
             ("consentements", "E4"): secret, ("rencontres", "J4"): secret,
             ("jalons", "K5"): secret}
    suivi = workbook.read(changed(cells), edition)
    assert secret not in json.dumps(workbook.publishable(suivi), ensure_ascii=False)


@pytest.mark.parametrize("code", followup.REMPLIES)
def test_the_demonstration_names_nobody_and_judges_nobody(code, edition, tmp_path):
    rows = followup.rows(code, edition)
    path = workbook.create(tmp_path / "s.xlsx", edition=edition, rows=rows)
    suivi = workbook.read(path, edition)
    assert suivi.problemes == []
    said = f" {fold(json.dumps(workbook.publishable(suivi), ensure_ascii=False))} "
    assert [m for m in MOTS_INTERDITS if f" {fold(m)} " in said] == []
