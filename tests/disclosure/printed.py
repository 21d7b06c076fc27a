"""Printed tables as frames, and what `protect` and `audit` say of their cells."""

from __future__ import annotations

import pandas as pd


def printed(lines, columns, grid, names=("ligne", "colonne")):
    """Tidy frame of a printed table; None is a withheld cell."""
    rows = [(line, column, n) for line, numbers in zip(lines, grid, strict=True)
            for column, n in zip(columns, numbers, strict=True)]
    return pd.DataFrame(rows, columns=[*names, "effectif"]).astype({"effectif": "Int64"})


def ranges(found, *keys):
    """{keys: (minimum, maximum)} of an audit."""
    return {tuple(row[k] for k in keys): (row["minimum"], row["maximum"])
            for row in found.to_dict("records")}


def withheld(frame, *keys):
    """Keys of the cells whose state is « secret »."""
    return {tuple(row[k] for k in keys) for row in frame.to_dict("records")
            if row["etat"] == "secret"}
