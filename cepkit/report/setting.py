"""Typeset `rapport.md`: by Quarto where it can be had, by the bundled Pandoc elsewhere.

Both read the same Markdown, so that their content is equal by construction.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml

from cepkit.errors import RenderError, UsageError
from cepkit.report import pandoc, typst_pdf, word
from cepkit.report.reference import PATH as REFERENCE

FORMATS = ("docx", "html", "pdf")
FRONT = ("title", "subtitle", "author", "lang")
CSP = ("default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
       "form-action 'none'")
Engine = Literal["auto", "quarto", "pandoc"]


@dataclass(frozen=True)
class Typeset:
    """Documents by format, the engine that made them, and what is to be told."""

    paths: dict[str, Path]
    engine: str
    notes: tuple[str, ...] = field(default=())


def find_engine() -> Path | None:
    """Quarto's program: QUARTO_PATH, the PATH, or none."""
    given = os.environ.get("QUARTO_PATH")
    found = shutil.which(given) if given else shutil.which("quarto")
    return Path(found) if found else None


def typeset(folder: Path, formats: Sequence[str] = ("docx", "html"),
            engine: Engine = "auto") -> Typeset:
    """Write `rapport.<format>` beside the sources of a draft (`Draft.sources()`).

    `auto` takes Quarto when it is there, and Pandoc when Quarto is absent or fails (a note says
    which). Raises `UsageError` for an unknown format, `RenderError` when nothing works.
    """
    folder = Path(folder)
    for name in formats:
        if name not in FORMATS:
            raise UsageError(f"format inconnu « {name} » : {', '.join(FORMATS)}.")
    meta = json.loads((folder / "rapport.json").read_text("utf-8"))
    quarto = find_engine() if engine in ("auto", "quarto") else None
    if engine == "quarto" and quarto is None:
        raise RenderError("Quarto est introuvable (PATH ou QUARTO_PATH).")
    made, notes, used = _by_quarto(quarto, folder, meta, formats, engine)
    if made is None:
        made = {f: _by_pandoc(folder, meta, f) for f in formats if f != "pdf"}
    if "pdf" in formats:
        made["pdf"] = typst_pdf.write(folder, meta)
    return Typeset({f: _finished(folder, meta, f, made[f]) for f in formats}, used, notes)


def _finished(folder: Path, meta: Mapping[str, Any], name: str, data: bytes) -> Path:
    path = folder / f"rapport.{name}"
    if name == "docx":
        data = word.finish(data, meta)
    if name == "html":
        html = _headed(_grouped(_identified(data.decode("utf-8"), meta)))
        data = _keyed(html, meta).encode("utf-8")
    path.write_bytes(data)
    return path


def _epoch(meta: Mapping[str, Any]) -> str:
    """A fixed clock: the first of January that follows the year of the exercice."""
    year = int(meta["annee"]) + 1 if str(meta.get("annee", "")).isdigit() else 2000
    return str(int(dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp()))


def _style() -> str:
    return resources.files("cepkit.report").joinpath("rapport.css").read_text("utf-8")


def _identified(html: str, meta: Mapping[str, Any]) -> str:
    """Identity and a policy that forbids every request, first thing in the head."""
    tags = [f'<meta http-equiv="Content-Security-Policy" content="{CSP}">']
    tags += [f'<meta name="cepkit:{k}" content="{escape(str(meta.get(f"cepkit_{k}", "")))}">'
             for k in ("region", "exercice", "empreinte")]
    return re.sub(r"(<head[^>]*>)", lambda m: m[1] + "\n" + "\n".join(tags), html, count=1)


def _keyed(html: str, meta: Mapping[str, Any]) -> str:
    """Spans that stand for a key carry it, as in the annexes."""
    keys = meta.get("cles", {})
    return re.sub(r'<span id="(c\d+)">', lambda m: f'<span data-cle="{escape(keys[m[1]])}">'
                  if m[1] in keys else m[0], html)


def _grouped(html: str) -> str:
    """A row whose first cell alone holds text names a group: one cell across the table."""
    row = re.compile(r"(<tr[^>]*>\s*)<td[^>]*>(<strong>.*?</strong>)</td>((?:\s*<td[^>]*></td>)+)")
    return row.sub(lambda m: f'{m[1]}<th scope="rowgroup" colspan="{1 + m[3].count("<td")}">'
                             f"{m[2]}</th>", html)


def _headed(html: str) -> str:
    """Heads of columns and rows say which they are; a wide table is reached by the keyboard."""
    html = re.sub(r"<th(?=[ >])(?![^>]*scope=)", '<th scope="col"', html)
    html = re.sub(r"(<tr>\s*)<td([^>]*)>((?:(?!</td>).)+)</td>", r'\1<th scope="row"\2>\3</th>',
                  html, flags=re.S)
    return re.sub(r'<div id="([^"]+)" class="tableau">(?=\s*<table[^>]*>\s*<caption>([^<]+))',
                  r'<div id="\1" class="tableau" role="region" tabindex="0" aria-label="\2">', html)


# ---- Pandoc -------------------------------------------------------------------------------


