"""Requests, replies and problems: the arguments and results of handlers, apart from HTTP.

A handler is a function ``handler(store, request, **path) -> Reply``. It raises `Problem` to refuse.
It does not know the address of the server: every URL that it writes begins with `BASE`, and the HTTP
adapter (`app.py`) replaces `BASE` by the address in the request.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import IO, Any, NoReturn

# A reserved top-level domain (RFC 2606), so that no record can hold this text by chance.
BASE = "http://local-figshare.invalid"
API = f"{BASE}/v2"
HALF_CHARACTER = "\\ud"  # every escaped surrogate begins so


def strict_json(text: str | bytes) -> Any:
    """Parses JSON that UTF-8 and SQLite can hold: without NaN, half characters and endless nesting.

    Raises:
        ValueError: it is not such JSON.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text))
    try:
        value = _DECODER.decode(text)
        if HALF_CHARACTER in text.lower():
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except UnicodeEncodeError:
        raise ValueError("it holds half a character (a lone surrogate)") from None
    return value


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number of JSON")


def _finite_float(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse_constant(text)


# One decoder for all calls, as `json.loads` makes one at each call.
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite_float)


@dataclass
class Request:
    """One HTTP request, parsed as far as all handlers need."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""  # empty where the route streams; see `stream`
    stream: IO[bytes] | None = None
    account: dict | None = None  # the account row of the token, None when anonymous
    repeated: frozenset[str] = frozenset()  # names that stand in the query more than once

    def json(self) -> dict:
        """Returns the JSON object of the body; an empty body is an empty object."""
        if not self.body.strip():
            return {}
        try:
            value = strict_json(self.body)
        except ValueError as error:
            raise Problem(400, "BadRequest", f"The body is not valid JSON: {error}") from None
        if not isinstance(value, dict):
            raise Problem(422, "UnprocessableEntity", "The body must be a JSON object")
        return value

    def token(self) -> str:
        """Returns the personal token: of the header, otherwise of the query; "" where there is none."""
        scheme, _, token = self.headers.get("authorization", "").strip().partition(" ")
        if scheme.lower() not in ("token", "bearer") or not token:
            token = self.query.get("access_token") or self.query.get("token") or ""
        return token.strip()

    def parameters(self) -> dict:
        """Returns the parameters of query string and JSON body: searches take both, and the body comes first."""
        return {**self.query, **self.json()}


@dataclass
class Reply:
    """Status, body and headers of an answer.

    A body of text or bytes is sent as it is, an iterable of bytes is streamed, and anything else becomes JSON as
    Figshare writes it.
    """

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str | None = None

    def encoded(self) -> str | bytes | Iterable[bytes]:
        """Returns the body as it is sent."""
        if isinstance(self.body, (dict, list)) or self.body is None:
            return json.dumps(self.body, ensure_ascii=False)
        return self.body


CODES_WITHOUT_DATA = ("EntityNotFound", "OAuthMissingToken")  # recorded


class Problem(Exception):
    """A refusal in Figshare's envelope: ``{"message", "code", "data"}``."""

    def __init__(self, status: int, code: str, message: str, data: Any = None):
        super().__init__(message)
        self.status, self.code, self.message, self.data = status, code, message, data

    def reply(self) -> Reply:
        """Returns the answer with this problem in Figshare's envelope."""
        body = {"message": self.message, "code": self.code, "data": self.data}
        if self.code in CODES_WITHOUT_DATA and self.data is None:
            del body["data"]
        return Reply(self.status, body)


def no_account(request: Request) -> Problem:
    """Returns the refusal 403 of a request without a token (recorded) or with an unknown token (our choice)."""
    if not request.token():
        return Problem(403, "OAuthMissingToken", "Missing OAuth token")
    return Problem(
        403, "Forbidden", "A valid personal token is needed: send the header 'Authorization: token YOUR-TOKEN'"
    )


def not_found(entity: str) -> Problem:
    """Returns the refusal 404 in Figshare's words; `entity` is e.g. ``ArticleVersion``."""
    return Problem(404, "EntityNotFound", f"Entity not found: {entity}")


def location_reply(status: int, path: str, **more: Any) -> Reply:
    """Returns an answer with an address, in the body (after `more`) and in the header ``Location``."""
    location = f"{API}{path}"
    return Reply(status, {**more, "location": location}, headers={"Location": location})


@dataclass(frozen=True)
class Route:
    """The address of a handler. `rule` is in Werkzeug's syntax, e.g. ``/v2/articles/<int:article_id>``."""

    method: str
    rule: str
    handler: Callable[..., Reply]
    needs: str = ""  # "account" for a route that any token opens; "" where the handler itself checks, or nobody
    streams: bool = False  # the handler reads `request.stream` instead of `request.body`


def router() -> tuple[list[Route], Callable]:
    """Makes a list of routes and the decorator that fills it, to be called ROUTES and route."""
    routes: list[Route] = []

    def route(method: str, rule: str, **options: Any) -> Callable:
        def register(handler: Callable[..., Reply]) -> Callable[..., Reply]:
            routes.append(Route(method, rule, handler, **options))
            return handler

        return register

    return routes, route
