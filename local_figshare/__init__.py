"""Local Figshare: a server on this machine that answers as the Figshare API does.

    with local_figshare.serve() as figshare:
        requests.get(f"{figshare.url}/articles/5616445").json()

`README.md` in this folder says what it serves, what it does not, and what follows which evidence.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .catalogue import SHIPPED, Catalogue, CatalogueError

PATIENCE = 2  # seconds before a start that takes long says so
logging.getLogger(__name__).addHandler(logging.NullHandler())  # nothing is printed under somebody's cell unasked

__all__ = ["CatalogueError", "LocalFigshare", "serve"]


class LocalFigshare:
    """A running server; a context manager that closes it.

    Attributes:
        root: the server's address, e.g. ``http://127.0.0.1:8080``.
        url: address of the REST API, ending in ``/v2``.
        stats_url: address of the stats service, ending in ``/stats``.
        token: the personal token of a researcher, good on such servers only.
    """

    token = "local-researcher"

    def __init__(self, data: str | Path | None, port: int, host: str, latency_ms: float, allow_hosts: Iterable[str]):
        from .app import Application
        from .http_server import Server
        from .store import Store
        from .visitors import Visitors

        with notice_if_slow(data):
            self._store = Store(Catalogue(data or SHIPPED))
        try:
            app = Application(self._store, latency_ms, Visitors(host, allow_hosts))
            self._server = Server(host, port, app, self._store.release)
        except BaseException:
            self._store.close()
            raise
        self.root = f"http://{f'[{host}]' if ':' in host else host}:{self._server.port}"
        self.url, self.stats_url = f"{self.root}/v2", f"{self.root}/stats"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="local-figshare", daemon=True
        )
        self._thread.start()

    def reset(self) -> None:
        """Brings the first state back: no writes, no uploads, no faults. As ``POST /_local/reset``."""
        self._store.reset()

    def faults(self, **fault: object) -> None:
        """Queues a fault, with what ``POST /_local/faults`` takes: ``faults(kind="status", status=429, times=2)``.

        Raises:
            ValueError: there is no such fault; the message says what is wrong.
        """
        from .faults import fault_of
        from .messages import Problem

        try:
            self._store.faults.add(fault_of(fault))
        except Problem as problem:
            raise ValueError(problem.message) from None

    def close(self) -> None:
        """Stops serving and removes the temporary state. A second call does nothing."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.disconnect()
        self._store.close()

    def __enter__(self) -> LocalFigshare:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<LocalFigshare {self.url}>"


@contextmanager
def notice_if_slow(data: str | Path | None) -> Iterator[None]:
    """Prints one line on stderr where the start takes longer than `PATIENCE`."""
    records = f"the records in {data}" if data else "its records"
    notice = threading.Timer(
        PATIENCE,
        print,
        [f"Local Figshare starts: it reads {records} and makes an index of them. The first start takes longest."],
        {"file": sys.stderr},
    )
    notice.daemon = True
    notice.start()
    try:
        yield
    finally:
        notice.cancel()


def serve(
    data: str | Path | None = None,
    port: int = 0,
    host: str = "127.0.0.1",
    latency_ms: float = 0,
    allow_hosts: Iterable[str] = (),
) -> LocalFigshare:
    """Starts local Figshare in a thread of this process.

    Args:
        data: folder of the catalogue; None is the one that ships with the workbook.
        port: port to listen on; 0 picks a free one.
        host: address to listen on; anything but the default lets other machines in.
        latency_ms: delay of every answer, in milliseconds.
        allow_hosts: names, besides `host`, under which clients may write here, e.g. a container's.

    Returns:
        The running server, with `.url`, `.stats_url` and `.close()`.

    Raises:
        CatalogueError: the folder cannot be served; the message names file and line.
        OSError: the port or the address cannot be had.
    """
    return LocalFigshare(data, port, host, latency_ms, allow_hosts)
