"""Read a whole exercice: delivery and context files → canonical frames, problems, controls."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from cepkit import refdata
from cepkit.codes import ENSEMBLE, FRANCE, NON_DISPONIBLE, PUBLIE, REGIONS, TOTAL
from cepkit.edition.schema import Denominateur, Edition, TableSource
from cepkit.errors import Problem
from cepkit.intake import archive, check, identifiers, persons, rules
from cepkit.intake.accords import Register, narrowest, records
from cepkit.intake.archive import Checked
from cepkit.intake.decode import METROPOLE, home_regions, total_code
from cepkit.intake.layout import COUNT, Raw
from cepkit.intake.read import read
from cepkit.intake.shape import BASE, HELPERS, Shaped, keys_of, shape
from cepkit.text import enumerate_fr, fold

COLUMNS = ["effectif", "borne_min", "borne_max", "etat"]
RECUS = ["fichier", "feuille", "contenu", "mesure", "periode", "maille", "operateurs",
         "lignes_lues", "lignes_ecartees"]


@dataclass
class Delivery:
    """What was received, in canonical form, with everything that had to be said about it."""

    tables: dict[str, pd.DataFrame]
    contexte: pd.DataFrame
    problemes: list[Problem]
    recus: pd.DataFrame
    controles: pd.DataFrame
    couverture: pd.DataFrame
    sources: dict[str, TableSource] = field(default_factory=dict)
    diffusions: dict[str, dict[str, str]] = field(default_factory=dict)  # table -> region -> level
    provenances: dict[str, str] = field(default_factory=dict)  # table -> partner, agreement, date

    def diffusion(self, names: Iterable[str]) -> dict[str, str]:
        """Region -> narrowest lawful release over these tables (complementary sources only)."""
        return narrowest([self.diffusions.get(n, {}) for n in names])

    @cached_property
    def regions(self) -> set[str]:
        """Codes of the regions found in any table ("FR" is not one)."""
        return set().union(*(t["region"].unique() for t in self.tables.values())) - {FRANCE}


def load(edition: Edition, root: Path, accords: Register | None = None,
         cache: Path | None = None) -> Delivery:
    """Read every table that the edition declares; nothing is raised, all is in `problemes`.

    `root` is the project folder; relative folders of the edition start there, « @refdata »
    is the reference data of the package. A complementary source that `accords` (by default
    those of the edition alone, today) do not cover is not opened. Checked tables are kept in
    `cache` and read back from there while nothing changes.
    """
    accords = accords or Register(records(edition, {}), dt.date.today())
    own, tables, origins, received, problems, releases = {}, {}, {}, [], [], {}
    for table in edition.donnees.tables:
        if refused := accords.refused(table, edition.carried_by(table.nom) or ()):
            problems += refused
            continue
        path = folder(edition.donnees.dossier, root) / table.fichier
        checked = archive.kept(cache, path, table, edition,
                               functools.partial(_checked, path, table, edition))
        kept_back, checked = _covered(checked, table, accords)
        problems += kept_back
        frame, missing = archive.stacked(checked.frame, table.nom, edition, root)
        regions = set() if frame.empty else set(frame["region"])
        problems += [*checked.problemes, *missing]
        received.append(_received(checked, table, edition))
        if not frame.empty:
            tables[table.nom] = frame
            releases[table.nom] = accords.diffusion(table, regions)
        if not checked.frame.empty:
            own[table.nom] = checked.frame
            origins[table.nom] = check.Origin(checked.fichier, checked.feuille, checked.lignes)
    sources = {t.nom: t for t in edition.donnees.tables}
    controls, told = check.controls(own, sources, edition, origins)
    context, found = _context(edition, root, tables)
    return Delivery(tables, context, weighed([*problems, *told, *found], edition),
                    pd.DataFrame(received, columns=RECUS), controls,
                    check.coverage(own.values(), edition), sources,
                    {n: r for n, r in releases.items() if r},
                    {n: accords.provenance(sources[n]) for n in tables})


def _covered(checked: Checked, table: TableSource,
             accords: Register) -> tuple[list[Problem], Checked]:
    """The table without the regions that no agreement covers; nor France, which holds them."""
    if checked.frame.empty:
        return [], checked
    lacking = accords.lacking(table, set(checked.frame["region"]))
    kept = ~checked.frame["region"].isin([*lacking, FRANCE] if lacking else [])
    if kept.all():
        return [], checked
    return accords.uncovered(table, lacking), replace(
        checked, frame=checked.frame[kept].reset_index(drop=True),
        lignes=checked.lignes[kept.to_numpy()].reset_index(drop=True))


def _checked(path: Path, table: TableSource, edition: Edition) -> Checked:
    """Read, shape and check one table of the delivery."""
    raw = read(path, table, edition)
    frame, lines, left, found = _delivered(raw, table, edition)
    damaged = sum(len(p.lignes) for p in raw.problemes if p.cle == "lignes_incompletes")
    return Checked(frame, lines, left + damaged, raw.lignes_lues + damaged, raw.fichier,
                   raw.feuille, _situated(found, raw))


def weighed(problems: list[Problem], edition: Edition) -> list[Problem]:
    """Each problem blocks, warns or is dropped, as `controles` declares for its key."""
    levels = edition.controles.model_dump()
    return [replace(p, bloquant=archive.blocks(p, edition))
            for p in problems if levels.get(p.cle) != "ignore"]


def folder(name: str, root: Path) -> Path:
    """A declared folder: « @refdata/… », absolute, or relative to the project."""
    if name.startswith("@refdata"):
        return refdata.path(name)
    return root / name


def files(edition: Edition, root: Path) -> list[Path]:
    """Every file that `load` reads, in order, each once."""
    found = [folder(edition.donnees.dossier, root) / t.fichier for t in edition.donnees.tables]
    found += [folder(edition.contexte.dossier, root) / t.fichier for t in edition.contexte.tables]
    found += [archive.place(root, r, n) for r in edition.donnees.reprises for n in r.tables]
    return list(dict.fromkeys(found))


# --- delivery -----------------------------------------------------------------------------


def _delivered(raw: Raw, table: TableSource, edition: Edition
               ) -> tuple[pd.DataFrame, pd.Series, int, list[Problem]]:
    """(canonical frame, row of the file of each of its rows, rows left out, problems)."""
    nothing = pd.DataFrame(), pd.Series(dtype="Int64")
    if raw.frame.empty:
        return *nothing, 0, raw.problemes
    found = identifiers.problems(raw.colonnes, raw.frame, table, raw.fichier, raw.feuille)
    if found:
        return *nothing, raw.lignes_lues, raw.problemes + found
    shaped = shape(raw, table, edition)
    problems = raw.problemes + shaped.problemes
    if "effectif" not in shaped.frame:
        return *nothing, raw.lignes_lues, problems
    frame, missing = _completed(shaped, raw, edition)
    if missing or shaped.absentes:
        return *nothing, raw.lignes_lues, problems + missing
    frame = frame[frame["region"].ne(METROPOLE)]
    if frame.empty:
        return *nothing, raw.lignes_lues, problems
    problems += rules.problems(frame, raw, table, edition)
    if raw.personnes is not None:
        people = persons.counted(raw.personnes, frame, edition)
        no_row = pd.Series(pd.NA, people.index, dtype="Int64")
        return people, no_row, _left_out(raw, frame), problems
    settled, lines, dropped = _settled(frame, table)
    if raw.blocs is not None:  # several rows of the file each
        lines = lines.astype("Float64").mask(lines.notna())
    return settled, lines, _left_out(raw, frame) + dropped, problems


def _left_out(raw: Raw, frame: pd.DataFrame) -> int:
    """Rows of the file that gave nothing; of counted records, those that no region counts."""
    gone = raw.frame.index.difference(frame["ligne"])
    if raw.blocs is None:
        return len(gone)
    return int(raw.frame.loc[[n for n in gone if raw.blocs[n] == 0], COUNT].sum())


def _situated(problems: list[Problem], raw: Raw) -> list[Problem]:
    """Problems of counted records, with the first rows of the file and the number of records.

    Until then `lignes` numbers combinations; those of the smallest crossing hold each record
    once.
    """
    if raw.situer is None:
        return problems
    found = [(i, p) for i, p in enumerate(problems) if p.lignes and p.classe == "donnees"]
    groups = []
    for _, problem in found:
        blocks = raw.blocs.loc[list(problem.lignes)]
        groups.append(blocks.index[blocks.eq(blocks.min())].to_numpy())
    problems = list(problems)
    for (i, problem), rows, ids in zip(found, raw.situer(groups) if groups else [], groups,
                                       strict=True):
        total = int(raw.frame.loc[ids, COUNT].sum())
        problems[i] = replace(problem, lignes=rows, nombre=total)
    return problems


def _completed(shaped: Shaped, raw: Raw, edition: Edition) -> tuple[pd.DataFrame, list[Problem]]:
    """The five base columns, found, derived or at their total."""
    frame = shaped.frame
    frame = frame.drop(columns=[h for h in HELPERS if h in frame and h != "ligne"])
    if "region" not in frame and "departement" in frame:
        frame = frame.assign(region=frame["departement"].map(home_regions()).fillna(FRANCE))
    missing = [c for c in ("region", "mesure") if c not in frame and c not in shaped.absentes]
    if missing:
        return frame, [Problem(f"aucune colonne ne donne {enumerate_fr(missing)}.", "donnees",
                               "région et mesure de chaque ligne", raw.fichier, raw.feuille,
                               reparation="déclarez-les dans « colonnes » ou « constantes ».")]
    defaults = {"annee": str(edition.annee), "departement": TOTAL, "operateur": ENSEMBLE}
    frame = frame.assign(**{c: v for c, v in defaults.items() if c not in frame})
    dims = [c for c in keys_of(frame) if c not in BASE]
    tail = ["effectif", "borne_min", "borne_max", "etat", "regroupe", "ligne"]
    return frame[[*(c for c in BASE if c in frame), *dims, *(c for c in tail if c in frame)]], []


def _settled(frame: pd.DataFrame, table: TableSource
             ) -> tuple[pd.DataFrame, pd.Series, int]:
    """(one row a key, its row in the file, rows dropped).

    Unknown codes and records are counted together; of rows that repeat a key (totals of a long
    profile, tolerated duplicates) the first is kept. A count that is negative or not whole has
    been told: it is no longer available.
    """
    keys = keys_of(frame)
    again = frame.duplicated(keys)
    summed = frame["regroupe"] | (table.nature == "individuel")
    kept = frame[~again | summed]
    dropped = 0 if table.critere else int((again & ~summed).sum())
    if kept.duplicated(keys).any():
        kept = kept.assign(inconnu=kept["effectif"].isna())
        kept = kept.groupby(keys, sort=False, as_index=False).agg(
            effectif=("effectif", "sum"), inconnu=("inconnu", "any"),
            borne_min=("borne_min", "first"), borne_max=("borne_max", "first"),
            etat=("etat", "max"), ligne=("ligne", "first"))
        kept = kept.assign(effectif=kept["effectif"].mask(kept["inconnu"]))
    wrong = (kept["effectif"].lt(0) | kept["effectif"].mod(1).ne(0)).fillna(False)
    kept = kept.reset_index(drop=True).assign(
        effectif=kept["effectif"].mask(wrong).astype("Int64").array,
        etat=kept["etat"].mask(wrong, NON_DISPONIBLE).array)
    return kept[[*keys, *COLUMNS]], kept["ligne"].astype("Int64"), dropped


def _received(checked: Checked, table: TableSource, edition: Edition) -> dict:
    """One line of « Qu’avons-nous reçu ? »."""
    frame = checked.frame

    def labels(column: str, names: dict[str, str]) -> str:
        values = [] if frame.empty else list(dict.fromkeys(frame[column]))
        return enumerate_fr([names.get(v, v) for v in values if v != ENSEMBLE])
    measures = {k: m.libelle for k, m in edition.mesures.items()}
    nomenclature = edition.nomenclatures.get("operateur")
    operators = {k: m.libelle for k, m in nomenclature.modalites.items()} if nomenclature else {}
    years = sorted(set(frame["annee"])) if not frame.empty else []
    return dict(zip(RECUS, (
        table.fichier, checked.feuille or "", table.titre, labels("mesure", measures)
        if not frame.empty else "", enumerate_fr(years), _mesh(frame),
        labels("operateur", operators), checked.lues, checked.ecartees), strict=True))


def _mesh(frame: pd.DataFrame) -> str:
    if frame.empty:
        return ""
    names = [("France", frame["region"].eq(FRANCE).any()),
             ("région", (frame["region"].ne(FRANCE) & frame["departement"].eq(TOTAL)).any()),
             ("département", frame["departement"].ne(TOTAL).any())]
    return enumerate_fr([n for n, present in names if present])


# --- context ------------------------------------------------------------------------------


def _context(edition: Edition, root: Path,
             tables: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, list[Problem]]:
    """Tidy public figures, one serie a denominator of the edition."""
    frames, problems = {}, []
    for table in edition.contexte.tables:
        raw = read(folder(edition.contexte.dossier, root) / table.fichier, table, edition)
        shaped = shape(raw, table, edition, contexte=True) if not raw.frame.empty else None
        problems += raw.problemes + (shaped.problemes if shaped else [])
        if shaped is not None and "valeur" in shaped.frame:
            frames[table.nom] = shaped.frame
    for name, frame in tables.items():
        frames.setdefault(name, frame.rename(columns={"effectif": "valeur"}))
    series = []
    for d in edition.denominateurs:
        parts = [frames[t] for t in d.sources if t in frames]
        series.append(_serie(d, parts))
    dims = list(dict.fromkeys(x for d in edition.denominateurs for x in d.dimensions))
    columns = ["serie", "region", "departement", *dims, "valeur", "etat"]
    if not series:
        return pd.DataFrame(columns=columns), problems
    context = pd.concat(series, ignore_index=True)
    context[dims] = context[dims].fillna(TOTAL) if dims else context[dims]
    return context[columns], problems


def _serie(d: Denominateur, parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Rows of one denominator: its year, its filter, mean or sum over the periods of the year."""
    keys = ["region", "departement", *d.dimensions]
    found = [_selected(part, d) for part in parts]
    rows = pd.concat(found) if found else pd.DataFrame(columns=[*keys, "valeur", "etat"])
    how = "mean" if d.agregation == "moyenne" else "sum"
    whole = rows.groupby(keys)["etat"].agg(lambda e: e.eq(PUBLIE).all())
    values = rows.groupby(keys)["valeur"].agg(how).where(whole).reset_index()
    values = _with_sums(values.dropna(subset="valeur"), d)
    values = values[~values["region"].isin(d.absents)]
    missing = [r for r in REGIONS if r not in set(values["region"])]
    blank = pd.DataFrame({"region": missing, "departement": TOTAL, "valeur": None})
    blank = blank.assign(**dict.fromkeys(d.dimensions, TOTAL))
    out = pd.concat([values, blank.astype({"valeur": "Float64"})], ignore_index=True)
    state = out["valeur"].notna().map({True: PUBLIE, False: NON_DISPONIBLE})
    return out.assign(serie=d.nom, etat=state).sort_values(keys)


