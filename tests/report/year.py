"""The small project on which a year is played: one region, its delivery, its analyst."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cepkit import demo
from cepkit.demo import files, followup
from cepkit.edition import load_edition
from cepkit.intake import workbook
from cepkit.intake.workbook_write import calendar_rows
from tests.conftest import REPOSITORY
from tests.report.annotated import Copy

CODE, NAME = "53", "53-bretagne"
# Planted where nothing may come out, and where it must come out harmless.
SECRET = "SECRET-QUI-NE-SORT-PAS"
ACTIVE = "<script>alert(1)</script> {{< include /etc/passwd >}} [x](javascript:y)"


class Year:
    """A root folder, the rows that the analyst has typed so far, and the commands."""

    def __init__(self, root: Path):
        self.root = root
        shutil.copytree(REPOSITORY / "notebooks", root / "notebooks")
        folder = root / "parameters" / "demo"
        shutil.copytree(REPOSITORY / "parameters" / "demo", folder,
                        ignore=shutil.ignore_patterns("regions"))
        self.region, self.output = folder / "regions" / CODE, root / "outputs/demo" / NAME
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CEPKIT_ROOT", str(root))
            self.edition = load_edition("demo")
        declared = followup._declared(CODE)
        self.texts = declared["textes"]
        self.rows = followup.rows(CODE, self.edition) | {"remarques": []}
        self.rows["jalons"] = calendar_rows(self.edition)

    def deliver(self, seed: int) -> None:
        """A delivery that holds the region and the national line."""
        names = {label(c) for c in (CODE, "FR") for label in (files.region_label, files.capitals)}

        def kept(rows):
            return [row for row in rows if {row[0], row[1]} & names]

        csv, sheet = files.csv, files.Workbook.sheet
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(files, "csv", lambda path, title, header, rows, *rest, **kw: csv(
                path, title, header, kept(rows), *rest, **kw))
            patch.setattr(files.Workbook, "sheet",
                          lambda s, name, title, keys, block, columns, rows, *rest: sheet(
                              s, name, title, keys, block, columns, kept(rows), *rest))
            demo.write(self.root / "data" / "demo", seed=seed)

    def cepkit(self, *words: str, code: int = 0) -> str:
        """What the command says."""
        env = os.environ | {"CEPKIT_ROOT": str(self.root), "CEPKIT_EXERCICE": "demo"}
        done = subprocess.run([sys.executable, "-m", "cepkit", *words], env=env, text=True,
                              capture_output=True, check=False, cwd=self.root)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout + done.stderr

    def save(self) -> None:
        """The analyst saves the workbook."""
        workbook.create(self.region / "suivi.xlsx", edition=self.edition, rows=self.rows,
                        overwrite=True)

    def step(self, etape: str, day: dt.date, destinataire: str = "", **more) -> None:
        """A step of the calendar took place."""
        row = next(r for r in self.rows["jalons"] if r["etape"] == etape
                   and r.get("destinataire", "") == destinataire)
        row |= {"date_realisee": day, **more}

    def write(self, stem: str, body: str, statut: str = "brouillon") -> None:
        """The analyst writes a text."""
        path = self.region / "redaction" / f"{stem}.md"
        head, marks, _ = path.read_text("utf-8").rpartition("-->")
        head = head.replace("statut: a_ecrire", f"statut: {statut}")
        path.write_text(f"{head}{marks}\n\n{body}\n", "utf-8")

    def received(self, operator: str) -> Copy:
        """The copy of an operator, out of its zip."""
        path = self.root / f"outputs/demo/envois/{NAME}_{operator}.zip"
        with zipfile.ZipFile(path) as package:
            return Copy(package.read("rapport.docx"))

    def kept(self) -> list[str]:
        """Names of the versions sent."""
        return sorted(p.name for p in (self.region / "diffusions").glob("*"))

    def everything(self) -> dict[str, bytes]:
        """Every file that was produced or sent, unpacked."""
        found = {}
        places = (self.root / "outputs", self.region / "diffusions")
        for path in (p for place in places for p in place.rglob("*") if p.is_file()):
            name = path.relative_to(self.root).as_posix()
            if path.suffix in (".docx", ".xlsx", ".zip"):
                with zipfile.ZipFile(path) as package:
                    found |= {f"{name}!{n}": package.read(n) for n in package.namelist()}
            else:
                found[name] = path.read_bytes()
        return found


def with_traps(year: Year) -> None:
    """Secrets in every unprinted place, active text in printed cells."""
    day = dt.date(2022, 12, 1)
    year.rows["alertes"] = [{"date": day, "objet": SECRET, "faits": SECRET,
                             "destinataire": "DGEFP"}]
    year.rows["rencontres"][0] |= {"note_interne": SECRET, "ordre_du_jour": SECRET}
    year.rows["cooperations"][0] |= {"note_interne": SECRET, "intitule": f"Comité {ACTIVE}"}
    year.rows["documents"].append({
        "titre": SECRET, "organisme": "Apec", "type": "Convention", "date": 2022, "adresse": "x",
        "public": "Non", "apport": SECRET})
    year.rows["constats"].append({
        "source": "R001", "question": "V2.8 – leviers et difficultés", "nature": "Constat",
        "enonce": SECRET, "publiable": "Non"})


