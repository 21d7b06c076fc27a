"""What a notebook shows: key figures, answers, figures, tables, maps, and the page itself.

Every function displays its block (several can stand in one cell) and returns nothing. The
builders that return a `Block` without displaying it live in the modules of this package.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cepkit.show.blocks import Block

__all__ = [
    "Block", "Cle", "Col", "absence", "bars", "carte", "cinq_lignes", "cles", "constats", "courbe",
    "fiche", "gaps", "glossaire", "methode", "multiples", "nuage", "page", "page_html", "paired",
    "prudence", "questions", "reponse", "series", "table", "texte",
]


def display(block: Block) -> None:
    """Show a block where we are (see `blocks.display`)."""
    from cepkit.show import blocks

    blocks.display(block)


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
    from cepkit.show import pieces, state, trace
    from cepkit.show.assets import jupyter_style

    trace.reset()
    display(pieces.titre(state.set_page(r, annexe), jupyter_style()))


# Loaded when first used: the pages that hold no figure need none of the libraries.
_LATE = dict.fromkeys(("cles", "cinq_lignes", "reponse", "absence", "prudence", "texte",
                       "questions", "constats", "methode", "glossaire"), "pieces") | {
    "table": "tables", "carte": "maps", "fiche": "card",
    "paired": "figures.paired", "gaps": "figures.gaps", "bars": "figures.bars",
    "courbe": "figures.courbe", "multiples": "figures.multiples", "nuage": "figures.nuage",
    "series": "figures.series"}
_PLAIN = {"page_html": "export", "Block": "blocks", "Col": "cells", "Cle": "pieces"}


def __getattr__(name: str) -> Any:
    import importlib

    module = _PLAIN.get(name) or _LATE.get(name)
    if module is None:
        raise AttributeError(f"module « cepkit.show » : nom inconnu « {name} »")
    found = getattr(importlib.import_module(f"cepkit.show.{module}"), name)
    globals()[name] = found if name in _PLAIN else _shown(found)
    return globals()[name]


def __dir__() -> list[str]:
    return __all__
