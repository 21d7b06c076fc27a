"""A real JupyterLab in Chromium: run all, another region by the selector, run all again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.lab.conftest import TOKEN
from tests.lab.test_notebooks import FILES

pytestmark = [pytest.mark.navigateur, pytest.mark.lent]
CURRENT = "window.jupyterapp.shell.currentWidget"
MODEL = f"{CURRENT}.content.model.sharedModel.toJSON()"
# Cells that the last run has gone through, the kernel being idle again.
DONE = (f"() => {{const m = {MODEL}; return {CURRENT}.sessionContext.session.kernel.status === "
        "'idle' && m.cells.every(c => c.cell_type !== 'code' || c.execution_count)}")
ANNOUNCED = ("/lab/api/news", "/lab/api/update", "/lab/api/extensions")


@pytest.fixture
def tab(server, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 1000}, locale="en-US")
    page.set_default_timeout(60_000)
    yield page
    page.close()


def run_all(tab, path: str) -> list[dict]:
    """« Exécuter toutes les cellules » of the notebook at `path`; its outputs."""
    tab.wait_for_function(f"() => window.jupyterapp && {CURRENT}?.context?.path === '{path}' && "
                          f"{CURRENT}.sessionContext.session?.kernel")
    tab.get_by_role("menuitem", name="Exécution", exact=True).click()
    tab.get_by_role("menuitem", name="Exécuter toutes les cellules", exact=True).click()
    tab.wait_for_function(DONE)
    return [o for c in tab.evaluate(MODEL)["cells"] for o in c.get("outputs", ())]


def save(tab) -> None:
    tab.keyboard.press("Control+s")
    tab.wait_for_function(f"() => !{CURRENT}.context.model.dirty")


def picture(tab, name: str) -> None:
    """A screen to look at, when `CEPKIT_ECRANS` names a folder."""
    if os.environ.get("CEPKIT_ECRANS"):
        tab.screenshot(path=Path(os.environ["CEPKIT_ECRANS"]) / f"{name}.png")


def test_another_region_by_the_selector(server, tab):
    seen: list[str] = []
    tab.on("request", lambda request: seen.append(request.url))
    tab.goto(f"{server.address}/lab/tree/notebooks/2_recours.ipynb?token={TOKEN}")
    first = run_all(tab, "notebooks/2_recours.ipynb")
    picture(tab, "1-depart")
    assert [o for o in first if o["output_type"] == "error"] == []
    assert "Bretagne" in str(first[1])

    tab.get_by_label("Région", exact=True).select_option("Corse (94)")
    tab.get_by_role("button", name="Exécuter pour ma région").click()
    copy = "notebooks/travail/demo/2_recours-94-corse.ipynb"
    second = run_all(tab, copy)
    picture(tab, "2-copie")
    assert [o for o in second if o["output_type"] == "error"] == []
    assert "Corse" in str(second[1]) and "Bretagne" not in str(second)
    assert len(second) == len(first)

    save(tab)
    kept = server.call(f"contents/{copy}")["content"]["cells"]
    assert sum(len(c.get("outputs", ())) for c in kept) == len(second)
    away = [u for u in seen if not u.startswith((server.address, "data:", "blob:"))]
    assert away == [] and [u for u in seen if any(a in u for a in ANNOUNCED)] == []


def test_every_other_notebook_runs_and_is_saved_as_it_was(server, tab):
    """Those of the annexes, the report, the synthesis and the investigations."""
    others = [f for f in FILES if f.stem != "2_recours"]
    tab.goto(f"{server.address}/?token={TOKEN}")
    tab.wait_for_function("() => window.jupyterapp?.restored")
    tab.locator(".jp-DirListing-item", has_text="2_recours.ipynb").wait_for()  # opened there
    for file in others:
        path = file.relative_to(REPOSITORY).as_posix()
        tab.evaluate("path => {jupyterapp.commands.execute('docmanager:open', {path})}", path)
        shown = run_all(tab, path)
        picture(tab, file.stem)
        assert [o["evalue"] for o in shown if o["output_type"] == "error"] == []
        assert len(shown) > 3
        save(tab)
        assert (server.root / path).read_bytes() == file.read_bytes()
        tab.evaluate(f"async () => {{await {CURRENT}.sessionContext.shutdown();"
                     f" {CURRENT}.close()}}")