def _selected(frame: pd.DataFrame, d: Denominateur) -> pd.DataFrame:
    """Rows of a context table that belong to a denominator, with all its key columns."""
    home = home_regions()
    if "departement" not in frame:
        frame = frame.assign(departement=TOTAL)
    if "region" not in frame:
        frame = frame.assign(region=frame["departement"].map(home).fillna(FRANCE))
    if "annee" in frame:
        frame = frame[frame["annee"].eq(str(d.annee))]
    for column, value in d.filtre.items():
        frame = frame[frame[column].eq(value)]
    frame = _one_france(frame, d.france)
    others = [c for c in frame.columns if c not in (
        "region", "departement", "annee", "trimestre", "mois", "valeur", "etat", "libelle",
        "ligne", "regroupe", "borne_min", "borne_max", *d.dimensions, *d.filtre)]
    for column in others:  # dimensions of the file that the denominator does not keep
        totals = frame[column].isin((TOTAL, ENSEMBLE))
        frame = frame[totals] if totals.any() else frame
    return frame[["region", "departement", *d.dimensions, "valeur", "etat"]]


def _one_france(frame: pd.DataFrame, france: str | None) -> pd.DataFrame:
    """Keep one row as France: the declared label, else everything but « métropolitaine »."""
    national = frame["region"].isin((FRANCE, METROPOLE))
    if france is None:
        return frame[frame["region"].ne(METROPOLE)]
    label = frame["libelle"].map(fold) if "libelle" in frame else frame["region"].map(fold)
    chosen = national & (label.eq(fold(france)) | frame["region"].eq(france))
    return frame[~national | chosen].assign(
        region=frame["region"].where(~chosen, FRANCE))


def _with_sums(values: pd.DataFrame, d: Denominateur) -> pd.DataFrame:
    """Missing totals of a count of persons: over dimensions, departments, then regions.

    France is summed only when each region is there or declared absent, with its reason.
    """
    if d.unite != "personnes" or values.empty:
        return values
    keys = ["region", "departement", *d.dimensions]
    for column in (*d.dimensions, "departement", "region"):
        total = total_code(column)
        parts = values[values[column].ne(total)]
        if column == "region":
            parts = parts[parts["departement"].eq(TOTAL)]
            if not set(REGIONS) <= set(parts["region"]) | set(d.absents):
                continue
        sums = parts.groupby([k for k in keys if k != column], as_index=False)["valeur"].sum()
        values = pd.concat([values, sums.assign(**{column: total})]).drop_duplicates(keys)
    return values
