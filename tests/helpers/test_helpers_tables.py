"""Records as tables: fixed columns and dtypes, every odd shape, nothing that becomes a formula."""

import json

import openpyxl
import pandas as pd
import pytest

import figshare_helpers as fh

ODD = [
    {
        "id": 1,
        "title": "<em>Rana</em>&nbsp;&amp; friends",
        "defined_type_name": "dataset",
        "group_id": 0,
        "doi": "",
        "published_date": None,
        "timeline": {},
        "authors": [],
        "categories": [],
        "files": None,
        "funding_list": [],
        "custom_fields": [],
        "license": None,
        "tags": None,
    },
    {
        "id": 2,
        "title": "Plain",
        "defined_type_name": "figure",
        "group_id": None,
        "doi": "10.1/x",
        "handle": None,
        "published_date": "2021-06-10T14:45:37Z",
        "created_date": "2026-05-28",
        "tags": ["a", "=b"],
        "size": 12,
        "authors": [
            {"id": 7, "full_name": "Ada Lovelace", "orcid_id": "", "is_active": True},
            {"id": 8, "full_name": "Émilie", "orcid_id": None, "is_active": False},
        ],
        "categories": [{"id": 13, "title": "Genetics", "source_id": "", "taxonomy_id": 10}],
        "files": [
            {
                "id": 5,
                "name": "",
                "size": 0,
                "is_link_only": True,
                "supplied_md5": "",
                "computed_md5": "",
                "download_url": "https://example.org",
            },
            {
                "id": 6,
                "name": "b.csv",
                "size": 12,
                "is_link_only": False,
                "supplied_md5": "ab",
                "computed_md5": "",
                "download_url": "u",
                "mimetype": "text/csv",
            },
        ],
        "funding": None,
        "funding_list": [{"id": 3, "title": "Grant", "grant_code": "", "funder_name": None, "is_user_defined": 1}],
        "custom_fields": [{"name": "Sex", "value": ["Male", "Female"]}, {"name": "Note", "value": ""}],
        "license": {"value": 1, "name": "CC BY 4.0"},
    },
    {
        "id": 3,
        "title": None,
        "group_id": 9,
        "funding": "Friends of the lake",
        "keywords": ["k"],
        "custom_fields": {"Colour": "red"},
    },
]


def test_empty_tables_have_the_columns_and_dtypes_of_full_ones():
    full, empty = fh.tidy_frames(ODD), fh.tidy_frames([])
    for name, frame in full.items():
        assert list(empty[name].columns) == list(frame.columns)
        assert list(map(str, empty[name].dtypes)) == list(map(str, frame.dtypes)), name
        assert "object" not in map(str, frame.dtypes), name


def test_records_frame_tidies_odd_values():
    frame = fh.records_frame(ODD)
    assert frame["title"].tolist() == ["Rana & friends", "Plain", ""]
    assert frame["group_id"].isna().tolist() == [True, True, False]
    assert frame["published_date"].isna().tolist() == [True, False, True]
    assert str(frame["published_date"].dtype) == "datetime64[ns, UTC]"
    assert frame["created_date"][1] == pd.Timestamp("2026-05-28", tz="UTC")
    assert frame["authors"].tolist() == ["", "Ada Lovelace; Émilie", ""]
    assert frame["files"].tolist() == [pd.NA, 2, pd.NA]
    assert frame["tags"].tolist() == ["", "a; =b", "k"]


def test_records_frame_chooses_columns_and_refuses_others():
    assert list(fh.records_frame(ODD, ["title", "id"]).columns) == ["title", "id"]
    with pytest.raises(fh.ParameterError, match="no column"):
        fh.records_frame(ODD, ["nonsense"])


def test_tables_are_tidy():
    made = fh.tidy_frames(ODD)
    assert made["authors"][["article_id", "position", "full_name"]].values.tolist() == [
        [2, 1, "Ada Lovelace"],
        [2, 2, "Émilie"],
    ]
    assert made["tags"].values.tolist() == [[2, "a"], [2, "=b"], [3, "k"]]
    assert made["funding"]["title"].tolist() == ["Grant", "Friends of the lake"]
    assert made["funding"]["funder_name"].tolist() == ["", ""]
    assert made["custom_fields"].values.tolist() == [
        [2, "Sex", "Male"],
        [2, "Sex", "Female"],
        [2, "Note", ""],
        [3, "Colour", "red"],
    ]
    assert made["files"]["md5"].tolist() == ["", "ab"]


