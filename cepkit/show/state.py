"""The current page: which region and annexe a notebook is about, and how its codes are named.

`show.page(r, "2")` sets it once; builders read it through `current()`. Without a page (a frame
shown alone) labels fall back to codes and the identity to `frame.attrs["cepkit"]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from cepkit import codes, formats
from cepkit.errors import UsageError
from cepkit.text import suggestion, typography

ANNEXES = {
    "1": "Annexe 1 · Données",
    "2": "Annexe 2 · Recours",
    "3": "Annexe 3 · Parcours",
    "4": "Annexe 4 · Coopérations",
    "rapport": "Rapport du suivi",
    "nationale": "Synthèse nationale",
    "investigation": "Investigation complémentaire",
}
AILLEURS = {"FR_sans_region": "France sans la région",
            "regions_de_l_investigation": "Régions réunies"}
TOTAUX = {"operateur": "Ensemble des opérateurs", "region": "France"}


@dataclass(frozen=True)
class Page:
    """Identity of a notebook: its region (`cepkit.Region`, or None) and its annexe."""

    region: Any = None
    annexe: str = ""
    attrs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def meta(self) -> Mapping[str, Any]:
        return getattr(self.region, "meta", None) or {}

    @property
    def code(self) -> str:
        return getattr(self.region, "code", None) or self.attrs.get("region", codes.FRANCE)

    @property
    def nom(self) -> str:
        return codes.region_name(self.code)

    @property
    def en(self) -> str:
        return codes.in_region(self.code)

    @property
    def annee(self) -> str:
        return str(getattr(self.region, "annee", None) or self.attrs.get("annee", ""))

    @property
    def exercice(self) -> str:
        return str(getattr(self.region, "exercice", None) or self.attrs.get("exercice", ""))

    @property
    def fictif(self) -> bool:
        return bool(getattr(self.region, "fictif", self.attrs.get("fictif", False)))

    @property
    def rapport(self) -> bool:
        """Whether blocks must carry printable pictures."""
        return self.annexe == "rapport"

    def repere(self, ident: str) -> str:
        """Stable identifier that readers cite: "2.3-F1" -> "53-2.3-F1"."""
        return f"{self.code}-{ident}"

    def portee(self, kind: str = "part_points") -> float:
        """Threshold of a marked gap: 2 points for a share, 10 % for a ratio, unless declared."""
        default = {"part_points": 2.0, "rapport_pourcent": 10.0}[kind]
        return float(self.meta.get("portee", {}).get(kind, default))

    def identity(self) -> dict[str, Any]:
        """What the page template must know, carried by the notebook itself."""
        return {
            "region": self.code, "nom": self.nom, "en": self.en, "annexe": self.annexe,
            "annexe_titre": ANNEXES.get(self.annexe, ""), "annee": self.annee,
            "exercice": self.exercice, "fictif": self.fictif,
            "titre": self.meta.get("titre", ""), "empreinte": self.meta.get("empreinte", ""),
            "donnees": dict(self.meta.get("donnees", {})),
            "secret": {k: self.meta.get("protection", {}).get(k) for k in ("regle", "limites")},
        }


_page = Page()


def current() -> Page:
    """The page set by `show.page`, or a neutral one."""
    return _page


def set_page(region: Any, annexe: str) -> Page:
    """Make `region` and `annexe` the current page."""
    global _page
    if annexe not in ANNEXES:
        raise UsageError(
            f"annexe inconnue « {annexe} ».{suggestion(annexe, ANNEXES)} "
            f"Valeurs possibles : {', '.join(ANNEXES)}."
        )
    _page = Page(region, annexe)
    return _page


@contextmanager
def during(page: Page) -> Iterator[Page]:
    """Make `page` the current page for a while."""
    global _page
    before, _page = _page, page
    try:
        yield page
    finally:
        _page = before


def of_frame(frame: pd.DataFrame | None) -> Page:
    """The current page, or one made from `frame.attrs["cepkit"]` when no page is set."""
    if _page.region is not None or frame is None:
        return _page
    return Page(None, _page.annexe, frame.attrs.get("cepkit", {}))


def _departement(page: Page, code: str) -> str:
    names = dict(page.region.departements()) if page.region is not None else {}
    return f"{code} {names[code]}" if code in names else code


def label(page: Page, column: str, code: Any, dimension: str | None = None) -> str:
    """French label of a code of a key column ("modalite" needs its `dimension`)."""
    if code is None or code is pd.NA or code != code:
        return formats.ND
    code = str(code)
    if column == "region":
        return AILLEURS.get(code) or codes.region_name(code)
    if column == "dimension":
        return page.meta.get("nomenclatures", {}).get(code, {}).get("titre", code)
    if column == "mesure":
        return page.meta.get("mesures", {}).get(code, {}).get("libelle", code)
    if code in (codes.TOTAL, codes.ENSEMBLE):
        return page.nom if column == "departement" else TOTAUX.get(column, "Ensemble")
    if column == "departement":
        return typography(_departement(page, code))
    name = dimension if column == "modalite" and dimension else column
    known = name == "operateur" or name in page.meta.get("nomenclatures", {})
    if page.region is None or not known:
        return code
    return typography(page.region.libelle(name, code))
