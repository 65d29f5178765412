"""Limits of time and size for one answer.

The timeout of requests applies to each piece of an answer, so a server that sends a byte a second keeps us waiting
for ever. The connections here check before each piece, sent or received, how much time is left. They also count the
bytes that they receive.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from figshare_workbook.client.file_part import PIECE_BYTES

MOST_BYTES = 100_000_000  # of an answer that is read into memory; a page of 1,000 records has about a million
MOST_HEAD_BYTES = 1_000_000  # of the status line and the headers, and of all `100 Continue` before them


class Limits:
    """The limits of one answer, for all its tries together.

    Args:
        seconds: The time for the whole answer; for a stream and an upload, the time without progress.
        is_stream: Whether the caller reads the body in pieces.
        most_bytes: The most bytes of the body; None: `MOST_BYTES`.

    Attributes:
        waited: Seconds of pauses between tries, which the site asked for or which follow a failed try.
        is_too_long: Whether the answer had more bytes than allowed.
        bytes_allowed: The limit for the part of the answer that is read now: its head or its body.
    """

    def __init__(self, seconds: float, is_stream: bool = False, most_bytes: int | None = None):
        self.seconds, self.is_stream = seconds, is_stream
        self.most_bytes = MOST_BYTES if most_bytes is None else most_bytes
        self.waited = 0.0
        self.is_too_long = False
        self.bytes_allowed = self.most_bytes
        self._deadline = time.monotonic() + seconds
        self.begin_head()

    @property
    def is_late(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self._deadline

    def seconds_left(self) -> float:
        """Returns the seconds that are left for the next piece. Raises `TimeoutError` where the time is over."""
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the time for this answer is over")
        return seconds

    def add_time(self, seconds: float) -> None:
        """Adds the seconds of a pause (for the pace, or before a retry), so that they do not count for the answer."""
        self._deadline += seconds

    def note_sent(self) -> None:
        """Notes that a piece was sent. Each piece extends the time, so an upload may take as long as it progresses."""
        self._deadline = max(self._deadline, time.monotonic() + self.seconds)

    def begin_head(self) -> None:
        """Notes that an answer begins, with its status line and headers."""
        self._bytes_left, self.bytes_allowed, self._is_in_body = MOST_HEAD_BYTES, MOST_HEAD_BYTES, False

    def begin_body(self) -> None:
        """Notes that the headers are complete and the body begins."""
        self._bytes_left, self.bytes_allowed, self._is_in_body = (
            self.most_bytes + MOST_HEAD_BYTES,
            self.most_bytes,
            True,
        )

    def note_received(self, count: int) -> None:
        """Notes that a piece was received. Raises `OSError` where the answer has become too long."""
        self._bytes_left -= count
        if self._bytes_left < 0:
            self.is_too_long = True
            raise OSError("the answer is too long")
        if count and self._is_in_body and self.is_stream:
            self._deadline = time.monotonic() + self.seconds


_CURRENT_LIMITS: ContextVar[Limits] = ContextVar("limits of the request at work")


@contextlib.contextmanager
def limits_applied(limits: Limits) -> Iterator[None]:
    """Applies these limits to what is sent in the block, and to a stream that begins in it and is read later."""
    before = _CURRENT_LIMITS.set(limits)
    try:
        yield
    finally:
        _CURRENT_LIMITS.reset(before)


def add_time(seconds: float) -> None:
    """Calls `Limits.add_time` for the request of the current `within` block."""
    _CURRENT_LIMITS.get().add_time(seconds)


class _LimitedReader(io.RawIOBase):
    """Reads the bytes of a socket in pieces, within limits."""

    def __init__(self, sock: Any, limits: Limits):
        self._sock, self._limits = sock, limits
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._limits.seconds_left())
        count = self._raw.readinto(buffer)
        self._limits.note_received(count or 0)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _LimitedSocket:
    """The part of a socket's interface that http.client needs to read an answer, within limits."""

    def __init__(self, sock: Any, limits: Limits):
        self._sock, self._limits = sock, limits

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_LimitedReader(self._sock, self._limits))


