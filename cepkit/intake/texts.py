"""The analyst's texts `redaction/*.md`: `create` writes the guided files, `read` neutralises them.

Text is data: comments, HTML, scripts and shortcodes never reach a document.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from cepkit.edition import yamlfile
from cepkit.errors import Problem
from cepkit.text import nearest, suggestion

SAVED = "sauvegardes"
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
ACTIVE = re.compile(r"<(script|style|iframe|object|svg)\b.*?(?:</\1\s*>|\Z)", re.S | re.I)
TAG = re.compile(r"</?[A-Za-z][\w-]*(?:\s[^<>]*)?/?>")
SHORTCODE = re.compile(r"\{\{([<%])(.*?)([>%])\}\}", re.S)
RAW_BLOCK = re.compile(r"\{=\w+\}")


class Header(BaseModel):
    """YAML header of a section file; other keys are refused."""

    model_config = ConfigDict(extra="forbid")
    titre: str
    socle: Literal["oui", "non"]
    statut: Literal["a_ecrire", "brouillon", "a_relire", "relu"]
    repris_de: str | int | None = None


@dataclass(frozen=True)
class Texte:
    """One section: header, neutralised body (Pandoc Markdown) and its support questions."""

    fichier: str
    titre: str
    socle: bool
    statut: str
    repris_de: str | None
    corps: str
    codes: tuple[str, ...]
    questions: tuple[str, ...]
    propose: str = ""

    @property
    def vide(self) -> bool:
        """True when nothing was written: empty body, or the proposed text untouched."""
        return not self.corps or " ".join(self.corps.split()) == " ".join(self.propose.split())

    @property
    def redigee(self) -> bool:
        """True when the analyst wrote the section (it counts in the socle)."""
        return not self.vide

    @property
    def a_relire(self) -> bool:
        """True for a text carried over from an earlier exercice and not yet read again."""
        return self.redigee and self.statut == "a_relire"


@functools.cache
def _declared() -> dict:
    return yaml.safe_load(resources.files("cepkit.intake").joinpath("texts.yml").read_text("utf-8"))


def sections() -> dict[str, dict]:
    """Declared sections in the order of the report: titre, socle, codes, questions."""
    return dict(_declared()["sections"])


def _section(stem: str) -> dict | None:
    return sections().get("40_complement" if stem.startswith("40_complement_") else stem)


# ---- writing ------------------------------------------------------------------------------


def _page(stem: str, corps: str, statut: str, titre: str | None,
          repris_de: str | None = None) -> str:
    section = _section(stem)
    header = {"titre": titre or section["titre"], "socle": section["socle"], "statut": statut,
              "repris_de": repris_de}
    lines = yaml.safe_dump(header, allow_unicode=True, sort_keys=False, width=200)
    codes = f"Question du suivi : {', '.join(section['codes'])}" if section["codes"] else ""
    support = "\n".join(x for x in (codes, *section["questions"]) if x)
    rappel = _declared()["rappel"]
    text = f"---\n{lines}---\n\n<!--\nRappel : {rappel}\n-->\n\n<!--\n{support}\n-->\n"
    return text + (f"\n{corps.strip()}\n" if corps.strip() else "\n")


def create(
    folder: Path, *, corps: Mapping[str, str] | None = None,
    investigations: Mapping[str, str] | None = None, overwrite: bool = False,
    repris_de: str | None = None, only: bool = False,
) -> list[Path]:
    """Write the section files, one more for each investigation (`only`: no other); existing files
    are kept.

    `corps` maps a file stem to a body already written (status `brouillon`; `a_relire` when it is
    `repris_de` an earlier exercice), `investigations` a short name to the title of its section.
    """
    folder, corps = Path(folder), dict(corps or {})
    folder.mkdir(parents=True, exist_ok=True)
    stems = [s for s in sections() if s != "40_complement" and not only]
    titles = {f"40_complement_{nom}": titre for nom, titre in (investigations or {}).items()}
    stems += list(titles)
    written = []
    for stem in sorted(stems):
        path, body = folder / f"{stem}.md", corps.get(stem, "")
        if path.exists() and not overwrite:
            continue
        statut = "a_ecrire" if not body else "a_relire" if repris_de else "brouillon"
        path.write_text(_page(stem, body, statut, titles.get(stem), repris_de if body else None),
                        "utf-8")
        written.append(path)
    return written


def rewrite(path: Path, corps: str) -> Path | None:
    """Replace the body of a section file, its header and support questions kept.

    The file as it was is copied to `sauvegardes/` first; returns the copy (None for a new file).
    """
    path = Path(path)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_page(path.stem, corps, "brouillon", None), "utf-8")
        return None
    before = path.read_text("utf-8-sig")
    kept = path.parent / SAVED
    kept.mkdir(exist_ok=True)
    names = (f"{path.stem}-{n}.md" for n in range(1, 10_000))
    backup = next(p for n in names if not (p := kept / n).exists())
    shutil.copyfile(path, backup)
    head = re.match(r"(?:---\s*\n.*?\n---[ \t]*\n)?(?:\s*<!--.*?-->)*", before, re.S)[0]
    head = re.sub(r"^statut: a_ecrire$", "statut: brouillon", head, count=1, flags=re.M)
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(f"{head.rstrip()}\n\n{corps.strip()}\n", "utf-8")
    os.replace(partial, path)
    return backup


# ---- reading ------------------------------------------------------------------------------


def neutralise(text: str) -> tuple[str, list[str]]:
    """Markdown without comment, HTML, script nor raw block; shortcodes become plain text.

    Returns the text and the names of what was taken out (comments are not told).

    >>> neutralise("Un <b>mot</b><script>x()</script>.")
    ('Un mot.', ['script', 'balise'])
    """
    found = []
    text = COMMENT.sub("", text)
    for name, pattern, repl in (("script", ACTIVE, ""), ("balise", TAG, "")):
        text, n = pattern.subn(repl, text)
        found += [name] if n else []
    text, n = SHORTCODE.subn(r"\\{\\{\\\1\2\\\3\\}\\}", text)
    found += ["commande Quarto"] if n else []
    text, n = RAW_BLOCK.subn("", text)
    found += ["bloc brut"] if n else []
    return text.strip(), found


def _split(text: str) -> tuple[str | None, str]:
    match = re.match(r"---\s*\n(.*?)\n---\s*(?:\n|\Z)(.*)", text, re.S)
    return (match[1], match[2]) if match else (None, text)


def _header(text: str | None, where: dict) -> tuple[Header | None, list[Problem]]:
    if text is None:
        return None, [Problem("l’en-tête entre deux lignes « --- » est absent.", **where,
                              reparation="reprenez celui d’un fichier neuf.")]
    try:
        return Header.model_validate(yamlfile.parse(text) or {}), []
    except yamlfile.Refused as error:
        lines = (error.line + 1,) if error.line else ()
        return None, [Problem("l’en-tête n’est pas du YAML lisible.", lignes=lines, **where)]
    except ValidationError as error:
        return None, [_header_problem(e, where) for e in error.errors()]


def _header_problem(error: dict, where: dict) -> Problem:
    key = str(error["loc"][0]) if error["loc"] else ""
    known = list(Header.model_fields)
    if error["type"] == "extra_forbidden":
        return Problem(f"clé inconnue « {key} ».{suggestion(key, known)}", **where,
                       regle=f"clés admises : {', '.join(known)}")
    if error["type"] == "missing":
        return Problem(f"la clé « {key} » manque dans l’en-tête.", **where)
    values = {"socle": "oui, non", "statut": "a_ecrire, brouillon, a_relire, relu"}
    return Problem(f"la clé « {key} » a une valeur non admise.", valeur=str(error.get("input")),
                   regle=f"valeurs admises : {values.get(key, 'texte')}", **where)


def _read_one(path: Path) -> tuple[Texte | None, list[Problem]]:
    where = {"fichier": f"redaction/{path.name}", "classe": "parametres"}
    section = _section(path.stem)
    if section is None:
        close = nearest(path.stem, sections())
        return None, [Problem("ce fichier n’est d’aucune section du rapport : il n’est pas lu.",
                              reparation=f"nommez-le {close}.md." if close else None,
                              bloquant=False, **where)]
    if path.stat().st_size > yamlfile.BYTES:
        return None, [Problem(f"ce texte dépasse {yamlfile.BYTES >> 20} Mio : il n’est pas lu.",
                              **where)]
    try:
        raw, body = _split(path.read_text("utf-8-sig"))
    except UnicodeDecodeError:
        return None, [Problem("ce fichier n’est pas en UTF-8.", **where,
                              reparation="enregistrez-le avec l’encodage UTF-8.")]
    header, problems = _header(raw, where)
    body, removed = neutralise(body)
    if removed:
        problems.append(Problem(f"ont été retirés du texte : {', '.join(removed)}.",
                                regle="le texte est du Markdown, sans HTML ni commande",
                                bloquant=False, **where))
    if header is None:
        return None, problems
    origin = None if header.repris_de is None else str(header.repris_de)
    return Texte(path.name, header.titre, header.socle == "oui", header.statut, origin, body,
                 tuple(section["codes"]), tuple(section["questions"])), problems


def read(folder: Path) -> tuple[dict[str, Texte], list[Problem]]:
    """Texts by file stem, in the order of the report, and every problem found.

    A section without file is an empty text: the report says so at its place.
    """
    texts, problems = {}, []
    for path in sorted(Path(folder).glob("*.md")):
        texte, found = _read_one(path)
        problems += found
        if texte is not None:
            texts[path.stem] = texte
    for stem, d in sections().items():
        if stem not in texts and stem != "40_complement":
            texts[stem] = Texte(f"{stem}.md", d["titre"], d["socle"] == "oui", "a_ecrire", None, "",
                                tuple(d["codes"]), tuple(d["questions"]))
    return dict(sorted(texts.items())), problems