def docx(markdown: str, meta: Mapping[str, Any], pictures: Mapping[str, bytes]) -> bytes:
    """A docx of its own, without cover, from Markdown and its pictures; by Pandoc, whatever
    engine sets the report. `word.finish` ends it."""
    with tempfile.TemporaryDirectory(prefix="cepkit-") as temporary:
        for name, data in {**pictures, "texte.md": markdown.encode()}.items():
            (Path(temporary) / name).write_bytes(data)
        args = ["-f", "markdown-smart-raw_html-raw_tex-raw_attribute-tex_math_dollars-citations",
                "-s", "--metadata", f"lang={meta['lang']}", "--columns=40", "-o", "texte.docx",
                *_options("docx", Path(temporary)), "--figure-caption-position=above", "texte.md"]
        _pandoc_run(args, Path(temporary), meta)
        return (Path(temporary) / "texte.docx").read_bytes()


def _by_pandoc(folder: Path, meta: Mapping[str, Any], name: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="cepkit-") as temporary:
        out = Path(temporary) / f"rapport.{name}"
        front = Path(temporary) / "meta.json"
        front.write_text(json.dumps({k: meta[k] for k in FRONT if meta.get(k)}), "utf-8")
        args = ["-f", pandoc.INTERMEDIATE, "-s", "--metadata-file", str(front), "-o", str(out),
                "--figure-caption-position=above", "--columns=40", "rapport.md"]
        _pandoc_run([*args, *_options(name, Path(temporary))], folder, meta)
        return out.read_bytes()


def _options(name: str, temporary: Path) -> list[str]:
    if name == "docx":
        return ["--reference-doc", str(REFERENCE)]
    template = temporary / "template.html"
    text = resources.files("cepkit.report").joinpath("rapport.html").read_text("utf-8")
    template.write_text(text.replace("/*style*/", _style()), "utf-8")
    return ["-t", "html5", "--template", str(template), "--embed-resources", "--wrap=none"]


def _pandoc_run(args: Sequence[str], folder: Path, meta: Mapping[str, Any]) -> None:
    environment = os.environ | {"SOURCE_DATE_EPOCH": _epoch(meta)}
    done = subprocess.run([pandoc.program(), *args], cwd=folder, env=environment,
                          capture_output=True)
    if done.returncode:
        raise RenderError(f"Pandoc n’a pas pu écrire le rapport : {done.stderr.decode().strip()}")


# ---- Quarto -------------------------------------------------------------------------------


def _by_quarto(program: Path | None, folder: Path, meta: Mapping[str, Any],
               formats: Sequence[str], engine: Engine):
    """Documents made by Quarto, or None and the reason."""
    if engine == "pandoc":
        return None, (), "pandoc"
    if program is None:
        note = "Quarto n’est pas installé : le rapport est mis en forme par Pandoc."
        return None, (note,), "pandoc"
    try:
        made = _quarto(program, folder, meta, [f for f in formats if f != "pdf"])
    except RenderError as error:
        if engine == "quarto":
            raise
        return None, (f"{error} Le rapport est mis en forme par Pandoc.",), "pandoc"
    return made, (), "quarto"


def _quarto_project(meta: Mapping[str, Any], formats: Sequence[str]) -> dict[str, Any]:
    """`_quarto.yml`: nothing is executed, nothing is numbered, no asset is fetched."""
    known = {
        "html": {"minimal": True, "theme": "none", "embed-resources": True, "css": "rapport.css",
                 "fig-cap-location": "top", "tbl-cap-location": "top"},
        "docx": {"reference-doc": "reference.docx"},
    }
    return {k: meta[k] for k in FRONT if meta.get(k)} | {
        "project": {"type": "default"}, "engine": "markdown", "execute": {"enabled": False},
        "from": pandoc.INTERMEDIATE, "number-sections": False, "toc": False,
        "format": {name: known[name] for name in formats},
    }


def _quarto(program: Path, folder: Path, meta: Mapping[str, Any],
            formats: Sequence[str]) -> dict[str, bytes]:
    """All formats at once, in a folder of its own: Quarto writes beside what it reads."""
    with tempfile.TemporaryDirectory(prefix="cepkit-") as temporary:
        work = Path(temporary)
        for path in [folder / "rapport.md", *folder.glob("*.png"), REFERENCE]:
            shutil.copy(path, work / path.name)
        (work / "rapport.css").write_text(_style(), "utf-8")
        project = _quarto_project(meta, formats)
        (work / "_quarto.yml").write_text(yaml.safe_dump(project, allow_unicode=True), "utf-8")
        done = subprocess.run([str(program), "render", "rapport.md"], cwd=work, timeout=300,
                              capture_output=True,
                              env=os.environ | {"SOURCE_DATE_EPOCH": _epoch(meta)})
        missing = [f for f in formats if not (work / f"rapport.{f}").exists()]
        if done.returncode or missing:
            message = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise RenderError(f"Quarto n’a pas pu écrire le rapport : {' '.join(message)}")
        return {f: (work / f"rapport.{f}").read_bytes() for f in formats}
