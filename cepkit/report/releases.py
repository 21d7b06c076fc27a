"""Versions sent out, kept for good under `diffusions/<date>-<version>/`: documents and values."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cepkit.report.version import SLUGS

VALEURS, MANIFEST, FOLDER = "valeurs.json", "manifest.json", "diffusions"


@dataclass(frozen=True)
class Release:
    """A version that was sent: `manifest` says what and to whom, `said` what the report said."""

    folder: Path
    manifest: Mapping[str, Any]

    @functools.cached_property
    def said(self) -> dict[str, Any]:
        """Content of `valeurs.json` (see `report.content`)."""
        return json.loads((self.folder / VALEURS).read_text("utf-8"))

    @property
    def version(self) -> str:
        """One of `version.VERSIONS`."""
        return self.manifest["version"]

    @property
    def document(self) -> str:
        """What the copies sent carry as `cepkit_document`."""
        return self.manifest["document"]

    @property
    def date(self) -> dt.date:
        """Day of the first sending."""
        return dt.date.fromisoformat(self.manifest["envoye_le"])


def releases(region_folder: Path) -> list[Release]:
    """Versions sent for a region, the oldest first."""
    found = [Release(p.parent, json.loads(p.read_text("utf-8")))
             for p in (Path(region_folder) / FOLDER).glob(f"*/{MANIFEST}")]
    return sorted(found, key=lambda r: (r.manifest["envoye_le"], r.folder.name))


def of_document(region_folder: Path, document: str) -> Release | None:
    """The version that a copy was made from, by its `cepkit_document`."""
    return next((r for r in releases(region_folder) if document and r.document == document), None)


def keep(region_folder: Path, files: Mapping[str, bytes], *, date: dt.date,
         recipients: Iterable[str] = (), notes: Mapping[str, Any] | None = None) -> Release:
    """Keep what is sent; `files` holds `valeurs.json` and the documents.

    The same files sent again only add their recipients. What was kept is never changed nor
    removed. `notes`: what the manifest tells besides (reason given, remarks left open).
    """
    said = json.loads(files[VALEURS])
    sent = [{"nom": name, "envoye_le": date.isoformat()} for name in recipients]
    listed = [{"chemin": n, "sha256": hashlib.sha256(d).hexdigest(), "octets": len(d)}
              for n, d in sorted(files.items())]
    for release in releases(region_folder):
        if release.manifest["fichiers"] == listed:
            return _again(release, sent, notes or {})
    folder = _free(Path(region_folder) / FOLDER / f"{date.isoformat()}-{SLUGS[said['version']]}")
    known = ("exercice", "region", "version", "etat_le", "document", "empreinte_diffusee")
    manifest = {**{k: said[k] for k in known}, "envoye_le": date.isoformat(), **(notes or {}),
                "destinataires": sent, "fichiers": listed}
    partial = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    for name, data in {**files, MANIFEST: _json(manifest)}.items():
        (partial / name).parent.mkdir(parents=True, exist_ok=True)
        (partial / name).write_bytes(data)
    os.replace(partial, folder)
    return Release(folder, manifest)


def _free(folder: Path) -> Path:
    """A name that nothing bears yet: « 2023-05-09-partagee », then « …-2 »."""
    names = (folder.name, *(f"{folder.name}-{n}" for n in range(2, 1000)))
    return next(p for n in names if not (p := folder.with_name(n)).exists())


def _again(release: Release, sent: list[dict], notes: Mapping[str, Any]) -> Release:
    told = {r["nom"] for r in release.manifest["destinataires"]}
    manifest = {**release.manifest, **{k: v for k, v in notes.items() if v},
                "destinataires": [*release.manifest["destinataires"],
                                  *(s for s in sent if s["nom"] not in told)]}
    partial = release.folder / f".{MANIFEST}.part"
    partial.write_bytes(_json(manifest))
    os.replace(partial, release.folder / MANIFEST)
    return Release(release.folder, manifest)


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def read(path: Path) -> dict[str, Any]:
    """A `valeurs.json`; empty when it is unreadable."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def current(output_folder: Path) -> dict[str, Any]:
    """What the report produced last says; empty when there is none."""
    return read(Path(output_folder) / VALEURS)
