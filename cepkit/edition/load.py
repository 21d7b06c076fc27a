"""Read `edition.yml`: strict YAML, every problem told at once, in French, with nearest names."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from cepkit.edition import project
from cepkit.edition.schema import Edition
from cepkit.errors import ParametersError, Problem
from cepkit.text import suggestion

Model = TypeVar("Model", bound=BaseModel)

_MESSAGES = {
    "missing": "clé obligatoire absente.",
    "string_type": "un texte est attendu (mettez la valeur entre guillemets).",
    "int_type": "un nombre entier est attendu.",
    "int_parsing": "un nombre entier est attendu.",
    "float_parsing": "un nombre est attendu.",
    "bool_parsing": "vrai ou faux (true, false) est attendu.",
    "date_from_datetime_parsing": "une date AAAA-MM-JJ est attendue.",
    "date_parsing": "une date AAAA-MM-JJ est attendue.",
    "list_type": "une liste est attendue (une ligne par élément, commençant par « - »).",
    "dict_type": "des paires « clé : valeur » sont attendues.",
    "model_type": "des paires « clé : valeur » sont attendues.",
    "string_pattern_mismatch": "nom refusé : minuscules sans accent, chiffres et « _ » seulement.",
}


class _Loader(yaml.SafeLoader):
    """YAML that refuses a key written twice instead of keeping the last one."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict:
    seen = set()
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":  # `<<: *anchor`, flattened below
            continue
        key = loader.construct_object(key_node)
        if key in seen:
            raise yaml.MarkedYAMLError(problem=f"clé « {key} » écrite deux fois",
                                       problem_mark=key_node.start_mark)
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> Any:
    """Content of a YAML file; `ParametersError` (file, line) when absent or malformed."""
    try:
        return yaml.load(path.read_text("utf-8-sig"), Loader=_Loader)
    except FileNotFoundError:
        message, lines = "fichier absent.", ()
    except UnicodeDecodeError:
        message, lines = "le fichier n’est pas en UTF-8 : enregistrez-le dans cet encodage.", ()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        message, lines = f"YAML illisible : {error.problem}.", (mark.line + 1,) if mark else ()
    raise ParametersError(Problem(message, "parametres", "YAML valide", path.name, lignes=lines))


def validate(model: type[Model], content: Any, name: str) -> Model:
    """Build `model` from YAML content, or raise `ParametersError` with every problem."""
    try:
        return model.model_validate(content if content is not None else {})
    except ValidationError as error:
        problems = [_problem(model, e, name) for e in error.errors()]
    raise ParametersError(problems)


def _problem(model: type[BaseModel], error: dict, name: str) -> Problem:
    place = ".".join(str(p) for p in error["loc"] if p != "[key]") or "fichier"
    kind = error["type"]
    if kind == "extra_forbidden":
        known = _known_keys(model, error["loc"][:-1])
        text = f"clé inconnue.{suggestion(str(error['loc'][-1]), known)}"
    elif kind == "literal_error":
        text = f"valeurs admises : {error['ctx']['expected'].replace(' or ', ' ou ')}."
    elif kind == "value_error":
        text = f"{error['ctx']['error']}."
    else:
        text = _MESSAGES.get(kind, error["msg"])
    value = error["input"] if isinstance(error["input"], (str, int, float)) else None
    return Problem(f"{place} : {text}", "parametres", fichier=name,
                   valeur=None if value is None else str(value))


def _known_keys(model: type[BaseModel], place: tuple) -> list[str]:
    """Field names of the (nested) model found at `place`."""
    current: Any = model
    for step in place:
        if isinstance(current, type) and issubclass(current, BaseModel):
            field = current.model_fields.get(str(step))
            current = _nested(field.annotation) if field else None
    return list(current.model_fields) if current is not None else []


def _nested(annotation: Any) -> Any:
    """The model inside `list[Model]`, `dict[str, Model]`, `Model | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_nested(a) for a in get_args(annotation))
    return next((m for m in found if m is not None), None)


def load_edition(exercice: str) -> Edition:
    """The `edition.yml` of an exercice as a checked `Edition`.

    Raises `UsageError` for an unknown exercice, `ParametersError` with all problems otherwise.
    """
    return read_edition(project.paths(exercice).edition)


def read_edition(path: Path) -> Edition:
    """An `Edition` from any `edition.yml` path."""
    return validate(Edition, read_yaml(path), path.name)
