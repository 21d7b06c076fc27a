"""Leak scan: every produced file is read again and held against the masked store."""

from cepkit.leaks.scan import Account, Leak, scan, typed_numbers

__all__ = ["Account", "Leak", "scan", "typed_numbers"]
