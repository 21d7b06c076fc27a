"""What a reader finds in a file: pieces of text, where they stand, the key that they carry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cepkit.show.cells import LONE as LONE

PHRASE = "phrase"  # words that a reader sees
CELLULE = "cellule"  # a cell or a mark: a number alone there must carry its key
CACHE = "caché"  # a place that no reader sees and where our writers put no number


@dataclass(frozen=True)
class Item:
    """`contexte`: the words that say what a number counts (row, column, caption); by default
    the text itself."""

    lieu: str
    texte: str
    cle: str | None = None
    contexte: str = ""
    nature: str = PHRASE

    @property
    def digits(self) -> bool:
        return any(c.isdigit() for c in self.texte)


def spoken(lieu: str, texte: str | None) -> list[Item]:
    """Words beside what a reader sees (a tip, a description): a number alone is hidden there."""
    said = (texte or "").strip()
    return hidden(lieu, said) if LONE.fullmatch(said) else [Item(lieu, said)]


def comments(root) -> Iterator[Item]:
    """Comments and instructions of an XML or html tree, around its root too."""
    for node in root.getroottree().xpath("//comment() | //processing-instruction()"):
        yield from hidden("commentaire", node.text)


def hidden(lieu: str, texte: str | None) -> list[Item]:
    """A hidden place, when it says something."""
    said = (texte or "").strip()
    return [Item(lieu, said, nature=CACHE)] if said else []
