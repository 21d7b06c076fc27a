"""An operator's copy of the report → remarks: placed, valued as sent, without the person's name."""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from cepkit.report import docx_file, marks, passes, releases
from cepkit.report.docx_file import WordFile
from cepkit.report.marks import Mark, Paragraph
from cepkit.report.releases import Release
from cepkit.report.version import BROUILLON, PARTAGEE, VALIDEE, VERSIONS
from cepkit.text import fold

WORD, RESOLU = "Word", "résolu"
ALIKE = 0.8  # share of the paragraphs of a version, from which a copy is taken for one of it


def version_of(file: WordFile, release: Release | None) -> str:
    """Version that a copy was made from, in the words of the sheet `remarques`."""
    version = release.version if release else file.properties.get("cepkit_version", "")
    if version == VALIDEE:
        return PARTAGEE  # nothing was sent between the two
    return version if version in VERSIONS else BROUILLON


def rows(file: WordFile, *, author: str, release: Release | None, date: dt.date,
         region: str) -> list[dict[str, str]]:
    """Remarks of a copy, in the columns of `intake.imported`, replies after their comment."""
    paragraphs, found_marks = marks.read(file)
    version = version_of(file, release)
    found: dict[str, dict[str, str]] = {}
    ids: dict[str, str] = {}  # comment -> its print
    first = sorted(found_marks, key=lambda m: bool(m.parent))  # a reply after what it replies to
    for mark in (*first, *_untracked(paragraphs, release)):
        row = _row(mark, author, version, release, date, region)
        row["reponse_a"] = ids.get(mark.parent, "") if mark.parent else ""
        row["empreinte"] = _print(author, version, mark)
        ids[mark.ident] = row["empreinte"]
        found.setdefault(row["empreinte"], row)
    return list(found.values())


def _row(mark: Mark, author: str, version: str, release: Release | None, date: dt.date,
         region: str) -> dict[str, str]:
    value = _value(mark.repere, release)
    return {
        "n": "", "version": version, "recue_le": date.isoformat(), "auteur": author,
        "recue_par": WORD, "repere": mark.repere or f"{region}-{mark.section}".rstrip("-"),
        "texte_vise": _about(mark, value), "remarque": mark.text, "empreinte": "",
        "forme": mark.kind, "reponse_a": "", "etat_word": RESOLU if mark.resolved else "",
        "section": mark.section, "valeur": value,
        "document": release.document if release else "",
    }


def _about(mark: Mark, value: str) -> str:
    """The words that were selected; the value itself when only its reference was."""
    return value if value and passes.REPERE.fullmatch(mark.about.strip("() ")) else (
        mark.about or value)


def _value(repere: str, release: Release | None) -> str:
    """The finding, or the caption of the figure or table, as it was sent."""
    if release is None or not repere:
        return ""
    element = release.said["elements"].get(repere)
    return release.said["constats"].get(repere) or (element["titre"] if element else "")


def _print(author: str, version: str, mark: Mark) -> str:
    """Same author, version, place, words: same remark, whichever program saved the file again
    (LibreOffice 7 loses what a reply replies to)."""
    parts = (author, version, mark.kind, mark.repere or mark.section, mark.about, mark.text)
    return hashlib.sha256("\0".join(fold(p) for p in parts).encode()).hexdigest()[:16]


def _untracked(paragraphs: Sequence[Paragraph], release: Release | None) -> Iterator[Mark]:
    """Words changed without tracking, seen against the copy that was kept."""
    path = release.folder / "rapport.docx" if release else None
    if path is None or not path.exists():
        return
    sent = [_squeezed(p.before) for p in marks.read(docx_file.read(path))[0]]
    now = [_squeezed(p.before) for p in paragraphs]
    matcher = difflib.SequenceMatcher(None, sent, now, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            continue
        old, new = (" ".join(filter(None, lines)) for lines in (sent[i:j], now[k:m]))
        if old == new or not (old or new):
            continue
        place = paragraphs[min(k, len(paragraphs) - 1)]
        yield Mark("modification non suivie", _asked(*_apart(old, new)), old, place.section,
                   place.repere)


def _asked(old: str, new: str) -> str:
    if old and new:
        return f"Remplacer « {old} » par « {new} »."
    return f"Supprimer « {old} »." if old else f"Ajouter « {new} »."


def _apart(old: str, new: str) -> tuple[str, str]:
    """The words that differ, without those that start and end both texts."""
    a, b = old.split(), new.split()
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    return " ".join(a), " ".join(b)


def _squeezed(text: str) -> str:
    return " ".join(text.replace("\u2011", "-").split())


def read_copy(path: Path) -> WordFile:
    """The docx of an operator or of the analyst, checked. Raises `SourceError` (exit 11)."""
    return docx_file.read(path)


def release_of(file: WordFile, region_folder: Path) -> Release | None:
    """The kept version that a copy comes from: its own word for it; else, in a document without
    identity, the one whose paragraphs it holds."""
    document = file.properties.get("cepkit_document")
    if document is not None:
        return releases.of_document(region_folder, document)
    words = {_squeezed(p.before) for p in marks.read(file)[0]}
    kept = [(_held(r, words), r) for r in releases.releases(region_folder)]
    share, release = max(reversed(kept), key=lambda k: k[0], default=(0.0, None))
    return release if share >= ALIKE else None


def _held(release: Release, words: set[str]) -> float:
    """Share of the paragraphs of a version that are among `words`."""
    path = release.folder / "rapport.docx"
    sent = {_squeezed(p.before) for p in marks.read(docx_file.read(path))[0]} - {""} \
        if path.exists() else set()
    return len(sent & words) / len(sent) if sent else 0.0
