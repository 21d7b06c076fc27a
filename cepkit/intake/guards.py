"""Is a file what it says it is, and small enough to open? Looked at before anything is read."""

from __future__ import annotations

import mmap
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from python_calamine import CalamineError

from cepkit.edition.schema import Donnees, TableSource
from cepkit.formats import integer
from cepkit.intake import extent

MO = 1_000_000
KINDS = {"csv": "texte", "txt": "texte", "tsv": "texte", "xlsx": "xlsx", "xlsm": "xlsx",
         "xls": "xls", "ods": "ods", "parquet": "parquet"}
NAMES = {"texte": "un fichier texte (CSV)", "xlsx": "un classeur xlsx", "xls": "un classeur xls",
         "ods": "un classeur ods", "parquet": "un fichier Parquet", "html": "une page HTML",
         "xml": "un fichier XML", "pdf": "un document PDF", "gzip": "une archive gzip",
         "zip": "une archive zip", "binaire": "un fichier binaire"}
_MAGIC = ((b"PAR1", "parquet"), (b"\xd0\xcf\x11\xe0", "xls"), (b"%PDF", "pdf"),
          (b"\x1f\x8b", "gzip"), (b"PK\x03\x04", "zip"))

_DEAD = re.compile(rb'<c r="([A-Z]+\d+)"(?![^>]*t="str")[^>]*>'
                   rb'<f(?:[^>]*/>|[^>]*>[^<]*</f>)(?:<v ?/>|<v></v>)?</c>')
PASSWORD = ("classeur protégé par un mot de passe.",
            "enregistrez-le sans mot de passe (Fichier, Informations, Protéger).")
BROKEN = (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError,
          ValueError)
UNREADABLE = ("classeur illisible ou tronqué.",
              "redemandez le fichier, ou ouvrez-le et enregistrez-le à nouveau.")
DEFAULTS = Donnees.model_construct()


def kind_of(path: Path, table: TableSource) -> str | None:
    """Kind declared by `format` or by the extension; None when it is not one that is read."""
    return KINDS.get(table.format or path.suffix.lower().lstrip("."))


def refusal(path: Path, table: TableSource, limits: Donnees | None) -> tuple[str, str] | None:
    """(what is wrong, repair) of a file that must not be opened, else None.

    Sizes are those of the disk and those that archives declare: nothing is inflated here.
    """
    declared, found = kind_of(path, table), sniff(path)
    size, limit = path.stat().st_size, (limits or DEFAULTS).taille_max_mo
    if size > limit * MO:
        return (f"fichier de {size / MO:.0f} Mo : la limite est de {limit} Mo, il n’a pas été "
                "ouvert.", "demandez un fichier réduit, ou relevez donnees.taille_max_mo.")
    if found == "xls" and _encrypted(path):
        return PASSWORD
    if declared is None:
        return (f"extension « {path.suffix} » inconnue ; le contenu est {NAMES[found]}.",
                "déclarez « format » (admis : csv, xlsx, xls, ods, parquet).")
    if found != declared:
        repair = (f"déclarez « format: {found} » ou renommez le fichier." if found in KINDS
                  else "déclarez « format: csv » ou renommez le fichier." if found == "texte"
                  else "demandez le fichier dans un format admis (csv, xlsx, xls, ods, parquet).")
        return f"le contenu est {NAMES[found]} et non {NAMES[declared]}.", repair
    if found in ("xlsx", "ods"):
        return _workbook(path, (limits or DEFAULTS).classeur_max_mo)
    return None


def oversize(path: Path, size: int, inflated: int) -> str | None:
    """Why a workbook is too large to open, on the disk or once inflated (megabytes), else None."""
    if path.stat().st_size > size * MO:
        return f"fichier de plus de {size} Mo : il n’a pas été ouvert."
    try:
        with zipfile.ZipFile(path) as archive:
            found = _too_large(archive, inflated)
    except BROKEN:
        return None
    return found[0] if found else None


@contextmanager
def compiled() -> Iterator[None]:
    """A compiled reader that loses its way in a damaged workbook (« panic ») is a reading error;
    what it prints then is not for the user."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise CalamineError("panic") from None
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def sniff(path: Path) -> str:
    """Kind of the content, from its first bytes."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    kind = next((k for magic, k in _MAGIC if head.startswith(magic)), None)
    if kind == "zip":
        return _zip_kind(path)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<body", b"<meta")):
        return "html"
    if text.startswith(b"<?xml"):
        return "html" if b"<html" in text else "xml"
    if kind is None and head[:2] not in (b"\xff\xfe", b"\xfe\xff") and b"\0" in head:
        return "binaire"
    return kind or "texte"


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype"):
                return "ods"
    except BROKEN:
        return "xlsx" if path.suffix.lower() != ".ods" else "ods"  # truncated: told when read
    return "xlsx" if any(n.startswith("xl/") for n in names) else "zip"


def _encrypted(path: Path) -> bool:
    """An xlsx behind a password is an OLE container that holds an « EncryptedPackage »."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        return whole.find("EncryptedPackage".encode("utf-16-le")) >= 0


def _workbook(path: Path, limit: int) -> tuple[str, str] | None:
    """Encryption of an ods, declared size once inflated, cells spread too wide, dead formulas."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = "META-INF/manifest.xml"
            if manifest in archive.namelist() and b"encryption-data" in archive.read(manifest):
                return PASSWORD
            sheets = [n for n in archive.namelist() if re.fullmatch(
                r"xl/worksheets/[^/]+\.xml", n)]
            return _too_large(archive, limit) or next(
                filter(None, (_uncalculated(archive.read(n)) for n in sheets)), None)
    except BROKEN:
        return None  # truncated: told when read


def _too_large(archive: zipfile.ZipFile, limit: int) -> tuple[str, str] | None:
    inflated = sum(i.file_size for i in archive.infolist())
    if inflated > limit * MO:
        return (f"classeur de {inflated / MO:.0f} Mo une fois décompressé : la limite est de "
                f"{limit} Mo, il n’a pas été ouvert.",
                "demandez un CSV, ou relevez donnees.classeur_max_mo.")
    try:
        area = extent.cells(archive)
    except extent.Unsound:
        return UNREADABLE
    if area > extent.CELLS:
        return (f"feuille étendue sur {integer(area)} cellules, presque toutes vides : elle n’a "
                "pas été ouverte.",
                "supprimez les lignes et les colonnes vides, ou enregistrez en CSV.")
    return None


def _uncalculated(content: bytes) -> tuple[str, str] | None:
    """Formulas that no spreadsheet has calculated: they have no value."""
    dead = [m[1].decode() for m in _DEAD.finditer(content)]
    if dead:
        return (f"formule jamais calculée (cellule {', '.join(dead[:5])}) : elle n’a pas de "
                "valeur.", "ouvrez le classeur dans un tableur et enregistrez-le.")
    return None