def test_real_records_fit(shared):
    lines = (shared / "real" / "iowa-state-2022.jsonl").read_text(encoding="utf-8").splitlines()
    made = fh.tidy_frames([json.loads(line) for line in lines])
    assert len(made["main"]) == 171
    assert made["main"]["published_date"].notna().all()
    assert made["files"]["article_id"].isin(made["main"]["article_id"]).all()


RISKY = ["=1+1", "+SUM(A1)", "-2+3", "@cmd", "\tx", "plain", "-5", "a=b"]
SAFE = ["'=1+1", "'+SUM(A1)", "'-2+3", "'@cmd", "'\tx", "plain", "-5", "a=b"]


def test_no_cell_becomes_a_formula_in_csv(tmp_path):
    path = fh.save_table(pd.DataFrame({"=name": RISKY, "n": range(8)}), tmp_path / "new" / "t.csv")
    back = pd.read_csv(path, dtype={0: str})
    assert list(back.columns) == ["'=name", "n"]
    assert back["'=name"].tolist() == SAFE
    assert [entry.name for entry in path.parent.iterdir()] == ["t.csv"]


def test_no_cell_becomes_a_formula_in_a_workbook(tmp_path):
    when = pd.Series(["2024-01-31T10:00:00Z"] * 8)
    frame = pd.DataFrame({"text": RISKY, "when": pd.to_datetime(when, utc=True)})
    path = fh.save_table({"one": frame, "two": fh.records_frame(ODD)}, tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["one", "two"]
    cells = [row[0] for row in book["one"].iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == SAFE
    assert all(cell.data_type == "s" for cell in cells)


def test_no_category_becomes_a_formula(tmp_path):
    frame = pd.DataFrame({"kind": pd.Categorical(["=1+1", "plain", None, "=1+1"])})
    wanted = ["'=1+1", "plain", "", "'=1+1"]
    assert (
        pd.read_csv(fh.save_table(frame, tmp_path / "t.csv"), skip_blank_lines=False, keep_default_na=False)[
            "kind"
        ].tolist()
        == wanted
    )
    sheet = openpyxl.load_workbook(fh.save_table(frame, tmp_path / "t.xlsx")).active
    assert [cell.value or "" for cell in sheet["A"]][1:] == wanted


def test_control_characters_do_not_break_a_workbook(tmp_path):
    frame = pd.DataFrame({"a\x01": ["x\x01y\x1bz", "a\x0bb", "\x00=1+1", "fine\n"]})
    sheet = openpyxl.load_workbook(fh.save_table(frame, tmp_path / "t.xlsx")).active
    assert [cell.value or "" for cell in sheet["A"]] == ["a", "xyz", "a b", "'=1+1", "fine\n"]
    assert fh.plain_text("\x01One\x0btwo \x1b three&#1;\ud800") == "One two three"


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path):
    with pytest.raises(fh.ParameterError, match="the kind 'object' in a cell"):
        fh.save_table(pd.DataFrame({"a": [object()]}), tmp_path / "t.parquet")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(fh.FileProblem, match=r"t\.csv could not be written"):
        fh.save_table(pd.DataFrame({"a": [1]}), tmp_path / "t.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_parquet_keeps_text_as_it_is(tmp_path):
    path = fh.save_table(fh.tidy_frames(ODD)["tags"], tmp_path / "t.parquet")
    assert pd.read_parquet(path)["tag"].tolist() == ["a", "=b", "k"]


def test_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(fh.ParameterError, match=r"\.csv, \.xlsx or \.parquet"):
        fh.save_table(pd.DataFrame(), tmp_path / "t.doc")


def test_groups_frame_writes_the_way_from_the_top():
    groups = [
        {"id": 3, "name": "Leaf", "parent_id": 2},
        {"id": 2, "name": "Branch", "parent_id": 1},
        {"id": 1, "name": "Root", "parent_id": 0},
    ]
    assert fh.groups_frame(groups)["path"].tolist() == ["Root > Branch > Leaf", "Root > Branch", "Root"]
