"""Saving through the REST API of a real server: which files lose their outputs."""

from __future__ import annotations

import copy
import json

import pytest

# What JupyterLab adds to a notebook that was run (notebook format 4.5).
RUN = {"output_type": "stream", "name": "stdout", "text": "7 personnes"}
SPEC = {"display_name": "Autre nom", "language": "python", "name": "python3"}
WIDGETS = {"application/vnd.jupyter.widget-state+json": {"state": {}, "version_major": 2,
                                                         "version_minor": 0}}


def executed(content: dict) -> dict:
    content = copy.deepcopy(content)
    content["metadata"] |= {"kernelspec": SPEC, "widgets": WIDGETS,
                            "language_info": {"name": "python", "version": "3.11.9"}}
    for number, cell in enumerate(c for c in content["cells"] if c["cell_type"] == "code"):
        cell |= {"outputs": [RUN], "execution_count": number + 1}
        cell["metadata"] |= {"collapsed": False, "execution": {"iopub.status.busy": "10:00"},
                             "jupyter": {"source_hidden": True}}
    return content


def save(server, path: str, content: dict) -> bytes:
    server.call(f"contents/{path}", {"type": "notebook", "format": "json", "content": content})
    return (server.root / path).read_bytes()


@pytest.mark.parametrize("name", ["2_recours", "rapport", "synthese_nationale"])
def test_an_unchanged_notebook_is_saved_with_the_same_bytes(server, name):
    path = f"notebooks/{name}.ipynb"
    before = (server.root / path).read_bytes()
    content = server.call(f"contents/{path}")["content"]
    assert save(server, path, executed(content)) == before


def test_outputs_are_kept_elsewhere(server):
    content = executed(json.loads((server.root / "notebooks/2_recours.ipynb").read_text()))
    (server.root / "notebooks/travail/demo").mkdir(parents=True, exist_ok=True)
    (server.root / "notebooks/investigations").mkdir(exist_ok=True)
    for path in ("notebooks/travail/demo/essai.ipynb", "essai.ipynb"):
        kept = json.loads(save(server, path, content))
        assert sum(len(c.get("outputs", ())) for c in kept["cells"]) > 10
        assert "widgets" in kept["metadata"]
    stripped = json.loads(save(server, "notebooks/investigations/essai.ipynb", content))
    assert [c for c in stripped["cells"] if c.get("outputs") or c.get("execution_count")] == []
    (server.root / "notebooks/investigations/essai.ipynb").unlink()


def test_settings_are_french_and_ask_nothing_outside(server):
    def default(plugin: str, name: str):
        return server.get(f"lab/api/settings/@jupyterlab/{plugin}")["schema"]["properties"][name][
            "default"]

    assert default("translation-extension:plugin", "locale") == "fr_FR"
    assert default("apputils-extension:notification", "fetchNews") == "false"
    assert default("apputils-extension:notification", "checkForUpdates") is False
    # What the server would fetch if an interface asked for it all the same.
    assert server.get("lab/api/news") == {"news": []}
    assert server.get("lab/api/update") == {"notification": None}
