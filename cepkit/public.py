"""What pages may know of the edition: `meta.json` of the masked store."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cepkit.codes import FRANCE, OPERATEURS, TOTAL
from cepkit.edition.investigation import Investigation
from cepkit.edition.schema import Edition, StatistiqueDeclaree, TableDiffusee, TableSource
from cepkit.intake import Delivery
from cepkit.intake.decode import codebook, total_code
from cepkit.intake.shape import keys_of
from cepkit.intake.workbook_schema import lists, printable_columns, sheets
from cepkit.protection import fallback


def described(edition: Edition, delivery: Delivery, regions: list[str],
              protection: dict) -> dict:
    """`meta.json`: the edition without any file name of the delivery, and its protection."""
    public = edition.model_dump(mode="json", include={
        "exercice", "annee", "titre", "fictif", "mesure_principale", "nomenclatures", "mesures",
        "denominateurs", "publics", "ruptures", "annees_partielles", "portee", "secret",
        "calendrier", "comparaisons", "regroupements", "niveau_confiance"})
    public["donnees"] = edition.donnees.model_dump(
        mode="json", include={"recu_le", "version", "fournisseur"})
    public["sources"] = [_source(t, delivery, edition) for t in edition.donnees.tables]
    public["plan"] = [_described(t, delivery) | {"pour": edition.carried_by(t.nom)}
                      for t in edition.diffusion.tables]
    public["statistiques"] = [
        s.model_dump(mode="json", include={"nom", "titre", "methode"})
        | {"mesure": s.parametres.get("mesure", edition.mesure_principale)}
        | _credits(_sources(s, edition), delivery) | {"pour": edition.carried_by(s.nom)}
        for s in edition.diffusion.statistiques]
    public["investigations"] = {n: _investigation(*found, delivery)
                                for n, found in edition.carried.items()}
    public["regions"] = regions
    public["suivi"] = {s: printable_columns(s) for s in sheets() if printable_columns(s)}
    public["listes"] = {nom: list(values) for nom, values in lists(edition.annee).items()}
    _coarser_labels(public, fallback.labels(edition, protection["replis"]))
    return public | {"protection": protection}


def _credits(sources: list[str], delivery: Delivery) -> dict:
    """Field, source, where it comes from and how far it may go, of what these tables give."""
    known = [delivery.sources[n] for n in sources if n in delivery.sources]
    said = (delivery.provenances.get(n) for n in sources)
    return {"champ": known[0].champ if known else "",
            "source_publiee": known[0].source if known else "",
            "provenance": " ; ".join(dict.fromkeys(filter(None, said))),
            "diffusion": delivery.diffusion(sources)}


def _investigation(own: Investigation, regions: tuple[str, ...], delivery: Delivery) -> dict:
    """What a page says of an investigation, and the regions that carry it out."""
    said = own.model_dump(mode="json", include={
        "titre", "theme", "questions", "methode", "population", "partenaires", "calendrier",
        "limites", "sollicites", "repondants", "minimum_repondants", "minimum_entretiens",
        "verbatims", "verbatims_relus_le"})
    return said | {
        "regions": list(regions), "tables": [t.nom for t in own.diffusion.tables],
        "statistiques": [s.nom for s in own.diffusion.statistiques],
        "sources": [t.model_dump(mode="json", include={"titre", "source", "champ", "origine"})
                    | {"provenance": delivery.provenances.get(t.nom, "")} for t in own.livraison]}


def _sources(statistic: StatistiqueDeclaree, edition: Edition) -> list[str]:
    """Delivered tables that a statistic is made from."""
    asked = statistic.parametres
    released = next((t for t in edition.diffusion.tables if t.nom == asked.get("table")), None)
    return [*(released.sources if released else ()), *filter(None, [asked.get("source")])]


def _source(table: TableSource, delivery: Delivery, edition: Edition) -> dict:
    """A table as received: what it covers and its columns, without the name of its file."""
    frame = delivery.tables.get(table.nom)
    known = table.model_dump(mode="json", include={
        "nom", "titre", "champ", "source", "origine", "nature", "lieu", "base", "arrondi",
        "reponses_multiples"})
    if frame is None:
        return known | {"annees": [], "mesures": [], "niveaux": [], "operateurs": [],
                        "colonnes": []}
    levels = (("FR", frame["region"].eq(FRANCE)),
              ("region", frame["region"].ne(FRANCE) & frame["departement"].eq(TOTAL)),
              ("departement", frame["departement"].ne(TOTAL)))
    return known | {
        "annees": sorted(set(frame["annee"])), "mesures": list(dict.fromkeys(frame["mesure"])),
        "niveaux": [name for name, rows in levels if rows.any()],
        "operateurs": [o for o in OPERATEURS if o in set(frame["operateur"])],
        "colonnes": [_column(c, frame[c], table, edition) for c in keys_of(frame)]}


def _column(name: str, values: pd.Series, table: TableSource, edition: Edition) -> dict:
    """A canonical column: headers in the file, number of codes, whether a total stands.

    Codes met in a table; those of the nomenclature for records, where a code met is a person.
    """
    headers = [h for h, target in table.colonnes.items() if target == name]
    wide = table.depivoter
    if wide and (f"<{name}>" in (wide.motif or "") or any(name in v for v in
                                                         wide.colonnes.values())):
        headers.append("une colonne par valeur")
    codes = set(values) - {total_code(name)}
    if table.nature == "individuel" and name not in ("annee", "mesure"):
        codes = set(codebook(name, edition).values()) if codebook(name, edition) else codes
    return {"nom": name, "entetes": headers, "valeurs": len(codes),
            "total": total_code(name) in set(values)}


def _described(table: TableDiffusee, delivery: Delivery) -> dict:
    """A released table; `diffusion`: region -> how far its complementary sources may go."""
    known = [delivery.sources[n] for n in table.sources if n in delivery.sources]
    first = known[0] if known else None
    several = any(t.reponses_multiples or {*t.multiples} & {*table.dimensions} for t in known)
    return table.model_dump(mode="json") | _credits(table.sources, delivery) | {
        "origine": first.origine if first else "", "base": first.base if first else "",
        "lieu": first.lieu if first else None, "arrondi": first.arrondi if first else 1,
        "reponses_multiples": several}


def _coarser_labels(public: dict, labels: Mapping[str, Mapping[str, str]]) -> None:
    """Labels of the modalities that a fallback made, after those of their dimension."""
    for dimension, coarse in labels.items():
        known = public["nomenclatures"].get(dimension)
        if known is not None:
            known["modalites"] |= {c: {"libelle": text, "alias": [], "libelle_court": None}
                                   for c, text in coarse.items() if c not in known["modalites"]}
