"""`fiche_<operateur>.docx`: two pages to prepare and hold a meeting with one operator.

Its regional figures stand beside its own national ones, never beside another operator's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cepkit import codes, formats
from cepkit.lectures.commun import lower_first, operator
from cepkit.lectures.cooperations import cut
from cepkit.report.meeting import pages
from cepkit.report.meeting.matter import Line, Matter, styled_parts
from cepkit.show.blocks import FICTIF, fr, md, styled

A_SUIVRE = ("Non commencée", "Engagée", "Reportée")
PROFIL, SERVICES = "2.4-F1", "3.2-F1"
SECONDE = "Questions sur les coopérations (volet 1)"
MORE = 16.0  # points of the line that counts what is left out
GAPS = 3  # questions drawn from marked gaps, at most


def document(m: Matter, code: str, meta: Mapping[str, Any]) -> bytes:
    """The docx of an operator."""
    label = m.operators[code]
    title = f"Fiche de rencontre : {label}"
    text = "\n\n".join([*_first(m, code, title), *_second(m, code)])
    return pages.word_file(text, f"{title}, {m.identity['nom']}, {m.annee}", SECONDE, meta)


# ---- page 1 -------------------------------------------------------------------------------


def _first(m: Matter, code: str, title: str) -> Iterator[str]:
    used = 0.0

    def put(style: str, text: str, around: str | None = None) -> str:
        nonlocal used
        used += pages.height(style, text)
        return around or styled(style, text)

    yield put("Heading 1", title, f"# {fr(title)}")
    band = " ".join([m.state.band(), f"{FICTIF}." if m.identity.get("fictif") else ""]).strip()
    yield put("Bandeau", md(band))
    yield put("Lecture", md(_who(m, code)))
    yield put("Réponse", _volume(m, code))
    rows = list(_rows(m, code))
    if rows:
        head = ("Indicateur", md(m.identity["nom"]), md(f"{m.operators[code]}, France"),
                "Écart", "Lecture")
        text, tall = pages.table(head, rows, (40, 16, 17, 11, 16), "lrrrl")
        caption = f"{m.operators[code]} : la région et la France"
        used += tall + pages.height("Table Caption", caption)
        yield f"{text}\n\n: {md(caption)}"
        yield put("Mesure", md(_source(m, rows)))
    else:
        yield put("Absence", md(f"Les tables diffusées ne décrivent pas le profil ni les services "
                                f"{operator(code, m.operators[code], 1)} {m.identity['en']}."))
    notes = fr("Date de la rencontre, participants (par fonction), suites convenues :")
    parts = [("Points de l’exercice précédent", _last_year(m, code),
              f"Le classeur de suivi ne porte aucune action décidée avant {m.annee} ni suite "
              "convenue avec cet opérateur."),
             ("Remarques en attente", _remarks(m, code),
              "Aucune remarque de cet opérateur n’attend de réponse.")]
    used += sum(pages.height("Heading 2", h) for h, *_ in parts) + pages.box_height(notes, 1)
    room = pages.HEIGHT - pages.SLACK - used
    other = sum(map(_tall, parts[1][1])) or pages.height("Absence", parts[1][2])
    for (heading, items, none), kept_back in zip(parts, (min(other, room / 2), 0), strict=True):
        yield f"## {heading}"
        if items:
            kept, left = _fitting(items, room - kept_back)
            room = left + kept_back
            yield pages.bullets(kept)
        else:
            room -= pages.height("Absence", none)
            yield styled("Absence", md(none))
    yield pages.box(notes, 1 + max(0, int(room // pages.NOTES_LINE)))


def _fitting(items: list[str], room: float) -> tuple[list[str], float]:
    """The items that fit, then how many others the workbook holds."""
    kept: list[str] = []
    for i, item in enumerate(items):
        last = i == len(items) - 1
        if i and _tall(item) > room - (0 if last else MORE):
            more = formats.count(len(items) - i, "autre point", "autres points")
            return [*kept, fr(f"{more} au classeur de suivi.")], room - MORE
        kept.append(item)
        room -= _tall(item)
    return kept, room


def _tall(item: str) -> float:
    return pages.height("Compact", item, width=pages.WIDTH - 24)


def _who(m: Matter, code: str) -> str:
    """Region, year, who stands for the operator, exchanges held."""
    label = m.operators[code]
    names = [r.nom for r in m.region_file.operateurs.get(code, ())]
    held = [r for r in m.suivi.get("rencontres", ())
            if r["etat"] == "Tenue" and label in r["presents"]]
    met = " ; ".join(f"{formats.date(r['date'])} ({lower_first(r['forme'])})" for r in held[:4])
    return (f"{m.identity['nom']}, exercice {m.annee}. En région : {', '.join(names) or label}. "
            + (f"Échanges tenus : {met}." if met else
               "Aucun échange tenu n’est encore inscrit au classeur de suivi."))


def _volume(m: Matter, code: str) -> str:
    entries, people = m.lines("2.1-F1", code), m.lines("2.1-T1", code)
    counts = [(x[0].cells[c], what) for x, c, what in (
        (entries, "numerateur", "entrées"), (people, "valeur", "bénéficiaires"))
        if x and c in x[0].cells]
    said = [f"{m.span(cell)} {what}" for cell, what in counts if cell[1]]
    secret = any(cell[0] == formats.SECRET for cell, _ in counts)
    if said:
        return fr(f"{' et '.join(said)} en {m.annee} {m.identity['en']}.")
    return md(f"Le nombre d’entrées n’est pas diffusé ({formats.SECRET}), pour protéger les "
              "personnes." if secret else
              f"Le jeu de données ne compte pas d’entrées {operator(code, m.operators[code], 1)} "
              f"{m.identity['en']}.")


def _rows(m: Matter, code: str) -> Iterator[list[str]]:
    """Rows of the table, a bold first cell alone for each group."""
    share, rate = m.lines("2.1-F1", code), m.lines("2.2-F1", code)
    volumes = [("Part dans les entrées, tous opérateurs", x) for x in share]
    volumes += [("Entrées pour 100 actifs (contribution)", x) for x in rate]
    profile = [(x.labels[-1] if x.labels[0] in ("Sexe",) else f"{x.labels[0]} : {x.labels[-1]}", x)
               for x in m.lines(PROFIL, code)]
    services = [(x.labels[-1], x) for x in m.lines(SERVICES, code)]
    for group, lines in (("Volume", volumes), ("Profil, parmi ses entrées", profile),
                         ("Services, parmi ses entrées", services)):
        kept = [(t, x) for t, x in lines if x.cells["valeur"][0] not in ("", formats.ND)]
        if kept:
            yield [f"**{md(group)}**", "", "", "", ""]
        for text, x in kept:
            yield [md(text), *(m.span(x.cells.get(c, ("", None)))
                               for c in ("valeur", "reference", "ecart")), md(x.lecture)]


def _source(m: Matter, rows: list[list[str]]) -> str:
    secret = f"{formats.SECRET} : valeur non diffusée pour protéger les personnes ; ce n’est pas " \
             "un zéro. " if any(formats.SECRET in r[1:4] for r in rows) else ""
    told = styled_parts(m.piece("2.1-F1")).get("Source", "")
    source = told[told.find("Source"):] if "Source" in told else ""
    return (f"{secret}Écart en points, sauf pour la contribution. L’écart n’est marqué "
            "(au-dessus, en dessous) que s’il dépasse son intervalle à 95 % et le seuil de "
            f"l’édition. Repères : {_repere(m, PROFIL)}, {_repere(m, SERVICES)}. {source}")


def _repere(m: Matter, repere: str) -> str:
    return f"{m.identity['region']}-{repere}"


def _concerns(row: Mapping[str, Any], label: str) -> bool:
    return label == row["pilote"] or label in row["partenaires"]


def _last_year(m: Matter, code: str) -> list[str]:
    """Actions decided before, then what was agreed with the operator at an earlier exchange."""
    label = m.operators[code]
    found = [f"{a['n']}, décidée en {a['exercice_origine']} : {cut(a['action'], 20)} "
             f"({lower_first(a['avancement'])}). {cut(a['suite'], 20)}"
             for a in m.suivi.get("plan_actions", ()) if _concerns(a, label)
             and a["exercice_origine"] and a["exercice_origine"] < str(m.annee)]
    found += [f"{r['n']}, {formats.date(r['date'])}, suites convenues : {cut(r['suites'], 30)}"
              for r in (*m.suivi.get("rencontres_precedentes", ()), *m.suivi.get("rencontres", ()))
              if r["etat"] == "Tenue" and label in r["presents"] and r["suites"]]
    return [md(f"{t.rstrip('. ')}.") for t in found]


def _remarks(m: Matter, code: str) -> list[str]:
    return [md(f"{r['n']}, reçue le {formats.date(r['recue_le'])}, {r['repere']} : "
               f"{cut(r['remarque'], 30)}".rstrip(". ") + ".")
            for r in m.suivi.get("remarques", ())
            if r["auteur"] == m.operators[code] and r["traitement"] == "À traiter"]


# ---- page 2 -------------------------------------------------------------------------------


def _second(m: Matter, code: str) -> Iterator[str]:
    first, other = _cooperations(m, code), _parcours(m, code)
    headings = (SECONDE, "Questions sur les parcours (volet 2)")
    room = pages.HEIGHT - pages.SLACK - sum(pages.height("Heading 2", h) for h in headings)
    frames = pages.boxes([*first, *other], room)
    for heading, part in zip(headings, (frames[:len(first)], frames[len(first):]), strict=True):
        yield f"## {heading}"
        yield from part


def _coded(*asked: str, said: str = "") -> str:
    """Questions of the method with their codes."""
    words = said or " ".join(codes.QUESTIONS[q].split(" (")[0] for q in asked)
    return f"**{', '.join(asked)}.** {md(words)}"


def _cooperations(m: Matter, code: str) -> list[str]:
    label = m.operators[code]
    follow = [f"Quelles suites pour l’action {a['n']}, « {cut(a['action'])} » "
              f"({lower_first(a['avancement'])}) ?" for a in m.suivi.get("plan_actions", ())
              if _concerns(a, label) and a["avancement"] in A_SUIVRE][:2]
    return [_coded("V1.1", "V1.3"),
            _coded("V1.2", said=" ".join([codes.QUESTIONS["V1.2"], *follow])),
            _coded("V1.4", "V1.5"),
            _coded("V1.6", said="Quels leviers, quelles difficultés dans les coopérations ?")]


def _gap(m: Matter, code: str, x: Line, repere: str) -> str:
    return (f"{md('Parmi les entrées ' + operator(code, m.operators[code], 1))} "
            f"{md(m.identity['en'])}, la part {md(f'« {lower_first(x.labels[-1])} »')} est de "
            f"{m.span(x.cells['valeur'])}, contre {m.span(x.cells['reference'])} chez le même "
            f"opérateur en France. Comment l’expliquez-vous ? (figure {_repere(m, repere)})")


def _parcours(m: Matter, code: str) -> list[str]:
    marked = [(x, r) for r in (PROFIL, SERVICES) for x in m.lines(r, code) if x.marked]
    widest = sorted(marked, key=lambda f: -abs(f[0].size))[:GAPS]
    asked = [fr(_gap(m, code, x, r)) for x, r in marked if (x, r) in widest]
    none = [_coded("V2.1", "V2.2", "V2.7",
                   said="Qui a recours au CEP, et où ? Quelles spécificités régionales ?")]
    return [*(asked or none),
            _coded("V2.3", "V2.4", said="Quelles sont les principales demandes, quels services y "
                                        "répondent ?"),
            _coded("V2.5", "V2.6", said="Quels parcours sont déployés, et comment s’articulent-ils "
                                        "avec les autres partenaires et les prestations "
                                        "complémentaires ?"),
            _coded("V2.8", said="Quels leviers, quelles difficultés dans les parcours ?")]
