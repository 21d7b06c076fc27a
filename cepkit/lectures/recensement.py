"""What the follow-up workbook records on cooperations: facts and tables of annexe 4.

Everything comes from the publishable rows (`r.suivi`). Orders are those of the workbook and of
its lists, never of the numbers. A row that nobody wrote is « non recensé », never « non fait ».
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from cepkit import formats
from cepkit.text import NBSP, enumerate_fr, fold

ECHEANCE = "échéance"
TIRET, POINT, PILOTE, FAIT = "—", "●", "pilote", "■"
THEMES = 9  # the nine first « objets » count in « thèmes couverts »
TP, CREFOP, ANNUELLE = "Transitions Pro", "CREFOP", "Réunion annuelle au CREFOP"
HORS_ECHANGE = ("Atelier France compétences", "Conseil d’administration ou bureau")
ACTIVES = ("En cours", "Achevée")
LEVIER, DIFFICULTE = "Levier", "Difficulté"
FEUILLES = ("cooperations", "plan_actions", "rencontres", "constats", "documents", "jalons",
            "consentements")

Row = Mapping[str, Any]


class Recensement:
    """Facts and tables of one region (`r`: an open `Region`), without any sentence."""

    def __init__(self, r: Any):
        self.r = r
        self.feuilles = {f: records(r.suivi(f)) for f in FEUILLES}
        listes = r.meta["listes"]
        self.acteurs = [short(a) for a in listes["acteurs"]]
        self.operateurs = self.acteurs[:5]
        self.modalites = [short(m) for m in listes["modalite"]]
        self.objets = [short(o) for o in listes["objet"]]
        recorded = self.feuilles["cooperations"]
        self.cooperations = [c for c in recorded if self._active(c)]
        self.autres = [c for c in recorded if c not in self.cooperations]
        self.actions = self.feuilles["plan_actions"]
        self.documents = self.feuilles["documents"]
        self.echanges = sorted(self.feuilles["rencontres"], key=lambda e: str(e["date"]))

    # ---- facts ---------------------------------------------------------------------------

    @property
    def vide(self) -> bool:
        """True when the workbook holds no publishable row but those of its calendar."""
        return not any(rows for name, rows in self.feuilles.items() if name != "jalons")

    def _active(self, c: Row) -> bool:
        """In progress or finished, neither wholly before nor wholly after the exercice.

        These are counted everywhere; the others (projects, suspended, ended before) are named.
        """
        annee = str(self.r.annee)
        return (c["etat"] in ACTIVES
                and (not filled(c["fin"]) or str(c["fin"])[:4] >= annee)
                and (not filled(c["debut"]) or str(c["debut"])[:4] <= annee))

    def familles(self) -> list[str]:
        """Actors of the cooperations, in the order of the list « Acteurs »."""
        found = {a for c in self.cooperations for a in actors(c)}
        return [a for a in self.acteurs if a in found]

    def pilotes(self) -> list[str]:
        """Actors that lead at least one cooperation, in the order of the list."""
        found = {short(c["pilote"]) for c in self.cooperations if filled(c["pilote"])}
        return [a for a in self.acteurs if a in found]

    def formes(self) -> Counter:
        """Number of cooperations by form."""
        return Counter(short(c["modalite"]) for c in self.cooperations)

    def themes(self) -> Counter:
        """Number of cooperations by theme; one cooperation counts for each of its themes."""
        return Counter(o for c in self.cooperations for o in themes(c))

    def sans_cooperation(self) -> list[str]:
        """Themes that no recorded cooperation bears on, in the order of the list."""
        return [o for o in self.objets[:THEMES] if o not in self.themes()]

    def realisees(self) -> list[Row]:
        """Actions of the shared plan that are done."""
        return [a for a in self.actions if a["avancement"] == "Réalisée"]

    def anciennes(self) -> list[Row]:
        """Actions decided in an earlier exercice."""
        return [a for a in self.actions if str(a["exercice_origine"]) < str(self.r.annee)]

    def operateurs_entendus(self) -> list[str]:
        """Operators present at a held exchange (workshops and board meetings left out)."""
        present = {a for e in self.echanges if e["forme"] not in HORS_ECHANGE
                   for a in e["presents"]}
        return [o for o in self.operateurs if o in present]

    def annuelle(self) -> Row | None:
        """The yearly meeting at the CREFOP, when it was held."""
        return next((e for e in reversed(self.echanges) if e["forme"] == ANNUELLE), None)

    def au(self) -> str | None:
        """Last day that the workbook tells about: held exchanges and milestones reached."""
        days = [e["date"] for e in self.echanges]
        days += [j["date_realisee"] for j in self.feuilles["jalons"]]
        return max((str(d) for d in days if filled(d)), default=None)

    def constats(self) -> list[Row]:
        """Points on cooperations: question V1.6, or a lever or a difficulty of volet 1."""
        return [c for c in self.feuilles["constats"] if str(c["question"]).startswith("V1")
                and (str(c["question"]).startswith("V1.6")
                     or c["nature"] in (LEVIER, DIFFICULTE))]

    def realisations(self) -> list[dict[str, str]]:
        """Observable results of cooperations and finished actions, in the order of their dates.

        The date is that of the end, else of the start. A result written both for a cooperation
        and for an action of the plan counts once.
        """
        found = [{"realisation": c["realisation"], "jour": str(c["fin"] or c["debut"] or ""),
                  "date": _periode(c), "chiffre": _quantite(c), "origine": named(c)}
                 for c in self.cooperations if filled(c["realisation"])]
        known = " ; ".join(fold(x["realisation"]) for x in found)
        found += [{"realisation": a["realisation"], "jour": str(a["echeance"] or ""),
                   "date": f"{ECHEANCE} : {_jour(a['echeance'])}", "chiffre": TIRET,
                   "origine": f"{a['plan']} ({a['n']})"}
                  for a in self.realisees()
                  if filled(a["realisation"]) and fold(a["realisation"]) not in known]
        return sorted(found, key=lambda x: x["jour"])

    def tableau_frise(self) -> pd.DataFrame:
        """The year month by month: cooperations × twelve months, ■ under way, — otherwise.

        A cooperation without a starting date is left out; one without an end is under way.
        """
        months = [f"{self.r.annee}-{m:02d}" for m in range(1, 13)]
        rows = [{"ligne": named(c), **{m: FAIT if _sous_mois(c, m) else TIRET for m in months}}
                for c in self.cooperations if filled(c["debut"])]
        return table(rows, "ligne", *months)

    # ---- tables --------------------------------------------------------------------------

    def tableau_modalites(self) -> pd.DataFrame:
        """One row a form: forme, nombre, instances (titles), territoires."""
        rows = []
        for name in (m for m in self.modalites if self.formes()[m]):
            group = [c for c in self.cooperations if short(c["modalite"]) == name]
            places = dict.fromkeys(c["territoire"] for c in group if filled(c["territoire"]))
            rows.append({"forme": name, "nombre": len(group),
                         "instances": " ; ".join(map(named, group)),
                         "territoires": ", ".join(places) or TIRET})
        return table(rows, "forme", "nombre", "instances", "territoires")

    def tableau_plan(self) -> pd.DataFrame:
        """The shared plan: plan, action, pilote, partenaires, echeance, avancement."""
        return table(map(_action, self.actions), "plan", "action", "pilote", "partenaires",
                     "echeance", "avancement")

    def tableau_suites(self) -> pd.DataFrame:
        """Actions of earlier exercices: action, origine, avancement, suite."""
        return table(map(_action, self.anciennes()), "action", "origine", "avancement", "suite")

    def _matrice(self, rows: Iterable[tuple[str, Callable[[str], str]]]) -> pd.DataFrame:
        """Rows × the five operators and Transitions Pro, the other actors named in one cell.

        Eight columns (nine with a total) whatever the number of cooperations or actors: an A4
        page holds them.
        """
        columns = (*self.operateurs, TP)
        others = [a for a in self.familles() if a not in columns]
        lines = []
        for head, cell in rows:
            named_others = [a if cell(a) == POINT else f"{a}{NBSP}({cell(a)})" for a in others
                            if cell(a) != TIRET]
            lines.append({"ligne": head, **{a: cell(a) for a in columns},
                          "autres": ", ".join(named_others) or TIRET})
        return table(lines, "ligne", *columns, "autres")

    def tableau_participation(self) -> pd.DataFrame:
        """Cooperations × actors: ● takes part, « pilote » leads, — not recorded."""
        def cell(c: Row) -> Callable[[str], str]:
            pilot = short(c["pilote"]) if filled(c["pilote"]) else None
            return lambda a: PILOTE if a == pilot else POINT if a in actors(c) else TIRET
        return self._matrice((named(c), cell(c)) for c in self.cooperations)

    def tableau_themes(self) -> pd.DataFrame:
        """Themes × (all cooperations, then actors): number of cooperations, — for none."""
        def cell(theme: str) -> Callable[[str], str]:
            return lambda a: str(sum(theme in themes(c) and a in actors(c)
                                     for c in self.cooperations) or TIRET)
        kept = self.objets[:THEMES] + [o for o in self.objets[THEMES:] if o in self.themes()]
        frame = self._matrice((o, cell(o)) for o in kept if self.cooperations)
        frame.insert(1, "total", [str(self.themes()[o] or TIRET) for o in frame["ligne"]])
        return frame

    def tableau_realisations(self) -> pd.DataFrame:
        """Results in the order of their dates: date, realisation, chiffre, origine."""
        return table(self.realisations(), "date", "realisation", "chiffre", "origine")

    def tableau_leviers(self) -> pd.DataFrame:
        """Levers, then difficulties, then other points: liste, point, origine."""
        rows = [*self._points("leviers", LEVIER, "Leviers"),
                *self._points("difficultes", DIFFICULTE, "Difficultés")]
        rows += [_point("Autres points relevés", c["enonce"], _origine(c))
                 for c in self.constats() if c["nature"] not in (LEVIER, DIFFICULTE)]
        return table(rows, "liste", "point", "origine")

    def _points(self, column: str, nature: str, liste: str) -> list[dict[str, str]]:
        rows = [_point(liste, c[column], named(c))
                for c in self.cooperations if filled(c[column])]
        return rows + [_point(liste, c["enonce"], _origine(c)) for c in self.constats()
                       if c["nature"] == nature]

    def tableau_echanges(self) -> pd.DataFrame:
        """Held exchanges: date, forme, partenaires (functions), volets."""
        rows = [{"date": _jour(e["date"]), "forme": short(e["forme"]),
                 "partenaires": _partenaires(e), "volets": e["volets"]} for e in self.echanges]
        return table(rows, "date", "forme", "partenaires", "volets")

    def tableau_documents(self) -> pd.DataFrame:
        """Bibliography: titre, organisme, date, adresse, apport."""
        rows = [{**d, "titre": f"{d['titre']} ({d['n']})", "date": _jour(d["date"])}
                for d in self.documents]
        return table(rows, "titre", "organisme", "date", "adresse", "apport")


# ---- small pieces ------------------------------------------------------------------------


def records(frame: pd.DataFrame) -> list[Row]:
    """Rows of a sheet as dictionaries; what nobody filled is None, whatever pandas made of it."""
    rows = frame.astype(object).to_dict("records")
    return [{k: None if isinstance(v, float) and v != v else v for k, v in row.items()}
            for row in rows]


def table(rows: Iterable[Row], *columns: str) -> pd.DataFrame:
    """Rows as a frame with exactly these columns (empty when there is no row)."""
    return pd.DataFrame(list(rows), columns=list(columns))


def short(label: str) -> str:
    """« Autre (préciser en remarque) » -> « Autre », « État (DREETS) » unchanged."""
    return "Autre" if label.startswith("Autre (") else label


def filled(value: Any) -> bool:
    """Whether a cell of the workbook holds something."""
    return bool(value) if isinstance(value, (str, list)) else value is not None and value == value


def named(row: Row) -> str:
    """Title and number of a cooperation: what a reader quotes."""
    return f"{row['intitule']}{NBSP}({row['n']})"


def actors(row: Row) -> list[str]:
    """Actors of a cooperation, its pilot included, each once."""
    pilot = [row["pilote"]] if filled(row["pilote"]) else []
    return list(dict.fromkeys(short(a) for a in [*pilot, *row["participants"]]))


def themes(row: Row) -> list[str]:
    """Main theme, then the others, each once."""
    return list(dict.fromkeys(short(o) for o in [row["objet"], *row["autres_objets"]] if o))


def leading(counts: Counter, order: Sequence[str], first: str = "surtout") -> tuple[list, str]:
    """The one or two most frequent names and the adverb that is true.

    When more than two tie, nothing comes first: two names and « notamment ». When others tie
    with the second, the first stands alone.
    """
    ranked = sorted(counts, key=lambda n: (-counts[n], order.index(n)))
    tied = len(ranked) > 2 and counts[ranked[2]] == counts[ranked[1]]
    if tied and counts[ranked[0]] > counts[ranked[1]]:
        return ranked[:1], first
    return ranked[:2], "notamment" if tied else first


def _jour(value: Any) -> str:
    """A day as 12/05/2022, a year as it is, — when nothing is written."""
    text = str(value or "")
    if len(text) == 7:
        return f"{text[5:]}/{text[:4]}"
    return TIRET if not text else text if len(text) < 10 else formats.date(text, short=True)


def _action(a: Row) -> dict[str, str]:
    follow = [str(a[c]).rstrip(".") for c in ("realisation", "suite") if filled(a[c])]
    return {"plan": a["plan"], "action": f"{a['action']} ({a['n']})", "pilote": short(a["pilote"]),
            "partenaires": ", ".join(short(p) for p in a["partenaires"]) or TIRET,
            "echeance": _jour(a["echeance"]), "avancement": a["avancement"],
            "origine": str(a["exercice_origine"]), "suite": ". ".join(follow) or TIRET}


def _periode(c: Row) -> str:
    start, end = (_jour(c[k]) for k in ("debut", "fin"))
    if TIRET not in (start, end):
        return f"{start} – {end}"
    return end if start == TIRET else f"depuis le {start}"


def _quantite(c: Row) -> str:
    if not filled(c["quantite"]):
        return TIRET
    number = float(c["quantite"])
    return f"{formats.decimal(number, 0 if number.is_integer() else 1)} {c['unite']}"


def _sous_mois(c: Row, month: str) -> bool:
    """Whether a cooperation is under way in a month ("2022-03")."""
    return str(c["debut"])[:7] <= month and (not filled(c["fin"]) or month <= str(c["fin"])[:7])


def _point(liste: str, point: str, origine: str) -> dict[str, str]:
    return {"liste": liste, "point": point, "origine": origine}


def _origine(constat: Row) -> str:
    """Who said it when they agreed; otherwise the kind of source only."""
    if filled(constat["acteurs"]):
        return f"{enumerate_fr([short(a) for a in constat['acteurs']])} ({constat['source']})"
    return f"sans attribution ({constat['source_nature'] or 'source non précisée'})"


def _partenaires(e: Row) -> str:
    """Functions met; the yearly meeting tells who was invited and who was there."""
    present = ", ".join(short(p) for p in e["presents"])
    if e["forme"] != ANNUELLE:
        return e["representes_par"] or present
    invited = ", ".join(short(i) for i in e["invites"])
    return f"Invités : {invited}. Présents : {present}."
