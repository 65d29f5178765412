"""A report's tables as an Excel workbook for people: the head first, then a sheet for each table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from figshare_workbook.base.disk import whole_file
from figshare_workbook.base.errors import require
from figshare_workbook.tables.cells import distinct_names, flat_frame, harmless_text
from figshare_workbook.tables.html_table import heading
from figshare_workbook.tables.sheet_columns import (
    MAX_LINKS,
    cell_addresses,
    column_width,
    is_wrapped,
    number_format,
    readable_column,
    written_texts,
)
from figshare_workbook.tables.xlsx import cut_long_texts, excel_frame, remove_times, sheet_names, what_excel_changed

_HEADINGS = {"size": "size (bytes)"}  # a notebook shows 1.2 MB; in a sheet people add up bytes
_LINK_COLOUR, _HEADING_COLOUR = "0563C1", "E8ECEF"


class Head(Protocol):
    """What stands above a report, as `show_head` gives it."""

    title: str
    facts: dict[str, str]
    numbers: dict[str, str | int]


def save_report(
    path: str | Path,
    frames: Mapping[str, pd.DataFrame],
    *,
    head: Head,
    contents: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    links: Mapping[str, str] | None = None,
) -> Path:
    """Writes the tables of a report as an Excel workbook for people; whole or not at all.

    The first sheet, *About*, has the head and says what each sheet holds. Every table has headings in
    words, bold, frozen and with filters, and columns as wide as their texts, up to 60 characters; longer
    texts are wrapped. Days are dates of Excel (UTC), numbers have separators, DOIs, ORCIDs and addresses are
    links. The same tables give the same file, byte for byte. What Excel cannot hold is as in `save_table`.

    Args:
        path: The file, `NAME.xlsx`; its folder is made if need be.
        frames: The tables, by the name of their sheet.
        head: From `show_head`.
        contents: For a table what it holds, in a sentence, e.g. `{"items": "All items of the group."}`.
        headers: Other words for columns, in all tables, as in `show_table`.
        links: For a column the column that holds the addresses it leads to, as in `show_table`; that one is
            left out. Excel takes 65,530 links in a sheet: of a longer table the addresses stay, as texts.

    Returns:
        The path.

    Raises:
        ParameterError: The name does not end in .xlsx, there is no table, or Excel cannot hold it.
    """
    path = Path(path)
    require(path.suffix.lower() == ".xlsx", f"A report is saved as .xlsx, not {path.suffix!r}: change the name.")
    require(frames, "There is no table to save: give at least one.")
    about, *names = sheet_names(["About", *frames])
    tables = [_Sheet(name, frame, {**_HEADINGS, **(headers or {})}, links or {}) for name, frame in frames.items()]
    sheet_facts = [
        (name, len(table.cells), (contents or {}).get(given, ""))
        for name, given, table in zip(names, frames, tables, strict=True)
    ]
    with whole_file(path) as part:
        with pd.ExcelWriter(part, engine="openpyxl") as book:
            _write_about(book.book.create_sheet(about), head, sheet_facts)
            for name, table in zip(names, tables, strict=True):
                table.write(book, name)
            book.book.properties.creator, book.book.properties.title = (
                "Figshare API workbook",
                harmless_text(head.title),
            )
        remove_times(part)
    if note := what_excel_changed([table.cells for table in tables], dict(zip(frames, names, strict=True))):
        print(f"{path.name}: {note}")
    return path


class _Sheet:
    """One table on its way to a sheet: its cells, how each column is written, and where cells lead to."""

    def __init__(self, name: str, frame: pd.DataFrame, headers: Mapping[str, str], links: Mapping[str, str]):
        frame = flat_frame(frame)
        links = {
            column: to for column, to in links.items() if {column, to} <= set(frame.columns) and len(frame) <= MAX_LINKS
        }
        addresses = cell_addresses(frame, links)
        frame = frame.drop(columns=list(set(links.values())))
        self.excel_formats = [number_format(frame[column], column) for column in frame.columns]
        self.addresses = [addresses.get(column, []) for column in frame.columns]
        texts = {
            column: readable_column(frame[column], excel_format)
            for column, excel_format in zip(frame.columns, self.excel_formats, strict=True)
        }
        words = distinct_names(
            (harmless_text(heading(column, headers)) for column in frame.columns),
            lambda word, number: f"{word} ({number + 1})",
            str.casefold,
        )
        self.cells = excel_frame(name, pd.DataFrame(texts, frame.index).set_axis(words, axis=1))

    def write(self, book: pd.ExcelWriter, name: str) -> None:
        """Writes the sheet and makes it fit for people."""
        cut_cells = cut_long_texts(self.cells)
        cut_cells.to_excel(book, sheet_name=name, index=False, freeze_panes=(1, 0))
        sheet = book.sheets[name]
        for column, word, excel_format, addresses in zip(
            sheet.columns, cut_cells.columns, self.excel_formats, self.addresses, strict=True
        ):
            letter = column[0].column_letter
            sheet.column_dimensions[letter].width = column_width(written_texts(cut_cells[word], excel_format), word)
            _format_cells(column[1:], excel_format, is_wrapped(cut_cells[word], excel_format))
            _link_cells(column[1:], addresses)
        _finish_sheet(sheet)


def _format_cells(cells: Iterable[Any], excel_format: str, wrapped: bool) -> None:
    """Sets format and alignment of a column's cells."""
    from openpyxl.styles import Alignment

    alignment = Alignment(vertical="top", wrap_text=wrapped)
    for cell in cells:
        cell.alignment, cell.number_format = alignment, excel_format


