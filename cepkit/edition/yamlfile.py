"""YAML as people write it by hand: no tag, no alias bomb, no key twice; refusals in French."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

BYTES = 2 << 20
NODES = 100_000  # once aliases are spread out
SYNTAX = ("YAML illisible : vérifiez les retraits, l’espace après « : » et après « - », les "
          "guillemets.")


class Refused(Exception):
    """Why a text is not read (a French sentence), and its line when it is known."""

    def __init__(self, message: str, line: int | None = None):
        super().__init__(message)
        self.message, self.line = message, line


class _Loader(yaml.SafeLoader):
    """YAML that refuses a key written twice instead of keeping the last one."""

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        if node is not None and _spread(node, {}) > NODES:
            raise Refused("YAML refusé : il se déploie en un volume démesuré (renvois « * » en "
                          "cascade).")
        return node


def _spread(node: yaml.Node, known: dict[int, int]) -> int:
    """Number of nodes once every alias is replaced by what it names."""
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = NODES + 1  # a node that holds itself has no end
    children = [] if isinstance(node, yaml.ScalarNode) else [
        part for child in node.value for part in (child if isinstance(child, tuple) else (child,))]
    known[id(node)] = 1 + sum(_spread(child, known) for child in children)
    return known[id(node)]


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict:
    seen = set()
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":  # `<<: *anchor`, flattened below
            continue
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise Refused("YAML refusé : une clé est un nom, pas une liste.", line)
        key = loader.construct_object(key_node)
        if key in seen:
            raise Refused(f"YAML illisible : clé « {key} » écrite deux fois.", line)
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def parse(text: str) -> Any:
    """Content of a YAML text; raises `Refused`."""
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.constructor.ConstructorError as error:
        message = "YAML refusé : les étiquettes « ! » ne sont pas admises."
        tagged = "tag" in (error.problem or "")
        raise Refused(message if tagged else SYNTAX, _line(error)) from None
    except yaml.MarkedYAMLError as error:
        raise Refused(SYNTAX, _line(error)) from None
    except yaml.YAMLError:
        raise Refused("YAML illisible : le fichier contient des caractères interdits.") from None
    except RecursionError:
        raise Refused("YAML refusé : trop de niveaux imbriqués.") from None
    except (ValueError, OverflowError, TypeError):
        raise Refused("YAML illisible : une date ou un nombre n’existe pas ; mettez les textes "
                      "entre guillemets.") from None


def _line(error: yaml.MarkedYAMLError) -> int | None:
    return error.problem_mark.line + 1 if error.problem_mark else None


def read(path: Path) -> Any:
    """Content of a YAML file; raises `Refused`."""
    try:
        if path.stat().st_size > BYTES:
            raise Refused(f"fichier de plus de {BYTES >> 20} Mio : il n’est pas lu.")
        return parse(path.read_text("utf-8-sig"))
    except UnicodeDecodeError:
        raise Refused("le fichier n’est pas en UTF-8 : enregistrez-le dans cet encodage.") from None
    except FileNotFoundError:
        raise Refused("fichier absent.") from None
    except PermissionError:
        raise Refused("le fichier est fermé à la lecture ou ouvert dans un autre programme."
                      ) from None
    except IsADirectoryError:
        raise Refused("c’est un dossier et non un fichier.") from None
