"""The written pieces of an annexe: key figures, five lines, answers, cautions, questions, notes.

Every builder returns a `Block`; `cepkit.show` displays them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import pandas as pd
import yaml

from cepkit import codes, formats
from cepkit.errors import UsageError
from cepkit.show import state
from cepkit.show.blocks import FICTIF, Block, esc, fr, md, reading_html, reading_text, styled
from cepkit.text import NBSP, fold, suggestion

PIED_CINQ = "Lecture produite à partir des données ; l’interprétation est dans le rapport."


@dataclass(frozen=True)
class Cle:
    """One key figure. `valeur` is text ready to print (« 12,9 ») or a number; « s. » and
    « n.d. » take their reason in place of the unit (`raison`, else `unite`)."""

    intitule: str
    valeur: str | float | int | None
    unite: str = ""
    champ: str = ""
    national: str | None = None
    lecture: str | None = None
    cle: str | None = None
    raison: str | None = None

    def shown(self) -> str:
        """The value as printed."""
        if isinstance(self.valeur, str):
            return fr(self.valeur)
        whole = self.valeur is not None and self.valeur == self.valeur and self.valeur % 1 == 0
        return formats.decimal(self.valeur, 0 if whole else 1)

    def below(self) -> str:
        """Unit, or the reason when the value is missing."""
        missing = self.shown() in (formats.ND, formats.SECRET)
        return self.raison if missing and self.raison else self.unite

    def france(self) -> str:
        """« France : 14,9 » (the prefix is added when the caller gives the value alone)."""
        if not self.national:
            return ""
        alone = self.national[0].isdigit() or self.national in (formats.ND, formats.SECRET)
        return f"France : {self.national}" if alone else self.national


def _cle_html(c: Cle) -> str:
    key = f' data-cle="{esc(c.cle)}"' if c.cle else ""
    lines = [f'<div class="k"><dt>{esc(c.intitule)}</dt>',
             f'<dd class="v"><span{key}>{esc(c.shown())}</span>'
             f'<span class="u">{esc(c.below())}</span></dd>']
    lines += [f'<dd class="c">{esc(c.champ)}</dd>'] if c.champ else []
    lines += [f'<dd class="nat">{esc(c.france())}</dd>'] if c.national else []
    lines += [f'<dd class="w">{reading_html(c.lecture)}</dd>'] if c.lecture else []
    return "".join(lines) + "</div>"


def _cle_line(c: Cle) -> str:
    parts = [f"{c.shown()} {c.below()}".strip(), c.champ, c.france(), reading_text(c.lecture or "")]
    return f"{c.intitule} : {' ; '.join(p for p in parts if p)}"


def cles(items: Sequence[Cle], *, note: str | None = None) -> Block:
    """Key figures, six at most, in the order given."""
    items = list(items)
    if not 1 <= len(items) <= 6:
        raise UsageError(f"chiffres clés : {len(items)} reçus, de un à six attendus.")
    foot = f'<p class="src">{esc(note)}</p>' if note else ""
    html = (f'<h2 class="bt">Chiffres clés</h2><dl class="keys">'
            f'{"".join(_cle_html(c) for c in items)}</dl>{foot}')
    rows = ["| Chiffre clé | Valeur | Champ | France | Lecture |", "|:---|---:|:---|:---|:---|"]
    rows += [f"| {md(c.intitule)} | **{md(c.shown())}** {md(c.below())} | {md(c.champ)} "
             f"| {md(c.france())} | {md(reading_text(c.lecture or ''))} |" for c in items]
    frame = pd.DataFrame([{"intitule": c.intitule, "valeur": c.shown(), "unite": c.below(),
                           "champ": c.champ, "national": c.national, "lecture": c.lecture,
                           "cle": c.cle} for c in items])
    return Block("cles", html, "\n".join(rows), "\n".join(_cle_line(c) for c in items),
                 frame=frame, titre="Chiffres clés")


def cinq_lignes(phrases: Sequence[str]) -> Block:
    """« En cinq lignes »: exactly five sentences of 30 words at most."""
    lines = [fr(p) for p in phrases]
    if len(lines) != 5:
        raise UsageError(f"« En cinq lignes » : {len(lines)} phrases reçues, cinq attendues.")
    for n, line in enumerate(lines, 1):
        words = sum(any(ch.isalnum() for ch in w) for w in line.split(" "))
        if words > 30:
            raise UsageError(f"« En cinq lignes », ligne {n} : {words} mots, 30 au plus.")
    items = "".join(f"<li>{esc(p)}</li>" for p in lines)
    html = (f'<div class="five"><h2 class="bt">En cinq lignes</h2><ol>{items}</ol>'
            f'<p class="src">{esc(PIED_CINQ)}</p></div>')
    markdown = "\n".join(f"{n}. {md(p)}" for n, p in enumerate(lines, 1))
    return Block("cinq", html, f"{markdown}\n\n{styled('Source', md(PIED_CINQ))}",
                 "\n".join([*lines, PIED_CINQ]), titre="En cinq lignes")


def reponse(phrase: str) -> Block:
    """The one-sentence answer to the question of the section."""
    return Block("reponse", f'<p class="ans">{esc(phrase)}</p>', styled("Réponse", md(phrase)),
                 fr(phrase))


def absence(phrase: str) -> Block:
    """A section without data: one sentence saying why, in a dashed box."""
    return Block("absence", f'<p class="abs">{esc(phrase)}</p>', styled("Absence", md(phrase)),
                 fr(phrase))


def prudence(phrase: str) -> Block:
    """« À lire avec prudence »."""
    html = (f'<div class="prud" role="note"><p><b>À lire avec prudence.</b> {esc(phrase)}</p>'
            "</div>")
    return Block("prudence", html, styled("Prudence", f"**À lire avec prudence.** {md(phrase)}"),
                 f"À lire avec prudence. {fr(phrase)}")


def texte(phrase: str) -> Block:
    """A plain paragraph built from values."""
    return Block("texte", f"<p>{esc(phrase)}</p>", md(phrase), fr(phrase))


def _question(page: state.Page, item: str | tuple[str, str]) -> tuple[str, str | None]:
    if isinstance(item, str):
        return item, None
    return item[0], page.repere(item[1]) if item[1][:1].isalnum() and item[1].count("-") < 2 \
        else item[1]


def anchor(repere: str) -> str:
    """Html id of a figure or table: "53-2.3-F1" -> "f-53-2-3-f1"."""
    return "f-" + repere.lower().replace(".", "-")


def _kind(repere: str) -> str:
    return "Tableau" if "-T" in repere else "Figure"


def _link(repere: str) -> str:
    return f' <a class="ref" href="#{anchor(repere)}">{_kind(repere)}{NBSP}{esc(repere)}</a>'


def questions(items: Sequence[str | tuple[str, str]]) -> Block:
    """« À demander aux opérateurs »: at most six; an item is a sentence or (sentence, id)."""
    if len(items) > 6:
        raise UsageError(f"questions aux opérateurs : {len(items)} reçues, six au plus.")
    if not items:
        return absence("Aucun écart marqué n’appelle de question cette année.")
    pairs = [_question(state.current(), i) for i in items]
    rows = "".join(f"<li>{esc(q)}{_link(ref) if ref else ''}</li>" for q, ref in pairs)
    lines = [f"{n}. {md(q)}" + (f" ({_kind(ref).lower()} {md(ref)})" if ref else "")
             for n, (q, ref) in enumerate(pairs, 1)]
    return Block("questions", f'<ol class="ask">{rows}</ol>', "\n".join(lines),
                 "\n".join(fr(q) for q, _ in pairs))


def _column(frame: pd.DataFrame, name: str) -> str | None:
    """Column of the workbook sheet whose heading starts with `name` (accents ignored)."""
    return next((c for c in frame.columns if fold(c).startswith(name)), None)


def _said(value: Any) -> str:
    """Text of a cell of the workbook; several actors are listed."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "" if value is None or value != value else str(value)


