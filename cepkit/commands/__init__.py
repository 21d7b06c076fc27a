"""Commands: `parser` holds all arguments, each module one keyword-only function a command."""

from __future__ import annotations

import importlib
from collections.abc import Sequence


def dispatch(argv: Sequence[str] | None) -> int:
    """Parse, import the one module that is needed, run its function; the exit code."""
    from cepkit.commands import parser

    arguments = vars(parser.build().parse_args(argv))
    module, function = parser.COMMANDS[arguments.pop("command")][0].split(":")
    found = importlib.import_module(f"cepkit.commands.{module}")
    return getattr(found, function)(**arguments)
