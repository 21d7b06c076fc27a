"""Volumes of the demonstration: entries and beneficiaries by department and operator.

National totals are met exactly: each is shared out by largest remainder over weights that
follow the real active population and unemployment rate of the departments.
"""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd

from cepkit import refdata


def allocate(total: int, weights: np.ndarray) -> np.ndarray:
    """Share `total` over non-negative `weights`: integers whose sum is exactly `total`.

    Largest remainder method (Hamilton); ties go to the first rows.
    """
    quota = total * weights / weights.sum()
    parts = np.floor(quota).astype(np.int64)
    order = np.argsort(-(quota - parts), kind="stable")
    parts[order[: total - parts.sum()]] += 1
    return parts


@functools.cache
def _context() -> pd.DataFrame:
    census = pd.read_csv(refdata.path("insee_rp2017/rp_activite_departements.csv"), dtype=str)
    census = census[census["annee"] == "2017"].astype({"effectif": float})
    census = census.pivot(index="code", columns="indicateur", values="effectif")
    rates = pd.read_excel(
        refdata.path("insee_chomage_localise/sl_etc_2023T4.xls"), sheet_name="Département",
        header=3, dtype=str, engine="calamine").set_index("Code")
    quarters = [f"T{t}_2022" for t in range(1, 5)]
    return pd.DataFrame({
        "actifs": census["actifs_15_64"], "occupes": census["actifs_occupes_15_64"],
        "chomage": rates.reindex(census.index)[quarters].astype(float).mean(axis=1)})


def places(parameters: dict) -> pd.DataFrame:
    """The 101 departments: departement, region, actifs, occupes, demandeurs (weights only)."""
    frame = refdata.departements()[["code", "region"]].rename(columns={"code": "departement"})
    frame = frame.join(_context(), on="departement").reset_index(drop=True)
    missing = frame["departement"] == "976"
    for name, value in parameters["poids_mayotte"].items():
        frame.loc[missing, name] = float(value)
    return frame.assign(demandeurs=frame["actifs"] * frame["chomage"] / 100)


def weights(parameters: dict, frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Weight of each operator in each department (rows of `frame`, one column an operator)."""
    spread, regions = parameters["dispersion"], frame["region"].unique()
    columns = {}
    for name in parameters["operateurs"]:
        intensity = pd.Series(np.exp(rng.normal(0, spread["region"], len(regions))), regions)
        given = {r: d[name] for r, d in parameters["intensites"].items() if name in d}
        factor = frame["region"].map(intensity) * frame["region"].map(given).fillna(1.0)
        noise = np.exp(rng.normal(0, spread["departement"], len(frame)))
        columns[name] = frame[parameters["moteur"][name]] * factor * noise
    return pd.DataFrame(columns)


def _share_by_region(total: int, weight: pd.Series, region: pd.Series, fixed: dict) -> np.ndarray:
    """Share a total over departments; the regions in `fixed` get exactly what is given."""
    result = np.zeros(len(weight), dtype=np.int64)
    others = ~region.isin(fixed).to_numpy()
    result[others] = allocate(total - sum(fixed.values()), weight.to_numpy()[others])
    for code, value in fixed.items():
        here = (region == code).to_numpy()
        result[here] = allocate(value, weight.to_numpy()[here])
    return result


def entries(parameters: dict, frame: pd.DataFrame, weight: pd.DataFrame) -> pd.DataFrame:
    """Entries: annee, departement, region, operateur, effectif (3 × 101 × 5 rows)."""
    parts = []
    for year, totals in parameters["entrees"].items():
        for name, total in totals.items():
            w, fixed = weight[name], {}
            if name == "operateur_regional":
                fixed = parameters["regions_fixes"][year]
                opening = frame["region"].map(parameters["ouverture"]).fillna(1.0)
                w = w * opening if year == "2020" else w
            counts = _share_by_region(total, w, frame["region"], fixed)
            parts.append(frame[["departement", "region"]].assign(
                annee=year, operateur=name, effectif=counts))
    return pd.concat(parts, ignore_index=True)


def beneficiaries(
    parameters: dict, entered: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Beneficiaries, same columns; in 2022 also `ensemble`, below the sum of the operators."""
    parts = []
    for year, totals in parameters["beneficiaires"].items():
        for name in (n for n in totals if n != "ensemble"):
            rows = entered[(entered["annee"] == year) & (entered["operateur"] == name)]
            spread = parameters["dispersion"]["beneficiaires"]
            w = rows["effectif"] * np.exp(rng.normal(0, spread, len(rows)))
            fixed = {}
            if (year, name) == (parameters["exercice"], "operateur_regional"):
                fixed = parameters["departements_fixes"]
            counts = _share_by_region(totals[name], w, rows["departement"], fixed)
            parts.append(rows.assign(effectif=counts))
    frame = pd.concat(parts, ignore_index=True)
    everyone = _distinct(parameters, frame[frame["annee"] == parameters["exercice"]])
    return pd.concat([frame, everyone], ignore_index=True)


def _distinct(parameters: dict, frame: pd.DataFrame) -> pd.DataFrame:
    """Distinct persons by department: persons followed by two operators count once."""
    wide = frame.pivot(index=["departement", "region"], columns="operateur", values="effectif")
    target = parameters["beneficiaires"][parameters["exercice"]]["ensemble"]
    twice = wide["operateur_regional"] + wide["apec"] + wide["cap_emploi"]
    overlap = allocate(int(wide.to_numpy().sum()) - target, twice.to_numpy())
    counts = (wide.sum(axis=1) - overlap).rename("effectif").reset_index()
    return counts.assign(annee=parameters["exercice"], operateur="ensemble")


def files_of_associations(
    parameters: dict, frame: pd.DataFrame, rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """Files by region: "ptp", "demission" -> region, total, non, then one column an operator."""
    employed = frame.groupby("region")["occupes"].sum()
    employed *= np.exp(rng.normal(0, 0.08, len(employed)))
    return {name: _files(declared, employed, rng)
            for name, declared in parameters["dossiers"].items()}


def _files(declared: dict, employed: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    regions = employed.index.to_series()
    total = _share_by_region(declared["total"], employed, regions, declared["regions"])
    without = rng.binomial(total, declared["sans_cep"])
    operators, shares = list(declared["operateurs"]), np.array([*declared["operateurs"].values()])
    split = rng.multinomial(total - without, shares / shares.sum())
    result = pd.DataFrame(split, columns=operators, index=employed.index)
    for code, value in declared["operateur_regional"].items():
        others = result.columns.drop("operateur_regional")
        row = total[result.index.get_loc(code)]
        expected = round((row - value) * (0.55 if declared["sans_cep"] else 0))
        without[result.index.get_loc(code)] = expected
        result.loc[code, "operateur_regional"] = value
        rest = np.array([declared["operateurs"][o] for o in others])
        result.loc[code, others] = allocate(int(row - value - expected), rest)
    return result.assign(non=without, total=total).rename_axis("region").reset_index()
