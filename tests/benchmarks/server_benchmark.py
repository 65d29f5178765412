"""Measures local Figshare against its aims and prints a table.

    python tests/benchmarks/server_benchmark.py [--records 100000] [--folder FOLDER]

Starts the server as people do, in a process of its own, on the shipped catalogue and on a big one (made by
`make_big_catalogue.py`; FOLDER keeps it for another time), asks over HTTP, and reads the server's peak memory
from /proc. Exits with 1 where an aim is missed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from make_big_catalogue import FIRST_ID, INSTITUTIONS, make_data_folder  # noqa: E402

CLIENTS, ITEMS = 8, 500
TOKEN = {"Authorization": "token local-researcher"}


class Table:
    """Rows of (what, measured, aim); an aim is an upper bound."""

    def __init__(self) -> None:
        self.missed = False
        print(f"{'what':<48}{'measured':>14}{'aim':>12}{'server CPU':>14}")

    def row(self, what: str, value: float, aim: float | None, unit: str, cpu: float | None = None) -> None:
        fine = aim is None or value <= aim
        self.missed |= not fine
        bound = "" if aim is None else f"{aim:g} {unit}"
        spent = "" if cpu is None else f"{cpu:.3g} {unit}"
        print(f"{what:<48}{f'{value:.4g} {unit}':>14}{bound:>12}{spent:>14}{'' if fine else '  MISSED'}", flush=True)


class Server:
    """A server process.

    Attributes:
        started: the time to its first answer, in seconds.
    """

    def __init__(self, cache: Path, data: Path | None = None):
        command = [sys.executable, "-m", "local_figshare", "--port", "0"]
        command += ["--data", str(data)] if data else []
        environment = os.environ | {"LOCAL_FIGSHARE_CACHE": str(cache)}
        begin = time.perf_counter()
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        self.root = re.search(r"http://\S+", self.process.stdout.readline())[0]
        requests.get(f"{self.root}/v2/articles", timeout=60).raise_for_status()
        self.started = time.perf_counter() - begin

    def cpu_seconds(self) -> float:
        """Returns the processor time of the server, which a busy machine does not falsify."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    def peak_megabytes(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


@contextmanager
def start_server(cache: Path, data: Path | None = None) -> Iterator[Server]:
    server = Server(cache, data)
    try:
        yield server
    finally:
        server.process.send_signal(signal.SIGINT)
        server.process.wait(30)


def measure_requests(server: Server, ask: Callable[[int], requests.Response], times: int) -> tuple[float, float]:
    """Returns the median time of some requests, each checked, and the server's mean processor time; both in ms."""
    taken, used = [], server.cpu_seconds()
    for number in range(times):
        begin = time.perf_counter()
        answer = ask(number)
        taken.append((time.perf_counter() - begin) * 1000)
        answer.raise_for_status()
    return statistics.median(taken), (server.cpu_seconds() - used) * 1000 / times


def measure_reading(table: Table, server: Server, records: int) -> None:
    session, url = requests.Session(), f"{server.root}/v2"
    groups = [institution["id"] * 100 + n for institution in INSTITUTIONS for n in range(20)]
    words = ["soil", "ocean carbon", ":title: forest", "neural AND signal", '"climate market"', ":tag: river"]

    def detail(number: int) -> requests.Response:
        return session.get(f"{url}/articles/{FIRST_ID + number * 7919 % records}")

    def search(number: int) -> requests.Response:
        query = {"search_for": words[number % len(words)], "page_size": 1000, "page": 1 + number % 3}
        return session.post(f"{url}/articles/search", json=query)

    def timeline(number: int) -> requests.Response:
        dates = {"start_date": "2024-01-01", "end_date": "2025-12-31"}
        return session.get(f"{server.root}/stats/timeline/month/views/group/{groups[number]}", params=dates)

    def list_articles(number: int) -> requests.Response:
        return session.get(f"{url}/articles", params={"page_size": 1000, "page": 1 + number})

    def row(what: str, ask: Callable[[int], requests.Response], times: int, aim: float) -> None:
        median, cpu = measure_requests(server, ask, times)
        table.row(f"{what}, median of {times}", median, aim, "ms", cpu)

    row("detail", detail, 300, 10)
    row("search, 1,000 a page", search, 18, 250)
    row("list, 1,000 a page", list_articles, 9, 250)
    row("timeline of a group, 24 months", timeline, 60, 20)
    for name, selection in {"all": {}, "a portal": {"set": "portal_702"}, "a set": {"set": "category_24007"}}.items():
        row(f"OAI page, {name}", Harvest(session, url, selection), 60, 50)


class Harvest:
    """Follows resumption tokens, a page a call."""

    def __init__(self, session: requests.Session, url: str, selection: dict):
        self.session, self.url = session, f"{url}/oai"
        self.query = {"verb": "ListRecords", "metadataPrefix": "oai_dc", **selection}

    def __call__(self, number: int) -> requests.Response:
        answer = self.session.get(self.url, params=self.query)
        token = re.search(r"<resumptionToken [^>]*>([^<]+)<", answer.text)
        self.query = {"verb": "ListRecords", "resumptionToken": token[1]}
        return answer


