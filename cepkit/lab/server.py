"""Extension of Jupyter Server: a notebook saved under `notebooks/` is written without outputs.

Working copies (`notebooks/travail/`) and notebooks elsewhere keep theirs. The screen keeps its
outputs too: only the file loses them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cepkit.lab.clean import stripped
from cepkit.lab.copies import FOLDER


def tracked(path: Path) -> bool:
    """Whether a file stands in the `notebooks/` of a project, working copies left out."""
    for folder in path.parents:
        if folder.name == "notebooks" and (folder.parent / "parameters").is_dir():
            return path.relative_to(folder).parts[0] != FOLDER
    return False


def before_saving(model: dict[str, Any], path: str, contents_manager: Any, **_: Any) -> None:
    """Pre-save hook of the contents manager."""
    if model["type"] == "notebook" and tracked(Path(contents_manager.root_dir, path.strip("/"))):
        model["content"] = stripped(model["content"])


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "cepkit.lab.server"}]


def _load_jupyter_server_extension(server: Any) -> None:
    server.contents_manager.register_pre_save_hook(before_saving)
