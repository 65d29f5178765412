"""Whole repositories: a Parquet dataset that resumes, a snapshot that local Figshare serves."""

import contextlib
import datetime
import json
import sys
from pathlib import Path

import pandas as pd
import pytest
from helpers_site import clear_faults, connected, process_to_kill, queue_fault, requests_of, wait_for

import figshare_helpers as fh
from figshare_workbook.client.answer_shapes import OAI_RECORDS
from figshare_workbook.client.harvest import HarvestRun

pytestmark = pytest.mark.slow  # sockets, processes and files take seconds

DATA = Path(__file__).parents[2] / "data"


def test_a_harvest_holds_every_public_item_once(figshare, tmp_path):
    result = figshare.harvest(tmp_path / "set")
    wanted = {item["id"]: fh.plain_text(item["title"]) for item in figshare.articles()}
    frame = fh.harvest_frame(tmp_path / "set")
    assert dict(zip(frame["id"], frame["title"], strict=True)) == wanted
    assert result["records"] >= len(wanted)
    assert "object" not in map(str, frame.dtypes)
    assert not frame["creators"].str.contains(r"\(\d+\)").any()


@pytest.mark.slow
def test_pandas_duckdb_and_dask_read_the_dataset(figshare, tmp_path):
    import dask.dataframe
    import duckdb

    figshare.harvest(tmp_path / "set", set_name="item_type_3")
    files = sorted((tmp_path / "set").glob("month=*/*.parquet"))
    assert len(files) > 10
    total = len(pd.read_parquet(tmp_path / "set"))
    assert duckdb.sql(f"SELECT count(*) FROM '{tmp_path}/set/*/*.parquet'").fetchall() == [(total,)]
    assert len(dask.dataframe.read_parquet(tmp_path / "set")) == total
    month = files[0].parent.name.removeprefix("month=")
    assert pd.read_parquet(files[0])["datestamp"].dt.strftime("%Y-%m").unique().tolist() == [month]


def test_the_second_run_fetches_what_changed(figshare, tmp_path):
    figshare.harvest(tmp_path / "set")
    before = len(figshare.requests_made)
    assert figshare.harvest(tmp_path / "set")["records"] == len(pd.read_parquet(tmp_path / "set"))
    assert len(figshare.requests_made) == before + 1
    article = figshare.create_article(
        {
            "title": "Brand new",
            "description": "d",
            "tags": ["a"],
            "defined_type": "dataset",
            "categories": [figshare.find_category("Genetics")["id"]],
        }
    )
    (tmp_path / "file.txt").write_text("hello")
    figshare.upload_file(article, tmp_path / "file.txt")
    figshare.publish_article(article)
    figshare.harvest(tmp_path / "set")
    frame = fh.harvest_frame(tmp_path / "set")
    assert article in frame["id"].tolist() and frame["id"].is_unique
    figshare.post(f"/account/articles/{article}/unpublish", {"reason": "It was only a test"})
    figshare.harvest(tmp_path / "set")
    assert article not in fh.harvest_frame(tmp_path / "set")["id"].tolist()
    assert article in pd.read_parquet(tmp_path / "set")["id"].tolist()  # as deleted


def test_a_fault_in_the_middle_is_ridden_out(server, figshare, tmp_path):
    queue_fault(server, "status", "/v2/oai", after=5, times=2, status=503)
    figshare.harvest(tmp_path / "set")
    assert len(fh.harvest_frame(tmp_path / "set")) == len(list(figshare.articles()))


JOB = """
import sys, figshare_helpers as fh
from figshare_workbook.client.harvest import HarvestRun
HarvestRun.batch_pages = 7
fh.connect("local").harvest(sys.argv[1])
"""


