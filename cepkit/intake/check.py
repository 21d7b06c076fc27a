"""Is the delivery coherent? Table checks (« contrôles » of annexe 1); `rules` looks at rows.

They give, for each rule and table, the largest gap, the tolerance that declared rounding allows,
a verdict and what it changes in the annexes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from cepkit.codes import ENSEMBLE, FRANCE, NON_DISPONIBLE, PUBLIE, REGIONS, TOTAL, region_name
from cepkit.edition.schema import Edition, TableSource
from cepkit.edition.sources import OPERATORS
from cepkit.errors import Problem
from cepkit.formats import count
from cepkit.intake.decode import department_names, home_regions, named, total_code
from cepkit.intake.shape import BASE, keys_of
from cepkit.text import enumerate_fr

CONTROLES = ["regle", "table", "ecart", "tolerance", "verdict", "effet", "trous", "lieux"]
NOT_STATED = ("non_renseigne", "nr")


def additive(edition: Edition, table: TableSource | None, mesure: str, column: str) -> bool:
    """Does this measure add up over this column in this table?

    What `mesures.<m>.additive` lists; in a table of multiple answers only territories,
    operators and months can add up, since a person gives several answers. A table of persons
    by number of operators adds up over that number alone (see `persons`).
    """
    if table is not None and table.pseudonyme:
        return column == OPERATORS
    if table is not None and column in table.multiples:
        return False
    if table is not None and table.reponses_multiples and column not in (*BASE, "mois"):
        return False
    return mesure in edition.mesures and column in edition.mesures[mesure].additive


# --- tables -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Origin:
    """Where a canonical table comes from: file, sheet, row of the file of each of its rows."""

    fichier: str
    feuille: str | None
    lignes: pd.Series


class Report:
    """Table checks as they are made: rows of `controles`, and what must be told."""

    def __init__(self, sources: dict[str, TableSource], origins: dict[str, Origin]):
        self.sources, self.origins = sources, origins
        self.rows: list[dict] = []
        self._told: dict[tuple, list[str]] = {}  # what to tell -> tables

    def add(self, rule: str, name: str, cle: str, gap: float, tolerance: float, effect: str, *,
            holes: Iterable[dict[str, str]] = (), lines: Iterable[int] = (), detail: str = "",
            repair: str = "", places: dict[str, list[float]] | None = None) -> None:
        """One check of one table; `holes` say where something is missing: region, colonne, …,
        `places` the worst gap and its tolerance by region."""
        wrong = gap > tolerance
        titre = self.sources[name].titre
        self.rows.append(dict(zip(CONTROLES, (
            rule, titre, float(gap), float(tolerance), "à vérifier" if wrong else "satisfait",
            effect if wrong else "", list(holes), places or {}), strict=True)))
        if wrong:
            told = (rule, cle, detail or effect, tuple(lines), repair)
            self._told.setdefault(told, []).append(name)

    def problems(self) -> list[Problem]:
        """What is missing in the same way in several tables is told once."""
        return [self._problem(*told, names) for told, names in self._told.items()]

    def _problem(self, rule: str, cle: str, text: str, lines: tuple[int, ...], repair: str,
                 names: list[str]) -> Problem:
        titles = enumerate_fr([self.sources[n].titre for n in names[:3]])
        more = f" (et {len(names) - 3} autres tables)" if len(names) > 3 else ""
        places = {(self.origins[n].fichier, self.origins[n].feuille) for n in names}
        file, sheet = places.pop() if len(places) == 1 else (None, None)
        return Problem(f"{titles}{more} : {text}", "donnees", rule, file, sheet, lines,
                       reparation=repair or None, bloquant=False, cle=cle)


def controls(tables: dict[str, pd.DataFrame], sources: dict[str, TableSource], edition: Edition,
             origins: dict[str, Origin]) -> tuple[pd.DataFrame, list[Problem]]:
    """All table checks of a delivery, columns `CONTROLES`, in the order of the tables."""
    report = Report(sources, origins)
    for name, frame in tables.items():
        _totals(name, frame, edition, report)
        _presence(name, frame, edition, report)
    _between_tables(tables, report)
    return pd.DataFrame(report.rows, columns=CONTROLES), report.problems()


def _totals(name: str, frame: pd.DataFrame, edition: Edition, report: Report) -> None:
    """Delivered totals against the sum of their parts, one check a column that adds up."""
    table = report.sources[name]
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
        if gaps.empty:
            continue
        worst = gaps.loc[(gaps["ecart"] - gaps["tolerance"]).idxmax()]
        wrong = gaps[gaps["ecart"] > gaps["tolerance"]]
        said = [f"{named(frame.loc[r.total, keys], edition)} : total {r.effectif:g}, "
                f"somme {r.somme:g}" for r in wrong.head(3).itertuples()]
        report.add(
            f"Le total est la somme de ses parts ({column})", name, "totaux", worst["ecart"],
            worst["tolerance"], "Les annexes reprennent le total livré.",
            lines=dict.fromkeys(report.origins[name].lignes[wrong["total"]].dropna().astype(int)),
            places=_by_region(gaps.assign(region=frame["region"].reindex(gaps["total"]).array)),
            detail=f"{count(len(wrong), 'total diffère', 'totaux diffèrent')} de la somme des "
            f"parts : {' ; '.join(said)} (écart admis : {worst['tolerance']:g}).",
            repair="vérifiez ces lignes auprès du fournisseur, ou déclarez « arrondi ».")


def _by_region(gaps: pd.DataFrame) -> dict[str, list[float]]:
    """{region: [gap, tolerance]} of its worst row; columns region, ecart, tolerance."""
    over = gaps.assign(exces=gaps["ecart"] - gaps["tolerance"]).sort_values(
        ["region", "exces"], kind="stable").drop_duplicates("region", keep="last")
    return {r.region: [float(r.ecart), float(r.tolerance)] for r in over.itertuples()}


def _gaps(frame: pd.DataFrame, group: pd.Series, column: str, rounding: int) -> pd.DataFrame:
    """Totals and sums of the groups where all is known: effectif, somme, total, ecart, tolerance.

    `group` numbers the rows that share all keys but `column`; `total` is the row of the total.
    """
    total = frame[column].eq(total_code(column))
    known = frame["etat"].eq(PUBLIE)
    cells = pd.DataFrame({"groupe": group, "effectif": frame["effectif"], "connu": known,
                          "total": frame.index})
    sums = cells[~total].groupby("groupe").agg(
        somme=("effectif", "sum"), n=("effectif", "size"), connu=("connu", "all"))
    heads = cells[total & known].set_index("groupe")[["effectif", "total"]]
    both = sums[sums["connu"]].join(heads, how="inner")
    rounded = (both["n"] + 1) * rounding / 2 if rounding > 1 else both["n"] * 0.0
    return both.astype({"effectif": "float64", "somme": "float64"}).assign(
        ecart=lambda b: (b["effectif"] - b["somme"]).abs(), tolerance=rounded)


def _presence(name: str, frame: pd.DataFrame, edition: Edition, report: Report) -> None:
    """Regions, departments, operators by region and months by operator: how many are missing."""
    regions = set(frame["region"]) - {FRANCE}
    if len(regions) > 1:
        missing = [r for r in edition.carried_by(name) or REGIONS if r not in regions]
        report.add("Toutes les régions sont présentes", name, "region_absente", len(missing), 0,
                   f"Sans donnée : {enumerate_fr(map(region_name, missing))}.",
                   holes=[{"region": r, "colonne": "region", "valeur": r} for r in missing])
    _departments_present(name, frame, regions, report)
    for column, cle, rule in (
            ("operateur", "operateur_absent",
             "Tous les opérateurs sont présents dans chaque région"),
            ("mois", "mois_absent", "Tous les mois sont présents")):
        holes = _holes(frame, column)
        if holes is not None:
            places = [_place(hole, edition) for hole in holes[:6]]
            report.add(rule, name, cle, len(holes), 0, f"Sans donnée : {enumerate_fr(places)}.",
                       holes=holes)


def _departments_present(name: str, frame: pd.DataFrame, regions: set[str],
                         report: Report) -> None:
    found = set(frame["departement"]) - {TOTAL}
    if not found:
        return
    missing = [d for d, r in home_regions().items() if r in regions and d not in found]
    said = [f"{department_names()[d]} ({region_name(home_regions()[d])})" for d in missing[:6]]
    more = f" et {len(missing) - 6} autres" if len(missing) > 6 else ""
    report.add("Tous les départements sont présents", name, "departement_absent", len(missing), 0,
               f"Sans donnée : {enumerate_fr(said)}{more}.",
               holes=[{"region": home_regions()[d], "colonne": "departement", "valeur": d}
                      for d in missing])


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


def _between_tables(tables: dict[str, pd.DataFrame], report: Report) -> None:
    """The same total in two tables: same number, but for declared rounding."""
    heads = []
    for name, frame in tables.items():
        dims = [k for k in keys_of(frame) if k not in BASE]
        head = frame[frame[dims].eq(TOTAL).all(axis=1) & frame["etat"].eq(PUBLIE)]
        lines = report.origins[name].lignes.reindex(head.index)
        heads.append(head[[*BASE, "effectif"]].assign(table=name, ligne=lines))
    if not heads:
        return
    stack = pd.concat(heads).drop_duplicates([*BASE, "table"])
    reference = stack.drop_duplicates(list(BASE))
    both = stack.merge(reference, on=list(BASE), suffixes=("", "_ref")).query("table != table_ref")
    for (name, other), pair in both.groupby(["table", "table_ref"]):
        tables_ = [report.sources[n] for n in (name, other)]
        tolerance = sum(t.arrondi / 2 for t in tables_ if t.arrondi > 1)
        gaps = (pair["effectif"] - pair["effectif_ref"]).abs()
        worst = pair.loc[gaps.idxmax()]
        base = tables_[0].base
        report.add(
            f"Mêmes totaux que « {tables_[1].titre} »", name, "totaux_entre_tables", gaps.max(),
            tolerance, f"Champ de cette table : {base}." if base else
            "Chaque annexe cite sa table.",
            places=_by_region(pair.assign(ecart=gaps.astype(float), tolerance=float(tolerance))),
            lines=pair.loc[gaps > tolerance, "ligne"].dropna(
            ).astype(int), detail=f"{region_name(worst['region'])} : {worst['effectif']:g} ici, "
            f"{worst['effectif_ref']:g} dans {report.origins[other].fichier} "
            f"(écart admis : {tolerance:g})." + (f" Champ de cette table : {base}." if base else
                                                 ""))


def coverage(tables: Iterable[pd.DataFrame], edition: Edition) -> pd.DataFrame:
    """Dimension × operator: `etat` (complète, partielle, absente), `taux` known (0-1), `volume`.

    Over the regions and the year of the exercice; « non renseigné » and cells without a value
    count as unknown. `volume` is the count behind the rate.
    """
    frames = list(tables)
    context = {x for d in edition.denominateurs for x in d.dimensions}
    own = {d for i, _ in edition.carried.values() for d in i.nomenclatures}  # not the delivery's
    dimensions = [d for d in edition.nomenclatures if d not in (*BASE, *own)
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
