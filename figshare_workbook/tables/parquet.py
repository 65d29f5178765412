"""Tables as Parquet: every value as it is, and a column of several kinds as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from figshare_workbook.base.texts import HALF_CHARACTERS
from figshare_workbook.tables.cells import flat_frame, holds_objects, map_cells, plain_value


def write_parquet(frame: pd.DataFrame, path: Path) -> str:
    """Writes a table; returns which columns had to become text in a sentence, "" if none."""
    frame = flat_frame(frame, heading=_parquet_text)
    odd = [name for name in frame.columns if not _has_parquet_type(frame[name])]
    mixed = [name for name in odd if not frame[name].map(lambda value: isinstance(value, str)).all()]
    for name in odd:
        frame[name] = map_cells(frame[name], _parquet_text)
    frame.to_parquet(path, index=False)
    return f"Written as text, since their values are of several kinds: {', '.join(mixed)}." if mixed else ""


def _has_parquet_type(column: pd.Series) -> bool:
    """Tells whether Parquet has a type for all the values of this column."""
    import pyarrow

    if not holds_objects(column):
        return True
    try:
        kind = pyarrow.array(column, from_pandas=True).type
    except (pyarrow.ArrowException, TypeError, ValueError, OverflowError):
        return False
    return "struct<>" not in str(kind)  # an empty struct cannot be written


def _parquet_text(value: Any) -> str | None:
    value = plain_value(value)
    return None if value is None else HALF_CHARACTERS.sub("", str(value))
