"""What local Figshare prints where it runs inside Python, under a cell for example: nothing, unless it is slow."""

import subprocess
import sys
from pathlib import Path

import pytest

import local_figshare

pytestmark = pytest.mark.slow
ROOT = Path(local_figshare.__file__).resolve().parent.parent
BEGIN = """
import gc, http.client, socket, struct, time
from urllib.parse import urlsplit
import local_figshare, local_figshare.http_server as http_server
http_server.Handler.timeout = 0.2
server = local_figshare.serve()
place = urlsplit(server.root).hostname, urlsplit(server.root).port

def ask(path, method="GET", body=None):
    connection = http.client.HTTPConnection(*place, timeout=10)
    connection.request(method, path, body, {"Authorization": "token local-researcher"})
    answer = connection.getresponse()
    answer.read()
    return connection, answer.status
"""
END = """
server.close()
gc.collect()
"""


def run_with_warnings(code, *options):
    """Returns both streams of a Python that warns of everything."""
    command = [sys.executable, *options, "-c", BEGIN + code + END]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            "kept = [ask('/v2/articles/5616445')[0] for _ in range(8)]\n"
            "time.sleep(0.6)\n"
            "for one in kept: assert one.sock.recv(1) == b''; one.close()",
            id="idle connections",
        ),
        pytest.param(
            "kept = [ask('/v2/articles')[0] for _ in range(3)]\nserver.close()\nfor one in kept: one.close()",
            id="connections open at the end",
        ),
        pytest.param(
            "for sent in (b'', b'GET', b'GET / HTTP/1.1\\r\\n', b'\\x16\\x03\\x01\\x02',\n"
            "             b'BREW / TEA\\r\\n\\r\\n',\n"
            "             b'POST /v2/articles/search HTTP/1.1\\r\\nContent-Length: 9\\r\\n\\r\\n{',\n"
            "             b'GET /v2/articles HTTP/9.9\\r\\n\\r\\n', b'X' * 70000,\n"
            "             b'PUT /upload/a/1 HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nzz'):\n"
            "    for linger in (0, 1):\n"
            "        one = socket.create_connection(place)\n"
            "        one.sendall(sent)\n"
            "        if linger: one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))\n"
            "        one.close()\n"
            "time.sleep(0.5)",
            id="clients that break off",
        ),
        pytest.param(
            "for _ in range(4):\n"
            "    one = socket.create_connection(place)\n"
            "    one.sendall(b'GET /v2/articles?page_size=1000 HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n' * 20)\n"
            "    one.recv(10)\n"
            "    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))\n"
            "    one.close()\n"
            "time.sleep(0.5)",
            id="clients that go while they are answered",
        ),
        pytest.param(
            "for kind in ('reset', 'reset_body', 'truncate', 'html', 'waf', 'vanish', 'wrong_md5', 'status'):\n"
            "    server.faults(kind=kind, path='/v2/articles')\n"
            "    try: ask('/v2/articles')[0].close()\n"
            "    except (OSError, http.client.HTTPException): pass",
            id="every fault",
        ),
        pytest.param(
            "from local_figshare.handlers import articles\n"
            "import local_figshare.dispatch as dispatch\n"
            "dispatch.Dispatcher.account = lambda *_: 1 / 0\n"
            "one, status = ask('/v2/articles')\n"
            "assert status == 500\n"
            "one.close()",
            id="a defect of a handler",
        ),
    ],
)
def test_nothing_is_printed(code):
    assert run_with_warnings(code, "-X", "dev") == ""


def test_a_persons_own_logging_is_left_alone():
    code = (
        "import logging\nlog = logging.getLogger('werkzeug')\n"
        "print(log.level, log.handlers, logging.getLogger().handlers)"
    )
    assert run_with_warnings(code) == "0 [] []\n"


def test_a_defect_is_logged_where_somebody_logs_and_says_its_place():
    code = (
        "import logging, sys\nlogging.basicConfig(stream=sys.stdout)\n"
        "import local_figshare.dispatch as dispatch\n"
        "dispatch.Dispatcher.account = lambda *_: {}['secret value']\n"
        "one, status = ask('/v2/articles')\n"
        "one.request('GET', '/v2/articles')\n"
        "print('TEXT', one.getresponse().read().decode())\n"
        "one.close()"
    )
    log, _, text = run_with_warnings(code).partition("TEXT")
    assert "Traceback" in log and "KeyError" in log
    assert "a defect of it and not of the request: KeyError in <string>, line" in text and "secret" not in text


SLOW = "import local_figshare\nlocal_figshare.PATIENCE = {patience}\nlocal_figshare.serve({folder}).close()"


@pytest.mark.parametrize(
    "patience, folder, said",
    [
        (60, "None", ""),
        (
            0.001,
            "None",
            "Local Figshare starts: it reads its records and makes an index of them. The first start takes longest.\n",
        ),
        (
            0.001,
            "'data'",
            "Local Figshare starts: it reads the records in data and makes an index of them. The first start "
            "takes longest.\n",
        ),
    ],
)
def test_a_slow_start_says_what_it_does_and_a_quick_one_nothing(tmp_path, monkeypatch, patience, folder, said):
    monkeypatch.setenv("LOCAL_FIGSHARE_CACHE", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", SLOW.format(patience=patience, folder=folder)], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("", said)


def test_the_command_says_so_too(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCAL_FIGSHARE_CACHE", str(tmp_path))
    code = (
        "import local_figshare, local_figshare.__main__ as command, threading, os, signal\n"
        "local_figshare.PATIENCE = 0.001\n"
        "command.greeting = lambda server: os.kill(os.getpid(), signal.SIGINT) or 'ready'\n"
        "command.main(['--port', '0'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.startswith("Local Figshare starts: it reads its records") and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "options, words",
    [
        ("port=server._server.port", "cannot listen at port"),
        ("port=99999", "a port is a number from 0 to 65535"),
        ("host='no.such.host.invalid'", "cannot listen at port 0 of no.such.host.invalid"),
    ],
)
def test_an_address_that_cannot_be_had_is_an_error_and_nothing_printed(options, words):
    code = f"try: local_figshare.serve({options})\nexcept OSError as error: print(error.strerror)"
    text = run_with_warnings(code, "-X", "dev")
    assert words in text and text.count("\n") == 1 and "0 picks a free one" in text


def test_the_command_says_which_port_is_taken(fresh_server):
    port = fresh_server().root.rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "local_figshare", "--port", port], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"Local Figshare cannot listen at port {port} of 127.0.0.1")
