"""Values that the analyst may quote as `{{nom}}`: a closed list of published values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cepkit import codes, formats
from cepkit import indicators as ind
from cepkit.lectures import commun
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


def values(r: Any) -> dict[str, str]:
    """{name: text} for the region: volumes, rates, unemployment, share of each operator."""
    measure = r.meta["mesures"][r.meta["mesure_principale"]]["libelle"]
    found = {"region": r.nom, "en_region": r.en, "annee": str(r.annee),
             "mesure": commun.lower_first(measure)}
    rates = ind.take_up(r)
    for place, code in PLACES.items():
        line = commun.row(rates, region=code or r.code)
        found[f"effectif.{place}"] = _counted(line)
        found[f"taux_recours.{place}"] = _rate(line)
        found[f"taux_chomage.{place}"] = (
            formats.ND if line is None else commun.value(line["taux_chomage"], "%"))
    mix = ind.operator_mix(r)
    for operateur in r.operateurs():
        line = commun.row(mix, operateur=operateur)
        found[f"part.{operateur}.region"] = commun.cell(line)
        found[f"part.{operateur}.france"] = commun.cell(line, "reference")
    return {name: fr(text) for name, text in found.items()}


def block(found: Mapping[str, str]) -> Block:
    """The list as the analyst sees it in JupyterLab; nothing of it is printed by itself."""
    rows = "".join(f"<tr><th scope='row'><code>{{{{{esc(n)}}}}}</code></th><td>{esc(v)}</td></tr>"
                   for n, v in found.items())
    html = (f"<details><summary>Valeurs à citer dans les textes</summary><table>{rows}</table>"
            "</details>")
    text = "\n".join(f"{{{{{n}}}}} : {v}" for n, v in found.items())
    return Block("valeurs", html, "", text, table=dict(found))


def show_values(r: Any) -> None:
    """Display the values that `redaction/*.md` may quote."""
    display(block(values(r)))
