"""An investigation in a run: only its regions receive its tables and its page; one common page."""

import json

import pytest

from cepkit import Region, batch
from cepkit.errors import ParametersError, UsageError
from tests.batch import project

from .conftest import FILE, ROWS, carry

PAGE = "investigation_essai.html"


def made(root) -> set[str]:
    return {p.parent.name for p in (root / "outputs/mini").rglob(PAGE)}


def ran() -> list[str]:
    return [f"{s.region}:{s.name}" for s in batch.run("mini", dry_run=True).plan if s.reason]


@pytest.fixture
def rendered(root):
    report = batch.run("mini")
    assert [(r.region, r.problems) for r in report.failed] == []
    return root


def test_pages_tables_and_manifest(rendered):
    assert made(rendered) == {"53-bretagne", "94-corse", "national"}
    manifest = json.loads((rendered / "outputs/mini/53-bretagne/manifest.json").read_text())
    assert {PAGE, "notebooks/investigation_essai.ipynb"} <= {
        f["chemin"] for f in manifest["fichiers"]}
    assert "Investigation · Essai" in (
        rendered / "outputs/mini/53-bretagne/annexe_1_donnees.html").read_text("utf-8")
    page = (rendered / "outputs/mini/94-corse" / PAGE).read_text("utf-8")
    # By hand: 412 of 1 200 is 34.3 %.
    assert "34" in page and "sur 1\u202f200 sollicitées" in page
    assert 'content="94"' in page and "Mayotte" not in page


def test_a_region_that_does_not_carry_it_out_receives_nothing(rendered):
    mayotte = Region.open("mini", "06")
    with pytest.raises(ParametersError, match="essai_reponses"):
        mayotte.table("essai_reponses")
    with pytest.raises(UsageError, match="ne mène pas"):
        mayotte.investigation("essai")


def test_its_small_counts_are_protected_with_the_rest(rendered):
    rows = Region.open("mini", "FR").table("essai_reponses")
    known = rows[rows["etat"].ne("non_disponible")]
    assert set(known["region"]) == {"53", "94"}
    bretagne = known[known["region"].eq("53")].set_index("reponse")
    # Three answers are below the threshold; their total would give them away with the others.
    assert bretagne.loc["oui", "etat"] == "secret"
    assert (bretagne["etat"] == "secret").sum() >= 2


def test_one_region_alone_has_no_common_page(root):
    carry(root, "94")
    assert not batch.run("mini").failed
    assert made(root) == {"94-corse"}


def test_what_changes_runs_again(rendered):
    assert ran() == []
    project.write(rendered / "data/mini/essai.csv", ROWS.replace("94;Oui;40", "94;Oui;41"))
    assert {s.split(":")[0] for s in ran()} == {"FR", "94"}
    project.write(rendered / "data/mini/essai.csv", ROWS)
    carry(rendered, "53", "94", "06")
    assert "06:investigation_essai" in ran()


def test_a_partner_must_have_agreed(root):
    project.write(root / "parameters/mini/investigations/essai.yml",
                  FILE.replace("    source: Enq", "    origine: partenaire\n    source: Enq"))
    report = batch.run("mini")
    assert report.code == 16 and {r.region for r in report.failed} == {"53", "94"}
