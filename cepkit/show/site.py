"""The pages around the annexes: index and dictionary of the data; the frame of the third one.

They share the base template, the style and the rules of the annexes (offline, one file, no
request). All take the public view of the edition (`meta.json`), never the edition itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from cepkit import codes, formats
from cepkit.show import cells, tables
from cepkit.show.blocks import esc, fr
from cepkit.show.frame import Meta, page
from cepkit.show.sections import Section

REPERES = (
    ("Dictionnaire des données", "dictionnaire.html",
     "tables, colonnes, codes, définitions et sources."),
    ("Secret statistique", "secret_statistique.html",
     "pourquoi des valeurs ne sont pas diffusées, et combien."),
)
INVESTIGATION = "/investigation_"  # in the address of a complementary development
# state -> sentence, class of the style sheet
ETATS = {
    "a_jour": ("Documents à jour.", "ok"),
    "ancienne": ("Documents d’une version précédente : la production de cette version n’a pas "
                 "abouti.", "old"),
    "echec": ("La production n’a pas abouti : aucun document.", "no"),
    "non_produite": ("Documents pas encore produits.", "no"),
    "absente": ("La région ne figure pas dans le jeu de données.", "no"),
}


# --- index -------------------------------------------------------------------------------------
def index(meta: Meta, regions: Sequence[Mapping[str, Any]], *,
          nationale: Mapping[str, Any] | None = None, carte: str = "",
          liens: Iterable[tuple[str, str]] = ()) -> str:
    """`index.html`: national synthesis, then the regions in official order.

    regions: {code, etat ("a_jour", "ancienne", "echec", "absente"), liens [(label, address)],
    masquees (number of values withheld for secrecy), non_diffusees (by the source),
    indisponibles (number unavailable), version, date,
    avertissements [sentences], echec (message of the failure)}; only `code` and `etat` are
    required, codes that are not given are « absente ».
    nationale: {liens [(label, address)], phrase}. carte: html of an optional map.
    liens: other documents, (label, address).
    """
    given = {r["code"]: r for r in regions}
    lines = [_region(given.get(c, {"code": c, "etat": "absente"})) for c in codes.REGIONS]
    ready = sum(line["classe"] == "ok" for line in lines)
    intro = fr(f"{formats.count(ready, 'région à jour', 'régions à jour')} sur "
               f"{len(lines)}. Chaque document s’ouvre sans connexion.")
    if nationale is not None:
        nationale = {"phrase": fr(nationale.get("phrase") or "Ce que disent, ensemble, les "
                                  "régions présentes dans le jeu de données."),
                     "liens": nationale.get("liens", [])}
    more = [(label, href, "document de l’exercice.") for label, href in liens]
    return page("index.html.j2", meta, "Sommaire", "Suivi régional du CEP", intro=intro,
                 regions=lines, nationale=nationale, carte=Markup(carte),
                 reperes=[*REPERES, *more])


def _region(r: Mapping[str, Any]) -> dict[str, Any]:
    """One region of the index: state in a sentence, documents, warnings."""
    phrase, css = ETATS[r["etat"]]
    version = ", ".join(p for p in (r.get("version"), formats.date(r["date"]) if r.get("date")
                                    else None) if p)
    warnings = [fr(a) for a in r.get("avertissements", ())]
    if r.get("masquees"):
        warnings.insert(0, fr(formats.count(r["masquees"], "valeur non diffusée",
                                            "valeurs non diffusées") + " (secret statistique)."))
    if r.get("non_diffusees"):
        warnings.append(fr(formats.count(r["non_diffusees"], "valeur non diffusée par la source",
                                         "valeurs non diffusées par la source") + "."))
    if r.get("indisponibles"):
        warnings.append(fr(formats.count(r["indisponibles"], "valeur non disponible",
                                         "valeurs non disponibles") + "."))
    return {"code": r["code"], "nom": codes.region_name(r["code"]), "classe": css,
            "phrase": fr(f"{phrase} {version}".strip() + ("." if version else "")),
            "liens": [d for d in r.get("liens", ()) if INVESTIGATION not in d[1]],
            "complements": [d for d in r.get("liens", ()) if INVESTIGATION in d[1]],
            "avertissements": warnings,
            "echec": fr(r["echec"]) if r.get("echec") else ""}


# --- tables of the two reference pages -----------------------------------------------------------
def table(rows: Sequence[Mapping[str, Any]], heads: Mapping[str, str | cells.Col], titre: str,
           groupe: str | None = None) -> str:
    """A reference table from plain texts (no code is looked up)."""
    if not rows:
        return '<p class="abs">Aucune ligne pour cette édition.</p>'
    columns = [(k, h if isinstance(h, str) else h.entete,
                isinstance(h, cells.Col) and h.align == "droite") for k, h in heads.items()]
    attrs = {"region": codes.FRANCE}
    lines = [cells.Line(cells.named([_cell(row.get(k)) for k in heads], heads, attrs),
                        fr(str(row[groupe])) if groupe else None) for row in rows]
    return tables.html(cells.Model(columns, lines), caption=esc(titre), label=f"Tableau : {titre}")


def _cell(value: Any) -> cells.Cell:
    if isinstance(value, (list, tuple)):
        value = ", ".join(map(str, value))
    if cells.missing(value):
        return cells.Cell("—")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return cells.Cell(formats.decimal(value, 0 if value % 1 == 0 else 1))
    return cells.Cell(fr(str(value)))


def section(ident: str, titre: str, corps: str) -> Section:
    return Section(fr(titre), id=ident, corps=Markup(corps))
