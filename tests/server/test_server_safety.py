"""What a stranger's web page in the same person's browser can do (nothing), and who goes on as before."""

import io
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from server_site import RESEARCHER, ServerSite

import local_figshare
from local_figshare.entity_kinds import ARTICLE
from local_figshare.handlers.archive import zip_reply
from local_figshare.messages import Problem, Request
from local_figshare.visitors import Visitors

ROOT = Path(local_figshare.__file__).resolve().parent.parent
TOKEN = {"Authorization": f"token {RESEARCHER}"}
EVIL = "https://prizes.example"


def send(server, method, path, **headers):
    """Sends a request with exactly these headers besides the usual ones of `requests`."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.request(
        method,
        f"{server.root}{path}",
        headers=headers,
        timeout=10,
        data=b'{"title": "Taken over"}' if method in ("POST", "PUT", "PATCH") else None,
    )


# What a page can send without asking first: simple POSTs of forms and of fetch, and requests for pictures and scripts

WRITES = [
    ("POST", "/_local/reset"),
    ("POST", "/_local/faults"),
    ("DELETE", "/_local/faults"),
    ("POST", f"/v2/account/articles?token={RESEARCHER}"),
    ("POST", f"/v2/account/articles/1/publish?access_token={RESEARCHER}"),
    ("PUT", "/upload/0/1"),
    ("PUT", f"/v2/account/profile?token={RESEARCHER}"),
    ("DELETE", f"/v2/account/articles/1?token={RESEARCHER}"),
]


@pytest.mark.parametrize(
    "origin",
    [
        EVIL,
        "null",
        "http://127.0.0.1.prizes.example",
        "http://localhost:1",
        "https://api.figshare.com",
        "",
        "file://",
        "http://[",
        "http://127.0.0.1",
    ],
)
def test_a_strangers_page_writes_nothing(server, origin):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        for method, path in WRITES:
            reply = send(server, method, path, Origin=origin, Content_Type=kind)
            assert (reply.status_code, reply.json()["code"]) == (403, "Forbidden"), (method, path)
            assert RESEARCHER not in reply.text and "answers this to programs" in reply.json()["message"]


@pytest.mark.parametrize(
    "host",
    [
        "prizes.example",
        "prizes.example:80",
        "localhost.prizes.example",
        "127.0.0.1.nip.example",
        "evil@127.0.0.1",
        "10.0.0.7",
        "0.0.0.0",
        "[::2]",
        "a b",
        "127.0.0.1,prizes.example",
    ],
)
def test_a_name_that_was_pointed_here_writes_nothing(server, host):
    """DNS rebinding: the browser takes the page for the server's own, with or without an Origin."""
    for more in ({}, {"Origin": f"http://{host}"}):
        for method, path in WRITES:
            assert send(server, method, path, Host=host, **more).status_code == 403, (method, path)


def test_nothing_was_changed_by_any_of_them(server):
    server.faults(kind="vanish", path="/v2/never")
    before = (
        requests.get(f"{server.url}/account/articles", headers=TOKEN, timeout=10).json(),
        requests.get(f"{server.root}/_local/health", timeout=10).json(),
    )
    for method, path in WRITES:
        send(server, method, path, Origin=EVIL)
        send(server, method, path, Host="prizes.example")
    assert before == (
        requests.get(f"{server.url}/account/articles", headers=TOKEN, timeout=10).json(),
        requests.get(f"{server.root}/_local/health", timeout=10).json(),
    )
    assert len(requests.get(f"{server.root}/_local/faults", timeout=10).json()["queued"]) == 1


@pytest.mark.parametrize(
    "path",
    [
        f"/v2/account/articles?token={RESEARCHER}",
        f"/v2/account?access_token={RESEARCHER}",
        "/_local/health",
        "/_local/faults",
    ],
)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Host": "prizes.example:8080"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    ],
)
def test_it_sees_nothing_with_somebodys_eyes(server, path, headers):
    for method in ("GET", "HEAD"):
        assert requests.request(method, f"{server.root}{path}", headers=headers, timeout=10).status_code == 403


def test_a_rebound_page_cannot_use_the_header_either(server):
    reply = requests.get(f"{server.url}/account/articles", headers={**TOKEN, "Host": "prizes.example"}, timeout=10)
    assert reply.status_code == 403


