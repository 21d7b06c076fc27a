"""A frame on the last line of a rendered cell is a table of the page, whatever runs the cell."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from cepkit import batch
from cepkit.leaks import scan
from tests.batch import project


@pytest.mark.parametrize("engine", ["inprocess", "kernel"])
def test_a_frame_is_in_the_page_in_the_workbook_and_in_the_scan(root, engine):
    project.write(root / "notebooks/2_recours.ipynb",
                  project.annexe("2", "## 2.2 Et tout ?", "r.table('volumes')"))
    (done,) = batch.run("mini", ["53"], engine=engine).regions
    assert done.problems == []
    folder = root / "outputs/mini/53-bretagne"
    page = (folder / "annexe_2_recours.html").read_text()
    # By hand from the delivery: 300 + 500 entries in Bretagne, keyed as the other numbers.
    assert 'data-cle="53|2022|total|ensemble||effectif|effectif">800</td>' in page
    assert 'class="dataframe"' not in page
    book = load_workbook(io.BytesIO((folder / "tables.xlsx").read_bytes()))
    assert any("800" in str(c.value) for s in book for row in s.iter_rows() for c in row)
    assert scan("mini").fuites == []
