"""Records as they are: what is absent, null or empty on record stops no table and no report, and no number is wrong."""

import json
from pathlib import Path

import pandas as pd
import pytest

import figshare_helpers as fh
from figshare_workbook.base.frames import frame_of
from figshare_workbook.client.answer_shapes import RECORD
from figshare_workbook.client.harvest import HarvestRun
from figshare_workbook.client.oai import parse_xml

SHARED = Path(fh.__file__).parent.parent / "shared"
GROUP = 4711
PLAIN = {
    "title": "Ponds of the north",
    "doi": "10.5072/pond.{id}",
    "handle": "",
    "defined_type": 3,
    "defined_type_name": "dataset",
    "group_id": GROUP,
    "published_date": "2019-03-04T05:06:07Z",
    "created_date": "2019-03-04T05:06:07Z",
    "modified_date": "2019-04-01T00:00:00Z",
    "version": 1,
    "size": 0,
    "timeline": {"posted": "2019-03-04T05:06:07"},
    "description": "",
    "status": "public",
    "tags": ["pond"],
    "authors": [{"id": 801, "full_name": "Nan Reed", "is_active": False, "url_name": "_", "orcid_id": ""}],
    "categories": [{"id": 7, "title": "Ecology", "parent_id": 0, "path": "", "source_id": "", "taxonomy_id": 10}],
    "license": {"value": 2, "name": "CC0", "url": ""},
    "references": [],
    "funding_list": [],
    "custom_fields": [],
    "url_public_html": "https://pond.figshare.com/articles/dataset/_/{id}",
}
ABSENT = object()
ODD = [
    {},
    {"published_date": None, "created_date": None, "modified_date": None, "timeline": {}},
    {"modified_date": ABSENT},
    {"created_date": ABSENT, "modified_date": None},
    {"categories": None},
    {"tags": None, "license": None},
    {"defined_type_name": None},
    {"defined_type_name": ABSENT, "license": ABSENT},
    {"files": None},
    {"authors": None},
    {"authors": [{"id": 801, "full_name": "Nan Reed"}]},
    {"authors": [{"id": 802, "full_name": None, "orcid_id": None}]},
    {"doi": "", "handle": "2134/77"},
    {"doi": None, "handle": None},
    {"timeline": None, "description": None},
    {"funding_list": None, "custom_fields": None, "references": None},
    {"funding_list": [{"title": None, "funder_name": None, "is_user_defined": 1}], "funding": None},
    {"published_date": "2022-05-06", "title": None},
]


def odd_records() -> list[dict]:
    records = []
    for number, odd in enumerate(ODD, 40_000_001):
        plain = json.loads(json.dumps(PLAIN).replace("{id}", str(number)))
        record = {"id": number, **plain, **odd}
        records.append({key: value for key, value in record.items() if value is not ABSENT})
    return records


def served_records() -> list[dict]:
    """Returns the odd records that local Figshare serves: not those with a null title, name or number of a grant."""
    return [
        record
        for record in odd_records() + shared_records()
        if record["id"] not in (40_000_012, 40_000_017, 40_000_018)
    ]


def shared_records() -> list[dict]:
    path = SHARED / "odd" / "records.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


@pytest.fixture(scope="module")
def records():
    return odd_records() + shared_records()