def test_a_preflight_allows_no_strangers_page(server):
    asked = {"Origin": EVIL, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}
    reply = requests.options(f"{server.url}/account/articles/1", headers=asked, timeout=10)
    assert reply.headers["Access-Control-Allow-Origin"] not in (EVIL, "*")


# What goes on as before


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": EVIL}, {"Host": "prizes.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_what_is_public_is_read_by_everybody(server, headers):
    for path in ("/articles/5616445", "/articles", "/oai?verb=Identify"):
        assert requests.get(f"{server.url}{path}", headers=headers, timeout=10).status_code == 200
    found = requests.post(f"{server.url}/articles/search", json={"search_for": "frog"}, headers=headers, timeout=10)
    assert found.status_code == 200 and found.json()
    assert requests.post(f"{server.url}/oai", data={"verb": "Identify"}, headers=headers, timeout=10).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1234", "LOCALHOST.", "[::1]:80", "127.8.9.1", "me.localhost"])
def test_every_name_of_this_machine_writes(server, host):
    reply = requests.post(
        f"{server.url}/account/articles", json={"title": "Mine"}, headers={**TOKEN, "Host": host}, timeout=10
    )
    assert reply.status_code == 201


def test_the_servers_own_page_and_a_link_that_is_followed(server):
    own = {**TOKEN, "Origin": server.root, "Sec-Fetch-Site": "same-origin"}
    assert (
        requests.post(f"{server.url}/account/articles", json={"title": "Mine"}, headers=own, timeout=10).status_code
        == 201
    )
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert requests.get(f"{server.url}/account?token={RESEARCHER}", headers=link, timeout=10).status_code == 200


def test_a_client_of_http_1_0_sends_no_host(server):
    place = urlsplit(server.root)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall(b"POST /_local/reset HTTP/1.0\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 204")


def passes(visitors, host, method="POST", path="/v2/account/articles", **headers):
    try:
        visitors.check(method, path, {}, {"Host": host, **headers})
    except Problem:
        return False
    return True


def test_a_class_room_writes_by_number_and_not_by_a_strangers_name(fresh_server):
    room = fresh_server(host="0.0.0.0")
    for host in ("192.168.1.10:8080", "10.1.2.3", "[fe80::1]:8080", f"0.0.0.0:{urlsplit(room.root).port}", "127.0.0.1"):
        for number in (1, 17, 30):
            token = {"Authorization": f"token local-participant-{number:02d}"}
            reply = requests.post(
                f"http://127.0.0.1:{urlsplit(room.root).port}/v2/account/articles",
                timeout=10,
                json={"title": f"Of {number}"},
                headers={**token, "Host": host},
            )
            assert reply.status_code == 201
    assert not passes(Visitors("0.0.0.0"), "teacher.prizes.example:8080")
    assert not passes(Visitors("0.0.0.0"), "192.168.1.10:8080", Origin=EVIL)
    assert passes(Visitors("::"), "192.168.1.10") and not passes(Visitors("192.168.1.10"), "192.168.1.11")


def test_the_address_it_was_given_and_names_that_were_allowed():
    assert passes(Visitors("Teacher.local"), "teacher.LOCAL:8080")
    assert passes(Visitors("192.168.1.10"), "192.168.1.10:8080")
    named = Visitors("0.0.0.0", ["figshare", "Docs.Example."])
    assert passes(named, "figshare:8080") and passes(named, "docs.example")
    assert not passes(named, "figshare.prizes.example")


