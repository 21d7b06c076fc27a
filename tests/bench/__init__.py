"""Benches: `make bench`, or `python -m tests.bench [names] [--records N] [--write]`."""
