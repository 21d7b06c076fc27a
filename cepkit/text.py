"""Small French text helpers: nearest names, enumerations, typographic spaces, slugs."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence

NNBSP, NBSP, MINUS, APOS = "\u202f", "\u00a0", "\u2212", "\u2019"

# Words that generated text never holds (SPECIFICATION 5.0); the permanent mention and the
# rule pages are the only places where some of them are lawful.
MOTS_INTERDITS = (
    "performance", "classement", "rang", "meilleur", "pire", "retard", "avance", "en tête",
    "dernier", "insuffisant", "défaillant", "conforme", "contrôle", "audit", "anomalie", "dégradé",
)
MENTION_PERMANENTE = (
    "Ce suivi observe des dynamiques régionales. Il n’est ni un audit ni un contrôle des "
    "opérateurs et ne porte pas sur la qualité du service rendu."
)


def fold(text: str) -> str:
    """Lower case, no accent, single spaces, plain hyphen: for recognising labels."""
    text = unicodedata.normalize("NFKD", str(text)).replace("’", "'").replace("œ", "oe")
    text = "".join(c for c in text if not unicodedata.combining(c))
    return re.sub(r"[\s\-_'.]+", " ", text).strip().lower()


def slug(text: str) -> str:
    """ASCII slug with hyphens: "Apec (cadres)" -> "apec-cadres"."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to `name` (accents and case ignored), or None."""
    by_fold = {fold(k): k for k in known}
    close = difflib.get_close_matches(fold(name), list(by_fold), n=1, cutoff=0.6)
    return by_fold[close[0]] if close else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """« Vouliez-vous dire « x » ? » with a leading space, or an empty string."""
    found = nearest(name, known)
    return f" Vouliez-vous dire « {found} » ?" if found else ""


def enumerate_fr(items: Sequence[str], last: str = "et") -> str:
    """["a", "b", "c"] -> "a, b et c"."""
    items = [str(i) for i in items]
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def typography(text: str) -> str:
    """French spaces: U+202F before ; ! ?, U+00A0 before : % » and after «, ’ for '."""
    text = re.sub(r"(?<=\w)'(?=\w)", APOS, text)
    text = re.sub(r"[ \u00a0\u202f]+([;!?])", NNBSP + r"\1", text)
    text = re.sub(r"[ \u00a0\u202f]+([:%»])", NBSP + r"\1", text)
    return re.sub(r"«[ \u00a0\u202f]*", "«" + NBSP, text)


def lower_first(text: str) -> str:
    """Lower the first letter unless the word is an acronym or a proper name (Apec, CDI)."""
    head = text.split(" ")[0]
    keep = (head.isupper() and len(head) > 1) or head in {"Apec", "Pôle", "Cap", "France", "CléA"}
    return text if keep else text[:1].lower() + text[1:]


def capital(text: str) -> str:
    """ "entrées" -> "Entrées"."""
    return text[:1].upper() + text[1:]
