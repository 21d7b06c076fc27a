"""What the report says, as data: values quoted, findings, tables, texts, sentence by sentence.

Kept beside the documents: two versions are compared on it, a remark finds in it the value as it
was sent, and a figure typed by hand is looked up in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cepkit.errors import Problem
from cepkit.report import passes
from cepkit.report.pandoc import Node, attr, node, style_of, text_of, transform, walk
from cepkit.text import slug, suggestion

ECRIT = "texte"  # class of the division around an analyst's text, until it is collected


def ident_of(stem: str) -> str:
    """Identifier of a section in the documents (Word keeps 40 characters): "texte-30".

    >>> ident_of("40_complement_non_recours")
    'texte-40-non-recours'
    """
    number, _, rest = stem.partition("_")
    name = rest.removeprefix("complement_") if number == "40" else ""
    return f"texte-{number}" + (f"-{slug(name)}"[:31] if name else "")


def written(stem: str, blocks: list[Node]) -> Node:
    """An analyst's text, marked until `collect` and `unmarked`."""
    return node("Div", [attr(classes=(ECRIT,), stem=stem), blocks])


def unknown(fichier: str, corps: str, values: Mapping[str, str]) -> list[Problem]:
    """Names that a text quotes and that no published value bears, each with the nearest."""
    names = dict.fromkeys(passes.mark_placeholders(corps)[1])
    return [Problem(
        f"la valeur « {{{{{n}}}}} » n’existe pas.{suggestion(n, values)}",
        fichier=f"redaction/{fichier}", classe="parametres",
        regle="les valeurs à citer sont listées en tête du notebook rapport et par « cepkit status "
              "--region »") for n in names if n not in values]


def _stem(item: Node) -> str | None:
    if item["t"] != "Div" or ECRIT not in item["c"][0][1]:
        return None
    return dict(item["c"][0][2])["stem"]


def unmarked(blocks: list[Node]) -> list[Node]:
    """Without the marks of `written`."""
    return transform(blocks, lambda i: i["c"][1] if _stem(i) else i)


def units(blocks: Sequence[Node]) -> list[str]:
    """Paragraphs, headings and cells, as plain texts, in reading order."""
    texts = (text_of(n["c"][2] if n["t"] == "Header" else n["c"]) for n in walk(list(blocks))
             if n["t"] in ("Para", "Plain", "Header"))
    return [t for t in texts if t.strip()]


def collect(body: list[Node], values: Mapping[str, str],
            sources: Mapping[str, str]) -> dict[str, Any]:
    """Everything that a reader can contest.

    values: what texts may quote; sources: Markdown of the texts by file stem.
    """
    heads = {n["c"][1][0]: text_of(n["c"][2]) for n in body if n["t"] == "Header"}
    texts = {_stem(n): n["c"][1] for n in body if _stem(n)}
    said = {u for found in texts.values() for u in units(found)}
    return {
        "citees": dict(values),
        "constats": dict(c for n in body if (c := _finding(n))),
        "textes": {stem: {"titre": heads.get(ident_of(stem), ""),
                          "corps": sources.get(stem, ""),
                          "dit": units(found)} for stem, found in texts.items()},
        "titres": {stem: heads.get(ident_of(stem), "") for stem in sources},
        "produits": [u for u in units([n for n in body if not _stem(n)]) if u not in said],
    }


def elements(body: list[Node]) -> dict[str, dict[str, Any]]:
    """Figures and tables by reference, before they are numbered: caption, cells as printed."""
    return {"elements": dict(e for n in walk(body) if (e := _element(n)))}


def _finding(item: Node) -> tuple[str, str] | None:
    if style_of(item) != passes.FINDING:
        return None
    marks = [n for n in walk(item) if n["t"] == "Span" and n["c"][0][0].startswith("repere-")]
    sentence = text_of(item["c"][1])
    return (passes.cited(text_of(marks[0])), sentence.rpartition(" (")[0]) if marks else None


def _element(item: Node) -> tuple[str, dict[str, Any]] | None:
    if item["t"] not in passes.KINDS:
        return None
    repere = passes.repere_of(item["c"][0][0])
    caption = text_of(item["c"][1][1])
    rows = passes.rows(item) if item["t"] == "Table" else [
        [text_of(n["c"][1])] for n in walk(item) if n["t"] == "Image"]
    return (repere, {"titre": caption, "lignes": rows}) if repere else None
