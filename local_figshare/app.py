"""The HTTP adapter: a WSGI application in front of the handlers.

It uses Werkzeug's map of routes, its request and its response. A web framework would not help: Figshare's paths,
refusals and headers are all its own.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Request as HTTPRequest
from werkzeug.wrappers import Response

from .dispatch import Dispatcher, internal_error, wrong_method_reply
from .fault_effects import FaultyExchange, faulty_response
from .handlers import ROUTES
from .messages import Problem, Reply, Request
from .responses import gzipped_response, response
from .store import Store
from .visitors import Visitors

BODY_LIMIT = 10 * 1024 * 1024  # bytes of a JSON body; parts of uploads are streamed instead
METHOD_HEADER = "x-local-figshare-method"  # tells HEAD from GET where that matters: a HEAD is no download
SERVED_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Application:
    """The WSGI application over a store.

    Args:
        store: what is served.
        latency_ms: delay of every answer, in milliseconds.
        visitors: who may write; None is for a server of this machine alone.
    """

    def __init__(self, store: Store, latency_ms: float = 0, visitors: Visitors | None = None):
        self.dispatcher = Dispatcher(store, ROUTES)
        self.latency = latency_ms / 1000
        self.visitors = visitors or Visitors()

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        """Answers one request, as WSGI asks for it."""
        environ["PATH_INFO"] = re.sub("/{2,}", "/", environ["PATH_INFO"])  # recorded: two slashes count as one
        # Without `populate_request`: environ and request would refer to each other, and a broken socket stay open.
        http = HTTPRequest(environ, populate_request=False)
        return self._safe_answer(http)(environ, start_response)

    def _safe_answer(self, http: HTTPRequest) -> Callable:
        """Returns the answer to a request; never raises."""
        if not _is_host(http.host):
            return BadRequest()
        try:
            if http.method not in SERVED_METHODS:
                return response(wrong_method_reply(http.path, self.dispatcher.allowed_methods(http.path)), http)
            time.sleep(self.latency)
            return gzipped_response(self.answer(http), http)
        except Exception as error:
            return response(internal_error(error).reply(), http)

    def answer(self, http: HTTPRequest) -> Response:
        """Answers a request, with the fault that waits for it, if any."""
        if http.method == "OPTIONS":
            return response(Reply(200, b"", content_type="text/plain"), http)
        method = "GET" if http.method == "HEAD" else http.method
        try:
            self.visitors.check(http.method, http.path, http.args, http.headers)
            route, values = self.dispatcher.match(method, http.path)
            request = request_of(http, method, streams=route.streams)
        except Problem as problem:
            return response(problem.reply(), http)

        def handle(inner_request: Request) -> Reply:
            return self.dispatcher.call(route, inner_request, values)

        fault = self.dispatcher.store.faults.take_for(http.method, http.path)
        return (
            faulty_response(fault, FaultyExchange(http, request, handle)) if fault else response(handle(request), http)
        )


def _is_host(host: str) -> bool:
    """Tells whether a ``Host`` can be the name of a host at all."""
    try:
        return bool(host.lower().encode("idna")) or not host
    except UnicodeError:
        return False


def request_of(http: HTTPRequest, method: str, streams: bool) -> Request:
    """Returns the request as handlers read it.

    Args:
        http: the request as it came.
        method: its method, GET for HEAD.
        streams: whether the handler reads the body itself, as a stream.

    Raises:
        Problem: 413 for a body above the limit.
    """
    headers = {name.lower(): value for name, value in http.headers.items()}
    headers[METHOD_HEADER] = http.method
    repeated = frozenset(name for name, values in http.args.lists() if len(values) > 1)
    request = Request(method, http.path, http.args.to_dict(), headers, repeated=repeated)
    if streams:
        request.stream = http.stream
    else:
        request.body = _body(http)
    return request


def _body(http: HTTPRequest) -> bytes:
    too_large = (http.content_length or 0) > BODY_LIMIT
    body = b"" if too_large else http.environ["wsgi.input"].read(BODY_LIMIT + 1)
    if too_large or len(body) > BODY_LIMIT:
        raise Problem(413, "RequestEntityTooLarge", f"The body is larger than {BODY_LIMIT} bytes")
    return body