@pytest.mark.slow
def test_a_killed_harvest_loses_nothing_and_doubles_nothing(server, tmp_path, monkeypatch):
    folder = tmp_path / "set"
    monkeypatch.setattr(HarvestRun, "batch_pages", 7)
    for pages in (3, 10, 25, 40):  # in the first batch, and in later ones
        queue_fault(server, "status", "/v2/oai", status=503, after=pages - pages_in(folder), times=999)
        with process_to_kill([sys.executable, "-c", JOB, str(folder)], server):
            wait_for(lambda pages=pages: pages_in(folder) == pages)
        clear_faults(server)
    with connected(server) as client:
        client.harvest(folder)
        wanted = sorted(item["id"] for item in client.articles())
        stored = pd.read_parquet(folder)
        assert sorted(stored[~stored["is_deleted"].astype(bool)]["id"]) == wanted
        oai_pages = sum("/oai" in path for path in requests_of(client))
        assert oai_pages == -(-len(stored) // 10) - 40  # it went on where it stopped


def pages_in(folder: Path) -> int:
    """Counts the answers that are safe: those in batches, and those in the spool."""
    spool, state = folder / "_spool.jsonl", folder / "_harvest.json"
    with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
        batch = json.loads(state.read_text())["batch"] if state.exists() else 1
        lines = spool.read_bytes().splitlines(keepends=True) if spool.exists() else []
        whole = [json.loads(line) for line in lines if line.endswith(b"\n")]
        return (batch - 1) * 7 + sum(page["batch"] == batch for page in whole)
    return 0


def test_an_expired_token_is_no_end(figshare, tmp_path, monkeypatch):
    monkeypatch.setattr(HarvestRun, "batch_pages", 7)
    run = HarvestRun(tmp_path / "set", {}, figshare.identity)
    for _ in range(12):
        run.add_answer(figshare.ask("GET", "/oai", params=run.next_parameters(), shape=OAI_RECORDS))
    run._state["token"] = "expired"  # noqa: SLF001  (a token lives 24 hours: no test can wait)
    run._write_batch()  # noqa: SLF001
    figshare.harvest(tmp_path / "set")
    assert len(fh.harvest_frame(tmp_path / "set")) == len(list(figshare.articles()))


def test_a_folder_holds_one_harvest(figshare, tmp_path):
    figshare.harvest(tmp_path / "set", set_name="item_type_3")
    with pytest.raises(fh.ParameterError, match="choose another folder"):
        figshare.harvest(tmp_path / "set")


def test_a_folder_knows_its_harvest_from_the_first_page(figshare, tmp_path, fresh_server, monkeypatch):
    break_off_after(2, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        figshare.harvest(tmp_path / "set", set_name="item_type_3")
    monkeypatch.undo()
    small = figshare.snapshot(tmp_path / "small", figshare.articles(item_type=3, limit=5))
    with connected(fresh_server(data=small)) as other:
        for client, name in ((figshare, "item_type_6"), (other, "item_type_3")):
            with pytest.raises(fh.ParameterError, match="choose another folder"):
                client.harvest(tmp_path / "set", set_name=name)
    with connected(fresh_server()) as same:  # at another port
        same.harvest(tmp_path / "set", set_name="item_type_3")
        wanted = sorted(item["id"] for item in same.articles(item_type=3))
    assert sorted(fh.harvest_frame(tmp_path / "set")["id"]) == wanted


def test_a_folder_in_which_nothing_came_is_free(figshare, tmp_path, monkeypatch):
    break_off_after(0, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        figshare.harvest(tmp_path / "set", set_name="item_type_6")
    monkeypatch.undo()
    assert figshare.harvest(tmp_path / "set", set_name="item_type_9")["records"]


def test_pages_of_an_unknown_harvest_are_left_alone(figshare, tmp_path):
    figshare.harvest(tmp_path / "set", set_name="item_type_9")
    (tmp_path / "set" / "_harvest.json").unlink()
    with pytest.raises(fh.ParameterError, match="does not say which harvest it holds"):
        figshare.harvest(tmp_path / "set", set_name="item_type_9")


def break_off_after(pages: int, monkeypatch) -> None:
    """Makes a harvest stop after so many pages, as Ctrl-C does."""
    add_answer, added = HarvestRun.add_answer, []

    def add_or_stop(run, answer):
        if len(added) == pages:
            raise KeyboardInterrupt
        added.append(answer)
        return add_answer(run, answer)

    monkeypatch.setattr(HarvestRun, "add_answer", add_or_stop)


@pytest.mark.parametrize(
    "days", [("nonsense", None), ("2020-13-01", None), (datetime.date(2020, 1, 1), None), ("2021-01-01", "2020-01-01")]
)
def test_dates_are_checked_before_anything_is_sent(figshare, tmp_path, days):
    with pytest.raises(fh.ParameterError, match="start_date"):
        figshare.harvest(tmp_path / "set", start_date=days[0], end_date=days[1])
    assert not requests_of(figshare) and not (tmp_path / "set").exists()


def test_an_empty_harvest(figshare, tmp_path):
    assert figshare.harvest(tmp_path / "set", start_date="1999-01-01", end_date="1999-12-31")["records"] == 0
    figshare.harvest(tmp_path / "full", set_name="item_type_9")
    empty, full = (fh.harvest_frame(tmp_path / name) for name in ("set", "full"))
    assert len(empty) == 0 and empty.dtypes.equals(full.dtypes)
    with pytest.raises(fh.ParameterError, match="holds no harvest"):
        fh.harvest_frame(tmp_path / "nothing")


def test_a_snapshot_is_served_again(figshare, tmp_path):
    import local_figshare

    hits = list(figshare.articles(institution=319, limit=25))
    folder = figshare.snapshot(tmp_path / "mine", hits)
    with local_figshare.serve(data=folder) as copy, connected(copy) as client:
        assert sorted(item["id"] for item in client.articles()) == sorted(item["id"] for item in hits)
        for hit in hits[:3]:
            mine, theirs = client.article(hit["id"]), figshare.article(hit["id"])
            assert (mine["title"], mine["authors"], mine["doi"]) == (theirs["title"], theirs["authors"], theirs["doi"])
            assert mine["url"] == theirs["url"].replace(figshare.api_url, client.api_url)
        assert client.totals(hits).equals(figshare.totals(hits))


def test_a_second_snapshot_asks_anew(fresh_server, tmp_path):
    with connected(fresh_server(), token="local-admin") as client:
        number = next(
            item["id"] for item in client.institution_articles(status=1) if not client.missing_fields(item["id"])
        )
        client.snapshot(tmp_path / "mine", [number])
        client.update_article(number, {"title": "Another title"})
        client.publish_article(number)
        client.snapshot(tmp_path / "mine", [number])
    assert json.loads((tmp_path / "mine" / "articles.jsonl").read_text(encoding="utf-8"))["title"] == "Another title"
    assert [path.name for path in (tmp_path / "mine").glob(".*")] == [".lock"]


def test_a_snapshot_with_files(figshare, tmp_path):
    import local_figshare

    record = next(
        record
        for record in figshare.full_records(figshare.articles(limit=30))
        if record["files"] and not record["has_linked_file"]
    )
    folder = figshare.snapshot(tmp_path / "mine", [record], files=True, totals=False)
    assert {path.name for path in (folder / "files").iterdir()} == {str(file["id"]) for file in record["files"]}
    with local_figshare.serve(data=folder) as copy, connected(copy) as client:
        assert all(entry["outcome"] == "downloaded" for entry in client.download_files(record["id"], tmp_path / "d"))


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_snapshot_brings_the_versions_along_if_asked(figshare, tmp_path):
    ids = [20400019, 8329418, 20400027]
    before = len(figshare.requests_made)
    folder = figshare.snapshot(tmp_path / "mine", ids, versions=True, totals=False)
    asked = figshare.requests_made["path"][before:]
    assert len(asked) == len(ids) + 2 + 4  # two items have lists of versions, of three and one that are not the newest
    written = lines(folder / "versions.jsonl")
    assert [(line["id"], line["version"]) for line in written] == [
        (20400019, 1),
        (20400019, 2),
        (20400019, 3),
        (8329418, 1),
    ]
    kept = {(line["id"], line["version"]): line["title"] for line in lines(DATA / "versions.jsonl")}
    assert all(line["title"] == kept[line["id"], line["version"]] for line in written)
    with fh.open_snapshot(folder) as copy:
        for line in written:
            mine, theirs = (client.article(line["id"], version=line["version"]) for client in (figshare, copy))
            assert fh.record_differences([mine], [theirs]) == []
            assert copy.requests_made["status"].iloc[-1] == 200
    assert [path.name for path in folder.glob(".*")] == [".lock"]


def test_a_snapshot_with_versions_goes_on_where_it_stopped(figshare, tmp_path, monkeypatch):
    """The second of the item's earlier versions is met in the first run, and not asked for again."""

    def broken(self, article_id, *, version=None, **more):
        if version == 2:
            raise fh.FigshareError("no answer", "the network", "try again")
        return whole(self, article_id, version=version, **more)

    whole = fh.Figshare.article
    with monkeypatch.context() as patch:
        patch.setattr(fh.Figshare, "article", broken)
        with pytest.raises(fh.FigshareError, match="no answer"):
            figshare.snapshot(tmp_path / "mine", [20400019], versions=True, totals=False)
    before = len(figshare.requests_made)
    figshare.snapshot(tmp_path / "mine", [20400019], versions=True, totals=False)
    asked = [path for path in figshare.requests_made["path"][before:] if path.endswith("/versions/1")]
    assert asked == []
    assert [line["version"] for line in lines(tmp_path / "mine" / "versions.jsonl")] == [1, 2, 3]


def test_resourcesync_as_a_table(figshare):
    start = figshare.api_url.removesuffix("/v2") + "/.well-known/resourcesync"
    described = figshare.resource_list(start)
    assert described["capability"].tolist() == ["capabilitylist"] * len(described)
    capabilities = figshare.resource_list(described["loc"][0])
    assert {"resourcelist", "changelist"} <= set(capabilities["capability"])
