"""Structure: how the counted spread over the modalities of a dimension, against France."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from cepkit.codes import ENSEMBLE, FRANCE, NON_DISPONIBLE, PUBLIE, TOTAL
from cepkit.errors import UsageError
from cepkit.gaps import is_marked
from cepkit.indicators import meta
from cepkit.indicators.cells import (
    REST,
    UNKNOWN,
    cells,
    minus,
    modalities,
    worst,
)
from cepkit.indicators.rows import (
    COMPARISON,
    WILSON,
    add_note,
    adjusted,
    compare,
    estimate,
    finish,
    read_points,
)
from cepkit.text import suggestion

Reference = Literal["FR", "FR_sans_region"] | None
PROFILE = ("sexe", "tranche_age", "csp", "diplome", "statut", "secteur", "handicap")
KEYS = ("region", "departement", "operateur", "dimension", "modalite")


def shares(
    r,
    table: str,
    dimension: str,
    *,
    operateur: str = ENSEMBLE,
    reference: Reference = FRANCE,
    within: str | Mapping[str, str] | None = None,
    merge: Mapping[str, Sequence[str]] | None = None,
    by: Literal["departement"] | None = None,
) -> pd.DataFrame:
    """Share of each modality, with its gap to the same share in France (points and index).

    Base: the counted whose modality is known (total less « non renseigné »). `within` restricts
    to modalities of other dimensions (mapping), or repeats the shares inside each modality of
    one (its name; it becomes a key column). Gaps are read together (`adjusted`). `ratio` is the
    index of specificity. A withheld modality stays withheld; it is never obtained by
    difference. `merge` ({"50_plus": ["50_54", "55_plus"]}) gives the shares of these groups of
    modalities instead, each published only when all its parts are. `by="departement"` gives the
    shares of each department against its region.
    """
    if by == "departement":
        places = modalities(r, table, by)
        parts = [_group(r, table, dimension, operateur, r.code, {}, merge=merge, departement=d)
                 for d in places]  # fmt: skip
        return _finish(r, parts, table, r.code, [])
    inside = [within] if isinstance(within, str) else []
    groups = [dict(within)] if isinstance(within, Mapping) else [{}]
    if inside:
        groups = [{within: m} for m in modalities(r, table, within)]
    parts = [_group(r, table, dimension, operateur, reference, g, merge=merge) for g in groups]
    return _finish(r, parts, table, reference, inside)


def multiple(r, table: str, dimension: str) -> pd.DataFrame:
    """Multiple answers: share of the persons who gave each answer; the shares exceed 100 %.

    Base: persons (the table's own total), never the sum of the answers.
    """
    part = _group(r, table, dimension, ENSEMBLE, FRANCE, {}, several=True)
    return _finish(r, [part], table, FRANCE, [])


def operator_mix(r, *, mesure: str | None = None) -> pd.DataFrame:
    """Share of each operator in all operators, region against France.

    Where the measure does not add up over operators the base is the delivered total of persons
    and the shares may exceed 100 %; without that total nothing is computed.
    """
    declared = meta.measure(r, mesure)
    table = meta.find_table(r, declared["nom"], ("operateur",))
    if table is None:
        return _finish(r, [_absent(r, "operateur", ENSEMBLE)], None, FRANCE, [])
    part = _group(r, table, "operateur", ENSEMBLE, FRANCE, {})
    if "operateur" not in declared.get("additive", ()):
        part["note"] = add_note(
            part, part["etat"] == PUBLIE,
            "une personne suivie par deux opérateurs compte chez chacun",
        )  # fmt: skip
    return _finish(r, [part.assign(operateur=part["modalite"])], table, FRANCE, [])


def profile(
    r, dimensions: Sequence[str] | None = None, *, operateur: str = ENSEMBLE
) -> pd.DataFrame:
    """Shares over several dimensions in one frame: dimension, modalite, …

    All gaps of the frame are read together (`adjusted`). A dimension that the edition does not
    release is one row « non_disponible » that says so.
    """
    mesure, parts, tables = meta.measure(r)["nom"], [], []
    for dimension in dimensions or PROFILE:
        table = meta.find_table(r, mesure, _needed(dimension, operateur))
        tables += [table] if table else []
        parts.append(_group(r, table, dimension, operateur, FRANCE, {}) if table
                     else _absent(r, dimension, operateur))
    return _finish(r, parts, tables or [None], FRANCE, [])


def marked(frame: pd.DataFrame, limit: int = 5) -> pd.DataFrame:
    """Marked gaps, at most `limit` (the widest in points), in the order of the frame.

    Answers to a question of only two modalities say the same thing twice: the first one stays.
    """
    found = frame[is_marked(frame["lecture"])]
    if {"dimension", "modalite"} <= set(found.columns):
        pairs = frame.groupby("dimension", sort=False)["modalite"].nunique()
        mirrored = found["dimension"].map(pairs).eq(2) & found.duplicated("dimension")
        found = found[~mirrored]
    widest = found["ecart"].abs().astype(float).nlargest(limit).index
    return found.loc[found.index.isin(widest)].reset_index(drop=True)


def _needed(dimension: str, operateur: str) -> tuple[str, ...]:
    return (dimension,) if operateur == ENSEMBLE else (dimension, "operateur")


def _absent(r, dimension: str, operateur: str) -> pd.DataFrame:
    """The row of a dimension that the delivery does not have."""
    title = meta.dimension_title(r, dimension).lower()
    note = f"la dimension « {title} » ne figure pas dans les tables diffusées de {r.annee}"
    row = {"region": r.code, "departement": TOTAL, "operateur": operateur, "dimension": dimension,
           "modalite": TOTAL, "etat": NON_DISPONIBLE, "note": note}  # fmt: skip
    return pd.DataFrame([row])


def _group(
    r, table, dimension, operateur, reference, where, several: bool = False, merge=None,
    departement: str = TOTAL,
) -> pd.DataFrame:  # fmt: skip
    """Rows of one base: modalities of `dimension` where the other dimensions are fixed.

    The reference is France (with or without the region), or the region of a department.
    """
    entry = meta.table(r, table)
    several = several or bool(entry.get("reponses_multiples"))
    if merge:
        meta.check_adds_up(r, meta.measure(r, entry["mesure"]), dimension, table)
    options = {"operateur": operateur, "where": where}
    here = options | {"departement": departement}
    mine = _merged(_with_base(r, table, dimension, r.code, several, here), dimension, merge)
    mine = mine.assign(**estimate(mine["n"], mine["base_n"], "proportion", meta.level(r)))
    mine = mine.assign(**dict.fromkeys(COMPARISON), departement=departement)
    if reference and r.code != FRANCE:
        place = r.code if departement != TOTAL else FRANCE
        whole = _with_base(r, table, dimension, place, several, options)
        whole = _merged(whole, dimension, merge)
        mine = _against(r, table, mine, whole, rest=reference == REST)
    if several:
        text = "plusieurs réponses possibles : le total dépasse 100 %"
        mine["note"] = add_note(mine, mine["etat"] == PUBLIE, text)
    return mine.assign(
        region=r.code, departement=departement, operateur=operateur, dimension=dimension,
        modalite=mine[dimension], numerateur=mine["n"], denominateur=mine["base_n"],
        base=_base_name(r, table, dimension, several), **where,
    )  # fmt: skip


def _merged(frame: pd.DataFrame, dimension: str, merge) -> pd.DataFrame:
    """One row a group of modalities: their sum, in the state of the least published of them."""
    if not merge:
        return frame
    rows = []
    for name, parts in merge.items():
        found = frame[frame[dimension].isin(parts)]
        if found.empty:
            raise UsageError(f"« {name} » : aucune modalité de « {dimension} » n’y correspond."
                             f"{suggestion(parts[0], frame[dimension])}")  # fmt: skip
        state = worst(*(pd.Series([e]) for e in found["etat"])).iloc[0]
        first = found.iloc[[0]].assign(**{dimension: name, "etat": state})
        hidden = found.loc[found["etat"] == state, "note"].iloc[0]
        rows.append(first.assign(n=found["n"].sum(min_count=len(found)), note=hidden))
    return pd.concat(rows, ignore_index=True)


def _with_base(r, table, dimension, region, several, options) -> pd.DataFrame:
    """Cells of a dimension and `base_n`: its total, less « non renseigné » (itself left out)."""
    frame = cells(r, table, by=[dimension], region=region, **options)
    total = cells(r, table, region=region, **options)
    unknown = frame[frame[dimension] == UNKNOWN]
    if len(unknown) and not several:
        # A modality that the operator does not have at all leaves the total as it is.
        if unknown["etat"].iloc[0] != NON_DISPONIBLE:
            total = minus(total, unknown, "modalité non renseignée")
        frame = frame[frame[dimension] != UNKNOWN]
    frame = frame.reset_index(drop=True)
    base, state = total["n"].iloc[0], total["etat"].iloc[0]
    frame["etat"] = worst(frame["etat"], pd.Series([state] * len(frame)))
    frame["note"] = frame["note"].mask(
        (frame["note"] == "") & (state != PUBLIE), "base : " + total["note"].iloc[0]
    )
    empty = (frame["etat"] == PUBLIE) & ~(base > 0)
    frame["note"] = frame["note"].mask(empty, "aucune personne dans la base")
    return frame.assign(base_n=base, etat=frame["etat"].mask(empty, NON_DISPONIBLE))


def _against(r, table, mine: pd.DataFrame, whole: pd.DataFrame, *, rest: bool) -> pd.DataFrame:
    """Comparison columns of the shares, p-value kept for the adjustment of `profile`."""
    declared = meta.measure(r, meta.table(r, table)["mesure"])
    inner = "region" if (mine["departement"] == TOTAL).all() else "departement"
    nested = inner in declared.get("additive", ())
    X, N = whole["n"].to_numpy(), whole["base_n"].to_numpy()
    x, n = mine["n"].to_numpy(), mine["base_n"].to_numpy()
    gaps = compare(x, n, X, N, "proportion", meta.level(r), nested=nested, rest=rest)
    method = gaps.pop("methode_ecart")
    mine = mine.assign(**gaps, methode=f"{WILSON} ; {method}")
    mine["lecture"] = read_points(r, mine)
    lacking = (mine["etat"] == PUBLIE) & (whole["etat"].to_numpy() != PUBLIE)
    name = "nationale" if inner == "region" else "régionale"
    reasons = f"référence {name} : " + whole["note"].astype(object)
    mine["note"] = add_note(mine, lacking, reasons)
    return mine


def _base_name(r, table: str, dimension: str, several: bool) -> str:
    """« entrées en CEP dont le motif est connu », or the table's own words."""
    entry = meta.table(r, table)
    if entry.get("base"):
        return entry["base"]
    label = meta.measure(r, entry["mesure"])["libelle"]
    if UNKNOWN in r.modalites(dimension) if dimension != "operateur" else False:
        return f"{label}, modalité renseignée"
    return label


def _finish(r, parts, table, reference, extra_keys) -> pd.DataFrame:
    frame = adjusted(r, pd.concat(parts, ignore_index=True))
    tables = list(table) if isinstance(table, (list, tuple)) else [table]
    known: list[Any] = [t for t in tables if t]
    declared = meta.measure(r, meta.table(r, known[0])["mesure"] if known else None)
    frame = frame.assign(indicateur="part", unite="part")
    frame["methode"] = frame.get("methode", pd.Series(WILSON, index=frame.index)).fillna(WILSON)
    name = {FRANCE: "France", REST: "France sans la région", r.code: r.nom}.get(reference, "")
    return finish(
        r, frame, [*KEYS, *extra_keys], mesure=declared["nom"], tables=known,
        champ=meta.field(r, declared), source=declared["source"], reference=name,
    )  # fmt: skip
