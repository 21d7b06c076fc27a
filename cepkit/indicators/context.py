"""The region's setting: public series as published, with their year and their field."""

from __future__ import annotations

import pandas as pd

from cepkit.codes import FRANCE, NON_DISPONIBLE, TOTAL
from cepkit.indicators import meta
from cepkit.indicators.rows import PUBLISHED, finish

KEYS = ("serie", "region", "departement")


def context(r) -> pd.DataFrame:
    """Each declared series without dimensions: region, its departments, France.

    Units are those of the series (« personnes », « % »), `base` its field and year; a gap of
    years with the exercice is noted. A missing figure gives its reason.
    """
    series = [d for d in meta.populations(r).values() if not d.get("dimensions")]
    rows = [_row(r, d, region, dep) for d in series for region, dep in _places(r, d)]
    frame = pd.DataFrame(rows)
    return finish(r, frame, KEYS, mesure="", tables=["contexte"], comparison=False)


def _places(r, entry: dict) -> list[tuple[str, str]]:
    """Region, departments where the series has some, France."""
    known = r.contexte(entry["nom"])
    departements = sorted(set(known["departement"]) - {TOTAL}) if r.code != FRANCE else []
    first = [(c, TOTAL) for c in (r.regions() if r.code == FRANCE else [r.code])]
    return [*first, *((r.code, d) for d in departements), (FRANCE, TOTAL)]


def _row(r, entry: dict, region: str, departement: str) -> dict:
    found = r.denominateur(entry["nom"], region=region, departement=departement)
    late = str(entry["annee"]) != str(r.annee)
    note = f"série de {entry['annee']}, exercice {r.annee}" if late else ""
    return {
        "serie": entry["nom"], "region": region, "departement": departement,
        "indicateur": entry["libelle"], "valeur": found.valeur, "unite": entry["unite"],
        "base": f"{entry['champ']}, {entry['annee']}", "methode": PUBLISHED, "etat": found.etat,
        "note": (found.raison or "") if found.etat == NON_DISPONIBLE else note,
    }  # fmt: skip
