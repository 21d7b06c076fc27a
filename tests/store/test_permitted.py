"""« Diffusion permise »: what a version, then a recipient, may receive of another source."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cepkit import permitted, show, store
from cepkit.batch import engine
from cepkit.codes import NON_DISPONIBLE, PUBLIE
from cepkit.errors import exit_code
from cepkit.intake.accords import DIFFUSIONS
from cepkit.report import sending
from cepkit.report.version import CREFOP, PARTAGEE, PORTEES, REMISE, VERSIONS, State

INTERNE, OPERATEURS, CERCLE, PUBLIC = DIFFUSIONS
NAMES = ("dossiers_ptp", "dossiers_demission")
FIVE = ("Pôle emploi", "Cap emploi", "Apec", "Missions locales", "Opérateur régional")


@pytest.fixture
def part(demo_root, monkeypatch):
    """Region 84; `part(levels)`: its files of the associations under these agreements."""
    monkeypatch.setenv("CEPKIT_ROOT", str(demo_root))
    whole = store.load_slice("demo", "84")

    def make(levels: dict[str, str]) -> store.Slice:
        plan = [p | {"diffusion": levels} if p["nom"] in NAMES else p for p in whole.meta["plan"]]
        return replace(whole, meta=whole.meta | {"plan": plan})
    return make


def test_a_version_goes_no_further_than_the_one_before():
    reach = [DIFFUSIONS.index(PORTEES[v]) for v in VERSIONS]
    assert reach == sorted(reach) and reach[0] == 0


def test_what_is_permitted_is_not_touched(part):
    given = part({"84": OPERATEURS, "FR": OPERATEURS})
    assert permitted.within(given, OPERATEURS) is given
    assert permitted.within(given, INTERNE) is given


def test_beyond_the_agreement_no_value_is_left(part):
    given = part({"84": OPERATEURS, "FR": OPERATEURS})
    left = permitted.within(given, CERCLE)
    for name in NAMES:
        assert given.tables[name]["etat"].eq(PUBLIE).any()
        assert left.tables[name]["effectif"].isna().all()
        assert left.tables[name]["etat"].eq(NON_DISPONIBLE).all()
    others = set(given.tables) - set(NAMES)
    assert others and all(left.tables[n] is given.tables[n] for n in others)
    assert len(left.meta["retenues"]) == 2 and "(opérateurs)" in left.meta["retenues"][0]
    titles = {s["titre"] for s in given.meta["sources"] if s["nom"] in NAMES}
    assert not titles & {c["table"] for c in left.donnees["controles"]}


def test_a_national_sum_is_as_narrow_as_its_narrowest_region(part):
    left = permitted.within(part({"84": PUBLIC, "53": OPERATEURS, "FR": OPERATEURS}), CERCLE)
    table = left.tables["dossiers_ptp"]
    assert table[table["region"].eq("84")]["etat"].eq(PUBLIE).any()
    assert table[table["region"].eq("FR")]["effectif"].isna().all()


def test_a_statistic_follows_its_table(part):
    given = part({})
    told = [s | {"diffusion": {"84": INTERNE}} for s in given.meta["statistiques"]]
    left = permitted.within(replace(given, meta=given.meta | {"statistiques": told}), OPERATEURS)
    assert not left.statistiques["region"].eq("84").any()


def test_the_page_says_why_and_prints_nothing_of_it(part, demo_root):
    source = (demo_root / "notebooks" / "3_parcours.ipynb").read_bytes()
    pages = []
    for given in (part({"84": OPERATEURS, "FR": OPERATEURS}),
                  permitted.within(part({"84": OPERATEURS, "FR": OPERATEURS}), CERCLE)):
        store.provide(given)
        try:
            node, failure = engine.execute(source, {"exercice": "demo", "region": "84"})
        finally:
            store._PROVIDED.clear()
        assert failure is None, failure
        pages.append(show.page_html(node))
    free, cut = pages
    key = re.compile(r'data-cle="[^"]*mesure:dossiers_')
    assert key.search(free) and not key.search(cut)
    assert "l’accord en limite la diffusion" not in free
    five = cut.split("En cinq lignes")[-1].split("</ol>")[0]
    assert "l’accord en limite la diffusion (opérateurs)" in five
    assert cut.count("l’accord en limite la diffusion") >= 3  # five lines, 3.4, sources


@pytest.mark.parametrize(("version", "to", "level", "refused"), [
    (PARTAGEE, "Apec", OPERATEURS, False),
    (PARTAGEE, "CREFOP", OPERATEURS, True),  # printed for the operators, sent further
    (PARTAGEE, "CREFOP", CERCLE, False),
    (PARTAGEE, "OPCO", CERCLE, True),
    ("Brouillon", "Apec", INTERNE, True),  # a draft prints it, an operator may not receive it
    (CREFOP, "CREFOP", OPERATEURS, False),  # not printed in that version
    (REMISE, "France compétences", PUBLIC, False),
])
def test_a_recipient_receives_what_the_agreement_says(part, version, to, level, refused):
    meta = part({"84": level, "FR": level}).meta
    found = sending.beyond(meta, "84", State(version), to, FIVE)
    assert exit_code(found) == (16 if refused else 0)
    if refused:
        assert f"ne peut pas être envoyé à {to}" in str(found[0])
        assert f"diffusion permise : {level.lower()}" in str(found[0])
