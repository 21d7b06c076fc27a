"""What was recognised in the files, in French: one block a table."""

from __future__ import annotations

from collections.abc import Sequence

from cepkit.codes import FRANCE
from cepkit.formats import count
from cepkit.intake.draft import labels
from cepkit.intake.draft.columns import CLE, PERSONNE
from cepkit.intake.draft.tables import Drafted
from cepkit.text import enumerate_fr, typography

_NOUNS = {"region": ("région", "régions"), "departement": ("département", "départements"),
          "operateur": ("opérateur", "opérateurs"), "annee": ("année", "années"),
          "mois": ("mois", "mois")}


def profile(tables: Sequence[Drafted], left: Sequence[str]) -> str:
    """The whole profile; `left`: sheets and files where no table was found."""
    blocks = [_block(t) for t in tables]
    if left:
        blocks.append("Sans tableau reconnu : " + enumerate_fr(list(left)) + ".")
    return typography("\n\n".join(blocks))


def _block(table: Drafted) -> str:
    keys = [c for c in table.colonnes if c.role == CLE]
    ignored = [c for c in table.colonnes if c.role != CLE and c.nom in table.declare.get(
        "ignorees", [])]
    kind = "contexte" if table.contexte else "livraison"
    kind += ", une ligne par personne ou par entrée" if table.individuel else ""
    lines = [f"{table.nom} ({kind}) : {table.grid.place}", "  " + _shape(table)]
    for c in keys:
        lines.append(f"  « {c.nom} » → {c.cible} : {_content(c.cible or '', c.codes, c.totals)}")
    if wide := table.declare.get("depivoter"):
        dims = [d for d in table.libelles if not any(c.cible == d for c in keys)]
        said = [f"{d} : {_content(d, table.libelles[d], [])}" for d in dims]
        years = list(dict.fromkeys(table.annees))
        said += [] if said else [years[0] if len(years) == 1 else f"{years[0]} à {years[-1]}"]
        n = len(wide.get("colonnes", ())) or sum(
            c.role == "valeur" and c.nom not in table.declare.get("ignorees", [])
            for c in table.colonnes)
        lines.append(f"  {count(n, 'colonne')} à remettre en lignes → {enumerate_fr(said)}")
    constants = table.declare["constantes"]
    if constants:
        pairs = enumerate_fr([f"{k} = {v}" for k, v in constants.items()])
        doubt = table.doutes.get("constantes")
        lines.append(f"  {pairs}" + (f" (à confirmer : {doubt})" if doubt else ""))
    if table.jetons:
        found = [f"« {k} » ({n})" for k, n in table.jetons.most_common(8)]
        unknown = [k for k in table.jetons if labels.token(k) is None]
        lines.append(f"  À la place d’un nombre : {enumerate_fr(found)}" + (
            f" ; à confirmer : {enumerate_fr([f'« {u} »' for u in unknown[:8]])}"
            if unknown else ""))
    if ignored:
        reasons = [f"« {c.nom} »" + (f" ({c.raison})" if c.raison else "") for c in ignored[:6]]
        if len(ignored) > 6:
            reasons.append(count(len(ignored) - 6, "autre colonne", "autres colonnes"))
        lines.append(f"  Laissé de côté : {enumerate_fr(reasons)}")
    if any(c.role == PERSONNE for c in table.colonnes):
        lines.append("  Une colonne identifie des personnes : elle n’est jamais lue.")
    return "\n".join(lines)


def _shape(table: Drafted) -> str:
    grid = table.grid
    head = enumerate_fr([str(n) for n in table.layout.entete])
    found = [count(len(table.layout.corps), "ligne"), count(len(table.layout.colonnes), "colonne"),
             f"en-tête ligne{'s' if len(table.layout.entete) > 1 else ''} {head}"]
    if grid.encodage:
        found.append(f"encodage {grid.encodage}, séparateur « "
                     f"{ {chr(9): 'tabulation'}.get(grid.separateur or '', grid.separateur)} »")
    if grid.lignes > len(grid.rows):
        found.append(f"fichier de {count(grid.lignes, 'ligne')} dont le début est profilé")
    return " ; ".join(found)


def _content(target: str, codes: dict[str, str], totals: Sequence[str]) -> str:
    """« 18 régions, France et totaux », « femme et homme »."""
    values = [v for v in dict.fromkeys(codes.values()) if v != labels.METROPOLE]
    own = [v for v in values if v != FRANCE]
    names = {c: label for label, c in reversed(codes.items())}
    if target in _NOUNS or len(own) > 6:
        singular, plural = _NOUNS.get(target, ("valeur", "valeurs"))
        parts = [count(len(own), singular, plural)]
    else:
        parts = [names[v] for v in own] or ["libellés"]
    parts += ["France"] if FRANCE in values else []
    return enumerate_fr(parts + (["total"] if totals else []))
