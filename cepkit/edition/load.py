"""Read `edition.yml`: strict YAML, every problem told at once, in French, with nearest names."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from cepkit.edition import yamlfile
from cepkit.edition.schema import Edition
from cepkit.errors import SHOWN, ParametersError, Problem
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


def read_yaml(path: Path) -> Any:
    """Content of a YAML file; `ParametersError` (file, line) when absent or malformed."""
    try:
        return yamlfile.read(path)
    except yamlfile.Refused as error:
        lines = (error.line,) if error.line else ()
        raise ParametersError(Problem(error.message, "parametres", "YAML valide", path.name,
                                      lignes=lines)) from None


def validate(model: type[Model], content: Any, name: str) -> Model:
    """Build `model` from YAML content, or raise `ParametersError` with every problem."""
    try:
        return model.model_validate(content if content is not None else {})
    except ValidationError as error:
        problems = [_problem(model, e, name) for e in error.errors()]
    raise ParametersError(problems)


def _problem(model: type[BaseModel], error: dict, name: str) -> Problem:
    place = ".".join(str(p)[:SHOWN] for p in error["loc"] if p != "[key]") or "fichier"
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


def read_edition(path: Path) -> Edition:
    """An `Edition` from any `edition.yml` path."""
    return validate(Edition, read_yaml(path), path.name)
