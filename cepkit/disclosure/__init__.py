"""Statistical disclosure control over linked tables: `protect` masks, `audit` attacks.

Frames in, frames out; nothing here knows of the rest of the package, so that both functions can
be used alone on any set of tidy tables of counts.
"""

from cepkit.disclosure.api import Protection, audit, protect
from cepkit.disclosure.constraints import Constraint
from cepkit.disclosure.rounding import round_table, round_tables

__all__ = ["Constraint", "Protection", "audit", "protect", "round_table", "round_tables"]
