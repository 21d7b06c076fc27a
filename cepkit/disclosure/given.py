"""What callers give, in one form; what cannot be read is told in French, all at once.

Labels are texts: a number reads the same whether its column holds integers, or floats because a
key is missing somewhere. A missing key is a total, a missing value a withheld cell.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from cepkit.errors import DisclosureError, Problem
from cepkit.text import enumerate_fr

NOT_KEYS = ("borne_min", "borne_max", "etat")
LARGEST = 2**39  # above any count; twice as much is exact in a float and still binds a solver
WHOLE = 1e-6  # a float this near an integer is one (sums of floats)
COUNTS = ("les effectifs (non des montants) doivent être des entiers positifs ou nuls, au plus "
          "2^39 ; une case retirée est une valeur manquante")
TWINS = 0.88  # names this like are one name, misspelt


def word(label: Any) -> str | None:
    """A label as text; None when it is missing."""
    if isinstance(label, (float, np.floating)) and float(label).is_integer():
        return str(int(label))
    return None if pd.isna(label) else str(label)


def words(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Position of the label of each row among the distinct ones (-1: missing), and these."""
    codes, found = pd.factorize(column)
    return codes, [str(word(label)) for label in found]


def key_columns(frame: pd.DataFrame, value: str, ignored: Iterable[str] = ()) -> list[str]:
    """Columns that are keys: all but the value, its bounds and its state."""
    out = {value, *NOT_KEYS, *ignored}
    return [c for c in frame.columns if c not in out]


def totals_of(given: Any) -> dict[str, str]:
    """Label of the total by dimension, « default » for the others."""
    by_dim = given if isinstance(given, Mapping) else {"default": given}
    if any(not np.isscalar(label) or word(label) is None for label in by_dim.values()):
        raise DisclosureError(f"totals vaut « {given} » ; valeurs admises : la modalité du total, "
                              "ou {dimension: modalité, « default » pour les autres}.")
    return {"default": "total"} | {dim: str(word(label)) for dim, label in by_dim.items()}


def mapping(tables: Any) -> Mapping[str, Any]:
    """Tables by name, and nothing else."""
    if not isinstance(tables, Mapping):
        raise DisclosureError(f"tables : un dictionnaire {{nom: tableau}} est attendu, pas "
                              f"« {type(tables).__name__} ».")
    return tables


def names(option: str, given: Any) -> frozenset[str]:
    """Names of tables that an option gives."""
    listed = [given] if isinstance(given, str) else [] if given is None else given
    if not isinstance(listed, Collection) or not all(isinstance(name, str) for name in listed):
        raise DisclosureError(f"{option} vaut « {given} » ; une liste de noms de tables est "
                              "attendue.")
    return frozenset(listed)


def most(option: str, given: Any) -> int | None:
    """A whole number that an option gives, None for the usual one."""
    if given is not None and (isinstance(given, bool) or not isinstance(given, Real)
                              or not given >= 0 or given % 1):
        raise DisclosureError(f"{option} vaut « {given} » ; un entier positif ou nul est attendu.")
    return None if given is None else int(given)


def keys(option: str, given: Any, dims: Collection[str]) -> pd.DataFrame:
    """Keys of cells that an option names: a frame, with one column of the tables at least."""
    try:
        frame = given if isinstance(given, pd.DataFrame) else pd.DataFrame(
            [given] if isinstance(given, Mapping) else list(given))
    except (TypeError, ValueError):
        frame = pd.DataFrame()
    if dims and not set(frame.columns) & set(dims) and not (
            isinstance(given, pd.DataFrame) and given.empty):
        raise DisclosureError(f"{option} : un tableau de clés est attendu, avec au moins une des "
                              f"colonnes {enumerate_fr(list(dims))}.")
    return frame.reset_index(drop=True)


def sums(tolerance: Any, non_additive: Any, tables: Collection[Any]) -> tuple[dict, dict]:
    """Room left by rounding and dimensions that do not add up, by table."""
    room = tolerance if isinstance(tolerance, Mapping) else dict.fromkeys(tables, tolerance)
    flat = [n for one in room.values() for n in (
        one.values() if isinstance(one, Mapping) else [one])]
    if not all(isinstance(n, Real) and n >= 0 and n % 1 == 0 for n in flat):
        raise DisclosureError(f"tolerance vaut « {tolerance} » ; valeurs admises : un entier "
                              "positif ou nul, {table: entier} ou {table: {dimension: entier}}.")
    loose = {} if non_additive is None else non_additive
    if not isinstance(loose, Mapping) or not all(
            isinstance(dims, Collection) for dims in loose.values()):
        raise DisclosureError("non_additive : {table: [dimensions]} est attendu.")
    return dict(room), {n: [d] if isinstance(d, str) else list(d) for n, d in loose.items()}


def frames(tables: Any, value: str, ignored: Iterable[str] = ()) -> dict[str, pd.DataFrame]:
    """Tables with a plain index; raises `DisclosureError` with all that is wrong with them."""
    tables = mapping(tables)
    problems = [p for name, frame in tables.items() for p in _table(name, frame, value, ignored)]
    if problems:
        raise DisclosureError(problems)
    return {name: frame.reset_index(drop=True) for name, frame in tables.items()}


