"""`cepkit remarks` on the analyst's own report: paragraphs typed in Word go back to redaction/."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cepkit import formats
from cepkit.edition import project
from cepkit.edition.project import Paths
from cepkit.errors import UsageError
from cepkit.intake import texts
from cepkit.report import back, marks, releases
from cepkit.report.docx_file import WordFile

AUTRE = "autre"


def bring(path: Path, file: WordFile, exercice: str, code: str, *, appliquer: bool) -> int:
    """Show the differences; write them, with a copy of each file, when asked to."""
    paths = project.paths(exercice)
    folder = paths.region(code) / "redaction"
    said = _said(path, file, paths, code)
    sources = {n: t.corps for n, t in texts.read(folder)[0].items() if not t.vide}
    found = back.compared(path, said, sources)
    _annotated(file)
    for note in found.notes:
        print(f"À vérifier : {note}")
    for change in found.sections:
        _show(change)
    todo = [c for c in found.sections if not c.conflit]
    if not found.sections:
        print("Aucun paragraphe de vos textes n’a changé dans ce document.")
    elif not appliquer:
        print("Rien n’est écrit. Pour reprendre ces textes : la même commande avec --appliquer "
              "(une copie de chaque fichier est gardée).")
    for change in todo if appliquer else ():
        backup = texts.rewrite(folder / f"{change.stem}.md", change.corps)
        kept = f" ; copie : {_shown(backup, paths)}" if backup else ""
        print(f"écrit : {_shown(folder / change.stem, paths)}.md{kept}")
    return 0


def _shown(path: Path, paths: Paths) -> str:
    return path.relative_to(paths.root).as_posix()


def _said(path: Path, file: WordFile, paths: Paths, code: str) -> dict[str, Any]:
    """What the document said when it was made: beside it, in the outputs, or in a kept version."""
    document = file.properties.get("cepkit_document", AUTRE)
    near = path.with_suffix(".json")
    known = [releases.read(near)] if near.exists() else []
    known.append(releases.current(paths.region_output(code)))
    release = releases.of_document(paths.region(code), document)
    known += [release.said] if release else []
    found = next((k for k in known if k.get("document") == document), None)
    if found is None:
        raise UsageError("Ce document ne vient d’aucune version connue : ses paragraphes ne "
                         "peuvent pas être comparés. Partez d’un rapport produit par « cepkit "
                         "run », ou indiquez --operateur si c’est la copie d’un opérateur.")
    return found


def _annotated(file: WordFile) -> None:
    count = len(marks.read(file)[1])
    if count:
        print(f"{formats.count(count, 'annotation')} dans ce document : les modifications suivies "
              "sont lues comme acceptées, les commentaires laissés. Si c’est la copie d’un "
              "opérateur, indiquez --operateur.")


def _show(change: back.Change) -> None:
    print(f"\n{change.titre} — redaction/{change.stem}.md")
    for sign, text in change.lignes:
        for line in text.splitlines():
            print(f"  {'−' if sign == '-' else '+'} {line}")
    if change.conflit:
        print("  Ce fichier a changé depuis que le document a été produit : il n’est pas écrit. "
              "Recopiez à la main ce qui convient.")
