"""`secret` of `edition.yml`: the policy of statistical secrecy."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from cepkit.edition.base import Code, Strict, cle

ALWAYS = ("annee", "region", "departement", "operateur", "mesure", "mois")


class Couts(Strict):
    """Factors on what withholding a cell costs (its count): above 1, withheld later."""

    tables: dict[str, float] = cle("Par table du plan.", {"motifs_age": 0.5}, defaut={})
    dimensions: dict[str, float] = cle("Par dimension que la case détaille.", {"csp": 2},
                                       defaut={})
    priorites: dict[int, float] = cle("Par priorité des tables du plan.", {1: 4, 2: 2}, defaut={})


class Secret(Strict):
    """Statistical secrecy."""

    seuil: int = cle("Un effectif de 1 à seuil − 1 n'est pas diffusé.", 5, defaut=5)
    seuils: dict[str, int] = cle("Seuil plus élevé pour certaines dimensions.", {"handicap": 11},
                                 defaut={})
    zeros: Literal["publies", "secrets"] = cle("Les zéros sont-ils publiés ?", "publies",
                                               defaut="publies")
    niveau: Literal[1, 2] = cle("1 : la valeur ne peut être retrouvée ; 2 : on ne peut pas non "
                                "plus savoir qu'elle est petite.", 1, defaut=1)
    jamais_masquees: list[dict[str, Code]] = cle(
        "Cellules déjà publiées ailleurs, qui ne peuvent plus être masquées.",
        [{"region": "FR", "operateur": "ensemble"}], defaut=[])
    couts: Couts = cle("Ce qu'il vaut mieux retirer d'abord.", {"priorites": {1: 4, 2: 2}},
                       defaut=Couts())
    repli_au_dela: float = cle("Part des cases détaillées d'une table au-delà de laquelle elle est "
                               "diffusée regroupée (« regroupements ») plutôt que retirée.", 0.5,
                               defaut=0.5)

    def errors(self, tables: Collection[str], dimensions: Collection[str]) -> list[str]:
        """What does not fit the rest of the edition, in French."""
        known = {*dimensions, *ALWAYS}
        named = [*self.seuils, *self.couts.dimensions,
                 *(d for pattern in self.jamais_masquees for d in pattern)]
        found = [f"secret : la dimension « {d} » n’a pas de nomenclature"
                 for d in dict.fromkeys(named) if d not in known]
        found += [f"secret, couts : la table « {t} » n’est pas dans le plan de diffusion"
                  for t in self.couts.tables if t not in tables]
        if self.seuil < 1:
            found.append("secret, seuil : un entier d’au moins 1 est attendu")
        found += [f"secret, seuils : {d} ({s}) est sous le seuil général ({self.seuil})"
                  for d, s in self.seuils.items() if s < self.seuil]
        factors = [*self.couts.tables.values(), *self.couts.dimensions.values(),
                   *self.couts.priorites.values()]
        if any(f <= 0 for f in factors):
            found.append("secret, couts : un facteur est un nombre au-dessus de zéro")
        if not 0 < self.repli_au_dela <= 1:
            found.append("secret, repli_au_dela : une part entre 0 et 1 est attendue")
        return found
