"""Report 14, a repository: its numbers against the catalogue's files, runs that fetch what has changed, its picture."""

import json
import re
import shutil
import time
from collections import Counter
from html import unescape

import make_big_catalogue
import pandas as pd
import pytest
import requests
from notebook_tools import results, run_notebook
from PIL import Image
from report_export import (
    ALL_TIME,
    DATA,
    assert_fit_to_be_sent,
    catalogue_articles,
    catalogue_totals,
    catalogue_views,
    csv_rows,
    report_html,
)

import figshare_helpers as fh
from figshare_workbook.tables.one_page import with_others_row

NAME = "14_repository_dashboard"


def tree(group_id, folder=DATA) -> list[int]:
    groups, found = json.loads((folder / "groups.json").read_text(encoding="utf-8")), [group_id]
    for parent in found:
        found += [group["id"] for group in groups if group["parent_id"] == parent]
    return found


def in_groups(groups, folder=DATA) -> list[dict]:
    return [record for record in catalogue_articles(folder) if record["group_id"] in groups]


def check(shown, expected, folder=DATA):
    ids = [record["id"] for record in expected]
    assert shown["items"] == len(ids)
    assert {name: shown[name] for name in ("views", "downloads")} == catalogue_totals(ids, folder)
    assert shown["types"] == Counter(record["defined_type_name"] for record in expected)
    having = {
        "licence": [record for record in expected if record["license"]["name"]],
        "description": [record for record in expected if fh.plain_text(record["description"])],
        "ORCID of an author": [record for record in expected if any(entry["orcid_id"] for entry in record["authors"])],
        "keyword": [record for record in expected if record["tags"]],
        "funding": [record for record in expected if record["funding_list"] or record["funding"]],
    }
    assert {name: shown["shares"][name] for name in having} == {name: len(found) for name, found in having.items()}
    views = catalogue_views(ids, folder)
    assert [views[number] for number in shown["top"]] == sorted(views.values(), reverse=True)[:10]


@pytest.mark.parametrize(
    ("group_id", "institution", "subgroups"),
    [(11953, "iastate", True), (9991, "faber", True), (12067, "iastate", False)],
)
def test_numbers(tmp_path, group_id, institution, subgroups):
    shown = results(
        run_notebook(
            NAME,
            tmp_path,
            top_group=group_id,
            institution=institution,
            include_subgroups=subgroups,
            output_dir=str(tmp_path),
            **ALL_TIME,
        )
    )
    groups = tree(group_id) if subgroups else [group_id]
    expected = in_groups(groups)
    check(shown, expected)
    assert shown["deposits"] == len(expected) and shown["views_by_month"] == shown["views"]
    assert shown["downloads_by_month"] == shown["downloads"]
    assert shown["by_group"] == {group: len(in_groups(tree(group) if subgroups else [group])) for group in groups}


def test_on_all_real_records(tmp_path, iowa):
    """The real records come without a tree of groups: all 26 stand side by side."""
    shown = results(
        run_notebook(
            NAME,
            tmp_path,
            local_data=str(iowa),
            top_group=0,
            output_dir=str(tmp_path),
            start_date="2018-01-01",
            end_date="2022-12-31",
        )
    )
    expected = catalogue_articles(iowa)
    check(shown, expected, iowa)
    groups = Counter(record["group_id"] for record in expected)
    assert shown["items"] == shown["deposits"] == 171 and shown["by_group"] == {0: 171, **groups}
    assert shown["views_by_month"] == shown["views"] and shown["downloads_by_month"] == shown["downloads"]


def test_on_one_real_group(tmp_path, iowa):
    shown = results(
        run_notebook(
            NAME,
            tmp_path,
            local_data=str(iowa),
            top_group=12067,
            output_dir=str(tmp_path),
            start_date="2020-01-01",
            end_date="2021-12-31",
        )
    )
    expected = [record for record in catalogue_articles(iowa) if record["group_id"] == 12067]
    check(shown, expected, iowa)
    assert shown["items"] == 50 and shown["by_group"] == {12067: 50}
    assert shown["deposits"] == sum(record["published_date"][:4] in ("2020", "2021") for record in expected)


