"""The card of an investigation: what is asked, how, of whom, and what it cannot tell."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cepkit.show.blocks import Block, esc, fr, md


def fiche(lignes: Mapping[str, str]) -> Block:
    """Card of the page, a line a heading: `show.fiche(lire.fiche())`."""
    rows = "".join(f"<div><dt>{esc(head)}</dt><dd>{esc(text)}</dd></div>"
                   for head, text in lignes.items())
    html = f'<h2 class="card">Fiche de l’investigation</h2><dl class="glo">{rows}</dl>'
    lines = [f"- **{md(head)}** : {md(text)}" for head, text in lignes.items()]
    frame = pd.DataFrame({"rubrique": list(lignes), "texte": list(lignes.values())})
    return Block("fiche", html, "\n".join(lines),
                 "\n".join(fr(f"{head} : {text}") for head, text in lignes.items()),
                 frame=frame, titre="Fiche de l’investigation")
