"""A workbook of the demonstration, and a way to change one of its cells as a user would."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from cepkit.demo import followup
from cepkit.edition import load_edition
from cepkit.intake import workbook


@pytest.fixture(scope="session")
def edition():
    return load_edition("demo")


@pytest.fixture(scope="session")
def filled(edition, tmp_path_factory) -> Path:
    """The workbook of Bretagne; never changed."""
    path = tmp_path_factory.mktemp("classeur") / "suivi.xlsx"
    return workbook.create(path, edition=edition, rows=followup.rows("53", edition))


@pytest.fixture
def changed(filled, tmp_path):
    """`changed({("rencontres", "B4"): "…"})`: path of a copy with these cells replaced."""

    def change(cells: dict, also=None) -> Path:
        book = openpyxl.load_workbook(filled)
        for (sheet, cell), value in cells.items():
            book[sheet][cell] = value
        if also:
            also(book)
        path = tmp_path / "suivi.xlsx"
        book.save(path)
        return path

    return change
