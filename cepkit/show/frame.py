"""The frame of every page: base template, styles, policy, running heads. Neither pandas nor
nbconvert is imported here: `cepkit status` writes a page too.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cepkit import codes, formats
from cepkit.show.assets import HATCH, SCRIPT, css, policy
from cepkit.show.blocks import FICTIF, esc, fr
from cepkit.text import MENTION_PERMANENTE

TEMPLATES = Path(str(resources.files("cepkit.show") / "templates"))
Meta = Mapping[str, Any]


def common(identity: Mapping[str, Any], rubrique: str) -> dict[str, Any]:
    """What every page of the release shares: styles, policy, mention, running heads."""
    parts = (rubrique, identity.get("nom"), identity.get("annee"))
    head = " · ".join(str(p) for p in parts if p)
    return {
        "policy": Markup(policy()), "css": Markup(css("style.css") + css("page.css")),
        "running": Markup(running(head, bool(identity.get("fictif")))), "hatch": Markup(HATCH),
        "script": Markup(SCRIPT), "mention": fr(MENTION_PERMANENTE), "id": identity,
        "rubrique": fr(rubrique), "logo": None, "logo_alt": "", "liens": (), "sommaire": (),
    }


def running(head: str, fictif: bool) -> str:
    """Page boxes for print: running head, « Données fictives », mention, page number."""
    font = 'font:8.5pt "Noto Sans","Segoe UI",Arial,sans-serif;color:#4B5761'
    words = head.replace("\\", "").replace('"', "”").replace("<", "")
    right = f'@top-right{{content:"{FICTIF}";{font.replace("font:8.5pt", "font:600 8.5pt")}}}'
    return (f'@page{{size:A4;margin:18mm 16mm 15mm;@top-left{{content:"{words}";{font}}}'
            f'{right if fictif else ""}'
            f'@bottom-left{{content:"Ni audit ni contrôle des opérateurs";{font}}}'
            f'@bottom-right{{content:"Page " counter(page) " / " counter(pages);{font}}}}}')


@functools.cache
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(str(TEMPLATES)), autoescape=True, trim_blocks=True,
                       undefined=StrictUndefined)


def _identity(meta: Meta) -> dict[str, Any]:
    return {"region": codes.FRANCE, "nom": "", "exercice": str(meta.get("exercice", "")),
            "annee": str(meta.get("annee", "")), "fictif": bool(meta.get("fictif")),
            "empreinte": str(meta.get("empreinte", ""))}


def page(template: str, meta: Meta, rubrique: str, titre: str, **words: Any) -> str:
    """Render one page; `words` are the variables of its own template."""
    ident = _identity(meta)
    data = meta.get("donnees", {})
    suffix = f" ({FICTIF.lower()})" if ident["fictif"] else ""
    banner = [("Exercice", ident["annee"]),
              ("Données reçues le", formats.date(data.get("recu_le"))),
              ("Version du jeu de données", str(data.get("version", formats.ND)))]
    provenance: list[tuple[str, Any]] = [
        ("Jeu de données", fr(f"{meta.get('titre', '')}, {data.get('fournisseur', '')}"))]
    if ident["empreinte"]:
        provenance.append(("Empreinte des données diffusées",
                           Markup(f"<code>{esc(ident['empreinte'])}</code>")))
    return _templates().get_template(template).render(
        **common(ident, rubrique) | {
            "titre": fr(titre), "onglet": fr(f"{titre} – {ident['annee']}{suffix}"),
            "bandeau": banner, "provenance": provenance} | words)
