"""Passes over the report's tree: neutralise, number, refer, substitute.

Each pass takes blocks and gives blocks; none writes a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from cepkit.report.pandoc import Node, attr, node, style_of, text_of, transform, walk, words
from cepkit.show.trace import NUMBER
from cepkit.text import NBSP, slug

REPERE = re.compile(r"(?:(\d\d|FR)-)?((?:N\.)?\d+(?:\.\d+)?-[FTC]\d+)")
FINDING = "Réponse"  # style of a generated sentence that states a figure
MARK = "Repère constat"  # style of its reference
# Sections without a number: the file of the text -> the number in the reference.
SECTIONS = {"texte-00": "0.0", "texte-10": "0.1", "texte-11": "0.2", "texte-50": "6.1",
            "texte-60": "7.1"}
SAFE_LINK = re.compile(r"(?:https?://|mailto:|#)", re.I)
KINDS = {"Figure": "Figure", "Table": "Tableau"}


def repere_of(ident: str) -> str | None:
    """Identifier of a block -> the reference readers cite: "fig-84-2-3-f1" -> "84-2.3-F1"."""
    match = re.fullmatch(r"(?:fig|tbl|f)-(\d\d|fr)-(n?\d+(?:-\d+)?)-([ft])(\d+)", ident)
    if not match:
        return None
    code, section, kind, number = match.groups()
    return f"{code.upper()}-{section.replace('-', '.').upper()}-{kind.upper()}{number}"


def anchor_of(repere: str) -> str:
    """Identifier in the documents; no prefix that an engine would number by itself."""
    return "repere-" + repere.lower().replace(".", "-")


# ---- neutralise ---------------------------------------------------------------------------


def neutral(blocks: list[Node], pictures: Iterable[str] = ()) -> list[Node]:
    """Without raw format, unknown picture, unknown kind of link, nor attribute that acts."""
    known = set(pictures)

    def change(item: Node):
        kind = item["t"]
        if kind in ("RawBlock", "RawInline"):
            return None
        if kind == "Image" and item["c"][2][0] not in known:
            return item["c"][1]
        if kind == "Link":
            return node(kind, [attr(), *item["c"][1:]]) if SAFE_LINK.match(item["c"][2][0]) \
                else item["c"][1]
        if kind == "Str" and item["c"].startswith("{"):
            return [node("Space"), item]  # against a link, the writer would make it attributes
        if kind in ("CodeBlock", "Code"):
            return node(kind, [attr(), item["c"][1]])
        return item

    return transform(blocks, change)


def shifted(blocks: list[Node], by: int) -> list[Node]:
    """Headings `by` levels deeper (six at most), without identifier of their own."""

    def change(item: Node):
        if item["t"] != "Header":
            return item
        return node("Header", [min(6, max(1, item["c"][0] + by)), *item["c"][1:]])

    return transform(blocks, change)


# ---- substitute ---------------------------------------------------------------------------

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][\w.]*)\s*\}\}")
OPEN, CLOSE = "\ue000", "\ue001"  # private characters around a name, until the tree is there
MARKED = re.compile(f"{OPEN}([^{CLOSE}]+){CLOSE}")


def mark_placeholders(text: str) -> tuple[str, list[str]]:
    """Markdown whose `{{nom}}` are marked for `substitute`, and the names asked for."""
    names = [m[1] for m in PLACEHOLDER.finditer(text)]
    return PLACEHOLDER.sub(lambda m: f"{OPEN}{m[1]}{CLOSE}", text), names


def substitute(blocks: list[Node], values: Mapping[str, str], cles: Mapping[str, str],
               keys: dict[str, str]) -> list[Node]:
    """Marked names replaced by published values, each with its key (cles: {name: key})."""

    def change(item: Node):
        if item["t"] != "Str" or OPEN not in item["c"]:
            return item
        parts = MARKED.split(item["c"])
        found: list[Node] = []
        for i, p in enumerate(parts):
            known = i % 2 and cles.get(p)
            found += [marked(words(values[p]), known, keys)] if known else words(
                values[p]) if i % 2 else [node("Str", p)]
        return [f for f in found if f != node("Str", "")]

    return transform(blocks, change)


# ---- findings -----------------------------------------------------------------------------


def section_of(heading: Node) -> str:
    """Number of a section, "2.1", from its title or its file; empty for what has none."""
    ident, title = heading["c"][1][0], text_of(heading["c"][2])
    match = re.match(r"(\d+\.\d+)\s", title)
    return match[1] if match else SECTIONS.get(ident, "5" if ident[:9] == "texte-40-" else "")


def findings(blocks: list[Node], code: str) -> list[Node]:
    """Each generated finding ends with the reference that an operator quotes: « 53-2.1-C1 »."""
    section, count, found = "", 0, []
    for block in blocks:
        if block["t"] == "Header":
            section, count = section_of(block), 0
        if style_of(block) == FINDING and section:
            count += 1
            block = _marked(block, f"{code}-{section}-C{count}")
        found.append(block)
    return found


def _marked(block: Node, repere: str) -> Node:
    head, (*others, last) = block["c"]
    mark = node("Span", [attr(anchor_of(repere), custom_style=MARK),
                         words(f"(constat{NBSP}{repere})")])
    return node("Div", [head, [*others, node(last["t"], [*last["c"], node("Space"), mark])]])


def cited(text: str) -> str | None:
    """The full reference that a text quotes, or None."""
    match = REPERE.search(text)
    return match[0] if match and match[1] else None


# ---- keys ---------------------------------------------------------------------------------


def keyed(blocks: list[Node], pairs: Sequence[tuple[str, str]],
          keys: dict[str, str]) -> list[Node]:
    """Numbers of a block's Markdown that its page prints with a key become spans `c1`, `c2`…

    pairs: (number, key) in the order of the page; keys: filled with {identifier: key}.
    """
    left = list(pairs)

    def span(token: str) -> Node:
        at = next((i for i, (text, _) in enumerate(left) if text == token), None)
        if at is None:
            known = next((k for text, k in pairs if text == token), None)
        else:
            known = left[at][1]
            del left[:at + 1]
        return node("Str", token) if known is None else marked([node("Str", token)], known, keys)

    def change(item: Node):
        if item["t"] != "Str" or not NUMBER.search(item["c"]):
            return item
        out, end = [], 0
        for match in NUMBER.finditer(item["c"]):
            out += [node("Str", item["c"][end:match.start()]), span(match[0])]
            end = match.end()
        return [n for n in [*out, node("Str", item["c"][end:])] if n != node("Str", "")]

    if not pairs:
        return blocks
    for row in (r for b in blocks if b["t"] == "Table" for body in b["c"][4] for r in body[3]):
        for cell in row[1][1:]:  # the first cell names the row
            cell[4] = transform(cell[4], change)
    return [b if b["t"] == "Table" else transform(b, change) for b in blocks]


def marked(inlines: list[Node], cle: str, keys: dict[str, str]) -> Node:
    """A span whose identifier stands for a key."""
    ident = f"c{len(keys) + 1}"
    keys[ident] = cle
    return node("Span", [attr(ident), inlines])


# ---- number and refer ---------------------------------------------------------------------


def numbered(blocks: list[Node]) -> tuple[list[Node], dict[str, tuple[str, str]]]:
    """Figures and captioned tables numbered in reading order.

    Returns the blocks and {repère: (label « Figure 1 », anchor)}, findings included.
    """
    counters = {"Figure": 0, "Table": 0}
    labels = {r: (f"Constat{NBSP}{r.partition('-')[2]}", anchor_of(r))
              for b in blocks if style_of(b) == FINDING and (r := cited(text_of(b["c"][1])))}

    def change(item: Node):
        kind = item["t"]
        if kind not in KINDS:
            return item
        ident, caption = item["c"][0][0], item["c"][1]
        if not text_of(caption[1]).strip():
            return item
        counters[kind] += 1
        label = f"{KINDS[kind]}{NBSP}{counters[kind]}"
        repere = repere_of(ident) or f"{kind}-{counters[kind]}"
        anchor = anchor_of(repere)
        labels[repere] = (label, anchor)
        caption[1] = _prefixed(caption[1], label)
        if kind == "Figure":
            item["c"][0] = [anchor, *item["c"][0][1:]]
            return item
        item["c"][0] = attr()  # a table takes its identifier from the division around it
        return node("Div", [attr(anchor, ["tableau"]), [item]])

    return transform(blocks, change), labels


def _prefixed(caption: list[Node], label: str) -> list[Node]:
    first = caption[0]
    inlines = [node("Str", label), node("Space"), node("Str", "—"), node("Space"), *first["c"]]
    return [node(first["t"], inlines), *caption[1:]]


def referred(blocks: list[Node], labels: Mapping[str, tuple[str, str]], code: str) -> list[Node]:
    """Every repère quoted in a text (« 84-2.3-F1 », « 2.3-F1 ») becomes a link « figure 1 ».

    A repère that is not in this document stays as it is: it is one of an annexe.
    """

    def inlines(items: list[Node]) -> list[Node]:
        out: list[Node] = []
        for item in items:
            found = _reference(item, labels, code, text_of(out[-2:]) if out else "")
            out += found if found else [item]
        return out

    def change(item: Node):
        if item["t"] in ("Para", "Plain", "Strong", "Emph"):
            return node(item["t"], inlines(item["c"]))
        return item

    own = ("Repère", FINDING)
    return [b if style_of(b) in own else transform(b, change) for b in blocks]


def _reference(item: Node, labels: Mapping, code: str, before: str) -> list[Node] | None:
    match = REPERE.search(item["c"]) if item["t"] == "Str" else None
    if not match:
        return None
    repere = f"{match[1] or code}-{match[2]}"
    if repere not in labels:
        return None
    label, anchor = labels[repere]
    named = re.search(r"(figures?|tableaux?|constats?)[\s\u00a0]*$", before, re.I)
    shown = label.split(NBSP)[1] if named else label[0].lower() + label[1:]
    link = node("Link", [attr(), [node("Str", shown)], [f"#{anchor}", ""]])
    text = item["c"]
    parts = [node("Str", text[:match.start()]), link, node("Str", text[match.end():])]
    return [p for p in parts if p != node("Str", "")]


def tidy(blocks: list[Node]) -> list[Node]:
    """Repère lines say « Repère 84-2.3-F1 »: the printed number is in the caption."""

    def change(item: Node):
        if style_of(item) != "Repère":
            return item
        label = re.sub(r"^(Figure|Tableau)[\s\u00a0]+", "Repère ", text_of(item["c"][1]))
        return node("Div", [item["c"][0], [node("Para", words(label))]])

    return transform(blocks, change)


def identified(blocks: list[Node]) -> list[Node]:
    """Headings with a stable identifier, unique in the document: that of their text's file, else
    their words."""
    seen: dict[str, int] = {}
    found = []
    for block in blocks:
        if block["t"] == "Header":
            own = block["c"][1][0]
            ident = own if own.startswith("texte-") else "s-" + slug(text_of(block["c"][2]))
            seen[ident] = seen.get(ident, 0) + 1
            ident += f"-{seen[ident]}" if seen[ident] > 1 else ""
            block = node("Header", [block["c"][0], [ident, *block["c"][1][1:]], block["c"][2]])
        found.append(block)
    return found


PAGE = 92  # characters of table text across the page


def widened(blocks: list[Node]) -> list[Node]:
    """Column widths: no word is cut, the rest of the page goes to the longest texts."""

    def change(item: Node):
        if item["t"] != "Table" or len(item["c"][2]) < 2:
            return item
        cells = list(zip(*rows(item), strict=True))
        least = [max(len(w) for t in c for w in t.split(" ")) + 1 for c in cells]  # U+00A0 binds
        whole = [min(60, max(map(len, c))) + 1 for c in cells]
        free = max(0, PAGE - sum(least))
        wish = [max(0, a - b) ** 0.7 for a, b in zip(whole, least, strict=True)]
        share = free / (sum(wish) or 1)
        widths = [b + x * share for b, x in zip(least, wish, strict=True)]
        for spec, width in zip(item["c"][2], widths, strict=True):
            spec[1] = node("ColWidth", round(width / sum(widths), 3))
        return item

    return transform(blocks, change)


def rows(table: Node) -> list[list[str]]:
    """Texts of the cells, head and bodies."""
    _, _, _, head, bodies, _ = table["c"]
    found = [*head[1], *(row for body in bodies for row in [*body[2], *body[3]])]
    return [[text_of(cell[4]) for cell in row[1]] for row in found]


# ---- what a document holds ----------------------------------------------------------------


def outline(blocks: list[Node]) -> dict[str, list]:
    """Structure that two engines must share: headings, figures, tables, references, alt texts."""
    nodes = list(walk(blocks))
    return {
        "titres": [(n["c"][0], text_of(n["c"][2])) for n in nodes if n["t"] == "Header"],
        "figures": [text_of(n["c"][1][1]) for n in nodes if n["t"] == "Figure"],
        "tableaux": [text_of(n["c"][1][1]) for n in nodes if n["t"] == "Table"],
        "renvois": [n["c"][2][0] for n in nodes if n["t"] == "Link" and n["c"][2][0][:1] == "#"],
        "alternatives": [text_of(n["c"][1]) for n in nodes if n["t"] == "Image"],
    }
