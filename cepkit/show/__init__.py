"""What a notebook shows: key figures, answers, figures, tables, maps, and the page itself.

Every function displays its block (several can stand in one cell) and returns nothing. The
builders that return a `Block` without displaying it live in the modules of this package.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from cepkit.show import pieces, state, tables
from cepkit.show.blocks import Block, display
from cepkit.show.cells import Col
from cepkit.show.pieces import Cle

__all__ = [
    "Block", "Cle", "Col", "absence", "bars", "carte", "cinq_lignes", "cles", "constats", "gaps",
    "glossaire", "methode", "multiples", "nuage", "page", "page_html", "paired", "prudence",
    "questions", "reponse", "series", "table", "texte",
]


def _shown(builder: Callable[..., Block]) -> Callable[..., None]:
    """The builder as notebooks use it: displays its block, returns nothing."""

    @functools.wraps(builder)
    def show(*args: Any, **kwargs: Any) -> None:
        display(builder(*args, **kwargs))

    return show


def page(r: Any, annexe: str) -> None:
    """Open the page of region `r`: annexe "1" to "4", "rapport", "nationale", "investigation".

    To be called once, just after `Region.open`. Example: `show.page(r, "2")`.
    """
    from cepkit.show import trace
    from cepkit.show.assets import jupyter_style

    trace.reset()
    display(pieces.titre(state.set_page(r, annexe), jupyter_style()))


cles = _shown(pieces.cles)
cinq_lignes = _shown(pieces.cinq_lignes)
reponse = _shown(pieces.reponse)
absence = _shown(pieces.absence)
prudence = _shown(pieces.prudence)
texte = _shown(pieces.texte)
questions = _shown(pieces.questions)
constats = _shown(pieces.constats)
methode = _shown(pieces.methode)
glossaire = _shown(pieces.glossaire)
table = _shown(tables.table)

# Names that need matplotlib, seaborn or nbconvert: loaded when first used.
_LATE = {
    "paired": "figures.paired", "gaps": "figures.gaps", "bars": "figures.bars",
    "multiples": "figures.multiples", "series": "figures.series", "nuage": "figures.nuage",
    "carte": "maps",
}


def __getattr__(name: str) -> Any:
    import importlib

    if name == "page_html":
        return importlib.import_module("cepkit.show.export").page_html
    if name not in _LATE:
        raise AttributeError(f"module « cepkit.show » : nom inconnu « {name} »")
    function = _shown(getattr(importlib.import_module(f"cepkit.show.{_LATE[name]}"), name))
    globals()[name] = function
    return function
