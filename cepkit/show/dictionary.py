"""`dictionnaire.html`: what was received and what is released, column by column, and what lacks.

Everything comes from the edition (`meta.json`) and from the public account of the delivery
(`donnees.json`): no count, no file of the delivery.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cepkit import codes, formats
from cepkit.show import site
from cepkit.text import enumerate_fr

Meta = Mapping[str, Any]
# Dimensions that the questions of the follow-up ask for: canonical names, label, questions.
DEMANDEES = (
    (("departement",), "Département", "V2.2"), (("sexe",), "Sexe", "V2.1"),
    (("tranche_age",), "Âge", "V2.1"), (("csp",), "Catégorie socioprofessionnelle", "V2.1"),
    (("diplome",), "Niveau de diplôme", "V2.1"), (("statut",), "Statut d’emploi", "V2.1"),
    (("secteur",), "Secteur d’activité", "V2.1"), (("handicap",), "Situation de handicap", "V2.1"),
    (("motif",), "Demande exprimée", "V2.3"), (("niveau",), "Niveau de conseil", "V2.4"),
    (("modalite",), "Présence ou distance", "V2.4"), (("mois",), "Mois", "V2.4"),
    (("prestation",), "Prestations complémentaires", "V2.6"),
    (("dispositif", "cep_prealable"), "Dispositifs de transition", "V2.6"),
)
NATURES = {"individuel": "une ligne par personne ou par entrée"}
ORIGINES = {"association": "fichier des associations", "partenaire": "fichier d’un partenaire",
            "public": "donnée publique"}
LIEUX = {"residence": "lieu de résidence", "delivrance": "lieu de délivrance du CEP"}
NIVEAUX = {"FR": "France", "region": "région", "departement": "département"}
COLONNES = (
    {"nom": "annee", "sens": "Année observée", "valeurs": "quatre chiffres"},
    {"nom": "region", "sens": "Région", "valeurs": "code officiel ; FR : France"},
    {"nom": "departement", "sens": "Département", "valeurs": "code officiel ; total"},
    {"nom": "operateur", "sens": "Opérateur",
     "valeurs": ", ".join((*codes.OPERATEURS, codes.ENSEMBLE))},
    {"nom": "mesure", "sens": "Ce qui est compté", "valeurs": "voir Mesures"},
    {"nom": "effectif", "sens": "Nombre compté", "valeurs": "entier ; vide s’il n’est pas publié"},
    {"nom": "etat", "sens": "État de la valeur", "valeurs": "publie ; secret ; non_diffuse (par la "
     "source) ; non_disponible"},
)


def page(meta: Meta, donnees: Mapping[str, Any]) -> str:
    """The page, from the public view of the edition and the account of what was received."""
    table, section = site.table, site.section
    lacking = list(_lacking(meta, donnees))
    parts = [
        section("manques", "Ce qui manque", table(lacking, {
            "quoi": "Élément", "detail": "Ce qui manque", "questions": "Question"},
            "Ce que le suivi demande et que les données ne donnent pas", "nature")
            if lacking else "<p>Rien de ce que le suivi demande ne manque.</p>"),
        section("recues", "Tables reçues", table(list(_received(meta)), {
            "titre": "Table", "mesures": "Mesures, années", "maille": "Maille",
            "operateurs": "Opérateurs", "lecture": "Champ, source"},
            "Ce que contient le jeu de données")),
        section("colonnes_recues", "Colonnes des tables reçues", table(list(_columns(meta)), {
            "nom": "Colonne", "sens": "Contenu", "entetes": "Dans le fichier",
            "valeurs": "Valeurs"}, "Chaque colonne, son nom ici et dans le fichier", "table")),
        section("tables", "Tables diffusées", table(list(_released(meta)), {
            "nom": "Table", "titre": "Contenu", "mesure": "Mesure et dimensions",
            "niveaux": "Niveaux, années", "champ": "Champ, diffusion permise"},
            "Tables diffusées")),
        section("colonnes", "Colonnes communes", table(COLONNES, {
            "nom": "Colonne", "sens": "Contenu", "valeurs": "Valeurs"},
            "Colonnes des tables diffusées")),
        section("mesures", "Mesures", table(
            [{**m, "additive": _names(meta, m.get("additive", ()))}
             for m in meta.get("mesures", {}).values()],
            {"libelle": "Mesure", "definition": "Définition", "source": "Source",
             "additive": "S’additionne selon"}, "Ce que l’on compte")),
        section("codes", "Codes", table(list(_codes(meta)), {
            "code": "Code", "libelle": "Libellé"}, "Codes de chaque dimension", "dimension")),
        section("populations", "Populations de référence", table(
            [{**d, "annee": str(d["annee"])} for d in meta.get("denominateurs", [])], {
                "libelle": "Population", "concept": "Concept", "champ": "Champ", "annee": "Année",
                "edition": "Édition", "source": "Source", "licence": "Licence"},
            "À quoi le CEP est rapporté")),
        section("ruptures", "Ruptures de série et années partielles", table(
            list(_breaks(meta)), {"annee": "Année", "portee": "Portée", "motif": "Motif",
                                  "source": "Source"},
            "Comparaisons refusées ou à lire avec réserve")),
    ]
    return site.page("sections.html.j2", meta, "Dictionnaire", "Dictionnaire des données",
                     sommaire=parts, intro=_intro(meta, lacking))


def _intro(meta: Meta, lacking: list) -> str:
    received = formats.count(len(meta.get("sources", [])), "table reçue", "tables reçues")
    released = formats.count(len(meta.get("plan", [])), "table diffusée", "tables diffusées")
    missing = formats.count(len(lacking), "élément manque", "éléments manquent")
    return site.fr(f"{received}, {released}. {missing} à ce que le suivi demande."
                   if lacking else f"{received}, {released}.")


# --- names ----------------------------------------------------------------------------------------


def _title(meta: Meta, dimension: str) -> str:
    base = {"annee": "Année", "region": "Région", "departement": "Département",
            "operateur": "Opérateur", "mesure": "Mesure"}
    known = meta.get("nomenclatures", {}).get(dimension)
    return known["titre"] if known else base.get(dimension, dimension)


def _names(meta: Meta, dimensions: Any) -> str:
    titles = [_title(meta, d) for d in dimensions]
    return enumerate_fr([t if t[1:2].isupper() else t[:1].lower() + t[1:] for t in titles])


def _operators(meta: Meta, found: Any) -> str:
    if list(found) == list(codes.OPERATEURS):
        return "les cinq opérateurs"
    known = meta.get("nomenclatures", {}).get("operateur", {}).get("modalites", {})
    return enumerate_fr([known[o]["libelle"] if o in known else o for o in found])


def _month(meta: Meta, code: str) -> str:
    known = meta.get("nomenclatures", {}).get("mois", {}).get("modalites", {})
    return known[code]["libelle"].capitalize() if code in known else f"Mois {code}"


# --- what was received ----------------------------------------------------------------------------


def _received(meta: Meta) -> Iterator[dict[str, Any]]:
    for t in meta.get("sources", []):
        if not t["annees"]:
            yield {"titre": t["titre"], "lecture": "table non reçue"}
            continue
        notes = [t["champ"], t["source"], NATURES.get(t["nature"], ""),
                 ORIGINES.get(t["origine"], ""),
                 "" if "lieu" in t["champ"] else LIEUX.get(t["lieu"] or "", ""),
                 f"base : {t['base']}" if t["base"] else "",
                 f"arrondi à {t['arrondi']}" if t["arrondi"] > 1 else "",
                 "réponses multiples" if t["reponses_multiples"] else ""]
        yield {**t, "maille": ", ".join(NIVEAUX[n] for n in t["niveaux"]),
               "mesures": " ; ".join((
                   enumerate_fr([meta["mesures"][m]["libelle"] for m in t["mesures"]]),
                   enumerate_fr(t["annees"]))),
               "operateurs": _operators(meta, t["operateurs"]) or "ensemble",
               "lecture": " ; ".join(n for n in notes if n)}


def _columns(meta: Meta) -> Iterator[dict[str, Any]]:
    for t in meta.get("sources", []):
        for c in [c for c in t["colonnes"] if c["entetes"] or c["valeurs"]]:
            values = formats.count(c["valeurs"], "valeur") if c["valeurs"] else ""
            yield {"table": t["titre"], "nom": c["nom"], "sens": _title(meta, c["nom"]),
                   "entetes": c["entetes"] or "absente : une valeur pour toute la table",
                   "valeurs": " et ".join(p for p in (values, "total" if c["total"] else "")
                                          if p)}


# --- what is released -----------------------------------------------------------------------------


def _released(meta: Meta) -> Iterator[dict[str, Any]]:
    for t in meta.get("plan", []):
        years = enumerate_fr([str(a) for a in t.get("annees") or ()]) or "toutes les années"
        levels = ", ".join(NIVEAUX[n] for n in t.get("niveaux", ()))
        allowed = enumerate_fr(sorted(set((t.get("diffusion") or {}).values())))
        notes = (t.get("champ"), f"diffusion permise : {allowed}" if allowed else "")
        measure = meta["mesures"].get(t["mesure"], {}).get("libelle", t["mesure"])
        by = _names(meta, t.get("dimensions", ()))
        yield {**t, "mesure": f"{measure} : {by}" if by else measure,
               "niveaux": f"{levels} ; {years}", "champ": " ; ".join(n for n in notes if n)}


def _codes(meta: Meta) -> Iterator[dict[str, str]]:
    for nom, n in meta.get("nomenclatures", {}).items():
        source = f" ({n['source']})" if n.get("source") else ""
        for code, m in n.get("modalites", {}).items():
            yield {"dimension": f"{n.get('titre', nom)} : {nom}{source}", "code": code,
                   "libelle": m["libelle"]}


def _breaks(meta: Meta) -> Iterator[dict[str, Any]]:
    def name(code: str | None) -> str:
        if code in (*codes.REGIONS, codes.FRANCE):
            return codes.region_name(code)
        return _operators(meta, [code])

    for r in meta.get("ruptures") or ():
        yield {**r, "annee": str(r["annee"]), "portee": name(r.get("portee"))}
    for r in meta.get("annees_partielles") or ():
        yield {"annee": str(r["annee"]), "motif": r["motif"],
               "portee": ", ".join(name(c) for c in (r["region"], r.get("operateur")) if c)}


# --- what lacks -----------------------------------------------------------------------------------


def _lacking(meta: Meta, donnees: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from _dimensions(meta, donnees)
    yield from _absent_operators(meta, donnees)
    yield from _territories(meta)
    for d in meta.get("denominateurs", []):
        for region, reason in d.get("absents", {}).items():
            name = codes.region_name(region)
            yield _line("Populations de référence", d["libelle"],
                        reason if reason.startswith(name) else f"{name} : {reason}", "V2.1")
    if not meta.get("denominateurs"):
        yield _line("Populations de référence", "Toutes", "aucune n’est déclarée : aucun taux "
                    "n’est calculé", "V2.1")


def _line(nature: str, quoi: str, detail: str, questions: str) -> dict[str, str]:
    return {"nature": nature, "quoi": quoi, "detail": detail, "questions": questions}


def _dimensions(meta: Meta, donnees: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Dimensions that no table holds, then those that some operators do not give."""
    held = {c["nom"] for t in meta.get("sources", []) for c in t["colonnes"] if c["valeurs"]}
    states: dict[str, list[str]] = {}
    for c in donnees.get("couverture", []):
        if c["etat"] == "absente":
            states.setdefault(c["dimension"], []).append(c["operateur"])
    for names, label, questions in DEMANDEES:
        if not held & set(names):
            yield _line("Dimensions", label, "ne figure pas dans le jeu de données", questions)
        elif without := [o for n in names if n in held for o in states.get(n, ())]:
            yield _line("Dimensions", label,
                        f"n’est pas renseignée par {_operators(meta, without)}", questions)


