"""From the executed notebook, the analyst's texts and the state of the draft to one Markdown."""

from __future__ import annotations

import fnmatch
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import nbformat

from cepkit import formats
from cepkit.edition.region import RegionFile
from cepkit.errors import ParametersError, Problem
from cepkit.report import compare, content, notebook, passes
from cepkit.report.pandoc import (
    Node,
    attr,
    blocks,
    markdown,
    node,
    style_of,
    styled,
    text_of,
    words,
)
from cepkit.report.releases import Release
from cepkit.report.version import SAID, State
from cepkit.show.blocks import FICTIF, fr
from cepkit.show.blocks import styled as shown
from cepkit.show.pieces import anchor
from cepkit.text import MENTION_PERMANENTE

COMPLEMENTS = "Développements complémentaires"
CLES = "2.0-T1"  # repère of the key figures
PLACE = 5  # blank lines of a box, for whoever writes in Word
SILENT = ("titre", "valeurs", "fiche")  # cards: with the text of their section


class Texte(Protocol):
    """What `intake.texts.read` gives for a section."""

    fichier: str
    titre: str
    corps: str
    questions: tuple[str, ...]
    repris_de: str | None
    vide: bool
    a_relire: bool


@dataclass(frozen=True)
class Draft:
    """The report before typesetting: Markdown, pictures, identity."""

    markdown: str
    files: dict[str, bytes] = field(repr=False)
    meta: dict[str, Any]
    outline: dict[str, list] = field(default_factory=dict, repr=False)
    content: dict[str, Any] = field(default_factory=dict, repr=False)
    notes: tuple[Problem, ...] = ()

    def described(self) -> bytes:
        """`valeurs.json`: what the report says, as data."""
        return (json.dumps(self.content, ensure_ascii=False, indent=1) + "\n").encode()

    def sources(self) -> dict[str, bytes]:
        """Files that `typeset` reads: rapport.md, its pictures, rapport.json."""
        meta = json.dumps(self.meta, ensure_ascii=False, indent=1, sort_keys=True)
        return {"rapport.md": self.markdown.encode(), "rapport.json": meta.encode(), **self.files}


def assemble(
    nb: nbformat.NotebookNode, *, region_file: RegionFile | None = None,
    texts: Mapping[str, Texte] | None = None, state: State | None = None,
    sent: Sequence[Release] = (),
) -> Draft:
    """The report of a region.

    nb: executed `rapport` notebook; texts: by file stem, as `intake.texts.read` gives them;
    sent: versions sent before, in which figures typed by hand are looked up.
    Raises `ParametersError` when a text quotes an unknown value, all of them at once.
    """
    return _Assembly(nb, region_file or RegionFile(), dict(texts or {}), state or State(),
                     tuple(sent)).draft()


