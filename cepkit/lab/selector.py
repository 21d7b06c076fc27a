"""The selector of the cells tagged `interactif`: exercice, region, « Exécuter pour ma région »."""

from __future__ import annotations

import json
from typing import Any

from cepkit import codes
from cepkit.edition import project
from cepkit.lab.copies import pour

# The link has just been asked for by a click: follow it, once JupyterLab has taken it in charge.
OPEN = """const waiting = setInterval(() => {
  const link = element.closest('.jp-OutputArea')?.querySelector('a');
  if (link?.href.includes('/files/')) { clearInterval(waiting); link.click(); }
}, 50);
setTimeout(() => clearInterval(waiting), 5000);"""



def regions(exercice: str) -> list[str]:
    """Codes that an exercice holds, once its tables are there; before, those of the country."""
    kept = project.paths(exercice).store / "meta.json"
    return json.loads(kept.read_text("utf-8"))["regions"] if kept.exists() else list(codes.REGIONS)


def _named(exercice: str) -> list[tuple[str, str]]:
    return [(f"{codes.region_name(code)} ({code})", code) for code in regions(exercice)]


def choisir(nom: str, exercice: str, region: str | None = None) -> None:
    """Show the selector of the notebook `nom`; the button writes a working copy and opens it.

    Choices start from the parameters of the notebook, and never change this notebook itself.
    Without a region (national synthesis), the exercice alone is offered. The same without
    widgets: `lab.pour("2_recours", "84")`.
    """
    import ipywidgets as widgets
    from IPython.display import Javascript, display

    project.check_exercice(exercice)
    wide = {"style": {"description_width": "6em"}, "layout": {"width": "26em"}}
    year = widgets.Dropdown(options=project.exercices(), value=exercice, description="Exercice",
                            **wide)
    place = widgets.Dropdown(options=_named(exercice), description="Région", **wide)
    button = widgets.Button(description="Exécuter pour ma région", layout={"width": "16em"})
    result = widgets.Output()
    year.observe(lambda change: setattr(place, "options", _named(change["new"])), "value")

    def prepare(_: Any) -> None:
        result.clear_output()
        with result:
            display(pour(nom, place.value if region else codes.FRANCE, year.value))
            display(Javascript(OPEN))

    button.on_click(prepare)
    if region:
        project.check_region(region)
        place.value = region if region in regions(exercice) else regions(exercice)[0]
    display(widgets.VBox([year, *([place] if region else []), button, result]))
