"""Complementary investigations: one YAML file each, merged into the edition of the exercice.

`parameters/<exercice>/investigations/<nom>.yml` says what is asked and how, and adds its own
files, dimensions, measures and released tables: they enter the same disclosure problem as the
rest. The regions that carry it out name it in `region.yml`; only they receive its tables.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Literal

from pydantic import model_validator

from cepkit.codes import REGIONS
from cepkit.edition import project
from cepkit.edition.base import Code, Strict, cle
from cepkit.edition.load import read_yaml, validate
from cepkit.edition.region import load_region
from cepkit.edition.schema import (
    Denominateur,
    Diffusion,
    Edition,
    Mesure,
    Nomenclature,
    Regroupement,
)
from cepkit.edition.sources import Accord, TableSource
from cepkit.errors import CepkitError, ParametersError, Problem, UsageError

FOLDER = "investigations"
METHODES = ("Analyse documentaire", "Exploitation de données", "Observation", "Entretiens",
            "Enquête", "Autre")
# Section of the file -> where its rows stand in `edition.yml`.
LISTS = {"livraison": ("donnees", "tables"), "accords": ("accords",),
         "denominateurs": ("denominateurs",), "regroupements": ("regroupements",)}
NAMED = ("nomenclatures", "mesures")


class Calendrier(Strict):
    """Dates of the investigation, each optional until it is known."""

    declaration: dt.date | None = cle("Envoi de la fiche à France compétences, avant le début des "
                                      "travaux.", "2023-01-20", defaut=None)
    terrain_debut: dt.date | None = cle("Début du recueil.", "2023-03-01", defaut=None)
    terrain_fin: dt.date | None = cle("Fin du recueil.", "2023-04-15", defaut=None)
    restitution: dt.date | None = cle("Restitution des enseignements.", "2023-06-20", defaut=None)


class Verbatim(Strict):
    """What a person said, read again and freed of what would let them be recognised."""

    region: Code = cle("Code de la région, entre guillemets.", "84")
    theme: Code = cle("Code du thème dans la grille.", "projet")
    texte: str = cle("Le propos, sans nom, lieu, employeur ni opérateur.", "J’ai pris le temps.")


class Investigation(Strict):
    """The whole of `investigations/<nom>.yml`."""

    titre: str = cle("Titre imprimé, en question.", "Qui n'a pas recours au CEP ?")
    theme: str = cle("Thème déclaré.", "Non-recours")
    questions: list[str] = cle("Questions posées.", ["Quels publics recourent moins au CEP ?"])
    methode: list[Literal[METHODES]] = cle("Méthodes, parmi celles de la feuille "  # type: ignore
                                           "« investigations ».", ["Enquête", "Entretiens"])
    population: str = cle("Qui est observé, où, quand ; données employées.",
                          "Actifs de 15 à 64 ans résidant dans la région.")
    partenaires: list[str] = cle("Partenaires associés.", ["Carif-Oref"], defaut=[])
    calendrier: Calendrier = cle("Dates de l'investigation.", defaut=Calendrier())
    limites: list[str] = cle("Ce que l'on ne pourra pas en conclure.",
                             ["Une enquête déclarative ne mesure pas un effet."], defaut=[])
    donnees_personnelles: str = cle(
        "Ce qui est fait des données personnelles : base légale, information des personnes, durée, "
        "avis du délégué à la protection des données.",
        "Aucune donnée personnelle : comptages publics.")
    sollicites: int | None = cle("Enquête : personnes sollicitées.", 1200, defaut=None)
    repondants: int | None = cle("Personnes ayant répondu ou participé.", 412, defaut=None)
    minimum_repondants: int = cle("Au-dessous, aucun pourcentage n'est montré.", 50, defaut=30)
    minimum_entretiens: int = cle("Au-dessous, aucune grille d'entretiens n'est montrée.", 10,
                                  defaut=8)
    verbatims: list[Verbatim] = cle("Propos d'entretiens, relus et désidentifiés par "
                                    "l'association.", defaut=[])
    verbatims_relus_le: dt.date | None = cle("Date de cette relecture, exigée avec des verbatims.",
                                             "2023-02-14", defaut=None)
    livraison: list[TableSource] = cle("Fichiers propres à l'investigation : mêmes clés que "
                                       "« donnees.tables » de l'édition.", defaut=[])
    accords: list[Accord] = cle("Accords des sources communes à plusieurs régions ; ceux d'une "
                                "région vont dans son classeur.", defaut=[])
    nomenclatures: dict[str, Nomenclature] = cle("Dimensions propres.", defaut={})
    mesures: dict[str, Mesure] = cle("Mesures propres.", defaut={})
    denominateurs: list[Denominateur] = cle("Populations de référence propres.", defaut=[])
    regroupements: list[Regroupement] = cle("Regroupements de repli propres.", defaut=[])
    diffusion: Diffusion = cle("Tableaux et statistiques diffusés en plus.",
                               defaut=Diffusion(tables=[]))

    @model_validator(mode="after")
    def _read_again(self) -> Investigation:
        if self.verbatims and not self.verbatims_relus_le:
            raise ValueError("verbatims : « verbatims_relus_le » manque ; un propos n’est montré "
                             "que relu et désidentifié par l’association")
        return self


def path_of(paths: project.Paths, nom: str) -> Path:
    """File of an investigation."""
    return paths.parameters / FOLDER / f"{nom}.yml"


def files(paths: project.Paths) -> list[Path]:
    """Files of the investigations of an exercice, by name."""
    return sorted((paths.parameters / FOLDER).glob("*.yml"))


def declaring(paths: project.Paths) -> dict[str, tuple[str, ...]]:
    """Investigation -> regions whose `region.yml` names it, in official order.

    A `region.yml` that cannot be read names none here: `check` and the region's run tell why.
    """
    found: dict[str, tuple[str, ...]] = {}
    for code in REGIONS:
        try:
            names = load_region(paths.exercice, code).investigations
        except CepkitError:
            continue
        for nom in names:
            found[nom] = (*found.get(nom, ()), code)
    return found


def load_investigation(paths: project.Paths, nom: str) -> Investigation:
    """One investigation; `UsageError` when its file is absent, `ParametersError` when wrong."""
    path = path_of(paths, nom)
    if not path.exists():
        raise UsageError(f"L’investigation « {nom} » n’a pas de fichier {FOLDER}/{path.name}. "
                         f"Créez-la : cepkit new investigation {nom} --regions 84,93.")
    return _checked(path, read_yaml(path))


def _checked(path: Path, content: Any) -> Investigation:
    return validate(Investigation, content, f"{FOLDER}/{path.name}")


def load_edition(exercice: str) -> Edition:
    """The edition of an exercice, with the investigations that at least one region carries out.

    Raises `UsageError` for an unknown exercice, `ParametersError` with all problems of the files.
    """
    paths = project.paths(exercice)
    content = read_yaml(paths.edition)
    present = {p.stem: p for p in files(paths)}
    carried = {n: r for n, r in declaring(paths).items() if n in present} if present else {}
    problems: list[Problem] = []
    found, name = {}, paths.edition.name
    for nom, regions in sorted(carried.items()):
        try:
            own = read_yaml(present[nom])
            found[nom] = (_checked(present[nom], own), regions)
        except ParametersError as error:
            problems += error.problems
            continue
        content, wrong = merged(content, own, nom)
        problems += wrong
        name = f"{paths.edition.name} et {FOLDER}/"
    if problems:
        raise ParametersError(problems)
    edition = validate(Edition, content, name)
    edition.carry(found)
    return edition


def merged(content: Any, own: dict[str, Any], nom: str) -> tuple[Any, list[Problem]]:
    """`edition.yml` with the sections of an investigation; a name given twice is a problem."""
    if not isinstance(content, dict):
        return content, []
    whole, problems = dict(content), []
    for section in NAMED:
        known, more = content.get(section) or {}, own.get(section) or {}
        problems += [_twice(nom, section, n) for n in sorted(set(known) & set(more))]
        whole[section] = {**known, **more}
    plan = own.get("diffusion") or {}
    for place, rows in ((("diffusion", "tables"), plan.get("tables") or []),
                        (("diffusion", "statistiques"), plan.get("statistiques") or []),
                        *((LISTS[s], own.get(s) or []) for s in LISTS)):
        problems += _added(whole, place, rows, nom)
    return whole, problems


def _added(whole: dict[str, Any], place: tuple[str, ...], rows: list, nom: str) -> list[Problem]:
    """Put rows at the end of a list of the edition; names that it holds already."""
    if not rows:
        return []
    parent = whole
    for step in place[:-1]:
        parent[step] = dict(parent.get(step) or {})
        parent = parent[step]
    known = list(parent.get(place[-1]) or [])
    names = {r.get("nom") for r in known if isinstance(r, dict)} - {None}
    parent[place[-1]] = [*known, *rows]
    return [_twice(nom, ".".join(place), r["nom"]) for r in rows if r.get("nom") in names]


def _twice(nom: str, section: str, name: str) -> Problem:
    return Problem(f"{section} : le nom « {name} » existe déjà dans l’édition.", "parametres",
                   "un nom ne désigne qu’une chose", f"{FOLDER}/{nom}.yml",
                   reparation=f"donnez-lui un nom à elle, par exemple « {nom}_{name} ».")