class _Assembly:
    """One assembly: the notebook's parts, and what the analyst wrote."""

    def __init__(self, nb, region_file: RegionFile, texts: dict[str, Texte], state: State,
                 sent: tuple[Release, ...]):
        self.parts = notebook.pieces(nb)
        self.identity = notebook.identity(self.parts)
        self.region_file, self.texts, self.state = region_file, texts, state
        self.sent = sent
        quoted = next((p.table for p in self.parts if p.kind == "valeurs"), None) or {}
        self.values, self.cles = quoted.get("valeurs", {}), quoted.get("cles", {})
        self.keys: dict[str, str] = {}  # identifier of a number in the report -> its key
        self.pictures = notebook.pictures(self.parts)
        self.divergences = [r for p in self.parts if p.kind == "divergences"
                            for r in (p.table or {}).get("rows", ())]
        self.problems: list[Problem] = []
        self.lost: list[str] = []  # divergences whose place is not in the report

    def draft(self) -> Draft:
        body: list[Node] = []
        for part in self._kept():
            if part.kind == notebook.REDACTION:
                _named(body, part.texte)
            body += passes.keyed(self._part(part), part.cles, self.keys)
        if self.problems:
            raise ParametersError(self.problems)
        code = self.identity.get("region", "")
        body = passes.findings(_without_title(body), code)
        body = self._reminded(body, code)
        body = self._placed(body)
        body = passes.widened(passes.tidy(passes.neutral(body, self.pictures)))
        said = content.elements(body)
        body, labels = passes.numbered(body)
        body = passes.identified(passes.referred(body, labels, code))
        said |= content.collect(body, self.values, {n: t.corps for n, t in self.texts.items()})
        body = content.unmarked(body)
        body = [*self._cover(), *_contents(body), *body]
        used = {i["c"][2][0] for i in passes.walk(body) if i["t"] == "Image"}
        text = markdown(body)
        return Draft(text, {n: d for n, d in self.pictures.items() if n in used},
                     self._meta(text), passes.outline(body), self._described(said, text),
                     tuple(self._notes(said)))

    # ---- parts ----------------------------------------------------------------------------

    def _kept(self) -> list[notebook.Piece]:
        """The parts, but the proposed sentences (and what announces them) once the analyst has
        written the synthesis."""
        if self._open("00_synthese"):
            return self.parts
        after = [p.kind for p in self.parts[1:]] + [""]
        return [p for p, then in zip(self.parts, after, strict=True)
                if p.kind != "cinq" and not (p.kind == "texte" and then == "cinq")]

    def _part(self, piece: notebook.Piece) -> list[Node]:
        if piece.kind in SILENT:
            return []
        if piece.kind == notebook.REDACTION:
            return self._texts(piece.texte)
        if piece.kind == "cles":
            return self._key_figures(piece)
        found = blocks(piece.markdown)
        if piece.kind == "markdown":
            kept = [b for b in found if not (b["t"] == "Header" and b["c"][0] == 1)]
            return passes.shifted(kept, -1)
        if piece.kind != "cinq":
            return found
        lines = [b for b in found if style_of(b) != "Source"]  # « … est dans le rapport »: here
        return [node("Div", [attr(classes=("cinq",)), lines])]

    def _key_figures(self, piece: notebook.Piece) -> list[Node]:
        """The key figures as any other table: repère, caption, measure, source."""
        i = self.identity
        repere = f"{i.get('region', '')}-{CLES}"
        fictif = f" — {FICTIF}" if i.get("fictif") else ""
        return blocks("\n\n".join((
            shown("Repère", f"Tableau {repere}"),
            f"{piece.markdown}\n\n: Chiffres clés {{#tbl-{anchor(repere)[2:]}}}",
            shown("Mesure", fr(f"{i.get('nom', '')} et France, {i.get('annee', '')}{fictif}")),
            shown("Source", fr("Sources : annexe B du rapport.")))))

    def _open(self, stem: str) -> bool:
        return stem not in self.texts or self.texts[stem].vide

    def _texts(self, stem: str) -> list[Node]:
        if "*" in stem:
            prefix = stem.removesuffix("*")
            names = {n.removeprefix(prefix) for n in fnmatch.filter(self.texts, stem)}
            cards = {p.meta["investigation"]: p for p in self.parts if p.kind == "fiche"}
            return [b for n in sorted(names | set(cards))
                    for b in self._complement(n, self.texts.get(prefix + n), cards.get(n))]
        texte = self.texts.get(stem)
        extra = self._organisation() if stem == "10_introduction_organisation" else []
        return [*(self._written(texte) if texte is not None else []), *extra]

    def _complement(self, nom: str, texte: Texte | None, card: notebook.Piece | None
                    ) -> list[Node]:
        """One investigation: its card, then what the analyst wrote."""
        name = nom.replace("_", " ")
        title = texte.titre if texte is not None else name
        if title in (COMPLEMENTS[:-1], name, name.capitalize()):  # nobody has chosen it
            title = card.meta["theme"] if card is not None else name
        head = node("Header", [2, attr(), words(fr(title[0].upper() + title[1:]))])
        return [_with_ident(head, content.ident_of(f"40_complement_{nom}")),
                *(blocks(card.markdown) if card is not None else ()),
                *(self._written(texte) if texte is not None else ())]

    def _written(self, texte: Texte) -> list[Node]:
        if texte.vide:
            return [self._to_write(texte)]
        if unknown := content.unknown(texte.fichier, texte.corps, self.values):
            self.problems += unknown
            return []
        text, _ = passes.mark_placeholders(texte.corps)
        found = passes.neutral(passes.shifted(blocks(text, written=True), 2))
        found = passes.substitute(found, self.values, self.cles, self.keys)
        return [*self._to_read(texte), content.written(texte.fichier.removesuffix(".md"), found)]

    def _to_write(self, texte: Texte) -> Node:
        if not self.state.brouillon:
            return styled("Absence", words(fr("Non traité cette année.")))
        head = [node("Strong", words(fr("À rédiger"))),
                node("Space"), *words(fr(f"— fichier redaction/{texte.fichier}"))]
        room = [node("Str", "\u00a0"), *[node("LineBreak"), node("Str", "\u00a0")] * PLACE]
        return styled("A rediger", head, *(words(fr(q)) for q in texte.questions), room)

    def _to_read(self, texte: Texte) -> list[Node]:
        if not (texte.a_relire and self.state.brouillon):
            return []
        return [styled("A rediger", words(fr(f"Texte de {texte.repris_de} à relire.")))]

    def _organisation(self) -> list[Node]:
        """The association and the time it gives, from region.yml."""
        o = self.region_file.organisation
        parts = [p for p in (
            self.region_file.association, o.service,
            f"{formats.decimal(o.etp, 1)} équivalent temps plein" if o.etp is not None else "",
            f"appui : {o.appui}" if o.appui else "") if p]
        return [styled("Lecture", words(fr(f"La mission en bref : {' ; '.join(parts)}.")))] \
            if parts else []

    # ---- whole ----------------------------------------------------------------------------

    def _reminded(self, body: list[Node], code: str) -> list[Node]:
        """A reminder after the heading or the block that a maintained divergence is about."""
        for row in self.divergences:
            target = str(row.get("repere", "")).strip()
            at = _place(body, target if target.startswith(f"{code}-") else f"{code}-{target}")
            if at is None:
                self.lost.append(f"divergence {row.get('n', '')} : son repère « {target} » n’est "
                                 "pas dans le rapport, elle ne figure qu’à l’annexe A.")
                continue
            said = fr(f"Divergence maintenue avec {row.get('auteur', '')} sur ce point : les deux "
                      f"positions figurent à l’annexe A ({row.get('n', '')}).")
            body = [*body[:at + 1], styled("Prudence", words(said)), *body[at + 1:]]
        return body

    def _placed(self, body: list[Node]) -> list[Node]:
        """The complementary part where region.yml wants it, or nowhere when it is empty."""
        parts = _split(body, 1)
        extra = [p for p in parts if _title(p) == COMPLEMENTS]
        rest = [p for p in parts if _title(p) != COMPLEMENTS]
        extra = [p for p in extra if len(p) > 1]
        before = ("Conclusion" if self.region_file.position_complements == "avant_conclusion"
                  else "Annexes du rapport")
        at = next((i for i, p in enumerate(rest) if _title(p) == before), len(rest))
        return [b for p in [*rest[:at], *extra, *rest[at:]] for b in p]

    def _cover(self) -> list[Node]:
        band = [w for w in (self.state.band(), f"{FICTIF}." if self.identity.get("fictif") else "")
                if w]
        found = [styled("Bandeau", words(fr(" ".join(band))))] if band else []
        day = self.identity.get("donnees", {}).get("recu_le")
        said = f"Données reçues le {formats.date(day)}. {MENTION_PERMANENTE}" if day \
            else MENTION_PERMANENTE
        return [*found, styled("Lecture", words(fr(said)))]

    def _meta(self, text: str) -> dict[str, Any]:
        i = self.identity
        return {
            "title": fr(f"Suivi du conseil en évolution professionnelle {i.get('en', '')}"),
            "subtitle": fr(f"Rapport annuel {i.get('annee', '')}"),
            "author": self.region_file.association or "Transitions Pro",
            "lang": "fr-FR", "fictif": bool(i.get("fictif")), "version": self.state.version,
            "entete": fr(" · ".join(p for p in (
                "Suivi du CEP", i.get("nom", ""), str(i.get("annee", "")),
                "" if self.state.remise
                else f"{SAID[self.state.version]}, version non définitive",
                FICTIF if i.get("fictif") else "") if p)),
            "mention": fr(MENTION_PERMANENTE), "annee": str(i.get("annee", "")),
            "cepkit_region": i.get("region", ""), "cepkit_exercice": i.get("exercice", ""),
            "cepkit_empreinte": i.get("empreinte", ""), "cepkit_document": _digest(text),
            "cles": self.keys,
        }

    def _described(self, said: dict[str, Any], text: str) -> dict[str, Any]:
        i, day = self.identity, self.state.date
        return {"exercice": i.get("exercice", ""), "region": i.get("region", ""),
                "version": self.state.version, "etat_le": day.isoformat() if day else None,
                "empreinte_diffusee": i.get("empreinte", ""), "document": _digest(text), **said}

    def _notes(self, said: Mapping[str, Any]) -> Iterator[Problem]:
        """What the analyst should look at; nothing of it stops the report."""
        empty = [t for t in self.texts.values() if t.vide]
        if empty:
            yield _note(f"{formats.count(len(empty), 'section')} à rédiger.")
        old = [t.fichier for t in self.texts.values() if t.a_relire]
        if old and not self.state.brouillon:
            yield _note(f"textes de l’exercice précédent à relire : {', '.join(old)}.")
        yield from map(_note, (*self.lost, *map(str, compare.stale(said, self.sent))))


