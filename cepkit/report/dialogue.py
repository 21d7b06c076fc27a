"""The dialogue contradictoire: who was sent what, reminded, answered, stayed silent; e-mails."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import yaml

from cepkit import formats
from cepkit.report.version import ENVOI
from cepkit.text import MENTION_PERMANENTE, slug, typography

A_ENVOYER, EN_ATTENTE, ECHUE = "à envoyer", "réponse attendue", "échéance passée, sans réponse"
SILENCE, MAINTENUE, A_TRAITER = "Silence à l’échéance", "Divergence maintenue", "À traiter"


@dataclass(frozen=True)
class Exchange:
    """Where the dialogue stands with one operator."""

    operateur: str
    envoye: dt.date | None = None
    attendue: dt.date | None = None
    relance: dt.date | None = None
    recue: dt.date | None = None
    reponse: str = ""
    remarques: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    def etat(self, on: dt.date) -> str:
        """In words, on a day."""
        if self.envoye is None:
            return A_ENVOYER
        if self.reponse == SILENCE:
            return "silence à l’échéance"
        if self.reponse or self.recue or self.remarques:
            return (self.reponse or ("Avec remarques" if self.remarques else "répondu")).lower()
        return ECHUE if self.attendue and self.attendue < on else EN_ATTENTE

    def ouvertes(self) -> int:
        """Number of remarks still to be treated."""
        return sum(r["traitement"] == A_TRAITER for r in self.remarques)

    def divergences(self) -> int:
        """Number of divergences maintained."""
        return sum(r["traitement"] == MAINTENUE for r in self.remarques)


def exchanges(jalons: Iterable[Mapping[str, Any]], remarks: Iterable[Mapping[str, Any]],
              operators: Sequence[str]) -> list[Exchange]:
    """One line an operator, in the order of the law; the last sending counts."""
    sendings = [j for j in jalons if j["etape"] == ENVOI]
    remarks = list(remarks)
    found = []
    for operator in operators:
        mine = [j for j in sendings if j["destinataire"] == operator]
        own = tuple(r for r in remarks if r["auteur"] == operator)
        row = max(mine, key=lambda j: j["date_realisee"] or dt.date.min, default=None)
        found.append(Exchange(operator, remarques=own) if row is None else Exchange(
            operator, row["date_realisee"], row["attendue_le"], row["relance_le"],
            row["recue_le"], row["reponse"], own))
    return found


# ---- e-mails ------------------------------------------------------------------------------


@functools.cache
def _models() -> dict[str, dict[str, str]]:
    return yaml.safe_load(resources.files("cepkit.report").joinpath("courriels.yml").read_text(
        "utf-8"))


def emails(found: Iterable[Exchange], on: dt.date, *, region: str, en: str, annee: int,
           association: str) -> dict[str, str]:
    """{file name: text}: the one e-mail that is useful now for each operator.

    To send, to remind (sent, no answer yet), or what became of its remarks; nothing after a
    silence at the deadline or an answer without remark.
    """
    made = {}
    for e in found:
        kind = _kind(e, on)
        if kind:
            model = _models()[kind]
            words = {"annee": annee, "en": en, "region": region, "association": association,
                     "mention": MENTION_PERMANENTE, "envoye": formats.date(e.envoye),
                     "attendue": f"pour le {formats.date(e.attendue)}" if e.attendue
                     else "avant la clôture du dialogue",
                     "remarques": _treated(e), "positions": _positions(e)}
            text = model["texte"].format(**words).replace("\n\n\n", "\n\n")
            made[f"{kind}_{slug(e.operateur)}.txt"] = typography(
                f"Objet : {model['objet'].format(**words)}\n\n{text}")
    return made


def _kind(e: Exchange, on: dt.date) -> str:
    state = e.etat(on)
    if state == A_ENVOYER:
        return "envoi"
    if state in (EN_ATTENTE, ECHUE):
        return "relance"
    return "reponse" if e.remarques else ""


def _treated(e: Exchange) -> str:
    lines = []
    for r in e.remarques:
        answer = f" {r['reponse']}" if r["reponse"] else ""
        lines.append(f"- {r['n']}, {r['repere']} : « {' '.join(r['remarque'].split())} » — "
                     f"{r['traitement'].lower()}.{answer}")
    return "\n".join(lines)


def _positions(e: Exchange) -> str:
    """The maintained divergences whose wording the operator has still to validate."""
    left = [r for r in e.remarques
            if r["traitement"] == MAINTENUE and not r["position_validee_le"]]
    if not left:
        return ""
    said = "\n".join(f"- {r['n']} : « {r['position_auteur']} »" for r in left)
    return ("Sur les points suivants, le désaccord est maintenu. Pouvez-vous valider ou corriger "
            f"la formulation de votre position ?\n\n{said}\n\n")
