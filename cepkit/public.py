"""What pages may know of the edition: `meta.json` of the masked store."""

from __future__ import annotations

from collections.abc import Mapping

from cepkit.edition.schema import Edition, TableDiffusee
from cepkit.intake import Delivery
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
    public["plan"] = [_described(t, delivery) for t in edition.diffusion.tables]
    public["regions"] = regions
    public["suivi"] = {s: printable_columns(s) for s in sheets() if printable_columns(s)}
    public["listes"] = {nom: list(values) for nom, values in lists(edition.annee).items()}
    _coarser_labels(public, fallback.labels(edition, protection["replis"]))
    return public | {"protection": protection}


def _described(table: TableDiffusee, delivery: Delivery) -> dict:
    """A released table; `diffusion`: region -> how far its complementary sources may go."""
    known = [delivery.sources[n] for n in table.sources if n in delivery.sources]
    first = known[0] if known else None
    return table.model_dump(mode="json") | {
        "champ": first.champ if first else "", "origine": first.origine if first else "",
        "source_publiee": first.source if first else "", "base": first.base if first else "",
        "lieu": first.lieu if first else None, "arrondi": first.arrondi if first else 1,
        "reponses_multiples": bool(first and first.reponses_multiples),
        "diffusion": delivery.diffusion(table.sources)}


def _coarser_labels(public: dict, labels: Mapping[str, Mapping[str, str]]) -> None:
    """Labels of the modalities that a fallback made, after those of their dimension."""
    for dimension, coarse in labels.items():
        known = public["nomenclatures"].get(dimension)
        if known is not None:
            known["modalites"] |= {c: {"libelle": text, "alias": [], "libelle_court": None}
                                   for c, text in coarse.items() if c not in known["modalites"]}
