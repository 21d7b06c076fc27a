"""Which columns of a file of records are counted together."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from cepkit.edition.schema import Edition, TableSource
from cepkit.text import fold


def crossings(table: TableSource, edition: Edition | None) -> list[set[str]]:
    """Canonical columns that are counted together: what each released table needs.

    The smallest come first: the region alone, then each declared column, so that its codes are
    checked. Without any released table, all columns together.
    """
    columns = {*table.entetes.values(), *table.multiples, *table.dates}
    if table.pseudonyme:
        return [columns]
    base = {"annee", "mesure", "region", *table.filtres}
    base |= set() if "region" in columns else {"departement"}
    asked = [set(c) for c in table.croisements]
    for released in edition.diffusion.tables if edition else ():
        if table.nom in released.sources:
            places = {"departement"} if "departement" in released.niveaux else set()
            asked.append({*released.dimensions, *places})
    asked += edition.counted_together(table.nom) if edition else []
    if not asked:
        return [columns]
    asked += [{"departement"}, *({c} for c in columns)]
    whole = {frozenset(part) for a in asked for part in _parts(a & columns - base)}
    return [base | part for part in sorted(whole, key=lambda p: (len(p), sorted(p)))]


def _parts(crossing: set[str]) -> Iterator[tuple[str, ...]]:
    """A crossing and all that it adds up to, so that totals are counts and not sums."""
    names = sorted(crossing)
    for size in range(len(names) + 1):
        yield from itertools.combinations(names, size)


def targets(fields: list[str], table: TableSource) -> dict[str, str | None]:
    """Canonical name of each column of the file."""
    folded = {fold(h): t for h, t in table.entetes.items()}
    return {f: table.entetes.get(f) or folded.get(fold(f)) for f in fields}


def blocks(fields: list[str], table: TableSource, edition: Edition | None) -> list[list[str]]:
    """The crossings in columns of the file, in their order there, each once."""
    known = targets(fields, table)

    def asked(field: str, crossing: set[str]) -> bool:
        target = known[field]
        return (target in crossing or target == "libelle" and "region" in crossing
                or target == "periode" and bool(crossing & {"annee", "mois", "trimestre"})
                or any(fold(field) in map(fold, table.dates[d]) for d in crossing & {*table.dates}))
    blocks = [[f for f in fields if asked(f, c)] for c in crossings(table, edition)]
    return [list(b) for b in dict.fromkeys(map(tuple, blocks)) if b]
