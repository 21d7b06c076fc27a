"""Persons by number of operators, counted while records are read (double accompaniment).

A table of records that declares `pseudonyme` counts persons, not records: by year, region and
number of distinct operators. The pseudonym is used for that alone. It becomes a number of 64 bits
as it is read (of 5 million persons, two share one with a chance below one in a million), never
leaves this reading and is never matched with another file.

A person of two regions is counted in each, and once for France: regions do not add up to France.
France is counted where all the regions are there. A record without a pseudonym, a recognised
region or a stated operator counts nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from cepkit.codes import ENSEMBLE, FRANCE, PUBLIE, REGIONS, TOTAL
from cepkit.edition.schema import Edition, TableSource
from cepkit.edition.sources import NUMBERS, OPERATORS
from cepkit.errors import Problem
from cepkit.formats import count
from cepkit.intake.decode import not_stated
from cepkit.intake.identifiers import holds_persons

WAITING = 1_000_000  # pairs kept before they are merged


class People:
    """Distinct pairs (person, combination of the other columns), sorted: 12 bytes each."""

    def __init__(self, text: Callable[[object], str]):
        self.text = text
        self.known: dict[tuple[int, ...], int] = {}  # combination -> its number
        self.parts: list[tuple[np.ndarray, np.ndarray]] = []
        self.merged = self.nameless = 0
        self.direct: bool | None = None  # do the values themselves name someone?

    def hashed(self, column: pa.DictionaryArray) -> np.ndarray:
        """A number of 64 bits a record; 0 without a pseudonym."""
        values = [v.strip() if isinstance(v, bytes) else self.text(v)
                  for v in column.dictionary.to_pylist()]
        if self.direct is None and values:
            self.direct = holds_persons(self.text(v) if isinstance(v, bytes) else v
                                        for v in values[:200])
        numbers = pd.util.hash_array(np.array([*values, ""], dtype=object), categorize=False)
        numbers[[not v for v in (*values, "")]] = 0
        return numbers[column.indices.fill_null(len(values)).to_numpy()]

    def add(self, persons: np.ndarray, columns: Sequence[np.ndarray]) -> None:
        """Records of one chunk: their persons, and the codes of their other columns."""
        frame = pd.DataFrame(dict(enumerate(columns)))
        local = frame.groupby(list(frame), sort=False).ngroup().to_numpy()
        heads = frame[~frame.duplicated()].itertuples(index=False, name=None)
        ids = np.array([self.known.setdefault(t, len(self.known)) for t in heads], dtype=np.int32)
        named = persons != 0
        self.nameless += int((~named).sum())
        self.parts.append((persons[named], ids[local][named]))
        if sum(len(p) for p, _ in self.parts) - self.merged > max(WAITING, self.merged):
            self.merge()

    def merge(self) -> tuple[np.ndarray, np.ndarray]:
        """(persons, combinations), each pair once, in the order of the persons."""
        persons, ids = (np.concatenate(x) for x in zip(*self.parts, strict=True))
        order = np.lexsort((ids, persons))
        persons, ids = persons[order], ids[order]
        new = np.append(True, (persons[1:] != persons[:-1]) | (ids[1:] != ids[:-1]))[:len(ids)]
        self.parts, self.merged = [(persons[new], ids[new])], int(new.sum())
        return self.parts[0]

    def settle(self, columns: Sequence[np.ndarray], rows: Sequence[int]) -> None:
        """Number the combinations as the rows of the counted frame."""
        persons, ids = self.merge()
        order = np.empty(len(self.known), dtype=np.int64)
        for row, combination in zip(rows, zip(*(c.tolist() for c in columns), strict=True),
                                    strict=True):
            order[self.known[combination]] = row
        self.parts = [(persons, order[ids])]

    def problems(self, table: TableSource, fichier: str) -> list[Problem]:
        """A pseudonym that names someone blocks; records without any are told."""
        if self.direct:
            return [Problem(
                f"la colonne « {table.pseudonyme} » n’est pas un pseudonyme : ses valeurs "
                "permettent de reconnaître des personnes.", "donnees",
                "aucun appariement de personnes", fichier,
                reparation="demandez un fichier pseudonymisé, ou retirez la clé « pseudonyme » et "
                "mettez la colonne dans « ignorees ».")]
        said = count(self.nameless, "enregistrement sans pseudonyme ne compte",
                     "enregistrements sans pseudonyme ne comptent")
        return [Problem(f"{said} aucune personne.", "donnees", "un pseudonyme par enregistrement",
                        fichier, bloquant=False)] if self.nameless else []


def counted(people: People, frame: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    """Canonical rows `annee, region, …, nombre_operateurs`, from the rows of the combinations.

    `frame`: canonical rows of the combinations, whose `ligne` is the number that `people` knows.
    """
    nobody = {ENSEMBLE, not_stated(edition.nomenclatures.get("operateur"))}
    frame = frame[~frame["operateur"].isin(nobody) & frame["region"].isin(REGIONS)]
    rows = []
    for (year, measure), part in frame.groupby(["annee", "mesure"]):
        whole = [(FRANCE, part)] if set(REGIONS) <= set(part["region"]) else []
        for region, own in [*part.groupby("region"), *whole]:
            numbers = _numbers(people, own)
            for code, n in [(TOTAL, sum(numbers)), *zip(NUMBERS, numbers, strict=True)]:
                rows.append((year, region, TOTAL, ENSEMBLE, measure, code, n))
    out = pd.DataFrame(rows, columns=["annee", "region", "departement", "operateur", "mesure",
                                      OPERATORS, "effectif"])
    blank = pd.array([pd.NA] * len(out), dtype="Int64")
    return out.astype({"effectif": "Int64"}).assign(borne_min=blank, borne_max=blank, etat=PUBLIE)


def _numbers(people: People, frame: pd.DataFrame) -> list[int]:
    """Persons of these combinations followed by one operator, two, three or more."""
    persons, ids = people.parts[0]
    bits = np.zeros(max(int(frame["ligne"].max()), int(ids.max(initial=0))) + 1, dtype=np.int64)
    bits[frame["ligne"].astype("int64")] = 1 << pd.factorize(frame["operateur"])[0]
    kept = bits[ids]
    persons, kept = persons[kept > 0], kept[kept > 0]
    if not len(persons):
        return [0] * len(NUMBERS)
    starts = np.flatnonzero(np.append(True, persons[1:] != persons[:-1]))
    operators = np.bitwise_count(np.bitwise_or.reduceat(kept, starts))
    return np.bincount(np.minimum(operators, len(NUMBERS)), minlength=len(NUMBERS) + 1)[1:].tolist()
