"""Servers that mean no good, or are out of order: every answer ends, and no write becomes something else."""

import gzip
import json
import re
import time

import pytest
from helpers_site import client_answered_by, client_of_hostile_site, connected, patch_rooms, requests_of

import figshare_helpers as fh

pytestmark = pytest.mark.slow  # sockets, processes and files take seconds

JSON = {"Content-Type": "application/json"}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ELSEWHERE = "https://elsewhere.example/v2/articles"


# ---- a write is never turned into something else ----------------------------------------------

WRITES = {
    "create": lambda f: f.create_article({"title": "Frogs of the fen"}),
    "post": lambda f: f.post("/account/articles/7/publish"),
    "put": lambda f: f.put("/account/articles/7", {"title": "Frogs"}),
    "delete": lambda f: f.delete_article(7),
    "authors": lambda f: f.post("/account/articles/7/authors", {"authors": [{"name": "A. Newt"}]}),
}


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_no_write_follows_a_redirect(write, status):
    with client_answered_by(
        (status, {"Location": "/v2/somewhere?access_token=5ec2e7"}, b""), (200, JSON, b"{}")
    ) as client:
        with pytest.raises(fh.UncertainWrite, match="may have done it, or not") as caught:
            write(client)
        assert f"redirect ({status}) to /v2/somewhere?access_token=***." in str(caught.value)
        assert (caught.value.status, len(client.requests_made)) == (status, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_neither_a_search_nor_a_part_of_an_upload_follows_one(tmp_path, status):
    with client_answered_by((status, {"Location": ELSEWHERE}, b""), (200, JSON, b"[]")) as client:
        with pytest.raises(fh.ConnectionFailed, match=re.escape(f"({status}) to {ELSEWHERE}")):
            list(client.search("frog"))
        assert requests_of(client) == ["POST /articles/search"]


def of_an_upload(status):
    """Makes a server that is the API and the upload service in one; it answers a part with this status."""

    def answer(request):
        root = f"http://{request.headers['Host']}"
        if request.command == "PUT":
            return status, {"Location": f"{root}/moved/1"}, b""
        if request.command == "POST":
            return 201, {"Location": f"{root}/v2/account/articles/7/files/3"}, b""
        if "/upload/" in request.path:
            part = {"partNo": 1, "startOffset": 0, "endOffset": 4, "status": "PENDING"}
            return 200, JSON, json.dumps({"parts": [part]}).encode()
        entry = {"id": 3, "upload_url": f"{root}/upload/5ec2e7", "status": "created"}
        return 200, JSON, json.dumps(entry if request.path.endswith("/3") else []).encode()

    return answer


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_part_of_an_upload_follows_one(tmp_path, status):
    (tmp_path / "newt.txt").write_bytes(b"newts")
    with client_answered_by(of_an_upload(status)) as client:
        with pytest.raises(
            fh.ConnectionFailed,
            match=f"PUT /upload/…/1 was answered with a redirect .{status}. to http://127.0.0.1:[0-9]+/moved/1",
        ):
            client.upload_file(7, tmp_path / "newt.txt")
        assert [path.split(" ")[0] for path in requests_of(client)].count("PUT") == 1
        assert not any("moved" in path for path in requests_of(client))


def chain(hops, last):
    """Answers `/v2/articles/N` with a redirect to N - 1, and 0 with `last`."""

    def answer(request):
        number = int(request.path.rsplit("/", 1)[1])
        asked.append(request.path)
        return (302, {"Location": str(number - 1)}, b"") if number else last

    asked = []
    return answer, f"/articles/{hops}", asked


@pytest.mark.parametrize("hops", [0, 1, 3, 5])
def test_a_get_follows_a_few(hops):
    answer, path, asked = chain(hops, (200, JSON, b'{"id": 1}'))
    with client_answered_by(answer) as client:
        assert client.get(path) == {"id": 1}
        assert (len(asked), len(client.requests_made)) == (hops + 1, 1)


@pytest.mark.parametrize(
    "location",
    [
        "/v2/articles/1",
        "file:///etc/hostname",
        "ftp://127.0.0.1/articles",
        "data:text/plain,1",
        "javascript:1",
        "http://",
        "http:///v2/articles",
        "http://[::1/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:99999/",
        "",
        "gopher://127.0.0.1:70/1",
        "//",
        "\x1b[31mred",
    ],
)
def test_a_redirect_to_nowhere_ends(location):
    with client_answered_by((302, {"Location": location}, b"")) as client:
        client.retry = client.retry.new(total=1)
        with pytest.raises(fh.ConnectionFailed) as caught:
            client.get("/articles/1")
        assert "\x1b" not in str(caught.value)
        assert (caught.value.method, caught.value.path) == ("GET", "/articles/1")


def test_no_redirect_leads_from_https_to_http():
    from figshare_workbook.client.redirects import next_address
    from figshare_workbook.client.request import Request

    def from_address(url, location, method="GET"):
        answer = type("Answer", (), {"status_code": 302, "headers": {"Location": location}})
        return next_address(Request(method, url, "/x"), answer)

    assert from_address("https://h.example/a", "http://h.example/b") == ""
    assert from_address("https://h.example/a", "//other.example/b") == "https://other.example/b"
    assert from_address("http://h.example/a", "https://h.example/b") == "https://h.example/b"
    assert from_address("https://h.example/a", "b", "POST") == ""


@pytest.mark.parametrize(
    ("leads_to", "is_sent"),
    [
        ("/v2/account/articles", True),
        ("/v2/articles", False),
        ("/elsewhere", False),
        ("http://localhost:{port}/v2/account", False),
        ("http://me:pa55@127.0.0.1:{port}/v2/account", False),
    ],
)
def test_the_token_goes_behind_a_redirect_only_where_it_belongs(leads_to, is_sent, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("default login me password mine\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    def answer(request):
        seen.append(request.headers.get("Authorization"))
        port = request.headers["Host"].rpartition(":")[2]
        return (307, {"Location": leads_to.format(port=port)}, b"") if len(seen) == 1 else (200, JSON, b"{}")

    seen = []
    with client_answered_by(answer, token="a-token-of-ones-own") as client:
        client.get("/account")
    assert seen == ["token a-token-of-ones-own", "token a-token-of-ones-own" if is_sent else None]


def test_a_private_download_leaves_the_token_behind(server, tmp_path):
    with connected(server, token="local-researcher") as client:
        (tmp_path / "newt.txt").write_bytes(b"newts")
        draft = client.create_article({"title": "Draft"})
        client.upload_file(draft, tmp_path / "newt.txt")
        assert client.download_files(draft, tmp_path / "down", private=True)[0]["outcome"] == "downloaded"


# ---- a status that is no final answer ----------------------------------------------------------


@pytest.mark.parametrize(
    "line", ["103 Early Hints", "102 Processing", "101 Switching Protocols", "199 Odd", "600 More", "999 Denied"]
)
def test_a_status_that_is_no_final_answer_is_none(line):
    def script(connection):
        connection.sendall(f"HTTP/1.1 {line}\r\n\r\n".encode() + HEAD + b"Content-Length: 2\r\n\r\n{}")

    with client_of_hostile_site(script) as client:
        for ask, kind in (
            (lambda: client.get("/articles"), fh.ConnectionFailed),
            (lambda: client.create_article({"title": "Newts"}), fh.UncertainWrite),
        ):
            with pytest.raises(kind, match=f"a status that is no final answer .{line[:3]}."):
                ask()


@pytest.mark.parametrize(
    "begin",
    [
        b"HTTP/1.1 0 Nothing\r\n\r\n",
        b"HTTP/1.1 -1 Less\r\n\r\n",
        b"HTTP/1.1 2e2 OK\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"220 mail ready\r\n",
        b"\x00" * 40,
        b"\r\n\r\n",
    ],
)
def test_what_is_no_http_is_no_answer(begin):
    with client_of_hostile_site(lambda connection: connection.sendall(begin)) as client:
        with pytest.raises(fh.ConnectionFailed, match="No answer to GET /articles"):
            client.get("/articles")
        with pytest.raises(fh.UncertainWrite):
            client.create_article({"title": "Newts"})


# ---- every answer has a deadline, and a length --------------------------------------------------


def again_and_again(connection, piece, pause=0.0):
    while True:
        connection.sendall(piece)
        time.sleep(pause)


def bomb(connection):
    packed = gzip.compress(bytes(30_000_000))
    connection.sendall(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed)


def drop_by_drop(head, piece):
    def script(connection):
        connection.sendall(head)
        again_and_again(connection, piece, 0.02)

    return script


def flood(head, piece):
    def script(connection):
        connection.sendall(head)
        again_and_again(connection, piece)

    return script


ENDLESS = {
    "says nothing": lambda connection: connection.recv(1),
    "status line, slowly": drop_by_drop(b"HTTP/1.1 2", b"0"),
    "headers, slowly": drop_by_drop(b"HTTP/1.1 200 OK\r\n", b"X-A: 1\r\n"),
    "one header, slowly": drop_by_drop(b"HTTP/1.1 200 OK\r\nX-A: ", b"a"),
    "headers": flood(b"HTTP/1.1 200 OK\r\n", b"Set-Cookie: a=b\r\n" * 1000),
    "one header": flood(b"HTTP/1.1 200 OK\r\nX-A: ", b"a" * 10_000),
    "100 Continue": flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "body, slowly": drop_by_drop(HEAD + b"\r\n[", b" "),
    "body": flood(HEAD + b"\r\n[", b" " * 1_000_000),
    "body of a promised length": flood(HEAD + b"Content-Length: 99999999999\r\n\r\n[", b" " * 1_000_000),
    "chunks, slowly": drop_by_drop(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "chunks": flood(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n"),
    "size of a chunk": flood(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1" * 1_000_000),
    "chunk of a negative size": flood(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"-5\r\nabc\r\n"),
    "trailers": flood(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-A: 1\r\n" * 1000),
    "packed 1,000 times": bomb,
    "not packed at all": flood(HEAD + b"Content-Encoding: gzip\r\n\r\n", b" " * 1000),
}


@pytest.mark.parametrize("script", ENDLESS.values(), ids=ENDLESS)
def test_an_answer_without_end_ends(monkeypatch, script):
    patch_rooms(monkeypatch, "MOST_BYTES", 2_000_000)
    with client_of_hostile_site(script) as client:
        with pytest.raises(fh.ConnectionFailed, match="GET /articles/1 ") as caught:
            client.get("/articles/1")
        assert [line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]] == ["Cause", "Fix"]
        with pytest.raises(fh.UncertainWrite, match="may have done it, or not"):
            client.create_article({"title": "Newts"})


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (ENDLESS["body, slowly"], "was not there within 0.3 seconds"),
        (ENDLESS["says nothing"], "within 0.3 seconds"),
        (ENDLESS["packed 1,000 times"], "longer than 2,000,000 bytes"),
        (ENDLESS["body"], "longer than 2,000,000"),
    ],
)
def test_the_error_says_which_limit_it_was(monkeypatch, script, said):
    patch_rooms(monkeypatch, "MOST_BYTES", 2_000_000)
    with client_of_hostile_site(script, timeout=0.3 if "within" in said else 20) as client:
        with pytest.raises(fh.ConnectionFailed, match=said):
            client.get("/articles/1")
        assert len(client.requests_made) == 1  # another try would end like this one


def test_a_server_that_does_not_listen_ends_an_upload(tmp_path):
    with (
        client_of_hostile_site(lambda connection: time.sleep(60)) as client,
        pytest.raises(fh.FigshareError, match=r"within 0\.3 seconds"),
    ):
        client.post("/articles/search", {"search_for": "n" * 50_000_000})


@pytest.mark.parametrize("timeout", [0, -1, True, "60", None, float("nan"), float("inf")])
def test_a_timeout_is_a_number_of_seconds(timeout):
    with pytest.raises(fh.ParameterError, match="timeout must be a number of seconds above 0"):
        fh.connect("local", timeout=timeout)


def test_waiting_for_ones_turn_is_not_the_answers_time(server):
    with connected(server, site="figshare", requests_per_second=4, cache=False, timeout=0.2) as client:
        assert [client.get("/articles/5616445")["id"] for _ in range(3)] == [5616445] * 3


def test_cookies_are_not_kept():
    with client_answered_by((200, {**JSON, "Set-Cookie": "a=b"}, b"{}")) as client:
        client.get("/articles/1")
        assert not len(client._session.cookies)  # noqa: SLF001  (that it stays empty shows nowhere else)


# ---- files ---------------------------------------------------------------------------------------

FILE = {"id": 5, "name": "newt.txt", "size": 6, "computed_md5": "0" * 32}


@pytest.mark.parametrize(
    "script",
    [
        drop_by_drop(HEAD + b"Content-Length: 6\r\n\r\nnewt", b""),
        flood(HEAD + b"\r\n", b"n" * 100_000),
        lambda connection: connection.recv(1),
        bomb,
    ],
    ids=["stops", "endless", "says nothing", "packed"],
)
def test_a_download_without_end_ends(tmp_path, script):
    with client_of_hostile_site(script, timeout=0.1) as client:
        client.retry = client.retry.new(total=0)
        file = {**FILE, "download_url": f"{client.api_url}/file"}
        with pytest.raises(fh.FileProblem, match=r"'newt.txt' \(file 5\) could not be fetched whole"):
            client.fetch_file(file, tmp_path / "newt.txt", False, fh.progress())
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 1_000_000


def test_a_download_may_take_longer_than_its_timeout_while_it_moves(tmp_path):
    def script(connection):
        connection.sendall(HEAD + b"Content-Length: 6\r\n\r\n")
        for letter in b"newts!":
            connection.sendall(bytes([letter]))
            time.sleep(0.1)

    with client_of_hostile_site(script, timeout=0.4) as client:
        file = {**FILE, "download_url": f"{client.api_url}/file", "computed_md5": "8b30a5fca6c592e5b221b70a94ee58e1"}
        assert client.fetch_file(file, tmp_path / "newt.txt", False, fh.progress()) == "downloaded"


# ---- waits ---------------------------------------------------------------------------------------


@pytest.fixture
def slept(monkeypatch):
    """The seconds that were waited; nobody waits."""
    waits = []
    monkeypatch.setattr("figshare_workbook.client.pace._sleep", waits.append)
    return waits


def test_a_pause_that_is_asked_for_again_and_again_ends_and_is_told_once(slept, capsys):
    with client_answered_by((429, {"Retry-After": "30"}, b"{}")) as client:
        for _ in range(2):
            with pytest.raises(fh.FigshareError, match="too many requests") as caught:
                client.get("/articles")
        assert "wait 30 seconds, as the site asks" in str(caught.value)
    assert [wait for wait in slept if wait] == [30] * 4 * 2  # 120 seconds for one answer, no more
    assert capsys.readouterr().out.count("\n") == 1


def test_a_short_wait_is_not_told(slept, capsys):
    with client_answered_by((503, {"Retry-After": "5"}, b"{}"), (200, JSON, b"{}")) as client:
        client.get("/articles/1")
    assert slept.count(5) == 1 and capsys.readouterr().out == ""


def test_a_long_wait_is_told_with_its_seconds(slept, capsys):
    with client_answered_by((503, {"Retry-After": "6"}, b"{}"), (200, JSON, b"{}")) as client:
        client.get("/articles/1")
    assert "the next try is in 6 seconds" in capsys.readouterr().out


@pytest.mark.parametrize(("seconds", "lines"), [(4, 0), (30, 1), (120, 1)])
def test_waiting_until_a_file_is_ready_is_told_once(monkeypatch, capsys, seconds, lines):
    from figshare_workbook.client import pace

    class Clock:
        now = 0.0
        monotonic = staticmethod(lambda: Clock.now)
        sleep = staticmethod(lambda pause: setattr(Clock, "now", Clock.now + pause))

    monkeypatch.setattr(pace, "time", Clock)
    tries = sum(1 for _ in pace.growing_pauses(seconds))
    assert tries > 5 and Clock.now <= seconds
    assert capsys.readouterr().out.count("\n") == lines
