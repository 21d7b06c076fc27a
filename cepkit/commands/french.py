"""argparse speaks French: its own sentences are looked up here instead of in a catalogue."""

from __future__ import annotations

import argparse

_SENTENCES = {
    "usage: ": "emploi : ",
    "positional arguments": "arguments",
    "options": "options",
    "show this help message and exit": "affiche cette aide",
    "%(prog)s: error: %(message)s\n": "%(prog)s : %(message)s\n",
    "the following arguments are required: %s": "il manque : %s",
    "expected one argument": "une valeur est attendue",
    "expected at most one argument": "une valeur au plus est attendue",
    "expected at least one argument": "une valeur au moins est attendue",
    "expected %s argument": "%s valeur attendue",
    "expected %s arguments": "%s valeurs attendues",
    "invalid %(type)s value: %(value)r": "« %(value)s » n’est pas une valeur admise",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s : %(message)s",
    "ambiguous option: %(option)s could match %(matches)s":
        "« %(option)s » peut vouloir dire %(matches)s",
    "not allowed with argument %s": "incompatible avec %s",
    "ignored explicit argument %r": "cette option ne prend pas de valeur (reçu : %r)",
    "one of the arguments %s is required": "il faut l’une des options %s",
}


def install() -> None:
    """Replace the two functions through which argparse translates."""
    argparse._ = lambda text: _SENTENCES.get(text, text)
    argparse.ngettext = lambda one, many, n: _SENTENCES.get(one if n < 2 else many, many)
