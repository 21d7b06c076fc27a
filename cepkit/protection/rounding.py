"""Tables released rounded instead of masked (« arrondi_controle » of the plan de diffusion)."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cepkit.codes import PUBLIE
from cepkit.disclosure import round_tables
from cepkit.edition.schema import Edition
from cepkit.errors import ParametersError, Problem
from cepkit.formats import count
from cepkit.protection import policy
from cepkit.protection.cells import NAME, every
from cepkit.protection.earlier import History
from cepkit.text import enumerate_fr

READ = ("effectif arrondi se lit", "effectifs arrondis se lisent")


def bases(edition: Edition) -> dict[str, int]:
    """{table: base} of the tables that are released rounded."""
    return {t.nom: t.arrondi_controle for t in edition.diffusion.tables if t.arrondi_controle}


def check(edition: Edition, cut: Mapping[str, pd.DataFrame]) -> None:
    """Raise `ParametersError` when a count would be rounded here and told otherwise elsewhere."""
    base = bases(edition)
    if not base:
        return
    cells = every(cut)
    cells["base"] = cells["table"].map(base).fillna(1)
    cells = cells[cells.groupby(NAME)["base"].transform("nunique").gt(1)]
    problems = []
    for name in base:
        mine = cells.loc[cells["table"].eq(name), NAME]
        rest = cells[cells[NAME].isin(set(mine)) & cells["base"].ne(base[name])]
        others = list(dict.fromkeys(rest["table"]))
        if not others:
            continue
        problems.append(Problem(
            f"diffusion, table {name} : {count(mine.nunique(), *READ)} autrement dans "
            f"{enumerate_fr(others)}.", "parametres",
            "un effectif est arrondi dans toutes les tables qui le donnent, ou dans aucune",
            "edition.yml", reparation=f"écrire « arrondi_controle: {base[name]} » aussi pour "
            f"{enumerate_fr(others)}, ou retirer cette ligne de {name}, ou limiter {name} à ce "
            "qu’elle est seule à donner (« niveaux », « totaux: false »)."))
    if problems:
        raise ParametersError(problems)


def rounded(edition: Edition, cut: Mapping[str, pd.DataFrame],
            history: History) -> dict[str, pd.DataFrame]:
    """{table: its rounding, with the bounds that it tells}; tables of one base add up together.

    A cell that the source lacks keeps its state and its bounds.
    """
    check(edition, cut)
    found: dict[str, pd.DataFrame] = {}
    base = bases(edition)
    for one in sorted(set(base.values())):
        frames = {n: cut[n].reset_index(drop=True) for n in base if base[n] == one and len(cut[n])}
        rule = policy.options(edition, frames)
        told = round_tables(
            {n: f.drop(columns=["borne_min", "borne_max"]) for n, f in frames.items()}, base=one,
            threshold=edition.secret.seuil, hierarchies=rule["hierarchies"],
            totals=rule["totals"], previous=history.roundings())
        for name, frame in frames.items():
            known = frame["etat"].eq(PUBLIE)
            found[name] = frame.assign(
                effectif=told[name]["effectif"].where(known),
                **{b: told[name][b].where(known, frame[b]) for b in ("borne_min", "borne_max")})
    return found


def width(frame: pd.DataFrame) -> int:
    """How far a count may be from what the rounded table prints."""
    return int((frame["borne_max"] - frame["effectif"]).fillna(0).max())
