"""Files as nobody should write them: `make fuzz`, or `python -m tests.fuzz --files 20000`."""
