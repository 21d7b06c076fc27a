"""Completion inside quotes: regions, tables, dimensions, operators… of the opened region.

`Region.open(region="`, `r.table("`, `ind.take_up(r, by="`: the name of the argument, read in the
signature of the function, says which codes fit. Nothing is executed.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from textwrap import shorten
from typing import Any, Literal, get_args, get_origin, get_type_hints

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

from cepkit import codes
from cepkit.edition import project
from cepkit.region import Region
from cepkit.show.state import ANNEXES
from cepkit.text import NBSP

_WHOLE = re.compile(r"#[^\n]*|\"[^\"\n]*\"|'[^'\n]*'")
_OPENED = re.compile(r"[\"']([^\"'\n]*)$")


def innermost(text: str) -> tuple[str, int, str] | None:
    """Function, position and keyword of the argument being written, from the text before it."""
    depth, position, start = 0, 0, None
    for i in reversed(range(len(text))):
        if text[i] in ")]}":
            depth += 1
        elif text[i] in "([{" and depth:
            depth -= 1
        elif depth:
            continue
        elif text[i] == ",":
            position, start = position + 1, start or i + 1
        elif text[i] in "[{":  # a list is one argument
            position, start = 0, None
        elif text[i] == "(":
            called = re.search(r"[\w.]+$", text[:i])
            keyword = re.match(r"\s*(\w+)\s*=(?!=)", text[start or i + 1:])
            return (called[0], position, keyword[1] if keyword else "") if called else None
    return None


def _function(called: str, namespace: Mapping[str, Any]) -> Any:
    """The object behind a dotted name, None when it is not there yet."""
    first, *rest = called.split(".")
    found = namespace.get(first)
    for name in rest:
        found = getattr(found, name, None)
    return found


def _argument(function: Any, position: int, keyword: str) -> tuple[str, tuple[str, ...]]:
    """Name of an argument and the values that its annotation lists, if any."""
    try:
        names = list(inspect.signature(function).parameters)
        hints = get_type_hints(inspect.unwrap(getattr(function, "__func__", function)))
    except (TypeError, ValueError, NameError):
        return keyword, ()
    name = keyword or (names[position] if position < len(names) else "")
    hint = hints.get(name)
    listed = [h for h in (hint, *get_args(hint)) if get_origin(h) is Literal]
    return name, tuple(v for h in listed for v in get_args(h))


def vocabulary(name: str, function: str, r: Region | None) -> dict[str, str]:
    """Code → what it says, for an argument of this name."""
    if name == "region" or function.endswith("regionale"):
        return {c: codes.region_name(c) for c in (*codes.REGIONS, codes.FRANCE)}
    if name == "exercice":
        return dict.fromkeys(project.exercices(), "exercice")
    if name == "annexe":
        return ANNEXES
    if r is None:
        return {}
    if function.endswith("statistique"):
        return dict.fromkeys(r.statistiques(), "statistique déclarée")
    meta = r.meta
    operators = {codes.ENSEMBLE: "tous les opérateurs"} | {
        o: r.libelle("operateur", o) for o in r.operateurs()}
    dimensions = {"departement": "Département", "region": "Région"} | {
        d: n["titre"] for d, n in meta["nomenclatures"].items()}
    series = {d["nom"]: d["concept"] for d in meta["denominateurs"]}
    return {
        "nom": (tables := {t["nom"]: t["titre"] for t in meta["plan"]}), "table": tables,
        "dimension": dimensions, "dimensions": dimensions, "within": dimensions, "by": dimensions,
        "operateur": operators, "serie": series, "denominateur": series,
        "mesure": {m: d["libelle"] for m, d in meta["mesures"].items()},
        "feuille": dict.fromkeys(meta["suivi"], "feuille du classeur"),
    }.get(name, {})


def offered(text: str, namespace: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """(what is already written, code → what it says) at the end of `text`."""
    text = _WHOLE.sub(lambda m: "_" * len(m[0]), text)
    quote = _OPENED.search(text)
    found = innermost(text[:quote.start()]) if quote else None
    if found is None:
        return "", {}
    called, position, keyword = found
    name, listed = _argument(_function(called, namespace), position, keyword)
    regions = [v for v in namespace.values() if isinstance(v, Region)]
    known = vocabulary(name, called, regions[-1] if regions else None)
    values = {v: known.get(v, "valeur admise") for v in listed} if listed else known
    return quote[1], {v: said for v, said in values.items() if v.startswith(quote[1])}


def _whole(said: str) -> str:
    """A short line that JupyterLab does not break."""
    return shorten(said, 48, placeholder="…").replace(" ", NBSP).replace("-", "\u2011")


def register(shell: Any) -> None:
    """Add these completions to a shell; others are left out where they answer."""

    @context_matcher()
    def cepkit_codes(context: CompletionContext) -> dict[str, Any]:
        before = context.full_text[:_offset(context)]
        written, values = offered(before, shell.user_ns)
        found = [SimpleCompletion(text=c, type=_whole(said)) for c, said in values.items()]
        return {"completions": found, "matched_fragment": written, "suppress": bool(found),
                "ordered": True}

    shell.Completer.custom_matchers.append(cepkit_codes)


def _offset(context: CompletionContext) -> int:
    """Position of the cursor in the whole cell."""
    lines = context.full_text.split("\n")[:context.cursor_line]
    return sum(len(line) + 1 for line in lines) + context.cursor_position
