"""Canonical codes: operators, regions, states, questions. Fixed orders live here."""

from __future__ import annotations

# Order of the law, used everywhere (never ordered by value).
OPERATEURS = ("france_travail", "cap_emploi", "apec", "missions_locales", "operateur_regional")
ENSEMBLE = "ensemble"
TOTAL = "total"
FRANCE = "FR"

# Code -> (slug, name, "en …", "de …"): official code order.
_REGIONS = {
    "01": ("guadeloupe", "Guadeloupe", "en Guadeloupe", "de Guadeloupe"),
    "02": ("martinique", "Martinique", "en Martinique", "de Martinique"),
    "03": ("guyane", "Guyane", "en Guyane", "de Guyane"),
    "04": ("la-reunion", "La Réunion", "à La Réunion", "de La Réunion"),
    "06": ("mayotte", "Mayotte", "à Mayotte", "de Mayotte"),
    "11": ("ile-de-france", "Île-de-France", "en Île-de-France", "d’Île-de-France"),
    "24": ("centre-val-de-loire", "Centre-Val de Loire", "en Centre-Val de Loire",
           "du Centre-Val de Loire"),
    "27": ("bourgogne-franche-comte", "Bourgogne-Franche-Comté", "en Bourgogne-Franche-Comté",
           "de Bourgogne-Franche-Comté"),
    "28": ("normandie", "Normandie", "en Normandie", "de Normandie"),
    "32": ("hauts-de-france", "Hauts-de-France", "dans les Hauts-de-France",
           "des Hauts-de-France"),
    "44": ("grand-est", "Grand Est", "dans le Grand Est", "du Grand Est"),
    "52": ("pays-de-la-loire", "Pays de la Loire", "dans les Pays de la Loire",
           "des Pays de la Loire"),
    "53": ("bretagne", "Bretagne", "en Bretagne", "de Bretagne"),
    "75": ("nouvelle-aquitaine", "Nouvelle-Aquitaine", "en Nouvelle-Aquitaine",
           "de Nouvelle-Aquitaine"),
    "76": ("occitanie", "Occitanie", "en Occitanie", "d’Occitanie"),
    "84": ("auvergne-rhone-alpes", "Auvergne-Rhône-Alpes", "en Auvergne-Rhône-Alpes",
           "d’Auvergne-Rhône-Alpes"),
    "93": ("provence-alpes-cote-d-azur", "Provence-Alpes-Côte d’Azur",
           "en Provence-Alpes-Côte d’Azur", "de Provence-Alpes-Côte d’Azur"),
    "94": ("corse", "Corse", "en Corse", "de Corse"),
}
REGIONS = tuple(_REGIONS)
OUTRE_MER = ("01", "02", "03", "04", "06")


def region_slug(code: str) -> str:
    """Output folder of a region: "53" -> "53-bretagne"; "FR" -> "national"."""
    return "national" if code == FRANCE else f"{code}-{_REGIONS[code][0]}"


def region_name(code: str) -> str:
    """Official name: "53" -> "Bretagne"."""
    return "France" if code == FRANCE else _REGIONS[code][1]


def in_region(code: str) -> str:
    """Locative: "53" -> "en Bretagne", "06" -> "à Mayotte"."""
    return "en France" if code == FRANCE else _REGIONS[code][2]


def of_region(code: str) -> str:
    """Genitive: "11" -> "d’Île-de-France"."""
    return "de France" if code == FRANCE else _REGIONS[code][3]


# States of a count (DESIGN §4).
PUBLIE, SECRET, NON_DIFFUSE, NON_DISPONIBLE = "publie", "secret", "non_diffuse", "non_disponible"

# Reading words of a comparison (SPECIFICATION 5.0).
AU_DESSUS, EN_DESSOUS, PROCHE = "au-dessus", "en dessous", "proche"
NON_CONCLUANT, REFUSEE = "non concluant", "comparaison refusée"

QUESTIONS = {
    "V1.1": "Comment s’organisent ces coopérations ?",
    "V1.2": "Y a-t-il des plans d’actions partagés ?",
    "V1.3": "Qui participe à quoi ?",
    "V1.4": "Sur quels thèmes portent les coopérations ?",
    "V1.5": "Quelles sont les réalisations observables ?",
    "V1.6": "Les leviers, les difficultés ? (coopérations)",
    "V2.1": "Qui a recours au CEP ?",
    "V2.2": "Où ?",
    "V2.3": "Pour quelles demandes ? Quelles sont les principales demandes ?",
    "V2.4": "Les services délivrés ?",
    "V2.5": "Les parcours déployés ?",
    "V2.6": "Quelle articulation dans les parcours entre l’accompagnement CEP et l’intervention "
            "d’autres partenaires, la mobilisation de prestations complémentaires ?",
    "V2.7": "Quelles spécificités régionales à cet égard ?",
    "V2.8": "Quels sont les leviers en région ? Les difficultés ? (parcours)",
}
