"""What each column of a table is: a key and its canonical name, a count, a share, or neither."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cepkit.edition.schema import TableSource
from cepkit.intake.draft import labels
from cepkit.intake.draft.layout import Layout, is_number
from cepkit.intake.identifiers import holds_persons, names_a_person
from cepkit.text import fold, slug

CLE, VALEUR, PART, PERSONNE, AUTRE = "cle", "valeur", "part", "personne", "autre"
MOST_MODALITIES = 60
TERRITORIES = ("region", "departement")
_PERIOD = re.compile(r"(19|20)\d\d[ _-]?[TQ]\d|[TQ]\d[ _-](19|20)\d\d|(19|20)\d\d-\d\d")
_DATE = re.compile(r"(19|20)\d\d-\d\d-\d\d.*|\d\d/\d\d/(19|20)\d\d")
_SHARE = re.compile(r"%|^(part|taux|pct|pourcentage|evolution|variation)\b")
_LABEL = re.compile(r"^(code|chef ?lieu|siren|siret|insee|cp)\b")
_CODE = re.compile(r"\b(code|geo|insee|dep|dept|reg|cog)\b")
_BY_CONTENT = ("sexe", "tranche_age", "operateur", "cep_prealable", "modalite", "format", "niveau",
               "mois")


@dataclass
class Column:
    """One column: its header, its cells, its role, its canonical name and what its labels mean."""

    nom: str
    cells: list[str]
    role: str = AUTRE
    cible: str | None = None
    codes: dict[str, str] = field(default_factory=dict)  # label -> code; totals are not in it
    raison: str = ""

    @property
    def distinct(self) -> list[str]:
        return list(dict.fromkeys(c for c in self.cells if c))

    @property
    def totals(self) -> list[str]:
        """Labels of total rows."""
        known = {fold(c) for c in self.codes}
        return [c for c in self.distinct if labels.is_total(c) and fold(c) not in known]


def columns(layout: Layout) -> list[Column]:
    """Every column of a table with its role; of two that say the same, one is kept."""
    found = [_role(Column(n, layout.column(i))) for i, n in enumerate(layout.colonnes) if n]
    for target in dict.fromkeys(c.cible for c in found if c.cible):
        same = [c for c in found if c.cible == target]
        best = max(same, key=lambda c: (_understood(c), -_numeric(c.distinct)))
        for other in same:
            if other is not best:
                other.role, other.cible, other.raison = AUTRE, None, f"double de « {best.nom} »"
    _criterion(found)
    return _learned(found)


def _numeric(values: list[str]) -> float:
    """Share of the values that are numbers, or stand in place of one."""
    return sum(is_number(v) or bool(labels.token(v)) for v in values) / max(len(values), 1)


def _understood(column: Column) -> float:
    """Share of the rows whose cell is understood (an empty department is a total)."""
    known = {*column.codes, *column.totals} | ({""} if column.cible == "departement" else set())
    return sum(c in known for c in column.cells) / max(len(column.cells), 1)


def _role(column: Column) -> Column:
    values, last = column.distinct, column.nom.split(" | ")[-1]
    if not values:
        column.raison = "vide"
        return column
    if names_a_person(column.nom, TableSource(nom="x", titre="", fichier="", nature="individuel")) \
            and not _territory(column, last) or holds_persons(values):
        column.role, column.raison = PERSONNE, "identifie des personnes"
        return column
    numbers = _numeric(values)
    return _period(column, last) or _territory(column, last) or _known(column, last, numbers) \
        or _value(column, numbers) or column


def _period(column: Column, header: str) -> Column | None:
    values, hint = column.distinct, labels.by_header(header, exact=True)
    if all(labels.code("annee", v) for v in values) and (hint == "annee" or len(values) < 30):
        return _key(column, "annee", {v: v for v in values})
    if all(_PERIOD.fullmatch(v) for v in values):
        return _key(column, "periode", {v: v for v in values})
    if all(_DATE.fullmatch(v) for v in values):
        return _key(column, "mois", {v: v for v in values})
    if hint == "trimestre" and all(re.fullmatch(r"[TQ]?[1-4]", v) for v in values):
        return _key(column, "trimestre", {v: v for v in values})
    return None


def _key(column: Column, target: str, codes: dict[str, str]) -> Column:
    column.role, column.cible, column.codes = CLE, target, codes
    return column


def _territory(column: Column, header: str) -> Column | None:
    """A region or a department, by its labels; numbers need a header that says so."""
    details = [v for v in column.distinct if not labels.is_total(v)]
    numbers = _numeric(details) > 0.5
    hint = labels.by_header(header, exact=numbers)
    coded = hint in TERRITORIES or bool(_CODE.search(fold(header)))
    if not details or (numbers and not coded):
        return None
    read = {t: {v: c for v in details if (c := labels.code(t, v))} for t in TERRITORIES}
    share = {t: len(codes) / len(details) + 0.1 * (t == hint) for t, codes in read.items()}
    best = max(TERRITORIES, key=lambda t: share[t])
    return _key(column, best, read[best]) if share[best] >= 0.5 and len(
        read[best]) >= 0.5 * len(details) else None


def _known(column: Column, header: str, numbers: float) -> Column | None:
    """A known dimension, by its labels first, by its header next."""
    details = [v for v in column.distinct if not labels.is_total(v)]
    exact = labels.by_header(header, exact=True)
    measures = {v: m for v in details if (m := labels.measure(v))}
    if len(set(measures.values())) > 1 and len(measures) == len(details):
        return _key(column, "mesure", measures)
    for dimension in _BY_CONTENT:
        if numbers > 0.5 and dimension != exact:
            continue
        codes = {v: c for v in details if (c := labels.code(dimension, v))}
        if codes and len(codes) >= 0.8 * len(details):
            return _key(column, dimension, codes | {
                v: slug_code(v) for v in details if v not in codes})
    hint = exact if numbers > 0.5 else labels.by_header(header)
    if hint in labels.dimensions() and details and len(details) <= MOST_MODALITIES and not (
            hint == "tranche_age" and numbers > 0.5):
        return _key(column, hint, {v: labels.code(hint, v) or slug_code(v) for v in details})
    return None


def slug_code(label: str) -> str:
    """Code of a learned modality: « Non renseigné » -> "non_renseigne", « Bac + 2 » -> "bac_2"."""
    if fold(label) in ("nr", "inconnu", "inconnue", "non precise", "non reponse", "nsp"):
        return "non_renseigne"
    return slug(label).replace("-", "_") or "autre"


def _value(column: Column, numbers: float) -> Column | None:
    read = [v for v in column.distinct if is_number(v) or labels.token(v)]
    zeros = _LABEL.search(fold(column.nom)) or any(
        re.fullmatch(r"0\d+", v) for v in column.distinct)  # codes, not counts
    years = all(labels.code("annee", v) for v in column.distinct)
    if zeros or years or not numbers or len(read) < 0.7 * len(column.distinct):
        return None
    column.role = PART if _SHARE.search(fold(column.nom.split(" | ")[-1])) else VALEUR
    return column


def _criterion(found: list[Column]) -> None:
    """A long profile: a column of names of dimensions, then the column of their modalities."""
    for i, column in enumerate(found[:-1]):
        named = [v for v in column.distinct if labels.dimension_named(v)]
        if column.role in (AUTRE, CLE) and len(named) > 1 and len(named) >= 0.6 * len(
                [v for v in column.distinct if not labels.is_total(v)]):
            _key(column, "critere", {v: labels.dimension_named(v) or slug_code(v)
                                     for v in column.distinct if not labels.is_total(v)})
            _key(found[i + 1], "modalite_critere", {})


def _learned(found: list[Column]) -> list[Column]:
    """Unknown texts: a dimension of its own when it repeats, else left aside."""
    places = [c for c in found if c.cible in TERRITORIES]
    rows = len(found[0].cells) if found else 0
    for column in [c for c in found if c.role == AUTRE and not c.raison]:
        values = [v for v in column.distinct if not labels.is_total(v)]
        name = "_".join(slug(column.nom.split(" | ")[-1]).split("-")[:4])
        if any(v.startswith("http") for v in values[:5]):
            column.raison = "adresses"
        elif len(values) < 2 and not column.totals:
            column.raison = "une seule valeur"
        elif any(_determined(column, p) for p in places):
            column.raison = "décrit le territoire"
        elif not re.match(r"[a-z]", name):
            column.raison = "en-tête sans nom"
        elif len(values) <= MOST_MODALITIES and len(values) * 2 <= rows:
            _key(column, name, {v: slug_code(v) for v in values})
        elif any(c.role == CLE and not c.codes and len(c.distinct) == rows for c in found):
            column.raison = "libellés déjà donnés par une autre colonne"
        elif not places and len(values) * 2 > rows:
            _key(column, name, {})
            column.raison = "libellés trop nombreux pour une nomenclature"
        else:
            column.raison = "non reconnue"
    return found


def _determined(column: Column, place: Column) -> bool:
    """Does each territory have one value of this column?"""
    pairs = {(p, c) for p, c in zip(place.cells, column.cells, strict=True)}
    return len(pairs) == len({p for p, _ in pairs})
