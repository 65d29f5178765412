"""What a cell of a file may hold: plain values, headings that differ, no text that a program would run."""

from __future__ import annotations

import datetime
import decimal
import itertools
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from figshare_workbook.base.errors import require
from figshare_workbook.base.frames import cell_text
from figshare_workbook.base.texts import UNPRINTABLE

_CELL_TYPES = (str, bool, int, float, decimal.Decimal, datetime.date, datetime.time)
_OTHER_LINE_BREAK = re.compile(r"\r\n?|[\x85\u2028\u2029]")
_OTHER_BLANK = re.compile(r"[\x0b\x0c\x1c-\x1f]")  # blanks, but not for XLSX
_INVISIBLE = "[\\s\u00ad\u200b-\u200f\u2060\ufeff]*"
_FORMULA = re.compile(f"{_INVISIBLE}[=+\\-@＝＋－＠]|[\t\n]")
_NUMBER = re.compile(r"[+-]?[\d.]+")


def flat_frame(frame: pd.DataFrame, heading: Callable[[str], Any] = str) -> pd.DataFrame:
    """Returns a table as a file holds it: one row of headings, no two alike; an index that says something is a column.

    `heading` makes a heading fit for the file.
    """
    index = frame.index
    if isinstance(index, pd.MultiIndex) or index.name is not None or not pd.api.types.is_integer_dtype(index.dtype):
        frame = frame.reset_index(allow_duplicates=True)
    names = [
        heading("_".join(filter(None, map(cell_text, name))) if isinstance(name, tuple) else cell_text(name))
        for name in frame.columns
    ]
    return frame.set_axis(distinct_names(names, lambda name, number: f"{name}.{number}"), axis=1)


def distinct_names(
    names: Iterable[str], variant: Callable[[str, int], str], same: Callable[[str], str] = str
) -> list[str]:
    """Returns the names, changed where one came before; `same` gives what two names are compared by."""
    taken: set[str] = set()
    distinct = []
    for name in names:
        tried = itertools.chain([name], (variant(name, number) for number in itertools.count(1)))
        distinct.append(next(other for other in tried if same(other) not in taken))
        taken.add(same(distinct[-1]))
    return distinct


def map_columns(frame: pd.DataFrame, change: Callable[[pd.Series], pd.Series]) -> pd.DataFrame:
    """Changes every column of a table."""
    return pd.DataFrame({name: change(frame[name]) for name in frame.columns}, index=frame.index)


def map_cells(column: pd.Series, change: Callable[[Any], Any]) -> pd.Series:
    """Changes every cell of a column. The result holds objects: `Series.map` would make 2**60 beside 0.5 a float."""
    return pd.Series([change(value) for value in column.astype(object)], index=column.index, dtype=object)


def holds_objects(column: pd.Series) -> bool:
    """Tells whether the cells of this column may be anything, not only numbers, dates or truth values."""
    plain = (pd.api.types.is_numeric_dtype, pd.api.types.is_bool_dtype, pd.api.types.is_datetime64_any_dtype)
    return isinstance(column.dtype, pd.CategoricalDtype) or not any(is_kind(column.dtype) for is_kind in plain)


def plain_value(value: Any) -> Any:
    """Returns a value as text, number, date or None: a list of words joined by "; ", what is nested as JSON."""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    if isinstance(value, np.generic | np.ndarray):
        return plain_value(value.tolist())
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple) and not any(isinstance(entry, list | tuple | dict) for entry in value):
        return cell_text(value)
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value if isinstance(value, _CELL_TYPES) else _checked_text(value)


def _checked_text(value: Any) -> str:
    text = str(value)
    require(
        " at 0x" not in text,  # the repr shows a place in memory, another one in every run
        f"A table cannot be saved with a value of the kind {type(value).__name__!r} in a cell: make it a text "
        "or a number.",
    )
    return text


def harmless_text(text: str) -> str:
    """Returns a text that no spreadsheet takes for a formula and that breaks no file; plain numbers such as -5 stay."""
    text = _OTHER_BLANK.sub(" ", _OTHER_LINE_BREAK.sub("\n", UNPRINTABLE.sub("", text)))
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
