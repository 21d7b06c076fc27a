"""What an indicator asks of the edition: measures, released tables, populations, thresholds.

`r.meta` is the public view of the edition (docs/architecture.md, layer 5).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from cepkit.codes import ENSEMBLE, FRANCE, OPERATEURS
from cepkit.errors import UsageError
from cepkit.text import enumerate_fr, suggestion

LEVEL = 0.95
# Columns over which multiple answers may still add up: a person answers in one place.
PLACES = ("annee", "region", "departement", "operateur", "mois")
OVER = {
    "operateur": "d’un opérateur à l’autre", "mois": "d’un mois à l’autre",
    "niveau": "d’un niveau de conseil à l’autre", "region": "d’une région à l’autre",
    "departement": "d’un département à l’autre", "annee": "d’une année à l’autre",
}  # fmt: skip


def level(r) -> float:
    """Level of the intervals of the edition (0.95 unless declared)."""
    return float(r.meta.get("niveau_confiance") or LEVEL)


def thresholds(r) -> tuple[float, float]:
    """Seuil de portée: (points for a share, per cent for a ratio)."""
    portee = r.meta.get("portee") or {}
    return float(portee.get("part_points", 2.0)), float(portee.get("rapport_pourcent", 10.0))


def measure(r, name: str | None = None) -> dict[str, Any]:
    """Declaration of a measure (the main one by default), with its `nom`."""
    declared = r.meta["mesures"]
    name = name or r.meta["mesure_principale"]
    if name not in declared:
        raise UsageError(f"Mesure « {name} » inconnue.{suggestion(name, declared)}")
    return {"nom": name, **declared[name]}


def field(r, mesure: dict[str, Any]) -> str:
    """Who is counted, when and where: « entrées en CEP, 2022, Bretagne et France »."""
    label = mesure["libelle"]
    place = "France" if r.code == FRANCE else f"{r.nom} et France"
    return f"{label[0].lower()}{label[1:]}, {r.annee}, {place}"


def law(mesure: dict[str, Any]) -> str:
    """« proportion » when the counted lie inside the population, else « rapport » (events)."""
    return mesure.get("taux", "rapport")


def released(r) -> dict[str, dict[str, Any]]:
    """Released tables of the plan de diffusion, by name."""
    return {t["nom"]: t for t in r.meta["plan"]}


def table(r, name: str) -> dict[str, Any]:
    """Description of a released table; an undeclared name raises with the lines to add."""
    known = released(r)
    if name not in known:
        r.table(name)
    return known[name]


def find_table(r, mesure: str, dims: Collection[str] = (), niveau: str | None = None) -> str | None:
    """Smallest released table of the exercice with this measure, these dimensions, this level.

    Tables with fewer other dimensions come first, then the order of the plan; None when no
    table answers.
    """
    needed = set(dims) - {"departement", "region"}
    fits = []
    for rank, table in enumerate(released(r).values()):
        years = table.get("annees")
        if table["mesure"] != mesure or (years and str(r.annee) not in map(str, years)):
            continue
        given = set(table["dimensions"])
        if needed <= given and (niveau or "region") in table["niveaux"]:
            fits.append((len(given - {"operateur"}), rank, table["nom"]))
    return min(fits)[2] if fits else None


def populations(r) -> dict[str, dict[str, Any]]:
    """Declared denominators, by name."""
    return {d["nom"]: d for d in r.meta["denominateurs"]}


def population(r, name: str | None = None, dims: Collection[str] = ()) -> dict[str, Any] | None:
    """A declared population; by default the first one of persons with exactly these dimensions.

    A coarser dimension answers too when the edition declares how to regroup (`grouping`).
    """
    declared = populations(r)
    if name is not None:
        if name not in declared:
            raise UsageError(f"Dénominateur « {name} » inconnu.{suggestion(name, declared)}")
        if not _persons(declared[name]):
            raise UsageError(
                f"« {declared[name]['libelle']} » est un taux ({declared[name]['unite']}), pas "
                "une population : rien ne peut y être rapporté."
            )
        return declared[name]
    for entry in declared.values():
        if _persons(entry) and aligned(r, dims, entry.get("dimensions") or ()) is not None:
            return entry
    return None


def population_name(entry: dict[str, Any]) -> str:
    """« Actifs de 15 à 64 ans (au sens du recensement), 2017, France hors Mayotte, édition »."""
    label = str(entry.get("libelle") or "")
    if (concept := entry.get("concept")) and concept != label:
        label += f" ({concept[:1].lower()}{concept[1:]})"
    parts = (label, *(entry.get(k) for k in ("annee", "champ", "edition")))
    return ", ".join(str(p) for p in parts if p)


def _persons(entry: dict[str, Any]) -> bool:
    return entry.get("unite", "personnes") == "personnes"


def aligned(r, dims: Collection[str], others: Collection[str]) -> dict[str, str] | None:
    """{dimension: dimension of the population that it matches}, None when they do not match."""
    found = {}
    for dimension in dims:
        fits = [o for o in others if o == dimension or grouping(r, dimension, o)]
        if not fits:
            return None
        found[dimension] = fits[0]
    return found if set(found.values()) == set(others) else None


def grouping(r, dimension: str, coarser: str) -> dict[str, str]:
    """{modality of `dimension`: modality of `coarser`} as declared in `regroupements`, or {}."""
    known = set(r.meta["nomenclatures"].get(coarser, {}).get("modalites", ()))
    for entry in r.meta.get("regroupements") or ():
        if entry["dimension"] == dimension and known and set(entry["vers"]) <= known:
            return {m: group for group, parts in entry["vers"].items() for m in parts}
    return {}


def adds_up(r, mesure: dict[str, Any], column: str, table_name: str | None = None) -> bool:
    """Whether the edition says that a measure adds up over a column (never several answers)."""
    several = table_name is not None and table(r, table_name).get("reponses_multiples")
    if several and column not in PLACES:
        return False
    return column in mesure.get("additive", ())


def check_adds_up(r, mesure: dict[str, Any], column: str, table_name: str | None = None) -> None:
    """Refuse a sum that would count the same person several times."""
    if adds_up(r, mesure, column, table_name):
        return
    over = OVER.get(column) or f"d’une modalité de « {dimension_title(r, column)} » à l’autre"
    raise UsageError(
        f"« {mesure['libelle']} » : cette mesure ne s’additionne pas {over}, une même personne "
        f"pouvant y être comptée plusieurs fois. Si la source dit le contraire, ajoutez "
        f"« {column} » à mesures : {mesure['nom']} : additive, dans edition.yml."
    )


def unemployment(r) -> dict[str, Any] | None:
    """The declared rate to show beside the take-up: the first series in per cent."""
    return next((d for d in populations(r).values() if d.get("unite") == "%"), None)


def dimension_title(r, dimension: str) -> str:
    """Title of a dimension in the edition, its code when it has none."""
    return r.meta["nomenclatures"].get(dimension, {}).get("titre") or dimension


def break_between(
    r, first: int, second: int, mesure: str, operateur: str | None = None
) -> str | None:
    """Reason why two years cannot be compared (a declared break of series), or None.

    All operators together are concerned by the break of any of them.
    """
    parts = OPERATEURS if operateur == ENSEMBLE else ()
    low, high = sorted((int(first), int(second)))
    for entry in r.meta.get("ruptures") or ():
        concerned = entry.get("portee", "tous") in ("tous", mesure, operateur, *parts)
        if concerned and low < int(entry["annee"]) <= high:
            why = str(entry["motif"]).rstrip(".")
            return f"rupture de série en {entry['annee']} ({why[:1].lower()}{why[1:]})"
    return None


def partial_year(r, annee: str | int, region: str, operateur: str) -> str | None:
    """Reason why a year is partial for a region and an operator (None: whole year).

    « ensemble » and France are concerned by the partial year of any of their parts.
    """
    motifs = []
    for entry in r.meta.get("annees_partielles") or ():
        same = entry["operateur"] in (None, operateur) or operateur == ENSEMBLE
        here = entry["region"] == region or region == FRANCE
        if str(entry["annee"]) == str(annee) and here and same:
            motifs.append(entry["motif"])
    return f"année partielle : {enumerate_fr(motifs)}" if motifs else None
