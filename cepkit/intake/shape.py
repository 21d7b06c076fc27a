"""From a table as found to canonical columns: rename, unpivot, recognise codes, read numbers.

Codes are recognised by code, label or alias, whatever the accents, the case and the hyphens.
Each source value is looked at once (uniques), so the size of the file hardly matters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pandas as pd

from cepkit.codes import FRANCE, PUBLIE, TOTAL
from cepkit.edition.schema import Edition, TableSource
from cepkit.errors import SHOWN, Problem
from cepkit.intake import multiple, steps
from cepkit.intake.decode import (
    LEFT_OUT,
    METROPOLE,
    altered,
    decoded,
    mended,
    month,
    not_stated,
    told,
    total_code,
    unknown,
    unsafe,
)
from cepkit.intake.layout import COUNT, WHOLE, Raw
from cepkit.intake.numbers import Marks, Number, marks, number, plain
from cepkit.text import enumerate_fr, fold, suggestion

BASE = ("annee", "region", "departement", "operateur", "mesure")
VALUES = ("effectif", "valeur")
NOT_KEYS = ("effectif", "borne_min", "borne_max", "etat", "valeur", "ligne", "regroupe")
# Helper columns that are read and dropped afterwards.
HELPERS = ("libelle", "trimestre", "periode", "ligne")


@dataclass
class Shaped:
    """Canonical rows of one table: keys (str), value columns, `etat`, `ligne` (source row).

    `regroupe` marks rows whose unknown code was counted as « non renseigné »; `absentes`, the
    canonical columns that were declared and not found.
    """

    frame: pd.DataFrame
    absentes: list[str] = field(default_factory=list)
    problemes: list[Problem] = field(default_factory=list)


def keys_of(frame: pd.DataFrame) -> list[str]:
    """Key columns of a canonical frame: the five base columns, then the dimensions."""
    return [c for c in frame.columns if c not in NOT_KEYS]


def shape(raw: Raw, table: TableSource, edition: Edition, *, contexte: bool = False) -> Shaped:
    """Canonical rows of a raw table; problems carry the row numbers of the file.

    A delivery gives `effectif` (Int64), `borne_min`, `borne_max`, `etat`; a context table
    gives `valeur` (float) and `etat`, and unknown territories are left out without a word.
    """
    out = Shaped(pd.DataFrame())
    raw, table = steps.measured(*multiple.joined(raw, table))
    frame = _renamed(raw, table, edition, out, contexte)
    if contexte and out.absentes or not frame.columns.is_unique:
        return out
    frame = _unpivoted(frame.assign(ligne=frame.index), table)
    frame = multiple.exploded(frame, table, edition)
    for column, value in table.constantes.items():
        frame[column] = value
    frame = _periods(frame)
    frame = _criteria(frame, raw, table, edition, out)
    frame = _decoded(frame, raw, table, edition, out, contexte)
    for column, kept in table.filtres.items():
        if column in frame:
            frame = frame[frame[column].isin(kept)]
    out.frame = _numbers(frame, raw, table, edition, out, contexte)
    return out


# --- columns --------------------------------------------------------------------------------


def _renamed(raw: Raw, table: TableSource, edition: Edition, out: Shaped,
             contexte: bool) -> pd.DataFrame:
    """Declared headers renamed; missing and unknown ones told with the nearest name."""
    found = {fold(mended(c)): c for c in raw.frame.columns}
    if not contexte:
        out.problemes += altered(list(raw.frame.columns), raw, lambda wrong: None)
    wide = _wide_columns(raw.frame, table)
    names, missing = {}, []
    for header, target in table.colonnes.items():
        source = header if header in raw.frame else found.get(fold(header))
        if source is None:
            missing.append(header)
            out.absentes.append(target)
        else:
            names[source] = target
    ignored = {fold(c) for c in table.ignorees}
    unknown = [c for c in raw.frame.columns
               if c not in names and c not in wide and c != COUNT and fold(c) not in ignored]
    shown = [c for c in raw.frame.columns if c != COUNT]
    for header in missing:
        out.problemes.append(Problem(
            f"la colonne « {header} » est absente.{suggestion(header, unknown)} "
            f"Colonnes lues : {enumerate_fr([c[:SHOWN] for c in shown[:12]])}.", "donnees",
            "colonnes déclarées dans edition.yml", raw.fichier, raw.feuille, valeur=header,
            reparation="corrigez « colonnes » ou l’en-tête du fichier."))
    if unknown and not contexte:
        out.problemes.append(Problem(
            f"colonnes non déclarées, laissées de côté : {enumerate_fr(unknown)}.", "donnees",
            "colonnes déclarées dans edition.yml", raw.fichier, raw.feuille, bloquant=False,
            reparation="ajoutez-les à « colonnes » ou à « ignorees ».", cle="colonne_inconnue"))
    out.problemes += _twice(names, raw)
    if not contexte and "mesure" in table.constantes:
        out.problemes += _other_measures(raw, table, names, edition)
    if table.depivoter and not wide:
        out.problemes.append(Problem("aucune colonne à dépivoter n’a été trouvée.", "donnees",
                                     "depivoter", raw.fichier, raw.feuille))
    return raw.frame.drop(columns=unknown + [c for c in raw.frame if fold(c) in ignored]).rename(
        columns=names)


def _twice(names: dict[str, str], raw: Raw) -> list[Problem]:
    """Two columns of the file that would become one."""
    return [Problem(f"les colonnes {enumerate_fr([f'« {c} »' for c in same])} deviendraient "
                    f"toutes « {target} » : deux mesures ne tiennent pas dans une colonne.",
                    "parametres", "une colonne du fichier par colonne canonique", raw.fichier,
                    raw.feuille, reparation="gardez-en une, ou dépivotez-les (clé « depivoter »).")
            for target in dict.fromkeys(names.values())
            if len(same := [c for c, t in names.items() if t == target]) > 1]


def _other_measures(raw: Raw, table: TableSource, names: dict[str, str],
                    edition: Edition) -> list[Problem]:
    """A header, or a column left aside, that names another measure than the declared one."""
    labels = {fold(t): k for k, m in edition.mesures.items() for t in (k, m.libelle)}
    problems = []
    for header in [c for c, t in names.items() if t in VALUES]:
        named = {k for t, k in labels.items() if re.search(rf"\b{re.escape(t)}\b", fold(header))}
        if named and named != {table.constantes["mesure"]}:
            problems.append(told(
                f"l’en-tête « {header} » nomme une autre mesure que « "
                f"{table.constantes['mesure']} ».", "mesures_melangees",
                "une seule mesure par colonne", raw, None, header,
                "corrigez « constantes » ou « colonnes »."))
    for column in [c for c in raw.frame if c not in names and c != COUNT]:
        found = raw.frame[column].map(lambda v: labels.get(fold(v)))
        first = found.dropna().drop_duplicates()
        if len(first) > 1:
            said = enumerate_fr([edition.mesures[k].libelle for k in first])
            problems.append(told(
                f"la colonne « {column} » nomme deux mesures : {said}.", "mesures_melangees",
                "une seule mesure par colonne", raw, first.index.to_series(), None,
                "déclarez cette colonne « mesure » et retirez la constante."))
    return problems


def _wide_columns(frame: pd.DataFrame, table: TableSource) -> dict[str, dict[str, str]]:
    """Source columns to unpivot and the canonical values that each stands for."""
    if not table.depivoter:
        return {}
    declared = {fold(c): v for c, v in table.depivoter.colonnes.items()}
    wide = {c: declared[fold(c)] for c in frame.columns if fold(c) in declared}
    if table.depivoter.motif:
        taken = {fold(c) for c in (*table.colonnes, *table.colonnes.values(), *table.ignorees)}
        for column in [c for c in frame.columns if fold(c) not in taken and c != "ligne"]:
            match = re.fullmatch(table.depivoter.motif, column)
            if match:
                wide.setdefault(column, {k: v for k, v in match.groupdict().items() if v})
    return wide


def _unpivoted(frame: pd.DataFrame, table: TableSource) -> pd.DataFrame:
    wide = _wide_columns(frame, table)
    if not wide:
        return frame
    keys = [c for c in frame.columns if c not in wide]
    value = table.depivoter.valeur
    long = frame.melt(id_vars=keys, value_vars=list(wide), var_name="__colonne__",
                      value_name=value)
    for column in dict.fromkeys(k for stands in wide.values() for k in stands):
        long[column] = long["__colonne__"].map(lambda c, k=column: wide[c].get(k, TOTAL))
    return long.drop(columns="__colonne__")


def _periods(frame: pd.DataFrame) -> pd.DataFrame:
    """`periode` ("2022T1", "T1_2022", "2022-03") becomes `annee` and `trimestre` or `mois`."""
    if "periode" not in frame:
        return frame
    parts = {v: _period(v) for v in frame["periode"].unique()}
    for i, column in enumerate(("annee", "trimestre", "mois")):
        values = frame["periode"].map(lambda v, i=i: parts[v][i])
        if (values != "").any():
            frame = frame.assign(**{column: values})
    return frame.drop(columns="periode")


def _period(text: str) -> tuple[str, str, str]:
    year = re.search(r"(?:19|20)\d\d", text)
    quarter = re.search(r"[TQ]\s*([1-4])", text, re.I)
    if not year:
        return text, "", ""
    rest = text.replace(year.group(), " ", 1)
    named = "" if quarter else month(rest.strip(" -/_."))
    return year.group(), quarter.group(1) if quarter else "", named or ""


def _criteria(frame: pd.DataFrame, raw: Raw, table: TableSource, edition: Edition,
              out: Shaped) -> pd.DataFrame:
    """A long profile (criterion, modality) becomes one column a dimension, others at total."""
    if not table.critere:
        return frame
    criterion, modality = table.critere
    known = {fold(n): n for n in edition.nomenclatures}
    known |= {fold(n.titre): k for k, n in edition.nomenclatures.items()}
    for label in frame[criterion].unique():
        dimension = known.get(fold(label))
        if dimension is None:
            continue
        chosen = frame[criterion] == label
        frame[dimension] = frame[modality].where(chosen, frame.get(dimension, TOTAL))
    totals = {fold(t) for t in table.totaux}
    kept = frame[criterion].map(lambda v: fold(v) in known or fold(v) in totals).astype(bool)
    for label in frame.loc[~kept, criterion].unique():
        rows = frame.loc[frame[criterion] == label, "ligne"]
        out.problemes.append(Problem(
            f"critère « {label} » sans nomenclature.{suggestion(label, known)} "
            "Les lignes sont laissées de côté.", "donnees", "un critère est une nomenclature",
            raw.fichier, raw.feuille, tuple(int(r) for r in rows), label, bloquant=False))
    return frame[kept].drop(columns=[criterion, modality])


# --- codes and numbers ------------------------------------------------------------------------


def _decoded(frame: pd.DataFrame, raw: Raw, table: TableSource, edition: Edition, out: Shaped,
             contexte: bool) -> pd.DataFrame:
    """Every key column as codes; what is not recognised is told, then grouped or left out."""
    keys = [c for c in frame.columns if c not in (*VALUES, "ligne", "libelle", COUNT)]
    frame = frame.assign(regroupe=False)
    if "libelle" not in frame and "region" in frame:
        frame["libelle"] = frame["region"]
    for column in keys:
        if not contexte:
            out.problemes += unsafe(frame, column, raw)
        codes = decoded(frame, column, table, edition)
        if codes is None:
            whole = {WHOLE, *(v for v in frame[column].unique() if column not in HELPERS
                              and fold(v) in map(fold, table.totaux))}
            frame = frame.assign(**{column: frame[column].mask(frame[column].isin(whole), TOTAL)})
            continue
        if table.nature == "individuel":
            codes |= _no_totals(frame, column, codes, raw, out)
        strange = [v for v, code in codes.items() if code is None]
        other = None if contexte else not_stated(edition.nomenclatures.get(column))
        if strange and not contexte:
            out.problemes += unknown(frame, column, strange, raw, edition, raw.blocs is not None)
            frame["regroupe"] |= frame[column].isin(strange) & (other is not None)
        codes |= dict.fromkeys(strange, other or LEFT_OUT)
        frame = frame.assign(**{column: frame[column].map(codes)})
    frame = _france_by_label(frame)
    return frame[~frame.isin([LEFT_OUT]).any(axis=1)]


def _no_totals(frame: pd.DataFrame, column: str, codes: dict[str, str | None], raw: Raw,
               out: Shaped) -> dict[str, str]:
    """Totals have no place among records; a record without a department has none."""
    totals = [v for v, code in codes.items() if v != WHOLE and code == total_code(column)]
    for value in totals:
        rows = frame.loc[frame[column] == value, "ligne"]
        if value == "":
            out.problemes.append(told(
                f"{column} : case vide. Ces dossiers sont comptés dans la région seulement.",
                "modalite_inconnue", "codes de la nomenclature", raw, rows))
        else:
            out.problemes.append(told(
                f"{column} : « {value} » est un total, dans un fichier individuel.",
                "total_individuel", "une ligne par dossier", raw, rows, value,
                "supprimez ces lignes, ou déclarez « nature: tableau »."))
    return dict.fromkeys(totals, LEFT_OUT)


def _france_by_label(frame: pd.DataFrame) -> pd.DataFrame:
    """Code 00 twice: the label tells « France métropolitaine » from France."""
    if "libelle" not in frame or "region" not in frame:
        return frame
    metropole = frame["libelle"].map(lambda v: "metropolitaine" in fold(v)).astype(bool)
    return frame.assign(region=frame["region"].mask(
        metropole & (frame["region"] == FRANCE), METROPOLE))


def _numbers(frame: pd.DataFrame, raw: Raw, table: TableSource, edition: Edition, out: Shaped,
             contexte: bool) -> pd.DataFrame:
    column = next((c for c in (*VALUES, COUNT) if c in frame), None)
    if column is None:
        if not {*VALUES} & {*out.absentes}:
            out.problemes.append(Problem(
                "aucune colonne de valeurs : une colonne doit devenir « effectif ».", "donnees",
                "une valeur par ligne", raw.fichier, raw.feuille))
        return frame
    if column == COUNT:
        blank = pd.Series(pd.NA, index=frame.index, dtype="Int64")
        return frame.drop(columns=COUNT).assign(effectif=frame[COUNT].astype("Float64"),
                                                borne_min=blank, borne_max=blank, etat=PUBLIE)
    found = marks(frame[column].unique(), table, whole=column == "effectif")
    read = {v: number(v, edition, found) for v in frame[column].unique()}
    frame = frame[~_unreadable(frame, column, read, found, raw, out)]
    source = frame[column]
    rest = frame.drop(columns=column)
    if contexte:
        return rest.assign(valeur=source.map(lambda v: read[v].valeur).astype("Float64"),
                           etat=source.map(lambda v: read[v].etat))
    return rest.assign(
        effectif=source.map(lambda v: read[v].valeur).astype("Float64"),
        borne_min=source.map(lambda v: read[v].borne_min).astype("Float64").astype("Int64"),
        borne_max=source.map(lambda v: read[v].borne_max).astype("Float64").astype("Int64"),
        etat=source.map(lambda v: read[v].etat))


def _unreadable(frame: pd.DataFrame, column: str, read: dict[str, Number | None], found: Marks,
                raw: Raw, out: Shaped) -> pd.Series:
    """Rows whose cell is not a number of this column; what is wrong or doubtful is told."""
    shares = [v for v, n in read.items() if column == "effectif" and n and "%" in v]
    strange = [v for v, n in read.items() if n is None]
    for value in strange:
        out.problemes.append(told(
            "valeur illisible comme nombre.", "valeur_illisible", "un nombre ou un jeton déclaré",
            raw, frame.loc[frame[column] == value, "ligne"], str(value),
            "corrigez-la, déclarez-la dans « jetons » (par exemple bornes: {\"<5\": [1, 4]}), ou "
            "déclarez « decimale » et « milliers »."))
    if shares:
        out.problemes.append(told(
            "des pourcentages sont mêlés aux effectifs.", "mesures_melangees",
            "une seule mesure par colonne", raw, frame.loc[frame[column].isin(shares), "ligne"],
            shares[0], "séparez les effectifs et les pourcentages."))
    doubtful = [v for v in read if plain(v) in found.ambigus]
    if doubtful:
        out.problemes.append(told(
            f"« {doubtful[0]} » est lu {read[doubtful[0]].valeur:.0f}.", "nombre_ambigu",
            "signe décimal et milliers sans équivoque", raw,
            frame.loc[frame[column].isin(doubtful), "ligne"], doubtful[0],
            "déclarez « milliers » ou « decimale » pour cette table."))
    return frame[column].isin([*strange, *shares])
