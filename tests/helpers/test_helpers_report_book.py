"""A report's workbook, read back with openpyxl: the head, then a sheet for each table, fit for people."""

import datetime
import zipfile

import openpyxl
import pandas as pd
import pytest

import figshare_helpers as fh
from figshare_workbook.base.frames import frame_of

pytestmark = pytest.mark.slow  # sockets, processes and files take seconds

HEAD = fh.ReportHead(
    "Items of the =Moss group",
    {"Site": "local Figshare, made-up data", "Period": "2024"},
    {"items": 12_345, "of these public": "all"},
)
ITEMS = frame_of(
    [
        (
            12,
            "Moss on roofs",
            "https://moss.example/12",
            "10.1234/m<12>",
            12_345,
            "2024-05-06T07:08:09Z",
            True,
            "a" * 90,
            "2024-05",
        ),
        (7, "苔" * 40, "", "", None, None, None, "", "2024-06"),
    ],
    {
        "id": "int",
        "title": "text",
        "url": "text",
        "doi": "text",
        "views": "int",
        "published_date": "time",
        "is_embargoed": "bool",
        "note": "text",
        "period": "text",
    },
)


@pytest.fixture
def book(tmp_path):
    path = fh.save_report(
        tmp_path / "deep" / "moss.xlsx",
        {"items": ITEMS, "About": ITEMS.head(0)},
        head=HEAD,
        contents={"items": "All items of the group."},
        links={"title": "url"},
        headers={"views": "times seen"},
    )
    return openpyxl.load_workbook(path)


def rows(sheet) -> list[list]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_the_first_sheet_says_what_the_others_hold(book):
    assert book.sheetnames == ["About", "items", "About (2)"]
    assert rows(book["About"]) == [
        ["Items of the =Moss group", None, None],
        [None] * 3,
        ["Site", "local Figshare, made-up data", None],
        ["Period", "2024", None],
        [None] * 3,
        ["items", 12_345, None],
        ["of these public", "all", None],
        [None] * 3,
        ["Sheet", "What it holds", "Rows"],
        ["items", "All items of the group.", 2],
        ["About (2)", None, 0],
    ]
    assert [book["About"].cell(row, 1).hyperlink.location for row in (10, 11)] == ["'items'!A1", "'About (2)'!A1"]
    assert book["About"]["A1"].font.bold and book["About"]["B6"].number_format == "#,##0"
    assert book.properties.title == HEAD.title


def test_cells_are_dates_numbers_words_and_links(book):
    head, first, second = rows(book["items"])
    assert head == ["item", "title", "DOI", "times seen", "published", "is embargoed", "note", "period"]
    assert first == [
        12,
        "Moss on roofs",
        "10.1234/m<12>",
        12_345,
        datetime.datetime(2024, 5, 6, 7, 8, 9),
        "yes",
        "a" * 90,
        datetime.datetime(2024, 5, 1),
    ]
    assert second == [7, "苔" * 40, None, None, None, None, None, datetime.datetime(2024, 6, 1)]
    written = [cell.number_format for cell in book["items"][2]]
    assert written == ["0", "General", "General", "#,##0", "yyyy-mm-dd", "General", "General", "yyyy-mm"]
    found = {cell.coordinate: cell.hyperlink.target for row in book["items"] for cell in row if cell.hyperlink}
    assert found == {"B2": "https://moss.example/12", "C2": "https://doi.org/10.1234/m%3C12%3E"}


def test_a_sheet_can_be_read_filtered_and_printed(book):
    sheet = book["items"]
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref == "A1:H3" and sheet.print_title_rows == "$1:$1"
    assert all(cell.font.bold for cell in sheet[1]) and sheet.page_setup.orientation == "landscape"
    widths = [sheet.column_dimensions[letter].width for letter in "ABCDEFGH"]
    assert widths[1] == widths[6] == 60 and widths[0] < 15 and widths[2] >= len("10.1234/m<12>") + 2
    assert sheet["G2"].alignment.wrap_text and not sheet["D2"].alignment.wrap_text
    names, *nothing = rows(book["About (2)"])
    assert names[1:3] == ["title", "DOI"] and not any(map(any, nothing))