VIDE = "Aucun constat publiable n’est inscrit au classeur de suivi."


def constats(frame: pd.DataFrame, *, vide: str = VIDE) -> Block:
    """Points heard or read (sheet `constats`): nature, sentence, actors when they agreed.

    Rows marked « Non » in « Publiable » are left out; « Oui, sans attribution » loses its actors
    and its source. `vide`: the sentence when nothing may be published.
    """
    names = ("nature", "enonce", "acteurs", "source", "source nature", "publiable")
    columns = {n: _column(frame, n) for n in names}
    rows = [{n: _said(row, c) for n, c in columns.items()} for row in frame.to_dict("records")]
    kept = [r for r in rows if fold(r["publiable"]).startswith("oui") and r["enonce"]]
    if not kept:
        return absence(vide)
    html = "".join(f'<li><p class="nat">{esc(r["nature"] or "Constat")}</p>'
                   f'<p>{esc(r["enonce"])}</p><p class="src">{esc(_who(r))}</p></li>' for r in kept)
    lines = [f"- **{md(r['nature'] or 'Constat')}.** {md(r['enonce'])} ({md(_who(r))})"
             for r in kept]
    return Block("constats", f'<ul class="cons">{html}</ul>', "\n".join(lines),
                 "\n".join(fr(r["enonce"]) for r in kept), frame=frame)


def _said(row: Mapping[str, Any], column: str | None) -> str:
    """Text of a workbook cell; several actors are joined."""
    value = row.get(column) if column else None
    if isinstance(value, (list, tuple)):
        return " ; ".join(map(str, value))
    return "" if value is None or value is pd.NA or value != value else str(value)


