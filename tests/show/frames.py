"""Indicator frames written by hand: what layer 6 gives, with one withheld row."""

from __future__ import annotations

import pandas as pd

WORDS = {"titre": "Un constat", "mesure": "Part, en %, 2022", "lecture": "une valeur lue"}
ATTRS = {"region": "53", "exercice": "demo", "annee": 2022, "fictif": True, "mesure": "entrees",
         "champ": "entrées de 2022", "source": "jeu fictif", "tables": ["t"],
         "reference": "France"}


def shares(key: str = "operateur", codes=("france_travail", "cap_emploi", "apec"),
           hidden: str = "apec") -> pd.DataFrame:
    """Three shares in the order of the law; the third is withheld (its numbers stay in the frame,
    so that a test fails when a drawing reads them)."""
    rows = [(codes[0], .552, .531, .021, .018, .024, "au-dessus"),
            (codes[1], .301, .321, -.020, -.045, .005, "non concluant"),
            (codes[2], .147, .148, -.001, -.004, .002, "proche")]
    frame = pd.DataFrame([
        {key: code, "indicateur": "part", "valeur": v, "borne_inf": v - .003,
         "borne_sup": v + .003, "numerateur": round(v * 1000), "denominateur": 1000,
         "unite": "part", "base": "Entrées", "methode": "Wilson", "niveau_confiance": .95,
         "etat": "secret" if code == hidden else "publie", "note": "", "reference": ref,
         "ecart": gap, "ecart_inf": low, "ecart_sup": high, "ratio": v / ref, "ratio_inf": 1,
         "ratio_sup": 1, "lecture": word} for code, v, ref, gap, low, high, word in rows])
    frame.attrs["cepkit"] = dict(ATTRS)
    return frame


def profile() -> pd.DataFrame:
    """Shares over one dimension, as `ind.profile` gives them."""
    return shares("modalite", ("F", "H", "total"), hidden="").iloc[:2].assign(dimension="sexe")


def departments(hidden: str = "56") -> pd.DataFrame:
    """Rates of the four departments of Bretagne."""
    frame = pd.DataFrame([
        {"departement": code, "indicateur": "entrees_pour_100", "valeur": v, "borne_inf": v - .1,
         "borne_sup": v + .1, "numerateur": 1000.0, "denominateur": 9000.0, "unite": "pour 100",
         "base": "actifs", "etat": "secret" if code == hidden else "publie", "note": "",
         "reference": 14.5, "lecture": "proche"}
        for code, v in (("22", 12.9), ("29", 16.6), ("35", 13.9), ("56", 12.34))])
    frame.attrs["cepkit"] = dict(ATTRS)
    return frame


def years() -> pd.DataFrame:
    frame = pd.DataFrame([
        {"annee": year, "valeur": v, "unite": "pour 100", "etat": "publie", "reference": ref,
         "note": note} for year, v, ref, note in (
            ("2020", 8.7, 9.6, ""), ("2021", 11.1, 12.2, ""),
            ("2022", 12.9, 14.9, "rupture de série en 2022"), ("2023", 13.3, 15.1, ""))])
    frame.attrs["cepkit"] = dict(ATTRS)
    return frame


def regions() -> pd.DataFrame:
    frame = pd.DataFrame([
        {"region": code, "valeur": v, "unite": "pour 100", "etat": "publie", "note": "",
         "reference": 14.5, "chomage": u} for code, v, u in (
            ("11", 13.4, 7.0), ("53", 11.9, 5.9), ("94", 10.9, 6.1), ("FR", 14.5, 7.3))])
    frame.attrs["cepkit"] = dict(ATTRS)
    return frame


def delays(hidden: str = "9") -> pd.DataFrame:
    """Time to a step in two groups, by month, with its median: what `ind.survey` gives."""
    rows = [(group, str(month), .9 * month / (month + shift), 400 - 20 * month, "part")
            for group, shift in (("F", 4), ("H", 8)) for month in (3, 6, 9, 12)]
    rows += [("F", "mediane", 6.0, 400, "mois"), ("H", "mediane", float("nan"), 400, "mois")]
    frame = pd.DataFrame([
        {"sexe": group, "dimension": "delai", "modalite": month, "indicateur": "délai",
         "valeur": v, "borne_inf": .9 * v, "borne_sup": 1.1 * v, "denominateur": n, "unite": unit,
         "etat": "secret" if group == "H" and month == hidden else
         "publie" if v == v else "non_disponible", "note": ""}
        for group, month, v, n, unit in rows])
    frame.attrs["cepkit"] = dict(ATTRS)
    return frame
