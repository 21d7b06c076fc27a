"""What a run tells: events while it works, the state of each region at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cepkit.batch.steps import Step
from cepkit.errors import CODES, Problem, exit_code

PRODUITE, A_JOUR, EN_ECHEC = "produite", "à jour", "en échec"


@dataclass(frozen=True)
class Event:
    """Told to `progress` when a step ends: what, how far, for how long."""

    region: str
    step: str
    done: int
    total: int
    seconds: float
    failed: bool = False


@dataclass
class RegionReport:
    """State of a region after a run: « produite », « à jour » or « en échec »."""

    region: str
    etat: str
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: int = 0


@dataclass
class Report:
    """What a run did. `plan` holds the steps and why they run (empty reason: up to date);
    `stale`: the protected tables were missing or out of date when it began."""

    exercice: str
    regions: list[RegionReport] = field(default_factory=list)
    plan: list[Step] = field(default_factory=list)
    seconds: float = 0.0
    index: Path | None = None
    stale: bool = False

    @property
    def failed(self) -> list[RegionReport]:
        return [r for r in self.regions if r.etat == EN_ECHEC]

    @property
    def code(self) -> int:
        """0; 16 when an agreement is missing; 1 when some regions failed otherwise; else the code
        of the problems of all."""
        code = exit_code([p for r in self.failed for p in r.problems])
        partial = 0 < len(self.failed) < len(self.regions)
        return 1 if partial and code != CODES["accord"] else code
