"""Tables, written as html, as Pandoc Markdown, as plain text and as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from cepkit import codes, formats
from cepkit.show import state
from cepkit.show.blocks import FICTIF, Block, esc, fr, md, reading_html, styled
from cepkit.show.cells import Cell, Col, Model, default_columns, model
from cepkit.show.pieces import anchor
from cepkit.text import lower_first

ABBR = {
    formats.SECRET: "Valeur non diffusée pour protéger les personnes. Ce n’est pas un zéro.",
    formats.ND: "Valeur non disponible dans les sources de cette édition.",
}

MARKS = {"■": "en cours", "●": "participe"}  # what a screen reader says of a mark

SHORT, LONG = 14, 60  # characters: a text cell stays on one line; it needs a wide column

GROUPED = {True: "Départements regroupés", False: "Modalités regroupées"}


# --- html ------------------------------------------------------------------------------------
def cell_html(cell: Cell) -> str:
    """Inner html of a cell: states as `abbr`, numbers with their key."""
    if cell.texte in ABBR:
        return f'<abbr title="{esc(ABBR[cell.texte])}">{cell.texte}</abbr>'
    if cell.texte in MARKS:
        return (f'<span aria-hidden="true">{cell.texte}</span>'
                f'<span class="vh">{MARKS[cell.texte]}</span>')
    if cell.lecture:
        return reading_html(cell.texte.lstrip("▲▼ ") if cell.texte[:1] in "▲▼" else cell.texte)
    return esc(cell.texte)


def _length(text: str) -> str:
    return " bref" if len(text) <= SHORT else " long" if len(text) > LONG else ""


def _td(cell: Cell, numeric: bool, first: bool) -> str:
    inner = cell_html(cell)
    if first:
        return f'<th scope="row">{inner}</th>'
    keyed = f' data-cle="{esc(cell.cle)}"' if cell.cle else ""
    css = ' class="n"' if numeric else f' class="t{_length(cell.texte)}"'
    return f"<td{css}{keyed}>{inner}</td>"


def _bodies(m: Model) -> Iterator[str]:
    """One tbody a group (a single one when there is no group)."""
    current, rows = object(), []
    for line in m.lignes:
        if line.groupe != current and line.groupe is not None:
            if rows:
                yield f"<tbody>{''.join(rows)}</tbody>"
            rows = [f'<tr class="grp"><th scope="rowgroup" colspan="{len(m.colonnes)}">'
                    f'<span class="cap">{esc(line.groupe)}</span></th></tr>']
        current = line.groupe
        cells = "".join(_td(c, m.colonnes[i][2], i == 0) for i, c in enumerate(line.cells))
        rows.append(f"<tr{' class=tot' if line.total else ''}>{cells}</tr>")
    yield f"<tbody>{''.join(rows)}</tbody>"


def html(m: Model, *, caption: str, label: str) -> str:
    """A table in a focusable region named `label`; `caption` is html, the title of the table."""
    head = "".join(f'<th scope="col"{" class=n" if n else ""}>{esc(h)}</th>'
                   for _, h, n in m.colonnes)
    wide = ' class="wide"' if len(m.colonnes) > 6 else ""
    return (f'<div class="tw" tabindex="0" role="region" aria-label="{esc(label)}">'
            f'<table{wide}><caption><span class="cap">{caption}</span></caption>'
            f'<thead><tr>{head}</tr></thead>{"".join(_bodies(m))}</table></div>')


# --- Markdown and text -------------------------------------------------------------------------
def _widths(m: Model) -> list[int]:
    """Characters of each column: numbers and words whole, long texts allowed to wrap."""
    def need(texts: list[str], numeric: bool) -> int:
        words = max((len(w) for t in texts for w in t.split(" ")), default=3)
        whole = max(map(len, texts[1:]), default=3)
        return max(3, words, whole if numeric else min(whole, 36)) + 2

    return [need([h, *(line.cells[i].texte for line in m.lignes)], n)
            for i, (_, h, n) in enumerate(m.colonnes)]


def markdown(m: Model, *, caption: str, ident: str | None) -> str:
    """Pandoc pipe table; relative widths follow the dashes, so that long cells wrap."""
    rule = "|".join("-" * w + (":" if n else "-")
                    for w, (_, _, n) in zip(_widths(m), m.colonnes, strict=True))
    rows = ["| " + " | ".join(md(h) for _, h, _ in m.colonnes) + " |", f"|{rule}|"]
    group = None
    for line in m.lignes:
        if line.groupe is not None and line.groupe != group:
            rows.append(f"| **{md(line.groupe)}** |" + " |" * (len(m.colonnes) - 1))
        group = line.groupe
        cells = [md(c.texte) for c in line.cells]
        rows.append("| " + " | ".join(f"**{c}**" if line.total else c for c in cells) + " |")
    return "\n".join(rows) + f"\n\n: {md(caption)}" + (f" {{#{ident}}}" if ident else "")


def text(m: Model) -> str:
    """Aligned columns for a terminal."""
    rows = [[h for _, h, _ in m.colonnes], *([c.texte for c in line.cells] for line in m.lignes)]
    widths = [max(len(r[i]) for r in rows) for i in range(len(m.colonnes))]
    pad = [str.rjust if n else str.ljust for _, _, n in m.colonnes]
    return "\n".join("  ".join(pad[i](c, widths[i]) for i, c in enumerate(r)).rstrip()
                     for r in rows)


# --- block -------------------------------------------------------------------------------------
def notes(m: Model) -> str:
    """Explanations of the states that a table holds."""
    seen = {c.texte for line in m.lignes for c in line.cells}
    said = {formats.SECRET: "s. : valeur non diffusée pour protéger les personnes ; ce n’est pas "
                            "un zéro.",
            formats.ND: "n.d. : valeur non disponible dans les sources de cette édition."}
    return " ".join(t for s, t in said.items() if s in seen)


def grouped(page: state.Page, frame: pd.DataFrame) -> str:
    """What the frame shows coarser or rounded, its table being released so; "" when nothing is."""
    origins = frame.attrs.get("cepkit", {}).get("tables", ())
    dimensions = set(frame.columns) | set(frame.get("dimension", ()))
    steps = [s for s in page.meta.get("protection", {}).get("replis", ())
             if s["table"] in origins and s["dimension"] in dimensions
             and (page.code == codes.FRANCE or page.code in s["regions"])]
    said = {GROUPED[s["dimension"] == "departement"] for s in steps} | {
        f"Effectifs arrondis à un multiple de {t['arrondi_controle']}" 
        for t in page.meta.get("plan", ()) if t.get("arrondi_controle") and t["nom"] in origins}
    return "".join(f"{text} pour protéger les personnes. " for text in sorted(said))


def credits(page: state.Page, frame: pd.DataFrame, champ: str | None, source: str | None) -> str:
    """Fallback used, « Champ : … Source : … » from the arguments, else from the frame."""
    attrs = frame.attrs.get("cepkit", {})
    champ = champ if champ is not None else attrs.get("champ")
    source = source if source is not None else attrs.get("source")
    source = source or page.meta.get("donnees", {}).get("fournisseur")
    said = grouped(page, frame) + (f"Champ : {lower_first(champ.rstrip('.'))}. " if champ else "")
    origins = "".join(f" Provenance : {text}." for text in provenances(page, frame))
    return said + (f"Source : {source.rstrip('.')}." if source else "") + origins


def provenances(page: state.Page, frame: pd.DataFrame) -> list[str]:
    """Partner, agreement, date of receipt of the complementary sources of a frame."""
    used = frame.attrs.get("cepkit", {}).get("tables", ())
    known = (*page.meta.get("plan", ()), *page.meta.get("statistiques", ()))
    return list(dict.fromkeys(t["provenance"] for t in known
                              if t["nom"] in used and t.get("provenance")))


def badge(page: state.Page) -> str:
    """The « Données fictives » badge of a caption."""
    return f' <span class="tag-fict">{FICTIF}</span>' if page.fictif else ""


def table(frame: pd.DataFrame, *, titre: str, id: str | None = None, mesure: str = "",
          colonnes: Mapping[str, str | Col] | None = None, groupe: str | None = None,
          source: str | None = None, champ: str | None = None, note: str | None = None,
          repliable: bool = False) -> Block:
    """A table in the order of the frame: caption, units, states, sources.

    frame: indicator rows or any tidy frame; codes are replaced by their French labels.
    colonnes: {column: header or Col}; "intervalle" and "ecart_intervalle" stand for the bounds.
    repliable: folded on the page, open on paper and in the report.
    groupe: column whose labels become group rows. `titre` states the finding, `mesure` the
    measure, field, unit and date.
    """
    page = state.of_frame(frame)
    if colonnes is None:
        colonnes = {c: h for c, h in default_columns(frame).items() if c != groupe}
    m = model(frame, colonnes, groupe, page)
    repere = page.repere(id) if id else None
    name = f"Tableau {repere}" if repere else titre
    rep = f'<span class="rep">{esc(name)}{badge(page)}</span>' if repere or page.fictif else ""
    sub = f'<span class="sub">{esc(mesure)}</span>' if mesure else ""
    foot = " ".join(p for p in (note, notes(m), credits(page, frame, champ, source)) if p)
    body = html(m, caption=f'{rep}<strong class="ft">{esc(titre)}</strong>{sub}',
                label=f"{name} : {titre}" if repere else f"Tableau : {titre}")
    ident = f' id="{anchor(repere)}"' if repere else ""
    page_html = f'<div class="tblock"{ident}>{body}<p class="src">{esc(foot)}</p></div>'
    if repliable:
        page_html = (f'<details class="data full"><summary>{esc(titre)}</summary>{page_html}'
                     "</details>")
    return Block("tableau", page_html, _markdown_block(m, page, titre, mesure, foot, repere),
                 f"{fr(titre)}\n{text(m)}\n{fr(foot)}", repere=repere, frame=frame,
                 titre=fr(titre),
                 table={"titre": fr(titre), "mesure": fr(mesure), "note": fr(foot), **m.plain()})


def _markdown_block(m: Model, page: state.Page, titre: str, mesure: str, foot: str,
                    repere: str | None) -> str:
    ident = "tbl-" + anchor(repere)[2:] if repere else None
    measure = " — ".join(p for p in (mesure, FICTIF if page.fictif else "") if p)
    parts = [styled("Repère", md(f"Tableau {repere}")) if repere else "",
             markdown(m, caption=titre, ident=ident),
             styled("Mesure", md(measure)) if measure else "", styled("Source", md(foot))]
    return "\n\n".join(p for p in parts if p)
