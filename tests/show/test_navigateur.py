"""In Chromium: no accessibility violation, no request, no sideways scroll, printable."""

from __future__ import annotations

import pytest

from cepkit import show
from cepkit.show import dictionary, secret, site
from tests.show import notebook
from tests.show.test_site import REGIONS

pytestmark = pytest.mark.navigateur
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def pages(page, bretagne, tmp_path) -> dict:
    made = {"annexe": show.page_html(notebook.annexe(page)),
            "index": site.index(bretagne.meta, REGIONS),
            "dictionnaire": dictionary.page(bretagne.meta, {}),
            "secret": secret.page(bretagne.meta)}
    for name, html in made.items():
        (tmp_path / f"{name}.html").write_text(html, "utf-8")
    return {name: (tmp_path / f"{name}.html").as_uri() for name in made}


@pytest.mark.parametrize("width", [1280, 390])
def test_no_violation_with_everything_open(browser, pages, width):
    from axe_playwright_python.sync_playwright import Axe

    found = {}
    for name, address in pages.items():
        context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
        tab = context.new_page()
        tab.goto(address)
        tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        results = Axe().run(tab, options={"runOnly": RULES})
        found |= {(name, v["id"]): v["help"] for v in results.response["violations"]}
        context.close()
    assert found == {}


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_nothing_is_requested_nor_scrolls_sideways(browser, pages, width):
    for address in pages.values():
        tab = browser.new_page(viewport={"width": width, "height": 900})
        seen: list[str] = []
        tab.on("request", lambda r, seen=seen: seen.append(r.url))
        tab.on("console", lambda m, seen=seen: seen.append(m.text))
        tab.goto(address)
        assert seen == [address]
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        tab.close()


@pytest.mark.parametrize(("width", "shown"), [(1280, "fig-L"), (390, "fig-S")])
def test_one_drawing_is_shown(browser, pages, width, shown):
    tab = browser.new_page(viewport={"width": width, "height": 900})
    tab.goto(pages["annexe"])
    visible = tab.evaluate("[...document.querySelectorAll('figure svg')].filter(s => "
                           "getComputedStyle(s).display !== 'none').map(s => s.classList[0])")
    tab.close()
    assert visible == [shown]


def test_keyboard_reaches_the_skip_link_first(browser, pages):
    tab = browser.new_page()
    tab.goto(pages["annexe"])
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Aller au contenu"
    tab.close()


def test_forced_colours_keep_marks_visible(browser, pages):
    context = browser.new_context(forced_colors="active")
    tab = context.new_page()
    tab.goto(pages["annexe"])
    fill, ground = tab.evaluate(
        "[getComputedStyle(document.querySelector('.fig-L .f-region')).fill,"
        " getComputedStyle(document.body).backgroundColor]")
    context.close()
    assert fill != ground


def test_prints_on_a4(browser, pages):
    tab = browser.new_page()
    tab.goto(pages["annexe"])
    assert tab.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    tab.close()