def measure_whole_lists(table: Table, server: Server) -> None:
    """Measures what is asked once in a while: there is no aim, but the memory must hold."""
    session = requests.Session()
    asked = {
        "top of all items": "stats/top/views/article?count=1000&start_date=2024-01-01&end_date=2025-12-31",
        "ResourceSync, index": "resourcesync/resourcelist.xml",
        "ResourceSync, a list of 50,000": "resourcesync/resourcelist-1.xml",
    }
    for name, path in asked.items():
        taken, cpu = measure_requests(server, lambda _, path=path: session.get(f"{server.root}/{path}"), 1)
        table.row(name, taken / 1000, None, "s", cpu / 1000)


def measure_writing(table: Table, server: Server) -> None:
    """Measures how eight clients create, upload to and publish 500 items; nothing may be lost."""
    begin, used = time.perf_counter(), server.cpu_seconds()
    with ThreadPoolExecutor(CLIENTS) as pool:
        made = list(pool.map(lambda number: publish(server, number), range(ITEMS)))
    seconds = time.perf_counter() - begin
    cpu = server.cpu_seconds() - used
    table.row(f"{CLIENTS} clients publish {ITEMS} items with a file", seconds, None, "s", cpu)
    table.row("  ids met twice", ITEMS - len(set(made)), 0, "")
    table.row("  items lost", sum(not is_public(server, *pair) for pair in enumerate(made)), 0, "")


SESSIONS: dict[int, requests.Session] = {}


def call(server: Server, method: str, path: str, **options) -> requests.Response:
    """Sends one request by this thread's session; every refusal is an error."""
    session = SESSIONS.setdefault(threading.get_ident(), requests.Session())
    url = path if path.startswith("http") else f"{server.root}/v2{path}"
    answer = session.request(method, url, headers=TOKEN, timeout=120, **options)
    answer.raise_for_status()
    return answer


def content(number: int) -> bytes:
    return f"measurement {number}\n".encode() * 200


def publish(server: Server, number: int) -> int:
    """Creates an item, uploads its file in the documented steps, and publishes it; returns its id."""
    category = call(server, "GET", "/categories").json()[0]["id"]
    metadata = {
        "title": f"Concurrent item {number}",
        "description": "Made by the benchmark.",
        "defined_type": "dataset",
        "keywords": ["benchmark"],
        "categories": [category],
        "license": 1,
    }
    item = int(call(server, "POST", "/account/articles", json=metadata).json()["location"].rpartition("/")[2])
    data = content(number)
    opened = {"name": f"file-{number}.csv", "size": len(data), "md5": hashlib.md5(data).hexdigest()}
    place = call(server, "POST", f"/account/articles/{item}/files", json=opened).json()["location"]
    upload = call(server, "GET", place).json()["upload_url"]
    for part in call(server, "GET", upload).json()["parts"]:
        call(server, "PUT", f"{upload}/{part['partNo']}", data=data[part["startOffset"] : part["endOffset"] + 1])
    call(server, "POST", place)
    for _ in range(10):
        if call(server, "GET", place).json()["status"] == "available":
            break
    call(server, "POST", f"/account/articles/{item}/publish")
    return item


def is_public(server: Server, number: int, item: int) -> bool:
    """Tells whether everybody sees the item, with the file that was sent."""
    record = call(server, "GET", f"/articles/{item}").json()
    files = record["files"]
    sent = call(server, "GET", files[0]["download_url"]).content if files else b""
    found = call(server, "POST", "/articles/search", json={"search_for": f':title: "Concurrent item {number}"'}).json()
    return (
        record["title"] == f"Concurrent item {number}"
        and sent == content(number)
        and item in [hit["id"] for hit in found]
    )


def run(folder: Path, records: int) -> bool:
    """Prints the table; returns whether an aim was missed."""
    data, cache = folder / f"records-{records}", folder / "cache"
    if not (data / "categories.csv").is_file():
        make_data_folder(data, records)
    for path in (cache / "local_figshare").glob("*"):
        path.unlink()
    table = Table()
    with start_server(cache) as server:
        table.row("first start, shipped catalogue", server.started, 1, "s", server.cpu_seconds())
    with start_server(cache) as server:
        table.row("start, shipped catalogue, built before", server.started, 1, "s", server.cpu_seconds())
    with start_server(cache, data) as server:
        table.row(f"first start, {records:,} records", server.started, 40, "s", server.cpu_seconds())
        table.row("  peak memory while building", server.peak_megabytes(), 300, "MB")
    with start_server(cache, data) as server:
        table.row(f"start, {records:,} records, built before", server.started, 1, "s", server.cpu_seconds())
        measure_reading(table, server, records)
        measure_whole_lists(table, server)
        measure_writing(table, server)
        table.row("  peak memory of all this", server.peak_megabytes(), 300, "MB")
    return table.missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where the big catalogue is kept (default: nowhere)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        return int(run(options.folder or Path(temporary), options.records))


if __name__ == "__main__":
    sys.exit(main())
