"""Werkzeug's server, with connections that stay open between requests.

Werkzeug closes every connection after its answer, as it cannot tell where one request ends and the next begins.
Here the body of a request ends where its length says. What the application did not read of it is read and thrown
away, and the connection serves the next request. So a client that sends a thousand requests needs one connection, as
with the real service.
"""

from __future__ import annotations

import errno
import io
import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from .messages import Problem

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

IDLE_SECONDS = 60  # a connection without a request for so long is closed
DRAIN_LIMIT = 1 << 20  # bytes of an unread body that are read and thrown away; above it the connection is closed
LINE_LIMIT = 1 << 12  # bytes of a line between chunks
NO_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


class Body(io.RawIOBase):
    """The body of one request, which ends after `length` bytes."""

    def __init__(self, stream: Any, length: int):
        self.stream, self.bytes_left = stream, length

    def readable(self) -> bool:
        """Returns True: a body can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads into a buffer what has arrived. Raises `Problem` 400 where the body ends too early."""
        count = self._read(buffer) if self.bytes_left else 0
        if not count and self.bytes_left:
            raise _broken_body("it ends too early")
        self.bytes_left -= count
        return count

    def _read(self, buffer: Any) -> int:
        try:
            return self.stream.readinto1(memoryview(buffer)[: min(len(buffer), self.bytes_left)])
        except OSError:
            raise _broken_body("the connection broke") from None


class Chunks(Body):
    """The body of a request with ``Transfer-Encoding: chunked``. Each chunk begins with its length; the last is empty.

    Attributes:
        has_begun: whether a chunk was read.
        has_ended: whether the last chunk was read.
    """

    def __init__(self, stream: Any):
        super().__init__(stream, 0)
        self.has_begun = self.has_ended = False

    def readinto(self, buffer: Any) -> int:
        """Reads into a buffer what has arrived of a chunk. Raises `Problem` 400 for a broken chunk."""
        if not self.bytes_left and not self.has_ended:
            self._begin_next_chunk()
        return super().readinto(buffer)

    def _begin_next_chunk(self) -> None:
        if self.has_begun and self._read_line():
            raise _broken_body("a chunk is longer than it says")
        size = self._read_line().partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{1,15}", size):
            raise _broken_body("the size of a chunk is not a hexadecimal number")
        self.bytes_left, self.has_begun = int(size, 16), True
        self.has_ended = not self.bytes_left
        while self.has_ended and self._read_line():  # trailers
            pass

    def _read_line(self) -> bytes:
        try:
            line = self.stream.readline(LINE_LIMIT)
        except OSError:
            raise _broken_body("the connection broke") from None
        if not line.endswith(b"\n"):
            raise _broken_body("it ends too early, or a line between chunks is too long")
        return line.rstrip(b"\r\n")


def _broken_body(reason: str) -> Problem:
    return Problem(400, "BadRequest", f"The body of the request cannot be read: {reason}")


class Handler(WSGIRequestHandler):
    """One connection, on which `run_wsgi` answers one request after the other."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = 1 << 16  # one segment for head and small body
    server: Server

    def run_wsgi(self) -> None:
        """Answers one request."""
        if self._refuse_unknown_length():
            return
        environ = self.make_environ()
        self.environ = environ
        body = self._open_body(environ)
        try:
            self._send_answer(environ)
            self.wfile.flush()
            self._drain(body)
        except (OSError, Problem):  # the connection broke, or the end of the body is unknown
            self.close_connection = True

    def _refuse_unknown_length(self) -> bool:
        """Sends a refusal where the end of the body cannot be known. Returns whether it did."""
        if self.headers.get("Transfer-Encoding", "chunked").lower() != "chunked":
            self.send_error(HTTPStatus.NOT_IMPLEMENTED, "Only chunked transfers are understood")
        elif not re.fullmatch(r"\d{0,18}", self.headers.get("Content-Length", "").strip()):
            self.send_error(HTTPStatus.BAD_REQUEST, "Content-Length is not a number")
        else:
            return False
        self.close_connection = True
        return True

    def _open_body(self, environ: dict) -> io.BufferedReader:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body: Body = Chunks(self.rfile)
        else:
            body = Body(self.rfile, int(self.headers.get("Content-Length") or 0))
        environ["wsgi.input"], environ["wsgi.input_terminated"] = io.BufferedReader(body), True
        return environ["wsgi.input"]

    def _drain(self, body: io.BufferedReader) -> None:
        """Reads and throws away what is left of the request, so that the next one can be read."""
        if len(body.read(DRAIN_LIMIT)) == DRAIN_LIMIT:
            self.close_connection = True

    def _send_answer(self, environ: dict) -> None:
        head: list = []

        def start_response(status: str, headers: list, exc_info: object = None) -> Callable[[bytes], object]:
            head[:] = [status, headers]
            return self.wfile.write

        chunks = self.server.app(environ, start_response)
        try:
            is_chunked = self._send_head(*head)
            for chunk in chunks:
                self._send(chunk, is_chunked)
            if is_chunked:
                self.wfile.write(b"0\r\n\r\n")
        finally:
            if hasattr(chunks, "close"):
                chunks.close()

    def _send_head(self, status: str, headers: list) -> bool:
        """Sends status and headers. Returns whether the body is sent in chunks."""
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        names = set()
        for name, value in headers:
            if name.lower() == "date":  # `send_response` has sent it
                continue
            self.send_header(name, value)
            names.add(name.lower())
            if name.lower() == "connection" and value.lower() == "close":
                self.close_connection = True
        is_chunked = not ("content-length" in names or self.command == "HEAD" or int(code) in NO_BODY)
        if is_chunked and self.request_version == "HTTP/1.0":
            self.close_connection, is_chunked = True, False  # it knows no chunks: the body ends with the connection
        if is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        return is_chunked

    def _send(self, chunk: bytes, is_chunked: bool) -> None:
        if not chunk:
            return
        self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if is_chunked else chunk)

    def version_string(self) -> str:
        """Returns the name in the header ``Server``."""
        return "local-figshare"

    def log(self, *args: object) -> None:
        """Prints nothing, as it would stand in the output of a notebook."""

    def log_request(self, *args: object) -> None:
        """Prints nothing: see `log`."""

    def finish(self) -> None:
        """Ends the connection."""
        super().finish()
        self.server.on_disconnect()


class NotBoundError(Exception):
    """Raised where the server cannot listen at an address. At an `OSError` Werkzeug would end the process."""


class Server(ThreadedWSGIServer):
    """A server with one thread for each connection; at its end the thread calls `on_disconnect`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int, app: WSGIApplication, on_disconnect: Callable[[], object]):
        self.on_disconnect = on_disconnect
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        try:
            if not 0 <= port < 1 << 16:
                raise NotBoundError("a port is a number from 0 to 65535")
            super().__init__(host, port, app, Handler)
        except NotBoundError as problem:
            raise OSError(
                getattr(problem.__cause__, "errno", None) or errno.EINVAL,
                f"Local Figshare cannot listen at port {port} of {host}: {problem}. Take another port; "
                "0 picks a free one",
            ) from None
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def server_bind(self) -> None:
        """Takes the address. Raises `NotBoundError`."""
        try:
            super().server_bind()
        except OSError as error:
            raise NotBoundError(error.strerror or error) from error

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remembers the connection and serves it in a thread."""
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forgets the connection and ends it."""
        with self._connections_lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def disconnect(self) -> None:
        """Ends the connections that clients keep open, so that no thread waits for their next request."""
        with self._connections_lock:
            for connection in self._connections:
                with suppress(OSError):  # it ended by itself
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Prints nothing of a connection that broke."""