def test_the_port_proxy_of_colab(fresh_server):
    """It hands the page's own name on, or this machine's. All reading goes on; for writing the name is given."""
    name = "abc123-8080-colab.googleusercontent.com"
    there = {"Host": name, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    plain, named = fresh_server(), fresh_server(allow_hosts=[name])
    for path in ("/v2/articles/5616445", "/stats/total/views/article/5616445", "/.well-known/resourcesync"):
        assert requests.get(f"{plain.root}{path}", headers=there, timeout=10).status_code == 200
    for host in (name, "localhost:8080"):
        write = {**TOKEN, "Host": host, "Origin": f"https://{name}"}
        answers = [
            requests.post(f"{one.url}/account/articles", json={"title": "By proxy"}, headers=write, timeout=10)
            for one in (plain, named)
        ]
        assert [answer.status_code for answer in answers] == [403, 201]
    assert "--allow-host" in requests.post(f"{plain.root}/_local/reset", headers={"Host": name}, timeout=10).text


def test_the_command_takes_names(tmp_path):
    command = [sys.executable, "-m", "local_figshare", "--port", "0", "--allow-host", "one", "--allow-host", "two"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        root = process.stdout.readline().split()[-1]
        codes = [
            requests.post(f"{root}/_local/reset", headers={"Host": host}, timeout=10).status_code
            for host in ("one", "two:8080", "three")
        ]
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert codes == [204, 204, 403]


# Bodies that are none


def talk(server, *pieces):
    place = urlsplit(server.root)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def chunked(path, body, method=b"POST"):
    return (
        b"%b %b HTTP/1.1\r\nHost: localhost\r\nAuthorization: token local-researcher\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n%b" % (method, path, body)
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b"frog\r\n{}\r\n0\r\n\r\n",
        b"-2\r\n{}\r\n0\r\n\r\n",
        b"0x2\r\n{}\r\n0\r\n\r\n",
        b"+2\r\n{}\r\n0\r\n\r\n",
        b"1_0\r\n{}              \r\n0\r\n\r\n",
        b"2\r\n{}",
        b"2\r\n{}xx\r\n0\r\n\r\n",
        b"5\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}\r\n",
        b"ffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        b"2" * 9000 + b"\r\n{}",
        b"\xff\xfe\r\n{}\r\n0\r\n\r\n",
        b"2;a=b\r\n{}\r\n0;" + b"x" * 9000 + b"\r\n\r\n",
    ],
)
@pytest.mark.parametrize("method, path", [(b"POST", b"/v2/articles/search"), (b"POST", b"/v2/account/articles")])
def test_chunks_that_are_none_are_400_and_end_the_connection(server, method, path, body):
    answer = talk(server, chunked(path, body, method) + b"GET /v2/articles HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ") and b"cannot be read" in answer, answer[:300]
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_part_whose_chunks_are_none_stays_pending(server):
    site = requests.Session()
    site.headers.update(TOKEN)
    article = site.post(f"{server.url}/account/articles", json={"title": "A part"}, timeout=10).json()["entity_id"]
    place = site.post(
        f"{server.url}/account/articles/{article}/files", json={"name": "a", "size": 4}, timeout=10
    ).json()["location"]
    upload = site.get(place, timeout=10).json()["upload_url"]
    answer = talk(server, chunked(urlsplit(f"{upload}/1").path.encode(), b"2\r\nab\r\nzz\r\n", b"PUT"))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert site.get(upload, timeout=10).json()["parts"][0]["status"] == "PENDING"
    assert site.put(f"{upload}/1", data=iter([b"ab", b"cd"]), timeout=10).status_code == 200


def test_sound_chunks_with_extensions_and_trailers_leave_the_connection_open(server):
    first = chunked(b"/v2/articles/search", b'4;a="b"\r\n{"se\r\n12\r\narch_for": "frog"}\r\n000\r\nX-Sum: 1\r\n\r\n')
    answer = talk(server, first[:90], first[90:], b"GET /v2/articles/5616445 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") == 2


def test_a_client_that_goes_in_the_middle_of_its_body(server):
    for head in (b"Content-Length: 100\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n9\r\n{"):
        answer = talk(server, b"POST /v2/articles/search HTTP/1.1\r\nHost: localhost\r\n" + head)
        assert answer.startswith(b"HTTP/1.1 400 ")


# Zip entries


def item_with(site, *names):
    article = site.create_draft()
    for number, (folder, name) in enumerate(names):
        file = site.upload(article, f"plain{number}", b"x")
        with site.store.write() as db:  # as a catalogue may have it, whatever the API refuses
            db.execute("UPDATE files SET name=?, folder_path=? WHERE id=?", (name, folder, file))
    record = site.store.private_row(ARTICLE, article)["record"]
    body = b"".join(zip_reply(site.store, Request("GET", "/"), record, is_private=True).body)
    return zipfile.ZipFile(io.BytesIO(body)).namelist()


def test_zip_entries_stay_in_their_folder_and_are_unique(site):
    names = [
        ("", "/etc/passwd"),
        ("/", "//etc/shadow"),
        ("..", "../up"),
        ("a/../..", "b"),
        ("", "..\\win"),
        ("", "C:\\boot"),
        ("c:", "d:e"),
        ("", "nul\0.exe"),
        ("", "line\nbreak"),
        ("", ".."),
        ("", " . "),
        ("\0", "\x7f"),
        ("", "same"),
        ("", "same"),
        ("x", "same"),
        ("", "ok.tar.gz"),
        ("deep/er", "Ünïcode é.csv"),
    ]
    made = item_with(site, *names)
    assert len(set(made)) == len(names)
    for name in made:
        parts = name.split("/")
        assert all(part.strip(" .") for part in parts) and "\\" not in name
        assert not any(ord(sign) < 32 or sign == "\x7f" for sign in name) and ":" not in name[:2]
    assert {"ok.tar.gz", "deep/er/Ünïcode é.csv", "etc/passwd", "etc/shadow", "x/same"} <= set(made)


def test_names_that_would_meet_the_new_name_of_another(site):
    article = site.create_draft()
    first = site.upload(article, "one", b"1")
    second = site.upload(article, "two", b"2")
    third = site.upload(article, "three", b"3")
    with site.store.write() as db:
        for file, name in ((first, f"{third}_same"), (second, "same"), (third, "same")):
            db.execute("UPDATE files SET name=? WHERE id=?", (name, file))
    record = {"id": article, "files": [first, second, third]}
    body = b"".join(zip_reply(site.store, Request("GET", "/"), record, is_private=True).body)
    assert len(set(zipfile.ZipFile(io.BytesIO(body)).namelist())) == 3


# What a killed server leaves


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield tmp_path
    tempfile.tempdir = None


def start_server():
    process = subprocess.Popen(
        [sys.executable, "-m", "local_figshare", "--port", "0"], cwd=ROOT, text=True, stdout=subprocess.PIPE
    )
    return process, process.stdout.readline().split()[-1]


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_the_next_start_removes_what_killed_servers_left_and_nothing_else(temporary):
    living, root = start_server()
    killed = [start_server()[0] for _ in range(2)]
    for process in killed:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    (temporary / "local-figshare-notes").mkdir()  # somebody's, and no server's
    assert len(list(temporary.glob("local-figshare-*"))) == 4
    with local_figshare.serve(), local_figshare.serve():  # two servers of one process know each other too
        assert len(list(temporary.glob("local-figshare-*"))) == 4  # living, two here, notes
        made = requests.post(f"{root}/v2/account/articles", json={"title": "Alive"}, headers=TOKEN, timeout=10)
        assert made.status_code == 201
    living.terminate()
    living.communicate(timeout=30)
    assert [path.name for path in temporary.iterdir()] == ["local-figshare-notes"]


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_servers_that_start_at_once_leave_each_other_alone(temporary):
    killed, _ = start_server()
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    command = [sys.executable, "-m", "local_figshare", "--port", "0"]
    several = [subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE) for _ in range(4)]
    try:
        for process in several:
            root = process.stdout.readline().split()[-1]
            assert requests.post(f"{root}/_local/reset", timeout=10).status_code == 204
        assert len(list(temporary.glob("local-figshare-*"))) == 4
    finally:
        for process in several:
            process.terminate()
            process.communicate(timeout=30)
    assert list(temporary.iterdir()) == []


def test_a_server_that_nobody_closed_removes_its_folder_at_the_end(temporary):
    code = "import local_figshare; server = local_figshare.serve()"
    done = subprocess.run([sys.executable, "-X", "dev", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "") and list(temporary.iterdir()) == []


def test_builds_that_were_killed_are_forgotten_after_a_day(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCAL_FIGSHARE_CACHE", str(tmp_path))
    cache = tmp_path / "local_figshare"
    cache.mkdir()
    for name, age in (("old", 2), ("new", 0)):
        path = cache / f"{name}.building"
        path.write_bytes(b"half")
        os.utime(path, (then := time.time() - age * 86400, then))
    ServerSite().store.close()
    assert [path.name for path in cache.glob("*.building")] == ["new.building"]
    assert len(list(cache.glob("*.sqlite"))) == 1
