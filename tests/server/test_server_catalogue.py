"""Data folders: what is wrong is named, what is absent is derived, what is built is kept, what is there is served."""

import json
import shutil
import sqlite3

import pytest
import requests
from server_site import RESEARCHER

from local_figshare.cache import MOST_DATABASES, database_of
from local_figshare.catalogue import SHIPPED, Catalogue, CatalogueError
from local_figshare.database import Database
from local_figshare.fields import ARTICLE
from local_figshare.messages import BASE
from local_figshare.store import Store

RECORD = {
    "id": 7,
    "title": "A",
    "created_date": "2020-01-01T00:00:00Z",
    "published_date": "2020-01-02T00:00:00Z",
    "modified_date": "2020-01-02T00:00:00Z",
    "timeline": {},
    "authors": [{"id": 3, "full_name": "Ann Other"}],
    "url": "https://api.figshare.com/v2/articles/7",
    "url_public_html": "https://uni.figshare.com/articles/dataset/A/7",
    "files": [
        {
            "id": 70,
            "name": "a.txt",
            "size": 40,
            "is_link_only": False,
            "download_url": "https://ndownloader.figshare.com/files/70",
        },
        {"id": 71, "name": "", "size": 0, "is_link_only": True, "download_url": "https://example.org/x"},
    ],
}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder, "articles.jsonl", json.dumps(RECORD))
    return folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCAL_FIGSHARE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write(folder, name, *lines):
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def changed(**values):
    return json.dumps({**RECORD, **values})


# What is wrong


@pytest.mark.parametrize(
    "name, lines, said",
    [
        ("articles.jsonl", [changed(), "{"], "articles.jsonl, line 2: not valid JSON"),
        ("articles.jsonl", ["[1]"], "line 1: must be a JSON object"),
        ("articles.jsonl", [changed(id="7")], "line 1: 'id' must be a whole number"),
        ("articles.jsonl", [changed(), "", changed(id=8, authors="Ann")], "line 3: 'authors' must be a list"),
        ("articles.jsonl", [changed(files=[{"id": 1}])], "articles.jsonl, line 1: 'files[0].name' is missing"),
        ("articles.jsonl", [changed(published_date="soon")], "'published_date' must be a date of the years"),
        ("articles.jsonl", [changed(url=5)], "'url' must be a text"),
        ("articles.jsonl", [changed(), changed()], "articles.jsonl, line 2: 'id' 7 is there twice, also in line 1"),
        ("totals.csv", ["article_id,views", "7,1"], "totals.csv, line 1: the column 'downloads' is missing"),
        (
            "totals.csv",
            ["article_id,views,downloads", "7,1,2", "8,x,2"],
            "totals.csv, line 3: 'views' must be a whole number",
        ),
        (
            "totals.csv",
            ["article_id,views,downloads", "7,-1,2"],
            "totals.csv, line 2: 'views' must be a whole number from 0",
        ),
        ("groups.json", ['[{"id": 1}]'], "groups.json, line 1: 'name' is missing"),
        ("groups.json", ["[]", "x"], "groups.json, line 2: not valid JSON"),
        ("accounts.json", ["[", "oops"], "accounts.json, line 2: not valid JSON"),
        ("articles.jsonl", [changed(id=1 << 70)], "line 1: 'id' must be a whole number"),
        ("articles.jsonl", [changed(group_id="x")], "line 1: 'group_id' must be a whole number"),
        ("articles.jsonl", [changed(doi=5)], "line 1: 'doi' must be a text"),
        ("articles.jsonl", [changed(title="\ud800")], "line 1: not valid JSON (it holds half a character"),
        (
            "articles.jsonl",
            ['{"id": 7, "title": "A", "x": ' + "[" * 100_000],
            "line 1: not valid JSON (it is nested too",
        ),
        ("articles.jsonl", ['{"id": 7, "title": "A", "size": NaN}'], "line 1: not valid JSON (NaN is not a number"),
        ("articles.jsonl", [changed(is_embargoed=True, embargo_date="soon")], "'embargo_date' must be a date"),
        ("articles.jsonl", [changed(published_date="2020-W01")], "'published_date' must be a date"),
        ("catalogue.json", ['{"clock": "x"}'], "catalogue.json, line 1: 'clock' must be a date"),
        ("catalogue.json", ["[]"], "catalogue.json, line 1: must be a JSON object"),
        ("drafts.jsonl", ["null"], "drafts.jsonl, line 1: must be a JSON object"),
        ("collections.jsonl", ['{"id": 1}'], "collections.jsonl, line 1: 'title' is missing"),
    ],
)
def test_a_damaged_file_is_named_with_its_line(folder, own_cache, name, lines, said):
    write(folder, name, *lines)
    with pytest.raises(CatalogueError) as error:
        Store(Catalogue(folder))
    assert said in str(error.value) and "\n" not in str(error.value)
    assert [path for path in own_cache.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "lines, said",
    [
        ([changed(), "{"], "articles.jsonl, line 2: not valid JSON"),
        ([changed(), changed(id=8, authors="Ann")], "articles.jsonl, line 2: 'authors' must be a list"),
        ([changed(), changed()], "articles.jsonl, line 2: 'id' 7 is there twice, also in line 1"),
    ],
)
def test_a_fault_in_a_later_line_is_named_with_that_line(folder, own_cache, lines, said):
    write(folder, "articles.jsonl", *lines)
    with pytest.raises(CatalogueError, match=f"{folder}/{said}"):
        Store(Catalogue(folder))
    assert [path for path in own_cache.rglob("*") if path.is_file()] == []


