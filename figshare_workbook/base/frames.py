"""DataFrames whose columns and dtypes do not depend on the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd


def cell_text(value: Any) -> str:
    """Returns a value as text for a table: "" for a missing value, a list joined by "; "."""
    if value is None or value is pd.NA or value != value:
        return ""
    return "; ".join(map(cell_text, value)) if isinstance(value, (list, tuple)) else str(value)


def column_of(values: list, kind: str) -> Any:
    """Returns a column of a fixed dtype, which is the same under pandas 2.2 and 3.1, and without rows too.

    Args:
        values: The cells.
        kind: "text", "int", "float", "bool" or "time".
    """
    if kind == "text":
        return pd.array([cell_text(value) for value in values], dtype=pd.StringDtype("python"))
    if kind == "time":
        moments = pd.Series([value or None for value in values], dtype=object)
        times = pd.to_datetime(moments, utc=True, format="ISO8601", errors="coerce")
        return times.astype("datetime64[ns, UTC]")
    if kind == "float":
        return pd.array(values, dtype="float64")
    return pd.array(values, dtype={"int": "Int64", "bool": "boolean"}[kind])


def frame_of(rows: Iterable[dict | Sequence], columns: dict[str, str]) -> pd.DataFrame:
    """Returns a DataFrame with exactly these columns.

    Args:
        rows: Each a dict, in which a column may be absent, or a sequence with a value for each column.
        columns: The kind of each column by its name, as `column_of` takes it.
    """
    dicts = [row if isinstance(row, dict) else dict(zip(columns, row, strict=True)) for row in rows]
    return pd.DataFrame({name: column_of([row.get(name) for row in dicts], kind) for name, kind in columns.items()})
