"""The text of an `edition.yml` for another year: comments kept, what was guessed is marked.

Years are shifted where the year's own delivery is described, released or planned. Elsewhere
(populations, breaks, agreements, context) a year is a fact of its own: kept, and marked too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

MARK = "à vérifier"
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
SHIFTED = ("titre", "donnees", "diffusion", "calendrier", "comparaisons")
OWN = ("exercice", "annee")
KEPT = ("reprises",)  # of `donnees`: they name exercices that exist


def advance(text: str, exercice: str, years: int) -> str:
    """`text` for `exercice`, `years` later. Lines that hold a year end with « # à vérifier »."""
    names = _renamed(text, years)
    changes, marked, opened = [], set(), set()
    for section, path, node in _scalars(yaml.compose(text, Loader=yaml.SafeLoader)):
        start, end = node.start_mark, node.end_mark
        old = text[start.index:end.index]
        opened |= set(range(start.line, end.line if end.column else end.line - 1))
        if section in OWN and len(path) == 1:
            year = str(int(node.value) + years) if section == "annee" else f'"{exercice}"'
            changes.append((start.index, end.index, year))
        elif path == ("donnees", "dossier"):
            changes.append((start.index, end.index, f"data/{exercice}"))
        elif node.value in names:
            changes.append((start.index, end.index, old.replace(node.value, names[node.value])))
        elif YEAR.search(node.value) or path[-1] in ("recu_le", "version"):
            marked.add((start.line, end.line if end.column else end.line - 1))
            if section in SHIFTED and not set(path) & set(KEPT):
                changes.append((start.index, end.index, _shifted(old, years)))
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return _marked(text, marked, opened)


def to_check(text: str) -> list[int]:
    """Lines that still carry the mark, as an editor numbers them."""
    return [n for n, line in enumerate(text.splitlines(), 1)
            if f"# {MARK}" in line]


def _shifted(text: str, years: int) -> str:
    moved = YEAR.sub(lambda m: str(int(m[0]) + years), text)
    return moved.replace("-02-29", "-02-28")


def _scalars(root: yaml.Node) -> Iterator[tuple[str, tuple[str, ...], yaml.ScalarNode]]:
    """(top-level key, keys down to it, scalar) of every value, each written scalar once."""
    seen: set[int] = set()
    todo = [((), root)]
    while todo:
        path, node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            todo += [((*path, key.value), value) for key, value in node.value]
            todo += [((*path, ""), key) for key, _ in node.value if path]
        elif isinstance(node, yaml.SequenceNode):
            todo += [(path, item) for item in node.value]
        elif path:
            yield path[0], path, node


def _renamed(text: str, years: int) -> dict[str, str]:
    """Names of received tables that hold a year: the other sections call them by it."""
    tables = (yaml.safe_load(text).get("donnees") or {}).get("tables") or []
    names = [t["nom"] for t in tables if YEAR.search(t.get("nom", ""))]
    return {n: _shifted(n, years) for n in names}


def _marked(text: str, spans: set[tuple[int, int]], opened: set[int]) -> str:
    """The mark after the lines where a comment may stand, else on a line of its own above."""
    lines, above = text.splitlines(), set()
    for first, last in spans:
        if last in opened or first != last:
            above.add(first)
        elif f"# {MARK}" not in lines[last]:
            lines[last] += f"  # {MARK}"
    for n in sorted(above, reverse=True):
        indent = lines[n][:len(lines[n]) - len(lines[n].lstrip())]
        lines.insert(n, f"{indent}# {MARK}")
    return "\n".join(lines) + "\n"