@pytest.mark.parametrize(
    "path",
    sorted((SHARED / "real").glob("*.jsonl"))
    or [
        pytest.param(None, marks=pytest.mark.skip(reason="the real records lie beside the project, in ../shared/real"))
    ],
    ids=lambda path: path and path.name,
)
def test_real_records_have_the_shape_that_is_declared(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines and not [flaw for line in lines if (flaw := RECORD.flaw(json.loads(line)))]


def test_odd_records_have_the_shape_that_is_declared(records):
    assert [RECORD.flaw(record) for record in records] == [""] * len(records)


# ---- tables ------------------------------------------------------------------------------------------


def test_every_table_holds_every_record(records):
    made = fh.tidy_frames(records)
    assert made["main"]["article_id"].tolist() == [record["id"] for record in records]
    frame = fh.records_frame(records).set_index("id")
    assert frame.loc[40_000_002, ["published_date", "created_date", "modified_date"]].isna().all()
    assert frame.loc[40_000_006, ["tags", "license"]].tolist() == ["", ""]
    assert frame.loc[[40_000_007, 40_000_008], "type"].tolist() == ["", ""]
    assert frame["files"].isna()[40_000_009] and frame["authors"][40_000_012] == ""
    assert frame["published_date"][40_000_018] == pd.Timestamp("2022-05-06", tz="UTC")
    assert 40_000_005 not in made["categories"]["article_id"].tolist()
    assert made["authors"].query("article_id == 40000011")["orcid_id"].tolist() == [""]


def test_counts_of_odd_records(records):
    own = odd_records()
    assert fh.deposits_frame(own, "2019-03-01", "2019-03-31")["value"].tolist() == [len(own) - 2]
    shares = fh.completeness_frame(own).set_index("has")["items"]
    assert shares[["licence", "category", "keyword", "DOI"]].tolist() == [16, 17, 17, 16]
    by_type = fh.counts_frame(fh.tidy_frames(own)["main"], "type").set_index("type")["items"]
    assert by_type.to_dict() == {"dataset": 16, "(none)": 2}
    assert len(fh.name_fields_frame(records, "pond")) == len(records)
    assert len(fh.timeline_dates_frame(records)) == len(records)
    assert len(fh.collections_frame(records)) == len(records)


def test_authors_without_orcid_name_or_list(records):
    own = odd_records()
    for author in (801, "Nan Reed", "0000-0002-1825-0097"):
        matches = fh.authorship_frame(own, author)
        assert matches["is_theirs"].sum() == (0 if str(author).count("-") else 16)
        assert fh.persons_frame(matches)["items"].sum() == len(matches)


def test_a_period_without_items_is_zero():
    moments = pd.Series(pd.to_datetime(["2019-03-04", None, "2022-01-01", "2022-12-31"], utc=True))
    assert fh.periods_frame(moments).values.tolist() == [["2019", 1], ["2020", 0], ["2021", 0], ["2022", 2]]
    months = fh.periods_frame(moments.iloc[2:], "month")
    assert months["value"].tolist() == [1, *[0] * 10, 1] and months["period"].iloc[1] == "2022-02"
    assert fh.plot_timeline(fh.periods_frame(moments), title="Items").get_title(loc="left") == "Items, 2019 to 2022"
    assert fh.periods_frame(moments.iloc[1:2]).empty and fh.periods_frame(moments.iloc[:0]).empty


def test_reviews_without_dates_groups_and_people():
    reviews = [
        {"id": 1, "item": None},
        {"id": 2, "created_date": "2024-01-05T00:00:00", "item": odd_records()[4]},
        {"id": 3, "created_date": None, "group_id": None, "item": odd_records()[11]},
    ]
    frame = fh.reviews_frame(reviews, [], [], "2024-01-08")
    assert frame["review_id"].tolist() == [2, 1, 3] and frame["days"].isna().tolist() == [False, True, True]


def test_groups_whose_parent_is_null_or_absent_are_at_the_top():
    groups = [{"id": 1, "name": "A", "parent_id": None}, {"id": 2, "name": "B"}, {"id": 3, "name": "C", "parent_id": 2}]
    assert [group["id"] for group in fh.group_tree(groups)] == [0, 1, 2, 3]
    assert fh.groups_frame(groups)["path"].tolist() == ["A", "B", "B > C"]


# ---- reports, on a local Figshare that serves such records ---------------------------------------------


@pytest.fixture(scope="module")
def odd_site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd")
    lines = [json.dumps(record) for record in served_records()]
    (folder / "articles.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with fh.connect("local", data=folder, token="local-admin") as client:
        yield client


def test_jobs_take_odd_records(odd_site, tmp_path):
    ids = [record["id"] for record in served_records()]
    full = odd_site.full_records(ids)
    assert [record["id"] for record in full] == ids
    assert sorted(item["id"] for item in odd_site.articles()) == sorted(ids)
    folder = odd_site.snapshot(tmp_path / "copy", ids)
    with fh.open_snapshot(folder) as copy:
        assert fh.record_differences(full, copy.full_records(ids)) == []


def test_the_forms_of_odd_records(odd_site):
    for record in served_records():
        forms = fh.record_formats_frame(odd_site, record["id"]).set_index("field")
        assert forms["rest"]["published"] == (record.get("published_date") or ""), record["id"]


def test_the_second_run_of_a_dashboard_fetches_nothing(odd_site, tmp_path):
    first = fh.refresh_records(odd_site, tmp_path / "records.jsonl", [GROUP])
    again = fh.refresh_records(odd_site, tmp_path / "records.jsonl", [GROUP])
    assert len(first["records"]) == len(ODD) - 3 and first["fetched"]
    assert (again["records"], again["fetched"], again["gone"]) == (first["records"], [], [])


# ---- harvests --------------------------------------------------------------------------------------------


def test_a_harvest_tells_handles_from_dois(odd_site, tmp_path):
    odd_site.harvest(tmp_path / "set")
    frame = fh.harvest_frame(tmp_path / "set").set_index("id")
    assert sorted(frame.index) == sorted(record["id"] for record in served_records())
    assert frame["doi"].eq("").equals(~frame["doi"].str.startswith("10."))
    assert frame.loc[40_000_013, ["doi", "handle"]].tolist() == ["", "2134/77"]
    assert frame.loc[40_000_001, ["doi", "handle"]].tolist() == ["10.5072/pond.40000001", ""]


PAGE = """<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>{}</ListRecords></OAI-PMH>"""
ROW = (
    "<record><header><identifier>oai:figshare.com:article/{}</identifier><datestamp>{}</datestamp></header>"
    "<metadata/></record>"
)


def test_an_item_without_a_date_stays_in_the_harvest(tmp_path):
    run = HarvestRun(tmp_path / "set", {}, "a site")
    rows = ROW.format(5, "2024-01-02T00:00:00Z") + ROW.format(6, "") + ROW.format(7, "2024-02-03T00:00:00Z")
    assert run.add_answer(parse_xml(PAGE.format(rows))) == 3
    assert run.finish() == {"records": 3, "newest": "2024-02-03T00:00:00Z"}
    frame = fh.harvest_frame(tmp_path / "set")
    assert sorted(frame["id"]) == [5, 6, 7] and frame.set_index("id")["datestamp"].isna().tolist().count(True) == 1


def test_a_harvest_of_before_is_read_with_newer_batches(tmp_path):
    run = HarvestRun(tmp_path / "set", {}, "a site")
    run.add_answer(parse_xml(PAGE.format(ROW.format(5, "2024-01-02T00:00:00Z"))))
    run.finish()
    path = next((tmp_path / "set").rglob("*.parquet"))
    old = pd.read_parquet(path).drop(columns="handle")
    old.assign(id=4).to_parquet(path.with_name("batch-000000.parquet"), index=False)
    frame = fh.harvest_frame(tmp_path / "set")
    assert sorted(frame["id"]) == [4, 5] and frame["handle"].tolist() == ["", ""]


def test_missing_is_no_text():
    assert frame_of([{"a": pd.NA}, {"a": None}, {"a": float("nan")}, {}], {"a": "text"})["a"].tolist() == [""] * 4
