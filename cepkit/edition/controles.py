"""Section `controles` of `edition.yml`: what each check of the delivery does when it fails.

A default follows one principle: what leaves the meaning of a row in doubt blocks; what is absent
or does not add up is told, since the delivery may be right.
"""

from __future__ import annotations

from typing import Literal

from cepkit.edition.base import Strict, cle

Gravite = Literal["bloquant", "avertissement", "ignore"]


def _regle(sens: str, defaut: Gravite) -> Gravite:
    return cle(sens, "avertissement" if defaut == "bloquant" else "bloquant", defaut=defaut)


class Controles(Strict):
    """« bloquant » stops, « avertissement » tells and goes on, « ignore » says nothing."""

    # The file
    lignes_incompletes: Gravite = _regle(
        "Une ligne a trop ou trop peu de champs. Si elle ne bloque pas, elle est laissée de côté.",
        "bloquant")
    ligne_vide: Gravite = _regle(
        "Une ligne vide coupe le tableau, ou des données se trouvent sous les notes.",
        "avertissement")
    fin_de_fichier: Gravite = _regle(
        "La dernière ligne d'un fichier texte n'est pas terminée : il est peut-être coupé.",
        "avertissement")
    texte_altere: Gravite = _regle(
        "Un texte a été lu un jour dans le mauvais encodage (« RÃ©gion »). Si la règle ne bloque "
        "pas, il est rétabli.", "bloquant")
    formule_ou_balise: Gravite = _regle(
        "Un libellé contient une formule ou une balise HTML.", "bloquant")
    colonne_inconnue: Gravite = _regle(
        "Une colonne n'est ni dans « colonnes » ni dans « ignorees » : elle n'est pas lue.",
        "avertissement")
    # The codes
    code_inconnu: Gravite = _regle(
        "Région, département, opérateur, mesure ou année inconnus. Si la règle ne bloque pas, la "
        "ligne est laissée de côté.", "bloquant")
    modalite_inconnue: Gravite = _regle(
        "Modalité inconnue d'une autre dimension. Si la règle ne bloque pas, la ligne est comptée "
        "en « non renseigné » s'il existe, sinon laissée de côté.", "avertissement")
    total_individuel: Gravite = _regle(
        "Un libellé de total se trouve dans un fichier individuel. Si la règle ne bloque pas, les "
        "lignes sont laissées de côté.", "bloquant")
    # The numbers
    valeur_illisible: Gravite = _regle(
        "Une cellule n'est ni un nombre ni un jeton déclaré. Si la règle ne bloque pas, la ligne "
        "est laissée de côté.", "bloquant")
    nombre_ambigu: Gravite = _regle(
        "« 1,234 » est-il 1 234 ou 1,234 ? Un effectif est lu comme un entier.", "avertissement")
    effectif_negatif: Gravite = _regle(
        "Un effectif est négatif. Si la règle ne bloque pas, il est lu comme non disponible.",
        "bloquant")
    effectif_decimal: Gravite = _regle(
        "Un effectif n'est pas entier. Si la règle ne bloque pas, il est lu comme non disponible.",
        "bloquant")
    mesures_melangees: Gravite = _regle(
        "Deux mesures sont dans une même colonne (entrées et bénéficiaires, ou effectifs et "
        "pourcentages).", "bloquant")
    # The keys
    annee_hors_periode: Gravite = _regle(
        "Une année est postérieure à l'exercice ou antérieure de plus de quinze ans.", "bloquant")
    departement_hors_region: Gravite = _regle(
        "Un département est rattaché à une autre région que la sienne.", "bloquant")
    doublons: Gravite = _regle(
        "Deux lignes portent la même clé. Si la règle ne bloque pas, la première est gardée.",
        "bloquant")
    # The whole
    totaux: Gravite = _regle(
        "Un total diffère de la somme de ses parts, au-delà de l'arrondi déclaré.",
        "avertissement")
    totaux_entre_tables: Gravite = _regle(
        "Le même total diffère d'une table à l'autre, au-delà de l'arrondi déclaré.",
        "avertissement")
    region_absente: Gravite = _regle("Une région manque.", "avertissement")
    departement_absent: Gravite = _regle("Un département manque dans une région présente.",
                                         "avertissement")
    operateur_absent: Gravite = _regle("Un opérateur manque dans une région.", "avertissement")
    mois_absent: Gravite = _regle("Un mois manque.", "avertissement")
