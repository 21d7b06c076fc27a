"""What comes from the structure of the region: gaps at comparable operator mix, sex and age."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cepkit.codes import FRANCE, NON_DISPONIBLE, PUBLIE, TOTAL, region_name
from cepkit.indicators import meta
from cepkit.indicators.cells import cells, deduced, minus, worst
from cepkit.indicators.rates import Context, take_up
from cepkit.indicators.rows import DOBSON, LINEAR, estimate, finish, read_ratio
from cepkit.intervals import direct_rate
from cepkit.standardise import decompose
from cepkit.text import enumerate_fr

KEYS = ("region", "composante", "modalite")
TITLES = {
    "brut": "écart brut",
    "brut_publics": "écart brut, sur les publics des opérateurs",
    "operateurs": "écart à répartition par opérateur comparable",
    "contribution": "part d’un public dans l’écart à répartition comparable",
    "structure": "part de l’écart due au poids des publics",
    "brut_sexe_age": "écart brut, sur la population par sexe et âge",
    "sexe_age": "écart à structure par sexe et âge comparable",
}


def standardised_gap(r, *, mesure: str | None = None) -> pd.DataFrame:
    """Raw gap to France, gap at comparable operator mix, gap at comparable sex × age.

    One row a `composante`, rates and gaps per 100 persons:

    - `brut`: the rate of `take_up` against France;
    - `brut_publics`: the same over the declared *publics* (groups of operators, each with its
      own population), the base of the three next ones;
    - `operateurs`: the region's rates by public, on France's weights of the publics (direct
      standardisation), against France;
    - `contribution`, one row a public (`modalite`): they add up to the gap of `operateurs`;
    - `structure`: what the weights of the publics account for; with `operateurs` it adds up to
      `brut_publics`;
    - `brut_sexe_age`, `sexe_age`: the same over sex × age.

    France contains the region: the interval counts the common people once. A missing stratum is
    refused: the row is « non_disponible » and names it. Reference: Kitagawa (1955), with the
    weights of the reference.
    """
    declared = meta.measure(r, mesure)
    raw = take_up(r, mesure=mesure)
    rows = [
        _raw(r, raw),
        *_decomposed(r, _publics(r, declared), "brut_publics", "operateurs", declared),
        *_decomposed(r, _sex_age(r, declared), "brut_sexe_age", "sexe_age", declared),
    ]
    frame = pd.concat(rows, ignore_index=True).assign(region=r.code)
    frame["indicateur"] = frame["composante"].map(TITLES)
    return finish(
        r, frame, KEYS, mesure=declared["nom"], tables=raw.attrs["cepkit"]["tables"],
        champ=raw.attrs["cepkit"]["champ"], source=raw.attrs["cepkit"]["source"],
        reference=raw.attrs["cepkit"]["reference"],
    )  # fmt: skip


def _raw(r, raw: pd.DataFrame) -> pd.DataFrame:
    """The region's row of `take_up`, per 100 whatever the measure."""
    row = raw[raw["region"] == r.code].head(1).copy()
    if row["unite"].iloc[0] == "part":
        scaled = ["valeur", "borne_inf", "borne_sup", "reference", "ecart", "ecart_inf",
                  "ecart_sup"]  # fmt: skip
        row[scaled] = row[scaled] * 100
    return row.assign(composante="brut", modalite=TOTAL, unite="pour 100")


def _publics(r, declared: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame, str, str]:
    """Strata of the publics in the region and in France: key, effectif, population."""
    publics = r.meta.get("publics") or {}
    table = meta.find_table(r, declared["nom"], ("operateur",))
    if not publics or table is None:
        return _empty("aucun public n’est déclaré avec sa population")
    if "operateur" not in declared.get("additive", ()):
        return _empty("la mesure ne s’additionne pas d’un opérateur à l’autre")
    if "region" not in declared.get("additive", ()):
        return _empty("la mesure ne s’additionne pas d’une région à l’autre")
    mine = [_public(r, table, nom, p, r.code) for nom, p in publics.items()]
    whole = [_public(r, table, nom, p, FRANCE) for nom, p in publics.items()]
    populations = meta.populations(r)
    base = enumerate_fr([populations[p["denominateur"]]["libelle"] for p in publics.values()])
    return pd.DataFrame(mine), pd.DataFrame(whole), base, "public"


def _public(r, table: str, nom: str, public: dict[str, Any], region: str) -> dict[str, Any]:
    """One stratum: the operators of a public over its own population, in the same field."""
    entry = meta.populations(r)[public["denominateur"]]
    frame = cells(r, table, by=["operateur"], region=region)
    frame = frame[frame["operateur"].isin(public["operateurs"])].reset_index(drop=True)
    if region == FRANCE:
        for code in sorted(entry.get("absents") or {}):
            out = deduced(cells(r, table, by=["operateur"], region=code),
                          cells(r, table, region=code))
            out = out[out["operateur"].isin(public["operateurs"])].reset_index(drop=True)
            frame = minus(frame, out, region_name(code))
    population = r.denominateur(public["denominateur"], region=region)
    state = worst(*(pd.Series([e]) for e in frame["etat"])).iloc[0]
    return {
        "strate": nom, "nom": public["libelle"],
        "effectif": frame["n"].sum() if state == PUBLIE else None,
        "population": population.valeur if population.etat == PUBLIE else None,
        "raison": _reason(r, frame, population),
    }  # fmt: skip


