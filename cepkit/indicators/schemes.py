"""The CEP and the transition schemes: two directions, never mixed."""

from __future__ import annotations

import pandas as pd

from cepkit.codes import ENSEMBLE, NON_DISPONIBLE, PUBLIE, TOTAL
from cepkit.indicators import meta
from cepkit.indicators.counts import counts
from cepkit.indicators.rows import COMPARISON, add_note, finish
from cepkit.indicators.shares import multiple, shares
from cepkit.text import enumerate_fr

KEYS = ("sens", "mesure", "region", "departement", "operateur", "dimension", "modalite")
FROM_CEP, FROM_FILES = "personnes_en_cep", "dossiers"
SCHEME, PRIOR, YES = "dispositif", "cep_prealable", "oui"
# A prior CEP is compulsory for these files: only the spread over operators informs.
COMPULSORY = ("dossiers_demission",)


def schemes(r) -> pd.DataFrame:
    """Link with the schemes in its two directions (`sens`), each on its own base.

    - `personnes_en_cep`: among those counted by the CEP, share using each scheme (several may be
      used);
    - `dossiers`: among the files received by the Transitions Pro associations (one `mesure` a
      scheme), share preceded by a CEP, then spread of these over the operators; where the CEP
      is compulsory that share is not a result: the number of files is given instead.

    Never an acceptance rate. A direction that is not measured is one row that says so.
    """
    main = meta.measure(r)["nom"]
    parts = [_from_cep(r, main)]
    tables = _file_tables(r)
    parts += [_from_files(r, nom, table) for nom, table in tables.items()]
    if not tables:
        parts.append(_unmeasured(r, FROM_FILES, "aucun fichier de dossiers n’est diffusé"))
    frame = pd.concat(parts, ignore_index=True)
    used = [t["nom"] for t in meta.released(r).values() if SCHEME in t["dimensions"]]
    return finish(
        r, frame, KEYS, mesure=main, tables=[*used, *tables.values()],
        reference="France", source=_sources(r, [*used, *tables.values()]),
    )  # fmt: skip


def _sources(r, tables: list[str]) -> str:
    known = (meta.table(r, t).get("source_publiee", "") for t in tables)
    return enumerate_fr(list(dict.fromkeys(s for s in known if s)))


def _from_cep(r, mesure: str) -> pd.DataFrame:
    table = meta.find_table(r, mesure, (SCHEME,))
    if table is None:
        return _unmeasured(r, FROM_CEP, "les dispositifs ne figurent pas dans les tables diffusées")
    return multiple(r, table, SCHEME).assign(sens=FROM_CEP, mesure=mesure)


def _file_tables(r) -> dict[str, str]:
    """{measure of files: its table}: released tables that say whether a CEP came before."""
    return {t["mesure"]: t["nom"] for t in meta.released(r).values() if PRIOR in t["dimensions"]}


def _from_files(r, mesure: str, table: str) -> pd.DataFrame:
    """Share preceded by a CEP (or number of files), then operators of the CEP."""
    if mesure in COMPULSORY:
        first = counts(r, table).assign(
            dimension=PRIOR, modalite=TOTAL, **dict.fromkeys(COMPARISON)
        )
        first["note"] = add_note(
            first, first["etat"] == PUBLIE, "le CEP préalable y est obligatoire"
        )
    else:
        first = shares(r, table, PRIOR)
    mix = shares(r, table, "operateur", within={PRIOR: YES})
    mix = mix.assign(operateur=mix["modalite"])
    return pd.concat([first, mix], ignore_index=True).assign(sens=FROM_FILES, mesure=mesure)


def _unmeasured(r, sens: str, reason: str) -> pd.DataFrame:
    row = {"sens": sens, "region": r.code, "departement": TOTAL, "operateur": ENSEMBLE,
           "dimension": SCHEME, "modalite": TOTAL, "indicateur": "part", "unite": "part",
           "etat": NON_DISPONIBLE, "note": reason}  # fmt: skip
    return pd.DataFrame([row])
