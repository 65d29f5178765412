"""Exports hold whatever the records hold: every file is read back, by the programs that people read it with."""

import csv
import datetime
import decimal

import duckdb
import openpyxl
import pandas as pd
import pytest

import figshare_helpers as fh

pytestmark = pytest.mark.slow  # sockets, processes and files take seconds

BREAKS = ["one\r=two", "one\r\n=two", "one\n=two", "one\x85=two", "one\u2028=two", "one\u2029=two", "one\x0b=two"]
AS_FORMULA = [
    "=1",
    "  =1",
    "\u00a0=1",
    "\u200b=1",
    "＝1+1",
    "＋SUM(A1)",
    "－2+3",
    "＠cmd",
    "\t=1",
    "\r=1",
    "\n=1",
    "\x00=1",
    "\ud800=1",
    "-2+3",
    "+1-2",
    "@x",
    "=",
    '="a,b"',
    "=cmd|' /C calc'!A0",
]
HARMLESS = [
    "",
    "plain",
    "-5",
    "+3.5",
    "a=b",
    'quote " and, comma',
    "half \ud83d sign",
    "NUL\x00",
    "tab\tinside",
    "Grüße 青蛙 🐸",
    "bullets\n- one\n- another\n-5",
    "'apostrophe",
]


def sheet_of(path, name=None):
    book = openpyxl.load_workbook(path)
    return [[cell.value for cell in row] for row in (book[name] if name else book.active).iter_rows()]