def _who(row: Mapping[str, str]) -> str:
    """Actors and source, only when the actor agreed to be named."""
    if fold(row["publiable"]) != "oui, attribue":
        return " ; ".join(p for p in ("sans attribution", row["source nature"].lower()) if p)
    return " ; ".join(p for p in (row["acteurs"], f"source : {row['source']}" * bool(row["source"]))
                      if p)


def methode(r: Any, paragraphes: Sequence[str] = ()) -> Block:
    """« Méthode et sources »: rules of reading, secrecy, then the sources of the edition."""
    meta = r.meta
    portee, secret = meta.get("portee", {}), meta["protection"]
    rules = [
        "Les parts sont accompagnées d’un intervalle de Wilson, les rapports d’un intervalle de "
        "Byar (exact au-dessous de dix), les écarts d’un intervalle de Newcombe, tous à 95 %.",
        "Un écart est dit marqué quand son intervalle exclut l’égalité et qu’il atteint "
        f"{formats.decimal(portee.get('part_points', 2), 0)} points (une part) ou "
        f"{formats.decimal(portee.get('rapport_pourcent', 10), 0)} % (un rapport).",
        "Les effectifs sont exhaustifs : l’intervalle dit la variabilité à attendre d’effectifs de "
        "cette taille, non une erreur de sondage. Les écarts d’un même ensemble sont lus à la "
        "fois : celui qui ne résiste pas à la correction de Benjamini et Hochberg est dit non "
        "concluant. Les écarts sont calculés avant arrondi.",
        " ".join(["Secret statistique.", secret["regle"], *secret["limites"]]),
        *meta.get("retenues", ()),
        *paragraphes,
    ]
    sources = _sources(r)
    html = "".join(f"<p>{esc(p)}</p>" for p in rules)
    html += f'<ul>{"".join(f"<li>{esc(s)}</li>" for s in sources)}</ul>' if sources else ""
    markdown = "\n\n".join([*map(md, rules), "\n".join(f"- {md(s)}" for s in sources)]).strip()
    return Block("methode", f'<div class="meth">{html}</div>', markdown,
                 "\n".join(map(fr, [*rules, *sources])), titre="Méthode et sources")


def _sources(r: Any) -> list[str]:
    """One line for the delivery, one for each denominator of the edition that the page uses."""
    meta, data = r.meta, r.meta.get("donnees", {})
    lines = []
    if data:
        fictif = ", données fictives" if meta.get("fictif") else ""
        lines.append(f"Jeu de données : {data.get('fournisseur', 'France compétences')}, version "
                     f"{data.get('version', formats.ND)}, reçu le "
                     f"{formats.date(data.get('recu_le'))}{fictif}.")
    dens = meta.get("denominateurs", [])
    dens = dens.values() if isinstance(dens, Mapping) else dens
    lines += [f"{d['libelle']} : {d['concept']}, {d['champ']}, {d['annee']} (édition "
              f"{d['edition']}). Source : {d['source']}. {d.get('licence', '')}".strip()
              for d in dens if _covered(r, d)]
    return lines


def _covered(r: Any, d: Mapping[str, Any]) -> bool:
    """A series by age or sex is cited by the regions that it covers, and by the national view."""
    if r.code == codes.FRANCE or not d.get("dimensions"):
        return True
    rows = r.contexte(d["nom"])
    return bool(rows.loc[rows["region"].eq(r.code), "valeur"].notna().any())


def _terms() -> dict[str, str]:
    text = resources.files("cepkit.show").joinpath("glossaire.yml").read_text("utf-8")
    return yaml.safe_load(text)


def glossaire(termes: Sequence[str] = ()) -> Block:
    """Definitions of the terms asked for, in alphabetical order; all of them by default."""
    known = _terms()
    by_fold = {fold(k): k for k in known}
    wanted = [by_fold.get(fold(t)) for t in termes] if termes else list(known)
    for given, found in zip(termes, wanted, strict=False):
        if found is None:
            raise UsageError(f"glossaire : terme inconnu « {given} ».{suggestion(given, known)}")
    wanted = sorted(set(wanted), key=fold)
    html = "".join(f"<div><dt>{esc(t)}</dt><dd>{esc(known[t])}</dd></div>" for t in wanted)
    return Block("glossaire", f'<dl class="glo">{html}</dl>',
                 "\n\n".join(f"{md(t)}\n:   {md(known[t])}" for t in wanted),
                 "\n".join(fr(f"{t} : {known[t]}") for t in wanted), titre="Glossaire")


def titre(page: state.Page, style: str) -> Block:
    """The silent first block: identity of the page, and the style sheet for JupyterLab."""
    badge = f" · {FICTIF}" if page.fictif else ""
    line = f"{state.ANNEXES[page.annexe]} · {page.nom} · {page.annee}{badge}"
    return Block("titre", f'{style}<p class="lab">{esc(line)}</p>', "", line,
                 titre=line, meta=page.identity())