def test_empty_group(tmp_path):
    shown = results(run_notebook(NAME, tmp_path, top_group=11971, output_dir=str(tmp_path)))
    assert shown["items"] == shown["views"] == shown["deposits"] == shown["views_by_month"] == 0
    assert len(list(tmp_path.rglob("*.parquet"))) == 15
    assert shown["before"] == [0, 0, 0] and shown["period"] == ["2024-01-01", "2025-12-31"]


def test_files_for_a_dashboard_tool(tmp_path):
    """CSV and Parquet hold the same, join by article_id, keep types; no title becomes a formula."""
    run_notebook(NAME, tmp_path, top_group=13377, output_dir=str(tmp_path))
    [folder] = [path.parent for path in tmp_path.rglob("main.csv")]
    expected = in_groups(tree(13377))
    tables = {path.stem: pd.read_parquet(path) for path in folder.glob("*.parquet")}
    assert (
        {path.stem for path in folder.glob("*.csv")}
        == set(tables)
        == {
            "main",
            "authors",
            "categories",
            "tags",
            "funding",
            "files",
            "custom_fields",
            "groups",
            "groups_by_month",
            "months",
            "types",
            "deposits_by_month",
            "views_by_month",
            "downloads_by_month",
            "completeness",
        }
    )
    for name, frame in tables.items():
        assert len(csv_rows(folder / f"{name}.csv")) == len(frame), name
    main = tables["main"]
    assert str(main["published_date"].dtype) == "datetime64[ns, UTC]" and main["views"].dtype.kind == "i"
    for name, key in (("authors", "authors"), ("tags", "tags"), ("categories", "categories"), ("files", "files")):
        assert len(tables[name]) == sum(len(record[key]) for record in expected), name
        assert set(tables[name]["article_id"]) <= set(main["article_id"])
        joined = tables[name][["article_id", "views"]].drop_duplicates().merge(main, on="article_id")
        assert (joined["views_x"] == joined["views_y"]).all()
    titles = {row["article_id"]: row["title"] for row in csv_rows(folder / "main.csv")}
    assert titles["20400003"].startswith("'=SUM") and main["title"].str.startswith("=SUM").any()
    with Image.open(folder / "Dashboard University Library.png") as picture:
        assert picture.width >= 1920 and abs(picture.width / picture.height - 16 / 9) < 0.01


def test_report_to_be_sent(tmp_path):
    """What a director gets: the head first, then the one page; no workshop, no code, no place on this machine."""
    run_notebook(NAME, tmp_path, top_group=0, include_subgroups=True, output_dir=str(tmp_path))
    page = report_html(tmp_path / f"{NAME}.ipynb")
    assert_fit_to_be_sent(page, "Repository dashboard: Iowa State University", charts=3)
    assert "<title>Repository dashboard: Iowa State University</title>" in page
    text = re.sub(r"<[^>]+>|base64,[^\"]*", " ", page[page.index("<body") :])
    for told in (
        "Exercise",
        "127.0.0.1",
        str(tmp_path),
        "own_items",
        "Out[",
        "In this report you will",
        "GET /",
        "<Figshare",
        "refresh_records",
        "to_dict",
    ):
        assert told not in text, told
    order = [
        page.index(place)
        for place in (
            ">Repository dashboard: Iowa",
            ">Contents<",
            'id="On-one-page"',
            "<img",
            'id="Compared-with-the-year-before"',
            'id="Views-and-downloads-by-month"',
            'id="Groups"',
            'id="Most-viewed-items"',
        )
    ]
    assert order == sorted(order) and "20 of 214 rows" in text
    assert all(alt for alt in re.findall(r'<img[^>]+alt="([^"]*)"', page))


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"top_group": 9991}, "top_group 9991 is no group"),
        ({"top_group": 0, "institution": "team"}, "belongs to the institution 'iastate', but institution is 'team'"),
    ],
)
def test_groups_of_somebody_else_are_one_sentence_and_nothing_is_written(tmp_path, parameters, says):
    with pytest.raises(Exception, match=says):
        run_notebook(NAME, tmp_path, output_dir=str(tmp_path / "out"), **parameters)
    assert not (tmp_path / "out").exists()


