"""Werkzeug's server, with connections that stay open between requests.

Werkzeug closes every connection after its answer, as it cannot tell the rest of one request from the beginning
of the next. Here the body of a request ends where its length says, what the application left of it is read
away, and the connection serves the next request. A client that sends a thousand requests then needs one
connection, as with the real service.
"""

from __future__ import annotations

import io
import re
import socket
from http import HTTPStatus

from werkzeug.serving import DechunkedInput, ThreadedWSGIServer, WSGIRequestHandler

IDLE_SECONDS = 60  # a connection that says nothing for so long is closed
DRAIN_LIMIT = 1 << 20  # bytes left of a request that are read away; above it the connection is closed
NO_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


class Body(io.RawIOBase):
    """The body of one request: ends after `length` bytes."""

    def __init__(self, stream: io.BufferedIOBase, length: int):
        self.stream, self.left = stream, length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:
        count = self.stream.readinto1(memoryview(buffer)[:min(len(buffer), self.left)]) if self.left else 0
        if not count and self.left:
            raise ConnectionError("The client went before its request was complete")
        self.left -= count
        return count


class Handler(WSGIRequestHandler):
    """One connection; `run_wsgi` answers one request on it."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = 1 << 16  # one segment for head and small body

    def run_wsgi(self) -> None:
        if self._refused():
            return
        environ = self.make_environ()
        self.environ = environ
        body = self._body(environ)
        try:
            self._answer(environ)
            self.wfile.flush()
            self._drain(body)
        except OSError:  # the client went, or a fault broke the connection
            self.close_connection = True

    def _refused(self) -> bool:
        """Whether nobody can tell where the body ends; then that is answered."""
        if self.headers.get("Transfer-Encoding", "chunked").lower() != "chunked":
            self.send_error(HTTPStatus.NOT_IMPLEMENTED, "Only chunked transfers are understood")
        elif not re.fullmatch(r"\d{0,18}", self.headers.get("Content-Length", "").strip()):
            self.send_error(HTTPStatus.BAD_REQUEST, "Content-Length is not a number")
        else:
            return False
        self.close_connection = True
        return True

    def _body(self, environ: dict) -> io.RawIOBase:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = DechunkedInput(self.rfile)
        else:
            body = Body(self.rfile, int(self.headers.get("Content-Length") or 0))
        environ["wsgi.input"], environ["wsgi.input_terminated"] = io.BufferedReader(body), True
        return environ["wsgi.input"]

    def _drain(self, body: io.BufferedIOBase) -> None:
        """Read away what is left of the request, so that the next one begins where it begins."""
        if len(body.read(DRAIN_LIMIT)) == DRAIN_LIMIT:
            self.close_connection = True

    def _answer(self, environ: dict) -> None:
        head: list = []

        def start_response(status: str, headers: list, exc_info: object = None) -> None:
            head[:] = [status, headers]

        chunks = self.server.app(environ, start_response)
        try:
            chunked = self._send_head(*head)
            for chunk in chunks:
                self._send(chunk, chunked)
            if chunked:
                self.wfile.write(b"0\r\n\r\n")
        finally:
            if hasattr(chunks, "close"):
                chunks.close()

    def _send_head(self, status: str, headers: list) -> bool:
        """Send status and headers; gives whether the body is sent in chunks."""
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        names = set()
        for name, value in headers:
            if name.lower() == "date":  # `send_response` has said it
                continue
            self.send_header(name, value)
            names.add(name.lower())
            if name.lower() == "connection" and value.lower() == "close":
                self.close_connection = True
        chunked = not ("content-length" in names or self.command == "HEAD" or int(code) in NO_BODY)
        if chunked and self.request_version == "HTTP/1.0":  # knows no chunks: the end of the connection is the end
            self.close_connection, chunked = True, False
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        return chunked

    def _send(self, chunk: bytes, chunked: bool) -> None:
        if not chunk:
            return
        self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)

    def version_string(self) -> str:
        return "local-figshare"

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing: a notebook's output is no place for a server's log."""

    def finish(self) -> None:
        super().finish()
        self.server.when_gone()


class Server(ThreadedWSGIServer):
    """A thread a connection; `when_gone` is called in each as its client leaves."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int, app: object, when_gone: object):
        self.when_gone = when_gone
        super().__init__(host, port, app, Handler)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that broke is the client's affair."""
