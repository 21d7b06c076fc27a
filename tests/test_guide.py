"""The guides of docs/ hold: commands, links, pictures, exit codes and words are the real ones."""

import re
import shlex

import pytest
import yaml

from cepkit.commands import parser
from cepkit.errors import CODES
from tests.conftest import REPOSITORY

DOCS = REPOSITORY / "docs"
PAGES = sorted(DOCS.glob("*.md"))
GUIDE = (DOCS / "guide.md").read_text("utf-8")
every = pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)


@every
def test_commands_are_understood(page):
    text = page.read_text("utf-8")
    found = re.findall(r"(?m)^\s{4,}(cepkit [a-z][^\n]*)$", text)
    found += re.findall(r"`(cepkit (?!demo)[a-z]+ [^`]*--[^`]+)`", text)
    for command in found:
        if "…" in command or "<" in command:
            continue
        parser.build().parse_args(shlex.split(command)[1:])


@every
def test_links_lead_somewhere(page):
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        assert target.startswith("http") or (page.parent / target).exists(), target
    for alternative in re.findall(r"!\[([^\]]*)\]", text):
        assert len(alternative) > 30


def test_every_exit_code_is_explained():
    told = {int(n) for n in re.findall(r"(?m)^\| (\d+) \|", GUIDE)}
    assert told == {0, 1, 70, 130, *CODES.values()}


def test_the_glossary_is_the_one_of_the_pages():
    terms = yaml.safe_load((REPOSITORY / "cepkit/show/glossaire.yml").read_text("utf-8"))
    told = dict(re.findall(r"(?m)^- \*\*(.+?)\*\* — (.+)$", GUIDE))
    assert told == terms


def test_the_table_of_steps_lists_them_all():
    heads = re.findall(r"(?m)^## (\d\. .+)$", GUIDE)
    assert re.findall(r"(?m)^\| (\d\. [^|]+?) \|", GUIDE) == heads
