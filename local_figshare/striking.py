"""How a fault (see `faults`) strikes: what the client gets in place of the answer."""

from __future__ import annotations

import json
import os
import re
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import flask

from .dispatch import HTML, Dispatcher
from .faults import Fault
from .wire import Problem, Request, not_found

PAGE = (
    b"<html>\n<head><title>Figshare</title></head>\n<body>\n"
    b"<center><h1>Please try again</h1></center>\n</body>\n</html>"
)
WRONG_MD5 = b'"computed_md5": "00000000000000000000000000000000"'


def response(
    fault: Fault, proceed: Callable[[], flask.Response], request: Request, dispatcher: Dispatcher
) -> flask.Response:
    """The answer to a request that meets a fault.

    Args:
        proceed: answers the request as usual.
    """
    if fault.kind in PAGES:
        return PAGES[fault.kind](proceed, request, dispatcher)
    if fault.kind in STRIKES:
        return STRIKES[fault.kind](fault, proceed)
    return INSTEAD[fault.kind](fault)


# Instead of the answer: the request has no effect


def _status(fault: Fault) -> flask.Response:
    problem = Problem(fault.status, "LocalFault", f"Local Figshare was asked to answer {fault.status}")
    made = flask.Response(json.dumps(problem.reply().body), fault.status, content_type="application/json")
    if fault.retry_after is not None:
        made.headers["Retry-After"] = str(fault.retry_after)
    return made


def _reset(fault: Fault) -> flask.Response:
    break_connection(flask.request.environ)
    raise ConnectionAbortedError("Local Figshare was asked to break the connection")


def _html(fault: Fault) -> flask.Response:
    return flask.Response(PAGE, 200 if fault.status == 500 else fault.status, content_type=HTML)


def _waf(fault: Fault) -> flask.Response:
    return flask.Response(b"", 202, {"x-amzn-waf-action": "challenge"}, content_type=HTML)


def _vanish(fault: Fault) -> flask.Response:
    return flask.Response(json.dumps(not_found("ArticleVersion").reply().body), 404, content_type="application/json")


# The request is answered, and then the answer spoilt


def _delay(fault: Fault, proceed: Callable[[], flask.Response]) -> flask.Response:
    time.sleep(fault.seconds)
    return proceed()


def _cut(fault: Fault, proceed: Callable[[], flask.Response]) -> flask.Response:
    """Announce the whole body and send half of it; then close, or reset."""
    made = proceed()
    made.direct_passthrough = False  # a stream is cut too
    body = made.get_data()
    headers = {**dict(made.headers), "Content-Length": str(len(body)), "Connection": "close"}
    environ = flask.request.environ if fault.kind == "reset_body" else {}
    return flask.Response(_half(body, environ), made.status_code, headers, direct_passthrough=True)


def _half(body: bytes, environ: dict) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    break_connection(environ)


def _wrong_md5(fault: Fault, proceed: Callable[[], flask.Response]) -> flask.Response:
    made = proceed()
    made.direct_passthrough = False
    body = made.get_data()
    if made.is_json:
        body = re.sub(rb'"computed_md5": "[0-9a-f]*"', WRONG_MD5, body)
    elif body:
        body = bytes([body[0] ^ 1]) + body[1:]
    made.set_data(body)
    return made


INSTEAD = {"status": _status, "reset": _reset, "html": _html, "waf": _waf, "vanish": _vanish}
STRIKES = {"delay": _delay, "reset_body": _cut, "truncate": _cut, "wrong_md5": _wrong_md5}


def _duplicate(proceed: Callable[[], flask.Response], request: Request, dispatcher: Dispatcher) -> flask.Response:
    """The page, begun with the last entry of the page before: what happens when an item is added meanwhile."""
    made = proceed()
    body = json.loads(made.get_data()) if made.is_json else None
    if not isinstance(body, list):  # refused, or no list: there is no page before
        return made
    start = _start(request)
    if start == 0:
        return made
    before = _window(request, limit=1, offset=start - 1)
    made.set_data(made.get_data()[:1] + _inside(dispatcher, before) + made.get_data()[1:])
    return made


def _short(proceed: Callable[[], flask.Response], request: Request, dispatcher: Dispatcher) -> flask.Response:
    """Half of the page; the cursor, where the list has one, goes on behind it."""
    made = proceed()
    body = json.loads(made.get_data()) if made.is_json else None
    if not isinstance(body, list) or len(body) < 2:
        return made
    by_cursor = "x-cursor" in request.headers
    half = _window(request, limit=len(body) // 2, **({} if by_cursor else {"offset": _start(request)}))
    reply = dispatcher.handle(half)
    made.set_data(b"[" + _inside(dispatcher, half).removesuffix(b", ") + b"]")
    made.headers.update(reply.headers)
    return made


def _start(request: Request) -> int:
    """How many entries stand before a page."""
    parameters = request.parameters()
    size = int(parameters.get("page_size") or parameters.get("limit") or 10)
    return int(parameters.get("offset") or (int(parameters.get("page") or 1) - 1) * size)


def _window(request: Request, **window: int) -> Request:
    """The same list, from one entry to another."""
    rest = {
        name: value
        for name, value in request.parameters().items()
        if name not in ("page", "page_size", "limit", "offset")
    }
    return replace(request, query={name: str(value) for name, value in {**rest, **window}.items()}, body=b"")


def _inside(dispatcher: Dispatcher, request: Request) -> bytes:
    """The entries of a list as bytes, with a comma after them."""
    from .app import with_base

    body = with_base(dispatcher.handle(request).encoded(), f"http://{flask.request.host}").strip()
    return body[1:-1] + b", " if len(body) > 2 else b""


PAGES = {"duplicate": _duplicate, "short": _short}


def break_connection(environ: dict) -> None:
    """Close the client's socket the hard way: a reset instead of an end."""
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(connection.detach())
