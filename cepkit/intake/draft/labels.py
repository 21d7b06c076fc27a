"""What a text says: a region, an operator, an age band, a month, a measure, a token, a total.

Territories are recognised by the loader's own tables, the rest by `dimensions.yml`.
"""

from __future__ import annotations

import difflib
import functools
import re
from importlib import resources

import yaml

from cepkit.intake.decode import METROPOLE, decode, month, territories
from cepkit.text import fold

TOTALS = re.compile(r"(total|ensemble|toutes?|tous)\b.*|.*\b(total|ensemble|toutes categories)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_TOKENS = {
    "non_disponible": ("", "nd", "n.d.", "n.d", "nc", "n.c.", "na", "n/a", "..", "…"),
    "non_diffuse": ("s", "s.", "s.s", "s.s.", "ns", "n.s.", "c", "secret"),
    "zero": ("-", "–", "—", "néant"),
}


@functools.cache
def vocabulary() -> dict:
    """`dimensions.yml`: dimensions, measures, words."""
    text = resources.files("cepkit.intake.draft").joinpath("dimensions.yml").read_text("utf-8")
    return yaml.safe_load(text)


def dimensions() -> dict[str, dict]:
    """Canonical dimension -> titre, mots, modalites (those of the vocabulary that have words)."""
    return {k: v for k, v in vocabulary().items() if isinstance(v, dict) and "mots" in v}


@functools.cache
def _book(dimension: str) -> dict[str, str]:
    known = dimensions().get(dimension, {}).get("modalites", {})
    return {fold(label): code for code, labels in known.items() for label in labels}


@functools.cache
def _words() -> dict[str, str]:
    """Folded header -> canonical column."""
    own = {"region": "region", "regions": "region", "nom region": "region",
           "departement": "departement", "departements": "departement", "dep": "departement",
           "dept": "departement", "annee": "annee", "periode": "periode", "trimestre": "trimestre"}
    return own | {m: d for d, v in dimensions().items() for m in (*v["mots"], d.replace("_", " "))}


def by_header(header: str, exact: bool = False) -> str | None:
    """Canonical column of a header: « Opérateur du CEP » -> "operateur"; else the nearest word."""
    folded = re.sub(r"^(code|lib|libelle|nom)( de( la| l)?| du)? | (insee|cep)$", "",
                    re.sub(r"\(.*?\)", " ", fold(header))).strip()
    words = _words()
    close = [] if exact else difflib.get_close_matches(folded, words, 1, 0.85)
    return words.get(folded) or words.get(close[0] if close else "")


def dimension_named(label: str) -> str | None:
    """Dimension whose title or header word this label is exactly: « CSP » -> "csp"."""
    found = _words().get(fold(label))
    titles = {fold(v["titre"]): d for d, v in dimensions().items()}
    return titles.get(fold(label)) or (found if found in dimensions() else None)


def is_total(label: str) -> bool:
    """« Total », « Ensemble », « Total région », « Tous opérateurs »."""
    return bool(TOTALS.fullmatch(fold(re.sub(r"\(.*?\)", "", label))))


def code(dimension: str, label: str) -> str | None:
    """Canonical code of a label in a known dimension; None when it says nothing there."""
    if dimension == "region" and code("operateur", label):  # « France Travail »
        return None
    if dimension in ("region", "departement"):
        return decode(label, dimension, territories(dimension), set()) if label else None
    if dimension == "tranche_age":
        return _age(label)
    if dimension == "mois":
        return month(label)
    if dimension == "annee":
        return label if _YEAR.fullmatch(label) else None
    if dimension == "niveau":
        found = re.match(r"niveau (?:de conseil )?([123])\b|([123])$", fold(label))
        return f"niveau_{found[1] or found[2]}" if found else None
    return _book(dimension).get(fold(label)) or _book(dimension).get(
        re.sub(r"^dont ", "", fold(label)))


def _age(label: str) -> str | None:
    """« Moins de 25 ans », « <25 », « 25-34 », « 55 ans et plus », « 50+ » -> one code."""
    label = re.sub(r"^[-–] ?(?=\d)", "moins de ", label.replace("+", " plus "))
    text = re.sub(r"\bans?\b|\bentre\b", " ", fold(label.replace("–", "-")))
    text = " ".join(text.replace("<", "moins de ").replace(">", "plus de ").split())
    if m := re.fullmatch(r"moins (?:de|que) (\d\d)|moins (\d\d)", text):
        return f"moins_{m[1] or m[2]}"
    if m := re.fullmatch(r"(?:de )?(\d\d) (?:a |et )?(\d\d)", text):
        return f"{m[1]}_{m[2]}"
    if m := re.fullmatch(r"plus de (\d\d)|(\d\d) (?:et |ou )?plus", text):
        return f"{m[1] or m[2]}_plus"
    return None


