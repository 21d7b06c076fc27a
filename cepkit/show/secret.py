"""`secret_statistique.html`: rule, verdict, how many values are withheld and what share, limits.

Nothing here tells a withheld cell, nor why it is withheld: numbers and bands only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cepkit import codes, formats
from cepkit.show import cells, site
from cepkit.show.blocks import esc

RIGHT = {n: cells.Col(h, align="droite") for n, h in (
    ("valeurs", "Valeurs"), ("masquees", "Non diffusées (secret)"),
    ("source", "Non diffusées (source)"), ("part", "Part du volume"))}


def page(meta: Mapping[str, Any]) -> str:
    """The page, from the public account of the protection (`meta["protection"]`)."""
    account = meta["protection"]
    titles = {t["nom"]: t["titre"] for t in meta["plan"]}
    fallbacks = account["replis_dits"] or ["Aucune table n’a dû être regroupée."]
    parts = [
        site.section("regle", "La règle", _paragraphs(_rule(meta))),
        site.section("verdict", "La vérification", _paragraphs(_verdict(account))),
        site.section("comptes", "Valeurs non diffusées par table", site.table(
            _by_table(account["tables"], titles), {"table": "Table", **RIGHT},
            "Nombre de valeurs non diffusées, par secret statistique ou par la source, France et "
            "régions ensemble, et part du volume retirée par le secret, par tranche")),
        site.section("regions", "Valeurs non diffusées par région", site.table(
            _by_region(account["tables"], titles), {"table": "Table", "part": RIGHT["part"]},
            "Part du volume non diffusée dans chaque région, par tranche, pour les tables "
            "concernées", groupe="region")),
        site.section("replis", "Regroupements employés", _paragraphs(fallbacks)),
        site.section("limites", "Ce que la garantie ne couvre pas",
                     _paragraphs(account["limites"])),
    ]
    return site.page("sections.html.j2", meta, "Secret statistique", "Secret statistique",
                     sommaire=parts, intro="")


def _paragraphs(texts: Iterable[str]) -> str:
    return "".join(f"<p>{esc(t)}</p>" for t in texts)


def _rule(meta: Mapping[str, Any]) -> list[str]:
    zeros = "Les zéros sont publiés." if meta["secret"]["zeros"] == "publies" \
        else "Les zéros sont traités comme les petits effectifs."
    return [
        f"{meta['protection']['regle']} {zeros}",
        "Les valeurs qui permettraient de les retrouver sont celles qu’une soustraction révélerait "
        "d’une table, d’une région ou d’une version à l’autre. Rien ne distingue les unes des "
        "autres, et une valeur retirée le reste d’une version à l’autre.",
        "Une valeur non diffusée s’écrit « s. ». Ce n’est pas un zéro."]


def _verdict(account: Mapping[str, Any]) -> list[str]:
    n = formats.count(account["n_masquees"], "valeur n’est pas diffusée",
                      "valeurs ne sont pas diffusées")
    return ["On a vérifié, sur l’ensemble des tables telles qu’elles sont diffusées, qu’aucun "
            "petit effectif ne peut être retrouvé à partir des autres valeurs : deux nombres "
            "entiers au moins restent possibles pour chacun.",
            f"{n} ; part du volume : {account['part_volume']}."]


def _by_table(tables: Mapping[str, Mapping], titles: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"table": titles[n], "valeurs": t["n_cellules"], "masquees": t["n_masquees"],
             "source": t["n_non_diffuse"], "part": t["part_volume"]} for n, t in tables.items()]


def _by_region(tables: Mapping[str, Mapping], titles: Mapping[str, str]) -> Sequence[dict]:
    rows = [{"code": code, "region": codes.region_name(code), "table": titles[n], "part": band}
            for n, t in tables.items() for code, band in t["regions"].items()]
    order = (codes.FRANCE, *codes.REGIONS)
    return sorted(rows, key=lambda r: order.index(r["code"]))