def test_odd_titles(tmp_path, shared):
    """Chinese, dollars, markup, no date, a portal of its own host: the one page and the tables hold them."""
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "articles.jsonl").write_bytes((shared / "odd" / "records.jsonl").read_bytes())
    shown = results(
        run_notebook(NAME, tmp_path, local_data=str(folder), top_group=0, output_dir=str(tmp_path), **ALL_TIME)
    )
    expected = catalogue_articles(folder)
    assert shown["items"] == 18 and shown["deposits"] == 17 and shown["most_viewed"]  # one has no date at all
    [main] = tmp_path.rglob("main.csv")
    assert {int(row["article_id"]) for row in csv_rows(main)} == {record["id"] for record in expected}
    page = report_html(tmp_path / f"{NAME}.ipynb")
    for title in ("中国计算机学会推荐国际学术会议和期刊目录", "Meals of $5 and $10", r"$\ce{CO2}$ capture"):
        assert title in unescape(re.sub(r"<[^>]+>", "", page)), title
    [picture] = tmp_path.rglob("Dashboard *.png")
    with Image.open(picture) as drawn:
        assert abs(drawn.width / drawn.height - 16 / 9) < 0.01


# The second run.


@pytest.fixture
def local(fresh_server, monkeypatch):
    """Three clients of one local Figshare that the notebooks use too: administrator, public, its address."""
    server = fresh_server()
    monkeypatch.setenv("FIGSHARE_API_URL", server.url)
    return fh.connect("local", token="local-admin")


def refresh(figshare, path):
    """Returns what a run fetches, and which records it asks for one by one."""
    before = len(figshare.requests_made)
    refreshed = fh.refresh_records(figshare, path, tree(11953))
    asked = figshare.requests_made["path"][before:]
    return refreshed, sorted(int(path.rsplit("/", 1)[1]) for path in asked if path.startswith("/articles/")), len(asked)


def publish_again(figshare, article_id, title):
    owner = figshare.get(f"/account/articles/{article_id}")["account_id"]
    with figshare.impersonating(owner):
        figshare.update_article(article_id, {"title": title})
        figshare.publish_article(article_id)


def test_second_run_fetches_what_has_changed(local, tmp_path):
    path, groups = tmp_path / "records.jsonl", tree(11953)
    first, asked, _ = refresh(local, path)
    ids = sorted(record["id"] for record in in_groups(groups))
    assert first["fetched"] == asked == ids and first["gone"] == []

    again, asked, requests_made = refresh(local, path)
    assert again["fetched"] == asked == [] and requests_made == len(groups) + 1  # a list each, and one count
    assert again["records"] == first["records"]

    plain = [record["id"] for record in in_groups([11956])]
    publish_again(local, plain[0], "Another title")
    owner = local.get(f"/account/articles/{plain[1]}")["account_id"]
    with local.impersonating(owner):
        local.post(f"/account/articles/{plain[1]}/unpublish", {"reason": "withdrawn for a test"})
    third, asked, requests_made = refresh(local, path)
    assert third["fetched"] == asked == [plain[0]] and third["gone"] == [plain[1]]
    assert requests_made == len(groups) + 1 + 1 + 1  # besides: the whole list of the group that has one item less
    kept = {record["id"]: record for record in third["records"]}
    assert sorted(kept) == [number for number in ids if number != plain[1]]
    assert kept[plain[0]]["title"] == "Another title"
    assert fh.refresh_records(local, path, tree(11953))["records"] == third["records"]


