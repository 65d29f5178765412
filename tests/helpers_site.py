"""What the tests of the helpers share: a client on a server, and faults for it."""

from contextlib import contextmanager

import pytest
import requests

import figshare_helpers as fh


@pytest.fixture(name="figshare")
def local_client(server, monkeypatch):
    """A client on local Figshare in its first state."""
    monkeypatch.setenv("FIGSHARE_API_URL", server.url)
    with fh.connect("local") as client:
        yield client


@contextmanager
def connected(server, **options):
    """A client on a server, with the options of `connect`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIGSHARE_API_URL", server.url)
        patch.setenv("FIGSHARE_STATS_URL", server.stats_url)
        with fh.connect(**{"site": "local", **options}) as client:
            yield client


def fault(server, kind: str, path: str = "/v2/", **details) -> None:
    """Queues a fault; `path` is a prefix."""
    answer = requests.post(f"{server.root}/_local/faults", json={"kind": kind, "path": path, **details}, timeout=30)
    assert answer.ok, answer.text


def paths(client) -> list[str]:
    """Method and path of every request so far."""
    return [f"{row.method} {row.path}" for row in client.requests_made.itertuples()]
