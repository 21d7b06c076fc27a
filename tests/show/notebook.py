"""A small executed notebook: what Papermill hands to the exporter."""

from __future__ import annotations

import nbformat.v4 as nb

from cepkit.show import Cle, pieces, tables
from cepkit.show.assets import jupyter_style
from cepkit.show.figures import paired
from tests.show import frames


def markdown(source: str, *tags: str):
    return nb.new_markdown_cell(source, metadata={"tags": list(tags)} if tags else {})


def code(*blocks, tags=(), source="show.x()"):
    outputs = [nb.new_output("display_data", data=b._repr_mimebundle_()) for b in blocks]
    return nb.new_code_cell(source, outputs=outputs, metadata={"tags": list(tags)})


def annexe(page):
    """Annexe 2 with a title, key figures, five lines and two sections."""
    frame = frames.shares()
    return nb.new_notebook(cells=[
        markdown("# Qui a recours au CEP dans la région, et où ?"),
        markdown("Note pour SECRET_ANALYSTE", "analyste"),
        code(tags=["parameters"], source="exercice = 'SECRET_PARAMETRE'"),
        code(pieces.titre(page, jupyter_style())),
        code(pieces.cles([Cle("Entrées", 1000, "entrées", national="9 000")])),
        code(pieces.cinq_lignes(["Une phrase."] * 5)),
        markdown("## 2.1 Combien de personnes ?\nQuestion du suivi : V2.1, V2.7"),
        code(pieces.reponse("Mille entrées."),
             paired.paired(frame, id="2.1-F1", **frames.WORDS),
             tables.table(frame, id="2.1-T1", titre="Parts"), source="SECRET_CODE()"),
        markdown("## 2.5 Et l'âge ?\nQuestion du suivi : V2.1\n\n"
                 "Un *mot*.<script>alert(1)</script><img src=x onerror=y>"),
        code(pieces.absence("L’âge ne figure pas dans les données.")),
        markdown("## Méthode et sources\n"),
        code(pieces.texte("Une méthode.")),
    ])
