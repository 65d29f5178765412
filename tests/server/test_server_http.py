"""Over a real socket: connections, headers, conditional requests, faults, the command line."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from local_figshare.__main__ import option_parser
from local_figshare.faults import FAULTY_METHODS, PATH_BEGINNINGS
from local_figshare.handlers import ROUTES

pytestmark = pytest.mark.slow  # processes and sockets take seconds

ROOT = Path(__file__).resolve().parents[2]
TOKEN = {"Authorization": "token local-researcher"}
ITEM = "/articles/5616445"


def fault(server, kind, **more):
    requests.post(
        f"{server.root}/_local/faults", json={"kind": kind, "path": "/v2/articles", **more}, timeout=10
    ).raise_for_status()


def get(server, path=ITEM, **more):
    return requests.get(f"{server.url}{path}", timeout=10, **more)


# Connections and headers


def test_one_connection_serves_many_requests(server):
    place = urlsplit(server.root)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=10)
    connection.connect()
    opened = connection.sock
    for path, body in ((f"/v2{ITEM}", None), ("/v2/nope", None), ("/v2/articles/search", b'{"search_for": "frog"}')):
        connection.request("POST" if body else "GET", path, body)
        reply = connection.getresponse()
        reply.read()
        assert reply.version == 11 and connection.sock is opened
    connection.request("PUT", "/upload/nobody/1", b"left unread")
    assert connection.getresponse().read() == b""
    connection.request("GET", f"/v2{ITEM}")
    assert json.loads(connection.getresponse().read())["id"] == 5616445
    connection.close()


def test_figshares_headers(server):
    reply = get(server)
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Access-Control-Allow-Origin"] == "https://api.figshare.com"
    assert reply.headers["ETag"].startswith('W/"') and reply.headers["Last-Modified"].endswith(" GMT")
    assert '", "' in reply.text and reply.text.startswith('{"')


def test_every_url_points_back_at_the_server(server):
    text = get(server).text
    assert "local-figshare.invalid" not in text and "//api.figshare.com" not in text
    port = urlsplit(server.root).port
    other = requests.get(f"http://localhost:{port}/v2{ITEM}", timeout=10).json()
    assert other["url"] == f"http://localhost:{port}/v2{ITEM}"


def test_update_sends_its_body_with_205(server):
    made = requests.post(f"{server.url}/account/articles", json={"title": "A title"}, headers=TOKEN, timeout=10)
    assert made.status_code == 201 and made.json()["location"] == made.headers["Location"]
    reply = requests.put(made.headers["Location"], json={"title": "Another"}, headers=TOKEN, timeout=10)
    assert reply.status_code == 205
    assert reply.content == json.dumps({"location": made.headers["Location"], "warnings": []}).encode()
    assert requests.delete(made.headers["Location"], headers=TOKEN, timeout=10).status_code == 204


def test_wrong_method_is_the_recorded_html_page(server):
    reply = requests.post(f"{server.url}/account/institution/articles", headers=TOKEN, timeout=10)
    assert reply.status_code == 404 and reply.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert "predicate mismatch for view" in reply.text and "(request_method = GET,HEAD)" in reply.text


@pytest.mark.parametrize(
    "path", ["/nope", "/articles/frog", "/articles/-1", "//", "/articles/99999999999999999999999999"]
)
def test_an_unknown_address_is_404_in_json(server, path):
    reply = get(server, path)
    assert reply.status_code == 404 and {"message", "code"} <= set(reply.json()) <= {"message", "code", "data"}


def test_head_has_the_headers_of_get_and_no_body(server):
    for coding in ("identity", "gzip"):
        reply = requests.head(f"{server.url}{ITEM}", headers={"Accept-Encoding": coding}, timeout=10)
        assert reply.status_code == 200 and reply.content == b""
        same = get(server, headers={"Accept-Encoding": coding})
        assert reply.headers["Content-Length"] == same.headers["Content-Length"]
        assert reply.headers["ETag"] == same.headers["ETag"]


def test_a_body_has_a_limit(server):
    reply = requests.post(f"{server.url}/articles/search", data=b" " * (10 * 1024 * 1024 + 1), timeout=10)
    assert reply.status_code == 413 and reply.json()["code"] == "RequestEntityTooLarge"


# Conditional requests


def test_conditional_requests_answer_304(server):
    first = get(server)
    for header in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-Modified-Since": first.headers["Last-Modified"]},
        {"If-None-Match": f'"other", {first.headers["ETag"]}'},
    ):
        reply = get(server, headers=header)
        assert (reply.status_code, reply.content) == (304, b"")
        assert reply.headers["ETag"] == first.headers["ETag"]
    for header in ({"If-None-Match": '"other"'}, {"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}):
        assert get(server, headers=header).content == first.content


def test_an_etag_changes_with_the_answer(server):
    made = requests.post(f"{server.url}/account/articles", json={"title": "A title"}, headers=TOKEN, timeout=10)
    path = made.headers["Location"].removeprefix(server.url)
    before = get(server, path, headers=TOKEN).headers["ETag"]
    requests.put(made.headers["Location"], json={"title": "Another"}, headers=TOKEN, timeout=10)
    assert get(server, path, headers={**TOKEN, "If-None-Match": before}).status_code == 200


# Downloads


def test_a_client_that_drops_its_token_on_another_host_gets_the_file(server):
    entry = get(server).json()["files"][0]
    reply = requests.get(entry["download_url"], headers=TOKEN, timeout=10)
    assert [step.status_code for step in reply.history] == [302] and len(reply.content) == entry["size"]
    assert urlsplit(reply.url).hostname != urlsplit(entry["download_url"]).hostname
    kept = requests.get(reply.url, headers=TOKEN, timeout=10)
    assert kept.status_code == 400 and b"InvalidArgument" in kept.content
    part = requests.get(reply.url, headers={"Range": "bytes=10-19"}, timeout=10)
    assert part.status_code == 206 and part.content == reply.content[10:20]


def test_a_zip_is_streamed(server):
    reply = requests.get(f"{server.url}{ITEM}/download", timeout=10)
    assert reply.headers["Transfer-Encoding"] == "chunked" and reply.content[:2] == b"PK"


def test_a_page_counts_a_view(server):
    before = requests.get(f"{server.stats_url}/total/views/article/5616445", timeout=10).json()["totals"]
    page = requests.get(get(server).json()["url_public_html"], timeout=10)
    assert page.status_code == 200 and "<h1>" in page.text
    after = requests.get(f"{server.stats_url}/total/views/article/5616445", timeout=10).json()["totals"]
    assert after == before + 1


# Faults


def test_status_fault_strikes_once_with_retry_after(server):
    fault(server, "status", status=429, retry_after=7)
    reply = get(server)
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "7")
    assert get(server).status_code == 200


def test_after_times_method_and_path_choose_the_requests(server):
    fault(server, "status", status=503, after=1, times=2, method="GET", path="/v2/articles/")
    assert [get(server).status_code for _ in range(4)] == [200, 503, 503, 200]
    fault(server, "status", path="/v2/projects", method="POST")
    assert get(server, "/projects").status_code == 200
    queued = requests.get(f"{server.root}/_local/faults", timeout=10).json()["queued"]
    assert [one["kind"] for one in queued] == ["status"]
    requests.delete(f"{server.root}/_local/faults", timeout=10)
    assert requests.get(f"{server.root}/_local/faults", timeout=10).json()["queued"] == []


@pytest.mark.parametrize("kind", ["reset", "reset_body", "truncate"])
def test_broken_connections(server, kind):
    fault(server, kind)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        get(server)
    assert get(server).status_code == 200


def test_html_waf_and_vanish(server):
    fault(server, "html")
    assert get(server).headers["Content-Type"].startswith("text/html")
    fault(server, "waf")
    reply = get(server)
    assert (reply.status_code, reply.content, reply.headers["x-amzn-waf-action"]) == (202, b"", "challenge")
    fault(server, "vanish")
    assert get(server).json()["message"] == "Entity not found: ArticleVersion"


def test_wrong_md5_in_a_record_and_in_bytes(server):
    right = get(server).json()["files"][0]
    fault(server, "wrong_md5")
    assert get(server).json()["files"][0]["computed_md5"] != right["computed_md5"]
    whole = requests.get(right["download_url"], timeout=10).content
    fault(server, "wrong_md5", path="/storage/")
    spoilt = requests.get(right["download_url"], timeout=10).content
    assert len(spoilt) == len(whole) and spoilt != whole


def test_duplicate_across_pages(server):
    pages = [get(server, f"/articles?page_size=5&page={page}").json() for page in (1, 2)]
    fault(server, "duplicate", after=1)
    assert get(server, "/articles?page_size=5&page=1").json() == pages[0]
    assert get(server, "/articles?page_size=5&page=2").json() == pages[0][-1:] + pages[1]


@pytest.mark.parametrize(
    "method, path, body",
    [
        ("GET", "/articles?page_size=abc&page=2", None),
        ("GET", "/articles?page=2&page_size=1e5", None),
        ("POST", "/articles/search", b"[1]"),
        ("POST", "/articles/search", b"{"),
        ("GET", "/nothing", None),
        ("POST", "/articles/search", b'{"page": [], "page_size": {}}'),
    ],
)
def test_a_fault_that_meets_a_wrong_request_leaves_its_refusal(server, method, path, body):
    plain = requests.request(method, f"{server.url}{path}", data=body, timeout=10)
    for kind in ("duplicate", "wrong_md5"):
        fault(server, kind, path="/v2")
        struck = requests.request(method, f"{server.url}{path}", data=body, timeout=10)
        assert 400 <= struck.status_code < 500 and (struck.status_code, struck.content) == (
            plain.status_code,
            plain.content,
        )


def test_delay_and_latency(server, fresh_server):
    fault(server, "delay", seconds=0.3)
    begin = time.perf_counter()
    get(server)
    assert time.perf_counter() - begin >= 0.3
    slow = fresh_server(latency_ms=120)
    begin = time.perf_counter()
    get(slow)
    assert time.perf_counter() - begin >= 0.12


@pytest.mark.parametrize(
    "body, word",
    [
        ({}, "kind"),
        ({"kind": "fire"}, "kind"),
        ({"kind": "status", "times": "2"}, "times"),
        ({"kind": "status", "color": 1}, "color"),
        ({"kind": "status", "status": 9}, "status"),
        ({"kind": "reset", "path": "/articles"}, "path"),
        ({"kind": "reset", "path": "articles"}, "path"),
        ({"kind": "reset", "path": "https://api.figshare.com/v2/articles"}, "path"),
        ({"kind": "reset", "path": "/total/views/article/1"}, "path"),
        ({"kind": "reset", "path": "/_local/"}, "path"),
        ({"kind": "reset", "path": "/v2/articles?page=2"}, "path"),
        ({"kind": "reset", "method": "get"}, "method"),
    ],
)
def test_a_wrong_fault_is_named(server, body, word):
    reply = requests.post(f"{server.root}/_local/faults", json=body, timeout=10)
    assert reply.status_code == 422 and word in reply.json()["message"]


def test_a_fault_can_strike_every_address_of_the_server():
    beginnings = {f"/{route.rule.split('/')[1]}/" for route in ROUTES} - {"/_local/"}
    assert set(PATH_BEGINNINGS) == beginnings
    assert {route.method for route in ROUTES} <= set(FAULTY_METHODS)


# Many at once, and reset


def test_eight_clients_lose_nothing(server):
    def make(number):
        with requests.Session() as session:
            session.headers.update(TOKEN)
            body = {"title": f"Item {number}", "description": "d", "keywords": ["k"], "categories": [26932]}
            location = session.post(f"{server.url}/account/articles", json=body, timeout=30).headers["Location"]
            file = session.post(f"{location}/files", json={"name": "a.txt", "size": 3}, timeout=30).headers["Location"]
            url = session.get(file, timeout=30).json()["upload_url"]
            assert session.put(f"{url}/1", data=b"abc", timeout=30).status_code == 200
            assert session.post(file, timeout=30).status_code == 202
            return session.post(f"{location}/publish", timeout=30).json()["location"]

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(make, range(40)))
    assert len(set(made)) == 40
    assert {get(server, place.removeprefix(server.url)).json()["title"] for place in made} == {
        f"Item {number}" for number in range(40)
    }


def test_reset_forgets_everything(server):
    before = get(server, "/articles?page_size=1000").content
    clock = requests.get(f"{server.root}/_local/health", timeout=10).json()
    made = requests.post(f"{server.url}/account/articles", json={"title": "A title"}, headers=TOKEN, timeout=10).json()
    requests.post(f"{server.root}/_local/reset", timeout=10).raise_for_status()
    assert get(server, f"/account/articles/{made['entity_id']}", headers=TOKEN).status_code == 404
    assert requests.get(f"{server.root}/_local/health", timeout=10).json() == clock
    assert get(server, "/articles?page_size=1000").content == before


def send_bytes(server, request):
    """Returns what the server says to bytes, up to the end of the connection."""
    host, port = urlsplit(server.root).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def test_the_head_says_everything_once(server):
    answer = send_bytes(server, b"GET /v2/articles/5616445 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    lines = answer.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    names = [line.split(b":")[0].lower() for line in lines]
    assert len(names) == len(set(names)) and b"date" in names and b"etag" in names


def test_a_client_that_waits_to_be_told_to_go_on_is_told_once(server):
    body = b'{"search_for": "frog"}'
    answer = send_bytes(
        server,
        b"POST /v2/articles/search HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        b"Connection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body),
    )
    assert answer.count(b"100 Continue") == 1 and b"HTTP/1.1 200" in answer


def test_a_client_of_http_1_0_gets_no_chunks(server):
    answer = send_bytes(server, b"GET /v2/articles/5616445/download HTTP/1.0\r\n\r\n")
    assert b"chunked" not in answer and answer.split(b"\r\n\r\n", 1)[1].startswith(b"PK")


@pytest.mark.parametrize(
    "header, status",
    [(b"Content-Length: abc", b"400"), (b"Content-Length: -5", b"400"), (b"Transfer-Encoding: gzip, chunked", b"501")],
)
def test_a_body_whose_end_nobody_can_tell_is_refused(server, header, status):
    answer = send_bytes(server, b"POST /v2/articles/search HTTP/1.1\r\nHost: localhost\r\n%b\r\n\r\n{}" % header)
    assert answer.startswith(b"HTTP/1.1 " + status) and answer.count(b"HTTP/1.1") == 1


def test_a_body_in_chunks_has_the_same_limit(server):
    blanks = (b" " * (1 << 20) for _ in range(11))
    reply = requests.post(f"{server.url}/articles/search", data=blanks, timeout=60)
    assert reply.status_code == 413 and reply.json()["code"] == "RequestEntityTooLarge"


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "BREW"])
def test_a_method_that_nobody_has_is_the_recorded_page_too(server, method):
    reply = requests.request(method, f"{server.url}/articles", timeout=10)
    assert reply.status_code == 404 and "predicate mismatch for view ArticleView" in reply.text


def test_a_wrong_method_of_an_institution_is_the_recorded_page(server):
    reply = requests.post(f"{server.url}/account/institution/articles", timeout=10)
    assert "predicate mismatch for view InstitutionView" in reply.text


# The command line


@pytest.fixture
def own_temporary(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def start(own_temporary):
    """Starts the command line as a process of its own, which does not outlive the test."""
    with ExitStack() as processes:

        def start(*options):
            process = subprocess.Popen(
                [sys.executable, "-m", "local_figshare", "--port", "0", *options],
                cwd=ROOT,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            processes.enter_context(process)
            processes.callback(process.kill)
            return process

        yield start


@pytest.mark.parametrize(
    "called, name",
    [
        ("/usr/bin/local-figshare", "local-figshare"),
        ("local-figshare.exe", "local-figshare"),
        ("/here/local_figshare/__main__.py", "python -m local_figshare"),
    ],
)
def test_the_help_names_the_command_that_was_called(monkeypatch, called, name):
    monkeypatch.setattr(sys, "argv", [called])
    assert option_parser().format_usage().startswith(f"usage: {name} [-h]")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(start, own_temporary, number):
    process = start()
    greeting = [process.stdout.readline() for _ in range(10)]
    root = re.search(r"http://127\.0\.0\.1:\d+", greeting[0])[0]
    assert requests.get(f"{root}/_local/health", timeout=10).json()["status"] == "ok"
    assert list(own_temporary.glob("local-figshare-*"))
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0 and "local-researcher" in "".join(greeting) and errors == ""
    assert list(own_temporary.iterdir()) == []


@pytest.mark.slow
def test_ctrl_c_in_its_first_moments_ends_it_too(start, own_temporary):
    processes = [start() for _ in range(8)]  # together: a busy machine is where a signal was lost
    for process in processes:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
    assert [process.communicate(timeout=30)[1] for process in processes] == [""] * 8
    assert list(own_temporary.iterdir()) == []


def test_ctrl_c_while_it_builds_leaves_no_half(start, own_temporary, tmp_path_factory, monkeypatch):
    cache = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("LOCAL_FIGSHARE_CACHE", str(cache))
    process = start()
    while not list(cache.rglob("*.building")):
        assert process.poll() is None
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30) == ("", "") and process.returncode == 0
    assert list(own_temporary.iterdir()) == list((cache / "local_figshare").iterdir()) == []


def test_a_damaged_catalogue_is_one_sentence(start, tmp_path_factory):
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "articles.jsonl").write_text('{"id": 1, "title": "A"}\n{"id": 2\n', encoding="utf-8")
    process = start("--data", str(folder))
    out, errors = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert "articles.jsonl, line 2: not valid JSON" in errors and "Traceback" not in errors


def test_other_machines_are_let_in_with_a_warning_only(start):
    process = start("--host", "0.0.0.0")
    port = int(re.search(r":(\d+)", process.stdout.readline())[1])
    with socket.create_connection(("127.0.0.1", port), timeout=10):
        process.send_signal(signal.SIGINT)
    assert "lets other machines" in process.communicate(timeout=30)[1]
