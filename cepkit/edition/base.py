"""What every section of `edition.yml` rests on: strict models, codes as text, described keys."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _code(value: Any) -> Any:
    """Refuse codes that YAML has already turned into numbers (01 -> 1)."""
    if isinstance(value, bool) or isinstance(value, (int, float)):
        raise ValueError(f"le code {value!r} doit être écrit entre guillemets, par exemple \"01\"")
    return value


Code = Annotated[str, BeforeValidator(_code)]
Nom = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def cle(sens: str, *exemples: Any, defaut: Any = ...) -> Any:
    """A key with its meaning and examples, in French: the documentation is made from them."""
    return Field(defaut, description=sens, examples=list(exemples))