def test_the_same_tables_give_the_same_file(tmp_path):
    first, second = (
        fh.save_report(tmp_path / name / "a.xlsx", {"items": ITEMS}, head=HEAD).read_bytes() for name in ("one", "two")
    )
    assert first == second
    with zipfile.ZipFile(tmp_path / "one" / "a.xlsx") as parts:
        assert {part.date_time[0] for part in parts.infolist()} == {1980}
        core = parts.read("docProps/core.xml")
    assert b"Moss group" in core and b"<dcterms:" not in core
    plain = [fh.save_table(ITEMS, tmp_path / name / "t.xlsx").read_bytes() for name in ("one", "two")]
    assert plain[0] == plain[1]


@pytest.mark.parametrize(
    ("texts", "values", "written"),
    [
        (
            ["2024-02-29", "", "2023-01-01"],
            [datetime.datetime(2024, 2, 29), None, datetime.datetime(2023, 1, 1)],
            "yyyy-mm-dd",
        ),
        (["2023-02-29", "2023-01-01"], ["2023-02-29", "2023-01-01"], "General"),
        (["2024-02", "2024-03"], ["2024-02", "2024-03"], "General"),  # an issue, a code: only `period` is a month
        (["1850-01-01", "2024-01-01"], ["1850-01-01", datetime.datetime(2024, 1, 1)], "yyyy-mm-dd"),
        (["", ""], [None, None], "General"),
    ],
)
def test_texts_are_dates_where_all_of_them_are(tmp_path, texts, values, written):
    path = fh.save_report(
        tmp_path / "t.xlsx", {"t": frame_of([[text] for text in texts], {"issued": "text"})}, head=HEAD
    )
    [cells] = openpyxl.load_workbook(path)["t"].iter_cols(min_row=2)
    assert [cell.value for cell in cells] == values and {cell.number_format for cell in cells} == {written}


def test_links_stay_within_what_excel_takes(tmp_path):
    long_address = "https://moss.example/" + "a" * 2_100
    frame = pd.DataFrame({"title": ["a", "b"], "url": [long_address, "http://127.0.0.1:80/x"]})
    path = fh.save_report(tmp_path / "t.xlsx", {"t": frame}, head=HEAD)
    assert not [cell for row in openpyxl.load_workbook(path)["t"] for cell in row if cell.hyperlink]


def test_a_table_with_more_rows_than_links_keeps_its_addresses(tmp_path):
    frame = pd.DataFrame({"title": "t", "url": [f"https://moss.example/{number}" for number in range(65_531)]})
    path = fh.save_report(tmp_path / "t.xlsx", {"t": frame}, head=HEAD, links={"title": "url"})
    with zipfile.ZipFile(path) as parts:
        sheet = parts.read("xl/worksheets/sheet2.xml").decode()
    assert "https://moss.example/65530" in sheet and "<hyperlink" not in sheet


def test_what_comes_from_records_runs_nothing(tmp_path):
    frame = pd.DataFrame({"=cmd": ["=1+1", "@x"], "title": ["a", "b"], "Title": ["c", "d"]})
    head = fh.ReportHead("=1+1", {"=a": "=b"}, {"+c": "=d"})
    book = openpyxl.load_workbook(fh.save_report(tmp_path / "t.xlsx", {"=t": frame}, head=head))
    assert not [cell for sheet in book for row in sheet for cell in row if cell.data_type == "f"]
    assert rows(book.worksheets[1])[0] == ["'=cmd", "title", "Title (2)"]


def test_what_cannot_be_saved_says_so(tmp_path):
    for name, frames, says in (("t.csv", {"t": ITEMS}, "saved as .xlsx"), ("t.xlsx", {}, "no table")):
        with pytest.raises(fh.ParameterError, match=says):
            fh.save_report(tmp_path / name, frames, head=HEAD)
    assert list(tmp_path.iterdir()) == []
