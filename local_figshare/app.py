"""The HTTP adapter: Flask in front, handlers behind, one catch-all route between them."""

from __future__ import annotations

import gzip
import hashlib
import re
import time
from collections.abc import Callable, Iterable

import flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from . import striking
from .dispatch import Dispatcher, failure, wrong_method
from .handlers import ROUTES
from .store import Store
from .visitors import Visitors
from .wire import BASE, Problem, Reply, Request

BODY_LIMIT = 10 * 1024 * 1024  # bytes of a JSON body; parts of uploads are streamed instead
METHOD_HEADER = "x-local-figshare-method"  # tells HEAD from GET where that matters: a HEAD is no download
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

# Recorded: gzip where asked for. What is worth it, and is no file.
ZIPPED = ("application/json", "application/xml", "text/")
ZIP_FROM = 20  # bytes: nginx's default

# Recorded: CORS is not open to other origins.
CORS = {
    "Access-Control-Allow-Origin": "https://api.figshare.com",
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,"
    "Content-Type,Authorization",
    "Access-Control-Max-Age": "3600",
}


def create_app(store: Store, latency_ms: float = 0, visitors: Visitors | None = None) -> flask.Flask:
    """The WSGI application over a store.

    Args:
        store: what is served.
        latency_ms: delay of every answer, in milliseconds.
        visitors: who may write; None is for a server of this machine alone.
    """
    visitors = visitors or Visitors()
    app = flask.Flask("local_figshare", static_folder=None)
    dispatcher = Dispatcher(store, ROUTES)

    @app.route("/", defaults={"path": ""}, methods=METHODS)
    @app.route("/<path:path>", methods=METHODS)
    def every(path: str) -> flask.Response:
        if latency_ms:
            time.sleep(latency_ms / 1000)
        return zipped(answer(dispatcher, visitors))

    @app.errorhandler(MethodNotAllowed)
    def no_such_method(error: MethodNotAllowed) -> flask.Response:
        path = flask.request.path
        return response(wrong_method(path, dispatcher.urls.allowed_methods(path)))

    @app.errorhandler(Exception)
    def broken(error: Exception) -> flask.Response | HTTPException:
        return error if isinstance(error, HTTPException) else response(failure(error).reply())

    app.url_map.merge_slashes = False
    app.wsgi_app = merging_slashes(app.wsgi_app)
    return app


def merging_slashes(wsgi: Callable) -> Callable:
    """Recorded: a path with doubled slashes is answered like the path with one."""

    def merged(environ: dict, start_response: Callable) -> Iterable[bytes]:
        environ["PATH_INFO"] = re.sub("/{2,}", "/", environ["PATH_INFO"])
        return wsgi(environ, start_response)

    return merged


def answer(dispatcher: Dispatcher, visitors: Visitors) -> flask.Response:
    """Answer Flask's current request, with the fault that waits for it, if any."""
    http = flask.request
    if http.method == "OPTIONS":
        return response(Reply(200, b"", content_type="text/plain"))
    try:
        visitors.check(http.method, http.path, http.args, http.headers)
        request = request_of(dispatcher)
    except Problem as problem:
        return response(problem.reply())
    fault = dispatcher.store.faults.strike(http.method, http.path)
    if fault:
        return striking.response(fault, lambda: response(dispatcher.handle(request)), request, dispatcher)
    return response(dispatcher.handle(request))


def request_of(dispatcher: Dispatcher) -> Request:
    """The request as handlers read it. Raises `Problem` 413 for a body above the limit."""
    http = flask.request
    method = "GET" if http.method == "HEAD" else http.method
    headers = {name.lower(): value for name, value in http.headers.items()}
    headers[METHOD_HEADER] = http.method
    repeated = frozenset(name for name, values in http.args.lists() if len(values) > 1)
    request = Request(method, http.path, http.args.to_dict(), headers, repeated=repeated)
    if _streams(dispatcher, method, http.path):
        request.stream = http.stream
    else:
        request.body = _body(http)
    return request


def _body(http: flask.Request) -> bytes:
    too_large = (http.content_length or 0) > BODY_LIMIT
    body = b"" if too_large else http.environ["wsgi.input"].read(BODY_LIMIT + 1)
    if too_large or len(body) > BODY_LIMIT:
        raise Problem(413, "RequestEntityTooLarge", f"The body is larger than {BODY_LIMIT} bytes")
    return body


def _streams(dispatcher: Dispatcher, method: str, path: str) -> bool:
    try:
        return dispatcher.route(method, path)[0].streams
    except (NotFound, MethodNotAllowed, RequestRedirect):  # answered by the dispatcher
        return False


def response(reply: Reply) -> flask.Response:
    """A Flask response of a reply: addresses, content type, validators, 304."""
    base = f"http://{flask.request.host}"
    body = reply.encoded()
    if isinstance(body, (str, bytes)):
        body = with_base(body, base)
    headers = {**CORS, **{name: value.replace(BASE, base) for name, value in reply.headers.items()}}
    made = flask.Response(body, reply.status, headers, direct_passthrough=not isinstance(body, (str, bytes)))
    made.headers["Content-Type"] = reply.content_type or ("application/json" if body else "text/html; charset=UTF-8")
    return conditional(made) if isinstance(body, bytes) and reply.status == 200 else made


def with_base(body: str | bytes, base: str) -> bytes:
    """The body with this server's address in the place of `BASE`."""
    if isinstance(body, str):
        return body.replace(BASE, base).encode()
    return body


def conditional(made: flask.Response) -> flask.Response:
    """Validators on an answer to GET, and 304 where the client has it already (documented)."""
    http = flask.request
    if http.method not in ("GET", "HEAD"):
        return made
    made.set_etag(hashlib.sha1(made.get_data()).hexdigest(), weak=True)  # the same for plain and zipped bytes
    return made.make_conditional(http)


def zipped(made: flask.Response) -> flask.Response:
    """The answer in gzip, where the client takes it and it is no file and no stream."""
    if made.direct_passthrough or not (made.content_type or "").startswith(ZIPPED):
        return made
    made.vary.add("Accept-Encoding")
    body = made.get_data()
    if flask.request.accept_encodings["gzip"] > 0 and len(body) >= ZIP_FROM:
        made.set_data(gzip.compress(body, compresslevel=1, mtime=0))
        made.headers["Content-Encoding"] = "gzip"
    return made