def _reason(r, frame: pd.DataFrame, population) -> str:
    """Why a stratum has no rate: which operator, or which population."""
    lacking = frame[frame["etat"] != PUBLIE]
    notes = [
        f"{r.libelle('operateur', o)} : {n}"
        for o, n in zip(lacking["operateur"], lacking["note"], strict=True)
    ]
    if population.etat != PUBLIE:
        notes.append(population.raison or "population non disponible")
    return " ; ".join(n.rstrip(". ") for n in notes)


def _sex_age(r, declared: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame, str, str]:
    """Strata sex × age in the region and in France."""
    context = Context(r, declared, ("sexe", "tranche_age"))
    if not (context.population and context.table):
        return _empty("aucune population par sexe et âge n’est déclarée")
    if not context.additive:
        return _empty("la mesure ne s’additionne pas d’une région à l’autre")
    dims = context.keys[3:]
    frames = []
    for place in (context.place(r.code), context.france()):
        strata = place[dims].agg(" / ".join, axis=1)
        names = [
            " / ".join(r.libelle(d, row[d]) for d in dims) for row in place.to_dict("records")
        ]
        frames.append(
            place.assign(strate=strata, nom=names, effectif=place["n"], raison=place["note"])
        )
    return (*frames, context.base(), "strate")


def _empty(reason: str) -> tuple[pd.DataFrame, pd.DataFrame, str, str]:
    return pd.DataFrame(), pd.DataFrame(), reason, ""


def _decomposed(r, strata, raw: str, comparable: str, declared) -> list[pd.DataFrame]:
    """Rows of one decomposition, or the one row that says why it is refused."""
    mine, whole, base, kind = strata
    if r.code == FRANCE:
        return [_refused(comparable, "la France est sa propre référence")]
    if mine.empty:
        return [_refused(comparable, base)]
    problem = _lacking(mine, r.code) or _lacking(whole, FRANCE)
    if problem:
        return [_refused(comparable, problem)]
    columns = ["strate", "effectif", "population"]
    parts = decompose(
        mine[columns], whole[columns], "strate", weighting="reference", nested=True,
        level=meta.level(r),
    )  # fmt: skip
    total, each = parts.iloc[[0]], parts.iloc[1:]
    rows = [_row(r, total, "ecart", raw, mine, whole, base)]
    row = _row(r, total, "effet_taux", comparable, mine, whole, base)
    rows.append(_standardised(r, row, mine, whole))
    if kind == "public":
        rows += [
            _row(r, each, "effet_taux", "contribution", mine, whole, base),
            _row(r, total, "effet_structure", "structure", mine, whole, base),
        ]
    return rows


def _lacking(strata: pd.DataFrame, region: str) -> str:
    """« Bretagne, Actifs occupés : … » for the first strata without count or population."""
    missing = strata[strata[["effectif", "population"]].isna().any(axis=1)]
    if len(missing) == len(strata) > 1 and missing["raison"].nunique() == 1:
        return f"{region_name(region)} : {missing['raison'].iloc[0]}"
    texts = [f"{n} ({w})" for n, w in zip(missing["nom"], missing["raison"], strict=True)]
    if not texts:
        return ""
    return f"strate manquante, {region_name(region)} : {enumerate_fr(texts[:3])}"


def _refused(composante: str, reason: str) -> pd.DataFrame:
    row = {"composante": composante, "modalite": TOTAL, "etat": NON_DISPONIBLE, "note": reason,
           "unite": "pour 100"}  # fmt: skip
    return pd.DataFrame([row])


def _row(r, parts, effect, composante, mine, whole, base) -> pd.DataFrame:
    """One effect of the decomposition as indicator rows, per 100 persons."""
    total = "total" in set(parts["strate"])
    counts = mine.set_index("strate")
    n, people = (
        ([counts[c].sum()] if total else counts[c].reindex(parts["strate"]).tolist())
        for c in ("effectif", "population")
    )
    frame = pd.DataFrame({
        "composante": composante, "modalite": parts["strate"].tolist(),
        "valeur": 100 * parts["taux"], "reference": 100 * parts["taux_reference"],
        "ecart": 100 * parts[effect], "ecart_inf": 100 * parts[f"{effect}_inf"],
        "ecart_sup": 100 * parts[f"{effect}_sup"], "numerateur": n, "denominateur": people,
        "unite": "pour 100", "base": base, "methode": LINEAR, "etat": PUBLIE, "note": "",
    })  # fmt: skip
    limits = estimate(n, people, "rapport", meta.level(r))
    frame = frame.assign(borne_inf=100 * limits["borne_inf"], borne_sup=100 * limits["borne_sup"])
    frame["methode"] = limits["methode"] + f" ; {LINEAR}"
    if composante == "structure":
        # The crude rate against the region's own standardised rate.
        return frame.assign(reference=frame["valeur"] - frame["ecart"])
    if composante == "contribution":
        return frame
    for bound in ("", "_inf", "_sup"):
        frame[f"ratio{bound}"] = 1 + frame[f"ecart{bound}"] / frame["reference"]
    return frame.assign(lecture=read_ratio(r, frame))


def _standardised(r, row: pd.DataFrame, mine, whole) -> pd.DataFrame:
    """The row of the comparable gap: its value is the directly standardised rate (Dobson)."""
    strata = mine[["strate", "effectif", "population"]].merge(
        whole[["strate", "population"]], on="strate", suffixes=("", "_type")
    )
    columns = (strata[c].astype(float) for c in ("effectif", "population", "population_type"))
    value, (low, high) = direct_rate(*columns, meta.level(r))
    return row.assign(
        valeur=100 * value, borne_inf=100 * low, borne_sup=100 * high,
        methode=f"{DOBSON} ; {LINEAR}",
    )  # fmt: skip
