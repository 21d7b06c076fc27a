"""Strict notebook parameters: refused before anything runs, with the nearest valid name.

The cell tagged `parameters` is read with `ast`, never executed: one assignment of a literal
a line, with an optional annotation (`region: str = "84"  # code officiel`).
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from typing import Any

from cepkit.errors import ParametersError, Problem
from cepkit.text import enumerate_fr, suggestion

_TYPES = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict}
_NAMES = {str: "un texte entre guillemets", int: "un nombre entier", float: "un nombre",
          bool: "True ou False", list: "une liste", dict: "un dictionnaire"}


def values(name: str, exercice: str, region: str) -> dict[str, str]:
    """What the batch injects: `exercice` and `region` (the national synthesis has no region)."""
    whole = {"exercice": exercice, "region": region}
    return {"exercice": exercice} if name.startswith("synthese") else whole


def interactive(cell: Mapping[str, Any]) -> bool:
    """Whether a cell is for JupyterLab only (tag `interactif`)."""
    return "interactif" in cell.get("metadata", {}).get("tags", [])


def rendered(notebook: bytes) -> bytes:
    """The notebook that the batch runs: without its `interactif` cells, in one layout.

    Adding or removing such a cell changes neither outputs nor the key of a step.
    """
    content = json.loads(notebook)
    kept = [cell for cell in content["cells"] if not interactive(cell)]
    return json.dumps(content | {"cells": kept}, ensure_ascii=False, indent=1,
                      sort_keys=True).encode()


def _problem(notebook: str, message: str, **fields: Any) -> Problem:
    return Problem(message, classe="parametres", fichier=notebook, **fields)


def cells(notebook: bytes, name: str) -> list[dict[str, Any]]:
    """Cells of a notebook file; `ParametersError` when it has not the shape of one."""
    try:
        content = json.loads(notebook)
    except (ValueError, RecursionError):
        content = None
    found = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(found, list) or not all(map(_is_cell, found)):
        raise ParametersError(_problem(
            name, "ce fichier n’est pas un notebook lisible.",
            reparation="ouvrez-le dans JupyterLab et enregistrez-le à nouveau."))
    return found


def _is_cell(cell: Any) -> bool:
    if not isinstance(cell, dict) or not isinstance(cell.get("metadata", {}), dict):
        return False
    source, tags = cell.get("source"), cell.get("metadata", {}).get("tags", [])
    lines = [source] if isinstance(source, str) else source
    return isinstance(tags, list) and isinstance(lines, list) and all(
        isinstance(line, str) for line in lines)


def _source(among: Sequence[Mapping[str, Any]], name: str) -> str:
    """Source of the only cell tagged `parameters`; `ParametersError` when there is none."""
    tagged = [c for c in among if "parameters" in c.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        raise ParametersError(_problem(
            name, "il faut une cellule de paramètres et une seule ; "
            f"{len(tagged)} cellules portent l’étiquette « parameters ».",
            reparation="ajoutez l’étiquette « parameters » à la cellule qui fixe region et "
                       "exercice."))
    return "".join(tagged[0]["source"])


def _assignment(node: ast.stmt) -> tuple[str, type | None, Any] | None:
    """(name, declared type, default) of a literal assignment, or None for anything else."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
        target, kind = node.target, _TYPES.get(ast.unparse(node.annotation).split(" |")[0])
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        target, kind = node.targets[0], None
    else:
        return None
    try:
        default = ast.literal_eval(node.value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
    return target.id, kind or (type(default) if default is not None else None), default


def declared(among: Sequence[Mapping[str, Any]],
             name: str) -> dict[str, tuple[type | None, Any]]:
    """Declared parameters: name -> (type or None, default). Raises `ParametersError`."""
    source = _source(among, name)
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        raise ParametersError(_problem(
            name, f"la cellule de paramètres est illisible à la ligne {line}.",
            reparation="écrivez une affectation par ligne, par exemple region = \"84\".",
        )) from error
    found = [_assignment(node) for node in body]
    if None in found:
        line = body[found.index(None)].lineno
        raise ParametersError(_problem(
            name, f"la ligne {line} de la cellule de paramètres n’est pas l’affectation d’une "
            "valeur simple.", valeur=source.splitlines()[line - 1].strip(),
            reparation="n’y mettez que des paramètres ; le reste va dans une autre cellule."))
    return {key: (kind, default) for key, kind, default in found}


def _wrong_type(kind: type | None, value: Any) -> bool:
    if kind is None:
        return False
    if kind is float:
        return isinstance(value, bool) or not isinstance(value, (int, float))
    return not isinstance(value, kind) or (kind is int and isinstance(value, bool))


def problems(among: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any],
             name: str) -> list[Problem]:
    """What is wrong between the values to inject and the declared parameters, all at once."""
    try:
        known = declared(among, name)
    except ParametersError as error:
        return error.problems
    names = f"paramètres du notebook : {enumerate_fr(sorted(known)) or 'aucun'}."
    found = [_problem(name, f"le paramètre « {key} » n’est pas déclaré.{suggestion(key, known)}",
                      reparation=names) for key in parameters if key not in known]
    found += [_problem(name, f"le paramètre « {key} » doit être {_NAMES[known[key][0]]}.",
                       valeur=repr(value))
              for key, value in parameters.items()
              if key in known and _wrong_type(known[key][0], value)]
    return found
