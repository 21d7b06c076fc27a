"""docs/edition.md and the JSON Schema: every key is there, every example is lawful, none drifts."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from pydantic import BaseModel, TypeAdapter

from cepkit.edition import document
from cepkit.edition.schema import Edition

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / document.GUIDE).read_text("utf-8")
EXAMPLES = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.S)]
KEYS = [(model, name) for model in document.PARTS for name in model.model_fields]


@pytest.fixture(scope="module")
def published() -> dict:
    return json.loads((ROOT / "parameters" / document.SCHEMA).read_text("utf-8"))


def models(model: type[BaseModel], found: set) -> set:
    """`model` and every model reached from its keys."""
    if model not in found:
        found.add(model)
        for field in model.model_fields.values():
            for part in re.findall(r"\w+", str(field.annotation)):
                inner = {m.__name__: m for m in document.PARTS}.get(part)
                if inner:
                    models(inner, found)
    return found


def test_every_section_of_the_edition_has_its_part():
    names = {*Edition.model_json_schema()["$defs"], "Edition"}
    assert {m.__name__ for m in document.PARTS} == names
    assert models(Edition, set()) == set(document.PARTS)


@pytest.mark.parametrize(("model", "name"), KEYS, ids=lambda v: getattr(v, "__name__", v))
def test_every_key_has_a_meaning_and_lawful_examples(model, name):
    field = model.model_fields[name]
    assert field.description
    assert field.examples or issubclass_of_parts(field.annotation)
    for example in field.examples:
        TypeAdapter(field.annotation).validate_python(example)


def issubclass_of_parts(annotation) -> bool:
    """A section (or a list or mapping of sections) shows its examples in its own part."""
    return any(m.__name__ in str(annotation) for m in document.PARTS)


def test_the_guide_says_what_the_models_say():
    assert document.guide(PAGE) == PAGE
    assert all(f"<!-- clés : {m.__name__} -->" in PAGE for m in document.PARTS)


def test_every_link_of_the_guide_leads_to_a_part():
    targets = set(re.findall(r'<a id="([\w-]+)">', PAGE))
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= targets and len(targets) == len(
        document.PARTS)


def test_the_published_schema_is_up_to_date():
    text = (ROOT / "parameters" / document.SCHEMA).read_text("utf-8")
    assert text == document.json_schema()


def described(node, inside="") -> list:
    """Every description of the schema."""
    if isinstance(node, list):
        return [d for item in node for d in described(item)]
    if not isinstance(node, dict):
        return []
    own = [node["description"]] if isinstance(node.get("description"), str) else []
    return own + [d for k, v in node.items() if k not in ("examples", "default")
                  for d in described(v, k)]


def test_editors_show_french_only(published):
    assert len(described(published)) == len(KEYS)
    assert not any(re.search(r"\b(the|of)\b|[a-z]'[a-z]", d) for d in described(published))


def plain(content):
    """YAML content as an editor sees it: dates are texts."""
    return json.loads(json.dumps(content, default=str))


def test_the_schema_accepts_the_demonstration_and_refuses_a_wrong_key(published):
    text = (ROOT / "parameters/demo/edition.yml").read_text("utf-8")
    assert text.startswith(f"# yaml-language-server: $schema=../{document.SCHEMA}\n")
    content = plain(yaml.safe_load(text))
    jsonschema.Draft202012Validator.check_schema(published)
    jsonschema.validate(content, published)
    wrong = copy.deepcopy(content)
    wrong["donnees"]["tables"][0]["separatuer"] = ";"
    with pytest.raises(jsonschema.ValidationError, match="separatuer"):
        jsonschema.validate(wrong, published)
    wrong = copy.deepcopy(content)
    wrong["annees_partielles"][0]["region"] = 3
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, published)


def joined(first, second):
    """`second` laid over `first`: keys join, lists follow each other."""
    if isinstance(first, dict) and isinstance(second, dict):
        return first | {k: joined(first.get(k), v) for k, v in second.items()}
    if isinstance(first, list) and isinstance(second, list):
        return first + second
    return second


@pytest.mark.parametrize("part", EXAMPLES[1:], ids=lambda p: "-".join(p))
def test_every_example_of_the_guide_is_a_lawful_edition(part):
    Edition.model_validate(EXAMPLES[0])
    assert Edition.model_validate(joined(EXAMPLES[0], part))
