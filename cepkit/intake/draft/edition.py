"""The drafted `edition.yml` as text: commented, valid, to be corrected by the analyst."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from cepkit.codes import FRANCE, OPERATEURS
from cepkit.intake.draft import labels
from cepkit.intake.draft.tables import CONFIRM, Drafted
from cepkit.text import fold

_HEAD = """\
# yaml-language-server: $schema=../edition.schema.json
# Brouillon produit par « cepkit check --draft » d’après les fichiers eux-mêmes.
# Relisez surtout ce qui porte « {confirm} » ; chaque clé est expliquée dans docs/edition.md.
# Puis : cepkit check --exercice {exercice}
version_schema: 1
exercice: {name}
annee: {year}  # {confirm}
titre: {title}
mesure_principale: {measure}  # {confirm}
"""
_FOOT = """
# À compléter s'il y a lieu (docs/edition.md) : ruptures, annees_partielles, publics, calendrier,
# comparaisons, regroupements, et les accords des sources complémentaires.
secret: {seuil: 5, zeros: publies, niveau: 1}
portee: {part_points: 2.0, rapport_pourcent: 10.0}
"""


def text(tables: Sequence[Drafted], exercice: str, files: Sequence[Path], root: Path) -> str:
    """The whole file."""
    own = [t for t in tables if not t.contexte]
    context = [t for t in tables if t.contexte]
    measures = _measures(own)
    year = _year(own or context, exercice)
    parts = [
        _HEAD.format(confirm=CONFIRM, exercice=exercice, name=flow(exercice), year=year,
                     title=flow(f"Suivi régional du CEP {year}"), measure=next(iter(measures))),
        _delivery(own, files, root), _context(context, files, root), _nomenclatures(tables),
        _measure_lines(measures, own), _tokens(tables), _denominators(context, year), _FOOT,
        _plan(own, measures)]
    return "\n".join(p.rstrip("\n") for p in parts if p) + "\n"


def flow(value: Any) -> str:
    """One value on one line, as YAML; codes made of digits keep their quotes."""
    out = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=100_000,
                         sort_keys=False)
    return out.removesuffix("\n").removesuffix("\n...")


def _year(tables: Sequence[Drafted], exercice: str) -> int:
    named = re.search(r"(19|20)\d\d", exercice)
    found = [int(y) for t in tables for y in t.annees]
    return int(named.group()) if named else max(found, default=dt.date.today().year)


# --- tables -----------------------------------------------------------------------------------


def _folder(files: Sequence[Path], root: Path) -> Path:
    """The folder of the files, from the project when it is inside."""
    parents = {f.resolve().parent for f in files}
    common = parents.pop() if len(parents) == 1 else Path(*_common(parents))
    inside = common.is_relative_to(root.resolve())
    return common.relative_to(root.resolve()) if inside else common


def _common(parents: Iterable[Path]) -> list[str]:
    parts = []
    for steps in zip(*(p.parts for p in parents), strict=False):
        if len(set(steps)) > 1:
            break
        parts.append(steps[0])
    return parts


def _delivery(tables: Sequence[Drafted], files: Sequence[Path], root: Path) -> str:
    received = max((dt.date.fromtimestamp(f.stat().st_mtime) for f in files if f.is_file()),
                   default=dt.date.today())
    head = (f"\ndonnees:\n  recu_le: {received}  # date du fichier le plus récent, {CONFIRM}\n"
            f'  version: "1"  # {CONFIRM}\n  dossier: {flow(_folder(files, root).as_posix())}\n')
    return head + ("  tables:\n" if tables else "  tables: []\n") + "".join(
        _table(t, files, root) for t in tables)


def _context(tables: Sequence[Drafted], files: Sequence[Path], root: Path) -> str:
    if not tables:
        return ""
    return (f"\ncontexte:\n  dossier: {flow(_folder(files, root).as_posix())}\n  tables:\n"
            + "".join(_table(t, files, root) for t in tables))


def _table(table: Drafted, files: Sequence[Path], root: Path) -> str:
    folder = (root / _folder(files, root)).resolve()
    declared = table.declare | {
        "fichier": table.grid.path.resolve().relative_to(folder).as_posix()}
    lines = [f"    # {_summary(table)}"]
    for key, value in declared.items():
        if value in ({}, [], ""):
            continue
        doubt = f"  # {CONFIRM} : {table.doutes[key]}" if key in table.doutes else ""
        if key == "origine" and value == "association":
            doubt = f"  # {CONFIRM} : un accord inscrit sera exigé (docs/edition.md)"
        if key == "arrondi":
            doubt = f"  # {CONFIRM} : tous les effectifs sont des dizaines"
        body = _unpivot(value) if key == "depivoter" else f" {flow(value)}"
        lines.append(f"      {key}:{body}{doubt}")
    lines[1] = lines[1].replace("      nom", "    - nom", 1)
    return "\n".join(lines) + "\n"


def _unpivot(declared: dict[str, Any]) -> str:
    if "motif" in declared:
        return f" {flow(declared)}"
    head = f"\n        valeur: {declared['valeur']}" if "valeur" in declared else ""
    return head + "\n        colonnes:" + "".join(
        f"\n          {flow(c)}: {flow(v)}" for c, v in declared["colonnes"].items())


def _summary(table: Drafted) -> str:
    left = [c.nom for c in table.colonnes if c.raison == "non reconnue"]
    more = f" ; non reconnues : {', '.join(left)}" if left else ""
    return f"{table.grid.place} : {len(table.layout.corps)} lignes lues{more}"


# --- vocabulary -------------------------------------------------------------------------------


def _merged(tables: Sequence[Drafted]) -> dict[str, dict[str, list[str]]]:
    """dimension -> code -> every label met, in the order of the files."""
    found: dict[str, dict[str, list[str]]] = {}
    for table in tables:
        for dimension in table.dimensions:
            for label, code in table.libelles.get(dimension, {}).items():
                met = found.setdefault(dimension, {}).setdefault(code, [])
                if fold(label) not in map(fold, met):
                    met.append(label)
    for codes in found.values():  # « Non renseigné » closes a list
        for code in [c for c in codes if c == "non_renseigne"]:
            codes[code] = codes.pop(code)
    return {d: codes for d, codes in found.items() if codes}


def _nomenclatures(tables: Sequence[Drafted]) -> str:
    lines = ["\nnomenclatures:"]
    merged = {"operateur": {o: [] for o in OPERATEURS}} | _merged(tables)
    for dimension, codes in merged.items():
        if dimension == "mois":
            codes = {c: codes[c] for c in sorted(codes) if re.fullmatch(r"\d\d", c)}
            if not codes:
                continue
        known = labels.dimensions().get(dimension, {})
        doubt = "" if known else f"  # dimension apprise du fichier, {CONFIRM}"
        lines.append(f"  {dimension}:{doubt}")
        lines.append(f"    titre: {flow(known.get('titre', dimension.replace('_', ' ')))}")
        lines += ["    feminin: true"] if known.get("feminin") else []
        lines.append("    modalites:")
        order = [*known.get("modalites", {}), *codes]
        for code in dict.fromkeys(c for c in order if c in codes or dimension == "operateur"):
            modality = _modality(dimension, code, codes.get(code, []))
            lines.append(f"      {flow(code)}: {flow(modality)}")
    return "\n".join(lines)


def _modality(dimension: str, code: str, met: list[str]) -> dict[str, Any]:
    known = labels.dimensions().get(dimension, {})
    label = labels.standard(dimension, code, met[0] if met else code)
    other = known.get("modalites", {}).get(code, [])[1:]
    alias = [m for m in dict.fromkeys((*other, *met)) if fold(m) != fold(label)]
    return {"libelle": label} | ({"alias": alias} if alias else {})


def _measures(tables: Sequence[Drafted]) -> dict[str, list[str]]:
    """measure -> dimensions over which it may add up; never empty."""
    found: dict[str, list[str]] = {}
    for table in tables:
        for measure in table.mesures:
            dims = found.setdefault(measure, [])
            if not table.declare.get("reponses_multiples"):
                dims += [d for d in table.dimensions if d not in dims]
    return found or {"entrees": []}


def _measure_lines(measures: dict[str, list[str]], tables: Sequence[Drafted]) -> str:
    names = {c: label for t in tables for label, c in t.libelles.get("mesure", {}).items()}
    column = {c for t in tables for k in t.colonnes if k.cible == "mesure"
              for c in k.codes.values()}
    lines = ["\nmesures:"]
    for code, dims in measures.items():
        own = names.get(code, code)
        plural, singular = labels.vocabulary()["libelles"].get(code, [own, own.lower()])
        if code in column and fold(own) != code:  # the file's own words are read in a column
            plural, singular = own, own.lower()
        adds = ["departement", "region"] + (
            dims if code in ("entrees", "dossiers_ptp", "dossiers_demission", "dossiers") else [])
        lines += [f"  {flow(code)}:", f"    libelle: {flow(plural)}",
                  f"    singulier: {flow(singular)}", f"    definition: {CONFIRM}",
                  f"    source: {CONFIRM}",
                  f"    additive: {flow(list(dict.fromkeys(adds)))}  # {CONFIRM}"]
        lines += ["    taux: proportion"] if code == "beneficiaires" else []
    return "\n".join(lines)


def _tokens(tables: Sequence[Drafted]) -> str:
    """`jetons` with all that was found; what nobody knows is taken for missing, to confirm."""
    kinds: dict[str, list[str]] = {
        "non_disponible": ["nd", ""], "non_diffuse": ["s", "ns"], "zero": ["-"]}
    bounds: dict[str, tuple[int, int]] = {}
    unknown = []
    for cell in sum((t.jetons for t in tables), Counter()):
        found = labels.token(cell)
        if found is None:
            unknown.append(cell)
        elif found[0] == "bornes":
            bounds[cell] = found[1]
        elif cell.lower() not in kinds[found[0]]:
            kinds[found[0]].append(cell.lower())
    kinds["non_disponible"] += unknown[:12]
    lines = ["\njetons:"] + [f"  {k}: {flow(v)}" for k, v in kinds.items()]
    if unknown:
        lines[1] += f"  # {CONFIRM} : {', '.join(unknown[:12])}"
    return "\n".join(lines + ([f"  bornes: {flow({k: list(v) for k, v in bounds.items()})}"
                               f"  # {CONFIRM}"] if bounds else []))


# --- populations and plan ---------------------------------------------------------------------


def _denominators(tables: Sequence[Drafted], year: int) -> str:
    if not tables:
        return ""
    lines = ["\ndenominateurs:"]
    for table in tables:
        filters = {d: next(iter(table.libelles[d].values())) for d in table.dimensions
                   if table.libelles[d] and not _has_total(table, d)}
        kept = [v["annee"] for v in table.lectures.values() if "annee" in v and all(
            v[d] == c for d, c in filters.items() if d in v)]
        years = sorted(int(y) for y in kept or table.annees)
        chosen = max((y for y in years if y <= year), default=max(years, default=year))
        percent = "%" if re.search(r"taux|%", fold(" ".join((
            table.layout.titre, *table.layout.colonnes[:3], *table.declare["colonnes"])))) else ""
        lines += [f"  - nom: {table.nom}", f"    libelle: {flow(table.declare['titre'])}",
                  f"    concept: {CONFIRM}",
                  f"    champ: {flow(table.declare.get('champ') or CONFIRM)}",
                  f"    annee: {chosen}  # {CONFIRM}", f"    edition: {CONFIRM}",
                  f"    source: {flow(table.declare.get('source') or CONFIRM)}",
                  f"    licence: {CONFIRM}", f"    table: {table.nom}"]
        lines += [f"    filtre: {flow(filters)}  # {CONFIRM}"] if filters else []
        lines += ['    unite: "%"'] if percent else []
        place = table.declare["constantes"].get("region")
        lines += [f"    france: {flow(place)}"] if place not in (None, FRANCE) else []
    return "\n".join(lines)


def _has_total(table: Drafted, dimension: str) -> bool:
    return any(c.cible == dimension and c.totals for c in table.colonnes) or any(
        v.get(dimension) == "total" for v in table.lectures.values())


def _crossings(table: Drafted) -> list[tuple[str, ...]]:
    """Dimensions of the released tables of one source: all together, or one by one for records."""
    if not table.individuel:
        return [tuple(table.dimensions)]
    own = [d for d in table.dimensions if d != "operateur"]
    head = ("operateur",) if "operateur" in table.dimensions else ()
    return [head, *((*head, d) for d in own)]


def _plan(tables: Sequence[Drafted], measures: dict[str, list[str]]) -> str:
    """Plan de diffusion: one table a measure and set of dimensions; years stack."""
    groups: dict[tuple, list[Drafted]] = {}
    for table in tables:
        for measure, dims in ((m, d) for m in table.mesures for d in _crossings(table)):
            same = groups.setdefault((measure, dims), [])
            if any(set(t.annees) & set(table.annees) for t in same):
                same = groups.setdefault((measure, dims, table.nom), [])
            same.append(table)
    lines = ["\n# Rien d’autre que ces tables n’existera dans les pages : retirez celles qui ne "
             "servent pas.", "diffusion:", "  tables:" if groups else "  tables: []"]
    names: set[str] = set()
    for (measure, dims, *_), sources in groups.items():
        first = sources[0]
        name = first.nom if len(first.mesures) == 1 else f"{first.nom}_{measure}"
        if first.individuel:
            name = "_".join((first.nom, *dims[-1:]))
        while name in names:
            name += "_bis"
        names.add(name)
        levels = [n for n in ("FR", "region", "departement")
                  if any(n in t.niveaux for t in sources)]
        if first.individuel:  # records have no national row, and departments are for volumes
            levels = ["FR", "region", *levels[-1:]] if len(dims) < 2 else ["FR", "region"]
            levels = list(dict.fromkeys(levels))
        nom = [t.nom for t in sources]
        lines.append("    - " + flow({
            "nom": name, "titre": first.declare["titre"],
            "source": nom if len(nom) > 1 else nom[0], "mesure": measure,
            "dimensions": list(dims), "niveaux": levels or ["region"]}))
    return "\n".join(lines)
