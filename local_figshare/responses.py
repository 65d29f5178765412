"""HTTP responses of the handlers' replies: addresses, headers, validators, gzip."""

from __future__ import annotations

import gzip
import hashlib

from werkzeug.wrappers import Request as HTTPRequest
from werkzeug.wrappers import Response

from .messages import BASE, Reply

# Recorded: an answer is gzipped where the client asks for it. Files are not.
GZIP_TYPES = ("application/json", "application/xml", "text/")
GZIP_FROM = 20  # bytes: nginx's default

# Recorded: CORS is not open to other origins.
CORS = {
    "Access-Control-Allow-Origin": "https://api.figshare.com",
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,"
    "Content-Type,Authorization",
    "Access-Control-Max-Age": "3600",
}


def response(reply: Reply, http: HTTPRequest) -> Response:
    """Makes the HTTP response of a reply: addresses, content type, validators, 304."""
    base = address_of(http)
    body = reply.encoded()
    if isinstance(body, (str, bytes)):
        body = with_base(body, base)
    headers = {**CORS, **{name: value.replace(BASE, base) for name, value in reply.headers.items()}}
    answer = Response(body, reply.status, headers, direct_passthrough=not isinstance(body, bytes))
    answer.headers["Content-Type"] = reply.content_type or ("application/json" if body else "text/html; charset=UTF-8")
    return conditional_response(answer, http) if isinstance(body, bytes) and reply.status == 200 else answer


def address_of(http: HTTPRequest) -> str:
    """Returns the address of this server, under the host name that the client used."""
    return f"http://{http.host}"


def with_base(body: str | bytes, base: str) -> bytes:
    """Returns the body with this server's address in the place of `BASE`."""
    if isinstance(body, str):
        return body.replace(BASE, base).encode()
    return body


def conditional_response(answer: Response, http: HTTPRequest) -> Response:
    """Adds an ETag to an answer to GET, and makes it 304 where the client has it already (documented)."""
    if http.method not in ("GET", "HEAD"):
        return answer
    answer.set_etag(hashlib.sha1(answer.get_data()).hexdigest(), weak=True)  # the same for plain and zipped bytes
    return answer.make_conditional(http)


def gzipped_response(answer: Response, http: HTTPRequest) -> Response:
    """Compresses the answer with gzip, where the client takes it and it is no file and no stream."""
    if answer.direct_passthrough or not (answer.content_type or "").startswith(GZIP_TYPES):
        return answer
    answer.vary.add("Accept-Encoding")
    body = answer.get_data()
    if http.accept_encodings["gzip"] > 0 and len(body) >= GZIP_FROM:
        answer.set_data(gzip.compress(body, compresslevel=1, mtime=0))
        answer.headers["Content-Encoding"] = "gzip"
    return answer
