"""Leak scan: every produced file is read again and held against the masked store."""

from cepkit.leaks.attack import attacked
from cepkit.leaks.scan import Account, Leak, scan, typed_numbers

__all__ = ["Account", "Leak", "attacked", "scan", "typed_numbers"]
