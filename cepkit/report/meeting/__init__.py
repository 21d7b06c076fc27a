"""Documents around the meetings: a sheet per operator, the two-page synthesis, the slides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cepkit.report.meeting import deck, fiche, synthese
from cepkit.report.meeting.matter import Matter, gather

__all__ = ["Matter", "documents", "gather"]


def documents(matter: Matter, meta: Mapping[str, Any]) -> dict[str, bytes]:
    """Files by name. meta: identity of the report; the keys of the numbers join `matter.keys`."""
    made = {f"fiche_{code}.docx": fiche.document(matter, code, meta) for code in matter.declared()}
    return {**made, "synthese.docx": synthese.document(matter, meta),
            "presentation.pptx": deck.document(matter, meta)}
