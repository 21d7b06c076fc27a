"""Wording shared by all generated sentences: values, references, gaps, reasons.

Every function takes indicator rows (see docs/architecture.md, layer 6) and returns French
text built from published values only: a withheld value reads « s. », never a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from cepkit import codes, formats, text
from cepkit.text import enumerate_fr

MOTS_MAX = 30


def row(frame: pd.DataFrame, **keys: str) -> pd.Series | None:
    """The only row of `frame` whose key columns have these values, or None."""
    for name, value in keys.items():
        if name in frame.columns:
            frame = frame[frame[name] == value]
    return None if frame.empty else frame.iloc[0]


def published(line: pd.Series | None) -> bool:
    """Whether the row carries a value that may be written."""
    return line is not None and line["etat"] == codes.PUBLIE and pd.notna(line["valeur"])


value = formats.quantity
capital, lower_first = text.capital, text.lower_first


def cell(line: pd.Series | None, column: str = "valeur") -> str:
    """A row's value as text, with the decimals of its base, or « s. » or « n.d. »."""
    if line is None or line["etat"] == codes.NON_DISPONIBLE:
        return formats.ND
    if line["etat"] != codes.PUBLIE:
        return formats.SECRET
    return value(line[column], line["unite"], digits(line) if column == "valeur" else None)


def reference(line: pd.Series) -> str:
    """The value that a row is compared with, as precise as the row's own value."""
    return value(line["reference"], line["unite"], digits(line))


def digits(line: pd.Series) -> int:
    """Decimals of a row's value, given its base."""
    return formats.digits([line["valeur"]], line["unite"], [line.get("denominateur")])


def reason(line: pd.Series | None, fallback: str = "Cette donnée n’est pas disponible.") -> str:
    """Why a row has no value, as a sentence."""
    if line is None or not str(line.get("note") or ""):
        return fallback
    said = str(line["note"]).strip().removeprefix("dénominateur non disponible : ")
    return capital(said).rstrip(".") + "."


def kept_back(r: Any, *tables: str) -> str:
    """Why an agreement keeps one of these tables from this version; empty when none does."""
    return next((t["retenue"] for t in r.meta["plan"]
                 if t["nom"] in tables and "retenue" in t), "")


def relative_to(reading: str) -> str:
    """ "au-dessus" -> "au-dessus de", "proche" -> "proche de"."""
    return {
        codes.AU_DESSUS: "au-dessus de",
        codes.EN_DESSOUS: "en dessous de",
        codes.PROCHE: "proche de",
    }.get(reading, "à rapprocher, sans pouvoir conclure, de")


# Dimensions in a sentence, for those that an edition may not declare.
DIMENSIONS = {
    "sexe": "le sexe", "tranche_age": "l’âge", "csp": "la catégorie socioprofessionnelle",
    "diplome": "le diplôme", "statut": "le statut d’emploi", "secteur": "le secteur d’activité",
    "handicap": "la situation de handicap",
}  # fmt: skip


# How a sentence calls an operator: subject, « de … », « à … ».
_OPERATEURS = {
    "apec": ("l’Apec", "de l’Apec", "à l’Apec"),
    "missions_locales": ("les missions locales", "des missions locales", "aux missions locales"),
    "operateur_regional": (
        "l’opérateur régional",
        "de l’opérateur régional",
        "auprès de l’opérateur régional",
    ),
}


def operator(code: str, label: str, form: int = 0) -> str:
    """An operator in a sentence; `form` 0 subject, 1 « de … », 2 « à … »."""
    return _OPERATEURS.get(code, (label, f"de {label}", f"à {label}"))[form]


def connu(frame: pd.DataFrame) -> bool:
    """Whether a frame has at least one published value (else the section says why)."""
    return bool((frame["etat"] == codes.PUBLIE).any())


def comparable(frame: pd.DataFrame) -> pd.DataFrame:
    """Published rows whose national reference is published too."""
    return frame[(frame["etat"] == codes.PUBLIE) & frame["reference"].notna()]


def sourced(r: Any, rows: pd.DataFrame) -> pd.DataFrame:
    """Findings of the workbook whose `source` names the exchange, or the kind of source:
    « rencontre bilatérale du 8 février 2022 »."""
    meetings = r.suivi("rencontres")

    def said(line: pd.Series) -> str:
        found = None if meetings.empty else row(meetings, n=line["source"])
        if found is None:
            return line["source_nature"]
        return f"{lower_first(found['forme'])} du {formats.date(found['date'])}"

    return rows.assign(source=[said(x) for _, x in rows.iterrows()])


def marked(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows whose gap is marked, in the order of the frame (never ordered by value)."""
    return frame[frame["lecture"].isin([codes.AU_DESSUS, codes.EN_DESSOUS])]


def enumerate_words(items: Iterable[str]) -> str:
    """["Femmes", "Ouvriers"] -> "femmes et ouvriers"."""
    return enumerate_fr([lower_first(i) for i in items])


def measure_name(r: Any) -> str:
    """Short plural name of the principal measure: « entrées »."""
    label = r.meta["mesures"][r.meta["mesure_principale"]]["libelle"]
    return lower_first(label).removesuffix(" en CEP").removesuffix(" du CEP")


def words(sentence: str) -> int:
    """Words of a sentence as a reader counts them (a number and its unit are one word)."""
    return len([w for w in sentence.split() if any(c.isalnum() for c in w)])


def fitting(*candidates: str) -> str:
    """The first sentence of at most thirty words, else the last one."""
    return next((s for s in candidates if words(s) <= MOTS_MAX), candidates[-1])


def check_five(sentences: Sequence[str]) -> list[str]:
    """The five lines, or a ValueError naming the line that breaks a rule."""
    if len(sentences) != 5:
        raise ValueError(f"cinq lignes attendues, {len(sentences)} reçues")
    for n, sentence in enumerate(sentences, 1):
        if words(sentence) > MOTS_MAX:
            raise ValueError(f"ligne {n} : {words(sentence)} mots, {MOTS_MAX} au plus : {sentence}")
    return list(sentences)
