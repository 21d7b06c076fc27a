"""Shares of any dimension, whatever measure and table of the release hold it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cepkit.codes import AU_DESSUS, EN_DESSOUS, NON_DISPONIBLE, TOTAL
from cepkit.edition.sources import NUMBERS, OPERATORS
from cepkit.indicators import meta
from cepkit.indicators.rows import COMPARISON, RATIO, VALUES, remembered
from cepkit.indicators.shares import KEYS, profile, shares

# Modalities that mean « none of them » in a question with several answers.
NONE = ("aucun", "aucune")
AT_LEAST_ONE = "au_moins_une"
# Persons by number of operators who followed them: the modality of one, and the others together.
ALONE, SEVERAL = NUMBERS[0], "deux_ou_plus"
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


def several_operators(r) -> pd.DataFrame:
    """One row: share of the persons followed by two operators or more (double accompaniment).

    Only records of persons tell it: a table that declares `pseudonyme` counts them, and the plan
    releases it by `nombre_operateurs`, whose modality « un » is one operator. A
    measure that adds up over operators counts follow-ups, not persons, and is refused.
    """
    frame = answers(r, OPERATORS)
    tables = frame.attrs["cepkit"]["tables"]
    note = (
        "le nombre d’opérateurs qui suivent une même personne n’est connu que d’une livraison "
        "individuelle : il n’est pas mesuré"
    )
    if tables and meta.adds_up(r, meta.measure(r, meta.table(r, tables[0])["mesure"]), "operateur"):
        note = "la mesure de la table compte des accompagnements, non des personnes"
        frame = frame.assign(modalite=TOTAL)
    return at_least_one(frame, (ALONE,), SEVERAL, note)


def at_least_one(frame: pd.DataFrame, none: Sequence[str] = NONE, name: str = AT_LEAST_ONE,
                 lacking: str | None = None) -> pd.DataFrame:  # fmt: skip
    """One row: share of those who gave at least one answer, 1 less the share of « aucun(e) ».

    `frame`: rows of `answers` for one region. Where « aucun(e) » (a modality of `none`) was not
    asked, or is withheld, so is the result, whose modality is `name`; `lacking` says why. The
    limits are those of the complement (Wilson limits are symmetric).
    """
    attrs = frame.attrs.get("cepkit", {})
    found = frame[frame["modalite"].isin(none)].head(1)
    if found.empty:
        absent = (frame["modalite"] == TOTAL).all() and frame["note"].iloc[0]
        note = lacking or absent or "les personnes sans réponse ne sont pas comptées à part"
        row = {k: frame[k].iloc[0] for k in KEYS[:4]} | {"modalite": name, "note": note}
        row |= {"indicateur": "part", "unite": "part", "etat": NON_DISPONIBLE}
        found = pd.DataFrame([row]).reindex(columns=frame.columns)
        found.attrs["cepkit"] = attrs
        return found
    out = found.assign(modalite=name, numerateur=found["denominateur"] -
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
    return remembered(out.reset_index(drop=True))
