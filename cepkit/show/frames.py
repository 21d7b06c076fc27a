"""A frame left on the last line of a cell is shown as a table of the annexe.

Only frames of the package that carry states (`r.table(…)`, indicators): French numbers, units,
« s. », labels. Any other frame keeps the display of pandas.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cepkit import formats
from cepkit.region import Region
from cepkit.show import cells, state, tables
from cepkit.show.assets import jupyter_style
from cepkit.show.blocks import Block
from cepkit.text import capital

ROWS = 60  # as pandas: a frame on the screen is looked at, not read
# Columns that tell rows apart and that no table of an annexe needs.
APART = {"indicateur": "Indicateur", "composante": "Composante", "serie": "Série", "sens": "Sens"}


def bundle(frame: pd.DataFrame, namespace: Mapping[str, Any] | None = None) -> dict | None:
    """Representations of a frame of ours, None for another one.

    Labels are those of the region of the frame, which `namespace` holds under some name.
    """
    attrs = frame.attrs.get("cepkit")
    if not attrs or "etat" not in frame.columns or frame.columns.nlevels > 1:
        return None
    page, whose = state.current(), (attrs["region"], attrs["exercice"])
    for value in (namespace or {}).values() if (page.code, page.exercice) != whose else ():
        if isinstance(value, Region) and (value.code, value.exercice) == whose:
            page = state.Page(value, page.annexe)
    with state.during(page):
        data = _table(page, frame, attrs)._repr_mimebundle_()
    if not page.annexe:  # no page was opened: nothing has brought the style yet
        data["text/html"] = jupyter_style() + data["text/html"]
    return data


def _table(page: state.Page, frame: pd.DataFrame, attrs: Mapping[str, Any]) -> Block:
    more = f"{ROWS} premières lignes sur {formats.integer(len(frame))}." if len(
        frame) > ROWS else None
    apart = {c: h for c, h in APART.items() if c in frame and frame[c].nunique() > 1}
    shown = frame.head(ROWS)
    return tables.table(shown, titre=_title(page, frame, attrs), note=more,
                        colonnes=apart | cells.default_columns(shown))


def _title(page: state.Page, frame: pd.DataFrame, attrs: Mapping[str, Any]) -> str:
    """Name of the only indicator of a frame, or its measure; place and year."""
    names = set(frame.get("indicateur", pd.Series(dtype=object)).dropna()) - {"effectif"}
    named = names.pop() if len(names) == 1 else state.label(page, "mesure", attrs.get("mesure"))
    place = state.label(page, "region", attrs["region"])
    title = f"{str(named).replace('_', ' ')}, {place}, {attrs['annee']}"
    return capital(title)


def register(shell: Any) -> None:
    """Teach a shell to show our frames."""
    formatter = shell.display_formatter.mimebundle_formatter
    formatter.for_type(pd.DataFrame, lambda frame, **_: bundle(frame, shell.user_ns))