def standard(dimension: str, found: str, label: str) -> str:
    """Label to print for a code: that of the vocabulary, a plain age band, else as written."""
    known = dimensions().get(dimension, {}).get("modalites", {})
    if found in known:
        return known[found][0]
    if dimension != "tranche_age":
        return label
    first, _, last = found.partition("_")
    return (f"Moins de {last} ans" if first == "moins" else f"{first} ans ou plus"
            if last == "plus" else f"{first} à {last} ans")


def reading(label: str, contexte: bool = False) -> dict[str, str] | None:
    """What one part of a column header stands for; {} for a total, None when it says nothing.

    >>> reading("Femmes"), reading("mars 2022"), reading("T3_2022"), reading("dont Apec")
    ({'sexe': 'femme'}, {'mois': '03', 'annee': '2022'}, {'trimestre': '3', 'annee': '2022'}, \
{'operateur': 'apec'})
    """
    bare = re.sub(r"\(.*?\)", " ", label).strip()
    year = _YEAR.search(bare)
    rest = bare.replace(year.group(), " ").strip(" -_/.") if year else bare
    if quarter := re.fullmatch(r"[TQ]\s*([1-4])", rest, re.I):
        return {"trimestre": quarter[1], "annee": year.group()} if year else None
    if year and (not rest or (len(rest) > 2 and month(rest))):
        return ({"mois": month(rest)} if rest else {}) | {"annee": year.group()}
    if both := re.match(r"(homme|femme)s? (.+)", fold(bare)):
        inner = reading(both[2], contexte)
        return None if inner is None else {"sexe": both[1]} | inner
    if alone := re.fullmatch(r"total (homme|femme)s?", fold(bare)):
        return {"sexe": alone[1]}
    if is_total(bare):
        return {"annee": year.group()} if year else {}
    own = ("operateur", "cep_prealable", "modalite", "format", "niveau")
    for dimension in ("sexe", "tranche_age", "region", *(() if contexte else own)):
        if not bare.isdigit() and (found := code(dimension, bare)):
            return {dimension: found}
    if len(bare) > 2 and month(bare) and not bare.isdigit():
        return {"mois": month(bare)}
    return None


def measure(text: str) -> str | None:
    """Measure that a header or a title names first: « Bénéficiaires » -> "beneficiaires"."""
    folded = fold(text)
    found = [(folded.index(w), -len(w), m) for m, words in vocabulary()["mesures"].items()
             for w in words if w in folded]
    return min(found)[2] if found else None


def operator_named(*texts: str) -> str | None:
    """The only operator that these texts name: « CEP des actifs occupés »."""
    folded = f" {fold(' '.join(texts))} "
    found = {c for label, c in _book("operateur").items() if len(label) > 3
             and f" {label} " in folded}
    return found.pop() if len(found) == 1 else None


def speaks_of(kind: str, *texts: str) -> bool:
    """Do these texts hold one of the words « contexte », « cep » or « association » list?"""
    folded = f" {fold(' '.join(texts))} "
    return any(f" {w} " in folded for w in vocabulary()[kind])


def year(*texts: str) -> str | None:
    """The year of the first text that names only one, else the first year named."""
    found = [list(dict.fromkeys(_YEAR.findall(t.replace("_", " ")))) for t in texts]
    return next((y[0] for y in found if len(y) == 1), next((y[0] for y in found if y), None))


def token(cell: str) -> tuple[str, tuple[int, int] | None] | None:
    """Key of `jetons` for a cell that stands in place of a number, with its bounds."""
    low = cell.strip().lower()
    for key, known in _TOKENS.items():
        if low in known:
            return key, None
    if m := re.fullmatch(r"(?:<|moins de)\s*(\d+)", low):
        return "bornes", (1, int(m[1]) - 1)
    return ("bornes", (int(m[1]), int(m[2]))) if (
        m := re.fullmatch(r"(?:de )?(\d+)\s*(?:à|-|–)\s*(\d+)", low)) else None


__all__ = ["METROPOLE", "by_header", "code", "dimension_named", "dimensions", "is_total",
           "measure", "operator_named", "reading", "speaks_of", "standard", "token",
           "vocabulary", "year"]
