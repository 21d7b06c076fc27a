"""Public account of the protection: all of it from the masked tables, nothing from hidden values.

A share of volume worked out from the hidden values would change with them: a reader could test
guesses. Hidden values are taken in the middle of the range that the attack has reached.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from cepkit.codes import NON_DIFFUSE, PUBLIE, SECRET, region_name
from cepkit.edition.schema import Edition
from cepkit.errors import Problem
from cepkit.formats import count
from cepkit.intake import Delivery, check
from cepkit.protection.cells import NAME, every, names
from cepkit.text import enumerate_fr

BANDS = ((0, "aucune"), (0.01, "moins de 1 %"), (0.05, "de 1 à 5 %"), (0.1, "de 5 à 10 %"),
         (0.25, "de 10 à 25 %"), (0.5, "de 25 à 50 %"), (1.01, "plus de 50 %"))
FINE = 40  # a coverage rate is shown above 40 × threshold persons, rounded to 5 points


def rule(edition: Edition) -> str:
    """The rule in one sentence, with its thresholds."""
    secret = edition.secret
    low = 0 if secret.zeros == "secrets" else 1
    special = [f"de {low} à {limit - 1} pour la dimension « {edition.nomenclatures[d].titre} »"
               for d, limit in secret.seuils.items()]
    said = f" ({enumerate_fr(special)})" if special else ""
    small = " Rien ne permet non plus de savoir qu’une valeur retirée est petite." \
        if secret.niveau == 2 else ""
    return (f"Les valeurs de {low} à {secret.seuil - 1}{said} ne sont pas diffusées, ni celles "
            f"qui permettraient de les retrouver.{small}{_rounded(edition)}")


def _rounded(edition: Edition) -> str:
    """One sentence a base: the tables that are released rounded."""
    titles: dict[int, list[str]] = {}
    for table in edition.diffusion.tables:
        if table.arrondi_controle:
            titles.setdefault(table.arrondi_controle, []).append(f"« {table.titre} »")
    return "".join(
        f" {'Tables arrondies' if len(found) > 1 else 'Table arrondie'} à un multiple de {base} : "
        f"{enumerate_fr(found)}. Rien n’en est retiré, et un zéro peut y être un petit effectif."
        for base, found in titles.items())


def limits(edition: Edition, alone: list[str], exposed: int) -> list[str]:
    """What the guarantee does not cover, one sentence each; printed in every output."""
    said = [
        "La garantie porte sur l’ensemble des fichiers de cette édition, sur ses versions "
        "antérieures et sur les populations publiques.",
        "Elle ne couvre pas les chiffres que d’autres publieraient séparément à partir des mêmes "
        "données, ni un opérateur qui retrancherait ses propres effectifs d’un total."]
    if edition.secret.niveau == 1:
        said.append("Une valeur non diffusée peut rester comprise entre deux nombres proches.")
    if exposed:
        many = count(exposed, "valeur non diffusée peut être retrouvée",
                     "valeurs non diffusées peuvent être retrouvées")
        said.append(f"Cette édition ne décrit que {enumerate_fr(map(region_name, alone))} : {many} "
                    "par qui dispose des mêmes tables pour la France et toutes les autres régions.")
    return said


def fallbacks(edition: Edition, used: list[dict[str, Any]]) -> list[str]:
    """What was released at a coarser level, one sentence a table."""
    titles = {t.nom: t.titre for t in edition.diffusion.tables}
    said = []
    for step in used:
        if step["dimension"] == "departement":
            what = f"sans le département ({enumerate_fr(map(region_name, step['regions']))})"
        else:
            name = edition.nomenclatures[step["dimension"]].titre
            what = f"avec {len(step['vers'])} modalités regroupées pour « {name} »"
        said.append(f"La table « {titles[step['table']]} » est diffusée {what}, pour ne pas être "
                    "surtout faite de valeurs retirées.")
    return said


def summary(edition: Edition, tables: Mapping[str, pd.DataFrame], found: pd.DataFrame,
            used: list[dict[str, Any]], alone: list[str], exposed: int) -> dict[str, Any]:
    """Rule, limits, number of withheld cells, share of volume in bands (table, region), fallbacks.

    `found` is the attack of the masked tables; `alone`: regions of a delivery that lacks some;
    `exposed`: how many of their small counts the other regions would tell.
    """
    cells = _estimated(every(tables), found)
    hidden = cells[cells["etat"].eq(SECRET)]
    return {
        "etat": "complète", "regle": rule(edition), "n_masquees": len(hidden),
        "limites": limits(edition, alone, exposed), "part_volume": _band(cells), "replis": used,
        "replis_dits": fallbacks(edition, used),
        "tables": {n: _table(t, cells[cells["table"].eq(n)]) for n, t in tables.items()}}


def _table(frame: pd.DataFrame, cells: pd.DataFrame) -> dict[str, Any]:
    concerned = cells.loc[cells["etat"].eq(SECRET), "region"].unique()
    return {"n_cellules": len(frame), "n_masquees": int(frame["etat"].eq(SECRET).sum()),
            "n_non_diffuse": int(frame["etat"].eq(NON_DIFFUSE).sum()),
            "part_volume": _band(cells),
            "regions": {r: _band(cells[cells["region"].eq(r)]) for r in sorted(concerned)}}


def _estimated(cells: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """`volume`: what is published, else the middle of the range that the attack has reached."""
    ends = found.drop_duplicates(NAME).set_index(NAME)[["minimum", "maximum"]].astype("Float64")
    middle = (ends["minimum"] + ends["maximum"].fillna(ends["minimum"])) / 2
    return cells.assign(volume=cells["effectif"].astype("Float64").fillna(
        cells[NAME].map(middle).astype("Float64")).fillna(0))


def _band(cells: pd.DataFrame) -> str:
    hidden = cells["etat"].eq(SECRET)
    part, whole = float(cells.loc[hidden, "volume"].sum()), float(cells["volume"].sum())
    share = part / whole if whole else 0.0
    if hidden.any() and not share:
        return BANDS[1][1]
    return next(label for limit, label in BANDS if share < limit or share == limit == 0)


# --- what annexe 1 shows of the delivery ----------------------------------------------------


def delivered(edition: Edition, delivery: Delivery, tables: Mapping[str, pd.DataFrame],
              found: pd.DataFrame, rounded: Collection[str] = ()) -> dict[str, list[dict]]:
    """`recus`, `controles`, `couverture`: as a reader of the masked tables could work them out.

    Gaps are those between cells published as they are; for coverage, a withheld cell counts as
    known at the middle of its range and a `rounded` one at what its table prints. Coverage is
    rounded so that no count shows through.
    """
    cells = _estimated(every(tables), found)
    between = cells["etat"].eq(SECRET) | (cells["table"].isin(rounded) & cells["etat"].eq(PUBLIE))
    hidden = cells[between].drop_duplicates(NAME).set_index(NAME)["volume"]
    shown = set(cells.loc[cells["etat"].eq(PUBLIE) & ~between, NAME])
    seen, filled = {}, {}
    for name, frame in delivery.tables.items():
        case = names(frame)
        unseen = frame["etat"].eq(PUBLIE) & ~case.isin(shown)
        seen[name] = frame.assign(etat=frame["etat"].mask(unseen, SECRET))
        middle = case.map(hidden).round().astype("Int64")
        filled[name] = frame.assign(effectif=middle.fillna(frame["effectif"]))
    nowhere = {n: check.Origin("", None, pd.Series(pd.NA, f.index, dtype="Int64"))
               for n, f in seen.items()}
    checks, _ = check.controls(seen, delivery.sources, edition, nowhere)
    return {"recus": _received(edition, delivery), "controles": checks.to_dict("records"),
            "couverture": _coverage(edition, check.coverage(filled.values(), edition))}


def _coverage(edition: Edition, cover: pd.DataFrame) -> list[dict]:
    rate = cover["taux"].astype("float64")
    small = cover["volume"] < FINE * edition.secret.seuil
    rounded = (20 * rate).round().div(20).mask(small).astype(object)
    return cover.assign(taux=rounded.where(rate.notna() & ~small, None)).drop(
        columns="volume").to_dict("records")


def _received(edition: Edition, delivery: Delivery) -> list[dict]:
    """Rows read and left out; of records, where a row is a person, in tens."""
    rows = delivery.recus.to_dict("records")
    persons = {(t.fichier, t.titre) for t in edition.donnees.tables if t.nature == "individuel"}
    for row in rows:
        if (row["fichier"], row["contenu"]) in persons:
            row |= {k: int(row[k]) // 10 * 10 for k in ("lignes_lues", "lignes_ecartees")}
    return rows


def private_series(edition: Edition) -> list[Problem]:
    """Populations cut from a delivered table that is not public: they would escape protection."""
    public = {t.nom for t in (*edition.donnees.tables, *edition.contexte.tables)
              if t.origine == "public"} | {t.nom for t in edition.contexte.tables}
    return [Problem(
        f"dénominateur {d.nom} : la table {enumerate_fr(sorted(set(d.sources) - public))} de la "
        "livraison n’est pas publique.", "parametres", "une population de référence est publique",
        "edition.yml", reparation="déclarer « origine: public » si la source la publie, sinon la "
        "diffuser par le plan de diffusion.")
        for d in edition.denominateurs if not set(d.sources) <= public]
