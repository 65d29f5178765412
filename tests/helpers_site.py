"""What the tests of the helpers share: clients of a server, servers that answer as told, and faults."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

import figshare_helpers as fh
import figshare_workbook

ROOMS = Path(figshare_workbook.__file__).parent


def rooms_text() -> str:
    """Gives the code of the helpers, all files of `figshare_workbook` one after the other."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(ROOMS.rglob("*.py")))


@contextmanager
def connected(server, **options):
    """Yields a client of a server, with the options of `connect`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIGSHARE_API_URL", server.url)
        patch.setenv("FIGSHARE_STATS_URL", server.stats_url)
        with fh.connect(**{"site": "local", **options}) as client:
            yield client


def queue_fault(server, kind: str, path: str = "/v2/", **details) -> None:
    """Makes the next requests fail whose path begins with `path`; `kind` is one of local Figshare's faults."""
    answer = requests.post(f"{server.root}/_local/faults", json={"kind": kind, "path": path, **details}, timeout=30)
    assert answer.ok, answer.text


@contextmanager
def client_answered_by(*answers, **options):
    """Yields a client of a site that gives these answers one after the other, the last one again and again.

    An answer is a status, headers and a body, or a function that gives them for a request (with `command`, `path`
    and `headers`).
    """

    class Answers(BaseHTTPRequestHandler):
        def answer(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = left.pop(0) if len(left) > 1 else left[0]
            status, headers, body = answer(self) if callable(answer) else answer
            self.send_response(status)
            for name, value in {**headers, "Content-Length": len(body)}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, *_):
            pass

    left = list(answers)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIGSHARE_API_URL", f"http://127.0.0.1:{server.server_port}/v2")
        patch.setenv("FIGSHARE_STATS_URL", f"http://127.0.0.1:{server.server_port}/stats")
        with fh.connect(**{"site": "local", **options}) as client:
            yield client
    server.shutdown()
    server.server_close()


def read_request(connection: socket.socket, most: int = 1 << 16) -> None:
    """Reads a request with its body: a socket that is closed before that loses the answer."""
    data = b""
    while b"\r\n\r\n" not in data and (piece := connection.recv(most)):
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    announced = re.search(rb"(?i)^content-length: (\d+)", head, re.MULTILINE)
    missing = min(int(announced[1]), most) - len(body) if announced else 0
    while missing > 0 and (piece := connection.recv(missing)):
        missing -= len(piece)


@contextmanager
def client_of_hostile_site(script, **options):
    """Yields a client of a site that breaks the rules of HTTP: `script(connection)` answers each request.

    The script gets the socket after the request was read. It need not end: all sockets are closed at the end of the
    block. Errors that it raises because the client has gone are ignored.
    """
    listening, connections = socket.create_server(("127.0.0.1", 0)), []

    def answer(connection):
        with suppress(OSError, ValueError), connection:
            read_request(connection)
            script(connection)

    def listen():
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                connections.append(connection)
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIGSHARE_API_URL", f"http://127.0.0.1:{listening.getsockname()[1]}/v2")
        with fh.connect(**{"site": "local", "timeout": 0.3, **options}) as client:
            client.retry = client.retry.new(total=1)
            yield client
    listening.close()
    for connection in connections:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def patch_rooms(patch: pytest.MonkeyPatch, name: str, value) -> None:
    """Sets a name in every module of the helpers that has it, as they import names from each other."""
    for module in [module for key, module in sys.modules.items() if key.startswith("figshare_workbook")]:
        if hasattr(module, name):
            patch.setattr(module, name, value)


def requests_of(client) -> list[str]:
    """Gives method and path of every request so far."""
    return [f"{row.method} {row.path}" for row in client.requests_made.itertuples()]


def clear_faults(server) -> None:
    """Takes back the faults that are still queued."""
    requests.delete(f"{server.root}/_local/faults", timeout=30).raise_for_status()


@contextmanager
def process_to_kill(command: list[str], server):
    """Yields a process that uses the server; it is killed (-9) at the end of the block."""
    environment = {**os.environ, "FIGSHARE_API_URL": server.url}
    process = subprocess.Popen(command, cwd=Path(fh.__file__).parent, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(condition, seconds: float = 120) -> None:
    """Waits until the condition holds; fails after so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition never held"
        time.sleep(0.01)
