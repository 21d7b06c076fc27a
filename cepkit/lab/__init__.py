"""JupyterLab: what the analyst has there and the batch never sees.

Selector and working copies (`choisir`, `pour`), completion (`complete`), saving without outputs
(`server`, an extension of Jupyter Server), settings (`config/`, installed under `etc/jupyter`).
"""

from cepkit.lab.copies import Copie, pour
from cepkit.lab.selector import choisir

__all__ = ["Copie", "choisir", "pour"]