def _table(name: Any, frame: Any, value: str, ignored: Iterable[str]) -> list[Problem]:
    def problem(text: str, **more: Any) -> list[Problem]:
        return [Problem(f"La table « {name} » {text}", "secret", **more)]

    if not isinstance(frame, pd.DataFrame):
        return problem(f"n’est pas un tableau pandas (« {type(frame).__name__} »).")
    if isinstance(frame.columns, pd.MultiIndex) or not frame.columns.is_unique:
        return problem("a deux colonnes du même nom, ou des noms sur plusieurs lignes.")
    if value not in frame.columns:
        return problem(f"n’a pas de colonne « {value} ».")
    if isinstance(frame.index, pd.MultiIndex):
        return problem("a ses clés dans l’index.", reparation="tableau.reset_index().")
    keys = key_columns(frame, value, ignored)
    found = []
    twice = frame.duplicated(keys).to_numpy() if keys else np.arange(len(frame)) > 0
    if twice.any():
        found += problem("donne deux fois la même case.", lignes=_lines(twice))
    for column in [c for c in (value, "borne_min", "borne_max") if c in frame.columns]:
        wrong = _not_counts(frame[column], whole=column == value)
        if wrong.any():
            found += problem(f"a une valeur impossible dans « {column} ».", regle=COUNTS,
                             valeur=str(frame[column].iloc[int(wrong.argmax())]),
                             lignes=_lines(wrong))
    if not found and (wrong := _crossed(frame)).any():
        found += problem("a une borne_min au-dessus de sa borne_max.", lignes=_lines(wrong))
    return found


def _lines(marked: np.ndarray) -> tuple[int, ...]:
    return tuple(int(r) + 1 for r in np.flatnonzero(marked)[:5])


def numbers(column: pd.Series) -> np.ndarray:
    """Floats; missing where nothing stands (or what is no number)."""
    if not pd.api.types.is_numeric_dtype(column):
        column = pd.to_numeric(column.astype(object), errors="coerce")
    return column.to_numpy(float, na_value=np.nan)


def _crossed(frame: pd.DataFrame) -> np.ndarray:
    """Rows whose bounds leave no value."""
    if not {"borne_min", "borne_max"} <= set(frame.columns):
        return np.zeros(len(frame), bool)
    return np.ceil(numbers(frame["borne_min"])) > np.floor(numbers(frame["borne_max"]))


def _not_counts(column: pd.Series, whole: bool) -> np.ndarray:
    """Rows that hold something else than a count (`whole`) or a bound of one."""
    number = numbers(column)
    told = ~np.isnan(number)
    wrong = ~told & column.notna().to_numpy()
    if wrong.any():  # an empty text is a missing value
        wrong[wrong] = column[wrong].astype(str).str.strip().ne("").to_numpy()
    if whole:
        with np.errstate(invalid="ignore"):
            uneven = ~(np.abs(number - np.round(number)) <= WHOLE)
        wrong |= told & ((number < 0) | (number > LARGEST) | uneven)
    return wrong


def nested(given: Any, totals: Mapping[str, str], columns: Mapping[str, Mapping[str, None]]
           ) -> dict[str, dict[str, tuple[str, str]]]:
    """{dimension: {child: (column of its parent, parent)}}; no parent: the total is.

    The parents of a dimension are labels of its own column, or of another one (departement towards
    region): the other when it has them all and its own has not, or would turn in circles.
    """
    given = {} if given is None else given
    if not isinstance(given, Mapping) or not all(isinstance(h, Mapping) for h in given.values()):
        raise DisclosureError("hierarchies : {dimension: {modalité: modalité parente}} est "
                              "attendu.")
    problems, out = [], {}
    for dim, hierarchy in given.items():
        if dim not in columns:
            free = set(columns) - set(given)
            problems += [f"hierarchies : aucune table n’a de colonne « {dim} ». Vouliez-vous dire "
                         f"« {twin} » ?" for twin in difflib.get_close_matches(
                             str(dim), free, 1, TWINS)]
            continue
        if not all(np.isscalar(p) or p is None or p is pd.NA for p in hierarchy.values()):
            problems.append(f"hierarchies : une modalité de « {dim} » a plusieurs parents ; un "
                            "seul est admis. Mettre l’autre regroupement dans une autre colonne.")
            continue
        top = totals.get(dim, totals["default"])
        up = {str(word(child)): str(word(parent)) for child, parent in hierarchy.items()
              if word(child) is not None and word(parent) is not None}
        if up.get(top) == top:
            del up[top]
        out[dim], circle = _columns(dim, up, top, columns)
        if circle:
            problems.append(f"hierarchies : dans « {dim} », « {circle} » est au-dessus de "
                            "lui-même, ou du total.")
    if problems:
        raise DisclosureError([Problem(text, "secret") for text in problems])
    return out


def _columns(dim: str, up: Mapping[str, str], top: str, columns: Mapping[str, Mapping[str, None]]
             ) -> tuple[dict[str, tuple[str, str]], str | None]:
    """Column and label of each parent; a label that stands above itself."""
    parents = set(up.values()) - {top}
    circle = next((label for label in up if _turns(label, up, top)), None)
    others = [c for c in columns if c != dim]
    whole = next((c for c in others if parents and parents <= set(columns[c])), None)
    if whole and (circle or not parents <= set(columns[dim])):
        return {child: (whole, p) if p != top else (dim, p) for child, p in up.items()}, None
    place = {p: dim for p in parents | {top} if p in columns[dim] or p == top}
    for parent in parents - set(place):
        place[parent] = next((c for c in others if parent in columns[c]), dim)
    return {child: (place[p], p) for child, p in up.items()}, circle


def _turns(label: str, up: Mapping[str, str], top: str) -> bool:
    """Does a label stand below itself, or the total below another label?"""
    seen, at = {label}, up[label]
    while at in up and at not in seen and at != top:
        seen.add(at)
        at = up[at]
    return at in seen or label == top