def test_item_that_was_left_out_of_the_file_is_fetched(local, tmp_path):
    """An old item that is public again has no new date: only the number of items tells."""
    path = tmp_path / "records.jsonl"
    refresh(local, path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    missing = json.loads(lines[100])
    path.write_text("".join(lines[:100] + lines[101:]), encoding="utf-8")
    again, asked, _ = refresh(local, path)
    assert again["fetched"] == asked == [missing["id"]]


def test_interrupted_run_goes_on(local, tmp_path):
    """Killed in the middle of writing a record: nothing twice, nothing missing."""
    path = tmp_path / "records.jsonl"
    whole, _, _ = refresh(local, path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:60]) + lines[60][:200], encoding="utf-8")
    again, asked, _ = refresh(local, path)
    assert len(asked) == len(whole["records"]) - 59 and again["records"] == whole["records"]


def test_notebook_run_twice(local, tmp_path):
    first = results(run_notebook(NAME, tmp_path, output_dir=str(tmp_path)))
    publish_again(local, in_groups([11962])[0]["id"], "A title of today")
    second = results(run_notebook(NAME, tmp_path, output_dir=str(tmp_path)))
    assert first["fetched"] == first["items"] == second["items"] and second["fetched"] == 1
    assert {**first, "fetched": 0} == {**second, "fetched": 0}


def test_5000_items_within_ten_minutes(fresh_server, monkeypatch, tmp_path):
    """One institution that has all 5,000 records; views of more items than a top list holds."""
    folder = make_big_catalogue.make_data_folder(tmp_path / "big", 5000)
    groups = json.loads((folder / "groups.json").read_text(encoding="utf-8"))
    top = groups[0]
    for group in groups[1:]:
        group.update(institution_id=top["institution_id"], parent_id=group["parent_id"] or top["id"])
    (folder / "groups.json").write_text(json.dumps(groups), encoding="utf-8")
    institutions = json.loads((folder / "institutions.json").read_text(encoding="utf-8"))
    (folder / "institutions.json").write_text(json.dumps(institutions[:1]), encoding="utf-8")
    monkeypatch.setenv("FIGSHARE_API_URL", fresh_server(folder).url)
    begin = time.perf_counter()
    shown = results(
        run_notebook(
            NAME, tmp_path, institution=institutions[0]["string_id"], top_group=top["id"], output_dir=str(tmp_path)
        )
    )
    assert time.perf_counter() - begin < 600
    check(shown, catalogue_articles(folder), folder)
    assert shown["items"] == 5000 and len(shown["by_group"]) == len(groups)
    shutil.rmtree(folder)


# The functions behind it.


def test_deposits_fill_the_gaps():
    records = [{"published_date": day} for day in ("2024-01-31T23:59:59Z", "2024-03-01T00:00:00Z", None)]
    frame = fh.deposits_frame(records, "2024-01-01", "2024-03-31")
    assert frame.to_dict("list") == {"period": ["2024-01", "2024-02", "2024-03"], "value": [1, 0, 1]}
    assert fh.deposits_frame(records, "2024-02-01", "2025-01-31", granularity="year")["value"].tolist() == [1, 0]


def test_a_single_group_at_the_top_is_divided():
    """All groups of an institution whose tree has one root: its own children are compared, not one bar."""
    groups = [
        {"id": 1, "name": "University", "parent_id": 0},
        {"id": 2, "name": "A", "parent_id": 1},
        {"id": 3, "name": "B", "parent_id": 1},
        {"id": 4, "name": "C", "parent_id": 2},
    ]
    items = pd.DataFrame({"group_id": [2, 4, 3], "views": [2, 4, 8], "downloads": [1, 0, 1]})
    whole = fh.group_sums_frame(fh.group_tree(groups), items)
    assert fh.direct_subgroups_frame(whole).values.tolist() == [["A", 2, 6, 1], ["B", 1, 8, 1]]
    own = pd.concat([items, pd.DataFrame({"group_id": [1], "views": [1], "downloads": [0]})])
    some = fh.direct_subgroups_frame(fh.group_sums_frame(fh.group_tree(groups), own))
    assert some.values.tolist() == [["A", 2, 6, 1], ["B", 1, 8, 1], ["University itself", 1, 1, 0]]
    assert fh.indented_groups_frame(whole)["group"].tolist() == [
        "All groups",
        "– University",
        "– – A",
        "– – – C",
        "– – B",
    ]


