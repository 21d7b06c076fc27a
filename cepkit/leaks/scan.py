"""Go over the produced files, judge what the readers find, tell the numbers typed by hand."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cepkit import codes
from cepkit.batch import files, tables
from cepkit.batch.job import TRACE
from cepkit.edition import load_edition, project
from cepkit.edition.project import Paths
from cepkit.errors import Problem
from cepkit.leaks import binary, notebooks, office, web
from cepkit.leaks.items import CACHE, CELLULE, PHRASE, Item
from cepkit.leaks.private import Withheld, internal, squeezed
from cepkit.leaks.reference import DIFFERENT, EQUAL, UNKNOWN, WITHHELD, Reference
from cepkit.show import cells
from cepkit.show.svg import SEVERAL
from cepkit.show.trace import NUMBER, number

# Numbers that name a thing: « Figure 1 », « annexe 2 », « niveau 1 »; that of a line in a list.
NAMED = re.compile(r"^\d{1,2}\.\s|"
                   r"\b(?:figures?|tableaux?|annexes?|repères?|sections?|niveau|pages?|articles?)"
                   r"[\s\u00a0]*[\d.\-]+", re.I)
SPACED = re.compile(r"(?<![\d,.])\d{1,3}(?:[ \u00a0]\d{3})+(?![\d,.])")
DIGITS = {c: str(unicodedata.digit(chr(c))) for c in range(0x80, 0x10000)
          if unicodedata.digit(chr(c), None) is not None}  # superscripts, other scripts
POINTED = re.compile(r"(?<![\w.,/\-])\d+\.\d+(?![\w.\-/])")
WORD = re.compile(r"[a-zé]+")
LETTERS = ("", "", *("deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze "
                     "quinze seize").split())
CLAUSE = re.compile(r"\s;\s")  # descriptions and alternative texts: one clause a value
APART = (".store", "echecs")
INTERNAL = "pilotage.html"  # shows the follow-up to its authors; `package` never sends it
WHY = {
    WITHHELD: "la valeur de cette clé n’est pas diffusée",
    DIFFERENT: "le nombre n’est pas celui que donnent les tables protégées",
    CACHE: "contenu caché",
    CELLULE: "nombre sans clé dans un tableau ou un dessin",
    PHRASE: "nombre égal à une valeur non diffusée, là où elle serait",
    "note": "texte d’une note interne ou d’une alerte du classeur",
    "inconnu": "phrase chiffrée que le notebook ne contient pas",
    "illisible": "fichier illisible : ce qu’il contient ne peut pas être vérifié",
}


@dataclass(frozen=True)
class Leak:
    """What must not circulate: file, place, key, reason; never the value."""

    fichier: str
    lieu: str
    raison: str
    cle: str = ""

    def problem(self) -> Problem:
        key = f" (clé {self.cle})" if self.cle else ""
        return Problem(f"{self.lieu} : {self.raison}{key}.", classe="secret", fichier=self.fichier)


@dataclass
class Account:
    """What a scan saw: files, numbers by verdict, leaks; whether withheld values were at hand."""

    fichiers: int = 0
    nombres: Counter = field(default_factory=Counter)
    fuites: list[Leak] = field(default_factory=list)
    prive: bool = True


def scan(exercice: str, progress: Callable[[str], None] = lambda name: None) -> Account:
    """Read every produced file of an exercice again and hold it against the masked store."""
    paths = project.paths(exercice)
    judge = Judge(paths)
    for path in produced(paths):
        name = path.relative_to(paths.outputs).as_posix()
        progress(name)
        judge.file(path, name)
    return judge.account


def produced(paths: Paths) -> list[Path]:
    """Files of the outputs, but the store itself and the failed notebooks."""
    found = (p for p in paths.outputs.rglob("*") if p.is_file())
    return sorted(p for p in found if p.relative_to(paths.outputs).parts[0] not in APART)


class Judge:
    """The verdicts of one scan."""

    def __init__(self, paths: Paths):
        self.paths, self.account = paths, Account()
        self.reference = Reference(paths.exercice)
        whole = self.reference.whole
        self.withheld = Withheld(paths, whole.meta, whole.tables, whole.statistiques)
        self.account.prive = self.withheld.available
        self.notes = internal(paths, load_edition(paths.exercice))
        self.described: dict[str, dict[str, set[str]]] = {}
        self.references: dict[str, set[str]] = {}

    def file(self, path: Path, name: str) -> None:
        """Judge all that a file holds."""
        page = _region(name)
        self._learn(path, page)
        self.account.fichiers += 1
        try:
            for item in self._items(path):
                self._item(item, name, page)
        except (ValueError, KeyError, OSError, SyntaxError, TypeError, AttributeError) as error:
            self._leak(name, f"{type(error).__name__}", "illisible")

    def _items(self, path: Path) -> Iterator[Item]:
        """Readers by kind of file; a kind that is not ours is read as text."""
        data = path.read_bytes()
        trace = files.read_json(path.parent / TRACE, {}).get("cles", {})
        readers: dict[str, Callable[[], Iterator[Item]]] = {
            ".html": lambda: web.page(data), ".svg": lambda: web.drawing(data),
            ".docx": lambda: office.word(data, trace),
            ".pptx": lambda: office.slides(data, trace),
            ".xlsx": lambda: office.workbook(data, tables.KEYS),
            ".ipynb": lambda: notebooks.notebook(data), ".json": lambda: notebooks.document(data),
            ".png": lambda: binary.png(data), ".pdf": lambda: binary.pdf(data)}
        # What is neither ours nor a text is told as unreadable.
        return readers.get(path.suffix.lower(), lambda: (
            Item(f"ligne {i}", line)
            for i, line in enumerate(data.decode("utf-8").splitlines(), 1)))()

    # ---- verdicts -----------------------------------------------------------------------------

    def _item(self, item: Item, name: str, page: str) -> None:
        said = squeezed(f"{item.texte} {item.contexte}")
        if any(note in said for note in self.notes):
            self._leak(name, item.lieu, "note")
        if item.nature == CACHE:
            if item.digits:
                self._leak(name, item.lieu, CACHE)
        elif item.cle and item.digits:
            self._keyed(item, name, page)
        elif item.nature == CELLULE and item.digits:
            self._leak(name, item.lieu, CELLULE)
        else:
            self._phrase(item, name, page)

    def _keyed(self, item: Item, name: str, page: str) -> None:
        for token, cle in pairs(item):
            verdict = self.reference.check(cle, token, page)
            if verdict == UNKNOWN and not name.endswith(".ipynb"):
                values = self.described.get(page, {}).get(cle)
                verdict = verdict if values is None or _plain(token) in values else DIFFERENT
            if verdict == UNKNOWN and self.withheld.designated(token, item.contexte, page):
                verdict = PHRASE
            self.account.nombres[verdict] += 1
            if verdict not in (EQUAL, UNKNOWN):
                self._leak(name, item.lieu, verdict, cle)

    def _phrase(self, item: Item, name: str, page: str) -> None:
        parts = [item.texte] if item.contexte else CLAUSE.split(item.texte)
        # The national share beside a withheld one is published, and may be equal to it.
        told = self.references.get(page, set())
        for part in parts:
            tokens = self._numbers(part)
            self.account.nombres["sans clé"] += len(tokens)
            if any(self.withheld.designated(t, item.contexte or part, page) for t in tokens
                   if "," not in t or _plain(t) not in told):
                self._leak(name, item.lieu, PHRASE)

    def _numbers(self, text: str) -> list[str]:
        """Numbers of a text, however written; not those of names (« 25 à 34 ans »)."""
        said = NAMED.sub("", self.withheld.unnamed(text.translate(DIGITS)))
        spaced = [re.sub(r"\D", "", m) for m in SPACED.findall(said)]
        pointed = [m.replace(".", ",").removesuffix(",0") for m in POINTED.findall(said)]
        letters = [str(LETTERS.index(w)) for w in WORD.findall(said.lower()) if w in LETTERS]
        return [*NUMBER.findall(said), *spaced, *pointed, *letters]

    def _leak(self, name: str, place: str, why: str, cle: str = "") -> None:
        if name == INTERNAL and why in ("note", CELLULE):
            return
        leak = Leak(name, place, WHY[why], cle)
        if leak not in self.account.fuites:
            self.account.fuites.append(leak)

    # ---- what the notebooks of a region say ------------------------------------------------------

    def _learn(self, path: Path, page: str) -> None:
        """Numbers that no indicator holds are compared with those of the executed notebooks."""
        folder = path.parent if path.parent.name != "notebooks" else path.parent.parent
        if page in self.described or not (folder / "notebooks").is_dir():
            return
        known: dict[str, set[str]] = defaultdict(set)
        for notebook in sorted((folder / "notebooks").glob("*.ipynb")):
            for item in notebooks.notebook(notebook.read_bytes()):
                for token, cle in pairs(item) if item.cle else ():
                    known[cle].add(_plain(token))
        self.described[page] = known
        self.references[page] = {v for cle, values in known.items() for v in values
                                 if cle.endswith("|reference")}


def _plain(token: str) -> str:
    return f"{number(token):g}"


def pairs(item: Item) -> Iterator[tuple[str, str]]:
    """(number, key) of a keyed item: one each, or the two bounds of an interval."""
    keys = item.cle.split(SEVERAL)
    place, _, column = keys[0].rpartition("|")
    if len(keys) == 1 and column in cells.PAIRS:
        keys = [f"{place}|{bound}" for bound in cells.PAIRS[column]]
    return zip(NUMBER.findall(item.texte), keys, strict=False)


def _region(name: str) -> str:
    """Region of the folder that a file stands in; « FR » elsewhere."""
    found = re.match(r"(\d\d)-[^/]+/", name)
    return found[1] if found and found[1] in codes.REGIONS else codes.FRANCE


def typed_numbers(exercice: str) -> list[tuple[str, int, str]]:
    """(file, line, line of text) of every number typed by hand in `redaction/*.md`.

    Dates, years and section codes are told too: only who wrote them knows what they count.
    """
    paths = project.paths(exercice)
    found = []
    for path in sorted(paths.parameters.glob("regions/*/redaction/*.md")):
        body = re.sub(r"<!--.*?-->", lambda m: "\n" * m[0].count("\n"), path.read_text("utf-8"),
                      flags=re.S)
        start = body.find("\n---", 3) + 4 if body.startswith("---") else 0
        first = body[:start].count("\n") + 1
        for i, line in enumerate(body[start:].splitlines(), first):
            shown = NAMED.sub("", re.sub(r"\{\{[^}]*\}\}|\[[^\]]*\]\([^)]*\)", "", line))
            if not line.lstrip().startswith("#") and NUMBER.search(shown):
                found.append((path.relative_to(paths.parameters).as_posix(), i, line.strip()))
    return found


