"""How a table is shown: to people as HTML with units, days and links; as plain text the DataFrame's own.

By hand, and not a pandas Styler: its ids are random, and its styles are lost where a notebook is not trusted.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import pandas as pd

from figshare_workbook.base.frames import cell_text
from figshare_workbook.tables.counts import size_text

# What a column is called where people read; other names are shown with blanks for underscores.
_HEADERS = {
    "article_id": "item",
    "id": "item",
    "published_date": "published",
    "created_date": "created",
    "modified_date": "changed",
    "review_date": "decided",
    "full_name": "author",
    "orcid_id": "ORCID",
    "doi": "DOI",
    "url": "page",
    "is_theirs": "counted",
    "own_items": "in the group itself",
    "value": "number",
    "share": "share (%)",
    "resource_doi": "DOI of the original",
}
_RESOLVERS = {
    "doi": "https://doi.org/",
    "resource_doi": "https://doi.org/",
    "handle": "https://hdl.handle.net/",
    "orcid_id": "https://orcid.org/",
}
# MathJax, versions 2 and 3, leaves alone what has these classes: in a title a dollar is a dollar.
NO_MATHEMATICS = "tex2jax_ignore mathjax_ignore"
pd.set_option("display.html.use_mathjax", False)  # and in tables that pandas shows by itself
_LONG_WORD = 18  # characters; an address of e-mail or a DOI
_ALIGNMENT = {True: "text-align:right", False: "text-align:left;white-space:normal"}


class ShownTable:
    """A table as `show_table` gives it: a notebook shows its HTML, and compares its plain text."""

    def __init__(self, frame: pd.DataFrame, markup: str):
        self.frame, self._markup = frame, markup

    def __repr__(self) -> str:
        return repr(self.frame)

    def _repr_html_(self) -> str:
        return self._markup


def show_table(
    frame: pd.DataFrame,
    *,
    headers: Mapping[str, str] | None = None,
    links: Mapping[str, str] | None = None,
    most: int | None = None,
    sums: Sequence[str] = (),
) -> ShownTable:
    """Shows a table to people: no row numbers, numbers with separators, days, links, whole texts.

    Args:
        frame: Any table of these helpers.
        headers: Other words for columns, e.g. `{"value": "views"}`.
        links: For a column the column that holds the addresses it leads to, e.g. `{"title": "url"}`; that one
            is not shown itself.
        most: So many rows; a line below says *5 of 40 rows*. None: all. Below an empty table stands *none*.
        sums: Columns whose sum over all rows, shown or not, stands in a last row.

    Returns:
        A `ShownTable`. DOIs, handles, ORCIDs and addresses are links; sizes in bytes are shown as kB and MB, times
        as days (UTC), and what is missing as an empty cell.
    """
    part, links = frame if most is None else frame.head(most), dict(links or {})
    columns = [name for name in frame.columns if name not in links.values()]
    head = [heading(name, headers) for name in columns]
    rows = [
        [_cell_html(row[name], name, row.get(links.get(name, ""))) for name in columns]
        for row in part.to_dict("records")
    ]
    note = "none" if frame.empty else f"{len(part):,} of {len(frame):,} rows" if len(part) < len(frame) else ""
    last = _sums_row(frame, columns, sums) if sums and not frame.empty else []
    return ShownTable(part, _table_html(head, rows, last, [is_number_column(frame[name]) for name in columns], note))


def heading(name: Any, headers: Mapping[str, str] | None = None) -> str:
    """Returns what a column is called where people read."""
    return {**_HEADERS, **(headers or {})}.get(name, str(name).replace("_", " "))


def link_address(value: Any, name: str, address: Any = None) -> str:
    """Returns where a cell of the column `name` leads to; "" for nowhere.

    That is the address given, its own, or that of a DOI.
    """
    if not address:
        address = value if _is_address(value) else _RESOLVERS.get(name) and _resolver_address(_RESOLVERS[name], value)
    return str(address) if _is_address(address) else ""


def is_id_or_year(column: str) -> bool:
    """Tells whether the numbers of a column are names, so that they are written without separators."""
    return column == "id" or column.endswith("_id") or column == "year"


def is_number_column(column: Any) -> bool:
    """Tells whether the cells of a column are numbers, and no truth values."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _cell_html(value: Any, name: str, address: Any) -> str:
    """Returns one cell as HTML; everything that comes from a record is escaped."""
    text = html.escape(_readable_text(value, name))
    if isinstance(value, pd.Timestamp):  # a day is not broken at its hyphens
        text = text and f'<span style="white-space:nowrap">{text}</span>'
    leads_to = link_address(value, name, address) if text else ""
    return f'<a href="{html.escape(leads_to)}">{text}</a>' if leads_to else text


def _readable_text(value: Any, name: str) -> str:
    """Returns a value as people write it: with separators, but for an id or a year."""
    if not isinstance(value, (list, tuple)) and pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if pd.api.types.is_bool(value):
        return "yes" if value else "no"
    if name == "size":
        return size_text(value)
    if pd.api.types.is_integer(value):
        return str(value) if is_id_or_year(str(name)) else f"{value:,}"
    return f"{value:,.1f}" if pd.api.types.is_float(value) else cell_text(value)


def _is_address(value: Any) -> bool:
    """Tells whether it may be a link: not one to this machine, as local Figshare is gone when the report is read."""
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
    except ValueError:  # http://[
        return False
    return parts.scheme in ("http", "https") and parts.hostname not in (None, "127.0.0.1", "localhost", "::1")


def _resolver_address(resolver: str, value: str) -> str:
    return resolver + quote(value, safe="/:;().")


def _sums_row(frame: pd.DataFrame, columns: Sequence[str], sums: Sequence[str]) -> list[str]:
    """Returns the last row: what is to be summed, and *all* before it."""
    cells = [_readable_text(frame[name].sum(), name) if name in sums else "" for name in columns]
    return [cells[0] or "all", *cells[1:]]


def _cell_style(cell: str, number: bool, tag: str) -> str:
    """Returns the CSS style of a cell: a number is not broken, and of words only one that is very long."""
    if number:
        return f"{_ALIGNMENT[True]};white-space:nowrap" if tag == "td" else _ALIGNMENT[True]
    visible_text = re.sub("<[^>]*>", "", cell)
    is_long = any(len(word) > _LONG_WORD for word in visible_text.split())
    return _ALIGNMENT[False] + (";overflow-wrap:anywhere;min-width:8em" if is_long else "")


def _table_html(
    head: Sequence[str], rows: Sequence[Sequence[str]], last: Sequence[str], numbers: Sequence[bool], note: str
) -> str:
    """Returns the table as HTML, each cell with its own style: an untrusted notebook loses a sheet of styles."""

    def line(cells: Sequence[str], tag: str) -> str:
        written = (
            f'<{tag} style="{_cell_style(cell, number, tag)}">{cell}</{tag}>'
            for cell, number in zip(cells, numbers, strict=True)
        )
        return f"<tr>{''.join(written)}</tr>"

    body = [line(row, "td") for row in rows] + ([line(last, "th")] if last else [])
    caption = f'<caption style="caption-side:bottom;text-align:left">{note}</caption>' if note else ""
    top = f"<thead>{line(list(map(html.escape, head)), 'th')}</thead>"
    return f'<table class="figshare-table {NO_MATHEMATICS}">{caption}{top}<tbody>{"".join(body)}</tbody></table>'
