"""Disclosure control of the release: the tables of the plan, protected and attacked together.

With `store` and `plan`, the only module that sees data and disclosure control side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cepkit import plan
from cepkit.codes import ENSEMBLE, FRANCE, NON_DIFFUSE, PUBLIE, REGIONS, SECRET, TOTAL
from cepkit.disclosure import Protection, audit, protect
from cepkit.edition.schema import Edition
from cepkit.intake.decode import total_code
from cepkit.intake.shape import BASE, keys_of

RANGE = ("minimum", "maximum", "valeurs_possibles", "sur", "effectif")  # not keys of a cell
BANDS = ((0, "aucune"), (0.01, "moins de 1 %"), (0.05, "de 1 à 5 %"), (0.1, "de 5 à 10 %"),
         (0.25, "de 10 à 25 %"), (0.5, "de 25 à 50 %"), (1.01, "plus de 50 %"))


def protect_all(edition: Edition, cut: Mapping[str, pd.DataFrame]) -> Protection:
    """Disclosure control over all tables of the plan together.

    Cells that the source lacks but that totals tell are protected like the others.
    """
    known = {t.nom: plan.derived(cut[t.nom], plan.sums(edition, t, cut[t.nom]))
             for t in edition.diffusion.tables}
    return protect(known, **_options(edition, cut))


def proved(edition: Edition, masked: Mapping[str, pd.DataFrame], primaries: pd.DataFrame) -> bool:
    """Attack the tables as they are to be published: does every small count stay unknown?

    `primaries` are the private cells below their threshold: each must stay unsure. A cell that
    the source lacks may be worked out from the totals, unless its only value is a small count.
    """
    found = audit(masked, exact=False, **_options(edition, masked))
    told = found[~found["sur"]]
    small = (told["maximum"] >= 1) & (told["minimum"] < edition.secret.seuil)
    keys = [k for k in found.columns if k in primaries.columns and k not in RANGE]
    return not small.any() and told.merge(primaries[keys], on=keys).empty


def _options(edition: Edition, tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """The same rule for `protect` and for `audit`."""
    secret = edition.secret
    return {"hierarchies": hierarchies(tables), "zeros": secret.zeros, "level": secret.niveau,
            "totals": {"region": FRANCE, "operateur": ENSEMBLE, "default": TOTAL},
            "threshold": {"default": secret.seuil, **secret.seuils},
            "fixed": secret.jamais_masquees or None, **_relations(edition, tables)}


def _relations(edition: Edition, cut: Mapping[str, pd.DataFrame]) -> dict[str, dict]:
    """What does not add up: multiple answers, some of the regions only; room left by rounding."""
    sources = {t.nom: t for t in edition.donnees.tables}
    multiple, tolerance = {}, {}
    for table in edition.diffusion.tables:
        known = [sources[n] for n in table.sources if n in sources]
        several = any(t.reponses_multiples for t in known)
        multiple[table.nom] = [d for d in table.dimensions if several and d not in BASE]
        if not set(REGIONS) <= set(cut[table.nom]["region"]):
            multiple[table.nom].append("region")
        rounding = max((t.arrondi for t in known), default=1)
        if rounding > 1:
            frame = cut[table.nom]
            widest = max(frame[k].nunique() for k in keys_of(frame))
            tolerance[table.nom] = (widest + 1) * rounding // 2
    return {"non_additive": multiple, "tolerance": tolerance}


def hierarchies(cut: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, str]]:
    """{column: {code: code of its total}} over all key columns of the tables."""
    found: dict[str, dict[str, str]] = {}
    for frame in cut.values():
        for column in [k for k in keys_of(frame) if k not in ("annee", "mesure")]:
            total = total_code(column)
            found.setdefault(column, {}).update(
                {c: total for c in frame[column].unique() if c != total})
    return found


def public(source: pd.DataFrame, masked: pd.DataFrame) -> pd.DataFrame:
    """Public columns of a protected table; a cell that its source lacked keeps its own state."""
    masked = masked.reset_index(drop=True)
    state = masked["etat"].where(source["etat"].eq(PUBLIE), source["etat"])
    count = masked["effectif"].astype("Int64").where(state.eq(PUBLIE))
    drop = [c for c in ("borne_min", "borne_max") if c in masked]
    return masked.assign(effectif=count, etat=state).drop(columns=drop)


def summary(edition: Edition, cut: Mapping[str, pd.DataFrame],
                tables: Mapping[str, pd.DataFrame], proven: bool) -> dict:
    """State, rule, number of withheld cells and share of volume, in bands (never exact)."""
    hidden = {n: t["etat"].eq(SECRET) for n, t in tables.items()}
    volume = {n: (float(cut[n].loc[h, "effectif"].sum()), float(cut[n]["effectif"].sum()))
              for n, h in hidden.items()}
    whole = tuple(sum(v[i] for v in volume.values()) for i in (0, 1))
    low = 0 if edition.secret.zeros == "secrets" else 1
    return {
        "etat": "complète" if proven else "provisoire",
        "regle": f"Les valeurs de {low} à {edition.secret.seuil - 1} ne sont pas diffusées, ni "
                 "celles qui permettraient de les retrouver.",
        "n_masquees": sum(int(h.sum()) for h in hidden.values()),
        "part_volume": _band(*whole),
        "tables": {n: {"n_cellules": len(t), "n_masquees": int(hidden[n].sum()),
                       "n_non_diffuse": int(t["etat"].eq(NON_DIFFUSE).sum()),
                       "part_volume": _band(*volume[n])} for n, t in tables.items()}}


def _band(part: float, whole: float) -> str:
    share = part / whole if whole else 0.0
    return next(label for limit, label in BANDS if share < limit or share == limit == 0)