def _link_cells(cells: Iterable[Any], addresses: Iterable[str]) -> None:
    from openpyxl.styles import Font

    font = Font(color=_LINK_COLOUR, underline="single")
    for cell, address in zip(cells, addresses, strict=False):
        if address:
            cell.hyperlink, cell.font = address, font


def _finish_sheet(sheet: Any) -> None:
    """Sets the headings, and how the sheet is printed: across, as wide as the paper, with headings on each page."""
    from openpyxl.styles import Alignment, Border, Font, PatternFill

    for cell in sheet[1]:
        cell.font, cell.border, cell.fill = Font(bold=True), Border(), PatternFill("solid", fgColor=_HEADING_COLOUR)
        cell.alignment = Alignment(horizontal="left", vertical="top", wrap_text=True)
    sheet.auto_filter.ref = sheet.dimensions
    sheet.print_title_rows = "1:1"
    _print_across(sheet)


def _print_across(sheet: Any) -> None:
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _write_about(sheet: Any, head: Head, contents: Iterable[tuple[str, int, str]]) -> None:
    """Writes the first sheet: title, facts, main numbers, and what each sheet holds."""
    from openpyxl.styles import Alignment, Font

    sheet.append([harmless_text(head.title)])
    sheet["A1"].font = Font(bold=True, size=16)
    for block in (head.facts, head.numbers):
        sheet.append([])
        for name, value in block.items():
            sheet.append([harmless_text(name), harmless_text(value) if isinstance(value, str) else value])
    sheet.append([])
    sheet.append(["Sheet", "What it holds", "Rows"])
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
    for name, rows, what in contents:
        sheet.append([harmless_text(name), harmless_text(what), rows])
        _link_to_sheet(sheet.cell(sheet.max_row, 1), name)
    for (cell,) in sheet.iter_rows(min_row=2, min_col=2, max_col=2):
        cell.number_format, cell.alignment = "#,##0", Alignment(horizontal="left", vertical="top", wrap_text=True)
    for letter, wide in (("A", 28), ("B", 80), ("C", 10)):
        sheet.column_dimensions[letter].width = wide
    _print_across(sheet)


def _link_to_sheet(cell: Any, name: str) -> None:
    from openpyxl.styles import Font
    from openpyxl.worksheet.hyperlink import Hyperlink

    quoted = name.replace("'", "''")
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{quoted}'!A1")
    cell.font = Font(color=_LINK_COLOUR, underline="single")
