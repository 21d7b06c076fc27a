"""Several columns of numbers: what each stands for, and which ones make one table together."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cepkit.codes import FRANCE
from cepkit.intake.draft import labels
from cepkit.intake.draft.columns import Column, slug_code
from cepkit.text import fold

_PATTERNS = (r"[TQ](?P<trimestre>\d)_(?P<annee>\d{4})", r"(?P<annee>(?:19|20)\d\d)",
             r"(?P<annee>\d{4})[ _-]?[TQ](?P<trimestre>\d)")

_VALUE = ("effectif", "effectifs", "nombre", "nb", "n", "valeur", "volume")  # says nothing more


@dataclass
class Block:
    """Columns that make one table: header -> values, and the labels learned on the way."""

    lectures: dict[str, dict[str, str]]
    dimensions: list[str]
    libelles: dict[str, dict[str, str]] = field(default_factory=dict)  # dimension -> label -> code
    constantes: dict[str, str] = field(default_factory=dict)
    motif: str | None = None


@dataclass
class _Read:
    column: Column
    upper: str
    values: dict[str, str]
    learned: dict[str, tuple[str, str]]  # dimension -> (label, code)
    autre: str = ""  # upper header that no vocabulary knows

    @property
    def dims(self) -> frozenset[str]:
        """What it details; years and quarters only when nothing else does and it is no total."""
        total = labels.is_total(self.column.nom.split(" | ")[-1])
        own = frozenset(self.values) - {"annee", "trimestre"}
        return own if own or total else frozenset(self.values)


def blocks(columns: list[Column], contexte: bool, feuille: str) -> list[Block]:
    """One block for each widest set of dimensions; totals belong to every block."""
    read, before = [], {}
    for column in columns:
        parts = column.nom.split(" | ")
        values, learned = _reading(parts, contexte, feuille)
        if fold(parts[-1]).startswith("dont "):
            values = before | values
        else:
            before = values
        unknown = [p for p in parts[:-1] if labels.reading(p, contexte) is None
                   and not labels.dimension_named(p)]
        read.append(_Read(column, parts[0] if len(parts) > 1 else "", values, learned,
                          unknown[-1] if unknown else ""))
    place = _one_place(read)
    sets = {r.dims for r in read if r.dims}
    widest = [s for s in sets if not any(s < other for other in sets)]
    order = sorted(widest, key=lambda s: next(i for i, r in enumerate(read) if r.dims == s))
    return [_block(read, dims, place) for dims in order]


def _one_place(read: list[_Read]) -> dict[str, str]:
    """« France entière » above or beside other columns is where they stand, not a detail."""
    places = {r.values["region"] for r in read if "region" in r.values}
    if not places or not places <= {FRANCE, labels.METROPOLE}:
        return {}
    for r in read:
        r.values = {k: v for k, v in r.values.items() if k != "region"}
        r.learned.pop("region", None)
    return {"region": FRANCE if FRANCE in places else "France métropolitaine"}


def _reading(parts: list[str], contexte: bool,
             feuille: str) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """(values that a header stands for, labels of each dimension) from its parts."""
    values: dict[str, str] = {}
    learned: dict[str, tuple[str, str]] = {}
    upper = parts[:-1]
    for part in parts:
        found = labels.reading(part, contexte)
        if found is None and part is parts[-1]:
            found = _unknown(part, upper, contexte, feuille)
        elif found is None:
            year = labels.year(part)
            measure = None if labels.dimension_named(part) or contexte else labels.measure(part)
            found = ({"annee": year} if year else {}) | ({"mesure": measure} if measure else {})
        values |= found
        own = {d: c for d, c in found.items() if d not in ("annee", "trimestre")}
        text = re.sub(r"^dont |[ _-]*(19|20)\d\d$", "", part)
        learned |= {d: (text if len(own) == 1 else labels.standard(d, c, c), c)
                    for d, c in own.items()}
    return values, learned


def _unknown(label: str, upper: list[str], contexte: bool, feuille: str) -> dict[str, str]:
    """A label that no vocabulary knows: a modality of the dimension named above, or a measure."""
    if fold(label) in _VALUE:
        return {}
    above = [labels.dimension_named(u) for u in (*reversed(upper), feuille)]
    if dimension := next((d for d in above if d), None):
        return {dimension: labels.code(dimension, label) or slug_code(label)}
    first, _, rest = fold(label).partition(" ")
    if rest and (dimension := labels.dimension_named(first)):
        return {dimension: slug_code(rest)}
    if upper and not labels.measure(upper[-1]) and not any(
            labels.reading(u, contexte) is not None for u in upper):
        return {"_".join(slug_code(upper[-1]).split("_")[:4]): slug_code(label)}
    year = re.search(r"(.*?)[ _-]*((?:19|20)\d\d)$", label)
    name, value = (year[1], {"annee": year[2]}) if year and year[1] else (label, {})
    if contexte:
        return value | {"indicateur": slug_code(name)}
    return value | {"mesure": labels.measure(name) or slug_code(name)}


def _block(read: list[_Read], dims: frozenset[str], place: dict[str, str]) -> Block:
    members = [r for r in read if r.dims <= dims and (r.dims or not dims <= {"mesure"})]
    uppers = {r.upper for r in members if r.dims == dims}
    members = [r for r in members if r.dims or r.upper in uppers or not r.upper
               or labels.is_total(r.upper)]
    block = Block({}, sorted(dims, key=list(dict.fromkeys(
        k for r in members for k in r.values)).index))
    if len({tuple(sorted(r.values.items())) for r in members}) < len(members):
        for r in [r for r in members if r.autre]:  # the same detail of several things
            label = " ".join(dict.fromkeys((r.autre, *r.learned.get("indicateur", ())[:1])))
            r.values["indicateur"] = slug_code(label)
            r.learned["indicateur"] = (label, slug_code(label))
        dims |= {"indicateur"}
        block.dimensions = list(dict.fromkeys((*block.dimensions, "indicateur")))
    block.constantes |= place
    for key in ("annee", "mesure"):
        found = {r.values.get(key) for r in members}
        if len(found) == 1 and (value := found.pop()):
            block.constantes[key] = value
            block.dimensions = [d for d in block.dimensions if d != key]
    years = [r.values["annee"] for r in members if "annee" in r.values]
    for r in members:
        if years and "annee" not in r.values:
            r.values["annee"] = max(years)
        total = dict.fromkeys((d for d in block.dimensions if d not in r.values
                               and d not in ("annee", "mesure")), "total")
        own = {k: r.learned["region"][0] if v == labels.METROPOLE else v
               for k, v in r.values.items() if k not in block.constantes}
        block.lectures[r.column.nom] = own | total
        for d, (label, code) in r.learned.items():
            block.libelles.setdefault(d, {}).setdefault(label, code)
    block.motif = _pattern(block, members)
    return block


def _pattern(block: Block, members: list[_Read]) -> str | None:
    """A regular expression instead of a list: periods, or one dimension under one upper header."""
    names = [r.column.nom for r in members]
    for pattern in _PATTERNS:
        if all(re.fullmatch(pattern, n) for n in names):
            return pattern
    uppers = {r.upper for r in members}
    own = [d for d in block.dimensions if d not in ("mesure", "annee")]
    if len(uppers) == 1 and "" not in uppers and len(own) == 1 and all(
            n.count(" | ") == 1 for n in names) and not any(
            fold(n.split(" | ")[1]).startswith("dont ") for n in names):
        upper = re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", next(iter(uppers)))
        return rf"{upper} \| (?P<{own[0]}>.+)"
    return None
