"""Notebooks refused before anything runs: malformed, wrong parameters, a way to raw data.

Code cells are read with `ast`, never executed: a notebook takes its numbers from `Region` and
reads no file. What a name computed at run time would hide is refused as well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cepkit.batch import parameters
from cepkit.errors import ParametersError, Problem

RAW = "donnees_non_protegees"
# Of the package: what sees the delivery, the private cache or the unmasked tables.
PRIVATE = {"intake", "store", "plan", "protection", "inputs", "disclosure", "brut", "batch", "demo",
           "commands", "edition", "leaks", "lab", RAW}
# Libraries that open files, start programs or hide what is called.
OPENERS = {
    "pathlib", "io", "glob", "shutil", "subprocess", "importlib", "runpy", "pickle", "shelve",
    "sqlite3", "duckdb", "pyarrow", "polars", "python_calamine", "openpyxl", "xlrd", "csv",
    "zipfile", "gzip", "bz2", "lzma", "tarfile", "builtins", "ctypes", "fileinput", "linecache",
    "mmap", "codecs", "urllib", "requests", "http", "ftplib", "papermill", "nbformat", "joblib",
    "h5py", "fsspec", "dask", "pandas.io", "numpy.lib"}
READ = re.compile(r"read_(csv|table|excel|parquet|pickle|json|feather|fwf|hdf|sql\w*|orc|sas|spss|"
                  r"stata|xml|html|clipboard|text|bytes|gbq|iceberg)")
CALLS = {"ExcelFile", "HDFStore", "genfromtxt", "loadtxt", "fromfile", "memmap", "fromregex",
         "DataSource", "open_memmap", "popen", "system", "listdir", "scandir", "walk", "fdopen",
         "execv", "execve", "spawnv", "get_ipython", "run_line_magic", "run_cell_magic"}
HIDDEN = {"exec", "eval", "compile", "__import__", "globals", "vars", "breakpoint", "__builtins__",
          "__loader__", "__spec__", "get_ipython"}
DUNDER = re.compile(r"__(globals|builtins|subclasses|import|loader|spec|dict|code|closure|mro|"
                    r"bases|getattribute)__")
PATH = re.compile(r"(^|[/\\])data[/\\]|\.cepkit\b|masque\.csv|suivi\.xlsx")
MAGIC = re.compile(r"(?m)^\s*(?:\w+\s*=\s*)?(?:!|%%|%(?!matplotlib\b|config\b))")


def problems(notebooks: Mapping[str, bytes], exercice: str) -> Iterator[Problem]:
    """All that forbids to run these notebooks; what has not the form of one is read no further."""
    for step, content in notebooks.items():
        name = f"{step}.ipynb"
        try:
            cells = parameters.cells(content, name)
        except ParametersError as error:
            yield from error.problems
            continue
        yield from parameters.problems(cells, parameters.values(step, exercice, "84"), name)
        yield from reaching(cells, name)


def reaching(cells: Sequence[Mapping[str, Any]], name: str) -> Iterator[Problem]:
    """Ways to unprotected data, each with its cell and line (exit code 13)."""
    for number, cell in enumerate(cells, 1):
        if cell.get("cell_type") == "code" and not parameters.interactive(cell):
            for line, what in _reasons("".join(cell["source"])):
                yield _problem(name, number, line, what)


def _problem(name: str, cell: int, line: int, what: str) -> Problem:
    return Problem(
        f"la cellule {cell}, ligne {line}, pourrait ouvrir des données non protégées : {what}.",
        classe="secret", fichier=name, regle="un notebook rendu ne lit que les tables protégées",
        reparation="prenez les valeurs par Region et indicators ; pour explorer la livraison, "
                   "employez un notebook à part, hors du dossier « notebooks ».")


def _reasons(source: str) -> Iterator[tuple[int, str]]:
    """(line, what) of everything refused in a cell, in the order of the lines."""
    for match in MAGIC.finditer(source):
        yield source.count("\n", 0, match.end()) + 1, "commande « % » ou « ! »"
    try:
        tree = _parsed(MAGIC.sub("#", re.sub(r"(?m)^(\s*)%", r"\1#", source)))
    except SyntaxError:
        return  # fails when it runs, and says where
    except (ValueError, RecursionError, MemoryError):
        yield 1, "code que Python ne peut pas lire ici (trop imbriqué ou abîmé)"
        return
    own = _names_of_the_package(tree)
    told = set()
    for node in ast.walk(tree):
        for what in _refused(node, own):
            if (node.lineno, what) not in told:
                told.add((node.lineno, what))
                yield node.lineno, what


def _parsed(source: str) -> ast.AST:
    """The cell as the notebook will run it: what only IPython reads (`name?`) hides no line."""
    try:
        return ast.parse(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        return ast.parse(TransformerManager().transform_cell(source))


def _names_of_the_package(tree: ast.AST) -> set[str]:
    """Names under which the package itself, or one of its modules, is known in a cell."""
    names = {a.asname or a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import)
             for a in n.names if a.name.split(".")[0] == "cepkit"}
    return names | {"cepkit"}


def _refused(node: ast.AST, own: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (f"import de {a.name}" for a in node.names if _opens(a.name))
    elif isinstance(node, ast.ImportFrom):
        module = node.module or ""
        yield from (f"import de {module}.{a.name}" for a in node.names
                    if _opens(module) or _opens(f"{module}.{a.name}") or _reader(a.name)
                    or (a.name == "*" and module.split(".")[0] == "cepkit"))
    elif isinstance(node, ast.Attribute):
        inside = isinstance(node.value, ast.Name) and node.value.id in own
        if _reader(node.attr) or node.attr == RAW or (inside and node.attr in PRIVATE):
            yield f"emploi de {node.attr}"
    elif isinstance(node, ast.Name):
        if node.id in HIDDEN or node.id == RAW:
            yield f"emploi de {node.id}"
    elif isinstance(node, ast.Call):
        yield from _call(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and PATH.search(node.value):
        yield "chemin vers les données reçues ou le cache privé"


def _opens(module: str) -> bool:
    """Whether importing this gives a way to files, or to what is not protected."""
    parts = module.split(".")
    return parts[0] in OPENERS or ".".join(parts[:2]) in OPENERS or (
        parts[0] == "cepkit" and len(parts) > 1 and parts[1] in PRIVATE)


def _reader(name: str) -> bool:
    return bool(READ.fullmatch(name) or name in CALLS or DUNDER.fullmatch(name))


def _call(node: ast.Call) -> Iterator[str]:
    """`open` but to write, and `getattr` under a name that reads or that is computed."""
    called = node.func.id if isinstance(node.func, ast.Name) else ""
    if called == "open":
        given = [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "mode")]
        mode = given[0].value if given and isinstance(given[0], ast.Constant) else "r"
        if not str(mode).startswith(("w", "a", "x")) or "+" in str(mode):
            yield "lecture d’un fichier (open)"
    elif called in ("getattr", "attrgetter") and len(node.args) > 1:
        name = node.args[1]
        if not isinstance(name, ast.Constant):
            yield "nom calculé (getattr)"
        elif _reader(str(name.value)) or name.value in PRIVATE:
            yield f"emploi de {name.value}"
