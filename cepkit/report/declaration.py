"""Declaration of an investigation to France compétences: the sheet to send, and where it stands.

The methodology asks that complementary approaches be told beforehand; France compétences or the
DGEFP may ask to adjust them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cepkit import codes, formats
from cepkit.edition.investigation import Investigation
from cepkit.intake.workbook_rules import consent_gaps
from cepkit.report import pandoc, word
from cepkit.report.reference import PATH as REFERENCE
from cepkit.show.blocks import md
from cepkit.text import enumerate_fr, typography

FIELD = ("Enquête", "Entretiens")  # methods that meet persons: an agreement comes first
TODO = "À compléter"
DATES = {"declaration": "Déclaration à France compétences", "terrain_debut": "Début du recueil",
         "terrain_fin": "Fin du recueil", "restitution": "Restitution des enseignements"}
# Step -> column of the sheet `investigations` of a workbook ("": only written by hand).
FOLLOW = {"Envoyée au référent France compétences le": "declaree_le", "Atelier visé": "atelier",
          "Ajustement demandé par (aucun, France compétences, DGEFP)": "ajustement",
          "Ajustement demandé": "", "Réponse de l’association": "suite_ajustement"}


def sheet(own: Investigation, regions: Sequence[str], exercice: str,
          followed: Mapping[str, Mapping[str, Any]] | None = None) -> bytes:
    """`declaration_<nom>.docx`: theme, questions, method, data, partners, calendar; the follow-up
    as the workbooks have it (`followed`: region -> row of `investigations`), room for what they
    lack. The same declaration gives the same bytes."""
    text = typography(_markdown(own, regions, followed or {}))
    with tempfile.TemporaryDirectory(prefix="cepkit-") as folder:
        out = Path(folder) / "fiche.docx"
        pandoc.run(["-f", pandoc.TRUSTED, "-s", "-M", "lang=fr-FR", "-M",
                    f"title={typography('Déclaration d’une investigation complémentaire')}", "-o",
                    str(out), "--reference-doc", str(REFERENCE)], text)
        data = out.read_bytes()
    made = word.finish(data, {
        "entete": typography(f"Suivi du CEP · exercice {exercice}"), "mention": "Document à "
        "envoyer avant le début des travaux", "cepkit_region": ",".join(regions),
        "cepkit_exercice": exercice})
    return word.stamped(_still(made), {"cepkit_document": _body(made)})


def _still(data: bytes) -> bytes:
    """Without the clock that Pandoc writes in the properties."""
    import io
    import re

    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {n: package.read(n) for n in package.namelist()}
    parts["docProps/core.xml"] = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2000-01-01T00:00:00Z",
                                        parts["docProps/core.xml"])
    return word.zipped(parts)


def _body(data: bytes) -> str:
    import io

    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return hashlib.sha256(package.read("word/document.xml")).hexdigest()[:16]


def untouched(path: Path) -> bool:
    """Is this sheet as the suite wrote it? A text processor rewrites the body when it saves."""
    from cepkit.report.docx_file import read

    return read(path).properties.get("cepkit_document") == _body(path.read_bytes())


def _followed(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """The table of the follow-up: a column a region that has a row in its workbook."""
    def cell(row: Mapping[str, Any], column: str) -> str:
        value = row.get(column) or "…"  # a row of empty cells would be set as a heading
        return formats.date(value) if isinstance(value, dt.date) else md(str(value))
    heads = [codes.region_name(c) for c in rows] or ["Date ou texte"]
    lines = [f"| {step} | {' | '.join(cell(r, column) for r in rows.values() or [{}])} |"
             for step, column in FOLLOW.items()]
    return "\n".join([f"| Étape | {' | '.join(heads)} |", "|:---" * (1 + len(heads)) + "|", *lines])


def _markdown(own: Investigation, regions: Sequence[str],
              followed: Mapping[str, Mapping[str, Any]]) -> str:
    days = {label: getattr(own.calendrier, key) for key, label in DATES.items()}
    files = [f"{t.titre} ({t.source or t.origine})" for t in own.livraison]
    parts = [
        ("Thème", own.theme), ("Régions", enumerate_fr([codes.region_name(c) for c in regions])),
        ("Questions", own.questions), ("Méthode", enumerate_fr(own.methode)),
        ("Population", own.population), ("Données", files or "Aucun fichier propre."),
        ("Données personnelles", own.donnees_personnelles),
        ("Partenaires", own.partenaires or "Aucun."),
        ("Calendrier", [f"{label} : {formats.date(day) if day else TODO.lower()}"
                        for label, day in days.items()]),
        ("Ce que l’on ne pourra pas en conclure", own.limites or TODO)]
    said = [f"## {md(own.titre)}", *(_part(head, content) for head, content in parts)]
    if set(own.methode) & set(FIELD):
        said.append("L’accord du partenaire est obtenu et inscrit avant le début du recueil.")
    return "\n\n".join([*said, "### Suivi de la déclaration", _followed(followed)])


def _part(head: str, content: str | Sequence[str]) -> str:
    if isinstance(content, str):
        return f"**{head} :** {md(content)}"
    return "\n".join([f"**{head} :**\n", *(f"- {md(c)}" for c in content)])


def state(rows: Iterable[Mapping[str, Any]], consents: Sequence[Mapping[str, Any]],
          on: dt.date) -> list[str]:
    """One line an investigation of the workbook: sent when, for which workshop, adjustment and its
    answer, agreement before the field work."""
    return [_state(row, consents, on) for row in rows if row["etat"] != "Abandonnée"]


def _state(row: Mapping[str, Any], consents: Sequence[Mapping[str, Any]], on: dt.date) -> str:
    sent, workshop, asked = row["declaree_le"], row["atelier"], row["ajustement"]
    said = [str(row["etat"]).lower(),
            f"déclarée le {formats.date(sent, short=True)}" if sent
            else "à déclarer à France compétences"]
    if workshop:
        late = sent is not None and sent > workshop or sent is None and on > workshop
        said.append(f"atelier du {formats.date(workshop, short=True)}"
                    + (" (passé avant la déclaration)" if late else ""))
    if asked and asked != "Aucun":
        said.append(f"ajustement demandé par {asked} : {row['suite_ajustement'] or 'à répondre'}")
    if row["methode"] in FIELD and (lack := _agreement(row, consents)):
        said.append(lack)
    return f"{row['nom']} : {' ; '.join(said)}"


def _agreement(row: Mapping[str, Any], consents: Sequence[Mapping[str, Any]]) -> str:
    """What the agreement that the field work needs lacks; empty when it came first."""
    found = next((c for c in consents if c["n"] == row["accord"]), None)
    if found is None:
        return "accord du partenaire à inscrire avant le terrain"
    if gaps := consent_gaps(SimpleNamespace(**found)):
        return f"accord {found['n']} incomplet : il faut {enumerate_fr(list(gaps.values()))}"
    begun = row["debut"]
    late = begun and found["accord_le"] and found["accord_le"] > begun
    return f"accord {found['n']} signé après le début du terrain" if late else ""
