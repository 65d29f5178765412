"""The check that a person may start: against local Figshare only, and against sites that have changed."""

import io
import json
import os
import subprocess
import sys

import pytest
from helpers_site import client_answered_by, connected, queue_fault, requests_of
from notebook_tools import ROOT

from figshare_workbook.live_check import QUESTIONS, live_check, main

LIVE = {"site": "figshare", "requests_per_second": 1000, "token": "", "cache": False}
PAGE = {"Content-Type": "application/json"}


@pytest.fixture
def local(fresh_server):
    with connected(fresh_server()) as client:
        yield client


@pytest.mark.parametrize("site", ["figshare", "sandbox"])
def test_all_is_as_expected_where_nothing_has_changed(server, local, site):
    with connected(server, **{**LIVE, "site": site}) as client:
        first, *lines, last = live_check(client, local)
        assert first.startswith(f"Live check of {client.api_url} with workbook ")
        assert {line[:9] for line in lines} == {"ok       "}
        assert last == f"{len(QUESTIONS)} of {len(QUESTIONS)} as expected."
        asked = requests_of(client)
    assert len(asked) == len(QUESTIONS) <= 12
    assert {path for path in asked if not path.startswith("GET ")} == {"POST /articles/search"}  # a read
    assert not [path for path in asked if "/account" in path]


def test_what_has_changed_is_named(local):
    answer = json.dumps({"totals": "12", "id": 1}).encode()
    with client_answered_by((200, PAGE, answer), **LIVE) as client:
        lines = list(live_check(client, local))
    assert len(lines) == len(QUESTIONS) + 2 and lines[-1] == f"0 of {len(QUESTIONS)} as expected."
    [total] = [line for line in lines if "/total/" in line]
    assert total.startswith("DIFFERS  GET /total/views") and "totals is the text '12'" in total


def test_a_field_that_is_gone_and_one_that_is_new(local):
    licences = json.dumps([{"value": 1, "name": "CC BY 4.0", "rights": "some"}]).encode()
    with client_answered_by((200, PAGE, licences), **LIVE) as client:
        [line] = [line for line in live_check(client, local) if "/licenses" in line]
    assert line == "DIFFERS  GET /licenses: lacks url; a list of licences (new: rights)"


@pytest.mark.parametrize("status", [403, 429])
def test_it_stops_where_it_is_not_welcome(server, local, status):
    with connected(server, **LIVE) as client:
        client.retry = client.retry.new(total=0)
        queue_fault(server, "status", "/v2/articles", status=status, times=99)
        lines = list(live_check(client, local))
    assert len(lines) == 3 and lines[-1].startswith("Stopped here") and f"answered {status}" in lines[1]


def test_nothing_is_sent_without_a_yes(monkeypatch, capsys, server):
    monkeypatch.setenv("FIGSHARE_API_URL", server.url)
    monkeypatch.setattr("figshare_workbook.live_check.connect", lambda *_, **__: pytest.fail("it would have sent"))
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))  # no terminal
    assert main([]) == 2 and "Add --yes" in capsys.readouterr().err
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    for said in ("", "n", "no", "perhaps"):
        monkeypatch.setattr("builtins.input", lambda words, said=said: said)
        assert main([]) == 2


def test_as_a_command_on_local_figshare(server):
    environment = {**os.environ, "FIGSHARE_API_URL": server.url, "FIGSHARE_STATS_URL": server.stats_url}
    done = subprocess.run(
        [sys.executable, "-m", "figshare_workbook.live_check", "--site", "local", "--yes"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and done.stdout.endswith(" as expected.\n"), done.stdout + done.stderr