@pytest.mark.parametrize("text", [*BREAKS, *AS_FORMULA, *HARMLESS], ids=ascii)
def test_a_text_stays_one_cell_that_nothing_runs(tmp_path, text):
    frame = pd.DataFrame(
        [[1, text, "x"], [2, "next", "y"]], columns=pd.Index(["n", "text", text], dtype=object), dtype=object
    )
    path = fh.save_table(frame, tmp_path / "t.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows] == ["n", "1", "2"] and all(len(row) == 3 for row in rows)
    lines = path.read_bytes().decode().replace("\r", "\n").split("\n")
    assert not [line for line in lines if line.lstrip(' \t"\u00a0\u200b')[:1] in tuple("=@＝＋－＠")]
    assert len(pd.read_csv(path, keep_default_na=False)) == 2
    options = "header=true, all_varchar=true, strict_mode=false"
    found = duckdb.sql(f"SELECT * FROM read_csv('{path}', {options})").fetchall()
    assert [row[0] for row in found] == ["1", "2"]
    cells = [row[1] for row in sheet_of(fh.save_table(frame, tmp_path / "t.xlsx"))[1:]]
    assert cells[1] == "next" and (cells[0] or "").lstrip("'")[:1] not in ("\r", "\x00")
    if text in AS_FORMULA:
        assert cells[0].startswith("'") and rows[1][1].startswith("'")
    if text in HARMLESS:
        plain = text.replace("\x00", "").replace("\ud83d", "")
        assert (cells[0] or "") == plain and rows[1][1].replace("\n'-", "\n-") == plain
    whole = pd.read_parquet(fh.save_table(frame, tmp_path / "t.parquet"))
    assert whole["text"].tolist() == [text.replace("\ud800", "").replace("\ud83d", ""), "next"]


def test_line_breaks_are_of_one_kind(tmp_path):
    frame = pd.DataFrame({"text": BREAKS[:6]})
    assert pd.read_csv(fh.save_table(frame, tmp_path / "t.csv"))["text"].tolist() == ["one\n'=two"] * 6
    assert sheet_of(fh.save_table(frame, tmp_path / "t.xlsx"))[1:] == [["one\n=two"]] * 6


SHEETS = [
    "items",
    "Items",
    "a/b",
    "a\\b",
    "a:b",
    "[x]",
    "what?*",
    "",
    "   ",
    "History",
    "history",
    "'quoted'",
    "=1+1",
    "\x01",
    "views of the department of biology 2023",
    "views of the department of biology 2024",
    "🐸" * 20,
    "🐸" * 21,
    "'",
    "items (2)",
    "a" * 30 + "'bcd",
    "b" * 30 + " cd",
]


def test_every_sheet_gets_a_name_of_its_own(tmp_path, capsys):
    frames = {name: pd.DataFrame({"name": [f"{place}"]}) for place, name in enumerate(SHEETS)}
    path = fh.save_table(frames, tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(path)
    assert len(book.sheetnames) == len(SHEETS) == len({name.casefold() for name in book.sheetnames})
    assert [book[name]["A2"].value for name in book.sheetnames] == [f"{place}" for place in range(len(SHEETS))]
    for name in book.sheetnames:
        assert name.strip() and len(name.encode("utf-16-le")) <= 62 and not set(name) & set("[]:*?/\\")
        assert name.casefold() != "history" and name == name.strip(" '")
    said = capsys.readouterr().out
    assert "'a/b' is 'a_b'" in said and "'Items' is 'Items (2)'" in said
    assert said.startswith("t.xlsx: ") and "'items' is" not in said
    assert set(pd.read_excel(path, sheet_name=None)) == set(book.sheetnames)


def test_what_excel_cannot_hold_is_refused_before_anything_is_written(tmp_path):
    for frame, said in (
        (pd.DataFrame({"n": range(1_048_577)}), "1,048,578 rows"),
        (pd.DataFrame({"n": range(1_048_576)}), "1,048,577 rows"),
        (pd.DataFrame([range(16_385)]), "16,385 columns"),
        ({}, "no table to save"),
    ):
        with pytest.raises(fh.ParameterError, match=said):
            fh.save_table(frame, tmp_path / "t.xlsx")
    assert list(tmp_path.iterdir()) == []
    path = fh.save_table(pd.DataFrame([range(16_384)]), tmp_path / "wide.xlsx")
    assert len(sheet_of(path)[1]) == 16_384
    big = pd.DataFrame({"n": range(1_048_577)})
    assert len(pd.read_parquet(fh.save_table(big, tmp_path / "t.parquet"))) == 1_048_577


def test_long_texts_are_cut_and_counted(tmp_path, capsys):
    frame = pd.DataFrame(
        {"text": ["x" * 40_000, "x" * 32_767, "🐸" * 20_000, "short"], "other": [["y" * 33_000], "", "", ""]}
    )
    rows = sheet_of(fh.save_table(frame, tmp_path / "t.xlsx"))
    assert [len((row[0] or "").encode("utf-16-le")) // 2 for row in rows[1:]] == [32_767, 32_767, 32_767, 5]
    assert rows[1][0].endswith("x…") and rows[3][0].endswith("🐸…") and rows[2][0] == "x" * 32_767
    assert capsys.readouterr().out.startswith("t.xlsx: 3 texts are cut at 32,767 characters")
    fh.save_table(frame.iloc[1:2], tmp_path / "t.xlsx")
    assert capsys.readouterr().out == ""
    whole = pd.read_csv(fh.save_table(frame, tmp_path / "t.csv"))
    assert whole["text"].str.len().tolist() == [40_000, 32_767, 20_000, 5]


def test_addresses_beyond_the_most_links_of_excel_stay_texts(tmp_path):
    frame = pd.DataFrame({"url": [f"https://figshare.com/{number}" for number in range(65_600)]})
    book = openpyxl.load_workbook(fh.save_table(frame, tmp_path / "t.xlsx"), read_only=True)
    assert [row[0] for row in book.active.iter_rows(min_row=2, values_only=True)] == frame["url"].tolist()


def test_numbers_and_dates_that_excel_would_change(tmp_path):
    zone = datetime.timezone(datetime.timedelta(hours=2))
    frame = pd.DataFrame(
        {
            "id": pd.array([1234567890123456789, 5, None], dtype="Int64"),
            "size": [999_999_999_999_999, 0, -1],
            "float_id": [1234567890123456.0, 2.0, None],
            "number": [float("inf"), float("-inf"), 1e300],
            "day": pd.to_datetime(["1850-03-01", "2024-02-29", None]).astype("datetime64[s]"),
            "moment": pd.to_datetime(["2024-02-29T23:30:00+02:00", None, None], utc=True).tz_convert(zone),
            "object": [
                datetime.date(1899, 12, 31),
                datetime.datetime(2024, 1, 1, 1, tzinfo=zone),
                decimal.Decimal("1.5"),
            ],
            "flag": pd.array([True, False, None], dtype="boolean"),
        }
    )
    path = fh.save_table(frame, tmp_path / "t.xlsx")
    rows = dict(zip(frame.columns, zip(*sheet_of(path)[1:], strict=True), strict=True))
    assert rows["id"] == ("1234567890123456789", "5", None) and rows["size"] == (999_999_999_999_999, 0, -1)
    assert rows["float_id"] == ("1234567890123456", 2, None) and rows["number"] == ("inf", "-inf", 1e300)
    assert rows["day"] == ("1850-03-01 00:00:00", datetime.datetime(2024, 2, 29), None)
    assert rows["moment"] == (datetime.datetime(2024, 2, 29, 21, 30), None, None)
    assert rows["object"] == ("1899-12-31", datetime.datetime(2023, 12, 31, 23), 1.5)
    assert rows["flag"] == (True, False, None)
    back = pd.read_csv(fh.save_table(frame, tmp_path / "t.csv"), dtype={"id": "Int64"})
    assert back["id"].tolist()[:2] == [1234567890123456789, 5] and back["number"].tolist() == frame["number"].tolist()
    whole = fh.save_table(frame.drop(columns="object"), tmp_path / "t.parquet")
    exact = ["id", "size", "number", "flag", "float_id"]
    pd.testing.assert_frame_equal(pd.read_parquet(whole)[exact], frame[exact])
    assert pd.read_parquet(whole)["day"].tolist() == frame["day"].tolist()
    assert duckdb.sql(f"SELECT id FROM '{whole}'").fetchall() == [(1234567890123456789,), (5,), (None,)]


def test_cells_that_hold_more_than_one_value(tmp_path):
    frame = pd.DataFrame(
        {
            "list": [["a", "b"], ["=x"], []],
            "dict": [{"a": 1}, {}, None],
            "nested": [[{"a": "é"}], [[1]], "x"],
            "set": [{"b", "a"}, None, ()],
            "bytes": [b"ab", b"\xff", None],
        }
    )
    wanted = {
        "list": ["a; b", "'=x", ""],
        "dict": ['{"a": 1}', "{}", ""],
        "nested": ['[{"a": "é"}]', "[[1]]", "x"],
        "set": ["a; b", "", ""],
        "bytes": ["ab", "\ufffd", ""],
    }
    back = pd.read_csv(fh.save_table(frame, tmp_path / "t.csv"), keep_default_na=False, dtype=str)
    assert back.to_dict("list") == wanted
    rows = zip(*sheet_of(fh.save_table(frame, tmp_path / "t.xlsx")), strict=True)
    assert {name: [cell or "" for cell in cells] for name, *cells in rows} == wanted
    for ending in (".csv", ".xlsx", ".parquet"):
        with pytest.raises(fh.ParameterError, match="of the kind 'function' in a cell"):
            fh.save_table(pd.DataFrame({"a": [sheet_of, 1]}), tmp_path / f"bad{ending}")


def test_parquet_takes_columns_of_several_kinds(tmp_path, capsys):
    frame = pd.DataFrame(
        {
            "mixed": [1, "a", None],
            "lists": [["a"], ["b", "c"], []],
            "empty": [{}, {}, None],
            "large": [10**30, 1, None],
            "kind": pd.Categorical(["a", 1, None]),
            "none": [None] * 3,
        }
    )
    path = fh.save_table(frame, tmp_path / "t.parquet")
    rows = duckdb.sql(f"SELECT mixed, lists, empty, large, kind FROM '{path}'").fetchall()
    assert rows == [
        ("1", ["a"], "{}", str(10**30), "a"),
        ("a", ["b", "c"], "{}", "1", "1"),
        (None, [], None, None, None),
    ]
    assert capsys.readouterr().out == (
        "t.parquet: Written as text, since their values are of several kinds: mixed, empty, large, kind.\n"
    )
    assert pd.read_parquet(path)["mixed"].tolist()[:2] == ["1", "a"]


def test_headings_and_indexes(tmp_path):
    twice = pd.DataFrame([[1, 2, 3, 4]], columns=["a", "a", "'=b", "=b"])
    pairs = pd.MultiIndex.from_tuples([("x", 1), ("x", 2)], names=["group", None])
    levels = pd.DataFrame({"views": [1, 2]}, index=pairs)
    wide = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("views", "sum"), ("views", "")]))
    odd = pd.DataFrame([[1, 2, 3]], columns=[2024, None, datetime.date(2024, 1, 1)])
    named = pd.DataFrame({"n": [1]}, index=pd.Index(["x"], name="n"))
    rest = pd.DataFrame({"n": [1, 2, 3]})[lambda frame: frame["n"] > 1]
    for place, (frame, plain, harmless) in enumerate(
        [
            (twice, ["a", "a.1", "'=b", "=b"], ["a", "a.1", "'=b", "'=b.1"]),
            (levels, ["group", "level_1", "views"], None),
            (wide, ["views_sum", "views"], None),
            (odd, ["2024", "", "2024-01-01"], None),
            (named, ["n", "n.1"], None),
            (rest, ["n"], None),
        ]
    ):
        whole = fh.save_table(frame, tmp_path / f"{place}.parquet")
        assert list(pd.read_parquet(whole).columns) == plain
        with fh.save_table(frame, tmp_path / f"{place}.csv").open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == (harmless or plain)
        head = sheet_of(fh.save_table(frame, tmp_path / f"{place}.xlsx"))[0]
        assert [name or "" for name in head] == (harmless or plain)


