"""What is said when a release is refused (exit 13): tables, regions, what to do; no value."""

from __future__ import annotations

import pandas as pd

from cepkit.codes import region_name
from cepkit.edition.schema import Edition
from cepkit.errors import Problem
from cepkit.formats import count
from cepkit.protection.cells import NAME
from cepkit.text import enumerate_fr

PRIVATE = "data/.cepkit/{}/journal/refus.csv"
ELSEWHERE = "revelees_ailleurs.csv"
DEJA, JAMAIS, RETROUVEE = "publiée auparavant", "jamais_masquees", "retrouvée"
WHAT = {
    RETROUVEE: ("petit effectif peut être retrouvé", "petits effectifs peuvent être retrouvés"),
    DEJA: ("petit effectif a été publié dans une version antérieure et ne peut plus être masqué",
           "petits effectifs ont été publiés dans une version antérieure et ne peuvent plus être "
           "masqués"),
    JAMAIS: ("petit effectif est déclaré « jamais_masquees »",
             "petits effectifs sont déclarés « jamais_masquees »")}
REPAIR = {
    RETROUVEE: "regrouper des modalités, retirer une table du plan ou augmenter ce qui peut être "
               "masqué ; les cases sont dans {} (privé).",
    DEJA: "remettre la règle de la version diffusée ou retirer la table du plan ; si rien n’a "
          "encore circulé, supprimer masque.csv et relancer. Cases : {} (privé).",
    JAMAIS: "retirer la déclaration de edition.yml (secret). Cases : {} (privé)."}


def problems(edition: Edition, cells: pd.DataFrame, failing: pd.DataFrame) -> list[Problem]:
    """One sentence a table and a reason: how many, where, what to do."""
    rows = cells.merge(failing[[NAME, "raison"]], on=NAME)
    titles = {t.nom: t.titre for t in (*edition.diffusion.tables, *edition.diffusion.statistiques)}
    found = []
    for (table, reason), part in rows.groupby(["table", "raison"], sort=False):
        places = [region_name(r) for r in dict.fromkeys(part["region"])]
        found.append(Problem(
            f"table « {table} » ({titles[table.partition('@')[0]]}) : "
            f"{count(len(part), *WHAT[reason])} ({enumerate_fr(places)}).", "secret",
            "aucun effectif sous le seuil ne doit pouvoir être retrouvé",
            reparation=REPAIR[reason].format(PRIVATE.format(edition.exercice))))
    return found


def elsewhere(edition: Edition, exposed: pd.DataFrame) -> list[Problem]:
    """Small counts that France less the other regions tells, whatever is withheld here."""
    if exposed.empty:
        return []
    many = count(exposed[NAME].nunique(), "petit effectif se retrouve",
                 "petits effectifs se retrouvent")
    places = enumerate_fr([region_name(r) for r in dict.fromkeys(exposed["region"])])
    return [Problem(
        f"{many} en retranchant de la France les autres régions, si elles les publient "
        f"({places} ; tables {enumerate_fr(sorted(set(exposed['table'])))}).", "secret",
        "une livraison de quelques régions ne protège que ce qui est en dessous d’elles ou qui les "
        "départage", bloquant=False,
        reparation="retirer ces tables du plan de diffusion, les regrouper (« regroupements ») ou "
                   "reprendre le masque commun aux régions (parameters/<exercice>/masque.csv). "
                   f"Cases : {PRIVATE.format(edition.exercice).replace('refus.csv', ELSEWHERE)} "
                   "(privé).")]
