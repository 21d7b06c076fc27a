"""Is a file what it says it is, and small enough to open? Looked at before anything is read."""

from __future__ import annotations

import mmap
import re
import zipfile
import zlib
from pathlib import Path

from cepkit.edition.schema import Donnees, TableSource
from cepkit.formats import integer

MO = 1_000_000
KINDS = {"csv": "texte", "txt": "texte", "tsv": "texte", "xlsx": "xlsx", "xlsm": "xlsx",
         "xls": "xls", "ods": "ods", "parquet": "parquet"}
NAMES = {"texte": "un fichier texte (CSV)", "xlsx": "un classeur xlsx", "xls": "un classeur xls",
         "ods": "un classeur ods", "parquet": "un fichier Parquet", "html": "une page HTML",
         "xml": "un fichier XML", "pdf": "un document PDF", "gzip": "une archive gzip",
         "zip": "une archive zip", "binaire": "un fichier binaire"}
_MAGIC = ((b"PAR1", "parquet"), (b"\xd0\xcf\x11\xe0", "xls"), (b"%PDF", "pdf"),
          (b"\x1f\x8b", "gzip"), (b"PK\x03\x04", "zip"))

CELLS = 20_000_000  # a million rows of twenty columns
_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"[^>/]*>')
_DEAD = re.compile(rb'<c r="([A-Z]+\d+)"(?![^>]*t="str")[^>]*>'
                   rb'<f(?:[^>]*/>|[^>]*>[^<]*</f>)(?:<v ?/>|<v></v>)?</c>')
_ODS_ROW = re.compile(rb"(<table:table-row[^>]*>)(.*?)</table:table-row>", re.S)
_ODS_CELL = re.compile(rb"<table:(?:covered-)?table-cell[^>]*office:value-type[^>]*>")
PASSWORD = ("classeur protégé par un mot de passe.",
            "enregistrez-le sans mot de passe (Fichier, Informations, Protéger).")
_DEFAULTS = Donnees.model_construct()


def kind_of(path: Path, table: TableSource) -> str | None:
    """Kind declared by `format` or by the extension; None when it is not one that is read."""
    return KINDS.get(table.format or path.suffix.lower().lstrip("."))


def refusal(path: Path, table: TableSource, limits: Donnees | None) -> tuple[str, str] | None:
    """(what is wrong, repair) of a file that must not be opened, else None.

    Sizes are those of the disk and those that archives declare: nothing is inflated here.
    """
    declared, found = kind_of(path, table), sniff(path)
    size, limit = path.stat().st_size, (limits or _DEFAULTS).taille_max_mo
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
        return _workbook(path, (limits or _DEFAULTS).classeur_max_mo)
    return None


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
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        return "xlsx" if path.suffix.lower() != ".ods" else "ods"  # truncated: told when read
    return "xlsx" if any(n.startswith("xl/") for n in names) else "zip"


def _encrypted(path: Path) -> bool:
    """An xlsx behind a password is an OLE container that holds an « EncryptedPackage »."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        return whole.find("EncryptedPackage".encode("utf-16-le")) >= 0


def _workbook(path: Path, limit: int) -> tuple[str, str] | None:
    """Declared size once inflated, encryption of an ods, cells spread too wide, dead formulas."""
    try:
        with zipfile.ZipFile(path) as archive:
            inflated = sum(i.file_size for i in archive.infolist())
            if inflated > limit * MO:
                return (f"classeur de {inflated / MO:.0f} Mo une fois décompressé : la limite est "
                        f"de {limit} Mo, il n’a pas été ouvert.",
                        "demandez un CSV, ou relevez donnees.classeur_max_mo.")
            manifest = "META-INF/manifest.xml"
            if manifest in archive.namelist() and b"encryption-data" in archive.read(manifest):
                return PASSWORD
            sheets = [n for n in archive.namelist() if re.fullmatch(
                r"xl/worksheets/[^/]+\.xml|content\.xml", n)]
            return next(filter(None, (_sheet(archive.read(n)) for n in sheets)), None)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError):
        return None  # truncated: told when read


def _sheet(content: bytes) -> tuple[str, str] | None:
    """A few cells far apart would be spread over the whole memory by any reader."""
    area = _area_ods(content) if b"<table:table" in content else _area_xlsx(content)
    if area > CELLS:
        return (f"feuille étendue sur {integer(area)} cellules, presque toutes vides : elle n’a "
                "pas été ouverte.",
                "supprimez les lignes et les colonnes vides, ou enregistrez en CSV.")
    dead = [m[1].decode() for m in _DEAD.finditer(content)]
    if dead:
        return (f"formule jamais calculée (cellule {', '.join(dead[:5])}) : elle n’a pas de "
                "valeur.", "ouvrez le classeur dans un tableur et enregistrez-le.")
    return None


def _area_xlsx(content: bytes) -> int:
    """Rows × columns of the rectangle that holds every filled cell."""
    rows = columns = 0
    for letters, row in _CELL.findall(content):
        rows = max(rows, int(row))
        columns = max(columns, sum(26 ** i * (c - 64) for i, c in enumerate(reversed(letters))))
    return rows * columns


def _area_ods(content: bytes) -> int:
    """Filled cells, repetitions counted."""
    def times(tag: bytes, what: bytes) -> int:
        found = re.search(b'number-' + what + b'-repeated="(\\d+)"', tag)
        return int(found[1]) if found else 1
    return sum(times(head, b"rows") * sum(times(c, b"columns") for c in _ODS_CELL.findall(row))
               for head, row in _ODS_ROW.findall(content))