class _LimitedHTTPResponse(http.client.HTTPResponse):
    """An answer within limits. After a status below 200, which is not final, the connection is not used again."""

    def __init__(self, sock: Any, *args: Any, **options: Any):
        self._limits = _CURRENT_LIMITS.get()
        self._limits.begin_head()
        super().__init__(_LimitedSocket(sock, self._limits), *args, **options)  # type: ignore[arg-type]

    def begin(self) -> None:
        super().begin()
        self._limits.begin_body()
        if self.status < 200:
            self.will_close = True


class _LimitedSending:
    """Sends in pieces, each within limits, and reads the answer as a `_LimitedHTTPResponse`."""

    response_class = _LimitedHTTPResponse
    debuglevel = 0  # with a higher level http.client would print the token

    def send(self, data: Any) -> None:
        connection: Any = self
        if connection.sock is None:
            connection.connect()
        for piece in _pieces_of(data):
            connection.sock.settimeout(_CURRENT_LIMITS.get().seconds_left())
            super().send(piece)  # type: ignore[misc]
            _CURRENT_LIMITS.get().note_sent()


def _pieces_of(data: Any) -> Iterator[Any]:
    if isinstance(data, bytes) and len(data) > PIECE_BYTES:
        view = memoryview(data)
        yield from (view[start : start + PIECE_BYTES] for start in range(0, len(data), PIECE_BYTES))
    else:
        yield data


class _LimitedHTTPConnection(_LimitedSending, HTTPConnection):  # type: ignore[misc]
    pass


class _LimitedHTTPSConnection(_LimitedSending, HTTPSConnection):  # type: ignore[misc]
    pass


class _LimitedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _LimitedHTTPConnection  # type: ignore[assignment]


class _LimitedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _LimitedHTTPSConnection  # type: ignore[assignment]


class LimitedResponse(requests.Response):
    """An answer whose body has a limit after decompression too. The module `redirects` handles its redirects."""

    is_redirect = False  # type: ignore[assignment]  # else requests would prepare the next request, with the token

    def __init__(self, limits: Limits):
        super().__init__()
        self.limits = limits

    def iter_content(self, *args: Any, **options: Any) -> Iterator[Any]:
        """Yields pieces as requests does, up to the limit: `most_bytes` for a success, `MOST_BYTES` for an error."""
        bytes_left = self.limits.most_bytes if self.status_code in (200, 206) else MOST_BYTES
        pieces = super().iter_content(*args, **options)
        while piece := self._next_piece(pieces):
            bytes_left -= len(piece)
            if bytes_left < 0:
                self.limits.is_too_long = True
                self.close()
                raise requests.exceptions.ContentDecodingError("the answer is too long")
            yield piece

    def _next_piece(self, pieces: Iterator[Any]) -> Any:
        """Returns the next piece. Turns a `ValueError`, as for a chunk of -5 bytes, into an error of requests."""
        try:
            return next(pieces, None)
        except requests.RequestException:
            self.close()
            raise
        except ValueError as error:
            self.close()
            raise requests.exceptions.ChunkedEncodingError("the answer is damaged") from error


class LimitedAdapter(HTTPAdapter):
    """Sends through connections that keep the limits."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Makes the pool manager, as requests does, with the limited pools."""
        super().init_poolmanager(*args, **options)
        _set_limited_pools(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Makes the pool manager of a proxy, as requests does, with the limited pools; SOCKS needs pools of its own."""
        manager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):
            _set_limited_pools(manager)
        return manager

    def build_response(self, *args: Any) -> LimitedResponse:
        """Makes the response, as requests does, as a `LimitedResponse`."""
        response = LimitedResponse(_CURRENT_LIMITS.get())
        vars(response).update(vars(super().build_response(*args)))
        return response


def _set_limited_pools(manager: Any) -> None:
    manager.pool_classes_by_scheme = {"http": _LimitedHTTPPool, "https": _LimitedHTTPSPool}
