"""Shares of the answers to a survey, weighted or not, from a file of one row a person.

Why no small count is told. Weights rest on the numbers of respondents of each group and on the
persons asked: the attacker is given these counts as they are, and a small one refuses the rows.
Answers by group are released nowhere else. For each small one (and each small number of persons
behind an answer) other answers must exist that print the same rows: one person who answers
otherwise, or two who exchange their answers (`Answers.hidden`). Otherwise shares are rounded more.
The interval is a function of what is printed: the share, the number of answers in tens, and the
loss of precision that the weights bring.

Kish L. (1965), Survey Sampling, section 11.7 (effective size n / deff); see `cepkit.survey`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cepkit.disclosure import Constraint
from cepkit.edition.schema import StatistiqueDeclaree
from cepkit.errors import ParametersError, Problem
from cepkit.formats import count, decimal
from cepkit.intake.decode import not_stated
from cepkit.intake.shape import BASE
from cepkit.intervals import wilson
from cepkit.protection.answers import TENS, Answers
from cepkit.protection.statistics import WITHHELD, Computed, Sources, recipe
from cepkit.survey import effective_size, raking
from cepkit.text import enumerate_fr

STEPS = (0.01, 0.02, 0.05, 0.1)  # what a share is rounded to: the first that tells no small count
WEIGHTED = "part pondérée (calage sur marges), Wilson sur la taille efficace"
PLAIN = "part, intervalle de Wilson"


@recipe("parts_enquete")
def survey_shares(declared: StatistiqueDeclaree, sources: Sources) -> list[Computed]:
    """Share of each answer among those who answered the question, by region.

    Parameters: `source` (file of records), `mesure`, `questions` (dimensions: one answer, several
    or a scale), `par` (one dimension whose groups are also given apart), `repondants` ({dimension:
    modality} of those who answered the survey), `calage` (dimensions: respondents are weighted to
    the persons asked, or to `marges`: {region: {dimension: {modality: persons}}}), `minimum`. A
    question stands in one statistic, and in no released table.
    """
    asked = declared.parametres
    _only_here(declared, sources)
    lines, weighing = [], _weights(declared, sources)
    for question in asked["questions"]:
        for region, (groups, weights, facts, note) in weighing.items():
            own = {"region": region, "dimension": question}
            if note:
                lines += [Computed({**own, "modalite": m}, declared.titre, {"unite": "part"},
                                   note=note) for m in modalities(declared, sources, question)]
                continue
            answers = _answers(declared, sources, question, region, groups, weights)
            found = list(_printed(declared, sources, answers, own))
            lines += [replace(found[0], facts=facts), *found[1:]]
    return lines


def _only_here(declared: StatistiqueDeclaree, sources: Sources) -> None:
    """What would let answers be worked out by other ways."""
    asked, plan = declared.parametres, sources.edition.diffusion
    elsewhere = {q for s in plan.statistiques if s.nom != declared.nom
                 and s.parametres.get("source") == asked["source"]
                 for q in s.parametres.get("questions", ())}
    elsewhere |= {d for t in plan.tables if asked["source"] in t.sources for d in t.dimensions}
    twice = sorted(elsewhere & {*asked["questions"]})
    wrong = [f"la question {enumerate_fr(twice)} est déjà diffusée ailleurs"] if twice else []
    wrong += ["« par » nomme une dimension au plus"] if len(asked.get("par", ())) > 1 else []
    if wrong:
        raise ParametersError([Problem(
            f"statistique {declared.nom} : {text}.", "parametres",
            "une réponse ne se retrouve pas par recoupement", "edition.yml",
            reparation="gardez chaque question dans une seule statistique, hors des tables.")
            for text in wrong])


def modalities(declared: StatistiqueDeclaree, sources: Sources, dimension: str) -> list[str]:
    """Codes of a dimension in its order, but « non renseigné »; `ParametersError` when unknown."""
    known = sources.edition.nomenclatures
    found = known[Sources.known("dimension", dimension, known, declared)]
    return [c for c in found.modalites if c != not_stated(found)]


def groups_of(declared: StatistiqueDeclaree, sources: Sources, frame: pd.DataFrame,
              par: str | None) -> Iterator[tuple[dict[str, str], pd.DataFrame]]:
    """Keys and rows of each region, or of each group (in order) of each region."""
    for region, rows in frame.groupby("region"):
        for code in modalities(declared, sources, par) if par else [None]:
            mine = rows[rows[par].eq(code)] if par else rows
            if len(mine):
                yield {"region": region} | ({"par": par, "groupe": code} if par else {}), mine


# --- weights --------------------------------------------------------------------------------

Weighing = tuple[pd.MultiIndex | None, np.ndarray, list[Constraint], str]


def _weights(declared: StatistiqueDeclaree, sources: Sources) -> dict[str, Weighing]:
    """Region -> groups of respondents, the weight of each, what that tells, or why not."""
    asked = declared.parametres
    calage, who = list(asked.get("calage", ())), asked.get("repondants", {})
    people = sources.records(declared, [*who, *calage])
    sources.protect(declared, people)
    answered = people[[people[d].eq(c) for d, c in who.items()][0]] if who else people
    found = {}
    for region, rows in answered.groupby("region"):
        if not calage:
            found[region] = None, np.ones(1), [], ""
            continue
        facts = [counted(rows.loc[[i]], [*who, *calage]) for i in rows.index]
        margins = asked.get("marges", {}).get(region)
        if margins is None:
            parts = [(d, c, p) for d in calage
                     for c, p in people[people["region"].eq(region)].groupby(d)]
            facts += [counted(p, [*who, *calage]) for _, _, p in parts]
            margins = {d: {c: int(p["effectif"].sum()) for x, c, p in parts if x == d}
                       for d in calage}
        found[region] = _raked(rows.set_index(calage)["effectif"].astype(int), margins, facts,
                               sources.edition.secret.seuil)
    return found


def _raked(sizes: pd.Series, margins: Mapping[str, Mapping[str, float]],
           facts: list[Constraint], least: int) -> Weighing:
    groups = pd.MultiIndex.from_frame(sizes.index.to_frame())
    if sizes.lt(least).any():
        return groups, np.zeros(0), [], (
            f"calage : un groupe compte moins de {least} répondants ; regrouper des modalités")
    try:
        totals = raking(groups.to_frame(index=False), {d: margins[d] for d in groups.names},
                        sizes.to_numpy(float))
    except ValueError as error:
        return groups, np.zeros(0), [], str(error)
    return groups, totals / sizes.to_numpy() * sizes.sum() / totals.sum(), facts, ""


def counted(rows: pd.DataFrame, dims: list[str]) -> Constraint:
    """The number of persons of these cells, told as it is."""
    n = int(rows["effectif"].sum())
    return Constraint([({k: r[k] for k in (*BASE, *dims)}, 1) for r in rows.to_dict("records")],
                      n, n)


# --- answers --------------------------------------------------------------------------------


def _answers(declared: StatistiqueDeclaree, sources: Sources, question: str, region: str,
             groups: pd.MultiIndex | None, weights: np.ndarray) -> Answers:
    """Persons by group of `par`, group of weights and answer (the last: no answer)."""
    asked = declared.parametres
    par, who = list(asked.get("par", ())), asked.get("repondants", {})
    calage = list(asked.get("calage", ()))
    scopes = modalities(declared, sources, par[0]) if par else [""]
    codes = modalities(declared, sources, question)
    blank = not_stated(sources.edition.nomenclatures[question])
    several = question in sources.delivery.sources[asked["source"]].multiples

    def table(dims: list[str], last: list[str]) -> np.ndarray:
        rows = sources.records(declared, [*par, *calage, *dims], **who)
        rows = rows[rows["region"].eq(region)]
        out = np.zeros((len(scopes), len(weights), len(last)), dtype=np.int64)
        for r in rows.to_dict("records"):
            place = groups.get_loc(tuple(r[d] for d in calage)) if calage else 0
            scope = r[par[0]] if par else ""
            if scope in scopes and (not dims or r[question] in last):
                out[scopes.index(scope), place, last.index(r[question]) if dims else 0] += int(
                    r["effectif"])
        return out
    counts = table([question], [*codes, *([blank] if blank else [])])
    counts = counts if blank else np.concatenate([counts, 0 * counts[..., :1]], axis=2)
    heads = table([], [""])[..., 0] if several else counts.sum(axis=2)
    return Answers(counts, heads, weights, several, tuple(scopes), tuple(codes))


def _printed(declared: StatistiqueDeclaree, sources: Sources, answers: Answers,
             keys: dict[str, str]) -> Iterator[Computed]:
    """Rows of a question in one region: all persons, then each group of `par`."""
    least, small = sources.minimum(declared), sources.edition.secret.seuil
    step = next((s for s in STEPS if answers.hidden(s, small, least)), None)
    calage = declared.parametres.get("calage")
    more = "" if step in (None, STEPS[0]) else (
        f"arrondie à {decimal(100 * step, 0)} points pour protéger les personnes")
    sizes = answers.heads.sum(axis=0)
    efficiency = effective_size(np.repeat(answers.weights, sizes)) / sizes.sum()
    for scope, name in answers.named():
        own = {**keys, **({"par": declared.parametres["par"][0], "groupe": name} if name else {})}
        n, shares = answers.of(scope, answers.counts)
        why = (f"moins de {count(least, 'réponse')} : aucun pourcentage n’est montré" if n < least
               else WITHHELD if step is None else "")
        for code, share in zip(answers.codes, shares, strict=True):
            row: dict[str, Any] = {"unite": "part", "base": "réponses à la question",
                                   "methode": WEIGHTED if calage else PLAIN}
            if not why:
                told, shown = TENS * round(n / TENS), round(share / step) * step
                size = told * efficiency
                low, high = (round(float(v), 2) for v in wilson(
                    shown * size, size, sources.edition.niveau_confiance))
                row |= {"valeur": round(shown, 2), "borne_inf": low, "borne_sup": high,
                        "denominateur": told, "taille_efficace": round(size), "note": more}
            yield Computed({**own, "modalite": code}, declared.titre, row, note=why,
                           lot=keys["region"])
