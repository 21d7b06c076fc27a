"""Pandoc as two functions: Markdown to a tree, a tree to Markdown; and helpers on trees.

The tree is Pandoc's JSON document, plain lists and dicts.
Reference: https://pandoc.org/filters.html
"""

from __future__ import annotations

import functools
import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cepkit.errors import RenderError

Node = dict[str, Any]

# What the suite itself writes: no raw format of any kind.
TRUSTED = ("markdown-raw_html-raw_tex-raw_attribute-tex_math_dollars-latex_macros"
           "-yaml_metadata_block-pandoc_title_block-citations")
# What people write: no attribute, no division, no figure of their own either.
WRITTEN = (TRUSTED + "-native_divs-native_spans-fenced_divs-bracketed_spans-header_attributes"
           "-link_attributes-table_attributes-fenced_code_attributes-inline_code_attributes"
           "-implicit_figures"
           "-auto_identifiers-markdown_in_html_blocks-example_lists-grid_tables-wikilinks_title_after_pipe")
INTERMEDIATE = ("markdown-smart-raw_html-raw_tex-raw_attribute-tex_math_dollars-citations"
                "-inline_code_attributes-table_attributes-simple_tables-multiline_tables-grid_tables+pipe_tables")


@functools.cache
def program() -> str:
    """Path of the bundled Pandoc."""
    import pypandoc

    return pypandoc.get_pandoc_path()


def run(args: Sequence[str], text: str = "", cwd: Path | None = None) -> str:
    """Run Pandoc; what it writes. Raises `RenderError` with its own message."""
    done = subprocess.run([program(), *args], input=text.encode(), capture_output=True, cwd=cwd)
    if done.returncode:
        message = done.stderr.decode(errors="replace").strip()
        raise RenderError(f"Pandoc n’a pas pu écrire le rapport : {message}")
    return done.stdout.decode()


@functools.lru_cache(maxsize=256)
def _parsed(text: str, reader: str) -> str:
    return run(["-f", reader, "-t", "json"], text)


def blocks(text: str, *, written: bool = False) -> list[Node]:
    """Blocks of a Markdown text; `written` reads it as data from people."""
    return json.loads(_parsed(text, WRITTEN if written else TRUSTED))["blocks"]


def document(nodes: Sequence[Node]) -> dict[str, Any]:
    """A Pandoc document of these blocks."""
    version = json.loads(_parsed("", TRUSTED))["pandoc-api-version"]
    return {"pandoc-api-version": version, "meta": {}, "blocks": list(nodes)}


def markdown(nodes: Sequence[Node]) -> str:
    """The blocks as the Markdown that both engines read."""
    return run(["-f", "json", "-t", INTERMEDIATE, "--wrap=none", "--columns=60"],
               json.dumps(document(nodes)))


# ---- trees --------------------------------------------------------------------------------


def node(kind: str, content: Any = None) -> Node:
    """{"t": kind, "c": content}."""
    return {"t": kind} if content is None else {"t": kind, "c": content}


def attr(ident: str = "", classes: Sequence[str] = (), **values: str) -> list:
    """Attributes of a node; underscores of names become hyphens."""
    return [ident, list(classes), [[k.replace("_", "-"), v] for k, v in values.items()]]


def words(text: str) -> list[Node]:
    """Inlines of a plain text."""
    parts = text.split(" ")
    found = [n for p in parts for n in (node("Str", p), node("Space")) if n != node("Str", "")]
    return found[:-1]


def styled(style: str, *paragraphs: list[Node]) -> Node:
    """Paragraphs set in a named style."""
    return node("Div", [attr(custom_style=style), [node("Para", p) for p in paragraphs]])


def style_of(item: Node) -> str | None:
    """Style name of a division, or None."""
    return dict(item["c"][0][2]).get("custom-style") if item["t"] == "Div" else None


def text_of(item: Any) -> str:
    """Plain text of a node or of a list of nodes."""
    if isinstance(item, list):
        return "".join(map(text_of, item))
    if not isinstance(item, dict):
        return ""
    if item["t"] in ("Space", "SoftBreak", "LineBreak"):
        return " "
    content = item.get("c", "")
    return content if item["t"] == "Str" else content[1] if item["t"] in ("Code", "Math") \
        else text_of(content)


def transform(item: Any, change: Callable[[Node], Any]) -> Any:
    """Bottom-up copy of a tree; `change` gives a node, a list of nodes, or None to drop it."""
    if isinstance(item, dict) and "t" in item:
        copy = {k: transform(v, change) for k, v in item.items()}
        return change(copy)
    if isinstance(item, dict):
        return {k: transform(v, change) for k, v in item.items()}
    if not isinstance(item, list):
        return item
    found = []
    for child in item:
        new = transform(child, change)
        if isinstance(child, dict) and "t" in child and isinstance(new, list):
            found += new
        elif not (isinstance(child, dict) and "t" in child and new is None):
            found.append(new)
    return found


def walk(item: Any) -> Iterator[Node]:
    """Every node of a tree, in reading order."""
    if isinstance(item, dict):
        if "t" in item:
            yield item
        for value in item.values():
            yield from walk(value)
    elif isinstance(item, list):
        for value in item:
            yield from walk(value)