def test_branches_add_up():
    groups = [
        {"id": 1, "name": "Top", "parent_id": 0},
        {"id": 2, "name": "A", "parent_id": 1},
        {"id": 3, "name": "B", "parent_id": 2},
    ]
    items = pd.DataFrame({"group_id": [1, 2, 3, 3], "views": [1, 2, 4, 8], "downloads": [0, 1, 0, 1]})
    sums = fh.group_sums_frame(fh.group_tree(groups, 1), items)
    assert sums[["group", "level", "own_items", "items", "views"]].values.tolist() == [
        ["Top", 0, 1, 4, 15],
        ["A", 1, 1, 3, 14],
        ["B", 2, 2, 2, 12],
    ]
    branches = fh.direct_subgroups_frame(sums)
    assert branches.values.tolist() == [["A", 3, 14, 2], ["Top itself", 1, 1, 0]]
    whole = fh.group_sums_frame(fh.group_tree(groups), items)
    assert whole[["group", "items"]].values.tolist() == [["All groups", 4], ["Top", 4], ["A", 3], ["B", 2]]
    assert fh.direct_subgroups_frame(whole)["group"].tolist() == ["A", "Top itself"]
    assert [group["id"] for group in fh.group_tree(groups, 2, include_subgroups=False)] == [2]


@pytest.fixture
def events(local):
    """The days of each item of a group, asked for one by one: what sums are compared with."""
    days = {"start_date": "2024-03-10", "end_date": "2025-02-20"}
    numbers = [record["id"] for record in in_groups([11962])]
    question = {"granularity": "day", **days}
    counts = {
        counter: [
            int(local.timeline("article", number, counter=counter, **question)["value"].sum()) for number in numbers
        ]
        for counter in ("views", "downloads")
    }
    return days, numbers, counts


def test_items_and_groups_in_a_period(local, events):
    """By way of the most viewed, one by one, and by group: the same numbers."""
    days, numbers, counts = events
    by_item = fh.item_counts_frame(local, numbers, **days, institution="iastate")
    assert by_item["views_period"].tolist() == counts["views"] and sum(counts["downloads"]) > 0
    assert by_item["downloads_period"].tolist() == counts["downloads"]
    by_month = fh.timelines_frame(local, "group", [11962, 12067], **days)
    groups = fh.group_sums_frame(
        [{"id": 11962, "name": "A", "parent_id": 0}, {"id": 12067, "name": "B", "parent_id": 11962}],
        pd.DataFrame({"group_id": [], "views": [], "downloads": []}),
        period=by_month,
    )
    [of_other] = groups.loc[groups["group_id"] == 12067, "views_period"]
    assert groups["views_period"].tolist() == [sum(counts["views"]) + of_other, of_other] and of_other > 0
    added = fh.added_timelines_frame(by_month, "downloads")
    assert int(added["value"].sum()) == groups["downloads_period"][0] and len(added) == 12


def test_items_are_asked_for_one_by_one_after_their_number_was_said(local, events, capsys):
    days, numbers, counts = events
    before = len(local.requests_made)
    none = fh.item_counts_frame(local, numbers, **days)
    assert len(local.requests_made) == before and none["views_period"].isna().all()
    assert f"Set per_item to True to ask for them: {2 * len(numbers)} requests." in capsys.readouterr().out
    each = fh.item_counts_frame(local, numbers, **days, per_item=True)
    assert len(local.requests_made) == before + 2 * len(numbers)
    assert capsys.readouterr().out.startswith(f"{2 * len(numbers)} requests for")
    assert each["views_period"].tolist() == counts["views"]


