"""Fill pages exactly: heights estimated from the styles of the reference document, room to write.

Widths are those of Arial (half an em a character, a little more to be safe); the tests count the
pages of every document as LibreOffice sets them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cepkit.report import setting, word
from cepkit.report.reference import NOTES_LINE, STYLES
from cepkit.show.blocks import fr, styled

HEIGHT, WIDTH = 717.0, 470.0  # points of A4 within margins of 22 mm
EM, FACE = 0.51, 1.16  # mean width of a character, height of a line, in sizes
SLACK = 16.0
SPAN = re.compile(r"\[([^\]]*)\]\{#c\d+\}")
ROOM = "\u00a0"


def lines_of(text: str, size: float, width: float = WIDTH) -> int:
    """Lines that a text takes."""
    return max(1, math.ceil(len(SPAN.sub(r"\1", text)) * size * EM / width))


def height(style: str, *texts: str, width: float = WIDTH) -> float:
    """Points that paragraphs of a style take."""
    size, _, _, before, after, line, _ = STYLES[style]
    return sum(before + after + lines_of(t, size, width) * size * FACE * line for t in texts)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[int],
          align: str) -> tuple[str, float]:
    """A pipe table whose columns have these shares of the page, and its height."""
    rule = {"l": ":{}", "r": "{}:"}
    line = "|".join(rule[a].format("-" * n) for a, n in zip(align, shares, strict=True))
    found = [f"| {' | '.join(head)} |", f"|{line}|", *(f"| {' | '.join(r)} |" for r in rows)]
    whole = sum(shares)
    tall = sum(max((height("Compact", t, width=WIDTH * n / whole - 8)
                    for t, n in zip(r, shares, strict=False) if t), default=12.0) + 3.5
               for r in (head, *rows))
    return "\n".join(found), tall


def box(question: str, lines: int) -> str:
    """A question, and under it a frame of blank lines to write on."""
    return f"{question}\n\n" + styled("Notes", "\\\n".join([ROOM] * lines))


def box_height(question: str, lines: int) -> float:
    """Points that `box` takes."""
    return height("Body Text", question) + lines * NOTES_LINE + 18


def boxes(questions: Sequence[str], room: float) -> list[str]:
    """Frames that share the room left on a page; at least one blank line each."""
    left = room - sum(box_height(q, 0) for q in questions)
    each, more = divmod(max(len(questions), int(left // NOTES_LINE)), len(questions))
    return [box(q, each + (i < more)) for i, q in enumerate(questions)]


def bullets(items: Sequence[str]) -> str:
    """A compact list."""
    return "\n".join(f"- {i}" for i in items)


def word_file(markdown: str, title: str, second: str, meta: Mapping[str, Any],
              pictures: Mapping[str, bytes] | None = None) -> bytes:
    """The docx, its second page opened by the heading `second`."""
    data = setting.docx(markdown, meta, pictures or {})
    own = {**meta, "title": fr(title), "pages": [fr(second)]}
    return word.finish(data, own)
