"""How tables and a report's head are shown: HTML for people, plain text for comparison."""

import re
from types import SimpleNamespace

import pandas as pd
import pytest

import figshare_helpers as fh
from figshare_workbook.base.frames import frame_of
from figshare_workbook.reports.head import site_text

ROWS = [
    {
        "id": 4711,
        "title": "Frogs & <b>ponds</b>",
        "url": "https://example.org/a?x=1&y=2",
        "doi": "10.1/a<b>",
        "size": 1_234_567,
        "views": 12345,
        "published_date": "2024-05-06T07:08:09Z",
        "is_embargoed": True,
        "share": 12.345,
    },
    {
        "id": 5,
        "title": "青蛙",
        "url": "",
        "doi": "",
        "size": None,
        "views": None,
        "published_date": None,
        "is_embargoed": None,
        "share": None,
    },
]
COLUMNS = {
    "id": "int",
    "title": "text",
    "url": "text",
    "doi": "text",
    "size": "int",
    "views": "int",
    "published_date": "time",
    "is_embargoed": "bool",
    "share": "float",
}


def cells(table, tag="td") -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", table._repr_html_())
    return [found for row in rows if (found := re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", row))]


def test_values_are_written_as_people_write_them():
    table = fh.show_table(frame_of(ROWS, COLUMNS), links={"title": "url"})
    first, second = cells(table)
    assert first == [
        "4711",
        '<a href="https://example.org/a?x=1&amp;y=2">Frogs &amp; &lt;b&gt;ponds&lt;/b&gt;</a>',
        '<a href="https://doi.org/10.1/a%3Cb%3E">10.1/a&lt;b&gt;</a>',
        "1.2 MB",
        "12,345",
        '<span style="white-space:nowrap">2024-05-06</span>',
        "yes",
        "12.3",
    ]
    assert second == ["5", "青蛙", "", "", "", "", "", ""]
    assert cells(table, "th") == [["item", "title", "DOI", "size", "views", "published", "is embargoed", "share (%)"]]


def test_plain_text_is_the_frame_s_own():
    frame = frame_of(ROWS, COLUMNS)
    assert repr(fh.show_table(frame, most=1)) == repr(frame.head(1))


def test_what_is_cut_is_counted_and_sums_are_of_all():
    frame = frame_of([{"group_id": number, "views": 1000} for number in range(40)], {"group_id": "int", "views": "int"})
    markup = fh.show_table(frame, most=5, sums=["views"])._repr_html_()
    assert "5 of 40 rows" in markup and '<th style="text-align:right">40,000</th>' in markup
    assert "rows" not in fh.show_table(frame)._repr_html_()


def test_an_empty_table_says_so_and_has_no_sum():
    frame = frame_of([], {"title": "text", "views": "int"})
    table = fh.show_table(frame, most=5, sums=["views"])
    assert ">none</caption>" in table._repr_html_() and cells(table, "th") == [["title", "views"]]


def test_headers_are_the_report_s_words():
    frame = frame_of([("2024-01", 3)], {"period": "text", "value": "int"})
    assert cells(fh.show_table(frame, headers={"period": "month", "value": "views"}), "th") == [["month", "views"]]


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8080/web/x", "javascript:alert(1)", "http://[", "file:///etc", "a b"]
)
def test_only_addresses_of_the_web_are_links(address):
    assert "<a " not in fh.show_table(pd.DataFrame({"url": [address]}))._repr_html_()


def test_an_empty_table_has_its_head():
    assert cells(fh.show_table(frame_of([], COLUMNS), sums=["views"]), "td") == []


def test_a_head_says_whose_numbers_these_are(figshare):
    head = fh.show_head(figshare, "Views of <Agronomy>", period="2024-01-01 to 2024-12-31", numbers={"views": 12345})
    data, metadata = head._repr_mimebundle_()
    assert "made-up data" in data["text/plain"] and f"Made on: {fh.site_date(figshare)}" in data["text/plain"]
    assert "12,345 views" in data["text/plain"] and "&lt;Agronomy&gt;" in data["text/html"]
    assert metadata == {"title": "Views of <Agronomy>"}


@pytest.mark.parametrize(
    ("catalogue", "text"),
    [("shipped", "made-up data"), ("shipped-records-0a1b2c3d", "a folder of records"), ("ours-shipped", "a folder")],
)
def test_only_the_shipped_catalogue_is_made_up(catalogue, text):
    figshare = SimpleNamespace(site="local", identity=f"local Figshare (catalogue {catalogue})")
    assert site_text(figshare).startswith(f"local Figshare, {text}")
