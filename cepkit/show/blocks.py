"""`Block`: what a cell displays, once for the page, once for the report, once as plain text."""

from __future__ import annotations

import base64
import html as _html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cepkit import codes
from cepkit.text import typography

if TYPE_CHECKING:
    import pandas as pd

MIME = "application/vnd.cepkit.bloc+json"
OPEN, CLOSE = '<div class="cep">', "</div>"
FICTIF = "Données fictives"
# What people said or what never changes: no number there quotes an indicator.
WORDS = ("titre", "constats", "divergences", "methode", "glossaire", "fiche")
ARROWS = {codes.AU_DESSUS: "▲", codes.EN_DESSOUS: "▼"}


@dataclass(frozen=True)
class Block:
    """One displayed piece. `files` holds pictures (name -> PNG) only when the page is a report.

    `table` is the model of the data behind it (columns, rows as plain values): what
    `tables.xlsx` holds; `meta` is the identity of the page, for the block « titre » only.
    """

    kind: str
    html: str
    markdown: str
    text: str
    repere: str | None = None
    frame: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    titre: str = ""
    table: Mapping[str, Any] | None = field(default=None, repr=False)
    meta: Mapping[str, Any] | None = field(default=None, repr=False)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        data = {"kind": self.kind, "repere": self.repere, "titre": self.titre,
                "markdown": self.markdown, "table": self.table}
        if self.files:
            data["files"] = {n: base64.b64encode(b).decode() for n, b in self.files.items()}
        if self.meta is not None:
            data["meta"] = dict(self.meta)
        from cepkit.show import trace

        html = self.html if self.kind in WORDS else trace.keyed(self.html)
        return {"text/html": OPEN + html + CLOSE, "text/plain": self.text, MIME: data}


def fr(text: str) -> str:
    """French typography for generated text, with U+2011 in « diffère-t-il »."""
    return re.sub(r"-t-(?=il|elle|on\b)", "\u2011t\u2011", typography(str(text).strip()))


def esc(text: str) -> str:
    """Text ready for html: typography, then escaping."""
    return _html.escape(fr(text), quote=True)


def md(text: str) -> str:
    """Text ready for Pandoc Markdown: typography, then active characters escaped."""
    return re.sub(r"([\\`*_{}\[\]<>#|~^$@])", r"\\\1", fr(text)).replace("\n", " ")


def styled(style: str, *paragraphs: str) -> str:
    """A fenced div that Word sets in the paragraph style `style`."""
    body = "\n\n".join(p for p in paragraphs if p)
    return f'::: {{custom-style="{style}"}}\n{body}\n:::'


def reading_html(word: str) -> str:
    """A reading word, with its arrow as decoration."""
    arrow = ARROWS.get(word)
    if arrow is None:
        return f'<span class="r0">{esc(word)}</span>' if word else ""
    return f'<b class="r1"><span aria-hidden="true">{arrow}</span> {esc(word)}</b>'


def reading_text(word: str) -> str:
    """A reading word with its arrow, as text: "▲ au-dessus"."""
    return f"{ARROWS[word]} {word}" if word in ARROWS else str(word or "")


def display(block: Block) -> None:
    """Show a block where we are: notebook, page under construction, or terminal."""
    from IPython.display import display as show_it

    show_it(block)
