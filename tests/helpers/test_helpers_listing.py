"""Completeness: everything once, in as few requests as the API allows, and said so where it cannot be."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
from helpers_site import clear_faults, connected, patch_rooms, process_to_kill, queue_fault, requests_of, wait_for
from make_big_catalogue import make_data_folder

import figshare_helpers as fh
from figshare_workbook.base.disk import add_line

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    """Local Figshare with 10,300 items."""
    import local_figshare

    folder = tmp_path_factory.mktemp("big")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCAL_FIGSHARE_CACHE", str(folder / "cache"))
        with local_figshare.serve(data=make_data_folder(folder / "data", 10_300)) as server:
            yield server


def ids_in(server_folder) -> list[int]:
    lines = (Path(server_folder) / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["id"] for line in lines]


@pytest.mark.slow
def test_a_listing_goes_past_nine_thousand_by_cursor(big):
    with connected(big) as client:
        ids = [item["id"] for item in client.articles()]
        assert len(ids) == len(set(ids)) == 10_300
        assert len(client.requests_made) == 11  # ceil(10300 / 1000)
        assert client.notes == []


@pytest.mark.slow
def test_a_search_goes_past_nine_thousand_by_cursor(big):
    with connected(big) as client:
        everything = {item["id"] for item in client.articles()}
        assert {item["id"] for item in client.search(order="published_date", order_direction="asc")} == everything


def test_listing_is_lazy_and_limited(figshare):
    assert len(list(figshare.articles(limit=5))) == 5
    assert requests_of(figshare) == ["GET /articles?page=1&page_size=5"]
    first = next(figshare.articles(page_size=7))
    assert first["id"] and len(figshare.requests_made) == 2


def test_as_few_requests_as_the_api_allows(figshare):
    total = len(list(figshare.articles()))
    assert len(figshare.requests_made) == 1
    assert len(list(figshare.articles(page_size=100))) == total
    assert len(figshare.requests_made) == 1 + -(-total // 100) + (total % 100 == 0)


def test_the_cursor_takes_over_where_pages_end(figshare, monkeypatch):
    total = {item["id"] for item in figshare.articles()}
    patch_rooms(monkeypatch, "MAX_LISTING", 100)
    found = [item["id"] for item in figshare.articles(page_size=50)]
    assert len(found) == len(set(found)) and set(found) == total
    assert any("limit=50" in path for path in requests_of(figshare))


def test_where_there_is_no_cursor_the_result_says_so(figshare, monkeypatch, capsys):
    patch_rooms(monkeypatch, "MAX_LISTING", 20)
    assert len(list(figshare.account_articles(page_size=10))) == 20
    assert "no more than 20 items" in capsys.readouterr().out
    assert len(figshare.notes) == 1


def test_duplicates_of_a_list_that_moves_are_left_out(server, figshare):
    queue_fault(server, "duplicate", "/v2/articles", after=1, times=3)
    ids = [item["id"] for item in figshare.articles(page_size=100)]
    assert len(ids) == len(set(ids))


def test_an_error_in_the_middle_is_an_error_and_no_short_list(server, figshare):
    figshare.retry = figshare.retry.new(total=0)
    queue_fault(server, "status", "/v2/articles", after=2, status=500)
    with pytest.raises(fh.FigshareError):
        list(figshare.articles(page_size=100))


def test_all_files_not_the_first_ten(figshare):
    many = next(
        item
        for item in map(lambda hit: figshare.get(f"/articles/{hit['id']}/files", page_size=1000), figshare.articles())
        if len(item) > 10
    )
    article = next(
        hit["id"]
        for hit in figshare.articles()
        if len(figshare.get(f"/articles/{hit['id']}/files", page_size=1000)) == len(many)
    )
    assert len(figshare.article(article)["files"]) == len(figshare.files(article)) == len(many)
    assert len(fh.files_frame([figshare.article(article)])) == len(many)


def test_full_records_keep_the_order_and_say_what_is_gone(server, figshare, capsys):
    ids = [item["id"] for item in figshare.articles(limit=30)]
    ids.insert(7, 99999999999)
    records = figshare.full_records(ids + ids[:3])
    assert [record["id"] for record in records] == [number for number in ids if number != 99999999999]
    assert all("description" in record for record in records)
    assert capsys.readouterr().out == "1 of 31 items cannot be read (any more): 99999999999.\n"


def test_full_records_take_records_and_nothing(figshare):
    assert figshare.full_records([]) == []
    assert figshare.full_records(figshare.articles(limit=2))[1]["id"]


def test_private_records_need_the_token(figshare):
    draft = figshare.create_article({"title": "Draft"})
    assert figshare.full_records([draft], private=True)[0]["status"] == "draft"


def test_a_ledger_saves_requests(figshare, tmp_path):
    ids = [item["id"] for item in figshare.articles(limit=12)]
    for job, columns in ((figshare.full_records, None), (figshare.totals, ["id", "views", "downloads"])):
        ledger = tmp_path / "state" / f"{job.__name__}.jsonl"
        first = job(ids[:8], ledger=ledger)
        before = len(figshare.requests_made)
        again = job(ids[:8], ledger=ledger)
        assert len(figshare.requests_made) == before
        assert list(again) == list(first) if columns is None else again.equals(first)
        job(ids, ledger=ledger)
        assert len(figshare.requests_made) == before + 4 * (2 if columns else 1)


def test_a_line_that_a_crash_cut_off_is_asked_for_again(figshare, tmp_path):
    ids = [item["id"] for item in figshare.articles(limit=3)]
    ledger = tmp_path / "records.jsonl"
    wanted = figshare.full_records(ids, ledger=ledger)
    ledger.write_bytes(ledger.read_bytes()[:-100])
    assert figshare.full_records(ids, ledger=ledger) == wanted
    assert len(ledger.read_text(encoding="utf-8").splitlines()) == 1 + 3  # the first one says what they are


def test_a_line_that_cannot_be_read_is_named(figshare, tmp_path):
    ledger = tmp_path / "records.jsonl"
    figshare.full_records(figshare.articles(limit=3), ledger=ledger)
    lines = ledger.read_bytes().splitlines(keepends=True)
    for broken in (lines[1][:-50] + b"\n", b"\xff\xfe\n", b"7\n"):
        ledger.write_bytes(b"".join([*lines[:2], broken, *lines[2:]]))
        with pytest.raises(fh.FileProblem, match=r"Line 3 of .*records\.jsonl cannot be read"):
            figshare.full_records(figshare.articles(limit=3), ledger=ledger)


def test_a_ledger_is_of_one_job_and_site(figshare, tmp_path, fresh_server):
    ids = [item["id"] for item in figshare.articles(limit=3)]
    ledger = tmp_path / "records.jsonl"
    wanted = figshare.full_records(ids, ledger=ledger)
    small = figshare.snapshot(tmp_path / "small", ids)
    with connected(fresh_server(data=small)) as other:
        for job in (
            lambda: figshare.totals(ids, ledger=ledger),
            lambda: other.full_records(ids, ledger=ledger),
            lambda: figshare.full_records(ids, ledger=ledger, private=True),
        ):
            with pytest.raises(fh.ParameterError, match="of another job"):
                job()
    with connected(fresh_server()) as same:  # at another port
        assert same.full_records(ids, ledger=ledger)[0]["title"] == wanted[0]["title"]
        assert not any("/articles/" in path for path in requests_of(same))
    ledger.write_text("".join(ledger.read_text(encoding="utf-8").splitlines(keepends=True)[1:]), encoding="utf-8")
    with pytest.raises(fh.ParameterError, match="an older version wrote it"):
        figshare.full_records(ids, ledger=ledger)


def test_what_an_account_sees_is_kept_for_that_account(server, tmp_path):
    ledger = tmp_path / "records.jsonl"
    with connected(server) as owner:
        draft = owner.create_article({"title": "Seen by its owner"})
        wanted = owner.full_records([draft], private=True, ledger=ledger)
        account = owner.account()["id"]
    with connected(server) as again:
        assert again.full_records([draft], private=True, ledger=ledger) == wanted
        assert requests_of(again) == ["GET /account"]
    with connected(server, token="local-faber-admin") as other:
        with pytest.raises(fh.ParameterError, match=f"as account {account}, not of .* as account "):
            other.full_records([draft], private=True, ledger=ledger)
        with other.impersonating(account):
            assert other.full_records([draft], private=True, ledger=ledger) == wanted


def test_a_full_disk_is_one_sentence():
    if not Path("/dev/full").exists():
        pytest.skip("this system has no disk that is always full")
    with pytest.raises(fh.FileProblem, match="No space left"):
        add_line(Path("/dev/full"), {"id": 1})


JOB = """
import sys, figshare_helpers as fh
figshare = fh.connect("local")
ids = [item["id"] for item in figshare.articles(limit=60)]
figshare.full_records(ids, ledger=sys.argv[1])
"""


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_stopped(server, tmp_path):
    ledger = tmp_path / "records.jsonl"
    queue_fault(server, "status", "/v2/articles/", status=503, after=20, times=9999)
    with process_to_kill([sys.executable, "-c", JOB, str(ledger)], server):
        wait_for(lambda: lines_in(ledger) == 1 + 20)
    clear_faults(server)
    with connected(server) as client:
        ids = [item["id"] for item in client.articles(limit=60)]
        records = client.full_records(ids, ledger=ledger)
        assert [record["id"] for record in records] == ids
        assert sum(path.startswith("GET /articles/") for path in requests_of(client)) == 40


def lines_in(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


# A shell that runs the tests in the background makes its children deaf to Ctrl-C; a person's Python is not.
CTRL_C = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"


@pytest.mark.slow
def test_ctrl_c_stops_at_once_and_keeps_what_is_there(fresh_server, tmp_path):
    server = fresh_server(latency_ms=50)
    ledger = tmp_path / "records.jsonl"
    job = CTRL_C + JOB.replace("limit=60", "limit=600")
    process = subprocess.Popen(
        [sys.executable, "-c", job, str(ledger)],
        cwd=ROOT,
        env={**os.environ, "FIGSHARE_API_URL": server.url},
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: lines_in(ledger) >= 1 + 10)
    process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in process.communicate(timeout=60)[1]
    assert 1 + 10 <= lines_in(ledger) < 1 + 600


@pytest.mark.slow
def test_ctrl_c_ends_the_waiting_of_every_thread(server, tmp_path):
    """All eight wait as the server asked when it comes; none of them asks again."""
    queue_fault(server, "status", "/v2/articles/", status=503, retry_after=100, times=1000)
    process = subprocess.Popen(
        [sys.executable, "-c", CTRL_C + JOB, str(tmp_path / "records.jsonl")],
        cwd=ROOT,
        env={**os.environ, "FIGSHARE_API_URL": server.url},
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: faults_left(server) == 992)
    process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in process.communicate()[1]
    assert faults_left(server) == 992


def faults_left(server) -> int:
    return requests.get(f"{server.root}/_local/faults", timeout=30).json()["queued"][0]["times"]


def test_an_error_ends_the_other_threads_too(server, figshare):
    ids = [item["id"] for item in figshare.articles(limit=30)]
    queue_fault(server, "status", f"/v2/articles/{ids[0]}", status=403)
    queue_fault(server, "status", "/v2/articles/", status=503, retry_after=100, times=1000)
    with pytest.raises(fh.Forbidden):
        figshare.full_records(ids)
    for thread in threading.enumerate():
        if thread.name.startswith("ThreadPoolExecutor"):
            thread.join()
    assert faults_left(server) >= 1000 - 8


def test_a_pace_does_not_hold_up_the_end(server):
    """The turns of seven threads lie minutes ahead."""
    with connected(server, site="figshare", requests_per_second=0.01, cache=False) as client:
        asked = client.in_parallel(lambda number: number and client.get("/articles"), range(30), "records", workers=8)
        assert next(asked) == 0
        asked.close()
        for thread in threading.enumerate():
            if thread.name.startswith("ThreadPoolExecutor"):
                thread.join()
        assert len(client.requests_made) <= 1


def test_eight_requests_in_flight(fresh_server, monkeypatch):
    server = fresh_server(latency_ms=300)
    send, lock, now, seen = requests.Session.send, threading.Lock(), [0], []

    def count(change):
        with lock:
            now[0] += change
            seen.append(now[0])

    def counted(*args, **options):
        count(1)
        try:
            return send(*args, **options)
        finally:
            count(-1)

    with connected(server) as client:
        ids = [item["id"] for item in client.articles(limit=24)]
        monkeypatch.setattr(requests.Session, "send", counted)
        client.full_records(ids)
    assert max(seen) == 8 and len(seen) == 2 * len(ids)


def test_joined_searches_without_repetitions(figshare):
    hits = [*figshare.search(":title: frog"), *figshare.search(":title: frog OR :title: data")]
    unique = fh.unique(hits)
    assert len(unique) == len({hit["id"] for hit in hits}) < len(hits)


def test_subgroups_are_walked(server):
    with connected(server, token="local-admin") as client:
        groups = client.groups()
        parent = next(
            group["id"]
            for group in groups
            if sum(other["parent_id"] == group["id"] for other in groups) and group["parent_id"] == 0
        )
        below = client.subgroups(parent)
        assert parent not in below and len(below) == len(set(below)) > 1
        expected = {item["id"] for group in [parent, *below] for item in client.articles(group=group)}
        alone = {item["id"] for item in client.articles(group=parent)}
        assert {item["id"] for item in client.articles(group=parent, include_subgroups=True)} == expected
        assert {item["id"] for item in client.search(group=parent, include_subgroups=True)} == expected
        assert alone < expected
        with pytest.raises(fh.ParameterError, match="include_subgroups goes with group"):
            client.articles(include_subgroups=True)


def test_institution_lists_are_split_so_that_nothing_is_lost(server, monkeypatch):
    with connected(server, token="local-admin") as client:
        everything = [item["id"] for item in client.institution_articles()]
        accounts = [item["id"] for item in client.institution_accounts()]
        patch_rooms(monkeypatch, "MAX_LISTING", 20)
        assert sorted(item["id"] for item in client.institution_articles(page_size=10)) == sorted(everything)
        assert [item["id"] for item in client.institution_accounts(page_size=5)] == accounts
        assert client.notes == []


def test_reviews_come_as_a_list(server):
    with connected(server, token="local-admin") as client:
        found = client.reviews()
        assert {"id", "status", "article_id"} <= set(found[0])
        assert client.reviews(limit=2) == found[:2] and client.reviews(limit=5000) == found


@pytest.mark.parametrize("ids", ["5616445", 5616445, {"id": 5616445}, ["5616445"], (5616445,)])
def test_a_lone_id_is_one_id(figshare, ids):
    assert [record["id"] for record in figshare.full_records(ids)] == [5616445]
    assert figshare.totals(ids, "views")["id"].tolist() == [5616445]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("10.6084/m9.figshare.5616445.v2", ("article", 5616445, 2)),
        ("https://doi.org/10.6084/m9.figshare.5616445", ("article", 5616445, None)),
        ("https://figshare.com/articles/presentation/Using_APIs/5616445", ("article", 5616445, None)),
        ("https://figshare.com/articles/presentation/Using_APIs/5616445/1", ("article", 5616445, 1)),
        ("https://figshare.com/collections/A_1_b/4321", ("collection", 4321, None)),
        ("10.6084/m9.figshare.c.4321.v3", ("collection", 4321, 3)),
        ("10.1371/journal.pone.0039704", ("article", 123456, None)),
    ],
)
def test_addresses_and_dois_are_resolved(figshare, address, found):
    kind, number, version = found
    assert figshare.resolve(address) == {"kind": kind, "id": number, "version": version}


def test_an_unknown_doi(figshare):
    with pytest.raises(fh.NotFound, match=r"no public item at '10\.1234/nothing'"):
        figshare.resolve("10.1234/nothing")


def test_projects_and_collections(figshare):
    project, collection = next(figshare.projects()), next(figshare.collections())
    assert all("id" in item for item in figshare.project_articles(project["id"]))
    assert all("id" in item for item in figshare.collection_articles(collection["id"]))


def test_names_are_looked_up_once(figshare):
    genetics = figshare.find_category("  genetics ")
    assert genetics["title"] == "Genetics"
    assert figshare.find_license("cc by 4.0")["value"] == 1
    figshare.find_category("Genetics")
    assert requests_of(figshare) == ["GET /categories", "GET /licenses"]


LISTS = {
    "search": lambda f: f.search("frog", page_size=2),
    "articles": lambda f: f.articles(group=21332),
    "collections articles": lambda f: f.collection_articles(4820113),
    "projects": lambda f: f.projects(),
    "account articles": lambda f: f.account_articles(),
    "search ": lambda f: f.listing("POST", "/projects/search", {}),
}


@pytest.mark.parametrize(("name", "ask"), LISTS.items(), ids=LISTS)
def test_what_is_lazy_says_what_it_is(figshare, name, ask):
    found = ask(figshare)
    assert repr(found) == f"<{name.strip()}: use list(...) or a loop>"
    for misuse in (len, bool, lambda found: found[0], lambda found: found[:3]):
        with pytest.raises(TypeError, match=r"one by one\. Write items = list\(\.\.\.\), then "):
            misuse(found)
    assert not requests_of(figshare)  # nothing was asked for that
    first = next(found)
    assert first not in list(found)
    with pytest.raises(TypeError, match="read to its end"):
        list(found)
    assert next(found, None) is None


def test_a_group_with_its_subgroups_says_what_it_is(server):
    with connected(server, token="local-admin") as admin:
        lists = [
            admin.search(group=21332, include_subgroups=True),
            admin.institution_articles(),
            admin.institution_accounts(),
        ]
        assert [repr(found).split(":")[0] for found in lists] == [
            "<search",
            "<account institution articles",
            "<account institution accounts",
        ]


@pytest.mark.parametrize(
    "ask",
    [
        lambda f: f.get("/articles/{article_id}"),
        lambda f: f.post("/account/articles/{id}/publish"),
        lambda f: f.put("/account/articles/{}", {}),
        lambda f: f.delete("/account/articles/{items[0]['id']}"),
        lambda f: f.stats("/total/views/article/{article_id}"),
        lambda f: f.get(f.api_url + "/articles/{article_id:d}"),
    ],
)
def test_a_missing_f_gets_a_sentence_of_its_own(figshare, ask):
    with pytest.raises(fh.ParameterError, match="in braces, so nothing was sent") as caught:
        ask(figshare)
    assert 'write an f before the quotes, f"' in str(caught.value) and not requests_of(figshare)


def test_a_limit_is_the_size_of_the_page(server):
    with connected(server, token="local-admin") as client:
        assert len(list(client.institution_articles(limit=5))) == 5
        assert len(list(client.institution_accounts(limit=3, page_size=2))) == 3
        sizes = [path.partition("page_size=")[2].partition("&")[0] for path in client.requests_made["path"]]
        assert sizes == ["5", "2", "2"]
