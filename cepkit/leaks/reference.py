"""What the masked store says of a key: its values, computed anew, or that it is withheld.

Counts are read in the released tables; the rest comes from the functions of `indicators`, called
on the store and not taken from any produced file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from cepkit import codes, store
from cepkit import indicators as ind
from cepkit.errors import CepkitError
from cepkit.region import Region
from cepkit.show import cells
from cepkit.show.trace import number

DESCRIPTION = "description"  # numbers that no indicator holds (see `cells.described`)
EQUAL, DIFFERENT, WITHHELD, UNKNOWN = "égal", "différent", "retiré", "inconnu"
HIDING = {*cells.PROTECTED, "intervalle"}  # columns that a withheld cell must not print
QUALIFIERS = ("sens", "composante", "serie")  # say which computation, not which cell
SENIORS = 50  # « Part des 50 ans ou plus », a key figure of annexe 2


class Reference:
    """Values of the masked store by key."""

    def __init__(self, exercice: str):
        self.exercice = exercice
        self.whole = store.load_slice(exercice, codes.FRANCE)
        main = self.whole.meta["mesure_principale"]
        self.measures = sorted(self.whole.meta["mesures"], key=lambda m: m != main)
        self._regions: dict[str, Region] = {}
        self._known: dict[str, _Known] = {}
        self._hidden = set(_withheld(self.whole.tables))

    def region(self, code: str) -> Region:
        """A region of the store, opened without building anything."""
        if code not in self._regions:
            self._regions[code] = Region(store.load_slice(self.exercice, code))
        return self._regions[code]

    def check(self, cle: str, token: str, page: str) -> str:
        """Does a printed number agree with its key? `page`: region of the file it stands in.

        A key that names no measure is tried with each of them, that of the page first.
        """
        parts = cle.split("|")
        if len(parts) != 7 or parts[5] == DESCRIPTION:
            return UNKNOWN
        key = Key.of(parts)
        home = key.region if key.region in self.whole.meta["regions"] else page
        if home not in self._known:
            self._known[home] = _Known(self.region(home))
        measures = [key.mesure] if key.mesure else self.measures
        found = next((v for m in measures if (v := self._known[home].values(key, m))), ())
        if not found:
            hidden = any(key.cell(m) in self._hidden
                         or (key.plain(), m) in self._known[home].withheld for m in measures)
            return WITHHELD if hidden and key.column in HIDING else UNKNOWN
        return EQUAL if any(_printed(v, token) for v in found) else DIFFERENT


@dataclass(frozen=True)
class Key:
    """A key taken apart. `dims` leaves the measure out."""

    region: str
    annee: str
    departement: str
    operateur: str
    dims: tuple[tuple[str, str], ...]
    mesure: str
    indicateur: str
    column: str

    @classmethod
    def of(cls, parts: Sequence[str]) -> Key:
        region, annee, departement, operateur, said, indicateur, column = parts
        dims = dict(d.split(":", 1) for d in said.split(",") if ":" in d)
        mesure = dims.pop("mesure", "")
        return cls(region, annee, departement, operateur, tuple(dims.items()), mesure,
                   indicateur, column)

    def cell(self, mesure: str) -> tuple:
        """The cell of the released tables that the key counts."""
        own = {(k, v) for k, v in self.dims if v != codes.TOTAL and k not in QUALIFIERS}
        return (self.region, self.annee, self.departement, self.operateur, mesure, frozenset(own))

    def plain(self) -> Key:
        """The key without what only says how it was computed."""
        dims = [(k, v) for k, v in self.dims if k not in QUALIFIERS and v != codes.TOTAL]
        dims = tuple(dims if self.indicateur == "part" else sorted(dims))  # a share inside another
        return replace(self, mesure="", dims=dims,
                       operateur=dict(dims).get("operateur", self.operateur))

    def names(self) -> tuple[str, ...]:
        return tuple(k for k, _ in self.dims if k not in QUALIFIERS)


def _withheld(tables: Mapping[str, pd.DataFrame]) -> Iterator[tuple]:
    """Cells that the release withholds: place, measure, dimensions that are not totals."""
    base = ["region", "annee", "departement", "operateur", "mesure"]
    for frame in tables.values():
        own = [c for c in frame.columns if c not in (*base, "effectif", "etat")]
        for row in frame[frame["etat"].eq(codes.SECRET)].to_dict("records"):
            yield (*(str(row[c]) for c in base),
                   frozenset((c, row[c]) for c in own if row[c] != codes.TOTAL))


class _Known:
    """Values of one region; a family of indicators is computed when a key asks for it."""

    def __init__(self, r: Region):
        self.r = r
        self.main = r.meta["mesure_principale"]
        self.found: dict[tuple[Key, str], set[float]] = {}
        self.withheld: set[tuple[Key, str]] = set()  # of rows that no cell stands for
        self.left = list(_recipes(r))

    def values(self, key: Key, mesure: str) -> set[float]:
        """Values of a key for one measure (empty: withheld, or made otherwise)."""
        wanted = key.plain(), mesure
        while wanted not in self.found:
            recipe = next((r for r in self.left if r.answers(key, mesure)), None)
            if recipe is None:
                return set()
            self.left.remove(recipe)
            self._take(recipe)
        return self.found[wanted]

    def _take(self, recipe: Recipe) -> None:
        try:
            frame = recipe.make()
        except CepkitError:  # this edition does not allow that indicator
            return
        attrs = {"region": self.r.code, "annee": self.r.annee, **frame.attrs.get("cepkit", {}),
                 "principale": self.main}
        for row in frame.to_dict("records"):
            for column in cells.KEYED & row.keys():
                said = cells.key(row, attrs, column)
                if not said:
                    continue
                key = Key.of(said.split("|"))
                place = key.plain(), key.mesure or self.main
                if cells.withheld(row) and column in cells.PROTECTED:
                    self.withheld.add(place)
                elif not cells.missing(row[column]):
                    self.found.setdefault(place, set()).update(
                        _forms(float(row[column]), column, row.get("unite")))


def _forms(value: float, column: str, unit: str | None) -> set[float]:
    """A value in the units in which it may be printed."""
    if column.startswith("ratio"):
        return {value, 100 * (value - 1)}
    return {value} if column in cells.COUNTS or unit != "part" else {100 * value}


@dataclass(frozen=True)
class Recipe:
    """A frame to compute, and the keys that it may answer to (None: any)."""

    make: Callable[[], pd.DataFrame]
    mesure: str | None = None
    dims: tuple[str, ...] | None = None
    operateur: str | None = None
    indicateur: Callable[[str], bool] = lambda said: True

    def answers(self, key: Key, mesure: str) -> bool:
        return (self.mesure in (None, mesure) and self.dims in (None, key.names())
                and self.operateur in (None, key.operateur) and self.indicateur(key.indicateur))


def _rate(indicateur: str) -> bool:
    return indicateur not in ("part", "effectif")


def _part(indicateur: str) -> bool:
    return indicateur == "part"


def _recipes(r: Region) -> Iterator[Recipe]:
    """Everything that the released tables of a region allow to compute."""
    tables = {t["nom"]: t for t in r.meta["plan"]}
    operators, none = [codes.ENSEMBLE, *r.operateurs()], ()
    for m in r.meta["mesures"]:
        for by in (None, "departement", "operateur", *(["region"] * (r.code == codes.FRANCE))):
            yield Recipe(partial(ind.take_up, r, by=by, mesure=m), m, none, indicateur=_rate)
        yield Recipe(partial(ind.take_up, r, by="sexe_age", mesure=m), m, indicateur=_rate)
    yield Recipe(partial(ind.context, r), indicateur=_rate)
    yield Recipe(partial(ind.standardised_gap, r), indicateur=_rate)
    for name in r.statistiques():
        yield Recipe(partial(r.statistique, name), indicateur=_rate)
        yield from (Recipe(make, indicateur=_rate) for make in ind.surveyed(r, name))
    for name, table in tables.items():
        m = table["mesure"]
        dims = [d for d in table["dimensions"] if d not in ("region", "departement", "operateur")]
        yield Recipe(partial(_cells, r, name), m)
        if len(r.table(name)["annee"].unique()) > 1:
            yield Recipe(partial(ind.evolution, r, name), m, none, indicateur="effectif".__eq__)
        yield Recipe(partial(ind.shares, r, name, "operateur"), m, ("operateur",),
                     indicateur=_part)
        for d in dims:
            for o in operators:
                yield Recipe(partial(ind.shares, r, name, d, operateur=o), m, (d,), o,
                             _part)
            for w in dims:
                if w != d:
                    yield Recipe(partial(ind.shares, r, name, d, within=w), m, (d, w),
                                 indicateur=_part)
            yield Recipe(partial(_one, r, d), m, (d,), codes.ENSEMBLE, _part)
    yield Recipe(partial(ind.schemes, r), indicateur=lambda said: not _rate(said))
    ages = r.meta["nomenclatures"].get("tranche_age", {"modalites": ()})["modalites"]
    parts = [m for m in ages if m[:2].isdigit() and int(m[:2]) >= SENIORS]
    for name in (n for n, t in tables.items() if "tranche_age" in t["dimensions"] and parts):
        make = partial(ind.shares, r, name, "tranche_age", merge={f"{SENIORS}_plus": parts})
        yield Recipe(make, tables[name]["mesure"], ("tranche_age",), indicateur=_part)


def _cells(r: Region, name: str) -> pd.DataFrame:
    """The cells of a released table as they are."""
    frame = r.table(name)
    return frame.assign(numerateur=frame["effectif"], valeur=frame["effectif"],
                        indicateur="effectif")


def _one(r: Region, dimension: str) -> pd.DataFrame:
    return ind.at_least_one(ind.answers(r, dimension))


def _printed(value: float, token: str) -> bool:
    """Whether a value is printed as `token`, at the decimals that it shows."""
    digits = len(token.partition(",")[2])
    shown = abs(number(token)) if token[:1] not in "+\u2212" else number(token)
    given = abs(value) if token[:1] not in "+\u2212" else value
    return abs(given - shown) <= 0.5 * 10**-digits + 1e-7
