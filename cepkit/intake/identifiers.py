"""No person is ever matched between sources: columns that identify someone are not read.

Recognised by the name of the column, or by values that are e-mail addresses, telephone or social
security numbers. The only places for such a column are `ignorees` and, for a pseudonym that counts
the persons of one table, `pseudonyme`; a name or an address is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from cepkit.edition.schema import TableSource
from cepkit.errors import Problem
from cepkit.text import fold

# Folded headers (accents, case, hyphens and underscores gone).
_NAMES = re.compile(
    r"(nir|ine|matricule|pseudonyme|prenoms?|nom (de )?(naissance|famille|usage|patronymique)"
    r"|(nom|prenom)s? (du |de la |de l )?(beneficiaire|salarie|personne|usager|demandeur)"
    r"|(date|jour|lieu|ville) (de )?naissance|e ?mail|courriel|adresse (postale|mail|electronique)"
    r"|telephone.*|tel|portable|mobile"
    r"|((id|ident|identifiant|cle|code|n|no|n°|num|numero)s? ?(de |du |de l |d )?"
    r"(personne|individu|usager|beneficiaire|salarie|demandeur|client|dossier|assure|pseudo.*"
    r"|securite sociale|secu|allocataire|stagiaire)s?( .*)?)|id|identifiant)")
# Alone, « nom » names a person only in a file of persons.
_BARE = ("nom", "noms", "nom prenom", "nom et prenom")
_VALUES = re.compile(r"[\w.+-]+@[\w-]+\.\w+|(?:\+33|0)[ .]?[1-9](?:[ .-]?\d{2}){4}"
                     r"|[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3}(?: ?\d{2})?")
_NAMED = re.compile(r"\b(noms?|prenoms?|naissance|e ?mail|courriel|adresse|tel|telephone)\b")
_TERRITORIES = ("region", "departement", "libelle", "operateur")


def names_a_person(header: str, table: TableSource) -> bool:
    """Does this header name an identifier of persons?"""
    folded = fold(header)
    if table.colonnes.get(header) in _TERRITORIES:
        return False
    return bool(_NAMES.fullmatch(folded)) or (table.nature == "individuel" and folded in _BARE)


def holds_persons(values: Iterable) -> bool:
    """Are most of these values e-mail addresses, telephone or social security numbers?"""
    filled = [str(v).strip() for v in values if str(v).strip()][:200]
    return bool(filled) and sum(bool(_VALUES.fullmatch(v)) for v in filled) > len(filled) / 2


def problems(columns: Iterable[str], frame: pd.DataFrame, table: TableSource, fichier: str,
             feuille: str | None) -> list[Problem]:
    """One blocking problem a column that would let persons be recognised or matched."""
    ignored = {fold(c) for c in table.ignorees}
    if table.pseudonyme and not _NAMED.search(fold(table.pseudonyme)):
        ignored.add(fold(table.pseudonyme))
    found = [c for c in columns if fold(c) not in ignored and (
        names_a_person(c, table) or (c in frame and holds_persons(frame[c].unique()[:200])))]
    return [Problem(f"la colonne « {c} » permet de reconnaître des personnes : elle n’est pas lue.",
                    "donnees", "aucun appariement de personnes", fichier, feuille,
                    reparation="ajoutez-la à « ignorees », ou retirez-la du fichier.")
            for c in found]
