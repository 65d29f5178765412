"""Every notebook holds for other parameters too: its results against numbers counted straight from the files."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
from notebook_tools import NOTEBOOK_NAMES, ROOT, error_text, results, run_notebook
from report_export import (
    ALL_TIME,
    DATA,
    assert_fit_to_be_sent,
    catalogue_articles,
    catalogue_totals,
    read_jsonl,
    report_html,
)

pytestmark = pytest.mark.slow


def article(article_id: int) -> dict:
    [found] = [record for record in catalogue_articles() if record["id"] == article_id]
    return found


def in_group(*groups: int, folder: Path = DATA) -> list[int]:
    return [record["id"] for record in catalogue_articles(folder) if record["group_id"] in groups]


def with_subgroups(group_id: int) -> list[int]:
    groups, found = json.loads((DATA / "groups.json").read_text(encoding="utf-8")), [group_id]
    for parent in found:
        found += [group["id"] for group in groups if group["parent_id"] == parent]
    return found


def titled(pattern: str, folder: Path = DATA) -> int:
    return sum(bool(re.search(pattern, record["title"], re.I)) for record in catalogue_articles(folder))


def categorised(*titles: str) -> list[list[int]]:
    return [
        [record["id"] for record in catalogue_articles() if title in {entry["title"] for entry in record["categories"]}]
        for title in titles
    ]


@pytest.mark.parametrize("article_id", [123456, 20400025])
def test_00(tmp_path, article_id):
    assert (
        results(run_notebook("00_start_here", tmp_path, article_id=article_id))["title"] == article(article_id)["title"]
    )


@pytest.mark.parametrize(
    ("search_for", "pattern", "article_id", "many_files_id"),
    [
        (":title: soil", r"\bsoils?\b", 20400019, 20400002),
        (':title: "pond temperature"', r"\bpond temperature\b", 8329418, 20400007),
        (":title: zzzznothing", r"\bzzzznothing\b", 8329418, 20400007),
    ],
)
def test_01(tmp_path, search_for, pattern, article_id, many_files_id):
    shown = results(
        run_notebook(
            "01_retrieve_metadata", tmp_path, search_for=search_for, article_id=article_id, many_files_id=many_files_id
        )
    )
    assert shown == {
        "found": titled(pattern),
        "files": len(article(many_files_id)["files"]),
        "versions": article(article_id)["version"],
        "items": len(catalogue_articles()),
    }


def test_01_on_real_records(tmp_path, iowa):
    real = catalogue_articles(iowa)
    shown = results(
        run_notebook(
            "01_retrieve_metadata",
            tmp_path,
            local_data=str(iowa),
            search_for=":title: data",
            article_id=real[0]["id"],
            full_record_id=real[1]["id"],
            many_files_id=real[2]["id"],
        )
    )
    assert shown["items"] == 171 and shown["found"] == titled(r"\bdata\b", iowa)


def test_01_on_a_snapshot(figshare, tmp_path, monkeypatch):
    """Another item than the shipped one, all its versions; what the lesson asks is in the folder."""
    ids = [20400019, 20400007, *(item["id"] for item in figshare.articles(group=11962, limit=8))]
    folder = figshare.snapshot(tmp_path / "mine", ids, versions=True)
    monkeypatch.delenv("FIGSHARE_API_URL")  # the notebook begins a site of its own
    shown = results(
        run_notebook(
            "01_retrieve_metadata",
            tmp_path,
            local_data=str(folder),
            search_for=":title: soil",
            article_id=20400019,
            full_record_id=ids[2],
            many_files_id=20400007,
        )
    )
    assert shown == {
        "found": titled(r"\bsoils?\b", folder),
        "files": len(article(20400007)["files"]),
        "versions": 4,
        "items": len(ids),
    }


def test_01_of_items_without_a_date(tmp_path):
    """Such items are met in public records; the lesson counts them, and goes on."""
    undated = [{**record, "published_date": None, "timeline": {}} for record in catalogue_articles()[:3]]
    lines_of = "".join(f"{json.dumps(record)}\n" for record in undated)
    (tmp_path / "articles.jsonl").write_text(lines_of, encoding="utf-8")
    ids = [record["id"] for record in undated]
    word = re.findall(r"[A-Za-z]{5,}", undated[0]["title"])[0]
    notebook = run_notebook(
        "01_retrieve_metadata",
        tmp_path,
        local_data=str(tmp_path),
        search_for=f":title: {word}",
        article_id=ids[0],
        full_record_id=ids[1],
        many_files_id=ids[2],
    )
    assert results(notebook)["items"] == 3 and results(notebook)["found"] >= 1
    said = [output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", [])]
    assert "3 items, 3 of them without a date\n" in said


@pytest.mark.parametrize(
    "parameters",
    [
        {"page_size": 25, "group_id": 21334},
        {
            "page_size": 5,
            "institution": "faber",
            "group_id": 9993,
            "start_date": "2024-01-01",
            "end_date": "2024-12-31",
        },
    ],
)
def test_02(tmp_path, parameters):
    accounts = json.loads((DATA / "accounts.json").read_text(encoding="utf-8"))
    [mine] = [account for account in accounts if account.get("token") == "local-researcher"]
    drafts = [record for record in read_jsonl(DATA / "drafts.jsonl") if record["account_id"] == mine["id"]]
    shown = results(run_notebook("02_authenticate", tmp_path, **parameters))
    assert shown == {
        "items": len(mine["articles"]) + len(drafts),
        "drafts": len(drafts),
        **catalogue_totals(mine["articles"]),
    }


def test_02_for_an_account_without_items(tmp_path, monkeypatch):
    monkeypatch.setenv("FIGSHARE_TOKEN", "local-participant-07")
    assert results(run_notebook("02_authenticate", tmp_path)) == {"items": 0, "drafts": 0, "views": 0, "downloads": 0}


def test_02_on_real_records(tmp_path, iowa):
    shown = results(
        run_notebook("02_authenticate", tmp_path, local_data=str(iowa), institution="iastate", group_id=11962)
    )
    assert shown["drafts"] == 0


@pytest.mark.parametrize(
    "parameters",
    [
        {"title": "Ponds, a second look", "category": "Physics", "license_name": "CC0", "large_file_mb": 21},
        {"title": "A draft that stays a draft", "publish": False, "large_file_mb": 1},
    ],
)
def test_03(tmp_path, parameters):
    shown = results(run_notebook("03_create_item", tmp_path, output_dir=str(tmp_path), **parameters))
    assert shown == {
        "title": parameters["title"],
        "found": int(parameters.get("publish", True)),
        "rows_made": 2,
        "rows_failed": 1,
        "large_bytes": parameters["large_file_mb"] * 2**20,
    }


@pytest.mark.parametrize(
    ("group_id", "subgroups", "most_files", "categories"),
    [
        (11956, True, 2, ["Environmental Humanities", "Genetics"]),
        (9993, False, 3, ["History and Philosophy of the Humanities"]),
    ],
)
def test_04(tmp_path, group_id, subgroups, most_files, categories):
    shown = results(
        run_notebook(
            "04_chain_requests",
            tmp_path,
            group_id=group_id,
            include_subgroups=subgroups,
            most_files=most_files,
            categories=categories,
            output_dir=str(tmp_path),
        )
    )
    ids = in_group(*with_subgroups(group_id)) if subgroups else in_group(group_id)
    found = [item for ids_found in categorised(*categories) for item in ids_found]
    expected = {
        "found": len(found),
        "unique": len(set(found)),
        "group": len(in_group(group_id)),
        "items": len(ids),
        **catalogue_totals(ids),
    }
    assert {name: shown[name] for name in expected} == expected
    assert len(list((tmp_path / "files").iterdir())) == most_files
    with (tmp_path / f"group_{group_id}.csv").open(newline="", encoding="utf-8") as file:
        assert sorted(int(row["id"]) for row in csv.DictReader(file)) == sorted(ids)


def test_04_notes_a_file_that_may_not_be_downloaded(tmp_path):
    run_notebook("04_chain_requests", tmp_path, most_files=1000, output_dir=str(tmp_path))
    said = [
        output.text
        for cell in nbformat.read(tmp_path / "04_chain_requests.ipynb", as_version=4).cells
        for output in cell.get("outputs", [])
        if "items that failed" in output.get("text", "")
    ]
    assert len(said) == 1 and said[0].strip().endswith("items that failed: 1")


def test_04_on_real_records(tmp_path, iowa):
    shown = results(
        run_notebook(
            "04_chain_requests",
            tmp_path,
            local_data=str(iowa),
            group_id=11962,
            categories=["Genetics"],
            output_dir=str(tmp_path),
        )
    )
    ids = in_group(11962, folder=iowa)
    expected = {"items": 14, **catalogue_totals(ids, iowa)}
    assert len(ids) == 14 and {name: shown[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("institution", "group_id", "counter"),
    [
        ("iastate", 11962, "downloads"),
        ("faber", 9991, "views"),
    ],
)
def test_05(tmp_path, institution, group_id, counter):
    shown = results(
        run_notebook(
            "05_group_views",
            tmp_path,
            institution=institution,
            group_id=group_id,
            counter=counter,
            other_group_id=group_id,
            project_id=0,
            output_dir=str(tmp_path),
            **ALL_TIME,
        )
    )
    expected = catalogue_totals(in_group(group_id))[counter]
    assert shown["total"] == shown["all_time"] == expected
    assert shown["months"] == 16 * 12 + 1
    assert shown["articles"][0] == len(in_group(group_id))
    with (tmp_path / f"group_{group_id}_{counter}_by_month.csv").open(newline="") as file:
        assert sum(int(row["value"]) for row in csv.DictReader(file)) == expected
    assert (tmp_path / f"group_{group_id}_{counter}_by_month.png").read_bytes().startswith(b"\x89PNG")


def test_05_on_real_records(tmp_path, iowa):
    [first, *_] = [record for record in catalogue_articles(iowa) if record["group_id"] == 11962]
    shown = results(
        run_notebook(
            "05_group_views",
            tmp_path,
            local_data=str(iowa),
            institution="iastate",
            group_id=11962,
            other_group_id=11962,
            article_id=first["id"],
            author_id=first["authors"][0]["id"],
            collection_id=0,
            project_id=0,
            start_date="2015-01-01",
            end_date="2023-12-31",
            output_dir=str(tmp_path),
        )
    )
    assert shown["all_time"] == catalogue_totals(in_group(11962, folder=iowa), iowa)["views"] == shown["total"]


def test_05_ends_today(tmp_path):
    shown = results(
        run_notebook(
            "05_group_views", tmp_path, start_date="2025-11-01", end_date="2027-12-31", output_dir=str(tmp_path)
        )
    )
    assert shown["months"] == 3  # the shipped catalogue stands still on 15 January 2026


CURATED = {
    "title": "A second round of nest boxes",
    "category": "Physics",
    "embargo_date": "2031-02-03",
    "link_end_date": "2026-02-28",
    "paper_doi": "10.5072/Another.Paper",
    "other_item_id": 123456,
}


def test_06(tmp_path):
    shown = results(run_notebook("06_curate", tmp_path, output_dir=str(tmp_path), **CURATED))
    assert shown == {"title": CURATED["title"], "version": 3, "files": 1, "collected": 2, "left": 1}


def test_06_in_a_room(server, tmp_path, monkeypatch):
    """Two participants of one local Figshare, one after the other, with accounts of their own."""
    for variable, value in {"FIGSHARE_API_URL": server.url, "FIGSHARE_STATS_URL": server.stats_url}.items():
        monkeypatch.setenv(variable, value)
    for number in ("07", "08"):
        monkeypatch.setenv("FIGSHARE_TOKEN", f"local-participant-{number}")
        shown = results(run_notebook("06_curate", tmp_path, title=f"Boxes of {number}", output_dir=str(tmp_path)))
        assert shown == {"title": f"Boxes of {number}", "version": 3, "files": 1, "collected": 2, "left": 1}


def test_06_publishes_on_no_other_site(tmp_path):
    """It stops before it asks for anything, so that not even a token is needed."""
    with pytest.raises(papermill.PapermillExecutionError):
        run_notebook("06_curate", tmp_path, site="sandbox")
    text = error_text(nbformat.read(tmp_path / "06_curate.ipynb", as_version=4))
    assert "site 'sandbox': it publishes; set site to 'local'" in text and "Traceback" not in text


@pytest.mark.parametrize(
    ("name", "title", "charts", "parameters"),
    [
        ("04_chain_requests", "04 Chain requests", 1, {"group_id": 11956, "most_files": 2}),
        (
            "05_group_views",
            "05 Group views",
            5,
            {"institution": "iastate", "group_id": 11962, "other_group_id": 11956, "article_id": 20400019},
        ),
        ("06_curate", "06 Curate", 0, CURATED),
    ],
)
def test_a_lesson_as_a_report_says_nothing_of_the_shipped_parameters(tmp_path, name, title, charts, parameters):
    run_notebook(name, tmp_path, output_dir=str(tmp_path), **parameters)
    page = report_html(tmp_path / f"{name}.ipynb")
    assert_fit_to_be_sent(page, title, charts=charts)
    text = re.sub(r"<[^>]+>|base64,[^\"]*", " ", page[page.index("<body") :])
    for told in (
        "Nothing to check",
        "Not yet",
        "shipped parameters",
        "Exercise",
        "108 items",
        "37,915",
        "63 countries",
        "Agriculture has",
        "127.0.0.1",
    ):
        assert told not in text, told


def test_papermill_exits_non_zero(tmp_path):
    command = [
        sys.executable,
        "-m",
        "papermill",
        "--cwd",
        ROOT / "notebooks",
        ROOT / "notebooks" / "05_group_views.ipynb",
        tmp_path / "out.ipynb",
        "-p",
        "gruop_id",
        "11962",
    ]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode != 0
    assert "group_id" in done.stderr


def test_no_parameter_is_a_secret():
    shown = [
        entry for name in NOTEBOOK_NAMES for entry in papermill.inspect_notebook(ROOT / "notebooks" / f"{name}.ipynb")
    ]
    assert "site" in shown and not any("token" in entry or "password" in entry for entry in shown)


# Bad input that only the site can tell: the notebook stops with what, cause and fix, without a library's traceback.

BAD = {
    "unknown id": ("01_retrieve_metadata", {"article_id": 1}, {}, r"article_id 1 is no public item .*: choose another"),
    "broken search": ("01_retrieve_metadata", {"search_for": "(frog"}, {}, r"400 .*search_for.*Cause:.*Fix:"),
    "empty group": ("04_chain_requests", {"group_id": 11971}, {}, r"no public items: choose another group_id"),
    "another's tree": ("04_chain_requests", {"group_id": 21334}, {}, r"group_id 21334 is no group of the token's"),
    "no category": ("04_chain_requests", {"categories": ["Soil sciense"]}, {}, r"'Soil sciense'.*did you mean"),
    "unknown group": ("05_group_views", {"group_id": 999999999}, {}, r"group_id 999999999 has no public item, so"),
    "another's group": ("05_group_views", {"group_id": 11962}, {}, r"group_id 11962 belongs to .*'iastate', but"),
    "unknown author": ("05_group_views", {"author_id": 999999999}, {}, r"author_id 999999999 is no author of this"),
    "page size": ("02_authenticate", {"page_size": 5000}, {}, r"page_size must be .*1.*1,?000"),
    "no token": ("02_authenticate", {"site": "sandbox"}, {}, r"FIGSHARE_TOKEN"),
    "wrong token": ("02_authenticate", {}, {"FIGSHARE_TOKEN": "not-a-real-token"}, r"403 .*Cause:.*FIGSHARE_TOKEN"),
    "wrong stats password": (
        "05_group_views",
        {},
        {"FIGSHARE_STATS_CREDENTIALS": "local:wrong"},
        r"403 .*Cause:.*Fix:",
    ),
    "unreachable site": ("00_start_here", {}, {"FIGSHARE_API_URL": "http://127.0.0.1:9/v2"}, r"No answer to GET"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(server, tmp_path, monkeypatch, case):
    name, parameters, environment, says = BAD[case]
    addresses = {"FIGSHARE_API_URL": server.url, "FIGSHARE_STATS_URL": server.stats_url}
    for variable, value in {**addresses, **environment}.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(papermill.PapermillExecutionError):
        run_notebook(name, tmp_path, **parameters)
    text = error_text(nbformat.read(tmp_path / f"{name}.ipynb", as_version=4))
    assert re.search(says, text, re.S), text
    assert "Traceback" not in text and not any(secret in text for secret in ("not-a-real-token", "local:wrong"))
