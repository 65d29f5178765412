"""How long one answer may take, and how long it may be.

A time-out of requests is one of each piece: with a byte a second an answer never ends. So the connections here
ask before each piece, of what is sent and of what comes, how much time is left; they count what came, too.
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

MOST_BYTES = 100_000_000  # of an answer that is read at once; a page of 1,000 records has about a million
MOST_HEAD_BYTES = 1_000_000  # status line, headers, and any number of `100 Continue` before them
_PIECE = 1 << 18  # bytes that are sent at a time


class Limits:
    """What one answer may take: seconds in all, its tries together; of a stream, seconds without progress."""

    def __init__(self, seconds: float, is_stream: bool = False, most_bytes: int | None = None):
        self.seconds, self.is_stream = seconds, is_stream
        self.most_bytes = MOST_BYTES if most_bytes is None else most_bytes
        self.waited = 0.0  # because the site asked for it, or because a try had failed
        self.is_too_long = False
        self.longest = self.most_bytes
        self._end = time.monotonic() + seconds
        self.begin_head()

    @property
    def is_late(self) -> bool:
        """Is the time over?"""
        return time.monotonic() >= self._end

    def seconds_left(self) -> float:
        """Returns how long the next piece may take; raises `TimeoutError` where the time is over."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for this answer is over")
        return left

    def excuse(self, seconds: float) -> None:
        """Adds time that was not the answer's: waiting for a turn, or before the next try."""
        self._end += seconds

    def note_sent(self) -> None:
        """Notes that a piece was sent: an upload goes on as long as it moves."""
        self._end = max(self._end, time.monotonic() + self.seconds)

    def begin_head(self) -> None:
        """Notes that an answer begins."""
        self._bytes_left, self.longest, self._is_body = MOST_HEAD_BYTES, MOST_HEAD_BYTES, False

    def begin_body(self) -> None:
        """Notes that the headers are there."""
        self._bytes_left, self.longest, self._is_body = self.most_bytes + MOST_HEAD_BYTES, self.most_bytes, True

    def note_received(self, count: int) -> None:
        """Notes that a piece came. Raises `OSError` where the answer has become too long."""
        self._bytes_left -= count
        if self._bytes_left < 0:
            self.is_too_long = True
            raise OSError("the answer is too long")
        if count and self._is_body and self.is_stream:
            self._end = time.monotonic() + self.seconds


_AT_WORK: ContextVar[Limits] = ContextVar("limits of the request at work")


@contextlib.contextmanager
def within(limits: Limits) -> Iterator[None]:
    """Keeps these limits for whatever is sent in the block, and for a stream that is read later."""
    before = _AT_WORK.set(limits)
    try:
        yield
    finally:
        _AT_WORK.reset(before)


def excuse(seconds: float) -> None:
    """Does what `Limits.excuse` does, for the request at work."""
    _AT_WORK.get().excuse(seconds)


class _Pieces(io.RawIOBase):
    """What comes through a socket, piece by piece, within limits."""

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
    """As much of a socket as http.client needs to read an answer."""

    def __init__(self, sock: Any, limits: Limits):
        self._sock, self._limits = sock, limits

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_Pieces(self._sock, self._limits))


class _Answer(http.client.HTTPResponse):
    """An answer within limits. Behind a status that is no final one, the connection is not used again."""

    def __init__(self, sock: Any, *args: Any, **options: Any):
        self._limits = _AT_WORK.get()
        self._limits.begin_head()
        super().__init__(_LimitedSocket(sock, self._limits), *args, **options)  # type: ignore[arg-type]

    def begin(self) -> None:
        super().begin()
        self._limits.begin_body()
        if self.status < 200:
            self.will_close = True


class _LimitedConnection:
    """Sends in pieces, each within limits; what comes back is an `_Answer`."""

    response_class = _Answer
    debuglevel = 0  # http.client's own log would print the token

    def send(self, data: Any) -> None:
        connection: Any = self
        if connection.sock is None:
            connection.connect()
        for piece in _pieces_of(data):
            connection.sock.settimeout(_AT_WORK.get().seconds_left())
            super().send(piece)  # type: ignore[misc]
            _AT_WORK.get().note_sent()


def _pieces_of(data: Any) -> Iterator[Any]:
    if isinstance(data, bytes) and len(data) > _PIECE:
        whole = memoryview(data)
        yield from (whole[start : start + _PIECE] for start in range(0, len(data), _PIECE))
    else:
        yield data


class _Connection(_LimitedConnection, HTTPConnection):  # type: ignore[misc]
    pass


class _SafeConnection(_LimitedConnection, HTTPSConnection):  # type: ignore[misc]
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection  # type: ignore[assignment]


class _SafePool(HTTPSConnectionPool):
    ConnectionCls = _SafeConnection  # type: ignore[assignment]


class LimitedResponse(requests.Response):
    """An answer whose content has a limit when it is unpacked, too; its redirects are `redirects`' affair."""

    is_redirect = False  # type: ignore[assignment]  # else requests prepares the next request, with the token

    def __init__(self, limits: Limits):
        super().__init__()
        self.limits = limits

    def iter_content(self, *args: Any, **options: Any) -> Iterator[Any]:
        """Yields pieces as requests does, up to the limit: a file's, or that of a refusal in its place."""
        left = self.limits.most_bytes if self.status_code in (200, 206) else MOST_BYTES
        pieces = super().iter_content(*args, **options)
        while piece := self._piece_after(pieces):
            left -= len(piece)
            if left < 0:
                self.limits.is_too_long = True
                self.close()
                raise requests.exceptions.ContentDecodingError("the answer is too long")
            yield piece

    def _piece_after(self, pieces: Iterator[Any]) -> Any:
        """Returns the next piece; a chunk of -5 bytes is a `ValueError` of Python's, which would go past everybody."""
        try:
            return next(pieces, None)
        except requests.RequestException:
            self.close()
            raise
        except ValueError as error:
            self.close()
            raise requests.exceptions.ChunkedEncodingError("the answer is damaged") from error


class LimitedAdapter(HTTPAdapter):
    """Sends by connections that keep limits."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Makes the pools, as requests does; they are ours."""
        super().init_poolmanager(*args, **options)
        _use_our_pools(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Makes the pools of a proxy, as requests does; they are ours, but for SOCKS, which has its own."""
        manager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):
            _use_our_pools(manager)
        return manager

    def build_response(self, *args: Any) -> LimitedResponse:
        """Makes the response, as requests does; the answer has limits."""
        response = LimitedResponse(_AT_WORK.get())
        vars(response).update(vars(super().build_response(*args)))
        return response


def _use_our_pools(manager: Any) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SafePool}
