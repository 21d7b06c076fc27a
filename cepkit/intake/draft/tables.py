"""From a sheet to the tables to declare: one for each block of columns, keys of `TableSource`."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from cepkit.codes import FRANCE
from cepkit.intake.draft import labels
from cepkit.intake.draft.columns import (
    CLE,
    PART,
    PERSONNE,
    TERRITORIES,
    VALEUR,
    Column,
    columns,
    slug_code,
)
from cepkit.intake.draft.grids import Grid
from cepkit.intake.draft.layout import LOOK_AHEAD, Layout, is_number, layouts
from cepkit.intake.draft.wide import Block, blocks
from cepkit.text import enumerate_fr, fold, slug

CONFIRM = "à confirmer"
_EXPECTED = (*TERRITORIES, "annee", "periode", "mois")


@dataclass
class Drafted:
    """One table to declare, what its labels mean, and what was found on the way."""

    nom: str
    declare: dict[str, Any]
    doutes: dict[str, str]  # key of `declare` -> why it is to be confirmed
    contexte: bool
    grid: Grid
    layout: Layout
    colonnes: list[Column]
    libelles: dict[str, dict[str, str]]  # dimension -> label -> code
    dimensions: list[str]
    mesures: list[str]
    annees: list[str]
    lectures: dict[str, dict[str, str]]  # wide column -> what it stands for
    jetons: Counter = field(default_factory=Counter)

    @property
    def individuel(self) -> bool:
        """One row a person or an entry?"""
        return self.declare.get("nature") == "individuel"

    @property
    def niveaux(self) -> list[str]:
        """Geographic levels that the table holds."""
        regions = set(self.libelles.get("region", {}).values()) | {
            v for v in (self.declare["constantes"].get("region"),) if v}
        levels = [("FR", FRANCE in regions or self._total_region),
                  ("region", bool(regions - {FRANCE, labels.METROPOLE})),
                  ("departement", "departement" in self.libelles)]
        if "departement" in self.libelles and not regions:
            levels[1] = ("region", True)
        return [name for name, there in levels if there]

    @property
    def _total_region(self) -> bool:
        return any(c.cible == "region" and c.totals for c in self.colonnes)


def drafted(grid: Grid, context: bool, taken: set[str]) -> list[Drafted]:
    """The tables of a sheet, with names that are not taken; none when it holds no table."""
    tables: list[Drafted] = []
    for found in layouts(grid):
        tables += _drafted(grid, found, context, taken | {t.nom for t in tables})
    return tables


def _drafted(grid: Grid, found: Layout, context: bool, taken: set[str]) -> list[Drafted]:
    """The tables of one block of rows."""
    cols = columns(found)
    keys = [c for c in cols if c.role == CLE]
    counts, shares = ([c for c in cols if c.role == role] for role in (VALEUR, PART))
    values = counts + shares if context else counts or shares
    individual = not values or any(c.role == PERSONNE for c in cols) or _repeats(keys, found)
    known = [c for c in keys if c.cible in _EXPECTED or c.cible in labels.dimensions()]
    if not keys or (individual and len(known) < 2):
        return []
    if individual:
        parts: list[Block | Column | None] = [None]
    elif len(values) == 1 and " | " not in values[0].nom:
        parts = [values[0]]
    else:
        parts = list(blocks(values, context, grid.feuille or ""))
    tables = []
    for part in parts:
        name = _name(grid, part if len(parts) > 1 else None, taken | {t.nom for t in tables})
        tables.append(_table(name, part, grid, found, cols, context))
    return tables


def _repeats(keys: list[Column], found: Layout) -> bool:
    """Do most rows share their keys with another? Then they are records."""
    rows = list(zip(*(c.cells for c in keys), strict=True))
    return len(rows) > 20 and len(set(rows)) < 0.5 * len(found.corps)


def context_file(sheets: list[Grid]) -> bool:
    """A public reference file rather than a delivery about the CEP? All its sheets together."""
    cells = [c for g in sheets for row in g.rows[:LOOK_AHEAD] for c in row if not is_number(c)]
    texts = [*(g.path.stem for g in sheets[:1]), *(g.feuille or "" for g in sheets), *cells]
    operators = {labels.code("operateur", c) for c in cells if len(c) > 3} - {None}
    about_cep = labels.speaks_of("cep", *texts) or len(operators) > 1
    return labels.speaks_of("contexte", *texts) and not about_cep


def _name(grid: Grid, part: Block | Column | None, taken: set[str]) -> str:
    stem = re.sub(r"^[\d_-]+", "", slug(grid.path.stem).replace("-", "_")).strip("_") or "table"
    generic = not grid.feuille or re.fullmatch(r"(feuil|sheet|feuille|tableau)_?\d*",
                                               slug(grid.feuille).replace("-", "_"))
    name = stem if generic else slug(grid.feuille or "").replace("-", "_")
    name = name if re.match(r"[a-z]", name) else f"t_{name}"
    if isinstance(part, Block):
        name = "_".join((name, *part.dimensions))
    longer = [f"{stem}_{name}"] if name != stem else []
    candidates = [name, *longer, *(f"{name}_{i}" for i in range(2, 999))]
    return next(c for c in candidates if c not in taken)


def _table(name: str, part: Block | Column | None, grid: Grid, found: Layout,
           cols: list[Column], context: bool) -> Drafted:
    block = part if isinstance(part, Block) else None
    used = [] if part is None else list(block.lectures) if block else [part.nom]
    keys = [c for c in cols if c.role == CLE]
    value = "valeur" if context else "effectif"
    renamed = {c.nom: c.cible for c in keys}
    if part is not None and not block:
        renamed[part.nom] = value
    libelles = {c.cible: dict(c.codes) for c in keys if c.cible}
    for d, known in (block.libelles if block else {}).items():
        libelles[d] = libelles.get(d, {}) | known
    libelles |= _criteria(keys)
    constants, doubts = _constants(grid, found, keys, block, part, context)
    totals = dict.fromkeys(fold_kept(t) for c in keys for t in c.totals)
    for n in used if block else ():
        last = n.split(" | ")[-1]
        totals |= {fold_kept(last): None} if labels.is_total(last) else {}
    declare: dict[str, Any] = {
        "nom": name, "titre": _title(grid, found), "fichier": grid.path.name,
        "feuille": None if grid.seule else grid.feuille, "encodage": grid.encodage,
        "separateur": grid.separateur, **_marks(grid, cols),
        "entete": None if grid.path.suffix == ".parquet" else found.entete, "fin": found.fin,
        "nature": "individuel" if part is None else None,
        "champ": _note(found, "champ"), "source": _note(found, "source"),
        "origine": _origin(grid, found, context), "lieu": _place(found),
        "colonnes": renamed, "ignorees": [c.nom for c in cols
                                          if c.role != CLE and c.nom not in used],
        "constantes": constants,
        "depivoter": _unpivot(block, value) if block else None,
        "critere": ["critere", "modalite_critere"] if "critere" in libelles else None,
        "totaux": [t for t in totals if t] or None,
        "arrondi": 10 if not context and _tens(cols) else None,
        "reponses_multiples": True if _multiple(found, block) else None,
        "base": "", "obligatoire": None}
    own = [d for d in libelles if d not in (
        *TERRITORIES, "annee", "periode", "trimestre", "mesure", "critere", "modalite_critere")]
    own += ["operateur"] if "operateur" in constants else []
    years = [*libelles.get("annee", {}), *(v["annee"] for v in (
        block.lectures.values() if block else ()) if "annee" in v)]
    measures = [constants["mesure"]] if "mesure" in constants else list(
        dict.fromkeys(libelles.get("mesure", {}).values()))
    return Drafted(name, {k: v for k, v in declare.items() if v not in (None, "", [], {})}
                   | {"constantes": constants}, doubts, context, grid, found, cols, libelles, own,
                   measures, years or [constants[k] for k in ("annee",) if k in constants],
                   block.lectures if block else {}, _tokens(cols))


def _criteria(keys: list[Column]) -> dict[str, dict[str, str]]:
    """Dimensions of a long profile: criterion of each row -> its modalities."""
    pair = [c for c in keys if c.cible in ("critere", "modalite_critere")]
    found: dict[str, dict[str, str]] = {}
    for criterion, label in zip(*(c.cells for c in pair), strict=True) if len(pair) == 2 else ():
        dimension = pair[0].codes.get(criterion)
        if dimension and not labels.is_total(label):
            found.setdefault(dimension, {})[label] = (
                labels.code(dimension, label) or slug_code(label))
    return found


def fold_kept(label: str) -> str:
    """A total label as it is declared: lower case, as written."""
    return " ".join(label.lower().split())


def _constants(grid: Grid, found: Layout, keys: list[Column], block: Block | None,
               part: Block | Column | None, context: bool) -> tuple[dict, dict[str, str]]:
    """Columns that the file does not have, and which of them are guesses."""
    known = {c.cible for c in keys} | {k for v in (
        block.lectures.values() if block else ()) for k in v}
    constants = dict(block.constantes) if block else {}
    texts = (grid.feuille or "", grid.path.stem, found.titre)
    guessed, doubts = [], {}
    if not known & {"annee", "periode"} and "annee" not in constants:
        if year := labels.year(*texts):
            constants["annee"] = year
            guessed.append("année")
    if not context and "mesure" not in known and "mesure" not in constants:
        header = part.nom if isinstance(part, Column) else ""
        constants["mesure"] = labels.measure(header) or labels.measure(
            found.titre) or labels.measure(grid.path.stem) or "entrees"
    if constants.get("mesure") == "dossiers":
        constants["mesure"] = labels.measure(found.titre) or "dossiers"
    if context:
        constants.pop("mesure", None)
    elif "mesure" in constants:
        guessed.append("mesure")
    if not context and "operateur" not in known and (
            named := labels.operator_named(texts[0], found.titre)):
        constants["operateur"] = named
        guessed.append("opérateur")
    if guessed:
        doubts["constantes"] = (f"{enumerate_fr(guessed)}, d’après l’en-tête, le titre ou le nom "
                                "du fichier")
    if not known & set(TERRITORIES) and "region" not in constants:
        constants["region"] = FRANCE
        doubts["constantes"] = " ; ".join(
            ("aucun territoire reconnu, table prise pour nationale", *doubts.values()))
    return {k: constants[k] for k in ("annee", "region", "operateur", "mesure")
            if k in constants}, doubts


def _unpivot(block: Block, value: str) -> dict[str, Any]:
    kept = {} if value == "effectif" else {"valeur": value}
    return ({"motif": block.motif} if block.motif else {"colonnes": block.lectures}) | kept


def _title(grid: Grid, found: Layout) -> str:
    first = re.sub(r"^titre ?:? ", "", found.titres[0], flags=re.I) if found.titres else ""
    return (first or f"{grid.feuille or ''} {grid.path.stem}".strip())[:120].replace("'", "’")


def _note(found: Layout, word: str) -> str:
    """Text of the note « Champ : … »."""
    texts = [*found.notes, found.titre]
    matches = (re.search(rf"\b{word}s? ?: ?([^;]+)", t, re.I) for t in texts)
    return next((m[1].strip().rstrip(".")[:160] for m in matches if m), "")


def _origin(grid: Grid, found: Layout, context: bool) -> str | None:
    if context:
        return "public"
    texts = (grid.path.stem, grid.feuille or "", found.titre)
    return "association" if labels.speaks_of("association", *texts) else None


def _place(found: Layout) -> str | None:
    text = fold(" ".join((found.titre, *found.notes)))
    return "residence" if "residence" in text else "delivrance" if "lieu du cep" in text else None


def _marks(grid: Grid, cols: list[Column]) -> dict[str, str]:
    """Decimal and thousands marks of a text file, when they are not the French ones."""
    if grid.encodage is None:
        return {}
    cells = [c for col in cols if col.role in (VALEUR, PART) for c in col.distinct]
    points = [c for c in cells if re.fullmatch(r"[+-]?\d[\d.]*", c) and "." in c]
    commas = [c for c in cells if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", c)]
    if points and all(re.fullmatch(r"\d{1,3}(\.\d{3})+", p) for p in points):
        return {"milliers": "."}
    if points:
        return {"decimale": "."} | ({"milliers": ","} if commas else {})
    return {}


def _numbers(cols: list[Column]) -> list[str]:
    return [re.sub(r"\D", "", c) for col in cols if col.role == VALEUR for c in col.distinct
            if is_number(c)]


def _tens(cols: list[Column]) -> bool:
    """Are all counts multiples of ten?"""
    found = [n for n in _numbers(cols) if n.strip("0")]
    return len(found) > 20 and all(n.endswith("0") for n in found)


def _multiple(found: Layout, block: Block | None) -> bool:
    """Several answers a person: the title or the notes say so, or the parts exceed their total."""
    text = fold(" ".join((found.titre, *found.notes)))
    if "reponses multiples" in text or re.search(r"plusieurs \w+( \w+)? possibles", text):
        return True
    if block is None or len(block.dimensions) != 1:
        return False
    places = {n: found.colonnes.index(n) for n in block.lectures}
    total = [i for n, i in places.items() if block.lectures[n].get(block.dimensions[0]) == "total"]
    if len(total) != 1:
        return False
    rows = [[float(digits) for i in places.values() if i != total[0]
             and (digits := re.sub(r"\D", "", row[i]))] + [re.sub(r"\D", "", row[total[0]])]
            for row in found.corps]
    over = [sum(parts) > 1.02 * float(whole) for *parts, whole in rows if whole and parts]
    return bool(over) and sum(over) > len(over) / 2


def _tokens(cols: list[Column]) -> Counter:
    """What stands in place of a number, and how many times; « » (empty) apart."""
    return Counter(cell for col in cols if col.role == VALEUR for cell in col.cells
                   if cell and not is_number(cell) and not labels.code("annee", cell))
