"""Small real notebooks for the tests of the batch."""

from __future__ import annotations

import nbformat

PARAMETERS = 'exercice: str = "demo"  # exercice\nregion: str = "84"  # code officiel'


def notebook(*cells: str, parameters: str | None = PARAMETERS) -> bytes:
    """A notebook whose code cells are `cells`; a cell that starts with `#` is Markdown."""
    node = nbformat.v4.new_notebook()
    node.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3",
                                   "language": "python"}
    if parameters is not None:
        node.cells.append(nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    for source in cells:
        new = nbformat.v4.new_markdown_cell if source.startswith("#") else (
            nbformat.v4.new_code_cell)
        node.cells.append(new(source))
    for number, cell in enumerate(node.cells):
        cell["id"] = f"c{number}"
    return nbformat.writes(node).encode()
