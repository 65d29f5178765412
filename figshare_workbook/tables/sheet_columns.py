"""How a column stands in a sheet for people: its heading in words, its format, its width, and where cells lead to."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from figshare_workbook.base.frames import cell_text
from figshare_workbook.base.rules import date_rule
from figshare_workbook.tables.cells import holds_objects, map_cells
from figshare_workbook.tables.html_table import is_id_or_year, is_number_column, link_address

MAX_LINKS = 65_530  # of one sheet; documented, as the longest address
MAX_ADDRESS = 2_079
NARROWEST, WIDEST = 8, 60  # in characters
_LONGEST_WRAPPED = 600  # a longer text would make a row that fills the screen
_GENERAL, _DAY_FORMAT, _MONTH_FORMAT = "General", "yyyy-mm-dd", "yyyy-mm"


def number_format(column: pd.Series, name: str) -> str:
    """Returns how Excel writes the cells of a column; `General` for texts."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return _DAY_FORMAT
    if is_number_column(column):
        return "0" if is_id_or_year(name) else "#,##0.0" if pd.api.types.is_float_dtype(column) else "#,##0"
    return _date_format(column, name) if holds_objects(column) else _GENERAL


def _date_format(column: pd.Series, name: str) -> str:
    """Returns the format of days or months that are texts; `General` where the column holds others too."""
    texts = {text for text in map(cell_text, column) if text}
    if texts and not any(map(date_rule, texts)):
        return _DAY_FORMAT
    is_months = name in ("period", "month") and texts and not any(date_rule(f"{text}-01") for text in texts)
    return _MONTH_FORMAT if is_months else _GENERAL


def readable_column(column: pd.Series, excel_format: str) -> pd.Series:
    """Returns days and months that are texts as dates, truth values as words."""
    if pd.api.types.is_bool_dtype(column):
        return map_cells(column, lambda value: None if pd.isna(value) else "yes" if value else "no")
    if excel_format in (_DAY_FORMAT, _MONTH_FORMAT) and holds_objects(column):
        return map_cells(column, lambda text: date.fromisoformat(f"{text}-01"[:10]) if cell_text(text) else None)
    return column


def column_width(cells: Sequence[str], heading: str) -> int:
    """Returns the width of the longest line, within limits; the heading has the sign of its filter beside it."""
    lines = (line for text in cells for line in text.split("\n"))
    return min(max(*map(_text_width, [heading + "    ", *lines]), NARROWEST) + 2, WIDEST)


def _text_width(text: str) -> int:
    """Returns the width of a text in characters; Chinese, Japanese and Korean characters are twice as wide."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def written_texts(column: pd.Series, excel_format: str) -> list[str]:
    """Returns the cells about as Excel writes them, to measure."""
    number_spec = {"#,##0": ",.0f", "#,##0.0": ",.1f"}.get(excel_format, "")
    if excel_format in (_DAY_FORMAT, _MONTH_FORMAT):
        return [excel_format]
    return [
        f"{value:{number_spec}}" if number_spec and not isinstance(value, str) else cell_text(value)
        for value in column.dropna()
    ]


def is_wrapped(column: pd.Series, excel_format: str) -> bool:
    """Tells whether its texts stand in several lines."""
    return excel_format == _GENERAL and max((len(cell_text(value)) for value in column), default=0) <= _LONGEST_WRAPPED


def cell_addresses(frame: pd.DataFrame, links: Mapping[str, str]) -> dict[str, list[str]]:
    """Returns where the cells of each column lead to, "" for nowhere.

    There are as many columns as a sheet takes, `links` first.
    """
    left, taken = MAX_LINKS, {}
    for name in sorted(frame.columns, key=lambda name: name not in links):
        addresses = _column_addresses(frame, name, links.get(name)) if holds_objects(frame[name]) else []
        count = sum(map(bool, addresses))
        if 0 < count <= left:
            left, taken[name] = left - count, addresses
    return taken


def _column_addresses(frame: pd.DataFrame, name: str, given: str | None) -> list[str]:
    def cell_address(value: Any, given_address: Any) -> str:
        address = link_address(value, name, cell_text(given_address)) if isinstance(value, str) and value else ""
        return address if len(address) <= MAX_ADDRESS else ""

    return list(map(cell_address, frame[name], frame[given] if given else [None] * len(frame)))
