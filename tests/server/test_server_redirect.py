"""The fixture `figshare_redirected`: what is written for the real service runs unchanged, in every library."""

import asyncio
import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
import urllib3

from local_figshare.catalogue import SHIPPED
from local_figshare.redirect import redirected

httpx = pytest.importorskip("httpx")
API = "https://api.figshare.com/v2"
FILE, ARTICLE = 34499101, 20400025  # of the shipped catalogue, with the bytes in data/files


def by_requests(url, headers=None):
    return requests.get(url, headers=headers, timeout=30).content


def by_urllib3(url, headers=None):
    with urllib3.PoolManager() as pool:
        return pool.request("GET", url, headers=headers).data


def by_urllib(url, headers=None):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=30) as answer:
        return answer.read()


def by_httpx(url, headers=None):
    return httpx.get(url, headers=headers, follow_redirects=True).content


def by_async_httpx(url, headers=None):
    async def ask():
        async with httpx.AsyncClient(follow_redirects=True) as client:
            return (await client.get(url, headers=headers)).content

    return asyncio.run(ask())


@pytest.fixture(
    params=[by_requests, by_urllib3, by_urllib, by_httpx, by_async_httpx], ids=lambda library: library.__name__
)
def fetch(request, figshare_redirected):
    return request.param


@pytest.mark.parametrize(
    "host",
    ["https://api.figshare.com", "http://api.figshare.com", "https://api.figsh.com", "https://API.figshare.com:443"],
)
def test_the_api_answers_under_each_of_its_names(fetch, host):
    assert json.loads(fetch(f"{host}/v2/articles/{ARTICLE}"))["id"] == ARTICLE
    assert len(json.loads(fetch(f"{host}/v2/articles?page=2&page_size=7"))) == 7


@pytest.mark.parametrize("host", ["https://stats.figshare.com", "https://stats.figsh.com"])
def test_stats(fetch, host, local_figshare):
    path = f"/total/views/article/{ARTICLE}"
    assert json.loads(fetch(f"{host}{path}")) == json.loads(fetch(f"{local_figshare.stats_url}{path}"))
    assert json.loads(fetch(f"{host}{path}"))["totals"] > 0


@pytest.mark.parametrize(
    "place",
    [
        "https://ndownloader.figshare.com",
        "https://figshare.com/ndownloader",
        "https://ndownloader.figsh.com",
        "https://iastate.figshare.com/ndownloader",
    ],
)
def test_downloads_whose_redirect_is_followed(fetch, place, local_figshare):
    assert fetch(f"{place}/files/{FILE}") == (SHIPPED / "files" / str(FILE)).read_bytes()


def test_an_item_as_zip_from_the_download_host(fetch):
    assert fetch(f"https://ndownloader.figshare.com/articles/{ARTICLE}/versions/1")[:4] == b"PK\x03\x04"


def test_the_token_comes_along(fetch, local_figshare):
    account = json.loads(fetch(f"{API}/account", {"Authorization": f"token {local_figshare.token}"}))
    assert (
        account["id"]
        == requests.get(
            f"{local_figshare.url}/account", timeout=30, headers={"Authorization": f"token {local_figshare.token}"}
        ).json()["id"]
    )


def test_a_host_header_of_the_clients_own_names_no_old_host(fetch):
    answer = json.loads(fetch(f"{API}/articles/{ARTICLE}", {"Host": "api.figshare.com"}))
    assert answer["url_public_api"].startswith("http://127.0.0.1:")


def test_the_client_keeps_the_address_it_asked_for(figshare_redirected):
    url = f"{API}/articles/{ARTICLE}"
    assert requests.get(url, timeout=30).url == url
    assert str(httpx.get(url).url) == url
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert answer.url == url


def upload_with_requests(token, data):
    """Uploads by the script of Figshare's documentation, in short: all its addresses come from answers."""
    session = requests.Session()
    session.headers["Authorization"] = f"token {token}"
    made = session.post(f"{API}/account/articles", json={"title": "Tide gauge"}, timeout=30).json()
    announced = {"name": "tide.bin", "size": len(data), "md5": hashlib.md5(data).hexdigest()}
    files = f"{API}/account/articles/{made['entity_id']}/files"
    location = session.post(files, json=announced, timeout=30).json()["location"]
    entry = session.get(location, timeout=30).json()
    for part in session.get(entry["upload_url"], timeout=30).json()["parts"]:
        piece = data[part["startOffset"] : part["endOffset"] + 1]
        session.put(f"{entry['upload_url']}/{part['partNo']}", data=piece, timeout=30).raise_for_status()
    assert session.post(location, timeout=30).status_code == 202
    return location


def test_uploads_and_streamed_downloads(figshare_redirected):
    data = os.urandom(1 << 20) * 11  # two parts
    location = upload_with_requests(figshare_redirected.token, data)
    headers = {"Authorization": f"token {figshare_redirected.token}"}
    for _ in range(4):
        entry = requests.get(location, headers=headers, timeout=30).json()
    assert entry["status"] == "available" and entry["computed_md5"] == hashlib.md5(data).hexdigest()
    with requests.get(entry["download_url"], headers=headers, stream=True, timeout=30) as answer:
        assert b"".join(answer.iter_content(1 << 16)) == data
    with httpx.stream("GET", entry["download_url"], headers=headers, follow_redirects=True) as answer:
        assert b"".join(answer.iter_bytes()) == data


