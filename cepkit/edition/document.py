"""What is published about `edition.yml`, made from the models: JSON Schema, tables of keys.

`python -m cepkit.edition.document` rewrites both in the current project; tests compare.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cepkit.edition import project, schema
from cepkit.text import slug, typography

SCHEMA = "edition.schema.json"
GUIDE = "docs/edition.md"
# Every model and the title of its part in the guide.
PARTS: dict[type[BaseModel], str] = {
    schema.Edition: "L’édition", schema.Donnees: "La livraison", schema.TableSource: "Une table",
    schema.Reprise: "Une reprise", schema.Depivot: "Un bloc à dépivoter",
    schema.Delai: "Un délai entre deux dates",
    schema.Accord: "Un accord", schema.Contexte: "Le contexte",
    schema.Nomenclature: "Une nomenclature", schema.Modalite: "Une modalité",
    schema.Mesure: "Une mesure", schema.Jetons: "Les jetons",
    schema.Controles: "Les vérifications",
    schema.Rupture: "Une rupture de série", schema.AnneePartielle: "Une année partielle",
    schema.Denominateur: "Une population de référence", schema.Public: "Un public",
    schema.Secret: "Le secret statistique", schema.Couts: "Les coûts du secret",
    schema.Diffusion: "Le plan de diffusion",
    schema.TableDiffusee: "Une table diffusée",
    schema.StatistiqueDeclaree: "Une statistique déclarée", schema.Portee: "La portée d’un écart",
    schema.Regroupement: "Un regroupement", schema.Jalon: "Une date du calendrier",
    schema.Comparaisons: "Les comparaisons",
}
_SCALARS = {str: "texte", int: "nombre entier", float: "nombre", bool: "`true` ou `false`",
            dt.date: "date AAAA-MM-JJ", Any: "toute valeur"}


def json_schema() -> str:
    """The JSON Schema of `edition.yml`, descriptions in French, as text."""
    published = _french(schema.Edition.model_json_schema())
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "edition.yml"}
    return json.dumps(head | published, ensure_ascii=False, indent=1) + "\n"


def _french(node: Any, inside: str = "") -> Any:
    """Without the English titles and docstrings of the models; French spaces."""
    if isinstance(node, list):
        return [_french(item) for item in node]
    if not isinstance(node, dict):
        return node
    named = inside in ("properties", "$defs")  # keys are names there, not schema words
    model = not named and "properties" in node
    kept = {k: v for k, v in node.items()
            if named or (k != "title" and not (model and k == "description"))}
    return {k: typography(v) if k == "description" and isinstance(v, str)
            else v if k in ("default", "examples", "enum") and not named else _french(v, k)
            for k, v in kept.items()}


def keys(model: type[BaseModel]) -> str:
    """One Markdown part: title, then a table of the keys of a model."""
    lines = [f'<a id="{slug(PARTS[model])}"></a>', "", f"### {PARTS[model]}", "",
             "| clé | sens | type et valeurs admises | défaut | exemple |",
             "| --- | --- | --- | --- | --- |"]
    for name, field in model.model_fields.items():
        examples = "<br>".join(_code(e) for e in field.examples or ())
        short = any(getattr(m, "pattern", None) for m in field.metadata)
        kind = "nom court : minuscules, chiffres et « _ »" if short else _kind(field.annotation)
        cells = (f"`{name}`", typography(field.description or ""), kind, _default(field), examples)
        lines.append("| " + " | ".join(c.replace("|", r"\|") for c in cells) + " |")
    return "\n".join(lines)


def _code(value: Any) -> str:
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10_000,
                          sort_keys=False)
    return f"`{text.removesuffix(chr(10)).removesuffix(chr(10) + '...')}`"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**obligatoire**"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "ses propres défauts"
    return "absente" if value in (None, "", [], {}) else _code(value)


def _kind(annotation: Any) -> str:
    """A type in French; a model is a link to its part."""
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if annotation in PARTS:
        return f"[{PARTS[annotation].lower()}](#{slug(PARTS[annotation])})"
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(inner[0])
    if origin is Literal:
        return " ou ".join(f"`{v}`" if v != "" else "vide" for v in inner)
    if origin in (Union, types.UnionType):
        return " ou ".join(dict.fromkeys(_kind(a) for a in inner if a is not type(None)))
    if origin is list:
        return f"liste : {_kind(inner[0])}"
    if origin is tuple:
        return f"liste de {len(inner)} : {_kind(inner[0])}"
    return f"paires clé : {_kind(inner[1])}"


def guide(text: str) -> str:
    """The guide with every `<!-- clés : X -->` … `<!-- fin -->` part made again."""
    models = {m.__name__: m for m in PARTS}
    return re.sub(r"(<!-- clés : (\w+) -->\n).*?(\n<!-- fin -->)",
                  lambda m: f"{m[1]}{keys(models[m[2]])}{m[3]}", text, flags=re.S)


def main() -> None:
    """Rewrite the JSON Schema and the tables of the guide."""
    root = project.root()
    (root / "parameters" / SCHEMA).write_text(json_schema(), "utf-8")
    path = Path(root / GUIDE)
    path.write_text(guide(path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
