"""What must not be read: values of withheld cells, internal notes, alerts of the workbooks.

Withheld values are known as long as the private tables are there; after `cepkit purge` the scan
works on keys and hidden places alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from cepkit import codes, refdata
from cepkit.edition.project import Paths
from cepkit.edition.schema import Edition
from cepkit.intake import workbook
from cepkit.intake.workbook_schema import NOTE
from cepkit.show.trace import number
from cepkit.text import fold

BASE = ("region", "annee", "departement", "operateur", "mesure")
SHORT = 12  # a note below this length could be any word
Names = tuple[tuple[str, ...], ...]  # for each dimension, the names that designate the modality


def squeezed(text: str) -> str:
    """Words without accents, case, punctuation: what a context is searched in."""
    return f" {re.sub(r'[^a-z0-9]+', ' ', fold(text)).strip()} "


class Withheld:
    """Values of the cells, withheld or not, by region and printed form."""

    def __init__(self, paths: Paths, meta: Mapping[str, Any], masked: Mapping[str, pd.DataFrame],
                 statistics: pd.DataFrame):
        self.meta = meta
        # region -> (decimals, value) -> names of the cells that have it -> all withheld?
        self.known: dict[str, dict[tuple[int, float], dict[Names, bool]]] = defaultdict(dict)
        self._departments = dict(refdata.departements()[["code", "nom"]].itertuples(index=False))
        labels = {e["libelle"] for n in meta["nomenclatures"].values()
                  for e in n["modalites"].values()} | set(self._departments)
        numbered = sorted((x for x in labels if re.search(r"\d.*\D", x)), key=len, reverse=True)
        self._numbered = re.compile("|".join(map(re.escape, numbered)) or "$^", re.I)
        folder = paths.cache / "tables"
        self.available = folder.is_dir()
        for name, frame in masked.items():
            path = folder / f"{name}.parquet"
            if path.exists():
                self._add(frame, pd.read_parquet(path))
        # region -> (value, words of the title, words of the modality, withheld?)
        self.statistics: dict[str, list[tuple[float, list[str], list[str], bool]]] = \
            defaultdict(list)
        if (path := paths.cache / "journal/statistiques.parquet").exists() and len(statistics):
            self._declare(statistics, pd.read_parquet(path))

    def _declare(self, masked: pd.DataFrame, plain: pd.DataFrame) -> None:
        """Declared statistics, row by row of both, with the limits of their intervals."""
        for told, row in zip(masked.to_dict("records"), plain.to_dict("records"), strict=True):
            name = " ".join(self._said(row))
            for column in ("valeur", "borne_inf", "borne_sup"):
                if not pd.isna(row[column]):
                    self.statistics[row["region"]].append((
                        abs(row[column]), _long(row["indicateur"]), _long(name),
                        told["etat"] == codes.SECRET))

    def _said(self, row: Mapping[str, Any]) -> Iterator[str]:
        """Labels of what a statistic is about: its public, its answer, its group."""
        yield self.meta["publics"].get(row["modalite"], {}).get("libelle", "")
        for dimension, code in ((row["dimension"], row["modalite"]), (row["par"], row["groupe"])):
            known = self.meta["nomenclatures"].get(dimension, {"modalites": {}})["modalites"]
            yield known.get(code, {}).get("libelle", "")

    def _add(self, masked: pd.DataFrame, plain: pd.DataFrame) -> None:
        keys = [*BASE, *(c for c in masked.columns if c not in (*BASE, "effectif", "etat"))]
        if plain.empty:
            return
        values, shown = (f.set_index(keys)["effectif"].to_dict() for f in (plain, masked))
        for *key, state in masked[[*keys, "etat"]].itertuples(index=False, name=None):
            value, cell = values.get(tuple(key)), dict(zip(keys, key, strict=True))
            if value is None or pd.isna(value) or state not in (codes.SECRET, codes.PUBLIE):
                continue
            names, here = self._names(cell), self.known[cell["region"]]
            printed = shown[tuple(key)]
            hidden = state == codes.SECRET or printed != value  # released rounded
            for form in self._forms(int(value), cell, keys, values):
                known = here.setdefault(form, {})
                known[names] = known.get(names, True) and hidden
            if hidden and state == codes.PUBLIE:
                for form in self._forms(int(printed), cell, keys, shown):
                    here.setdefault(form, {})[names] = False

    @staticmethod
    def _forms(value: int, cell: Mapping, keys: list[str], values: Mapping) -> Iterator[tuple]:
        """The count itself, and its share of each total that it belongs to."""
        yield 0, value
        for column in keys:
            total = {"region": codes.FRANCE, "operateur": codes.ENSEMBLE}.get(column, codes.TOTAL)
            if column in ("annee", "mesure") or cell[column] == total:
                continue
            whole = values.get(tuple({**cell, column: total}[k] for k in keys))
            if whole is not None and not pd.isna(whole) and whole > 0 and value:
                yield 1, round(100 * value / int(whole), 1)

    def _names(self, cell: Mapping[str, str]) -> Names:
        """Names of every modality of a cell that is no total."""
        found = []
        for column, code in cell.items():
            if column in ("annee", "mesure", "region") or code in (codes.TOTAL, codes.ENSEMBLE):
                continue
            entry = self.meta["nomenclatures"].get(column, {}).get("modalites", {}).get(code, {})
            names = {entry.get("libelle"), entry.get("libelle_court"), code}
            if column == "departement":
                names.add(self._departments.get(code))
            found.append(tuple(sorted({squeezed(n) for n in names if n and len(n) > 1})))
        return tuple(found)

    def unnamed(self, text: str) -> str:
        """The text without the names of modalities that hold a number."""
        return self._numbered.sub(" ", text)

    def designated(self, token: str, context: str, page: str) -> bool:
        """Is this number that of a withheld cell whose names all stand in the context?

        Not when a published cell, named as precisely, has the same value.
        """
        form = len(token.partition(",")[2]), abs(number(token))
        words = squeezed(context)
        if self._statistic(form[1], words, page):
            return True
        best = {True: 0, False: 0}  # withheld?: number of names of the most precise cell
        for region in _regions(self.known, words, page):
            for names, hidden in self.known[region].get(form, {}).items():
                if all(any(n in words for n in group) for group in names):
                    best[hidden] = max(best[hidden], len(names))
        return best[True] > best[False]

    def _statistic(self, value: float, words: str, page: str) -> bool:
        """Is this the number of a withheld statistic, where half of its title stands?"""
        found = {hidden for region in _regions(self.statistics, words, page)
                 for known, title, name, hidden in self.statistics[region]
                 if known == value and 2 * sum(f" {w} " in words for w in title) >= len(title)
                 and all(f" {w} " in words for w in name)}
        return found == {True}


def _long(text: str) -> list[str]:
    """Words of a title that say something."""
    return [w for w in squeezed(text).split() if len(w) > 4]


def _regions(known: Mapping[str, Any], words: str, page: str) -> list[str]:
    """Regions that a text of a page may speak of: its own, France; the named ones of France."""
    if page != codes.FRANCE:
        return [r for r in (page, codes.FRANCE) if r in known]
    return [r for r in known if r == page or squeezed(codes.region_name(r)) in words]


def internal(paths: Paths, edition: Edition) -> dict[str, str]:
    """{squeezed text: where it comes from} of the notes and alerts of every workbook."""
    found: dict[str, str] = {}
    for code, suivi in workbook.read_all(paths, edition).items():
        public = squeezed(str(workbook.publishable(suivi)))
        for sheet, rows in suivi.lignes.items():
            texts = [v for row in rows for v in (
                row.values() if sheet == "alertes" else [row.get(NOTE)])]
            said = {squeezed(t) for t in texts if isinstance(t, str)}
            found |= {t: f"{code}/suivi.xlsx, feuille « {sheet} »" for t in said
                      if len(t) > SHORT and t not in public}
    return found
