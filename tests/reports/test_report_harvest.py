"""15 Harvest a repository: complete, fresh, cheap, and served again."""

import json
import re
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from notebook_tools import ROOT, results, run_notebook
from report_export import assert_fit_to_be_sent, report_html
from report_tools import kill_run

import figshare_helpers as fh
from figshare_workbook.base.frames import frame_of
from figshare_workbook.reports.harvest_ways import complete_list_frame


def records(folder: Path = ROOT / "data") -> list[dict]:
    return [json.loads(line) for line in (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines()]


def of_institution(institution: int) -> list[dict]:
    groups = json.loads((ROOT / "data" / "groups.json").read_text(encoding="utf-8"))
    inside = {group["id"] for group in groups if group["institution_id"] == institution}
    return [record for record in records() if record["group_id"] in inside]


def of_type(number: int) -> list[dict]:
    return [record for record in records() if record["defined_type"] == number]


def views(ids: list[int], folder: Path = ROOT / "data") -> int:
    table = pd.read_csv(folder / "totals.csv").set_index("article_id")["views"]
    return int(table[ids].sum())


def newest(found: list[dict], count: int) -> list[int]:
    return [record["id"] for record in sorted(found, key=lambda one: (one["published_date"], one["id"]))[::-1][:count]]


@pytest.mark.parametrize(
    ("set_name", "wanted", "days"),
    [
        ("portal_319", of_institution(319), ("2023-01-01", "2024-06-30")),
        ("item_type_9", of_type(9), ("2016-05-01", "2016-05-02")),
        (
            "portal_861",
            of_institution(861),
            ("2025-01-01", "2025-12-31"),
        ),  # not the administrator's: nothing is changed
    ],
)
def test_the_report(tmp_path, set_name, wanted, days):
    shown = results(
        run_notebook(
            "15_harvest_repository",
            tmp_path,
            set_name=set_name,
            start_date=days[0],
            end_date=days[1],
            snapshot_items=12,
            output_dir=str(tmp_path),
        )
    )
    assert shown["records"] == shown["items"] == len(wanted)
    assert shown["requests"] == -(-len(wanted) // 10)
    assert shown["window"] == sum(days[0] <= record["published_date"][:10] <= days[1] for record in wanted)
    assert shown["resources"] == len(records()) and shown["differences"] == 0
    assert shown["changed"] == bool(shown["revised"])
    frame = fh.harvest_frame(tmp_path / "15_harvest_repository" / f"local_{set_name}" / "harvest")
    assert sorted(frame["id"]) == sorted(record["id"] for record in wanted)
    titles = dict(zip(frame["id"], frame["title"], strict=True))
    assert all(titles[record["id"]].removeprefix("Revised: ") == fh.plain_text(record["title"]) for record in wanted)
    if not shown["revised"]:
        assert shown["views"] == views(newest(wanted, 12))


def test_the_dataset_has_a_folder_a_month(tmp_path):
    shown = results(run_notebook("15_harvest_repository", tmp_path, snapshot_items=1, output_dir=str(tmp_path)))
    folder = tmp_path / "15_harvest_repository" / "local_portal_319" / "harvest"
    months = Counter(record["published_date"][:7] for record in of_institution(319))
    stored = {
        part.name.removeprefix("month="): len(pd.concat(map(pd.read_parquet, sorted(part.glob("*.parquet")))))
        for part in folder.glob("month=*")
    }
    now = stored.pop("2026-01")
    assert stored == dict(months) and now == shown["changed"] == 1


def test_on_real_records(tmp_path, iowa):
    real = records(iowa)
    shown = results(
        run_notebook(
            "15_harvest_repository",
            tmp_path,
            local_data=str(iowa),
            example_item=0,
            start_date="2020-01-01",
            end_date="2020-12-31",
            output_dir=str(tmp_path),
        )
    )
    assert shown["records"] == len(real) == 171 and shown["requests"] == 18
    assert shown["window"] == sum(record["published_date"].startswith("2020") for record in real)
    assert shown["resources"] == 171 and shown["differences"] == 0 and shown["snapshot"] == 25


def test_an_unknown_set_is_one_sentence(tmp_path):
    with pytest.raises(Exception, match="set_name 'portal_7' holds no record"):
        run_notebook("15_harvest_repository", tmp_path, set_name="portal_7")


@pytest.mark.parametrize("pages", [15])
def test_a_killed_run_goes_on(fresh_server, tmp_path, monkeypatch, pages):
    server = fresh_server(latency_ms=30)
    monkeypatch.setenv("FIGSHARE_API_URL", server.url)
    spool = tmp_path / "15_harvest_repository" / "local_portal_319" / "harvest" / "_spool.jsonl"

    def is_time() -> bool:
        try:
            return spool.read_bytes().count(b"\n") >= pages
        except FileNotFoundError:
            return False

    kill_run("15_harvest_repository", tmp_path, is_time, output_dir=tmp_path)
    shown = results(run_notebook("15_harvest_repository", tmp_path, output_dir=str(tmp_path)))
    wanted = sorted(record["id"] for record in of_institution(319))
    assert shown["records"] == len(wanted) and shown["requests"] <= 22 - pages
    stored = pd.read_parquet(spool.parent)
    assert sorted(stored["id"]) == sorted([*wanted, shown["revised"]])  # its old state and its new one
    assert sorted(fh.harvest_frame(spool.parent)["id"]) == wanted
    assert shown["differences"] == 0


def test_a_killed_snapshot_goes_on(fresh_server, tmp_path, monkeypatch):
    server = fresh_server(latency_ms=30)
    monkeypatch.setenv("FIGSHARE_API_URL", server.url)
    folder = tmp_path / "15_harvest_repository" / "local_portal_319"

    def is_time() -> bool:
        return any(ledger.read_bytes().count(b"\n") >= 5 for ledger in folder.glob("snapshot*/.records.jsonl"))

    kill_run("15_harvest_repository", tmp_path, is_time, output_dir=tmp_path)
    shown = results(run_notebook("15_harvest_repository", tmp_path, output_dir=str(tmp_path)))
    assert (shown["snapshot"], shown["differences"]) == (25, 0)


def test_three_forms_of_one_item(figshare):
    forms = fh.record_formats_frame(figshare, 20400027).set_index("field")
    [record] = [record for record in records() if record["id"] == 20400027]
    assert forms.loc["title"].tolist() == [record["title"]] * 3
    assert forms.loc["DOI"].tolist() == [record["doi"]] * 3
    for author in record["authors"]:
        assert f"{author['full_name']} ({author['orcid_id']})" in forms.loc["authors", "rest"]
        assert f"{author['full_name']} ({author['orcid_id']})" in forms.loc["authors", "oai_datacite"]
        assert f"{author['full_name']} ({author['id']})" in forms.loc["authors", "oai_dc"]
    assert forms.loc["files"].tolist() == ["; ".join(file["name"] for file in record["files"]), "", ""]


@pytest.mark.parametrize("article_id", [20400005, 20400006, 20400007, 20400009, 20400020, 20400024, 20400036, 123456])
def test_three_forms_of_odd_items(figshare, article_id):
    """No DOI, nothing filled in, under embargo, HTML and other scripts in the title, very many authors."""
    forms = fh.record_formats_frame(figshare, article_id).set_index("field")
    [record] = [record for record in records() if record["id"] == article_id]
    titles = {title.replace(" ", "") for title in forms.loc["title"]}  # tags may leave a blank: H 2 O
    assert titles == {fh.plain_text(record["title"]).replace(" ", "")}
    assert forms.loc["authors", "oai_dc"].count("(") >= len(record["authors"])


def test_all_sets(figshare):
    sets = fh.oai_sets_frame(figshare)
    assert sets["set"].is_unique
    categories = {f"category_{entry['id']}" for record in records() for entry in record["categories"]}
    months = {
        f"month_year_{record['published_date'][5:7]}_{record['published_date'][:4]}"
        for record in records()
        if record["published_date"]
    }
    assert categories == set(sets["set"][sets["set"].str.startswith("category")])
    assert months == set(sets["set"][sets["set"].str.startswith("month")])


@pytest.mark.parametrize(
    ("items", "changed", "first", "afterwards"),
    [
        (0, 0, [1, 1, 1, 3], [1, 1, 1, 3]),
        (1000, 10, [1, 1001, 100, 1003], [1, 11, 1, 13]),
        (100_001, 11, [101, 100_102, 10_001, 100_006], [1, 12, 2, 14]),
    ],
)
def test_costs(items, changed, first, afterwards):
    costs = fh.harvest_costs_frame(items, changed)
    assert costs["first_time"].tolist() == first and costs["afterwards"].tolist() == afterwards


def test_a_changed_copy_is_noticed(figshare):
    mine = [figshare.article(20400027), figshare.article(20400003)]
    assert fh.record_differences(mine, mine) == []
    assert fh.record_differences(mine, mine[:1]) == ["20400003 is in one only"]
    assert fh.record_differences(mine, [mine[0], {**mine[1], "title": "Other"}]) == ["20400003: title differs"]


def test_an_index_of_resource_lists(figshare, monkeypatch):
    """A repository of more than 50,000 items has several lists behind an index (the standard)."""
    row = {"lastmod": None, "capability": "", "change": "", "length": 1}
    lists = {
        "index": [{**row, "loc": f"http://x/{n}.xml", "hash": "", "type": ""} for n in "ab"],
        **{f"http://x/{n}.xml": [{**row, "loc": f"http://x/{n}", "hash": "md5:1", "type": "t"}] for n in "ab"},
    }
    columns = {"loc": "text", "hash": "text", "type": "text", "length": "int"}
    monkeypatch.setattr(fh.Figshare, "resource_list", lambda self, address: frame_of(lists[address], columns))
    assert complete_list_frame(figshare, "index")["loc"].tolist() == ["http://x/a", "http://x/b"]


def test_the_report_to_be_sent(tmp_path):
    """The head first; no workshop, no code, no place on this machine; the workbook beside it holds every item."""
    run_notebook("15_harvest_repository", tmp_path, set_name="item_type_9", snapshot_items=3, output_dir=str(tmp_path))
    page = report_html(tmp_path / "15_harvest_repository.ipynb")
    assert_fit_to_be_sent(page, "Harvest of a repository", charts=2)
    text = re.sub(r"<[^>]+>|base64,[^\"]*", " ", page[page.index("<body") :])
    for told in ("Exercise", "127.0.0.1", str(tmp_path), "Out[", "In this report you will", "GET /", "first_time"):
        assert told not in text, told
    order = [
        page.index(place)
        for place in (
            ">Harvest of a repository",
            ">Contents<",
            'id="What-was-harvested"',
            'id="How-fresh-it-is"',
            'id="What-each-way-costs"',
        )
    ]
    assert order == sorted(order)
    [book] = tmp_path.rglob("Harvest *.xlsx")
    assert len(pd.read_excel(book, sheet_name="items")) == len(of_type(9))


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"example_item": 987654321}, "example_item 987654321 is no public item"),
        ({"snapshot_items": 0}, "snapshot_items must be a number from 1"),
    ],
)
def test_a_wrong_question_is_one_sentence_and_nothing_is_written(tmp_path, parameters, says):
    with pytest.raises(Exception, match=says):
        run_notebook("15_harvest_repository", tmp_path, output_dir=str(tmp_path / "out"), **parameters)
    assert not (tmp_path / "out").exists()


def test_a_description_may_name_other_things_first_and_several_lists():
    documents = {
        "start": [("license.html", ""), ("two.xml", "capabilitylist")],
        "two.xml": [("a.xml", "changelist"), ("r.xml", "resourcelist"), ("b.xml", "changelist")],
        "a.xml": [("1", "")],
        "b.xml": [("2", ""), ("3", "")],
        "r.xml": [("4", "")],
    }
    columns = ["loc", "capability", "hash", "type"]
    tables = {
        name: pd.DataFrame([(*row, "md5:1", "text/html") for row in rows], columns=columns)
        for name, rows in documents.items()
    }
    figshare = SimpleNamespace(resource_list=tables.__getitem__)
    frames = fh.resource_sync_frames(figshare, "start")
    assert list(frames) == ["description", "capabilitylist", "changelist", "resourcelist"]
    assert frames["changelist"]["loc"].tolist() == ["1", "2", "3"] and frames["resourcelist"]["loc"].tolist() == ["4"]
    tables["start"] = tables["start"].iloc[:1]
    with pytest.raises(fh.FigshareError, match="names no list of capabilities"):
        fh.resource_sync_frames(figshare, "start")
