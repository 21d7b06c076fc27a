"""Working copies: a notebook for another region, parameters injected by Papermill.

They stand in `notebooks/travail/<exercice>/`, named after notebook and region: git ignores them,
the batch does not read them, nothing sends them out. A copy is never written over.
"""

from __future__ import annotations

import html
import os
import re
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import quote

from cepkit import codes
from cepkit.batch import files, parameters
from cepkit.edition import project
from cepkit.errors import UsageError, raise_blocking
from cepkit.lab.clean import stripped
from cepkit.text import suggestion

FOLDER = "travail"
COMMENT = "Paramètres de cette copie de travail : ils remplacent ceux de la cellule précédente"


@dataclass(frozen=True)
class Copie:
    """A working copy, shown as a link that JupyterLab opens. `gardees`: earlier ones, changed."""

    chemin: Path = field(repr=False)
    titre: str
    gardees: tuple[Path, ...] = field(default=(), repr=False)

    def _repr_html_(self) -> str:
        kept = f" Vos copies précédentes sont gardées : {', '.join(map(_link, self.gardees))}."
        return f"<p>{_link(self.chemin, f'Ouvrir {self.titre}')}.{kept if self.gardees else ''}</p>"


def _link(path: Path, text: str = "") -> str:
    """A link relative to the notebook: JupyterLab opens it in a tab of its own."""
    address = quote(Path(os.path.relpath(path)).as_posix())
    return f'<a href="{address}">{html.escape(text or path.name)}</a>'


def pour(nom: str, region: str = codes.FRANCE, exercice: str | None = None) -> Copie:
    """Working copy of the notebook `nom` for a region: `lab.pour("2_recours", "84")`.

    nom: a notebook of `notebooks/` (or `notebooks/investigations/`), without « .ipynb ».
    region: official code between quotes; left aside by the national synthesis.
    A copy whose cells are those of the notebook is taken again; one that was changed is kept,
    and a new one is written beside it.
    """
    exercice = project.check_exercice(exercice) if exercice else project.default_exercice()
    source = _source(nom)
    cells = parameters.cells(source.read_bytes(), source.name)
    values = parameters.values(nom, exercice, project.check_region(region))
    raise_blocking(parameters.problems(cells, values, source.name))
    code = values.get("region", codes.FRANCE)
    return _written(_prepared(source, values), nom, code, exercice)


def _source(nom: str) -> Path:
    folder = project.root() / "notebooks"
    known = {p.stem: p for p in (*folder.glob("*.ipynb"), *folder.glob("investigations/*.ipynb"))}
    if nom not in known:
        raise UsageError(f"Le notebook « {nom} » n’est pas dans le dossier « notebooks »."
                         f"{suggestion(nom, known)}")
    return known[nom]


def _prepared(source: Path, values: dict[str, str]):
    """The notebook with Papermill's injected cell, without anything that varies."""
    import nbformat
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    node = parameterize_notebook(load_notebook_node(str(source)), values, comment=COMMENT)
    injected = next(c for c in node.cells if "injected-parameters" in c.metadata.tags)
    injected["id"] = "parametres-de-la-copie"
    return nbformat.from_dict(stripped(node))


def _written(node, nom: str, code: str, exercice: str) -> Copie:
    """An earlier copy with the same cells, else a new file under the first free name."""
    import nbformat

    folder = project.root() / "notebooks" / FOLDER / exercice
    stem = f"{nom}-{codes.region_slug(code)}"
    earlier = sorted(p for p in folder.glob("*.ipynb")
                     if re.fullmatch(rf"{re.escape(stem)}(-\d+)?", p.stem))
    same = [p for p in earlier if _cells(nbformat.read(p, as_version=4)) == _cells(node)]
    if same:
        path = same[0]
    else:
        names = (f"{stem}{f'-{n}' if n > 1 else ''}.ipynb" for n in count(1))
        path = next(folder / n for n in names if folder / n not in earlier)
        files.write(path, (nbformat.writes(node) + "\n").encode())
    return Copie(path, f"{path.stem}, exercice {exercice}",
                 tuple(p for p in earlier if p != path))


def _cells(node) -> list[tuple[str, str]]:
    return [(c.cell_type, c.source) for c in node.cells]
