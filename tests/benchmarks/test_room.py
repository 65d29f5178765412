"""One local Figshare for a whole room: everybody has an account, and sees nobody else's drafts."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import room_benchmark
from helpers_site import connected
from notebook_tools import results, run_notebook

import figshare_helpers as fh

TOKENS = [f"local-participant-{number:02d}" for number in range(1, 31)]


def test_thirty_tokens_are_thirty_people(server):
    accounts = set()
    for token in TOKENS:
        with connected(server, token=token) as client:
            accounts.add(client.account()["id"])
            assert not list(client.account_articles())
    assert len(accounts) == 30


def test_nobody_sees_or_changes_the_drafts_of_another(server):
    with connected(server, token=TOKENS[0]) as anna, connected(server, token=TOKENS[1]) as ben:
        draft = anna.create_article({"title": "Draft of Anna"})
        assert [item["id"] for item in anna.account_articles()] == [draft]
        assert not list(ben.account_articles())
        for refused in (
            lambda: ben.article(draft, private=True),
            lambda: ben.delete_article(draft),
            lambda: ben.update_article(draft, {"title": "Draft of Ben"}),
            lambda: ben.missing_fields(draft),
            lambda: ben.files(draft, private=True),
        ):
            with pytest.raises((fh.NotFound, fh.Forbidden)):
                refused()
        assert not list(ben.search('"Draft of Anna"'))
        assert anna.article(draft, private=True)["title"] == "Draft of Anna"


def test_all_at_once(server, tmp_path):
    """What the benchmark measures with 30 processes, here with six threads: every account has its own drafts."""

    def work(number, client):
        (folder := tmp_path / str(number)).mkdir()
        own = [room_benchmark.one_round(client, f"Draft {number}.{turn}", folder) for turn in range(2)]
        assert client.requests_made["status"].lt(400).all()
        return set(own), {item["id"] for item in client.account_articles()}

    with ExitStack() as stack, ThreadPoolExecutor(6) as pool:
        clients = [stack.enter_context(connected(server, token=token)) for token in TOKENS[:6]]
        rooms = list(pool.map(work, range(6), clients))
    assert all(own == seen for own, seen in rooms)
    assert len(set().union(*(own for own, _ in rooms))) == 12


def test_lesson_03_twice_at_one_server(server, tmp_path, monkeypatch):
    """Two people, one after the other, at the same site: each finds the item with the title of their own."""
    monkeypatch.setenv("FIGSHARE_API_URL", server.url)
    for number, name in enumerate(("Anna", "Ben")):
        monkeypatch.setenv("FIGSHARE_TOKEN", TOKENS[number])
        title = f"Calling frogs of {name}"
        shown = results(run_notebook("03_create_item", tmp_path, title=title, large_file_mb=1))
        assert (shown["title"], shown["found"], shown["rows_made"]) == (title, 1, 2)
        with connected(server, token=TOKENS[number]) as client:
            assert [item["title"] for item in client.account_articles()] == [title]
