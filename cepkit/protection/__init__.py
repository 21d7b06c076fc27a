"""Disclosure control of the release: the tables of the plan, protected and attacked together.

With `store` and `plan`, the only unit that sees data and disclosure control side by side.
"""

from cepkit.protection.proof import Refused, Released, release

__all__ = ["Refused", "Released", "release"]
