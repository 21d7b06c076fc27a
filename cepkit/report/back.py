"""The analyst's own edits in Word, brought back to the section files they belong to.

The document is compared with what was printed (`valeurs.json`): a paragraph left as it was keeps
its source, names of values included; a changed one comes back as Markdown.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cepkit.report import content, pandoc, passes
from cepkit.report.pandoc import Node, node, style_of, text_of, transform
from cepkit.text import fold

BOXES = ("A rediger", "Absence")  # where an analyst may have typed over the box
PRODUCED = ("Réponse", "Lecture", "Mesure", "Source", "Repère", "Prudence", "Bandeau")
# What comes back is plain Markdown: no attribute, no raw format.
WRITER = ("markdown-smart-raw_html-raw_tex-raw_attribute-tex_math_dollars-citations-native_divs"
          "-native_spans-fenced_divs-bracketed_spans-header_attributes-link_attributes"
          "-implicit_figures-simple_tables-multiline_tables-grid_tables+pipe_tables")


@dataclass(frozen=True)
class Change:
    """A section that the document changes: lines of the difference, new source of the text."""

    stem: str
    titre: str
    lignes: list[tuple[str, str]]  # ("-" or "+", words)
    corps: str
    conflit: bool  # the file, too, has changed since the document was made


@dataclass
class Found:
    """What the document holds: changed sections, and what is not taken back."""

    sections: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def compared(path: Path, said: Mapping[str, Any], sources: Mapping[str, str]) -> Found:
    """Differences between a docx and what was printed.

    said: content of the version that the docx was; sources: present texts by file stem.
    """
    found = Found()
    heads = {fold(title): stem for stem, title in said["titres"].items() if title}
    known = {_plain(u) for u in said["produits"]} | set(map(_plain, said["titres"].values()))
    parts = _sections(path, heads, known, found.notes)
    for stem, blocks in parts.items():
        base = said["textes"].get(stem, {"corps": "", "dit": []})
        lines, body = _merged(base, blocks, said)
        if lines:
            conflict = sources.get(stem, "") != base["corps"]
            found.sections.append(Change(stem, said["titres"][stem], lines, body, conflict))
    found.notes += [f"la section « {title} » n’est plus dans le document : son texte est laissé."
                    for stem, title in said["titres"].items()
                    if title and stem not in parts and stem in said["textes"]]
    return found


def _plain(text: str) -> str:
    """Words as they are compared: the same spaces, hyphens and apostrophes."""
    return " ".join(text.replace("\u2011", "-").replace("’", "'").split())


# ---- the document -------------------------------------------------------------------------


def _flat(blocks: list[Node], style: str = "") -> Iterator[tuple[str, Node]]:
    for block in blocks:
        if block["t"] == "Div":
            yield from _flat(block["c"][1], style_of(block) or style)
        else:
            yield style, block


def _sections(path: Path, heads: Mapping[str, str], known: set[str],
              notes: list[str]) -> dict[str, list[Node]]:
    """Blocks that the analyst wrote, by section file."""
    tree = json.loads(pandoc.run(["-f", "docx+styles", "-t", "json", str(path)]))
    parts: dict[str, list[Node]] = {}
    stem = None
    for style, block in _flat(tree["blocks"]):
        if block["t"] == "Header" and block["c"][0] <= 2:
            stem = heads.get(fold(text_of(block["c"][2])))
            if stem:
                parts.setdefault(stem, [])
            elif parts and _plain(text_of(block["c"][2])) not in known:
                notes.append(f"le titre « {text_of(block['c'][2])} » n’est pas du rapport : ce "
                             "qui le suit n’est pas repris.")
            continue
        said = [_plain(u) for u in content.units([block])]
        if stem is None or not said or all(u in known for u in said):
            continue
        if style in PRODUCED or block["t"] in ("Figure", "Table") and set(said) & known:
            notes.append(f"texte produit changé dans Word, non repris : « {said[0][:80]} ».")
        else:
            parts[stem].append(block)
    return parts


# ---- one section --------------------------------------------------------------------------


def _merged(base: Mapping[str, Any], blocks: list[Node],
            said: Mapping[str, Any]) -> tuple[list[tuple[str, str]], str]:
    """Lines of the difference, and the new source: unchanged paragraphs keep theirs."""
    old = _chunks(base)
    texts = [" ".join(_plain(u) for u in content.units([b])) for b in blocks]
    lines: list[tuple[str, str]] = []
    body: list[str] = []
    matcher = difflib.SequenceMatcher(None, [t for _, t in old], texts, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            body += [source for source, _ in old[i:j]]
            continue
        new = [_markdown(b, said, base["corps"]) for b in blocks[k:m]]
        lines += [("-", source) for source, _ in old[i:j]] + [("+", text) for text in new]
        body += new
    return lines, "\n\n".join(body)


def _chunks(base: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Paragraphs of a source, each with its words as they were printed."""
    sources = [c for c in re.split(r"\n[ \t]*\n", base["corps"].strip()) if c.strip()]
    counts = [len(content.units(pandoc.blocks(passes.mark_placeholders(c)[0], written=True)))
              for c in sources]
    if sum(counts) != len(base["dit"]):
        return [(base["corps"], " ".join(map(_plain, base["dit"])))] if sources else []
    found, at = [], 0
    for source, count in zip(sources, counts, strict=True):
        found.append((source, " ".join(map(_plain, base["dit"][at:at + count]))))
        at += count
    return found


def _markdown(block: Node, said: Mapping[str, Any], source: str) -> str:
    """A block of the document as the analyst would have written it."""
    anchors = {f"#{passes.anchor_of(r)}": r for r in (*said["elements"], *said["constats"])}

    def change(item: Node):
        if item["t"] in ("Span", "Underline", "SmallCaps"):
            return item["c"][1] if item["t"] == "Span" else item["c"]
        if item["t"] == "Link" and item["c"][2][0].startswith("#"):
            repere = anchors.get(item["c"][2][0])
            return node("Str", repere.partition("-")[2]) if repere else item["c"][1]
        if item["t"] in ("Image", "Note", "RawInline"):
            return None
        if item["t"] == "Header":
            return node("Header", [max(1, item["c"][0] - 2), ["", [], []], item["c"][2]])
        return item

    tree = json.dumps(pandoc.document([transform(block, change)]))
    text = pandoc.run(["-f", "json", "-t", WRITER, "--wrap=none"], tree).strip()
    text = text.replace("&nbsp;", "\u00a0").replace("\\ ", "\u00a0")
    return _named(text, said["citees"], passes.mark_placeholders(source)[1])


def _named(text: str, values: Mapping[str, str], names: list[str]) -> str:
    """Values printed from their name get it back where the words are still theirs."""
    for name in sorted(dict.fromkeys(names), key=lambda n: -len(values.get(n, ""))):
        value = values.get(name, "")
        if len(value) > 3:
            loose = r"[\s\u00a0\u202f]+".join(map(re.escape, value.split()))
            text = re.sub(rf"(?<![\w{{]){loose}(?!\w)", f"{{{{{name}}}}}", text)
    return text
