"""What readers take away from a page: picture of a figure, workbook of a table."""

from __future__ import annotations

import openpyxl
import pytest
from lxml import html
from PIL import Image

pytestmark = pytest.mark.navigateur


@pytest.fixture(scope="module")
def page(rendered):
    return rendered / "outputs/demo/53-bretagne/annexe_2_recours.html"


@pytest.fixture(scope="module", params=[1280, 390])
def tab(request, page, browser):
    opened = browser.new_page(viewport={"width": request.param, "height": 900})
    opened.goto(page.as_uri())
    yield opened
    opened.close()


def taken(tab, block: str, label: str):
    with tab.expect_download() as waited:
        tab.click(f"{block} >> button:has-text('{label}')")
    return waited.value


def test_picture_of_a_figure_has_its_print_size(tab, tmp_path):
    got = taken(tab, "figure >> nth=0", "Image (PNG)")
    assert got.suggested_filename == "f-53-2-1-f1.png"
    got.save_as(tmp_path / "image.png")
    with Image.open(tmp_path / "image.png") as image:
        # 16 cm at 300 dots an inch: 16 / 2.54 × 300 = 1889.8.
        assert image.width == 1890 and image.height > 900
        colours = {c for _, c in image.convert("RGB").getcolors(1 << 20)}
    # The discs of the region and the ink of the words (LOOK §3).
    assert {(0x0B, 0x5E, 0x7D), (0x1B, 0x26, 0x2E)} <= colours


def test_workbook_of_a_table_holds_what_the_page_shows(tab, page, tmp_path):
    got = taken(tab, "#f-53-2-6-t1", "Tableau (xlsx)")
    got.save_as(tmp_path / "tableau.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "tableau.xlsx").active
    rows = list(sheet.iter_rows(values_only=True))
    shown = html.parse(page).getroot().get_element_by_id("f-53-2-6-t1").xpath(".//tr")
    assert rows[0][0].startswith("Tableau 53-2.6-T1")
    body = [r for r in rows if r[0] and r[0].startswith(("22", "29", "35", "56"))]
    assert len(body) == 4 and len(rows) >= len(shown) + 3
    for line in body:
        row = next(tr for tr in shown if tr.text_content().strip().startswith(line[0]))
        texts = [" ".join(c.text_content().split()) for c in row.xpath("th|td")]
        for value, text in zip(line, texts, strict=False):
            if isinstance(value, (int, float)):
                assert float(text.replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
                             .replace(",", ".").replace("\u2212", "-")) == value
    assert sum(isinstance(v, (int, float)) for line in body for v in line) >= 8
