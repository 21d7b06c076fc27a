"""From an executed notebook to the sections of a page.

`##` Markdown headings open sections; blocks keep their html; Markdown is sanitised; code cells
are hidden unless asked; cells tagged `parameters`, `interactif` or `analyste` are left out.
"""

from __future__ import annotations

import html as _html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import nh3
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat import NotebookNode

from cepkit.errors import RenderError
from cepkit.show.blocks import CLOSE, MIME, OPEN, esc, fr
from cepkit.text import enumerate_fr, fold, slug

HIDDEN = {"parameters", "injected-parameters", "interactif", "analyste"}
OWN = {"cles": ("cles", "Chiffres clés"), "cinq": ("cinq", "En cinq lignes")}
ALONE = {"socle": "Socle du suivi", "complementaire": "Approche complémentaire"}
HEAD = {"reponse", "absence"}  # blocks that stay with the heading
TAGS = {"p", "ul", "ol", "li", "strong", "em", "b", "i", "a", "code", "pre", "blockquote", "h3",
        "h4", "br", "sup", "sub", "abbr", "table", "thead", "tbody", "tr", "th", "td", "caption"}
ATTRIBUTES = {"a": {"href", "title"}, "abbr": {"title"}, "th": {"scope"}, "td": {"colspan"}}
_CODES = re.compile(r"^\s*\**Questions? du suivi\s*:\**\s*(.+?)\s*$", re.M)


@dataclass
class Section:
    """One section: heading, codes of the questions, what stays with the heading, the rest."""

    titre: str = ""
    numero: str = ""
    id: str = ""
    codes: str = ""
    tete: str = ""
    corps: str = ""
    css: str = ""
    kinds: list[str] = field(default_factory=list)


@dataclass
class Content:
    """What the notebook says: title, identity of its page, sections in order."""

    titre: str
    identity: dict[str, Any]
    sections: list[Section]


def clean(text: str) -> str:
    """Html of a Markdown cell or of a foreign output, without script, style, image or event."""
    return nh3.clean(text, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https"},
                     link_rel=None)


def markdown_html(text: str) -> str:
    """Sanitised html of Markdown, in French typography."""
    return clean(markdown2html_mistune(fr(text))) if text.strip() else ""


def read(nb: NotebookNode, *, code: bool = False) -> Content:
    """Sections of an executed notebook."""
    identity = _identity(nb)
    title, sections = "", [Section()]
    for cell in nb.cells:
        if HIDDEN & set(cell.get("metadata", {}).get("tags", [])):
            continue
        if cell.cell_type == "markdown":
            title = _markdown(cell.source, sections, identity) or title
        elif cell.cell_type == "code":
            _code(cell, sections, code)
    kept = [s for s in sections if s.titre or s.corps]
    _check(title, kept)
    return Content(title, identity, kept)


def _identity(nb: NotebookNode) -> dict[str, Any]:
    for data in _bundles(nb):
        if data.get(MIME, {}).get("kind") == "titre":
            return dict(data[MIME]["meta"])
    raise RenderError("La page n’a pas d’identité : appeler show.page(r, \"…\") dans la première "
                      "cellule après Region.open, puis exécuter le notebook.")


def _bundles(nb: NotebookNode) -> Iterator[dict[str, Any]]:
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            yield output.get("data", {})


def _check(title: str, sections: list[Section]) -> None:
    """A page has one title, and ids of blocks are unique."""
    if not title:
        raise RenderError("Le notebook n’a pas de titre : une cellule Markdown « # … » manque.")
    found = re.findall(r'\sid="([^"]+)"', "".join(s.tete + s.corps for s in sections))
    double = sorted({i for i in found if found.count(i) > 1})
    if double:
        raise RenderError(f"Repère employé deux fois dans la page : {', '.join(double[:5])}. "
                          "Donner un id différent à chaque figure et tableau.")


def _markdown(source: str, sections: list[Section], identity: dict[str, Any]) -> str:
    """Read a Markdown cell; gives back the title when it holds the `#` heading."""
    title = ""
    for part in re.split(r"(?m)^(?=#{1,2} )", source):
        if part.startswith("# "):
            line, _, rest = part[2:].partition("\n")
            title = fr(line.strip().replace("dans la région", identity["en"]))
        elif part.startswith("## "):
            line, _, rest = part[3:].partition("\n")
            rest = _open(line.strip(), rest, sections, identity)
        else:
            rest = part
        sections[-1].corps += markdown_html(rest)
    return title


def _open(heading: str, rest: str, sections: list[Section], identity: dict[str, Any]) -> str:
    """Open a section; gives back the Markdown left after its codes."""
    numero, titre = re.match(r"^((?:[A-Z]\.?)?\d[\d.]*)?\s*(.*)$", heading).groups()
    numero = (numero or "").rstrip(".")
    ident = f"s{slug(numero)}" if numero else slug(titre)
    sections.append(Section(fr(titre), numero, ident, css="q"))
    found = _CODES.search(rest)
    if found:
        codes = [c.strip() for c in re.split(r"[,;]| et ", found[1]) if c.strip()]
        sections[-1].codes = _codes(codes)
        rest = rest[:found.start()] + rest[found.end():]
    return rest


def _codes(codes: list[str]) -> str:
    """« Question du suivi V2.1 et V2.7 », « Socle du suivi » or « Approche complémentaire »."""
    if len(codes) == 1 and fold(codes[0]) in ALONE:
        return ALONE[fold(codes[0])]
    word = "Questions" if len(codes) > 1 else "Question"
    return f"{word} du suivi <b>{esc(enumerate_fr(codes))}</b>"


def _code(cell: NotebookNode, sections: list[Section], code: bool) -> None:
    shown = [o for o in cell.get("outputs", []) if o.get("output_type") != "stream"]
    for output in shown:
        if output["output_type"] == "error":
            raise RenderError(f"Une cellule du notebook a échoué : {output.get('evalue', '')}")
        _output(output.get("data", {}), sections)
    if code and cell.source.strip():
        sections[-1].corps += ('<details class="source"><summary>Code</summary><pre tabindex="0">'
                               f"<code>{_html.escape(cell.source)}</code></pre></details>")


def _output(data: dict[str, Any], sections: list[Section]) -> None:
    bloc = data.get(MIME)
    if bloc is None:
        sections[-1].corps += _foreign(data)
        return
    kind = bloc["kind"]
    if kind == "titre":
        return
    html = data["text/html"].removeprefix(OPEN).removesuffix(CLOSE)
    if kind in OWN:
        html = _own(kind, html, sections)
    section = sections[-1]
    if kind in HEAD and not section.corps:
        section.tete += html
    else:
        section.corps += html
    section.kinds.append(kind)


def _own(kind: str, html: str, sections: list[Section]) -> str:
    """Key figures and five lines have their own section when no heading announces them."""
    ident, titre = OWN[kind]
    html = re.sub(r'<h2 class="bt">.*?</h2>', "", html, count=1)
    if fold(sections[-1].titre) != fold(titre):
        sections.append(Section(titre, id=ident))
    else:
        sections[-1].id, sections[-1].css = ident, ""
    return html


def _foreign(data: dict[str, Any]) -> str:
    """An output that is not ours: sanitised html, or plain text."""
    if "text/html" in data:
        return clean(data["text/html"])
    text = data.get("text/plain", "")
    return f'<pre tabindex="0">{_html.escape(text)}</pre>' if text.strip() else ""