def test_what_is_no_catalogue_is_said(tmp_path):
    with pytest.raises(CatalogueError, match="no such folder"):
        Catalogue(tmp_path / "nowhere")
    with pytest.raises(CatalogueError, match=r"articles\.jsonl: this file is missing"):
        Catalogue(tmp_path)
    (tmp_path / "articles.jsonl").write_bytes(b"\xff\xfe{}\n")
    with pytest.raises(CatalogueError, match="UTF-8"):
        Store(Catalogue(tmp_path))


# What is absent


def test_a_bare_folder_gets_groups_institutions_and_accounts(iowa, open_site):
    site = open_site(iowa)
    lines = (iowa / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert site.store.article_ids() == sorted(record["id"] for record in records)
    groups = {row["id"] for row in site.store.query("SELECT id FROM groups WHERE institution_id=319")}
    assert groups == {record["group_id"] for record in records}
    assert len(site.search(institution=319, group=11962, page_size=1000)) == sum(
        record["group_id"] == 11962 for record in records
    )
    assert site.get("/account/institution", "local-admin")["id"] == 319
    assert site.get("/account/articles", RESEARCHER)
    newest = max(record["published_date"] for record in records)
    assert newest[:10] < site.store.now()[:10]


def test_real_records_are_served_as_they_are(iowa, open_site):
    site = open_site(iowa)
    line = (iowa / "articles.jsonl").read_text(encoding="utf-8").splitlines()[0]
    record = json.loads(line)
    served = site.get(f"/articles/{record['id']}")
    assert served.pop("files") == []
    assert list(served) == list(record)
    moved = ("url", "url_private_api", "url_public_api", "figshare_url", "thumb", "url_private_html", "url_public_html")
    assert {key: served[key] for key in served if key not in moved} == {
        key: record[key] for key in record if key not in moved
    }
    assert served["url"] == record["url"].replace("https://api.figshare.com", BASE)
    assert served["thumb"] == record["thumb"].replace("https://", f"{BASE}/web/")


def test_addresses_come_home_and_links_stay(folder, open_site):
    record = open_site(folder).get("/articles/7")
    assert record["url_public_html"] == f"{BASE}/web/uni.figshare.com/articles/dataset/A/7"
    assert [entry["download_url"] for entry in record["files"]] == [f"{BASE}/files/70", "https://example.org/x"]


def test_a_link_to_a_file_of_figshare_stays_a_link(folder, open_site):
    link = {"id": 71, "name": "", "is_link_only": True, "download_url": "https://ndownloader.figshare.com/files/5"}
    write(folder, "articles.jsonl", changed(files=[*RECORD["files"][:1], link]))
    assert [entry["download_url"] for entry in open_site(folder).get("/articles/7")["files"]] == [
        f"{BASE}/files/70",
        link["download_url"],
    ]


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({**RECORD, "title": "Zoë"}),  # spelt with an escape: kept as it is
        json.dumps(RECORD, separators=(",", ":")),
        json.dumps(RECORD).replace('": ', '" : '),
        json.dumps(RECORD).replace("https:/", "https:\\/"),
        json.dumps(RECORD).replace('"url": ', '"url":'),  # spelt alike at its beginning only
        json.dumps(RECORD).replace('"url_public_html": ', '"url_public_html" : '),
        changed(license={"name": "CC0", "url": RECORD["url"]}),  # the same key and address elsewhere
        changed(
            files=[
                {"id": 1, "name": "a", "download_url": ""},
                {"id": 2, "name": "b", "download_url": ""},
                {"id": 3, "name": "c"},
            ]
        ),
    ],
    ids=["escape", "compact", "wide", "slashes", "mixed", "page", "twice", "absent"],
)
def test_the_json_of_a_record_says_what_the_record_says(folder, line):
    write(folder, "articles.jsonl", line)
    ((record, text, _),) = Catalogue(folder).records("articles.jsonl", ARTICLE)
    assert json.loads(text) == record
    assert record["url"] == f"{BASE}/v2/articles/7" and ("\\u00eb" in text) == ("\\u00eb" in line)
    assert record["files"][0]["download_url"] == f"{BASE}/files/{record['files'][0]['id']}"


