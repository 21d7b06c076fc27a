"""Is the delivery coherent? Row checks (problems) and table checks (« contrôles » of annexe 1).

Row checks name the rows of the file. Table checks give, for each rule and table, the largest
gap, the tolerance that declared rounding allows, a verdict and what it changes in the annexes.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from cepkit import refdata
from cepkit.codes import ENSEMBLE, FRANCE, NON_DISPONIBLE, PUBLIE, REGIONS, TOTAL, region_name
from cepkit.edition.schema import Edition, TableSource
from cepkit.errors import Problem
from cepkit.intake.read import Raw
from cepkit.intake.shape import BASE, total_code
from cepkit.text import enumerate_fr

NOT_KEYS = ("effectif", "borne_min", "borne_max", "etat", "valeur", "ligne", "regroupe")
CONTROLES = ["regle", "table", "ecart", "tolerance", "verdict", "effet", "trous"]
NOT_STATED = ("non_renseigne", "nr")
OLDEST = 15  # years before the exercice that a delivery may still hold


def keys_of(frame: pd.DataFrame) -> list[str]:
    """Key columns of a canonical frame: the five base columns, then the dimensions."""
    return [c for c in frame.columns if c not in NOT_KEYS]


def additive(edition: Edition, table: TableSource | None, mesure: str, column: str) -> bool:
    """Does this measure add up over this column in this table?

    What `mesures.<m>.additive` lists; in a table of multiple answers only territories,
    operators and months can add up, since a person gives several answers.
    """
    if table is not None and table.reponses_multiples and column not in (*BASE, "mois"):
        return False
    return mesure in edition.mesures and column in edition.mesures[mesure].additive


# --- rows -------------------------------------------------------------------------------------


def rows(frame: pd.DataFrame, raw: Raw, table: TableSource, edition: Edition) -> list[Problem]:
    """Problems of the rows of one table of the delivery (all blocking)."""
    years = frame["annee"].astype("Int64")
    home = home_regions()
    checks = [
        (years.gt(edition.annee) | years.lt(edition.annee - OLDEST), "annee",
         f"année hors de la période attendue (de {edition.annee - OLDEST} à {edition.annee})",
         "année de l’exercice ou antérieure"),
        (frame["effectif"].lt(0).fillna(False), "effectif", "effectif négatif",
         "un effectif est positif ou nul"),
        ((frame["effectif"] % 1).ne(0).fillna(False), "effectif", "effectif décimal",
         "un effectif est un nombre entier"),
        (frame["departement"].ne(TOTAL) & frame["departement"].map(home).ne(frame["region"]),
         "departement", "département rattaché à une autre région que la sienne",
         "code officiel géographique"),
    ]
    found = [Problem(f"{text}.", "donnees", rule, raw.fichier, raw.feuille,
                     _lines(frame[bad]), _values(frame.loc[bad, column]))
             for bad, column, text, rule in checks if bad.any()]
    return found + _duplicates(frame, raw, table)


def home_regions() -> dict[str, str]:
    table = refdata.departements()
    return dict(zip(table["code"], table["region"], strict=True))


def _lines(frame: pd.DataFrame) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(n) for n in frame["ligne"])) if "ligne" in frame else ()


def _values(series: pd.Series) -> str:
    return ", ".join(f"{v:g}" if isinstance(v, float) else str(v)
                     for v in list(series.unique())[:3])


def _duplicates(frame: pd.DataFrame, raw: Raw, table: TableSource) -> list[Problem]:
    """The same key on two rows (grouped unknown codes and profile totals excepted)."""
    keys = keys_of(frame)
    if table.nature == "individuel":
        return []
    own = frame[~frame["regroupe"]] if "regroupe" in frame else frame
    if table.critere:
        dims = [k for k in keys if k not in BASE and k != "mois"]
        own = own[own[dims].ne(TOTAL).any(axis=1)]
    twice = own[own.duplicated(keys, keep=False)]
    if twice.empty:
        return []
    first = twice.iloc[0][keys]
    return [Problem(f"{len(twice)} lignes portent une clé déjà présente "
                    f"({enumerate_fr([str(v) for v in first if v != TOTAL])}).", "donnees",
                    "une seule ligne par clé", raw.fichier, raw.feuille, _lines(twice))]


# --- tables -----------------------------------------------------------------------------------


def controls(tables: dict[str, pd.DataFrame], sources: dict[str, TableSource],
             edition: Edition) -> pd.DataFrame:
    """All table checks of a delivery, columns `CONTROLES`, in the order of the tables."""
    found: list[dict] = []
    for name, frame in tables.items():
        table = sources[name]
        found += _totals(frame, table, edition)
        found += _presence(frame, table, edition)
    found += _between_tables(tables, sources)
    return pd.DataFrame(found, columns=CONTROLES)


def _row(rule: str, table: str, gap: float, tolerance: float, effect: str,
         holes: Iterable[dict[str, str]] = ()) -> dict:
    """One check; `holes` say where something is missing: region, colonne, valeur, …"""
    verdict = "satisfait" if gap <= tolerance else "à vérifier"
    return dict(zip(CONTROLES, (rule, table, float(gap), float(tolerance), verdict,
                                effect if verdict != "satisfait" else "", list(holes)),
                    strict=True))


def _totals(frame: pd.DataFrame, table: TableSource, edition: Edition) -> list[dict]:
    """Delivered totals against the sum of their parts, one row a column that adds up."""
    result = []
    keys = keys_of(frame)
    codes = frame[keys].apply(lambda column: pd.factorize(column)[0])  # integers group faster
    for column in [k for k in keys if k not in ("annee", "mesure")]:
        if column == "region" and not set(REGIONS) <= set(frame["region"]):
            continue
        measures = [m for m in frame["mesure"].unique() if additive(edition, table, m, column)]
        kept = frame["mesure"].isin(measures)
        if column == "departement":
            kept &= frame["region"].ne(FRANCE)
        group = codes.groupby([k for k in keys if k != column], sort=False).ngroup()
        gaps = _gaps(frame[kept], group[kept], column, table.arrondi)
        if gaps is not None:
            result.append(_row(f"Le total est la somme de ses parts ({column})", table.titre,
                               *gaps, "Les annexes reprennent le total livré."))
    return result


def _gaps(frame: pd.DataFrame, group: pd.Series, column: str,
          rounding: int) -> tuple[float, float] | None:
    """(worst gap, its tolerance) between totals and sums; None when there is nothing to sum.

    `group` numbers the rows that share all keys but `column`.
    """
    total = frame[column].eq(total_code(column))
    known = frame["etat"].eq(PUBLIE)
    cells = pd.DataFrame({"groupe": group, "effectif": frame["effectif"], "connu": known})
    sums = cells[~total].groupby("groupe").agg(
        somme=("effectif", "sum"), n=("effectif", "size"), connu=("connu", "all"))
    both = sums[sums["connu"]].join(cells[total & known].set_index("groupe")["effectif"],
                                    how="inner").astype("float64")
    if both.empty:
        return None
    tolerance = (both["n"] + 1) * rounding / 2 if rounding > 1 else both["n"] * 0
    gap = (both["effectif"] - both["somme"]).abs()
    worst = (gap - tolerance).idxmax()
    return float(gap[worst]), float(tolerance[worst])


def _presence(frame: pd.DataFrame, table: TableSource, edition: Edition) -> list[dict]:
    """Regions, operators by region and months by operator: how many are missing."""
    regions = set(frame["region"]) - {FRANCE}
    result = []
    if len(regions) > 1:
        missing = [r for r in REGIONS if r not in regions]
        result.append(_row("Toutes les régions sont présentes", table.titre, len(missing), 0,
                           f"Sans donnée : {enumerate_fr(map(region_name, missing))}.",
                           [{"region": r, "colonne": "region", "valeur": r} for r in missing]))
    for column, rule in (("operateur", "Tous les opérateurs sont présents dans chaque région"),
                         ("mois", "Tous les mois sont présents")):
        holes = _holes(frame, column)
        if holes is not None:
            places = [_place(hole, edition) for hole in holes[:6]]
            result.append(_row(rule, table.titre, len(holes), 0,
                               f"Sans donnée : {enumerate_fr(places)}.", holes))
    return result


def _holes(frame: pd.DataFrame, column: str) -> list[dict[str, str]] | None:
    """Combinations (region, year, …) where a value present elsewhere is absent or « nd »."""
    if column not in frame:
        return None
    details = frame[frame[column].ne(total_code(column)) & frame["region"].ne(FRANCE)]
    if details.empty:
        return None
    by = ["region", "annee"] + (["operateur"] if column == "mois" else [])
    known = details[details["etat"].ne(NON_DISPONIBLE)].groupby(by)[column].agg(set)
    expected = set(details[column])
    cells = details[by].drop_duplicates().itertuples(index=False, name=None)
    return [{**dict(zip(by, key, strict=True)), "colonne": column, "valeur": value}
            for key in cells for value in sorted(expected - known.get(key, set()))]


def _place(hole: dict[str, str], edition: Edition) -> str:
    """« Mayotte 2022 (Apec) », « Corse 2022, Cap emploi (mois 08) »."""
    nomenclature = edition.nomenclatures.get("operateur")
    names = {c: m.libelle for c, m in nomenclature.modalites.items()} if nomenclature else {}
    operator, value = hole.get("operateur", ENSEMBLE), hole["valeur"]
    who = f", {names.get(operator, operator)}" if operator != ENSEMBLE else ""
    what = f"mois {value}" if hole["colonne"] == "mois" else names.get(value, value)
    return f"{region_name(hole['region'])} {hole['annee']}{who} ({what})"


def _between_tables(tables: dict[str, pd.DataFrame], sources: dict[str, TableSource]) -> list[dict]:
    """The same total in two tables: same number, but for declared rounding."""
    heads = []
    for name, frame in tables.items():
        dims = [k for k in keys_of(frame) if k not in BASE]
        head = frame[frame[dims].eq(TOTAL).all(axis=1) & frame["etat"].eq(PUBLIE)]
        heads.append(head[[*BASE, "effectif"]].assign(table=name))
    if not heads:
        return []
    result, stack = [], pd.concat(heads).drop_duplicates([*BASE, "table"])
    reference = stack.drop_duplicates(list(BASE))
    both = stack.merge(reference, on=list(BASE), suffixes=("", "_ref")).query("table != table_ref")
    for (name, other), pair in both.groupby(["table", "table_ref"]):
        roundings = [sources[n].arrondi for n in (name, other)]
        tolerance = sum(r / 2 for r in roundings if r > 1)
        gap = (pair["effectif"] - pair["effectif_ref"]).abs().max()
        base = sources[name].base
        effect = f"Champ de cette table : {base}." if base else "Chaque annexe cite sa table."
        result.append(_row(f"Mêmes totaux que « {sources[other].titre} »", sources[name].titre,
                           gap, tolerance, effect))
    return result


def coverage(tables: Iterable[pd.DataFrame], edition: Edition) -> pd.DataFrame:
    """Dimension × operator: `etat` (complète, partielle, absente), `taux` known (0-1), `volume`.

    Over the regions and the year of the exercice; « non renseigné » and cells without a value
    count as unknown. `volume` is the count behind the rate.
    """
    frames = list(tables)
    context = {x for d in edition.denominateurs for x in d.dimensions}
    dimensions = [d for d in edition.nomenclatures if d not in BASE
                  and (d not in context or any(d in f for f in frames))]
    operators = [o for o in dict.fromkeys(o for f in frames for o in f["operateur"])
                 if o != ENSEMBLE] or [ENSEMBLE]
    lines = [(d, o, *_rate(frames, d, o, edition)) for d in dimensions for o in operators]
    frame = pd.DataFrame(lines, columns=["dimension", "operateur", "taux", "volume"])
    state = frame["taux"].map(
        lambda r: "absente" if pd.isna(r) or r == 0 else "complète" if r > 0.999 else "partielle")
    return frame.assign(etat=state)[["dimension", "operateur", "etat", "taux", "volume"]]


def _rate(frames: list[pd.DataFrame], dimension: str, operator: str,
          edition: Edition) -> tuple[float | None, float]:
    """(share of the total whose modality is known, total); (None, 0) without the dimension."""
    best: tuple[float | None, float] = (None, 0.0)
    for frame in [f for f in frames if dimension in f]:
        others = [k for k in keys_of(frame) if k not in (*BASE, dimension)]
        part = frame[frame["operateur"].eq(operator) & frame["annee"].eq(str(edition.annee))
                     & frame["departement"].eq(TOTAL) & frame[others].eq(TOTAL).all(axis=1)
                     & (frame["region"].ne(FRANCE) | frame["region"].eq(FRANCE).all())]
        details = part[part[dimension].ne(TOTAL)]
        if details.empty:
            continue
        stated = details[~details[dimension].isin(NOT_STATED)]
        total = float(part.loc[part[dimension].eq(TOTAL), "effectif"].sum()
                      or details["effectif"].sum())
        rate = min(float(stated["effectif"].sum() / total), 1.0) if total else 0.0
        if best[0] is None or rate > best[0]:
            best = rate, total
    return best
