"""What comes from the structure of the region: gaps at comparable operator mix, sex and age."""

from __future__ import annotations

import pandas as pd

from cepkit.codes import FRANCE, NON_DISPONIBLE, PUBLIE, TOTAL
from cepkit.indicators import meta
from cepkit.indicators.rates import take_up
from cepkit.indicators.rows import DOBSON, LINEAR, estimate, finish, read_ratio
from cepkit.indicators.strata import Strata, publics, sex_age
from cepkit.standardise import decompose, direct, indirect

KEYS = ("region", "composante", "modalite")
INDIRECT = "standardisation indirecte, attendu aux taux nationaux"
TITLES = {
    "brut": "écart brut",
    "brut_publics": "écart brut, sur les publics des opérateurs",
    "operateurs": "écart à répartition par opérateur comparable",
    "contribution": "part d’un public dans l’écart à répartition comparable",
    "structure": "part de l’écart due au poids des publics",
    "indirect_operateurs": "effectif observé sur effectif attendu aux taux nationaux des publics",
    "brut_sexe_age": "écart brut, sur la population par sexe et âge",
    "sexe_age": "écart à structure par sexe et âge comparable",
    "contribution_sexe_age": "part d’un sexe et d’un âge dans l’écart à structure comparable",
    "structure_sexe_age": "part de l’écart due à la structure par sexe et âge",
    "indirect_sexe_age": "effectif observé sur effectif attendu aux taux nationaux par sexe et âge",
}
# The rows of each standardisation: raw, comparable, contributions, structure, indirect.
ROWS = {
    "operateurs": ("brut_publics", "operateurs", "contribution", "structure",
                   "indirect_operateurs"),
    "sexe_age": ("brut_sexe_age", "sexe_age", "contribution_sexe_age", "structure_sexe_age",
                 "indirect_sexe_age"),
}  # fmt: skip


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
    - `indirect_operateurs`: the count over the one expected at France's rates by public
      (indirect standardisation; a ratio, unit « rapport »);
    - `brut_sexe_age`, `sexe_age`, `contribution_sexe_age`, `structure_sexe_age`,
      `indirect_sexe_age`: the same over sex × age.

    France contains the region: the interval of a gap counts the common people once; that of the
    indirect ratio takes the expected count as given, as is the use. A missing stratum is refused:
    the row is « non_disponible » and names it. References: Kitagawa (1955), with the weights of
    the reference; Breslow and Day (1987), chapter 2.
    """
    declared = meta.measure(r, mesure)
    raw = take_up(r, mesure=mesure)
    rows = [
        _raw(r, raw),
        *_decomposed(r, publics(r, declared), "operateurs"),
        *_decomposed(r, sex_age(r, declared), "sexe_age"),
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


def _decomposed(r, strata: Strata, comparable: str) -> list[pd.DataFrame]:
    """Rows of one standardisation, or the one row that says why it is refused."""
    reason = "la France est sa propre référence" if r.code == FRANCE else strata.lacking()
    if reason:
        return [_refused(comparable, reason)]
    columns, options = ["strate", "effectif", "population"], {"level": meta.level(r)}
    mine, whole = strata.mine[columns], strata.whole[columns]
    try:
        parts = decompose(mine, whole, "strate", weighting="reference", nested=True, **options)
        standard = direct(mine, whole.assign(poids=whole["population"]), "strate", **options)
        rates = whole.assign(taux=whole["effectif"] / whole["population"])
        expected = indirect(mine, rates, "strate", **options)
    except ValueError as error:
        return [_refused(comparable, str(error))]
    total, each = parts.iloc[[0]], parts.iloc[1:]
    raw, gap, part, structure, ratio = ROWS[comparable]
    return [
        _row(r, total, "ecart", raw, strata),
        _standardised(_row(r, total, "effet_taux", gap, strata), standard.iloc[0]),
        _row(r, each, "effet_taux", part, strata),
        _row(r, total, "effet_structure", structure, strata),
        _indirect(r, expected, ratio, strata),
    ]


def _refused(composante: str, reason: str) -> pd.DataFrame:
    row = {"composante": composante, "modalite": TOTAL, "etat": NON_DISPONIBLE, "note": reason,
           "unite": "pour 100"}  # fmt: skip
    return pd.DataFrame([row])


def _row(r, parts, effect: str, composante: str, strata: Strata) -> pd.DataFrame:
    """One effect of the decomposition as indicator rows, per 100 persons."""
    total = "total" in set(parts["strate"])
    counts = strata.mine.set_index("strate")
    n, people = (
        ([counts[c].sum()] if total else counts[c].reindex(parts["strate"]).tolist())
        for c in ("effectif", "population")
    )
    frame = pd.DataFrame({
        "composante": composante, "modalite": parts["strate"].tolist(),
        "valeur": 100 * parts["taux"], "reference": 100 * parts["taux_reference"],
        "ecart": 100 * parts[effect], "ecart_inf": 100 * parts[f"{effect}_inf"],
        "ecart_sup": 100 * parts[f"{effect}_sup"], "numerateur": n, "denominateur": people,
        "unite": "pour 100", "base": strata.base, "methode": LINEAR, "etat": PUBLIE, "note": "",
    })  # fmt: skip
    limits = estimate(n, people, "rapport", meta.level(r))
    frame = frame.assign(borne_inf=100 * limits["borne_inf"], borne_sup=100 * limits["borne_sup"])
    frame["methode"] = limits["methode"] + f" ; {LINEAR}"
    if effect == "effet_structure":
        # The crude rate against the region's own standardised rate.
        return frame.assign(reference=frame["valeur"] - frame["ecart"])
    if not total:
        return frame
    for bound in ("", "_inf", "_sup"):
        frame[f"ratio{bound}"] = 1 + frame[f"ecart{bound}"] / frame["reference"]
    return frame.assign(lecture=read_ratio(r, frame))


def _standardised(row: pd.DataFrame, standard: pd.Series) -> pd.DataFrame:
    """The row of the comparable gap: its value is the directly standardised rate (Dobson)."""
    limits = {c: 100 * standard[c] for c in ("valeur", "borne_inf", "borne_sup")}
    return row.assign(**limits, methode=f"{DOBSON} ; {LINEAR}")


def _indirect(r, expected: pd.DataFrame, composante: str, strata: Strata) -> pd.DataFrame:
    """Observed over expected counts as an indicator row: a ratio to 1."""
    row = expected.iloc[0]
    method = str(estimate(row["observe"], row["attendu"], "rapport", meta.level(r))["methode"])
    ratio = {c: [row[c]] for c in ("ratio", "ratio_inf", "ratio_sup")}
    frame = pd.DataFrame({
        "composante": composante, "modalite": TOTAL, "valeur": ratio["ratio"],
        "borne_inf": ratio["ratio_inf"], "borne_sup": ratio["ratio_sup"], "reference": 1.0,
        "ecart": row["ratio"] - 1, "ecart_inf": row["ratio_inf"] - 1,
        "ecart_sup": row["ratio_sup"] - 1, **ratio, "numerateur": row["observe"],
        "denominateur": row["attendu"], "unite": "rapport", "base": strata.base,
        "methode": f"{method} ; {INDIRECT}", "etat": PUBLIE, "note": "",
    })  # fmt: skip
    return frame.assign(lecture=read_ratio(r, frame))
