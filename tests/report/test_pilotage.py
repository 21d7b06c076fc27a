"""The internal page and the calendar, on the workbooks of the demonstration."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys

import html5lib
import icalendar
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from cepkit.codes import REGIONS
from cepkit.edition import load_edition, project
from cepkit.report import agenda, companions, pilotage, socle
from cepkit.report.version import State
from tests.report.year import SECRET
from tests.show.test_navigateur import RULES

ON = dt.date(2023, 6, 8)


@pytest.fixture(scope="module")
def found(demo_root):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CEPKIT_ROOT", str(demo_root))
        edition = load_edition("demo")
        paths = project.paths("demo")
        return edition, [pilotage.followed(paths, c, edition) for c in REGIONS]


@pytest.fixture(scope="module")
def tree(found):
    page = pilotage.page(*found, ON)
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def rows(tree, section: str, caption: str) -> list[list[str]]:
    part = next(s for s in tree.iter("section") if s.get("id") == section)
    table = next(t for t in part.iter("table")
                 if "".join(t.find("caption").itertext()).startswith(caption))
    return [["".join(c.itertext()) for c in tr] for tr in table.iter("tr")][1:]


def test_each_region_has_its_socle_calendar_and_dialogue(tree, found):
    for region in found[1]:
        points = rows(tree, f"r{region.code}", "Socle")
        assert [p[1] for p in points] == [p.etat for p in region.points]
        assert len(points) == 13
    dialogue = rows(tree, "r84", "Dialogue avec les opérateurs")
    # cepkit/demo/suivi_84.yml, sheet jalons: the missions locales did not answer
    assert [r[0] for r in dialogue] == ["Pôle emploi", "Cap emploi", "Apec", "Missions locales",
                                        "Opérateur régional"]
    assert {r[2] for r in dialogue} == {"09/05/2023"}
    assert ["Remise à France compétences", "15/07/2023", "—"] in rows(tree, "r84", "Calendrier")


def test_every_region_is_once_in_each_point_of_the_whole(tree):
    for row in rows(tree, "ensemble", "Codes des régions"):
        listed = [c for cell in row[1:] for c in cell.split(", ") if c != "—"]
        assert sorted(listed) == sorted(REGIONS)


def test_the_page_says_that_it_is_internal_and_tells_no_day_of_writing(found):
    page = pilotage.page(*found, ON)
    assert "Page interne à l’association." in page
    assert page == pilotage.page(*found, dt.date(2023, 9, 1))
    assert len(page.encode()) < 300 * 1024


def test_internal_notes_and_remarks_are_not_quoted(found):
    edition, regions = found
    region = next(r for r in regions if r.code == "84")
    marked = {name: [{k: SECRET if k in ("note_interne", "remarque", "objet", "faits",
                                         "ordre_du_jour") else v for k, v in row.items()}
                     for row in lines] for name, lines in region.suivi.lignes.items()}
    changed = pilotage.Followed("84", region.points, type(region.suivi)(
        marked, [], region.suivi.illisible), region.echanges, [])
    assert SECRET not in pilotage.page(edition, [changed], ON)


def test_a_missing_agreement_is_told_with_its_source(found):
    edition, regions = found
    page = pilotage.page(edition.model_copy(update={"accords": []}), regions, ON)
    assert "accord du partenaire manquant" in page
    assert "Dossiers de PTP selon le CEP préalable" in page


@pytest.mark.navigateur
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not here")
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_of_this_part_are_accessible_and_ask_for_nothing(found, demo_root, tmp_path,
                                                                  width):
    meta = json.loads((demo_root / "outputs/demo/.store/meta.json").read_text("utf-8"))
    made = companions.pages(meta, "84", ["rapport.docx"], State("CREFOP", ON),
                            destinataire="CREFOP", association="Transitions Pro")
    made[pilotage.FILE] = pilotage.page(*found, ON).encode()
    seen: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"),
                                       args=["--no-sandbox"])
        for name, data in made.items():
            (tmp_path / name).write_bytes(data)
            for bypass in (False, True):  # as it is read; then with the checker's own script
                tab = browser.new_context(viewport={"width": width, "height": 900},
                                          bypass_csp=bypass).new_page()
                tab.on("request", lambda r: seen.append(r.url))
                tab.on("console", lambda m: seen.append(m.text))
                tab.goto((tmp_path / name).as_uri())
                assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
            results = Axe().run(tab, options={"runOnly": RULES})
            assert {v["id"]: v["help"] for v in results.response["violations"]} == {}, name
        browser.close()
    assert set(seen) == {(tmp_path / name).as_uri() for name in made}


# ---- calendar -----------------------------------------------------------------------------


def calendar(edition, *events) -> bytes:
    return agenda.calendar(edition, events)


def read(data: bytes) -> list[tuple[str, str, dt.date, dt.date]]:
    """As the library `icalendar` reads it (RFC 5545)."""
    return [(str(e["UID"]), str(e["SUMMARY"]), e["DTSTART"].dt, e["DTEND"].dt)
            for e in icalendar.Calendar.from_ical(data).walk("VEVENT")]


def test_dates_of_the_edition_are_read_back_by_another_program(found):
    edition = found[0]
    events = read(agenda.calendar(edition, agenda.of_edition(edition)))
    assert [e[2] for e in events] == sorted(j.date for j in edition.calendrier)
    assert all(end - start == dt.timedelta(days=1) for _, _, start, end in events)
    assert len({e[0] for e in events}) == len(events)
    assert events[-1][1] == "CEP 2022 – Remise à France compétences"


def test_lines_end_with_crlf_and_hold_75_octets_at_most(found):
    title = "Réunion ; à préparer, salle « Éluard » \\ étage" * 4
    data = calendar(found[0], agenda.Event("x", ON, title, title))
    lines = data.split(b"\r\n")
    assert lines.pop() == b"" and b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode()  # never cut inside a character
    event = icalendar.Calendar.from_ical(data).walk("VEVENT")[0]
    assert str(event["DESCRIPTION"]) == str(event["SUMMARY"])[len("CEP 2022 – "):]
    assert str(event["DESCRIPTION"]).replace("\u202f", " ").replace("\u00a0", " ") == title


def test_a_date_that_moves_keeps_its_event(found):
    edition, regions = found
    jalons = next(r for r in regions if r.code == "84").suivi.lignes["jalons"]
    later = [j | {"date_prevue": ON, "date_realisee": None} for j in jalons]
    before, after = (read(agenda.calendar(edition, agenda.of_region("84", "Région", rows)))
                     for rows in (jalons, later))
    assert sorted(e[0] for e in before) == sorted(e[0] for e in after)
    assert any("réponse attendue : Apec" in e[1].replace("\u00a0", " ") for e in before)


def test_status_writes_both_without_the_heavy_libraries(demo_root, tmp_path):
    code = ("import sys; from cepkit.__main__ import main; code = main(['status', '--exercice',"
            f"'demo', '--region', '84', '--ics', {str(tmp_path / 'c.ics')!r}]); "
            "print(sorted({'pandas', 'seaborn', 'papermill', 'nbconvert'} & set(sys.modules)));"
            "sys.exit(code)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          check=False, cwd=demo_root,
                          env=os.environ | {"CEPKIT_ROOT": str(demo_root)})
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("\n[]\n")
    assert "Page interne" in done.stdout
    page = demo_root / "outputs" / "demo" / pilotage.FILE
    assert page.read_text("utf-8").count("<h1>") == 1
    events = read((tmp_path / "c.ics").read_bytes())
    assert any(socle.REMISE in e[1] for e in events)
    assert len({e[0] for e in events}) == len(events)