def _absent_operators(meta: Meta, donnees: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    held = {o for t in meta.get("sources", []) for o in t["operateurs"]}
    lacking = [o for o in codes.OPERATEURS if o not in held]
    if lacking and held:
        yield _line("Opérateurs", _operators(meta, lacking), "n’est dans aucune table", "V2.1")
    holes = dict.fromkeys((h["valeur"], h["region"], h["annee"]) for c in donnees.get(
        "controles", []) for h in c.get("trous") or () if h.get("colonne") == "operateur")
    months = dict.fromkeys((h["valeur"], h["region"], h["annee"]) for c in donnees.get(
        "controles", []) for h in c.get("trous") or () if h.get("colonne") == "mois")
    for month, region, year in months:
        yield _line("Mois", _month(meta, month),
                    f"sans donnée : {codes.region_name(region)}, {year}", "V2.4")
    places: dict[tuple[str, str], list[str]] = {}
    for operator, region, year in holes:
        places.setdefault((operator, region), []).append(year)
    for (operator, region), years in places.items():
        yield _line("Opérateurs", _operators(meta, [operator]),
                    f"sans donnée : {codes.region_name(region)}, "
                    f"{enumerate_fr(sorted(set(years)))}", "V2.1")


def _territories(meta: Meta) -> Iterator[dict[str, Any]]:
    absent = [c for c in codes.REGIONS if c not in meta.get("regions", ())]
    if len(absent) == len(codes.REGIONS) - 1:
        yield _line("Territoires", "Autres régions", "la livraison porte sur une région et la "
                    "France", "V2.7")
    elif absent:
        yield _line("Territoires", "Régions", enumerate_fr([codes.region_name(c) for c in absent]),
                    "V2.7")
    if not any("FR" in t["niveaux"] for t in meta.get("sources", [])):
        yield _line("Territoires", "France", "aucune ligne nationale : pas de comparaison au "
                    "national", "V2.7")
