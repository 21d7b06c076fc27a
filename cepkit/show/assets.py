"""Style sheets, hatch pattern and the one script: what the page and JupyterLab share."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from importlib import resources

HATCH = (
    '<svg width="0" height="0" aria-hidden="true" focusable="false" class="defs" '
    'style="position:absolute"><defs><pattern id="hachures" width="7" height="7" '
    'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" '
    'class="hb"/><line x1="0" y1="0" x2="0" y2="7" class="hl"/></pattern></defs></svg>'
)
@functools.cache
def css(name: str) -> str:
    """A style sheet of the package, without its comments."""
    text = resources.files("cepkit.show").joinpath(name).read_text("utf-8")
    return re.sub(r"/\*.*?\*/\s*", "", text, flags=re.S).strip()


# Folds the contents on small screens, opens the complete tables before printing, and makes on
# demand what readers take away: picture of a figure, workbook of a table (nothing is embedded).
SCRIPT = re.sub(r"(?m)^\s*(//.*)?\n?|\n", "", resources.files("cepkit.show").joinpath(
    "page.js").read_text("utf-8"))


def jupyter_style() -> str:
    """Style of the blocks and hatch pattern, emitted once by `show.page`."""
    own = (".cep{padding:.25rem}.cep.cep tbody tr:nth-child(n){background:none}"
           ".cep.cep td.t,.cep.cep th:not(.n){text-align:left}")
    return f"<style>{css('style.css')}\n{own}</style>{HATCH}"


@functools.cache
def policy() -> str:
    """Content-Security-Policy: no request, no script but ours (known by its hash)."""
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    return ("default-src 'none'; style-src 'unsafe-inline'; "
            f"script-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'")
