"""What goes with each copy that is sent: how to read and comment it, and the glossary.

Two pages in one file each, that a browser opens from the folder of an attachment. The words of
the glossary are those of the outputs (`show/glossaire.yml`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from importlib import resources
from typing import Any

import yaml

from cepkit import codes, formats
from cepkit.report.version import REMISE, State
from cepkit.show import pieces
from cepkit.show.blocks import esc, fr
from cepkit.show.frame import page
from cepkit.show.site import section

LISEZ_MOI, GLOSSAIRE = "lisez_moi.html", "glossaire.html"


@functools.cache
def _words() -> dict[str, Any]:
    return yaml.safe_load(resources.files("cepkit.report").joinpath("envoi.yml").read_text(
        "utf-8"))


def pages(meta: Mapping[str, Any], code: str, names: Iterable[str], state: State, *,
          destinataire: str, association: str, attendue: Any = None) -> dict[str, bytes]:
    """Both pages of a copy. meta: public view of the edition; names: documents of the copy;
    attendue: day of the answer awaited from this recipient, when the calendar has one."""
    said = {"region": code, "association": association,
            "attendue": f"pour le {formats.date(attendue)}" if attendue else
            "avant la clôture du dialogue"}
    words, final = _words(), state.version == REMISE
    steps = words["remise"] if final else words["remarques"]
    parts = [
        section("contenu", "Ce que contient ce dossier",
                f"<p>{esc(words['ouvrir'])}</p>" + _contents(names)),
        section("remarques", "Signaler une erreur" if final else "Faire une remarque",
                _list("ul" if final else "ol", [s.format(**said) for s in steps]))]
    if not final:
        parts.append(section("suites", "Ce que deviennent vos remarques",
                             _list("ul", words["suites"])))
    intro = fr(f"Suivi du CEP {codes.in_region(code)}, exercice {meta['annee']}. Copie destinée "
               f"à : {destinataire}. {state.band()}")
    own = {"id": _identity(meta, code), "intro": intro}
    glossary = [section("termes", "Termes", f'<div class="seul">{pieces.glossaire().html}</div>')]
    return {
        LISEZ_MOI: page("sections.html.j2", meta, codes.region_name(code), words["titre"],
                        sommaire=parts, **own).encode(),
        GLOSSAIRE: page("sections.html.j2", meta, codes.region_name(code), "Glossaire",
                        sommaire=glossary, **own | {"intro": ""}).encode()}


def _identity(meta: Mapping[str, Any], code: str) -> dict[str, Any]:
    return {"region": code, "exercice": str(meta["exercice"]), "empreinte": meta["empreinte"],
            "fictif": bool(meta["fictif"])}


def _contents(names: Iterable[str]) -> str:
    """The documents of the copy, in the order of the list; each a link and what it is for."""
    left = [*names, GLOSSAIRE]
    lines = [f'<li><a href="{esc(name)}">{esc(name)}</a> : {esc(what)}.</li>'
             for pattern, what in _words()["contenu"]
             for name in sorted(n for n in left if fnmatch(n, pattern))]
    return f"<ul>{''.join(lines)}</ul>"


def _list(kind: str, lines: Iterable[str]) -> str:
    return f"<{kind}>{''.join(f'<li>{esc(line)}</li>' for line in lines)}</{kind}>"