def test_a_list_that_is_cut_leaves_cells_empty(local, events, capsys, monkeypatch):
    """The service names three items only: the others are asked for where that is cheap, or where a person says so."""
    days, numbers, counts = events
    monkeypatch.setattr("figshare_workbook.client.statistics.TOP_MAX", 3)
    monkeypatch.setattr("figshare_workbook.reports.dashboard.FEW_REQUESTS", 2)
    some = fh.item_counts_frame(local, numbers, **days, institution="iastate")
    assert some["views_period"].isna().sum() >= len(numbers) - 3
    assert "per_item" in capsys.readouterr().out
    whole = fh.item_counts_frame(local, numbers, **days, institution="iastate", per_item=True)
    assert whole["views_period"].tolist() == counts["views"]


def test_numbers_beside_those_of_the_year_before():
    frame = fh.comparison_frame(
        {"views": 30, "downloads": 5}, {"views": 40, "downloads": 0}, {"views": 90, "downloads": 7}
    )
    assert frame["change"].tolist()[0] == -25.0 and frame["change"].isna().tolist() == [False, True]
    assert frame["what"].tolist() == ["views", "downloads"] and frame["ever"].tolist() == [90, 7]
    assert frame["period"].tolist() == [30, 5] and frame["before"].tolist() == [40, 0]


def test_completeness_of_nothing():
    frame = fh.completeness_frame([])
    assert frame["items"].sum() == 0 and frame["share"].isna().all()


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1500, "1.5 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (2.5e9, "2.5 GB"),
        (7e15, "7,000.0 TB"),
    ],
)
def test_size_text(size, text):
    assert fh.size_text(size) == text


def test_dashboard_shows_all_items_of_a_long_list():
    """What has no bar of its own is added up in the last one."""
    frame = pd.DataFrame({"type": list("abcdefghij"), "items": range(10, 0, -1)})
    shown = with_others_row(frame, 7)
    assert len(shown) == 7 and shown["items"].sum() == 55 and shown["type"].iloc[-1] == "4 others"


def test_broken_answers_on_the_way_are_survived(local, tmp_path):
    """Two of them in the middle of a run change nothing but its duration."""
    root = local.api_url.removesuffix("/v2")
    requests.post(
        f"{root}/_local/faults", json={"kind": "status", "path": "/v2/articles/", "status": 503, "times": 2}, timeout=30
    ).raise_for_status()
    refreshed, asked, _ = refresh(local, tmp_path / "records.jsonl")
    assert len(refreshed["records"]) == len(in_groups(tree(11953))) == len(asked) - 2


def test_groups_that_are_not_asked_for_any_more_are_left_out(local, tmp_path):
    """A folder that a run with other groups has used: neither its records nor its date are taken over."""
    path = tmp_path / "records.jsonl"
    alone = fh.refresh_records(local, path, [12067])
    whole, _, _ = refresh(local, path)
    assert [record["id"] for record in whole["records"]] == sorted(record["id"] for record in in_groups(tree(11953)))
    again = fh.refresh_records(local, path, [12067])
    assert again["records"] == alone["records"] and again["fetched"] == again["gone"] == []
    kept = path.read_text(encoding="utf-8").splitlines()
    assert len(kept) == 1 + len(alone["records"])  # the first line says whose records they are


def test_institutions_do_not_mix_in_one_folder(tmp_path):
    for institution, group in (("iastate", 11953), ("faber", 9991)):
        shown = results(run_notebook(NAME, tmp_path, top_group=0, institution=institution, output_dir=str(tmp_path)))
        assert shown["items"] == len(in_groups(tree(group)))


def test_a_group_whose_parent_is_not_there_stands_at_the_top():
    groups = [
        {"id": 4, "name": "Biology", "parent_id": 99},
        {"id": 5, "name": "Botany", "parent_id": 4},
        {"id": 6, "name": "Art", "parent_id": 0},
    ]
    assert [group["id"] for group in fh.group_tree(groups)] == [0, 6, 4, 5]
    assert [group["id"] for group in fh.group_tree(groups, 4)] == [4, 5]
    assert fh.groups_frame(groups)["path"].tolist() == ["Biology", "Biology > Botany", "Art"]
