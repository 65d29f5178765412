"""Tables as an Excel workbook, within what Excel can hold (documented: specifications and limits of Excel)."""

from __future__ import annotations

import datetime
import math
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from figshare_workbook.base.errors import require
from figshare_workbook.tables.cells import (
    distinct_names,
    flat_frame,
    harmless_text,
    holds_objects,
    map_cells,
    map_columns,
    plain_value,
)

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
MAX_TEXT = 32_767  # of UTF-16 units, as all lengths in Excel
MAX_SHEET_NAME = 31
MAX_DIGITS = 15  # a longer whole number would be rounded
_TIME_OF_MAKING = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")
_FIRST_DAY = datetime.datetime(1900, 3, 1)  # Excel knows no days before 1900, and takes 1900 for a leap year
_LAST_DAY = datetime.datetime(9999, 12, 31, 23, 59, 59)


def write_xlsx(frames: dict[str, pd.DataFrame], path: Path) -> str:
    """Writes a sheet for each table; returns what Excel made necessary in a sentence, "" if nothing."""
    require(frames, "There is no table to save: give at least one.")
    flat_frames = {name: flat_frame(frame, heading=harmless_text) for name, frame in frames.items()}
    excel_frames = [excel_frame(name, frame) for name, frame in flat_frames.items()]
    names = sheet_names(list(frames))
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, frame in zip(names, excel_frames, strict=True):
            cut_long_texts(frame).to_excel(book, sheet_name=name, index=False, freeze_panes=(1, 0))
    remove_times(path)
    return what_excel_changed(excel_frames, dict(zip(frames, names, strict=True)))


def excel_frame(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Returns a flat table with cells that Excel takes, its long texts still whole; refused where it is too large."""
    _check_size(name, frame)
    return map_columns(frame, _excel_column)


def cut_long_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Returns a table of `excel_frame` with its long texts cut."""
    cut = map_columns(frame, lambda column: map_cells(column, _cut_text) if holds_objects(column) else column)
    return cut.rename(columns=_cut_text)


def what_excel_changed(frames: Iterable[pd.DataFrame], names: dict[str, str]) -> str:
    """Says in a sentence what was cut of the tables of `excel_frame`, and whose name a sheet could not take."""
    return " ".join(filter(None, (_cut_sentence(sum(map(_long_texts, frames))), _names_sentence(names))))


def remove_times(path: Path) -> None:
    """Writes a workbook again without the time of its making, so that the same tables give the same file."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["docProps/core.xml"] = _TIME_OF_MAKING.sub(b"", parts["docProps/core.xml"])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def sheet_names(names: list[str]) -> list[str]:
    r"""Returns names that Excel takes: up to 31 characters, without `[ ] : * ? / \`, none alike but for their case."""
    cleaned = [
        _utf16_cut(re.sub(r"[][:*?/\\]", "_", harmless_text(name)).strip(" '"), MAX_SHEET_NAME).strip(" '")
        for name in map(str, names)
    ]
    usable = [f"{name}_" if name.casefold() == "history" else name or "table" for name in cleaned]

    def variant(name: str, number: int) -> str:
        return f"{_utf16_cut(name, MAX_SHEET_NAME - len(f' ({number})')).rstrip()} ({number})"

    return distinct_names(usable, lambda name, number: variant(name, number + 1), str.casefold)


def _check_size(name: str, frame: pd.DataFrame) -> None:
    rows, columns = len(frame) + 1, len(frame.columns)
    for found, most, what in ((rows, MAX_ROWS, "rows with the headings"), (columns, MAX_COLUMNS, "columns")):
        require(
            found <= most,
            f"Table {name!r} has {found:,} {what}, and a sheet of Excel holds {most:,}: save it as "
            ".csv or .parquet, or in parts.",
        )


def _excel_column(column: pd.Series) -> pd.Series:
    """Returns a column as Excel can hold it: times in UTC without a zone, what it would change as text."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    if pd.api.types.is_integer_dtype(column.dtype) and any(_has_many_digits(int(value)) for value in column.dropna()):
        return map_cells(column, lambda value: None if pd.isna(value) else str(value))
    if not holds_objects(column) and all(_excel_value(value) == value for value in column.dropna()):
        return column
    return map_cells(column, _excel_value)


def _excel_value(value: Any) -> Any:
    """Returns a cell; what Excel would round, refuse or show as ##### is a text."""
    value = plain_value(value)
    if isinstance(value, str):
        return harmless_text(value)
    if isinstance(value, datetime.date):
        return _excel_date(value)
    if isinstance(value, float) and math.isinf(value):
        return str(value)
    return str(int(value)) if _has_many_digits(value) else value


def _excel_date(value: datetime.date) -> Any:
    if not isinstance(value, datetime.datetime):
        return value if value >= _FIRST_DAY.date() else value.isoformat()
    naive = value.astimezone(datetime.UTC).replace(tzinfo=None) if value.tzinfo else value
    return naive if _FIRST_DAY <= naive <= _LAST_DAY else naive.isoformat(" ")


def _has_many_digits(value: Any) -> bool:
    """Tells whether this is a whole number above 15 digits: an id; a measured number has a point or an exponent."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) >= 10**MAX_DIGITS and (isinstance(value, int) or (value.is_integer() and abs(value) < 2**53))


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _utf16_cut(text: str, most: int) -> str:
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", errors="ignore")


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and 2 * len(value) > MAX_TEXT and _utf16_length(value) > MAX_TEXT


def _long_texts(frame: pd.DataFrame) -> int:
    """Returns how many texts of a table, headings too, Excel does not hold whole."""
    columns = [frame[name] for name in frame.columns if holds_objects(frame[name])]
    return sum(map(_is_long, frame.columns)) + sum(_is_long(value) for column in columns for value in column)


def _cut_text(value: Any) -> Any:
    return f"{_utf16_cut(value, MAX_TEXT - 1)}…" if _is_long(value) else value


def _cut_sentence(cut: int) -> str:
    if not cut:
        return ""
    texts = "1 text is" if cut == 1 else f"{cut:,} texts are"
    return f"{texts} cut at {MAX_TEXT:,} characters, the most that a cell of Excel holds; .csv and .parquet hold all."


def _names_sentence(names: dict[str, str]) -> str:
    changed = [f"{str(name)!r} is {sheet!r}" for name, sheet in names.items() if name != sheet]
    return f"Excel does not take every name for a sheet: {', '.join(changed)}." if changed else ""