def _note(text: str) -> Problem:
    return Problem(text, classe="rendu", bloquant=False)


def _digest(text: str) -> str:
    """What tells one version of the report from another: hash of all that it prints."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _contents(body: list[Node]) -> list[Node]:
    """Contents of two levels, written out: links in html, a field in Word."""
    heads = [b for b in body if b["t"] == "Header" and b["c"][0] <= 2]
    lines = [styled(f"TOC {level}", [node("Link", [attr(), title, [f"#{ident}", ""]])])
             for level, (ident, *_), title in (b["c"] for b in heads)]
    head = styled("TOC Heading", words("Sommaire"))
    return [head, node("Div", [attr("sommaire", role="navigation", aria_label="Sommaire"), lines])]


def _title(part: list[Node]) -> str:
    return text_of(part[0]["c"][2]) if part and part[0]["t"] == "Header" else ""


def _split(body: list[Node], level: int) -> list[list[Node]]:
    """Blocks cut before each heading of this level."""
    parts: list[list[Node]] = [[]]
    for block in body:
        if block["t"] == "Header" and block["c"][0] == level:
            parts.append([])
        parts[-1].append(block)
    return [p for p in parts if p]


def _without_title(body: list[Node]) -> list[Node]:
    """What comes before the first part is for the notebook's reader: the cover replaces it."""
    first = next((i for i, b in enumerate(body) if b["t"] == "Header"), 0)
    return body[first:]


def _named(body: list[Node], stem: str) -> None:
    """The heading above the place of a text takes its identifier from the text's file."""
    if "*" not in stem and body and body[-1]["t"] == "Header":
        body[-1] = _with_ident(body[-1], content.ident_of(stem))


def _with_ident(heading: Node, ident: str) -> Node:
    level, (_, *others), title = heading["c"]
    return node("Header", [level, [ident, *others], title])


def _place(body: list[Node], repere: str) -> int | None:
    """Index of the figure, table or finding, else of the heading of the section."""
    for i, block in enumerate(body):
        if block["t"] in passes.KINDS and passes.repere_of(block["c"][0][0]) == repere:
            return i
        if style_of(block) == passes.FINDING and passes.cited(text_of(block["c"][1])) == repere:
            return i
    rest = repere.partition("-")[2]
    heads = [(i, b) for i, b in enumerate(body) if b["t"] == "Header"]
    return next((i for i, b in heads if rest == text_of(b["c"][2])
                 or rest.partition("-")[0] == passes.section_of(b) != ""), None)
