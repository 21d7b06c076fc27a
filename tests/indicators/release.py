"""A release small enough to check by hand: Bretagne (two departments), Mayotte, France.

Real `Slice` and `Region` objects; only the figures are chosen. France is the whole: the rest of
France is France less the rows below.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from cepkit.region import Region
from cepkit.store import Slice

STRATA = [("femme", "moins_25"), ("femme", "25_plus"), ("homme", "moins_25"),
          ("homme", "25_plus")]  # fmt: skip
OPERATEURS = {"france_travail": "Pôle emploi", "apec": "Apec"}
DIMENSIONS = {
    "sexe": ["homme", "femme"],  # not the alphabetical order, on purpose
    "tranche_age": ["moins_25", "25_plus"],
    "csp": ["cadres", "employes", "non_renseigne"],
    "motif": ["se_former", "changer"],
    "dispositif": ["ptp", "aucun"],
    "cep_prealable": ["oui", "non"],
    "nombre_operateurs": ["un", "deux"],
}


def rows(mesure: str, dims: Iterable[str], lines: Iterable[tuple]) -> pd.DataFrame:
    """Lines: annee, region, departement, operateur, *dims, count (or "s", "nd")."""
    columns = ["annee", "region", "departement", "operateur", *dims, "effectif"]
    frame = pd.DataFrame(lines, columns=columns)
    states = {"s": "secret", "nd": "non_disponible", "sd": "non_diffuse"}
    frame["etat"] = frame["effectif"].map(lambda v: states.get(v, "publie"))
    counts = frame["effectif"].where(frame["etat"] == "publie")
    return frame.assign(effectif=counts.astype("Int64"), mesure=mesure)


def _tables() -> dict[str, pd.DataFrame]:
    place = ("2022", "53", "total")
    volumes = [
        ("2021", "53", "total", "ensemble", 900), ("2021", "53", "total", "apec", 80),
        (*place, "ensemble", 1000), (*place, "france_travail", 900), (*place, "apec", 100),
        ("2022", "53", "22", "ensemble", 600), ("2022", "53", "29", "ensemble", 400),
        ("2022", "53", "22", "apec", "s"), ("2022", "53", "29", "apec", "s"),
        ("2020", "53", "total", "ensemble", 800), ("2020", "53", "total", "apec", 70),
        ("2020", "FR", "total", "ensemble", 8000), ("2021", "FR", "total", "ensemble", 8800),
        ("2022", "FR", "total", "ensemble", 10_100), ("2022", "FR", "total", "apec", 2000),
        ("2022", "FR", "total", "france_travail", 8100),
        ("2022", "06", "total", "ensemble", 100), ("2022", "06", "total", "france_travail", 100),
    ]  # fmt: skip
    sexe = [(*place, "ensemble", "femme", 560), (*place, "ensemble", "homme", 440),
            (*place, "ensemble", "total", 1000),
            ("2022", "FR", "total", "ensemble", "femme", 5050),
            ("2022", "FR", "total", "ensemble", "homme", 5050),
            ("2022", "FR", "total", "ensemble", "total", 10_100)]  # fmt: skip
    csp = [(*place, "ensemble", "cadres", "s"), (*place, "ensemble", "employes", 300),
           (*place, "ensemble", "non_renseigne", 600), (*place, "ensemble", "total", 1000),
           ("2022", "FR", "total", "ensemble", "cadres", 1200),
           ("2022", "FR", "total", "ensemble", "employes", 2800),
           ("2022", "FR", "total", "ensemble", "non_renseigne", 6100),
           ("2022", "FR", "total", "ensemble", "total", 10_100)]  # fmt: skip
    motif = [(*place, "ensemble", "se_former", 70), (*place, "ensemble", "changer", 60),
             (*place, "ensemble", "total", 100),
             ("2022", "FR", "total", "ensemble", "se_former", 700),
             ("2022", "FR", "total", "ensemble", "changer", 500),
             ("2022", "FR", "total", "ensemble", "total", 1000)]  # fmt: skip
    ptp = [(*place, "ensemble", "oui", 30), (*place, "ensemble", "non", 10),
           (*place, "ensemble", "total", 40), (*place, "apec", "oui", 12),
           (*place, "france_travail", "oui", 18),
           ("2022", "FR", "total", "ensemble", "oui", 200),
           ("2022", "FR", "total", "ensemble", "non", 200),
           ("2022", "FR", "total", "ensemble", "total", 400),
           ("2022", "FR", "total", "apec", "oui", 100),
           ("2022", "FR", "total", "france_travail", "oui", 100)]  # fmt: skip
    operators = [(*place, "ensemble", "un", 900), (*place, "ensemble", "deux", 50),
                 (*place, "ensemble", "total", 950),
                 ("2022", "FR", "total", "ensemble", "un", 9000),
                 ("2022", "FR", "total", "ensemble", "deux", 600),
                 ("2022", "FR", "total", "ensemble", "total", 9600)]  # fmt: skip
    places = [("2022", "53", d, "ensemble", sexe, n) for d, counts in
              {"22": (360, 240, 600), "29": (200, 200, 400), "total": (560, 440, 1000)}.items()
              for sexe, n in zip(("femme", "homme", "total"), counts, strict=True)]  # fmt: skip
    both = [("2022", z, "total", "ensemble", s, a, n) for z, counts in
            {"53": (200, 360, 140, 300), "FR": (1025, 4025, 1225, 3825), "06": (25,) * 4}.items()
            for (s, a), n in zip(STRATA, counts, strict=True)]  # fmt: skip
    persons = [
        (*place, "ensemble", 950),
        (*place, "france_travail", 880),
        (*place, "apec", 95),
        ("2022", "FR", "total", "ensemble", 9600),
        ("2022", "06", "total", "ensemble", 90),
    ]
    return {
        "volumes": rows("entrees", (), volumes),
        "beneficiaires": rows("beneficiaires", (), persons),
        "profil_sexe": rows("entrees", ("sexe",), sexe),
        "profil_csp": rows("entrees", ("csp",), csp),
        "motifs": rows("personnes_motif", ("motif",), motif),
        "dossiers_ptp": rows("dossiers_ptp", ("cep_prealable",), ptp),
        "nombre_operateurs": rows("beneficiaires", ("nombre_operateurs",), operators),
        "departement_sexe": rows("entrees", ("sexe",), places),
        "sexe_age": rows("entrees", ("sexe", "tranche_age"), both),
    }


def table(nom, mesure, dims, niveaux=("FR", "region"), **more) -> dict:
    """Entry of a released table in the plan de diffusion."""
    base = {"nom": nom, "titre": nom, "mesure": mesure, "dimensions": list(dims),
            "niveaux": list(niveaux), "annees": None, "lieu": "residence", "base": "",
            "champ": "", "source_publiee": "essai", "reponses_multiples": False}  # fmt: skip
    return base | more


def _plan() -> list[dict]:
    return [
        table("volumes", "entrees", ["operateur"], ("FR", "region", "departement"),
              annees=[2020, 2021, 2022]),
        table("beneficiaires", "beneficiaires", ["operateur"]),
        table("profil_sexe", "entrees", ["operateur", "sexe"]),
        table("profil_csp", "entrees", ["operateur", "csp"], base="entrées dont la CSP est connue"),
        table("motifs", "personnes_motif", ["operateur", "motif"], reponses_multiples=True),
        table("dossiers_ptp", "dossiers_ptp", ["operateur", "cep_prealable"]),
        table("nombre_operateurs", "beneficiaires", ["nombre_operateurs"]),
        table("departement_sexe", "entrees", ["sexe"], ("region", "departement")),
        table("sexe_age", "entrees", ["sexe", "tranche_age"]),
    ]  # fmt: skip


def _meta() -> dict:
    def mesure(libelle, additive, taux):
        return {"libelle": libelle, "singulier": libelle, "definition": "", "source": "essai",
                "additive": additive, "taux": taux}  # fmt: skip

    def population(nom, unite="personnes", annee=2022, **more):
        return {"nom": nom, "libelle": nom, "concept": nom, "champ": "France hors Mayotte",
                "annee": annee, "edition": "essai", "source": "essai", "unite": unite,
                "dimensions": [], "lieu": "residence",
                "absents": {"06": "Mayotte n’est pas dans cette série."}} | more  # fmt: skip

    everywhere = ["region", "departement", "operateur", "sexe", "tranche_age", "csp", "mois"]
    names = {d: {"titre": d, "modalites": {m: {"libelle": m} for m in ms}}
             for d, ms in DIMENSIONS.items()}  # fmt: skip
    names["operateur"] = {
        "titre": "Opérateur",
        "modalites": {o: {"libelle": n} for o, n in OPERATEURS.items()},
    }
    return {
        "exercice": "essai", "annee": 2022, "titre": "Essai", "fictif": True,
        "mesure_principale": "entrees", "niveau_confiance": 0.95, "nomenclatures": names,
        "mesures": {
            "entrees": mesure("Entrées en CEP", everywhere, "rapport"),
            "beneficiaires": mesure("Bénéficiaires", ["region", "departement"], "proportion"),
            "personnes_motif": mesure("Personnes", ["region"], "proportion"),
            "dossiers_ptp": mesure("Dossiers de PTP", ["region", "operateur"], "proportion"),
        },
        "denominateurs": [
            population("actifs", annee=2017), population("demandeurs"), population("occupes"),
            population("chomage", "%"),
            population("actifs_sexe_age", annee=2019, dimensions=["sexe", "tranche_age"]),
        ],
        "investigations": {"essai": {"regions": ["06", "53"]}},
        "publics": {
            "recherche": {"libelle": "Personnes en recherche d’emploi",
                          "operateurs": ["france_travail"], "denominateur": "demandeurs"},
            "emploi": {"libelle": "Actifs occupés", "operateurs": ["apec"],
                       "denominateur": "occupes"},
        },
        "ruptures": [{"annee": 2022, "portee": "tous", "motif": "nouvelle source"}],
        "annees_partielles": [{"annee": 2020, "region": "53", "operateur": "apec",
                               "motif": "ouverture en mars"}],
        "portee": {"part_points": 2.0, "rapport_pourcent": 10.0}, "regroupements": [],
        "plan": _plan(), "regions": ["06", "53"],
        "suivi": {"jalons": ["etape", "date_realisee"]},
    }  # fmt: skip


def _context() -> pd.DataFrame:
    values = {
        ("actifs", "53", "total"): 10_000, ("actifs", "53", "22"): 5000,
        ("actifs", "53", "29"): 5000, ("actifs", "FR", "total"): 80_000,
        ("demandeurs", "53", "total"): 1000, ("demandeurs", "FR", "total"): 10_000,
        ("occupes", "53", "total"): 9000, ("occupes", "FR", "total"): 70_000,
        ("chomage", "53", "total"): 6.0, ("chomage", "FR", "total"): 7.3,
        ("chomage", "53", "22"): 6.4,
    }  # fmt: skip
    people = {"53": (2000, 3000, 2000, 3000), "FR": (10_000, 30_000, 10_000, 30_000)}
    lines = [(*k, "total", "total", v) for k, v in values.items()]
    lines += [("actifs_sexe_age", z, "total", *strate, n) for z, counts in people.items()
              for strate, n in zip(STRATA, counts, strict=True)]  # fmt: skip
    columns = ["serie", "region", "departement", "sexe", "tranche_age", "valeur"]
    frame = pd.DataFrame(lines, columns=columns).astype({"valeur": float})
    return frame.assign(etat="publie")


def make(code: str = "53", meta: dict | None = None, **tables: pd.DataFrame) -> Region:
    """A region of the small release ("FR": all of it); keyword tables replace its own."""
    every = _tables() | tables
    meta = _meta() | (meta or {})
    kept = ["53", "06", "FR"] if code == "FR" else [code, "FR"]
    mine = {n: f[f["region"].isin(kept)].reset_index(drop=True) for n, f in every.items()}
    outside = {n: f[f["region"] == "06"].reset_index(drop=True) for n, f in every.items()}
    context = _context()
    suivi = {c: {} for c in kept if c != "FR"}
    part = Slice("essai", code, meta, mine, context, {}, suivi, outside)
    return Region(part)
