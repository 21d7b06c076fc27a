"""What each part of the store was made from: tables and their protection, then follow-up data.

Signatures are taken before anything is read, and kept in the private cache once the store stands.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property

from cepkit import inputs, intake, storage
from cepkit.codes import REGIONS
from cepkit.edition import investigation
from cepkit.edition.project import Paths
from cepkit.edition.schema import Edition
from cepkit.intake import workbook
from cepkit.intake.accords import FEUILLE
from cepkit.intake.workbook import Suivi
from cepkit.protection import earlier, mask

TABLES, WORKBOOKS, AGREEMENTS, UNTIL = ("signature", "signature_suivi", "signature_accords",
                                        "accords_jusquau")


class Freshness:
    """Signatures of now against those of the store that stands."""

    def __init__(self, paths: Paths, edition: Edition):
        self.paths, self.edition = paths, edition
        inputs.private(paths.cache)
        own = [paths.edition, *investigation.files(paths), *inputs.code_files()]
        self._tables = inputs.signature(paths, [
            *own, *intake.files(edition, paths.root), *earlier.files(paths)])
        carried = {n: regions for n, (_, regions) in edition.carried.items()}
        self._tables += inputs.digest_of_text(str(carried)) if carried else ""
        self._workbooks = inputs.signature(paths, [
            *own, *(paths.region(c) / "suivi.xlsx" for c in REGIONS),
            *sorted(paths.parameters.glob("regions/*/remarques/*.csv"))])

    def tables_changed(self) -> bool:
        """Has anything that the tables rest on changed, or an agreement lapsed?"""
        until = self._read(UNTIL)
        return self._read(TABLES) != self._with_mask() or (
            until != "" and until < dt.date.today().isoformat())

    def workbooks_changed(self) -> bool:
        return self._read(WORKBOOKS) != self._workbooks

    def agreements_changed(self) -> bool:
        """Agreements decide which sources may be read: tables rest on them too."""
        return self._read(AGREEMENTS) != self._agreements()

    @cached_property
    def suivis(self) -> dict[str, Suivi]:
        """The workbooks, read once."""
        return workbook.read_all(self.paths, self.edition)

    def follow_up(self, regions: list[str]) -> dict[str, dict]:
        """Publishable rows of each region's workbook."""
        return {c: workbook.publishable(self.suivis[c]) for c in regions}

    def remember(self, until: dt.date | None) -> None:
        """The store stands; `until`: first day on which an agreement that it rests on lapses."""
        self._write(TABLES, self._with_mask())
        self._write(UNTIL, (until or dt.date.max).isoformat())
        self.remember_workbooks()

    def remember_workbooks(self) -> None:
        self._write(WORKBOOKS, self._workbooks)
        self._write(AGREEMENTS, self._agreements())

    def _with_mask(self) -> str:
        """The mask is an input too, and what a build writes: it counts as it stands."""
        path = self.paths.parameters / mask.FILE
        return f"{self._tables} {inputs.digest_of(path) if path.exists() else ''}"

    def _agreements(self) -> str:
        rows = [[code, sorted((k, str(v)) for k, v in row.items() if k != "ligne")]
                for code, suivi in self.suivis.items() for row in suivi.lignes[FEUILLE]]
        return inputs.digest_of_text(str(rows))

    def _read(self, name: str) -> str:
        path = self.paths.cache / name
        return path.read_text("utf-8") if path.exists() else ""

    def _write(self, name: str, content: str) -> None:
        storage.text(content, self.paths.cache / name)