@pytest.mark.parametrize(
    "frame", [pd.DataFrame(), pd.DataFrame({"a": []}), fh.records_frame([])], ids=["nothing", "one", "all"]
)
def test_empty_tables(tmp_path, frame):
    assert list(pd.read_parquet(fh.save_table(frame, tmp_path / "t.parquet")).columns) == list(frame.columns)
    with fh.save_table(frame, tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        assert [row for row in csv.reader(file) if row] == ([list(frame.columns)] if len(frame.columns) else [])
    assert pd.read_excel(fh.save_table(frame, tmp_path / "t.xlsx")).shape == frame.shape


def test_categories_stay_what_they_are(tmp_path):
    frame = pd.DataFrame({"kind": pd.Categorical(["b", "=a", "'=a", None]), "span": pd.cut([1, 2, 3, 4], 2)})
    back = pd.read_csv(fh.save_table(frame, tmp_path / "t.csv"), keep_default_na=False)
    assert back["kind"].tolist() == ["b", "'=a", "'=a", ""] and back["span"][0] == str(frame["span"][0])
    assert sheet_of(fh.save_table(frame, tmp_path / "t.xlsx"))[1] == ["b", str(frame["span"][0])]


def test_several_tables_go_where_several_fit(tmp_path):
    frames = {"a/b": pd.DataFrame({"n": [1]}), "A_b": pd.DataFrame({"n": [2]}), "../c": pd.DataFrame({"n": [3]})}
    paths = fh.save_tables(frames, tmp_path / "in", [".csv"])
    assert [pd.read_csv(path)["n"].tolist() for path in paths] == [[1], [2], [3]]
    assert {path.parent for path in paths} == {tmp_path / "in"} and len(set(map(str.lower, map(str, paths)))) == 3
    with pytest.raises(fh.ParameterError, match="use save_tables"):
        fh.save_table(frames, tmp_path / "t.csv")
