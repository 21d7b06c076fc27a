"""Shares of any dimension, whatever measure and table of the release hold it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cepkit.codes import AU_DESSUS, EN_DESSOUS, NON_DISPONIBLE
from cepkit.indicators import meta
from cepkit.indicators.rows import COMPARISON, RATIO, VALUES
from cepkit.indicators.shares import KEYS, profile, shares

# Modalities that mean « none of them » in a question with several answers.
NONE = ("aucun", "aucune")
AT_LEAST_ONE = "au_moins_une"
_MIRROR = {AU_DESSUS: EN_DESSOUS, EN_DESSOUS: AU_DESSUS}


def answers(r, dimension: str, *, within: str | None = None) -> pd.DataFrame:
    """Share of each modality of `dimension` among the counted, region against France.

    The table is the smallest released one that holds it, whatever its measure; several answers
    are allowed where the table says so (base: persons). `within` repeats the shares inside each
    modality of another dimension, which becomes a key column. A dimension that is not released
    is one row « non_disponible » that says so.
    """
    table = _table(r, dimension, within)
    if table is None:
        return profile(r, [dimension]) if within is None else profile(r, [within, dimension])
    return shares(r, table, dimension, within=within)


def _table(r, dimension: str, within: str | None) -> str | None:
    """Released table of the exercice with these dimensions: the main measure comes first."""
    main = r.meta["mesure_principale"]
    measures = sorted(dict.fromkeys(t["mesure"] for t in meta.released(r).values()),
                      key=lambda m: m != main)  # fmt: skip
    dims = [dimension] if within is None else [within, dimension]
    found = (meta.find_table(r, m, dims) for m in measures)
    return next((t for t in found if t is not None), None)


def at_least_one(frame: pd.DataFrame) -> pd.DataFrame:
    """One row: share of those who gave at least one answer, 1 less the share of « aucun(e) ».

    `frame`: rows of `answers` for one region. Where « aucun(e) » was not asked, or is withheld,
    so is the result. The limits are those of the complement (Wilson limits are symmetric).
    """
    attrs = frame.attrs.get("cepkit", {})
    found = frame[frame["modalite"].isin(NONE)].head(1)
    if found.empty:
        note = "les personnes sans réponse ne sont pas comptées à part"
        keys = {k: frame[k].iloc[0] for k in KEYS[:4]}
        found = pd.DataFrame([keys | {"modalite": AT_LEAST_ONE, "indicateur": "part",
                                      "unite": "part", "etat": NON_DISPONIBLE, "note": note}])
        return found.reindex(columns=frame.columns)
    out = found.assign(modalite=AT_LEAST_ONE, numerateur=found["denominateur"] -
                       found["numerateur"])  # fmt: skip
    value, low, high = (found[c].to_numpy() for c in VALUES)
    out = out.assign(valeur=1 - value, borne_inf=1 - high, borne_sup=1 - low)
    if set(COMPARISON) <= set(frame.columns):
        out = out.assign(
            reference=1 - found["reference"], ecart=-found["ecart"],
            ecart_inf=-found["ecart_sup"], ecart_sup=-found["ecart_inf"],
            lecture=found["lecture"].map(lambda w: _MIRROR.get(w, w)),
            **dict.fromkeys(RATIO, np.nan),
        )  # fmt: skip
        for column in RATIO:
            out[column] = out[column].astype("Float64")
    out.attrs["cepkit"] = attrs
    return out.reset_index(drop=True)


