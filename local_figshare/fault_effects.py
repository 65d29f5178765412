"""Carries out faults (see `faults`): gives the client another answer, or spoils the right one."""

from __future__ import annotations

import json
import os
import re
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import cast

from werkzeug.wrappers import Request as HTTPRequest
from werkzeug.wrappers import Response

from .dispatch import HTML
from .faults import Fault
from .messages import Problem, Reply, Request, not_found
from .responses import address_of, response, with_base

HTML_PAGE = (
    b"<html>\n<head><title>Figshare</title></head>\n<body>\n"
    b"<center><h1>Please try again</h1></center>\n</body>\n</html>"
)
WRONG_MD5 = b'"computed_md5": "00000000000000000000000000000000"'


@dataclass(frozen=True)
class FaultyExchange:
    """A request that meets a fault, and what would answer it.

    Attributes:
        http: the request as it came.
        request: the same as handlers read it.
        handle: the handler of the request's route.
    """

    http: HTTPRequest
    request: Request
    handle: Callable[[Request], Reply]

    def answer(self) -> Response:
        """Answers the request as usual."""
        return response(self.handle(self.request), self.http)


def faulty_response(fault: Fault, exchange: FaultyExchange) -> Response:
    """Returns the answer to a request that meets a fault."""
    return EFFECTS[fault.kind](fault, exchange)


# Instead of the answer: the request has no effect


def _status(fault: Fault, exchange: FaultyExchange) -> Response:
    problem = Problem(fault.status, "LocalFault", f"Local Figshare was asked to answer {fault.status}")
    answer = Response(json.dumps(problem.reply().body), fault.status, content_type="application/json")
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


def _reset(fault: Fault, exchange: FaultyExchange) -> Response:
    break_connection(exchange.http.environ)
    raise ConnectionAbortedError("Local Figshare was asked to break the connection")


def _html(fault: Fault, exchange: FaultyExchange) -> Response:
    return Response(HTML_PAGE, 200 if fault.status == 500 else fault.status, content_type=HTML)


def _waf(fault: Fault, exchange: FaultyExchange) -> Response:
    return Response(b"", 202, {"x-amzn-waf-action": "challenge"}, content_type=HTML)


def _vanish(fault: Fault, exchange: FaultyExchange) -> Response:
    return Response(json.dumps(not_found("ArticleVersion").reply().body), 404, content_type="application/json")


# The request is answered, and then the answer spoilt


def _delay(fault: Fault, exchange: FaultyExchange) -> Response:
    time.sleep(fault.seconds)
    return exchange.answer()


def _cut_body(fault: Fault, exchange: FaultyExchange) -> Response:
    """Announces the whole body and sends half of it; then the connection is closed, or reset."""
    answer = exchange.answer()
    answer.direct_passthrough = False  # a stream is cut too
    body = answer.get_data()
    headers = {**dict(answer.headers), "Content-Length": str(len(body)), "Connection": "close"}
    environ = exchange.http.environ if fault.kind == "reset_body" else {}
    return Response(_half(body, environ), answer.status_code, headers, direct_passthrough=True)


def _half(body: bytes, environ: dict) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    break_connection(environ)


def _wrong_md5(fault: Fault, exchange: FaultyExchange) -> Response:
    answer = exchange.answer()
    answer.direct_passthrough = False
    body = answer.get_data()
    if answer.is_json:
        body = re.sub(rb'"computed_md5": "[0-9a-f]*"', WRONG_MD5, body)
    elif body:
        body = bytes([body[0] ^ 1]) + body[1:]
    answer.set_data(body)
    return answer


def _duplicate(fault: Fault, exchange: FaultyExchange) -> Response:
    """Begins the page with the last entry of the page before: what happens when an item is added meanwhile."""
    answer = exchange.answer()
    body = json.loads(answer.get_data()) if answer.is_json else None
    if not isinstance(body, list):  # refused, or no list: there is no page before
        return answer
    offset = _offset(exchange.request)
    if offset == 0:
        return answer
    previous_reply = exchange.handle(_request_for_window(exchange.request, limit=1, offset=offset - 1))
    answer.set_data(answer.get_data()[:1] + _entries_as_bytes(previous_reply, exchange.http) + answer.get_data()[1:])
    return answer


def _short(fault: Fault, exchange: FaultyExchange) -> Response:
    """Returns half of the page; the cursor, where the list has one, goes on behind it."""
    answer, request = exchange.answer(), exchange.request
    body = json.loads(answer.get_data()) if answer.is_json else None
    if not isinstance(body, list) or len(body) < 2:
        return answer
    has_cursor = "x-cursor" in request.headers
    half_reply = exchange.handle(
        _request_for_window(request, limit=len(body) // 2, **({} if has_cursor else {"offset": _offset(request)}))
    )
    answer.set_data(b"[" + _entries_as_bytes(half_reply, exchange.http).removesuffix(b", ") + b"]")
    answer.headers.update(half_reply.headers)
    return answer


def _offset(request: Request) -> int:
    """Returns how many entries stand before a page."""
    parameters = request.parameters()
    size = int(parameters.get("page_size") or parameters.get("limit") or 10)
    return int(parameters.get("offset") or (int(parameters.get("page") or 1) - 1) * size)


def _request_for_window(request: Request, **window: int) -> Request:
    """Returns the request for the same list, from one entry to another."""
    rest = {
        name: value
        for name, value in request.parameters().items()
        if name not in ("page", "page_size", "limit", "offset")
    }
    return replace(request, query={name: str(value) for name, value in {**rest, **window}.items()}, body=b"")


def _entries_as_bytes(reply: Reply, http: HTTPRequest) -> bytes:
    """Returns the entries of a list as bytes, with a comma after them."""
    text = cast("str", reply.encoded())  # the body of a list is JSON
    body = with_base(text, address_of(http)).strip()
    return body[1:-1] + b", " if len(body) > 2 else b""


EFFECTS: dict[str, Callable[[Fault, FaultyExchange], Response]] = {
    "status": _status,
    "reset": _reset,
    "html": _html,
    "waf": _waf,
    "vanish": _vanish,
    "delay": _delay,
    "reset_body": _cut_body,
    "truncate": _cut_body,
    "wrong_md5": _wrong_md5,
    "duplicate": _duplicate,
    "short": _short,
}


def break_connection(environ: dict) -> None:
    """Closes the client's socket the hard way: a reset instead of an end."""
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(connection.detach())
