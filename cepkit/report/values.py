"""Values that the analyst may quote as `{{nom}}`: a closed list of published values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit import indicators as ind
from cepkit.lectures import commun
from cepkit.show import cells, state
from cepkit.show.blocks import Block, display, esc, fr

PLACES = {"region": None, "france": codes.FRANCE}


def _rate(line) -> str:
    """« 14,9 entrées pour 100 actifs » or « 14,9 % des actifs »."""
    text = commun.cell(line)
    if line is None or text in (formats.ND, formats.SECRET):
        return text
    return f"{text} {'entrées pour 100' if line['unite'] == 'pour 100' else 'des'} actifs"


def _counted(line) -> str:
    if line is None or line["etat"] == codes.NON_DISPONIBLE:
        return formats.ND
    return formats.SECRET if line["etat"] != codes.PUBLIE else formats.integer(line["numerateur"])


def values(r: Any) -> dict[str, tuple[str, str | None]]:
    """{name: (text, key)} for the region: volumes, rates, unemployment, shares of operators."""
    measure = r.meta["mesures"][r.meta["mesure_principale"]]["libelle"]
    identity = {"region": r.code, "annee": r.annee}
    found = {"region": (r.nom, None), "en_region": (r.en, None), 
             "annee": (str(r.annee), cells.described("annee", "valeur", identity)),
             "mesure": (commun.lower_first(measure), None)}
    rates, mix = ind.take_up(r), ind.operator_mix(r)

    def add(name: str, frame: pd.DataFrame, line, column: str, text: str) -> None:
        key = None if line is None else cells.key(
            line.to_dict(), cells.attributes(state.of_frame(frame), frame), column)
        found[name] = (fr(text), key)

    for place, code in PLACES.items():
        line = commun.row(rates, region=code or r.code)
        add(f"effectif.{place}", rates, line, "numerateur", _counted(line))
        add(f"taux_recours.{place}", rates, line, "valeur", _rate(line))
        add(f"taux_chomage.{place}", rates, line, "taux_chomage", formats.ND if line is None
            else commun.value(line["taux_chomage"], "%"))
    for operateur in r.operateurs():
        line = commun.row(mix, operateur=operateur)
        add(f"part.{operateur}.region", mix, line, "valeur", commun.cell(line))
        add(f"part.{operateur}.france", mix, line, "reference", commun.cell(line, "reference"))
    return {name: (fr(text), key) for name, (text, key) in found.items()}


def block(found: Mapping[str, tuple[str, str | None]]) -> Block:
    """The list as the analyst sees it in JupyterLab; nothing of it is printed by itself."""
    rows = "".join(
        f"<tr><th scope='row'><code>{{{{{esc(n)}}}}}</code></th>"
        f"<td{f' data-cle={chr(34)}{esc(k)}{chr(34)}' if k else ''}>{esc(v)}</td></tr>"
        for n, (v, k) in found.items())
    html = (f"<details><summary>Valeurs à citer dans les textes</summary><table>{rows}</table>"
            "</details>")
    text = "\n".join(f"{{{{{n}}}}} : {v}" for n, (v, _) in found.items())
    return Block("valeurs", html, "", text, table={
        "valeurs": {n: v for n, (v, _) in found.items()},
        "cles": {n: k for n, (_, k) in found.items() if k}})


def show_values(r: Any) -> None:
    """Display the values that `redaction/*.md` may quote."""
    display(block(values(r)))