@pytest.mark.parametrize("host", ["fup-eu-west-1.figshare.com", "fup1010100.figsh.com", "uploads.figshare.com"])
def test_the_upload_hosts_and_generators_as_bodies(host, figshare_redirected):
    data = b"abc" * 1000
    session = requests.Session()
    session.headers["Authorization"] = f"token {figshare_redirected.token}"
    article = session.post(f"{API}/account/articles", json={"title": "Tides"}, timeout=30).json()["entity_id"]
    for put in (
        lambda url: requests.put(url, data=iter([data]), timeout=30).status_code,
        lambda url: httpx.put(url, content=iter([data])).status_code,
    ):
        location = session.post(
            f"{API}/account/articles/{article}/files", timeout=30, json={"name": "x", "size": len(data)}
        ).json()["location"]
        token = session.get(location, timeout=30).json()["upload_url"].rpartition("/")[2]
        assert put(f"https://{host}/upload/{token}/1") == 200


def test_other_hosts_are_untouched(figshare_redirected):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"{self.headers['Host']}{self.path}".encode())

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as other:
        threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        place = f"127.0.0.1:{other.server_port}"
        for ask in (by_requests, by_urllib3, by_urllib, by_httpx, by_async_httpx):
            assert ask(f"http://{place}/v2/articles?host=api.figshare.com").decode() == (
                f"{place}/v2/articles?host=api.figshare.com"
            )
        other.shutdown()


@pytest.mark.parametrize(
    "url",
    [
        "https://figshare.com/articles/dataset/x/1",
        "https://docs.figshare.com/",
        "https://api.figshare.com.example.org/v2",
        "https://myfigshare.com/v2",
        "https://example.org/ndownloader/files/1",
    ],
)
def test_names_that_look_alike_are_not_redirected(figshare_redirected, monkeypatch, url):
    asked = []

    def nowhere(host, *args, **options):
        asked.append(host)
        raise socket.gaierror("no name service in this test")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    assert asked == [url.split("/")[2]]


def test_another_library_is_stopped_with_a_sentence(figshare_redirected):
    with pytest.raises(OSError, match="must not reach the real service"):
        http.client.HTTPSConnection("api.figshare.com", timeout=5).request("GET", "/v2/articles")


def test_a_proxy_of_the_environment_is_not_asked(fetch, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert json.loads(fetch(f"{API}/articles/{ARTICLE}"))["id"] == ARTICLE


def test_faults_strike_redirected_requests_and_a_wrong_one_is_a_sentence(figshare_redirected):
    figshare_redirected.faults(kind="status", status=429, retry_after=0, path="/v2/articles/", times=1)
    retries = urllib3.Retry(3, status_forcelist=[429])
    session = requests.Session()
    session.mount("https://", requests.adapters.HTTPAdapter(max_retries=retries))
    answer = session.get(f"{API}/articles/{ARTICLE}", timeout=30)
    assert answer.status_code == 200 and len(answer.raw.retries.history) == 1
    with pytest.raises(ValueError, match="kind must be one of"):
        figshare_redirected.faults(kind="rain")


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_begins_anew(figshare_redirected, turn):
    """The server is one for the session: of what the first turn writes and queues the second sees nothing."""
    session = requests.Session()
    session.headers["Authorization"] = f"token {figshare_redirected.token}"
    titles = {item["title"] for item in session.get(f"{API}/account/articles?page_size=1000", timeout=30).json()}
    assert titles and "A turn" not in titles
    assert session.get(f"{figshare_redirected.root}/_local/faults", timeout=30).json()["queued"] == []
    assert session.post(f"{API}/account/articles", json={"title": "A turn"}, timeout=30).status_code == 201
    figshare_redirected.faults(kind="vanish", times=9)


def test_afterwards_everything_is_as_before(local_figshare):
    before = (
        urllib3.HTTPConnectionPool.urlopen,
        urllib.request.AbstractHTTPHandler.do_open,
        socket.getaddrinfo,
        httpx.HTTPTransport.handle_request,
        httpx.AsyncHTTPTransport.handle_async_request,
    )
    with redirected(local_figshare.root):
        assert urllib3.HTTPConnectionPool.urlopen is not before[0]
    assert before == (
        urllib3.HTTPConnectionPool.urlopen,
        urllib.request.AbstractHTTPHandler.do_open,
        socket.getaddrinfo,
        httpx.HTTPTransport.handle_request,
        httpx.AsyncHTTPTransport.handle_async_request,
    )


def test_the_plugin_imports_no_server_before_it_is_used():
    code = (
        "import sys, local_figshare.pytest_plugin\n"
        "print([name for name in ('werkzeug', 'numpy', 'lxml', 'httpx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
