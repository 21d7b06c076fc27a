"""From a table as found to canonical columns: rename, unpivot, recognise codes, read numbers.

Codes are recognised by code, label or alias, whatever the accents, the case and the hyphens.
Each source value is looked at once (uniques), so the size of the file hardly matters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

import pandas as pd

from cepkit import refdata
from cepkit.codes import ENSEMBLE, FRANCE, NON_DIFFUSE, NON_DISPONIBLE, OPERATEURS, PUBLIE, TOTAL
from cepkit.edition.schema import Edition, TableSource
from cepkit.errors import Problem
from cepkit.intake.read import COUNT, Raw
from cepkit.text import NBSP, NNBSP, enumerate_fr, fold, suggestion

BASE = ("annee", "region", "departement", "operateur", "mesure")
VALUES = ("effectif", "valeur")
METROPOLE = "FRMETRO"  # « France métropolitaine »: never taken for France
LEFT_OUT = "__ecartee__"
# Helper columns that are read and dropped afterwards.
HELPERS = ("libelle", "trimestre", "periode", "ligne")
_BLOCKING = ("region", "departement", "operateur", "mesure", "annee")
_UNSAFE = re.compile(r"^\s*[=@]|^\s*[+-]\s*[A-Za-z(]|<\s*[A-Za-z/!]")
_MONTHS = ("janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre",
           "octobre", "novembre", "decembre")


@dataclass
class Shaped:
    """Canonical rows of one table: keys (str), value columns, `etat`, `ligne` (source row).

    `regroupe` marks rows whose unknown code was counted as « non renseigné ».
    """

    frame: pd.DataFrame
    ecartees: int = 0
    problemes: list[Problem] = field(default_factory=list)


def shape(raw: Raw, table: TableSource, edition: Edition, *, contexte: bool = False) -> Shaped:
    """Canonical rows of a raw table; problems carry the row numbers of the file.

    A delivery gives `effectif` (Int64), `borne_min`, `borne_max`, `etat`; a context table
    gives `valeur` (float) and `etat`, and unknown territories are left out without a word.
    """
    out = Shaped(pd.DataFrame())
    frame = _renamed(raw, table, out, contexte)
    if out.problemes and any(p.bloquant for p in out.problemes):
        return out
    frame = _unpivoted(frame.assign(ligne=frame.index), table)
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


def _renamed(raw: Raw, table: TableSource, out: Shaped, contexte: bool) -> pd.DataFrame:
    """Declared headers renamed; missing and unknown ones told with the nearest name."""
    found = {fold(c): c for c in raw.frame.columns}
    wide = _wide_columns(raw.frame, table)
    names, missing = {}, []
    for header, target in table.colonnes.items():
        source = header if header in raw.frame else found.get(fold(header))
        if source is None:
            missing.append(header)
        else:
            names[source] = target
    ignored = {fold(c) for c in table.ignorees}
    unknown = [c for c in raw.frame.columns
               if c not in names and c not in wide and c != COUNT and fold(c) not in ignored]
    for header in missing:
        out.problemes.append(Problem(
            f"la colonne « {header} » est absente.{suggestion(header, unknown)} "
            f"Colonnes lues : {enumerate_fr(list(raw.frame.columns)[:12])}.",
            "donnees", "colonnes déclarées dans edition.yml", raw.fichier, raw.feuille))
    if unknown and not contexte:
        out.problemes.append(Problem(
            f"colonnes non déclarées, laissées de côté : {enumerate_fr(unknown)}.", "donnees",
            "colonnes déclarées dans edition.yml", raw.fichier, raw.feuille, bloquant=False,
            reparation="ajoutez-les à « colonnes » ou à « ignorees »."))
    if table.depivoter and not wide:
        out.problemes.append(Problem("aucune colonne à dépivoter n’a été trouvée.", "donnees",
                                     "depivoter", raw.fichier, raw.feuille))
    return raw.frame.drop(columns=unknown + [c for c in raw.frame if fold(c) in ignored]).rename(
        columns=names)


def _wide_columns(frame: pd.DataFrame, table: TableSource) -> dict[str, dict[str, str]]:
    """Source columns to unpivot and the canonical values that each stands for."""
    if not table.depivoter:
        return {}
    declared = {fold(c): v for c, v in table.depivoter.colonnes.items()}
    wide = {c: declared[fold(c)] for c in frame.columns if fold(c) in declared}
    if table.depivoter.motif:
        for column in frame.columns:
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
    month = "" if quarter else _month(rest.strip(" -/_."))
    return year.group(), quarter.group(1) if quarter else "", month or ""


def _month(text: str) -> str | None:
    """"3", "03", "mars", "févr.", "2022-03-01 00:00:00" → "03"; else None."""
    folded = fold(text)
    named = [i for i, m in enumerate(_MONTHS, 1) if len(folded) > 2 and m.startswith(folded)]
    if len(named) == 1:
        return f"{named[0]:02d}"
    date = re.match(r"(?:19|20)\d\d[-/](\d\d)", text)
    number = re.fullmatch(r"0?(\d|1[0-2])", date.group(1) if date else text)
    return f"{int(number.group(1)):02d}" if number and int(number.group(1)) else None


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
    out.ecartees += int((~kept).sum())
    for label in frame.loc[~kept, criterion].unique():
        rows = frame.loc[frame[criterion] == label, "ligne"]
        out.problemes.append(Problem(
            f"critère « {label} » sans nomenclature.{suggestion(label, known)} "
            "Les lignes sont laissées de côté.", "donnees", "un critère est une nomenclature",
            raw.fichier, raw.feuille, tuple(int(r) for r in rows), label, bloquant=False))
    return frame[kept].drop(columns=[criterion, modality])


# --- codes ----------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _territories(level: str) -> dict[str, str]:
    """Folded names and codes of regions or departments; codes without their zero too."""
    table = refdata.regions() if level == "region" else refdata.departements()
    book = {fold(n): c for c, n in zip(table["code"], table["nom"], strict=True)}
    return book | _code_forms(table["code"])


def _code_forms(known) -> dict[str, str]:
    """"01" is also written 1 by spreadsheets, unless "1" is a code of its own."""
    known = list(known)
    short = {c.lstrip("0"): c for c in known if c.isdigit() and c.lstrip("0")}
    return {k: v for k, v in short.items() if k not in known} | {fold(c): c for c in known}


def codebook(column: str, edition: Edition) -> dict[str, str] | None:
    """Folded label → code for a canonical column; None when anything is accepted."""
    book: dict[str, str] = {}
    if column in ("region", "departement"):
        book |= _territories(column)
    elif column == "mesure":
        book |= {fold(m.libelle): k for k, m in edition.mesures.items()}
        book |= {fold(k): k for k in edition.mesures}
    elif column == "operateur":
        book |= {fold(o): o for o in OPERATEURS}
    nomenclature = edition.nomenclatures.get(column)
    if nomenclature:
        for code, modality in nomenclature.modalites.items():
            labels = (modality.libelle, modality.libelle_court or "", *modality.alias)
            book |= {fold(label): code for label in labels if label}
        book |= _code_forms(nomenclature.modalites)
    return book or None


def total_code(column: str) -> str:
    """Code of the total of a column: "FR", "ensemble" or "total"."""
    return {"region": FRANCE, "operateur": ENSEMBLE}.get(column, TOTAL)


def decode(value: str, column: str, book: dict[str, str], totals: set[str]) -> str | None:
    """One source value as a canonical code; None when it is not recognised."""
    folded = fold(value)
    if folded in book:
        return book[folded]
    if column == "region" and (folded.startswith("france") or folded in ("fr", "00", "0")):
        return METROPOLE if "metropolitaine" in folded else FRANCE
    if folded in totals or (column == "departement" and folded == ""):
        return total_code(column)
    return None


def _decoded(frame: pd.DataFrame, raw: Raw, table: TableSource, edition: Edition, out: Shaped,
             contexte: bool) -> pd.DataFrame:
    totals = {fold(t) for t in table.totaux} | {TOTAL, ENSEMBLE}
    keys = [c for c in frame.columns if c not in (*VALUES, "ligne", "libelle", COUNT)]
    frame = frame.assign(regroupe=False)
    if "libelle" not in frame and "region" in frame:
        frame["libelle"] = frame["region"]
    for column in keys:
        out.problemes += _unsafe(frame, column, raw)
        if column == "mois" and "mois" not in edition.nomenclatures:
            codes = {v: TOTAL if fold(v) in totals else _month(v) for v in frame[column].unique()}
        elif column == "annee":
            codes = {v: _year(v) for v in frame[column].unique()}
        else:
            book = codebook(column, edition)
            if book is None:
                continue
            codes = {v: decode(v, column, book, totals) for v in frame[column].unique()}
        unknown = frame[column].map(lambda v, k=codes: k[v] is None).astype(bool)
        mapped = frame[column].map(codes)
        if unknown.any():
            mapped = _unknown(frame, column, unknown, mapped, raw, edition, out, contexte)
        frame = frame.assign(**{column: mapped})
    frame = _france_by_label(frame)
    left = frame.isin([LEFT_OUT]).any(axis=1)
    out.ecartees += int(left.sum())
    return frame[~left]


def _year(text: str) -> str | None:
    return text if re.fullmatch(r"(19|20)\d\d", text) else None


def _france_by_label(frame: pd.DataFrame) -> pd.DataFrame:
    """Code 00 twice: the label tells « France métropolitaine » from France."""
    if "libelle" not in frame or "region" not in frame:
        return frame
    metropole = frame["libelle"].map(lambda v: "metropolitaine" in fold(v)).astype(bool)
    return frame.assign(region=frame["region"].mask(
        metropole & (frame["region"] == FRANCE), METROPOLE))


def _unknown(frame: pd.DataFrame, column: str, unknown: pd.Series, mapped: pd.Series, raw: Raw,
             edition: Edition, out: Shaped, contexte: bool) -> pd.Series:
    """Tell unknown codes; a modality goes to « non renseigné » when it exists, else out."""
    nomenclature = edition.nomenclatures.get(column)
    other = _not_stated(nomenclature)
    blocking = column in _BLOCKING and not contexte
    labels = ([m.libelle for m in nomenclature.modalites.values()] if nomenclature
              else list(codebook(column, edition) or ()))
    for value in [] if contexte else frame.loc[unknown, column].unique():
        rows = frame.loc[frame[column] == value, "ligne"].unique() if "ligne" in frame else ()
        effect = "" if blocking else (
            " Les lignes sont comptées en « non renseigné »." if other
            else " Les lignes sont laissées de côté.")
        out.problemes.append(Problem(
            f"{column} : « {value} » n’est pas dans la nomenclature."
            f"{suggestion(value, labels)}{effect}",
            "donnees", "codes de la nomenclature", raw.fichier, raw.feuille,
            tuple(int(r) for r in rows), value, bloquant=blocking,
            reparation=f"ajoutez-le à nomenclatures.{column} (ou à ses alias)."))
    if other and not contexte:
        frame["regroupe"] = frame["regroupe"] | unknown
    return mapped.where(~unknown, other or LEFT_OUT)


def _not_stated(nomenclature) -> str | None:
    """Code of the modality « non renseigné » of a nomenclature, if any."""
    modalities = nomenclature.modalites.items() if nomenclature else ()
    return next((c for c, m in modalities
                 if fold(c) in ("non renseigne", "nr") or fold(m.libelle) == "non renseigne"), None)


def _unsafe(frame: pd.DataFrame, column: str, raw: Raw) -> list[Problem]:
    """Labels that hold a formula or an HTML tag."""
    values = [v for v in frame[column].unique()
              if isinstance(v, str) and _UNSAFE.search(v)]
    return [Problem("un libellé contient une formule ou une balise.", "donnees",
                    "un libellé est un texte simple", raw.fichier, raw.feuille,
                    tuple(int(r) for r in frame.loc[frame[column] == v, "ligne"].unique()), v)
            for v in values]


# --- numbers --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Number:
    """A source cell as a number, or the state that stands in its place."""

    valeur: float | None
    etat: str
    borne_min: int | None = None
    borne_max: int | None = None


def number(text: str, table: TableSource, edition: Edition) -> Number | None:
    """Read « 1 234,5 », « nd », « s », « - », « <5 », « 1 à 4 »; None when unreadable."""
    tokens, plain = edition.jetons, re.sub(rf"[\s{NBSP}{NNBSP}]+", " ", str(text)).strip()
    low = plain.lower()
    if low in {t.lower() for t in tokens.non_disponible}:
        return Number(None, NON_DISPONIBLE)
    if low in {t.lower() for t in tokens.non_diffuse}:
        return Number(None, NON_DIFFUSE)
    if low in {t.lower() for t in tokens.zero}:
        return Number(0, PUBLIE)
    bounds = {k.lower().replace(" ", ""): v for k, v in tokens.bornes.items()}
    span = bounds.get(low.replace(" ", "")) or _span(low)
    if span:
        return Number(None, NON_DIFFUSE, *span)
    digits = low.replace(" ", "").replace(table.milliers or " ", "").replace("\u2212", "-")
    digits = digits.removesuffix("%")
    if table.decimale != ".":
        digits = digits.replace(table.decimale, ".")
    return Number(float(digits), PUBLIE) if re.fullmatch(r"[+-]?\d+(\.\d*)?(e[+-]?\d+)?",
                                                         digits) else None


def _span(text: str) -> tuple[int, int] | None:
    """« 1 à 4 » carries its own bounds; « <5 » does not (is 0 in it?) and must be declared."""
    match = re.fullmatch(r"(?:de )?(\d+) ?(?:à|a|-|–) ?(\d+)", text)
    return (int(match.group(1)), int(match.group(2))) if match else None


def _numbers(frame: pd.DataFrame, raw: Raw, table: TableSource, edition: Edition, out: Shaped,
             contexte: bool) -> pd.DataFrame:
    column = next((c for c in (*VALUES, COUNT) if c in frame), None)
    if column is None:
        out.problemes.append(Problem(
            "aucune colonne de valeurs : une colonne doit devenir « effectif ».", "donnees",
            "une valeur par ligne", raw.fichier, raw.feuille))
        return frame
    read = {v: number(v, table, edition) for v in frame[column].unique()}
    bad = frame[column].map(lambda v: read[v] is None).astype(bool)
    for value in frame.loc[bad, column].unique():
        rows = frame.loc[frame[column] == value, "ligne"]
        out.problemes.append(Problem(
            "valeur illisible comme nombre.", "donnees", "un nombre ou un jeton déclaré",
            raw.fichier, raw.feuille, tuple(int(r) for r in rows), str(value),
            reparation="déclarez-la dans « jetons » (par exemple bornes: {\"<5\": [1, 4]})."))
    frame = frame[~bad]
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
