"""Unprotected tables, opened on purpose: never by `Region`, never in a batch.

They serve to understand a figure, not to print one: `cepkit run` refuses a notebook that calls
this (`batch.refused`), and the function itself refuses to work inside a job.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cepkit import inputs
from cepkit.edition import project
from cepkit.errors import DisclosureError, SourceError, UsageError

if TYPE_CHECKING:
    import pandas as pd

LOT = "CEPKIT_LOT"  # set while a job runs
JOURNAL = "ouvertures.csv"
WORDS = 3  # of a reason


@contextlib.contextmanager
def closed() -> Iterator[None]:
    """While a job runs, here and in the kernels that it starts, nothing unprotected opens."""
    before = os.environ.get(LOT)
    os.environ[LOT] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[LOT]
        else:
            os.environ[LOT] = before


def donnees_non_protegees(exercice: str, *, motif: str) -> dict[str, pd.DataFrame]:
    """Released tables before protection: {name: frame}. Nothing of them may be published.

    motif: why they are opened, in a few words; kept with the day in the private cache.
    Example: `cepkit.donnees_non_protegees("2023", motif="comprendre un écart avec la livraison")`.
    """
    if os.environ.get(LOT):
        raise DisclosureError("les données non protégées ne s’ouvrent pas pendant « cepkit run » : "
                              "un notebook rendu ne lit que les tables protégées.")
    if len(str(motif).split()) < WORDS:
        raise UsageError("donnees_non_protegees : « motif » dit en quelques mots pourquoi les "
                         "données sont ouvertes, par exemple motif=\"comprendre un écart avec la "
                         "livraison\".")
    paths = project.paths(exercice)
    folder = paths.cache / "tables"
    if not folder.is_dir():
        raise SourceError(f"Exercice {exercice} : le cache privé est vide. Lancez « cepkit run ».")
    import pandas as pd

    with (inputs.private(paths.cache) / JOURNAL).open("a", encoding="utf-8") as stream:
        stream.write(f"{dt.datetime.now():%Y-%m-%d %H:%M};{' '.join(motif.split())}\n")
    warnings.warn(
        "Données NON PROTÉGÉES : de petits effectifs y figurent. N’en montrez, n’en copiez et n’en "
        "publiez rien ; effacez les sorties de ce notebook avant de l’enregistrer.", stacklevel=2)
    return {p.stem: pd.read_parquet(p) for p in sorted(folder.glob("*.parquet"))}