@pytest.mark.parametrize("spelt", [", |: ", ",|:", " , | : ", "mixed"])
def test_files_under_embargo_stay_hidden_however_a_line_is_spelt(folder, open_site, spelt):
    record = {key: value for key, value in RECORD.items() if "url" not in key} | {"is_embargoed": True}
    line = (
        json.dumps(record).replace('embargoed": ', 'embargoed":')
        if spelt == "mixed"
        else json.dumps(record, separators=spelt.split("|"))
    )
    write(folder, "articles.jsonl", line)
    assert open_site(folder).get("/articles/7")["files"] == []


def test_a_snapshot_of_a_local_server_is_served_again_byte_for_byte(server, fresh_server, tmp_path):
    folder = tmp_path / "snapshot"
    folder.mkdir()
    hits = requests.post(f"{server.url}/articles/search", json={"page_size": 50}, timeout=10).json()
    ids = [hit["id"] for hit in hits]
    texts = {one: requests.get(f"{server.url}/articles/{one}", timeout=10).text for one in ids}
    write(folder, "articles.jsonl", *texts.values())
    write(folder, "catalogue.json", json.dumps({"api_url": server.url, "clock": "2026-01-15T12:00:00Z"}))
    again = fresh_server(folder)
    for one, text in texts.items():
        served = requests.get(f"{again.url}/articles/{one}", timeout=10).text
        assert served == text.replace(server.root, again.root)


def test_files_that_are_there_are_given_and_others_derived(folder, open_site):
    (folder / "files").mkdir()
    (folder / "files" / "70").write_bytes(b"x" * 40)
    site = open_site(folder)
    place = site.ask("GET", "/files/70").headers["Location"]
    assert b"".join(site.ask("GET", place).body) == b"x" * 40


# What is built


def test_a_database_is_built_once_and_again_after_a_change(folder, own_cache, tmp_path):
    first = database_of(Catalogue(folder), tmp_path)
    inode = first.stat().st_ino
    assert database_of(Catalogue(folder), tmp_path) == first and first.stat().st_ino == inode
    write(folder, "articles.jsonl", changed(title="Another title"))
    second = database_of(Catalogue(folder), tmp_path)
    assert second != first and second.parent == own_cache / "local_figshare"
    assert not list(second.parent.glob("*.building"))


def test_two_builds_of_a_folder_give_the_same_database(own_cache, tmp_path):
    """Two starts at once may both build it, and one replaces what the other has made."""
    first = database_of(Catalogue(SHIPPED), tmp_path).rename(tmp_path / "first.sqlite")
    second = database_of(Catalogue(SHIPPED), tmp_path)
    with sqlite3.connect(first) as one, sqlite3.connect(second) as other:
        dumped = list(one.iterdump())
        assert len(dumped) > 5000 and dumped == list(other.iterdump())
    one.close()
    other.close()


def test_the_cache_keeps_the_last_few(folder, own_cache, tmp_path):
    for number in range(MOST_DATABASES + 3):
        write(folder, "articles.jsonl", changed(title=f"Title {number}"))
        last = database_of(Catalogue(folder), tmp_path)
    kept = list(last.parent.glob("*.sqlite"))
    assert len(kept) == MOST_DATABASES and last in kept


def test_without_a_cache_it_is_built_in_the_state_folder(folder, tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    monkeypatch.setenv("LOCAL_FIGSHARE_CACHE", str(blocked))
    assert database_of(Catalogue(folder), tmp_path).parent == tmp_path


def test_a_reset_does_not_need_the_cache(folder, own_cache, open_site):
    """Other starts forget old databases; a running server keeps its own."""
    site = open_site(folder)
    shutil.rmtree(own_cache)
    site.store.reset()
    assert site.store.article(7)["title"] == "A"


def test_a_big_database_is_copied_by_its_first_write(folder, tmp_path, monkeypatch):
    built = database_of(Catalogue(folder), tmp_path)
    before = built.read_bytes()
    monkeypatch.setattr(Database, "SMALL", 0)
    state = tmp_path / "state"
    state.mkdir()
    database = Database(built, state)
    assert database.first_row("SELECT count(*) FROM articles")[0] == 1 and not list(state.glob("state-*"))
    with database.write() as db:
        db.execute("DELETE FROM articles")
    assert database.first_row("SELECT count(*) FROM articles")[0] == 0
    database.restore()
    assert database.first_row("SELECT count(*) FROM articles")[0] == 1
    database.close()
    assert built.read_bytes() == before


def test_a_write_that_fails_leaves_nothing(folder, tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    database = Database(database_of(Catalogue(folder), tmp_path), state)
    version = database.version
    with pytest.raises(ValueError, match="stop"), database.write() as db:
        db.execute("DELETE FROM articles")
        raise ValueError("stop")
    assert database.first_row("SELECT count(*) FROM articles")[0] == 1 and database.version == version
    database.close()


def test_closing_removes_the_state(folder):
    store = Store(Catalogue(folder))
    assert store.folder.is_dir()
    store.close()
    assert not store.folder.exists()


def test_the_shipped_catalogue_needs_no_other_folder(tmp_path, open_site):
    copied = tmp_path / "copy"
    shutil.copytree(SHIPPED, copied)
    site = open_site(copied)
    assert site.get("/articles/5616445")["id"] == 5616445
