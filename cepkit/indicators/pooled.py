"""An investigation carried out by several regions: each of them, then all of them together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from cepkit.codes import FRANCE, NON_DISPONIBLE, PUBLIE
from cepkit.gaps import heterogeneity
from cepkit.indicators import meta
from cepkit.indicators.rows import estimate, finish

ALL = "regions_de_l_investigation"
LACKING = "une région au moins n’a pas de valeur diffusée"


def over_carrying(r, nom: str, indicator: Callable[..., pd.DataFrame], *args: Any,
                  **kw: Any) -> pd.DataFrame:
    """Rows of an indicator for the regions that carry out an investigation, official order.

    In a region's page, its own rows; in the common page (`r.code` is "FR"), those of each region.
    Example: `over_carrying(r, "non_recours", ind.take_up, by="departement")`.
    """
    places = carrying(r, nom)
    parts = [indicator(place, *args, **kw) for place in places]
    own = [p[p["region"].eq(c.code)] if "region" in p else p.assign(region=c.code)
           for c, p in zip(places, parts, strict=True)]
    frame = pd.concat(own, ignore_index=True)
    frame.attrs["cepkit"] = parts[0].attrs.get("cepkit", {}) | {"region": r.code}
    return frame


def carrying(r, nom: str) -> list:
    """The regions of the page: the one that it is about, or those that carry the work out."""
    regions = r.investigation(nom)["regions"]
    return [r] if r.code != FRANCE else [r.regionale(c) for c in regions if c in r.regions()]


def together(r, frame: pd.DataFrame) -> pd.DataFrame:
    """One row for all the regions of `frame` (one published row each), no region named.

    Sum of numerators over sum of denominators, interval of the law of the measure; extra columns
    `q`, `i2` (see `gaps.heterogeneity`), `minimum`, `maximum`, `regions`. Without a value as soon
    as one region has none: the others must not be mistaken for all.
    """
    first = frame.iloc[0]
    law = "proportion" if first["unite"] == "part" else "rapport"
    row = {"region": ALL, "indicateur": first["indicateur"], "unite": first["unite"],
           "base": first["base"], "etat": NON_DISPONIBLE, "note": LACKING, "regions": len(frame)}
    if frame["etat"].eq(PUBLIE).all() and frame["denominateur"].notna().all():
        x, n = (frame[c].astype(float) for c in ("numerateur", "denominateur"))
        found = estimate([x.sum()], [n.sum()], law, meta.level(r))
        factor = 1 if law == "proportion" else 100
        row |= {k: found[k][0] * factor for k in ("valeur", "borne_inf", "borne_sup")}
        q, i2 = heterogeneity(x, n, law)
        row |= {"methode": found["methode"][0], "etat": PUBLIE, "note": "",
                "numerateur": x.sum(), "denominateur": n.sum(), "q": q, "i2": i2,
                "minimum": float(frame["valeur"].min()), "maximum": float(frame["valeur"].max())}
    about = frame.attrs.get("cepkit", {})
    return finish(r, pd.DataFrame([row]), ("region",), mesure=about.get("mesure", ""),
                  tables=about.get("tables", ()), comparison=False, champ=about.get("champ", ""),
                  source=about.get("source", ""),
                  extra=("q", "i2", "minimum", "maximum", "regions"))
